"""Is predicted uplift real? Qini and AUUC out of sample, uplift by group against predicted, with their intervals.

Definition (Radcliffe 2007, per customer): rank by predicted uplift, highest first; among the first share phi,
Q(phi) = phi x (mean of treated - mean of control). The Qini coefficient is the area between Q and the line to its end,
integral of Q(phi) - phi Q(1); AUUC is the integral of Q. Both are in the units of the outcome, not normalised, so they
can lie on either side of zero and do not depend on how many were treated.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd
from scipy import special, stats

from helpers.inference import monte_carlo
from helpers.inference.intervals import LOWER, UPPER, Interval

HALF_WIDTH = special.ndtri(UPPER)  # of a 90 % interval, in standard errors
GRID = np.linspace(0, 1, 21)
PER_GROUP = 200


@dataclass(frozen=True)
class Curve:
    """Q on `GRID` with its band (p05, p95), the Qini coefficient, AUUC and Q(1) with their intervals.

    dealt: makes Q of other dealings of the folds.
    """

    q: np.ndarray
    p05: np.ndarray
    p95: np.ndarray
    qini: Interval
    auuc: Interval
    effect: Interval
    dealt: Callable[[], list[np.ndarray]] = list

    @property
    def share(self) -> np.ndarray:
        """The shares at which Q stands."""
        return GRID


def is_above_zero(curve: Curve, arms: int) -> bool:
    """Whether the Qini coefficient of the best of so many treated arms is above zero with 95 %.

    Every arm is one more chance to look good, so the lower end is at 5 % / arms, by the normal distribution from the
    interval's width where there are several.
    """
    spread = (curve.qini.p95 - curve.qini.p05) / (2 * stats.norm.ppf(0.95))
    low = curve.qini.p05 if arms == 1 else curve.qini.mean + stats.norm.ppf(0.05 / arms) * spread
    return bool(low > 0)


def folds_of(arm: np.ndarray, folds: int, seed: int | list[int]) -> np.ndarray:
    """Deal the units of each arm at random to folds of equal size: one number per unit."""
    rng, fold = np.random.default_rng(seed), np.empty(len(arm), dtype=int)
    for one in np.unique(arm):
        rows = rng.permutation(np.flatnonzero(arm == one))
        fold[rows] = np.arange(len(rows)) % folds
    return fold


def bootstrap_weights(arm: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How often each unit is drawn in a bootstrap sample stratified by arm."""
    weight = np.empty(len(arm))
    for one in np.unique(arm):
        rows = np.flatnonzero(arm == one)
        weight[rows] = np.bincount(rng.integers(len(rows), size=len(rows)), minlength=len(rows))
    return weight


def rank_within(score: np.ndarray, fold: np.ndarray, weight: np.ndarray, seed: int = 1) -> np.ndarray:
    """The share of a unit's fold that ranks before it, by falling score; ties in random order.

    Scores of different folds come from different fits, so only ranks are comparable.
    """
    own_stream = [seed, 1]  # not that of a seed alone, which may have drawn the arms
    share, tie = np.empty(len(score)), np.random.default_rng(own_stream).random(len(score))
    for one in np.unique(fold):
        rows = np.flatnonzero(fold == one)
        rows = rows[np.lexsort((tie[rows], -score[rows]))]
        before = np.cumsum(weight[rows])
        share[rows] = (before - weight[rows] / 2) / max(before[-1], 1e-12)
    return share


