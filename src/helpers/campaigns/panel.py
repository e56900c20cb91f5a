"""A panel of units over periods, some treated from a period on: its shape, and what is wrong with it."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from helpers.campaigns import closed_periods
from helpers.campaigns.assignment import AT_MOST
from helpers.campaigns.treatment_starts import first_days, positions, since_when
from helpers.checks import Check, check
from helpers.errors import CannotAnswer, StudyError
from helpers.messages import count as counted
from helpers.messages import decimals, message, plain

SCALES = ("auto", "log", "level")
FEWEST_COMPARISONS = 3
UNEVEN = 1.3  # longest step between periods over the shortest; months differ by 1.11
ENOUGH_COMPARISONS = 6
EVERYONE_TREATED = message(
    "panel.everyone_treated",
    "Everyone is treated in the end: compared only until the last units start. Keep some untreated longer.",
)
FEW_UNTREATED = message(
    "panel.few_untreated",
    "Few untreated units: how much units differ by chance is itself uncertain, and intervals are wide.",
)
SIX_UNTREATED = message("panel.six_untreated", "at least 6 never treated")
LEFT_OUT = message(
    "panel.left_out",
    "{out} of {units} units are left out: complete their periods, or read the result without them.",
)
MISSING_PERIODS = message(
    "panel.missing_periods",
    "After {after} periods are missing for every unit: what happened there is in nobody's comparison.",
)


@dataclass(frozen=True)
class Panel:
    """Outcomes of units over periods and when each unit's treatment begins.

    outcome: (units, periods), in logs when `scale` is log. start: (units,), the position of a unit's first treated
    period; the number of periods where it is never treated in the panel's time. Treatment, once begun, stays.
    weight: (units,), how much a unit counts among the treated and among those it is compared with; alike by default.
    """

    units: list[str]
    periods: pd.DatetimeIndex
    outcome: np.ndarray
    start: np.ndarray
    scale: str
    weight: np.ndarray = field(default_factory=lambda: np.ones(0))

    def __post_init__(self):
        if not len(self.weight):
            object.__setattr__(self, "weight", np.ones(len(self.units)))

    @property
    def days(self) -> float:
        """Days from one period to the next (median)."""
        return (
            float(np.median(np.diff(self.periods) / np.timedelta64(1, "D"))) if len(self.periods) > 1 else 1.0
        )

    @property
    def whole(self) -> int:
        """How many periods make a week where a period is a day (6 with closed Sundays), else 1: bases are whole ones."""
        return len(set(self.periods.day_of_week)) if self.days < closed_periods.MOST_OF_A_DAY else 1

    @property
    def never(self) -> np.ndarray:
        """Which units are not treated in the panel's time."""
        return self.start >= len(self.periods)

    @property
    def treated(self) -> np.ndarray:
        """The rows of the treated units, the first to start first."""
        rows = np.flatnonzero(~self.never)
        return rows[np.argsort(self.start[rows], kind="stable")]

    @property
    def starts(self) -> np.ndarray:
        """The positions at which treatment begins somewhere, each once."""
        return np.unique(self.start[~self.never])

    @property
    def level(self) -> np.ndarray:
        """The outcomes in their own unit."""
        return np.exp(self.outcome) if self.scale == "log" else self.outcome

    def without(self, unit: int) -> "Panel":
        """The panel without one unit (its row)."""
        keep = np.arange(len(self.units)) != unit
        return self.only(keep)

    def only(self, keep: np.ndarray) -> "Panel":
        """The panel of some units (a flag for each)."""
        units = [name for name, kept in zip(self.units, keep, strict=True) if kept]
        return replace(
            self, units=units, outcome=self.outcome[keep], start=self.start[keep], weight=self.weight[keep]
        )

    def without_periods(self, out: np.ndarray) -> "Panel":
        """The panel without some periods (a flag for each); starts keep their days."""
        before = np.append(0, np.cumsum(out))[self.start]
        return replace(
            self, periods=self.periods[~out], outcome=self.outcome[:, ~out], start=self.start - before
        )

    def pretended(self, begins: int, last: int) -> "Panel":
        """The panel before `last`, as if all that are treated later had started at `begins` (positions)."""
        start = np.where(self.never, last, begins)
        return replace(self, periods=self.periods[:last], outcome=self.outcome[:, :last], start=start)

    def on_scale(self, scale: str) -> "Panel":
        """The same panel compared in logs or in levels."""
        if scale == self.scale:
            return self
        level = self.level
        return replace(self, scale=scale, outcome=np.log(level) if scale == "log" else level)


