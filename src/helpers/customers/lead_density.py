"""The log density of the hazards of leads with its slope, in one compiled function: `leads.build` by hand.

Up to a constant the same number as the model's, at a vector of its unconstrained parameters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numba
import numpy as np
from scipy.linalg import helmert

from helpers.inference.machine_code import given

MEAN, MEAN_SD = float(np.log(1 / 60)), 1.5  # log events a day of a stage, the mean of its channels
SPREAD_SD, CHANGE_SD, EFFECT_SD = 0.7, 0.5, 0.3


@dataclass(frozen=True)
class Levels:
    """How levels of channels in stages are made of parts: (name, median of its spread, contrasts), cells x values each.

    later: time bins of a stage after its first.
    """

    cells: int
    stages: int
    later: int
    parts: list[tuple[str, float, np.ndarray]]


def levels(channels: int, stages: int, later: int) -> Levels:
    """What a channel does in all stages, which sums to zero over channels, and in this one, which does so over both."""
    by_channel, by_stage = helmert(channels).T, helmert(stages).T  # orthonormal
    parts = [
        ("channel", 0.35, np.repeat(by_channel, stages, axis=0)),
        ("deviation", 0.2, np.kron(by_channel, by_stage)),
    ]
    return Levels(channels * stages, stages, later, [part for part in parts if part[2].shape[1]])


def by_hand(
    made: Levels, causes: Sequence[str], data: dict[str, np.ndarray]
) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """The density of `leads.build` on the data of `leads.observations`, as a function of a vector: (log density, slope).

    A rate is that of its cell (level and change) times that of its covariates, and what is expected the sum of exposures
    times both: so exponentials and products are taken once for each cell and each distinct row of covariates.
    """
    rows = data["place"], np.where(data["later"] > 0, data["change_place"], -1)
    x, of_x = np.unique(data.get("x", np.zeros((len(rows[0]), 0))), axis=0, return_inverse=True)
    pairs, of_cell = np.unique(np.column_stack(rows), axis=0, return_inverse=True)
    order, of_x, of_cell = np.argsort(of_x.ravel(), kind="stable"), of_x.ravel(), of_cell.ravel()
    begin = np.searchsorted(of_x[order], np.arange(len(x) + 1))
    exposures = (given(begin, int), given(of_cell[order], int), given(data["exposure"][order]))
    shape = _Shape.of(made, pairs, x.shape[1])
    ended = np.array([data[cause] for cause in causes])
    of_cells = np.array([np.bincount(of_cell, one, len(pairs)) for one in ended]) @ shape.cells
    of_effects = np.array([np.bincount(of_x, one, len(x)) for one in ended]) @ x

    its = (*shape.given(), given(x), given(of_cells), given(of_effects), *exposures)
    return lambda vector: _density(given(vector.reshape(len(ended), -1)), *its)


@dataclass(frozen=True)
class _Shape:
    """Where a cause's parameters lie: its values (means, parts, changes), then effects, and what each cell is the sum of.

    values: where each stands; of_spread: where the spread of its part stands, -1 of a value of no part; cells: cells x
    values. mean, deviation: a priori, of all but the values of parts, whose deviation is infinite here.
    """

    values: np.ndarray
    of_spread: np.ndarray
    cells: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    def given(self) -> tuple[np.ndarray, ...]:
        """The same in the order in which `_density` reads it."""
        return (
            given(self.values, int),
            given(self.of_spread, int),
            given(self.cells),
            given(self.mean),
            given(self.deviation),
        )

    @classmethod
    def of(cls, made: Levels, pairs: np.ndarray, covariates: int) -> "_Shape":
        """The shape for cells (place of the level, of the change or -1)."""
        place, change = pairs[:, 0].astype(int), pairs[:, 1].astype(int)
        changes = made.stages * made.later
        priors, values, of_spread = (
            [(MEAN, MEAN_SD)] * made.stages,
            list(range(made.stages)),
            [-1] * made.stages,
        )
        for _, median, contrasts in made.parts:
            spread, size = len(priors), contrasts.shape[1]
            priors += [(np.log(median), SPREAD_SD), *[(0.0, np.inf)] * size]
            values += range(spread + 1, spread + 1 + size)
            of_spread += [spread] * size
        values += range(len(priors), len(priors) + changes)
        of_spread += [-1] * changes
        priors += [(0.0, CHANGE_SD)] * changes + [(0.0, EFFECT_SD)] * covariates
        mean, deviation = np.array(priors).T
        levels_of = np.hstack(
            [np.eye(made.stages)[np.arange(made.cells) % made.stages], *(p[2] for p in made.parts)]
        )
        changed = (change[:, None] == np.arange(changes)).astype(float)
        cells = np.hstack([levels_of[place], changed])
        return cls(np.array(values), np.array(of_spread), cells, mean, deviation)


@numba.njit(nogil=True, cache=True)
def _density(v, values, of_spread, cells, mean, deviation, x, of_cells, of_effects, begin, cell, exposure):
    """The log density of v, causes x parameters, and its slope in one row; half: the root of a spread."""
    found, slope, effects = 0.0, np.empty(v.shape), v.shape[1] - x.shape[1]
    half, scaled = np.empty(len(values)), np.empty(len(values))
    for cause in range(len(v)):
        own, its = v[cause], slope[cause]
        for i in range(len(own)):
            away = (own[i] - mean[i]) / deviation[i]
            found -= 0.5 * away * away
            its[i] = -away / deviation[i]
        for j in range(len(values)):
            half[j] = np.exp(own[of_spread[j]] / 2) if of_spread[j] >= 0 else 1.0
            scaled[j] = own[values[j]] * half[j]
            found += scaled[j] * of_cells[cause, j]
        for j in range(x.shape[1]):
            found += own[effects + j] * of_effects[cause, j]
            its[effects + j] += of_effects[cause, j]
        by_cell, rates = np.zeros(len(cells)), np.exp(cells @ scaled)
        for u in range(len(x)):
            product, events = 0.0, 0.0
            for j in range(x.shape[1]):
                product += x[u, j] * own[effects + j]
            product = np.exp(product)
            for i in range(begin[u], begin[u + 1]):
                one = exposure[i] * rates[cell[i]] * product
                by_cell[cell[i]] += one
                events += one
            found -= events
            for j in range(x.shape[1]):
                its[effects + j] -= events * x[u, j]
        by_value = of_cells[cause] - by_cell @ cells
        for j in range(len(values)):
            its[values[j]] += by_value[j] * half[j]
            if (
                of_spread[j] >= 0
            ):  # normal with the root of its spread as deviation, whose own density is of its logarithm
                ratio = own[values[j]] / half[j]
                its[values[j]] -= ratio / half[j]
                its[of_spread[j]] += (by_value[j] * scaled[j] + ratio * ratio - 1.0) / 2
                found -= 0.5 * (ratio * ratio + own[of_spread[j]])
    return found, slope.ravel()
