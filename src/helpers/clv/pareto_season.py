"""Pareto/NBD under a season: purchases run in operational time, drop-out in calendar time.

With A(y) = alpha + W(y) and B(y) = beta + y the odds of having dropped out are
s A(T)^(r+x) B(T)^s times the integral from t_x to T of A(y)^-(r+x) B(y)^-(s+1) dy.
W is piecewise linear, so the integral is split where the pace changes; each panel is integrated by Gauss-Legendre, with more
nodes where the integrand falls steeply, and panels beyond which nothing is left are not visited. The derivatives are means
of those of log A and log B under the integrand.
"""

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
import pytensor.tensor as pt
from numpy.polynomial.legendre import leggauss
from pytensor.gradient import DisconnectedType
from pytensor.graph.basic import Apply
from pytensor.graph.op import Op
from pytensor.tensor.variable import TensorVariable

from helpers.clv.array_libraries import Array, ArrayLibrary, Theta, log_growth
from helpers.inference.mode_search import RowLoop

SIZES, STEEP = np.array([2, 3, 6, 12, 24]), np.array([0.06, 0.3, 2.5, 12.0])  # nodes, by the integrand's fall
EVEN = 1  # the last rule whose nodes are even in time; later ones are even in the logarithm
RULES = np.zeros((len(SIZES), 2, SIZES.max()))
for _place, _size in enumerate(SIZES):
    RULES[_place, :, :_size] = leggauss(_size)
FALLS = 36.0  # of the log integrand, beyond which a panel holds nothing
NOTHING = 1e-11


def log_alive(theta: Theta, x: Array, w: Array, T: Array, xp: ArrayLibrary) -> Array:
    """Log-likelihood of a history of w operational and T calendar units that ends alive, but for what x alone decides."""
    r, alpha, s, beta = theta
    return -r * log_growth(alpha, 0.0, w, xp) - s * log_growth(beta, 0.0, T, xp) - x * xp.log(alpha + w)


def log_odds(
    theta: Theta, x: np.ndarray, first: np.ndarray, last: np.ndarray, passed: np.ndarray, unit: float
) -> np.ndarray:
    """Log odds that customers have dropped out, for draws: shape (draws, rows).

    theta: four arrays that broadcast to (draws, rows); first, last: days as positions in `passed`, (draws, days + 1).
    """
    shape = len(passed), len(x)
    columns = [np.ascontiguousarray(np.broadcast_to(value, shape)) for value in theta]
    pace = np.diff(passed, axis=1)
    changes = np.flatnonzero((np.abs(np.diff(pace, axis=1)) > 1e-12 * pace[:, :-1]).any(axis=0)) + 1
    begins = np.unique(np.concatenate([[0], changes, [passed.shape[1] - 1]]))
    draws, again = _told_apart([passed, *columns])
    out, slopes, of_passed = np.empty((len(draws), shape[1])), np.empty((4, 0)), np.empty(0)
    for place, d in enumerate(draws):
        arguments: list = [*(column[d] for column in columns), x, first, last, passed[d], begins, float(unit)]
        arguments += [0.0 * x, False, RULES, SIZES, STEEP, out[place], slopes, of_passed]
        _loops(*arguments)
    return out[again]


def _told_apart(values: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The draws that differ, and which of them each draw is: a fit around the mode draws likely places more than once.

    values: arrays of shape (draws, ...).
    """
    _, draws, again = np.unique(
        sum(one.sum(axis=1) for one in values), return_index=True, return_inverse=True
    )
    same = all((one == one[draws[again]]).all() for one in values)
    every = np.arange(len(values[0]))
    return (draws, again) if same else (every, every)


class LogOdds(RowLoop):
    """The log odds of distinct rows inside a PyMC model: of r, alpha, s, beta (rows,), passed (days + 1,), the rows'."""

    __props__ = ()

    def make_node(self, *inputs: Any) -> Apply:
        """Apply to r, alpha, s, beta, passed, x, first, last, begins, unit."""
        variables = [pt.as_tensor(value) for value in inputs]
        return Apply(self, variables, [pt.dvector()])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list) -> None:
        """Evaluate."""
        output_storage[0][0] = _run(inputs, None)[0]

    def infer_shape(self, node: Apply, shapes: list) -> list:
        """One value a row."""
        return [shapes[0]]

    def pullback(self, inputs: Sequence, outputs: Sequence, cotangents: Sequence) -> list:
        """The slope, by `Slopes`."""
        slopes: Any = SLOPES(*inputs, cotangents[0])
        return [*slopes, *(DisconnectedType()() for _ in inputs[5:])]

    def connection_pattern(self, node: Apply) -> list:
        """The rows' data are no parameters."""
        return [[True]] * 5 + [[False]] * (len(node.inputs) - 5)


class Slopes(Op):
    """The derivatives of `LogOdds` times given weights: four vectors (rows,) and one (days + 1,)."""

    __props__ = ()

    def make_node(self, *inputs: Any) -> Apply:
        """Apply to the inputs of `LogOdds` and a weight for each row."""
        return Apply(self, [pt.as_tensor(value) for value in inputs], [pt.dvector() for _ in range(5)])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list) -> None:
        """Evaluate."""
        _, slopes, of_passed = _run(inputs[:-1], inputs[-1])
        for place, value in enumerate([*slopes, of_passed]):
            output_storage[place][0] = value

    def infer_shape(self, node: Apply, shapes: list) -> list:
        """One value a row, and one a day."""
        return [shapes[0]] * 4 + [shapes[4]]


