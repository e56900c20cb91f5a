"""Pareto-smoothed importance sampling: weights whose largest are replaced by what their tail's distribution expects.

Vehtari, Simpson, Gelman, Yao and Gabry 2024; the tail's generalised Pareto distribution after Zhang and Stephens 2009. The
same numbers as ArviZ's `psislw`, held to it by a test; written here because importing that takes longer than a fit
around the mode.
"""

import numpy as np
from scipy.special import logsumexp

PRIOR_K, PRIOR_DRAWS = 0.5, 10  # the shape is drawn towards .5 as by ten more draws of the tail


def smooth(log_weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smooth importance weights along the last axis: (log weights that sum to one, Pareto shape k of each row).

    log_weights: shape (..., draws), at least 25 draws, -inf for a weight of zero. k above .7: not to be trusted; not a
    number or infinite: the weights have no such tail. Weights that are all the same stay so, with k of minus infinity.
    """
    rows = log_weights.reshape(-1, log_weights.shape[-1])
    smoothed, k = zip(*map(_smooth_row, rows), strict=True)
    return np.reshape(smoothed, log_weights.shape), np.reshape(k, log_weights.shape[:-1])


def _smooth_row(log_weights: np.ndarray) -> tuple[np.ndarray, float]:
    draws = len(log_weights)
    size = int(np.ceil(min(draws / 5, 3 * np.sqrt(draws))))
    result = log_weights - log_weights.max()
    order = np.argsort(result)
    tail = order[-size:]
    if np.ptp(result[tail]) < np.finfo(float).tiny:
        return result - logsumexp(result), -np.inf
    cut = np.exp(result[order[-size - 1]])
    k, sigma = _pareto(np.exp(result[tail]) - cut)
    if np.isfinite(k):
        q = (np.arange(size) + 0.5) / size
        excess = -np.log1p(-q) if k == 0 else np.expm1(-k * np.log1p(-q)) / k
        result[tail] = np.minimum(np.log(cut + sigma * excess), 0.0)
    return result - logsumexp(result), k


def _pareto(excess: np.ndarray) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto distribution from its sorted draws, by Zhang and Stephens's grid."""
    n = len(excess)
    quartile = excess[int(n / 4 + 0.5) - 1]
    if quartile <= excess[0]:
        return np.nan, np.nan
    points = 30 + int(np.sqrt(n))
    b = 1 / excess[-1] + (1 - np.sqrt(points / (np.arange(points) + 0.5))) / (3 * quartile)
    k = np.log1p(-b[:, None] * excess).mean(axis=1)
    profile = n * (np.log(-b / k) - k - 1)
    weight = np.exp(profile - logsumexp(profile))
    weight[weight < 10 * np.finfo(float).eps] = 0.0
    b = b @ weight / weight.sum()
    k = np.log1p(-b * excess).mean()
    if np.isnan(k):
        return np.inf, np.nan
    return (n * k + PRIOR_DRAWS * PRIOR_K) / (n + PRIOR_DRAWS), -k / b
