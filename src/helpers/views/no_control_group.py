"""What the page on a campaign without a control group shows and says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.messages import (
    Message,
    Value,
    between,
    count,
    decimals,
    message,
    percent,
    plain,
    points,
)
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing
from helpers.views import amounts

if TYPE_CHECKING:
    from helpers.campaigns.cut_off import Scored
    from helpers.campaigns.no_lots import Comparison, Control
    from helpers.campaigns.observed import Observed
    from helpers.campaigns.trial import Trial
    from helpers.campaigns.unseen_cause import Strength
    from helpers.campaigns.worth_testing import Worth

# ---- who is compared
ARMS = message("no_control.arms", "{campaign}, {span}: those contacted and those who were not, as they are")
FROM_OUTSIDE = message(
    "no_control.from_outside",
    "The campaign names nobody who was left alone. The others are customers outside it, of the same kinds, each with a "
    "day of assignment drawn from those of the contacted.",
)
NAMED_CONTROL = message(
    "no_control.named_control", "The others are those whom the campaign names as left alone."
)
SAID_BY_LOT = message(
    "no_control.said_by_lot",
    "These arms are said to have been drawn by lot. If they were, and were alike before, 31 is the page.",
)
MAY_BE_BY_LOT = message(
    "no_control.may_be_by_lot",
    "How the arms were drawn is not said. If by lot, say so (assigned), and 31 reads them.",
)
CHOSEN = message(
    "no_control.chosen",
    "{share} of those contacted have their like among the others; {effective} of these carry the comparison",
)
CHOSEN_ALT = message(
    "no_control.chosen_alt",
    "Two lines: shares of the contacted and of the others, by their propensity from 0 to 1.",
)
CHOSEN_CAPTION = message(
    "no_control.chosen_caption",
    "Propensity: the chance to be contacted, by what was known before. Right of the line ({highest}) nobody is compared.",
)
ALIKE = message(
    "no_control.alike",
    "After weighting the arms lie at most {worst} standard deviations apart; before, {before}",
)
ALIKE_ALT = message(
    "no_control.alike_alt",
    "Per covariate a hollow dot for the difference before weighting and a full one after it.",
)
ALIKE_CAPTION = message(
    "no_control.alike_caption", "Differences of the arms in standard deviations; the {shown} largest before."
)
# ---- effects
LOOKS = message("no_control.looks", "{arm}: {alike} per {unit} against others alike; as it looks, {plain}")
LOOKS_ALT = message(
    "no_control.looks_alt",
    "Dots with 90 % intervals: the plain difference, that against others alike, and that in the period before.",
)
LOOKS_CAPTION = message(
    "no_control.looks_caption",
    "{what} per {unit}, contacted less others. In the period before nothing had been sent, so it should hold 0.",
)
REVENUE_IS = message("no_control.revenue", "Revenue")
SHARE_WITH = message("no_control.share_with", "Share with {outcome}")
THE_MEAN_OF = message("no_control.the_mean_of", "Mean of {outcome}")
EFFECTS = message(
    "no_control.effects", "Per {unit} contacted, in {span}: with the campaign less what others alike did"
)
EFFECTS_NOTE = message(
    "no_control.effects_note",
    "Without: what the contacted would have done, told from others alike. 90 % intervals. Gain is margin less contact "
    "and incentive.",
)
OUTCOMES = {
    "revenue": REVENUE_IS,
    "margin": message("no_control.margin", "Margin"),
    "gain": message("no_control.gain", "Gain"),
}
WITHOUT_NOTE = message(
    "no_control.without_note", "Without: what the contacted would have done, told from others alike."
)
BUYERS = message(
    "no_control.buyers",
    "Of those contacted {change} more buy than the {without} who would have without it, {interval}.",
)
SIZED = message("no_control.sized", "{size}")
BEFORE = message(
    "no_control.before",
    "In the period before, those contacted differ from others alike by {difference}, {interval}.",
)
BEFORE_UNKNOWN = message("no_control.before_unknown", "The period before could not be looked at.")
# ---- unseen causes
NEEDED = message(
    "no_control.needed",
    "An unseen cause brings the effect to break-even if it explains {needed} of what is left of the outcome and as much "
    "of who was chosen. For the interval to reach break-even, {interval} of both will do.",
)
SEEN = message("no_control.seen", "For scale: the causes that were seen, each left out in turn")
SEEN_NOTE = message(
    "no_control.seen_note",
    "Moves the effect: by how much at most, if an unseen cause were as strong. The distance to break-even is {distance}.",
)
CANNOT = message(
    "no_control.cannot",
    "A cause that has nothing to do with past spend cannot be seen here: neither the covariates nor the period before "
    "would show it.",
)
# ---- a cut-off
GATHER = message(
    "no_control.gather",
    "Right above the cut-off lie {excess} more than the {expected} that a smooth spread would hold; right below "
    "{missing} fewer",
)
GATHER_ALT = message(
    "no_control.gather_alt", "Bars of units by their score, a smooth line through them, and the cut-off."
)
GATHER_CAPTION = message(
    "no_control.gather_caption", "The line goes through the bars away from the cut-off. Units by score."
)
AT_CUT_OFF = message(
    "no_control.at_cut_off",
    "{campaign}: at the cut-off {cut}, being contacted changed {what} by {gain} per {unit} in {span}, {interval}.",
)
ONLY_THERE = message(
    "no_control.only_there",
    "That rests on {left} below and {right} above, and holds at the cut-off only; at half the bandwidth it is {halved}.",
)
# ---- the verdict
SIZE = message(
    "no_control.size",
    "A test by lot that finds a rise of {difference} per {unit} with 80 % power (two-sided 5 %) takes {per_arm} per arm.",
)
TEST_IT = message(
    "no_control.test_it",
    "Before {arm} goes out again, draw lots: {per_arm} get it and as many do not. Only that proves what it adds.",
)
LEAVE_IT = message(
    "no_control.leave_it",
    "Do not send {arm} again because of what is seen here: whoever chose may explain it all.",
)
AT_BREAK_EVEN = message("no_control.at_break_even", "That is the rise that just pays for the contact.")
AT_HALF = message(
    "no_control.at_half", "That is half of what was seen, as no cost is known that it has to pay for."
)
LARGER = message(
    "no_control.larger", "There were {units} in this comparison: a test so large takes several campaigns."
)
WORTH = message(
    "no_control.worth", "{campaign}, {arm}: not proven; test it on {per_arm} per arm, drawn by lot."
)
NOT_WORTH = message(
    "no_control.not_worth", "{campaign}, {arm}: not worth a test; what it brought lies below break-even."
)
NO_VERDICT_SAID = message("no_control.no_verdict", "{campaign}, {arm}: no verdict.")
FOUND = message(
    "no_control.found",
    "Against others alike, those contacted changed {what} by {gain} per {unit} in {span}, {interval}.",
)
MARGIN_AFTER_COSTS = message("no_control.margin_after_costs", "margin after costs")
SHARE_OF = message("no_control.share_of", "the share with {outcome}")
MEAN_OF = message("no_control.mean_of", "the mean of {outcome}")
NOT_DRAWN = message("no_control.not_drawn", "Nobody drew lots, so this is no proof and no advice.")


def arms(means: pd.DataFrame, observed: Observed) -> list[Table | Message]:
    """What both arms did, plainly, and where the others come from."""
    test = observed.test
    columns = {"arm": column("Arm"), "customers": column("Customers" if test.measure == "money" else "Units")}
    if test.measure == "money":
        columns |= {
            "converted": column("Buy", "percent"),
            "revenue": column("Revenue", "money"),
            "margin": column("Margin", "money"),
        }
    else:
        columns["revenue"] = column(
            wording.say(_amount(test)), "percent" if test.measure == "points" else "each"
        )
    said = FROM_OUTSIDE() if observed.outside else NAMED_CONTROL()
    return [
        Table(means, ARMS(campaign=test.name, span=test.span), columns, "customers", [said]),
        *test.handled,
    ]


def lots(test: Trial) -> Message | None:
    """Say that another page reads these arms, if they were drawn by lot."""
    return {"randomized": SAID_BY_LOT(), "unknown": MAY_BE_BY_LOT()}.get(test.drawn)


def chosen(found: Comparison, test: Trial) -> Figure:
    """How likely those contacted and the others were to be contacted."""
    title = CHOSEN(
        share=percent(found.overlap.share_kept), effective=count(round(found.overlap.effective), test.unit)
    )
    data = {"spread": found.overlap.spread, "names": test.arms, "highest": found.overlap.highest}
    return Figure(
        _chosen, data, title, CHOSEN_ALT(), CHOSEN_CAPTION(highest=percent(found.overlap.highest, 0))
    )


@drawing
def _chosen(spread, names, highest):
    fig, ax = figures.axes(height=2.8)
    for side, name, shade in zip(("others", "treated"), names, ("neutral", "accent"), strict=True):
        ax.plot(spread["propensity"], spread[side], color=figures.PALETTE[shade], label=wording.label(name))
    ax.axvline(highest, color=figures.PALETTE["muted"], linewidth=1, linestyle="--")
    figures.percent_axis(ax.xaxis, "propensity")
    figures.percent_axis(ax.yaxis, "share of the arm")
    ax.set(xlim=(0, 1))
    figures.legend(ax)
    return fig


def alike(found: Comparison) -> Figure:
    """How far apart the arms were before weighting, and are after it."""
    furthest = found.furthest
    data = {
        "names": list(furthest["covariate"]),
        "before": furthest["before"].to_numpy(),
        "after": furthest["after"].to_numpy(),
    }
    title = ALIKE(worst=decimals(abs(found.worst["after"]), 2), before=decimals(found.most_before, 2))
    return Figure(_alike, data, title, ALIKE_ALT(), ALIKE_CAPTION(shown=count(len(furthest))))


@drawing
def _alike(names, before, after):
    fig, ax = figures.axes(height=1.0 + 0.28 * len(names))
    rows = np.arange(len(names))[::-1]
    ax.plot(
        before, rows, "o", color=figures.PALETTE["neutral"], markerfacecolor="none", label="before weighting"
    )
    ax.plot(after, rows, "o", color=figures.PALETTE["model"], label="after weighting")
    figures.zero_line(ax, "x")
    ax.set_yticks(rows, names, color=figures.PALETTE["ink"])
    ax.set_xlabel("difference in standard deviations")
    figures.legend(ax)
    return fig


def looks(found: Comparison, control: Control | None, test: Trial, currency: str) -> Figure:
    """The difference as it looks, against others alike, and in the period before."""
    own = found.amount.effect
    rows = {"as it looks": found.plain, "against others alike": own}
    if control is not None:
        rows["the period before"] = control.effect
    title = LOOKS(
        arm=test.arms[1],
        unit=test.unit,
        alike=amounts.mean_change(own, test.measure, currency),
        plain=amounts.mean_change(found.plain, test.measure, currency),
    )
    data = {"rows": rows, "measure": test.measure, "currency": currency}
    return Figure(_looks, data, title, LOOKS_ALT(), LOOKS_CAPTION(what=_amount(test), unit=test.unit))


@drawing
def _looks(rows, measure, currency):
    fig, ax = figures.axes(height=1.2 + 0.4 * len(rows))
    shades = [figures.PALETTE[name] for name in ("neutral", "model", "bad")]
    figures.dots(ax, list(rows), list(rows.values()), shades[: len(rows)])
    figures.zero_line(ax, "x")
    amounts.axis(ax.xaxis, measure, currency, "contacted less others")
    return fig


def effects(found: Comparison, test: Trial) -> list[Message | Table]:
    """What the contacted would have done, and the effect, by outcome; where outcomes are money, who buys in a sentence."""
    rows, kind, said = [(_amount(test), found.amount)], amounts.COLUMNS[test.measure], None
    if test.measure == "money":
        rows = [(label(), found.effects[name]) for name, label in OUTCOMES.items()]
        bought = found.effects["converted"]
        said = BUYERS(
            change=points(bought.effect.mean),
            without=percent(bought.comparison),
            interval=between(bought.effect, points),
        )
    frame = pd.DataFrame(
        {
            "outcome": [name for name, _ in rows],
            "without": [one.comparison for _, one in rows],
            "effect": [one.effect for _, one in rows],
        }
    )
    columns = {
        "outcome": column("Outcome"),
        "without": column("Without", "percent" if test.measure == "points" else kind),
        "effect": column("Effect", kind),
    }
    note = EFFECTS_NOTE if test.measure == "money" else WITHOUT_NOTE
    table = Table(frame, EFFECTS(unit=test.unit, span=test.span), columns, notes=[note()])
    return [table] if said is None else [table, said]


def difference(control: Control | None, test: Trial, currency: str) -> Message | None:
    """The difference in the period before, in words, without its sign."""
    return None if control is None else SIZED(size=_level(abs(control.effect.mean), test.measure, currency))


def before(control: Control | None, test: Trial, currency: str) -> Message:
    """Say how the contacted differed in the period before."""
    if control is None:
        return BEFORE_UNKNOWN()
    return BEFORE(
        difference=amounts.change(control.effect.mean, test.measure, currency),
        interval=amounts.span(control.effect, test.measure, currency),
    )


def unseen(found: Strength, test: Trial, currency: str) -> list[Message | Table]:
    """How strong a cause that nobody saw would have to be, beside those that were seen."""
    said = NEEDED(needed=percent(found.robustness), interval=percent(found.of_interval))
    if found.seen.empty:
        return [said, CANNOT()]
    columns = {
        "trait": column("Cause that was seen"),
        "outcome": column("Explains of the outcome", "percent"),
        "chosen": column("Explains of who was chosen", "percent"),
        "moves": column("Moves the effect", amounts.COLUMNS[test.measure]),
    }
    note = SEEN_NOTE(distance=_level(found.distance, test.measure, currency))
    return [said, Table(found.seen, SEEN(), columns, notes=[note]), CANNOT()]


def gathered(scored: Scored | None) -> Figure | None:
    """How the score is spread around the cut-off; None without a score."""
    if scored is None:
        return None
    found = scored.density
    title = GATHER(
        excess=count(round(found.excess)),
        expected=count(round(found.expected), "unit"),
        missing=count(round(found.missing)),
    )
    data = {"middle": found.middle, "units": found.units, "smooth": found.smooth, "cut": scored.cut}
    return Figure(_gathered, data, title, GATHER_ALT(), GATHER_CAPTION())


@drawing
def _gathered(middle, units, smooth, cut):
    fig, ax = figures.axes(height=3)
    ax.bar(middle, units, width=middle[1] - middle[0], color=figures.PALETTE["neutral"], alpha=0.6)
    ax.plot(middle, smooth, color=figures.PALETTE["model"])
    ax.axvline(cut, color=figures.PALETTE["bad"], linewidth=1, linestyle="--")
    figures.count_axis(ax.yaxis, "units")
    ax.set_xlabel("score")
    return fig


def at_cut_off(scored: Scored | None, test: Trial, currency: str) -> list[Message]:
    """Say the effect at the cut-off; nothing where none is told."""
    if scored is None or scored.found is None:
        return []
    found = scored.found
    told = AT_CUT_OFF(
        campaign=test.name,
        cut=plain(scored.cut),
        what=_what(test),
        gain=amounts.change(found.effect.mean, test.measure, currency),
        unit=test.unit,
        span=test.span,
        interval=amounts.span(found.effect, test.measure, currency),
    )
    rests = ONLY_THERE(
        left=count(found.left, test.unit),
        right=count(found.right, test.unit),
        halved=amounts.change(found.halved, test.measure, currency),
    )
    return [told, rests, NOT_DRAWN()]


def size(worth: Worth, test: Trial, currency: str) -> list[Message | None]:
    """How large a test by lot would be, and what it is planned for."""
    if worth.per_arm is None:
        return []
    said = SIZE(
        difference=_level(worth.difference, test.measure, currency),
        unit=test.unit,
        per_arm=count(worth.per_arm, test.unit),
    )
    larger = LARGER(units=count(worth.units, test.unit)) if worth.too_large else None
    return [said, (AT_BREAK_EVEN if worth.at_break_even else AT_HALF)(), larger]


def answers(worth: Worth, test: Trial, currency: str) -> list[Message]:
    """The verdict, what was found, and that nobody drew lots."""
    told = {"campaign": test.name, "arm": test.arms[1]}
    verdict = {
        "worth a test": lambda: WORTH(per_arm=count(worth.per_arm or 0, test.unit), **told),
        "not worth a test": lambda: NOT_WORTH(**told),
        "no verdict": lambda: NO_VERDICT_SAID(**told),
    }[worth.verdict]()
    found = FOUND(
        what=_what(test),
        gain=amounts.change(worth.gain.mean, test.measure, currency),
        unit=test.unit,
        span=test.span,
        interval=amounts.span(worth.gain, test.measure, currency),
    )
    return [verdict, found, NOT_DRAWN()]


def to_do(worth: Worth, test: Trial) -> Message:
    """Whether to repeat the campaign: only as a test, or not at all."""
    if worth.verdict == "worth a test":
        return TEST_IT(arm=test.arms[1], per_arm=count(worth.per_arm or 0, test.unit))
    return LEAVE_IT(arm=test.arms[1])


def _what(test: Trial) -> Message:
    if test.measure == "money":
        return MARGIN_AFTER_COSTS()
    return (SHARE_OF if test.is_share else MEAN_OF)(outcome=test.outcome)


def _amount(test: Trial) -> Message:
    if test.measure == "money":
        return REVENUE_IS()
    return (SHARE_WITH if test.is_share else THE_MEAN_OF)(outcome=test.outcome)


def _level(value: float, measure: str, currency: str) -> Value:
    return percent(value) if measure == "points" else amounts.amount(value, measure, currency)
