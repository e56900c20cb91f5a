"""Each unit's gain from each arm by the posterior, summed up in parts: all draws of all units would not fit into memory."""

from dataclasses import dataclass

import numpy as np

from helpers.campaigns import crossfit, uplift
from helpers.inference.intervals import LOWER, UPPER

CHUNK = 4000  # units at a time


@dataclass(frozen=True)
class Gains:
    """Gains over control, each (units, treated arms): mean, the ends and middle of the 90 % interval, P(gain > 0)."""

    mean: np.ndarray
    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray
    chance: np.ndarray


def of_units(
    parameters: dict[str, np.ndarray], design: uplift.Design, worth: np.ndarray, contact_cost: np.ndarray
) -> Gains:
    """Imagine every unit in every arm, draw by draw; worth, contact_cost: as in `crossfit.net`."""
    parts = []
    for start in range(0, len(design.x), CHUNK):
        x = design.x[start : start + CHUNK]
        revenue = uplift.levels(parameters, x, design.family, design.constant).revenue
        parts.append(summed_up(crossfit.gains(crossfit.net(revenue, worth, contact_cost))))
    return Gains(*(np.concatenate(one) for one in zip(*parts, strict=True)))


def summed_up(draws: np.ndarray) -> tuple[np.ndarray, ...]:
    """The fields of Gains from draws of shape (draws, units, treated arms)."""
    return draws.mean(axis=0), *np.quantile(draws, [LOWER, 0.5, UPPER], axis=0), (draws > 0).mean(axis=0)
