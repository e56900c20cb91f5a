"""Shifted beta-geometric: a contract is renewed or not at every renewal date, each with an own, constant probability.

Fader and Hardie 2007, "How to Project Customer Retention". The probability theta of leaving at a renewal date differs
between contracts: theta ~ Beta(alpha, beta). Retention rises with age only because those likely to leave are gone.
Age k counts renewal dates: the first renewal is at age 1, and every contract is there at age 0.
"""

from helpers.clv.array_libraries import Array, ArrayLibrary, Theta

TITLE = "sBG"
PARAMETERS = ("alpha", "beta")


def own_priors() -> tuple:
    """Declare what the model has beyond alpha and beta inside a PyMC model: nothing."""
    return ()


def log_renewal(theta: Theta, k: Array, xp: ArrayLibrary) -> Array:
    """Log probability that a contract that came to its k-th renewal date is renewed there: shape of k."""
    alpha, beta = theta
    return xp.log(beta + k - 1) - xp.log(alpha + beta + k - 1)


def log_loss(theta: Theta, k: Array, xp: ArrayLibrary) -> Array:
    """Log probability that a contract that came to its k-th renewal date ends there: shape of k."""
    alpha, beta = theta
    return xp.log(alpha) - xp.log(alpha + beta + k - 1)


def log_survival(theta: Theta, t: Array, xp: ArrayLibrary) -> Array:
    """Log probability that a new contract is renewed at least t times. Equation 6 of the source, in closed form."""
    alpha, beta = theta
    return xp.betaln(alpha, beta + t) - xp.betaln(alpha, beta)


def latent(theta: Theta, renewals: Array) -> tuple[Array, Array]:
    """Parameters of the Beta of theta, the loss probability at age 1, given this many renewals."""
    alpha, beta = theta
    return alpha, beta + renewals


def pace(theta: Theta, k: Array) -> Array:
    """The power to which (1 - theta) is the probability of the k-th renewal: 1 at every age."""
    alpha, _ = theta
    return 0 * alpha + 0 * k + 1.0
