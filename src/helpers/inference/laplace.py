"""Fit a model around its mode: for very large bases and quick looks, with a gate that says when it must not be used.

On unconstrained parameters, with log|J| in the density, the mode and the Hessian there give a multivariate t with 7
degrees of freedom, whose draws are weighted by posterior over proposal. The weights are smoothed by a generalised
Pareto distribution (Vehtari, Simpson, Gelman, Yao and Gabry 2024); its shape k says whether the proposal covers the
posterior. Passed: k <= min(.7, 1 - 1/log10 S) for S draws; the draws are then resampled by their weights.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pytensor.graph.replace import vectorize_graph
from scipy import linalg, optimize

from helpers.inference import psis
from helpers.inference.compiled import IN_NUMPY, Density, density_of, in_numpy, slope_of, threads

if TYPE_CHECKING:
    import xarray as xr

DEGREES = 7
VALUES_AT_ONCE = 50_000  # of vectors times data, in NumPy: memory does not grow with the data
COMPILE_FROM = 20_000  # values of data; below, waiting for compiled code takes longer than the fit
STEP = 1e-4  # of the Hessian's differences, in prior-scaled unconstrained units


class NoModeError(Exception):
    """The posterior has no mode with a curvature to all sides, so there is nothing to fit around."""


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
        return self.k <= self.k_max

    @property
    def summary(self) -> str:
        """The numbers in one line."""
        return f"Pareto k {self.k:.2f}, {self.ess:,.0f} effective of {self.draws:,} draws"


def fit(model: pm.Model, *, draws: int = 1000, chains: int = 2, seed: int = 1) -> "tuple[xr.DataTree, Gate]":
    """Draw `chains` x `draws` times from a model's posterior around its mode; return (DataTree, Gate).

    The tree has the same variables as a NUTS sample's. Raises NoModeError where no mode has a curvature to
    all sides, as with a posterior that goes on for ever in one direction.
    """
    rng = np.random.default_rng(seed)
    density = density_of(model)
    log_densities, gradient = _functions(density)
    mode = _mode(gradient, density.start)
    scale = _scale(gradient, mode)
    size = draws * chains
    # t(7): a normal over the root of a chi-square, the same for all parameters of a draw. Constants of its density cancel.
    normal, chi_square = rng.standard_normal((size, len(mode))), rng.chisquare(DEGREES, size)
    points = mode + normal @ scale.T * np.sqrt(DEGREES / chi_square)[:, None]
    log_proposal = -(DEGREES + len(mode)) / 2 * np.log1p((normal**2).sum(axis=1) / chi_square)
    log_weights = log_densities(points) - log_proposal
    log_weights[np.isnan(log_weights)] = -np.inf
    smoothed, k = psis.smooth(log_weights)
    weights = np.exp(smoothed)
    gate = Gate(float(k), min(0.7, 1 - 1 / np.log10(size)), size, float(1 / (weights**2).sum()))
    chosen = rng.permutation(_systematic(weights, rng))
    return density.tree(points[chosen].reshape(chains, draws, -1)), gate


def _functions(density: Density) -> tuple[Callable, Callable]:
    """Two functions: log densities of vectors (n, parameters), shape (n,); log density and gradient of one vector.

    On large data they are compiled, and otherwise loops of NumPy, which need no compilation.
    """
    model, workers = density.model, threads()
    largest = max((variable.get_value(borrow=True).size for variable in model.data_vars), default=1)
    if largest >= COMPILE_FROM:
        one = density.function()
        return partial(_over_threads, [lambda some: [one(vector)[0] for vector in some]] * workers), one
    log_density, slope = in_numpy([density.log_density, slope_of(density)])
    vectors = pt.matrix("points")
    densities = vectorize_graph(log_density, {density.vector: vectors})
    many = pytensor.function([vectors], densities, mode=IN_NUMPY)
    gradient = pytensor.function([density.vector], [log_density, slope], mode=IN_NUMPY)
    batch = max(1, VALUES_AT_ONCE // largest)

    def in_batches(function, some: np.ndarray) -> np.ndarray:
        parts = [function(some[start : start + batch]) for start in range(0, len(some), batch)]
        return np.concatenate([np.ravel(part) for part in parts])

    copies = [partial(in_batches, many.copy()) for _ in range(workers)]
    return partial(_over_threads, copies), gradient


def _mode(gradient: Callable, start: np.ndarray) -> np.ndarray:
    """The maximum of the log density, by BFGS from the initial point; steps to where it is not finite are refused."""

    def negative(vector):
        value, slope = gradient(vector)
        if not np.isfinite(value) or not np.isfinite(slope).all():
            return 1e100, np.zeros_like(vector)
        return -float(value), -slope

    found = optimize.minimize(
        negative, start, jac=True, method="BFGS", options={"gtol": 1e-4, "maxiter": 500}
    )
    if not np.isfinite(gradient(found.x)[0]):
        raise NoModeError("the density is not finite around the mode")
    return found.x


def _scale(gradient: Callable, mode: np.ndarray) -> np.ndarray:
    """Lower Cholesky factor of the inverse of minus the Hessian at the mode, by central differences of the gradient."""
    steps = STEP * np.eye(len(mode))
    rows = [(gradient(mode - step)[1] - gradient(mode + step)[1]) / (2 * STEP) for step in steps]
    curvature = (np.array(rows) + np.array(rows).T) / 2
    try:
        return linalg.cholesky(linalg.inv(curvature), lower=True)
    except (linalg.LinAlgError, ValueError):
        raise NoModeError("the posterior has no mode that falls off to all sides") from None


def _over_threads(functions: list, points: np.ndarray) -> np.ndarray:
    """The log density at every point, each function on its part in a thread: loops of NumPy and Numba run side by side."""
    parts = np.array_split(points, len(functions))
    with ThreadPoolExecutor(len(functions)) as pool:
        return np.concatenate(list(pool.map(lambda function, part: function(part), functions, parts)))


def _systematic(weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Systematic resampling: as many positions as weights, each as often as its weight says, give or take one."""
    ends = np.cumsum(weights)
    places = (np.arange(len(weights)) + rng.random()) / len(weights)
    return np.minimum(np.searchsorted(ends, places), len(weights) - 1)
