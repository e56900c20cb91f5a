"""P(alive) and expected purchases over frequency and recency, and the course of P(alive) of typical customers.

The pictures of Fader, Hardie and Lee (2005): what a model makes of every history a customer could have had, and how a
purchase brings a customer back to life and silence takes it away again.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from helpers.clv.purchase_expectations import expected_purchases, p_alive
from helpers.clv.purchase_models import parameters
from helpers.clv.time_units import DAYS_PER

if TYPE_CHECKING:
    import xarray as xr

FREQUENCIES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 36, 52)
COLUMNS = 8  # of recency, from early to the end of the window
USUAL = 0.99  # quantile of frequency: rarer ones are no row
TYPICAL = (0.4, 0.75, 0.95)  # quantiles of frequency among those who bought again
ALIKE = 0.25  # customers whose frequency lies so near count as of that frequency
POINTS = 24  # of a course


@dataclass(frozen=True)
class Grids:
    """P(alive) and expected purchases: rows repeat purchases, the most first; columns days from first to last purchase.

    known_days: the length of the history, the median of those who bought again; group: the largest, where there are groups.
    """

    alive: pd.DataFrame
    expected: pd.DataFrame
    known_days: int
    group: str | None

    @property
    def late_and_early(self) -> tuple[float, float]:
        """P(alive) of the most frequent buyers who bought up to the end, and of those who stopped early."""
        row = self.alive.iloc[0]
        return float(row.iloc[-1]), float(row.iloc[0])


@dataclass(frozen=True)
class Courses:
    """P(alive) by day (rows), a column per typical customer, named by the number of repeat purchases."""

    alive: pd.DataFrame


def grids(tree: "xr.DataTree", summary: pd.DataFrame, horizon: float) -> Grids | None:
    """Work out both grids for the largest group; None where nobody bought again. horizon: in the unit of the summary."""
    again = _largest(summary)[0].query("x > 0")
    if again.empty:
        return None
    unit, own = parameters(tree).time_unit, _largest(summary)[1]
    known, most = float(again["T"].median()), max(1, int(again["x"].quantile(USUAL)))
    frequencies = [x for x in FREQUENCIES if x <= most][::-1]
    recencies = known * np.arange(1, COLUMNS + 1) / COLUMNS
    rows = pd.DataFrame(
        [(x, recency, known) for x in frequencies for recency in recencies], columns=["x", "t_x", "T"]
    )
    rows = rows.assign(n=1, **own)
    days = np.round(recencies * DAYS_PER[unit]).astype(int)
    shape = {"index": pd.Index(frequencies), "columns": pd.Index(days)}
    alive, expected = (
        pd.DataFrame(values.reshape(len(frequencies), COLUMNS), **shape)
        for values in (p_alive(tree, rows), expected_purchases(tree, rows, horizon))
    )
    return Grids(alive, expected, round(known * DAYS_PER[unit]), own.get("group"))


def courses(tree: "xr.DataTree", summary: pd.DataFrame, as_of: date, smallest: int) -> Courses | None:
    """Follow P(alive) of customers of typical frequency from their first purchase to `as_of`.

    Each bought at equal pauses up to the median recency of at least `smallest` customers of about that frequency; None
    where there is no such frequency.
    """
    everyone, own = _largest(summary)
    again = everyone.query("x > 0")
    unit = parameters(tree).time_unit
    found = {}
    for x in sorted({int(one) for one in again["x"].quantile(list(TYPICAL)).dropna()}):
        like = again[(again["x"] - x).abs() <= ALIKE * x]
        if len(like) >= smallest:
            found[x] = _course(
                tree, x, float(like["t_x"].median()), float(like["T"].median()), own, as_of, unit
            )
    return Courses(pd.concat(found, axis=1)) if found else None


def _course(
    tree: "xr.DataTree", x: int, t_x: float, known: float, own: dict[str, Any], as_of: date, unit: str
) -> pd.Series:
    """P(alive) on days of one history: x purchases at equal pauses up to t_x, then silence."""
    bought = t_x * np.arange(x + 1) / x
    ages = np.unique(
        np.concatenate([np.linspace(known / POINTS, known, POINTS), bought[1:], bought[1:] - known / 500])
    )
    chances = {}
    for age in ages[ages > 0]:
        before = bought[bought <= age + 1e-9]
        row = pd.DataFrame([{"x": len(before) - 1, "t_x": before[-1], "T": age, "n": 1, **own}])
        day = as_of - timedelta(days=round((known - age) * DAYS_PER[unit]))
        chances[pd.Timestamp(day)] = p_alive(tree, row, day)[0]
    return pd.Series(chances)


def _largest(summary: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The customers of the largest group, and what they have in common: group, and the middle of each covariate."""
    if "group" in summary:
        largest = summary["group"].mode()[0]
        summary = summary[summary["group"] == largest]
    others = [
        name
        for name in summary
        if name not in {"customer_id", "x", "t_x", "T", "n", "first_date", "last_date"}
    ]
    own = {}
    for name in others:
        values = summary[name].dropna()
        if len(values):
            own[name] = values.median() if pd.api.types.is_numeric_dtype(values) else values.mode()[0]
    return summary, own