def _run(inputs: Sequence, weight: np.ndarray | None) -> tuple:
    r, alpha, s, beta, passed, x, first, last, begins, unit = inputs
    out, slopes, of_passed = np.empty(len(x)), np.zeros((4, len(x))), np.zeros(len(passed))
    with_slope = weight is not None
    weight = np.zeros(len(x)) if weight is None else np.ascontiguousarray(weight)
    own: list = [np.ascontiguousarray(value) for value in (r, alpha, s, beta, x, first, last, passed, begins)]
    own += [float(unit), weight, with_slope, RULES, SIZES, STEEP, out, slopes, of_passed]
    _loops(*own)
    return out, slopes, of_passed


LOG_ODDS, SLOPES = LogOdds(), Slopes()


def log_odds_of_rows(at_row: Theta, data: dict, passed: TensorVariable) -> TensorVariable:
    """Log odds that the customers of distinct rows have dropped out, inside a PyMC model: shape (rows,)."""
    x = data["x"]
    own = [value + 0.0 * x for value in at_row]
    found: Any = LOG_ODDS(*own, passed, x, data["first"], data["last"], data["begins"], data["unit_days"])
    return found


@numba.njit(nogil=True, cache=True)
def _loops(  # noqa: PLR0915 (one loop, compiled)
    r, alpha, s, beta, x, first, last, passed, begins, unit, weight, with_slope, rules, sizes, steep, out, slopes, of_passed
):  # fmt: skip
    end = len(passed) - 1
    pulls = np.zeros(
        (len(begins), 2)
    )  # of the row at hand, on `passed` where each of its panels begins and ends
    for i in range(len(x)):
        power, drop, since = r[i] + x[i], s[i] + 1.0, passed[first[i]]
        a0, b0, day = alpha[i] + passed[last[i]] - since, beta[i] + (last[i] - first[i]) / unit, last[i]
        seen, old = alpha[i] + passed[end] - since, beta[i] + (end - first[i]) / unit
        total, log_a, log_b, by_a, by_b = 0.0, 0.0, 0.0, 0.0, 0.0
        a, b, above_a, above_b, height = a0, b0, 0.0, 0.0, 1.0  # above: how far log a and log b have grown
        from_ = np.searchsorted(begins, day, side="right")
        j = from_
        while day < end:
            until = begins[j]
            if height * (end - day) / unit < NOTHING * total:
                break
            length = (until - day) / unit
            slope = (passed[until] - passed[day]) / length
            width = length
            whole_a, whole_b = np.log1p(slope * length / a), np.log1p(length / b)
            grows_a, grows_b = whole_a, whole_b
            fall = power * grows_a + drop * grows_b
            if fall > FALLS:
                width = min(length, a / slope * np.expm1(FALLS / power), b * np.expm1(FALLS / drop))
                grows_a, grows_b = np.log1p(slope * width / a), np.log1p(width / b)
                fall = power * grows_a + drop * grows_b
            scale, stretch = (a / slope, grows_a) if a / slope < b else (b, grows_b)
            rule = 0
            while rule < len(steep) and fall + stretch > steep[rule]:
                rule += 1
            begun, ended = 0.0, 0.0
            for k in range(sizes[rule]):
                v = (rules[rule, 0, k] + 1.0) / 2.0
                u, jacobian = width * v, width / 2.0
                if rule > EVEN:  # nodes even in the logarithm, on which the integrand has no spike
                    u = scale * np.expm1(stretch * v)
                    jacobian = (u + scale) * stretch / 2.0
                grown_a, grown_b = np.log1p(slope * u / a), np.log1p(u / b)
                mass = height * rules[rule, 1, k] * jacobian * np.exp(-power * grown_a - drop * grown_b)
                total += mass
                if with_slope:
                    pull = mass / (a + slope * u)
                    log_a += mass * (above_a + grown_a)
                    log_b += mass * (above_b + grown_b)
                    by_a += pull
                    by_b += mass / (b + u)
                    begun += pull * (1.0 - u / length)
                    ended += pull * u / length
            pulls[j, 0], pulls[j, 1] = begun, ended
            a, b, day = a + slope * length, b + length, until
            above_a, above_b = above_a + whole_a, above_b + whole_b
            height = np.exp(-power * above_a - drop * above_b)
            j += 1
        if total == 0.0:  # bought on the last day: there was no time to drop out
            out[i] = np.log(s[i]) - 460.0
            continue
        growth = power * np.log(seen / a0) + (drop - 1.0) * np.log(old / b0)
        out[i] = np.log(s[i]) + np.log(total) - np.log(b0) + growth
        if with_slope:
            w = weight[i]
            of_weight, began = -power * w / total, last[i]
            for panel in range(from_, j):
                of_passed[began] += of_weight * pulls[panel, 0]
                of_passed[begins[panel]] += of_weight * pulls[panel, 1]
                began = begins[panel]
            slopes[0, i] = w * (np.log(seen / a0) - log_a / total)
            slopes[1, i] = w * power * (1.0 / seen - by_a / total)
            slopes[2, i] = w * (1.0 / s[i] + np.log(old / b0) - log_b / total)
            slopes[3, i] = w * ((drop - 1.0) / old - drop * by_b / total)
            of_passed[first[i]] -= slopes[1, i]
            of_passed[end] += w * power / seen
