"""Money of a hold-out against its forecast, customer by customer: CRPS beside naive forecasts."""

import numpy as np
import pandas as pd

from helpers.checks import Check
from helpers.clv.distinct import distinct_rows, row_of
from helpers.clv.holdout_scores import check_bias, compare_crps
from helpers.clv.predictive_money import spend_level
from helpers.clv.simulate import Posterior, simulate
from helpers.clv.time_units import horizon_units
from helpers.inference.intervals import Interval
from helpers.messages import message

DRAWS = 300
CHUNK = 1000
NAIVE = {"zero": "naive: nobody spends again", "past": "naive: past rate and mean spend go on"}


SAME_DIRECTION = message(
    "value.same_direction", "Expect the values on this page to be off in the same direction."
)


def check_revenue_bias(bias: float, limit: float) -> Check:
    """Judge how far the revenue forecast of the hold-out was off (see `check_bias`)."""
    return check_bias("revenue forecast in the hold-out", bias, limit, SAME_DIRECTION())


def money_crps(
    posterior: Posterior, summary: pd.DataFrame, months: float, time_unit: str, seed: int = 1
) -> np.ndarray:
    """CRPS of every customer's revenue, not discounted, over `months`; summary has the column holdout_revenue."""
    horizon = horizon_units(months, time_unit)
    posterior = posterior.thinned(DRAWS)
    rows = distinct_rows(summary, posterior.purchase.design.columns)
    place = row_of(summary, rows)
    units = simulate(posterior, rows, horizon, seed=seed).units
    v = spend_level(posterior, rows)
    own = (summary["x"] * summary["monetary_value"]).to_numpy(dtype=float)
    actual, scores = summary["holdout_revenue"].to_numpy(dtype=float), []
    for start in range(0, len(summary), CHUNK):
        some = slice(start, start + CHUNK)
        scores.append(crps_of_draws((v[place[some]] + own[some, None]) * units[place[some]], actual[some]))
    return np.concatenate(scores)


def naive_crps(summary: pd.DataFrame, months: float, time_unit: str, seed: int = 1) -> dict[str, np.ndarray]:
    """CRPS of the NAIVE forecasts of revenue: nothing; purchases at the past rate (Poisson) at the past mean spend."""
    actual = summary["holdout_revenue"].to_numpy(dtype=float)
    rate = summary["x"] / np.maximum(summary["T"], 1e-9) * horizon_units(months, time_unit)
    counts = np.random.default_rng(seed).poisson(rate.to_numpy()[:, None], (len(summary), DRAWS))
    return {
        "zero": np.abs(actual),
        "past": crps_of_draws(counts * summary["monetary_value"].to_numpy()[:, None], actual),
    }


def money_scores(
    posterior: Posterior, summary: pd.DataFrame, months: float, time_unit: str, seed: int = 1
) -> tuple[pd.DataFrame, Interval]:
    """A table of mean CRPS per forecast of revenue, and the model's minus the best naive one's, with its interval."""
    ours = money_crps(posterior, summary, months, time_unit, seed)
    naive = naive_crps(summary, months, time_unit, seed)
    best = min(naive, key=lambda name: naive[name].mean())
    table = pd.DataFrame(
        {
            "Forecast": ["this model", *NAIVE.values()],
            "CRPS": [ours.mean(), *(naive[name].mean() for name in NAIVE)],
        }
    )
    return table, compare_crps(ours, naive[best], seed=seed)


def crps_of_draws(draws: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """E|X - y| - E|X - X'| / 2 over the draws of each row (Gneiting and Raftery 2007)."""
    ordered = np.sort(draws, axis=1).astype(float)
    n = ordered.shape[1]
    return np.abs(ordered - actual[:, None]).mean(axis=1) - ordered @ (
        (2 * np.arange(1, n + 1) - n - 1) / n**2
    )
