"""Does the model know spend like that of the buyers? And what is done where it does not: the other family, then none."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from helpers.campaigns import clusters, experiment
from helpers.campaigns.clusters import Clustered
from helpers.checks import LEAST, Check, check
from helpers.inference import sampler
from helpers.messages import count, message, percent

if TYPE_CHECKING:
    import xarray as xr

STRANGE = (
    0.005  # share of replicates on one side of what was seen, below which the model does not know such data
)
FEWEST = 10  # buyers, counted by how evenly they spend, on whose plain average a verdict may rest
LOOK_AT_ORDERS = message(
    "experiment_model.look_at_orders",
    "Look at the largest orders: one may be an error, or worth its own line. Try the other spend_family. Where the mean of "
    "buyers' spend is not the model's, no verdict rests on it.",
)
AS_SEEN = message(
    "experiment_model.as_seen",
    "Buyers' spend has neither shape ({refuted}), so it is averaged as seen (Bayesian bootstrap). Different kinds of "
    "customers, such as firms and consumers, look like this: name their kind as a covariate, or read them apart.",
)
IN_DRAWS = message("spend_check.in_draws", "as far out in {share} of the model's draws")
FEW_DECIDE = message(
    "experiment_model.few_decide",
    "A handful of orders decides the average of an arm: no verdict rests on it. Look at them: one may be an error, or worth "
    "its own line.",
)
EVENLY = message("experiment_model.evenly", "{buyers} evenly spending")
EVEN_WEIGHT = message("spend_check.even_weight", "{units} of even weight")
LOOK_AT_LARGEST = message(
    "spend_check.look_at_largest",
    "Look at the largest values: one may be an error. Try the other spend_family. Where the mean is not the model's, no "
    "verdict rests on it.",
)
UNITS_DECIDE = message(
    "spend_check.units_decide",
    "A handful of units decides the outcome of an arm: no verdict rests on it. Look at them: one may be an error, or worth "
    "its own line.",
)
MONEY = "money"
# Names of the check, of money and of anything else.
SPEND, AMOUNTS = "spend of buyers", "outcome of single units"
BOTH = ("lognormal", "gamma")


@dataclass(frozen=True)
class Fitted:
    """A fitted model: its design, posterior and replicated spend, and the families that buyers' spend refuted before."""

    design: experiment.Design
    tree: "xr.DataTree"
    replicated: pd.DataFrame
    refuted: tuple[str, ...]

    @property
    def draws(self) -> experiment.ArmDraws:
        """Conversion, spend and money of every arm."""
        return experiment.arm_draws(self.tree, self.design)


def fit(
    units: pd.DataFrame, control: str, covariates: list[str], family: str = "auto", **sampling: Any
) -> Fitted:
    """Fit the model of the arms; with family "auto" the second family where the first is refuted, then the bootstrap.

    units: as `experiment.prepare` takes them. Fitted around the mode, which here is the same and faster, and by NUTS where
    the gate refuses that; sampling: as in `sampler.sample`.
    """
    design, seed = experiment.prepare(units, control, covariates, family), sampling.get("seed", 1)
    refuted: list[str] = []
    while True:
        tree = sampler.fit(experiment.build(design), method="laplace", **sampling)
        replicated = replicate_spend(tree, design, seed=seed)
        # A gamma has the mean of any data, so what refutes it is its largest value.
        said = check_spend(replicated).verdict
        if family != "auto" or said == "PASS" or (said == "REVIEW" and design.family == "lognormal"):
            return Fitted(design, tree, replicated, tuple(refuted))
        refuted.append(design.family)
        left = [one for one in BOTH if one not in refuted]
        design = replace(design, family=left[0] if left else experiment.BOOTSTRAP)


def fit_arms(
    units: pd.DataFrame, control: str, covariates: list[str], family: str = "auto", **sampling: Any
) -> "Fitted | Clustered":
    """Fit the model of the arms, or, where clusters were drawn by lot (column cluster), compare by clusters."""
    if "cluster" in units:
        many = sampling.get("draws", 1000) * sampling.get("chains", 2)
        return clusters.fit(units, control, many, sampling.get("seed", 1))
    return fit(units, control, covariates, family, **sampling)


def checks(fitted: "Fitted | Clustered", measure: str = MONEY) -> list[Check]:
    """Ask of a fitted model whether its draws and amounts can be trusted, and of clusters whether there are enough.

    measure: of the outcome (`unit_outcomes.MEASURES`). Where all amounts are the same, as of a conversion, none is asked.
    """
    if isinstance(fitted, Clustered):
        return [clusters.check_clusters(fitted)]
    asked = [sampler.check_sampling(fitted.tree)]
    return [*asked, check_fit(fitted, measure)] if np.ptp(fitted.design.spend) > 0 else asked


def check_fit(fitted: Fitted, measure: str = MONEY) -> Check:
    """Ask whether amounts are such as the model draws, or, averaged as seen, whether enough units carry them."""
    if fitted.design.family not in (experiment.BOOTSTRAP, experiment.NORMAL):
        return check_spend(fitted.replicated, measure)
    carried = min(_evenly(fitted.design, arm) for arm in range(len(fitted.design.arms)))
    few, in_money = carried < FEWEST, measure == MONEY
    who = "buyer" if in_money else "unit"
    decide = FEW_DECIDE() if in_money else UNITS_DECIDE()
    return check(
        SPEND if in_money else AMOUNTS,
        fail=few,
        review=bool(fitted.refuted),
        value=EVENLY(buyers=count(carried, who)) if in_money else EVEN_WEIGHT(units=count(carried, who)),
        threshold=LEAST(number=count(FEWEST, who)),
        advice=decide if few else AS_SEEN(refuted=", ".join(fitted.refuted) or experiment.BOOTSTRAP),
    )


def _evenly(design: experiment.Design, arm: int) -> float:
    """How many buyers of equal spend would make the arm's average as uncertain (Kish's effective number)."""
    spend = np.abs(design.spend[design.spend_arm == arm])
    return float(spend.sum() ** 2 / (spend**2).sum()) if len(spend) else 0.0


def replicate_spend(
    tree: "xr.DataTree", design: experiment.Design, replicates: int = 500, seed: int = 1
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
        if not here.any() or design.family in (experiment.CONSTANT, experiment.BOOTSTRAP, experiment.NORMAL):
            continue
        spend, cell = design.spend[here], design.spend_cell[here]
        means, largest = np.empty(replicates), np.empty(replicates)
        log_spend = experiment.linear(parameters, "spend", index, design.x)
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


def check_spend(replicated: pd.DataFrame, measure: str = MONEY) -> Check:
    """Ask whether the mean and the largest spend of buyers are such as the model draws (see `replicate_spend`)."""
    tails = replicated[["mean_tail", "largest_tail"]].astype(float)
    nearest = tails.where(tails < 0.5, 1 - tails)
    worst = float(nearest.min(axis=None)) if len(replicated) else 0.5
    return check(
        SPEND if measure == MONEY else AMOUNTS,
        fail=bool((nearest["mean_tail"] < STRANGE).any()),
        review=worst < STRANGE,
        value=IN_DRAWS(share=percent(worst)),
        threshold=LEAST(number=percent(STRANGE)),
        advice=LOOK_AT_ORDERS() if measure == MONEY else LOOK_AT_LARGEST(),
    )
