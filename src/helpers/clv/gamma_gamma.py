"""Gamma-Gamma: what a purchase is worth, per customer, when customers differ in their mean spend.

Fader and Hardie 2013, "The Gamma-Gamma Model of Monetary Value". One purchase of a customer is Gamma(p, nu), with
nu ~ Gamma(q, v) across customers; so the mean of x purchases informs about nu. Spend is revenue per purchase day,
positive, before margin. Assumes that spend does not depend on how often a customer buys: see `dependence`. Spend that
does not vary is within it: p is large where each customer always spends the same, q as well where all do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy import stats

from helpers.clv.array_libraries import Array, Theta
from helpers.clv.customer_groups import Design, cells_of, design_of
from helpers.clv.priors import positive
from helpers.errors import StudyError
from helpers.inference import monte_carlo, sampler
from helpers.inference.intervals import Interval, interval

if TYPE_CHECKING:
    import xarray as xr

PARAMETERS = ("p", "q", "v")
MIN_REPEAT_BUYERS = 50
MOST = 1e4  # p and q above which a spread of 1 % is no longer told from none
USUAL_P, STEADY_P = (
    (3.0, 1.5),
    (MOST / 2, 0.1),
)  # median and spread of p's prior, and where spend was seen not to vary


@dataclass(frozen=True)
class Dependence:
    """Rank correlation between number of purchases and mean spend of repeat buyers, with its 90 % interval."""

    correlation: float
    p05: float
    p95: float
    customers: int


def repeat_spend(summary: pd.DataFrame) -> pd.DataFrame:
    """Keep what the spend model reads: customers with x > 0 and a positive monetary_value."""
    columns = ["x", "monetary_value", *(["group"] if "group" in summary else [])]
    spend = summary.loc[(summary["x"] > 0) & (summary["monetary_value"] > 0), columns]
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


def likelihood_data(
    x: np.ndarray, mean_spend: np.ndarray, group: np.ndarray | None = None, groups: int = 1
) -> dict[str, np.ndarray]:
    """What the likelihood reads of customers with x purchases of this mean: sums per group and distinct (group, x).

    group: each customer's group as a position below `groups`; None is one group.
    """
    x, mean_spend = (np.asarray(values, dtype=float) for values in (x, mean_spend))
    group = np.zeros(len(x), dtype=np.int64) if group is None else group
    pairs, n_of_x = np.unique(np.column_stack([group, x]), axis=0, return_counts=True)
    return {
        "x": x,
        "mean_of_x": mean_spend,
        "distinct_x": pairs[:, 1],
        "n_of_x": n_of_x.astype(float),
        "customers": np.bincount(group, minlength=groups).astype(float),
        "sum_of_logs": np.bincount(group, x * np.log(x * mean_spend), groups),
        "sum_of_log_means": np.bincount(group, np.log(mean_spend), groups),
        "group_of": group,
        "group_of_x": pairs[:, 0].astype(np.int64),
    }


def log_likelihood(theta: Theta, data: dict) -> TensorVariable:
    """Log-likelihood of a base as a PyTensor scalar: sum over customers of equation 1a of the source.

    theta: (p, q, v), scalars or one value per group; data: `likelihood_data`, as arrays or tensors. What depends on x
    alone is evaluated once per distinct x, and the sums of logarithms enter as constants.
    """
    values = [pt.as_tensor(one) for one in data.values()]
    x, mean_spend, distinct_x, n_of_x, customers, logs, log_means, of, of_x = values
    p, q, v = theta
    (px, qx), (pc, qc, vc) = (p, q), (p, q, v)
    if getattr(p, "ndim", 0):
        (px, qx), (pc, qc, vc) = (p[of_x], q[of_x]), (p[of], q[of], v[of])
    # Sums of products, not dot: numba compiles `pt.dot` several times slower.
    by_x = (n_of_x * (pt.gammaln(px * distinct_x + qx) - pt.gammaln(px * distinct_x))).sum()
    by_row = -((pc * x + qc) * pt.log(vc + x * mean_spend)).sum()
    by_group = (customers * (q * pt.log(v) - pt.gammaln(q)) + p * logs - log_means).sum()
    return by_x + by_row + by_group


def priors(
    log_centre: TensorVariable, groups: bool = False, p_prior: Sequence[float] | TensorVariable = USUAL_P
) -> tuple:
    """Declare the priors inside a PyMC model and return (p, q, v), each per group and partially pooled where asked.

    mean_spend, the base's mean, LogNormal around exp(log_centre) with factor e; p, how alike one customer's purchases
    are (coefficient of variation 1/sqrt(p)): median 3, 90 % between .25 and 35; q above 1, so that a mean exists (below,
    values would be negative): q - 1 has median 2, 90 % between .17 and 24. v = mean_spend (q - 1) / p.
    """
    mean = positive("mean_spend", pt.exp(log_centre), 1.0, groups)
    p, above = (
        positive("p", p_prior[0], p_prior[1], groups),
        positive("q_above_1", 2.0, 1.5, groups),
    )
    dims = "group" if groups else None
    return p, pm.Deterministic("q", 1 + above, dims=dims), pm.Deterministic("v", mean * above / p, dims=dims)


def build(summary: pd.DataFrame, groups: tuple[str, ...] = ()) -> pm.Model:
    """Define the Gamma-Gamma model on a customer summary (columns x, monetary_value), repeat buyers only.

    groups: labels of the column `group` that get parameters of their own. Of the priors only the currency's scale comes
    from the data: they centre on the observed mean.
    """
    its = repeat_spend(summary)
    data = _data(its, groups)
    with pm.Model(coords={"group": list(groups)}) as model:
        centre = pm.Data("log_centre", np.log(np.average(its["monetary_value"])))
        theta = priors(centre, bool(groups), pm.Data("p_prior", np.array(USUAL_P)))
        pm.Potential("bound", -sum(((one / MOST) ** 8).sum() for one in theta[:2]))
        data = {key: pm.Data(key, values) for key, values in data.items()}
        pm.Potential("log_likelihood", log_likelihood(theta, data))
    return model


def _data(spend: pd.DataFrame, groups: tuple[str, ...]) -> dict[str, np.ndarray]:
    x, mean_spend = spend["x"].to_numpy(), spend["monetary_value"].to_numpy()
    return likelihood_data(x, mean_spend, position(spend, groups), max(len(groups), 1))


def position(rows: pd.DataFrame, groups: tuple[str, ...]) -> np.ndarray:
    """Each row's group as a position in `groups`; all 0 where there are none."""
    cells = cells_of(rows, Design(groups))
    return cells.group[cells.of]


