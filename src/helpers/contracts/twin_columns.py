"""A second column of the amount's name, as programs call it where two columns had one: `Total.1` beside `Total`."""

import re

from helpers.contracts.checked import Checked, one_row, share, sql_name, yaml_line
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import count, decimals, message, verbatim
from helpers.study.table_columns import ROW

TWIN = message(
    "twin_columns.twin",
    "the file has {column} beside {amount}, which the study reads: {rows} differ, {other} against {own} in all.",
)
READ_OTHER = message(
    "twin_columns.read_other",
    "Look which of them is the order's amount. If it is the other, add to transactions: `{line}`. If not: `{keep}`.",
)
CENT = 0.005


def findings(checked: Checked) -> list[Finding]:
    """Judge the unused columns of transactions that bear the name of the amount and a number behind it."""
    origin = checked.file_column("amount")
    if origin is None:
        return []
    own = _stem(origin)
    names = [name for name in checked.unused if _stem(name) == own]
    return [found for name in names if (found := _of(checked, name))][:1]


def _stem(name: str) -> str:
    return re.sub(r"[ ._]*(\(\d\)|[._ ]\d)$", "", name.strip().casefold())


def _of(checked: Checked, name: str) -> Finding | None:
    numbers = checked.source.numbers(checked.table, [name]).rename(_at=ROW)
    lines = checked.report.accepted.select(ROW, "amount")
    both = lines.inner_join(numbers, lines[ROW] == numbers["_at"])
    other = both[name].fill_null(0.0)
    differs = (both.amount - other).abs() > CENT
    seen = one_row(both, rows=differs.sum(), all=both.count(), own=both.amount.sum(), other=other.sum())
    if not seen["rows"]:
        return None
    told = TWIN(
        column=verbatim(name),
        amount=verbatim(checked.origin("amount")),
        rows=count(seen["rows"], "row"),
        other=decimals(seen["other"], 2),
        own=decimals(seen["own"], 2),
    )
    todo = READ_OTHER(line=verbatim(yaml_line("amount", sql_name(name))), keep=keep("amount_twice_named"))
    value = share(seen["rows"], seen["all"])
    return checked.finding("amount_twice_named", REVIEW, told, value, threshold=share(0, 1), todo=todo)
