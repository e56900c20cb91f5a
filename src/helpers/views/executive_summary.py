"""What the executive page shows beside its answers (`five_questions`): revenue, segments, campaigns, reservations."""

from datetime import date, timedelta

import ibis
import pandas as pd

from helpers.clv.customer_value import EVERYONE
from helpers.inference.intervals import Interval
from helpers.study.catalogue import load_catalogue


def monthly_revenue(ledger: ibis.Table, as_of: date) -> pd.Series:
    """Revenue per whole month up to `as_of`, indexed by month; a month that `as_of` cuts is left out."""
    days = ledger.group_by("order_date").agg(revenue=ledger.revenue.sum().round(6)).to_pandas()
    month = pd.to_datetime(days["order_date"]).dt.to_period("M")
    whole = month.dt.end_time.dt.date <= as_of
    return days["revenue"][whole].groupby(month[whole]).sum()


def revenue_of_year(ledger: ibis.Table, as_of: date) -> pd.Series:
    """Revenue per customer who bought in the 365 days up to `as_of`."""
    inside = ledger.filter(ledger.order_date <= as_of, ledger.order_date > as_of - timedelta(days=365))
    sums = inside.group_by("customer_id").agg(revenue=inside.revenue.sum().round(6))
    return sums.to_pandas().set_index("customer_id")["revenue"].sort_index()


def year_on_year(revenue: pd.Series) -> float | None:
    """Change of the last 12 months against the 12 before, as a share; None with fewer than 24 months."""
    if len(revenue) < 24 or revenue.iloc[-24:-12].sum() <= 0:
        return None
    return float(revenue.iloc[-12:].sum() / revenue.iloc[-24:-12].sum() - 1)


def segments(worth: pd.DataFrame, minimum: int) -> tuple[dict[str, Interval], Interval]:
    """Each segment's value, the largest first and none of fewer than `minimum` customers, and everyone's."""
    values = {row.segment: Interval(row.mean, row.p05, row.p50, row.p95) for row in _rows(worth)}
    sizes = worth.set_index("segment")["customers"]
    total = values.pop(EVERYONE)
    shown = {name: one for name, one in values.items() if sizes[name] >= minimum}
    return dict(sorted(shown.items(), key=lambda item: -item[1].mean)), total


def gains(effects: pd.DataFrame) -> list[Interval]:
    """Each arm's incremental margin less cost, per customer assigned."""
    return [Interval(row.gain_mean, row.gain_p05, row.gain_p50, row.gain_p95) for row in _rows(effects)]


def reservation_table(reservations: list[dict]) -> pd.DataFrame:
    """Checks that did not pass as a table: the page, check and verdict in one, and what to do; two columns fit a phone."""
    titles = {name: entry.title for name, entry in load_catalogue().items()}
    return pd.DataFrame(
        {
            "Check": [
                f"{titles[check['notebook']]}: {check['name']} ({check['verdict']})" for check in reservations
            ],
            "What to do": [check["advice"] for check in reservations],
        }
    )


def _rows(table: pd.DataFrame):
    return table.itertuples(index=False)
