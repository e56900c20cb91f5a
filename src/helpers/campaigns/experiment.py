"""One model for an experiment with any number of arms: who buys, and how much those who buy spend.

Both parts see the arm and what the customer did before. Money per assigned customer is their product,
averaged over all assigned customers as if each had been in each arm (g-computation, Robins 1986).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy import special, stats

from helpers.campaigns import within_strata
from helpers.campaigns.lots import control_first
from helpers.errors import StudyError
from helpers.inference import sampler
from helpers.inference.intervals import LOWER, UPPER, Interval

if TYPE_CHECKING:
    import xarray as xr

GROUPS = 20
FAMILIES = ("auto", "lognormal", "gamma", "bootstrap", "normal")
NORMAL = "normal"  # the mean of buyers' spend by its standard error: all that sums and sums of squares tell
BOOTSTRAP = "bootstrap"  # buyers' spend is averaged as seen, by the Bayesian bootstrap of each arm
CONSTANT = "constant"  # every buyer brings the same: there is no spend to model
CHUNK = 4_000_000


@dataclass(frozen=True)
class Design:
    """An experiment as the model sees it: equal customers of an arm are one row with counts.

    arms: control first. covariates: names. family: of spend. x: (cells, covariates), standardised. customers
    and converted (who bought): (arms, cells). spend, spend_arm, spend_cell: one entry per customer who bought.
    responded: (arms, cells), who did what was asked, where that is not the same as buying. spend_weight: of each who bought,
    by which arms have the same strata (`within_strata.weights`); None where nobody needs one.
    """

    arms: list[str]
    covariates: list[str]
    family: str
    x: np.ndarray
    customers: np.ndarray
    converted: np.ndarray
    spend: np.ndarray
    spend_arm: np.ndarray
    spend_cell: np.ndarray
    responded: np.ndarray | None = None
    spend_weight: np.ndarray | None = None


@dataclass(frozen=True)
class ArmDraws:
    """Posterior draws per arm, each of shape (draws, arms), control first.

    conversion: share of assigned customers who buy; spend: money per customer who buys; revenue: money per
    customer assigned, their product over the covariates. response: share who did what was asked, the same as conversion
    unless the two were told apart.
    """

    arms: list[str]
    conversion: np.ndarray
    spend: np.ndarray
    revenue: np.ndarray
    response: np.ndarray


def prepare(units: pd.DataFrame, control: str, covariates: list[str], family: str = "auto") -> Design:
    """Arrange one row per customer (arm, converted, revenue, covariates; buys where converted is not buying).

    family: of spend, "lognormal", "gamma", "bootstrap" or "normal"; "auto" takes the one of the first two under which
    buyers' spend is likelier, and the bootstrap where spend is negative for some. Where arms were drawn within strata
    (column stratum), each is a column of its own.

    A covariate is known by its group of equal size (at most 20, zero is its own) and enters as the group's
    mean of log(1 + value / mean), standardised. So equal customers become one row with a count, and the
    likelihood of those rows is that of the customers themselves.
    """
    arms = control_first(units.arm, control)
    if family not in FAMILIES:
        raise StudyError(f"spend_family is {family!r}: choose one of {', '.join(FAMILIES)}.")
    buys = (units.buys if "buys" in units else units.converted).to_numpy(bool)
    if not buys.any():
        raise StudyError("Nobody bought in the window, in any arm: there is no effect to estimate.")
    x, cell = np.zeros((1, 0)), np.zeros(len(units), dtype=int)
    strata = sorted(units.stratum.astype(str).unique())[1:] if "stratum" in units else []
    if covariates or strata:
        columns = [_levels(units[name].to_numpy(float), name) for name in covariates]
        columns += [_standardised((units.stratum.astype(str) == one).to_numpy(float)) for one in strata]
        x, cell = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    cell = cell.ravel()
    arm = pd.Categorical(units.arm, categories=arms).codes.astype(int)
    place = arm * len(x) + cell

    def counts(who: np.ndarray | None = None) -> np.ndarray:
        return np.bincount(place, who, len(arms) * len(x)).reshape(len(arms), len(x)).astype(float)

    spend, spend_arm = units.revenue.to_numpy(float)[buys], arm[buys]
    negative = bool((spend < 0).any())
    if negative and family in ("lognormal", "gamma"):
        raise StudyError(f"spend_family is {family!r}, but some spend is negative: choose auto or bootstrap.")
    if np.ptp(spend) <= 1e-9 * np.abs(spend).max():
        family = CONSTANT
    elif family == "auto":
        family = BOOTSTRAP if negative else pick_family(spend, spend_arm)
    did = units.converted.to_numpy(bool)
    responded = None if (did == buys).all() else counts(did)
    names = [*covariates, *(f"stratum: {one}" for one in strata)]
    weight = within_strata.weights(units).to_numpy()[buys] if strata else None
    return Design(
        arms, names, family, x, counts(), counts(buys), spend, spend_arm, cell[buys], responded, weight
    )  # fmt: skip


def pick_family(spend: np.ndarray, arm: np.ndarray) -> str:
    """Say which of lognormal and gamma makes spend, relative to the mean of its arm, likelier."""
    relative = spend / (np.bincount(arm, spend) / np.maximum(np.bincount(arm), 1))[arm]
    if relative.std() < 0.01:
        return "lognormal"
    shape, _, scale = stats.gamma.fit(relative, floc=0)
    gamma = stats.gamma.logpdf(relative, shape, scale=scale).sum()
    logs = np.log(relative)
    lognormal = (stats.norm.logpdf(logs, logs.mean(), logs.std()) - logs).sum()
    return "gamma" if gamma > lognormal else "lognormal"


def build(design: Design) -> pm.Model:
    """Define the model: conversion (binomial, logit) and spend given conversion (lognormal or gamma).

    Every arm has its own level, slopes and spread, so that the effect need not be the same for everyone.
    Priors hold an arm with few buyers near all arms together: odds of buying theirs times exp(Normal(0, 1)),
    spend theirs times exp(Normal(0, s)), spread s times exp(Normal(0, 0.25)), where s is the spread of the
    logarithm of all spend; slopes Normal(0, 0.5).
    """
    arm, cell = np.nonzero(design.customers)
    with pm.Model(coords={"arm": design.arms, "covariate": design.covariates}) as model:
        parts = {"conversion": design.converted} | (
            {} if design.responded is None else {"response": design.responded}
        )
        for part, counts in parts.items():
            rate = (counts.sum() + 0.5) / (design.customers.sum() + 1)
            logit = _predictor(part, special.logit(rate), 1.0, arm, design.x[cell])
            pm.Binomial(
                f"{part}_count", design.customers[arm, cell], logit_p=logit, observed=counts[arm, cell]
            )
        if design.family in (CONSTANT, BOOTSTRAP, NORMAL):
            return model
        # Buyers of one cell and arm are as good as their number, and the sums of their spend, its logarithm and its square.
        logs = np.log(design.spend)
        centre, spread = logs.mean(), max(float(logs.std()), 0.05)
        shape = design.customers.shape
        places = np.ravel_multi_index((design.spend_arm, design.spend_cell), shape)
        size, total, first, second = (
            np.bincount(places, values, design.customers.size)
            for values in (
                np.ones(len(logs)),
                design.spend / np.exp(centre),
                logs - centre,
                (logs - centre) ** 2,
            )
        )
        used = np.flatnonzero(size)
        rows, cells = np.unravel_index(used, shape)
        n, total, first, second = (values[used].astype(float) for values in (size, total, first, second))
        mean = _predictor("spend", centre, spread, rows, design.x[cells]) - centre
        by_arm = pm.LogNormal("spend_spread", np.log(spread), 0.25, dims="arm")[rows]
        if design.family == "lognormal":
            squares = second - 2 * mean * first + n * mean**2
            pm.Potential("spend", (-n * pm.math.log(by_arm) - squares / (2 * by_arm**2)).sum())
        else:
            k = by_arm**-2
            constant = k * pm.math.log(k) - k * mean - pt.gammaln(k)
            pm.Potential("spend", (n * constant + (k - 1) * first - k * pt.exp(-mean) * total).sum())
    return model


def arm_draws(tree: "xr.DataTree", design: Design) -> ArmDraws:
    """Average conversion, spend and money over all assigned customers, as if all had been in each arm."""
    weights = design.customers.sum(axis=0) / design.customers.sum()
    parameters = sampler.all_draws(tree)
    draws = len(parameters["conversion_level"])
    conversion, revenue, response = (np.empty((draws, len(design.arms))) for _ in range(3))
    step = max(1, CHUNK // len(weights))
    for start in range(0, draws, step):
        part = {name: values[start : start + step] for name, values in parameters.items()}
        for arm in range(len(design.arms)):
            buys = special.expit(linear(part, "conversion", arm, design.x))
            modelled = design.family in ("lognormal", "gamma")
            spends = np.exp(linear(part, "spend", arm, design.x)) if modelled else design.spend.max()
            if design.family == "lognormal":
                spends *= np.exp(part["spend_spread"][:, arm, None] ** 2 / 2)
            rows = slice(start, start + step)
            conversion[rows, arm], revenue[rows, arm] = buys @ weights, (buys * spends) @ weights
            response[rows, arm] = conversion[rows, arm]
            if design.responded is not None:
                response[rows, arm] = special.expit(linear(part, "response", arm, design.x)) @ weights
    if design.family in (BOOTSTRAP, NORMAL):
        means = bootstrap_means if design.family == BOOTSTRAP else normal_means
        revenue = conversion * means(design, draws)
    return ArmDraws(design.arms, conversion, revenue / conversion, revenue, response)


def normal_means(design: Design, draws: int, seed: int = 1) -> np.ndarray:
    """Draw each arm's mean spend of buyers, (draws, arms): t with (buyers - 1) degrees of freedom, from sums alone.

    An arm with fewer than two buyers takes those of all arms.
    """
    rng, drawn = np.random.default_rng(seed), np.empty((draws, len(design.arms)))
    for arm in range(len(design.arms)):
        own, weight = _spend_of(design, arm)
        mean, size = np.average(own, weights=weight), len(own)
        left = (weight * (own - mean) ** 2 * weight).sum() / weight.sum() ** 2
        error = np.sqrt(left * size / (size - 1)) if size > 1 else 0.0
        drawn[:, arm] = mean + error * rng.standard_t(max(size - 1, 1), draws)
    return drawn


def _spend_of(design: Design, arm: int) -> tuple[np.ndarray, np.ndarray]:
    """The spend of an arm's buyers, or of all where it has fewer than two, and their weights."""
    own = design.spend_arm == arm
    own = own if own.sum() > 1 else np.ones(len(own), dtype=bool)
    weight = np.ones(len(own)) if design.spend_weight is None else design.spend_weight
    return design.spend[own], weight[own]


