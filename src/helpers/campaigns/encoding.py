"""What is known of a unit before the assignment, as the few standardised columns that a model of effects takes.

The encoder remembers its cuts, so that customers who were not in the campaign can be scored with the same columns.
"""

import json
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from helpers.errors import StudyError

STEPS = 6
RARE = 0.05
OTHER = "other"


@dataclass(frozen=True)
class Steps:
    """A numeric trait: `cuts` between its steps (a value on a cut belongs below), and each step's standardised level."""

    name: str
    cuts: list[float]
    levels: list[float]


@dataclass(frozen=True)
class Kinds:
    """A trait of names: an indicator for each of `kinds` against the commonest; rare ones are `other`.

    centre: each kind's share of the units.
    """

    name: str
    commonest: str
    kinds: list[str]
    centre: list[float]


@dataclass(frozen=True)
class Encoder:
    """How traits become columns: numeric ones by steps, named ones by one indicator per kind."""

    numeric: list[Steps]
    named: list[Kinds]

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        kinds = [f"{one.name}: {kind}" for one in self.named for kind in one.kinds]
        return [one.name for one in self.numeric] + kinds

    def encode(self, units: pd.DataFrame) -> np.ndarray:
        """The columns of these units, shape (units, columns); StudyError where a trait is missing."""
        parts = []
        for one in self.numeric:
            values = _numbers(units, one.name)
            parts.append(np.array(one.levels)[np.searchsorted(one.cuts, values, side="left")])
        for trait in self.named:
            names = _names(units, trait.name)
            names = np.where(np.isin(names, [trait.commonest, *trait.kinds]), names, OTHER)
            parts += [(names == kind) - share for kind, share in zip(trait.kinds, trait.centre, strict=True)]
        return np.column_stack(parts) if parts else np.empty((len(units), 0))

    def to_json(self) -> str:
        """The encoder as text, to be kept beside a posterior."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> "Encoder":
        """The encoder from `to_json`."""
        parts = json.loads(text)
        return Encoder([Steps(**one) for one in parts["numeric"]], [Kinds(**one) for one in parts["named"]])


def make_encoder(units: pd.DataFrame, numeric: list[str], named: list[str]) -> Encoder:
    """Learn the columns from the units of a campaign.

    A numeric trait has at most 6 steps of about equal size; its lowest value is a step of its own when at least
    one unit in ten has it (nothing bought before). A step's level is its rank among the units, standardised, so
    that no large value pulls. A kind held by fewer than 5 % of the units counts as `other`. Traits that are the
    same for everyone are left out.
    """
    steps = [_steps(_numbers(units, name), name) for name in numeric]
    kinds = [_kinds(_names(units, name), name) for name in named]
    return Encoder([one for one in steps if len(one.levels) > 1], [one for one in kinds if one.kinds])


def _numbers(units: pd.DataFrame, name: str) -> np.ndarray:
    values = _column(units, name).to_numpy(float, na_value=np.nan)
    if not np.isfinite(values).all():
        raise StudyError(
            f"Covariate {name} is missing for {np.sum(~np.isfinite(values)):,} of {len(values):,} units: "
            "fill it at the source, or leave it out."
        )
    return values


def _names(units: pd.DataFrame, name: str) -> np.ndarray:
    return _column(units, name).astype(object).where(_column(units, name).notna(), OTHER).to_numpy(str)


def _column(units: pd.DataFrame, name: str) -> pd.Series:
    if name not in units:
        raise StudyError(
            f"There is no covariate {name!r}; the table has {', '.join(map(str, units.columns))}."
        )
    return units[name]


def _steps(values: np.ndarray, name: str) -> Steps:
    lowest = values.min()
    apart = (values == lowest).mean() >= 0.1
    rest = values[values > lowest] if apart else values
    cuts = [lowest] if apart else []
    if len(rest):
        inner = np.quantile(rest, np.linspace(0, 1, STEPS + 1 - apart)[1:-1], method="lower")
        cuts += [float(cut) for cut in np.unique(inner) if cut < values.max()]
    cuts = sorted({float(cut) for cut in cuts if cut < values.max()})
    step = np.searchsorted(cuts, values, side="left")
    sizes = np.bincount(step, minlength=len(cuts) + 1)
    ranks = np.cumsum(sizes) - sizes / 2
    centre = ranks @ sizes / len(values)
    spread = np.sqrt((ranks - centre) ** 2 @ sizes / len(values))
    return Steps(name, cuts, ((ranks - centre) / (spread or 1.0)).tolist())


def _kinds(names: np.ndarray, name: str) -> Kinds:
    shares = pd.Series(names).value_counts(normalize=True)
    names = np.where(np.isin(names, shares.index[shares >= RARE]), names, OTHER)
    shares = pd.Series(names).value_counts(normalize=True)
    kinds = sorted(shares.index[1:])
    return Kinds(name, shares.index[0], kinds, [float(shares[kind]) for kind in kinds])