_READY: dict = {}  # compiled models of this process by their groups, whose data is exchanged


def fit(
    summary: pd.DataFrame, groups: tuple[str, ...] | None = None, *, steady: bool = False, **sampling: Any
) -> "xr.DataTree":
    """Fit Gamma-Gamma and return its posterior as a DataTree; sampling: draws, tune, chains, seed, method.

    steady: whether each customer was seen to spend the same on every day (`spend_history.steadiness`). groups: labels of
    the column `group`; None takes those of the summary, where it has more than one. Groups in which
    nobody bought twice keep what the others tell about them.
    """
    groups = design_of(summary).groups if groups is None else groups
    its = repeat_spend(summary)
    data = _data(its, groups) | {"log_centre": np.log(np.average(its["monetary_value"]))}
    data["p_prior"] = np.array(STEADY_P if steady else USUAL_P)
    tree = sampler.fit_shared(_READY, groups, lambda **_: build(summary, groups), data, **sampling)
    tree.attrs.update(spend_model="gamma_gamma", customers=len(its), design=Design(groups).text())
    return tree


@dataclass(frozen=True)
class Parameters:
    """Draws of p, q and v, each of shape (draws, groups), one column without groups."""

    design: Design
    theta: tuple[np.ndarray, ...]

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.theta[0])

    def thinned(self, draws: int) -> "Parameters":
        """`draws` evenly spaced draws, all when there are fewer."""
        some = np.linspace(0, self.draws - 1, min(draws, self.draws)).astype(int)
        return Parameters(self.design, tuple(value[some] for value in self.theta))

    def at(self, rows: pd.DataFrame) -> tuple[np.ndarray, ...]:
        """p, q and v of each row: arrays of shape (draws, rows), or (draws, 1) without groups."""
        if not self.design.groups:
            return self.theta
        place = position(rows, self.design.groups)
        return tuple(value[:, place] for value in self.theta)


