"""What a panel and its effects look like to a reader: in words, over time, in per cent or in the outcome's unit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers.campaigns.panel import Panel
from helpers.inference import monte_carlo
from helpers.inference.intervals import LOWER, UPPER, Interval
from helpers.messages import Value, money, number, percent

MOST_NAMES = 12  # of a group of units, in a table


@dataclass(frozen=True)
class Outcome:
    """What a panel measures, in words, and how an amount of it and a change of it are said."""

    name: str
    is_money: bool
    currency: str
    scale: str

    @property
    def title(self) -> str:
        """The name at the beginning of a sentence."""
        return f"{self.name[0].upper()}{self.name[1:]}"

    def amount(self, value: float) -> Value:
        """The outcome itself, or a change in its own unit."""
        return money(value, self.currency) if self.is_money else number(value)

    def change(self, value: float) -> Value:
        """A change as `shown` gives it: a share of what would have been when outcomes are compared in logs."""
        return percent(value) if self.scale == "log" else self.amount(value)


@dataclass(frozen=True)
class Path:
    """One unit's outcome as it was seen, and the middle and ends of what it would have been without treatment.

    seen, middle, low, high: (periods,), in the outcome's own unit. start: position of the first treated period.
    """

    unit: str
    periods: pd.DatetimeIndex
    start: int
    seen: np.ndarray
    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray


def describe(panel: Panel) -> pd.DataFrame:
    """Return one row per start: its units, and their periods before and after; never treated last."""
    rows = []
    for start in np.unique(panel.start):
        names = [name for name, own in zip(panel.units, panel.start, strict=True) if own == start]
        never = start >= len(panel.periods)
        rows.append(
            {
                "start": None if never else panel.periods[start],
                "units": listed(names),
                "before": int(min(start, len(panel.periods))),
                "after": int(len(panel.periods) - min(start, len(panel.periods))),
            }
        )
    return pd.DataFrame(rows)


def listed(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def course(panel: Panel) -> pd.DataFrame:
    """Return the mean outcome per period (index) of the units ever treated and of those never treated, in its own unit."""
    level = panel.level
    means = {
        "ever_treated": np.average(level[~panel.never], axis=0, weights=panel.weight[~panel.never]),
        "never_treated": np.average(level[panel.never], axis=0, weights=panel.weight[panel.never]),
    }
    return pd.DataFrame(means, index=panel.periods)


def path(panel: Panel, row: int, counterfactual: np.ndarray) -> Path:
    """Set what a unit (its row) showed beside draws (draws, periods) of its counterfactual on the panel's scale."""
    would = np.exp(counterfactual) if panel.scale == "log" else counterfactual
    low, middle, high = np.quantile(would, [LOWER, 0.5, UPPER], axis=0)
    return Path(panel.units[row], panel.periods, int(panel.start[row]), panel.level[row], low, middle, high)


def shown[Effect: (Interval, np.ndarray, pd.Series, float)](panel: Panel, effect: Effect) -> Effect:
    """Say an effect (Interval, draws or number) as a share of what would have been; levels stay as they are."""
    return _through(np.expm1, effect) if panel.scale == "log" else effect


def per_period[Effect: (Interval, np.ndarray, pd.Series, float)](panel: Panel, effect: Effect) -> Effect:
    """Say an effect (Interval, draws or number) in the outcome's unit: mean over the treated units' treated periods."""
    if panel.scale == "level":
        return effect
    treated = np.arange(len(panel.periods)) >= panel.start[:, None]
    mean = float(np.average(panel.level, weights=treated * panel.weight[:, None]))
    return _through(lambda value: mean * -np.expm1(-value), effect)


def _through(change: Callable, effect: Any) -> Any:
    """Put an interval's ends and middle, or plain values, through an increasing function."""
    if not isinstance(effect, Interval):
        return monte_carlo.through(effect, change) if isinstance(effect, float) else change(effect)
    return effect.through(change)
