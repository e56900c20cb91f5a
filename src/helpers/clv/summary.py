"""From a ledger of purchases to the sufficient summary of each customer."""

from datetime import date, timedelta

import ibis

from helpers.clv.time_units import DAYS_PER


def customer_summary(ledger: ibis.Table, end: date, time_unit: str) -> ibis.Table:
    """Summarise each customer's purchases up to and including `end` as (x, t_x, T) and mean spend.

    x: repeat purchase days, so same-day orders are one and the first day is not counted. t_x: last minus first
    purchase. T: `end` minus first purchase. Both are whole days between dates, scaled to `time_unit`.
    monetary_value: mean revenue per repeat purchase day (0 for one-time buyers); first_value: revenue of the
    first day. Source: Fader, Hardie and Lee 2005. Returns that match no order and customers without a
    purchase up to `end` are not in the result.
    """
    scale = DAYS_PER[time_unit]
    bought = ledger.filter((ledger.kind == "purchase") & (ledger.order_date <= end))
    days = bought.group_by(["customer_id", "order_date"]).agg(revenue=bought.revenue.sum())
    # Sums are rounded: parallel sums of floats differ in their last digit from run to run.
    with_first = days.mutate(first_date=days.order_date.min().over(ibis.window(group_by=days.customer_id)))
    is_repeat = with_first.order_date > with_first.first_date
    per_customer = with_first.group_by("customer_id").agg(
        first_date=with_first.first_date.min(),
        last_date=with_first.order_date.max(),
        x=is_repeat.sum().cast("int64"),
        repeat_revenue=ibis.ifelse(is_repeat, with_first.revenue, 0.0).sum().round(6),
        first_value=ibis.ifelse(is_repeat, 0.0, with_first.revenue).sum().round(6),
    )
    return per_customer.select(
        "customer_id",
        "first_date",
        "last_date",
        "x",
        t_x=per_customer.last_date.delta(per_customer.first_date, unit="day").cast("float64") / scale,
        T=ibis.literal(end).delta(per_customer.first_date, unit="day").cast("float64") / scale,
        monetary_value=ibis.ifelse(
            per_customer.x > 0, per_customer.repeat_revenue / per_customer.x.nullif(0), 0.0
        ).fill_null(0.0),
        first_value="first_value",
    )


def purchases_between(ledger: ibis.Table, start: date, end: date) -> ibis.Table:
    """Count purchase days and sum revenue per customer after `start`, up to and including `end`."""
    bought = ledger.filter(
        (ledger.kind == "purchase") & (ledger.order_date > start) & (ledger.order_date <= end)
    )
    return bought.group_by("customer_id").agg(
        purchases=bought.order_date.nunique(), revenue=bought.revenue.sum().round(6)
    )


def calibration_end(first_order: date, as_of: date, holdout_days: int | None) -> date:
    """The last day of calibration: `as_of` minus the hold-out, or minus a third of the data where none is stated."""
    return as_of - timedelta(days=holdout_days or (as_of - first_order).days // 3)
