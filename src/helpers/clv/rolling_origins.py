"""Rolling origin: would the model have served as well had we stood on another day?"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
import pandas as pd

from helpers.clv import baselines, holdout_scores, purchase_models, simulate
from helpers.clv.distinct import distinct_rows, row_of
from helpers.clv.purchase_history import customer_summary, purchases_between
from helpers.clv.time_units import DAYS_PER

PARTS = 3
DRAWS = 300  # of each forecast
COLUMNS = ["made", "expected", "bias", "crps", "crps_past_rate"]


def step_days(cut: date, as_of: date) -> int:
    """The days from one origin to the next, and of each forecast."""
    return (as_of - cut).days // PARTS


def origins(first: date, cut: date, as_of: date) -> list[tuple[date, date]]:
    """Four dates to stand on, each with the end of its forecast: a third of the hold-out further each time.

    The first lies a third of a hold-out before `cut`, where the data reaches back that far and once more.
    """
    step = timedelta(days=step_days(cut, as_of))
    starts = [as_of - k * step for k in range(PARTS + 1, 0, -1)]
    return [(start, start + step) for start in starts if start - step >= first]


def rolling_origin(
    name: str,
    ledger: ibis.Table,
    periods: list[tuple[date, date]],
    time_unit: str,
    *,
    describe: Callable[[pd.DataFrame], pd.DataFrame] = lambda summary: summary,
    seed: int = 1,
    **sampling: Any,
) -> pd.DataFrame:
    """Fit a model at each origin and score its forecast up to the period's end.

    A row per origin: standing_on, purchases made and expected, bias (a gap where none was made), crps of the forecast and of
    the naive one that the past rate goes on. describe: adds the groups and covariates to a summary. Origins with too few
    repeat buyers for a fit are left out.
    """
    found = {}
    for start, end in periods:
        summary = describe(customer_summary(ledger, start, time_unit).to_pandas())
        if (summary["x"] > 0).sum() < purchase_models.MIN_REPEAT_BUYERS:
            continue
        tree = purchase_models.fit(name, summary, time_unit, seed=seed, **sampling)
        posterior = simulate.posterior_of(tree, draws=DRAWS)
        rows = distinct_rows(summary, posterior.purchase.design.columns)
        place = row_of(summary, rows)
        bought = purchases_between(ledger, start, end).to_pandas().set_index("customer_id")["purchases"]
        actual = bought.reindex(summary["customer_id"]).fillna(0).to_numpy()
        horizon = (end - start).days / DAYS_PER[time_unit]
        futures = simulate.simulate(posterior, rows, horizon, seed=seed).purchases
        naive = baselines.last_rate_forecast(rows, horizon, posterior.draws, seed)
        expected = float(futures.mean(axis=1)[place].sum())
        made = float(actual.sum())
        scores = [float(np.mean(holdout_scores.crps(f, place, actual))) for f in (futures, naive)]
        found[pd.Timestamp(start)] = [made, expected, expected / made - 1 if made else np.nan, *scores]
    return pd.DataFrame.from_dict(found, orient="index", columns=COLUMNS).rename_axis("standing_on")
