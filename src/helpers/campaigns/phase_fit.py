"""Sample campaigns' phases from their log density with its slope, in one compiled function: `phases.build` by hand.

Up to a constant the same number as the model's, at a vector of its unconstrained parameters; formulas are told there.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numba
import numpy as np

from helpers.campaigns.phases import (
    HAZARD,
    HAZARD_MULTIPLIER,
    LEFT,
    LEFT_SHIFT,
    LEVEL,
    MULTIPLIER,
    OPEN,
    PHASE_OF,
    PHASES,
    RATE,
    SHAPE,
    SLOPE,
    Design,
    build,
    by_group,
    further,
    log_observed_rate,
)  # fmt: skip
from helpers.inference import sampler
from helpers.inference.machine_code import given

if TYPE_CHECKING:
    import xarray as xr

SPREAD = (np.arange(len(PHASES))[:, None] == PHASE_OF).astype(float)  # phases over segments


def fit(design: Design, **sampling: Any) -> "xr.DataTree":
    """Sample `phases.build` and return its posterior as a DataTree; sampling: as in `sampler.sample`."""
    return sampler.fit(build(design), by_hand=lambda _: by_hand(design), **sampling)


def by_hand(design: Design) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """The density of `phases.build`, as a function of a vector: (log density, slope)."""
    campaigns, treated = len(design.campaigns), np.flatnonzero(~design.control)
    sizes = np.array([campaigns] * 6 + [len(treated)] * 3) * np.array([1, 1, 1, 3, 1, 1, 3, 1, 1])
    priors = np.array([RATE, SLOPE, SHAPE, LEVEL, HAZARD, LEFT, MULTIPLIER, HAZARD_MULTIPLIER, LEFT_SHIFT])
    mean, deviation = np.repeat(priors, sizes, axis=0).T
    mean[:campaigns] += log_observed_rate(design)
    of = (design.campaign[:, None] == np.arange(campaigns)).astype(float)  # (cells, campaigns)
    own = (np.arange(len(of))[:, None] == treated).astype(float)  # (cells, arms); a control has none

    def by_cell(vector: np.ndarray) -> np.ndarray:
        """Four log factors, log odds, log hazard, log shape, less the log rate, and slope of the past: (9, cells)."""
        rate, slope, shape, level, hazard, left, multiplier, leaves, shift = np.split(
            vector, np.cumsum(sizes)[:-1]
        )
        factor = SPREAD.T @ (own @ multiplier.reshape(-1, 3)).T
        factor[1:] += (of @ level.reshape(-1, 3)).T
        others = [
            of @ left + own @ shift,
            of @ hazard + own @ leaves,
            of @ shape,
            of @ (shape - rate),
            of @ slope,
        ]
        return np.vstack([factor, *others])

    linear = np.column_stack([by_cell(one).ravel() for one in np.eye(len(mean))])
    bought = np.vstack([design.bought.T, np.zeros((5, len(of)))])
    its = (*map(given, (mean, deviation, linear, bought, further(design))), *_rows(design))
    return lambda vector: _density(given(vector), *its)


def _rows(design: Design) -> tuple[np.ndarray, ...]:
    """What the loop reads: of groups cell, past, days, counts and where their open rows begin, and these."""
    is_open = np.flatnonzero(design.last < OPEN)
    is_open = is_open[np.argsort(design.row_group[is_open], kind="stable")]
    begin = np.searchsorted(design.row_group[is_open], np.arange(len(design.group_x) + 1))
    groups = (given(design.group_cell, int), given(design.group_x), given(design.group_days))
    rows = (given(design.last[is_open], int), given(design.total[is_open]), given(design.count[is_open]))
    return (*groups, *map(given, by_group(design)), given(begin, int), *rows)


@numba.njit(nogil=True, cache=True)
def _density(vector, mean, deviation, linear, bought, more, *rows):
    """The log density and its slope; linear: from the vector to what `by_hand` has by cell; more: campaigns x steps."""
    cells, slopes = (linear @ vector).reshape(bought.shape), bought.copy()
    found = _groups(cells, slopes, *rows) + (bought * cells).sum()
    first = 2 * len(more)  # of the shapes, after rates and slopes
    slope = slopes.ravel() @ linear
    for i in range(len(vector)):
        away = (vector[i] - mean[i]) / deviation[i]
        found -= 0.5 * away * away
        slope[i] -= away / deviation[i]
    for campaign in range(len(more)):
        shape = np.exp(vector[first + campaign])
        for step in range(more.shape[1]):
            found += more[campaign, step] * np.log(shape + step)
            slope[first + campaign] += shape * more[campaign, step] / (shape + step)
    return found, slope


@numba.njit(nogil=True)
def _groups(cells, slopes, cell, x, days, customers, stayed, bought, begin, last, total, count):
    """The sum over groups of `phases._log_likelihood`; cells: what `by_hand` has by cell, its slopes are added."""
    factor, odds, log_leaving, log_shape, inverse, slope = 0, 4, 5, 6, 7, 8
    log, weight, between, stayed_for = np.empty(5), np.empty(5), np.ones(5), np.zeros(5)
    by_log, by_weight, found = np.empty(5), np.empty(5), 0.0
    for g in range(len(cell)):
        i = cell[g]
        shape, leaving = np.exp(cells[log_shape, i]), np.exp(cells[log_leaving, i])
        log_rate = cells[inverse, i] - cells[slope, i] * x[g]
        base, own = np.exp(log_rate), stayed[g] * shape + bought[g]
        _terms(base, cells[:, i], odds, leaving, days[g], log, weight, between, stayed_for)
        by_log[:], by_weight[:] = 0.0, 0.0
        by_log[4], by_weight[4] = -own, stayed[g]
        found += customers[g] * shape * log_rate + stayed[g] * weight[4] - own * log[4]
        by_shape = customers[g] * log_rate - stayed[g] * log[4]
        for r in range(begin[g], begin[g + 1]):
            mixed, logs = _row(last[r] + 1, shape + total[r], count[r], log, weight, by_log, by_weight)
            found += mixed
            by_shape -= logs
        beyond, left = 0.0, 0.0
        for k in range(4, -1, -1):
            if k < 4:
                slopes[factor + k, i] += days[g, k] * np.exp(cells[factor + k, i]) * beyond
            beyond += by_log[k] / np.exp(log[k])
            left -= by_weight[k] * stayed_for[k]
            if 0 < k < 4:
                left += by_weight[k] * between[k] / np.expm1(leaving * between[k])
        slopes[odds, i] += by_weight[0] - by_weight.sum() / (1.0 + np.exp(-cells[odds, i]))
        slopes[log_leaving, i] += leaving * left
        slopes[log_shape, i] += shape * by_shape
        slopes[inverse, i] += customers[g] * shape + base * beyond
        slopes[slope, i] -= (customers[g] * shape + base * beyond) * x[g]
    return found


@numba.njit(nogil=True)
def _terms(base, own, odds, leaving, days, log, weight, between, stayed_for):
    """Of customers of a group who left before the first segment, after the first, second, third, not yet: logs, weights.

    log: of the rate's scale with the exposure until then; weight: the log probability of having left there. Beside them
    the days in which they left, and those before.
    """
    reached = 0.0
    never = max(own[odds], 0.0) + np.log1p(np.exp(-abs(own[odds])))
    for k in range(5):
        log[k] = np.log(base + reached)
        if k < 4:
            reached += days[k] * np.exp(own[k])
        if k > 1:
            stayed_for[k] = stayed_for[k - 1] + between[k - 1]
        weight[k] = -never - leaving * stayed_for[k]
        if 0 < k < 4:
            between[k] = (days[k - 1] + days[k]) / 2 + 1e-6
            weight[k] += np.log(-np.expm1(-leaving * between[k]))
    weight[0] += own[odds]


@numba.njit(nogil=True)
def _row(first, size, count, log, weight, by_log, by_weight):
    """The log probability of a row that left after `first` or later, times its count; its slopes are added.

    Returns it, and its slope by the shape with the sign turned.
    """
    top, likely, logs = -np.inf, 0.0, 0.0
    for k in range(first, 5):
        top = max(top, weight[k] - size * log[k])
    for k in range(first, 5):
        likely += np.exp(weight[k] - size * log[k] - top)
    for k in range(first, 5):
        share = count * np.exp(weight[k] - size * log[k] - top) / likely
        by_weight[k] += share
        by_log[k] -= size * share
        logs += share * log[k]
    return count * (top + np.log(likely)), logs