def prepare(
    table: pd.DataFrame, scale: str = "auto", first_period: str = "", unit_weights: str = ""
) -> tuple[Panel, list[Check]]:
    """Arrange rows of (unit, period, outcome, treated_from) as a Panel, and say what was wrong with them.

    scale: "log" compares in per cent, "level" in the outcome's unit, "auto" takes logs where every outcome is above
    zero. first_period: earlier periods are left out. unit_weights: a column that says how much a unit counts (its mean
    over the unit's rows); empty counts all alike. A period that holds the first day of treatment counts as
    treated. Units with gaps and treated units without a period before are left out, and a finding says so. Where
    every unit is treated in the end, the panel stops before the last ones start, which are the comparison.

    StudyError when nothing can be compared: no treated unit with a past, all treated at once, fewer than three units
    to compare with, two different starts of one unit, or logs of outcomes that are not above zero.
    """
    closed = closed_periods.find(table)
    rows = _rows(closed.rows, scale, first_period)
    starts = first_days(rows)
    wide = rows.pivot(index="unit", columns="period", values="outcome")
    periods = pd.DatetimeIndex(wide.columns)
    start = positions(starts.reindex(wide.index), periods)
    gaps, early = wide.isna().any(axis=1).to_numpy(), start == 0
    keep = ~gaps & ~early
    if not (start[keep] < len(periods)).any():
        raise CannotAnswer(_nobody(wide, gaps & (start < len(periods)), early))
    wide, start = wide[keep], start[keep]
    values, weight = wide.to_numpy(float), _weights(rows, unit_weights, wide.index)
    panel = Panel(
        [str(name) for name in wide.index], periods, values, start, _scale(scale, values, wide), weight
    )
    findings = [
        _left_out(gaps, "Units with gaps"),
        _left_out(early, "Treated without a past"),
        closed_periods.check_closed(closed),
        _spacing(periods),
    ]
    panel, last = _comparable(panel)
    panel = replace(panel, outcome=np.log(panel.outcome)) if panel.scale == "log" else panel
    return panel, [*findings, last]


def _nobody(wide: pd.DataFrame, gaps: np.ndarray, early: np.ndarray) -> str:
    """Why no treated unit is left, and what to do; gaps, early: the treated units with gaps, and without a past."""
    ways = []
    if gaps.any():
        row = wide[gaps].iloc[0]
        ways.append(
            f"{int(gaps.sum())} have gaps (first: {row.name} lacks {row.index[row.isna()][0].date()}): fill them, "
            "or begin later (first_period)."
        )
    if early.any():
        ways.append(
            f"{int(early.sum())} were treated from the panel's first period ({wide.columns[0].date()}) on: add earlier "
            "periods. If the column `treated` says who is ever treated, state treated_from instead, such as "
            "`treated_from: CASE WHEN treated = 1 THEN '2025-03-01' END` with the first treated day."
        )
    return f"No treated unit can be compared. {' '.join(ways)}"


def past(table: pd.DataFrame, first_period: str = "") -> Panel:
    """Arrange the time before anybody is treated, in logs, as a Panel of untreated units; without units that have gaps.

    StudyError where an outcome is zero or less, or nothing lies before.
    """
    rows = _rows(table, "log", first_period)
    if "treated_from" in rows and rows["treated_from"].notna().any():
        first = pd.to_datetime(rows["treated_from"]).min()
        periods = rows["period"].drop_duplicates().sort_values()
        rows = (
            rows[rows["period"] < periods[periods <= first].max()] if (periods <= first).any() else rows[:0]
        )
    if rows.empty:
        raise CannotAnswer("The panel has no period before the first treatment: bring earlier periods.")
    wide = rows.pivot(index="unit", columns="period", values="outcome").dropna()
    values = wide.to_numpy(float)
    _scale("log", values, wide)
    periods = pd.DatetimeIndex(wide.columns)
    never = np.full(len(wide), len(periods))
    return Panel([str(name) for name in wide.index], periods, np.log(values), never, "log")


