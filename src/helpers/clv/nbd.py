"""NBD: purchases at a customer's own rate for ever; the baseline without drop-out (Ehrenberg 1959).

Its density is that of the purchase times, as for the models with drop-out, so that log-likelihoods compare.
"""

import numpy as np

from helpers.clv.array_libraries import log_growth, log_rising
from helpers.clv.priors import purchase_rate_priors

TITLE = "NBD"
PARAMETERS = ("r", "alpha")
LIFETIME = "endless"


def priors(days_per_unit: float, width=1.0, groups: bool = False) -> tuple:
    """Declare the priors on interpretable scales inside a PyMC model and return (r, alpha), each per group if so."""
    return purchase_rate_priors(days_per_unit, width, groups)


def shifted(theta, rate_effect, drop_out_effect, xp):
    """Parameters with the purchase rate times exp(rate_effect); nobody drops out."""
    r, alpha = theta
    return r, alpha * xp.exp(-rate_effect)


def log_likelihood_x(theta, x, xp):
    """The part of a customer's log-likelihood that depends on x alone: shape of x."""
    r, _ = theta
    return log_rising(r, x, xp)


def log_likelihood_row(theta, x, t_x, T, xp):
    """The rest of the log-likelihood: shape of x."""
    r, alpha = theta
    return -r * log_growth(alpha, 0.0, T, xp) - x * xp.log(alpha + T)


def log_odds_dropped(theta, x, t_x, T, xp):
    """Log odds that the customer has dropped out: nobody does."""
    r, alpha = theta
    return -1e6 + 0 * (r + alpha + x + t_x + T)


def latent(theta, x, T) -> tuple:
    """Parameters of the latent rate given the history: Gamma(shape, rate); the lifetime has none."""
    r, alpha = theta
    return r + x, alpha + T, np.ones_like(r), np.ones_like(r)


def expected_purchases(theta, x, t_x, T, t):
    """Expected purchases in the `t` units after the window; all arguments broadcast."""
    r, alpha = theta
    return (r + x) / (alpha + T) * t


def expected_purchases_new(theta, t):
    """Expected repeat purchases of a new customer in the first `t` units."""
    r, alpha = theta
    return r / alpha * np.asarray(t, dtype=float)
