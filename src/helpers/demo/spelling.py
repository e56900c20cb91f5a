"""How a clerk, a web form or a call centre writes down who somebody is: gaps, spellings, slips, old numbers."""

import unicodedata

import numpy as np
import pandas as pd

from helpers.demo.names import STREETS

# touchpoint: chance that the record names the customer; that a person's, and a firm's, has e-mail, phone, address
KNOWS = {"store": 0.92, "web": 0.40, "phone": 0.15, "e-mail": 0.05}
HOLDS = {
    "store": ((0.45, 0.97, 0.82), (0.45, 0.96, 0.70)),
    "web": ((1.00, 0.92, 0.92), (1.00, 0.90, 0.90)),
    "phone": ((0.05, 1.00, 0.80), (0.50, 1.00, 0.80)),
    "e-mail": ((1.00, 0.45, 0.00), (1.00, 0.85, 0.50)),
}
FIRMS_KNOWN = 0.85  # a firm's records carry the customer number more often
BARE = {"store": 0.15, "web": 0.55, "phone": 0.3, "e-mail": 0.5}  # written without accents
TURNED, SHORTENED, MISTYPED = 0.10, 0.06, 0.05  # given name first; middle name left out; a letter wrong
OTHER_MAIL, MAIL_SLIP, OTHER_PHONE, OTHER_DIGIT, MOVED = 0.03, 0.01, 0.035, 0.015, 0.05
PLACEHOLDER = 0.025  # of the store's records: the till wants an e-mail address, the clerk types this one
NOBODY = "khongco@example.com"
PERSON, FIRM, EMPLOYEE = range(3)


def typed(story, table: pd.DataFrame, rng) -> pd.DataFrame:
    """Add the columns of the export to records of `touchpoint`: as each place would have written them."""
    n = len(table)
    place = table["touchpoint"].to_numpy()
    is_firm = (table["sort"] != PERSON).to_numpy()
    holds = np.array([HOLDS[name][int(firm)] for name, firm in zip(place, is_firm, strict=True)])
    held = rng.random((n, 3)) < holds
    held[:, 0] |= (place == "store") & table["signed_up_at_till"].to_numpy()
    knows = np.where(is_firm, FIRMS_KNOWN, [KNOWS[name] for name in place])
    ids = story.people["customer_id"].to_numpy()[table["who"]]
    bare = rng.random(n) < np.array([BARE[name] for name in place])
    table = table.assign(
        contact_id=[f"P{row:07d}" for row in range(1, n + 1)],
        customer_id=pd.Series(ids, dtype=object).where(rng.random(n) < knows),
        email=pd.Series(_mails(table, rng), dtype=object).where(held[:, 0]),
        phone=pd.Series(_numbers(table, rng), dtype=object).where(held[:, 1]),
        address=pd.Series(_addresses(table, bare, rng), dtype=object).where(held[:, 2]),
        name=_written_names(table, bare, rng),
        buying_role=table["role"].where(rng.random(n) < 0.8),
    )
    till = (place == "store") & table["email"].isna() & (rng.random(n) < PLACEHOLDER / 0.55)
    return table.assign(email=table["email"].mask(till, NOBODY))


def plain(text: str) -> str:
    """The text as it is typed without a Vietnamese keyboard."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in bare if not unicodedata.combining(sign))


def _mails(table, rng):
    other, slip, where = (
        rng.random(len(table)) < OTHER_MAIL,
        rng.random(len(table)) < MAIL_SLIP,
        rng.random(len(table)),
    )
    mails = []
    columns = ("sort", "surname", "middle", "given", "number", "mail_at")
    for row, (sort, surname, middle, given, number, at) in enumerate(
        table[list(columns)].itertuples(index=False)
    ):
        own = f"{given}.{surname}" if other[row] else f"{surname}{middle}{given}"
        local = "info" if sort == FIRM else plain(own).lower() + ("" if sort == EMPLOYEE else str(number))
        if slip[row]:  # a letter left out
            place = int(where[row] * len(local))
            local = local[:place] + local[place + 1 :]
        mails.append(f"{local}@{at}")
    return mails


def _numbers(table, rng):
    n = len(table)
    other, slip, style = rng.random(n) < OTHER_PHONE, rng.random(n) < OTHER_DIGIT, rng.random(n)
    fresh, place, digit = rng.integers(0, 10**8, n), rng.integers(3, 11, n), rng.integers(0, 10, n)
    numbers = []
    for row, true in enumerate(table["phone"]):
        number = f"012{fresh[row]:08d}" if other[row] else true
        if slip[row]:
            number = number[: place[row]] + str(digit[row]) + number[place[row] + 1 :]
        if style[row] < 0.2:
            number = "+84 " + number[1:]
        elif style[row] < 0.45:
            number = f"{number[:4]} {number[4:8]} {number[8:]}"
        elif style[row] < 0.55:
            number = f"({number[:4]}) {number[4:8]}.{number[8:]}"
        numbers.append(number)
    return numbers


def _addresses(table, bare, rng):
    n = len(table)
    moved, style = rng.random(n) < MOVED, rng.random(n)
    house, street = rng.integers(1, 400, n), np.array(STREETS)[rng.integers(0, len(STREETS), n)]
    lines = []
    for row, true in enumerate(table[["house", "street", "region"]].itertuples(index=False)):
        number, name = (house[row], street[row]) if moved[row] else true[:2]
        text = f"số {number} đường {name}, {true[2]}" if style[row] < 0.2 else f"{number} {name}, {true[2]}"
        lines.append(plain(text) if bare[row] else text)
    return lines


def _written_names(table, bare, rng):
    n = len(table)
    turned, short, slip = rng.random(n) < TURNED, rng.random(n) < SHORTENED, rng.random(n) < MISTYPED
    where, letter = rng.random(n), rng.integers(0, 26, n)
    names = []
    columns = ["sort", "name", "surname", "middle", "given"]
    for row, (sort, name, surname, middle, given) in enumerate(table[columns].itertuples(index=False)):
        text = name
        if sort == FIRM:
            text = text.replace("Công ty", "CTY") if turned[row] else text
        elif turned[row]:
            text = f"{given} {surname}" if short[row] else f"{given} {middle} {surname}"
        elif short[row]:
            text = f"{surname} {given}"
        if slip[row]:
            place = 1 + int(where[row] * (len(text) - 2))
            text = text[:place] + chr(97 + letter[row]) + text[place + 1 :]
        names.append(plain(text) if bare[row] else text)
    return names
