"""From a ledger of purchases to the sufficient summary of each customer."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from helpers.clv.spend_index import SpendIndex, in_money_of_the_end
from helpers.clv.time_units import DAYS_PER
from helpers.errors import StudyError
from helpers.study.year import YEAR_WINDOW


def customer_summary(
    ledger: ibis.Table, end: date, time_unit: str, index: SpendIndex | None = None
) -> ibis.Table:
    """Summarise each customer's purchases up to and including `end` as (x, t_x, T) and mean spend.

    x: repeat purchase days, so same-day orders are one and the first day is not counted. t_x: last minus first
    purchase. T: `end` minus first purchase. Both are whole days between dates, scaled to `time_unit`.
    log_gaps: the sum of the logarithms of the gaps between a customer's purchase days, in that unit (0 without a repeat).
    monetary_value: mean revenue per repeat purchase day (0 for one-time buyers); first_value: revenue of the
    first day; both in money of the end of `index`, with the season of spend taken out, where there is one. Source: Fader,
    Hardie and Lee 2005. Returns that match no order and customers without a purchase up to `end` are not in the result.
    """
    scale = DAYS_PER[time_unit]
    bought = ledger.filter((ledger.kind == "purchase") & (ledger.order_date <= end))
    days = bought.group_by(["customer_id", "order_date"]).agg(revenue=bought.revenue.sum())
    days = in_money_of_the_end(days, index)
    before = days.order_date.lag().over(ibis.window(group_by=days.customer_id, order_by=days.order_date))
    days = days.mutate(log_gap=(days.order_date.delta(before, unit="day").cast("float64") / scale).ln())
    per_customer = days.group_by("customer_id").agg(
        first_date=days.order_date.min(),
        last_date=days.order_date.max(),
        x=days.count() - 1,
        total=days.revenue.sum(),
        log_gaps=days.log_gap.sum(),
        first_value=days.revenue.argmin(days.order_date),
    )
    # Sums are rounded: parallel sums of floats differ in their last digit from run to run.
    repeat_revenue = (per_customer.total - per_customer.first_value).round(6)
    mean = ibis.ifelse(per_customer.x > 0, repeat_revenue / per_customer.x.nullif(0), 0.0)
    return per_customer.select(
        "customer_id",
        "first_date",
        "last_date",
        "x",
        t_x=per_customer.last_date.delta(per_customer.first_date, unit="day").cast("float64") / scale,
        T=ibis.literal(end).delta(per_customer.first_date, unit="day").cast("float64") / scale,
        log_gaps=per_customer.log_gaps.fill_null(0.0).round(9),
        monetary_value=mean.fill_null(0.0),
        first_value=per_customer.first_value.round(6),
    )


def summary_of(
    ledger: ibis.Table, end: date, time_unit: str, index: SpendIndex | None = None
) -> pd.DataFrame:
    """Return `customer_summary` as a DataFrame, in the order of customer ids whatever the engine."""
    found = customer_summary(ledger, end, time_unit, index).to_pandas()
    return found.sort_values("customer_id", ignore_index=True)


def first_day(ledger: ibis.Table) -> date:
    """The day of the first order of all."""
    return pd.Timestamp(ledger.order_date.min().to_pandas()).date()


def purchase_days(ledger: ibis.Table) -> ibis.Table:
    """Each customer's days with a purchase: columns customer_id, order_date, first_date."""
    bought = ledger.filter(ledger.kind == "purchase")
    firsts = bought.group_by("customer_id").agg(first_date=bought.order_date.min())
    return bought.select("customer_id", "order_date").distinct().inner_join(firsts, "customer_id")


def purchases_between(ledger: ibis.Table, start: date, end: date) -> ibis.Table:
    """Count purchase days and sum revenue per customer after `start`, up to and including `end`."""
    bought = ledger.filter(
        (ledger.kind == "purchase") & (ledger.order_date > start) & (ledger.order_date <= end)
    )
    return bought.group_by("customer_id").agg(
        purchases=bought.order_date.nunique(), revenue=bought.revenue.sum().round(6)
    )


@dataclass(frozen=True)
class Holdout:
    """The days after `cut` that a model has not seen, in all and in the study's unit, and the customers known before.

    customers: their summary at the cut with what they did later, holdout_purchases and holdout_revenue, and in the year
    before, past_purchases and past_revenue.
    """

    cut: date
    days: int
    units: float
    customers: pd.DataFrame

    @property
    def actual(self) -> np.ndarray:
        """Each customer's purchases in the hold-out: shape (customers,)."""
        return self.customers["holdout_purchases"].to_numpy()

    @property
    def made(self) -> int:
        """The purchases of all customers in the hold-out."""
        return int(self.actual.sum())

    @property
    def table(self) -> pd.DataFrame:
        """The customers with the length of the hold-out, as other notebooks read them."""
        return self.customers.assign(holdout_days=self.days)


def hold_out(ledger: ibis.Table, before: pd.DataFrame, cut: date, as_of: date, time_unit: str) -> Holdout:
    """Put what customers did after `cut`, up to and including `as_of`, and in the year up to it beside their summary."""
    spans = {"holdout_": (cut, as_of), "past_": (cut - timedelta(days=YEAR_WINDOW), cut)}
    customers = before
    for prefix, (start, end) in spans.items():
        happened = purchases_between(ledger, start, end).to_pandas().set_index("customer_id")
        customers = customers.join(happened.add_prefix(prefix), on="customer_id")
    customers = customers.fillna(
        {f"{prefix}{what}": 0 for prefix in spans for what in ("purchases", "revenue")}
    )
    days = (as_of - cut).days
    return Holdout(cut, days, days / DAYS_PER[time_unit], customers)


def of_some(ledger: ibis.Table, customer_ids: pd.Series, most: int, seed: int = 1) -> ibis.Table:
    """The ledger of `most` customers drawn at random from these, or all of it where they are no more than that."""
    if most < 1:
        raise StudyError(f"judged_on is {most}: it is a number of customers, 1 or more.")
    if len(customer_ids) <= most:
        return ledger
    drawn = np.random.default_rng(seed).choice(np.sort(customer_ids.to_numpy()), most, replace=False)
    return ledger.semi_join(ibis.memtable({"customer_id": drawn}), "customer_id").cache()


def at_most(summary: pd.DataFrame, most: int, seed: int = 1) -> pd.DataFrame:
    """`most` customers of a summary drawn at random, or all of them where they are no more than that."""
    return summary if len(summary) <= most else summary.sample(most, random_state=seed)


def calibration_end(first_order: date, as_of: date, holdout_days: int | None) -> date:
    """The last day of calibration: `as_of` minus the hold-out, or minus a third of the data where none is stated."""
    return as_of - timedelta(days=holdout_days or (as_of - first_order).days // 3)
