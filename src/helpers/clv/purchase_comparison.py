"""Models, their mixture and naive forecasts side by side on the same hold-out, and the one that wins."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from helpers.clv import baselines, holdout_scores, purchase_models
from helpers.clv.distinct import distinct_rows, row_of
from helpers.clv.purchase_history import customer_summary, purchases_between
from helpers.clv.time_units import DAYS_PER
from helpers.inference.intervals import Interval

STACKED = "stacked"


@dataclass(frozen=True)
class Forecast:
    """Simulated counts of rows, shape (rows, draws), and the row of every customer, shape (customers,)."""

    title: str
    simulated: np.ndarray
    row_of: np.ndarray


@dataclass(frozen=True)
class Contest:
    """Scores of all forecasts by key; the model and the naive forecast with the lowest CRPS, and how they compare.

    against_naive: the best model's CRPS minus the best naive one's, with its interval; below 0 is better.
    """

    scores: dict[str, holdout_scores.Scores]
    best: str
    best_naive: str
    against_naive: Interval

    @property
    def table(self) -> pd.DataFrame:
        """All forecasts as a table for a page, best CRPS first."""
        return holdout_scores.score_table(sorted(self.scores.values(), key=lambda score: score.crps))

    @property
    def metrics(self) -> dict[str, float]:
        """The scores under the names that run.json has."""
        shown = {key: score.crps for key, score in self.scores.items() if key not in baselines.TITLES}
        best = self.scores[self.best]
        return {f"holdout.crps.{key}": value for key, value in shown.items()} | {
            "holdout.crps.baseline": self.scores[self.best_naive].crps,
            "holdout.coverage90": best.coverage90,
            "holdout.total_bias": best.bias,
            "holdout.top_decile_capture": best.top_decile_capture,
        }


def compete(forecasts: dict[str, Forecast], actual: np.ndarray, *, seed: int = 1) -> Contest:
    """Score every forecast on what happened, shape (customers,).

    Keys are names of purchase models, `STACKED` and those of `baselines.TITLES`; the best is a single model.
    """
    scores, crps = {}, {}
    for key, forecast in forecasts.items():
        what = forecast.simulated, forecast.row_of, actual
        scores[key] = holdout_scores.score(forecast.title, *what, seed=seed)
        crps[key] = holdout_scores.crps(*what)

    def lowest(keys):
        return min((key for key in forecasts if key in keys), key=lambda key: scores[key].crps)

    best, naive = lowest(purchase_models.MODELS), lowest(baselines.TITLES)
    return Contest(scores, best, naive, holdout_scores.compare_crps(crps[best], crps[naive], seed=seed))


def naive_forecasts(
    ledger: ibis.Table,
    before: pd.DataFrame,
    cut: date,
    holdout_days: int,
    time_unit: str,
    draws: int,
    seed: int = 1,
) -> dict[str, Forecast]:
    """The naive forecasts of `holdout_days` after `cut` for the customers of `before`, their summary at `cut`.

    The mean of the RFM cell is learned in an earlier period of the same length where the data has one, else in the
    second half of what it has.
    """
    rows = distinct_rows(before)
    place = row_of(before, rows)
    first = pd.Timestamp(before["first_date"].min()).date()
    horizon = holdout_days / DAYS_PER[time_unit]
    days = min(holdout_days, (cut - first).days // 2)
    start = cut - timedelta(days=days)
    earlier = customer_summary(ledger, start, time_unit).to_pandas()
    bought = purchases_between(ledger, start, cut).to_pandas().set_index("customer_id")["purchases"]
    counts = bought.reindex(earlier["customer_id"]).fillna(0).to_numpy()
    cells, cell = baselines.rfm_cell_forecast(earlier, counts, before, holdout_days / days, draws, seed)
    rate = baselines.last_rate_forecast(rows, horizon, draws, seed)
    found = {
        "zero": (baselines.zero_forecast(rows, draws), place),
        "past_rate": (rate, place),
        "rfm_cell": (cells, cell),
    }
    return {key: Forecast(baselines.TITLES[key], *parts) for key, parts in found.items()}
