"""Effects where whole clusters were drawn by lot (branches of a firm, stores, cities): the cluster is the unit of error.

Means are per customer: sums of clusters over their customers. With 20 clusters in every arm or more they are drawn by the
Bayesian bootstrap over clusters (Rubin 1981); with fewer by a t distribution with (clusters - 1) degrees of freedom around
the ratio of sums, from the spread of what clusters bring beyond it; with fewer than four there is no answer. Clusters that
were drawn within strata are weighted, so that every arm has the strata of all.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.campaigns import within_strata
from helpers.campaigns.experiment import ArmDraws
from helpers.campaigns.lots import control_first
from helpers.checks import Check, check
from helpers.errors import CannotAnswer
from helpers.messages import count, decimals, message

FEW, FEWEST = (
    20,
    4,
)  # clusters in an arm below which a t distribution is used, and below which nothing is said
FEW_CLUSTERS = message(
    "clusters.few",
    "Arm {arm} has {clusters}: what such few clusters say hangs on each of them. Draw more clusters before rolling out.",
)
SO_MANY = message("clusters.so_many", "{clusters} in the smallest arm; design effect {effect}")
AT_LEAST = message("clusters.at_least", "{clusters} or more")


@dataclass(frozen=True)
class Clustered:
    """Effects by clusters: draws per arm, clusters per arm and in all, the design effect.

    design_effect: variance of the difference by clusters over that of customers taken one by one.
    """

    draws: ArmDraws
    sizes: pd.Series
    clusters: int
    design_effect: float


def drawn_together(customers: pd.Series, parent: pd.Series, arm: pd.Series) -> bool:
    """Say whether branches (customers of one parent) were assigned as one: at least five parents, none with two arms."""
    firms = arm.groupby(parent.where(parent.notna(), customers))
    several = firms.nunique()[firms.size() > 1]
    return len(several) >= 5 and bool((several == 1).all())


def fit(units: pd.DataFrame, control: str, draws: int, seed: int = 1) -> Clustered:
    """Draw share and money per customer of every arm; units: arm, cluster, converted, revenue, one row each."""
    arms, rng = control_first(units["arm"], control), np.random.default_rng(seed)
    parts = pd.DataFrame(
        {
            "n": 1.0,
            "response": units["converted"].astype(float),
            "buys": (units["revenue"] != 0).astype(float),
            "revenue": units["revenue"].astype(float),
        }
    )
    parts = parts.mul(within_strata.weights(units), axis=0)
    sums = parts.groupby([units["arm"].astype(str), units["cluster"]]).sum()
    sizes = sums.groupby(level=0).size()[arms]
    for arm, size in sizes.items():
        if size < FEWEST:
            raise CannotAnswer(
                f"Arm {arm} has {size} clusters, and a cluster was drawn as one, so nothing tells the "
                f"campaign from the cluster. At least {FEWEST} per arm are needed, {FEW} are better."
            )
    together = bool(
        (sums.groupby(level=1).size() > 1).any()
    )  # clusters with both arms keep one weight for both
    weights = _weights(sums, rng, draws) if sizes.min() >= FEW else None
    made = {
        name: np.column_stack([_means(sums.loc[arm], name, weights, rng, draws) for arm in arms])
        for name in ("response", "buys", "revenue")
    }
    spend = made["revenue"] / np.where(made["buys"] > 0, made["buys"], 1.0)
    drawn = ArmDraws(arms, made["buys"], spend, made["revenue"], made["response"])
    effect = 1.0 if together else _design_effect(units, sums, arms)
    return Clustered(drawn, sizes, units["cluster"].nunique(), effect)


def check_clusters(found: Clustered) -> Check:
    """Ask whether every arm has enough clusters."""
    fewest = int(found.sizes.min())
    said = count(fewest, "cluster")
    return check(
        "Clusters in the smallest arm",
        review=fewest < FEW,
        value=SO_MANY(clusters=said, effect=decimals(found.design_effect, 1)),
        threshold=AT_LEAST(clusters=count(FEW)),
        advice=FEW_CLUSTERS(arm=str(found.sizes.idxmin()), clusters=said),
    )


def _weights(sums: pd.DataFrame, rng: np.random.Generator, draws: int) -> pd.DataFrame:
    """One weight per cluster and draw, the same in both arms where a cluster has both: clusters in rows."""
    names = sums.index.get_level_values(1).unique()
    return pd.DataFrame(rng.standard_exponential((len(names), draws)), index=names)


def _means(
    own: pd.DataFrame, name: str, weights: pd.DataFrame | None, rng: np.random.Generator, draws: int
) -> np.ndarray:
    n, total = own["n"].to_numpy(), own[name].to_numpy()
    if weights is not None:
        w = weights.loc[own.index].to_numpy()
        return (total @ w) / (n @ w)
    mean, size = total.sum() / n.sum(), len(n)
    error = np.sqrt(size / (size - 1) * ((total - mean * n) ** 2).sum()) / n.sum()
    return mean + error * rng.standard_t(size - 1, draws)


def _design_effect(units: pd.DataFrame, sums: pd.DataFrame, arms: list[str]) -> float:
    """Of the outcome's mean: the amount, or the share where no amount differs from it."""
    by_cluster, one_by_one = 0.0, 0.0
    for arm in arms:
        own = sums.loc[arm]
        values = units.loc[units["arm"].astype(str) == arm, "revenue"].astype(float)
        n, total = own["n"].to_numpy(), own["revenue"].to_numpy()
        mean, size = total.sum() / n.sum(), len(n)
        by_cluster += size / (size - 1) * ((total - mean * n) ** 2).sum() / n.sum() ** 2
        one_by_one += values.var(ddof=1) / len(values)
    return float(by_cluster / one_by_one) if one_by_one > 0 else 1.0
