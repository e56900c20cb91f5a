"""The effect in segments, partially pooled: a small segment's own number is pulled towards all of them together."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from helpers.campaigns import within_strata
from helpers.campaigns.clusters import FEWEST
from helpers.campaigns.qini import HALF_WIDTH
from helpers.inference.intervals import Interval, interval
from helpers.inference.pooling import pool

THIRDS = ("low", "middle", "high")


def effects(
    units: pd.DataFrame,
    outcome: np.ndarray,
    control: str,
    arm: str,
    traits: dict[str, pd.Series],
    smallest: int = 10,
    seed: int = 1,
) -> pd.DataFrame:
    """Return the effect of one arm on a money outcome by segments of several traits, plain and pooled.

    traits: per trait the segment of each unit. Segments with fewer than `smallest` units in either arm are left
    out. Columns: trait, segment, units, plain, pooled (Intervals), differs (Interval of how much the trait's segments
    differ). Pooling is within a trait. Where units were drawn by clusters, errors are those of clusters, of which a segment
    needs as many as a test; where within strata, arms are weighted alike.
    """
    treated, base = (units["arm"] == arm).to_numpy(), (units["arm"] == control).to_numpy()
    weight = within_strata.weights(units).to_numpy()
    drawn = pd.factorize(units["cluster"])[0] if "cluster" in units else None
    rows = []
    for trait, segment in traits.items():
        names, found = [], []
        for name, here in _members(segment):
            sides = here & treated, here & base
            sizes = [int(side.sum()) for side in sides]
            if min(sizes) < max(smallest, 2) or _few_clusters(drawn, sides):
                continue
            means = [_mean(outcome[one], weight[one], None if drawn is None else drawn[one]) for one in sides]
            gap, error = means[0][0] - means[1][0], float(np.hypot(means[0][1], means[1][1]))
            if error > 0:
                names.append((trait, name, sum(sizes)))
                found.append((gap, error))
        if len(found) < 2:
            continue
        gaps, errors = np.array(found).T
        made = pool(gaps, errors, seed=seed)
        for place, group in enumerate(names):
            half = HALF_WIDTH * errors[place]
            low, high = gaps[place] - half, gaps[place] + half
            plain = Interval(gaps[place], low, gaps[place], high)
            rows.append((*group, plain, interval(made.effects[:, place]), interval(made.differs)))
    return pd.DataFrame(rows, columns=["trait", "segment", "units", "plain", "pooled", "differs"])


def _few_clusters(drawn: np.ndarray | None, sides: tuple[np.ndarray, np.ndarray]) -> bool:
    return drawn is not None and min(len(np.unique(drawn[side])) for side in sides) < FEWEST


def _mean(values: np.ndarray, weight: np.ndarray, drawn: np.ndarray | None) -> tuple[float, float]:
    """A weighted mean with its standard error, by the clusters that were drawn where there are some."""
    mean = float(np.average(values, weights=weight))
    left = weight * (values - mean)
    if drawn is not None:
        left = np.bincount(np.unique(drawn, return_inverse=True)[1], left)
    return mean, float(np.sqrt(len(left) / (len(left) - 1) * (left**2).sum()) / weight.sum())


def clear(parts: pd.DataFrame) -> tuple[int, int]:
    """Count the segments whose pooled effect lies clearly above zero, and clearly below."""
    return sum(one.p05 > 0 for one in parts["pooled"]), sum(one.p95 < 0 for one in parts["pooled"])


def traits(units: pd.DataFrame, named: list[str], numeric: list[str]) -> dict[str, pd.Series]:
    """Return each unit's segment by trait: the names as they are, numbers in thirds."""
    return {name: units[name] for name in named} | {name: thirds(units[name]) for name in numeric}


def thirds(values: pd.Series) -> pd.Series:
    """Low, middle and high thirds of a numeric trait; who has the lowest value in common stays together."""
    ranks = values.rank(method="average", pct=True)
    return pd.cut(ranks, [0, 1 / 3, 2 / 3, 1], labels=list(THIRDS)).astype(str)


def less_expected(outcome: np.ndarray, arm: pd.Series, traits: pd.DataFrame) -> tuple[np.ndarray, float]:
    """Take off an outcome what traits from before the assignment explain (CUPED), and say how much variance that saves.

    Deng, Xu, Kohavi and Walker 2013: slopes from the spread within arms, so that effects stay as they are. Traits
    enter as logarithms of 1 + value / mean. Returns the adjusted outcome and the share of variance saved.
    """
    if traits.empty or not len(traits.columns):
        return outcome, 0.0
    x = traits.to_numpy(float)
    x = np.sign(x) * np.log1p(np.abs(x) / np.maximum(np.abs(x).mean(axis=0), 1e-12))
    x = x - x.mean(axis=0)
    within_x, within_y = x.copy(), outcome.astype(float).copy()
    for one in arm.unique():
        here = (arm == one).to_numpy()
        within_x[here] -= within_x[here].mean(axis=0)
        within_y[here] -= within_y[here].mean()
    slopes, *_ = np.linalg.lstsq(within_x, within_y, rcond=None)
    left = within_y - within_x @ slopes
    saved = 1 - left.var() / within_y.var() if within_y.var() > 0 else 0.0
    return outcome - x @ slopes, float(max(saved, 0.0))


def _members(segment: pd.Series) -> Iterator[tuple[str, np.ndarray]]:
    for name in sorted(
        segment.dropna().unique(), key=lambda one: (THIRDS.index(one) if one in THIRDS else 0, one)
    ):
        yield name, (segment == name).to_numpy(bool)
