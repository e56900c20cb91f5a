"""Latent needs groups: what customers buy, not how much, as a mixture of Dirichlet-multinomials.

A customer of group k spreads purchases over the categories with shares of their own, drawn from a Dirichlet around the
group's mix; the group is never seen, so it is summed over (labels marginalised). Customers with equal counts are one row.
"""

from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from scipy import optimize, sparse, special
from sklearn.cluster import KMeans

from helpers.customers.needs_rows import MixtureRows
from helpers.errors import CannotAnswer, StudyError
from helpers.inference import sampler
from helpers.inference.compiled import IN_NUMPY

if TYPE_CHECKING:
    import xarray as xr

OTHER = "all others"
FEWEST = 50  # customers
SHARE_SD, ALPHA_MEDIAN, ALPHA_SD = 1.0, 0.5, 1.7  # the priors, see `build`
FARTHEST = 9.0  # bound on logarithms in the search for the mode


@dataclass(frozen=True)
class Counts:
    """Purchase lines per customer and category, as distinct rows.

    `table` (customers x categories) holds the counts and `row_of` each customer's place among the distinct rows. `chosen`
    says which of all pairs of category and distinct count `values` a row has, `total_index` where its total stands in
    `totals`.
    """

    table: pd.DataFrame
    row_of: np.ndarray
    total_index: np.ndarray
    values: np.ndarray
    totals: np.ndarray
    chosen: sparse.csr_matrix  # rows x pairs of category and count: 1 where the row has that count

    @property
    def loop(self) -> list[np.ndarray]:
        """What `needs_rows` reads of the rows, beside their weights."""
        return [self.chosen.indptr, self.chosen.indices, self.values, self.total_index, self.totals]

    @property
    def rows(self) -> int:
        """The number of distinct rows."""
        return len(self.total_index)

    def weights(self, customers: np.ndarray | None = None) -> np.ndarray:
        """How many customers stand in each distinct row; `customers` weighs them (default: each once)."""
        return np.bincount(self.row_of, customers, minlength=self.rows).astype(float)


@dataclass(frozen=True)
class Mixture:
    """The groups' shares (groups,), and alpha (groups, categories) of their Dirichlet distributions."""

    share: np.ndarray
    alpha: np.ndarray

    @property
    def mix(self) -> np.ndarray:
        """Each group's mean shares over the categories."""
        return self.alpha / self.alpha.sum(axis=1, keepdims=True)


def category_counts(lines: pd.DataFrame, max_categories: int = 12) -> Counts:
    """Count purchase lines (columns customer_id, category) per customer and category.

    Beyond the `max_categories` most frequent, categories are taken together as `OTHER`. Lines without a category must
    have been taken out and told. StudyError with fewer than two categories or fewer than 50 customers.
    """
    names = lines["category"].value_counts().index
    keep = names if len(names) <= max_categories else names[: max_categories - 1]
    named = lines["category"].where(lines["category"].isin(keep), OTHER)
    table = pd.crosstab(lines["customer_id"], named)
    table = table[[name for name in dict.fromkeys([*keep, OTHER]) if name in table.columns]]
    if table.shape[1] < 2:
        raise StudyError(
            f"All purchase lines are in {table.shape[1]} category: needs cannot be told apart. Map a finer column to "
            "`category` in the study file."
        )
    if len(table) < FEWEST:
        raise CannotAnswer(
            f"{len(table)} customers have purchases with a category: needs groups need at least {FEWEST}. Use a longer "
            "window, or leave this notebook out of the study."
        )
    return encode(table)


def same_categories(lines: pd.DataFrame, counts: Counts) -> pd.DataFrame:
    """Count other lines over the categories of `counts`: customers x categories."""
    columns = counts.table.columns
    return pd.crosstab(
        lines["customer_id"], lines["category"].where(lines["category"].isin(columns), OTHER)
    ).reindex(columns=columns, fill_value=0)


