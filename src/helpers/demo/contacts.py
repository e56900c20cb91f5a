"""What the touchpoints know about people and firms: one record per touchpoint, with typing errors and gaps.

The same person stands in several records (loyalty card, web account, phone order, newsletter), each with its own
spelling; households share an address and some a phone, colleagues share a switchboard, namesakes share a name.
Telephone numbers begin with 012, which no Vietnamese network has used since 2018; mail domains are reserved ones.
"""

import numpy as np
import pandas as pd

from helpers.demo.names import FIRM_WORDS, FIRMS, GIVEN, LEGAL, MIDDLE, PROVIDERS, STREETS, SURNAMES
from helpers.demo.simulate import Story
from helpers.demo.spelling import EMPLOYEE, FIRM, PERSON, plain, typed
from helpers.study.table_columns import TABLES

# touchpoint: chance that a person, a firm's own entry or a firm's employee stands there
AT = {
    "store": (0.60, 0.00, 0.00),
    "web": (0.62, 0.45, 0.35),
    "phone": (0.18, 0.80, 0.45),
    "e-mail": (0.75, 0.30, 0.60),
}
AFTER_WEB = 0.05  # newsletter readers without a web account, of the chance above
SECOND_RECORD = 0.05  # share of records entered twice at the same touchpoint
HOUSEHOLD, FAMILY_NAME, FAMILY_PHONE = 0.12, 0.7, 0.20  # share a home; of those, the surname and the phone
SWITCHBOARD = 0.3  # of employees, who give the firm's number as theirs

# department, buying role, chance that a firm of ordinary size has such a person; growing with its orders
BUYING_CENTRE = (
    ("purchasing", "buyer", 0.70),
    ("management", "decider", 0.50),
    ("kitchen", "user", 0.40),
    ("kitchen", "influencer", 0.20),
    ("accounting", "influencer", 0.15),
    ("reception", "gatekeeper", 0.25),
)


def records(story: Story, newsletter: np.ndarray) -> pd.DataFrame:
    """All records with who stands behind them; `newsletter` says which customers agreed to it."""
    rng = story.world.rng("contacts")
    everyone = _entities(story, rng)
    sort = everyone["sort"].to_numpy()
    chance = np.array([AT[place] for place in AT])[:, sort].T
    there = rng.random(chance.shape) < chance
    web, mail = list(AT).index("web"), list(AT).index("e-mail")
    readers = newsletter[everyone["who"]] & (there[:, web] | (rng.random(len(sort)) < AFTER_WEB))
    there[:, mail] &= np.where(sort == PERSON, readers, True)
    at_till = (
        there[:, mail] & ~there[:, web] & (sort == PERSON)
    )  # without an account, they signed up in the store
    there[at_till, list(AT).index("store")] = True
    everyone["signed_up_at_till"] = at_till
    nowhere = ~there.any(axis=1)
    there[nowhere, np.where(sort == PERSON, list(AT).index("store"), list(AT).index("phone"))[nowhere]] = True
    row, place = np.nonzero(there)
    twice = rng.random(len(row)) < SECOND_RECORD
    row, place = np.concatenate([row, row[twice]]), np.concatenate([place, place[twice]])
    order = rng.permutation(len(row))
    table = everyone.iloc[row[order]].reset_index(drop=True)
    table["touchpoint"] = np.array(list(AT), dtype=object)[place[order]]
    return typed(story, table, rng)


def contacts(story: Story, newsletter: np.ndarray) -> pd.DataFrame:
    """What the company exports: one row per record of a touchpoint."""
    return records(story, newsletter)[[column.name for column in TABLES["contacts"].columns]]


def contact_truth(story: Story, newsletter: np.ndarray) -> pd.DataFrame:
    """Who stands behind every record: the person or firm, its customer and the role in the buying centre."""
    table = records(story, newsletter)
    return pd.DataFrame(
        {
            "contact_id": table["contact_id"],
            "entity": table["entity"],
            "customer_id": story.people["customer_id"].to_numpy()[table["who"]],
            "sort": np.array(["person", "firm", "employee"])[table["sort"]],
            "buying_role": table["role"],
        }
    )


