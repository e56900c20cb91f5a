"""What the season of a base is, what knowing it moved, and whether it has been seen often enough to be relied on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.clv import days_found, purchase_models
from helpers.clv.days_found import Days
from helpers.clv.distinct import distinct_rows
from helpers.clv.half_months import HALF_MONTHS
from helpers.clv.purchase_expectations import expected_totals
from helpers.clv.season import ESTIMATED, Calendar
from helpers.inference.intervals import Interval, interval
from helpers.messages import Message, decimals, message
from helpers.study.year import YEAR

if TYPE_CHECKING:
    import xarray as xr

FEWEST_CYCLES = 2  # before the hold-out: in one year a season cannot be told from a year like no other
SHORT = 7 / YEAR  # by which the last one may be, as where a hold-out has whole weeks
DRAWS = 20  # behind the two expectations
APART = 1.1  # a factor beyond which a half-month is called high or, at its inverse, low
YEARS_SEEN = message("season.years_seen", "{years} years of data before the hold-out")
YEARS_NEEDED = message("season.years_needed", "at least {years}")
SEEN_TOO_LITTLE = message(
    "season.seen_too_little",
    "The year has been seen less than twice before the hold-out, so its high and low months rest on one year, or on none. "
    "Plan with the interval, and expect single months to differ from the forecast.",
)


@dataclass(frozen=True)
class Season:
    """The profile of a fitted model, and the base's expected purchases up to the horizon with it and without a season.

    profile: a row per half-month with the columns of an interval of s, on average 1. estimated: whether there was
    a year of data; else the season is drawn from its prior. cycles: years of data before the hold-out. days: what feasts and
    the company's own calendar do.
    """

    profile: pd.DataFrame
    estimated: bool
    cycles: float
    expected: float
    without: float
    days: Days

    @property
    def highest(self) -> tuple[int, Interval]:
        """The half-month with the highest factor, 0 to 23, and the factor."""
        return self._factor(int(self.profile["mean"].idxmax()))

    @property
    def lowest(self) -> tuple[int, Interval]:
        """The half-month with the lowest factor, 0 to 23, and the factor."""
        return self._factor(int(self.profile["mean"].idxmin()))

    @property
    def clear(self) -> bool:
        """Whether some half-month is apart from the average beyond doubt."""
        return bool((self.profile["p05"] > APART).any() or (self.profile["p95"] < 1 / APART).any())

    @property
    def doubt(self) -> Message | None:
        """Why a forecast that rests on the season is to be used with care; None where two years have been seen."""
        return None if self.cycles >= FEWEST_CYCLES - SHORT else SEEN_TOO_LITTLE()

    @property
    def checks(self) -> list[Check]:
        """Ask whether the year was seen FEWEST_CYCLES times before the hold-out, and what `Days.checks` asks."""
        seen = check(
            "season",
            review=self.doubt is not None,
            value=YEARS_SEEN(years=decimals(self.cycles, 1)),
            threshold=YEARS_NEEDED(years=str(FEWEST_CYCLES)),
            advice=self.doubt,
        )
        return [seen, *self.days.checks]

    @property
    def metrics(self) -> dict[str, Any]:
        """The season under the names of run.json."""
        found: dict[str, Any] = {"season.cycles": self.cycles, "season.without": self.without}
        found |= self.days.metrics
        if self.estimated:
            found |= {"season.highest": self.highest[1].mean, "season.lowest": self.lowest[1].mean}
        return found

    def _factor(self, place: int) -> tuple[int, Interval]:
        return place, Interval.of(self.profile.iloc[place])


def seen_too_little(before: Calendar) -> Message | None:
    """Why a forecast judged from this calendar's last day is to be used with care; None where it has seen two years."""
    return None if before.cycles >= FEWEST_CYCLES - SHORT else SEEN_TOO_LITTLE()


def found(
    tree: "xr.DataTree", summary: pd.DataFrame, horizon: float, before: Calendar, **sampling: Any
) -> Season:
    """The season of a fitted model, and what the same model without one would forecast.

    before: the calendar up to the hold-out; horizon: in the unit of the summary; sampling: of the fit without a season.
    """
    its = purchase_models.parameters(tree)
    if its.clock is None:
        raise ValueError("The model was fitted without a calendar and has no season.")
    name, unit = tree.attrs["purchase_model"], tree.attrs["time_unit"]
    plain = purchase_models.fit(name, summary, unit, design=its.design, **sampling)
    rows = distinct_rows(summary, its.design.columns)
    expected, without = (
        float(expected_totals(own.thinned(DRAWS), rows, horizon).mean())
        for own in (its, purchase_models.parameters(plain))
    )
    pace = np.exp(its.clock.log_season)
    profile = pd.DataFrame([interval(own).columns() for own in pace.T], index=range(HALF_MONTHS))
    days = days_found.found(its.clock, horizon, before.others)
    return Season(profile, tree.attrs["season"] == ESTIMATED, before.cycles, expected, without, days)
