"""Regular buyers: a gap between purchases has k stages, each exponential with the customer's own rate (Erlang-k).

With k = 1 gaps are as irregular as chance, with k = 4 their standard deviation is half their mean. Given a customer
alive and silent for u since the last purchase, j stages have passed with weight (s)_j / j! z^j, z = u / (alpha + T) and
s = r + k x, and the rate is Gamma(s + j, alpha + T). So a silent regular buyer is not at the start of a gap.
"""

import cmath
import math

import numba
import numpy as np
from scipy import special

from helpers.clv.array_libraries import Array, ArrayLibrary
from helpers.inference import rng

ENOUGH = 1e-13  # an event count's share of the expectation below which the rest of its tail is left out
UNDERFLOW = -700.0
SMALLEST = 1e-9  # discount, which stands for none


def log_stage_sum(shape: Array, z: Array, stages: int, xp: ArrayLibrary) -> Array:
    """log of the sum over j < stages of (shape)_j / j! z^j: 0 where there is one stage."""
    term = total = 1.0 + 0 * (shape * z)
    for j in range(1, stages):
        term = term * (shape + (j - 1)) * z / j
        total = total + term
    return xp.log(total)


def stage_weights(shape: np.ndarray, z: np.ndarray, stages: int) -> np.ndarray:
    """Probability that j stages of the running gap have passed, for a customer alive: shape (stages, ...)."""
    terms = [np.ones(np.broadcast_shapes(np.shape(shape), np.shape(z)))]
    for j in range(1, stages):
        terms.append(terms[-1] * (shape + (j - 1)) * z / j)
    found = np.array(terms)
    return found / found.sum(axis=0)


