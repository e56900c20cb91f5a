"""Cells of a panel that cannot be true: a day at 2 % of what is usual, which a comparison takes for an effect.

A cell is compared with what its unit usually shows (its median, by day of the week where a period is a day) times what all
units show in that period (their median). It is broken where it is off by more than a factor of three and by more than ten
times what is usual for its unit (median absolute deviation), in its own unit by more than six times, too, since outcomes
that pass near zero by themselves are a small part of the usual there; and where so few cells of its unit are, that no
lasting change is meant. A treated unit's cells from its start on are not judged: what is unusual there may be the effect.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.campaigns import staggered
from helpers.campaigns.panel import Panel
from helpers.campaigns.panel_shown import shown
from helpers.checks import Check, check
from helpers.inference.intervals import Interval
from helpers.messages import count, listing, message, number

FACTOR = 3.0  # off by more than this, times or divided by
USUAL = 10.0  # and by more than so many times the unit's own median deviation
IN_LEVELS = (
    6.0  # and by so many times its median deviation from what was to be expected, in the outcome's own unit
)
MOST = 0.05  # of a unit's cells; more of them are a change, not errors
ROUNDS = 3
NAMED = 5

BROKEN = message(
    "broken_cells.broken",
    "{cells} lie far from what is usual: {named}. Correct them in the file, or read the effect without these periods, which "
    "stands among the doubles.",
)
CELL = message("broken_cells.cell", "{unit} on {day} ({value} times the usual)")
OTHERS = message("broken_cells.others", "{more} more")


@dataclass(frozen=True)
class Broken:
    """The broken cells, one row each: unit, period, times (what is usual); and which periods they are in."""

    cells: pd.DataFrame
    periods: np.ndarray


def find(panel: Panel) -> Broken:
    """Find the broken cells of a panel; outcomes that are often zero or below have none that could be told."""
    level = panel.level
    known = (level <= 0).mean(axis=1) <= MOST
    log = np.log(np.maximum(level, np.maximum(np.median(level, axis=1), 1e-12)[:, None] * 1e-3))
    weekday = panel.periods.day_of_week.to_numpy() if panel.whole > 1 else np.zeros(len(panel.periods))
    off = _off(log, weekday)
    far = level - np.exp(log - off)
    broken = (np.abs(off) > np.log(FACTOR)) & _beyond(off, USUAL) & _beyond(far, IN_LEVELS) & known[:, None]
    broken &= (broken.mean(axis=1)[:, None] <= MOST) & (np.arange(len(panel.periods)) < panel.start[:, None])
    row, period = np.nonzero(broken)
    cells = pd.DataFrame(
        {
            "unit": [panel.units[one] for one in row],
            "period": panel.periods[period],
            "times": np.exp(off[row, period]),
        }
    )
    return Broken(cells, broken.any(axis=0))


def check_cells(broken: Broken) -> Check:
    """Ask whether any cell of a panel is broken, and name it."""
    cells = broken.cells
    named = [
        CELL(unit=one.unit, day=one.period, value=number(one.times, digits=2))
        for one in cells.head(NAMED).itertuples()
    ]
    if len(cells) > NAMED:
        named.append(OTHERS(more=count(len(cells) - NAMED)))
    return check(
        "Broken cells",
        review=bool(len(cells)),
        value=count(len(cells), "cell"),
        threshold=count(0, "cell"),
        advice=BROKEN(cells=count(len(cells), "cell"), named=listing(named)) if len(cells) else None,
    )


def effect_without(panel: Panel, broken: Broken, base_periods: int = 0) -> Interval | None:
    """The difference-in-differences, as shown, without the periods of broken cells.

    None where there are none, or where a treated unit would be left without a side.
    """
    if not broken.periods.any():
        return None
    rest = panel.without_periods(broken.periods)
    start = rest.start[~panel.never]
    if (start < 1).any() or (start >= len(rest.periods)).any():
        return None
    return shown(rest, staggered.overall(rest, base_periods).interval)


def _beyond(off: np.ndarray, times: float) -> np.ndarray:
    """Which cells are off by more than so many median deviations of their unit."""
    return np.abs(off) > times * np.median(np.abs(off), axis=1)[:, None]


def _off(log: np.ndarray, place: np.ndarray) -> np.ndarray:
    """How far each cell is from its unit's usual at this place of the week and from all units' in its period."""
    off = log.copy()
    for _ in range(ROUNDS):
        for one in np.unique(place):
            off[:, place == one] -= np.median(off[:, place == one], axis=1, keepdims=True)
        off -= np.median(off, axis=0)
    return off
