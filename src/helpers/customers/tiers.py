"""Five exclusive value tiers by actual and potential value, each with its probability (Peppers and Rogers).

Within each draw, in this order: Below Zero (potential below 0: nothing makes it pay), Most Valuable (actual value above
its cut), Most Growable (potential minus actual above its cut), Migrator (actual value below 0, potential not), Maintain
(the rest). A tier's probability is its share of draws.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from helpers.errors import StudyError
from helpers.study.year import YEAR_WINDOW

TIERS = ("Most Valuable", "Most Growable", "Maintain", "Migrator", "Below Zero")
TREATMENTS = {
    "Most Valuable": "Keep them: first in service, own contact, no discounts they did not ask for.",
    "Most Growable": "Develop them: offer what their like already buy, and measure it with a control group.",
    "Maintain": "Serve them well at ordinary cost; no special effort.",
    "Migrator": "Make serving them cheaper: self-service, minimum orders, other terms.",
    "Below Zero": "Stop spending on them: no campaigns, terms that cover their cost.",
}
FORMATS = {"Expected number": "count", "Value ahead": "money", "Share": "percent"}
AGES = [-1, YEAR_WINDOW, 2 * YEAR_WINDOW, np.inf]  # days since the first purchase that count as one age
POTENTIAL = 0.8  # a customer could do as well as this share of their peers falls below


@dataclass(frozen=True)
class Cuts:
    """The two cuts in money: actual value of the Most Valuable, growth (potential minus actual) of the Most Growable."""

    value: float
    growth: float


def peers(kind: pd.Series, need: pd.Series, days_known: pd.Series, minimum: int = 10) -> pd.Series:
    """The group of peers of each customer: same kind, need and age; groups below `minimum` are joined to their kind."""
    age = np.digitize(days_known, AGES[1:-1], right=True)
    kind, need = kind.astype("str"), need.astype("str")
    label = kind + " / " + need + " / " + pd.Series(age, index=kind.index).astype("str")
    size = label.map(label.value_counts())
    return label.where(size >= minimum, kind)


def potential(expected: pd.Series, group: pd.Series, most: pd.Series | None = None) -> pd.Series:
    """What each customer could be worth: the 80th percentile of expected value among peers, never above `most`.

    Not causal: it says what peers do, not what a treatment would bring. most: where known, the value of everything the
    customer buys in the category; missing is no bound.
    """
    peer = expected.groupby(group).transform(lambda values: values.quantile(POTENTIAL))
    return peer if most is None else np.minimum(peer, most.fillna(np.inf))


def cuts_of(
    parts: Iterable[tuple[np.ndarray, np.ndarray]], could: np.ndarray, expected: pd.Series, share: float
) -> Cuts:
    """Cuts that `share` of the customers pass: in expected value, and in growth over customers and draws.

    parts: as `actual_value.actual_values` yields them; could: potential value, shape (customers,). Keep the cuts (the
    artifact value_tier_cuts) and give them to the next run, so that tiers compare over time.
    """
    if not 0 < share < 0.5:
        raise StudyError(f"tier_share is {share}; write 20 % as 0.20. Allowed: above 0, below 0.5.")
    grown = [(_reach(actual, could[members][:, None]) - actual).ravel() for members, actual in parts]
    return Cuts(float(expected.quantile(1 - share)), float(np.quantile(np.concatenate(grown), 1 - share)))


def tier_of(
    actual: np.ndarray, could: np.ndarray, cuts: Cuts, referred: np.ndarray | float = 0.0
) -> np.ndarray:
    """The tier of every customer and draw as a position in TIERS: shape of `actual`, (customers, draws).

    could: potential value, shape (customers, 1). Who has left in a draw (actual value 0) cannot be grown in it. referred:
    what the customers each one has referred are worth, shape (customers, 1): part of actual and of potential value.
    """
    reach = _reach(actual, could)
    worth = actual + referred
    conditions = [reach + referred < 0, worth > cuts.value, reach - actual > cuts.growth, worth < 0]
    return np.select(conditions, [4, 0, 1, 3], default=2)


def _reach(actual: np.ndarray, could: np.ndarray) -> np.ndarray:
    """Potential value per draw: never below the actual value, and 0 for who has left."""
    return np.where(actual == 0, 0.0, np.maximum(could, actual))


def probabilities(
    parts: Iterable[tuple[np.ndarray, np.ndarray]],
    could: np.ndarray,
    cuts: Cuts,
    customers: int,
    referred: np.ndarray | None = None,
) -> pd.DataFrame:
    """Probability of every tier and of a negative value per customer; parts: as `actual_value.actual_values` yields them.

    could, referred: shape (customers,), as for `tier_of`. Columns TIERS; p_negative: that actual value, given latent rates
    and state, is below 0; growth: mean of potential minus actual value over the draws.
    """
    table = np.zeros((customers, len(TIERS) + 2))
    referred = np.zeros(customers) if referred is None else referred
    for members, actual in parts:
        own, brought = could[members][:, None], referred[members][:, None]
        tier = tier_of(actual, own, cuts, brought)
        for place in range(len(TIERS)):
            table[members, place] = (tier == place).mean(axis=1)
        table[members, -2] = (actual + brought < 0).mean(axis=1)
        table[members, -1] = (_reach(actual, own) - actual).mean(axis=1)
    return pd.DataFrame(table, columns=[*TIERS, "p_negative", "growth"])


def movement(before: pd.Series, now: pd.Series) -> pd.DataFrame:
    """Share of each earlier tier's customers by tier today (rows before, columns now), with their number."""
    both = pd.DataFrame({"Before": before, "now": now}).dropna()
    counts = pd.crosstab(both["Before"], both["now"]).reindex(index=TIERS, columns=TIERS, fill_value=0)
    size = counts.sum(axis=1)
    return (
        counts.div(size.where(size > 0), axis=0)
        .assign(Customers=size)[["Customers", *TIERS]]
        .query("Customers > 0")
    )


