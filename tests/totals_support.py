"""Bases whose next year is known, plain or with something common to all customers, and the stated interval of their total.

    python tests/totals_support.py KIND FIRST LAST     the bases of these seeds; what has run with this code is read, not run

Every result is kept in tests/.results/bases.jsonl with its kind, seed and the state of the code.
"""

import json
import os
import sys
from datetime import date, timedelta
from pathlib import Path

import ibis
import numpy as np
import pandas as pd

from helpers.clv import purchase_forecast, purchase_history, purchase_models, rolling_origins

FIRST, AS_OF, HOLDOUT = date(2023, 1, 1), date(2024, 12, 31), 182
DAYS, AHEAD, CUSTOMERS = (AS_OF - FIRST).days + 1, 365, 2000
KINDS = ("plain", "shock", "drift", "season", "regular")
KEPT = Path(__file__).parent / ".results" / "bases.jsonl"
QUICK = {"method": "laplace", "draws": 300, "chains": 2}


def pace(kind: str, rng: np.random.Generator) -> np.ndarray:
    """What every customer's rate is multiplied by on each day, the year ahead included."""
    size = DAYS + AHEAD
    if kind == "shock":  # a random walk by which the mean of the next year has a standard deviation of 10 %
        steps = rng.normal(0, 0.1 * np.sqrt(3 / 365), size).cumsum()
        return np.exp(steps - steps[DAYS - 1])
    if kind == "season":
        day = pd.date_range(FIRST, periods=size)
        peak = ((day.month == 11) & (day.day >= 15)) | ((day.month == 12) & (day.day <= 24))
        return np.where(peak, 2.0, 1.0) / np.where(peak, 2.0, 1.0)[:365].mean()
    return np.ones(size)


def purchases(kind: str, seed: int) -> pd.DataFrame:
    """Purchase days of a base: BG/NBD (r .8, alpha 60 days, a .8, b 3), won evenly over two years; customer_id, day.

    drift: the rate of who comes later falls e-fold over the two years. regular: gaps are Erlang 3.
    """
    rng = np.random.default_rng([KINDS.index(kind), seed])
    time = np.append(0.0, pace(kind, rng).cumsum())
    stages = 3 if kind == "regular" else 1
    start = rng.uniform(0, DAYS, CUSTOMERS)
    rate = rng.gamma(0.8, 1 / 60, CUSTOMERS) * (np.exp(-start / DAYS) if kind == "drift" else 1.0)
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


def judged(kind: str, seed: int) -> dict:
    """The next year of a base beside both intervals of its forecast."""
    bought = purchases(kind, seed)
    past = bought[bought["day"] < DAYS]
    lines = pd.DataFrame(
        {
            "customer_id": past["customer_id"],
            "order_date": [FIRST + timedelta(days=int(day)) for day in past["day"]],
        }
    )
    ledger = ibis.memtable(lines.assign(kind="purchase", revenue=1.0))
    known = set(past["customer_id"])
    ahead = bought[(bought["day"] >= DAYS) & bought["customer_id"].isin(known)]
    cut = AS_OF - timedelta(days=HOLDOUT)
    periods = rolling_origins.origins(FIRST, cut, AS_OF)
    moved = rolling_origins.rolling_origin("bg_nbd", ledger, periods, "week", **QUICK)
    error = moved.common()
    summary = purchase_history.summary_of(ledger, AS_OF, "week")
    tree = purchase_models.fit("bg_nbd", summary, "week", **QUICK)
    said = error.total(purchase_forecast.of_base(tree, summary, AHEAD / 7), AHEAD / 365.25)
    right, wide = said.if_right, said.interval
    return {
        "made": len(ahead), "mean": right.mean, "right": [right.p05, right.p95], "wide": [wide.p05, wide.p95],
        "origins": error.origins, "tau": float(error.tau.mean()),
        "bias": error.bias.mean if error.bias else None,
        "wider": (wide.p95 - wide.p05) / (right.p95 - right.p05),
    }  # fmt: skip


def table(kind: str, seeds: range, code: str) -> pd.DataFrame:
    """The results of these bases, run where they have not been run with this code."""
    found = {}
    if KEPT.exists():
        lines = [json.loads(line) for line in KEPT.read_text(encoding="utf-8").splitlines()]
        found = {one["seed"]: one for one in lines if (one["kind"], one["code"]) == (kind, code)}
    for seed in seeds:
        if seed not in found:
            found[seed] = judged(kind, seed) | {"kind": kind, "seed": seed, "code": code}
            KEPT.parent.mkdir(exist_ok=True)
            with KEPT.open("a", encoding="utf-8") as file:
                file.write(json.dumps(found[seed]) + "\n")
    result = pd.DataFrame([found[seed] for seed in seeds])
    for name in ("wide", "right"):
        low, high = np.array(result[name].tolist()).T
        result[f"inside_{name}"] = result["made"].between(low, high)
    return result


def said(kind: str, result: pd.DataFrame) -> str:
    """One line of the table of coverage."""
    return (
        f"{kind}: {result['inside_wide'].sum()} of {len(result)} inside the stated interval, "
        f"{result['inside_right'].sum()} inside the model's own; median widening {result['wider'].median():.2f} "
        f"(largest {result['wider'].max():.2f}) with {result['origins'].median():.0f} origins, horizon 12 months; "
        f"mean error {(result['mean'] / result['made'] - 1).mean():+.1%}"
    )


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import suites

    kind, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print(said(kind, table(kind, range(first, last + 1), suites.state_of_code())))
