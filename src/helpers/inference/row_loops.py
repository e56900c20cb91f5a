"""Likelihoods that are summed over the rows of a model's data in one compiled loop, inside a PyMC model.

As an expression of arrays a likelihood is some thirty passes over the rows, and hundreds with its slope; as a loop it is
one, which has the slope of all its parameters beside the sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op
from pytensor.graph.replace import graph_replace
from pytensor.graph.traversal import ancestors


@dataclass(frozen=True)
class RowLoop(Op):
    """A sum over rows, a scalar; the first `sloped` inputs are what it has slopes of, vectors all of them."""

    @property
    def sloped(self) -> int:
        """How many of the inputs have a slope."""
        raise NotImplementedError

    def run(self, inputs: Sequence[Any], *, with_slope: bool) -> tuple[float, list[np.ndarray]]:
        """The sum, and its derivatives with regard to the first `sloped` inputs where they are asked for."""
        raise NotImplementedError

    def make_node(self, *inputs: Any) -> Apply:
        """Apply to parameters and rows."""
        return Apply(self, [pt.as_tensor(value) for value in inputs], [pt.dscalar()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list) -> None:
        """Evaluate."""
        output_storage[0][0] = np.asarray(self.run(inputs, with_slope=False)[0])

    def infer_shape(self, node: Apply, shapes: list) -> list:
        """A scalar."""
        return [()]

    def pullback(self, inputs: Sequence, outputs: Sequence, cotangents: Sequence) -> list:
        """The slopes, by `WithSlopes`."""
        _, *slopes = WithSlopes(self).make_node(*inputs).outputs
        return [cotangents[0] * one for one in slopes] + [DisconnectedType()() for _ in inputs[self.sloped :]]

    def connection_pattern(self, node: Apply) -> list:
        """The rows' counts are no parameters."""
        return [[True]] * self.sloped + [[False]] * (len(node.inputs) - self.sloped)


@dataclass(frozen=True)
class WithSlopes(Op):
    """The sum of a `RowLoop` and its derivatives: a scalar and a vector for each of its sloped inputs."""

    loop: RowLoop

    def make_node(self, *inputs: Any) -> Apply:
        """Apply to the inputs of the loop."""
        slopes = [pt.dvector() for _ in range(self.loop.sloped)]
        return Apply(self, [pt.as_tensor(value) for value in inputs], [pt.dscalar(), *slopes])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list) -> None:
        """Evaluate."""
        total, slopes = self.loop.run(inputs, with_slope=True)
        for place, value in enumerate([np.asarray(total), *slopes]):
            output_storage[place][0] = value

    def infer_shape(self, node: Apply, shapes: list) -> list:
        """As the inputs."""
        return [(), *shapes[: self.loop.sloped]]


def in_one_pass(outputs: list) -> list:
    """The same graph, where a sum whose slopes are worked out too is taken from the same pass over the rows."""
    found = list(ancestors(outputs))
    passes = {
        (op.loop, *one.owner.inputs): one.owner for one in found if isinstance(op := _op_of(one), WithSlopes)
    }
    sums: dict[Variable, Variable] = {}
    for one in found:
        if isinstance(op := _op_of(one), RowLoop) and (both := passes.get((op, *one.owner.inputs))):
            sums[one] = both.outputs[0]
    return graph_replace(outputs, sums) if sums else outputs


def _op_of(variable: Variable) -> Op | None:
    return variable.owner.op if variable.owner is not None else None
