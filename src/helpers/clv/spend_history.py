"""What repeat buyers have spent: how it is spread, who spent nothing, and whether it goes with frequency."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.clv.gamma_gamma import Dependence
from helpers.messages import message, plain

MOST_WITHOUT = 0.02  # share of repeat buyers whose repeat orders brought nothing; more asks for a review
BINS = 40  # ends of the classes of a histogram
STEPS = [0, 1, 2, 4, 8, np.inf]  # repeat purchases
STEP_NAMES = ["1", "2", "3-4", "5-8", "9 or more"]

UP_TO = message("spend.up_to", "up to {share}")
WITHIN = message("spend.within", "within ±{limit}")
FREE_ORDERS = message(
    "spend.free_orders",
    "Find out why these orders bring nothing; if they are no orders, leave them out with `where`.",
)
SHIFTED = message(
    "spend.shifted", "Values of the most frequent buyers are shifted: judge them by group, not one by one."
)


@dataclass(frozen=True)
class Spread:
    """Mean spend of repeat buyers: customers per class between `edges` (equal on a logarithmic axis), median and p95."""

    edges: np.ndarray
    customers: np.ndarray
    median: float
    p95: float


def spread(buyers: pd.DataFrame) -> Spread:
    """Count repeat buyers (see `gamma_gamma.repeat_spend`) by their mean spend per order day."""
    means = buyers["monetary_value"]
    customers, edges = np.histogram(means, bins=np.geomspace(means.min(), means.max(), BINS))
    return Spread(edges, customers, float(means.quantile(0.5)), float(means.quantile(0.95)))


def without_spend(summary: pd.DataFrame, buyers: pd.DataFrame) -> int:
    """How many repeat buyers of the summary are not among `buyers`, because their repeat orders brought nothing."""
    return int((summary["x"] > 0).sum()) - len(buyers)


def check_without_spend(without: int, buyers: pd.DataFrame) -> Check:
    """Ask whether repeat buyers without any spend are few."""
    share = without / (without + len(buyers))
    limit = UP_TO(share=plain(MOST_WITHOUT))
    return check(
        "repeat buyers without any spend",
        review=share > MOST_WITHOUT,
        value=share,
        threshold=limit,
        advice=FREE_ORDERS(),
    )


def check_dependence(link: Dependence, limit: float) -> Check:
    """Ask whether spend is unrelated to frequency; limit: the rank correlation beyond which it is not."""
    return check(
        "spend unrelated to frequency",
        review=abs(link.correlation) > limit,
        value=link.correlation,
        threshold=WITHIN(limit=plain(limit)),
        advice=SHIFTED(),
    )


def by_frequency(buyers: pd.DataFrame) -> pd.DataFrame:
    """Spend per order day by number of repeat purchases: columns repeats, customers, median, mean."""
    steps = pd.cut(buyers["x"], STEPS, labels=STEP_NAMES)
    found = buyers.groupby(steps, observed=True)["monetary_value"].agg(["size", "median", "mean"])
    found = found.set_axis(["customers", "median", "mean"], axis=1)
    return found.set_axis(found.index.astype(str)).rename_axis("repeats").reset_index()
