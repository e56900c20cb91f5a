"""The log density of the hazards of leads with its slope, in one compiled loop: `leads.build` by hand.

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

    def density(vector: np.ndarray) -> tuple[float, np.ndarray]:
        v = vector.reshape(len(ended), -1)
        log_halves, effect = v @ shape.spreads / 2, v[:, shape.effects]
        halves = np.exp(log_halves)
        scaled = v[:, shape.values] * halves  # values of a part times the root of its spread
        rates, of_covariates = np.exp(scaled @ shape.cells.T), np.exp(effect @ x.T)
        by_cell, by_x = np.zeros_like(rates), np.zeros_like(of_covariates)
        found = (scaled * of_cells).sum() + (effect * of_effects).sum()
        found -= _expected(given(rates), given(of_covariates), *exposures, by_cell, by_x)
        by_value = of_cells - by_cell @ shape.cells
        # A part's value is normal with the root of its spread as deviation, whose own density is that of its logarithm.
        away = (v - shape.mean) / shape.deviation
        ratio = v[:, shape.values] / halves * shape.pooled
        slope = -away / shape.deviation
        slope[:, shape.values] += by_value * halves - ratio / halves
        slope[:, shape.effects] += of_effects - by_x @ x
        slope += (by_value * scaled + ratio * ratio - shape.pooled) @ shape.spreads.T / 2
        found -= 0.5 * ((away * away).sum() + (ratio * ratio).sum()) + log_halves.sum()
        return float(found), slope.ravel()

    return density


@dataclass(frozen=True)
class _Shape:
    """Where a cause's parameters lie: its values (means, parts, changes) and effects, and what each cell is the sum of.

    cells: cells x values; spreads: parameters x values, 1 where the value's part has this spread; pooled: values of parts.
    mean, deviation: a priori, of all but the values of parts, whose deviation is infinite here.
    """

    values: np.ndarray
    effects: slice
    cells: np.ndarray
    spreads: np.ndarray
    pooled: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

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
        spreads = (np.arange(len(priors))[:, None] == np.array(of_spread)).astype(float)
        pooled = (np.array(of_spread) >= 0).astype(float)
        effects = slice(len(priors) - covariates, len(priors))
        cells = np.hstack([levels_of[place], changed])
        return cls(np.array(values), effects, cells, spreads, pooled, mean, deviation)


@numba.njit(nogil=True, cache=True)
def _expected(rates, of_covariates, begin, cell, exposure, by_cell, by_x):
    """Events expected of all causes; beside the sum those of each cell and each row of covariates."""
    total = 0.0
    for cause in range(len(rates)):
        for u in range(len(begin) - 1):
            events = 0.0
            for i in range(begin[u], begin[u + 1]):
                one = exposure[i] * rates[cause, cell[i]] * of_covariates[cause, u]
                by_cell[cause, cell[i]] += one
                events += one
            by_x[cause, u] = events
            total += events
    return total
