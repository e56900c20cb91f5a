"""May a difference-in-differences be believed? Placebo, trend before the start, and every unit left out in turn."""

import numpy as np
import pandas as pd
from scipy import stats

from helpers.campaigns.staggered import Estimate
from helpers.checks import Check, check
from helpers.messages import decimals, message, number, plain

POWER = 0.80
MOST_ERRORS = 1.0  # standard errors by which one unit alone may move the effect

HOLDS_ZERO = message("staggered.holds_zero", "interval holds 0")
DRIFTING = message(
    "staggered.drifting",
    "An effect is found where nothing was done: the groups were drifting apart. Do not act on the effect.",
)
TRENDS_DIFFERED = message(
    "staggered.trends_differed",
    "The trends differed before: read the effect with the trend carried on.",
)
NOT_SEEN = message("staggered.not_seen", "not seen")
EARLIER = message("staggered.earlier", "{periods} periods before the start")
NOTHING_EARLIER = message(
    "staggered.nothing_earlier",
    "There is a single period before the start: whether both groups moved alike before cannot be looked at. Bring earlier "
    "periods, and do not act on the effect alone.",
)
NO_TREND = message(
    "staggered.no_trend",
    "With fewer than three periods before the start no trend can be told: bring earlier periods.",
)
ERRORS = message("staggered.errors", "moved by {errors} standard errors")
SAME_SIGN = message("staggered.same_sign", "at most {errors} standard error, same sign")
ONE_CARRIES = message(
    "staggered.one_carries",
    "Without {unit} the effect is another one: find out what happened there before acting on it.",
)


def smallest_seen(effect: Estimate) -> float:
    """Say which true effect would be told from nothing (90 % interval) four times in five, on the panel's scale."""
    return float((stats.t.ppf(0.95, effect.df) + stats.t.ppf(POWER, effect.df)) * effect.standard_error)


def check_placebo(placebo: Estimate | None) -> Check:
    """Ask whether an effect is found where nothing was done; None: nothing earlier to look at, which asks for a review."""
    if placebo is None:
        return check(
            "Placebo in time",
            review=True,
            value=NOT_SEEN(),
            threshold=EARLIER(periods="2"),
            advice=NOTHING_EARLIER(),
        )
    return check(
        "Placebo in time",
        review=not placebo.interval.p05 <= 0 <= placebo.interval.p95,
        value=number(placebo.value),
        threshold=HOLDS_ZERO(),
        advice=DRIFTING(),
    )


def check_trend(trend: Estimate | None, reach: float) -> Check:
    """Ask whether the treated moved apart from the others before; value: what that trend would look like as an effect.

    None: no trend to see, which asks for a review.
    """
    if trend is None:
        return check(
            "Trend before the start",
            review=True,
            value=NOT_SEEN(),
            threshold=EARLIER(periods="3"),
            advice=NO_TREND(),
        )
    return check(
        "Trend before the start",
        review=not trend.interval.p05 <= 0 <= trend.interval.p95,
        value=number(trend.value * reach),
        threshold=HOLDS_ZERO(),
        advice=TRENDS_DIFFERED(),
    )


def check_leaving_out(effect: Estimate, without: pd.DataFrame) -> Check:
    """Ask whether one unit alone carries the effect: its sign, or a change of more than one standard error."""
    change = without["estimate"].map(lambda one: abs(one.value - effect.value))
    errors = float(change.max() / effect.standard_error)
    flips = any(np.sign(one.value) != np.sign(effect.value) for one in without["estimate"])
    return check(
        "Leaving one unit out",
        review=errors > MOST_ERRORS or flips,
        value=ERRORS(errors=decimals(errors, 2)),
        threshold=SAME_SIGN(errors=plain(MOST_ERRORS)),
        advice=ONE_CARRIES(unit=without.loc[change.idxmax(), "unit"]),
    )


def extremes(without: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the rows of the units without which the effect is smallest and largest; without: `leave_one_out`."""
    values = without["estimate"].map(lambda one: one.value)
    return without.loc[values.idxmin()], without.loc[values.idxmax()]
