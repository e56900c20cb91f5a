"""The log density of the hazards of leads with its slope, in one compiled loop over rows that differ: `leads.build` by hand.

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
    """How levels of channels in stages are made of parts: (name, median of its spread, contrasts), cells x values each."""

    cells: int
    stages: int
    parts: list[tuple[str, float, np.ndarray]]


def levels(channels: int, stages: int) -> Levels:
    """What a channel does in all stages, which sums to zero over channels, and in this one, which does so over both."""
    by_channel, by_stage = helmert(channels).T, helmert(stages).T  # orthonormal
    parts = [
        ("channel", 0.35, np.repeat(by_channel, stages, axis=0)),
        ("deviation", 0.2, np.kron(by_channel, by_stage)),
    ]
    return Levels(channels * stages, stages, [part for part in parts if part[2].shape[1]])


def by_hand(
    made: Levels, causes: Sequence[str], data: dict[str, np.ndarray]
) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
    """The density of `leads.build` on the data of `leads.observations`, as a function of a vector: (log density, slope)."""
    change = np.where(data["later"] > 0, data["change_place"], -1)
    x = data.get("x", np.zeros((len(change), 0)))
    keys, of = np.unique(np.column_stack([data["place"], change, x]), axis=0, return_inverse=True)
    exposure, *ended = (np.bincount(of.ravel(), data[name], len(keys)) for name in ("exposure", *causes))
    contrasts = [part[2] for part in made.parts]
    prior = (
        given(np.hstack([np.zeros((made.cells, 0)), *contrasts])),
        given([one.shape[1] for one in contrasts], int),
        given([np.log(part[1]) for part in made.parts]),
        made.stages,
    )
    rows = (given(keys[:, 0], int), given(keys[:, 1], int), given(keys[:, 2:]), given(exposure))

    def density(vector: np.ndarray) -> tuple[float, np.ndarray]:
        slope = np.zeros_like(vector)
        size, total = len(vector) // len(ended), 0.0
        for place, ends in enumerate(ended):
            own = slice(place * size, (place + 1) * size)
            total += _of_cause(given(vector[own]), *prior, *rows, given(ends), slope[own])
        return total, slope

    return density


@numba.njit(nogil=True, cache=True)
def _of_cause(v, contrasts, sizes, log_medians, stages, place, change, x, exposure, ended, slope):
    """The part of one cause; v: its means, each part's log spread and values, changes, effects. `slope` begins at 0."""
    cells, covariates = contrasts.shape[0], x.shape[1]
    level, by_level = np.empty(cells), np.zeros(cells)
    for cell in range(cells):
        level[cell] = v[cell % stages]
    total = _normal(v, slope, 0, stages, MEAN, MEAN_SD)
    at, column = stages, 0
    for part in range(len(sizes)):
        total += _normal(v, slope, at, at + 1, log_medians[part], SPREAD_SD)
        half, at = np.exp(v[at] / 2), at + 1
        for value in range(at, at + sizes[part]):
            for cell in range(cells):
                level[cell] += half * contrasts[cell, column] * v[value]
            column += 1
        at += sizes[part]
    effects = len(v) - covariates
    total += _normal(v, slope, at, effects, 0.0, CHANGE_SD) + _normal(
        v, slope, effects, len(v), 0.0, EFFECT_SD
    )
    for i in range(len(place)):
        log_hazard = level[place[i]]
        if change[i] >= 0:
            log_hazard += v[at + change[i]]
        for k in range(covariates):
            log_hazard += x[i, k] * v[effects + k]
        expected = exposure[i] * np.exp(log_hazard)
        total += ended[i] * log_hazard - expected
        left = ended[i] - expected
        by_level[place[i]] += left
        if change[i] >= 0:
            slope[at + change[i]] += left
        for k in range(covariates):
            slope[effects + k] += left * x[i, k]
    for cell in range(cells):
        slope[cell % stages] += by_level[cell]
    return total + _pooled(v, contrasts, sizes, stages, by_level, slope)


@numba.njit(nogil=True)
def _pooled(v, contrasts, sizes, at, by_level, slope):
    """The log density of the parts' values given their spreads; its slopes, and those of the levels by both, are added."""
    total, column = 0.0, 0
    for part in range(len(sizes)):
        log_spread, of_spread = v[at], at
        half, at = np.exp(log_spread / 2), at + 1
        for value in range(at, at + sizes[part]):
            moved = 0.0
            for cell in range(len(by_level)):
                moved += contrasts[cell, column] * by_level[cell]
            ratio = v[value] / half
            total -= 0.5 * (ratio * ratio + log_spread)
            slope[value] += half * moved - ratio / half
            slope[of_spread] += 0.5 * (half * moved * v[value] + ratio * ratio - 1.0)
            column += 1
        at += sizes[part]
    return total


@numba.njit(nogil=True)
def _normal(v, slope, first, last, mean, deviation):
    """The log density of normal values v[first:last], whose slope is added."""
    total = 0.0
    for place in range(first, last):
        away = (v[place] - mean) / deviation
        total -= 0.5 * away * away
        slope[place] -= away / deviation
    return total
