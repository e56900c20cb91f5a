"""What the needs groups are like: names in words, who belongs to them, what they bring, and who moved."""

from functools import partial

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from helpers.customers.needs import Counts, Mixture, encode, mean_memberships
from helpers.inference.intervals import Interval
from helpers.pages import wording

UNDECIDED = "not known yet"
VALUE_CLASSES = ("top 20 %", "next 30 %", "other half")


def group_names(mixtures: list[Mixture], categories: list[str], enough: float = 0.25) -> list[str]:
    """Name each group by its largest category, and its second largest where that holds `enough`."""
    names: list[str] = []
    for mix in np.mean([one.mix for one in mixtures], axis=0):
        first, second = np.argsort(-mix)[:2]
        name = categories[first]
        name = f"{name} and {categories[second]}" if mix[second] >= enough else name
        names.append(name if name not in names else f"{name} ({len(names) + 1})")
    return names


def assign(mixtures: list[Mixture], counts: Counts, names: list[str], certain: float) -> pd.DataFrame:
    """One row per customer: customer_id, group (`UNDECIDED` below `certain`), likeliest, and each group's probability."""
    probability = mean_memberships(mixtures, counts)[counts.row_of]
    likeliest = np.array(names)[probability.argmax(axis=1)]
    table = pd.DataFrame(probability, columns=[f"p_{name}" for name in names])
    group = np.where(probability.max(axis=1) >= certain, likeliest, UNDECIDED)
    table.insert(0, "customer_id", counts.table.index)
    table.insert(1, "group", group)
    table.insert(2, "likeliest", likeliest)
    return table


def probabilities(customers: pd.DataFrame, names: list[str]) -> np.ndarray:
    """The membership probabilities of `assign`, (customers, groups)."""
    return customers[[f"p_{name}" for name in names]].to_numpy()


def summarise(customers: pd.DataFrame, names: list[str], money: pd.Series) -> pd.DataFrame:
    """Return per group: group, customers (expected), known (surely in it), share_of_customers, share_of_money, money_each.

    A customer counts in each group with the membership's probability. money is indexed by customer_id.
    """
    p = probabilities(customers, names)
    own = money.reindex(customers["customer_id"]).fillna(0.0).to_numpy()
    table = pd.DataFrame({"group": names, "customers": p.sum(axis=0), "money": own @ p})
    table["known"] = [(customers["group"] == name).sum() for name in names]
    table["share_of_customers"] = table["customers"] / table["customers"].sum()
    table["share_of_money"] = table["money"] / own.sum() if own.sum() else 0.0
    table["money_each"] = table["money"] / table["customers"]
    return table


def value_by_need(
    customers: pd.DataFrame, names: list[str], money: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cross value class (rows) and group (columns): expected customers, and money.

    Value classes by money in falling order: the first fifth of the customers, the next three tenths, the rest.
    """
    own = money.reindex(customers["customer_id"]).fillna(0.0).to_numpy()
    place = np.argsort(np.argsort(-own, kind="stable"), kind="stable") / len(own)
    klass = np.array(VALUE_CLASSES)[(place >= 0.2).astype(int) + (place >= 0.5)]
    p = pd.DataFrame(probabilities(customers, names), columns=names)
    people = p.groupby(klass).sum().reindex(list(VALUE_CLASSES)).fillna(0.0)
    return people, p.mul(own, axis=0).groupby(klass).sum().reindex(list(VALUE_CLASSES)).fillna(0.0)


def moved(
    mixtures: list[Mixture], earlier: pd.DataFrame, later: pd.DataFrame, certain: float
) -> tuple[int, int]:
    """Count the customers whose group is certain in both periods, and those of them in another group in the later one.

    earlier and later: counts (customers x categories) with the same columns.
    """
    both = earlier.index.intersection(later.index)
    if both.empty:
        return 0, 0
    before, after = (
        mean_memberships(mixtures, found)[found.row_of]
        for found in map(encode, (earlier.loc[both], later.loc[both]))
    )
    sure = (before.max(axis=1) >= certain) & (after.max(axis=1) >= certain)
    return int(sure.sum()), int((before.argmax(axis=1) != after.argmax(axis=1))[sure].sum())


def agreement(customers: pd.DataFrame, truth: pd.DataFrame | None) -> dict[str, float]:
    """Adjusted Rand index against known groups (customer_id, needs_group): of everyone, and of those with a known group."""
    if truth is None:
        return {}
    known = truth.set_index("customer_id")["needs_group"].reindex(customers["customer_id"]).to_numpy()
    sure = (customers["group"] != UNDECIDED).to_numpy()
    return {
        "needs.adjusted_rand": adjusted_rand_score(known[sure], customers["likeliest"][sure]),
        "needs.adjusted_rand_everyone": adjusted_rand_score(known, customers["likeliest"]),
    }


def in_words(mix: list[Interval], categories: list[str], most: int = 3) -> str:
    """Say the largest categories of a group with their intervals."""
    order = np.argsort([-one.mean for one in mix])[:most]
    say = partial(wording.percent, places=0)
    return wording.listing([f"{categories[place]} {wording.estimate(mix[place], say)}" for place in order])
