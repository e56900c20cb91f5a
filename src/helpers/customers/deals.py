"""Deal-proneness: how much of what a customer buys is bought below its list price, and what such customers leave."""

from datetime import date, timedelta

import ibis
import pandas as pd

BELOW_LIST = 0.99  # of the list price; less counts as bought at a discount
FEWEST_LINES = 3  # a customer with fewer lines in the window says too little about habits
MOSTLY = 0.67  # share of a customer's purchases from which they are called deal-prone
HABITS = {
    "Full price": 0.0,
    "Now and then": 0.34,
    "Often": MOSTLY,
    "Mostly discounts": 1.0,
}  # up to this share


def per_customer(ledger: ibis.Table, as_of: date, window_days: int) -> pd.DataFrame:
    """Measure every customer's deals in the `window_days` up to `as_of`, over lines with a known list price.

    Columns: customer_id, lines, at_list (their value at list price), deal_share (of that value, what was bought below
    99 % of the list price), depth (mean discount on it, 0 without), revenue and margin (money of those lines; margin
    missing unless all of them have one). `list_price` is that of a piece, or of the line where it has no quantity.
    """
    inside = (ledger.order_date <= as_of) & (ledger.order_date > as_of - timedelta(days=window_days))
    value = ledger.list_price * ledger.quantity.fill_null(1.0)
    lines = ledger.mutate(at_list=value).filter(inside & (ledger.kind == "purchase"))
    lines = lines.filter((lines.at_list > 0) & (lines.revenue >= 0))
    deal = lines.revenue < BELOW_LIST * lines.at_list
    found = lines.group_by("customer_id").agg(
        lines=lines.count(),
        at_list=lines.at_list.sum(),
        deals=lines.at_list.sum(where=deal).fill_null(0.0),
        paid=lines.revenue.sum(where=deal).fill_null(0.0),
        revenue=lines.revenue.sum(),
        margin=ibis.ifelse(lines.margin.isnull().any(), None, lines.margin.sum()),
    )
    table = found.to_pandas()
    table["deal_share"] = table["deals"] / table["at_list"]
    table["depth"] = (1 - table["paid"] / table["deals"].where(table["deals"] > 0)).fillna(0.0)
    return table.drop(columns=["deals", "paid"])


def margins(ledger: ibis.Table, as_of: date, window_days: int) -> pd.Series:
    """Margin per customer in the `window_days` up to `as_of`; a customer with a line of unknown margin is missing."""
    inside = (ledger.order_date <= as_of) & (ledger.order_date > as_of - timedelta(days=window_days))
    lines = ledger.filter(inside)
    found = lines.group_by("customer_id").agg(
        margin=ibis.ifelse((lines.margin.isnull() & (lines.revenue != 0)).any(), None, lines.margin.sum())
    )
    return found.to_pandas().set_index("customer_id")["margin"].astype(float)


def habits(deals: pd.DataFrame, kind: pd.Series) -> pd.DataFrame:
    """Group customers of at least three lines by kind and by how much they buy at a discount: a row per habit.

    kind: a name per customer_id; kinds are kept apart because organizations have price lists and margins of their own.
    Columns: Kind, Habit, Customers, Revenue, Share of revenue (of the kind), Discount (mean, on what is bought below
    list), Margin (share of revenue; only where every line has one). Empty where nobody has three lines with list prices.
    """
    regular = deals[deals["lines"] >= FEWEST_LINES]
    if regular.empty:
        return pd.DataFrame()
    edges, names = [-1e-9, *(share + 1e-9 for share in HABITS.values())], list(HABITS)
    habit = pd.cut(regular["deal_share"], edges, labels=names).rename("Habit")
    groups = regular.groupby(
        [kind.reindex(regular["customer_id"]).set_axis(regular.index).rename("Kind"), habit], observed=True
    )
    table = pd.DataFrame({"Customers": groups.size(), "Revenue": groups["revenue"].sum()})
    table["Share of revenue"] = table["Revenue"] / table.groupby("Kind")["Revenue"].transform("sum")
    table["Discount"] = groups[["deal_share", "at_list", "depth"]].apply(_mean_depth)
    table["Margin"] = groups["margin"].sum(min_count=1) / table["Revenue"]
    table = table.reset_index().astype({"Habit": str})
    return table.drop(columns="Margin") if regular["margin"].isna().any() else table


def totals(deals: pd.DataFrame) -> dict[str, float]:
    """Return the share of all value, at list prices, that went at a discount, and how many buy mostly so."""
    at_list = deals["at_list"]
    share = float((deals["deal_share"] * at_list).sum() / at_list.sum()) if len(deals) else 0.0
    mostly = (deals["deal_share"] > MOSTLY) & (deals["lines"] >= FEWEST_LINES)
    return {"deals.share_of_value": share, "deals.mostly": int(mostly.sum())}


def _mean_depth(part: pd.DataFrame) -> float:
    """The discount on everything the group bought below list, weighted by its value at list price."""
    weight = part["deal_share"] * part["at_list"]
    return float((weight * part["depth"]).sum() / weight.sum()) if weight.sum() else 0.0
