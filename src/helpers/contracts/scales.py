"""Answers on another scale than 0 to 10, and outcomes of a panel that only add up."""

import ibis

from helpers.contracts.checked import Checked, columns_line, one_row, share, sql_text
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import count, listing, message, number, verbatim

OTHER_SCALE = message(
    "scales.other_scale",
    "the {answers} of {questions} lie between {low} and {high}: they are on another scale than 0 to 10, on which all would "
    "be read as they stand.",
)
ONE_SCALE = message(
    "scales.one_scale",
    "the {answers} lie between {low} and {high}: they are on another scale than 0 to 10, on which all would be read as they "
    "stand.",
)
BRING_TO_TEN = message(
    "scales.bring_to_ten",
    "If so, add to surveys: `{line}`. If they are answers from 0 to 10: `{keep}`.",
)
RUNNING = message(
    "scales.running",
    "the outcome never falls in {units} of {all} units: it may be a running total, whose growth is no effect.",
)
EACH_PERIOD = message(
    "scales.each_period",
    "If it is, export what was measured in each period. If the outcome is of each period: `{keep}`.",
)

FEWEST = 30  # answers, of which on a scale to 10 some would be above its middle
BEYOND = 0.1  # share of answers above 10 that are no typing errors
MOST_QUESTIONS = 50
PERIODS, UNITS, NEARLY_ALL = 8, 3, 0.9


def findings(checked: Checked) -> list[Finding]:
    """Judge the scores of surveys, and the outcome of a panel."""
    if checked.table == "surveys":
        return _scores(checked)
    return _running(checked) if checked.table == "panel" else []


# ---- surveys
def _scores(checked: Checked) -> list[Finding]:
    lines = checked.lines.filter(checked.lines.score.notnull())
    lines = lines.mutate(asked=lines.question if checked.has("question") else ibis.null("string"))
    groups = lines.group_by("asked").aggregate(
        answers=lines.count(),
        low=lines.score.min(),
        high=lines.score.max(),
        beyond=(lines.score > 10).mean(),
        values=lines.score.nunique(),
    )
    seen = groups.order_by(groups.answers.desc(), "asked").limit(MOST_QUESTIONS).to_pyarrow().to_pylist()
    other = [(one, *scale) for one in seen if one["answers"] >= FEWEST and (scale := _scale(one))]
    return [_found(checked, other, alone=len(other) == len(seen))] if other else []


def _scale(seen: dict) -> tuple[str, str] | None:
    """The expression on {x} that brings a scale to 0 to 10, and the verdict; None where it is from 0 to 10."""
    low, high = seen["low"], seen["high"]
    if seen["values"] <= 3 and low == -high and high in (1, 100):  # each answer as its part of the score
        return "CASE WHEN {x} > 0 THEN 10 WHEN {x} = 0 THEN 8 ELSE 0 END", STOP
    if low < 0 and low >= -100 and 10 < high <= 100:
        return "({x} + 100) / 20", STOP
    if low >= 0 and 10 < high <= 100 and seen["beyond"] >= BEYOND:
        return "{x} / 10", STOP
    if low >= 0 and 1 < high <= 7 and seen["values"] > 2:
        top = 5 if high <= 5 else 7
        least = min(1, int(low))
        return f"round(({{x}} - {least}) * 10 / {top - least}.0)", STOP if top == 5 else REVIEW
    return None


def _found(checked: Checked, other: list[tuple], *, alone: bool) -> Finding:
    score = f"({checked.sql('score')} * 1)"
    if alone and len({expression for _, expression, _ in other}) == 1:
        text = other[0][1].format(x=score)
    elif checked.has("question"):
        asked = checked.sql("question")
        parts = " ".join(
            f"WHEN {asked} = {sql_text(one['asked'])} THEN {expression.format(x=score)}"
            for one, expression, _ in other
            if one["asked"] is not None
        )
        text = f"CASE {parts} ELSE {score} END"
    else:
        text = other[0][1].format(x=score)
    line = columns_line("score", text)
    said = {
        "answers": count(sum(one["answers"] for one, *_ in other), "answer"),
        "low": number(min(one["low"] for one, *_ in other)),
        "high": number(max(one["high"] for one, *_ in other)),
    }
    named = [verbatim(repr(one["asked"])) for one, *_ in other if one["asked"] is not None][:4]
    told = OTHER_SCALE(**said, questions=listing(named)) if named and not alone else ONE_SCALE(**said)
    verdict = STOP if any(verdict == STOP for *_, verdict in other) else REVIEW
    todo = BRING_TO_TEN(line=verbatim(line), keep=keep("other_scale"))
    return checked.finding("other_scale", verdict, told, said["high"], threshold=number(10), todo=todo)


# ---- panel
def _running(checked: Checked) -> list[Finding]:
    """An outcome that never falls within a unit, as running totals do not."""
    rows = checked.report.accepted
    rows = rows.filter(rows.outcome.notnull())
    before = rows.outcome.lag().over(group_by=rows.unit, order_by=rows.period)
    steps = rows.mutate(step=rows.outcome - before)
    units = steps.group_by("unit").aggregate(
        periods=steps.count(), falls=(steps.step < 0).sum(), rises=(steps.step > 0).sum()
    )
    units = units.filter(units.periods >= PERIODS)
    grows = (units.falls == 0) & (units.rises > 0.5 * units.periods)
    seen = one_row(units, all=units.count(), grows=grows.sum())
    if (seen["all"] or 0) < UNITS or seen["grows"] < NEARLY_ALL * seen["all"]:
        return []
    told = RUNNING(units=count(seen["grows"]), all=count(seen["all"]))
    value, threshold = share(seen["grows"], seen["all"]), share(NEARLY_ALL, 1)
    todo = EACH_PERIOD(keep=keep("running_total"))
    return [checked.finding("running_total", REVIEW, told, value, threshold=threshold, todo=todo)]
