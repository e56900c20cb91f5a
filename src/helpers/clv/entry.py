"""Histories that begin before the data: customers whose first seen purchase need not have been their first.

Whoever bought before the data begins is first seen when they buy again, the frequent ones in its first weeks: what they
did before is not known, and no conditioning makes it so. They can be a group of their own, by `early_until`.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.messages import count, day, decimals, message, percent, plain

SLICE = 0.05  # of the data, in which first purchases are counted against later ones
CROWDED = 3.0  # times as many first purchases a day as later
SETTLED = 1.5  # times the later level, at which the early time is taken to be over
WEEK = 7
RATIO = message("entry.ratio", "{ratio} times as many first purchases a day in the first {days} as later")
ALL_EARLY = message("entry.all_early", "every first purchase lies in the first {days}")
AT_MOST = message("entry.at_most", "at most {ratio} times")
ASKED = message("entry.asked", "{customers} first seen before {until} are a group of their own")
OWN_GROUP = message(
    "entry.own_group",
    "{share} of the customers are first seen before {until}, and most of them are probably older than the data: their "
    "silence and their rate are misread. Add `early_until: {line}` to the study's parameters, and they are a group of their "
    "own; or say in the table customers when each was won (`acquired_at`).",
)


@dataclass(frozen=True)
class Entry:
    """How first seen purchases lie in the data: `ratio` of those a day in its first `days` to later; NaN without later ones.

    until: the day before which the customers first seen are probably older than the data, None where nothing says so.
    share: of the customers first seen before it; customers: their number. asked: the study's own day.
    """

    ratio: float
    days: int
    until: date | None
    customers: int
    share: float
    asked: date | None

    @property
    def check(self) -> Check:
        """Ask whether the first weeks hold many more first purchases than later ones, unless they are a group already."""
        days = count(self.days, "day")
        value = (
            ALL_EARLY(days=days) if np.isnan(self.ratio) else RATIO(ratio=decimals(self.ratio, 1), days=days)
        )
        if self.asked is not None:
            value = ASKED(customers=count(self.customers, "customer"), until=day(self.asked))
        advice = None
        if self.until is not None and self.asked is None:
            advice = OWN_GROUP(
                share=percent(self.share), until=day(self.until), line=f'"{self.until.isoformat()}"'
            )
        return check(
            "entry",
            review=advice is not None,
            value=value,
            threshold=AT_MOST(ratio=plain(CROWDED)),
            advice=advice,
        )


def entry(first_dates: pd.Series, begins: date, end: date, asked: date | None = None) -> Entry:
    """Look at the days on which customers were first seen, from the first day of the data, `begins`, to `end`.

    Later means up to the last first purchase: a base that was closed to newcomers is not crowded at its beginning.
    """
    day_of = (pd.to_datetime(first_dates) - pd.Timestamp(begins)).dt.days.to_numpy()
    days = max(int(np.ceil(((end - begins).days + 1) * SLICE)), WEEK)
    later = day_of[day_of >= days]
    rate = len(later) / (later.max() + 1 - days) if len(later) else np.nan
    ratio = (len(day_of) - len(later)) / days / rate
    until = None
    if not ratio <= CROWDED:
        until = begins + timedelta(days=_settled(day_of, days))
    cut = asked or until
    early = 0 if cut is None else int((day_of < (cut - begins).days).sum())
    return Entry(float(ratio), days, until, early, early / len(day_of), asked)


def _settled(day_of: np.ndarray, days: int) -> int:
    """The day from which on first purchases come at their later level: whole weeks, at most half of them all."""
    weekly = np.bincount(day_of // WEEK)
    level = np.median(weekly[len(weekly) // 2 :])
    smooth = np.convolve(weekly, np.ones(4) / 4, mode="valid")
    over = np.flatnonzero(smooth <= SETTLED * level)
    weeks = int(over[0]) if len(over) else len(weekly) // 2
    return max(min(weeks, len(weekly) // 2) * WEEK, days)
