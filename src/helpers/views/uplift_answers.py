"""What the page on targeting answers: whom to contact, and what to do with the prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import Message, between, count, fine_money, message, percent, signed, verbatim
from helpers.pages.records import Column, Table, column
from helpers.views.experiment_segments import TRAIT_NAMES

if TYPE_CHECKING:
    from helpers.campaigns.policy import PolicyValue
    from helpers.campaigns.ranking import Ranking
    from helpers.campaigns.trial import Trial
from helpers.views.uplift_targeting import gain_of, per_unit

TRAIT_KINDS = {
    "pre_revenue": "money",
    "pre_purchase_days": "number",
    "days_since_order": "number",
    "offer_share": "percent",
}
SELECT = message(
    "uplift_targeting.select",
    "Send {arm} first to those with the highest predicted gain, and leave {unit}s alone by lot among those and among the "
    "rest.",
)
SELECT_BY_LOT = message(
    "uplift_targeting.select_by_lot",
    "Do not choose by this prediction who gets {arm}: draw {unit}s by lot, and more of them, before you ask it again.",
)
ALL_OR_NONE = message(
    "uplift_targeting.all_or_none",
    "Do not choose by this prediction who gets {arm}: most {unit}s are sure enough to gain, and none to lose. Whether it "
    "goes to all is answered on the page “Campaign experiment”.",
)
NOT_AGAIN = message(
    "uplift_targeting.not_again",
    "Do not repeat {arm} as it was: most {unit}s are sure enough to lose by it, and none to gain.",
)
DRAW_LOTS = message(
    "uplift_targeting.draw_lots",
    "Draw the arms of the next campaign by lot, and say so in the study: then it can be told.",
)
ADVICE = message(
    "uplift_targeting.advice",
    "Whose gain would be clear at {certainty} certainty, and means of what was known before",
)
HARM = message(
    "uplift_targeting.harm",
    "Out of sample: units whose predicted gain is below zero, and what they did",
)
TARGET = message(
    "uplift_targeting.target",
    "Target by predicted gain: the prediction of who gains from {arm} ranks customers better than chance. {qini}",
)
NO_MORE = message(
    "uplift_targeting.no_more",
    "Treat customers alike: the prediction of who gains from {arm} ranks customers better than chance, but choosing by it "
    "earned no more than the best simple rule. {qini}",
)
ALIKE = message(
    "uplift_targeting.alike",
    "Treat customers alike: the prediction of who gains from {arm} is not proven to rank customers better than chance. "
    "{qini}",
)
IF_BY_LOT = message(
    "uplift_targeting.if_by_lot",
    "No advice follows, because how these arms were drawn is not said. If by lot, giving each the best arm would have made "
    "a difference of {gain} per {unit}, {interval}; say so with this line under parameters in the study: {line}",
)
QINI = message(
    "uplift_targeting.qini",
    "Against a random order, choosing by it brought {qini} per {unit}, {interval}, on {unit}s it did not know (Qini).",
)
EARNED = message(
    "uplift_targeting.earned",
    "Giving each the best arm would have made a difference of {gain} per {unit}, {interval}, reaching {share}. Against the "
    "best simple rule that is {more}, {more_interval}.",
)
SORTED = message(
    "uplift_targeting.sorted",
    "At the required certainty {gaining}, and {harmed}. For {open} it is open.",
)
CLEAR = message("uplift_targeting.clear", "the gain is clear for {units}")
NOBODY_CLEAR = message("uplift_targeting.nobody_clear", "nobody's gain is clear")
HARMED = message("uplift_targeting.harmed", "{units} would lose by every arm and must not be contacted")
NOBODY_HARMED = message(
    "uplift_targeting.nobody_harmed", "none is sure enough to lose by every arm to be left out for it"
)
FEWER = message("uplift_targeting.fewer", "fewer than {smallest} {unit}s")
SO_MANY = message("uplift_targeting.so_many", "{units} ({share})")
NO_UNIT = message("uplift_targeting.no_unit", "no {unit}")


def profile(who: pd.DataFrame, certainty: float, test: Trial) -> Table:
    """Who is advised what, and means of what was known of them before."""
    columns: dict[str, Column | str] = {
        "advice": column("Advice"),
        "customers": column("Units"),
        "share": column("Share", "percent"),
    }
    columns |= {
        name: column(TRAIT_NAMES.get(name, name), TRAIT_KINDS.get(name, "number")) for name in test.numeric
    }
    return Table(who, ADVICE(certainty=percent(certainty, 0)), columns, "customers")


def harm(found: pd.DataFrame, test: Trial) -> Table | None:
    """Units that were predicted to lose, and what they did; None where there are none to compare."""
    if found.empty:
        return None
    columns = {
        "arm": column("Arm"),
        "units": column("Units"),
        "predicted": column("Predicted", per_unit(test)),
        "observed": column("Observed", per_unit(test)),
    }
    return Table(found, HARM(), columns, "units")


def answers(
    judged: Ranking,
    value: PolicyValue,
    sizes: pd.Series,
    test: Trial,
    *,
    proven: bool,
    currency: str,
    smallest: int,
) -> list[Message]:
    """Whether to target by the prediction, what that would have earned, and how many gain or lose for sure."""
    if not test.by_lot:
        return [
            IF_BY_LOT(unit=test.unit, line=verbatim(test.say_so), **gain_of(value.targeted, currency, "gain"))
        ]
    says = (TARGET if value.is_better else NO_MORE) if proven else ALIKE
    qini = QINI(unit=test.unit, **gain_of(judged.curve.qini, currency, "qini"))
    earned = EARNED(
        unit=test.unit,
        share=percent(value.contacted),
        **gain_of(value.targeted, currency, "gain"),
        more=signed(fine_money(value.over_best_simple.mean, currency)),
        more_interval=between(value.over_best_simple, fine_money, currency=currency),
    )
    return [says(arm=judged.best, qini=qini), earned, _sorted(sizes, test, smallest)]


def to_do(judged: Ranking, sizes: pd.Series, test: Trial, *, proven: bool) -> Message:
    """How to use the prediction in the next campaign, or none of it; sizes: by advice, as in `answers`."""
    if not test.by_lot:
        return DRAW_LOTS()
    fields = {"arm": judged.best, "unit": test.unit}
    gain, unclear, lose = sizes
    if not gain and lose > unclear:
        return NOT_AGAIN(**fields)
    if not proven and not lose and gain > unclear:
        return ALL_OR_NONE(**fields)
    return (SELECT if proven else SELECT_BY_LOT)(**fields)


def _sorted(sizes: pd.Series, test: Trial, smallest: int) -> Message:
    """Say for how many the gain is clear, how many lose, and for how many it is open; sizes: by advice, in that order."""
    n_gain, n_open, n_lose = (int(size) for size in sizes)
    gaining, still_open, losing = (_size(one, test, smallest) for one in (n_gain, n_open, n_lose))
    return SORTED(
        gaining=CLEAR(units=gaining) if n_gain else NOBODY_CLEAR(),
        harmed=HARMED(units=losing) if n_lose else NOBODY_HARMED(),
        open=still_open,
    )


def _size(size: int, test: Trial, smallest: int) -> Message:
    if 0 < size < smallest:
        return FEWER(smallest=smallest, unit=test.unit)
    share = size / len(test.units)
    return SO_MANY(units=count(size, test.unit), share=percent(share, 0)) if size else NO_UNIT(unit=test.unit)
