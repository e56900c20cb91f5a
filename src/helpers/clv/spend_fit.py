"""How Gamma-Gamma does: on order days it has not seen, on the spread it should reproduce, and whom it trusts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.clv import gamma_gamma
from helpers.clv.holdout_scores import check_bias
from helpers.inference import monte_carlo
from helpers.inference.sampler import check_sampling
from helpers.messages import message, percent

if TYPE_CHECKING:
    import xarray as xr

DRAWS = 200  # of the posterior, over which expected spend is averaged
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
WIDEST_GAP = 0.35  # between actual and model at the worst level; more asks for a review
HOLDOUT, BEFORE = "spend forecast in the hold-out", "sampling before the hold-out"
RESTS_ON = (HOLDOUT, BEFORE, "sampling")  # the checks on which values rest
MOST = 20  # repeat purchases up to which own weights are shown

DRIFTED = message("spend.drifted", "Spend per order has drifted, and values with it.")
WORST_LEVEL = message("spend.worst_level", "below {limit} at the worst quantile")
OTHER_TAIL = message(
    "spend.other_tail",
    "The tail of spend does not follow the model: read values of big spenders with care.",
)


@dataclass(frozen=True)
class Outcome:
    """Spend in the hold-out of those who came back: bias of the sum, and expected and actual per order day by tenth.

    bias: (expected - actual) / actual. tenths: a row per tenth of customers by expected spend.
    """

    bias: float
    tenths: pd.DataFrame

    def check(self, limit: float) -> Check:
        """Judge how far the sum was off, see `holdout_scores.check_bias`."""
        return check_bias(HOLDOUT, self.bias, limit, DRIFTED())


@dataclass(frozen=True)
class Replicated:
    """Quantiles of mean spend: columns level, actual and model."""

    quantiles: pd.DataFrame

    @property
    def gap(self) -> float:
        """The largest difference of model and actual, as a share of the smaller."""
        return float(np.expm1(np.abs(np.log(self.quantiles["model"] / self.quantiles["actual"])).max()))

    @property
    def check(self) -> Check:
        """Ask whether the model's spread is near the actual one."""
        return check(
            "spread of spend",
            review=self.gap >= WIDEST_GAP,
            value=percent(self.gap),
            threshold=WORST_LEVEL(limit=percent(WIDEST_GAP, 0)),
            advice=OTHER_TAIL(),
        )


@dataclass(frozen=True)
class OwnWeight:
    """How much the own mean counts after 0, 1, ... repeat purchases, a curve per group; group: the largest, "" without."""

    curves: dict[str, np.ndarray]
    group: str

    @property
    def largest(self) -> np.ndarray:
        """The curve of the largest group, the only one without groups."""
        return self.curves[self.group] if self.group else next(iter(self.curves.values()))


def check_before_holdout(tree: "xr.DataTree") -> Check:
    """Ask whether the posterior of the fit before the hold-out passed its gate."""
    return check_sampling(tree, BEFORE)


def outcome(tree: "xr.DataTree", before: pd.DataFrame) -> Outcome:
    """Compare what a model fitted before the hold-out expected with what customers spent in it.

    before: the summary with holdout_purchases and holdout_revenue.
    """
    came = before[before["holdout_purchases"] > 0]
    theta = gamma_gamma.parameters(tree).thinned(DRAWS).at(came)
    history = came["x"].to_numpy(), came["monetary_value"].to_numpy()
    drawn = np.asarray(gamma_gamma.expected_spend(theta, *history))
    per_day, bought = drawn.mean(axis=0), came["holdout_purchases"]
    expected, actual = monte_carlo.mean(drawn @ bought.to_numpy(float)), float(came["holdout_revenue"].sum())
    bias = expected.through(lambda total: total / actual - 1)
    tenth = (pd.Series(per_day).rank(method="first") * 10 / len(per_day)).apply(np.ceil).to_numpy()
    sums = pd.DataFrame({"expected": per_day * bought, "actual": came["holdout_revenue"], "days": bought})
    sums = sums.groupby(tenth).sum()
    return Outcome(bias, sums[["expected", "actual"]].div(sums["days"], axis=0).reset_index(drop=True))


def replicated(tree: "xr.DataTree", buyers: pd.DataFrame, smallest: int, seed: int = 1) -> Replicated:
    """Set quantiles of the means the model would draw for these buyers beside those of their own means.

    Without those beyond which fewer than `smallest` buyers lie: one of their amounts would be told.
    """
    drawn = gamma_gamma.simulated_means(gamma_gamma.parameters(tree), buyers, seed)
    levels = [one for one in LEVELS if min(one, 1 - one) * len(buyers) >= smallest] or [0.5]
    actual = np.quantile(buyers["monetary_value"], levels)
    return Replicated(pd.DataFrame({"level": levels, "actual": actual, "model": np.quantile(drawn, levels)}))


def own_weight(tree: "xr.DataTree", summary: pd.DataFrame) -> OwnWeight:
    """How strongly the model trusts a customer's own mean, see `gamma_gamma.own_weight`."""
    its = gamma_gamma.parameters(tree)
    curves = gamma_gamma.own_weight(its, np.arange(MOST + 1))
    sizes = {group: (summary["group"] == group).sum() for group in its.design.groups}
    return OwnWeight(curves, max(sizes, key=lambda group: sizes[group]) if sizes else "")
