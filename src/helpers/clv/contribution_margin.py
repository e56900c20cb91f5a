"""From revenue to money that stays: margin, returns, bad debt and cost to serve, as the data shows them, per group."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from helpers.clv.customer_value import EVERYONE, Terms
from helpers.clv.time_units import DAYS_PER
from helpers.errors import StudyError
from helpers.study.year import YEAR_WINDOW

OVERDUE_DAYS = 90  # a purchase unpaid for longer than this is counted as bad debt
SERVING = ("service", "retention")  # activities that are cost to serve; acquisition is not
FROM_DATA, STATED = "the data", "the study's own statement"


def shares(ledger: ibis.Table, as_of: date, margin: float, group: pd.Series | None = None) -> pd.DataFrame:
    """Return per group margin, returned and unpaid as shares of revenue, and where the margin comes from.

    group: each customer's group, indexed by customer_id; None is one group, EVERYONE. margin: the share used where the
    lines that state one hold less than half of a group's revenue; goods lost with returned orders are taken off it.
    returned: returns without a known order (those with one are already taken off it). unpaid: of purchases older than
    OVERDUE_DAYS, where the data says when lines are paid.
    StudyError when a group's own margin is not above 0 and at most 1: then a column is not what it says.
    """
    bought, stated = ledger.kind == "purchase", ledger.margin.notnull()
    old = bought & (ledger.order_date <= as_of - timedelta(days=OVERDUE_DAYS))
    sums = {
        "revenue": ledger.revenue.sum(where=bought),
        "known": ledger.revenue.sum(where=bought & stated),
        "margin": ledger.margin.sum(where=(bought | (ledger.kind == "returned")) & stated),
        "returned": -ledger.revenue.sum(where=ledger.kind == "return"),
        "old": ledger.revenue.sum(where=old),
        "paid": ledger.revenue.sum(where=old & ledger.paid_at.notnull()),
    }
    table = ledger.group_by("customer_id").agg(**sums).to_pandas().set_index("customer_id").fillna(0.0)
    label = EVERYONE if group is None else group.reindex(table.index)
    table = table.groupby(pd.Series(label, index=table.index)).sum()
    known = table["known"] >= 0.5 * table["revenue"]
    own = (table["margin"] / table["known"].where(known)).fillna(margin)
    for name in own.index[known & ~own.between(0, 1, inclusive="right")]:
        raise StudyError(
            f"The margin in the data is {own[name]:.2f} of revenue ({name}); it must lie above 0 and not above 1. "
            "Check the columns `margin` (money per line) and `cost`, or leave them out and state `margin`."
        )
    says_paid = table["paid"].sum() > 0
    return pd.DataFrame(
        {
            "margin": own,
            "source": np.where(known, FROM_DATA, STATED),
            "returned": _part(table["returned"], table["revenue"]),
            "unpaid": _part(table["old"] - table["paid"], table["old"]) if says_paid else 0.0,
        }
    )


def cost_to_serve(
    costs: pd.DataFrame, summary: pd.DataFrame, alive: pd.Series, as_of: date, time_unit: str
) -> pd.Series:
    """Return per group the cost of serving one active customer for a month, over the last year.

    costs: `serving`; summary: x, t_x, T (and group) by customer_id; alive:
    P(alive) at `as_of`. A customer counts as active until the last purchase, and from then on with P(alive).
    """
    scale = DAYS_PER[time_unit]
    label = summary["group"] if "group" in summary else pd.Series(EVERYONE, index=summary.index)
    since_first, since_last = summary["T"] * scale, (summary["T"] - summary["t_x"]) * scale
    sure = (since_first.clip(upper=YEAR_WINDOW) - since_last).clip(lower=0)
    months = (sure + alive.reindex(summary.index) * since_last.clip(upper=YEAR_WINDOW)) / DAYS_PER["month"]
    when = pd.to_datetime(costs["at"])
    end = pd.Timestamp(as_of) + pd.Timedelta(days=1)
    year = costs[(when >= end - pd.Timedelta(days=YEAR_WINDOW)) & (when < end)]
    spent = year["cost"].groupby(year["customer_id"].map(label)).sum().reindex(label.unique(), fill_value=0.0)
    months = months.groupby(label).sum()
    return (spent / months.where(months > 0)).fillna(0.0).clip(lower=0.0)


def serving(activities: pd.DataFrame | None, tickets: pd.DataFrame | None) -> pd.DataFrame:
    """What serving customers has cost: customer_id, at and cost of service and retention activities and of tickets."""
    columns, parts = ["customer_id", "at", "cost"], []
    if activities is not None:
        parts.append(activities[activities["kind"].isin(SERVING)])
    if tickets is not None:
        parts.append(tickets.rename(columns={"opened_at": "at"}))
    rows = [part[columns] for part in parts if len(part)]
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)


def complete(
    table: pd.DataFrame,
    served: pd.Series,
    cost_per_month: float,
    horizon_months: float,
    annual_discount_rate: float,
) -> pd.DataFrame:
    """`shares` with the columns cost, horizon_months and annual_discount_rate: what `terms_of` needs.

    served: `cost_to_serve` per group; cost_per_month: what serving costs beyond it.
    """
    cost = cost_per_month + served.reindex(table.index).fillna(0.0)
    return table.assign(cost=cost, horizon_months=horizon_months, annual_discount_rate=annual_discount_rate)


def metrics(table: pd.DataFrame) -> dict[str, float]:
    """Return the shares and the cost of every group under the names of run.json."""
    names = ("margin", "returned", "unpaid", "cost")
    return {f"{name}.{group}": value for name in names for group, value in table[name].items()}


def terms_of(table: pd.DataFrame) -> Terms:
    """Turn what `complete` returns into the terms of every group."""
    names = ["horizon_months", "annual_discount_rate", "margin", "cost", "returned", "unpaid"]
    own = {name: Terms(*row) for name, row in zip(table.index, table[names].to_numpy(), strict=True)}
    first = next(iter(own.values()))
    if list(own) == [EVERYONE]:
        return first
    return Terms(first.horizon_months, first.annual_discount_rate, first.margin, groups=own)


def _part(some: pd.Series, whole: pd.Series) -> pd.Series:
    return (some / whole.where(whole > 0)).fillna(0.0).clip(0.0, 0.99)


def margin_of_year(
    ledger: ibis.Table, as_of: date, table: pd.DataFrame, group: pd.Series | None = None
) -> pd.Series:
    """Margin each customer brought in the year up to `as_of`: revenue net of returns times the margin in `shares`."""
    year = ledger.filter(ledger.order_date > as_of - timedelta(days=YEAR_WINDOW))
    revenue = (
        year.group_by("customer_id")
        .agg(revenue=year.revenue.sum())
        .to_pandas()
        .set_index("customer_id")["revenue"]
    )
    if group is None:
        return revenue * table.loc[EVERYONE, "margin"]
    return (revenue * group.reindex(revenue.index).map(table["margin"])).dropna()


def margin_share(ledger: ibis.Table, otherwise: float) -> tuple[float, str]:
    """Return the margin of the whole base as a share of revenue and where it comes from: the data, or `otherwise`."""
    row = shares(ledger, date.max, otherwise).iloc[0]
    return float(row["margin"]), str(row["source"])


def return_share(ledger: ibis.Table) -> float:
    """Return the share of the whole base's purchase revenue that came back in returns without a known order."""
    return float(shares(ledger, date.max, 1.0)["returned"].iloc[0])
