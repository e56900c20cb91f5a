"""One model for an experiment with any number of arms: who buys, and how much those who buy spend.

Both parts see the arm and what the customer did before. Money per assigned customer is their product,
averaged over all assigned customers as if each had been in each arm (g-computation, Robins 1986).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pymc as pm
from pytensor.tensor.variable import TensorVariable
from scipy import special, stats

from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.inference import sampler
from helpers.inference.intervals import LOWER, UPPER
from helpers.messages import message

if TYPE_CHECKING:
    import xarray as xr

GROUPS = 20
FAMILIES = ("auto", "lognormal", "gamma")
CONSTANT = "constant"  # every buyer brings the same: there is no spend to model
CHUNK = 4_000_000
STRANGE = (
    0.005  # share of replicates on one side of what was seen, below which the model does not know such data
)
LOOK_AT_ORDERS = message(
    "experiment_model.look_at_orders",
    "Look at the largest orders: one may be an error, or worth its own line. Try the other spend_family. Where the mean of "
    "buyers' spend is not the model's, no verdict rests on it.",
)


@dataclass(frozen=True)
class Design:
    """An experiment as the model sees it: equal customers of an arm are one row with counts.

    arms: control first. covariates: names. family: of spend. x: (cells, covariates), standardised. customers
    and converted: (arms, cells). spend, spend_arm, spend_cell: one entry per customer who bought.
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


@dataclass(frozen=True)
class ArmDraws:
    """Posterior draws per arm, each of shape (draws, arms), control first.

    conversion: share of assigned customers who buy; spend: money per customer who buys; revenue: money per
    customer assigned, their product over the covariates.
    """

    arms: list[str]
    conversion: np.ndarray
    spend: np.ndarray
    revenue: np.ndarray


def prepare(units: pd.DataFrame, control: str, covariates: list[str], family: str = "auto") -> Design:
    """Arrange one row per customer (arm, converted, revenue, covariates) for the model.

    family: of spend, "lognormal" or "gamma"; "auto" takes the one under which buyers' spend is likelier.

    A covariate is known by its group of equal size (at most 20, zero is its own) and enters as the group's
    mean of log(1 + value / mean), standardised. So equal customers become one row with a count, and the
    likelihood of those rows is that of the customers themselves.
    """
    arms = [control, *sorted(set(units.arm) - {control})]
    if family not in FAMILIES:
        raise StudyError(f"spend_family is {family!r}: choose one of {', '.join(FAMILIES)}.")
    if not units.converted.any():
        raise StudyError("Nobody bought in the window, in any arm: there is no effect to estimate.")
    x, cell = np.zeros((1, 0)), np.zeros(len(units), dtype=int)
    if covariates:
        levels = np.column_stack([_levels(units[name].to_numpy(float), name) for name in covariates])
        x, cell = np.unique(levels, axis=0, return_inverse=True)
    cell = cell.ravel()
    arm = pd.Categorical(units.arm, categories=arms).codes.astype(int)
    converted = units.converted.to_numpy(bool)
    customers, bought = np.zeros((len(arms), len(x))), np.zeros((len(arms), len(x)))
    np.add.at(customers, (arm, cell), 1)
    np.add.at(bought, (arm, cell), converted)
    spend, spend_arm = units.revenue.to_numpy(float)[converted], arm[converted]
    if np.ptp(spend) <= 1e-9 * spend.max():
        family = CONSTANT
    elif family == "auto":
        family = pick_family(spend, spend_arm)
    return Design(arms, list(covariates), family, x, customers, bought, spend, spend_arm, cell[converted])


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
    rate = (design.converted.sum() + 0.5) / (design.customers.sum() + 1)
    logs = np.log(design.spend)
    spread = max(float(logs.std()), 0.05)
    arm, cell = np.nonzero(design.customers)
    with pm.Model(coords={"arm": design.arms, "covariate": design.covariates}) as model:
        logit = _predictor("conversion", special.logit(rate), 1.0, arm, design.x[cell])
        pm.Binomial(
            "converted", design.customers[arm, cell], logit_p=logit, observed=design.converted[arm, cell]
        )

        if design.family == CONSTANT:
            return model
        x = design.x[design.spend_cell]
        log_spend = _predictor("spend", logs.mean(), spread, design.spend_arm, x)
        by_arm = pm.LogNormal("spend_spread", np.log(spread), 0.25, dims="arm")[design.spend_arm]
        if design.family == "lognormal":
            pm.LogNormal("spend", log_spend, by_arm, observed=design.spend)
        else:
            shape = by_arm**-2
            pm.Gamma("spend", shape, shape * pm.math.exp(-log_spend), observed=design.spend)
    return model


