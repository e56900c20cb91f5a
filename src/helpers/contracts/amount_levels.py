"""Amounts of two sizes: months in cents, countries in a currency of their own, sales with a minus, one row beyond all."""

import math
import re

import ibis

from helpers.contracts.checked import (
    CORRECT_THEM,
    Checked,
    columns_line,
    one_row,
    share,
    sql_name,
    sql_text,
    where_line,
    yaml_line,
)
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import Message, Value, count, listing, message, verbatim
from helpers.study.table_columns import ROW

MONTHS = message(
    "levels.months",
    "half of the amounts of {months} are about {times} times those of the other months: cents, thousands, or another "
    "currency.",
)
CORRECT_MONTHS = message(
    "levels.correct_months",
    "If they are, add to transactions: `{line}`. If they are right: `{keep}`.",
)
PART = message("levels.part", "1/{times}")
GROUPS = message(
    "levels.groups",
    "the amounts of {column} {values} are about {times} times those of the others: they may be in another currency.",
)
SAY_CURRENCY = message(
    "levels.say_currency",
    "If they are, add to transactions: `{line}` with the code of their currency in place of XXX, and bring a table "
    "exchange_rates. If they are right: `{keep}`.",
)
NEGATIVE = message(
    "levels.negative",
    "{share} of the amounts that are not 0 are negative, {money} in all: sales seem to be written with a minus.",
)
TURN_SIGNS = message("levels.turn_signs", "If they are, add to transactions: `{line}`. If not: `{keep}`.")
HUGE = message(
    "levels.huge",
    "one row of {rows} holds {share} of the money: another number may stand in the place of an amount.",
)
LEAVE_ROW_OUT = message(
    "levels.leave_row_out",
    "If it is no amount, correct it, or add to transactions: `{line}`. If it is right: `{keep}`.",
)

FEWEST = 10  # rows of a month or group that are judged
APART = 30  # times: no trade's months or countries are so far apart
OF_COUNTRIES = 8  # times: amounts of countries so far apart ask, as kronor beside euros
MOST_GROUPS = 60
COUNTRIES = re.compile(r"countr|\bland\b|\bpays\b|país|\bpais\b|quốc gia|ประเทศ|market|locale")
PLACES = re.compile(
    r"countr|\bland\b|\bpays\b|país|\bpais\b|quốc gia|ประเทศ|market|region|locale|\bstore\b|\bshop\b|\bsite\b|branch"
    r"|filiale|channel|chi nhánh|สาขา|source|\bentity\b|subsidiary|mandant|company"
)


def findings(checked: Checked) -> list[Finding]:
    """Judge the amounts of transactions by their signs, months and places."""
    if checked.table != "transactions":
        return []
    turned = _negative(checked)
    return turned or [*_huge(checked), *(_months(checked) or _places(checked))]


def _negative(checked: Checked) -> list[Finding]:
    lines = checked.report.accepted
    seen = one_row(
        lines, below=(lines.revenue < 0).sum(), above=(lines.revenue > 0).sum(), money=lines.revenue.sum()
    )
    below, above = seen["below"] or 0, seen["above"] or 0
    if below < FEWEST or below < 0.9 * (below + above):
        return []
    told = NEGATIVE(share=share(below, below + above), money=checked.money(seen["money"]))
    line = verbatim(yaml_line("amount", f"{checked.sql('amount')} * -1"))
    todo = TURN_SIGNS(line=line, keep=keep("amounts_negative"))
    value, threshold = share(below, below + above), share(9, 10)
    return [checked.finding("amounts_negative", STOP, told, value, threshold=threshold, todo=todo)]


def _huge(checked: Checked) -> list[Finding]:
    lines = checked.report.accepted.filter(lambda t: t.revenue > 0)
    seen = one_row(lines, rows=lines.count(), top=lines.revenue.max(), money=lines.revenue.sum())
    rest = (seen["money"] or 0) - (seen["top"] or 0)
    # Beyond all: more than all others together, and more than a thousand of their mean.
    if seen["rows"] < 100 or rest <= 0 or seen["top"] < max(rest, 1000 * rest / (seen["rows"] - 1)):
        return []
    row = (
        lines.filter(lines.revenue == seen["top"])
        .select(ROW, "customer_id")
        .limit(1)
        .to_pyarrow()
        .to_pylist()[0]
    )
    condition = f"{checked.sql('amount')} < {float(seen['top']):.15g}"
    told = HUGE(rows=count(seen["rows"], "row"), share=share(seen["top"], seen["money"]))
    todo = LEAVE_ROW_OUT(line=verbatim(where_line(condition)), keep=keep("one_amount_huge"))
    examples = (f"row {row[ROW]}: {seen['top']:,.2f}",)
    value = share(seen["top"], seen["money"])
    return [
        checked.finding(
            "one_amount_huge", REVIEW, told, value, threshold=share(1, 2), todo=todo, examples=examples
        )
    ]


