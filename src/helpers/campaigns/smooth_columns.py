"""Traits as the columns of a regression that bends with them: piecewise linear on a log scale, indicators of names."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.campaigns.encoding import OTHER, RARE

BENDS = (0.2, 0.4, 0.6, 0.8)  # quantiles at which the line of a trait may bend
FEW_VALUES = 6  # a number with at most so many values is a name per value
APART = (
    0.05  # share of units with the lowest value from which it is a column of its own (nothing bought before)
)


@dataclass(frozen=True)
class Columns:
    """Standardised columns `x`, shape (units, columns), and the trait that each belongs to."""

    x: np.ndarray
    trait: np.ndarray

    def without(self, name: str) -> "Columns":
        """The columns of all traits but one."""
        kept = self.trait != name
        return Columns(self.x[:, kept], self.trait[kept])


def columns(units: pd.DataFrame, numeric: list[str], named: list[str]) -> Columns:
    """Return the columns of these traits without what is the same for everyone; units: a row each, numbers without gaps."""
    made: list[np.ndarray] = []
    trait: list[str] = []
    for name in numeric:
        values = units[name].to_numpy(float)
        found = _kinds(pd.Series(values)) if len(np.unique(values)) <= FEW_VALUES else _bent(values)
        made, trait = made + found, trait + [name] * len(found)
    for name in named:
        found = _kinds(units[name].astype(object).where(units[name].notna(), "missing").astype(str))
        made, trait = made + found, trait + [name] * len(found)
    if not made:
        return Columns(np.empty((len(units), 0)), np.array([], dtype=object))
    x = np.column_stack(made)
    spread = x.std(axis=0)
    kept = spread > 1e-9
    x = (x[:, kept] - x[:, kept].mean(axis=0)) / spread[kept]
    return Columns(x, np.array(trait, dtype=object)[kept])


def _bent(values: np.ndarray) -> list[np.ndarray]:
    """A line in log(1 + |value| / mean |value|) with its sign, which may bend, and an indicator of the lowest value."""
    size = np.abs(values).mean()
    t = np.sign(values) * np.log1p(np.abs(values) / size)
    lowest = t == t.min()
    apart = [lowest.astype(float)] if lowest.mean() >= APART else []
    bends = np.unique(np.quantile(t[~lowest] if apart else t, BENDS))
    return [t, *(np.maximum(t - bend, 0.0) for bend in bends if bend < t.max()), *apart]


def _kinds(values: pd.Series) -> list[np.ndarray]:
    """An indicator for each value but the commonest; names that fewer than 5 % of the units have count as `other`."""
    if values.dtype.kind not in "fi":
        shares = values.value_counts(normalize=True)
        values = values.where(values.isin(shares.index[shares >= RARE]), OTHER)
    names = values.value_counts().index[1:]
    return [(values == name).to_numpy(float) for name in sorted(names)]
