"""Has something changed of late? The last weeks of the hold-out against how far its forecast was off before them."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy import stats

from helpers.clv.tracking import Course
from helpers.messages import Message, day, message, percent

WEEKS = 4, 8  # that are taken together, at least and at most: a sixth of the hold-out
FEWEST = 3  # such blocks of the hold-out before the last one
LEAST = 0.2  # change that is worth a word
SURE = 0.99  # of Student's t
FEWER = message(
    "latest_weeks.fewer",
    "From {since} on customers bought {share} less than the forecast led to expect, measured by the weeks before. If that "
    "lasts, the numbers ahead are too high: find out what changed.",
)
MORE = message(
    "latest_weeks.more",
    "From {since} on customers bought {share} more than the forecast led to expect, measured by the weeks before. If that "
    "lasts, the numbers ahead are too low; if it was an offer, they are not.",
)


@dataclass(frozen=True)
class Latest:
    """Repeat purchases of the last weeks over their forecast, measured by the same ratio in the weeks before.

    since: their first day; noise: by how much the logarithm of that ratio may differ by chance.
    """

    since: date
    ratio: float
    noise: float

    @property
    def changed(self) -> bool:
        """Whether it is a change larger than LEAST, and than chance."""
        return abs(np.log(self.ratio)) > max(-np.log(1 - LEAST), self.noise)


def doubt(course: Course) -> Message | None:
    """What a change of late makes doubtful about a forecast, None without one."""
    found = latest(course)
    if found is None or not found.changed:
        return None
    said = FEWER if found.ratio < 1 else MORE
    return said(since=day(found.since), share=percent(abs(found.ratio - 1), 0))


def latest(course: Course) -> Latest | None:
    """Compare the last weeks of the hold-out, WEEKS of them, with its weeks before; None where these are too few.

    Blocks of as many weeks, from the end of the hold-out to the cut, each give the logarithm of actual over expected. The
    last is compared with the mean of the others by Student's t of a new value (n - 1 degrees of freedom), whose spread is at
    least that of chance in the counts.
    """
    after = course.weeks[pd.to_datetime(course.weeks["week_end"]) > pd.Timestamp(course.cut)]
    weeks = min(max(len(after) // 6, WEEKS[0]), WEEKS[1])
    blocks = len(after) // weeks
    if blocks <= FEWEST:
        return None
    columns = after[["week_actual", "week_mean"]].to_numpy(dtype=float)[-blocks * weeks :]
    made, expected = columns.reshape(blocks, weeks, 2).sum(axis=1).T
    logs = np.log((made + 0.5) / (expected + 0.5))
    before, n = logs[:-1], blocks - 1
    variance = max(before.var(ddof=1), float((1 / (expected + 0.5)).mean()))
    noise = stats.t.ppf(SURE, n - 1) * np.sqrt(variance * (1 + 1 / n))
    last = pd.Timestamp(after["week_end"].iloc[-1]).date()
    since = last - timedelta(days=7 * weeks - 1)
    return Latest(since, float(np.exp(logs[-1] - before.mean())), float(noise))
