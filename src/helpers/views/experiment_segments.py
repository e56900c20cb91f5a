"""What the page on a campaign's experiment shows by segment: who gains and who loses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import Message, message
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing
from helpers.views import amounts

if TYPE_CHECKING:
    from helpers.campaigns.trial import Trial
    from helpers.inference.intervals import Interval

from helpers.views.experiment import PLAIN, what_changed

TRAIT_NAMES = {
    "pre_revenue": "Revenue before",
    "pre_purchase_days": "Purchase days before",
    "days_since_order": "Days since order",
    "offer_share": "Share bought on offer",
}
SEGMENT_BY = message("experiment.segment_by", "by {trait}: {segment}")
SEGMENT_OF = message("experiment.segment_of", "{trait}: {segment}")
# ---- segments
NONE_CLEAR = message(
    "experiment.none_clear",
    "In none of {segments} segments is the gain of {arm} within the window clearly different from zero",
)
GAINS = message("experiment.gains", "{arm} clearly gains in {gains} of {segments} segments within the window")
LOSES = message(
    "experiment.loses", "{arm} clearly loses in {losses} of {segments} segments within the window"
)
BOTH = message(
    "experiment.both",
    "{arm} clearly gains in {gains} and clearly loses in {losses} of {segments} segments within the window",
)
LEFT_OVER_ALL = message(
    "experiment.left_over_all", "{claim} alone; with what followed {left} is left over all customers"
)
SEGMENT_DOTS = message(
    "experiment.segment_dots",
    "Dots with 90 % intervals: the pooled gain of {arm} in {segments} segments.",
)
ANEW = message(
    "experiment.anew",
    "Each trait parts the same customers anew. Dots are the pooled gains, which lean on each other.",
)
EFFECT_BY_SEGMENT = message("experiment.effect_by_segment", "Change by {arm} of {what}, by segment")
BY_SEGMENT = message(
    "experiment.by_segment", "Gain of {arm} within the window by segment, per assigned customer"
)


def segments(
    parts: pd.DataFrame, clear: tuple[int, int], best: str, left: Interval | None, test: Trial, currency: str
) -> list[Figure | Table]:
    """The best arm's gain by segment, as a figure and as a table; nothing where no trait has two segments.

    left: what is left of the gain over all segments up to today, where that is known.
    """
    if parts.empty:
        return []
    parts = parts.assign(label=[_segment(one.trait, one.segment, test) for one in parts.itertuples()])
    data = {"labels": list(parts["label"]), "pooled": list(parts["pooled"])}
    data |= {"measure": test.measure, "currency": currency}
    alt, claim = SEGMENT_DOTS(arm=best, segments=len(parts)), _clear(clear, len(parts), best)
    if left is not None:
        claim = LEFT_OVER_ALL(claim=claim, left=amounts.mean_change(left, test.measure, currency))
    in_money = test.measure == "money"
    columns = {
        "label": column("Segment"),
        "units": column("Units"),
        "plain": column("Plain gain" if in_money else PLAIN, amounts.COLUMNS[test.measure]),
        "pooled": column("Pooled gain" if in_money else "Pooled", amounts.COLUMNS[test.measure]),
    }
    caption = BY_SEGMENT(arm=best) if in_money else EFFECT_BY_SEGMENT(arm=best, what=what_changed(test))
    return [
        Figure(_segments, data, claim, alt, ANEW()),
        Table(parts, caption, columns, "units"),
    ]


def _segment(trait: str, segment: str, test: Trial) -> Message:
    words = SEGMENT_BY if trait in test.named else SEGMENT_OF
    return words(trait=TRAIT_NAMES.get(trait, trait), segment=segment)


def _clear(clear: tuple[int, int], segments: int, arm: str) -> Message:
    gains, losses = clear
    if gains and losses:
        return BOTH(arm=arm, gains=gains, losses=losses, segments=segments)
    if gains:
        return GAINS(arm=arm, gains=gains, segments=segments)
    if losses:
        return LOSES(arm=arm, losses=losses, segments=segments)
    return NONE_CLEAR(arm=arm, segments=segments)


@drawing
def _segments(labels, pooled, measure, currency):
    fig, ax = figures.axes(height=1.0 + 0.32 * len(labels))
    figures.dots(ax, [wording.say(label) for label in labels], pooled)
    figures.zero_line(ax, "x")
    label = "gain per assigned customer, pooled" if measure == "money" else "change against control, pooled"
    amounts.axis(ax.xaxis, measure, currency, label)
    return fig