def _entities(story: Story, rng) -> pd.DataFrame:
    """One row per person, firm and employee: what is true of them, whoever writes it down."""
    people = story.people
    n = len(people)
    home = _homes(rng, n)
    firm = (people["kind"] == "organization").to_numpy()
    owner = pd.DataFrame({"who": np.arange(n), "sort": np.where(firm, FIRM, PERSON), **home})
    owner["region"] = people["region"].to_numpy()
    owner[["surname", "middle", "given"]] = _names(rng, n)
    owner["phone"] = _phones(rng, n)
    _share_homes(owner, ~firm, rng)
    owner["name"] = owner["surname"] + " " + owner["middle"] + " " + owner["given"]
    owner.loc[firm, "name"] = _firm_names(people.loc[firm, "industry"], rng)
    owner["department"], owner["role"] = None, None
    owner["mail_at"] = np.array(PROVIDERS)[rng.integers(0, len(PROVIDERS), n)]
    owner.loc[firm, "mail_at"] = _domains(owner.loc[firm, "name"], rng)
    staff = _employees(owner, people, firm, rng)
    everyone = pd.concat([owner, staff], ignore_index=True)
    everyone["number"] = rng.integers(1, 999, len(everyone))
    everyone["entity"] = [f"E{row:07d}" for row in range(len(everyone))]
    return everyone


def _homes(rng, n):
    return {
        "street": np.array(STREETS, dtype=object)[rng.integers(0, len(STREETS), n)],
        "house": rng.integers(1, 400, n).astype(str).astype(object),
    }


def _names(rng, n):
    share = np.array(list(SURNAMES.values()), float)
    return np.column_stack(
        [
            rng.choice(np.array(list(SURNAMES), dtype=object), n, p=share / share.sum()),
            rng.choice(np.array(MIDDLE, dtype=object), n),
            rng.choice(np.array(GIVEN, dtype=object), n),
        ]
    )


def _phones(rng, n):
    return np.array([f"012{number:08d}" for number in rng.integers(0, 10**8, n)], dtype=object)


def _share_homes(owner, consumer, rng):
    """Some consumers live with the one before them in the list: same address, often the name, rarely the phone."""
    rows = np.flatnonzero(consumer)[1:]
    rows = rows[rng.random(len(rows)) < HOUSEHOLD]
    with_ = rows - 1
    keep = consumer[with_]
    rows, with_ = rows[keep], with_[keep]
    columns = ["street", "house", "region"]
    owner.loc[rows, columns] = owner.loc[with_, columns].to_numpy()
    family, phone = rng.random(len(rows)) < FAMILY_NAME, rng.random(len(rows)) < FAMILY_PHONE
    owner.loc[rows[family], "surname"] = owner.loc[with_[family], "surname"].to_numpy()
    owner.loc[rows[phone], "phone"] = owner.loc[with_[phone], "phone"].to_numpy()


def _firm_names(industry, rng):
    first = [FIRMS[name][rng.integers(len(FIRMS[name]))] for name in industry]
    second = rng.choice(np.array(FIRM_WORDS, dtype=object), len(first))
    third = rng.choice(np.array([*GIVEN, *("",) * 25], dtype=object), len(first))
    parts = zip([LEGAL[name] for name in industry], first, second, third, strict=True)
    return [" ".join(part for part in name if part) for name in parts]


def _domains(names, rng):
    """The firms' mail domains: the last words of their names and a number, so that no two are alike by rule."""
    numbers = rng.integers(10, 10_000, len(names))
    words = [plain("".join(name.split()[-2:])).lower() for name in names]
    return [f"{word}{number}.example" for word, number in zip(words, numbers, strict=True)]


def _employees(owner, people, firm, rng):
    """The people of the firms: who asks, decides, buys, uses and keeps the door."""
    firms = np.flatnonzero(firm)
    size = np.clip(np.sqrt(people["units"] * people["rate"] * 30 / 8).to_numpy()[firms], 0.5, 1.6)
    parts = []
    for department, role, share in BUYING_CENTRE:
        who = firms[rng.random(len(firms)) < np.minimum(share * size, 0.97)]
        staff = owner.loc[who, ["who", "street", "house", "region", "phone", "mail_at"]].reset_index(
            drop=True
        )
        staff["department"], staff["role"] = department, role
        parts.append(staff)
    staff = pd.concat(parts, ignore_index=True).assign(sort=EMPLOYEE)
    staff[["surname", "middle", "given"]] = _names(rng, len(staff))
    staff["name"] = staff["surname"] + " " + staff["middle"] + " " + staff["given"]
    own = rng.random(len(staff)) >= SWITCHBOARD
    staff.loc[own, "phone"] = _phones(rng, int(own.sum()))
    return staff
