"""BG/CNBD-k and MBG/CNBD-k: BG/NBD and MBG/NBD for customers who buy on a rhythm, gaps being Erlang-k.

Reutterer, Platzer and Schröder 2021, "Leveraging Purchase Regularity for Predicting Customer Behavior the Easy Way".
The rate lambda ~ Gamma(r, alpha) is that of a gap's k stages, so purchases come at lambda / k. The likelihood is that of
the purchase times up to (k - 1) times the sum of the logarithms of the customer's gaps, which no parameter touches: one
number per customer or group, needed only where models are compared. With k = 1 it is the model without rhythm.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from helpers.clv import bg_nbd
from helpers.clv.array_libraries import NUMPY, Array, ArrayLibrary, Theta, log_growth, log_rising
from helpers.clv.gap_stages import expected_alive, log_stage_sum
from helpers.clv.priors import Groups


@dataclass(frozen=True)
class Cnbd:
    """The model with STAGES (k) stages per gap; at_once: the coin is tossed after the first purchase too (MBG)."""

    STAGES: int
    at_once: bool

    PARAMETERS = bg_nbd.PARAMETERS
    shifted = staticmethod(bg_nbd.shifted)

    @property
    def TITLE(self) -> str:
        """The name that pages show."""
        return f"{'MBG' if self.at_once else 'BG'}/CNBD-{self.STAGES}"

    @property
    def LIFETIME(self) -> str:
        """How a path may end, see helpers.clv.simulate."""
        return "coin at once" if self.at_once else "coin"

    def priors(self, days_per_unit: float, width: Array = 1.0, groups: Groups = False) -> tuple:
        """Declare the priors of BG/NBD, those of the rate on purchases, k stages each."""
        return bg_nbd.priors(days_per_unit * self.STAGES, width, groups)

    def log_likelihood_x(self, theta: Theta, x: Array, xp: ArrayLibrary) -> Array:
        """The part of a customer's log-likelihood that depends on x alone: shape of x."""
        r, _, a, b = theta
        tosses = x + int(self.at_once)
        stays = log_rising(b, tosses, xp) - log_rising(a + b, tosses, xp)
        return log_rising(r, self.STAGES * x, xp) + stays - x * math.lgamma(self.STAGES)

    def log_likelihood_row(self, theta: Theta, x: Array, t_x: Array, T: Array, xp: ArrayLibrary) -> Array:
        """The rest of the log-likelihood but for the gaps' term, see the module's head: shape of x."""
        r, alpha, _, _ = theta
        quiet = -r * log_growth(alpha, 0.0, T, xp) - self.STAGES * x * xp.log(alpha + T)
        alive = quiet + self._log_silent(theta, x, t_x, T, xp)
        return alive + xp.softplus(self.log_odds_dropped(theta, x, t_x, T, xp))

    def log_odds_dropped(self, theta: Theta, x: Array, t_x: Array, T: Array, xp: ArrayLibrary) -> Array:
        """Log odds that the customer has dropped out at the end of the window; -inf in effect for x = 0 under BG."""
        r, alpha, a, b = theta
        growth = (r + self.STAGES * x) * log_growth(alpha, t_x, T, xp)
        odds = growth - self._log_silent(theta, x, t_x, T, xp) + xp.log(a)
        if self.at_once:
            return odds - xp.log(b + x)
        return xp.where(x > 0, odds - xp.log(b + xp.maximum(x, 1) - 1), -1e6)

    def _log_silent(self, theta: Theta, x: Array, t_x: Array, T: Array, xp: ArrayLibrary) -> Array:
        r, alpha, _, _ = theta
        return log_stage_sum(r + self.STAGES * x, (T - t_x) / (alpha + T), self.STAGES, xp)

    def latent(self, theta: Theta, x: Array, T: Array) -> tuple[Array, Array, Array, Array]:
        """Gamma(shape, rate) of the stages' rate with none of the running gap's stages passed, and Beta(a, b)."""
        r, alpha, a, b = theta
        return r + self.STAGES * x, alpha + T, a, b + x + int(self.at_once)

    def expected_purchases(self, theta: Theta, x: Array, t_x: Array, T: Array, t: Array) -> Array:
        """Expected purchases in the `t` units after the window; all arguments broadcast."""
        alive = special.expit(-self.log_odds_dropped(theta, x, t_x, T, NUMPY))
        return alive * expected_alive(*self.latent(theta, x, T), T - t_x, self.STAGES, t)

    def expected_purchases_new(self, theta: Theta, t: Array) -> Array:
        """Expected repeat purchases of a new customer in the first `t` units."""
        r, alpha, a, b = theta
        stays = b / (a + b) if self.at_once else 1.0
        found = expected_alive(
            r, alpha, a, b + int(self.at_once), 0.0, self.STAGES, np.asarray(t, dtype=float)
        )
        return stays * found
