"""Orders that stand in several rows without a number that says so: for each contact before them, each tag, or whole."""

import re

import ibis

from helpers.contracts import status_words, unused_columns
from helpers.contracts.checked import Checked, one_row, share
from helpers.contracts.evidence import hiding_columns
from helpers.contracts.findings import STOP, Finding, at_row, keep
from helpers.contracts.money_words import PRODUCT
from helpers.messages import count, message, verbatim
from helpers.study.table_columns import ROW

REPEATED = message(
    "orders_repeated.repeated",
    "{repeated} of {rows} rows have the customer, time and amount of an earlier row and differ in {columns} alone: one "
    "order for each contact or tag, {money} ({share}) too much.",
)
NOTHING = message("orders_repeated.nothing", "nothing")
IF_ONE = message(
    "orders_repeated.if_one",
    "If they are one order, add to transactions: `{line}`. If each row is a sale, or a part of the money: `{keep}`.",
)

# What stands for the contacts before an order, or for what somebody has put to it.
CONTACT = re.compile(
    r"channel|source|medium|campaign|touch|attribut|interact|referr|\butm|\bclick|\bvisit|session|impression|\btags?\b|\blabels?\b"
    r"|segment|audience|kanal|quelle|kampagne|canal|fuente|campagne|campana|campaña|kênh|nguồn|chiến dịch|nhãn|ช่องทาง|แคมเปญ"
)
# What tells the pieces of one purchase apart: goods, and those who use them.
PIECE = re.compile(
    PRODUCT.pattern
    + r"|seat|sitz|passenger|guest|attendee|traveller|\bpax\b|ticket|room|\bplan\b|\bsize\b|variant|colou?r"
    r"|event|category|warengruppe|serial|barcode|\bean\b|isbn|participant|teilnehmer|hành khách|ghế|khách mời|course|class\b"
)
PART_OF_MONEY = re.compile(r"attribut|weight|share|credit|alloc|split|linear|anteil|part\b|phân bổ")

MOST_ROWS = 1_000_000  # of more rows every n-th customer is looked at
FEWEST, OFTEN = 20, 0.02  # orders of several rows; rows that repeat another
# Of these orders; prices of goods come again and again, amounts of orders do not.
NEARLY_ALL, MOSTLY = 0.9, 0.3
OWN_AMOUNTS = 0.3  # different amounts among orders of several rows
HARM = 0.05  # money counted too often above this share stops the run


def found(checked: Checked) -> tuple[list[Finding], int]:
    """Judge transactions: what is found, and the number of rows that repeat another."""
    if not checked.has("customer_id", "order_time", "amount"):
        return [], 0
    if PART_OF_MONEY.search(checked.origin("amount").casefold()):
        return [], 0
    numbered = checked.has("order_id") and one_row(checked.orders, several=checked.orders.several.sum())
    of_rows = not numbered or (numbered["several"] or 0) < FEWEST
    lines = _sample(checked)
    each = lines.group_by("customer_id", "order_time").aggregate(
        rows=lines.count(), low=lines.amount.min(), high=lines.amount.max()
    )
    each = each.cache()
    same = _same(each)
    if same["of_parts"]:
        return [], 0
    contacts = [name for name in _others(checked) if CONTACT.search(name.casefold())]
    columns = _of_contacts(checked, lines, contacts, of_rows=of_rows) if contacts else None
    if columns is None and of_rows and _is_repeated(same):
        columns = _of_anything(checked, lines, each)
    if columns is not None and checked.has("order_id") and columns == [checked.file_column("order_id")]:
        return [], 0  # whole orders under a second number: `order_numbers` speaks of them
    return ([], 0) if columns is None else _found(checked, columns)


def _sample(checked: Checked) -> ibis.Table:
    """Sales, of a large table those of every n-th customer."""
    lines = checked.report.accepted.filter(lambda t: t.revenue > 0)
    every = checked.report.used // MOST_ROWS + 1
    if every > 1:
        lines = lines.filter(lines.customer_id.hash() % every == 0)
    return lines.select(ROW, "customer_id", "order_time", "amount", "revenue")


