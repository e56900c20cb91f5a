"""The model of `uplift` around its modes: Newton steps on sums over arms, so that half a million units take seconds.

Given how much effects differ (`differs`), each part of the model, buying and spend, is log-concave in its other parameters.
That scale is held at each value of a grid, the others are normal around their mode there, and the grid is weighed by its
evidence (nested Laplace; Rue, Martino and Chopin 2009). The draws are weighted by posterior over proposal, and the gate
of fits around the mode (`inference.laplace`) says whether they may be used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from helpers.campaigns.uplift import BUYING, CONSTANT, SPEND, Design

GRID = np.log(0.1) + 0.7 * np.linspace(-3, 3, 19)  # logarithms of `differs`; its prior is centred in it
STEP = GRID[1] - GRID[0]
STEPS, CLOSE = 50, 1e-6  # Newton steps at most; what a step must still bring, in log density
LEVEL_SD, SLOPE_SD, SPREAD_SD, DIFFERS_SD = (1.0, 0.5, 0.25, 0.7)


@dataclass(frozen=True)
class Block:
    """The rows of one arm in one part: columns with a leading 1, and what was seen, by row or cell."""

    x: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True)
class Part:
    """Buying or spend: rows by arm, the centres of priors, the density of a row (`_buying`, `_lognormal`, `_gamma`)."""

    blocks: list[Block]
    centre: float
    width: float
    spread: float | None
    density: Callable

    @property
    def columns(self) -> int:
        """How many covariates there are."""
        return self.blocks[0].x.shape[1] - 1

    @property
    def has_spread(self) -> bool:
        """Whether each arm has a spread of its own."""
        return self.spread is not None

    @cached_property
    def prior(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of all parameters: levels, slopes, shared, own, logarithms of spreads."""
        arms, k = len(self.blocks), self.columns
        mean = np.zeros(arms + 2 * k + (arms - 1) * k + arms * self.has_spread)
        sd = np.ones(len(mean))
        mean[:arms], sd[:arms] = self.centre, self.width
        sd[arms : arms + k] = SLOPE_SD
        if self.spread is not None:
            mean[-arms:], sd[-arms:] = np.log(self.spread), SPREAD_SD
        return mean, sd

    def coefficients(self, arm: int, differs: float) -> np.ndarray:
        """The matrix (1 + columns, parameters) from parameters to an arm's level and slopes."""
        arms, k = len(self.blocks), self.columns
        found = np.zeros((1 + k, len(self.prior[0])))
        found[0, arm] = 1.0
        found[1:, arms : arms + k] = np.eye(k)
        if arm:
            found[1:, arms + k : arms + 2 * k] = differs * np.eye(k)
            own = arms + 2 * k + (arm - 1) * k
            found[1:, own : own + k] = differs / 2 * np.eye(k)
        return found


def parts_of(design: Design) -> list[Part]:
    """The parts of the model, buying first; rows are cells of equal units in buying, and buyers in spend."""
    arm, first = design.cells.T
    rate = (design.converted.sum() + 0.5) / (len(design.converted) + 1)
    buying = Part(
        _blocks(arm, design.x[first], len(design.arms)), special.logit(rate), LEVEL_SD, None, _buying
    )
    if design.family == CONSTANT:
        return [buying]
    logs = np.log(design.revenue[design.converted])
    spread = max(float(logs.std()), 0.05)
    rows = _blocks(design.arm[design.converted], design.x[design.converted], len(design.arms))
    density = _lognormal if design.family == "lognormal" else _gamma
    return [buying, Part(rows, float(logs.mean()), spread, spread, density)]


def _blocks(arm: np.ndarray, x: np.ndarray, arms: int) -> list[Block]:
    with_one = np.column_stack([np.ones(len(x)), x])
    places = [np.flatnonzero(arm == one) for one in range(arms)]
    return [Block(np.ascontiguousarray(with_one[rows]), rows) for rows in places]


