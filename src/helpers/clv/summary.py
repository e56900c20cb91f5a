"""From a ledger of purchases to the sufficient summary of each customer, and to its distinct rows."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from helpers.errors import StudyError

DAYS_PER = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}


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


def distinct_rows(summary: pd.DataFrame, covariates: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the distinct (x, t_x, T) with their number of customers n, sorted.

    The purchase likelihood sees a customer only through (x, t_x, T), so equal triples are one row with a count; where
    customers differ by `group` (a column of the summary) or by covariates, these are part of the key.
    A summary that an engine has counted already (column n, see `portfolio.engine_rows`) is summed.
    """
    key = ["x", "t_x", "T", *(["group"] if "group" in summary else []), *covariates]
    alike = summary.groupby(key, sort=True)
    rows = (alike["n"].sum() if "n" in summary else alike.size().rename("n")).reset_index()
    return rows.astype({"x": "int64", "t_x": "float64", "T": "float64", "n": "int64"})


def customers_in(summary: pd.DataFrame) -> int:
    """The number of customers of a summary: its rows, or the sum of their counts n."""
    return int(summary["n"].sum()) if "n" in summary else len(summary)


def check_summary(summary: pd.DataFrame) -> None:
    """Refuse a summary that no purchase model can read, with the rule, the count and the first customers.

    `summary` has columns x, t_x, T and, where known, customer_id (shown in the error).
    """
    x, t_x, T = (summary[name].to_numpy(dtype=float) for name in ("x", "t_x", "T"))
    rules = {
        "x is not a whole number of repeat purchases (0, 1, 2, ...)": ~(
            np.isfinite(x) & (x >= 0) & (x == np.round(x))
        ),
        "t_x or T is missing or not a number": ~(np.isfinite(t_x) & np.isfinite(T)),
        "t_x is larger than T: the last purchase lies after the end of the window": t_x > T,
        "T is negative: the first purchase lies after the end of the window": T < 0,
        "x > 0 but t_x = 0: a repeat purchase needs a later day than the first, so T = 0 allows none": (x > 0)
        & (t_x <= 0),
        "x = 0 but t_x > 0: a last purchase after the first is a repeat purchase": (x == 0) & (t_x > 0),
    }
    broken = [
        f"{bad.sum():,} rows where {rule}; first: {_first(summary, bad)}"
        for rule, bad in rules.items()
        if bad.any()
    ]
    if broken:
        raise StudyError("The purchase summary cannot be used. " + ". ".join(broken) + ".")
    if len(summary) == 0:
        raise StudyError("The purchase summary has no customers: nobody bought up to the end of the window.")


def row_of(summary: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """Position of every customer's key in the distinct `rows`: shape (customers,)."""
    columns = [name for name in rows if name != "n"]
    key = pd.MultiIndex.from_frame(rows[columns])
    return key.get_indexer(pd.MultiIndex.from_frame(summary[columns]))


def horizon_units(horizon_months: float, time_unit: str) -> float:
    """Convert a horizon in months to the study's time unit; the only place where this is done.

    A month is 365.25 / 12 days. Refuses horizons outside 1 to 120 months.
    """
    if not 1 <= horizon_months <= 120:
        raise StudyError(
            f"horizon_months is {horizon_months}; it must lie between 1 and 120 months (ten years). "
            "Beyond that the past says nothing about the future."
        )
    return horizon_months * DAYS_PER["month"] / DAYS_PER[time_unit]


def discount_per_unit(annual_discount_rate: float, time_unit: str) -> float:
    """Convert a yearly discount rate to the continuous rate per time unit: log(1 + rate) / units per year."""
    if not 0 <= annual_discount_rate < 1:
        raise StudyError(
            f"annual_discount_rate is {annual_discount_rate}; write 10 % a year as 0.10. Allowed: 0 up to, not including, 1."
        )
    return float(np.log1p(annual_discount_rate)) * DAYS_PER[time_unit] / 365.25


def calibration_end(first_order: date, as_of: date, holdout_days: int | None) -> date:
    """The last day of calibration: `as_of` minus the hold-out, or minus a third of the data where none is stated."""
    return as_of - timedelta(days=holdout_days or (as_of - first_order).days // 3)


def _first(summary: pd.DataFrame, bad: np.ndarray) -> str:
    columns = [name for name in ("customer_id", "x", "t_x", "T") if name in summary.columns]
    return "; ".join(str(row) for row in summary.loc[bad, columns].head(3).to_dict("records"))
