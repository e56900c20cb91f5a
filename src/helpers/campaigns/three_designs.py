"""Three designs of a quasi-experiment side by side: do they agree, and what do they show together?"""

from collections.abc import Collection, Sequence

import pandas as pd

from helpers.campaigns.panel import Panel, per_period, shown
from helpers.campaigns.staggered import Estimate
from helpers.checks import Check, check
from helpers.inference.intervals import Interval
from helpers.messages import ENDS, Message, message

DESIGNS = ("difference-in-differences", "synthetic control", "interrupted time series")

INSIDE_FIRST = message("three_designs.inside_first", "inside the first design's interval")
TWO_STORIES = message(
    "three_designs.two_stories",
    "The two comparisons tell different stories: look at the donors' weights and at the units left out before deciding.",
)
NOT_SHOWN = message("three_designs.not_shown", "not shown: chance could do as much")
RISE = message("three_designs.rise", "a rise")
FALL = message("three_designs.fall", "a fall")
DOUBTED_RISE = message("three_designs.doubted_rise", "a rise, with reservations")
DOUBTED_FALL = message("three_designs.doubted_fall", "a fall, with reservations")


def compare(panel: Panel, effects: Sequence[Interval], chances: Sequence[float]) -> pd.DataFrame:
    """Return a row per design: design, effect (as shown), per_period (in the outcome's unit), chance_above.

    effects: intervals on the panel's scale, in the order of DESIGNS; chances: of an effect above zero.
    """
    table = pd.DataFrame({"design": DESIGNS, "chance_above": chances})
    return table.assign(
        effect=[shown(panel, one) for one in effects], per_period=[per_period(panel, one) for one in effects]
    )


def check_agreement(designs: pd.DataFrame) -> Check:
    """Ask whether the synthetic control's effect lies inside the interval of the difference-in-differences."""
    first, second = designs["effect"].iloc[:2]
    return check(
        "Two designs agree",
        review=not first.p05 <= second.mean <= first.p95,
        value=round(second.mean, 4),
        threshold=INSIDE_FIRST(),
        advice=TWO_STORIES(),
    )


def verdict(effect: Estimate, doubts: Sequence[Check], failed: Collection[str]) -> Message:
    """Say what the comparison shows: a rise, a fall, or nothing that chance could not do.

    With reservations where one of the `doubts` did not pass, or where any check of the page failed.
    """
    one = effect.interval
    if one.p05 <= 0 <= one.p95:
        return NOT_SHOWN()
    doubted = bool(failed) or any(doubt.verdict != "PASS" for doubt in doubts)
    if one.mean > 0:
        return DOUBTED_RISE() if doubted else RISE()
    return DOUBTED_FALL() if doubted else FALL()


def quasi_effect(designs: pd.DataFrame, scale: str, said: Message) -> pd.DataFrame:
    """Return the artifact `quasi_effect`: `compare` with a column per end of the intervals, scale and verdict."""
    table = designs[["design"]].assign(scale="share" if scale == "log" else "level")
    for name in ("effect", "per_period"):
        for end in ENDS:
            table[f"{name}_{end}"] = [getattr(one, end) for one in designs[name]]
    return table.assign(chance_above=designs["chance_above"], verdict=said.template)
