"""Pareto/NBD: purchases at a customer's own rate until a lifetime, exponential with an own rate, ends.

Schmittlein, Morrison and Colombo 1987. Purchase rates lambda ~ Gamma(r, alpha), drop-out rates mu ~ Gamma(s, beta).
The likelihood is written as an integral over the time of drop-out instead of two hypergeometric functions:

L = Gamma(r+x)/Gamma(r) alpha^r beta^s [ (alpha+T)^-(r+x) (beta+T)^-s
    + s * integral from t_x to T of (alpha+y)^-(r+x) (beta+y)^-(s+1) dy ].

The nodes lie evenly in v = log((m+y) / (m+t_x)), m the smaller of alpha and beta: on that scale neither factor has a
spike, also where one scale is a thousandth of the other. The range ends where (alpha+y)^-(r+x-1) has fallen by exp(-30).
Twelve Gauss-Legendre nodes keep the likelihood within 2e-6 of adaptive quadrature over a wide grid of parameters and
customers; a fit takes time in proportion to their number.
"""

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy import special

from helpers.clv.array_libraries import NUMPY, Array, ArrayLibrary, Theta, log_growth, log_rising
from helpers.clv.expectations import expected_until_death
from helpers.clv.priors import Groups, drop_out_rate_priors, purchase_rate_priors

TITLE = "Pareto/NBD"
PARAMETERS = ("r", "alpha", "s", "beta")
LIFETIME = "exponential"
STAGES = 1  # of a gap between purchases: exponential, as irregular as chance
NODES, WEIGHTS = leggauss(12)
FALLS = 30.0
SMALLEST = (
    1e-200  # stands for zero where t_x = T; its inverse times any other factor of the gradient stays finite
)


def priors(days_per_unit: float, width: Array = 1.0, groups: Groups = False) -> tuple:
    """Declare the priors on interpretable scales inside a PyMC model and return (r, alpha, s, beta), per group if so."""
    r, alpha = purchase_rate_priors(days_per_unit, width, groups)
    return r, alpha, *drop_out_rate_priors(days_per_unit, width, groups)


def shifted(theta: Theta, rate_effect: Array, drop_out_effect: Array, xp: ArrayLibrary) -> tuple:
    """Parameters with the purchase rate times exp(rate_effect) and the drop-out rate times exp(drop_out_effect)."""
    r, alpha, s, beta = theta
    return r, alpha * xp.exp(-rate_effect), s, beta * xp.exp(-drop_out_effect)


def log_likelihood_x(theta: Theta, x: Array, xp: ArrayLibrary) -> Array:
    """The part of a customer's log-likelihood that depends on x alone: shape of x."""
    r, *_ = theta
    return log_rising(r, x, xp)


def log_likelihood_row(theta: Theta, x: Array, t_x: Array, T: Array, xp: ArrayLibrary) -> Array:
    """The rest of the log-likelihood, which needs the whole triple: shape of x."""
    r, alpha, s, beta = theta
    r_quiet, s_quiet = (log_growth(scale, 0.0, T, xp) for scale in (alpha, beta))
    alive = -r * r_quiet - s * s_quiet - x * xp.log(alpha + T)
    return alive + xp.softplus(log_odds_dropped(theta, x, t_x, T, xp))


def log_odds_dropped(theta: Theta, x: Array, t_x: Array, T: Array, xp: ArrayLibrary) -> Array:
    """Log odds that the customer has dropped out at the end of the window, the integral of this module's head."""
    r, alpha, s, beta = theta
    growth = (r + x) * log_growth(alpha, t_x, T, xp) + s * log_growth(beta, t_x, T, xp)
    declines = log_decline(r + x, s + 1, alpha + t_x, beta + t_x, T - t_x, xp)
    return xp.log(s) + declines - xp.log(beta + t_x) + growth


def log_decline(p: Array, q: Array, rate: Array, other: Array, until: Array, xp: ArrayLibrary) -> Array:
    """log of the integral from 0 to `until` of (1 + y/rate)^-p (1 + y/other)^-q dy."""
    least, most = xp.minimum(rate, other), xp.maximum(rate, other)
    of_least, of_most = (xp.where(rate < other, *powers) for powers in ((p, q), (q, p)))
    last = xp.minimum(until, rate * xp.expm1(FALLS / xp.maximum(p - 1, 1.0)))
    width = xp.maximum(xp.log1p(last / least), SMALLEST)
    at_nodes = lambda values: (values + 0 * width)[..., None]  # noqa: E731 (adds the axis of the nodes)
    v = at_nodes(width) * ((NODES + 1) / 2)
    # v itself is the logarithm by which the factor with the smaller scale falls.
    falls = at_nodes(of_least - 1) * v + at_nodes(of_most) * xp.log1p(at_nodes(least / most) * xp.expm1(v))
    return xp.log(width / 2) + xp.log((WEIGHTS * xp.exp(-falls)).sum(axis=-1)) + xp.log(least)


def latent(theta: Theta, x: Array, T: Array) -> tuple[Array, Array, Array, Array]:
    """Parameters of the latent rates given the history and alive: Gamma(shape, rate) twice."""
    r, alpha, s, beta = theta
    return r + x, alpha + T, s, beta + T


def expected_purchases(theta: Theta, x: Array, t_x: Array, T: Array, t: Array) -> Array:
    """Expected purchases in the `t` units after the window; all arguments broadcast. Equation 41 of the source."""
    alive = special.expit(-log_odds_dropped(theta, x, t_x, T, NUMPY))
    return alive * expected_until_death(*latent(theta, x, T), t)


def expected_purchases_new(theta: Theta, t: Array) -> Array:
    """Expected repeat purchases of a new customer in the first `t` units."""
    r, alpha, s, beta = theta
    return expected_until_death(r, alpha, s, beta, np.asarray(t, dtype=float))
