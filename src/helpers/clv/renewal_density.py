"""The log density of the renewal models with its slope, in one compiled function: `renewal_models.build` by hand.

Up to a constant the same number as the model's, at a vector of its unconstrained parameters.
"""

import math
from collections.abc import Callable

import numba
import numpy as np
import pandas as pd

from helpers.clv import bdw
from helpers.clv.renewal_groups import groups
from helpers.inference.machine_code import given

FIRST = (2, 1)  # a priori, of the Beta of the first renewal
LOG_ALIKE, LOG_SPREAD = (float(np.log(5.0)), 1.5), (float(np.log(0.35)), 0.7)  # mean and standard deviation
SERVED = {"sbg": False, "bdw": True}  # models, and whether their renewals have a pace of their own
CERTAIN = bdw.CERTAIN


def serves(name: str) -> bool:
    """Whether a renewal model's density is written here."""
    return name in SERVED


def by_hand(
    name: str, cells: pd.DataFrame
) -> Callable[[dict[str, np.ndarray]], Callable[[np.ndarray], tuple[float, np.ndarray]]]:
    """From the model's data, the counts, to its density on `cells`, as a function of a vector: (log density, slope)."""
    told, paced = groups(cells), SERVED[name]
    design, of_cohort, cohorts = given(told.design), given(told.of_cohort, int), len(told.cohorts)
    age = cells["age"].to_numpy(dtype=float)
    order = np.lexsort((age, told.place))
    place, age = given(told.place[order], int), given(age[order])
    spreads, size = (2 if cohorts else 0), 2 * cohorts + design.shape[1]
    priors = [LOG_ALIKE] + [LOG_SPREAD] * spreads + [(0.0, 1.0)] * size + [bdw.LOG_C] * paced
    mean, deviation = (given(values) for values in np.array(priors).T)

    def on(data: dict[str, np.ndarray]) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
        renewed, lost = (given(data[count][order]) for count in ("renewed", "lost"))
        its = design, of_cohort, cohorts, paced, mean, deviation, place, age, renewed, lost
        return lambda vector: _density(given(vector), *its)

    return on


@numba.njit(nogil=True, cache=True)
def _density(vector, design, of_cohort, cohorts, paced, mean, deviation, place, age, renewed, lost):
    slope, count = np.empty_like(vector), len(design)
    prior = FIRST[0] * _log_expit(vector[0]) + FIRST[1] * _log_expit(-vector[0])
    slope[0] = FIRST[0] * _expit(-vector[0]) - FIRST[1] * _expit(vector[0])
    for i in range(len(mean)):
        away = (vector[i + 1] - mean[i]) / deviation[i]
        prior -= 0.5 * away * away
        slope[i + 1] = -away / deviation[i]
    shifts = (
        4 if cohorts else 2
    )  # of the first renewal, cohort by cohort; then those of how alike they are, then effects
    effects, alikes = shifts + 2 * cohorts, shifts + cohorts
    alpha, beta, renews = np.empty(count), np.empty(count), np.empty(count)
    for g in range(count):
        logit, log_alike = vector[0], vector[1]
        for j in range(design.shape[1]):
            logit += design[g, j] * vector[effects + j]
        if cohorts:
            logit += np.exp(vector[2]) * vector[shifts + of_cohort[g]]
            log_alike += np.exp(vector[3]) * vector[alikes + of_cohort[g]]
        renews[g] = _expit(logit)
        alpha[g], beta[g] = np.exp(log_alike) * _expit(-logit), np.exp(log_alike) * renews[g]
    c = np.exp(vector[-1]) if paced else 1.0
    by_alpha, by_beta = np.zeros(count), np.zeros(count)
    found, by_c = _cells(alpha, beta, c, paced, place, age, renewed, lost, by_alpha, by_beta)
    for g in range(count):
        by_logit = beta[g] * (1.0 - renews[g]) * (by_beta[g] - by_alpha[g])
        by_alike = alpha[g] * by_alpha[g] + beta[g] * by_beta[g]
        slope[0] += by_logit
        slope[1] += by_alike
        for j in range(design.shape[1]):
            slope[effects + j] += by_logit * design[g, j]
        if cohorts:
            for level, first, by in ((2, shifts, by_logit), (3, alikes, by_alike)):
                spread, place_of = np.exp(vector[level]), first + of_cohort[g]
                slope[level] += by * spread * vector[place_of]
                slope[place_of] += by * spread
    if paced:
        slope[-1] += c * by_c
    return found + prior, slope


@numba.njit(nogil=True)
def _expit(x):
    return 1.0 / (1.0 + np.exp(-x)) if x >= 0.0 else np.exp(x) / (1.0 + np.exp(x))


@numba.njit(nogil=True)
def _log_expit(x):
    return -np.log1p(np.exp(-x)) if x >= 0.0 else x - np.log1p(np.exp(x))


@numba.njit(nogil=True)
def _cells(alpha, beta, c, paced, place, age, renewed, lost, by_alpha, by_beta):
    """The log-likelihood of cells, by group and rising age, and its slope by c; the slopes by alpha and beta are added."""
    total, by_c, group, reached = 0.0, 0.0, -1, -1.0
    now = (0.0, 0.0, 0.0, 0.0)
    for i in range(len(place)):
        g, k = place[i], age[i]
        a, b = alpha[g], beta[g]
        if not paced:
            end = np.log(a + b + k - 1.0)
            total += renewed[i] * (np.log(b + k - 1.0) - end) + lost[i] * (np.log(a) - end)
            both = (renewed[i] + lost[i]) / (a + b + k - 1.0)
            by_alpha[g] += lost[i] / a - both
            by_beta[g] += renewed[i] / (b + k - 1.0) - both
            continue
        before = now if g == group and k == reached + 1.0 else _log_beta(a, b, c, k - 1.0)
        now, group, reached = _log_beta(a, b, c, k), g, k
        log_renewal = now[0] - before[0]
        weight = renewed[i]
        if log_renewal < CERTAIN:
            weight -= lost[i] / np.expm1(-log_renewal)
        else:
            log_renewal, weight = CERTAIN, 0.0
        total += renewed[i] * log_renewal + lost[i] * np.log(-np.expm1(log_renewal))
        by_alpha[g] += weight * (now[1] - before[1])
        by_beta[g] += weight * (now[2] - before[2])
        by_c += weight * (now[3] - before[3])
    return total, by_c


@numba.njit(nogil=True)
def _log_beta(a, b, c, t):
    """log B(a, b + t^c) without the part that does not depend on t, and its slopes by a, b and c."""
    power = t**c if t > 0.0 else 0.0
    by_a = -_digamma(a + b + power)
    by_b = _digamma(b + power) + by_a
    by_c = by_b * power * np.log(t) if t > 0.0 else 0.0
    return math.lgamma(b + power) - math.lgamma(a + b + power), by_a, by_b, by_c


@numba.njit(nogil=True)
def _digamma(x):
    """The slope of log Gamma at x > 0: by its recurrence to 10, and from there the asymptotic series."""
    found = 0.0
    while x < 10.0:
        found -= 1.0 / x
        x += 1.0
    s = 1.0 / (x * x)
    series = s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - s * 691 / 32760)))))
    return found + np.log(x) - 0.5 / x - series
