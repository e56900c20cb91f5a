"""Fit a compiled model again and again to other weights: its posterior mode, on the density the sampler uses.

Cross-fitting and the bootstrap need hundreds of fits of one model. Each is the mode of the same log density that NUTS
sampled, with the spreads of hierarchies held at their posterior means (a joint mode would not shrink: empirical Bayes,
Morris 1983), started from the posterior mean.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize

from helpers.inference import sampler

if TYPE_CHECKING:
    import pymc as pm
    import xarray as xr


@dataclass(frozen=True)
class Refitter:
    """A compiled model with where its modes are searched from.

    names, shapes: of the parameters in the order of the sampler's vector. logged: which of them it sees as
    logarithms. start: the vector. free: which entries move.
    """

    ready: sampler.Compiled
    names: list[str]
    shapes: list[tuple[int, ...]]
    logged: list[bool]
    start: np.ndarray
    free: np.ndarray


def refitter(model: "pm.Model", ready: sampler.Compiled, tree: "xr.DataTree", held: list[str]) -> Refitter:
    """Prepare refits of a sampled model; `held` are the positive parameters that keep their posterior mean.

    Parameters are real or positive (seen as logarithms); ValueError for any other transformation.
    """
    names, shapes, logged, parts, free = [], [], [], [], []
    for variable in model.free_RVs:
        transform = model.rvs_to_transforms[variable]
        is_log = transform is not None
        if is_log and type(transform).__name__ != "LogTransform":
            raise ValueError(f"{variable.name} is neither real nor positive: its mode cannot be searched.")
        draws = sampler.flat_draws(tree, variable.name)
        values = np.log(draws) if is_log else draws
        names.append(variable.name)
        shapes.append(draws.shape[1:])
        logged.append(is_log)
        parts.append(values.mean(axis=0).ravel())
        free.append(np.full(parts[-1].size, variable.name not in held))
    return Refitter(ready, names, shapes, logged, np.concatenate(parts), np.concatenate(free))


def mode(fitter: Refitter, data: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The posterior mode under other data, as parameters with one draw: {name: (1, ...)}."""
    density = sampler.exchange(fitter.ready, data).density.function()
    point = fitter.start.copy()

    def negative(free: np.ndarray) -> tuple[float, np.ndarray]:
        point[fitter.free] = free
        value, gradient = density(point)
        if not np.isfinite(value):
            return 1e300, np.zeros(fitter.free.sum())
        return -value, -gradient[fitter.free]

    found = optimize.minimize(
        negative,
        fitter.start[fitter.free],
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 200, "ftol": 1e-7},
    )
    point[fitter.free] = found.x
    result, place = {}, 0
    for name, shape, is_log in zip(fitter.names, fitter.shapes, fitter.logged, strict=True):
        size = int(np.prod(shape))
        values = point[place : place + size].reshape(1, *shape)
        result[name], place = np.exp(values) if is_log else values.copy(), place + size
    return result