def encode(table: pd.DataFrame) -> Counts:
    """Bring a table of counts (customers x categories) into distinct rows."""
    distinct, row_of = np.unique(table.to_numpy(dtype=int), axis=0, return_inverse=True)
    values, index = np.unique(distinct, return_inverse=True)
    totals, total_index = np.unique(distinct.sum(axis=1), return_inverse=True)
    rows, categories = distinct.shape
    place = index.reshape(distinct.shape) + np.arange(categories) * len(values)
    chosen = sparse.csr_matrix(
        ((distinct > 0).ravel().astype(float), (np.repeat(np.arange(rows), categories), place.ravel())),
        shape=(rows, categories * len(values)),
    )
    chosen.eliminate_zeros()  # a count of 0 adds nothing
    return Counts(table, row_of.ravel(), total_index.ravel(), values, totals, chosen)


def log_joint(log_share: np.ndarray, alpha: np.ndarray, counts: Counts) -> np.ndarray:
    """Log of group share times Dirichlet-multinomial probability, (rows, groups), up to the multinomial coefficient.

    log_share (groups,), alpha (groups, categories). Gamma functions are taken once per distinct count and looked up.
    """
    steps = special.gammaln(alpha[:, :, None] + counts.values) - special.gammaln(alpha)[:, :, None]
    by_category = counts.chosen @ steps.transpose(1, 2, 0).reshape((counts.chosen.shape[1], alpha.shape[0]))
    size = alpha.sum(axis=1)
    by_total = special.gammaln(size) - special.gammaln(size + counts.totals[:, None])
    return log_share + by_category + by_total[counts.total_index]


def build(counts: Counts, groups: int) -> pm.Model:
    """Define the mixture of `groups` groups on distinct rows; its data `weight` counts the customers of each.

    Priors. Shares: softmax of Normal(0, 1) less its mean, so that 90 % of the ratios of two shares lie between 1/10 and
    10. alpha: lognormal with median .5, 90 % between .03 and 8: with eight categories a customer's purchases then look
    anything from spread evenly to all in one category.
    """
    coords = {"group": [f"group {k + 1}" for k in range(groups)], "category": list(counts.table.columns)}

    with pm.Model(coords=coords) as model:
        z = pm.ZeroSumNormal("z", SHARE_SD, dims="group") if groups > 1 else pt.zeros(1)
        log_alpha = pm.Normal("log_alpha", np.log(ALPHA_MEDIAN), ALPHA_SD, dims=("group", "category"))
        log_share = z - pt.log(pt.exp(z).sum())
        rows: Any = MixtureRows()(log_share, pt.exp(log_alpha).ravel(), counts.weights(), *counts.loop)
        pm.Potential("log_likelihood", rows)
    return model


def most_likely(counts: Counts, weight: np.ndarray, groups: int, seed: int = 1, starts: int = 2) -> Mixture:
    """Find the posterior's mode with customers weighed by `weight` (rows,), from several starting points.

    The same log-likelihood as the model's, with its gradient by hand, so that it can be asked for many numbers of
    groups and many samples without compiling. Starts: k-means on the square roots of the customers' shares. The groups
    come out by falling share.
    """
    rng = np.random.default_rng(seed)
    found = [
        optimize.minimize(_minus_log_posterior, _start(counts, weight, groups, rng), (counts, weight, groups),
                          jac=True, method="L-BFGS-B",
                          bounds=[(-FARTHEST, FARTHEST)] * (groups * (1 + counts.table.shape[1])),
                          options={"maxiter": 300})
        for _ in range(1 if groups == 1 else starts)
    ]  # fmt: skip
    best = _unpacked(min(found, key=lambda one: one.fun).x, groups)
    order = np.argsort(-best.share)
    return Mixture(best.share[order], best.alpha[order])


def log_likelihood(mixture: Mixture, counts: Counts) -> np.ndarray:
    """Log-likelihood of each distinct row, (rows,), up to the multinomial coefficient."""
    return special.logsumexp(log_joint(np.log(mixture.share), mixture.alpha, counts), axis=1)


def memberships(mixture: Mixture, counts: Counts) -> np.ndarray:
    """Probability of each group for each distinct row, (rows, groups)."""
    return special.softmax(log_joint(np.log(mixture.share), mixture.alpha, counts), axis=1)


def fit(counts: Counts, mode: Mixture, **sampling: Any) -> "xr.DataTree":
    """Sample the mixture around its mode, from which every chain starts, so that groups keep their numbers."""
    groups = len(mode.share)
    at_mode = {"log_alpha": np.log(mode.alpha)}
    if groups > 1:
        at_mode["z"] = np.log(mode.share) - np.log(mode.share).mean()
    model = build(counts, groups)
    sampling |= {
        "initvals": at_mode,
        "by_hand": lambda _: partial(_log_posterior, _to_zero_sum(model, groups), counts, counts.weights()),
    }
    return sampler.fit(model, adaptation="low_rank", **sampling)


