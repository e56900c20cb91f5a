"""The days a ledger covers, its last complete month, revenue by month, and how well channels know their customers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

import ibis
import pandas as pd

from helpers.checks import Check, check
from helpers.contracts.accounts import ANONYMOUS, ORDERS, of_table
from helpers.contracts.findings import TableReport
from helpers.customers.kinds import NOT_GIVEN
from helpers.messages import count, day, message

MOST_DAYS = message("window.most_days", "at most {days}")
MONTH_END = message("window.month_end", "the end of its month")
STOPS_EARLY = message(
    "window.stops_early",
    "Do not read the last month as a fall: it stops early. Compare months up to the last complete one.",
)
OLD = message(
    "window.old",
    "The last order lies well before as_of: export again, or set as_of to the last day of the data.",
)


@dataclass(frozen=True)
class Window:
    """The days the ledger covers, and where its last whole month ends.

    A month is complete when `as_of` reaches its end and the last order is no further from that end than
    `longest_gap`, the longest stretch of days without an order in the data. `last_complete_month` is its
    first day, None where no month is complete.
    """

    first_order: date
    last_order: date
    as_of: date
    longest_gap: int
    last_complete_month: date | None
    last_month_is_complete: bool

    @property
    def freshness_days(self) -> int:
        """Days from the last order to `as_of`."""
        return (self.as_of - self.last_order).days

    def frame(self) -> pd.DataFrame:
        """One row, for the artifact data_window."""
        frame = pd.DataFrame([asdict(self) | {"freshness_days": self.freshness_days}])
        return frame.astype(
            {name: "datetime64[us]" for name in ("first_order", "last_order", "as_of", "last_complete_month")}
        )


def covered(ledger: ibis.Table | None, as_of: date) -> Window | None:
    """Return the days that a ledger covers up to `as_of`; None where there is no ledger."""
    if ledger is None:
        return None
    days = pd.to_datetime(ledger.select("order_date").distinct().to_pandas()["order_date"]).sort_values()
    first, last = days.iloc[0], days.iloc[-1]
    gap = int(days.diff().dt.days.max()) if len(days) > 1 else 0
    month_end = last + pd.offsets.MonthEnd(0)
    complete = month_end.date() <= as_of and (month_end - last).days <= max(gap - 1, 0)
    month = last.to_period("M") if complete else last.to_period("M") - 1
    known = month >= first.to_period("M")
    return Window(first.date(), last.date(), as_of, gap, month.start_time.date() if known else None, complete)


@dataclass(frozen=True)
class Counted:
    """How many customers there are: in the customer table (None without one), in an order, with a purchase that was kept.

    ordered is None where so few kept nothing that the two counts would tell of them.
    """

    listed: int | None
    ordered: int | None
    kept: int


def customers(ledger: ibis.Table | None, rows: pd.DataFrame, smallest: int) -> Counted | None:
    """Count customers in every sense that pages use; rows: the rows used per table; None where there is no ledger."""
    if ledger is None:
        return None
    kept = ledger.filter(ledger.kind == "purchase")
    listed = rows.loc[rows["table"] == "customers", "used"]
    ordered, bought = (int(one.customer_id.nunique().execute()) for one in (ledger, kept))
    told = None if 0 < ordered - bought < smallest else ordered
    return Counted(int(listed.iloc[0]) if len(listed) else None, told, bought)


def frame(window: Window | None) -> pd.DataFrame | None:
    """The artifact data_window: one row, None where there is no ledger."""
    return window.frame() if window else None


def metrics(window: Window | None) -> dict[str, float]:
    """How old the data is, under the name that run.json uses; none where there is no ledger."""
    return {"freshness_days": window.freshness_days} if window else {}


def check_window(window: Window | None, max_freshness_days: int) -> list[Check]:
    """Ask whether the last month can be read whole, and whether the data is fresh."""
    if window is None:
        return []
    age = window.freshness_days
    return [
        check(
            "last month is complete",
            review=not window.last_month_is_complete,
            value=day(window.last_order),
            threshold=MONTH_END(),
            advice=STOPS_EARLY(),
        ),
        check(
            "data is fresh",
            review=age > max_freshness_days,
            value=count(age, "day"),
            threshold=MOST_DAYS(days=count(max_freshness_days, "day")),
            advice=OLD(),
        ),
    ]


def revenue_by_month(ledger: ibis.Table | None, window: Window | None) -> pd.DataFrame | None:
    """Return per calendar month revenue (net of all returns), what was returned, whether it is complete."""
    if ledger is None or window is None:
        return None
    month = ledger.order_date.truncate("M")
    is_return = ledger.kind == "return"
    table = (
        ledger.group_by(month=month)
        .aggregate(
            revenue=ledger.revenue.sum(),
            returned=ledger.returned.sum() - ledger.revenue.sum(where=is_return).fill_null(0.0),
        )
        .to_pandas()
        .assign(month=lambda frame: pd.to_datetime(frame["month"]))
        .set_index("month")
    )
    whole = pd.date_range(table.index.min(), table.index.max(), freq="MS", name="month")
    table = table.reindex(whole, fill_value=0.0).reset_index()
    last = pd.Timestamp(window.last_complete_month) if window.last_complete_month else pd.Timestamp.min
    return table.assign(is_complete=table["month"] <= last)


def channels(reports: Sequence[TableReport], ledger: ibis.Table | None) -> pd.DataFrame | None:
    """Return per channel the customers, the used revenue, and the share of its money without a customer."""
    report = of_table(reports, ORDERS)
    if report is None or ledger is None:
        return None
    used = ledger.mutate(channel=ledger.channel.fill_null(NOT_GIVEN))
    known = used.group_by("channel").aggregate(
        customers=used.customer_id.nunique(), revenue=used.revenue.sum()
    )
    lost = report.rejected.filter(report.rejected.rule == ANONYMOUS)
    lost = lost.mutate(channel=lost.channel.fill_null(NOT_GIVEN))
    anonymous = lost.group_by("channel").aggregate(anonymous=lost.revenue.sum())
    table = known.to_pandas().merge(anonymous.to_pandas(), on="channel", how="outer").fillna(0)
    total = table["revenue"] + table["anonymous"]
    table["anonymous_share"] = (table["anonymous"] / total.where(total > 0)).clip(0, 1).fillna(0)
    return table.sort_values("revenue", ascending=False, ignore_index=True)
