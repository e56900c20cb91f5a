"""Cohorts of customers by the quarter of their first purchase, and the share of each that bought in every quarter since."""

from dataclasses import dataclass
from datetime import date

import ibis
import pandas as pd

from helpers.inference import small_groups

MOST_COHORTS = 12


@dataclass(frozen=True)
class Triangle:
    """The share of each cohort (rows, the oldest first) that bought so many quarters after its first (columns, from 1).

    customers: of each cohort. Fields of too few customers, and quarters that are not over, are missing.
    """

    shares: pd.DataFrame
    customers: pd.Series

    @property
    def next_quarter(self) -> pd.Series:
        """The share that bought in the quarter after the first, by cohort."""
        return self.shares[1].dropna()


def triangle(days: ibis.Table, complete_to: date, smallest: int) -> Triangle | None:
    """Count cohorts by quarter; days: a row per customer_id and order_date, whole to the end of complete_to's month.

    None where no cohort of `smallest` customers has a whole quarter behind it.
    """
    quarter = days.mutate(quarter=days.order_date.truncate("Q"))
    first = quarter.quarter.min().over(ibis.window(group_by=quarter.customer_id))
    bought = quarter.mutate(cohort=first).group_by(["cohort", "quarter"])
    counts = bought.agg(customers=quarter.customer_id.nunique()).to_pandas()
    places = {name: pd.PeriodIndex(pd.to_datetime(counts[name]), freq="Q") for name in ("cohort", "quarter")}
    since = [(later - earlier).n for earlier, later in zip(places["cohort"], places["quarter"], strict=True)]
    counts = counts.assign(cohort=places["cohort"], since=since)
    # Who bought in a quarter is known, whatever the cohort: a field alone would be that less the others.
    counts["shown"] = ~small_groups.hidden(
        counts["customers"], minimum=smallest, within=counts["quarter"].astype(str)
    )
    table, shown = (
        counts.pivot_table(index="cohort", columns="since", values=of, aggfunc="first").sort_index()
        for of in ("customers", "shown")
    )
    last = pd.Period(complete_to, "Q")
    over_to = pd.Timestamp(complete_to) + pd.offsets.MonthEnd(0)
    last = last if last.end_time.normalize() <= over_to else last - 1
    sizes = table[0]
    table = table[shown[0].eq(True) & (table.index < last)].iloc[-MOST_COHORTS:]
    if table.empty:
        return None
    ages = range(1, (last - table.index[0]).n + 1)
    over = pd.DataFrame([[cohort + age <= last for age in ages] for cohort in table.index], table.index, ages)
    told = shown.reindex(index=table.index, columns=ages).eq(True) & over
    shares = table.reindex(columns=ages).where(told).div(sizes.reindex(table.index), axis=0)
    sizes = sizes.reindex(table.index)
    names = [f"{cohort.year} Q{cohort.quarter}" for cohort in table.index]
    return Triangle(shares.set_axis(names), sizes.astype(int).set_axis(names))
