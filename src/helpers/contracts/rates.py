"""Exchange rates that are upside down, or much older than the money that they convert."""

from helpers.contracts.checked import Checked, columns_line
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import count, message, verbatim

INVERTED = message(
    "rates.inverted",
    "half of the amounts in {code} are worth more than {times} times those in {own} after conversion, and would be alike "
    "with the rates the other way round: exchange_rates say what one {own} is in {code}.",
)
SMALLER = message(
    "rates.smaller",
    "half of the amounts in {code} are worth less than a {times}th of those in {own} after conversion, and would be alike "
    "with the rates the other way round: exchange_rates say what one {own} is in {code}.",
)
TURN = message(
    "rates.turn",
    "A rate is what one unit of the currency is worth in {own}. Add to exchange_rates: `{line}`. If they are right, add to "
    "transactions: `{keep}`.",
)
OLD = message(
    "rates.old",
    "{rows} in {codes} are converted by a rate that is more than {days} days older than they are.",
)
BRING_LATER = message(
    "rates.bring_later",
    "Add later rates to exchange_rates. If the old ones hold, add to transactions: `{keep}`.",
)

OTHERS = message(
    "rates.others",
    "exchange_rates say that one {own} is worth {rate} of the study's currency, which is {own}: they are in another.",
)
OTHERS_IN = message(
    "rates.others_in",
    "exchange_rates say that one {own} is worth {rate} of the study's currency, which is {own}, and one {code} 1: they are "
    "in {code}.",
)
STATE_IT = message(
    "rates.state_it",
    "Write in the study file: currency: {code}. If {own} is right, bring rates in {own}, or add to transactions: `{keep}`.",
)
BRING_OWN = message(
    "rates.bring_own",
    "Correct the rates, or the study's currency. If both are right, add to transactions: `{keep}`.",
)

FEWEST, TIMES, DAYS, NEAR = 10, 100, 92, 0.001


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions in several currencies."""
    if checked.table != "transactions" or "exchange_rates" not in checked.source.tables:
        return []
    return _others(checked) or [*_inverted(checked), *_old(checked)]


def _others(checked: Checked) -> list[Finding]:
    """Rates that give the study's own currency another worth than 1."""
    own, rates = checked.study.currency, checked.source.read("exchange_rates")
    each = rates.group_by(code=rates.currency.upper()).aggregate(low=rates.rate.min(), high=rates.rate.max())
    found = {one["code"]: one for one in each.to_pyarrow().to_pylist() if one["low"] and one["high"]}
    ours = found.pop(own, None)
    if not ours or max(ours["high"], 1 / ours["low"]) < 1 + NEAR:
        return []
    code = next((name for name, one in sorted(found.items()) if one["low"] == one["high"] == 1), "")
    said = {"own": verbatim(own), "rate": verbatim(f"{ours['high']:g}")}
    kept = keep("rates_of_another")
    told = OTHERS_IN(**said, code=verbatim(code)) if code else OTHERS(**said)
    todo = STATE_IT(code=verbatim(code), own=verbatim(own), keep=kept) if code else BRING_OWN(keep=kept)
    value = verbatim(f"{ours['high']:g}")
    return [checked.finding("rates_of_another", STOP, told, value, threshold=count(1), todo=todo)]


def _inverted(checked: Checked) -> list[Finding]:
    lines, own = checked.report.accepted, checked.study.currency
    lines = lines.filter(lines.revenue > 0)
    groups = lines.group_by("currency").aggregate(
        rows=lines.count(),
        middle=lines.revenue.approx_median(),
        other=(lines.amount / lines.rate).approx_median(),
    )
    found = {one["currency"]: one for one in groups.to_pyarrow().to_pylist() if one["rows"] >= FEWEST}
    ours = found.pop(own, None)
    for code, one in sorted(found.items()) if ours else ():
        far = max(one["middle"] / ours["middle"], ours["middle"] / one["middle"])
        near = max(one["other"] / ours["middle"], ours["middle"] / one["other"])
        if far < TIMES or near > TIMES / 5:
            continue
        template = INVERTED if one["middle"] > ours["middle"] else SMALLER
        told = template(code=verbatim(code), own=verbatim(own), times=TIMES)
        spec = checked.study.tables.get("exchange_rates")
        rate = (spec.columns.get("rate") if spec else None) or "rate"
        line = verbatim(columns_line("rate", f"1 / ({rate} * 1)"))
        todo = TURN(own=verbatim(own), line=line, keep=keep("rates_upside_down"))
        value = count(round(far), "time")
        return [checked.finding("rates_upside_down", STOP, told, value, threshold=count(TIMES), todo=todo)]
    return []


def _old(checked: Checked) -> list[Finding]:
    if checked.source.origins("exchange_rates").get("date", "").startswith("'"):
        return []  # the study says since when they hold
    lines, own = checked.report.accepted, checked.study.currency
    foreign, rates = lines.filter(lines.currency != own), checked.source.read("exchange_rates")
    days = foreign.group_by("currency", day=foreign.order_date.cast("date")).aggregate(rows=foreign.count())
    ends = rates.group_by(code=rates.currency.upper()).aggregate(until=rates.date.max().cast("date"))
    until = {one["code"]: one["until"] for one in ends.to_pyarrow().to_pylist()}
    late: dict[str, int] = {}
    for one in days.to_pyarrow().to_pylist():
        end = until.get(one["currency"])
        if end and (one["day"] - end).days > DAYS:
            late[one["currency"]] = late.get(one["currency"], 0) + one["rows"]
    if not late:
        return []
    rows, codes = sum(late.values()), verbatim(", ".join(sorted(late)))
    told = OLD(rows=count(rows, "row"), codes=codes, days=DAYS)
    todo = BRING_LATER(keep=keep("rates_too_old"))
    return [checked.finding("rates_too_old", REVIEW, told, count(rows, "row"), threshold=count(0), todo=todo)]
