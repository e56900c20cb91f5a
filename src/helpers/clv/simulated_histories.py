"""Simulated purchase histories (x, t_x) of new customers: what a purchase model says a base looks like."""

from collections.abc import Callable

import numba
import numpy as np

from helpers.clv.array_libraries import Theta
from helpers.clv.model_interfaces import PurchaseModel
from helpers.clv.simulate import LIFETIMES

FEWEST_TIME = 1e-6  # two purchases closer than this are at different times all the same


def simulate_histories(
    module: PurchaseModel,
    theta: Theta,
    T: np.ndarray,
    *,
    lived: Callable[[np.ndarray], np.ndarray] | None = None,
    seed: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Simulate x and t_x of customers observed for T units from their first purchase: two arrays of the shape of T.

    theta: the model's parameters in the order of module.PARAMETERS, each a number or an array that broadcasts with T.
    lived: from ages, of the shape of T, to operational time, in which t_x then is.
    """
    T = np.asarray(T, dtype=float)
    rng = np.random.default_rng(seed)
    r, alpha, *rest = (np.broadcast_to(np.asarray(value, dtype=float), T.shape) for value in theta)
    gaps = 1 / np.maximum(rng.gamma(r, 1 / alpha), 1e-12)
    ends, coins, at_once = T.copy(), np.zeros(T.shape), module.LIFETIME == "coin at once"
    if module.LIFETIME == "exponential":
        s, beta = rest
        ends = np.minimum(T, rng.standard_exponential(T.shape) / np.maximum(rng.gamma(s, 1 / beta), 1e-300))
    elif LIFETIMES[module.LIFETIME] == LIFETIMES["coin"]:
        coins = rng.beta(*rest)
        ends = np.where(at_once & (rng.random(T.shape) < coins), 0.0, ends)
    ends = ends if lived is None else lived(ends)
    x, t_x = np.zeros(T.size, np.int64), np.zeros(T.size)
    _walk(int(rng.integers(2**32)), module.STAGES, gaps.ravel(), ends.ravel(), coins.ravel(), x, t_x)
    return x.reshape(T.shape), t_x.reshape(T.shape)


@numba.njit(cache=True)
def _walk(seed, stages, gaps, ends, coins, x, t_x):
    np.random.seed(seed)
    for i in range(len(gaps)):
        now = _stages_last(stages) * gaps[i]
        while now < ends[i]:
            x[i] += 1
            t_x[i] = max(now, FEWEST_TIME)
            if coins[i] > 0.0 and np.random.random() < coins[i]:
                break
            now += _stages_last(stages) * gaps[i]


@numba.njit(inline="always")
def _stages_last(stages):
    time = 0.0
    for _ in range(stages):
        time += np.random.standard_exponential()
    return time