def parameters(tree: "xr.DataTree") -> Parameters:
    """Take a fitted model's parameters out of its posterior."""
    theta = tuple(draws.reshape(len(draws), -1) for draws in parameter_draws(tree))
    return Parameters(Design.of_text(tree.attrs["design"]), theta)


def parameter_draws(tree: "xr.DataTree") -> tuple[np.ndarray, ...]:
    """p, q and v as arrays of shape (draws,), or (draws, groups)."""
    return tuple(sampler.flat_draws(tree, parameter) for parameter in PARAMETERS)


def parameter_means(tree: "xr.DataTree") -> dict[str, float]:
    """Posterior means under the names gamma_gamma.PARAMETER, or gamma_gamma.PARAMETER.GROUP, as run.json has them."""
    found: dict[str, float] = {}
    its = parameters(tree)
    for parameter, draws in zip(PARAMETERS, its.theta, strict=True):
        for place, own in enumerate(draws.T):
            label = f".{its.design.groups[place]}" if its.design.groups else ""
            found[f"gamma_gamma.{parameter}{label}"] = monte_carlo.mean(own)
    return found


def expected_spend(theta: Theta, x: Array, mean_spend: Array) -> Array:
    """Expected spend per future purchase given x purchases with this mean: p (v + x m) / (p x + q - 1); broadcasts."""
    p, q, v = theta
    return p * (v + x * mean_spend) / (p * x + q - 1)


def base_mean(its: Parameters, rows: pd.DataFrame) -> np.ndarray:
    """Mean spend per purchase of the base: that of its groups, weighted by their customers; shape (draws,)."""
    means = _means(its)
    size = np.bincount(position(rows, its.design.groups), minlength=means.shape[1])
    return means @ (size / size.sum())


def group_means(its: Parameters) -> dict[str, Interval]:
    """Mean spend per purchase of each group; empty without groups."""
    return {group: interval(draws) for group, draws in zip(its.design.groups, _means(its).T, strict=False)}


def _means(its: Parameters) -> np.ndarray:
    p, q, v = its.theta
    return p * v / (q - 1)


def own_weight(its: Parameters, x: np.ndarray) -> dict[str, np.ndarray]:
    """How much of a customer's expected spend is their own mean after x purchases, per group: p x / (p x + q - 1)."""
    labels = its.design.groups or ("own mean",)
    p, q, _ = its.theta
    return {
        label: (p[:, [k]] * x / (p[:, [k]] * x + q[:, [k]] - 1)).mean(axis=0)
        for k, label in enumerate(labels)
    }


def simulated_means(its: Parameters, buyers: pd.DataFrame, seed: int = 1) -> np.ndarray:
    """One mean of x purchases for each buyer as the model would draw it, each from another posterior draw."""
    rng = np.random.default_rng(seed)
    pick, place = rng.integers(0, its.draws, len(buyers)), position(buyers, its.design.groups)
    p, q, v = (value[pick, place] for value in its.theta)
    x = buyers["x"].to_numpy()
    return rng.gamma(p * x) / x * v / rng.gamma(q)


def dependence(summary: pd.DataFrame) -> Dependence:
    """Measure whether frequent buyers spend more or less per purchase: Spearman's correlation, Fisher's interval.

    0 where everyone spends the same, or buys as often.
    """
    spend = repeat_spend(summary)
    means = [
        float(f"{mean:.9g}") for mean in spend["monetary_value"]
    ]  # the last digits of a mean are rounding
    if len(set(means)) < 2 or spend["x"].nunique() < 2:
        return Dependence(0.0, 0.0, 0.0, len(spend))
    rho = float(stats.spearmanr(spend["x"], means).statistic)
    reach = stats.norm.ppf(0.95) * 1.03 / np.sqrt(len(spend) - 3)
    low, high = np.tanh(np.arctanh(rho) + np.array([-reach, reach]))
    return Dependence(rho, float(low), float(high), len(spend))