def above_zero(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The rows of units whose every outcome has a logarithm, and the names of the other units.

    CannotAnswer where no unit is left.
    """
    lowest = table.groupby("unit")["outcome"].min()
    out = lowest.index[lowest <= 0]
    if len(out) == len(lowest):
        raise CannotAnswer(
            "Every unit of the panel has outcomes of zero or less, and a test by region is planned in logs: "
            "take longer periods, or larger regions."
        )
    return table[~table["unit"].isin(out)], [str(name) for name in out]


def _rows(table: pd.DataFrame, scale: str, first_period: str) -> pd.DataFrame:
    if scale not in SCALES:
        raise StudyError(f"outcome_scale is {scale!r}: choose one of {', '.join(SCALES)}.")
    rows = table.assign(period=pd.to_datetime(table["period"]), outcome=table["outcome"].astype(float))
    rows = since_when(rows)
    if first_period:
        rows = rows[rows["period"] >= pd.Timestamp(first_period)]
    if rows.empty:
        raise StudyError(f"The panel has no rows from {first_period or 'its beginning'} on.")
    return rows


def _weights(rows: pd.DataFrame, column: str, units: pd.Index) -> np.ndarray:
    """How much each unit counts: the mean of a column over its rows."""
    if not column:
        return np.ones(len(units))
    if column not in rows:
        own = [name for name in rows if name not in ("unit", "period", "outcome", "treated_from", "treated")]
        raise StudyError(
            f"unit_weights is {column!r}, which the panel does not have; it has {', '.join(own) or 'no further column'}."
        )
    weight = pd.to_numeric(rows[column], errors="coerce").groupby(rows["unit"]).mean().reindex(units)
    wrong = weight[~(weight > 0)]
    if len(wrong):
        raise StudyError(
            f"unit_weights: the column {column!r} of unit {wrong.index[0]!r} is not above zero. "
            "Give every unit a weight, such as its customers, or leave unit_weights empty."
        )
    return weight.to_numpy(float)


def _scale(scale: str, values: np.ndarray, wide: pd.DataFrame) -> str:
    positive = bool((values > 0).all())
    if scale == "auto":
        return "log" if positive else "level"
    if scale == "log" and not positive:
        unit = wide.index[(values <= 0).any(axis=1)][0]
        raise StudyError(
            f"Unit {unit!r} has outcomes of zero or less, which have no logarithm: set outcome_scale: level."
        )
    return scale


def _comparable(panel: Panel) -> tuple[Panel, Check]:
    """The panel with units to compare with: where all are treated in the end, up to the last start."""
    all_treated = not panel.never.any()
    if all_treated:
        last = int(panel.start.max())
        if (panel.start == last).all():
            raise CannotAnswer(
                f"All units are treated from {panel.periods[last].date()} on: nobody is left to compare with. "
                "Bring units that were not treated, or treated later."
            )
        panel = replace(panel, periods=panel.periods[:last], outcome=panel.outcome[:, :last])
        panel = replace(panel, start=np.minimum(panel.start, last))
    count = int(panel.never.sum())
    if count < FEWEST_COMPARISONS:
        raise CannotAnswer(
            f"Only {count} units stay untreated long enough to compare with: with fewer than {FEWEST_COMPARISONS} "
            "nobody can say how much units differ by chance. Bring more untreated units."
        )
    advice = EVERYONE_TREATED() if all_treated else FEW_UNTREATED()
    few = count < ENOUGH_COMPARISONS
    return panel, check(
        "Units to compare with",
        review=all_treated or few,
        value=counted(count, "unit"),
        threshold=SIX_UNTREATED(),
        advice=advice,
    )


def _left_out(which: np.ndarray, name: str) -> Check:
    out = int(which.sum())
    advice = LEFT_OUT(out=str(out), units=str(len(which)))
    return check(
        name, review=out > 0, value=counted(out, "unit"), threshold=counted(0, "unit"), advice=advice
    )


def _spacing(periods: pd.DatetimeIndex) -> Check:
    steps = closed_periods.step(periods)
    ratio = float(steps.max() / steps.min()) if len(steps) else 1.0
    after = str(periods[int(steps.argmax())].date()) if len(steps) else ""
    return check(
        "Even periods",
        review=ratio > UNEVEN,
        value=decimals(ratio, 2),
        threshold=AT_MOST(bound=plain(UNEVEN)),
        advice=MISSING_PERIODS(after=after),
    )
