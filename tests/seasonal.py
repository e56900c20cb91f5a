"""Simulated shops with a Christmas peak, in code of their own: purchases by thinning, day by day, nothing of the helpers."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from helpers.clv.season import Calendar

RATE, DROP_OUT = (0.8, 0.8 / 6.0), (0.7, 1.0)  # Gamma(shape, rate per year) of purchases and of drop-out
COIN = (0.8, 3.0)  # Beta(a, b) of the chance to drop out after a repeat purchase


@dataclass(frozen=True)
class Shop:
    """Purchases (customer_id, order_date) up to `as_of`, and how many they made in 90 and 365 days after it."""

    orders: pd.DataFrame
    as_of: date
    later: dict[int, int]


def factors(days: np.ndarray, peak: float) -> np.ndarray:
    """The factor on the purchase rate of each day: `peak` from 15 November to 24 December, 1 on average over a year."""
    stamps = pd.DatetimeIndex(days)
    high = ((stamps.month == 11) & (stamps.day >= 15)) | ((stamps.month == 12) & (stamps.day <= 24))
    return np.where(high, peak, 1.0) / (1 + (peak - 1) * 40 / 365)


def shop(
    seed: int,
    peak: float,
    as_of: date,
    *,
    customers: int = 2000,
    days: int = 730,
    rate=RATE,
    also=None,
    coin=False,
) -> Shop:
    """A shop of `customers`, won in the `days` before `as_of` as the season has it, each buying by the Pareto/NBD.

    also: what else the rate of each day is multiplied by, a function of days. coin: customers drop out by the BG/NBD
    instead, at a repeat purchase and not on any day.
    """
    rng = np.random.default_rng(seed)
    start = as_of - timedelta(days=days - 1)
    every = np.arange(np.datetime64(start), np.datetime64(as_of) + 366, dtype="datetime64[D]")
    pace = factors(every, peak) * (1.0 if also is None else also(every))
    won = rng.choice(days, customers, p=pace[:days] / pace[:days].sum())
    buying = rng.gamma(rate[0], 1 / rate[1], customers) / 365.25
    gone = won + 365.25 * rng.exponential(1 / rng.gamma(DROP_OUT[0], 1 / DROP_OUT[1], customers))
    day = np.arange(len(every))[None, :]
    chance = -np.expm1(-buying[:, None] * pace[None, :])
    bought = (rng.random(chance.shape) < chance) & (day > won[:, None])
    if coin:
        last = rng.geometric(np.maximum(rng.beta(*COIN, customers), 1e-9))
        bought &= bought.cumsum(axis=1) <= last[:, None]
    else:
        bought &= day <= gone[:, None]
    bought[np.arange(customers), won] = True
    who, when = np.nonzero(bought)
    later = {ahead: int(((when >= days) & (when < days + ahead)).sum()) for ahead in (90, 365)}
    seen = when < days
    orders = pd.DataFrame({"customer_id": who[seen], "order_date": every[when[seen]]})
    return Shop(orders, as_of, later)


def summary_of(orders: pd.DataFrame, end: date) -> pd.DataFrame:
    """x, t_x and T in weeks of the customers who bought up to `end`."""
    upto = orders[orders["order_date"] <= np.datetime64(end)]
    by = upto.groupby("customer_id")["order_date"].agg(["min", "max", "nunique"])
    return pd.DataFrame(
        {
            "customer_id": by.index,
            "first_date": by["min"].to_numpy(),
            "x": by["nunique"].to_numpy() - 1,
            "t_x": (by["max"] - by["min"]).dt.days.to_numpy() / 7,
            "T": (np.datetime64(end) - by["min"].to_numpy().astype("datetime64[D]")).astype(int) / 7,
        }
    )


def calendar_of(orders: pd.DataFrame, end: date) -> Calendar:
    """The calendar of these orders, in code of its own."""
    upto = (
        orders[orders["order_date"] <= np.datetime64(end)]
        .drop_duplicates()
        .sort_values(["customer_id", "order_date"])
    )
    start = upto["order_date"].min()
    day = (upto["order_date"] - start).dt.days
    before = day.groupby(upto["customer_id"]).shift()
    pairs = pd.DataFrame({"from": before, "to": day}).dropna().astype(int).value_counts().reset_index()
    days = (pd.Timestamp(end) - start).days
    bought = np.bincount(day[before.notna()], minlength=days + 1)
    return Calendar(end, days, bought, pairs.to_numpy())
