"""What the customers of a campaign bought since their assignment, phase by phase, and whether that is long enough."""

from datetime import date

import ibis
import numpy as np
import pandas as pd

RECOVERY_WINDOWS = 1.5
GAPS_TO_IDENTIFY = 2.0


def follow(
    units: pd.DataFrame, ledger: ibis.Table, as_of: date, margin_share: float, recovery_days: int = 0
) -> pd.DataFrame:
    """Add to units of one campaign what they bought in each segment since the assignment.

    units: one row per customer (customer_id, assigned_date, window_days, ...), as `outcomes.outcomes` returns.
    recovery_days: days after the window in which purchases brought forward are missing; 0 takes 1.5 windows. Columns
    added: days_k (days of segment k that `as_of` lets us see), n_k (purchase days) and margin_k, k from 0 to 3, where
    margin is `margin_share` of revenue for lines that state none.
    """
    seen = (pd.Timestamp(as_of) - units["assigned_date"]).dt.days + 1
    recovered = units["window_days"] + (
        recovery_days or (RECOVERY_WINDOWS * units["window_days"]).round().astype(int)
    )
    middle = (recovered + seen + 1) // 2
    ends = np.column_stack([units["window_days"], recovered, np.maximum(middle, recovered), seen])
    ends = np.maximum.accumulate(np.minimum(ends, np.maximum(seen, 0).to_numpy()[:, None]), axis=1)
    edges = pd.DataFrame(ends, columns=[f"end_{k}" for k in range(4)], index=units.index)
    assigned = ibis.memtable(
        edges.assign(
            customer_id=units["customer_id"].astype("string"), assigned_date=units["assigned_date"].dt.date
        )
    ).mutate(assigned_date=ibis._.assigned_date.cast("date"))
    lines = ledger.filter((ledger.order_date <= as_of) & (ledger.kind == "purchase"))
    lines = lines.inner_join(assigned, "customer_id")
    day = lines.order_date.delta(lines.assigned_date, unit="day")
    lines = lines.mutate(day=day, money=ibis.coalesce(lines.margin, lines.revenue * margin_share))
    inside = lines.filter((lines.day >= 0) & (lines.day < lines.end_3))
    segment = (
        (inside.day >= inside.end_0).cast("int")
        + (inside.day >= inside.end_1).cast("int")
        + (inside.day >= inside.end_2).cast("int")
    )
    bought = (
        inside.group_by("customer_id", segment=segment)
        .agg(n=inside.order_date.nunique(), margin=inside.money.sum())
        .to_pandas()
        .pivot(index="customer_id", columns="segment", values=["n", "margin"])
    )
    days = np.diff(np.column_stack([np.zeros(len(units)), ends]), axis=1)
    columns = {}
    for k in range(4):
        columns[f"days_{k}"] = days[:, k]
        for name in ("n", "margin"):
            column = bought.get((name, k), pd.Series(dtype=float))
            columns[f"{name}_{k}"] = units["customer_id"].map(column).fillna(0.0).to_numpy(float)
    return units.assign(**columns)


def typical_gap(units: pd.DataFrame, ledger: ibis.Table) -> float:
    """Return the typical days between two purchase days of these customers: the median of their own means.

    From their purchases before the assignment; where fewer than ten have two of these, from all their purchases.
    NaN when that is not enough either.
    """
    assigned = ibis.memtable(
        pd.DataFrame(
            {
                "customer_id": units["customer_id"].astype("string"),
                "assigned_date": units["assigned_date"].dt.date,
            }
        )
    ).mutate(assigned_date=ibis._.assigned_date.cast("date"))
    lines = ledger.filter(ledger.kind == "purchase").inner_join(assigned, "customer_id")
    for part in (lines.filter(lines.order_date < lines.assigned_date), lines):
        spans = (
            part.group_by("customer_id")
            .agg(days=part.order_date.nunique(), first=part.order_date.min(), last=part.order_date.max())
            .to_pandas()
        )
        spans = spans[spans["days"] > 1]
        if len(spans) >= 10:
            length = (pd.to_datetime(spans["last"]) - pd.to_datetime(spans["first"])).dt.days
            return float((length / (spans["days"] - 1)).median())
    return float("nan")


def is_identified(units: pd.DataFrame, gap: float) -> bool:
    """Say whether what lasts can be told: the after-phase of most customers holds two typical purchase gaps."""
    after = (units["days_2"] + units["days_3"]).median()
    return bool(np.isfinite(gap) and after >= GAPS_TO_IDENTIFY * gap)
