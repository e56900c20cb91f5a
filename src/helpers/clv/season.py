"""Season: the base's purchase rate follows a common profile over the year, and histories run in its operational time.

lambda_i(t) = lambda_i s(t), with s common to the base, constant within a half-month and 1 on average over a year. With
W(t), the integral of s, a model of purchases at constant rates holds exactly for (x, W(last) - W(first), W(end) - W(first)),
and the density of the purchase days gets the factor s of each day (Fader and Hardie, research note 040). Every history of a
base ends on the same day, so the distinct rows (x, t_x, T) are also those in operational time.

The half-months' log effects are a circular random walk around 0 (a half-month borrows from its neighbours, December's from
January's) of marginal standard deviation `season_scale`, HalfNormal(.5): what sets a year apart must show in the data.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from helpers.clv.array_libraries import NUMPY, PYTENSOR, Array, ArrayLibrary
from helpers.clv.purchase_history import purchase_days
from helpers.inference.laplace import Grid
from helpers.study.year import YEAR, YEAR_WINDOW

HALF_MONTHS = 24
MONTH_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
LENGTHS = np.column_stack([np.full(12, 15.0), MONTH_DAYS - 15]).ravel()  # mean days of each half-month
SCALE = 0.5  # of the prior of season_scale
FEWEST_DAYS = YEAR_WINDOW  # with less than a year no month has been seen against all others
ESTIMATED, FROM_PRIOR = "estimated", "prior"


def _basis() -> np.ndarray:
    """Square root of the covariance of a circular random walk around its mean, marginal variance 1: (24, 23)."""
    step = np.eye(HALF_MONTHS) - np.roll(np.eye(HALF_MONTHS), 1, axis=1)
    values, vectors = np.linalg.eigh(step.T @ step)
    root = vectors[:, 1:] / np.sqrt(values[1:])
    return root / np.sqrt((root**2).sum(axis=1).mean())


BASIS = _basis()


def half_month(days: np.ndarray) -> np.ndarray:
    """The half-month of each day, 0 to 23; the second begins on the 16th. days: datetime64[D], any shape."""
    months = days.astype("datetime64[M]")
    return 2 * (months.astype(np.int64) % 12) + ((days - months).astype(np.int64) >= 15)


def log_profile(effects: Array, xp: ArrayLibrary) -> Array:
    """log s of the 24 half-months from the 23 coordinates of the walk: shape (..., 24); the mean of s over a year is 1."""
    walk = (BASIS * effects[..., None, :]).sum(axis=-1)
    return walk - xp.log((LENGTHS * xp.exp(walk)).sum(axis=-1) / YEAR)[..., None]


@dataclass(frozen=True)
class Calendar:
    """The days of a base: `end`, the last; `days`, how many before it the first purchase was made.

    bought: repeat purchases of the base on each day from the first on, shape (days + 1,). gaps: distinct pairs of
    consecutive purchase days of a customer, as days since the first, with their number: integers of shape (pairs, 3), for
    models with stages in the gaps, which need a gap's operational length.
    """

    end: date
    days: int
    bought: np.ndarray
    gaps: np.ndarray

    @property
    def structure(self) -> str:
        """ESTIMATED where a year has been seen, else FROM_PRIOR."""
        return ESTIMATED if self.days >= FEWEST_DAYS else FROM_PRIOR

    @property
    def cycles(self) -> float:
        """How many times the data has seen the year."""
        return self.days / YEAR

    @property
    def of_day(self) -> np.ndarray:
        """The half-month of each day from the first to the last: shape (days + 1,)."""
        return half_month(np.datetime64(self.end, "D") - np.arange(self.days, -1, -1))

    @property
    def begins(self) -> np.ndarray:
        """The days after which the pace changes, with the first day and the last, as positions in `of_day`."""
        changes = np.flatnonzero(np.diff(self.of_day[1:])) + 1
        return np.unique(np.concatenate([[0], changes, [self.days]]))

    def mean_log_gap(self, log_season: np.ndarray) -> float:
        """The mean logarithm of a gap's operational over its calendar length; log_season: shape (24,)."""
        passed = np.exp(log_season)[self.of_day].cumsum()
        start, end, count = self.gaps.T
        return (
            float(np.average(np.log((passed[end] - passed[start]) / (end - start)), weights=count))
            if len(count)
            else 0.0
        )

    def data(self, unit_days: float) -> dict[str, np.ndarray]:
        """What `passed` reads: for each panel of equal pace the days of each half-month before it, and where days lie in it.

        The purchases of a day count through the half-month it lies in: `bought`, one vector, stands for all of them.
        """
        half, begins = np.eye(HALF_MONTHS), self.begins
        spans = np.diff(begins)[:, None] * half[self.of_day[begins[1:]]] / unit_days
        panel = np.maximum(np.searchsorted(begins, np.arange(self.days + 1), side="left") - 1, 0)
        return {
            "begins": begins,
            "before_panel": np.concatenate([np.zeros((1, HALF_MONTHS)), spans.cumsum(axis=0)]),
            "panel_of_day": panel,
            "day_in_panel": (np.arange(self.days + 1) - begins[panel]) / unit_days,
            "half_month": self.of_day,
            "bought": np.bincount(self.of_day, self.bought, minlength=HALF_MONTHS).astype(float),
            "unit_days": np.float64(unit_days),
        }