def seen(design: Design, found: list[Part], weight: np.ndarray | None = None) -> list[list[tuple]]:
    """What was seen, by part and arm, under weights of units (all 1 when None): arrays that `density` takes."""
    weight = np.ones(len(design.arm)) if weight is None else weight
    cells = len(design.cells)
    assigned = np.bincount(design.cell, weight, cells)
    bought = np.bincount(design.cell, weight * design.converted, cells)
    made = [[(bought[one.rows], assigned[one.rows]) for one in found[BUYING].blocks]]
    if len(found) > 1:
        spend, times = design.revenue[design.converted], weight[design.converted].astype(float)
        made.append([(np.log(spend[one.rows]), times[one.rows]) for one in found[SPEND].blocks])
    return made


# ---- density of rows at linear predictors m: value, then derivatives by m, twice by m, by the log of the spread (t), tt, mt
def _buying(m: np.ndarray, _: float, bought: np.ndarray, assigned: np.ndarray) -> tuple:
    chance = special.expit(m)
    value = bought * m - assigned * np.logaddexp(0.0, m)
    return value, bought - assigned * chance, -assigned * chance * (1 - chance), None, None, None


def _lognormal(m: np.ndarray, t: float, logs: np.ndarray, times: np.ndarray) -> tuple:
    sd = np.exp(t)
    z = (logs - m) / sd
    value, by_m, by_t = -t - z**2 / 2, z / sd, z**2 - 1
    return times * value, times * by_m, -times / sd**2, times * by_t, -2 * times * z**2, -2 * times * z / sd


def _gamma(m: np.ndarray, t: float, logs: np.ndarray, times: np.ndarray) -> tuple:
    shape = np.exp(-2 * t)
    ratio = np.exp(logs - m)
    value = shape * (np.log(shape) - m - ratio) - special.gammaln(shape) + (shape - 1) * logs
    by_shape = np.log(shape) + 1 - m - special.digamma(shape) + logs - ratio
    twice = 1 / shape - special.polygamma(1, shape)
    by_t, by_tt = -2 * shape * by_shape, 4 * shape * by_shape + 4 * shape**2 * twice
    by_mt = -2 * shape * (ratio - 1)
    return (
        times * value,
        times * shape * (ratio - 1),
        -times * shape * ratio,
        times * by_t,
        times * by_tt,
        times * by_mt,
    )


# ---- one part given how much effects differ
def log_posterior(part: Part, data: list[tuple], theta: np.ndarray, differs: float) -> float:
    """Log density of a part's parameters given `differs`, constants of the data left out."""
    mean, sd = part.prior
    value = -0.5 * (((theta - mean) / sd) ** 2).sum() - np.log(sd).sum()
    for arm, (block, own) in enumerate(zip(part.blocks, data, strict=True)):
        m = block.x @ (part.coefficients(arm, differs) @ theta)
        value += part.density(m, _spread(part, theta, arm), *own)[0].sum()
    return float(value)


def _spread(part: Part, theta: np.ndarray, arm: int) -> float:
    return float(theta[arm - len(part.blocks)]) if part.has_spread else 0.0


def _slopes(
    part: Part, data: list[tuple], theta: np.ndarray, differs: float
) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and negative Hessian of `log_posterior`."""
    mean, sd = part.prior
    gradient, curvature = -(theta - mean) / sd**2, np.diag(sd**-2.0)
    for arm, (block, own) in enumerate(zip(part.blocks, data, strict=True)):
        to_arm = part.coefficients(arm, differs)
        _, by_m, by_mm, by_t, by_tt, by_mt = part.density(
            block.x @ (to_arm @ theta), _spread(part, theta, arm), *own
        )
        gradient += to_arm.T @ (block.x.T @ by_m)
        curvature -= to_arm.T @ ((block.x.T * by_mm) @ block.x) @ to_arm
        if part.has_spread:
            place = len(theta) - len(part.blocks) + arm
            gradient[place] += by_t.sum()
            curvature[place, place] -= by_tt.sum()
            across = to_arm.T @ (block.x.T @ by_mt)
            curvature[place] -= across
            curvature[:, place] -= across
    return gradient, curvature


def find_mode(
    part: Part, data: list[tuple], differs: float, start: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The mode of a part given `differs`, and the root of the curvature there; Newton steps, halved where they fall."""
    theta = part.prior[0].copy() if start is None else start
    value = log_posterior(part, data, theta, differs)
    for _ in range(STEPS):
        gradient, curvature = _slopes(part, data, theta, differs)
        root = _root(curvature)
        step = np.linalg.solve(root.T, np.linalg.solve(root, gradient))
        promised, share = gradient @ step / 2, 1.0
        if promised < CLOSE:
            return theta, root
        there = log_posterior(part, data, theta + step, differs)
        while not there >= value and share > CLOSE:  # also where it is no number
            share /= 2
            there = log_posterior(part, data, theta + share * step, differs)
        theta, value = theta + share * step, there
    return theta, _root(_slopes(part, data, theta, differs)[1])


