"""Whether a forecast finds the best customers: what its top tenth brought, against chance and against last year's spend."""

from dataclasses import dataclass

import numpy as np

from helpers.inference.intervals import Interval, interval
from helpers.messages import Message, estimate, message, percent

TENTH, RESAMPLES = 0.1, 1000

RANKING = message(
    "ranking.use",
    "The ranking may still be used: its top tenth brought {found} of the whole, where chance brings {chance} and the top "
    "tenth by last year's spend brought {past}.",
)
NO_RANKING = message(
    "ranking.no_use",
    "Nor is the ranking of use: its top tenth brought {found} of the whole, chance brings {chance}, and the top tenth by "
    "last year's spend brought {past}.",
)


@dataclass(frozen=True)
class Ranking:
    """The share of the whole that the tenth of customers ranked highest brought, by forecast and by last year's spend.

    chance: the share of the customers in that tenth. gain: by forecast less by last year's spend, paired.
    """

    found: Interval
    past: Interval
    gain: Interval
    chance: float

    @property
    def useful(self) -> bool:
        """Whether the forecast's top tenth brought more than chance and than last year's spend, beyond their intervals."""
        return self.found.p05 > self.chance and self.gain.p05 > 0

    @property
    def said(self) -> Message:
        """Whether the ranking may be used, with the three shares."""
        shares = {"found": estimate(self.found, percent), "past": estimate(self.past, percent)}
        return (RANKING if self.useful else NO_RANKING)(**shares, chance=percent(self.chance))


def judge(forecast: np.ndarray, past: np.ndarray, actual: np.ndarray, seed: int = 1) -> Ranking:
    """Compare two rankings by what their top tenths brought: shape (customers,) each; ties fall as the customers stand.

    The intervals are those of a bootstrap over customers, in which each resample is ranked anew.
    """
    rng, size = np.random.default_rng(seed), len(actual)
    order = rng.permutation(size)  # so that ties do not follow the order of the table
    ranked, brought = np.column_stack([forecast, past])[order], np.asarray(actual, float)[order]
    top = max(1, int(size * TENTH))
    draws = np.empty((RESAMPLES, 2))
    for place in range(RESAMPLES):
        some = rng.integers(0, size, size)
        whole = max(brought[some].sum(), 1e-300)
        for column in range(2):
            best = np.argpartition(-ranked[some, column], top - 1)[:top]
            draws[place, column] = brought[some[best]].sum() / whole
    return Ranking(
        interval(draws[:, 0]), interval(draws[:, 1]), interval(draws[:, 0] - draws[:, 1]), top / size
    )
