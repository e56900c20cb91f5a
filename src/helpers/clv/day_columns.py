"""What sets single days apart beside their half-month: feasts, the company's own calendar, its mailings to many at once.

The base's rate on a day is s exp(c' e): s of its half-month, c the columns' values on the day, e their effects, each
Normal(0, .3) a priori. A feast is 1 from 21 days before it to the day; a name in the table calendar that is always one
value is 1 on its days; any other counts from its mean in standard deviations. No value makes a rate 0. The share of the base
that has just been mailed (`contact_waves`) counts from its mean, and its effect has a prior of its own.

An effect is estimated where the data has seen its days three times, or twice in different half-months: before, it cannot be
told from the season, unless lots have told it. Until then it keeps its prior spread in forecasts.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from helpers.clv.contact_waves import Wave
from helpers.clv.feasts import Feast, of_country
from helpers.clv.half_months import half_month
from helpers.clv.own_calendar import WEEKS, Own, of_table
from helpers.study.year import YEAR

SCALE = 0.3  # of the prior of an effect, on log purchases
FEWEST_TIMES, FEWEST_PLACES = 3, 2
HELD = 0.001  # how far from its centre a fit may move an effect that lots have told
AHEAD = round(
    11 * YEAR
)  # days after the end that the columns are worked out for: no horizon of a study is longer


@dataclass(frozen=True)
class About:
    """One column: its name, whether the data tells its effect, and how often it has seen its days.

    step: what its value has to rise by for one effect, 0 where it is 1 on its days. after_days: how many days after a feast
    belong to it. Of the company's own: since and until, the first and last day that the table knows, as ISO dates, and what
    stands after it: see `Own.after`. mailing_days: of mailings, the days that each may work for, else 0. centre, scale: of
    the effect's prior. by_lot: lots have told it, and what the base bought on its days does not change it.
    """

    name: str
    estimated: bool
    times: int
    step: float = 0.0
    after_days: int = 0
    since: str = ""
    until: str = ""
    after: str = ""
    mailing_days: int = 0
    centre: float = 0.0
    scale: float = SCALE
    by_lot: bool = False


@dataclass(frozen=True)
class DayColumns:
    """The columns of a base whose data ends on `end`, from the day `start` on: `values`, shape (days, columns).

    A column whose effect the data does not tell is 0 up to `end`.
    """

    start: date
    end: date
    values: np.ndarray
    about: tuple[About, ...]

    @property
    def estimated(self) -> np.ndarray:
        """Which effects the data tells: shape (columns,)."""
        return np.array([one.estimated for one in self.about], dtype=bool)

    @property
    def prior(self) -> tuple[np.ndarray, np.ndarray]:
        """Centres and scales of the estimated effects' priors in a fit: two arrays of shape (estimated,)."""
        own = [(one.centre, HELD if one.by_lot else one.scale) for one in self.about if one.estimated]
        centre, scale = np.array(own).reshape(-1, 2).T
        return centre, scale

    @property
    def seen(self) -> int:
        """The number of days up to the end."""
        return (self.end - self.start).days + 1

    @property
    def fitted(self) -> np.ndarray:
        """The values of the estimated columns on the days of the data: shape (days, estimated)."""
        return self.values[: self.seen, self.estimated]

    def at(self, days: np.ndarray) -> np.ndarray:
        """The values on any days, datetime64[D]: shape (days, columns); after the last one its last year again."""
        place, last = (days - np.datetime64(self.start, "D")).astype(np.int64), len(self.values) - 1
        beyond = np.maximum(place - last, 0)
        place = np.where(beyond > 0, last - WEEKS + 1 + (beyond - 1) % WEEKS, np.maximum(place, 0))
        return self.values[place]

    def unseen(self) -> "DayColumns":
        """The same where the data tells none of the effects."""
        values = self.values.copy()
        values[: self.seen] = 0.0
        return replace(self, values=values, about=tuple(replace(one, estimated=False) for one in self.about))

    def drawn(self, fitted: np.ndarray, seed: int) -> np.ndarray:
        """Draws of all effects, (draws, columns): estimated ones as given, (draws, estimated), others from their prior.

        So are those that lots have told: the fit has held them.
        """
        size = len(fitted), len(self.about)
        centre, scale = (np.array([getattr(one, name) for one in self.about]) for name in ("centre", "scale"))
        effects = centre + scale * np.random.default_rng([seed, size[1]]).standard_normal(size)
        by_lot = np.array([one.by_lot for one in self.about])
        effects[:, self.estimated & ~by_lot] = fitted[:, ~by_lot[self.estimated]]
        return effects

    def coming(self, horizon_days: int) -> list[date | None]:
        """The first day of each column within `horizon_days` after the end on which its value is not 0; None: none."""
        firsts = [np.flatnonzero(own) for own in self.values[self.seen :][:horizon_days].T]
        return [self.end + timedelta(days=1 + int(own[0])) if len(own) else None for own in firsts]

    def dataset(self) -> xr.Dataset:
        """As it is kept beside a posterior."""
        about = json.dumps([asdict(one) for one in self.about])
        days = {"start": self.start.isoformat(), "end": self.end.isoformat()}
        return xr.Dataset({"values": (("day", "day_column"), self.values)}, attrs=days | {"about": about})

    @classmethod
    def of_dataset(cls, found: xr.Dataset) -> "DayColumns":
        """Read `dataset` again."""
        start, end = (date.fromisoformat(found.attrs[name]) for name in ("start", "end"))
        about = tuple(About(**one) for one in json.loads(found.attrs["about"]))
        return cls(start, end, found["values"].to_numpy(), about)


