"""Numbers that begin anew in each shop or year: one customer id of several persons, one order id of several orders."""

import re
from dataclasses import dataclass
from itertools import pairwise

import ibis

from helpers.contracts import people_words, status_words
from helpers.contracts.checked import (
    Checked,
    columns_line,
    one_row,
    share,
    sql_name,
    sql_text,
    where_line,
)
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import count, message, verbatim
from helpers.study.table_columns import ROW

PERSONS = message(
    "shared_numbers.persons",
    "{shared} of {ids} customer ids bear several values of {name}, and each a single one within one {column}: the numbers "
    "begin anew there, and several persons count as one.",
)
JOIN_PERSONS = message(
    "shared_numbers.join_persons",
    "To tell them apart, add to transactions: `{line}`. If an id is one customer everywhere: `{keep}`.",
)

ANEW = message(
    "shared_numbers.anew",
    "{shared} of {ids} customer ids bear one value of {name} up to a day, and from then on another that has no word of it: "
    "numbers that were given to somebody else.",
)
JOIN_NAME = message(
    "shared_numbers.join_name",
    "To tell them apart, add to transactions: `{line}`. If an id is one customer throughout: `{keep}`.",
)

NAME = re.compile(
    r"(customer|client|buyer|member|kunden?|patient|donor|khách|cliente).*name|name.*(customer|client|buyer)|^(full )?name$"
    r"|^tên (khách|hội viên)|ชื่อลูกค้า|^nom( du)? client|^nombre( del)? cliente|e-?mail|courriel|correo|อีเมล"
)
MAIL = re.compile(r"mail|courriel|correo|อีเมล")
FEWEST, OFTEN = 10, 0.05  # ids that bear several names
FEW, SELDOM, MOST_READ = 5, 0.01, 5000  # ids that were given anew, and how many are read
NEARLY_ALL, MOST_SHOPS, MOST_COLUMNS = 0.95, 50, 8
MOSTLY = 0.5  # of the order ids, those of several customers
ALIKE = 0.9  # of the orders: one amount on one day for each customer


@dataclass(frozen=True)
class Parts:
    """What tells the purchases apart that bear one order number: a name, and the SQL that joins it with the number."""

    name: str
    line: str


def findings(checked: Checked) -> list[Finding]:
    """Judge the customer ids of transactions where a column names the customers, and another the shop."""
    if checked.table != "transactions" or not checked.has("customer_id"):
        return []
    id_title = status_words.composed(checked.origin("customer_id"))
    titles = {name: status_words.composed(name).strip() for name in checked.unused}
    names = [
        name
        for name, title in titles.items()
        if NAME.search(title) and not people_words.SELLER.search(title) and not NAME.search(id_title)
    ][:1]
    shops = [name for name in _candidates(checked) if name not in names]
    if not names:
        return []
    return (_persons(checked, names[0], shops) if shops else []) or _given_anew(checked, names[0])


def _candidates(checked: Checked) -> list[str]:
    """The columns with few values: shops, branches, systems, years; those that the study reads as such come first."""
    own = [origin for name in ("channel", "category") if (origin := checked.file_column(name))]
    few = [name for name, different in checked.unused.items() if 1 < different <= MOST_SHOPS]
    return [*own, *few][:MOST_COLUMNS]


def _with_texts(checked: Checked, lines: ibis.Table, names: list[str]) -> ibis.Table:
    texts = checked.source.texts(checked.table, names).rename(_at=ROW)
    texts = texts.select("_at", **{f"t{place}": texts[name] for place, name in enumerate(names)})
    return lines.inner_join(texts, lines[ROW] == texts["_at"])


def _persons(checked: Checked, name: str, shops: list[str]) -> list[Finding]:
    lines = checked.report.accepted.select(ROW, "customer_id")
    both = _with_texts(checked, lines, [name, *shops])
    person = both["t0"].strip().lower()
    own = {f"t{place}" for place in range(1, len(shops) + 1)}
    pairs = {f"p{one}": person.concat("\n", both[one]).nunique() for one in own}
    each = both.group_by("customer_id").aggregate(
        persons=person.nunique(), **{one: both[one].nunique() for one in own}, **pairs
    )
    several = each.persons > 1
    # Within a shop the id has one name, and each name stands in one shop.
    apart = {
        one: (several & (each[f"p{one}"] == each[one]) & (each[one] == each.persons)).sum() for one in own
    }
    seen = one_row(each, ids=each.count(), shared=several.sum(), **apart)
    shared = seen["shared"] or 0
    if shared < max(FEWEST, OFTEN * seen["ids"]):
        return []
    for place, column in enumerate(shops, start=1):
        if seen[f"t{place}"] < NEARLY_ALL * shared:
            continue
        told = PERSONS(
            shared=count(shared), ids=count(seen["ids"]), name=verbatim(name), column=verbatim(column)
        )
        line = verbatim(_joined(checked, "customer_id", sql_name(column)))
        todo, value = JOIN_PERSONS(line=line, keep=keep("ids_of_several")), share(shared, seen["ids"])
        return [checked.finding("ids_of_several", STOP, told, value, threshold=share(OFTEN, 1), todo=todo)]
    return []


