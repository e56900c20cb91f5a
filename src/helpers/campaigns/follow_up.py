"""What the customers of a campaign bought since their assignment, phase by phase, and whether that is long enough."""

from datetime import date

import ibis
import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.messages import count, listing, message, percent

LARGEST_SHARE = 0.20  # of an arm's margin, that one customer may bring
ENORMOUS = message(
    "follow_up.enormous",
    "One customer brought more than {limit} of the margin of {campaign} ({arm}), so the margin of a purchase there is held "
    "near that of the other arms. Look whether the order is an error.",
)
AT_MOST = message("follow_up.at_most", "at most {share}")
MORE_THAN = message("follow_up.more_than", "more than {share}")
IDENTIFIED = message("follow_up.identified", "{identified} of {campaigns}")
TWO_GAPS = message("follow_up.two_gaps", "two typical gaps after the recovery")
TOO_EARLY = message(
    "follow_up.too_early",
    "Too early to tell what lasts of {campaigns}: run this page again later, and do not decide on the window alone.",
)
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


def overview(
    units: dict[str, pd.DataFrame], gaps: dict[str, float], identified: dict[str, bool]
) -> pd.DataFrame:
    """Return one row per campaign: its size, its dates, and whether it was followed long enough.

    Columns: campaign, customers, assigned (first date), window_days, days_after (the recovery), typical_gap, identified.
    """
    rows = [
        {
            "campaign": name,
            "customers": len(own),
            "assigned": own["assigned_date"].min().date(),
            "window_days": int(own["window_days"].median()),
            "days_after": int((own["days_2"] + own["days_3"]).median()),
            "typical_gap": gaps[name],
            "identified": identified[name],
        }
        for name, own in units.items()
    ]
    return pd.DataFrame(rows)


def observed(units: dict[str, pd.DataFrame], controls: dict[str, str]) -> pd.DataFrame:
    """Return purchase days per assigned customer, nothing modelled: campaign, arm, customers, window, recovery, after.

    Of each campaign the control arm comes first.
    """
    parts = []
    for name, own in units.items():
        mean = own.groupby("arm")[[f"n_{k}" for k in range(4)]].mean()
        mean = mean.sort_index(key=lambda arms, control=controls[name]: arms != control, kind="stable")
        made = pd.DataFrame({"customers": own["arm"].value_counts().reindex(mean.index)})
        made["window"], made["recovery"], made["after"] = mean["n_0"], mean["n_1"], mean["n_2"] + mean["n_3"]
        parts.append(made.reset_index().assign(campaign=name))
    return pd.concat(parts, ignore_index=True)


def check_largest(units: dict[str, pd.DataFrame]) -> Check:
    """Ask whether one customer brought a large part of an arm's margin since the assignment, and report the worst arm."""
    shares: dict[tuple[str, str], float] = {}
    for name, own in units.items():
        margin = own[[f"margin_{k}" for k in range(4)]].sum(axis=1)
        by_arm = margin.groupby(own["arm"])
        part = by_arm.max() / by_arm.sum().where(by_arm.sum() > 0)
        shares |= {(name, str(arm)): float(share) for arm, share in part.dropna().items()}
    campaign, arm = worst = max(shares, key=lambda one: shares[one])
    limit, beyond = percent(LARGEST_SHARE, 0), shares[worst] > LARGEST_SHARE
    return check(  # what one customer brought is not told, only on which side of the limit
        "Largest customer",
        review=beyond,
        value=(MORE_THAN if beyond else AT_MOST)(share=limit),
        threshold=AT_MOST(share=limit),
        advice=ENORMOUS(limit=limit, campaign=campaign, arm=arm),
    )


def unclear(identified: dict[str, bool]) -> list[str]:
    """Return the campaigns of which it is too early to say what lasts."""
    return [name for name, known in identified.items() if not known]


def check_identified(identified: dict[str, bool]) -> Check:
    """Ask whether every campaign was followed long enough to tell what lasts."""
    early = unclear(identified)
    known = len(identified) - len(early)
    return check(
        "What lasts can be told",
        review=bool(early),
        value=IDENTIFIED(identified=known, campaigns=count(len(identified), "campaign")),
        threshold=TWO_GAPS(),
        advice=TOO_EARLY(campaigns=listing(early)) if early else None,
    )
