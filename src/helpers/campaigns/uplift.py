"""One model of effects that differ: who buys, and what buyers spend, each arm's effect varying with what was known.

Columns come from `encoding`; every column may change the effect, all of them pooled towards "the same for everyone"
by a spread the data decides. Counts may be weights, so that folds and bootstrap samples need no second definition.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable
from scipy import special

from helpers.campaigns.experiment import pick_family
from helpers.checks import LEAST, Check, check
from helpers.errors import CannotAnswer, StudyError
from helpers.inference import sampler
from helpers.inference.intervals import Interval, interval
from helpers.messages import count, message

if TYPE_CHECKING:
    import xarray as xr

CONSTANT = "constant"
PARTS = ["buying", "spend"]
BUYING, SPEND = 0, 1
KEPT = 400
FEWEST_UNITS = 500  # in an arm, for differences between effects to be told from noise
FEW_UNITS = message(
    "uplift.few_units",
    "Differences between effects need far more units than an effect does: expect no proven ranking.",
)


@dataclass(frozen=True)
class Design:
    """A campaign as the model sees it.

    arms: control first. columns: names of x. family: of spend; "constant" where every buyer brings the same.
    x: (units, columns). arm, converted, revenue: one entry per unit. cell: the row of `cells` of each unit;
    cells: (cells, 2), arm and the first unit with these columns: equal units are one row with a count.
    """

    arms: list[str]
    columns: list[str]
    family: str
    x: np.ndarray
    arm: np.ndarray
    converted: np.ndarray
    revenue: np.ndarray
    cell: np.ndarray
    cells: np.ndarray

    @property
    def constant(self) -> float:
        """What a buyer brings where all bring the same."""
        return float(self.revenue.max())


@dataclass(frozen=True)
class Levels:
    """What each unit would do in each arm, each (draws, units, arms): share who convert, and money."""

    conversion: np.ndarray
    revenue: np.ndarray


def prepare(units: pd.DataFrame, x: np.ndarray, columns: list[str], arms: list[str]) -> Design:
    """Arrange units (arm, converted, revenue) and their columns for the model; control is the first arm."""
    converted = (units["buys"] if "buys" in units else units["converted"]).to_numpy(bool)
    if (units["revenue"] < 0).any():
        raise StudyError(
            f"{(units['revenue'] < 0).sum():,} units brought less than nothing: this notebook models amounts from 0 up. "
            "Give it the conversion alone (unit_outcomes), or an amount that is not negative."
        )
    if not converted.any():
        raise CannotAnswer("Nobody converted, in any arm: there is no effect to estimate.")
    if x.shape[1] == 0:
        raise CannotAnswer(
            "All covariates are the same for nearly everyone: there is nothing by which effects could differ."
        )
    arm = pd.Categorical(units["arm"], categories=arms).codes.astype(int)
    revenue = units["revenue"].to_numpy(float)
    spend = revenue[converted]
    same = np.ptp(spend) <= 1e-9 * spend.max()
    family = CONSTANT if same else pick_family(spend, arm[converted])
    _, first, cell = np.unique(np.column_stack([arm, x]), axis=0, return_index=True, return_inverse=True)
    cells = np.column_stack([arm[first], first])
    return Design(arms, columns, family, x, arm, converted, revenue, cell.ravel(), cells)


def counts(design: Design, weight: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """The data that changes with the weights of units (all 1 when None), as `sampler.exchange` takes it."""
    weight = np.ones(len(design.arm)) if weight is None else weight
    rows = len(design.cells)
    return {
        "assigned": np.bincount(design.cell, weight, rows),
        "bought": np.bincount(design.cell, weight * design.converted, rows),
        "times": weight[design.converted].astype(float),
    }


def build(design: Design) -> pm.Model:
    """Define the model: conversion (binomial, logit), and spend given conversion (lognormal or gamma).

    In each part, buying and spend, an arm has its level and a column k its slope b_k ~ Normal(0, 0.5) under
    control; in treated arm a the slope is b_k + s (z_k + z_ka / 2) with z ~ Normal(0, 1): what arms share counts
    more than what they do not. s says how much effects differ between customers, per standard deviation of a trait:
    lognormal, with 90 % between 0.03 and 0.32, so that the sampler meets no funnel at 0.
    Levels and spreads have the priors of `experiment.build`.
    """
    given = counts(design)
    rate = (given["bought"].sum() + 0.5) / (given["assigned"].sum() + 1)
    spend = design.revenue[design.converted]
    logs = np.log(spend)
    spread = max(float(logs.std()), 0.05)
    has_spend = design.family != CONSTANT
    names, arms = parts(design), len(design.arms)
    arm, first = design.cells.T
    rows, x = arm, design.x[first]
    if has_spend:  # both parts as one stack of rows: the graph compiles in half the time
        rows = np.concatenate([arm, arms + design.arm[design.converted]])
        x = np.vstack([x, design.x[design.converted]])
    centre, width = np.array([special.logit(rate), logs.mean()]), np.array([1.0, spread])
    coords = {"part": names, "arm": design.arms, "treated": design.arms[1:], "column": design.columns}
    with pm.Model(coords=coords) as model:
        data = {name: pm.Data(name, values) for name, values in given.items()}
        level = pm.Normal(
            "level", centre[: len(names), None], width[: len(names), None], dims=("part", "arm")
        )
        slope = pm.Normal("slope", 0, 0.5, dims=("part", "column"))
        differs = pm.LogNormal("differs", np.log(0.1), 0.7, dims="part")
        shared = pm.Normal("shared", 0, 1, dims=("part", "column"))
        own = pm.Normal("own", 0, 1, dims=("part", "treated", "column"))
        # Sums over zeros and ones put every treated arm's own part into its place; joining arrays compiles slowly.
        is_treated = (np.arange(arms) > 0)[:, None]
        place = (np.arange(arms)[:, None] == np.arange(1, arms)).astype(float)[:, :, None]
        mine = (own[:, None, :, :] * place).sum(axis=2)
        slopes = slope[:, None, :] + differs[:, None, None] * (shared[:, None, :] * is_treated + mine / 2)
        slopes = slopes.reshape((len(names) * arms, len(design.columns)))
        # One gather, one product, one sum: a matrix product would take numba a minute longer to compile.
        linear = level.flatten()[rows] + (slopes[rows] * x).sum(axis=1)
        logit = linear[: len(arm)]
        # Binomial without its constant, so that counts may be weights.
        pm.Potential("who_buys", (data["bought"] * logit - data["assigned"] * pt.softplus(logit)).sum())
        if has_spend:
            by_arm = pm.LogNormal("spend_spread", np.log(spread), 0.25, dims="arm")
            log_density = _log_density(
                design.family, linear[len(arm) :], by_arm[rows[len(arm) :] - arms], spend
            )
            pm.Potential("what_buyers_spend", (data["times"] * log_density).sum())
    return model


def parts(design: Design) -> list[str]:
    """The parts of the model: buying, and spend unless every buyer brings the same."""
    return PARTS[:1] if design.family == CONSTANT else PARTS


def differs(parameters: dict[str, np.ndarray], design: Design) -> dict[str, Interval]:
    """How much effects differ, per part: log-odds of buying, logarithms of spend, per standard deviation of a trait."""
    return {part: interval(parameters["differs"][:, i]) for i, part in enumerate(parts(design))}


def check_smallest_arm(units: pd.DataFrame) -> Check:
    """Ask whether the smallest arm has enough units for effects to be seen to differ; units: one row each, with arm."""
    smallest = int(units["arm"].value_counts().min())
    return check(
        "Units in the smallest arm",
        review=smallest < FEWEST_UNITS,
        value=count(smallest, "unit"),
        threshold=LEAST(number=count(FEWEST_UNITS, "unit")),
        advice=FEW_UNITS(),
    )


def levels(parameters: dict[str, np.ndarray], x: np.ndarray, family: str, constant: float) -> Levels:
    """What units with columns x would do in each arm.

    parameters: draws of each, the first axis. family: of spend; `constant`: what a buyer brings where it is "constant".
    """
    draws, _, arms = parameters["level"].shape
    conversion = np.empty((draws, len(x), arms))
    revenue = np.empty_like(conversion)
    for index in range(arms):
        buys = special.expit(_linear(parameters, BUYING, index, x))
        conversion[:, :, index] = buys
        if family == CONSTANT:
            revenue[:, :, index] = buys * constant
            continue
        spends = np.exp(_linear(parameters, SPEND, index, x))
        if family == "lognormal":
            spends *= np.exp(parameters["spend_spread"][:, index, None] ** 2 / 2)
        revenue[:, :, index] = buys * spends
    return Levels(conversion, revenue)


def parameters_of(tree: "xr.DataTree", kept: int = KEPT) -> dict[str, np.ndarray]:
    """Every parameter's draws, at most `kept` of them, evenly picked."""
    found = sampler.all_draws(tree)
    draws = len(next(iter(found.values())))
    picked = np.unique(np.linspace(0, draws - 1, min(kept, draws)).astype(int))
    return {name: values[picked] for name, values in found.items()}


def _log_density(
    family: str, mean_log: TensorVariable, spread: TensorVariable, spend: np.ndarray
) -> TensorVariable:
    """Log density of spend; of a lognormal that of its logarithm, which differs by a constant and compiles faster."""
    if family == "lognormal":
        return pm.logp(pm.Normal.dist(mean_log, spread), np.log(spend))
    return pm.logp(pm.Gamma.dist(spread**-2, spread**-2 * pm.math.exp(-mean_log)), spend)


def _linear(parameters: dict, part: int, arm: int, x: np.ndarray) -> np.ndarray:
    """One part's linear predictor of units with columns x in one arm, for all draws: shape (draws, units)."""
    slope = parameters["slope"][:, part]
    if arm:
        differs, own = parameters["differs"][:, part, None], parameters["own"][:, part, arm - 1]
        slope = slope + differs * (parameters["shared"][:, part] + own / 2)
    return parameters["level"][:, part, arm, None] + slope @ x.T
