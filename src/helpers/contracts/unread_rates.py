"""A column of exchange rates that the study does not read: amounts may be in the currency of each order."""

import math
import re

from helpers.contracts import status_words
from helpers.contracts.checked import Checked, one_row, share, sql_name, yaml_line
from helpers.contracts.findings import PASS, REVIEW, STOP, Finding, keep
from helpers.messages import Template, count, message, verbatim
from helpers.study.table_columns import ROW

IN_OWN = message(
    "unread_rates.in_own",
    "the study does not read the exchange rates in {column}: the amounts of {rows} are {times} times the others', and alike "
    "once converted.",
)
UNTOLD = message(
    "unread_rates.untold",
    "the study does not read the exchange rates in {column}: {rows} have another rate than most, and nothing tells whether "
    "{amount} is converted.",
)
CONVERTED = message(
    "unread_rates.converted", "{column} holds exchange rates, and {amount} is converted by them already."
)
CONVERT = message(
    "unread_rates.convert",
    "To convert them, add to transactions: `{line}`. If they are converted: `{keep}`.",
)

RATE = re.compile(
    r"exch(ange)?\.? ?rate|\bfx\b|\bforex\b|currency (rate|factor)|conversion (rate|factor)|\broe\b|wechselkurs"
    r"|umrechnungskurs|taux de (change|conversion)|tipo de cambio|tasa de cambio|tỷ giá|tỉ giá"
    r"|อัตราแลกเปลี่ยน"
    r"|為替|汇率|匯率|환율|курс"
)
FEWEST, LEAST = 10, 0.005
FAR = math.log(3)  # amounts of other currencies are told apart by their size from about three times


def findings(checked: Checked) -> list[Finding]:
    """Judge the unused columns of transactions that are called exchange rates and hold several."""
    if checked.table != "transactions" or checked.has("currency") or checked.file_column("amount") is None:
        return []
    names = [
        name
        for name, different in checked.unused.items()
        if different > 1 and RATE.search(status_words.composed(name))
    ]
    return [found for name in names for found in _of(checked, name)][:1]


def _of(checked: Checked, name: str) -> list[Finding]:
    numbers = checked.source.numbers(checked.table, [name]).rename(_at=ROW)
    lines = checked.report.accepted.select(ROW, "amount").filter(lambda t: t.amount > 0)
    both = lines.inner_join(numbers, lines[ROW] == numbers["_at"]).rename(rate=name)
    both = both.filter(both.rate > 0)
    near = both.group_by(power=(both.rate.ln() * 2).round()).aggregate(
        rows=both.count(), middle=both.amount.approx_median(), rate=both.rate.approx_median()
    )
    groups = [one for one in near.to_pyarrow().to_pylist() if one["rows"] >= FEWEST]
    usual = max(groups, key=lambda one: one["rows"], default=None)
    if usual is None:
        return []
    odd = one_row(both, n=((both.rate / usual["rate"] - 1).abs() > LEAST).sum())["n"] or 0
    if odd < FEWEST:
        return []
    spread = {power: _spread(groups, power) for power in (0, 1, -1)}
    best = min((1, -1), key=lambda power: spread[power])
    amount, column = checked.sql("amount"), sql_name(name)
    line = yaml_line("amount", f"{amount} {'*' if best == 1 else '/'} ({column} * 1)")
    todo = CONVERT(line=verbatim(line), keep=keep("rates_unread"))
    rows, said = count(odd, "row"), {"column": verbatim(name), "amount": verbatim(checked.origin("amount"))}
    template: Template = UNTOLD
    verdict = REVIEW
    if spread[best] + FAR < spread[0]:
        times = math.exp(spread[0])
        told = IN_OWN(column=verbatim(name), rows=rows, times=count(round(times)))
        return [_found(checked, STOP, told, odd, todo)]
    if spread[0] + FAR < spread[best]:
        template, verdict = CONVERTED, PASS
    told = template(**said, rows=rows) if template is UNTOLD else template(**said)
    return [_found(checked, verdict, told, odd, todo)]


def _spread(groups: list[dict], power: int) -> float:
    """How far apart the middle amounts of groups of alike rates lie once each is multiplied by rate ** power, in logs."""
    logs = [math.log(one["middle"]) + power * math.log(one["rate"]) for one in groups]
    return max(logs) - min(logs)


def _found(checked: Checked, verdict: str, told, odd: int, todo) -> Finding:
    value = share(odd, checked.report.used)
    return checked.finding("rates_unread", verdict, told, value, threshold=share(0, 1), todo=todo)