def _levels(lines: ibis.Table, key: ibis.Value, apart: float = APART) -> tuple[list, float]:
    """The keys whose amounts lie far from those of most rows, and about how many times (a power of ten)."""
    groups = lines.group_by(key=key).aggregate(rows=lines.count(), middle=lines.revenue.approx_median())
    every = [one for one in groups.to_pyarrow().to_pylist() if one["key"] is not None]
    rows = sorted((one for one in every if one["rows"] >= FEWEST), key=lambda one: one["middle"])
    total = sum(one["rows"] for one in rows)
    at = next((n for n in range(1, len(rows)) if rows[n]["middle"] > apart * rows[n - 1]["middle"]), None)
    if at is None:
        return [], 1.0
    low, high = rows[:at], rows[at:]
    border = math.sqrt(low[-1]["middle"] * high[0]["middle"])
    lower = sum(one["rows"] for one in low) < total / 2
    odd, usual = (low, high) if lower else (high, low)
    middle = [one[len(one) // 2]["middle"] for one in (odd, usual)]
    keys = sorted(one["key"] for one in every if (one["middle"] < border) == lower)  # those of few rows, too
    return keys, 10.0 ** round(math.log10(middle[0] / middle[1]))


def _positive(checked: Checked) -> ibis.Table:
    lines = checked.report.accepted
    return lines.filter(lines.revenue > 0)


def _months(checked: Checked) -> list[Finding]:
    lines = _positive(checked)
    odd, times = _levels(lines, lines.order_date.strftime("%Y-%m"))
    if not odd:
        return []
    name, day = checked.sql("amount"), checked.day_sql("order_time")
    kept = keep("amounts_on_two_levels")
    todo = CORRECT_THEM(keep=kept)
    if day:
        months = ", ".join(sql_text(month) for month in odd)
        said = f"CASE WHEN left({day}, 7) IN ({months}) THEN {name} {_undone(times)} ELSE {name} * 1 END"
        todo = CORRECT_MONTHS(line=verbatim(yaml_line("amount", said)), keep=kept)
    told = MONTHS(months=listing([verbatim(month) for month in odd[:6]]), times=_times(times))
    return [checked.finding("amounts_on_two_levels", STOP, told, count(len(odd), "month"), todo=todo)]


def _places(checked: Checked) -> list[Finding]:
    """Columns that name a place or a system, and whose values have amounts of their own size."""
    if checked.has("currency"):
        return []
    source, lines = checked.source, _positive(checked)
    names = [name for name, different in checked.unused.items() if 1 < different <= MOST_GROUPS]
    names += [origin for one in ("channel",) if checked.has(one) and (origin := checked.origin(one))]
    found = []
    for name in (one for one in names if one in source.columns(checked.table)):
        if not PLACES.search(name.casefold().replace("_", " ")):
            continue
        texts = source.texts(checked.table, [name]).rename(_at=ROW)
        both = lines.select(ROW, "revenue").inner_join(texts, lines[ROW] == texts["_at"])
        odd, times = _levels(both, both[name])
        verdict = STOP
        if not odd and COUNTRIES.search(name.casefold()):
            (odd, times), verdict = _levels(both, both[name], OF_COUNTRIES), REVIEW
        if odd:
            found.append(_of_place(checked, name, odd, times, verdict))
    return found[:1]


def _of_place(checked: Checked, name: str, odd: list[str], times: float, verdict: str) -> Finding:
    listed = ", ".join(sql_text(value) for value in odd)
    own = checked.study.currency
    said = f"CASE WHEN {sql_name(name)} IN ({listed}) THEN 'XXX' ELSE '{own}' END"
    line = columns_line("currency", said)
    values = listing([verbatim(repr(value)) for value in odd[:6]])
    told = GROUPS(column=verbatim(name), values=values, times=_times(times))
    todo = SAY_CURRENCY(line=verbatim(line), keep=keep("amounts_on_two_levels"))
    return checked.finding("amounts_on_two_levels", verdict, told, count(len(odd), "value"), todo=todo)


def _undone(times: float) -> str:
    return f"/ {times:.0f}" if times > 1 else f"* {1 / times:.0f}"


def _times(times: float) -> Value | Message:
    return count(times) if times > 1 else PART(times=count(1 / times))
