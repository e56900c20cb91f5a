"""What the value models share, written down: a module with these functions is a purchase or a renewal model.

Functions that take `xp` are written once for two array libraries: PYTENSOR inside a PyMC model, NUMPY for predictions.
theta: parameters in the order of PARAMETERS; all arguments broadcast. Under a season (helpers.clv.season) times are in
operational time, which `Parameters` hands over; a lifetime in calendar time needs both, see helpers.clv.pareto_season.
"""

from typing import Protocol

from helpers.clv.array_libraries import Array, ArrayLibrary, Theta
from helpers.clv.priors import Groups


class PurchaseModel(Protocol):
    """Purchases of a customer with history (x, t_x, T): x repeat purchases, the last at t_x, seen for T units."""

    @property
    def TITLE(self) -> str:
        """The name that pages show."""

    @property
    def PARAMETERS(self) -> tuple[str, ...]:
        """Names of the parameters, the order of every theta."""

    @property
    def LIFETIME(self) -> str:
        """How a customer's path may end, see helpers.clv.simulate."""

    @property
    def STAGES(self) -> int:
        """Stages of a gap between purchases: 1 as irregular as chance, more on a rhythm, see helpers.clv.gap_stages."""

    def priors(self, days_per_unit: float, width: Array = 1.0, groups: Groups = False) -> tuple:
        """Declare the priors inside a PyMC model and return theta, each parameter per group where there are any."""

    def shifted(self, theta: Theta, rate_effect: Array, drop_out_effect: Array, xp: ArrayLibrary) -> tuple:
        """theta with the log purchase rate and the drop-out shifted by the effects of covariates."""

    def log_likelihood_x(self, theta: Theta, x: Array, xp: ArrayLibrary) -> Array:
        """The part of a customer's log-likelihood that depends on x alone."""

    def log_likelihood_row(self, theta: Theta, x: Array, t_x: Array, T: Array, xp: ArrayLibrary) -> Array:
        """The rest of the log-likelihood."""

    def log_odds_dropped(self, theta: Theta, x: Array, t_x: Array, T: Array, xp: ArrayLibrary) -> Array:
        """Log odds that the customer has dropped out at the end of the window."""

    def latent(self, theta: Theta, x: Array, T: Array) -> tuple[Array, Array, Array, Array]:
        """Parameters of the latent rate (of a gap's stages) and drop-out given the history, alive and no stage passed."""

    def expected_purchases(self, theta: Theta, x: Array, t_x: Array, T: Array, t: Array) -> Array:
        """Expected purchases in the t units after the window."""

    def expected_purchases_new(self, theta: Theta, t: Array) -> Array:
        """Expected repeat purchases of a new customer in the first t units."""


class RenewalModel(Protocol):
    """Renewals of a contract, at ages 1, 2, 3, ...: theta is alpha and beta of the first loss, and what else a model has."""

    @property
    def TITLE(self) -> str:
        """The name that pages show."""

    @property
    def PARAMETERS(self) -> tuple[str, ...]:
        """Names of the parameters, the order of every theta."""

    def own_priors(self) -> tuple:
        """Declare what the model has beyond alpha and beta inside a PyMC model and return it."""

    def log_renewal(self, theta: Theta, k: Array, xp: ArrayLibrary) -> Array:
        """Log probability that a contract that came to its k-th renewal date is renewed there."""

    def log_loss(self, theta: Theta, k: Array, xp: ArrayLibrary) -> Array:
        """Log probability that a contract that came to its k-th renewal date ends there."""

    def log_survival(self, theta: Theta, t: Array, xp: ArrayLibrary) -> Array:
        """Log probability that a new contract is renewed at least t times."""

    def latent(self, theta: Theta, renewals: Array) -> tuple[Array, Array]:
        """Parameters of the Beta of the loss probability at age 1, given this many renewals."""

    def pace(self, theta: Theta, k: Array) -> Array:
        """The power to which (1 - the loss probability at age 1) is the probability of the k-th renewal."""
