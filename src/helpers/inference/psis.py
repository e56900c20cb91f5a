"""Pareto-smoothed importance sampling: weights whose largest are replaced by what their tail's distribution expects.

Vehtari, Simpson, Gelman, Yao and Gabry 2024; the tail's generalised Pareto distribution after Zhang and Stephens 2009. The
same numbers as ArviZ's `psislw`, held to it by a test; written here because importing that takes longer than a fit
around the mode.
"""

import numpy as np

PRIOR_K, PRIOR_DRAWS = 0.5, 10  # the shape is drawn towards .5 as by ten more draws of the tail
AT_ONCE = 200_000  # values of a grid: rows are taken together while they stay in a core's cache


def smooth(log_weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smooth importance weights along the last axis: (log weights that sum to one, Pareto shape k of each row).

    log_weights: shape (..., draws), at least 25 draws, -inf for a weight of zero. k above .7: not to be trusted; not a
    number or infinite: the weights have no such tail. Weights that are all the same stay so, with k of minus infinity.
    """
    rows = log_weights.reshape(-1, log_weights.shape[-1])
    size = int(np.ceil(min(rows.shape[1] / 5, 3 * np.sqrt(rows.shape[1]))))
    step = max(1, AT_ONCE // (size * _points(size)))
    smoothed, k = np.empty(rows.shape), np.empty(len(rows))
    with np.errstate(all="ignore"):  # what is not finite is told by k
        for start in range(0, len(rows), step):
            some = slice(start, start + step)
            smoothed[some], k[some] = _smooth_rows(rows[some], size)
    return smoothed.reshape(log_weights.shape), k.reshape(log_weights.shape[:-1])


def _smooth_rows(log_weights: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The same of rows, with the `size` largest weights of each as its tail."""
    result = log_weights - log_weights.max(axis=1, keepdims=True)
    order = np.argsort(result, axis=1)
    place = order[:, -size:]
    tail, cut = (np.take_along_axis(result, some, axis=1) for some in (place, order[:, [-size - 1]]))
    cut = np.exp(cut)
    k, sigma = _pareto(np.exp(tail) - cut)
    same = np.ptp(tail, axis=1) < np.finfo(float).tiny
    fits = np.isfinite(k) & ~same
    q, shape = (np.arange(size) + 0.5) / size, k[:, None]
    excess = np.where(shape == 0, -np.log1p(-q), np.expm1(-shape * np.log1p(-q)) / shape)
    expected = np.minimum(np.log(cut + sigma[:, None] * excess), 0.0)
    np.put_along_axis(result, place, np.where(fits[:, None], expected, tail), axis=1)
    return result - _log_sum(result), np.where(same, -np.inf, k)


def _pareto(excess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shape and scale of generalised Pareto distributions from sorted draws (rows, n), by Zhang and Stephens's grid."""
    n = excess.shape[1]
    quartile, last = excess[:, [int(n / 4 + 0.5) - 1]], excess[:, [-1]]
    points = _points(n)
    b = 1 / last + (1 - np.sqrt(points / (np.arange(points) + 0.5))) / (3 * quartile)
    k = np.log1p(-b[:, :, None] * excess[:, None, :]).mean(axis=2)
    profile = n * (np.log(-b / k) - k - 1)
    weight = np.exp(profile - _log_sum(profile))
    weight[weight < 10 * np.finfo(float).eps] = 0.0
    b = ((b * weight).sum(axis=1) / weight.sum(axis=1))[:, None]
    k = np.log1p(-b * excess).mean(axis=1)
    shape = (n * k + PRIOR_DRAWS * PRIOR_K) / (n + PRIOR_DRAWS)
    found = (quartile > excess[:, [0]])[:, 0]
    return np.where(found, np.where(np.isnan(k), np.inf, shape), np.nan), -k / b[:, 0]


def _points(size: int) -> int:
    """The number of points of the grid for a tail of so many draws."""
    return 30 + int(np.sqrt(size))


def _log_sum(values: np.ndarray) -> np.ndarray:
    """log(sum(exp(values))) of each row, as a column."""
    largest = values.max(axis=1, keepdims=True)
    return largest + np.log(np.exp(values - largest).sum(axis=1, keepdims=True))
