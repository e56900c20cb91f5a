"""Repeat purchases of the whole base over time, forecast against actual."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from helpers.clv import new_customers
from helpers.clv.purchase_history import purchase_days
from helpers.clv.purchase_models import Parameters
from helpers.clv.time_units import DAYS_PER
from helpers.inference.intervals import LOWER, UPPER

SILENCE = [-1, 30, 90, 180, 365, np.inf]  # days
REPEATS = [-1, 0, 2, 5, np.inf]
DRAWS = 60  # of the expected course, over which it is averaged


def weekly_repeat_purchases(
    ledger: ibis.Table, first: date, last: date, won_by: date | None = None
) -> pd.DataFrame:
    """Count repeat purchase days per week up to `last` (columns week_end, actual), of customers won up to `won_by`."""
    days = purchase_days(ledger)
    repeats = days.filter((days.order_date > days.first_date) & (days.first_date <= (won_by or last)))
    counted = repeats.group_by("order_date").agg(n=repeats.count()).to_pandas()
    ends = pd.date_range(first + timedelta(days=6), last, freq="7D")
    week = np.searchsorted(ends.to_numpy(), pd.to_datetime(counted["order_date"]).to_numpy(), side="left")
    counts = np.bincount(week, counted["n"], minlength=len(ends))[: len(ends)]
    return pd.DataFrame({"week_end": ends, "actual": counts.astype("int64")})


def expected_repeat_purchases(
    its: Parameters, summary: pd.DataFrame, ends: np.ndarray, time_unit: str
) -> np.ndarray:
    """Expected cumulative repeat purchases of the base at each date of `ends`: shape (draws, len(ends)).

    summary: first_date of each customer, with the columns of the model's design. Sums E[X(t)] of a new customer over
    the days of first purchase.
    """
    its = its.thinned(DRAWS)
    columns = [*(["group"] if "group" in summary else []), *its.design.columns]
    starts = summary.groupby(["first_date", *columns]).size().rename("n").reset_index()
    first = pd.to_datetime(starts["first_date"]).to_numpy()
    days = (pd.to_datetime(ends).to_numpy()[:, None] - first) / np.timedelta64(1, "D")
    return new_customers.expected_totals(its, starts, first, np.maximum(days, 0.0) / DAYS_PER[time_unit])


@dataclass(frozen=True)
class Course:
    """Repeat purchases per week, actual and expected, on both sides of `cut`.

    weeks: week_end; for each week alone (week_) and for all weeks up to it (total_): actual, mean, low and high, the ends
    of the 90 % interval. later: weeks after the cut; inside: how many of these lie inside their interval.
    """

    weeks: pd.DataFrame
    cut: date
    later: int
    inside: int


def course(actual: pd.DataFrame, expected: np.ndarray, cut: date, seed: int = 1) -> Course:
    """Set `expected_repeat_purchases` at the week ends of `actual`, see `weekly_repeat_purchases`, beside these.

    The interval of a week holds the chance of single purchases too: Poisson around each draw. That of the total is the
    uncertainty about parameters alone.
    """
    weekly = np.diff(expected, axis=1, prepend=0.0)
    seen = np.random.default_rng(seed).poisson(np.maximum(weekly, 0))
    weeks = {"week_end": actual["week_end"], "week_actual": actual["actual"]}
    weeks["total_actual"] = actual["actual"].cumsum()
    for name, line, band in (("week", weekly, seen), ("total", expected, expected)):
        weeks[f"{name}_mean"] = line.mean(axis=0)
        weeks[f"{name}_low"], weeks[f"{name}_high"] = np.quantile(band, [LOWER, UPPER], axis=0)
    table = pd.DataFrame(weeks)
    later = table[pd.to_datetime(table["week_end"]) > pd.Timestamp(cut)]
    inside = int(later["week_actual"].between(later["week_low"], later["week_high"]).sum())
    return Course(table, cut, len(later), inside)


def alive_by_silence(summary: pd.DataFrame, alive: np.ndarray, time_unit: str, minimum: int) -> pd.DataFrame:
    """Mean P(alive) by days since the last purchase (rows) and repeat purchases (columns).

    Rows carry the index `silence`. Cells of fewer than `minimum` customers are left empty.
    """
    silence = ((summary["T"] - summary["t_x"]) * DAYS_PER[time_unit]).round()  # whole days again
    silent = pd.cut(silence, SILENCE, labels=["0-30", "31-90", "91-180", "181-365", "over 365"])
    repeats = pd.cut(summary["x"], REPEATS, labels=["0", "1-2", "3-5", "6 or more"])
    groups = (
        pd.Series(alive).groupby([silent.array.astype(str), repeats.array.astype(str)]).agg(["mean", "size"])
    )
    grid = groups.loc[groups["size"] >= minimum, "mean"].unstack()
    rows, columns = (
        [str(label) for label in labels.cat.categories if str(label) in there]
        for labels, there in ((silent, grid.index), (repeats, grid.columns))
    )
    return grid.loc[rows, columns].rename_axis(index="silence", columns=None)