def _given_anew(checked: Checked, name: str) -> list[Finding]:
    """Ids whose names follow each other in time without a word in common, where not most names of one id overlap."""
    if MAIL.search(status_words.composed(name)):
        return []
    both = _with_texts(checked, checked.report.accepted.select(ROW, "customer_id", "order_date"), [name])
    both = both.mutate(_who=both["t0"].strip().lower()).filter(lambda t: t["_who"].notnull())
    own = both.group_by("customer_id", "_who").aggregate(
        first=both.order_date.min(), last=both.order_date.max()
    )
    several = own.group_by("customer_id").having(lambda t: t.count() > 1).aggregate(names=lambda t: t.count())
    read = several.order_by("customer_id").limit(MOST_READ)
    held: dict[str, list[dict]] = {}
    for one in own.semi_join(read, "customer_id").to_pyarrow().to_pylist():
        held.setdefault(one["customer_id"], []).append(one)
    anew = sum(_follow(sorted(listed, key=lambda one: str(one["first"]))) for listed in held.values())
    seen = one_row(own, ids=own.customer_id.nunique())
    if anew < max(FEW, SELDOM * (seen["ids"] or 0), MOSTLY * len(held)):
        return []
    told = ANEW(shared=count(anew), ids=count(seen["ids"]), name=verbatim(name))
    line = verbatim(_joined(checked, "customer_id", f"lower(trim({sql_name(name)}))"))
    todo, value = JOIN_NAME(line=line, keep=keep("ids_of_several")), share(anew, seen["ids"])
    return [checked.finding("ids_of_several", REVIEW, told, value, threshold=share(SELDOM, 1), todo=todo)]


def _follow(names: list[dict]) -> bool:
    """Whether each name ends before the next one begins, and has no word of it."""
    words = [set(re.findall(r"\w{2,}", one["_who"])) for one in names]
    return all(
        before["last"] < after["first"] and not words[place] & words[place + 1]
        for place, (before, after) in enumerate(pairwise(names))
    )


def _joined(checked: Checked, column: str, part: str) -> str:
    """The line that reads an id behind what it belongs to."""
    return columns_line(column, f"CAST({part} AS VARCHAR) || '-' || CAST({checked.sql(column)} AS VARCHAR)")


# ---- order numbers
def parts_of(checked: Checked, reused: ibis.Table) -> Parts | None:
    """What tells the purchases apart that bear one of these order ids: a shop's column, or the year of the day."""
    shops = _candidates(checked)
    lines = checked.report.accepted.semi_join(reused, "order_id")
    lines = lines.select(
        ROW, "order_id", "customer_id", _day=lines.order_date.cast("string"), _year=lines.order_date.year().cast("string"),
        _key=lines.customer_id.concat("\n", lines.order_date.cast("string")),
    )  # fmt: skip
    both = _with_texts(checked, lines, shops) if shops else lines
    own = ["_year", "_day", *(f"t{place}" for place in range(len(shops)))]
    each = both.group_by("order_id").aggregate(
        **{one: both[one].nunique() for one in own},
        **{f"p{one}": both["_key"].concat("\n", both[one]).nunique() for one in own},
        customers=both.customer_id.nunique(),
    )
    apart = {one: ((each[one] > 1) & (each[f"p{one}"] == each[one])).sum() for one in own}
    seen = one_row(each, orders=each.count(), shared=(each.customers > 1).sum(), **apart)
    if not seen["orders"] or seen["shared"] < MOSTLY * seen["orders"]:
        return None  # one customer on several days: deliveries of one order
    least = NEARLY_ALL * seen["orders"]
    for place, column in enumerate(shops):
        if seen[f"t{place}"] >= least:
            return Parts(column, _joined(checked, "order_id", sql_name(column)))
    day = checked.day_sql("order_time")
    for key, part in (("_year", f"left({day}, 4)"), ("_day", day)):
        if day and part and seen[key] >= least:
            return Parts(checked.origin("order_time"), _joined(checked, "order_id", part))
    return None


def shared_by(checked: Checked, reused: ibis.Table, column: str) -> str | None:
    """The condition that leaves the further customers of an order out, where each has its whole amount; else None.

    These are the values of a column that stand in no other order, such as Soft among Hard and Soft credits.
    """
    seen = one_row(
        reused,
        orders=reused.count(),
        alike=((reused.low == reused.high) & (reused["first"] == reused["last"])).sum(),
    )
    if column not in checked.source.columns(checked.table) or seen["alike"] < ALIKE * seen["orders"]:
        return None
    lines = checked.report.accepted.select(ROW, "order_id")
    both = _with_texts(checked, lines, [column])
    both = both.mutate(_in=both.order_id.isin(reused.order_id))
    values = both.group_by(value=both["t0"]).aggregate(rows=both.count(), inside=both["_in"].sum())
    rows = [one for one in values.to_pyarrow().to_pylist() if one["value"] is not None]
    never_alone = sorted(one["value"] for one in rows if one["inside"] == one["rows"])
    if not never_alone or len(never_alone) == len(rows):
        return None
    listed = ", ".join(map(sql_text, never_alone))
    return where_line(f"coalesce(CAST({sql_name(column)} AS VARCHAR), '') NOT IN ({listed})")
