"""A model made ready for fits around its mode, and the search for the mode: made once, used for one data after another."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pytensor.graph.replace import vectorize_graph
from scipy import linalg, optimize

from helpers.inference.compiled import IN_NUMPY, ByHand, Density, density_of, in_numpy, slope_of, threads

VALUES_AT_ONCE = 50_000  # of vectors times data, in NumPy: memory does not grow with the data
COMPILE_FROM = 20_000  # values of data; below, waiting for compiled code takes longer than the fit
STEP = 1e-4  # of the Hessian's differences, in prior-scaled unconstrained units


class NoModeError(Exception):
    """The posterior has no mode with a curvature to all sides, so there is nothing to fit around."""


@dataclass
class Prepared:
    """A model that is ready for fits around its mode, to one data after another (`density.exchange`)."""

    density: Density
    made: dict[bool, tuple[Callable, Callable]] = field(default_factory=dict)

    @property
    def functions(self) -> tuple[Callable, Callable]:
        """Two functions of vectors (n, parameters): their log densities, shape (n,), and these with their gradients.

        The first runs over threads.
        """
        is_large = self.density.by_hand is not None or _largest(self.density) >= COMPILE_FROM
        if is_large not in self.made:
            self.made[is_large] = _compiled(self.density) if is_large else _in_numpy(self.density)
        return self.made[is_large]

    def gradient(self, vector: np.ndarray) -> tuple[float, np.ndarray]:
        """Log density and gradient at one vector."""
        values, slopes = self.functions[1](vector[None])
        return float(values[0]), slopes[0]


def prepared(model: pm.Model, by_hand: ByHand | None = None) -> Prepared:
    """Prepare a model for fits around its mode; what they need is made at the first and kept; by_hand: see `Density`."""
    with pytensor.config.change_flags(traceback__limit=0):
        return Prepared(density_of(model, by_hand))


def _largest(density: Density) -> int:
    """The number of values of the largest data that the model holds now."""
    return max((variable.get_value(borrow=True).size for variable in density.model.data_vars), default=1)


def _compiled(density: Density) -> tuple[Callable, Callable]:
    """The functions of `Prepared` for large data, compiled, or written by hand."""
    density.function()  # compiles now

    def each(some: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        function = density.function()  # under the data the model holds at this call
        values, slopes = zip(*map(function, some), strict=True)
        return np.array(values), np.array(slopes)

    return partial(_over_threads, [lambda some: each(some)[0]] * threads()), each


def _in_numpy(density: Density) -> tuple[Callable, Callable]:
    """The functions of `Prepared` for small data, as loops of NumPy, which need no compilation."""
    with pytensor.config.change_flags(traceback__limit=0):  # a fifth of the time is the record of who asked
        outputs = in_numpy([density.log_density, slope_of(density)])
        vectors = pt.matrix("points")
        densities = vectorize_graph(outputs[0], {density.vector: vectors})
        many = pytensor.function([vectors], densities, mode=IN_NUMPY)
        with_slopes = vectorize_graph(outputs, {density.vector: vectors})
        both = pytensor.function([vectors], with_slopes, mode=IN_NUMPY)

    def batches(some: np.ndarray) -> list[np.ndarray]:
        batch = max(1, VALUES_AT_ONCE // _largest(density))
        return [some[start : start + batch] for start in range(0, len(some), batch)]

    def heights(function: Callable, some: np.ndarray) -> np.ndarray:
        return np.concatenate([np.ravel(function(part)) for part in batches(some)])

    def gradients(some: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        parts = zip(*map(both, batches(some)), strict=True)
        values, slopes = (np.concatenate([np.asarray(part) for part in of]) for of in parts)
        return values, slopes

    copies = [partial(heights, many.copy()) for _ in range(threads())]
    return partial(_over_threads, copies), gradients


def find_mode(ready: Prepared) -> tuple[np.ndarray, np.ndarray]:
    """The maximum of the log density, by BFGS from the initial point, and the curvature there.

    It begins at the same point whatever was fitted before, so that the same data gives the same draws to the last bit.
    """
    mode = _climb(ready.gradient, ready.density.start)
    return mode, _curvature(ready.functions[1], mode)


def _climb(gradient: Callable, start: np.ndarray) -> np.ndarray:
    """Where BFGS from `start` ends; steps to where the density is not finite are refused."""

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


def _curvature(gradients: Callable, mode: np.ndarray) -> np.ndarray:
    """Minus the Hessian at the mode, by central differences of the gradient."""
    steps = STEP * np.eye(len(mode))
    before, after = np.split(gradients(np.concatenate([mode - steps, mode + steps]))[1], 2)
    rows = (before - after) / (2 * STEP)
    return (rows + rows.T) / 2


def root_of(curvature: np.ndarray) -> np.ndarray:
    """Lower Cholesky factor of the inverse of a curvature."""
    try:
        return linalg.cholesky(linalg.inv(curvature), lower=True)
    except (linalg.LinAlgError, ValueError):
        raise NoModeError("the posterior has no mode that falls off to all sides") from None


def _over_threads(functions: list, points: np.ndarray) -> np.ndarray:
    """The log density at every point, each function on its part in a thread: loops of NumPy and Numba run side by side."""
    parts = np.array_split(points, min(len(functions), len(points)))
    with ThreadPoolExecutor(len(functions)) as pool:
        return np.concatenate(
            list(pool.map(lambda function, part: function(part), functions[: len(parts)], parts))
        )
