"""What checked tables say about the data as a whole: rows and money in and out, its window, its coverage."""

from dataclasses import asdict, dataclass
from datetime import date

import ibis
import pandas as pd

from helpers.contracts import TableReport
from helpers.pages import wording

NOT_GIVEN = "not given"
NOTHING_SPENT = pd.Series(dtype="float64", name="revenue")


def rows_in_and_out(reports: list[TableReport]) -> pd.DataFrame:
    """Return per table the rows of the file, used, left out by choice and set aside as broken."""
    return pd.DataFrame(
        [
            {
                "Table": report.table,
                "Rows": report.rows,
                "Used": report.used,
                "Left out": sum(left.rows for left in report.left_out),
                "Set aside": report.set_aside,
            }
            for report in reports
        ]
    )


def rows_used(rows: pd.DataFrame) -> str:
    """Say of `rows_in_and_out` how many rows of which tables are used."""
    tables = [
        f"{wording.count(row.Used)} of {wording.count(row.Rows)} rows of {row.Table}"
        for row in rows.itertuples()
    ]
    return wording.listing(tables)


def spent(ledger) -> pd.Series:
    """Return revenue per customer_id."""
    sums = ledger.group_by("customer_id").aggregate(revenue=ledger.revenue.sum())
    return sums.to_pandas().set_index("customer_id")["revenue"]


def money_in_and_out(report: TableReport) -> pd.DataFrame:
    """Return rows and money of transactions by what became of them: the parts add up to the file."""
    parts = [("used", report.used, report.money_used)]
    parts += [(f"left out: {left.reason}", left.rows, left.money) for left in report.left_out]
    parts += [(f"set aside: {r.rule}", r.set_aside, r.money_set_aside) for r in report.results if r.set_aside]
    parts += [("all rows of the file", report.rows, report.money)]
    return pd.DataFrame(parts, columns=["What became of it", "Rows", "Money"])


def broken_rules(reports: list[TableReport]) -> pd.DataFrame:
    """Return each broken rule with its rows and those set aside for it first, or a row saying none."""
    columns = ["Table", "Rule", "Column", "Rows that break it", "Set aside for it", "Allowed as"]
    rows = [
        (report.table, result.rule, result.column, result.rows, result.set_aside, result.action)
        for report in reports
        for result in report.results
        if result.rows
    ]
    return pd.DataFrame(rows or [("all tables", "none is broken", "all columns", 0, 0, "")], columns=columns)


def rejected_rows(reports: list[TableReport]):
    """Return all rows set aside as one Ibis table: table, file, row, rule, rules, money, the row as text."""
    parts = []
    for report in reports:
        rejected = report.rejected
        said = [name for name in rejected.columns if name not in ("_row", "rule", "rules", "revenue", "rate")]
        texts = [
            ibis.ifelse(
                rejected[name].isnull(), "", ibis.literal(f"{name}=") + rejected[name].cast("string") + "; "
            )
            for name in said
        ]
        parts.append(
            rejected.select(
                table=ibis.literal(report.table),
                file=ibis.literal(report.file),
                row=rejected["_row"],
                rule=rejected.rule,
                rules=rejected.rules,
                money=rejected.revenue if report.table == "transactions" else ibis.null("float64"),
                line=texts[0].concat(*texts[1:]),
            )
        )
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return rows.order_by("table", "row")


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

    @property
    def span(self) -> str:
        """The first and last day in words."""
        return f"{wording.day(self.first_order)} to {wording.day(self.last_order)}"

    @property
    def last_month(self) -> str:
        """The last complete month in words."""
        return self.last_complete_month.strftime("%B %Y") if self.last_complete_month else "none"

    def facts(self, left_out_share: float) -> dict[str, str]:
        """What stands beside every page; left_out_share is that of the money that moved."""
        age = f"{wording.count(self.freshness_days, 'day')} from the last order to {wording.day(self.as_of)}"
        return {
            "Data window": self.span,
            "Last complete month": self.last_month,
            "Freshness": age,
            "Revenue left out": f"{wording.percent(left_out_share)} of the money that moved",
        }

    def frame(self) -> pd.DataFrame:
        """One row, for the artifact data_window."""
        frame = pd.DataFrame([asdict(self) | {"freshness_days": self.freshness_days}])
        return frame.astype(
            {name: "datetime64[us]" for name in ("first_order", "last_order", "as_of", "last_complete_month")}
        )


def window(ledger, as_of: date) -> Window:
    """Return the days that a ledger covers up to `as_of`."""
    days = pd.to_datetime(ledger.select("order_date").distinct().to_pandas()["order_date"]).sort_values()
    first, last = days.iloc[0], days.iloc[-1]
    gap = int(days.diff().dt.days.max()) if len(days) > 1 else 0
    month_end = last + pd.offsets.MonthEnd(0)
    complete = month_end.date() <= as_of and (month_end - last).days <= max(gap - 1, 0)
    month = last.to_period("M") if complete else last.to_period("M") - 1
    known = month >= first.to_period("M")
    return Window(first.date(), last.date(), as_of, gap, month.start_time.date() if known else None, complete)


def revenue_by_month(ledger, seen: Window) -> pd.DataFrame:
    """Return per calendar month revenue (net of all returns), what was returned, whether it is complete."""
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
    last = pd.Timestamp(seen.last_complete_month) if seen.last_complete_month else pd.Timestamp.min
    return table.assign(is_complete=table["month"] <= last)


def channels(report: TableReport, ledger) -> pd.DataFrame:
    """Return per channel the customers, the used revenue, and the share of its money without a customer."""
    used = ledger.mutate(channel=ledger.channel.fill_null(NOT_GIVEN))
    known = used.group_by("channel").aggregate(
        customers=used.customer_id.nunique(), revenue=used.revenue.sum()
    )
    lost = report.rejected.filter(report.rejected.rule == "no_customer_id")
    lost = lost.mutate(channel=lost.channel.fill_null(NOT_GIVEN))
    anonymous = lost.group_by("channel").aggregate(anonymous=lost.revenue.sum())
    table = known.to_pandas().merge(anonymous.to_pandas(), on="channel", how="outer").fillna(0)
    total = table["revenue"] + table["anonymous"]
    table["anonymous_share"] = (table["anonymous"] / total.where(total > 0)).clip(0, 1).fillna(0)
    return table.sort_values("revenue", ascending=False, ignore_index=True)


def currencies(report: TableReport) -> pd.DataFrame:
    """Return per currency the used lines and their revenue in the study's currency."""
    lines = report.accepted
    table = lines.group_by("currency").aggregate(lines=lines.count(), revenue=lines.revenue.sum())
    return table.to_pandas().sort_values("revenue", ascending=False, ignore_index=True)
