"""Rows without money that a column tells from sales: points that expire, visits, notes. Each would count as an order."""

import re

from helpers.contracts.checked import HALF_A_CENT, Checked, one_row, share, sql_name, sql_text, where_line
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import count, listing, message, verbatim
from helpers.study.table_columns import ROW

NO_MONEY = message(
    "zero_rows.no_money",
    "all {rows} with {values} in {column} have the amount 0, and each counts as an order of its day.",
)
LEAVE_OUT = message(
    "zero_rows.leave_out",
    "If they are no orders, add to transactions: `{line}`. If they are free orders: `{keep}`.",
)

LETTER = re.compile(
    r"[^\W\d_]"
)  # a number beside the amount, such as what was paid for shipping, names no kind of row
LEAST, FEWEST = 0.01, 10  # of the rows; rows
MOST, NEARLY_ALL, SHOWN = 20, 0.9, 6  # values of the column; of the rows without money; values that are named


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions of which some have no money, where a column of few values has values of these alone."""
    if checked.table != "transactions":
        return []
    each = checked.customers
    seen = one_row(each, rows=each.rows.sum(), free=each.free.sum())
    free = seen["free"] or 0
    if free < FEWEST or free < LEAST * seen["rows"] or free > (1 - LEAST) * seen["rows"]:
        return []
    lines = checked.report.accepted.select(ROW, _free=checked.report.accepted.revenue.abs() < HALF_A_CENT)
    for name, different in checked.unused.items():
        if not 1 < different <= MOST:
            continue
        texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
        both = lines.inner_join(texts, lines[ROW] == texts["_at"])
        groups = both.group_by(value=both[name]).aggregate(rows=both.count(), free=both["_free"].sum())
        values = [
            one
            for one in groups.to_pyarrow().to_pylist()
            if LETTER.search(one["value"] or "") and one["rows"] == one["free"]
        ]
        hit = sum(one["rows"] for one in values)
        if hit >= NEARLY_ALL * free:
            return [_found(checked, name, sorted(one["value"] for one in values), hit, seen["rows"])]
    return []


def _found(checked: Checked, name: str, values: list[str], hit: int, rows: int) -> Finding:
    shown = listing([verbatim(repr(one)) for one in values[:SHOWN]])
    told = NO_MONEY(rows=count(hit, "row"), column=verbatim(name), values=shown)
    line = where_line(f"coalesce({sql_name(name)}, '') NOT IN ({', '.join(map(sql_text, values))})")
    todo = LEAVE_OUT(line=verbatim(line), keep=keep("free_orders"))
    return checked.finding("free_orders", REVIEW, told, share(hit, rows), threshold=share(0, 1), todo=todo)
