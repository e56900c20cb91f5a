"""MBG/NBD: BG/NBD with one more toss of the coin, right after the first purchase.

Batislam, Denizel and Filiztekin 2007. So a one-time buyer may have dropped out too.
"""

import numpy as np
from scipy import special

from helpers.clv import bg_nbd
from helpers.clv.array_libraries import NUMPY, Array, ArrayLibrary, Theta, log_growth, log_rising
from helpers.clv.expectations import expected_until_coin

TITLE = "MBG/NBD"
PARAMETERS = bg_nbd.PARAMETERS
LIFETIME = "coin at once"  # tossed after the first purchase too
STAGES = 1  # of a gap between purchases: exponential, as irregular as chance
priors, shifted = bg_nbd.priors, bg_nbd.shifted


def log_likelihood_x(theta: Theta, x: Array, xp: ArrayLibrary) -> Array:
    """The part of a customer's log-likelihood that depends on x alone: shape of x."""
    r, _, a, b = theta
    stays = log_rising(b, x + 1, xp) - log_rising(a + b, x + 1, xp)
    return log_rising(r, x, xp) + stays


def log_likelihood_row(theta: Theta, x: Array, t_x: Array, T: Array, xp: ArrayLibrary) -> Array:
    """The rest of the log-likelihood, which needs the whole triple: shape of x."""
    r, alpha, _, _ = theta
    quiet = -r * log_growth(alpha, 0.0, T, xp) - x * xp.log(alpha + T)
    return quiet + xp.softplus(log_odds_dropped(theta, x, t_x, T, xp))


def log_odds_dropped(theta: Theta, x: Array, t_x: Array, T: Array, xp: ArrayLibrary) -> Array:
    """Log odds that the customer has dropped out at the end of the window."""
    r, alpha, a, b = theta
    return (r + x) * log_growth(alpha, t_x, T, xp) + xp.log(a) - xp.log(b + x)


def latent(theta: Theta, x: Array, T: Array) -> tuple[Array, Array, Array, Array]:
    """Parameters of the latent rate and drop-out given the history and alive: Gamma(shape, rate), Beta(a, b)."""
    r, alpha, a, b = theta
    return r + x, alpha + T, a, b + x + 1


def expected_purchases(theta: Theta, x: Array, t_x: Array, T: Array, t: Array) -> Array:
    """Expected purchases in the `t` units after the window; all arguments broadcast."""
    alive = special.expit(-log_odds_dropped(theta, x, t_x, T, NUMPY))
    return alive * expected_until_coin(*latent(theta, x, T), t)


def expected_purchases_new(theta: Theta, t: Array) -> Array:
    """Expected repeat purchases of a new customer in the first `t` units: alive after the first toss, then BG/NBD."""
    r, alpha, a, b = theta
    return b / (a + b) * expected_until_coin(r, alpha, a, b + 1, np.asarray(t, dtype=float))
