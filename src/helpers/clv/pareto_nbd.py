"""Pareto/NBD: purchases at a customer's own rate until a lifetime, exponential with an own rate, ends.

Schmittlein, Morrison and Colombo 1987. Purchase rates lambda ~ Gamma(r, alpha), drop-out rates mu ~ Gamma(s, beta).
The likelihood is written as an integral over the time of drop-out instead of two hypergeometric functions:

L = Gamma(r+x)/Gamma(r) alpha^r beta^s [ (alpha+T)^-(r+x) (beta+T)^-s
    + s * integral from t_x to T of (alpha+y)^-(r+x) (beta+y)^-(s+1) dy ].

The integral runs in u = log(alpha + y), where the integrand falls like exp(-(r+x-1) u), over at most 38 such
falls (what is cut off is below 1e-16 of it). Twenty Gauss-Legendre nodes then give ten digits, for x = 1,000 too.
"""

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy import special

from helpers.clv import families

TITLE = "Pareto/NBD"
PARAMETERS = ("r", "alpha", "s", "beta")
LIFETIME = "exponential"
NODES, WEIGHTS = leggauss(20)
FALLS = 38.0
SMALLEST = 1e-300  # stands for zero where t_x = T, so that the logarithm and its gradient stay finite


def priors(days_per_unit: float) -> tuple:
    """Declare the priors on interpretable scales inside a PyMC model and return (r, alpha, s, beta)."""
    return *families.purchase_rate_priors(days_per_unit), *families.drop_out_rate_priors(days_per_unit)


def log_likelihood_x(theta, x, xp):
    """The part of a customer's log-likelihood that depends on x alone: shape of x."""
    r, alpha, s, beta = theta
    return xp.gammaln(r + x) - xp.gammaln(r) + r * xp.log(alpha) + s * xp.log(beta)


def log_likelihood_row(theta, x, t_x, T, xp):
    """The rest of the log-likelihood, which needs the whole triple: shape of x."""
    r, alpha, s, beta = theta
    alive = -(r + x) * xp.log(alpha + T) - s * xp.log(beta + T)
    return alive + xp.softplus(log_odds_dropped(theta, x, t_x, T, xp))


def log_odds_dropped(theta, x, t_x, T, xp):
    """Log odds that the customer has dropped out at the end of the window, the integral of this module's head."""
    r, alpha, s, beta = theta
    start, end = xp.log(alpha + t_x), xp.log(alpha + T)
    width = xp.maximum(xp.minimum(end - start, FALLS / xp.maximum(r + x + s, 1.0)), SMALLEST)
    at_nodes = lambda values: (values + 0 * width)[..., None]  # noqa: E731 (adds the axis of the nodes)
    steps = at_nodes(width) * (NODES + 1) / 2
    y = xp.exp(at_nodes(start)) * xp.expm1(steps)  # time since t_x at each node
    fall = -at_nodes(r + x - 1) * steps - at_nodes(s + 1) * xp.log1p(y / at_nodes(beta + t_x))
    log_integral = xp.log(width / 2) + xp.log((WEIGHTS * xp.exp(fall)).sum(axis=-1))
    at_start = -(r + x - 1) * start - (s + 1) * xp.log(beta + t_x)
    at_end = -(r + x) * end - s * xp.log(beta + T)
    return xp.log(s) + log_integral + at_start - at_end


def latent(theta, x, T) -> tuple:
    """Parameters of the latent rates given the history and alive: Gamma(shape, rate) twice."""
    r, alpha, s, beta = theta
    return r + x, alpha + T, s, beta + T


def expected_purchases(theta, x, t_x, T, t):
    """Expected purchases in the `t` units after the window; all arguments broadcast. Equation 41 of the source."""
    alive = special.expit(-log_odds_dropped(theta, x, t_x, T, families.NUMPY))
    return alive * families.expected_until_death(*latent(theta, x, T), t)


def expected_purchases_new(theta, t):
    """Expected repeat purchases of a new customer in the first `t` units."""
    return families.expected_until_death(*theta, np.asarray(t, dtype=float))