def bootstrap_means(design: Design, draws: int, seed: int = 1) -> np.ndarray:
    """Draw each arm's mean spend of buyers, (draws, arms), by the Bayesian bootstrap (Rubin 1981): no shape is assumed.

    An arm with fewer than two buyers takes those of all arms.
    """
    rng, drawn = np.random.default_rng(seed), np.empty((draws, len(design.arms)))
    for arm in range(len(design.arms)):
        found, sizes = np.unique(np.column_stack(_spend_of(design, arm)), axis=0, return_counts=True)
        values, fixed = found.T
        step = max(1, CHUNK // len(values))
        for start in range(0, draws, step):
            weights = fixed * rng.standard_gamma(sizes.astype(float), (min(step, draws - start), len(values)))
            drawn[start : start + step, arm] = weights @ values / weights.sum(axis=1)
    return drawn


def _means_within(units: pd.DataFrame, value: str) -> pd.DataFrame:
    """Mean and standard error per arm: by clusters where those were drawn, within strata where there are any."""
    if "cluster" in units:
        weight = within_strata.weights(units)  # each arm with the strata of all
        parts = pd.DataFrame({"sum": units[value] * weight, "size": weight})
        sums = parts.groupby([units["arm"], units["cluster"]]).sum()
        total = sums.groupby(level=0).sum()
        mean = total["sum"] / total["size"]
        left = (sums["sum"] - sums["size"] * mean.reindex(sums.index, level=0)) ** 2
        size = sums.groupby(level=0).size()
        error = np.sqrt(left.groupby(level=0).sum() * size / (size - 1).clip(lower=1)) / total["size"]
        return pd.DataFrame({"mean": mean, "error": error})
    stratum = units["stratum"] if "stratum" in units else pd.Series(0, units.index)
    parts = units.groupby([stratum, "arm"])[value].agg(["mean", "var", "size"])
    share = stratum.value_counts(normalize=True).reindex(parts.index, level=0)
    variance = parts["var"].fillna(_of_lone_units(units, value, parts).reindex(parts.index, level=1))
    return pd.DataFrame(
        {
            "mean": (share * parts["mean"]).groupby(level=1).sum(),
            "error": np.sqrt((share**2 * variance / parts["size"]).groupby(level=1).sum()),
        }
    )


def _of_lone_units(units: pd.DataFrame, value: str, parts: pd.DataFrame) -> pd.Series:
    """The variance of an arm's unit that is alone in its stratum: that within the arm's other strata, or over all of them.

    A single unit has none of its own, and to leave it out would count it as known for sure; of pairs none would be left.
    """
    left = (parts["size"] - 1).groupby(level=1).sum()
    within = (parts["var"] * (parts["size"] - 1)).groupby(level=1).sum() / left
    return within.where(left > 0, units.groupby("arm")[value].var())


def plain_difference(units: pd.DataFrame, control: str, value: str) -> pd.DataFrame:
    """Compare plain means of `value` with the control's, one row per arm, control first.

    Columns: arm, mean, difference, standard_error, p05, p95 (of the difference, by the normal distribution).
    """
    table = _means_within(units, value)
    base = table.loc[control]
    table["difference"] = table["mean"] - base["mean"]
    table["standard_error"] = np.hypot(table.error, base.error)
    table.loc[control, ["difference", "standard_error"]] = 0.0
    table["p05"] = table.difference + special.ndtri(LOWER) * table.standard_error
    table["p95"] = table.difference + special.ndtri(UPPER) * table.standard_error
    arms = control_first(table.index, control)
    return table.loc[arms].drop(columns="error").rename_axis("arm").reset_index()


def plain_interval(row: pd.Series) -> Interval:
    """The difference of a row of `plain_difference` with its interval; it is its own median."""
    return Interval(row["difference"], row["p05"], row["difference"], row["p95"])


def _levels(values: np.ndarray, name: str) -> np.ndarray:
    """Standardised group means of log(1 + value / mean): at most GROUPS groups of equal size, zero apart."""
    if not np.isfinite(values).all() or (values < 0).any():
        raise StudyError(f"Covariate {name} has missing or negative values: it must be a number from 0 up.")
    if values.max() == 0:
        return values
    logs = np.log1p(values / values.mean())
    group = np.zeros(len(values), dtype=int)
    positive = values > 0
    if len(np.unique(values[positive])) <= GROUPS:
        group[positive] = 1 + np.unique(values[positive], return_inverse=True)[1]
    else:
        group[positive] = 1 + pd.qcut(values[positive], GROUPS, labels=False, duplicates="drop")
    means = np.bincount(group, logs) / np.maximum(np.bincount(group), 1)
    return _standardised(means[group])


def _standardised(values: np.ndarray) -> np.ndarray:
    spread = values.std()
    return np.round((values - values.mean()) / spread, 12) if spread > 0 else np.zeros(len(values))


def _predictor(part: str, centre: float, width: float, arm: np.ndarray, x: np.ndarray) -> TensorVariable:
    """Declare an arm's level and slopes in one part; return the linear predictor of rows with (arm, x)."""
    level = pm.Normal(f"{part}_level", centre, width, dims="arm")
    if not x.shape[1]:
        return level[arm]
    slope = pm.Normal(f"{part}_slope", 0, 0.5, dims=("covariate", "arm"))
    # Sums of products: a matrix product would take numba a minute longer to compile.
    return level[arm] + sum(slope[k][arm] * column for k, column in enumerate(x.T))


def linear(parameters: dict, part: str, arm: int, x: np.ndarray) -> np.ndarray:
    """Compute one part's linear predictor for all draws and cells of one arm, shape (draws, cells)."""
    level = parameters[f"{part}_level"][:, arm, None] + np.zeros(len(x))
    return level + parameters[f"{part}_slope"][:, :, arm] @ x.T if x.shape[1] else level
