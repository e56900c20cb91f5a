"""Operational time for predictions: what a posterior's seasons make of the days before and after the end of the data."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from helpers.clv.day_columns import DayColumns
from helpers.clv.half_months import half_month
from helpers.inference.machine_code import given


@dataclass(frozen=True)
class Clock:
    """Draws of a season, and the day on which all histories end.

    log_season: shape (draws, 24). log_level: shape (draws,), what the future's rate is multiplied by beside its season.
    days: how many days before `end` the first history begins. seen: whether the season was estimated from the past; where it
    was drawn from its prior, the past runs in calendar time. unit_days: days per unit of the histories.
    log_gap: see `Calendar.mean_log_gap`. effects: of the columns `others`, shape (draws, columns).
    """

    end: date
    days: int
    unit_days: float
    log_season: np.ndarray
    log_level: np.ndarray
    seen: bool = True
    log_gap: float = 0.0
    effects: np.ndarray = field(default_factory=lambda: np.zeros((1, 0)))
    others: DayColumns | None = None

    def at(self, some: np.ndarray) -> "Clock":
        """The clock of some draws."""
        effects = self.effects if self.others is None else self.effects[some]
        return replace(
            self, log_season=self.log_season[some], log_level=self.log_level[some], effects=effects
        )

    def standing_on(self, end: date) -> "Clock":
        """The clock of histories that end on another day."""
        return replace(self, end=end, days=max(self.days - (self.end - end).days, 1))

    def elapsed(self, rows: pd.DataFrame, age: np.ndarray) -> np.ndarray:
        """Operational units that each row has lived through at these ages, up to its window's end: arrays (draws, rows)."""
        start, _ = self.places(rows)
        day = np.arange(self.passed.shape[1])
        at = [
            np.interp(start + own * self.unit_days, day, one)
            for own, one in zip(age, self.passed, strict=True)
        ]
        return np.array(at) - self.passed[:, start]

    def pace(self, first: int, last: int) -> np.ndarray:
        """Operational days in each day from `first` to `last` days after the end (before it: negative): (draws, days)."""
        days = self._days_after(first, last)
        season = np.exp(self.log_season + self.log_level[:, None])[:, half_month(days)]
        return season if self.others is None else season * np.exp(self.effects @ self.others.at(days).T)

    @cached_property
    def passed(self) -> np.ndarray:
        """Operational units passed on each day of the data, `days` before the end to the end: shape (draws, days + 1)."""
        pace = self.pace(-self.days, 0) / self.unit_days
        pace[:, 0] = 0.0
        return pace.cumsum(axis=1)

    def between(self, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """t_x and T of rows in operational time, each of shape (draws, rows)."""
        start, last = self.places(rows)
        at_start = self.passed[:, start]
        return self.passed[:, last] - at_start, self.passed[:, -1:] - at_start

    def places(self, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """The days of first and last purchase of rows, as positions in `passed`."""
        T, t_x = (
            np.rint(rows[name].to_numpy(dtype=float) * self.unit_days).astype(np.int64)
            for name in ("T", "t_x")
        )
        if len(T) and T.max() > self.days:
            raise ValueError(f"A history of {T.max()} days, and the season was fitted on {self.days} days.")
        return self.days - T, self.days - T + t_x

    def ahead(self, horizon: float) -> np.ndarray:
        """Operational units passed on each day after the end, to the one that `horizon` units reach into: (draws, n + 1)."""
        if horizon not in self._ahead:
            self._ahead.clear()
            days = max(int(np.ceil(horizon * self.unit_days - 1e-9)), 1)
            pace = self.pace(1, days) / self.unit_days
            passed = np.concatenate([np.zeros((len(pace), 1)), pace.cumsum(axis=1)], axis=1)
            self._ahead[horizon] = given(passed)
        return self._ahead[horizon]

    @cached_property
    def _ahead(self) -> dict[float, np.ndarray]:
        """What `ahead` worked out last: every chunk of customers asks for the same."""
        return {}

    def ahead_at(self, t: float) -> np.ndarray:
        """Operational units in the `t` units after the end: shape (draws,)."""
        days = self.ahead(t)
        rest = t * self.unit_days - (days.shape[1] - 2)
        return days[:, -2] + rest * (days[:, -1] - days[:, -2])

    def runs_ahead(self, horizon: float) -> tuple[np.ndarray, np.ndarray]:
        """The future in runs of equal pace: their ends in units, shape (runs,), and the pace in each, (draws, runs)."""
        days = max(int(np.ceil(horizon * self.unit_days - 1e-9)), 1)
        last = np.append(self._changes(1, days), days - 1)
        return np.minimum((last + 1) / self.unit_days, horizon), self.pace(1, days)[:, last]

    def since(self, first: np.ndarray, age: np.ndarray) -> np.ndarray:
        """Operational units passed in the `age` units after each day of `first`: shape (draws, rows)."""
        start, origin = self._days(first)
        passed = (
            self.pace(origin, int(max((start + age * self.unit_days).max(), 1)) + origin + 1) / self.unit_days
        )
        passed[:, 0] = 0.0
        passed = passed.cumsum(axis=1)
        return passed[:, (start + np.rint(age * self.unit_days)).astype(np.int64)] - passed[:, start]

    def runs_since(
        self, first: np.ndarray, age: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """The runs of equal pace after each day of `first`: ages at which they begin and end, and the pace (draws, 1)."""
        start, origin = self._days(first)
        until = start + np.rint(age * self.unit_days)
        days = int(until.max())
        begins = np.concatenate([[0], self._changes(origin + 1, origin + days) + 1, [days]])
        for begin, end in pairwise(begins):
            some = (np.clip(day, start, until) - start for day in (begin, end))
            pace = self.pace(origin + 1 + begin, origin + 1 + begin)
            yield *(age_ / self.unit_days for age_ in some), pace

    def _days_after(self, first: int, last: int) -> np.ndarray:
        return np.datetime64(self.end, "D") + np.arange(first, last + 1)

    def _changes(self, first: int, last: int) -> np.ndarray:
        """The days after which the pace changes, counted from `first` days after the end."""
        days = self._days_after(first, last)
        changes = np.diff(half_month(days)) != 0
        if self.others is not None:
            changes |= (np.diff(self.others.at(days), axis=0) != 0).any(axis=1)
        return np.flatnonzero(changes)

    def _days(self, first: np.ndarray) -> tuple[np.ndarray, int]:
        """Each day as days after the earliest one, and that one as days after the end (negative)."""
        after = (first.astype("datetime64[D]") - np.datetime64(self.end, "D")).astype(np.int64)
        return after - after.min(), int(after.min())


@dataclass(frozen=True)
class Runs:
    """The future in runs of equal pace: ends in units, (runs,), pace and what an order is worth in each, (draws, runs)."""

    ends: np.ndarray
    pace: np.ndarray
    worth: np.ndarray


def end_of(summary: pd.DataFrame, clock: Clock | None) -> date | None:
    """The day on which the histories of a summary end, where it tells (column first_date) and a season needs it."""
    if clock is None or "first_date" not in summary or not len(summary):
        return None
    ends = pd.to_datetime(summary["first_date"]) + pd.to_timedelta(
        np.rint(summary["T"] * clock.unit_days), unit="D"
    )
    return ends.max().date()