def log_rate_moments(
    shape: np.ndarray, rate: np.ndarray, z: np.ndarray, stages: int, bought: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the log purchase rate (a stage's rate over their number) of customers alive.

    z: 0 for who is at the start of a gap; bought: 1 for whoever makes a purchase to come, likelier the higher their rate.
    """
    weights, places = stage_weights(shape, z, stages), range(bought, stages + bought)
    mean = np.array([special.digamma(shape + j) for j in places])
    square = np.array([special.polygamma(1, shape + j) for j in places]) + mean**2
    centre = (weights * mean).sum(axis=0)
    return centre - np.log(rate) - np.log(stages), (weights * square).sum(axis=0) - centre**2


@numba.njit(nogil=True)
def stages_passed(stream: np.ndarray, shape: float, z: float, stages: int) -> int:
    """Draw how many stages of the running gap have passed, for a customer alive; stream: see helpers.inference.rng."""
    weight, whole = 1.0, 1.0
    for j in range(1, stages):
        weight *= (shape + j - 1.0) * z / j
        whole += weight
    level = rng.uniform(stream) * whole
    weight, below = 1.0, 1.0
    for j in range(1, stages):
        if level < below:
            return j - 1
        weight *= (shape + j - 1.0) * z / j
        below += weight
    return stages - 1


@numba.njit(nogil=True, cache=True)
def discounted_given(
    rate: float, coin: float, passed: int, stages: int, discount: float, horizon: float
) -> tuple[float, float]:
    """Discounted purchases and discounted time alive up to the horizon, given stage rate, coin and stages passed.

    All are numbers. The renewal density has Laplace transform rate^(k-j) (rate+s)^j / ((rate+s)^k - (1-coin) rate^k); its k
    poles rate (rho w - 1), rho^k = 1 - coin and w a root of unity, make it a sum of k exponentials.
    """
    discount = max(discount, SMALLEST)
    log_stay = np.log1p(-min(coin, 1.0 - 1e-12)) / stages
    annuity = -np.expm1(-discount * horizon) / discount
    purchases, dead = 0.0, 0.0
    for m in range(stages):
        root = complex(log_stay, 2.0 * np.pi * m / stages)
        leaves = -rate * _exp_less_one(root)  # minus the pole: real part above 0
        weight = rate / stages * cmath.exp((passed + 1 - stages) * root)
        time = -_exp_less_one(-(discount + leaves) * horizon) / (discount + leaves)
        purchases += (weight * time).real
        dead += (coin * weight / leaves * (annuity - time)).real
    return purchases, annuity - dead


@numba.njit(nogil=True)
def discounted_over_runs(
    rate: float,
    coin: float,
    passed: int,
    stages: int,
    discount: float,
    ends: np.ndarray,
    pace: np.ndarray,
    worth: np.ndarray,
) -> tuple[float, float]:
    """`discounted_given` over runs of equal pace, each purchase worth what it is in its run, discounted at the middle."""
    if len(ends) == 1:
        purchases, time = discounted_given(rate, coin, passed, stages, discount, pace[0] * ends[0])
        return worth[0] * purchases, time / pace[0]
    purchases, time, operational, begin = 0.0, 0.0, 0.0, 0.0
    bought_before, time_before = 0.0, 0.0
    for run in range(len(ends)):
        operational += pace[run] * (ends[run] - begin)
        bought, alive = discounted_given(rate, coin, passed, stages, 0.0, operational)
        now = np.exp(-discount * (begin + ends[run]) / 2.0)
        purchases += worth[run] * now * (bought - bought_before)
        time += now * (alive - time_before) / pace[run]
        bought_before, time_before, begin = bought, alive, ends[run]
    return purchases, time


@numba.njit(nogil=True)
def _exp_less_one(z):
    """exp(z) - 1 of a complex number, exact near 0."""
    half = np.sin(z.imag / 2.0)
    real = np.expm1(z.real) * np.cos(z.imag) - 2.0 * half * half
    return complex(real, np.exp(z.real) * np.sin(z.imag))


@numba.njit(nogil=True, cache=True)
def _expected(shape, rate, a, b, silence, stages, t, out):
    for i in range(len(out)):
        weight, whole, found, out[i] = 1.0, 0.0, 0.0, np.nan
        if not (shape[i] > 0.0 and rate[i] > 0.0 and a[i] > 0.0 and b[i] > 0.0 and t[i] < np.inf):
            continue
        for j in range(stages):
            if j > 0:
                weight *= (shape[i] + j - 1.0) * silence[i] / rate[i] / j
            whole += weight
            found += weight * _from_stage(j, shape[i] + j, rate[i], a[i], b[i], stages, t[i])
        out[i] = found / whole


@numba.njit(nogil=True)
def _from_stage(in_gap, shape, rate, a, b, stages, t):
    z, log_p = t / (rate + t), -shape * math.log1p(t / rate)
    p = math.exp(log_p) if log_p > UNDERFLOW else 0.0
    events, most, made, next_one, total = 0, shape * t / rate, 0.0, 1.0, 0.0
    while True:
        total += p * made
        if events > most and p * (made + 1.0) <= ENOUGH * (1.0 - z):
            return total
        step = (shape + events) / (events + 1.0) * z
        if p > 0.0:
            p *= step
        else:
            log_p += math.log(step)
            p = math.exp(log_p) if log_p > UNDERFLOW else 0.0
        events += 1
        in_gap += 1
        if in_gap == stages:
            in_gap = 0
            made += next_one
            next_one *= b / (a + b)
            b += 1.0


def expected_alive(
    shape: Array, rate: Array, a: Array, b: Array, silence: Array, stages: int, t: Array
) -> np.ndarray:
    """Expected purchases in `t` units of a customer alive now, silent for `silence` units since the last purchase.

    The stages that pass are negative binomial, N ~ NB(s + j, rate / (rate + t)); floor((j + N) / k) gaps end, after
    each of which the coin ~ Beta(a, b) is tossed. All arguments broadcast.
    """
    arrays = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (shape, rate, a, b, silence, t)))
    flat = [np.array(one, dtype=float).ravel() for one in arrays]
    out = np.empty(flat[0].size)
    arguments: list = [*flat[:5], stages, flat[5], out]
    _expected(*arguments)
    return out.reshape(arrays[0].shape)
