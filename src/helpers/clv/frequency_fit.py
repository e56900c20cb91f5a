"""Does a purchase model describe customers of every frequency: in the past it was fitted on, and in the hold-out?"""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.clv import purchase_models
from helpers.clv.simulated_histories import simulate_histories
from helpers.inference import small_groups
from helpers.inference.intervals import LOWER, UPPER

if TYPE_CHECKING:
    import xarray as xr

MOST = 7  # counts from here on are one class
DRAWS = 200  # bases that are simulated


@dataclass(frozen=True)
class Replicated:
    """Customers by repeat purchases, 0 to MOST or more: a row each with actual, and mean, low and high of simulated bases.

    low, high: the ends of the 90 % interval.
    """

    model: str
    table: pd.DataFrame
    most: int = MOST

    @property
    def inside(self) -> int:
        """How many of the actual counts lie inside the interval of the simulated ones."""
        return int(self.table["actual"].between(self.table["low"], self.table["high"]).sum())


@dataclass(frozen=True)
class ByFrequency:
    """Mean purchases in the hold-out by repeat purchases before: `actual` and a column per forecast; `first` is judged."""

    table: pd.DataFrame
    first: str
    most: int = MOST

    @property
    def worst(self) -> int:
        """The number of repeat purchases (MOST: that or more) at which the judged forecast is furthest off."""
        return int((self.table[self.first] - self.table["actual"]).abs().idxmax())


def frequencies(x: pd.Series, most: int, smallest: int) -> pd.Series:
    """Count customers by repeat purchases from 0 to `most`, which stands for that or more.

    Fewer classes where the last ones would hold fewer than `smallest` customers; what is left of few is evened.
    """
    while most > 1 and 0 < (x >= most).sum() < smallest:
        most -= 1
    counts = x.clip(upper=most).value_counts().reindex(range(most + 1), fill_value=0)
    return pd.Series(small_groups.evened(counts, smallest), counts.index, name="count")


def replicated(tree: "xr.DataTree", summary: pd.DataFrame, smallest: int, *, seed: int = 1) -> Replicated:
    """Simulate bases as the fitted model would draw them, customer by customer, beside the one it was fitted on.

    Neighbouring classes of fewer than `smallest` actual customers are taken together, at their mean.
    """
    its = purchase_models.parameters(tree).thinned(DRAWS)
    T = np.broadcast_to(summary["T"].to_numpy(), (its.draws, len(summary)))
    lived = partial(its.lived, summary)
    simulated, _ = simulate_histories(its.module, its.at(summary), T, lived=lived, seed=seed)
    actual = np.bincount(np.minimum(summary["x"], MOST), minlength=MOST + 1)
    starts = small_groups.joined(actual, smallest)
    widths = np.diff([*starts, len(actual)])
    bases = np.array([np.bincount(np.minimum(row, MOST), minlength=MOST + 1) for row in simulated])
    together = np.repeat(np.add.reduceat(bases, starts, axis=1) / widths, widths, axis=1)
    low, high = np.quantile(together, [LOWER, UPPER], axis=0)
    evened = small_groups.evened(actual, smallest)
    columns = {"actual": evened, "mean": together.mean(axis=0), "low": low, "high": high}
    return Replicated(its.module.TITLE, pd.DataFrame(columns))


def by_frequency(x: np.ndarray, actual: np.ndarray, expected: dict[str, np.ndarray]) -> ByFrequency:
    """Average purchases in the hold-out over customers of the same frequency before it, x.

    expected: each customer's forecast, shape (customers,), by title of the model; the first is judged.
    """
    groups = pd.DataFrame({"actual": actual} | expected).groupby(np.minimum(x, MOST)).mean()
    return ByFrequency(groups, next(iter(expected)))
