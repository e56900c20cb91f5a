"""Since when the units of a panel are treated, and at which of its periods that begins."""

import numpy as np
import pandas as pd

from helpers.errors import CannotAnswer, StudyError


def since_when(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with treated_from, from the flag `treated` of each period where the panel brings that instead.

    CannotAnswer where a unit's treatment stops again.
    """
    dated = "treated_from" in rows and rows["treated_from"].notna().any()
    if dated or "treated" not in rows or rows["treated"].isna().all():
        return rows
    flag, period = rows["treated"].fillna(False).astype(bool), pd.to_datetime(rows["period"])
    first = period.where(flag).groupby(rows["unit"]).transform("min")
    if (stopped := ~flag & (period > first)).any():
        row = stopped.idxmax()
        raise CannotAnswer(
            f"Unit {rows.loc[row, 'unit']!r} is treated from {first[row].date()} and not in {period[row].date()}: a "
            "treatment that stops again is not what this compares. If `treated` says who is ever treated, state "
            "treated_from, the first treated day, instead."
        )
    return rows.assign(treated_from=first)


def treated_apart(table: pd.DataFrame) -> list[str]:
    """The names of treated units, where they start at different times, which no test by lot does; else none."""
    rows = since_when(table)
    if "treated_from" not in rows or rows["treated_from"].isna().all():
        return []
    starts = first_days(rows).dropna()
    return [str(name) for name in starts.index] if starts.nunique() > 1 else []


def first_days(rows: pd.DataFrame) -> pd.Series:
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
        raise CannotAnswer(
            "No unit of the panel is ever treated: fill treated_from, the first treated day of a unit."
        )
    return per_unit["min"]


def positions(starts: pd.Series, periods: pd.DatetimeIndex) -> np.ndarray:
    """Each unit's first treated period: the one that holds treated_from; len(periods) when it comes later.

    A period is named by its first day, or, where all are last days of months (or of years), by its last one; a day is one
    alone: what begins on a closed Sunday begins on Monday.
    """
    if len(periods) > 1 and (
        periods.is_month_end.all() or np.median(np.diff(periods)) < np.timedelta64(2, "D")
    ):
        place = periods.searchsorted(pd.DatetimeIndex(starts.fillna(periods[0])), side="left")
        return np.where(starts.isna().to_numpy(), len(periods), place)
    step = periods[-1] - periods[-2] if len(periods) > 1 else pd.Timedelta(days=1)
    place = periods.searchsorted(pd.DatetimeIndex(starts.fillna(periods[0])), side="right") - 1
    later = (starts.isna() | (starts >= periods[-1] + step)).to_numpy()
    return np.where(later, len(periods), np.maximum(place, 0))
