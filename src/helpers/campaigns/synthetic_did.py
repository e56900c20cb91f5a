"""Synthetic difference-in-differences: weights on units and on periods (Arkhangelsky and others 2021).

Donors are weighted so that their mean moves as the treated units' mean did before the start (a ridge spreads the weights,
a constant takes up the distance), and the periods before so that their mean foretells the donors' periods after. The effect
is a difference-in-differences with both weights. Starts of different times are taken one by one and averaged (section 8 of
the paper). The error is that of placebos: as many donors as were treated are drawn, treated at the same starts, and compared
with the rest (algorithm 4), which takes more donors than treated units. The paper takes all units to vary alike; here each
placebo is divided by how far its weighted mean was off before, and multiplied by how far that of the treated was. One
treated unit is one more draw beside those of J placebos: their standard deviation times the root of 1 + 1 / J, Student's t.
"""

import math

import numpy as np
from scipy import optimize

from helpers.campaigns.panel import Panel
from helpers.campaigns.staggered import Estimate
from helpers.errors import StudyError
from helpers.inference import monte_carlo

FEWEST_BEFORE = 2
REPLICATIONS = 200
SMALL_RIDGE = 1e-6  # of the periods' weights, in units of the noise, as in the authors' code


def effect(panel: Panel) -> float:
    """Estimate the mean effect over all treated units and their treated periods, on the panel's scale."""
    groups = _groups(panel)
    return _mean_effect(panel.outcome, groups, np.flatnonzero(panel.never), panel.weight)[0]


def estimate(panel: Panel, seed: int = 1) -> Estimate:
    """Estimate the mean effect with the error of its placebos; StudyError without more donors than treated units.

    With one treated unit every donor is a placebo once; with several, 200 sets of donors are drawn. Student's t with one
    degree of freedom less than there are donors.
    """
    groups, donors = _groups(panel), np.flatnonzero(panel.never)
    treated = sum(len(rows) for _, rows in groups)
    if not enough_donors(panel):
        raise StudyError(
            f"Synthetic difference-in-differences needs more untreated units than treated ones; here are {len(donors)} "
            f"and {treated}. Bring more untreated units, or use another design."
        )
    rng = np.random.default_rng(seed)
    once = [np.array([donor]) for donor in donors]
    draws = once if treated == 1 else [rng.permutation(donors)[:treated] for _ in range(REPLICATIONS)]
    found = []
    for drawn in draws:
        place, pretended = 0, []
        for start, rows in groups:
            pretended.append((start, drawn[place : place + len(rows)]))
            place += len(rows)
        rest = np.setdiff1d(donors, drawn)
        found.append(_mean_effect(panel.outcome, pretended, rest, panel.weight))
    own, missed = _mean_effect(panel.outcome, groups, donors, panel.weight)
    scaled = missed * np.array([one / off for one, off in found])
    if treated == 1:
        one_more = float(scaled.std(ddof=1)) * math.sqrt(1 + 1 / len(donors))
        return Estimate(own, max(one_more, 1e-12), len(donors) - 1)
    spread = max(float(scaled.std()), 1e-12)
    by_draw = (scaled - scaled.mean()) ** 2 / (2 * spread)  # the influence function of a standard deviation
    return Estimate(own, monte_carlo.by_draw(spread, by_draw), len(donors) - 1)


def enough_donors(panel: Panel) -> bool:
    """Whether more units are never treated than treated with a past, so that placebos can be drawn."""
    return sum(len(rows) for _, rows in _groups(panel)) < int(panel.never.sum())


def _groups(panel: Panel) -> list[tuple[int, np.ndarray]]:
    """Each start with at least two periods before it, with the rows of its units."""
    groups = [(int(g), np.flatnonzero(panel.start == g)) for g in panel.starts if g >= FEWEST_BEFORE]
    if not groups:
        raise StudyError(
            f"No treated unit has {FEWEST_BEFORE} periods before its start: synthetic difference-in-differences has nothing "
            "to follow. Bring earlier periods."
        )
    return groups


def _mean_effect(
    outcome: np.ndarray, groups: list[tuple[int, np.ndarray]], donors: np.ndarray, weight: np.ndarray
) -> tuple[float, float]:
    """The mean effect on all groups, and how far their weighted means were off before (root mean square)."""
    effects, missed, counts = [], [], []
    for start, rows in groups:
        mean = np.average(outcome[rows], axis=0, weights=weight[rows])
        one, omega = fit(mean, outcome[donors], start, len(rows))
        effects.append(one)
        missed.append(max(float((mean[:start] - omega @ outcome[donors, :start]).std()), 1e-12))
        counts.append(weight[rows].sum() * (outcome.shape[1] - start))
    share = np.array(counts) / np.sum(counts)
    return float(share @ effects), float(np.sqrt(((share * missed) ** 2).sum()))


def fit(treated: np.ndarray, others: np.ndarray, start: int, units: int = 1) -> tuple[float, np.ndarray]:
    """Return the effect on `units` that start together at a period (position), and the donors' weights (donors,).

    treated: their mean path, (periods,). others: the donors' paths, (donors, periods).
    """
    after = others.shape[1] - start
    steps = np.diff(others[:, :start], axis=1)
    noise = max(float(steps.std(ddof=1)) if steps.size > 1 else 0.0, 1e-12)
    ridge = (units * after) ** 0.25 * noise
    omega = _weights(others[:, :start].T, treated[:start], ridge)
    lam = _weights(others[:, :start], others[:, start:].mean(axis=1), SMALL_RIDGE * noise)
    change = treated[start:].mean() - treated[:start] @ lam
    effect = change - omega @ (others[:, start:].mean(axis=1) - others[:, :start] @ lam)
    return float(effect), omega


def _weights(x: np.ndarray, y: np.ndarray, ridge: float) -> np.ndarray:
    """Weights on the simplex with which the columns of x follow y, less a constant; ridge^2 len(y) times their squares."""
    x, y = x - x.mean(axis=0), y - y.mean()
    firm = 1e4 * max(np.abs(y).max(), np.abs(x).max(), ridge, 1e-9)
    rows = [x, ridge * np.sqrt(len(y)) * np.eye(x.shape[1]), np.full((1, x.shape[1]), firm)]
    found, _ = optimize.nnls(np.vstack(rows), np.concatenate([y, np.zeros(x.shape[1]), [firm]]))
    return found / found.sum()
