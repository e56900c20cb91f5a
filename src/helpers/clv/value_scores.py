"""Money of a hold-out against its forecast: in all, by tenths, and customer by customer (CRPS beside naive forecasts)."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.clv import ranking_scores
from helpers.clv.common_error import CommonError, Stated, prior
from helpers.clv.customer_value import EVERYONE, Terms, predict_value
from helpers.clv.distinct import distinct_rows, row_of
from helpers.clv.holdout_scores import check_bias, check_inside, compare_crps, mean_distance
from helpers.clv.predictive_money import spend_level
from helpers.clv.ranking_scores import Ranking
from helpers.clv.simulate import Posterior, simulate
from helpers.clv.time_units import DAYS_PER, horizon_units
from helpers.inference import monte_carlo
from helpers.inference.intervals import Interval
from helpers.messages import estimate, message, money

DRAWS = 300
CHUNK = 1000
NAIVE = {"zero": "naive: nobody spends again", "past": "naive: past rate and mean spend go on"}

CENT = 0.005  # a revenue is inside its interval up to rounding
MISSED = message(
    "value.missed",
    "The values on this page rest on a method whose forecast missed by so much.",
)
BELOW_ZERO = message("value.below_zero", "below 0")
TOTALS_ONLY = message(
    "value.totals_only",
    "A simple rule forecasts revenue about as well: use totals, not single customers.",
)


@dataclass(frozen=True)
class RevenueHoldout:
    """Revenue of a hold-out against its forecast.

    days: length of the hold-out. stated: everyone's revenue with both intervals, made from what was known before it; actual:
    what came. ranking: whether the forecast found the best customers. coverage90: share of customers whose
    revenue fell into their 90 % interval. tenths: forecast (model) and actual revenue of ten groups of equal size, index 1
    (the highest forecasts) to 10.
    """

    days: float
    stated: Stated
    actual: float
    coverage90: float
    tenths: pd.DataFrame
    ranking: Ranking

    @property
    def forecast(self) -> Interval:
        """Everyone's revenue with the interval that is stated."""
        return self.stated.interval

    @property
    def bias(self) -> float:
        """How far the forecast was off, as a share of what came."""
        return monte_carlo.through(self.forecast.mean, lambda mean: mean / self.actual - 1)

    @property
    def held_by_best_tenth(self) -> float:
        """Share of the actual revenue that the tenth forecast highest brought."""
        return self.tenths["actual"].iloc[0] / self.actual

    @property
    def metrics(self) -> dict[str, float | Interval]:
        """The numbers under the names of run.json."""
        return {
            **self.stated.metrics("holdout.revenue"),
            "holdout.actual_revenue": self.actual,
            "holdout.revenue_bias": self.bias,
            "holdout.revenue_coverage90": self.coverage90,
            "holdout.top_tenth": self.ranking.found,
            "holdout.top_tenth_past": self.ranking.past,
        }

    def check(self, max_revenue_bias: float) -> Check:
        """Ask whether the total was forecast well enough for the values to be used."""
        return check_bias(
            "revenue forecast in the hold-out", self.bias, max_revenue_bias, MISSED(), self.ranking
        )

    def check_inside(self, currency: str) -> Check:
        """Ask whether the revenue that came lies inside an interval made from what was known before."""
        said = partial(money, currency=currency)
        return check_inside(self.actual, self.forecast, "revenue of the hold-out", said)


def revenue_holdout(
    posterior: Posterior,
    summary: pd.DataFrame,
    time_unit: str,
    *,
    error: CommonError | None = None,
    seed: int = 1,
) -> RevenueHoldout:
    """Forecast revenue, not discounted, of a hold-out and set it beside what came.

    posterior: fitted before the hold-out; summary: as of then, with the columns holdout_days, holdout_revenue and
    past_revenue. error: what forecasts before the hold-out had in common; the prior alone without one.
    """
    revenue = Terms(holdout_months(summary), 0.0, 1.0)
    past = predict_value(posterior, summary, revenue, time_unit, seed=seed)
    its, came = past.customers, summary["holdout_revenue"]
    rank = its["mean"].rank(method="first", ascending=False)
    tenth = np.ceil(10 * rank / len(its)).astype(int)
    return RevenueHoldout(
        days=float(summary["holdout_days"].iloc[0]),
        stated=(error or prior()).total(past.totals[EVERYONE], revenue.horizon_months / 12, seed),
        actual=came.sum(),
        coverage90=came.between(its["p05"] - CENT, its["p95"] + CENT).mean(),
        tenths=pd.DataFrame({"model": its["mean"], "actual": came}).groupby(tenth).sum(),
        ranking=ranking_scores.judge(
            its["mean"].to_numpy(), summary["past_revenue"].to_numpy(), came.to_numpy(), seed
        ),
    )


