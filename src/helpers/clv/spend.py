"""Gamma-Gamma: what a purchase is worth, per customer, when customers differ in their mean spend.

Fader and Hardie 2013, "The Gamma-Gamma Model of Monetary Value". One purchase of a customer is Gamma(p, nu), with
nu ~ Gamma(q, v) across customers; so the mean of x purchases informs about nu. Spend is revenue per purchase day,
positive, before margin. Assumes that spend does not depend on how often a customer buys: see `dependence`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from scipy import stats

from helpers import fitting
from helpers.errors import StudyError

PARAMETERS = ("p", "q", "v")
MIN_REPEAT_BUYERS = 50


@dataclass(frozen=True)
class Dependence:
    """Rank correlation between number of purchases and mean spend of repeat buyers, with its 90 % interval."""

    correlation: float
    p05: float
    p95: float
    customers: int


def repeat_spend(summary: pd.DataFrame) -> pd.DataFrame:
    """Keep what the spend model reads: customers with x > 0 and a positive monetary_value."""
    spend = summary.loc[(summary["x"] > 0) & (summary["monetary_value"] > 0), ["x", "monetary_value"]]
    if (summary["monetary_value"] < 0).any():
        worst = summary.loc[summary["monetary_value"] < 0].head(3).to_dict("records")
        raise StudyError(
            f"{(summary['monetary_value'] < 0).sum()} customers have a negative mean spend; first: {worst}. "
            "The spend model needs positive amounts: returns are netted in the ledger, not here."
        )
    if len(spend) < MIN_REPEAT_BUYERS:
        raise StudyError(
            f"{len(spend)} repeat buyers with positive spend; the spend model needs at least {MIN_REPEAT_BUYERS}."
        )
    return spend.reset_index(drop=True)


def log_likelihood(theta, x, mean_spend):
    """Log-likelihood of a base as a PyTensor scalar: sum over customers of equation 1a of the source.

    theta: (p, q, v). x: purchases behind each mean; mean_spend: same shape, positive. What depends on x alone is
    evaluated once per distinct x, and the sums of logarithms enter as constants.
    """
    p, q, v = theta
    distinct_x, n_of_x = np.unique(x, return_counts=True)
    # Sums of products, not dot: numba compiles `pt.dot` several times slower.
    by_x = (n_of_x * (pt.gammaln(p * distinct_x + q) - pt.gammaln(p * distinct_x))).sum()
    constants = p * float(np.sum(x * np.log(x * mean_spend))) - float(np.sum(np.log(mean_spend)))
    by_row = -((p * x.astype(float) + q) * pt.log(v + x * mean_spend)).sum()
    return by_x + len(x) * (q * pt.log(v) - pt.gammaln(q)) + constants + by_row


def build(summary: pd.DataFrame) -> pm.Model:
    """Define the Gamma-Gamma model on a customer summary (columns x, monetary_value), repeat buyers only.

    Priors: mean_spend, the base's mean, LogNormal around the observed mean with factor e (only the currency's scale
    comes from the data); p, how alike one customer's purchases are (coefficient of variation 1/sqrt(p)): median 3,
    90 % between .25 and 35; q above 1, so that a mean exists (below, values would be negative): q - 1 has median 2, 90 %
    between .17 and 24. v = mean_spend (q - 1) / p.
    """
    spend = repeat_spend(summary)
    x, mean_spend = spend["x"].to_numpy(), spend["monetary_value"].to_numpy()
    with pm.Model() as model:
        mean = pm.LogNormal("mean_spend", np.log(np.average(mean_spend)), 1.0)
        p = pm.LogNormal("p", np.log(3.0), 1.5)
        q = pm.Deterministic("q", 1 + pm.LogNormal("q_above_1", np.log(2.0), 1.5))
        v = pm.Deterministic("v", mean * (q - 1) / p)
        pm.Potential("log_likelihood", log_likelihood((p, q, v), x, mean_spend))
    return model


def fit(summary: pd.DataFrame, **sampling):
    """Fit Gamma-Gamma and return its posterior as a DataTree; sampling: draws, tune, chains, seed."""
    tree = fitting.fit(build(summary), **sampling)
    tree.attrs.update(spend_model="gamma_gamma", customers=len(repeat_spend(summary)))
    return tree


def parameter_draws(tree) -> tuple[np.ndarray, ...]:
    """p, q and v as arrays of shape (draws,)."""
    return tuple(fitting.flat_draws(tree, parameter) for parameter in PARAMETERS)


def parameter_means(tree) -> dict[str, float]:
    """Posterior means under the names gamma_gamma.PARAMETER, as run.json has them."""
    pairs = zip(PARAMETERS, parameter_draws(tree), strict=True)
    return {f"gamma_gamma.{parameter}": float(draws.mean()) for parameter, draws in pairs}


def expected_spend(theta, x, mean_spend):
    """Expected spend per future purchase given x purchases with this mean: p (v + x m) / (p x + q - 1); broadcasts."""
    p, q, v = theta
    return p * (v + x * mean_spend) / (p * x + q - 1)


def dependence(summary: pd.DataFrame) -> Dependence:
    """Measure whether frequent buyers spend more or less per purchase: Spearman's correlation, Fisher's interval."""
    spend = repeat_spend(summary)
    rho = float(stats.spearmanr(spend["x"], spend["monetary_value"]).statistic)
    reach = stats.norm.ppf(0.95) * 1.03 / np.sqrt(len(spend) - 3)
    low, high = np.tanh(np.arctanh(rho) + np.array([-reach, reach]))
    return Dependence(rho, float(low), float(high), len(spend))
