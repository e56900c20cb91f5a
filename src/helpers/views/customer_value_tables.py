"""The tables of the value page, a row per segment."""

import pandas as pd

from helpers.clv.customer_value import EVERYONE
from helpers.inference.intervals import Interval, interval

SEGMENT_FORMATS = {
    "Margin last year": "money",
    "Value ahead": "money",
    "Share": "percent",
    "Per customer": "money",
}
POINT_FORMATS = {"Worth of one point": "money", "Per customer": "money", "Spent on retention so far": "money"}


def per_segment(totals: dict, sizes: dict[str, int], horizon_months: float) -> pd.DataFrame:
    """Segment, customers, mean, p05, p50, p95 of draws per segment, the largest first; for an artifact."""
    rows = [
        {"segment": name, "customers": size, **vars(interval(totals[name]))} for name, size in sizes.items()
    ]
    return (
        pd.DataFrame(rows)
        .sort_values("mean", ascending=False, ignore_index=True)
        .assign(horizon_months=horizon_months)
    )


def segment_table(table: pd.DataFrame) -> pd.DataFrame:
    """`per_segment` of value, with a column `current`, as it is shown; formats are SEGMENT_FORMATS."""
    total = table.set_index("segment").loc[EVERYONE, "mean"]
    shown = pd.DataFrame({"Segment": table["segment"], "Customers": table["customers"]})
    shown["Margin last year"], shown["Value ahead"] = table["current"], _intervals(table)
    return shown.assign(
        **{"Share": table["mean"] / total, "Per customer": table["mean"] / table["customers"]}
    )


def point_table(table: pd.DataFrame, spent: pd.Series) -> pd.DataFrame:
    """`per_segment` of one point of retention beside what retention has cost, as it is shown; formats are POINT_FORMATS.

    spent: cost of retention activities per segment.
    """
    shown = pd.DataFrame({"Segment": table["segment"], "Customers": table["customers"]})
    shown["Worth of one point"], shown["Per customer"] = _intervals(table), table["mean"] / table["customers"]
    cost = table["segment"].map(spent).fillna(0.0)
    return shown.assign(**{"Spent on retention so far": cost.mask(table["segment"] == EVERYONE, spent.sum())})


def _intervals(table: pd.DataFrame) -> list[Interval]:
    return [Interval(row.mean, row.p05, row.p50, row.p95) for row in table.itertuples(index=False)]
