"""A PyMC model as functions of one vector: its log density with gradient, compiled and kept on disk, and its variables.

nutpie's own compilation starts anew in every process, 7 to 12 s for a model of this project. PyTensor's Numba mode keeps
what it compiled among PyTensor's files; from the second process on, the same model is ready in 1 to 2 s, whatever
its data, and nutpie samples from it as a Python function. The function lets go of the interpreter's lock, so that chains run
side by side. Compiled now or read from disk, it gives the same numbers to the last bit (`machine_code`).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import pymc as pm
import pytensor
import xarray as xr
from pymc.pytensorf import join_nonshared_inputs
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Variable
from pytensor.graph.replace import graph_replace, vectorize_graph
from pytensor.graph.rewriting.db import RewriteDatabaseQuery
from pytensor.graph.traversal import ancestors
from pytensor.link.vm import VMLinker
from pytensor.scalar.basic import Second
from pytensor.scalar.math import Softplus
from pytensor.tensor import abs as pt_abs
from pytensor.tensor import eq, exp, log1p, matrix, maximum, switch
from pytensor.tensor.variable import TensorVariable

from helpers.inference.row_loops import in_one_pass

# The formula as it is written, what occurs twice computed once, in loops of NumPy: nothing to compile, and on large bases as
# fast as compiled code.
IN_NUMPY = Mode(linker=VMLinker(c_thunks=False), optimizer=RewriteDatabaseQuery(include=["merge"]))


ByHand = Callable[[dict[str, np.ndarray]], Callable[[np.ndarray], tuple[float, np.ndarray]]]


@dataclass(frozen=True)
class Density:
    """A model's unnormalised log posterior over one vector of its unconstrained parameters, log|J| included.

    log_density and vector are PyTensor's variables; the data stays in the model, as pm.Data, and may be exchanged. by_hand:
    from the data, by name, to log density, up to a constant, and gradient of a model that has both without PyTensor.
    """

    model: pm.Model
    log_density: TensorVariable
    outputs: list
    vector: TensorVariable
    start: np.ndarray
    by_hand: ByHand | None = None

    @cached_property
    def compiled(self) -> tuple[Callable, list]:
        """The compiled function with the data it reads: (function of vector and data, shared variables)."""
        from helpers.inference.numba_mode import COMPILED  # noqa: PLC0415 (Numba: half a second that a small fit around the mode saves)

        outputs = in_one_pass([self.log_density, slope_of(self)])
        function = pytensor.function([self.vector], outputs, mode=COMPILED)
        jitted, shared = function.vm.jit_fn, function.get_shared()
        jitted(self.start, *values_of(shared))  # compiles, or reads from disk, once and not in every chain
        return jitted, shared

    @cached_property
    def variables(self) -> Callable[[np.ndarray], list[np.ndarray]]:
        """Function from many vectors, shape (n, parameters), to the model's variables: list of arrays (n, ...)."""
        vectors = matrix("points")
        many = vectorize_graph(in_numpy(self.outputs), {self.vector: vectors})
        return pytensor.function([vectors], many, mode=IN_NUMPY, on_unused_input="ignore")

    @cached_property
    def _written(self) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
        """What is written by hand, on the data the model holds: made once for each (`exchange`)."""
        data = {str(one.name): one.get_value(borrow=True) for one in self.model.data_vars}
        return _pair(cast(ByHand, self.by_hand)(data))

    def function(self) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
        """Log density and gradient at a vector, under the data the model holds now; not a number where it fails."""
        if self.by_hand is not None:
            return self._written
        jitted, shared = self.compiled
        values = values_of(shared)
        return _pair(lambda vector: jitted(vector, *values))

    def exchange(self, data: dict) -> "Density":
        """Give the model other values for what it holds as pm.Data; what its formula does not use is passed over."""
        for name, value in data.items():
            if name in self.model.named_vars:
                held = self.model[name]
                held.set_value(np.asarray(value, dtype=held.dtype))
        self.__dict__.pop("_written", None)
        return self

    def tree(self, vectors: np.ndarray) -> xr.DataTree:
        """The model's parameters and deterministics at vectors of shape (chains, draws, parameters), as a DataTree."""
        chains, draws, size = vectors.shape
        names = [variable.name for variable in outputs_of(self.model)]
        values = self.variables(vectors.reshape(-1, size))
        known, posterior = self.model.named_vars_to_dims, {}
        for name, value in zip(names, values, strict=True):
            dims = known.get(name) or [f"{name}_dim_{place}" for place in range(value.ndim - 1)]
            posterior[name] = (("chain", "draw", *dims), value.reshape(chains, draws, *value.shape[1:]))
        used = {dim for dims, _ in posterior.values() for dim in dims}
        coords = {"chain": np.arange(chains), "draw": np.arange(draws)}
        coords |= {dim: list(values) for dim, values in self.model.coords.items() if dim in used and values}
        return xr.DataTree.from_dict({"posterior": xr.Dataset(posterior, coords)})


def _pair(function: Callable) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """A function that returns a number and its slope, which are not numbers where it fails."""

    def density(vector: np.ndarray) -> tuple[float, np.ndarray]:
        try:
            with np.errstate(all="ignore"):
                value, slope = function(vector)
        except (ArithmeticError, ValueError, AssertionError):  # outside of the model's support
            return np.nan, np.full_like(vector, np.nan)
        return float(value), slope

    return density


def slope_of(density: Density) -> TensorVariable:
    """The slope of the log density at its vector."""
    return cast(TensorVariable, pytensor.grad(density.log_density, density.vector))


def density_of(model: pm.Model, by_hand: ByHand | None = None) -> Density:
    """Join a model's unconstrained parameters into one vector, in the order of model.value_vars; by_hand: see `Density`."""
    with model:
        point, variables = model.initial_point(), model.value_vars
        (log_density, *outputs), vector = join_nonshared_inputs(
            point, [model.logp(), *outputs_of(model)], variables
        )
    return Density(model, log_density, outputs, vector, joined(point, variables), by_hand)


def threads() -> int:
    """How many threads a fit may use: NUMBA_NUM_THREADS, which a run of several notebooks sets, else all cores."""
    return int(os.environ.get("NUMBA_NUM_THREADS") or os.cpu_count() or 1)


def outputs_of(model: pm.Model) -> list:
    """The model's parameters and deterministics, as functions of its value variables."""
    wanted = {variable.name for variable in model.unobserved_RVs}
    return [variable for variable in model.unobserved_value_vars if variable.name in wanted]


def in_numpy(outputs: list) -> list:
    """The same graph with what NumPy has no loop for written with functions it has.

    These are log(1 + exp(z)), and a value spread over the shape of another, which would run through Python one by one.
    """
    written: dict[Variable, Variable] = {}
    for variable in ancestors(outputs):
        scalar = getattr(variable.owner and variable.owner.op, "scalar_op", None)
        if isinstance(scalar, Softplus):
            z: Any = variable.owner.inputs[0]
            written[variable] = maximum(z, 0.0) + log1p(exp(-pt_abs(z)))
        elif isinstance(scalar, Second):
            shaped, value = variable.owner.inputs
            written[variable] = switch(eq(shaped, shaped), value, value)
    return graph_replace(outputs, written) if written else outputs


def values_of(shared: list) -> list[np.ndarray]:
    """What shared variables hold now, as compiled functions take it."""
    return [np.asarray(variable.get_value(borrow=True), order="C") for variable in shared]


def joined(point: dict, variables: list) -> np.ndarray:
    """The vector of a point: the values of its variables, end to end."""
    return np.concatenate([np.ravel(point[variable.name]).astype(float) for variable in variables])
