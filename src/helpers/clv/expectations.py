"""Expected purchases of a customer who is alive: until a coin or a drop-out rate ends it, and discounted."""

from collections.abc import Callable

import numpy as np
from scipy import special

from helpers.clv.array_libraries import Array

AT_ONE = 1e-9  # a+b nearer to 1 than this is 1


def expected_until_coin(shape: Array, rate: Array, a: Array, b: Array, t: Array) -> np.ndarray:
    """Expected purchases in `t` units of a customer alive now, lambda ~ Gamma(shape, rate), coin ~ Beta(a, b).

    With z = t / (rate + t): (a+b-1)/(a-1) [1 - (1-z)^(a-1) 2F1(a+b-1-shape, a-1; a+b-1; z)], which is the formula of
    Fader, Hardie and Lee (2005, equation 9 with a+b+x-1 and r+x) after Euler's transformation. At a = 1 it is 0/0:
    within 1e-4 of it the mean of both sides is taken; at a+b = 1 its limit, shape z (1-z)^(a-1) 2F1(1-shape, a; 2; z).
    """
    shape, rate, a, b, t = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (shape, rate, a, b, t)))

    def at(a: np.ndarray) -> np.ndarray:
        z, c = t / (rate + t), a + b - 1
        with np.errstate(over="ignore", invalid="ignore"):
            left = np.array((1 - z) ** (a - 1) * special.hyp2f1(c - shape, a - 1, c, z))
        beyond = ~np.isfinite(
            left
        )  # 0 times infinity, for a in the hundreds: there the formula of the source holds
        if beyond.any():
            few, k, rest = z[beyond], shape[beyond], (b[beyond], c[beyond])
            left[beyond] = (1 - few) ** k * special.hyp2f1(k, *rest, few)
        found = np.array(c / (a - 1) * (1 - left))
        if (one := np.abs(c) < AT_ONE).any():
            k, of, few = shape[one], a[one], z[one]
            found[one] = k * few * (1 - few) ** (of - 1) * special.hyp2f1(1 - k, of, 2, few)
        return found

    near_one = np.abs(a - 1) < 1e-4
    plain = at(np.where(near_one, 2.0, a))
    return (
        np.where(near_one, (at(1 + 2e-4 + 0 * a) + at(1 - 2e-4 + 0 * a)) / 2, plain)
        if near_one.any()
        else plain
    )


def expected_until_death(shape: Array, rate: Array, s: Array, beta: Array, t: Array) -> np.ndarray:
    """Expected purchases in `t` units of a customer alive now, lambda ~ Gamma(shape, rate), mu ~ Gamma(s, beta).

    shape/rate times the expected time alive, beta/(s-1) [1 - (beta/(beta+t))^(s-1)], finite at s = 1 too.
    """
    log_ratio = np.log1p(np.asarray(t, dtype=float) / beta)
    exponent = np.asarray(s - 1.0)
    safe = np.where(np.abs(exponent) < 1e-9, 1e-9, exponent)
    return shape / rate * beta * -np.expm1(-safe * log_ratio) / safe


def discounted_expectation(
    expected: Callable[[float], np.ndarray], discount: float, horizon: float = np.inf
) -> np.ndarray:
    """Discounted expected purchases from now to `horizon`: the integral of exp(-discount t) dE[X(t)].

    expected: E[X(t)] as a function of t, for existing or new customers; discount is continuous and per unit, above 0
    where the horizon is infinite. By parts it is exp(-discount H) E[X(H)] plus the integral of E[X(t)] over
    u = exp(-discount t), by Gauss-Legendre in the cube root of u, which takes the edge off E at u = 0.
    """
    if discount == 0:
        return expected(horizon)
    lowest = np.exp(-discount * horizon)
    nodes, weights = np.polynomial.legendre.leggauss(32)
    first = np.cbrt(lowest)
    w = first + (1 - first) * (nodes + 1) / 2
    total = sum(
        weight * (1 - first) / 2 * 3 * one**2 * expected(-3 * np.log(one) / discount)
        for one, weight in zip(w, weights, strict=True)
    )
    return total if lowest == 0 else total + lowest * expected(horizon)
