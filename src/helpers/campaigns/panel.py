"""A panel of units over periods, some treated from a period on: its shape, and what is wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from helpers.campaigns.assignment import AT_MOST
from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.inference.intervals import LOWER, UPPER, Interval
from helpers.messages import Value, message, money, number, percent

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
SIX_UNTREATED = message("panel.six_untreated", "6 never treated")
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
    """

    units: list[str]
    periods: pd.DatetimeIndex
    outcome: np.ndarray
    start: np.ndarray
    scale: str

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
        units = [name for name, kept in zip(self.units, keep, strict=True) if kept]
        return replace(self, units=units, outcome=self.outcome[keep], start=self.start[keep])


@dataclass(frozen=True)
class Outcome:
    """What a panel measures, in words, and how an amount of it and a change of it are said."""

    name: str
    is_money: bool
    currency: str
    scale: str

    @property
    def title(self) -> str:
        """The name at the beginning of a sentence."""
        return f"{self.name[0].upper()}{self.name[1:]}"

    def amount(self, value: float) -> Value:
        """The outcome itself, or a change in its own unit."""
        return money(value, self.currency) if self.is_money else number(value)

    def change(self, value: float) -> Value:
        """A change as `shown` gives it: a share of what would have been when outcomes are compared in logs."""
        return percent(value) if self.scale == "log" else self.amount(value)


@dataclass(frozen=True)
class Path:
    """One unit's outcome as it was seen, and the middle and ends of what it would have been without treatment.

    seen, middle, low, high: (periods,), in the outcome's own unit. start: position of the first treated period.
    """

    unit: str
    periods: pd.DatetimeIndex
    start: int
    seen: np.ndarray
    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray


def prepare(table: pd.DataFrame, scale: str = "auto", first_period: str = "") -> tuple[Panel, list[Check]]:
    """Arrange rows of (unit, period, outcome, treated_from) as a Panel, and say what was wrong with them.

    scale: "log" compares in per cent, "level" in the outcome's unit, "auto" takes logs where every outcome is above
    zero. first_period: earlier periods are left out. A period that holds the first day of treatment counts as
    treated. Units with gaps and treated units without a period before are left out, and a finding says so. Where
    every unit is treated in the end, the panel stops before the last ones start, which are the comparison.

    StudyError when nothing can be compared: no treated unit with a past, all treated at once, fewer than three units
    to compare with, two different starts of one unit, or logs of outcomes that are not above zero.
    """
    if scale not in SCALES:
        raise StudyError(f"outcome_scale is {scale!r}: choose one of {', '.join(SCALES)}.")
    rows = table.assign(period=pd.to_datetime(table["period"]), outcome=table["outcome"].astype(float))
    if first_period:
        rows = rows[rows["period"] >= pd.Timestamp(first_period)]
    if rows.empty:
        raise StudyError(f"The panel has no rows from {first_period or 'its beginning'} on.")
    starts = _starts(rows)
    wide = rows.pivot(index="unit", columns="period", values="outcome")
    periods = pd.DatetimeIndex(wide.columns)
    start = _positions(starts.reindex(wide.index), periods)
    gaps, early = wide.isna().any(axis=1).to_numpy(), start == 0
    keep = ~gaps & ~early
    if not (start[keep] < len(periods)).any():
        raise StudyError(
            f"No treated unit can be compared: {int((gaps & (start < len(periods))).sum())} have gaps and "
            f"{int(early.sum())} were treated from the panel's first period ({periods[0].date()}) on. "
            "Add periods before the treatment began (treated_from), or fill the gaps."
        )
    wide, start = wide[keep], start[keep]
    values = wide.to_numpy(float)
    scale = _scale(scale, values, wide)
    panel = Panel([str(name) for name in wide.index], periods, values, start, scale)
    findings = [
        _left_out(gaps, "Units with gaps"),
        _left_out(early, "Treated without a past"),
        _spacing(periods),
    ]
    panel, last = _comparable(panel)
    panel = replace(panel, outcome=np.log(panel.outcome)) if scale == "log" else panel
    return panel, [*findings, last]


def describe(panel: Panel) -> pd.DataFrame:
    """Return one row per start: its units, and their periods before and after; never treated last."""
    rows = []
    for start in np.unique(panel.start):
        names = [name for name, own in zip(panel.units, panel.start, strict=True) if own == start]
        never = start >= len(panel.periods)
        rows.append(
            {
                "start": None if never else panel.periods[start],
                "units": ", ".join(names),
                "before": int(min(start, len(panel.periods))),
                "after": int(len(panel.periods) - min(start, len(panel.periods))),
            }
        )
    return pd.DataFrame(rows)


