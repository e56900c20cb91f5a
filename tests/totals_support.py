"""Bases whose next year is known, plain or with something common to all customers, and the stated interval of the total."""

from datetime import date, timedelta

import ibis
import kept_seeds
import numpy as np
import pandas as pd

from helpers.clv import purchase_forecast, purchase_history, purchase_models, rolling_origins, season

AS_OF, HOLDOUT, AHEAD, CUSTOMERS = date(2024, 12, 31), 182, 365, 2000
KINDS = ("plain", "shock", "drift", "season", "regular")
YOUNG, OLD = 2, 6  # years of data: seven past forecasts of three months, and six of half a year
UNSURE = 0.2  # a forecast by a season drawn from its prior has a larger standard deviation of its logarithm
QUICK = {"method": "laplace", "draws": 300, "chains": 2}


def first_day(years: int) -> date:
    """The day on which the data begins."""
    return date(AS_OF.year + 1 - years, 1, 1)


def days_of(years: int) -> int:
    """How many days the data holds."""
    return (AS_OF - first_day(years)).days + 1


def pace(kind: str, rng: np.random.Generator, years: int = YOUNG) -> np.ndarray:
    """What every customer's rate is multiplied by on each day, the year ahead included."""
    seen = days_of(years)
    size = seen + AHEAD
    if kind == "shock":  # a random walk by which the mean of the next year has a standard deviation of 10 %
        steps = rng.normal(0, 0.1 * np.sqrt(3 / 365), size).cumsum()
        return np.exp(steps - steps[seen - 1])
    if kind == "season":
        day = pd.date_range(first_day(years), periods=size)
        peak = ((day.month == 11) & (day.day >= 15)) | ((day.month == 12) & (day.day <= 24))
        return np.where(peak, 2.0, 1.0) / np.where(peak, 2.0, 1.0)[:365].mean()
    return np.ones(size)


def purchases(kind: str, seed: int, years: int = YOUNG) -> pd.DataFrame:
    """Purchase days of a base: BG/NBD (r .8, alpha 60 days, a .8, b 3), won evenly over the years; customer_id, day.

    drift: the rate of who comes later falls e-fold over the years. regular: gaps are Erlang 3.
    """
    rng, seen = np.random.default_rng([KINDS.index(kind), seed]), days_of(years)
    time = np.append(0.0, pace(kind, rng, years).cumsum())
    stages = 3 if kind == "regular" else 1
    start = rng.uniform(0, seen, CUSTOMERS)
    rate = rng.gamma(0.8, 1 / 60, CUSTOMERS) * (np.exp(-start / seen) if kind == "drift" else 1.0)
    coin = rng.beta(0.8, 3.0, CUSTOMERS)
    parts = []
    for name in range(CUSTOMERS):
        stays = min(int(rng.geometric(max(coin[name], 1e-3))), 600)
        gaps = rng.gamma(stages, 1 / (stages * rate[name]), stays)
        own = np.interp(start[name], np.arange(len(time)), time) + np.append(0.0, gaps.cumsum())
        own = own[own < time[-1]]
        days = np.unique(np.interp(own, time, np.arange(len(time))).astype(int))
        parts.append(pd.DataFrame({"customer_id": f"c{name}", "day": days}))
    return pd.concat(parts, ignore_index=True)


def judged(kind: str, seed: int, years: int = YOUNG) -> dict:
    """The next year of a base beside both intervals of its forecast, made as 21 makes it: with a season."""
    bought, first = purchases(kind, seed, years), first_day(years)
    past = bought[bought["day"] < days_of(years)]
    lines = pd.DataFrame(
        {
            "customer_id": past["customer_id"],
            "order_date": [first + timedelta(days=int(day)) for day in past["day"]],
        }
    )
    ledger = ibis.memtable(lines.assign(kind="purchase", revenue=1.0))
    known = set(past["customer_id"])
    ahead = bought[(bought["day"] >= days_of(years)) & bought["customer_id"].isin(known)]
    cut = AS_OF - timedelta(days=HOLDOUT)
    periods = rolling_origins.origins(first, cut, AS_OF)
    moved = rolling_origins.rolling_origin("bg_nbd", ledger, periods, "week", **QUICK)
    error = moved.common()
    summary = purchase_history.summary_of(ledger, AS_OF, "week")
    tree = purchase_models.fit("bg_nbd", summary, "week", calendar=season.calendar_of(ledger, AS_OF), **QUICK)
    sure = moved.table[moved.table["variance"] < UNSURE**2]
    said = error.total(purchase_forecast.of_base(tree, summary, AHEAD / 7), AHEAD / 365.25)
    right, wide = said.if_right, said.interval
    return {
        "off": right.mean / len(ahead) - 1,
        "inside": bool(wide.p05 <= len(ahead) <= wide.p95),
        "inside_right": bool(right.p05 <= len(ahead) <= right.p95),
        "wider": (wide.p95 - wide.p05) / (right.p95 - right.p05),
        "squared": float((sure["log_error"] ** 2 / sure["variance"]).mean()),
        "origins": error.origins, "tau": float(error.tau.mean()), "bias": error.bias.mean if error.bias else None,
    }  # fmt: skip


def table(kind: str, seeds: range, years: int = YOUNG) -> pd.DataFrame:
    """The results of these bases."""
    name = f"totals_{kind}" if years == YOUNG else f"totals_{kind}_{years}_years"
    return kept_seeds.table(name, seeds, lambda seed: judged(kind, seed, years))


def said(kind: str, result: pd.DataFrame) -> str:
    """One line of the table of coverage."""
    return (
        f"{kind}: {result['inside'].sum()} of {len(result)} inside the stated interval, "
        f"{result['inside_right'].sum()} inside the model's own; median widening {result['wider'].median():.2f} "
        f"(largest {result['wider'].max():.2f}) with {result['origins'].median():.0f} origins, horizon 12 months; "
        f"past errors squared over the model's own variance {result['squared'].mean():.2f}; "
        f"mean error {result['off'].mean():+.1%}"
    )
