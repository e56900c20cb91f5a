"""NBD: purchases at a customer's own rate for ever; the baseline without drop-out (Ehrenberg 1959).

Its density is that of the purchase times, as for the models with drop-out, so that log-likelihoods compare.
"""

import numpy as np

from helpers.clv.array_libraries import Array, ArrayLibrary, Theta, log_growth, log_rising
from helpers.clv.priors import Groups, purchase_rate_priors

TITLE = "NBD"
PARAMETERS = ("r", "alpha")
LIFETIME = "endless"
STAGES = 1  # of a gap between purchases: exponential, as irregular as chance


def priors(days_per_unit: float, width: Array = 1.0, groups: Groups = False) -> tuple:
    """Declare the priors on interpretable scales inside a PyMC model and return (r, alpha), each per group if so."""
    return purchase_rate_priors(days_per_unit, width, groups)


def shifted(theta: Theta, rate_effect: Array, drop_out_effect: Array, xp: ArrayLibrary) -> tuple:
    """Parameters with the purchase rate times exp(rate_effect); nobody drops out."""
    r, alpha = theta
    return r, alpha * xp.exp(-rate_effect)


def log_likelihood_x(theta: Theta, x: Array, xp: ArrayLibrary) -> Array:
    """The part of a customer's log-likelihood that depends on x alone: shape of x."""
    r, _ = theta
    return log_rising(r, x, xp)


def log_likelihood_row(theta: Theta, x: Array, t_x: Array, T: Array, xp: ArrayLibrary) -> Array:
    """The rest of the log-likelihood: shape of x."""
    r, alpha = theta
    return -r * log_growth(alpha, 0.0, T, xp) - x * xp.log(alpha + T)


def log_odds_dropped(theta: Theta, x: Array, t_x: Array, T: Array, xp: ArrayLibrary) -> Array:
    """Log odds that the customer has dropped out: nobody does."""
    r, alpha = theta
    return -1e6 + 0 * (r + alpha + x + t_x + T)


def latent(theta: Theta, x: Array, T: Array) -> tuple[Array, Array, Array, Array]:
    """Parameters of the latent rate given the history: Gamma(shape, rate); the lifetime has none."""
    r, alpha = theta
    return r + x, alpha + T, np.ones_like(r), np.ones_like(r)


def expected_purchases(theta: Theta, x: Array, t_x: Array, T: Array, t: Array) -> Array:
    """Expected purchases in the `t` units after the window; all arguments broadcast."""
    r, alpha = theta
    return (r + x) / (alpha + T) * t


def expected_purchases_new(theta: Theta, t: Array) -> Array:
    """Expected repeat purchases of a new customer in the first `t` units."""
    r, alpha = theta
    return r / alpha * np.asarray(t, dtype=float)
