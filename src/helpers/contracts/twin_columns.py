"""A second column of amounts: of the amount's name (`Total.1` beside `Total`), or filled where the amount is not."""

import re

import ibis

from helpers.contracts import minor_units
from helpers.contracts.checked import Checked, columns_line, one_row, share, sql_name, sql_text, yaml_line
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
READ_SUM = message(
    "twin_columns.read_sum",
    "If each holds a part of the order, add to transactions: `{line}`. If {amount} is the whole: `{keep}`.",
)
ELSEWHERE = message(
    "twin_columns.elsewhere",
    "{rows} without an amount in {amount} have one in {column}, {money} in all: amounts of another currency or kind.",
)
READ_BOTH = message(
    "twin_columns.read_both", "To read both, add to transactions: `{line}`. If they do not count: `{keep}`."
)
MONEY = re.compile(
    r"amount|total|revenue|sales|value|price|betrag|umsatz|summe|preis|montant|importe|monto|valor|số tiền|giá|ยอด|ราคา"
)
CODE = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")
CENT = 0.005
FEWEST, NEARLY_ALL = 5, 0.9


def findings(checked: Checked) -> list[Finding]:
    """Judge the unused columns of transactions that bear the name of the amount and a number behind it."""
    origin = checked.file_column("amount")
    if origin is None:
        return []
    own = _stem(origin)
    names = [name for name in checked.unused if _stem(name) == own]
    found = [one for name in names if (one := _of(checked, name))][:1]
    return found + _elsewhere(checked, origin)


def _elsewhere(checked: Checked, origin: str) -> list[Finding]:
    """An unused column of money that is filled where the amount is blank or 0, and hardly anywhere else."""
    names = [
        name
        for name, different in checked.unused.items()
        if different > 1 and (MONEY.search(name.casefold()) or _currency(name))
    ][:12]
    if not names:
        return []
    numbers = checked.source.numbers(checked.table, names).rename(_at=ROW)
    lines = checked.lines.select(ROW, "amount")
    both = lines.inner_join(numbers, lines[ROW] == numbers["_at"])
    without = both.amount.fill_null(0.0) == 0
    sums: dict[str, ibis.Value] = {"without": without.sum(), "rows": both.count()}
    for place, name in enumerate(names):
        there = both[name].fill_null(0.0) != 0
        sums |= {
            f"n{place}": (there & without).sum(),
            f"m{place}": both[name].sum(where=without),
            f"a{place}": there.sum(),
        }
    seen = one_row(both, **sums)
    for place, name in enumerate(names):
        rows = seen[f"n{place}"] or 0
        if rows < max(FEWEST, NEARLY_ALL * seen["without"]) or rows < NEARLY_ALL * seen[f"a{place}"]:
            continue
        told = ELSEWHERE(
            rows=count(rows, "row"),
            amount=verbatim(origin),
            column=verbatim(name),
            money=decimals(seen[f"m{place}"], 2),
        )
        line = _both(checked, origin, name)
        todo, value = READ_BOTH(line=verbatim(line), keep=keep("amount_elsewhere")), share(rows, seen["rows"])
        return [checked.finding("amount_elsewhere", REVIEW, told, value, threshold=share(0, 1), todo=todo)]
    return []


def _currency(name: str) -> str | None:
    """The currency's code that a column's name holds: USD of `Amount USD`."""
    return next((code for code in CODE.findall(name) if code in minor_units.codes()), None)


def _both(checked: Checked, origin: str, other: str) -> str:
    """The line that reads either column, and the currency where both names say one."""
    own, further = sql_name(origin), sql_name(other)
    there = f"coalesce({own} * 1, 0) <> 0"
    line = yaml_line("amount", f"CASE WHEN {there} THEN {own} * 1 ELSE {further} * 1 END")
    one, two = _currency(origin), _currency(other)
    if one is None or two is None or checked.has("currency"):
        return line
    said = columns_line("currency", f"CASE WHEN {there} THEN {sql_text(one)} ELSE {sql_text(two)} END")
    return f"{line}, {said}"


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
    kept, origin = keep("amount_twice_named"), checked.origin("amount")
    todo = READ_OTHER(line=verbatim(yaml_line("amount", sql_name(name))), keep=kept)
    if _stem(origin) != origin.strip().casefold():  # the first of numbered ones
        parts = [one for one in (origin, *checked.unused) if _stem(one) == _stem(origin)]
        line = yaml_line("amount", " + ".join(f"coalesce({sql_name(one)} * 1, 0)" for one in parts))
        todo = READ_SUM(line=verbatim(line), amount=verbatim(origin), keep=kept)
    value = share(seen["rows"], seen["all"])
    return checked.finding("amount_twice_named", REVIEW, told, value, threshold=share(0, 1), todo=todo)
