"""The likelihood of a mixture of Dirichlet-multinomials, summed over distinct rows in one compiled loop, with its slope.

One text serves the search for the mode and the model that is sampled. A customer buys in few categories, and what log Gamma
of a count adds is a sum of logarithms: so a row costs no more than its own categories, and the slope comes beside the sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np

from helpers.inference import machine_code  # noqa: F401 (what Numba keeps on disk gets checksums)
from helpers.inference.row_loops import RowLoop


@dataclass(frozen=True)
class MixtureRows(RowLoop):
    """The sum over rows of weight times the row's log probability: of log_share, alpha (end to end), and `Counts.loop`'s."""

    @property
    def sloped(self) -> int:
        """The logarithms of the groups' shares, and alpha."""
        return 2

    def run(self, inputs: Sequence[Any], *, with_slope: bool) -> tuple[float, list[np.ndarray]]:
        """The sum and its derivatives, which come for little; inputs: log_share, alpha, weight and the rows."""
        own = [np.ascontiguousarray(value) for value in inputs]
        slopes = [np.zeros(len(value)) for value in own[: self.sloped]]
        return _sum_of_rows(*own, *slopes), slopes


@numba.njit(nogil=True, cache=True)
def _sum_of_rows(log_share, alpha, weight, begin, pair, values, total_of, totals, by_share, by_alpha):
    groups, many = len(log_share), len(values)
    alphas = alpha.reshape((groups, len(alpha) // groups))
    steps, slopes = _tables(alphas, pair, values)
    of_total, total_slopes = np.empty((len(totals), groups)), np.empty((len(totals), groups))
    for g in range(groups):
        _rising(alphas[g].sum(), totals, of_total[:, g], total_slopes[:, g])
    held_at, held_in, joint = np.zeros_like(steps), np.zeros_like(of_total), np.empty(groups)
    total = 0.0
    for i in range(len(weight)):
        if weight[i] > 0.0:
            t = total_of[i]
            for g in range(groups):
                joint[g] = log_share[g] - of_total[t, g]
            total += weight[i] * _one_row(joint, pair, begin[i], begin[i + 1], steps, weight[i], held_at)
            for g in range(groups):
                by_share[g] += joint[g]
                held_in[t, g] += joint[g]
    held_at *= slopes
    for g in range(groups):
        shrink = (held_in[:, g] * total_slopes[:, g]).sum()
        for c in range(alphas.shape[1]):
            by_alpha[g * alphas.shape[1] + c] = held_at[c * many : (c + 1) * many, g].sum() - shrink
    return total


@numba.njit(nogil=True)
def _one_row(joint, pair, first, last, steps, weight, held_at):
    """The log probability of a row; `joint` becomes the customers of each group in it, which are added to `held_at`."""
    groups = len(joint)
    for p in range(first, last):
        for g in range(groups):
            joint[g] += steps[pair[p], g]
    top, likely = joint[0], 0.0
    for g in range(1, groups):
        top = max(top, joint[g])
    for g in range(groups):
        joint[g] = np.exp(joint[g] - top)
        likely += joint[g]
    share = weight / likely
    for g in range(groups):
        joint[g] *= share
    for p in range(first, last):
        for g in range(groups):
            held_at[pair[p], g] += joint[g]
    return top + np.log(likely)


@numba.njit(nogil=True)
def _tables(alphas, pair, values):
    """What each pair of category and count adds to the log probability in each group, and its slopes by alpha."""
    (groups, categories), many = alphas.shape, len(values)
    reached = np.zeros(categories, dtype=np.int64)  # how many of the counts occur in a category
    for place in pair:
        reached[place // many] = max(reached[place // many], place % many + 1)
    steps, slopes = np.zeros((categories * many, groups)), np.zeros((categories * many, groups))
    for c in range(categories):
        here = slice(c * many, c * many + reached[c])
        for g in range(groups):
            _rising(alphas[g, c], values[: reached[c]], steps[here, g], slopes[here, g])
    return steps, slopes


@numba.njit(nogil=True)
def _rising(alpha, counts, logs, slopes):
    """log Gamma(alpha + n) - log Gamma(alpha) of each of the rising counts n, and its slope by alpha."""
    log, slope, n = 0.0, 0.0, 0
    for place in range(len(counts)):
        while n < counts[place]:
            log += np.log(alpha + n)
            slope += 1.0 / (alpha + n)
            n += 1
        logs[place], slopes[place] = log, slope
