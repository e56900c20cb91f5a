"""Synthetic control: a treated unit's path without treatment as a weighted mean of untreated units.

Abadie, Diamond and Hainmueller (2010): weights are not negative and add up to one, chosen so that the mean follows the
unit before its treatment (least squares). De-meaning (Doudchenko and Imbens 2016; Ferman and Pinto 2021) compares movements
instead of levels: each path less its own mean before the start. It follows a unit whose level no mean of donors reaches,
but lets donors of quite another level take part; the two may differ much, so both are candidates for the answer. How far
chance goes is read off placebos, see `placebos`.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import optimize

from helpers.campaigns.panel import Panel
from helpers.errors import StudyError

FEWEST_BEFORE = 3
MOST_FITS = 6_000  # donors' weights that are sought; larger panels are left to the designs that need one set of weights

MOST_LEFT_OUT = 12  # donors that are left out in turn: the heaviest


@dataclass(frozen=True)
class Design:
    """The treated units (rows of the panel), donors (rows), and their starts (positions); demean: movements, not levels."""

    panel: Panel
    treated: np.ndarray
    donors: np.ndarray
    start: np.ndarray
    demean: bool

    @property
    def names(self) -> list[str]:
        """The treated units."""
        return [self.panel.units[row] for row in self.treated]

    @property
    def counts(self) -> np.ndarray:
        """How much each treated unit counts in the mean effect: its treated periods times its weight; adds up to one."""
        each = (len(self.panel.periods) - self.start) * self.panel.weight[self.treated]
        return each / each.sum()


def prepare(panel: Panel, demean: bool = True) -> Design:
    """Arrange the treated units with at least three periods before their start, and their donors."""
    treated = np.array([row for row in panel.treated if panel.start[row] >= FEWEST_BEFORE], dtype=int)
    if not len(treated):
        raise StudyError(
            f"No treated unit has {FEWEST_BEFORE} periods before its start: a synthetic control has nothing to follow."
        )
    return Design(panel, treated, np.flatnonzero(panel.never), panel.start[treated], demean)


def fits(panel: Panel) -> int:
    """How many sets of weights the placebos of a panel take: every unit at every start."""
    return len(panel.units) * len(panel.starts)


def best_weights(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the weights on the simplex with which the columns of x follow y best (least squares)."""
    # The row of equal numbers makes the weights add up to one; its size decides how exactly.
    firm = 1e4 * max(np.abs(y).max(), np.abs(x).max(), 1e-9)
    found, _ = optimize.nnls(np.vstack([x, np.full(x.shape[1], firm)]), np.append(y, firm))
    return found / found.sum()


def weights_of(panel: Panel, unit: int, start: int, donors: np.ndarray, demean: bool = True) -> np.ndarray:
    """Return the best weights of these donors (rows) for a unit (row) before `start`."""
    y, x = _paths(panel, unit, start, donors, demean)
    return best_weights(y[:start], x[:start])


def gap(panel: Panel, unit: int, start: int, donors: np.ndarray, demean: bool = True) -> np.ndarray:
    """Return a unit's outcome less that of its synthetic control, (periods,), on the panel's scale."""
    y, x = _paths(panel, unit, start, donors, demean)
    return y - x @ best_weights(y[:start], x[:start])


def gaps(design: Design) -> np.ndarray:
    """Return the gaps of the treated units: (treated, periods)."""
    each = zip(design.treated, design.start, strict=True)
    return np.array([gap(design.panel, row, int(start), design.donors, design.demean) for row, start in each])


def effects(gaps: np.ndarray, design: Design) -> np.ndarray:
    """Average the gaps of each treated unit over its periods from the start on: (treated,)."""
    return np.array([one[start:].mean() for one, start in zip(gaps, design.start, strict=True)])


def mean_effect(panel: Panel, demean: bool = True) -> float:
    """Estimate the mean effect over all treated units and their treated periods with the best weights."""
    design = prepare(panel, demean)
    return float(effects(gaps(design), design) @ design.counts)


def donor_weights(design: Design) -> pd.DataFrame:
    """Return the weight of every donor (rows) in every treated unit (columns), the heaviest first."""
    each = zip(design.treated, design.start, strict=True)
    table = np.array(
        [weights_of(design.panel, row, int(start), design.donors, design.demean) for row, start in each]
    )
    names = [design.panel.units[donor] for donor in design.donors]
    weights = pd.DataFrame(table.T, names, design.names)
    return weights.loc[weights.mean(axis=1).sort_values(ascending=False, kind="stable").index]


def leave_one_out(design: Design) -> pd.Series:
    """Estimate the mean effect without each donor in turn; index: the donor left out.

    A donor without weight changes nothing and is not tried, nor are those after the twelve heaviest.
    """
    heavy = donor_weights(design).mean(axis=1)
    used = set(heavy.index[heavy > 0][:MOST_LEFT_OUT])
    rows = [row for row in design.donors if design.panel.units[row] in used]
    found = {}
    for donor in rows if len(design.donors) > 1 else []:
        rest = replace(design, donors=design.donors[design.donors != donor])
        found[design.panel.units[donor]] = float(effects(gaps(rest), rest) @ rest.counts)
    return pd.Series(found, dtype=float)


def _paths(
    panel: Panel, unit: int, start: int, donors: np.ndarray, demean: bool
) -> tuple[np.ndarray, np.ndarray]:
    y, x = panel.outcome[unit], panel.outcome[donors].T
    if demean:
        return y - y[:start].mean(), x - x[:start].mean(axis=0)
    return y, x
