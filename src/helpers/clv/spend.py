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


def likelihood_data(x: np.ndarray, mean_spend: np.ndarray) -> dict[str, np.ndarray | float]:
    """What the likelihood reads of customers with x purchases of this mean: sums and each distinct x with its count."""
    distinct_x, n_of_x = np.unique(np.asarray(x, dtype=float), return_counts=True)
    return {
        "x": np.asarray(x, dtype=float),
        "mean_of_x": np.asarray(mean_spend, dtype=float),
        "distinct_x": distinct_x,
        "n_of_x": n_of_x.astype(float),
        "sum_of_logs": float(np.sum(x * np.log(x * mean_spend))),
        "sum_of_log_means": float(np.sum(np.log(mean_spend))),
    }


def log_likelihood(theta, data: dict):
    """Log-likelihood of a base as a PyTensor scalar: sum over customers of equation 1a of the source.

    theta: (p, q, v); data: `likelihood_data`, as arrays or tensors. What depends on x alone is evaluated once per
    distinct x, and the sums of logarithms enter as constants.
    """
    p, q, v = theta
    x, mean_spend, distinct_x, n_of_x, logs, log_means = (pt.as_tensor(values) for values in data.values())
    # Sums of products, not dot: numba compiles `pt.dot` several times slower.
    by_x = (n_of_x * (pt.gammaln(p * distinct_x + q) - pt.gammaln(p * distinct_x))).sum()
    by_row = -((p * x + q) * pt.log(v + x * mean_spend)).sum()
    return by_x + x.shape[0] * (q * pt.log(v) - pt.gammaln(q)) + p * logs - log_means + by_row


def priors(log_centre) -> tuple:
    """Declare the priors inside a PyMC model and return (p, q, v).

    mean_spend, the base's mean, LogNormal around exp(log_centre) with factor e; p, how alike one customer's purchases
    are (coefficient of variation 1/sqrt(p)): median 3, 90 % between .25 and 35; q above 1, so that a mean exists (below,
    values would be negative): q - 1 has median 2, 90 % between .17 and 24. v = mean_spend (q - 1) / p.
    """
    mean = pm.LogNormal("mean_spend", log_centre, 1.0)
    p = pm.LogNormal("p", np.log(3.0), 1.5)
    q = pm.Deterministic("q", 1 + pm.LogNormal("q_above_1", np.log(2.0), 1.5))
    return p, q, pm.Deterministic("v", mean * (q - 1) / p)


def build(summary: pd.DataFrame) -> pm.Model:
    """Define the Gamma-Gamma model on a customer summary (columns x, monetary_value), repeat buyers only.

    Of its priors only the currency's scale comes from the data: they centre on the observed mean.
    """
    spend = repeat_spend(summary)
    x, mean_spend = spend["x"].to_numpy(), spend["monetary_value"].to_numpy()
    with pm.Model() as model:
        theta = priors(pm.Data("log_centre", np.log(np.average(mean_spend))))
        data = {key: pm.Data(key, values) for key, values in likelihood_data(x, mean_spend).items()}
        pm.Potential("log_likelihood", log_likelihood(theta, data))
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