def course(panel: Panel) -> pd.DataFrame:
    """Return the mean outcome per period (index) of the units ever treated and of those never treated, in its own unit."""
    level = panel.level
    means = {
        "ever_treated": level[~panel.never].mean(axis=0),
        "never_treated": level[panel.never].mean(axis=0),
    }
    return pd.DataFrame(means, index=panel.periods)


def path(panel: Panel, row: int, counterfactual: np.ndarray) -> Path:
    """Set what a unit (its row) showed beside draws (draws, periods) of its counterfactual on the panel's scale."""
    would = np.exp(counterfactual) if panel.scale == "log" else counterfactual
    low, middle, high = np.quantile(would, [LOWER, 0.5, UPPER], axis=0)
    return Path(panel.units[row], panel.periods, int(panel.start[row]), panel.level[row], low, middle, high)


type Effect = Interval | np.ndarray | float


def shown(panel: Panel, effect: Effect) -> Effect:
    """Say an effect (Interval, draws or number) as a share of what would have been; levels stay as they are."""
    return _through(np.expm1, effect) if panel.scale == "log" else effect


def per_period(panel: Panel, effect: Effect) -> Effect:
    """Say an effect (Interval, draws or number) in the outcome's unit: mean over the treated units' treated periods."""
    if panel.scale == "level":
        return effect
    treated = np.arange(len(panel.periods)) >= panel.start[:, None]
    mean = float(panel.level[treated].mean())
    return _through(lambda value: mean * -np.expm1(-value), effect)


def _through(change: Callable, effect: Effect) -> Effect:
    """Put an interval's ends and middle, or plain values, through an increasing function."""
    if not isinstance(effect, Interval):
        return change(effect)
    return effect.through(change)


def _starts(rows: pd.DataFrame) -> pd.Series:
    """The one treated_from of every unit, missing where it is never treated."""
    given = rows["treated_from"] if "treated_from" in rows else pd.Series(pd.NaT, rows.index)
    given = pd.to_datetime(given)
    per_unit = given.groupby(rows["unit"]).agg(["min", "max", "count", "size"])
    mixed = per_unit[(per_unit["min"] != per_unit["max"]) & (per_unit["count"] > 0)]
    half = per_unit[(per_unit["count"] > 0) & (per_unit["count"] < per_unit["size"])]
    if len(mixed) or len(half):
        unit = [*mixed.index, *half.index][0]
        raise StudyError(
            f"treated_from of unit {unit!r} differs between its rows: give every row of a unit the same day, "
            "the first of its treatment; a treatment that stops again is not what this compares."
        )
    if given.isna().all():
        raise StudyError(
            "No unit of the panel is ever treated: fill treated_from, the first treated day of a unit."
        )
    return per_unit["min"]


def _positions(starts: pd.Series, periods: pd.DatetimeIndex) -> np.ndarray:
    """Each unit's first treated period: the one that holds treated_from; len(periods) when it comes later."""
    step = periods[-1] - periods[-2] if len(periods) > 1 else pd.Timedelta(days=1)
    place = periods.searchsorted(pd.DatetimeIndex(starts.fillna(periods[0])), side="right") - 1
    later = (starts.isna() | (starts >= periods[-1] + step)).to_numpy()
    return np.where(later, len(periods), np.maximum(place, 0))


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
            raise StudyError(
                f"All units are treated from {panel.periods[last].date()} on: nobody is left to compare with. "
                "Bring units that were not treated, or treated later."
            )
        panel = replace(panel, periods=panel.periods[:last], outcome=panel.outcome[:, :last])
        panel = replace(panel, start=np.minimum(panel.start, last))
    count = int(panel.never.sum())
    if count < FEWEST_COMPARISONS:
        raise StudyError(
            f"Only {count} units stay untreated long enough to compare with: with fewer than {FEWEST_COMPARISONS} "
            "nobody can say how much units differ by chance. Bring more untreated units."
        )
    advice = EVERYONE_TREATED() if all_treated else FEW_UNTREATED()
    few = count < ENOUGH_COMPARISONS
    return panel, check(
        "Units to compare with",
        review=all_treated or few,
        value=count,
        threshold=SIX_UNTREATED(),
        advice=advice,
    )


def _left_out(which: np.ndarray, name: str) -> Check:
    out = int(which.sum())
    advice = LEFT_OUT(out=str(out), units=str(len(which)))
    return check(name, review=out > 0, value=out, threshold=0, advice=advice)


def _spacing(periods: pd.DatetimeIndex) -> Check:
    steps = np.diff(periods) / np.timedelta64(1, "D")
    ratio = float(steps.max() / steps.min()) if len(steps) else 1.0
    after = str(periods[int(steps.argmax())].date()) if len(steps) else ""
    return check(
        "Even periods",
        review=ratio > UNEVEN,
        value=round(ratio, 2),
        threshold=AT_MOST(bound=str(UNEVEN)),
        advice=MISSING_PERIODS(after=after),
    )