def _root(curvature: np.ndarray) -> np.ndarray:
    """The Cholesky root; where it bends up somewhere, away from a mode, of the curvature with that taken out."""
    try:
        return np.linalg.cholesky(curvature)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(curvature)
        return np.linalg.cholesky((vectors * np.maximum(np.abs(values), 1e-6)) @ vectors.T)


# ---- the posterior
@dataclass(frozen=True)
class Drawn:
    """Draws of one part: `differs` (draws,), theta (draws, parameters), and the log weight of each."""

    differs: np.ndarray
    theta: np.ndarray
    log_weight: np.ndarray


def draw(part: Part, data: list[tuple], draws: int, rng: np.random.Generator) -> Drawn:
    """Draw a part's parameters: `differs` by the evidence of its grid, the others around their mode there."""
    found, mode = [], None
    for log_differs in GRID:
        mode, root = find_mode(part, data, np.exp(log_differs), mode)
        found.append((mode, root))
    evidence = np.array(
        [
            log_posterior(part, data, mode, np.exp(log)) - np.log(np.diag(root)).sum() + _prior(log)
            for log, (mode, root) in zip(GRID, found, strict=True)
        ]
    )
    mass = np.exp(evidence - special.logsumexp(evidence))
    mass = (mass + 0.01 * mass.max()) / (mass + 0.01 * mass.max()).sum()
    place = np.searchsorted(np.cumsum(mass)[:-1], (np.arange(draws) + rng.random()) / draws)
    logs = GRID[place] + STEP * (rng.random(draws) - 0.5)
    modes = np.array([mode for mode, _ in found])
    theta, weight = np.empty((draws, len(found[0][0]))), np.empty(draws)
    for one, (log, which) in enumerate(zip(logs, place, strict=True)):
        mode, root = _between(modes, log), found[which][1]
        normal = rng.standard_normal(len(mode))
        theta[one] = mode + np.linalg.solve(root.T, normal)
        proposal = np.log(mass[which]) + np.log(np.diag(root)).sum() - 0.5 * normal @ normal
        weight[one] = log_posterior(part, data, theta[one], np.exp(log)) + _prior(log) - proposal
    return Drawn(np.exp(logs), theta, weight)


def _between(modes: np.ndarray, log_differs: float) -> np.ndarray:
    """The mode at a value between those of the grid."""
    place = np.clip((log_differs - GRID[0]) / STEP, 0, len(GRID) - 1)
    below = min(int(place), len(GRID) - 2)
    return modes[below] + (place - below) * (modes[below + 1] - modes[below])


def _prior(log_differs: float) -> float:
    return -0.5 * ((log_differs - np.log(0.1)) / DIFFERS_SD) ** 2


# ---- as parameters of the whole model
def parameters(
    found: list[Part], differs: list[np.ndarray], theta: list[np.ndarray]
) -> dict[str, np.ndarray]:
    """The parameters of `uplift.levels` from those of its parts; differs: (draws,), theta: (draws, parameters) of each."""
    arms, k = len(found[0].blocks), found[0].columns
    made: dict[str, list] = {"level": [], "slope": [], "shared": [], "own": []}
    for one in theta:
        level, slope, shared, own = np.split(
            one[:, : arms + 2 * k + (arms - 1) * k], [arms, arms + k, arms + 2 * k], axis=1
        )
        for name, values in zip(made, (level, slope, shared, own.reshape(-1, arms - 1, k)), strict=True):
            made[name].append(values)
    result = {name: np.stack(values, axis=1) for name, values in made.items()}
    result["differs"] = np.stack(differs, axis=1)
    if len(found) > 1:
        result["spend_spread"] = np.exp(theta[1][:, -arms:])
    return result
