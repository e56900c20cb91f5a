"""Repeat purchases of the whole base over time, forecast against actual."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from helpers.clv.summary import DAYS_PER


def weekly_repeat_purchases(ledger: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    """Count repeat purchase days per week of the customers who first bought up to `last` (columns week_end, actual)."""
    days = ledger.loc[ledger["kind"] == "purchase", ["customer_id", "order_date"]].drop_duplicates()
    when = pd.to_datetime(days["order_date"])
    repeat = when[when > when.groupby(days["customer_id"]).transform("min")]
    ends = pd.date_range(first + timedelta(days=6), last, freq="7D")
    week = np.searchsorted(ends.to_numpy(), repeat.to_numpy(), side="left")
    counts = np.bincount(week[week < len(ends)], minlength=len(ends))
    return pd.DataFrame({"week_end": ends, "actual": counts})


def expected_repeat_purchases(module, theta, first_dates: pd.Series, ends, time_unit: str) -> np.ndarray:
    """Expected cumulative repeat purchases of the base at each date of `ends`: shape (draws, len(ends)).

    theta: parameter draws of shape (draws,). Sums E[X(t)] of a new customer over the days of first purchase.
    """
    starts, customers = np.unique(pd.to_datetime(first_dates).to_numpy(), return_counts=True)
    columns = tuple(np.asarray(value)[:, None] for value in theta)
    totals = []
    for end in pd.to_datetime(ends).to_numpy():
        age = np.maximum((end - starts) / np.timedelta64(1, "D"), 0.0) / DAYS_PER[time_unit]
        totals.append(module.expected_purchases_new(columns, age) @ customers)
    return np.column_stack(totals)
