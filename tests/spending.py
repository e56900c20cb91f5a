"""Simulated orders whose amounts follow the month and the years, in code of their own."""

from datetime import date

import numpy as np
import pandas as pd

END = date(2023, 12, 31)


def index(when: np.ndarray, growth: float, december: float, end: date = END) -> np.ndarray:
    """What an order is worth on each day against one at the end without a season: December is apart from other months."""
    month = when.astype("datetime64[M]").astype(np.int64) % 12
    years = (when - np.datetime64(end, "D")).astype(np.int64) / 365.25
    return np.where(month == 11, december, 1.0) / (1 + (december - 1) * 31 / 365) * (1 + growth) ** years


def ledger(
    seed: int, growth: float, december: float, *, customers: int = 2000, years: float = 3.0, later: int = 0
) -> pd.DataFrame:
    """Orders of the `years` before END and the `later` days after it: customers come at any time and buy until the end."""
    rng = np.random.default_rng(seed)
    days = round(365.25 * years)
    first = rng.integers(0, days - 30, customers)
    rate = rng.gamma(1.2, 2.0, customers) / 365.25
    level = np.exp(rng.normal(3.0, 0.5, customers))
    made = rng.poisson(rate * (days + later - first))
    who = np.concatenate([np.arange(customers), np.repeat(np.arange(customers), made)])
    at = np.concatenate([first, np.ceil(rng.uniform(first[who[customers:]], days + later)).astype(np.int64)])
    when = np.datetime64(END, "D") - days + at
    spent = level[who] * rng.gamma(4.0, 0.25, len(who)) * index(when, growth, december)
    return pd.DataFrame(
        {
            "customer_id": who.astype(str),
            "order_date": when.astype("datetime64[s]"),
            "revenue": spent,
            "kind": "purchase",
        }
    )
