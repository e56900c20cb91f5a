"""Pareto/NBD under a season: purchases run in operational time, drop-out in calendar time.

With A(y) = alpha + W(y) and B(y) = beta + y the odds of having dropped out are
s A(T)^(r+x) B(T)^s times the integral from t_x to T of A(y)^-(r+x) B(y)^-(s+1) dy.
W is piecewise linear, so the integral is split where the pace changes; each panel is integrated by Gauss-Legendre, with more
nodes where the integrand falls steeply, and panels beyond which nothing is left are not visited. A panel's nodes, and log A
and log B at them, are the same for all customers of one cell who were won on one day: they are worked out once for these.
The derivatives are means of those of log A and log B under the integrand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import pytensor.tensor as pt
from numpy.polynomial.legendre import leggauss
from pytensor.tensor.variable import TensorVariable

from helpers.clv.array_libraries import Array, ArrayLibrary, Theta, log_growth
from helpers.inference.machine_code import given
from helpers.inference.row_loops import RowLoop

SIZES = np.array([4, 6, 12, 24])  # nodes, by the integrand's fall
STEEP = np.array([0.8, 2.5, 12.0])
EVEN = 0.06  # growth of log A and log B up to which nodes are even in time; beyond, in the logarithm
SHARED = 2  # rules whose nodes are kept for the next customer of the same day
RULES = np.zeros((len(SIZES), 2, SIZES.max()))
for _place, _size in enumerate(SIZES):
    RULES[_place, :, :_size] = leggauss(_size)
FALLS = 36.0  # of the log integrand, beyond which a panel holds nothing
NOTHING = 1e-11
DAYS = (5, 8, 9, 10)  # the places of cells and days among a loop's inputs
LOG_A, LOG_B, WEIGHT, PER_A, PER_B, SHARE = range(
    6
)  # of a node: log A, log B, weight, 1/A, 1/B, place in its panel


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
    columns = [np.array(np.broadcast_to(value, shape)) for value in theta]
    pace = np.diff(passed, axis=1)
    changes = np.flatnonzero((np.abs(np.diff(pace, axis=1)) > 1e-12 * pace[:, :-1]).any(axis=0)) + 1
    begins = np.unique(np.concatenate([[0], changes, [passed.shape[1] - 1]]))
    draws, again = _told_apart([passed, *columns])
    cell, nothing = np.arange(shape[1]), np.empty(0)
    order = np.lexsort((first, columns[1][0])) if shape[1] and len(passed) else cell
    days = [given(values, int) for values in (first, last, begins)]
    rows = [given(cell, int), given(x), given(0.0 * x), *days, float(unit), order]
    out = np.empty((len(draws), shape[1]))
    for place, d in enumerate(draws):
        of_draw = [given(values[d]) for values in (*columns, passed)]
        arguments: list = [*of_draw, *rows, False, RULES, SIZES, STEEP, out[place]]
        arguments += [nothing] * 5
        sum_of_rows(*arguments)
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


@dataclass(frozen=True)
class ParetoRows(RowLoop):
    """The sum over rows of n times the row's term: of r, alpha, s, beta by cell, passed (days + 1,), and the rows'."""

    @property
    def sloped(self) -> int:
        """The parameters, and what has passed by each day."""
        return 5

    def run(self, inputs: Sequence[Any], *, with_slope: bool) -> tuple[float, list[np.ndarray]]:
        """The sum and its derivatives; inputs: parameters, passed, cell, x, n, first, last, begins, unit."""
        own = [given(value, int if place in DAYS else float) for place, value in enumerate(inputs[:-1])]
        slopes = [np.zeros(len(value) if with_slope else 0) for value in own[: self.sloped]]
        cell, x, first = own[5], own[6], own[8]
        arguments: list = [*own, float(inputs[-1]), np.lexsort((first, cell)), with_slope]
        arguments += [RULES, SIZES, STEEP, np.empty(len(x)), *slopes]
        return sum_of_rows(*arguments), slopes


def log_likelihood(theta: Theta, data: dict, passed: TensorVariable) -> TensorVariable:
    """The sum over rows of n times the row's term, as a scalar; theta: scalars or one value per cell.

    data: as tensors, `purchase_models.likelihood_data` and `season_likelihood.data_of`.
    """
    x = data["x"]
    cell = data["cell"] if "cell" in data else pt.zeros_like(x, dtype="int64")
    values = [value if value.ndim else value[None] for value in map(pt.as_tensor, theta)]
    rows = (data[name] for name in ("n", "first", "last", "begins", "unit_days"))
    found: Any = ParetoRows()(*values, passed, cell, x, *rows)
    return found


@numba.njit(nogil=True, cache=True)
def sum_of_rows(  # noqa: PLR0912, PLR0915 (one loop, compiled)
    r: np.ndarray, alpha: np.ndarray, s: np.ndarray, beta: np.ndarray, passed: np.ndarray, cell: np.ndarray,
    x: np.ndarray, n: np.ndarray, first: np.ndarray, last: np.ndarray, begins: np.ndarray, unit: float,
    order: np.ndarray, with_slope: bool, rules: np.ndarray, sizes: np.ndarray, steep: np.ndarray, out: np.ndarray,
    by_r: np.ndarray, by_alpha: np.ndarray, by_s: np.ndarray, by_beta: np.ndarray, of_passed: np.ndarray,
) -> float:  # fmt: skip
    """The sum; its slopes are added to by_r to of_passed where asked for, each row's log odds written to `out`."""
    end, panels, whole = len(passed) - 1, len(begins), 0.0
    pulls = np.zeros((panels, 2))  # of the row at hand, on `passed` where each of its panels begins and ends
    # Where panels begin, and at their nodes, of customers of one cell who were won on one day:
    log_a, log_b = np.zeros(panels), np.zeros(panels)
    known = np.zeros((panels, SHARED), dtype=np.bool_)
    kept, single = np.zeros((panels, SHARED, sizes[SHARED - 1], 6)), np.zeros((sizes[-1], 6))
    before, day_before, log_alpha, log_beta, log_s = -1, -1, 0.0, 0.0, 0.0
    for i in order:
        c, since = cell[i], passed[first[i]]
        same = before >= 0 and r[c] == r[before] and alpha[c] == alpha[before]
        if not (same and s[c] == s[before] and beta[c] == beta[before] and first[i] == day_before):
            before, day_before = c, first[i]
            known[:] = False
            log_alpha, log_beta, log_s = np.log(alpha[c]), np.log(beta[c]), np.log(s[c])
            for j in range(np.searchsorted(begins, first[i]), panels):
                log_a[j] = np.log(alpha[c] + passed[begins[j]] - since)
                log_b[j] = np.log(beta[c] + (begins[j] - first[i]) / unit)
        power, drop, day = r[c] + x[i], s[c] + 1.0, last[i]
        a, b = alpha[c] + passed[day] - since, beta[c] + (day - first[i]) / unit
        log_a0, log_b0 = np.log(a), np.log(b)
        start_a, start_b, level = log_a0, log_b0, power * log_a0 + drop * log_b0
        total, mean_a, mean_b, by_a, by_b, height = 0.0, 0.0, 0.0, 0.0, 0.0, 1.0
        from_ = np.searchsorted(begins, day, side="right")
        j = from_
        while day < end and height * (end - day) / unit >= NOTHING * total:
            until = begins[j]
            length = (until - day) / unit
            slope, width = (passed[until] - passed[day]) / length, length
            grows_a, grows_b = log_a[j] - start_a, log_b[j] - start_b
            fall = power * grows_a + drop * grows_b
            if fall > FALLS:
                width = min(length, a / slope * np.expm1(FALLS / power), b * np.expm1(FALLS / drop))
                grows_a, grows_b = np.log1p(slope * width / a), np.log1p(width / b)
                fall = power * grows_a + drop * grows_b
            rule, stretch = 0, max(grows_a, grows_b)
            while rule < len(steep) and fall + stretch > steep[rule]:
                rule += 1
            shared = rule < SHARED and width == length and begins[j - 1] == day
            nodes = kept[j, rule] if shared else single
            if not shared or not known[j, rule]:
                fill_nodes(nodes, rules[rule], sizes[rule], a, b, slope, length, width)
                if shared:
                    known[j, rule] = True
            begun, ended = 0.0, 0.0
            for k in range(sizes[rule]):
                mass = nodes[k, WEIGHT] * np.exp(level - power * nodes[k, LOG_A] - drop * nodes[k, LOG_B])
                total += mass
                if with_slope:
                    pull = mass * nodes[k, PER_A]
                    mean_a += mass * nodes[k, LOG_A]
                    mean_b += mass * nodes[k, LOG_B]
                    by_a += pull
                    by_b += mass * nodes[k, PER_B]
                    ended += pull * nodes[k, SHARE]
                    begun += pull * (1.0 - nodes[k, SHARE])
            pulls[j, 0], pulls[j, 1] = begun, ended
            day, start_a, start_b = until, log_a[j], log_b[j]
            a, b = alpha[c] + passed[day] - since, beta[c] + (day - first[i]) / unit
            height = np.exp(level - power * start_a - drop * start_b)
            j += 1
        end_a, end_b = log_a[-1], log_b[-1]
        odds = log_s - 460.0  # bought on the last day: there was no time to drop out
        if total != 0.0:
            odds = log_s + np.log(total) - log_b0
            odds += power * (end_a - log_a0) + s[c] * (end_b - log_b0)
        out[i] = odds
        grown = np.exp(-abs(odds))
        term = -r[c] * (end_a - log_alpha) - s[c] * (end_b - log_beta) - x[i] * end_a
        whole += n[i] * (term + max(odds, 0.0) + np.log1p(grown))
        if not with_slope:
            continue
        seen, old = alpha[c] + passed[end] - since, beta[c] + (end - first[i]) / unit
        by_r[c] -= n[i] * (end_a - log_alpha)
        by_alpha[c] += n[i] * (r[c] / alpha[c] - power / seen)
        by_s[c] -= n[i] * (end_b - log_beta)
        by_beta[c] += n[i] * s[c] * (1.0 / beta[c] - 1.0 / old)
        of_passed[end] -= n[i] * power / seen
        of_passed[first[i]] += n[i] * power / seen
        if total == 0.0:
            continue
        w = n[i] * (1.0 if odds >= 0.0 else grown) / (1.0 + grown)
        of_weight, began = -power * w / total, last[i]
        for panel in range(from_, j):
            of_passed[began] += of_weight * pulls[panel, 0]
            of_passed[begins[panel]] += of_weight * pulls[panel, 1]
            began = begins[panel]
        of_alpha = w * power * (1.0 / seen - by_a / total)
        by_r[c] += w * (end_a - mean_a / total)
        by_alpha[c] += of_alpha
        by_s[c] += w * (1.0 / s[c] + end_b - mean_b / total)
        by_beta[c] += w * (s[c] / old - drop * by_b / total)
        of_passed[first[i]] -= of_alpha
        of_passed[end] += w * power / seen
    return whole


@numba.njit(nogil=True)
def fill_nodes(
    nodes: np.ndarray,
    rule: np.ndarray,
    size: int,
    a: float,
    b: float,
    slope: float,
    length: float,
    width: float,
) -> None:
    """The nodes of a panel, which begins at A = a, B = b, up to `width` of its length."""
    scale = min(a / slope, b)
    stretch = np.log1p(width / scale)
    for k in range(size):
        v = (rule[0, k] + 1.0) / 2.0
        u, jacobian = width * v, width / 2.0
        if stretch > EVEN:  # nodes even in the logarithm, on which the integrand has no spike
            u = scale * (np.exp(stretch * v) - 1.0)
            jacobian = (u + scale) * stretch / 2.0
        at_a, at_b = a + slope * u, b + u
        nodes[k, LOG_A], nodes[k, LOG_B] = np.log(at_a), np.log(at_b)
        nodes[k, PER_A], nodes[k, PER_B] = 1.0 / at_a, 1.0 / at_b
        nodes[k, WEIGHT], nodes[k, SHARE] = rule[1, k] * jacobian, u / length