def calendar_of(ledger: ibis.Table, end: date, customer_ids: pd.Series | None = None) -> Calendar:
    """The calendar of a ledger's customers, or of these, all they did up to `end`."""
    if customer_ids is not None:
        ledger = ledger.semi_join(ibis.memtable({"customer_id": customer_ids.to_numpy()}), "customer_id")
    days = purchase_days(ledger)
    days = days.filter(days.order_date <= end)
    before = days.order_date.lag().over(ibis.window(group_by=days.customer_id, order_by=days.order_date))
    pairs = days.mutate(before=before).group_by(["before", "order_date"])
    counts = pairs.agg(n=ibis._.count()).order_by("before", "order_date").to_pandas()
    start = counts["order_date"].to_numpy().astype("datetime64[D]").min()
    repeats = counts[counts["before"].notna()]
    columns = [
        (repeats[name].to_numpy().astype("datetime64[D]") - start).astype(np.int64)
        for name in ("before", "order_date")
    ]
    gaps = np.column_stack([*columns, repeats["n"].to_numpy(dtype=np.int64)])
    length = int((np.datetime64(end, "D") - start).astype(np.int64))
    return Calendar(end, length, np.bincount(gaps[:, 1], gaps[:, 2], minlength=length + 1), gaps)


def prior(*, scale_given: bool) -> TensorVariable:
    """Declare the season inside a PyMC model and return log s of the half-months, shape (24,).

    scale_given: season_scale is data, to be held at each value of GRID in turn, instead of a parameter.
    """
    scale = pm.Data("season_scale", SCALE) if scale_given else pm.HalfNormal("season_scale", SCALE)
    effects = pm.Normal("season_effects", 0.0, scale, shape=HALF_MONTHS - 1)
    return pm.Deterministic("log_season", log_profile(effects, PYTENSOR))


def scale_grid() -> Grid:
    """Values of season_scale for fits around the mode: a joint mode with the scale would be a ridge towards 0."""
    values = np.geomspace(0.02, 1.6, 9)
    return Grid("season_scale", values, -0.5 * (values / SCALE) ** 2 + np.log(values), "season_effects")


def passed(log_season: TensorVariable, data: dict) -> TensorVariable:
    """Operational units passed on each day since the first: shape (days + 1,); data: `Calendar.data`."""
    pace = pt.exp(log_season)
    before = (data["before_panel"] * pace).sum(axis=1)
    return before[data["panel_of_day"]] + pace[data["half_month"]] * data["day_in_panel"]


def drawn_from_prior(calendar: Calendar, draws: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Draw profiles from the prior, and the level of each: (log s of shape (draws, 24), log level of shape (draws,)).

    The rate fitted on less than a year is that of the months seen: it is divided by the mean of s over these, weighted by
    the purchases made, so a base seen from January to June may buy more, or less, in the months it has not been seen in.
    """
    rng = np.random.default_rng(seed)
    scale = np.abs(rng.normal(0, SCALE, draws))
    log_season = log_profile(scale[:, None] * rng.standard_normal((draws, HALF_MONTHS - 1)), NUMPY)
    weight = np.bincount(calendar.of_day, calendar.bought + 1e-9, minlength=HALF_MONTHS)
    return log_season, -np.log(np.exp(log_season) @ (weight / weight.sum()))


def first_day(calendar: Calendar) -> date:
    """The day of the first purchase of all."""
    return calendar.end - timedelta(days=calendar.days)
