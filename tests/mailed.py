"""Simulated shops that contact their customers, in code of their own: BG/NBD, day by day, a factor on the days after one."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import seasonal

AS_OF = date(2023, 12, 31)
DAYS = 28  # that a contact works for
SILENT = 60  # days of silence after which a shop writes


@dataclass(frozen=True)
class Shop:
    """Purchases (customer_id, order_date) up to AS_OF, the table campaigns, and the purchases of the year after it."""

    orders: pd.DataFrame
    campaigns: pd.DataFrame
    later: int


def shop(
    seed: int, factor: float, rule: str, *, customers: int = 2000, days: int = 730, peak: float = 1.0
) -> Shop:
    """A shop of `customers`, whose rate is `factor` times as high on the DAYS days after a contact.

    rule: "chance", on any day one customer in ninety; "lots", every other month half of all customers, drawn by lot;
    "silence", whoever has been silent for SILENT days, once in a silence; "silence in batches", these on the first of a
    month.
    """
    rng = np.random.default_rng([seed, 18])
    start = np.datetime64(AS_OF, "D") - np.timedelta64(days - 1, "D")
    every = start + np.arange(days + 365)
    pace = seasonal.factors(every, peak)
    won = rng.integers(0, days, customers)
    rate = rng.gamma(seasonal.RATE[0], 1 / seasonal.RATE[1], customers) / 365.25
    left = rng.geometric(
        np.maximum(rng.beta(*seasonal.COIN, customers), 1e-9)
    )  # repeat purchases until they drop out
    last, reached, written = won.copy(), np.full(customers, -DAYS - 1), np.zeros(customers, dtype=bool)
    repeats = np.zeros(customers, dtype=int)
    bought, sent = [], []
    for day, stamp in enumerate(every):
        exposed = (day > reached) & (day - reached <= DAYS)
        chance = -np.expm1(-rate * pace[day] * np.where(exposed, factor, 1.0))
        buys = (rng.random(customers) < chance) & (day > won) & (repeats < left)
        repeats += buys
        buys |= day == won
        last[buys], written[buys] = day, False
        bought.append(np.column_stack([np.flatnonzero(buys), np.full(buys.sum(), day)]))
        known, first = day >= won, stamp.astype("datetime64[M]").astype("datetime64[D]") == stamp
        control = np.zeros(customers, dtype=bool)
        if rule == "chance":
            gets = known & (rng.random(customers) < 1 / 90)
        elif rule == "lots":
            goes = first and stamp.astype("datetime64[M]").astype(int) % 2 == 0
            drawn = rng.random(customers) < 0.5
            gets, control = known & drawn & goes, known & ~drawn & goes
        else:
            gets = known & ~written & (day - last >= SILENT) & (first | (rule == "silence"))
        written |= gets
        reached[gets] = day
        if gets.any():
            sent.append(_assigned(day, gets, control, rule))
    orders, table = np.concatenate(bought), pd.concat(sent, ignore_index=True)
    orders = pd.DataFrame({"customer_id": orders[:, 0], "order_date": every[orders[:, 1]]})
    table = table.assign(assigned_at=pd.to_datetime(every[table["day"]])).drop(columns="day")
    upto = pd.Timestamp(AS_OF)
    later = int((orders["order_date"] > upto).sum())
    return Shop(orders[orders["order_date"] <= upto], table[table["assigned_at"] <= upto], later)


def _assigned(day: int, gets: np.ndarray, control: np.ndarray, rule: str) -> pd.DataFrame:
    who = np.concatenate([np.flatnonzero(gets), np.flatnonzero(control)])
    return pd.DataFrame(
        {
            "campaign_id": f"mailing {day}",
            "customer_id": who,
            "arm": np.where(control[who], "left alone", "mailed"),
            "is_control": control[who],
            "assigned": "randomized" if rule == "lots" else "not_randomized",
            "day": day,
        }
    )
