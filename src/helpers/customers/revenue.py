"""Revenue by period, by who brings it (new, existing, won back), by channel; and how customers spend."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from helpers.customers.kinds import NOT_GIVEN
from helpers.customers.lifecycle import Rules, lapse_days

NEW, EXISTING, WON_BACK = "new", "existing", "won back"
PERIODS = {"month": "M", "quarter": "Q", "year": "Y"}


def per_customer(ledger: ibis.Table, first: date | None, last: date) -> pd.Series:
    """Revenue less returns per customer after `first` (None: from the beginning) up to and including `last`."""
    lines = ledger.filter(ledger.order_date <= last)
    lines = lines if first is None else lines.filter(lines.order_date > first)
    table = lines.group_by("customer_id").agg(revenue=lines.revenue.sum().round(6)).to_pandas()
    return table.set_index("customer_id")["revenue"]


def by_period(
    ledger: ibis.Table,
    days: ibis.Table,
    rules: dict[str, Rules],
    period: str,
    complete_to: date,
    smallest: int = 1,
) -> pd.DataFrame:
    """Revenue per month, quarter or year, and how much of it new, existing and won-back customers brought.

    New: the customer's first purchase lies in the period. Won back: a purchase after a lapse does. A return counts for
    whoever sent the goods back. Of these, one of fewer than `smallest` customers in a period is counted with the largest.
    Columns: start, revenue, new, existing, won back, customers, new_mixed (that new holds others, or others hold the new
    ones), is_complete (the whole period lies before the end of `complete_to`'s month), change (on the same period a year
    before, where both are whole), and for quarters and years label (`labelled`).
    """
    unit = PERIODS[period]
    lines = ledger.mutate(start=ledger.order_date.truncate(unit))
    spent = lines.group_by(["customer_id", "start"]).agg(
        revenue=lines.revenue.sum(), bought=(lines.kind_of_line == "purchase").any()
    )
    flagged = days.mutate(
        start=days.order_date.truncate(unit),
        is_first=days.gap_days.isnull(),
        is_back=(days.gap_days > lapse_days(days, rules)).fill_null(False),
    )
    status = flagged.group_by(["customer_id", "start"]).agg(
        is_first=flagged.is_first.any(), is_back=flagged.is_back.any()
    )
    both = spent.left_join(status, ["customer_id", "start"])
    both = both.mutate(who=ibis.cases((both.is_first, NEW), (both.is_back, WON_BACK), else_=EXISTING))
    sums = (
        both.group_by(["start", "who"])
        .agg(revenue=both.revenue.sum(), customers=both.bought.sum(), people=both.count())
        .to_pandas()
    )
    sums["start"] = pd.to_datetime(sums["start"])
    few = sums["people"] < smallest
    largest = sums.sort_values("people").groupby("start")["who"].last()
    most = sums["start"].map(largest)
    told = sums.assign(who=sums["who"].mask(few, most))
    mixed = sums.loc[few & (sums["who"] != most) & ((sums["who"] == NEW) | (most == NEW)), "start"]
    wide = told.pivot_table(index="start", columns="who", values="revenue", aggfunc="sum")
    whole = pd.date_range(wide.index.min(), wide.index.max(), freq=f"{unit}S", name="start")
    wide = wide.reindex(index=whole, columns=[NEW, EXISTING, WON_BACK]).fillna(0.0)
    wide.insert(0, "revenue", wide.sum(axis=1))
    wide["customers"] = sums.groupby("start")["customers"].sum().reindex(whole, fill_value=0)
    wide["new_mixed"] = whole.isin(mixed)
    ends = whole + pd.tseries.frequencies.to_offset(f"{unit}E")
    wide["is_complete"] = ends <= pd.Timestamp(complete_to) + pd.offsets.MonthEnd(0)
    table = _with_change(wide, first_order=sums["start"].min(), days=days).reset_index()
    return table if period == "month" else table.assign(label=labelled(table, period))


def complete_to(data_window: pd.DataFrame, as_of: date) -> date:
    """The first day of the last month that is whole (artifact data_window), or `as_of` where none is."""
    last = data_window["last_complete_month"].iloc[0]
    return as_of if pd.isna(last) else last.date()


def labelled(table: pd.DataFrame, period: str) -> pd.Series:
    """The periods of `by_period` in words: 2026, 2026 Q2; one that is not whole says so."""
    start = table["start"]
    names = start.dt.year.astype(str) + ("" if period == "year" else " Q" + start.dt.quarter.astype(str))
    return names.where(table["is_complete"], names + ", so far")


@dataclass(frozen=True)
class Quarter:
    """A quarter's first day, revenue, and the share of it that new customers brought; None where it is not told."""

    start: pd.Timestamp
    revenue: float
    new_share: float | None


