"""The likelihood of BG/NBD, MBG/NBD and their models with rhythm, summed over distinct rows in one compiled loop.

The same number as `log_likelihood_row` of these models, with its slope, for fits around the mode.
"""

import numba
import numpy as np

from helpers.clv.model_interfaces import PurchaseModel
from helpers.inference import machine_code  # noqa: F401 (what Numba keeps on disk gets checksums)

COINS = ("coin", "coin at once")  # values of LIFETIME


def serves(module: PurchaseModel) -> bool:
    """Whether a purchase model's drop-out is a coin, so that this loop has its likelihood."""
    return module.LIFETIME in COINS


def at_once(module: PurchaseModel) -> bool:
    """Whether the coin is tossed after the first purchase too."""
    return module.LIFETIME in COINS[1:]


@numba.njit(nogil=True, cache=True)
def sum_of_rows(
    stages: int, at_once: bool, r: np.ndarray, alpha: np.ndarray, a: np.ndarray, b: np.ndarray, t_x: np.ndarray,
    T: np.ndarray, cell: np.ndarray, x: np.ndarray, n: np.ndarray, by_r: np.ndarray, by_alpha: np.ndarray,
    by_a: np.ndarray, by_b: np.ndarray, by_t_x: np.ndarray, by_T: np.ndarray,
) -> float:  # fmt: skip
    """The sum; its slopes by parameters are added to by_r to by_b, those by times written to by_t_x and by_T."""
    total = 0.0
    for i in range(len(x)):
        c, m = cell[i], n[i]
        shape, start, end = r[c] + stages * x[i], alpha[c] + t_x[i], alpha[c] + T[i]
        lived = np.log1p(T[i] / alpha[c])
        z = (end - start) / end
        whole, by_shape, by_z = _stage_sum(shape, z, stages)
        silent = np.log(whole) if stages > 1 else 0.0
        by_shape, by_z = by_shape / whole, by_z / whole
        tossed = at_once or x[i] > 0.0
        share, growth = 0.0, 0.0
        term = -r[c] * lived - stages * x[i] * np.log(end) + silent
        if tossed:
            growth = np.log1p((end - start) / start)
            stays = b[c] + x[i] - (0.0 if at_once else 1.0)
            odds = shape * growth - silent + np.log(a[c] / stays)
            grown = np.exp(-abs(odds))
            term += max(odds, 0.0) + np.log1p(grown)
            share = 1.0 / (1.0 + grown) if odds >= 0.0 else grown / (1.0 + grown)
            by_a[c] += m * share / a[c]
            by_b[c] -= m * share / stays
        total += m * term
        alive = 1.0 - share
        by_r[c] += m * (-lived + alive * by_shape + share * growth)
        past = shape * (share - 1.0) / end - share * shape / start
        by_alpha[c] += m * (r[c] / alpha[c] + past - alive * by_z * z / end)
        by_T[i] = m * (shape * (share - 1.0) / end + alive * by_z * (1.0 - z) / end)
        by_t_x[i] = m * (-share * shape / start - alive * by_z / end)
    return total


@numba.njit(nogil=True)
def _stage_sum(shape, z, stages):
    """The sum of `gap_stages.log_stage_sum` before its logarithm, and its derivatives by shape and z."""
    term, total, term_s, by_shape, term_z, by_z = 1.0, 1.0, 0.0, 0.0, 0.0, 0.0
    for j in range(1, stages):
        rising = shape + j - 1.0
        term_s = (term_s * rising + term) * z / j
        term_z = (term_z * z + term) * rising / j
        term = term * rising * z / j
        total += term
        by_shape += term_s
        by_z += term_z
    return total, by_shape, by_z
