"""Newer customers buy less and less, simulated purchase by purchase, and what is forecast for early and late ones."""

import kept_seeds
import numpy as np
import pandas as pd
import pytest

from helpers.clv import cohorts, customer_groups, purchase_forecast, purchase_models
from helpers.inference.intervals import interval

CUSTOMERS, YEARS, AHEAD = 2000, 3, 52.0
SEEDS = range(60)


def drifting(seed: int, drift: float = -0.5, times: float = 0.0, customers: int = CUSTOMERS) -> pd.DataFrame:
    """A base won evenly over three years: summary in weeks, and purchase days of the next year.

    drift: how the log purchase rate of newcomers changes a year; times: how everyone's changes a year, from the end back.
    """
    rng, rows = np.random.default_rng([7, seed]), []
    for won in np.sort(rng.uniform(0, YEARS, customers)):
        T = round((YEARS - won) * 364) / 7
        rate = rng.gamma(1.2, 1 / 1.2) * 0.15 * np.exp(drift * won)
        coin, passed, bought = rng.beta(0.8, 4.2), 0.0, []
        while True:
            passed += rng.exponential() / rate
            # everyone's rate falls as exp(times t): clock time from the time that has passed at a constant rate
            now = (
                passed if times == 0 else np.log1p(times / 52 * passed * np.exp(-times * won)) / (times / 52)
            )
            if not now <= T + AHEAD:
                break
            bought.append(now)
            if rng.random() < coin:
                break
        days = np.unique(np.ceil(np.array(bought) * 7)) / 7
        past = days[days <= T]
        first = np.datetime64("2023-01-01") + np.timedelta64(int(won * 365.25), "D")
        rows.append([len(past), past.max(initial=0.0), T, (days > T).sum(), first])
    return pd.DataFrame(rows, columns=["x", "t_x", "T", "ahead", "first_date"])


def fitted(base: pd.DataFrame, kind: str, name: str = "bg_nbd", draws: int = 1000):
    """A model fitted with cohorts of this kind (none where empty), and each customer's forecast."""
    labelled = base.assign(group=cohorts.labels(base["first_date"], kind)) if kind else base
    design = customer_groups.design_of(labelled, (), kind)
    tree = purchase_models.fit(name, labelled, "week", design=design, method="laplace", draws=draws)
    return tree, purchase_forecast.expected(tree, labelled, AHEAD)


def one_base(seed: int, drift: float, times: float = 0.0) -> dict:
    """Bias of each third of first dates and in all, and whether totals and the first third minus the last lie inside."""
    base, found = drifting(seed, drift, times), {}
    for label, kind in (("", "first_quarter"), ("_plain", "")):
        tree, expected = fitted(base, kind)
        thirds = cohorts.by_thirds(base["first_date"], expected, base["ahead"].to_numpy()).table
        labelled = base.assign(group=cohorts.labels(base["first_date"], kind)) if kind else base
        edges = pd.to_datetime(base["first_date"]).quantile([1 / 3, 2 / 3]).to_list()
        parts = [labelled[base["first_date"] <= edges[0]], labelled[base["first_date"] > edges[1]]]
        draws = [purchase_forecast.of_base(tree, part, AHEAD, seed=seed + k) for k, part in enumerate(parts)]
        difference = interval(draws[0] - draws[1])
        total = interval(purchase_forecast.of_base(tree, labelled, AHEAD, seed=seed))
        made = parts[0]["ahead"].sum() - parts[1]["ahead"].sum()
        found |= {f"{part}{label}": bias for part, bias in zip(cohorts.PARTS, thirds["bias"], strict=True)}
        found |= {
            f"bias{label}": total.mean / base["ahead"].sum() - 1,
            f"inside{label}": bool(total.p05 <= base["ahead"].sum() <= total.p95),
            f"difference{label}": bool(difference.p05 <= made <= difference.p95),
        }
    return found


@pytest.mark.slow(seeds="0 to 59")
@pytest.mark.parametrize("drift", [-0.5, 0.0])
def test_customers_of_every_cohort_are_forecast(drift):
    """The rate of newcomers falls e-fold in two years, and its null: the last third is right, and so is the difference."""
    found = kept_seeds.table(f"drift_{drift:g}", SEEDS, lambda seed: one_base(seed, drift))
    print(found.mean().to_string())
    assert abs(found["latest"].mean()) < 0.10
    assert kept_seeds.inside_counts(found["difference"], most=60)
    assert kept_seeds.inside_counts(found["inside"], most=60)


@pytest.mark.slow(seeds="0 to 59")
def test_when_the_times_change_a_third_is_off_or_the_total_is_inside():
    """Everyone's rate falls e-fold in two years: no cohort is to blame, and the page must not say that all is well."""
    found = kept_seeds.table("drift_of_times", SEEDS, lambda seed: one_base(seed, 0.0, times=-0.5))
    print(found.mean().to_string())
    reviewed = found[list(cohorts.PARTS)].abs().max(axis=1) > cohorts.MOST_OFF
    assert kept_seeds.inside_counts(reviewed | found["inside"], most=60)
