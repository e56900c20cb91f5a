"""Where outcomes that are counts fall in their forecasts: the probability integral transform, without chance.

A count leaves a stretch of its forecast's distribution open, from the probability of less to that of no more. Its curve is
the mean over such stretches (Czado, Gneiting and Held 2009, equation 2): uniform if the forecasts are right.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from helpers.checks import Side
from helpers.inference import monte_carlo
from helpers.inference.intervals import LOWER, UPPER

ALLOWED = (0.85, 0.97)


@dataclass(frozen=True)
class Stretches:
    """Probability, under each forecast, of less than what came (low) and of no more (high): shape (outcomes,) each."""

    low: np.ndarray
    high: np.ndarray

    def curve(self, at: ArrayLike) -> np.ndarray:
        """The share of outcomes up to each probability of `at`, shape of `at`."""
        return self._each(np.asarray(at, dtype=float)[..., None]).mean(axis=-1)

    @property
    def tenths(self) -> np.ndarray:
        """The shares of outcomes that fell into each tenth of their own forecast: shape (10,)."""
        inner = self.curve(np.arange(1, 10) / 10)
        return np.diff(inner, prepend=0.0, append=1.0)

    @property
    def inside(self) -> float:
        """The share of outcomes inside their 90 % interval."""
        low, high = self.curve((LOWER, UPPER))
        return float(high - low)

    @property
    def slopes(self) -> tuple[np.ndarray, np.ndarray]:
        """What `inside` moves by with each `low` and each `high`, see `monte_carlo.by_draw`: shape (outcomes,) each."""
        width = self.high - self.low
        open_ = np.where(width > 0, width, np.inf)
        lower, upper = self._each(np.array(LOWER)), self._each(np.array(UPPER))
        by_low = [np.where((one > 0) & (one < 1), one - 1, 0.0) / open_ for one in (lower, upper)]
        by_high = [np.where((one > 0) & (one < 1), -one, 0.0) / open_ for one in (lower, upper)]
        return (by_low[1] - by_low[0]) / len(width), (by_high[1] - by_high[0]) / len(width)

    def _each(self, at: np.ndarray) -> np.ndarray:
        width = self.high - self.low
        within = np.clip((at - self.low) / np.where(width > 0, width, 1.0), 0.0, 1.0)
        return np.where(width > 0, within, at >= self.low)


def outside(share: float) -> Side:
    """Whether a share inside 90 % intervals lies outside what is ALLOWED."""
    return monte_carlo.below(share, ALLOWED[0]) or monte_carlo.above(share, ALLOWED[1])
