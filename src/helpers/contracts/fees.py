"""Fees that are not of one period: trials at 0, and fees of a year among those of a month."""

import ibis

from helpers.contracts.checked import Checked, columns_line, one_row, share, sql_text, where_line
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import Message, count, listing, message, verbatim

TRIALS = message(
    "fees.trials",
    "{contracts} of {all} cost nothing or are named as trials: their ends count as losses, and their fees as income that is "
    "never paid.",
)
LEAVE_TRIALS = message(
    "fees.leave_trials",
    "To leave them out, add to subscriptions: `{line}`. If they are customers like the others: `{keep}`.",
)
OF_A_YEAR = message(
    "fees.of_a_year",
    "{contracts} of {all} have 10 to 12 times the fee of the same plan ({plans}): a fee of a year among those of a month.",
)
ONE_PERIOD = message(
    "fees.one_period",
    "To keep one kind, add to subscriptions: `{where}`. If they are contracts of a month paid for a year: `{line}`. If "
    "their fees are of one period: `{keep}`.",
)

TRIAL = (
    r"\btrial\b|^free\b|\bfree$|freemium|probe(abo|monat|zeit|phase)|testphase|kostenlos|gratuit|\bessai\b|gratis|prueba"
    r"|dùng thử|miễn phí|ทดลอง|ฟรี"
)
LEAST, MOST = 9.5, 12.5  # times the monthly fee: a year with none to two and a half months free
FEW, HARM = 5, 0.02
MOST_FEES = 500  # fees of a price list; more are no list


def findings(checked: Checked) -> list[Finding]:
    """Judge the fees of subscriptions."""
    if checked.table != "subscriptions":
        return []
    return [*_trials(checked), *(_of_a_year(checked) if checked.has("fee") else [])]


def _trials(checked: Checked) -> list[Finding]:
    rows = checked.report.accepted
    conditions, free = [], ibis.literal(False)
    if checked.has("fee"):
        free = free | (rows.fee == 0)
        conditions.append(f"coalesce({checked.sql('fee')} * 1, 1) <> 0")
    if checked.has("plan"):
        plans = rows.filter(rows.plan.lower().re_search(TRIAL)).select("plan").distinct().limit(20)
        named = sorted(plans.to_pyarrow()["plan"].to_pylist())
        if named:
            free = free | rows.plan.isin(named)
            listed = ", ".join(map(sql_text, named))
            conditions.append(f"coalesce({checked.sql('plan')}, '') NOT IN ({listed})")
    if not conditions:
        return []
    seen = one_row(rows, all=rows.count(), free=free.fill_null(False).sum())
    if not seen["free"]:
        return []
    told = TRIALS(contracts=count(seen["free"], "contract"), all=count(seen["all"]))
    todo = LEAVE_TRIALS(line=verbatim(where_line(" AND ".join(conditions))), keep=keep("free_contracts"))
    value = share(seen["free"], seen["all"])
    return [checked.finding("free_contracts", REVIEW, told, value, threshold=share(0, 1), todo=todo)]


def _of_a_year(checked: Checked) -> list[Finding]:
    """Plans whose contracts have two fees, the one 10 to 12 times the other."""
    rows = checked.report.accepted
    by = ["plan"] if checked.has("plan") else []
    by += ["period"] if checked.has("period") else []
    fees = rows.filter(rows.fee > 0).mutate(
        plan=rows.plan.fill_null("") if "plan" in by else ibis.literal("")
    )
    groups = list(dict.fromkeys(["plan", *by]))
    counted = fees.group_by([*groups, "fee"]).aggregate(contracts=fees.count())
    seen = counted.order_by(counted.contracts.desc()).limit(MOST_FEES + 1).to_pyarrow().to_pylist()
    if len(seen) > MOST_FEES:
        return []
    plans: dict[tuple, list[dict]] = {}
    for one in seen:
        plans.setdefault(tuple(one[name] for name in groups), []).append(one)
    found = {key[0]: limit for key, of_plan in plans.items() if (limit := _limit(of_plan))}
    return [_found(checked, found)] if found else []


def _limit(of_plan: list[dict]) -> float | None:
    """The fee between a plan's months and its years, None where it has one kind."""
    total = sum(one["contracts"] for one in of_plan)
    usual = [one["fee"] for one in of_plan if one["contracts"] >= max(FEW, 0.1 * total)]
    low = min(usual, default=0.0)
    far = [one for one in of_plan if one["fee"] > 3 * low]
    years = [one for one in far if LEAST <= one["fee"] / low <= MOST] if low else []
    number = sum(one["contracts"] for one in years)
    if number < FEW or number < 0.8 * sum(one["contracts"] for one in far):
        return None
    return round(3 * low, 2)


def _found(checked: Checked, plans: dict[str, float]) -> Finding:
    fee, rows = f"({checked.sql('fee')} * 1)", checked.report.accepted
    names, parts, hit = list(plans), [], ibis.literal(False)
    for name, limit in plans.items():
        part, of_year = f"{fee} > {limit:g}", rows.fee > limit
        if checked.has("plan"):
            part, of_year = (
                f"({checked.sql('plan')} = {sql_text(name)} AND {part})",
                of_year & (rows.plan == name),
            )
        parts.append(part)
        hit = hit | of_year
    condition = " OR ".join(parts)
    seen = one_row(rows, all=rows.count(), years=hit.fill_null(False).sum())
    told: Message = OF_A_YEAR(
        contracts=count(seen["years"], "contract"),
        all=count(seen["all"]),
        plans=listing([verbatim(repr(name)) for name in names[:4]]),
    )
    divided = f"CASE WHEN {condition} THEN {fee} / 12 ELSE {fee} END"
    todo = ONE_PERIOD(
        where=verbatim(where_line(f"NOT coalesce({condition}, false)")),
        line=verbatim(columns_line("fee", divided)),
        keep=keep("fees_of_a_year"),
    )
    verdict = STOP if seen["years"] > HARM * seen["all"] else REVIEW
    value, threshold = share(seen["years"], seen["all"]), share(HARM, 1)
    return checked.finding("fees_of_a_year", verdict, told, value, threshold=threshold, todo=todo)