def _others(checked: Checked) -> list[str]:
    """The file's columns in which rows of one order may differ: all but customer, time, amount and number."""
    read = [checked.origin(name) for name in ("customer_id", "order_time", "amount")]
    read += [checked.origin("order_id")] if checked.has("order_id") else []
    texts = " ".join(read).casefold()
    return [name for name in checked.source.columns(checked.table) if name.casefold() not in texts]


def _hiding(checked: Checked, *, of_rows: bool) -> list[str]:
    """Columns that differ in each row, whatever it holds: numbers of rows, times of export, an id of each row."""
    own = checked.file_column("order_id") if of_rows else None
    return [*hiding_columns(checked), *([own] if own else [])]


def _of_contacts(
    checked: Checked, lines: ibis.Table, contacts: list[str], *, of_rows: bool
) -> list[str] | None:
    """The columns in which rows differ that are otherwise equal, where these bear the names of contacts."""
    apart = list(dict.fromkeys([*contacts, *_hiding(checked, of_rows=of_rows)]))
    groups = _equal_but(checked, lines, apart)
    if groups is None:
        return None
    several = groups.filter(groups["_rows"] > 1)
    differs = [several[f"d{place}"] for place, name in enumerate(apart) if name in contacts]
    seen = one_row(
        several,
        groups=several.count(),
        differing=ibis.or_(*differs).sum(),
        further=(several["_rows"] - 1).sum(),
        amounts=several["_money"].nunique(),
        **{f"n{place}": several[f"d{place}"].sum() for place, _ in enumerate(apart)},
    )
    rows = lines.count().execute()
    if seen["groups"] < FEWEST or (seen["further"] or 0) <= OFTEN * rows:
        return None
    own = seen["amounts"] >= OWN_AMOUNTS * seen["groups"]
    if seen["differing"] < (MOSTLY if own else NEARLY_ALL) * seen["groups"]:
        return None
    return [name for place, name in enumerate(apart) if seen[f"n{place}"]]


def _equal_but(checked: Checked, lines: ibis.Table, apart: list[str]) -> ibis.Table | None:
    """Rows grouped by all of the file's columns but some: how many, their money, and which of these differ."""
    compared = [name for name in checked.source.columns(checked.table) if name not in apart]
    if not compared:
        return None
    raw = checked.source.file_lines(checked.table).rename(_at=ROW)
    both = raw.inner_join(lines.select(ROW, _money=lines.revenue), raw["_at"] == lines[ROW])
    differs = {
        f"d{place}": (both[name].cast("string").min() != both[name].cast("string").max()).fill_null(False)
        for place, name in enumerate(apart)
    }
    return both.group_by(compared).aggregate(
        _rows=both.count(), _first=both["_at"].min(), _money=both["_money"].max(), **differs
    )


def _of_anything(checked: Checked, lines: ibis.Table, each: ibis.Table) -> list[str] | None:
    """The columns in which rows of one customer, time and amount differ, unless they tell pieces of a purchase apart."""
    key = ["customer_id", "order_time"]
    same = each.filter((each.rows > 1) & (each.low == each.high)).select(*key)
    others = list(dict.fromkeys(_others(checked) + _hiding(checked, of_rows=True)))
    texts = checked.source.texts(checked.table, others).rename(_at=ROW)
    rows = lines.semi_join(same, key).select(ROW, *key)
    rows = rows.left_join(texts, rows[ROW] == texts["_at"])
    differs = {
        f"d{place}": (rows[name].min() != rows[name].max()).fill_null(False)
        for place, name in enumerate(others)
    }
    groups = rows.group_by(key).aggregate(**differs)
    seen = one_row(groups, groups=groups.count(), **{name: groups[name].sum() for name in differs})
    varying = {name: seen[f"d{place}"] for place, name in enumerate(others) if seen[f"d{place}"]}
    if any(_says_kind(checked, name) for name in varying):
        return None  # credit notes, versions: other findings speak of them
    pieces = [name for name in varying if PIECE.search(name.casefold())]
    if any(varying[name] >= 0.1 * seen["groups"] for name in pieces):
        return None
    return [name for name in varying if name not in pieces]


