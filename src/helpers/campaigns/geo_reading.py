"""A test by region read by the lots it was drawn from (see `geo_test`): the effect, its interval, and its rank."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor

import numpy as np
import pandas as pd

from helpers.campaigns import geo_test, panel
from helpers.campaigns.geo_test import Lots
from helpers.campaigns.panel import Panel
from helpers.campaigns.treatment_starts import since_when
from helpers.checks import Check, check
from helpers.inference.intervals import LEVEL, Interval
from helpers.messages import message

GRID = 2001  # effects that are tried for the interval
A_LOT = message("geo_reading.a_lot", "one of the plan's lots")
NOT_DRAWN = message(
    "geo_reading.not_drawn",
    "The treated regions are none of the lots of this plan: the rank is not that of a draw. Set seed, test_regions and "
    "first_period as they were when it was drawn, or read the panel as a quasi-experiment.",
)
DRAWN, OTHER_SET = message("geo_reading.drawn", "yes"), message("geo_reading.other_set", "no")


@dataclass(frozen=True)
class Reading:
    """What a test found: effect as a share, with the interval its lots do not refuse, and the rank of the treated set.

    p: rank over lots. from_plan: whether the treated regions are one of the plan's lots. regions: their names.
    """

    effect: Interval
    p: float
    lots: int
    from_plan: bool
    regions: list[str]
    periods: int


def read(table: pd.DataFrame, sizes: Sequence[int], first_period: str = "", seed: int = 1) -> Reading | None:
    """Read a test from the panel's rows; None where nobody is treated, or not all at once, or the past is no plan's."""
    table = since_when(table)
    if "treated_from" not in table or table["treated_from"].isna().all():
        return None
    data, _ = panel.prepare(table, "log", first_period)
    return judge(data, sizes, seed) if len(data.starts) == 1 else None


def judge(data: Panel, sizes: Sequence[int], seed: int = 1) -> Reading:
    """Read a test from a panel in logs whose treated units all start together.

    The lots are chosen again from the past as the plan did. A treated set that is none of them takes a lot's place, and its
    rank is not that of a draw.
    """
    treated, begin = tuple(int(row) for row in np.flatnonzero(~data.never)), int(data.starts[0])
    periods = len(data.periods) - begin
    past = replace(data.pretended(begin, begin), start=np.full(len(data.units), begin))
    lots = geo_test.choose_lots(past, len(treated), periods, seed)
    from_plan = treated in lots.sets and len(treated) in sizes
    sets = [treated, *[one for one in lots.sets if one != treated]][: len(lots.sets)]
    effects, shares = geo_test.seemings(data, Lots(sets, periods, lots.missed), begin)
    mean = float(np.expm1(effects[0]))
    low, high = _ends(effects, shares[:, 0])
    effect = Interval(mean, float(np.expm1(low)) if np.isfinite(low) else low, mean, float(np.expm1(high)))
    names = [data.units[row] for row in treated]
    return Reading(effect, geo_test.rank(effects, 0), len(sets), from_plan, names, periods)


def _ends(effects: np.ndarray, shares: np.ndarray) -> tuple[float, float]:
    """The ends of the effects that the lots do not refuse, in logs; infinite where they refuse none as far as is looked."""
    if floor(len(effects) * (1 - LEVEL) + 1e-9) < 1:
        return -np.inf, np.inf
    reach = 4 * float(np.abs(effects).max()) + 0.05
    grid = effects[0] + np.linspace(-reach, reach, GRID)
    kept = np.array([geo_test.rank(effects - value * shares, 0) > 1 - LEVEL + 1e-9 for value in grid])
    inside = grid[kept]
    return (-np.inf if kept[0] else float(inside[0])), (np.inf if kept[-1] else float(inside[-1]))


def checks(reading: Reading | None) -> list[Check]:
    """Ask whether the treated regions were drawn by the plan; nothing where no test is read."""
    if reading is None:
        return []
    return [
        check(
            "Regions drawn by the plan",
            review=not reading.from_plan,
            value=DRAWN() if reading.from_plan else OTHER_SET(),
            threshold=A_LOT(),
            advice=NOT_DRAWN(),
        )
    ]


def metrics(reading: Reading | None) -> dict[str, float | Interval]:
    """The numbers of a test that was read."""
    if reading is None:
        return {}
    whole = np.isfinite([reading.effect.p05, reading.effect.p95]).all()
    effect = {"test.effect": reading.effect} if whole else {"test.effect.mean": reading.effect.mean}
    return {**effect, "test.p_value": reading.p, "test.lots": reading.lots}