@dataclass(frozen=True)
class Known:
    """What is known of days on `as_of`: the country's feasts, the company's own calendar, and its mailings to many."""

    as_of: date
    feasts: tuple[Feast, ...] = ()
    own: tuple[Own, ...] = ()
    waves: tuple[Wave, ...] = ()

    @property
    def without_mailings(self) -> "Known":
        """The same for a fit that knows of each customer what they received."""
        return replace(self, waves=())

    def standing_on(self, start: date, end: date) -> DayColumns | None:
        """The columns for data from `start` to `end`; None where there are none.

        On an earlier day than `as_of` the company knew its calendar no further ahead than it does today.
        """
        told: list[Feast | Own | Wave] = [*self.feasts, *self.own, *self.waves]
        if not told:
            return None
        days = np.arange(np.datetime64(start, "D"), np.datetime64(end, "D") + AHEAD + 1)
        parts = [_column(days, (end - start).days + 1, one, self.as_of - end) for one in told]
        return DayColumns(
            start, end, np.column_stack([own for own, _ in parts]), tuple(about for _, about in parts)
        )


NOTHING = Known(date.min)


def known_on(
    as_of: date,
    first: date,
    country: str = "",
    table: pd.DataFrame | None = None,
    waves: tuple[Wave, ...] = (),
) -> Known:
    """What is known of days from `first` on: feasts of the country (a code of two letters), the table calendar, mailings."""
    return Known(as_of, of_country(country, first, as_of + timedelta(days=AHEAD)), of_table(table), waves)


def _column(
    days: np.ndarray, seen: int, one: Feast | Own | Wave, earlier: timedelta
) -> tuple[np.ndarray, About]:
    """A column's values on the days, of which the first `seen` are the data's, and what is to be said of it."""
    known = np.ones(seen, dtype=bool)
    said: dict[str, Any] = {}
    if isinstance(one, Feast):
        values, step = one.values(days), 0.0
        said = {"after_days": one.after}
    elif isinstance(one, Wave):
        until, step = one.as_of - earlier, 0.0
        values = one.values(days, until)
        values = values - values[:seen].mean()
        centre, scale = one.prior(until)
        said = {"mailing_days": one.mailing_days, "centre": centre, "scale": scale, "by_lot": scale < SCALE}
    else:
        until = one.last - earlier
        values, step = one.values(days, until), one.step
        said = {"since": one.first.isoformat(), "until": until.isoformat(), "after": one.after(until)}
        known = (days[:seen] >= np.datetime64(one.first)) & (days[:seen] <= np.datetime64(until))
        if step:
            values = (values - values[:seen].mean()) / step
    times, places = _times(values[:seen][known], days[:seen][known])
    estimated = times >= FEWEST_TIMES or places >= FEWEST_PLACES or said.get("by_lot", False)
    about = About(one.name, estimated, times, step, **said)
    if not about.estimated:
        values[:seen] = 0.0
    return values, about


def _times(values: np.ndarray, days: np.ndarray) -> tuple[int, int]:
    """How often values left their usual one, and in how many half-months of the year that began."""
    if not len(values):
        return 0, 0
    distinct, counts = np.unique(values, return_counts=True)
    apart = values != distinct[counts.argmax()]
    begins = apart & ~np.concatenate([[False], apart[:-1]])
    return int(begins.sum()), len(np.unique(half_month(days[begins])))
