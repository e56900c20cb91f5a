"""Season: the base's purchase rate follows a common profile over the year, and histories run in its operational time.

lambda_i(t) = lambda_i s(t), with s common to the base, constant within a half-month and 1 on average over a year. With
W(t), the integral of s, a model of purchases at constant rates holds exactly for (x, W(last) - W(first), W(end) - W(first)),
and the density of the purchase days gets the factor s of each day (Fader and Hardie, research note 040). Every history of a
base ends on the same day, so the distinct rows (x, t_x, T) are also those in operational time.

The half-months' log effects are a circular random walk around 0 (a half-month borrows from its neighbours, December's from
January's) of marginal standard deviation `season_scale`, HalfNormal(.5): what sets a year apart must show in the data.

What sets single days apart beside it (helpers.clv.day_columns: feasts, the company's own calendar) multiplies s. Days of the
same half-month and the same columns are of one kind and have one pace; without columns the kinds are the half-months.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import ibis
import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from helpers.clv.array_libraries import NUMPY, PYTENSOR, Array, ArrayLibrary
from helpers.clv.day_columns import NOTHING, DayColumns, Known
from helpers.clv.half_months import HALF_MONTHS, LENGTHS, half_month
from helpers.clv.purchase_history import purchase_days
from helpers.inference.laplace import Grid
from helpers.study.year import YEAR, YEAR_WINDOW

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


def log_profile(effects: Array, xp: ArrayLibrary) -> Array:
    """log s of the 24 half-months from the 23 coordinates of the walk: shape (..., 24); the mean of s over a year is 1."""
    walk = (BASIS * effects[..., None, :]).sum(axis=-1)
    return walk - xp.log((LENGTHS * xp.exp(walk)).sum(axis=-1) / YEAR)[..., None]


@dataclass(frozen=True)
class Calendar:
    """The days of a base: `end`, the last; `days`, how many before it the first purchase was made.

    bought: repeat purchases of the base on each day from the first on, shape (days + 1,). gaps: distinct pairs of
    consecutive purchase days of a customer, as days since the first, with their number: integers of shape (pairs, 3), for
    models with stages in the gaps, which need a gap's operational length. others: what sets days apart beside the season.
    """

    end: date
    days: int
    bought: np.ndarray
    gaps: np.ndarray
    others: DayColumns | None = None

    @property
    def structure(self) -> str:
        """ESTIMATED where a year has been seen, else FROM_PRIOR."""
        return ESTIMATED if self.days >= FEWEST_DAYS else FROM_PRIOR

    @property
    def cycles(self) -> float:
        """How many times the data has seen the year."""
        return self.days / YEAR

    @property
    def effects(self) -> int:
        """How many effects of days are estimated beside the season."""
        return 0 if self.others is None else int(self.others.estimated.sum())

    @cached_property
    def kinds(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The kinds of days: half-month (kinds,), columns (kinds, effects), and the kind of each day, (days + 1,)."""
        half = half_month(np.datetime64(self.end, "D") - np.arange(self.days, -1, -1))
        if self.others is None or not self.effects:
            return np.arange(HALF_MONTHS), np.zeros((HALF_MONTHS, 0)), half
        both = np.column_stack([half, self.others.fitted])
        distinct, of_day = np.unique(both, axis=0, return_inverse=True)
        return distinct[:, 0].astype(np.int64), distinct[:, 1:], of_day.ravel()

    @property
    def of_day(self) -> np.ndarray:
        """The kind of each day from the first to the last, its half-month where there are no columns: shape (days + 1,)."""
        return self.kinds[2]

    @property
    def begins(self) -> np.ndarray:
        """The days after which the pace changes, with the first day and the last, as positions in `of_day`."""
        changes = np.flatnonzero(np.diff(self.of_day[1:])) + 1
        return np.unique(np.concatenate([[0], changes, [self.days]]))

    def mean_log_gap(self, log_pace: np.ndarray) -> float:
        """The mean logarithm of a gap's operational over its calendar length; log_pace: of each kind, shape (kinds,)."""
        passed = np.exp(log_pace)[self.of_day].cumsum()
        start, end, count = self.gaps.T
        return (
            float(np.average(np.log((passed[end] - passed[start]) / (end - start)), weights=count))
            if len(count)
            else 0.0
        )

    def data(self, unit_days: float) -> dict[str, np.ndarray]:
        """What `passed` reads: for each panel of equal pace the days of each kind before it, and where days lie in it.

        The purchases of a day count through its kind: `bought`, one vector, stands for all of them.
        """
        (half, columns, of_day), begins = self.kinds, self.begins
        spans = np.diff(begins)[:, None] * np.eye(len(half))[of_day[begins[1:]]] / unit_days
        panel = np.maximum(np.searchsorted(begins, np.arange(self.days + 1), side="left") - 1, 0)
        data = {
            "begins": begins,
            "before_panel": np.concatenate([np.zeros((1, len(half))), spans.cumsum(axis=0)]),
            "panel_of_day": panel,
            "day_in_panel": (np.arange(self.days + 1) - begins[panel]) / unit_days,
            "kind_of_day": of_day,
            "bought": np.bincount(of_day, self.bought, minlength=len(half)).astype(float),
            "unit_days": np.float64(unit_days),
        }
        if self.others is None or not self.effects:
            return data
        centre, scale = self.others.prior
        return data | {
            "half_month": half,
            "day_columns": columns,
            "effect_centre": centre,
            "effect_scale": scale,
        }


