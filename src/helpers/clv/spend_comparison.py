"""Spend models side by side: on orders they have not seen, and in what the base would bring."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from helpers.checks import Check
from helpers.clv import gamma_gamma, lognormal_spend
from helpers.clv.holdout_scores import check_bias, compare_crps
from helpers.clv.value_scores import crps_of_draws
from helpers.inference.intervals import Interval, interval
from helpers.messages import message

DRAWS = 200
JUDGED = 3000  # customers whose orders are simulated under each model
CHUNK = 5000
GAMMA_GAMMA = "Gamma-Gamma"
LOG_NORMAL = {False: "Log-normal", True: "Log-normal, follows the rate"}
OWN_MEAN = "naive: own past mean"


DRIFTED = message("spend.drifted", "Spend per order has drifted, and values with it.")


def check_spend_bias(bias: float, limit: float) -> Check:
    """Judge how far the spend forecast of the hold-out was off (see `check_bias`)."""
    return check_bias("spend forecast in the hold-out", bias, limit, DRIFTED())


def holdout_scores(
    reference: gamma_gamma.Parameters,
    logs: dict[bool, lognormal_spend.Parameters],
    came: pd.DataFrame,
    seed: int = 1,
) -> tuple[pd.DataFrame, Interval]:
    """Score forecasts of the mean spend per order day of customers who came back in the hold-out.

    came: a `joined` summary with holdout_purchases and holdout_revenue; of more than JUDGED customers an evenly spaced
    part. logs: log-normal models by whether they are dependent. Returns a table (Model, Bias of revenue, CRPS) and the CRPS
    of the better log-normal minus that of Gamma-Gamma, paired, with its interval: above 0, Gamma-Gamma is better.
    """
    came = came.iloc[np.unique(np.linspace(0, len(came) - 1, min(JUDGED, len(came))).astype(int))]
    n = came["holdout_purchases"].to_numpy(int)
    actual, rng = came["holdout_revenue"].to_numpy() / n, np.random.default_rng(seed)
    drawn = {GAMMA_GAMMA: _simulated_mean(reference.thinned(DRAWS), came, n, rng)}
    drawn |= {
        LOG_NORMAL[k]: lognormal_spend.simulated_mean(its.thinned(DRAWS), came, n, rng)
        for k, its in logs.items()
    }
    known = came["x"].to_numpy() > 0
    own = np.where(known, came["monetary_value"], came.loc[known, "monetary_value"].mean())
    drawn[OWN_MEAN] = own[None, :]
    crps = {name: crps_of_draws(values.T, actual) for name, values in drawn.items()}
    bias = [(values.mean(axis=0) * n).sum() / (actual * n).sum() - 1 for values in drawn.values()]
    table = pd.DataFrame({"Model": list(drawn), "Bias": bias, "CRPS": [one.mean() for one in crps.values()]})
    best = min((LOG_NORMAL[k] for k in logs), key=lambda name: crps[name].mean())
    return table, compare_crps(crps[best], crps[GAMMA_GAMMA], seed=seed)


def revenue_to_come(
    reference: gamma_gamma.Parameters,
    logs: dict[bool, lognormal_spend.Parameters],
    its: pd.DataFrame,
    purchases: np.ndarray,
) -> tuple[pd.DataFrame, Interval]:
    """Expected revenue of the base under each spend model, and how far it is from Gamma-Gamma's.

    its: a `joined` summary; purchases: each customer's expected purchases. Returns a table (Model, Base, and the differences
    from Gamma-Gamma's mean as shares: Difference, and Top tenth, of the customers worth most), and the interval of the last
    model's Difference.
    """
    few = reference.thinned(DRAWS)
    expected = {GAMMA_GAMMA: lambda rows: gamma_gamma.expected_spend(few.at(rows), *_history(rows))}
    for dependent, theta in logs.items():
        expected[LOG_NORMAL[dependent]] = partial(lognormal_spend.expected_spend, theta.thinned(DRAWS))
    parts = (its.iloc[start : start + CHUNK] for start in range(0, len(its), CHUNK))
    means = np.concatenate([expected[GAMMA_GAMMA](part).mean(axis=0) for part in parts]) * purchases
    top = means >= np.quantile(means, 0.9)
    totals = {name: _totals(quantity, its, purchases, top) for name, quantity in expected.items()}
    base, best = totals[GAMMA_GAMMA].mean(axis=0)
    rows = [
        [name, all_of.mean(), all_of.mean() / base - 1, of_top.mean() / best - 1]
        for name, (all_of, of_top) in ((name, draws.T) for name, draws in totals.items())
    ]
    last = totals[rows[-1][0]][:, 0]
    return pd.DataFrame(rows, columns=["Model", "Base", "Difference", "Top tenth"]), interval(last / base - 1)


def _totals(quantity: Callable, its: pd.DataFrame, purchases: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Draws of the revenue of the base and of its top: shape (draws, 2)."""
    weights = np.column_stack([purchases, purchases * top])
    parts = [
        quantity(its.iloc[start : start + CHUNK]) @ weights[start : start + CHUNK]
        for start in range(0, len(its), CHUNK)
    ]
    return np.sum(parts, axis=0)


def _history(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    return rows["x"].to_numpy(float), rows["monetary_value"].to_numpy(float)


def _simulated_mean(
    its: gamma_gamma.Parameters, rows: pd.DataFrame, n: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Mean revenue of n purchases to come under Gamma-Gamma, a draw per posterior draw: shape (draws, rows)."""
    p, q, v = its.at(rows)
    x, mean = _history(rows)
    size = (its.draws, len(rows))
    return rng.gamma(p * n, size=size) / n * (v + x * mean) / rng.gamma(p * x + q, size=size)
