"""Fit a model around its mode: in a fraction of the time of sampling, with a gate that says when it must not be used.

On unconstrained parameters, with log|J| in the density, the mode and the Hessian there give a multivariate t with 7
degrees of freedom, whose draws are weighted by posterior over proposal. The weights are smoothed by a generalised
Pareto distribution (Vehtari, Simpson, Gelman, Yao and Gabry 2024); its shape k says whether the proposal covers the
posterior. Passed: k <= min(.7, 1 - 1/log10 S) for S draws, and a quarter of them effective, since of a bent posterior the
weights do not see what they miss; the draws are then resampled by their weights.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from helpers.inference import psis
from helpers.inference.compiled import Density
from helpers.inference.mode_search import Prepared, find_mode, root_of

if TYPE_CHECKING:
    import xarray as xr

DEGREES = 7
EFFECTIVE = 0.25  # the share of draws that has to be effective


WIDER = 1.1  # than the normal around the mode, for parameters whose proposal has no heavier tails
MORE = 4  # times as many points, where the gate refuses the first
STEPS = 4  # towards the mode at each further value of a grid


@dataclass(frozen=True)
class Grid:
    """A standard deviation, pm.Data `name` of the model, that is held at each of `values` in turn and weighed by evidence.

    log_prior: log prior of each value, spacing included; the joint mode with it would lie at 0. block: the parameter,
    declared last, that is Normal(0, the value) a priori, which is all that the value changes.
    """

    name: str
    values: np.ndarray
    log_prior: np.ndarray
    block: str


@dataclass(frozen=True)
class Held:
    """A parameter, pm.Data `name` of the model, that is held at each of `values` in turn, each with a fit of its own.

    log_prior: log prior of each value, spacing included. It scales priors, and no other variable is worked out from it.
    Half as many points as draws are proposed at each value.
    """

    name: str
    values: np.ndarray
    log_prior: np.ndarray


@dataclass(frozen=True)
class Gate:
    """The gate of a fit around the mode: Pareto k of the weights, the largest allowed, draws and their effective number."""

    k: float
    k_max: float
    draws: int
    ess: float

    @property
    def passed(self) -> bool:
        """Whether the proposal covers the posterior well enough for these draws to be used."""
        return self.k <= self.k_max and self.ess >= EFFECTIVE * self.draws

    @property
    def summary(self) -> str:
        """The numbers in one line."""
        k = f"{self.k:.2f}".replace("-", "−")
        return f"Pareto k {k}, {self.ess:,.0f} effective of {self.draws:,} draws"

    @property
    def threshold(self) -> str:
        """What is asked for in one line."""
        return f"Pareto k <= {self.k_max:.2f}, {EFFECTIVE * self.draws:,.0f} effective"


def fit(
    ready: Prepared,
    *,
    draws: int = 1000,
    chains: int = 2,
    seed: int = 1,
    grid: Grid | None = None,
    held: Held | None = None,
) -> "tuple[xr.DataTree, Gate]":
    """Draw `chains` x `draws` times from a prepared model's posterior around its mode; return (DataTree, Gate).

    The tree has the same variables as a NUTS sample's. Where the gate refuses as many points as draws are wanted, it judges
    MORE times as many, drawn anew, and that is its word. grid: a standard deviation that is held at several values, each
    with a mode of its own; held: the same for any parameter, around whose values the grid is laid again. Raises NoModeError
    where no mode has a curvature to all sides, as with a posterior that goes on for ever in one direction.
    """
    rng = np.random.default_rng(seed)
    density, size = ready.density, draws * chains
    around = partial(_around_mode, ready, rng) if grid is None else partial(_around_modes, ready, rng, grid)
    points, weights, gate = _judged(density, held, size, around)
    if not gate.passed:  # few points say little of a tail, and sampling costs more than points
        points, weights, gate = _judged(density, held, MORE * size, around)
    chosen = rng.permutation(_systematic(weights, size, rng))
    return density.tree(points[chosen].reshape(chains, draws, -1)), gate


def _judged(
    density: Density, held: Held | None, size: int, around: Callable[[int], list[tuple]]
) -> tuple[np.ndarray, np.ndarray, Gate]:
    """Points that were proposed, their smoothed weights, and what the gate says of these."""
    parts = around(size) if held is None else _at_each(density, held, size // 2, around)
    points, log_weights = (np.concatenate(some) for some in zip(*parts, strict=True))
    log_weights[np.isnan(log_weights)] = -np.inf
    smoothed, k = psis.smooth(log_weights)
    weights, proposed = np.exp(smoothed), len(smoothed)
    k_max = min(0.7, 1 - 1 / np.log10(proposed))
    return points, weights, Gate(float(k), k_max, proposed, float(1 / (weights**2).sum()))


def _at_each(density: Density, held: Held, size: int, around: Callable[[int], list[tuple]]) -> list[tuple]:
    """Points around the modes at every value of what is held, `size` each, with their log weights."""
    parts = []
    for value, log_prior in zip(held.values, held.log_prior, strict=True):
        density.exchange({held.name: value})
        parts += [(points, log_weights + log_prior) for points, log_weights in around(size)]
    return parts


def _around_mode(ready: Prepared, rng: np.random.Generator, size: int) -> list[tuple]:
    """Points around the mode with their log weights: a list with one pair."""
    log_densities, _ = ready.functions
    mode, curvature = find_mode(ready)
    root = root_of(curvature)
    points, log_proposal = _proposed(mode, root, size, len(mode), rng)
    return [(points, log_densities(points) - log_proposal + np.log(np.diag(root)).sum())]


def _around_modes(ready: Prepared, rng: np.random.Generator, grid: Grid, size: int) -> list[tuple]:
    """The same for each value of a grid: as many points as its evidence says, proposals weighed against one another.

    The curvature is worked out once: between values that of the block alone changes. The block's proposal is normal given
    the other parameters, whose proposal keeps the heavier tails.
    """
    density, gradient, (log_densities, _) = ready.density, ready.gradient, ready.functions
    free = len(density.start) - int(np.prod(density.model[grid.block].type.shape))
    middle = grid.values[len(grid.values) // 2]
    density.exchange({grid.name: middle})
    (mode, base), place = find_mode(ready), np.arange(free, len(density.start))
    found = []
    for value in grid.values:
        density.exchange({grid.name: value})
        curvature = base.copy()
        curvature[place, place] += 1 / value**2 - 1 / middle**2
        root, here = root_of(curvature), mode
        for _ in range(STEPS):
            here = here + root @ (root.T @ gradient(here)[1])
        found.append((value, here, root, gradient(here)[0] + np.log(np.diag(root)).sum()))
    evidence = np.array([one[3] for one in found]) + grid.log_prior
    evidence[~np.isfinite(evidence)] = -np.inf
    share = np.exp(evidence - evidence.max())
    counts = np.bincount(_systematic_counts(share / share.sum(), size), minlength=len(share))
    parts = []
    for (value, here, root, _), count, log_prior in zip(found, counts, grid.log_prior, strict=True):
        if count:
            points, log_proposal = _proposed(here, root, int(count), free, rng)
            density.exchange({grid.name: value})
            own = log_densities(points) + log_prior - log_proposal - np.log(count / size)
            parts.append((points, own + np.log(np.diag(root)).sum()))
    return parts


def _proposed(
    mode: np.ndarray, root: np.ndarray, size: int, heavy: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Points around a mode and their log proposal, constants left out: the first `heavy` parameters are t(7), others normal.

    t(7): a normal over the root of a chi-square, the same for all of them.
    """
    normal, chi_square = rng.standard_normal((size, len(mode))), rng.chisquare(DEGREES, size)
    tail = -(DEGREES + heavy) / 2 * np.log1p((normal[:, :heavy] ** 2).sum(axis=1) / chi_square)
    log_proposal = tail - 0.5 * (normal[:, heavy:] ** 2).sum(axis=1)
    steps = normal.copy()
    steps[:, :heavy] *= np.sqrt(DEGREES / chi_square)[:, None]
    steps[:, heavy:] *= WIDER
    return mode + steps @ root.T, log_proposal


def _systematic_counts(share: np.ndarray, size: int) -> np.ndarray:
    """The positions of `share` that `size` evenly spaced places fall on: as many of each as its share says."""
    ends = np.cumsum(share)
    return np.minimum(np.searchsorted(ends, (np.arange(size) + 0.5) / size), len(share) - 1)


def _systematic(weights: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Systematic resampling: `size` positions of weights, each as often as its weight says, give or take one."""
    ends = np.cumsum(weights)
    places = (np.arange(size) + rng.random()) / size
    return np.minimum(np.searchsorted(ends, places), len(weights) - 1)
