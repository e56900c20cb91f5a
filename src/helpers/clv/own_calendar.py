"""The company's own calendar (table `calendar`): price levels, closed days, weeks of mailings, by day."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

WEEKS = 364  # days of a last year that is repeated beyond the table: closures and mailings go by the day of the week
LISTED = 0.5  # of the days from first to last: a name with different values on more than these is a level


@dataclass(frozen=True)
class Own:
    """One name of the table: its values from the day `first` on, shape (days,), and whether it is a level.

    A level has a value on every day: one that is not listed is that of the day before, and after the last day it stays.
    Anything else is 0 on days between its first and last that are not listed. Days the table does not reach are not 0:
    after it its last year is repeated, and where it has none, and before it, its mean stands.
    """

    name: str
    first: date
    listed: np.ndarray
    is_level: bool

    @property
    def last(self) -> date:
        """The last day the table knows."""
        return self.first + timedelta(days=len(self.listed) - 1)

    @property
    def step(self) -> float:
        """What the value rises by for one effect: its standard deviation; 0 where it is 1 on its days and 0 on others."""
        return 0.0 if set(np.unique(self.listed)) <= {0.0, 1.0} else float(self.listed.std())

    def after(self, until: date) -> str:
        """What stands on days after `until`, where the table reaches so far: "last" value, last "year", or "mean"."""
        if self.is_level:
            return "last"
        return "year" if (until - self.first).days + 1 >= WEEKS else "mean"

    def values(self, days: np.ndarray, until: date) -> np.ndarray:
        """The values on days, datetime64[D], as known on a day on which the table reached to `until`."""
        known = self.listed[: max((until - self.first).days + 1, 0)]
        if not len(known):
            return np.full(len(days), self.listed.mean())
        place = (days - np.datetime64(self.first, "D")).astype(np.int64)
        beyond = np.maximum(place - len(known), 0)
        later = {
            "last": known[-1:],
            "year": known[len(known) - WEEKS + beyond % WEEKS] if len(known) >= WEEKS else known[-1:],
            "mean": known.mean(keepdims=True),
        }
        inside = known[np.clip(place, 0, len(known) - 1)]
        own = np.where(place >= len(known), later[self.after(until)], inside)
        return np.where(place < 0, known.mean(), own)


def of_table(table: pd.DataFrame | None) -> tuple[Own, ...]:
    """The names of a table with columns date, until, name and value, in the order of names; none without a table."""
    if table is None or table.empty:
        return ()
    first = pd.to_datetime(table["date"]).dt.normalize()
    until = pd.to_datetime(table["until"]).dt.normalize() if "until" in table else first
    days = [pd.date_range(*ends) for ends in zip(first, until.fillna(first), strict=True)]
    every = table.assign(day=days, value=table["value"].astype(float)).explode("day")
    return tuple(_of_name(str(name), rows) for name, rows in every.groupby("name"))


def _of_name(name: str, rows: pd.DataFrame) -> Own:
    """One name of the table from its days; where days of two rows overlap, the row that begins later holds."""
    by_day = rows.sort_values("date", kind="stable").groupby("day")["value"].last()
    every = by_day.reindex(pd.date_range(by_day.index[0], by_day.index[-1]))
    levels = by_day.nunique() > 1 and (by_day != 0).all() and every.notna().mean() > LISTED
    values = (every.ffill() if levels else every.fillna(0.0)).to_numpy(dtype=float)
    if by_day.nunique() == 1 and by_day.iloc[0] != 0:
        values = values / by_day.iloc[0]
    return Own(name, by_day.index[0].date(), values, bool(levels))
