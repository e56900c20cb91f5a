"""The one interval of the project: 90 %, equal-tailed (ArviZ's own default is 89 %)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

LEVEL = 0.90
LOWER, UPPER = (1 - LEVEL) / 2, (1 + LEVEL) / 2


@dataclass(frozen=True)
class Interval:
    """A quantity with its uncertainty: posterior mean, median and the two ends of the 90 % interval."""

    mean: float
    p05: float
    p50: float
    p95: float

    def metrics(self, name: str) -> dict[str, float]:
        """The four numbers under the names that run.json uses: NAME.mean, NAME.p05, NAME.p50, NAME.p95."""
        return {f"{name}.{part}": getattr(self, part) for part in ("mean", "p05", "p50", "p95")}


def interval(draws: ArrayLike) -> Interval:
    """Summarise draws (any shape) as mean, median and 90 % equal-tailed interval."""
    draws = np.asarray(draws, dtype=float).ravel()
    if not np.isfinite(draws).all():
        raise ValueError(f"{np.sum(~np.isfinite(draws))} of {draws.size} draws are not finite numbers.")
    p05, p50, p95 = np.quantile(draws, [LOWER, 0.5, UPPER])
    return Interval(float(draws.mean()), float(p05), float(p50), float(p95))