def characteristics(attributes: pd.DataFrame, chance: pd.Series, minimum: int) -> pd.DataFrame:
    """Levels of attributes by how often their customers are Most Valuable: customers, share, times the base's share.

    attributes: text or true/false columns indexed like `chance`, the probability of being Most Valuable. Levels of fewer
    than `minimum` customers are left out. What goes together need not cause one another.
    """
    rows = []
    for name in attributes:
        values = attributes[name].astype("str").where(attributes[name].notna(), "not given")
        if not 2 <= values.nunique() <= 30:
            continue
        table = chance.groupby(values).agg(["size", "mean"])
        rows += [
            (f"{name}: {level}", int(row["size"]), row["mean"], row["mean"] / chance.mean())
            for level, row in table[table["size"] >= minimum].iterrows()
        ]
    table = pd.DataFrame(rows, columns=["Characteristic", "Customers", "Most Valuable", "Times the base"])
    return table.sort_values("Times the base", ascending=False, ignore_index=True)


def price_profit(realised: pd.Series, cost: pd.Series) -> pd.Series:
    """Four tiers by price realised and cost to serve, each above or below the base's median (Shapiro et al. 1987).

    realised: revenue over list price of each customer; cost: cost to serve over revenue. Missing where either is.
    """
    dear, costly = (
        realised >= realised.median(),
        cost > cost.median(),
    )  # most pay the full price: the median is in it
    names = np.select(
        [dear & ~costly, dear & costly, ~dear & costly],
        [
            "Passive: full price, cheap to serve",
            "Carriage trade: full price, dear to serve",
            "Aggressive: low price, dear to serve",
        ],
        "Bargain basement: low price, cheap to serve",
    )
    return pd.Series(names, index=realised.index).where(realised.notna() & cost.notna())


def category_bound(
    category_spend: pd.Series, money: pd.Series, horizon_months: float, rate: float
) -> pd.Series:
    """The value of all a customer buys in the category, from every supplier, over the horizon; missing where unknown.

    category_spend: a year's, estimated; money: what a unit of spend leaves; rate: yearly discount rate.
    """
    years = horizon_months / 12
    present = years if rate == 0 else (1 - (1 + rate) ** -years) / np.log1p(rate)
    return category_spend * money * present


def referral_value(referred_by: pd.Series, expected: pd.Series) -> pd.Series:
    """Expected value of the customers each one has referred; each referred customer counts once, for who referred them.

    referred_by: by customer_id; expected: by customer_id. Their value stays their own too: not to be added up with it.
    """
    brought = expected.groupby(referred_by.reindex(expected.index)).sum()
    return brought.reindex(expected.index).fillna(0.0)


def overview(chances: pd.DataFrame, expected: pd.Series) -> pd.DataFrame:
    """Per tier: customers whose most probable tier it is, expected number, their expected value and its share, treatment."""
    likely = chances[list(TIERS)].idxmax(axis=1)
    by_tier = expected.groupby(likely).sum().reindex(TIERS, fill_value=0.0)
    return pd.DataFrame(
        {
            "Tier": TIERS,
            "Customers": likely.value_counts().reindex(TIERS, fill_value=0).to_numpy(),
            "Expected number": chances[list(TIERS)].sum().to_numpy(),
            "Value ahead": by_tier.to_numpy(),
            "Share": (by_tier / expected.sum()).to_numpy(),
            "What to do": [TREATMENTS[tier] for tier in TIERS],
        }
    )


def cost_and_price(ledger: ibis.Table, costs: pd.DataFrame) -> pd.DataFrame:
    """Per customer: revenue, price realised (revenue over list price, where it is known) and cost to serve over revenue.

    ledger: columns customer_id, kind, revenue, list_price, quantity; costs: customer_id, cost. Customers without revenue
    are left out.
    """
    bought = ledger.filter(ledger.kind == "purchase")
    listed = bought.list_price * bought.quantity
    sums = bought.group_by("customer_id").agg(
        revenue=bought.revenue.sum().round(6),
        listed=listed.sum().round(6),
        paid=bought.revenue.sum(where=listed.notnull()).round(6),
    )
    table = sums.to_pandas().set_index("customer_id").sort_index()
    table = table[table["revenue"] > 0]
    spent = costs.groupby("customer_id")["cost"].sum().reindex(table.index).fillna(0.0)
    realised = (table["paid"] / table["listed"].where(table["listed"] > 0)).astype(float)
    return pd.DataFrame({"revenue": table["revenue"], "realised": realised, "cost": spent / table["revenue"]})
