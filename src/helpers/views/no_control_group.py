"""What the page on a campaign without a control group shows and says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.messages import Message, Value, between, count, decimals, message, percent, points
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing
from helpers.views import amounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from helpers.campaigns.no_lots import Comparison, Control
    from helpers.campaigns.observed import Observed
    from helpers.campaigns.trial import Trial
    from helpers.campaigns.unseen_cause import Strength

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
NEEDED_FOR_NOTHING = message(
    "no_control.needed_for_nothing",
    "An unseen cause takes the whole effect away if it explains {needed} of what is left of the outcome and as much of "
    "who was chosen. For the interval to reach 0, {interval} of both will do.",
)
SEEN = message("no_control.seen", "For scale: the causes that were seen, each left out in turn")
SEEN_NOTE = message(
    "no_control.seen_note",
    "Moves the effect: by how much at most, if an unseen cause were as strong. The distance to break-even is {distance}.",
)
SEEN_NOTE_OF_0 = message(
    "no_control.seen_note_of_0",
    "Moves the effect: by how much at most, if an unseen cause were as strong. The distance to 0 is {distance}.",
)
CANNOT_OTHER = message(
    "no_control.cannot_other",
    "A cause that has nothing to do with what was known before cannot be seen here: neither the covariates nor the period "
    "before would show it.",
)
CANNOT = message(
    "no_control.cannot",
    "A cause that has nothing to do with past spend cannot be seen here: neither the covariates nor the period before "
    "would show it.",
)
# ---- a cut-off
# ---- the verdict
MARGIN_AFTER_COSTS = message("no_control.margin_after_costs", "margin after costs")
SHARE_OF = message("no_control.share_of", "the share with {outcome}")
MEAN_OF = message("no_control.mean_of", "the mean of {outcome}")


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


def in_unit(test: Trial, currency: str) -> Callable[[float], Value]:
    """How an amount of the outcome is said, with its unit."""
    return lambda value: level(value, test.measure, currency)


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
    in_money = test.measure == "money"
    needed = NEEDED if in_money else NEEDED_FOR_NOTHING
    said = needed(needed=percent(found.robustness), interval=percent(found.of_interval))
    cannot = CANNOT() if in_money else CANNOT_OTHER()
    if found.seen.empty:
        return [said, cannot]
    columns = {
        "trait": column("Cause that was seen"),
        "outcome": column("Explains of the outcome", "percent"),
        "chosen": column("Explains of who was chosen", "percent"),
        "moves": column("Moves the effect", amounts.COLUMNS[test.measure]),
    }
    distance = level(found.distance, test.measure, currency)
    note = (SEEN_NOTE if in_money else SEEN_NOTE_OF_0)(distance=distance)
    return [said, Table(found.seen, SEEN(), columns, notes=[note]), cannot]


def what_changed(test: Trial) -> Message:
    """What an effect is a change of."""
    if test.measure == "money":
        return MARGIN_AFTER_COSTS()
    return (SHARE_OF if test.is_share else MEAN_OF)(outcome=test.outcome)


def _amount(test: Trial) -> Message:
    if test.measure == "money":
        return REVENUE_IS()
    return (SHARE_WITH if test.is_share else THE_MEAN_OF)(outcome=test.outcome)


def level(value: float, measure: str, currency: str) -> Value:
    """An outcome as a level, not as a change."""
    return percent(value) if measure == "points" else amounts.amount(value, measure, currency)