def _says_kind(checked: Checked, name: str) -> bool:
    """Whether a column says what kind of row each is: by its name, or by a value that is no sale."""
    few = name in checked.unused and checked.unused[name] <= unused_columns.FEW
    return few and (
        status_words.SIDE.search(unused_columns.title_of(name)) is not None
        or status_words.group_of_name(name) is not None
        or any(status_words.group_of(value, name) for value in checked.values(name))
    )


def _same(each: ibis.Table) -> dict[str, float]:
    """Customers and times with several rows: how many, of one amount, and whether that is a part of the money."""
    several = each.rows > 1
    equal = several & (each.low == each.high)
    size, alone = each.low.ln(), ~several
    seen = one_row(
        each,
        orders=several.sum(),
        equal=equal.sum(),
        amounts=each.low.nunique(where=equal),
        further=(each.rows - 1).sum(where=equal),
        rows=each.rows.sum(),
        singles=alone.sum(),
        single=size.mean(where=alone),
        one=size.mean(where=equal),
        number=each.rows.ln().mean(where=equal),
    )
    gap = (seen["one"] or 0.0) - (seen["single"] or 0.0)
    seen["of_parts"] = (seen["singles"] or 0) >= FEWEST and abs(gap + (seen["number"] or 0.0)) < abs(gap)
    return {name: number or 0 for name, number in seen.items()}


def _is_repeated(same: dict[str, float]) -> bool:
    """Whether rows of one customer and time seem to be one order each time, and not its pieces or parts of its money."""
    return (
        same["orders"] >= FEWEST
        and same["equal"] >= NEARLY_ALL * same["orders"]
        and same["further"] > OFTEN * same["rows"]
        and same["amounts"] >= max(5, OWN_AMOUNTS * same["equal"])
    )


def _found(checked: Checked, columns: list[str]) -> tuple[list[Finding], int]:
    lines = checked.report.accepted
    lines = lines.filter(lines.revenue.notnull()).select(ROW, "revenue")
    groups = _equal_but(checked, lines, columns)
    if groups is None:
        return [], 0
    several = groups.filter(groups["_rows"] > 1).cache()
    seen = one_row(
        several, rows=(several["_rows"] - 1).sum(), money=(several["_money"] * (several["_rows"] - 1)).sum()
    )
    total = one_row(lines, rows=lines.count(), money=lines.revenue.sum())
    if (seen["rows"] or 0) <= OFTEN * total["rows"] or (seen["money"] or 0) <= HARM * (total["money"] or 0):
        return [], 0
    told = REPEATED(
        repeated=count(seen["rows"]),
        rows=count(total["rows"]),
        columns=[verbatim(name) for name in columns] or NOTHING(),
        money=checked.money(seen["money"]),
        share=share(seen["money"], total["money"]),
    )
    listed = ", ".join(f'"{name}"' for name in columns)
    line = (f"ignore: [{listed}], " if columns else "") + "rules: {duplicate_line: reject}"
    shown = several.order_by("_first").limit(3).to_pyarrow()["_first"].to_pylist()
    value = share(seen["rows"], total["rows"])
    todo = IF_ONE(line=verbatim(line), keep=keep("order_in_several_rows"))
    one = checked.finding(
        "order_in_several_rows", STOP, told, value, threshold=share(OFTEN, 1), todo=todo,
        examples=tuple(at_row(row) for row in shown),
    )  # fmt: skip
    return [one], seen["rows"]
