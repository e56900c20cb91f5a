"""Monte Carlo error: how far a number that rests on draws would move under another seed.

A `Drawn` is such a number. It is a float, to be used as one; what is computed from it is an ordinary float again. The
standard error is that of Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021 (ArviZ), which allows for draws that
resemble those before them, and is only computed when somebody asks.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from helpers.checks import Side

BATCHES = 20  # of the draws, for the error of a statistic
BLOCKS = 16  # of the draws, for halves of them; a power of two
DEALINGS = 4  # further random splits, for what a number moves by under another
RESAMPLED = 200  # times, replicates for the error of a statistic of them
AT_LIMIT = 4  # Monte Carlo errors around a threshold within which the careful verdict is given


class Drawn(float):
    """A number with `error`, a function that returns its Monte Carlo standard error; it is copied as a plain number."""

    error: Callable[[], float]

    def __new__(cls, value: float, error: Callable[[], float]) -> Self:
        """Make a number of a value and a function for its error, in the value's unit."""
        made = super().__new__(cls, value)
        made.error = error
        return made

    def __reduce__(self) -> tuple[type, tuple[float]]:
        """Leave the draws behind."""
        return float, (float(self),)

    def through(self, change: Callable[[float], float]) -> "Drawn":
        """A smooth function of the number, its error to first order."""

        def error() -> float:
            here, own = float(self), self.error()
            return abs(change(here + own) - change(here - own)) / 2

        return Drawn(change(float(self)), error)


def known(value: float, error: float) -> float:
    """A number whose error was worked out before, as a table keeps it; a plain number where that is not finite."""
    return Drawn(value, lambda: error) if np.isfinite(error) else float(value)


def moved_by(value: float, *others: float) -> float:
    """A number that other numbers move one for one: their errors, of draws of their own each, add to its own in squares."""
    parts = [one for one in (value, *others) if isinstance(one, Drawn)]
    return (
        Drawn(float(value), lambda: float(np.hypot.reduce([one.error() for one in parts])))
        if parts
        else value
    )


def by_draw(value: float, parts: ArrayLike) -> Drawn:
    """A number that is not a plain mean of draws, with the error of the mean of `parts`, what each draw adds to it.

    parts: in the order of the draws, shape (draws,), up to a constant: of a mean the draws, of a function of several means
    and of a score of draws its influence function.
    """
    values = np.asarray(parts, dtype=float)
    return Drawn(float(value), partial(_error, values, method="mean"))


def statistic(draws: ArrayLike, of: Callable[[np.ndarray], float]) -> Drawn:
    """Any statistic of draws in their order, shape (draws, ...); its error by batch means (Glynn and Iglehart 1990)."""
    values = np.asarray(draws, dtype=float)

    def error() -> float:
        if len(values) < 2 * BATCHES:
            return np.nan
        each = [of(part) for part in np.array_split(values, BATCHES)]
        return float(np.std(each, ddof=1) / np.sqrt(BATCHES))

    return Drawn(float(of(values)), error)


def halves(draws: ArrayLike) -> Iterator[np.ndarray]:
    """Means of halves of draws in their order, shape (draws, ...): half of BLOCKS blocks each, balanced (McCarthy 1969)."""
    from scipy.linalg import hadamard  # noqa: PLC0415 (pages are rendered without it)

    blocks = np.array_split(np.asarray(draws), BLOCKS)
    sums, sizes = np.array([one.sum(axis=0, dtype=float) for one in blocks]), np.array([*map(len, blocks)])
    for signs in hadamard(BLOCKS)[1:]:
        yield sums[signs > 0].sum(axis=0) / sizes[signs > 0].sum()


def error_by_halves(again: ArrayLike) -> np.ndarray:
    """Standard errors, shape (...), of functions of a mean of draws, however uneven, from what they are for its `halves`.

    again: shape (halves, ...). A half moves from the whole as far as the whole moves under another seed.
    """
    return np.std(np.asarray(again, dtype=float), axis=0, ddof=1)


def of_replicates(replicates: ArrayLike, of: Callable[[np.ndarray], np.ndarray]) -> Drawn:
    """A statistic of independent replicates, shape (replicates,); its error by their bootstrap (Efron 1979).

    of: works along the last axis. Few replicates do: their order means nothing, so they need no batches.
    """
    values = np.asarray(replicates, dtype=float)

    def error() -> float:
        size = (RESAMPLED, len(values))
        again = values[np.random.default_rng(1).integers(len(values), size=size)]
        return float(np.std(of(again), ddof=1))

    return Drawn(float(of(values)), error)


def among(value: float, again: Callable[[], Iterable[float]]) -> Drawn:
    """A number that rests on a random split, its error the standard deviation among it and the same by other splits.

    again: makes the others, when somebody asks. What error the number has by itself adds to it in squares.
    """

    def error() -> float:
        found = [float(value), *map(float, again())]
        spread = float(np.std(found, ddof=1)) if len(found) > 1 else np.nan
        return float(np.hypot(spread, error_of(value) or 0.0))

    return Drawn(float(value), error)


def mean(draws: ArrayLike) -> Drawn:
    """The mean of draws in their order, chain after chain: shape (draws,), or (draws, ...), then of all."""
    values = np.asarray(draws, dtype=float)
    by_draw = values.reshape(len(values), -1).mean(axis=1)
    return Drawn(float(values.mean()), partial(_error, by_draw, method="mean"))


def quantiles(draws: ArrayLike, shares: Sequence[float]) -> list[Drawn]:
    """Quantiles of draws in their order, chain after chain: shape (draws,)."""
    values = np.asarray(draws, dtype=float)
    found = zip(shares, np.quantile(values, shares), strict=True)
    return [Drawn(float(one), partial(_error, values, method="quantile", prob=share)) for share, one in found]


def error_of(value: Any) -> float | None:
    """The Monte Carlo standard error of a number; None where it rests on no draws or on too few to tell."""
    found = value.error() if isinstance(value, Drawn) else np.nan
    return float(found) if np.isfinite(found) else None


def above(value: float, threshold: float) -> Side:
    """Whether a number is above its threshold, or so near that chance may have put it there."""
    return _side(value, float(value) > threshold, threshold - value)


def at_least(value: float, threshold: float) -> Side:
    """Whether a number is at or above its threshold, or so near below that chance may have put it there."""
    return _side(value, float(value) >= threshold, threshold - value)


def below(value: float, threshold: float) -> Side:
    """Whether a number is below its threshold, or so near above that chance may have put it there."""
    return _side(value, float(value) < threshold, value - threshold)


def beyond(value: float, limit: float) -> Side:
    """Whether a number is further from 0 than its limit, or so near to it that chance may have put it there."""
    return _side(value, abs(value) > limit, limit - abs(value))


def through(value: float, change: Callable[[float], float]) -> float:
    """A smooth function of a number, with its error where the number has one."""
    return value.through(change) if isinstance(value, Drawn) else float(change(value))


def _side(value: float, holds: bool, distance: float) -> Side:
    margin = AT_LIMIT * (error_of(value) or 0.0)
    at_limit = margin > 0 and abs(distance) <= margin
    return Side(holds or at_limit, at_limit)


def _error(draws: np.ndarray, **method: Any) -> float:
    from arviz_stats.base import array_stats  # noqa: PLC0415 (it brings xarray along)

    if np.ptp(draws) == 0:
        return 0.0
    # The draws as one chain: ArviZ splits it into halves, which are the chains where there are two.
    return float(array_stats.mcse(draws, chain_axis=None, draw_axis=-1, **method))
