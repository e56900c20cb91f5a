"""Groceries: customers who buy on a rhythm and leave in silence, simulated purchase by purchase, and what is forecast."""

import kept_seeds
import numpy as np
import pandas as pd
import pytest

from helpers.clv import customer_groups, purchase_expectations, purchase_forecast, regularity
from helpers.clv.distinct import distinct_rows, row_of
from helpers.inference.intervals import interval

CUSTOMERS, AHEAD = 2000, 52.0
MODELS = ["bg_cnbd", "mbg_cnbd"]
SEEDS = range(60)


def groceries(stages: int, seed: int, customers: int = CUSTOMERS) -> pd.DataFrame:
    """A base seen for one to two years: summary in weeks, whether each is alive, and purchase days of the next year.

    Purchases every four weeks on average with Erlang gaps; after each repeat purchase 8 % leave on average.
    """
    rng, rows = np.random.default_rng([stages, seed]), []
    for T in rng.integers(52, 105, customers):
        rate, coin = stages * rng.gamma(1.5, 0.25 / 1.5), rng.beta(0.8, 9.2)
        now, times, alive = 0.0, [], True
        while now < T + AHEAD:
            now += rng.gamma(stages) / rate
            times.append(now)
            if rng.random() < coin:
                alive = now > T
                break
        days = np.unique(np.ceil(np.array(times) * 7))
        days, ahead = days[days <= T * 7] / 7, ((days > T * 7) & (days <= (T + AHEAD) * 7)).sum()
        gaps = np.diff(days, prepend=0.0)
        rows.append([len(days), days.max(initial=0.0), float(T), np.log(gaps).sum(), alive, ahead])
    return pd.DataFrame(rows, columns=["x", "t_x", "T", "log_gaps", "alive", "ahead"])


def one_base(stages: int, seed: int) -> dict:
    """What the best model by leave-one-out says of one base, and what the best without rhythm would have said."""
    base = groceries(stages, seed)
    trees, rhythm = regularity.fit_models(
        MODELS, base, "week", design=customer_groups.design_of(base), method="laplace", seed=seed
    )
    rows = distinct_rows(base)
    place = row_of(base, rows)
    own_gap = base["t_x"] / base["x"].clip(lower=1)
    silent = (base["x"] >= 5) & (base["T"] - base["t_x"] > 3 * own_gap)
    found = {"stages": 1, "silent": int(silent.sum()), "alive": base.loc[silent, "alive"].mean()}
    for label, name in (("", rhythm.best or "bg_nbd"), ("_without", "bg_nbd")):
        alive = purchase_expectations.p_alive(trees[name], rows)[place]
        total = interval(purchase_forecast.of_base(trees[name], base, AHEAD, seed=seed))
        made = base["ahead"].sum()
        found |= {
            f"p_alive{label}": alive[silent].mean(),
            f"bias{label}": total.mean / made - 1,
            f"inside{label}": bool(total.p05 <= made <= total.p95),
        }
    return found | {"stages": int((rhythm.best or "1").rpartition("_")[2])}


@pytest.mark.slow(seeds="0 to 59")
@pytest.mark.parametrize("stages", [1, 2, 4])
def test_who_buys_on_a_rhythm_is_given_up_in_time(stages):
    """P(alive) of customers silent for more than three own gaps is within .05 of the truth, and totals are inside."""
    found = kept_seeds.table(f"groceries_{stages}", SEEDS, lambda seed: one_base(stages, seed))
    print(found.mean().to_string())
    assert (found["stages"] == stages).mean() >= 0.95
    assert abs(np.average(found["p_alive"] - found["alive"], weights=found["silent"])) < 0.05
    assert kept_seeds.inside_counts(found["inside"])