def holdout_months(summary: pd.DataFrame) -> float:
    """Length of the hold-out of a summary with the column holdout_days."""
    return float(summary["holdout_days"].iloc[0]) / DAYS_PER["month"]


# ---- customer by customer
def money_crps(
    posterior: Posterior, summary: pd.DataFrame, months: float, time_unit: str, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """CRPS of every customer's revenue, not discounted, over `months`, and what each draw adds to their mean, (draws,).

    summary has the column holdout_revenue.
    """
    horizon = horizon_units(months, time_unit)
    posterior = posterior.thinned(DRAWS)
    rows = distinct_rows(summary, posterior.purchase.design.columns)
    place = row_of(summary, rows)
    units = simulate(posterior, rows, horizon, seed=seed).units
    v = spend_level(posterior, rows)
    own = (summary["x"] * summary["monetary_value"]).to_numpy(dtype=float)
    actual, scores = summary["holdout_revenue"].to_numpy(dtype=float), []
    parts = np.zeros(posterior.draws)
    for start in range(0, len(summary), CHUNK):
        some = slice(start, start + CHUNK)
        drawn = (v[place[some]] + own[some, None]) * units[place[some]]
        scores.append(crps_of_draws(drawn, actual[some]))
        parts += (np.abs(drawn - actual[some, None]) - mean_distance(drawn)).sum(axis=0)
    return np.concatenate(scores), parts / len(summary)


def naive_crps(summary: pd.DataFrame, months: float, time_unit: str, seed: int = 1) -> dict[str, np.ndarray]:
    """CRPS of the NAIVE forecasts of revenue: nothing; purchases at the past rate (Poisson) at the past mean spend."""
    actual = summary["holdout_revenue"].to_numpy(dtype=float)
    rate = summary["x"] / np.maximum(summary["T"], 1e-9) * horizon_units(months, time_unit)
    counts = np.random.default_rng(seed).poisson(rate.to_numpy()[:, None], (len(summary), DRAWS))
    return {
        "zero": np.abs(actual),
        "past": crps_of_draws(counts * summary["monetary_value"].to_numpy()[:, None], actual),
    }


@dataclass(frozen=True)
class MoneyScores:
    """Mean CRPS per forecast of revenue (columns forecast, crps; the model first), and what the model gains.

    gain: the model's CRPS minus that of the best naive forecast; below 0 is better. model: its CRPS, with its error.
    """

    table: pd.DataFrame
    gain: Interval
    model: float

    @property
    def metrics(self) -> dict[str, float]:
        """The model's CRPS and the best naive one's under the names of run.json."""
        return {
            "holdout.money_crps": self.model,
            "holdout.money_crps_naive": self.table["crps"].iloc[1:].min(),
        }

    def check(self, currency: str) -> Check:
        """Ask whether the model forecasts the money of single customers better than a simple rule."""
        return check(
            "money against naive forecasts",
            review=monte_carlo.at_least(self.gain.p95, 0.0),
            value=estimate(self.gain, money, currency=currency),
            threshold=BELOW_ZERO(),
            advice=TOTALS_ONLY(),
        )


def money_scores(
    posterior: Posterior, summary: pd.DataFrame, time_unit: str, *, seed: int = 1
) -> MoneyScores:
    """Score the model and the NAIVE forecasts on every customer's revenue in the hold-out; arguments: `revenue_holdout`."""
    months = holdout_months(summary)
    ours, parts = money_crps(posterior, summary, months, time_unit, seed)
    naive = naive_crps(summary, months, time_unit, seed)
    best = min(naive, key=lambda name: naive[name].mean())
    table = pd.DataFrame(
        {
            "forecast": ["this model", *NAIVE.values()],
            "crps": [ours.mean(), *(naive[name].mean() for name in NAIVE)],
        }
    )
    model = monte_carlo.by_draw(ours.mean(), parts)
    return MoneyScores(table, compare_crps(ours, naive[best], model, seed=seed), model)


def crps_of_draws(draws: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """E|X - y| - E|X - X'| / 2 over the draws of each row (Gneiting and Raftery 2007)."""
    ordered = np.sort(draws, axis=1).astype(float)
    n = ordered.shape[1]
    return np.abs(ordered - actual[:, None]).mean(axis=1) - ordered @ (
        (2 * np.arange(1, n + 1) - n - 1) / n**2
    )
