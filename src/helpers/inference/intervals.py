"""The one interval of the project: 90 %, equal-tailed (ArviZ's own default is 89 %)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from helpers.inference import monte_carlo
from helpers.messages import ENDS

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.90
ERROR = "_mcse"  # what a column with Monte Carlo errors ends with
LOWER, UPPER = (1 - LEVEL) / 2, (1 + LEVEL) / 2


@dataclass(frozen=True)
class Interval:
    """A quantity with its uncertainty: posterior mean, median and the two ends of the 90 % interval.

    Each is `Drawn`, with its Monte Carlo error, where it comes from draws.
    """

    mean: float
    p05: float
    p50: float
    p95: float

    def metrics(self, name: str) -> dict[str, float]:
        """The four numbers under the names that run.json uses: NAME.mean, NAME.p05, NAME.p50, NAME.p95."""
        return self.columns(f"{name}.")

    def columns(self, prefix: str = "") -> dict[str, float]:
        """The four numbers as columns of a table, mean, p05, p50 and p95, with `prefix` before their names."""
        return {f"{prefix}{end}": getattr(self, end) for end in ENDS}

    def kept(self, prefix: str = "") -> dict[str, float]:
        """`columns`, and the Monte Carlo errors as PREFIXmean_mcse and so on (NaN where there is none): for artifacts."""
        errors = {
            f"{name}{ERROR}": monte_carlo.error_of(value) for name, value in self.columns(prefix).items()
        }
        return self.columns(prefix) | {name: np.nan if one is None else one for name, one in errors.items()}

    def times(self, factor: float) -> "Interval":
        """The interval of so many times the number; a factor below 0 exchanges its ends."""
        found = self.through(lambda end: end * factor)
        return found if factor >= 0 else replace(found, p05=found.p95, p95=found.p05)

    @classmethod
    def of(cls, row: "Mapping[str, Any] | pd.Series", prefix: str = "") -> "Interval":
        """Read what `columns` or `kept` wrote back from a row of a table."""
        names = [f"{prefix}{end}" for end in ENDS]
        return cls(
            *(monte_carlo.known(float(row[one]), float(row.get(f"{one}{ERROR}", np.nan))) for one in names)
        )

    def through(self, change: Callable[[float], float]) -> "Interval":
        """The interval of an increasing function of the quantity; its mean is that of the mean."""
        return Interval(*(monte_carlo.through(getattr(self, end), change) for end in ENDS))

    def among(self, again: Callable[[], "list[Interval]"]) -> "Interval":
        """The interval with its ends' deviation among it and the same by other random splits, see `monte_carlo.among`."""

        def moved(end: str) -> float:
            return monte_carlo.among(getattr(self, end), lambda: [getattr(one, end) for one in again()])

        return Interval(*map(moved, ENDS))


UNKNOWN = Interval(np.nan, np.nan, np.nan, np.nan)


def interval(draws: ArrayLike) -> Interval:
    """Summarise draws (in their order, chain after chain) as mean, median and 90 % equal-tailed interval.

    draws: shape (draws,), or (draws, ...) for all of them together, where only the mean has a Monte Carlo error.
    """
    draws = np.asarray(draws, dtype=float)
    if not np.isfinite(draws).all():
        raise ValueError(f"{np.sum(~np.isfinite(draws))} of {draws.size} draws are not finite numbers.")
    shares = (LOWER, 0.5, UPPER)
    if draws.ndim == 1:
        return Interval(monte_carlo.mean(draws), *monte_carlo.quantiles(draws, shares))
    return Interval(monte_carlo.mean(draws), *map(float, np.quantile(draws, shares)))
