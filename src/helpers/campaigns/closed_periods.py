"""Periods in which hardly any unit was open, such as Sundays and feasts, or that hardly any unit has.

A zero there is no sale that was missed, and has no logarithm; one period of one unit alone would leave all others with a
gap. They are taken out for every unit, and said. A panel that is full of zeros everywhere is another matter: it stays.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.messages import count, listing, message, percent

NOBODY = 0.9  # of the units show nothing, or have no row: the period is closed
MOST_OUTCOME = 0.02  # of the outcome that may lie in closed periods
SPARSE = 0.1  # of the other cells that may be nothing: above, zeros are part of business
MOST_PERIODS = 0.5
# Shares of the periods that have gaps, and of the units that would be lost for them.
FEW_GAPPED, MANY_UNITS = 0.05, 0.2
MOST_OF_A_DAY = 2.0  # days between periods that are days
NAMED = 5
CLOSED = message(
    "closed_periods.closed",
    "In {periods} hardly any unit was open, or has a row (the first: {named}). They are left out for all, with {share} "
    "of the outcome. If units are compared by what they make on such days, bring weeks.",
)


@dataclass(frozen=True)
class Closed:
    """The rows without closed periods, which those are, and the share of the outcome in them."""

    rows: pd.DataFrame
    periods: pd.DatetimeIndex
    share: float


def find(table: pd.DataFrame) -> Closed:
    """Take the closed periods out of rows of (unit, period, outcome)."""
    rows = table.assign(period=pd.to_datetime(table["period"]))
    if rows.duplicated(["unit", "period"]).any():
        return Closed(rows, pd.DatetimeIndex([]), 0.0)
    wide = rows.pivot(index="unit", columns="period", values="outcome").astype(float)
    nothing = wide.isna() | wide.eq(0)
    closed = nothing.mean() >= NOBODY
    total = float(wide.abs().sum().sum())
    share = float(wide.loc[:, closed].abs().sum().sum() / total) if total else 1.0
    lasting = nothing.loc[:, ~closed]
    if share > MOST_OUTCOME or closed.mean() > MOST_PERIODS or lasting.mean(axis=None) > SPARSE:
        closed[:] = False
    lacking = wide.loc[:, ~closed].isna()
    gapped = lacking.any()
    if 0 < gapped.mean() <= FEW_GAPPED and lacking.any(axis=1).mean() > MANY_UNITS:
        closed |= gapped.reindex(closed.index, fill_value=False)
    left = pd.DatetimeIndex(closed.index[closed])
    share = float(wide.loc[:, closed].abs().sum().sum() / total) if len(left) else 0.0
    return Closed(rows[~rows["period"].isin(left)], left, share)


def check_closed(closed: Closed) -> Check:
    """Say which periods are left out because hardly any unit was open."""
    named = listing([when.date() for when in closed.periods[:NAMED]]) if len(closed.periods) else []
    periods = count(len(closed.periods), "period")
    return check(
        "Closed periods",
        review=bool(len(closed.periods)),
        value=periods,
        threshold=count(0, "period"),
        advice=CLOSED(periods=periods, named=named, share=percent(closed.share)) if named else None,
    )


def step(periods: pd.DatetimeIndex) -> np.ndarray:
    """From each period to the next, in days; weekdays on which no period ever lies (closed Sundays) are none."""
    days = np.diff(periods) / np.timedelta64(1, "D")
    if not len(days) or np.median(days) >= MOST_OF_A_DAY:
        return days
    open_days = [one in set(periods.day_of_week) for one in range(7)]
    dates = periods.to_numpy("datetime64[D]")
    return np.busday_count(dates[:-1], dates[1:], weekmask=open_days).astype(float)
