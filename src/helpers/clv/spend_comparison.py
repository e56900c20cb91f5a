"""Spend models side by side: on orders they have not seen, and in what the base would bring."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.clv import gamma_gamma, lognormal_spend
from helpers.clv.holdout_scores import compare_crps, mean_distance
from helpers.clv.value_scores import crps_of_draws
from helpers.inference import monte_carlo
from helpers.inference.intervals import Interval, interval
from helpers.inference.sampler import check_sampling
from helpers.messages import message, percent, signed

if TYPE_CHECKING:
    import xarray as xr

DRAWS = 200
JUDGED = 3000  # customers whose orders are simulated under each model
CHUNK = 5000
GAMMA_GAMMA = "Gamma-Gamma"
LOG_NORMAL = {False: "Log-normal", True: "Log-normal, follows the rate"}
OWN_MEAN = "naive: own past mean"


NOT_SHIFTED = message("spend.not_shifted", "within ±{limit}, or no better forecast")
SHIFTS = message(
    "spend.shifts",
    "The log-normal forecasts unseen orders better, and under it revenue to come differs by {share}: read the values with "
    "that in mind.",
)
LogNormals = dict[bool, "xr.DataTree"]  # log-normal models by whether they are dependent


@dataclass(frozen=True)
class HoldoutScores:
    """How forecasts of spend did: a row per model with bias of revenue and CRPS in money per order day.

    gap: the CRPS of the better log-normal minus that of Gamma-Gamma, paired: above 0, Gamma-Gamma is better. crps: by
    model, with its Monte Carlo error.
    """

    table: pd.DataFrame
    gap: Interval
    crps: dict[str, float]

    @property
    def metrics(self) -> dict[str, float]:
        """The scores under the names that run.json has."""
        better = min((one for name, one in self.crps.items() if name in LOG_NORMAL.values()), key=float)
        scores = {"holdout.crps.gamma_gamma": self.crps[GAMMA_GAMMA], "holdout.crps.log_normal": better}
        return scores | {"holdout.crps_gap": self.gap.mean}


@dataclass(frozen=True)
class RevenueToCome:
    """Expected revenue of the base under each model, a row each, and its differences from Gamma-Gamma's as shares.

    Columns model, base, difference, and top_tenth, the difference for the customers worth most; shift: the interval of the
    last model's difference.
    """

    table: pd.DataFrame
    shift: Interval

    def check(self, limit: float, judged: HoldoutScores) -> Check:
        """Ask for a review where a log-normal forecasts better and moves the revenue to come by more than `limit`."""
        return check(
            "value under another spend model",
            review=judged.gap.p95 < 0 and abs(self.shift.mean) > limit,
            value=signed(percent(self.shift.mean)),
            threshold=NOT_SHIFTED(limit=percent(limit, 0)),
            advice=SHIFTS(share=percent(self.shift.mean)),
        )


def check_fits(trees: LogNormals, period: str = "") -> list[Check]:
    """Ask of each log-normal model whether its posterior passed its gate; period: what the check's name adds."""
    names = {follows: f"sampling, {LOG_NORMAL[follows].lower()}" for follows in trees}
    return [
        check_sampling(tree, f"{names[follows]}, {period}" if period else names[follows])
        for follows, tree in trees.items()
    ]


def doubled_metrics(factors: dict[str, Interval]) -> dict[str, Interval]:
    """What `lognormal_spend.per_doubling` found under the names that run.json has."""
    return {f"doubled_rate.{name}" if name else "doubled_rate": factor for name, factor in factors.items()}


def holdout_scores(
    reference: "xr.DataTree", logs: LogNormals, known: pd.DataFrame, seed: int = 1
) -> HoldoutScores:
    """Score forecasts of the mean spend per order day of customers who came back in the hold-out.

    reference: Gamma-Gamma's posterior. known: a `joined` summary with holdout_purchases and holdout_revenue; of more than
    JUDGED customers who came back, an evenly spaced part.
    """
    came = known[known["holdout_purchases"] > 0]
    came = came.iloc[np.unique(np.linspace(0, len(came) - 1, min(JUDGED, len(came))).astype(int))]
    n = came["holdout_purchases"].to_numpy(int)
    actual, rng = came["holdout_revenue"].to_numpy() / n, np.random.default_rng(seed)
    drawn = {GAMMA_GAMMA: _simulated_mean(gamma_gamma.parameters(reference).thinned(DRAWS), came, n, rng)}
    drawn |= {
        LOG_NORMAL[k]: lognormal_spend.simulated_mean(
            lognormal_spend.parameters(tree).thinned(DRAWS), came, n, rng
        )
        for k, tree in logs.items()
    }
    repeat = came["x"].to_numpy() > 0
    own = np.where(repeat, came["monetary_value"], came.loc[repeat, "monetary_value"].mean())
    drawn[OWN_MEAN] = own[None, :]
    crps = {name: crps_of_draws(values.T, actual) for name, values in drawn.items()}
    bias = [(values.mean(axis=0) * n).sum() / (actual * n).sum() - 1 for values in drawn.values()]
    table = pd.DataFrame({"model": list(drawn), "bias": bias, "crps": [one.mean() for one in crps.values()]})
    best = min((LOG_NORMAL[k] for k in logs), key=lambda name: crps[name].mean())
    judged: dict[str, float] = {
        name: monte_carlo.by_draw(one.mean(), _crps_parts(drawn[name], actual)) for name, one in crps.items()
    }
    gap = compare_crps(crps[best], crps[GAMMA_GAMMA], judged[best], judged[GAMMA_GAMMA], seed=seed)
    return HoldoutScores(table, gap, judged)


def _crps_parts(drawn: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """What each draw adds to the mean CRPS, up to a constant; drawn: shape (draws, customers)."""
    return (np.abs(drawn - actual) - mean_distance(drawn.T).T).mean(axis=1)


def revenue_to_come(
    reference: "xr.DataTree", logs: LogNormals, its: pd.DataFrame, purchases: np.ndarray
) -> RevenueToCome:
    """Expected revenue of the base under each spend model, and how far it is from Gamma-Gamma's.

    reference: Gamma-Gamma's posterior; its: a `joined` summary; purchases: each customer's expected purchases.
    """
    few = gamma_gamma.parameters(reference).thinned(DRAWS)
    expected = {GAMMA_GAMMA: lambda rows: gamma_gamma.expected_spend(few.at(rows), *_history(rows))}
    for dependent, tree in logs.items():
        theta = lognormal_spend.parameters(tree)
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
    table = pd.DataFrame(rows, columns=["model", "base", "difference", "top_tenth"])
    return RevenueToCome(table, interval(last / base - 1))


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
