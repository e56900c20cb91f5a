"""Draws of a purchase model's parameters, and what they say of histories: in operational time, where there is a season."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from scipy import special

from helpers.clv import pareto_season
from helpers.clv.array_libraries import NUMPY
from helpers.clv.customer_groups import Design, cells_of
from helpers.clv.expectations import expected_until_death
from helpers.clv.model_interfaces import PurchaseModel
from helpers.clv.season_clock import Clock
from helpers.errors import StudyError

EXPONENTIAL = "exponential"  # a lifetime in calendar time, whatever the season


@dataclass(frozen=True)
class Parameters:
    """Draws of a purchase model's parameters.

    theta: in the order of module.PARAMETERS, each of shape (draws, groups), one column without groups; effects of
    covariates on rate and drop-out: shape (draws, covariates). time_unit: what rates are per, where it is known.
    """

    module: PurchaseModel
    design: Design
    theta: tuple[np.ndarray, ...]
    rate_effect: np.ndarray
    drop_out_effect: np.ndarray
    time_unit: str = ""
    clock: Clock | None = None

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.theta[0])

    def thinned(self, draws: int) -> "Parameters":
        """`draws` evenly spaced draws, all when there are fewer."""
        some = np.linspace(0, self.draws - 1, min(draws, self.draws)).astype(int)
        theta = tuple(value[some] for value in self.theta)
        return replace(
            self,
            theta=theta,
            rate_effect=self.rate_effect[some],
            drop_out_effect=self.drop_out_effect[some],
            clock=self.clock and self.clock.at(some),
        )

    def check_unit(self, time_unit: str) -> None:
        """Refuse parameters per week for histories in months, and the like."""
        if self.time_unit and self.time_unit != time_unit:
            raise StudyError(
                f"The purchase model was fitted per {self.time_unit}, and the histories are in units of a {time_unit}: "
                "use the study's time_unit for both, or fit the model again."
            )

    def at(self, rows: pd.DataFrame) -> tuple[np.ndarray, ...]:
        """The parameters that hold for each row: arrays of shape (draws, rows), or (draws, 1) where all rows share them."""
        if not self.design.groups and not self.design.covariates:
            return self.theta
        cells = cells_of(rows, self.design)
        theta = tuple(value[:, cells.group] for value in self.theta)
        if self.design.covariates:
            rate, drop_out = (effect @ cells.z.T for effect in (self.rate_effect, self.drop_out_effect))
            theta = self.module.shifted(theta, rate, drop_out, NUMPY)
        return tuple(value[:, cells.of] for value in theta)

    def standing_on(self, end: date | None) -> "Parameters":
        """For histories that end on another day than those the model was fitted on; None: the same."""
        return self if self.clock is None or end is None else replace(self, clock=self.clock.standing_on(end))

    def lived(self, rows: pd.DataFrame, age: np.ndarray) -> np.ndarray:
        """Ages of rows in operational time, where the season of the past is known: arrays (draws, rows)."""
        return age if self.clock is None or not self.clock.seen else self.clock.elapsed(rows, age)

    def spans(self, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """t_x and T of each row, in operational time under a season: shape (rows,), or (draws, rows)."""
        if self.clock is None or not self.clock.seen:
            return history_of(rows)[1:]
        return self.clock.between(rows)

    def log_likelihood_row(self, rows: pd.DataFrame) -> np.ndarray:
        """The log-likelihood of one customer of each row but for what x alone decides: shape (draws, rows)."""
        x, theta, (t_x, T) = history_of(rows)[0], self.at(rows), self.spans(rows)
        if not self._pareto_in_season:
            return self.module.log_likelihood_row(theta, x, t_x, T, NUMPY)
        alive = pareto_season.log_alive(theta, x, T, history_of(rows)[2], NUMPY)
        return alive + np.logaddexp(0, self.log_odds_dropped(rows))

    @property
    def _pareto_in_season(self) -> bool:
        return self.clock is not None and self.clock.seen and self.module.LIFETIME == EXPONENTIAL

    def log_odds_dropped(self, rows: pd.DataFrame) -> np.ndarray:
        """Log odds that a customer of each row has dropped out at the end of the window: shape (draws, rows)."""
        x, theta = history_of(rows)[0], self.at(rows)
        if self._pareto_in_season and self.clock is not None:
            return pareto_season.log_odds(
                theta, x, *self.clock.places(rows), self.clock.passed, self.clock.unit_days
            )
        return self.module.log_odds_dropped(theta, x, *self.spans(rows), NUMPY)

    def latent(self, rows: pd.DataFrame, *, at_last: bool = False) -> tuple[np.ndarray, ...]:
        """Parameters of the latent rate and drop-out given the history and alive, see the model's `latent`.

        at_last: at the last purchase instead of the end of the window. Each broadcasts to (draws, rows). The rate has seen
        operational time, the drop-out calendar time.
        """
        x, t_x, T = history_of(rows)
        theta, seen = self.at(rows), self.spans(rows)
        shape, rate, *_ = self.module.latent(theta, x, seen[0] if at_last else seen[1])
        return shape, rate, *self.module.latent(theta, x, t_x if at_last else T)[2:]

    def ahead(self, horizon: float) -> tuple[np.ndarray, float]:
        """Operational units passed on each day after the end, see `Clock.ahead`, and days per unit; without (draws, 1)."""
        if self.clock is None:
            return np.zeros((self.draws, 1)), 1.0
        return self.clock.ahead(horizon), self.clock.unit_days

    def silent(self, rows: pd.DataFrame) -> np.ndarray:
        """How far the rate's own parameter has grown since the last purchase, as a share of it, see `gap_stages`: z.

        Shape (draws, rows); 0 for a model whose gaps have one stage, which does not read it.
        """
        if self.module.STAGES == 1:
            return np.zeros((1, 1))
        return 1 - self.latent(rows, at_last=True)[1] / self.latent(rows)[1]

    def expected(self, rows: pd.DataFrame, t: float) -> np.ndarray:
        """Expected purchases of each row in the `t` units after the window: shape (draws, rows)."""
        x, theta = history_of(rows)[0], self.at(rows)
        if self.clock is None:
            return self.module.expected_purchases(theta, *history_of(rows), t)
        if self.module.LIFETIME != EXPONENTIAL:
            later = self.clock.ahead_at(t)[:, None]
            return self.module.expected_purchases(theta, x, *self.spans(rows), later)
        ends, pace = self.clock.runs_ahead(t)
        (shape, rate, s, beta), total, before = self.latent(rows), np.zeros(1), np.zeros(1)
        for end, own in zip(ends, pace.T, strict=True):
            upto = expected_until_death(shape, rate, s, beta, end)
            total, before = total + own[:, None] * (upto - before), upto
        return special.expit(-self.log_odds_dropped(rows)) * total

    def lived_since(self, first: np.ndarray, age: np.ndarray) -> np.ndarray:
        """The first `age` units after each day of `first`, in operational time where the season is known: (draws, rows)."""
        return age if self.clock is None or not self.clock.seen else self.clock.since(first, age)

    def expected_new(self, rows: pd.DataFrame, first: np.ndarray, age: np.ndarray) -> np.ndarray:
        """Expected repeat purchases of new customers in their first `age` units: shape (draws, rows).

        first: the day of each row's first purchase, datetime64. A season that was drawn from its prior is not the past's.
        """
        theta = self.at(rows)
        if self.clock is None or not self.clock.seen or self.module.LIFETIME != EXPONENTIAL:
            return self.module.expected_purchases_new(theta, self.lived_since(first, age))
        return sum(
            pace
            * (
                self.module.expected_purchases_new(theta, end)
                - self.module.expected_purchases_new(theta, begin)
            )
            for begin, end, pace in self.clock.runs_since(first, age)
        )


def history_of(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, t_x and T of rows as numbers: three arrays of shape (rows,)."""
    x, t_x, T = (rows[name].to_numpy(dtype=float) for name in ("x", "t_x", "T"))
    return x, t_x, T