def calendar_of(
    ledger: ibis.Table, end: date, customer_ids: pd.Series | None = None, known: Known = NOTHING
) -> Calendar:
    """The calendar of a ledger's customers, or of these, all they did up to `end`; known: feasts and own calendar."""
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
    bought = np.bincount(gaps[:, 1], gaps[:, 2], minlength=length + 1)
    return Calendar(end, length, bought, gaps, known.standing_on(start.item(), end))


def prior(*, scale_given: bool, data: dict | None = None, effects: int = 0) -> TensorVariable:
    """Declare the season inside a PyMC model and return the log pace of each kind of day, shape (kinds,).

    scale_given: season_scale is data, to be held at each value of GRID in turn, instead of a parameter. effects: how many
    of days are estimated beside the season, with their columns in `data`, see `Calendar.data`.
    """
    of_days = None
    if effects and data is not None:
        of_days = pm.Normal("day_effects", data["effect_centre"], data["effect_scale"], shape=effects)
    scale = pm.Data("season_scale", SCALE) if scale_given else pm.HalfNormal("season_scale", SCALE)
    walk = pm.Normal("season_effects", 0.0, scale, shape=HALF_MONTHS - 1)
    log_season = pm.Deterministic("log_season", log_profile(walk, PYTENSOR))
    if of_days is None or data is None:
        return log_season
    return log_season[data["half_month"]] + (data["day_columns"] * of_days).sum(axis=1)


def scale_grid() -> Grid:
    """Values of season_scale for fits around the mode: a joint mode with the scale would be a ridge towards 0."""
    values = np.geomspace(0.02, 1.6, 9)
    return Grid("season_scale", values, -0.5 * (values / SCALE) ** 2 + np.log(values), "season_effects")


def passed(log_pace: TensorVariable, data: dict) -> TensorVariable:
    """Operational units passed on each day since the first: shape (days + 1,); data: `Calendar.data`."""
    pace = pt.exp(log_pace)
    before = (data["before_panel"] * pace).sum(axis=1)
    return before[data["panel_of_day"]] + pace[data["kind_of_day"]] * data["day_in_panel"]


def drawn_from_prior(calendar: Calendar, draws: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Draw profiles from the prior, and the level of each: (log s of shape (draws, 24), log level of shape (draws,)).

    The rate fitted on less than a year is that of the months seen: it is divided by the mean of s over these, weighted by
    the purchases made, so a base seen from January to June may buy more, or less, in the months it has not been seen in.
    """
    rng = np.random.default_rng(seed)
    scale = np.abs(rng.normal(0, SCALE, draws))
    log_season = log_profile(scale[:, None] * rng.standard_normal((draws, HALF_MONTHS - 1)), NUMPY)
    half, _, of_day = calendar.kinds
    weight = np.bincount(half[of_day], calendar.bought + 1e-9, minlength=HALF_MONTHS)
    return log_season, -np.log(np.exp(log_season) @ (weight / weight.sum()))


def first_day(calendar: Calendar) -> date:
    """The day of the first purchase of all."""
    return calendar.end - timedelta(days=calendar.days)
