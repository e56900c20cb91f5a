"""What one more point of retention is worth where nobody signs a contract: Pareto/NBD with slower drop-out.

Retention over the coming year is the mean of ((beta + T) / (beta + T + year))^s, weighted with P(alive). All drop-out
rates are multiplied by the c that raises it by one point; the worth of the point is the sum of CLV(c mu) - CLV(mu) with the
same random numbers. It is the worth of the point, not of whatever brings it, and repurchase is not retention.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from helpers.clv import actual_value
from helpers.clv.customer_value import EVERYONE, Terms
from helpers.clv.distinct import distinct_rows
from helpers.clv.simulate import Posterior
from helpers.clv.time_units import DAYS_PER
from helpers.inference import small_groups
from helpers.inference.intervals import Interval, interval
from helpers.study.year import YEAR

POINT = 0.01
SAMPLING = "sampling of Pareto/NBD for retention"  # the check of the model that is fitted for this
HALVINGS = 40
CHUNK = 5000  # rows at a time


@dataclass(frozen=True)
class Dearest:
    """The segment in which a point of retention is worth most per customer, with that worth and its share of all it is."""

    segment: str
    customers: int
    each: Interval
    share: float


@dataclass(frozen=True)
class Spent:
    """What was spent on keeping customers: in all, where most of it, and on the segment where a point is worth most."""

    total: float
    most: float
    most_on: str
    on_best: float
    best: str


@dataclass(frozen=True)
class Point:
    """Draws of today's yearly retention, of the step (a point, less where hardly any room is left), and of its worth.

    worth: {segment: array of shape (draws,)}, with everyone under EVERYONE; customers: {segment: number}.
    """

    retention: np.ndarray
    step: np.ndarray
    worth: dict[str, np.ndarray]
    customers: dict[str, int]

    @property
    def yearly(self) -> Interval:
        """Today's yearly retention."""
        return interval(self.retention)

    @property
    def gained(self) -> Interval:
        """What the point is worth over all customers."""
        return interval(self.worth[EVERYONE])

    @property
    def metrics(self) -> dict[str, Interval]:
        """Retention and the worth of the point under the names of run.json."""
        return {"retention.yearly": self.yearly, "retention.point_worth": self.gained}


def one_point(
    posterior: Posterior,
    summary: pd.DataFrame,
    terms: Terms,
    time_unit: str,
    *,
    segments: pd.Series | None = None,
    seed: int = 1,
) -> Point:
    """Value one point of yearly retention for a Pareto/NBD posterior with spend; segments: label per customer."""
    rows = distinct_rows(summary, posterior.purchase.design.columns)
    retention, step, factor = slower(posterior, rows, YEAR / DAYS_PER[time_unit])
    labels = (
        pd.Series(EVERYONE, index=summary.index)
        if segments is None
        else segments.reindex(summary.index).astype("str")
    )
    codes, names = pd.factorize(labels, sort=True)
    worth = np.zeros((len(names), posterior.draws))
    parts = actual_value.actual_values(
        posterior, summary, terms, time_unit, slower=factor, apart=True, seed=seed
    )
    for members, gained in parts:
        np.add.at(worth, codes[members], gained)
    found = {str(name): draws for name, draws in zip(names, worth, strict=True)} | {
        EVERYONE: worth.sum(axis=0)
    }
    sizes = {str(name): int(size) for name, size in labels.value_counts().items()} | {EVERYONE: len(summary)}
    return Point(retention, step, found, sizes)


def dearest(points: pd.DataFrame, shown: pd.Series, smallest: int) -> Dearest | None:
    """Where the point is worth most per customer, among the segments that may be shown; None where none may.

    points: `customer_value.per_segment` of the point's worth; shown: names of the segments that may be named elsewhere.
    """
    total = points.set_index("segment").loc[EVERYONE, "mean"]
    parts = points[points["segment"] != EVERYONE]
    few = small_groups.hidden(parts["customers"], parts[["mean"]].to_numpy(), minimum=smallest)
    parts = parts[~few & parts["segment"].isin(shown)]
    if parts.empty or total <= 0:
        return None
    row = parts.loc[(parts["mean"] / parts["customers"]).idxmax()]
    size, whole = int(row["customers"]), Interval.of(row)
    each = Interval(*(getattr(whole, end) / size for end in ("mean", "p05", "p50", "p95")))
    return Dearest(str(row["segment"]), size, each, float(row["mean"] / total))


def spent(activities: pd.DataFrame | None) -> pd.Series | None:
    """Cost of each retention activity so far, by customer_id; None where no activities are recorded."""
    if activities is None:
        return None
    return activities[activities["kind"] == "retention"].set_index("customer_id")["cost"]


def spent_where(points: pd.DataFrame, where: Dearest | None, smallest: int) -> Spent | None:
    """Where money for keeping customers went; points: a row per segment with customers and spent; None where unknown."""
    named = points[(points["segment"] != EVERYONE) & (points["customers"] >= smallest)]
    own = named.set_index("segment")["spent"].astype(float)
    if where is None or not own.sum() > 0:
        return None
    best = where.segment
    return Spent(float(own.sum()), float(own.max()), str(own.idxmax()), float(own[best]), best)


def slower(
    posterior: Posterior, rows: pd.DataFrame, year: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Yearly retention per draw, the step by which it is raised, and the factor on drop-out rates that raises it so.

    The factor lies between 0, where nobody leaves, and 1; found by halving. All of shape (draws,).
    """
    alike, weight = _active(posterior, rows)
    _, _, s, beta = posterior.purchase.at(alike)
    T = alike["T"].to_numpy(dtype=float)

    def kept(factor):
        return (weight * np.exp(-s * np.log1p(year * factor[:, None] / (beta + T)))).sum(axis=1)

    now = kept(np.ones(posterior.draws))
    step = np.minimum(POINT, (1 - now) / 2)
    low, high = np.zeros(posterior.draws), np.ones(posterior.draws)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        enough = kept(middle) >= now + step
        low, high = np.where(enough, middle, low), np.where(enough, high, middle)
    return now, step, low


def _active(posterior: Posterior, rows: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Cells that differ in what drop-out sees (T and the design's columns), and each one's share of the active.

    Shares have shape (draws, cells). They are summed in chunks: a large base has few cells and many rows.
    """
    columns = [name for name in rows if name not in ("x", "t_x", "n")]
    alike = rows.groupby(columns, sort=True)
    code, cells = alike.ngroup().to_numpy(), alike.size().index.to_frame(index=False)
    share = np.zeros((len(cells), posterior.draws))
    for start in range(0, len(rows), CHUNK):
        part = rows.iloc[start : start + CHUNK]
        n, odds = part["n"].to_numpy(dtype=float), posterior.purchase.log_odds_dropped(part)
        np.add.at(share, code[start : start + CHUNK], (n * special.expit(-odds)).T)
    return cells, (share / share.sum(axis=0)).T
