"""Rows that leave out who bought because the row above says it: reports grouped by customer, or by order."""

from helpers.contracts.checked import Checked, one_row, share
from helpers.contracts.findings import STOP, Finding, keep
from helpers.messages import Message, count, message
from helpers.study.table_columns import ROW

BY_CUSTOMER = message(
    "grouped.by_customer",
    "customer_id is blank in {blank} of {rows}, and each of its {ids} values stands in one row only: the report seems to "
    "name a customer in the first of their rows; {money} would be of nobody.",
)
BY_ORDER = message(
    "grouped.by_order",
    "customer_id is blank in {blank} of {rows}, nearly all of which belong to an order whose first row names the customer; "
    "{money} would be of nobody.",
)
FILL_DOWN = message(
    "grouped.fill_down",
    "Export a list in which each row names its customer, or fill the blank cells with the value above them. If these rows "
    "are of nobody: `{keep}`.",
)

FEWEST, LEAST = 20, 0.1  # rows that name somebody; share of the rows that name nobody
NEARLY_ALL = 0.95
ONCE, MANY = 0.99, 0.25  # where the others are guests, some customer bought twice


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions that name no customer in a part of their rows."""
    if checked.table != "transactions":
        return []
    lines = checked.lines.filter(checked.lines.amount.notnull())
    if found := _under_headings(checked, lines):
        return [found]
    filled = lines.customer_id.notnull()
    seen = one_row(
        lines,
        rows=lines.count(),
        named=filled.sum(),
        money=lines.amount.abs().sum(where=~filled),
        first=lines[ROW].min(),
        first_named=lines[ROW].min(where=filled),
    )
    blank = seen["rows"] - (seen["named"] or 0)
    if (seen["named"] or 0) < FEWEST or blank < LEAST * seen["rows"] or seen["first"] != seen["first_named"]:
        return []
    ids = one_row(lines, ids=lines.customer_id.nunique())["ids"]
    rows = count(seen["rows"], "row")
    said = {"blank": count(blank), "rows": rows, "money": checked.money(seen["money"])}
    if ids >= ONCE * seen["named"] and blank >= MANY * seen["rows"]:
        return [_found(checked, BY_CUSTOMER(**said, ids=count(ids)), blank, seen["rows"])]
    if checked.has("order_id") and _in_named_orders(lines) >= NEARLY_ALL * blank and seen["money"]:
        return [_found(checked, BY_ORDER(**said), blank, seen["rows"])]
    return []


def _under_headings(checked: Checked, lines) -> Finding | None:
    """Rows without a customer below rows that name one, and nothing else, as accounting programs print a list."""
    every = checked.lines
    heading = every.customer_id.notnull() & every.amount.isnull() & every.order_time.isnull()
    ids = every.customer_id.nunique(where=heading)
    above = one_row(every, rows=heading.sum(), ids=ids, first=every[ROW].min(where=heading))
    blank = lines.customer_id.isnull() & lines.order_time.notnull()
    seen = one_row(
        lines, rows=lines.count(), blank=blank.sum(), money=lines.amount.abs().sum(where=blank),
        first=lines[ROW].min(),
    )  # fmt: skip
    rows = above["rows"] or 0
    if rows < FEWEST or above["ids"] < ONCE * rows or (seen["blank"] or 0) < max(rows, MANY * seen["rows"]):
        return None
    if above["first"] > seen["first"]:
        return None
    told = BY_CUSTOMER(
        blank=count(seen["blank"]),
        rows=count(seen["rows"], "row"),
        ids=count(above["ids"]),
        money=checked.money(seen["money"]),
    )
    return _found(checked, told, seen["blank"], seen["rows"])


def _in_named_orders(lines) -> int:
    """How many rows without a customer belong to an order of which another row names one."""
    named = lines.filter(lines.customer_id.notnull() & lines.order_id.notnull()).select("order_id").distinct()
    return lines.filter(lines.customer_id.isnull()).semi_join(named, "order_id").count().execute()


def _found(checked: Checked, told: Message, blank: int, rows: int) -> Finding:
    todo = FILL_DOWN(keep=keep("customer_in_first_row"))
    value, least = share(blank, rows), share(LEAST, 1)
    return checked.finding("customer_in_first_row", STOP, told, value, threshold=least, todo=todo)
