"""Models, their mixture and naive forecasts side by side on the same hold-out, and the one that wins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from helpers.checks import Check
from helpers.clv import baselines, holdout_scores, purchase_models, simulate, stacking
from helpers.clv.distinct import distinct_rows, row_of
from helpers.clv.purchase_history import Holdout, customer_summary, purchases_between
from helpers.clv.ranking_scores import Ranking
from helpers.clv.time_units import DAYS_PER
from helpers.inference import sampler
from helpers.inference.intervals import Interval
from helpers.messages import Message
from helpers.study.year import YEAR_WINDOW

if TYPE_CHECKING:
    import xarray as xr

STACKED, STACKED_TITLE = "stacked", "stacked mixture"


@dataclass(frozen=True)
class Forecast:
    """Simulated counts of rows, shape (rows, draws), and the row of every customer, shape (customers,)."""

    title: str
    simulated: np.ndarray
    row_of: np.ndarray

    @property
    def draws(self) -> int:
        """Number of simulated counts of each row."""
        return self.simulated.shape[1]

    @property
    def expected(self) -> np.ndarray:
        """The mean of every customer's forecast: shape (customers,)."""
        return self.simulated.mean(axis=1)[self.row_of]


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
    def winner(self) -> holdout_scores.Scores:
        """The scores of the best single model."""
        return self.scores[self.best]

    @property
    def table(self) -> pd.DataFrame:
        """All forecasts, best CRPS first, with the columns of `holdout_scores.Scores`."""
        return holdout_scores.score_table(sorted(self.scores.values(), key=lambda score: score.crps))

    def judged(
        self, max_total_bias: float, ranking: Ranking | None = None, *doubts: Message | None
    ) -> holdout_scores.Judgement:
        """Judge the winner, see `holdout_scores.judge`."""
        return holdout_scores.judge(self.winner, self.against_naive, max_total_bias, ranking, doubts)

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The checks on which forecasts of the winner rest: its verdict, and that its posteriors could be drawn."""
        return "verdict", "sampling", _before_holdout(self.winner.name)

    @property
    def metrics(self) -> dict[str, float]:
        """The scores under the names that run.json has."""
        shown = {key: score.crps for key, score in self.scores.items() if key not in baselines.TITLES}
        best = self.winner
        return {f"holdout.crps.{key}": value for key, value in shown.items()} | {
            "holdout.crps.baseline": self.scores[self.best_naive].crps,
            "holdout.coverage90": best.coverage90,
            "holdout.total_bias": best.bias,
            "holdout.top_decile_capture": best.top_decile_capture,
        }


def check_fits(trees: dict[str, "xr.DataTree"]) -> list[Check]:
    """Ask of each model by name whether its posterior before the hold-out passed its gate."""
    titles = {name: purchase_models.model_named(name).TITLE for name in trees}
    return [sampler.check_sampling(tree, _before_holdout(titles[name])) for name, tree in trees.items()]


def _before_holdout(title: str) -> str:
    return f"sampling of {title} before the hold-out"


def fitted_means(trees: Iterable["xr.DataTree"]) -> dict[str, float]:
    """Posterior means of models fitted before the hold-out under the names that run.json has."""
    return {
        f"holdout.{name}": mean
        for tree in trees
        for name, mean in purchase_models.parameter_means(tree).items()
    }


def forecast(tree: "xr.DataTree", before: pd.DataFrame, horizon: float, *, seed: int = 1) -> Forecast:
    """Simulate the purchases of the customers a model was fitted on, up to the horizon (in the summary's unit)."""
    posterior = simulate.posterior_of(tree)
    rows = distinct_rows(before, posterior.purchase.design.columns)
    simulated = simulate.simulate(posterior, rows, horizon, seed=seed).purchases
    return Forecast(posterior.purchase.module.TITLE, simulated, row_of(before, rows))


def mixture(forecasts: dict[str, Forecast], weights: dict[str, float]) -> Forecast:
    """Mix the forecasts of models by their weights, see `stacking.stack`."""
    drawn = stacking.mixture(
        [forecasts[name].simulated for name in weights], np.array(list(weights.values()))
    )
    return Forecast(STACKED_TITLE, drawn, forecasts[next(iter(weights))].row_of)


def compete(forecasts: dict[str, Forecast], actual: np.ndarray, *, seed: int = 1) -> Contest:
    """Score every forecast on what happened, shape (customers,).

    Keys are names of purchase models, `STACKED` and those of `baselines.TITLES`; the best is a single model.
    """
    scores, crps = {}, {}
    for key, forecast in forecasts.items():
        what = forecast.simulated, forecast.row_of, actual
        scores[key] = holdout_scores.score(forecast.title, *what)
        crps[key] = holdout_scores.crps(*what)

    def lowest(keys):
        return min((key for key in forecasts if key in keys), key=lambda key: scores[key].crps)

    best, naive = lowest(purchase_models.MODELS | purchase_models.RHYTHMS), lowest(baselines.TITLES)
    means = (scores[best].crps, scores[naive].crps)
    gain = holdout_scores.compare_crps(crps[best], crps[naive], *means, seed=seed)
    return Contest(scores, best, naive, gain)


def naive_forecasts(
    ledger: ibis.Table, holdout: Holdout, time_unit: str, draws: int, seed: int = 1
) -> dict[str, Forecast]:
    """The naive forecasts of the hold-out for the customers known before it.

    The mean of the RFM cell is learned in an earlier period of the same length where the data has one, else in the
    second half of what it has.
    """
    before, cut = holdout.customers, holdout.cut
    rows = distinct_rows(before)
    place = row_of(before, rows)
    first = pd.Timestamp(before["first_date"].min()).date()
    days = min(holdout.days, (cut - first).days // 2)
    start = cut - timedelta(days=days)
    earlier = customer_summary(ledger, start, time_unit).to_pandas()
    bought = purchases_between(ledger, start, cut).to_pandas().set_index("customer_id")["purchases"]
    counts = bought.reindex(earlier["customer_id"]).fillna(0).to_numpy()
    cells, cell = baselines.rfm_cell_forecast(earlier, counts, before, holdout.days / days, draws, seed)
    rate = baselines.last_rate_forecast(rows, holdout.units, draws, seed)
    found = {
        "zero": (baselines.zero_forecast(rows, draws), place),
        "past_rate": (rate, place),
        "rfm_cell": (cells, cell),
    }
    if (year_ago := _a_year_ago(ledger, holdout, time_unit)) is not None:
        last_year = baselines.last_year_forecast(rows, *year_ago, holdout.units, draws, seed)
        found["last_year"] = (last_year, place)
    return {key: Forecast(baselines.TITLES[key], *parts) for key, parts in found.items()}


def _a_year_ago(ledger: ibis.Table, holdout: Holdout, time_unit: str) -> tuple[float, float] | None:
    """Purchases in the same days a year before the hold-out and what past rates would have given; None without data.

    Of the customers known before these days; a hold-out of more than a year looks at one year.
    """
    days = min(holdout.days, YEAR_WINDOW)
    start = holdout.cut - timedelta(days=YEAR_WINDOW)
    known = customer_summary(ledger, start, time_unit).to_pandas()
    if known["x"].sum() == 0:
        return None
    end = start + timedelta(days=days)
    bought = purchases_between(ledger, start, end).to_pandas().set_index("customer_id")["purchases"]
    made = float(bought.reindex(known["customer_id"]).fillna(0).sum())
    rates = (known["x"] / known["T"].clip(lower=1e-9)).sum()
    return made, float(rates) * days / DAYS_PER[time_unit]