def last_quarter(quarters: pd.DataFrame) -> Quarter:
    """Return the last whole quarter of `by_period`, or else the last one."""
    whole = quarters[quarters["is_complete"]]
    last = (whole if len(whole) else quarters).iloc[-1]
    share = last[NEW] / last["revenue"] if last["revenue"] else 0.0
    return Quarter(last["start"], last["revenue"], None if last["new_mixed"] else share)


def channels(ledger: ibis.Table, at: date, window_days: int) -> pd.DataFrame:
    """Per channel customers, purchase days, revenue of the window up to `at`, its share, and the window before it."""
    span = timedelta(days=window_days)
    lines = ledger.mutate(channel=ledger.channel.fill_null(NOT_GIVEN)).filter(ledger.order_date <= at)
    now = lines.order_date > at - span
    before = (lines.order_date > at - 2 * span) & ~now
    kept = now & (lines.kind_of_line == "purchase")
    day = lines.customer_id.concat("|", lines.order_date.cast("string"))
    found = lines.group_by("channel").agg(
        customers=lines.customer_id.nunique(where=kept),
        purchases=day.nunique(where=kept),
        revenue=lines.revenue.sum(where=now).fill_null(0.0),
        before=lines.revenue.sum(where=before).fill_null(0.0),
    )
    table = found.to_pandas().sort_values("revenue", ascending=False, ignore_index=True)
    table["share"] = table["revenue"] / table["revenue"].sum() if table["revenue"].sum() else 0.0
    table["per_purchase"] = (table["revenue"] / table["purchases"].where(table["purchases"] > 0)).fillna(0.0)
    return table


def pattern(ledger: ibis.Table, days: ibis.Table, at: date, window_days: int) -> pd.DataFrame:
    """How each kind of customer spends in the window up to `at`; a row per kind, the largest revenue first.

    customers (buyers of the window), revenue, purchases per customer, revenue per purchase (day), pieces and
    categories per purchase and categories per customer (missing where not recorded), days between purchases (median
    pause that ended in the window), lifetime_revenue (per customer who ever bought, since the data begins).
    """
    begin = at - timedelta(days=window_days)
    known = ledger.filter(ledger.order_date <= at)
    lines = known.filter(known.order_date > begin)
    kept = lines.filter(lines.kind_of_line == "purchase")
    baskets = kept.group_by(["kind", "customer_id", "order_date"]).agg(
        pieces=kept.quantity.sum(), categories=kept.category.nunique()
    )
    per_basket = baskets.group_by("kind").agg(
        customers=baskets.customer_id.nunique(),
        purchases=baskets.count(),
        pieces=baskets.pieces.mean(),
        categories=baskets.categories.mean(),
    )
    breadth = kept.group_by(["kind", "customer_id"]).agg(categories=kept.category.nunique())
    pauses = days.filter((days.order_date > begin) & (days.order_date <= at) & days.gap_days.notnull())
    life = known.group_by("kind").agg(all_revenue=known.revenue.sum(), ever=known.customer_id.nunique())
    parts = [
        per_basket,
        lines.group_by("kind").agg(revenue=lines.revenue.sum()),
        breadth.group_by("kind").agg(breadth=breadth.categories.mean()),
        pauses.group_by("kind").agg(pause=pauses.gap_days.median()),
        life,
    ]
    table = pd.concat([part.to_pandas().set_index("kind") for part in parts], axis=1).dropna(
        subset=["customers"]
    )
    table["share"] = table["revenue"] / table["revenue"].sum() if table["revenue"].sum() else 0.0
    table["purchases_per_customer"] = table["purchases"] / table["customers"]
    table["per_purchase"] = table["revenue"] / table["purchases"]
    table["lifetime_revenue"] = table["all_revenue"] / table["ever"]
    unrecorded = table["breadth"] == 0  # no category anywhere counts as none, not as zero
    table[["categories", "breadth"]] = table[["categories", "breadth"]].mask(unrecorded, axis=0)
    return table.sort_values("revenue", ascending=False).rename_axis("kind").reset_index()


def _with_change(wide: pd.DataFrame, first_order: pd.Timestamp, days: ibis.Table) -> pd.DataFrame:
    """Add the change on the same period a year before; a first period that the data enters late is not whole."""
    first_day = pd.Timestamp(days.order_date.min().to_pandas())
    late = (wide.index == first_order) & (first_day > first_order + pd.Timedelta(days=7))
    whole = wide["is_complete"] & ~late
    a_year_before = wide.index - pd.DateOffset(years=1)
    before = wide["revenue"].where(whole & (wide["revenue"] > 0)).reindex(a_year_before).to_numpy()
    wide["change"] = np.where(wide["is_complete"], wide["revenue"] / before - 1, np.nan)
    return wide