def arm_draws(tree: "xr.DataTree", design: Design) -> ArmDraws:
    """Average conversion, spend and money over all assigned customers, as if all had been in each arm."""
    weights = design.customers.sum(axis=0) / design.customers.sum()
    parameters = sampler.all_draws(tree)
    draws = len(parameters["conversion_level"])
    conversion, revenue = np.empty((draws, len(design.arms))), np.empty((draws, len(design.arms)))
    step = max(1, CHUNK // len(weights))
    for start in range(0, draws, step):
        part = {name: values[start : start + step] for name, values in parameters.items()}
        for arm in range(len(design.arms)):
            buys = special.expit(_linear(part, "conversion", arm, design.x))
            constant = design.family == CONSTANT
            spends = design.spend.max() if constant else np.exp(_linear(part, "spend", arm, design.x))
            if design.family == "lognormal":
                spends *= np.exp(part["spend_spread"][:, arm, None] ** 2 / 2)
            conversion[start : start + step, arm] = buys @ weights
            revenue[start : start + step, arm] = (buys * spends) @ weights
    return ArmDraws(design.arms, conversion, revenue / conversion, revenue)


def replicate_spend(
    tree: "xr.DataTree", design: Design, replicates: int = 500, seed: int = 1
) -> pd.DataFrame:
    """Compare buyers' spend with spend drawn from the model: mean and largest value of each arm.

    Columns: arm, buyers, mean, predicted_mean, mean_tail (share of replicates with a mean at least as
    large), largest, predicted_largest (median), largest_tail. A tail near 0 or 1: the model does not know
    such data.
    """
    rng = np.random.default_rng(seed)
    parameters = sampler.all_draws(tree)
    picked = rng.integers(len(parameters["conversion_level"]), size=replicates)
    parameters = {name: values[picked] for name, values in parameters.items()}
    rows = []
    for index, arm in enumerate(design.arms):
        here = design.spend_arm == index
        if not here.any() or design.family == CONSTANT:
            continue
        spend, cell = design.spend[here], design.spend_cell[here]
        means, largest = np.empty(replicates), np.empty(replicates)
        log_spend = _linear(parameters, "spend", index, design.x)
        for i in range(replicates):
            spread = parameters["spend_spread"][i, index]
            if design.family == "lognormal":
                drawn = rng.lognormal(log_spend[i, cell], spread)
            else:
                drawn = rng.gamma(spread**-2, np.exp(log_spend[i, cell]) * spread**2)
            means[i], largest[i] = drawn.mean(), drawn.max()
        mean_tail, largest_tail = (means >= spend.mean()).mean(), (largest >= spend.max()).mean()
        row = (arm, here.sum(), spend.mean(), means.mean(), mean_tail)
        rows.append((*row, spend.max(), np.median(largest), largest_tail))
    names = [
        "arm",
        "buyers",
        "mean",
        "predicted_mean",
        "mean_tail",
        "largest",
        "predicted_largest",
        "largest_tail",
    ]
    return pd.DataFrame(rows, columns=names)


def check_spend(replicated: pd.DataFrame) -> Check:
    """Ask whether the mean and the largest spend of buyers are such as the model draws (see `replicate_spend`)."""
    tails = replicated[["mean_tail", "largest_tail"]].astype(float)
    nearest = tails.where(tails < 0.5, 1 - tails)
    worst = float(nearest.min(axis=None)) if len(replicated) else 0.5
    return check(
        "spend of buyers",
        fail=bool((nearest["mean_tail"] < STRANGE).any()),
        review=worst < STRANGE,
        value=worst,
        threshold=STRANGE,
        advice=LOOK_AT_ORDERS(),
    )


def plain_difference(units: pd.DataFrame, control: str, value: str) -> pd.DataFrame:
    """Compare plain means of `value` with the control's, one row per arm, control first.

    Columns: arm, mean, difference, standard_error, p05, p95 (of the difference, by the normal distribution).
    """
    groups = units.groupby("arm")[value]
    table = pd.DataFrame({"mean": groups.mean(), "error": groups.std() / np.sqrt(groups.size())})
    base = table.loc[control]
    table["difference"] = table["mean"] - base["mean"]
    table["standard_error"] = np.hypot(table.error, base.error)
    table.loc[control, ["difference", "standard_error"]] = 0.0
    table["p05"] = table.difference + special.ndtri(LOWER) * table.standard_error
    table["p95"] = table.difference + special.ndtri(UPPER) * table.standard_error
    arms = [control, *sorted(set(table.index) - {control})]
    return table.loc[arms].drop(columns="error").rename_axis("arm").reset_index()


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
    spread = means[group].std()
    return (
        np.round((means[group] - means[group].mean()) / spread, 12) if spread > 0 else np.zeros(len(values))
    )


def _predictor(part: str, centre: float, width: float, arm: np.ndarray, x: np.ndarray) -> TensorVariable:
    """Declare an arm's level and slopes in one part; return the linear predictor of rows with (arm, x)."""
    level = pm.Normal(f"{part}_level", centre, width, dims="arm")
    if not x.shape[1]:
        return level[arm]
    slope = pm.Normal(f"{part}_slope", 0, 0.5, dims=("covariate", "arm"))
    # Sums of products: a matrix product would take numba a minute longer to compile.
    return level[arm] + sum(slope[k][arm] * column for k, column in enumerate(x.T))


def _linear(parameters: dict, part: str, arm: int, x: np.ndarray) -> np.ndarray:
    """Compute one part's linear predictor for all draws and cells of one arm, shape (draws, cells)."""
    level = parameters[f"{part}_level"][:, arm, None] + np.zeros(len(x))
    return level + parameters[f"{part}_slope"][:, :, arm] @ x.T if x.shape[1] else level
