"""Beta-discrete-Weibull: as the shifted beta-geometric, but a contract's own renewal probability moves with its age.

Fader, Hardie, Liu, Davin and Steenburgh 2018, "How to Project Customer Retention, revisited". A contract is renewed at
least t times with probability (1 - theta)^(t^c), theta ~ Beta(alpha, beta). c > 1: every single contract gets more
likely to end as it ages, c < 1: less; c = 1 is the shifted beta-geometric. Age k counts renewal dates, as there.
"""

import pymc as pm

from helpers.clv.array_libraries import NUMPY, Array, ArrayLibrary, Theta

TITLE = "BdW"
PARAMETERS = ("alpha", "beta", "c")
LOG_C = (0.0, 0.5)  # mean and standard deviation a priori
CERTAIN = -1e-13  # a renewal is never surer than this logarithm: what is nearer to 0 is rounding


def own_priors() -> tuple:
    """Declare c inside a PyMC model: median 1, 90 % between .44 and 2.3."""
    return (pm.LogNormal("c", *LOG_C),)


def log_renewal(theta: Theta, k: Array, xp: ArrayLibrary) -> Array:
    """Log probability that a contract that came to its k-th renewal date is renewed there: shape of k."""
    return xp.minimum(_log_beta(theta, k, xp) - _log_beta(theta, k - 1, xp), CERTAIN)


def log_loss(theta: Theta, k: Array, xp: ArrayLibrary) -> Array:
    """Log probability that a contract that came to its k-th renewal date ends there: shape of k."""
    return xp.log(-xp.expm1(log_renewal(theta, k, xp)))


def log_survival(theta: Theta, t: Array, xp: ArrayLibrary) -> Array:
    """Log probability that a new contract is renewed at least t times."""
    return _log_beta(theta, t, xp) - _log_beta(theta, 0 * t, xp)


def latent(theta: Theta, renewals: Array) -> tuple[Array, Array]:
    """Parameters of the Beta of theta, the loss probability at age 1, given this many renewals."""
    alpha, beta, c = theta
    return alpha, beta + _power(renewals, c, NUMPY)


def pace(theta: Theta, k: Array) -> Array:
    """The power to which (1 - theta) is the probability of the k-th renewal: k^c - (k-1)^c."""
    c = theta[2]
    return _power(k, c, NUMPY) - _power(k - 1, c, NUMPY)


def _log_beta(theta: Theta, t: Array, xp: ArrayLibrary) -> Array:
    """log B(alpha, beta + t^c) without the part that does not depend on t."""
    alpha, beta, c = theta
    reached = beta + _power(t, c, xp)
    return xp.gammaln(reached) - xp.gammaln(alpha + reached)


def _power(t: Array, c: Array, xp: ArrayLibrary) -> Array:
    """t^c; at t = 0 it and its gradient are 0."""
    return xp.exp(c * xp.log(xp.maximum(t, 1e-300)))