def q_curve(share: np.ndarray, treated: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Q on `GRID` for units with rank `share`; where an arm has nobody among the first, Q is 0."""
    q = np.zeros(len(GRID))
    step = np.minimum(np.searchsorted(GRID, share, side="left"), len(GRID) - 1)
    size, money = (
        [np.cumsum(np.bincount(step, weight * side * values, len(GRID))) for side in (treated, ~treated)]
        for values in (np.ones(len(share)), outcome)
    )
    known = (size[0] > 0) & (size[1] > 0)
    means = [money[side][known] / size[side][known] for side in (0, 1)]
    q[known] = GRID[known] * (means[0] - means[1])
    return q


def area(q: np.ndarray) -> float:
    """The integral of Q over the share, AUUC."""
    return float(np.trapezoid(q, GRID))


def coefficient(q: np.ndarray) -> float:
    """The Qini coefficient: the integral of Q(phi) - phi Q(1)."""
    return area(q - GRID * q[-1])


def centred(point: float, replicates: np.ndarray) -> Interval:
    """An interval about `point` with the spread of bootstrap replicates about their own mean.

    A bootstrap sample holds 63 % of the units, so that its fits are poorer: its mean is not that of the sample.
    """
    ends = [
        monte_carlo.of_replicates(replicates, partial(_centred_end, share=share))
        for share in (LOWER, 0.5, UPPER)
    ]
    return Interval(point, *(monte_carlo.moved_by(point + end, end, point) for end in ends))


def _centred_end(replicates: np.ndarray, share: float) -> np.ndarray:
    return np.quantile(replicates, share, axis=-1) - replicates.mean(axis=-1)


def curve(
    scores: tuple[np.ndarray, list[np.ndarray]],
    outcomes: tuple[np.ndarray, list[np.ndarray]],
    weights: list[np.ndarray],
    arm: np.ndarray,
    treated_arm: int,
    fold: np.ndarray,
    dealt: Callable[[], list[tuple]] = list,
) -> Curve:
    """Judge out-of-sample scores of one arm against control (arm 0).

    scores, outcomes: per unit, of the sample and of each bootstrap sample; the scores are from fits that did not see
    the unit's fold. weights: how often each bootstrap sample holds each unit. dealt: makes scores, outcomes and folds of
    other dealings of the folds.
    """
    rows = (arm == 0) | (arm == treated_arm)

    def q_of(score, outcome, weight, fold=fold):
        rank = rank_within(score[rows], fold[rows], weight[rows])
        return q_curve(rank, arm[rows] == treated_arm, outcome[rows], weight[rows])

    q = q_of(scores[0], outcomes[0], np.ones(len(arm)))
    drawn = np.array([q_of(*one) for one in zip(scores[1], outcomes[1], weights, strict=True)])
    others = cache(lambda: [q_of(score, outcome, np.ones(len(arm)), of) for score, outcome, of in dealt()])

    def ends(statistic):
        point = monte_carlo.among(statistic(q), lambda: [statistic(one) for one in others()])
        return centred(point, np.array([statistic(one) for one in drawn]))

    low, high = np.quantile(drawn - drawn.mean(axis=0), [LOWER, UPPER], axis=0)
    return Curve(
        q=q,
        p05=q + low,
        p95=q + high,
        qini=ends(coefficient),
        auuc=ends(area),
        effect=ends(lambda one: float(one[-1])),
        dealt=others,
    )


def by_group(
    score: np.ndarray,
    arm: np.ndarray,
    treated_arm: int,
    outcome: np.ndarray,
    fold: np.ndarray,
    groups: int = 0,
) -> pd.DataFrame:
    """Observed uplift of groups of equal size by falling out-of-sample score, against what was predicted.

    groups: 0 takes ten, fewer where one would hold less than 200 of all units, at least three.
    Columns: group (1: the highest), units, treated, control, predicted (mean score), observed, p05, p95 (of the
    difference of two means, by the normal distribution), inside (whether that interval holds the prediction).
    """
    groups = groups or int(np.clip(len(arm) // PER_GROUP, 3, 10))
    rows = (arm == 0) | (arm == treated_arm)
    score, outcome, treated = score[rows], outcome[rows], arm[rows] == treated_arm
    share = rank_within(score, fold[rows], np.ones(rows.sum()))
    group, table = np.minimum((share * groups).astype(int), groups - 1), []
    for one in range(groups):
        here = group == one
        sides = [outcome[here & treated], outcome[here & ~treated]]
        if min(map(len, sides)) < 2:
            continue
        gap = sides[0].mean() - sides[1].mean()
        error = np.sqrt(sum(side.var(ddof=1) / len(side) for side in sides))
        sizes = (here.sum(), len(sides[0]), len(sides[1]))
        table.append(
            (one + 1, *sizes, score[here].mean(), gap, gap - HALF_WIDTH * error, gap + HALF_WIDTH * error)
        )
    names = ["group", "units", "treated", "control", "predicted", "observed", "p05", "p95"]
    made = pd.DataFrame(table, columns=names)
    return made.assign(inside=made["predicted"].between(made["p05"], made["p95"]))
