"""What the page on the experiment answers: decisions per arm, sizes of further tests, the verdict and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    between,
    count,
    day,
    mean,
    message,
    money,
    paragraph,
    percent,
    points,
    probability,
    signed,
    verbatim,
)
from helpers.pages import wording
from helpers.pages.records import Table, column
from helpers.views import amounts
from helpers.views.experiment import what_changed
from helpers.views.experiment_course import followed

if TYPE_CHECKING:
    from helpers.campaigns.after_window import AfterWindow
    from helpers.campaigns.arm_effects import Response
    from helpers.campaigns.design import Look
    from helpers.campaigns.trial import Trial
    from helpers.campaigns.verdict import Decision

LOOKED = message(
    "experiment.looked",
    "This is look {look} of {looks}, at {units} of {planned} planned {unit}s: rolling out needs {bar}.",
)
DECISIONS = message(
    "experiment.decisions",
    "Decision per arm, from {span} alone; rolling out needs {bar}, stopping {certainty}",
)
SIZES = message(
    "experiment.sizes",
    "How many {unit}s a test of two arms takes to find a change of the share who buy ({base} in control by the model), "
    "two-sided 5 %",
)
PARTS = {
    0.5: message("experiment.half", "half of it"),
    1.0: message("experiment.what_was_seen", "what was seen"),
    2.0: message("experiment.twice", "twice as much"),
}
VERDICT = message(
    "experiment.verdict",
    "Campaign {campaign}, {arm}: {verdict}. In {span} it changed {what} by {gain}, {interval}.",
)
PER_ASSIGNED = message("experiment.per_assigned", "{gain} per {unit} assigned")
PER_UNIT = message("experiment.per_unit", "{loss} per {unit}")
VERDICT_TO_DATE = message(
    "experiment.verdict_to_date",
    "Campaign {campaign}, {arm}: {verdict}. Counted up to {days} after the assignment, it changed {what} by {left} per "
    "{unit} assigned, {interval}.",
)
TWO_PARTS = message(
    "experiment.two_parts",
    "In {span} the change was {plain}, {plain_interval}. Since then margin has differed by {after}, {after_interval}, from "
    "that of control. All this is the plain difference of means.",
)
BY_THE_MODEL = message(
    "experiment.by_the_model",
    "By the model, which takes off how the arms differed before, the gain of the window alone is {gain}, {interval}.",
)
UP_TO_TODAY = message(
    "experiment.up_to_today",
    "Counted up to {days} after the assignment, {left} is left per {unit} after costs, {interval}, counted plainly.",
)
IF_BY_LOT = message(
    "experiment.if_by_lot",
    "If these arms were drawn by lot: campaign {campaign}, {arm}, changed {what} by {gain} in {span}, {interval}. How they "
    "were drawn is not said, so there is no verdict; say so with this line under parameters in the study: {line}",
)
EARLY = message("experiment.early", "{verdict}, because the planned size is not reached")
CHANCE = message(
    "experiment.chance",
    "That it brought more than break-even in that time is {chance}. Averaged over all that may be true, choosing it "
    "wrongly costs {loss}.",
)
CHANCE_WITHIN = message(
    "experiment.chance_within", "That it brought more than break-even in the window alone is {chance}."
)
RESPONDED = message(
    "experiment.responded",
    "{arm} changed the share who {did} by {change} against control, {interval}. That the share rose is {chance}.",
)
IF_RESPONDED = message(
    "experiment.if_responded",
    "The share who {did} would then have changed by {change} against control with {arm}, {interval}.",
)
BUY = message("experiment.buy", "buy")
HAVE = message("experiment.have", "have {outcome}")
ALL_ARMS = message("experiment.all_arms", "All arms together against control, in {span}: {gain}, {interval}.")
NOT_DECIDED = message("experiment.not_decided", "{followed}: what remains over a year is not decided here.")
DO_WAIT = message(
    "experiment.do_wait",
    "Do not roll out {arm} yet. Go on leaving its control group alone and read the page “Campaign value” each month. It "
    "counts what is left; a year is over on {day}.",
)
DO_ROLL_OUT = message(
    "experiment.do_roll_out",
    "Roll out {arm} to {unit}s like those assigned. Leave a part of them alone by lot, so that its effect can be seen "
    "again.",
)
CHANCE_OF_CHANGE = message(
    "experiment.chance_of_change",
    "That the change is above break-even (0 where none is stated) is {chance}. Averaged over all that may be true, "
    "choosing it wrongly costs {loss}.",
)
DO_STOP_OTHER = message(
    "experiment.do_stop_other", "Do not repeat {arm} as it was: it changes the outcome by less than it must."
)
DO_STOP = message("experiment.do_stop", "Do not repeat {arm} as it was: it brings less than it costs.")
DO_FINISH = message(
    "experiment.do_finish", "Let the test run on to its planned size, {planned} {unit}s, and decide then."
)
DO_TEST = message(
    "experiment.do_test",
    "Do not roll out {arm} yet. Assign about {more} more {unit}s by lot, and decide on all of them together.",
)
DO_OTHER = message(
    "experiment.do_other",
    "Do not roll out {arm}: a test that settles so small a change is out of reach here. Test an offer that promises more.",
)


def looked(at: Look, test: Trial) -> Message:
    """Say which look at the data this is, and what rolling out needs."""
    return LOOKED(
        look=at.number,
        looks=at.of,
        units=at.units,
        planned=at.planned,
        unit=test.unit,
        bar=percent(at.bar, 2),
    )


def decisions(made: list[Decision], at: Look, certainty: float, test: Trial) -> Table:
    """Gain, probabilities, expected loss and verdict of each arm."""
    frame = pd.DataFrame([vars(one) | {"sentence": one.sentence} for one in made])
    columns = {
        "arm": column("Arm"),
        "gain": column("Gain", amounts.COLUMNS[test.measure]),
        "chance_above": column("P(above break-even in the window)", "chance"),
        "chance_best": column("P(best)", "chance"),
        "expected_loss": column("Expected loss", amounts.COLUMNS[test.measure]),
        "sentence": column("Verdict"),
    }
    return Table(
        frame, DECISIONS(span=test.span, bar=percent(at.bar, 2), certainty=percent(certainty)), columns
    )


def all_arms(every: Interval | None, test: Trial, currency: str) -> Message | None:
    """What all arms together gained against control; None where there is one."""
    if every is None:
        return None
    gain = amounts.change(every.mean, test.measure, currency)
    return ALL_ARMS(span=test.span, gain=gain, interval=amounts.span(every, test.measure, currency))


def sentences(made: list[Decision]) -> list[str]:
    """The verdicts in words, as the artifact keeps them for other pages."""
    return [wording.say(one.sentence) for one in made]


def sizes(table: pd.DataFrame, base: float, test: Trial) -> Table | None:
    """How large a test must be to find such a change; None where none can, and of a rate, which is no share of units."""
    if table.empty or test.is_ratio or (test.measure == "points" and not test.is_share):
        return None
    columns = {
        "to_find": column("To find"),
        "change": column("Change", "points"),
        "power_80": column("At 80 % power"),
        "power_85": column("At 85 % power"),
    }
    table = table.assign(to_find=[PARTS[part]() for part in table["part"]])
    return Table(table, SIZES(unit=test.unit, base=percent(base)), columns)


def answers(
    final: Decision,
    response: Response,
    plain: Interval,
    since: AfterWindow,
    at: Look,
    test: Trial,
    currency: str,
) -> list[Message]:
    """The verdict with what is left of the gain, how sure it is, what people did, and what the window does not tell.

    plain: the plain difference of the gain within the window.
    """
    told = {
        "campaign": test.name,
        "arm": final.arm,
        "span": test.span,
        "what": what_changed(test),
    }
    gained = amounts.change(final.gain.mean, test.measure, currency)
    its = {
        "gain": PER_ASSIGNED(gain=gained, unit=test.unit) if test.measure == "money" else gained,
        "interval": amounts.span(final.gain, test.measure, currency),
    }
    if not test.by_lot:
        return [IF_BY_LOT(line=verbatim(test.say_so), **told, **its), *_responded(final.arm, response, test)]
    told["verdict"] = EARLY(verdict=final.sentence) if at.early else final.sentence
    chance = probability(final.chance_above)
    left, after = since.left(final.arm), since.after(final.arm)
    if final.borrowed and left is not None and after is not None:
        its["gain"] = signed(mean(final.gain, money, currency=currency))
        parts = {
            "plain": signed(mean(plain, money, currency=currency)),
            "plain_interval": between(plain, money, currency=currency),
            "after": signed(mean(after, money, currency=currency)),
            "after_interval": between(after, money, currency=currency),
        }
        said = [
            VERDICT_TO_DATE(
                days=count(since.days or 0, "day"),
                left=signed(mean(left, money, currency=currency)),
                interval=between(left, money, currency=currency),
                unit=test.unit,
                **{name: one for name, one in told.items() if name != "span"},
            ),
            paragraph(
                [TWO_PARTS(span=test.span, **parts), BY_THE_MODEL(**its), CHANCE_WITHIN(chance=chance)]
            ),
        ]
        return [*said, *_responded(final.arm, response, test)]
    loss = amounts.amount(final.expected_loss, test.measure, currency)
    loss = PER_UNIT(loss=loss, unit=test.unit) if test.measure == "money" else loss
    sure = CHANCE if test.measure == "money" else CHANCE_OF_CHANGE
    said = [VERDICT(**told, **its), sure(chance=chance, loss=loss)]
    said += _responded(final.arm, response, test)
    if left is not None:
        to_date = {
            "left": signed(mean(left, money, currency=currency)),
            "days": count(since.days or 0, "day"),
        }
        said.append(UP_TO_TODAY(interval=between(left, money, currency=currency), unit=test.unit, **to_date))
    return [*said, NOT_DECIDED(followed=followed(since, final.arm, currency))]


def _responded(arm: str, response: Response, test: Trial) -> list[Message]:
    """What people did, unless the gain says it already."""
    if test.measure == "points" or not test.tells_who or arm not in response.change:
        return []
    change, did = response.change[arm], HAVE(outcome=test.done) if test.done else BUY()
    told = {"arm": arm, "change": points(change.mean), "interval": amounts.span(change, "points", "")}
    if not test.by_lot:
        return [IF_RESPONDED(did=did, **told)]
    return [RESPONDED(did=did, chance=probability(response.chance[arm]), **told)]


def to_do(final: Decision, since: AfterWindow, at: Look, test: Trial) -> Message | None:
    """What to do with the arm that speaks for the campaign; None where nobody says how the arms were drawn."""
    told = {"arm": final.arm, "unit": test.unit}
    if not test.by_lot:
        return None
    if at.early:
        return DO_FINISH(planned=count(at.planned), unit=test.unit)
    if final.verdict == "roll out" and final.borrowed and final.left == "open" and since.year_over:
        return DO_WAIT(arm=final.arm, day=day(since.year_over))
    if final.verdict == "stop" or (final.borrowed and final.left == "gone"):
        return (DO_STOP if test.measure == "money" else DO_STOP_OTHER)(arm=final.arm)
    if final.verdict == "roll out":
        return DO_ROLL_OUT(**told)
    if final.within_reach:
        return DO_TEST(more=count(final.more_customers or 0), **told)
    return DO_OTHER(arm=final.arm)
