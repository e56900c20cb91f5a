"""What the needs groups are like: names in words, who belongs to them, what they bring, and who moved."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.checks import LEAST, Check, check
from helpers.customers.needs import Counts, Mixture, encode, mean_memberships
from helpers.inference import small_groups
from helpers.inference.intervals import Interval, interval
from helpers.messages import message, percent

MOST_UNNAMED, MOST_UNKNOWN = 0.05, 0.35
FILL = message(
    "needs.fill", "Lines without a category say nothing about needs. Fill the column at the source."
)
ASK_THEM = message(
    "needs.ask_them",
    "Many bought too little to know their need: ask them, or wait for more purchases before treating them by need.",
)
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


@dataclass(frozen=True)
class Groups:
    """Customers and money per group, and the share of customers whose group is not known yet."""

    table: pd.DataFrame
    unknown: float

    @property
    def richest(self) -> pd.Series:
        """The group with the largest share of the money."""
        return self.table.loc[self.table["share_of_money"].idxmax()]

    @property
    def metrics(self) -> dict[str, float]:
        """The numbers under the names of run.json."""
        its = self.table.set_index("group")
        shares = {f"group.{name}.share_of_customers": one for name, one in its["share_of_customers"].items()}
        shares |= {f"group.{name}.share_of_revenue": one for name, one in its["share_of_money"].items()}
        return {"needs.not_known_yet_share": self.unknown} | shares


def check_known(groups: Groups) -> Check:
    """Ask whether the need of most customers is known."""
    value, threshold = percent(1 - groups.unknown), LEAST(number=percent(1 - MOST_UNKNOWN, 0))
    review = groups.unknown > MOST_UNKNOWN
    return check(
        "customers whose need is known", review=review, value=value, threshold=threshold, advice=ASK_THEM()
    )


def summarise(customers: pd.DataFrame, names: list[str], money: pd.Series) -> Groups:
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
    return Groups(table, float((customers["group"] == UNDECIDED).mean()))


@dataclass(frozen=True)
class ValueByNeed:
    """Shares of each value class (rows, best first) in each group; fields of too few customers are missing."""

    shares: pd.DataFrame

    @property
    def best(self) -> tuple[str, float] | None:
        """The group that holds most of the best class, with its share; None where no field may be shown."""
        top = self.shares.iloc[0].dropna()
        return (str(top.idxmax()), float(top.max())) if len(top) else None


def value_by_need(customers: pd.DataFrame, names: list[str], money: pd.Series, smallest: int) -> ValueByNeed:
    """Cross value class (rows) and group (columns).

    Value classes by money in falling order: the first fifth of the customers, the next three tenths, the rest.
    """
    own = money.reindex(customers["customer_id"]).fillna(0.0).to_numpy()
    place = np.argsort(np.argsort(-own, kind="stable"), kind="stable") / len(own)
    klass = np.array(VALUE_CLASSES)[(place >= 0.2).astype(int) + (place >= 0.5)]
    p = pd.DataFrame(probabilities(customers, names), columns=names)
    people = p.groupby(klass).sum().reindex(list(VALUE_CLASSES)).fillna(0.0)
    out = small_groups.hidden_fields(people, smallest)
    return ValueByNeed(people.div(people.sum(axis="columns"), axis="index").mask(out))


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


def profile(mixtures: list[Mixture], categories: list[str], names: list[str]) -> dict[str, list[Interval]]:
    """Each group's shares of its lines over the categories, with their uncertainty."""
    mixes = np.array([one.mix for one in mixtures])
    return {name: [interval(mixes[:, k, c]) for c in range(len(categories))] for k, name in enumerate(names)}


def largest(
    profile: dict[str, list[Interval]], categories: list[str], most: int = 3
) -> dict[str, list[tuple[str, Interval]]]:
    """The largest categories of each group, the largest first."""
    found = {}
    for name, mix in profile.items():
        order = np.argsort([-one.mean for one in mix])[:most]
        found[name] = [(categories[place], mix[place]) for place in order]
    return found


def check_categories(named: int, lines: int) -> Check:
    """Ask whether nearly all lines have a category."""
    share = 1 - named / max(lines, 1)
    value, threshold = percent(1 - share), LEAST(number=percent(1 - MOST_UNNAMED, 0))
    return check(
        "lines with a category", review=share > MOST_UNNAMED, value=value, threshold=threshold, advice=FILL()
    )