def draws_of(tree: "xr.DataTree", most: int = 200) -> list[Mixture]:
    """Return at most `most` evenly spaced posterior draws as mixtures."""
    log_alpha = sampler.flat_draws(tree, "log_alpha")
    several = log_alpha.shape[1] > 1
    z = sampler.flat_draws(tree, "z") if several else np.zeros((len(log_alpha), 1))
    picked = np.unique(np.linspace(0, len(z) - 1, min(most, len(z))).astype(int))
    return [Mixture(special.softmax(z[i]), np.exp(log_alpha[i])) for i in picked]


def mean_memberships(mixtures: list[Mixture], counts: Counts) -> np.ndarray:
    """Membership probabilities averaged over posterior draws, (rows, groups)."""
    return reduce(np.add, (memberships(one, counts) for one in mixtures)) / len(mixtures)


def _minus_log_posterior(
    theta: np.ndarray, counts: Counts, weight: np.ndarray, groups: int
) -> tuple[float, np.ndarray]:
    mixture, z, log_alpha = _unpacked(theta, groups), theta[:groups], theta[groups:].reshape(groups, -1)
    inputs = [np.log(mixture.share), mixture.alpha.ravel(), weight, *counts.loop]
    total, (per_group, slope_alpha) = MixtureRows().run(inputs, with_slope=True)
    away = log_alpha - np.log(ALPHA_MEDIAN)
    slope_share = per_group - weight.sum() * mixture.share - z / SHARE_SD**2
    slope = np.concatenate([slope_share, slope_alpha * mixture.alpha.ravel() - away.ravel() / ALPHA_SD**2])
    minus_log_prior = 0.5 * (z**2).sum() / SHARE_SD**2 + 0.5 * (away**2).sum() / ALPHA_SD**2
    return minus_log_prior - total, -slope


def _to_zero_sum(model: pm.Model, groups: int) -> np.ndarray:
    """The matrix that takes the model's unconstrained coordinates of z to z: (groups, groups - 1)."""
    if groups == 1:
        return np.zeros((1, 0))
    back = model.rvs_to_transforms[model["z"]].backward
    return back(pt.as_tensor(np.eye(groups - 1))).eval(mode=IN_NUMPY).T


def _log_posterior(
    to_z: np.ndarray, counts: Counts, weight: np.ndarray, vector: np.ndarray
) -> tuple[float, np.ndarray]:
    """The log density of the model, up to a constant, at a vector of its unconstrained parameters, and its gradient."""
    free = to_z.shape[1]
    theta = np.concatenate([to_z @ vector[:free], vector[free:]])
    minus, slope = _minus_log_posterior(theta, counts, weight, len(to_z))
    return -minus, -np.concatenate([to_z.T @ slope[: len(to_z)], slope[len(to_z) :]])


def _unpacked(theta: np.ndarray, groups: int) -> Mixture:
    return Mixture(special.softmax(theta[:groups]), np.exp(theta[groups:].reshape(groups, -1)))


def _start(counts: Counts, weight: np.ndarray, groups: int, rng: np.random.Generator) -> np.ndarray:
    """Groups by k-means; every group's customers moderately alike."""
    distinct = np.unique(counts.table.to_numpy(dtype=int), axis=0)
    shares = (distinct + 0.5) / (distinct + 0.5).sum(axis=1, keepdims=True)
    kept = np.flatnonzero(weight > 0)
    k_means = KMeans(groups, n_init=1, random_state=int(rng.integers(2**31)))
    label = k_means.fit_predict(np.sqrt(shares[kept]), sample_weight=weight[kept])
    one_hot = np.eye(groups)[label] * weight[kept, None]
    mix = (one_hot.T @ shares[kept] + 0.01) / (one_hot.sum(axis=0)[:, None] + 0.01 * shares.shape[1])
    z = np.log(one_hot.sum(axis=0) + 1)
    return np.concatenate([z - z.mean(), np.log(5 * mix).ravel()])
