"""Four tiers by the share of the list price that customers pay and by what serving them costs (Shapiro et al. 1987)."""

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd


@dataclass(frozen=True)
class PriceTiers:
    """A row per tier, and how many of the customers with revenue are in one.

    table: tier, customers, revenue, price (mean of revenue over list price), cost (mean of cost to serve over revenue);
    empty where the ledger has no list prices. unrecorded: those in a tier for whom no cost to serve is recorded.
    """

    table: pd.DataFrame
    known: int
    customers: int
    unrecorded: int


def price_tiers(ledger: ibis.Table, costs: pd.DataFrame) -> PriceTiers:
    """Split the customers by price and cost to serve; arguments as in `cost_and_price`."""
    each = cost_and_price(ledger, costs)
    tier = price_profit(each["realised"], each["cost"])
    table = each.groupby(tier.rename("tier")).agg(
        customers=("revenue", "size"),
        revenue=("revenue", "sum"),
        price=("realised", "mean"),
        cost=("cost", "mean"),
    )
    unrecorded = int((tier.notna() & (each["cost"] == 0)).sum())
    return PriceTiers(table.reset_index(), int(tier.notna().sum()), len(each), unrecorded)


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
            "full price, little or no cost recorded",
            "full price, dear to serve",
            "low price, dear to serve",
        ],
        "low price, little or no cost recorded",
    )
    return pd.Series(names, index=realised.index).where(realised.notna() & cost.notna())
