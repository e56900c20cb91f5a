"""Pareto/NBD where contacts change the rate: purchases run in each row's own operational time, drop-out in calendar time.

As in `pareto_season`, but the pace changes at the ends of a row's windows too: the time since its last purchase is cut into
pieces of one pace, and the integral over the time of drop-out is the sum over them, with Gauss-Legendre nodes by the
integrand's fall. Pieces are a row's own, so no nodes are shared between rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from helpers.clv.array_libraries import Theta
from helpers.clv.pareto_season import (
    FALLS,
    LOG_A,
    LOG_B,
    PER_A,
    PER_B,
    RULES,
    SHARE,
    SIZES,
    STEEP,
    WEIGHT,
    fill_nodes,
)
from helpers.inference import machine_code  # noqa: F401 (what Numba keeps on disk gets checksums)
from helpers.inference.row_loops import RowLoop


@dataclass(frozen=True)
class ParetoPieces(RowLoop):
    """The sum over rows of n times the row's term: of r, alpha, s, beta by cell, t_x by row, pieces, and the rows'."""

    @property
    def sloped(self) -> int:
        """The parameters, the operational time of last purchases, and that of pieces."""
        return 6

    def run(self, inputs: Sequence[Any], *, with_slope: bool) -> tuple[float, list[np.ndarray]]:
        """The sum and its derivatives; inputs: parameters, t_x, pieces, cell, x, n, age at t_x, lengths, ends."""
        own = [np.ascontiguousarray(value) for value in inputs]
        slopes = [np.zeros(len(value)) for value in own[: self.sloped]]
        arguments: list = [*own, RULES, SIZES, STEEP, np.empty(len(own[4])), *slopes]
        return sum_of_rows(*arguments), slopes


def log_likelihood(theta: Theta, data: dict, t_x: TensorVariable, pieces: TensorVariable) -> TensorVariable:
    """The sum over rows of n times the row's term, as a scalar; theta: scalars or one value per cell.

    data: as tensors, with `contact_rows.Exposed.data`; t_x, pieces: their operational time.
    """
    x = data["x"]
    cell = data["cell"] if "cell" in data else pt.zeros_like(x, dtype="int64")
    values = [value if value.ndim else value[None] for value in map(pt.as_tensor, theta)]
    rows = (data[name] for name in ("n", "t_x", "piece_length", "piece_ends"))
    found: Any = ParetoPieces()(*values, t_x, pieces, cell, x, *rows)
    return found


def log_odds(
    theta: tuple, t_x: np.ndarray, pieces: np.ndarray, x: np.ndarray, age: np.ndarray, given: tuple
) -> np.ndarray:
    """Log odds that a customer of each row has dropped out, for one draw: shape (rows,).

    theta: four arrays of shape (rows,); t_x, pieces: operational; age: at the last purchase; given: lengths and ends.
    """
    rows, out = np.arange(len(x)), np.empty(len(x))
    slopes = [np.zeros(len(value)) for value in (*theta, t_x, pieces)]
    arguments: list = [*theta, t_x, pieces, rows, x, 0.0 * x, age, *given, RULES, SIZES, STEEP, out, *slopes]
    sum_of_rows(*arguments)
    return out


@numba.njit(nogil=True, cache=True)
def sum_of_rows(
    r: np.ndarray, alpha: np.ndarray, s: np.ndarray, beta: np.ndarray, t_x: np.ndarray, pieces: np.ndarray,
    cell: np.ndarray, x: np.ndarray, n: np.ndarray, age: np.ndarray, length: np.ndarray, ends: np.ndarray,
    rules: np.ndarray, sizes: np.ndarray, steep: np.ndarray, out: np.ndarray, by_r: np.ndarray, by_alpha: np.ndarray,
    by_s: np.ndarray, by_beta: np.ndarray, by_t_x: np.ndarray, by_pieces: np.ndarray,
) -> float:  # fmt: skip
    """The sum; its slopes by parameters are added to by_r to by_beta, the others and each row's log odds written."""
    whole, nodes = 0.0, np.zeros((sizes[-1], 6))
    for i in range(len(x)):
        c, from_, to = cell[i], ends[i], ends[i + 1]
        power, drop = r[c] + x[i], s[c] + 1.0
        a, b = alpha[c] + t_x[i], beta[c] + age[i]
        log_a0, log_b0 = np.log(a), np.log(b)
        level = power * log_a0 + drop * log_b0
        total, mean_a, mean_b, by_a, by_b = 0.0, 0.0, 0.0, 0.0, 0.0
        for j in range(from_, to):
            slope, width = pieces[j] / length[j], length[j]
            grows_a, grows_b = np.log1p(pieces[j] / a), np.log1p(width / b)
            fall = power * grows_a + drop * grows_b
            if fall > FALLS:
                width = min(width, a / slope * np.expm1(FALLS / power), b * np.expm1(FALLS / drop))
                grows_a, grows_b = np.log1p(slope * width / a), np.log1p(width / b)
                fall = power * grows_a + drop * grows_b
            rule, stretch = 0, max(grows_a, grows_b)
            while rule < len(steep) and fall + stretch > steep[rule]:
                rule += 1
            fill_nodes(nodes, rules[rule], sizes[rule], a, b, slope, length[j], width)
            begun, ended = 0.0, 0.0
            for k in range(sizes[rule]):
                mass = nodes[k, WEIGHT] * np.exp(level - power * nodes[k, LOG_A] - drop * nodes[k, LOG_B])
                pull = mass * nodes[k, PER_A]
                total += mass
                mean_a += mass * nodes[k, LOG_A]
                mean_b += mass * nodes[k, LOG_B]
                by_b += mass * nodes[k, PER_B]
                begun += pull
                ended += pull * nodes[k, SHARE]
            # By this piece's own time for now: what later pieces pull comes when all are known.
            by_pieces[j] = ended - begun - by_a
            by_a += begun
            a, b = a + pieces[j], b + length[j]
        end_a, end_b, lived_a, lived_b = np.log(a), np.log(b), np.log(a / alpha[c]), np.log(b / beta[c])
        odds = np.log(s[c]) - 460.0  # bought on the last day: there was no time to drop out
        if total != 0.0:
            odds = np.log(s[c]) + np.log(total) - log_b0
            odds += power * (end_a - log_a0) + s[c] * (end_b - log_b0)
        out[i] = odds
        grown = np.exp(-abs(odds))
        whole += n[i] * (-r[c] * lived_a - s[c] * lived_b - x[i] * end_a + max(odds, 0.0) + np.log1p(grown))
        w = n[i] * (1.0 if odds >= 0.0 else grown) / (1.0 + grown)
        known = total if total != 0.0 else 1.0
        if total == 0.0:
            w = 0.0
        by_r[c] += -n[i] * lived_a + w * (end_a - mean_a / known)
        by_s[c] += -n[i] * lived_b + w * (1.0 / s[c] + end_b - mean_b / known)
        at_last = power * ((w - n[i]) / a - w * by_a / known)
        by_alpha[c] += n[i] * r[c] / alpha[c] + at_last
        by_t_x[i] += at_last
        by_beta[c] += n[i] * s[c] / beta[c] + (w - n[i]) * s[c] / b - w * drop * by_b / known
        for j in range(from_, to):
            by_pieces[j] = power * ((w - n[i]) / a - w * (by_a + by_pieces[j]) / known)
    return whole
