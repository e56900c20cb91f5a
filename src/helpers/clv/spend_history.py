"""What repeat buyers have spent: how it is spread, who spent nothing, and whether it goes with frequency."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.clv.gamma_gamma import Dependence
from helpers.inference import small_groups
from helpers.messages import Message, decimals, message, money, percent, plain

MOST_WITHOUT = 0.02  # share of repeat buyers whose repeat orders brought nothing; more asks for a review
RARE = 0.05  # of the repeat buyers, whom a sentence sets apart from the others
STEADY = 0.01  # spread of spend, in logarithms, up to which it does not vary
BINS = 40  # ends of the classes of a histogram
STEPS = [0, 1, 2, 4, 8, np.inf]  # repeat purchases
STEP_NAMES = ["1", "2", "3-4", "5-8", "9 or more"]

SAME = message(
    "spend.same",
    "Every repeat order day brought the same amount, {amount}: this file says how often customers buy, not what they spend. "
    "All money counts purchases, at {amount} each.",
)
EACH_THE_SAME = message(
    "spend.each_the_same",
    "Each customer always spends the same; only customers differ. Their own amount is then known after one repeat purchase.",
)
UP_TO = message("spend.up_to", "up to {share}")
RANK = message("spend.rank", "rank correlation {correlation}")
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
    """Mean spend of repeat buyers: customers per class between `edges` (equal on a logarithmic axis), and the median.

    rare: what only the share `rare_share` of them spend more than.
    """

    edges: np.ndarray
    customers: np.ndarray
    median: float
    rare: float
    rare_share: float


@dataclass(frozen=True)
class Steadiness:
    """Whether spend varies: from one order day of a customer to the next, and between customers.

    amount: what every order day of everybody brought, None where that varies.
    """

    within: bool
    amount: float | None

    def said(self, currency: str) -> list[Message]:
        """What is to be said where spend does not vary, at all or within a customer; nothing elsewhere."""
        if self.amount is not None:
            return [SAME(amount=money(self.amount, currency))]
        return [EACH_THE_SAME()] if self.same_for_each else []

    @property
    def same_for_each(self) -> bool:
        """Whether each customer always spends the same."""
        return not self.within


def steadiness(logs: pd.DataFrame) -> Steadiness:
    """Ask whether spend varies by more than 1 %; logs: spend_days, mean_log and squares per customer (`log_summary`).

    Where nobody has two repeat order days, it cannot be seen not to vary within customers.
    """
    free = (logs["spend_days"] - 1).clip(lower=0).sum()
    within = free == 0 or np.sqrt(logs["squares"].sum() / free) > STEADY
    bought = logs.loc[logs["spend_days"] > 0, "mean_log"]
    alike = not within and len(bought) > 0 and bought.std(ddof=0) < STEADY
    return Steadiness(bool(within), float(np.exp(bought.mean())) if alike else None)


def spread(buyers: pd.DataFrame, smallest: int) -> Spread:
    """Count repeat buyers (see `gamma_gamma.repeat_spend`) by their mean spend per order day.

    The first and the last class hold all below and above that are fewer than `smallest`; classes between that hold fewer
    have the height of their neighbours together (`small_groups.evened`).
    """
    means = buyers["monetary_value"].sort_values()
    place = min(smallest, (len(means) + 1) // 2)
    low, high = means.iloc[place - 1], means.iloc[-place]
    around = 1.1 if high - low < STEADY * low else 1.0  # one amount gets classes around it
    customers, edges = np.histogram(
        means.clip(low, high), bins=np.geomspace(low / around, high * around, BINS)
    )
    rare = min(0.5, max(RARE, smallest / len(means)))
    evened = small_groups.evened(customers, smallest)
    return Spread(edges, evened, float(means.quantile(0.5)), float(means.quantile(1 - rare)), rare)


def without_spend(summary: pd.DataFrame, buyers: pd.DataFrame) -> int:
    """How many repeat buyers of the summary are not among `buyers`, because their repeat orders brought nothing."""
    return int((summary["x"] > 0).sum()) - len(buyers)


def check_without_spend(without: int, buyers: pd.DataFrame) -> Check:
    """Ask whether repeat buyers without any spend are few."""
    share = without / (without + len(buyers))
    limit = UP_TO(share=percent(MOST_WITHOUT, 0))
    return check(
        "repeat buyers without any spend",
        review=share > MOST_WITHOUT,
        value=percent(share),
        threshold=limit,
        advice=FREE_ORDERS(),
    )


def check_dependence(link: Dependence, limit: float) -> Check:
    """Ask whether spend is unrelated to frequency; limit: the rank correlation beyond which it is not."""
    return check(
        "spend unrelated to frequency",
        review=abs(link.correlation) > limit,
        value=RANK(correlation=decimals(link.correlation, 2)),
        threshold=WITHIN(limit=plain(limit)),
        advice=SHIFTED(),
    )


def by_frequency(buyers: pd.DataFrame) -> pd.DataFrame:
    """Spend per order day by number of repeat purchases: columns repeats, customers, median, mean."""
    steps = pd.cut(buyers["x"], STEPS, labels=STEP_NAMES)
    found = buyers.groupby(steps, observed=True)["monetary_value"].agg(["size", "median", "mean"])
    found = found.set_axis(["customers", "median", "mean"], axis=1)
    return found.set_axis(found.index.astype(str)).rename_axis("repeats").reset_index()
