"""What the page on the quality of the data shows and says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import (
    Message,
    Value,
    count,
    message,
    money,
    month,
    plain,
)
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.contracts.accounts import MoneyInAndOut
    from helpers.customers.data_window import Window
    from helpers.tables.ledger_totals import Totals

# ---- rows
ROWS = message("quality.rows", "Rows of each table, and what became of them")
BROKEN = message("quality.broken", "Rules that are broken")
CHECKED = message("quality.checked", "{rules} checked on {tables}.")
ALL_TABLES = message("quality.all_tables", "all tables")
NONE_BROKEN = message("quality.none_broken", "none is broken")
ALL_COLUMNS = message("quality.all_columns", "all columns")
NOTHING = message("quality.nothing", "")
COLUMNS = message("quality.columns", "What the columns of {table} hold")
READ_AS = message("quality.read_as", "{column}, read as {name}")
MORE_PATTERNS = message("quality.more_patterns", "{patterns}; {others}")
YEARS = message("quality.years", "{first}\u00a0to\u00a0{last}")
ONE_YEAR = message("quality.one_year", "{year}")
QUANTILES = message("quality.quantiles", "{low} / {middle} / {high}")
HOW_TO_READ = message(
    "quality.how_to_read",
    "Patterns: the most frequent, 9 for digits, x for letters; ids and dates tell 99 from 999. Numbers: 5 % / half / 95 % "
    "are below, to two digits.",
)
ESTIMATED = message("quality.estimated", "Of more than a million different values, about how many they are.")
NOT_SAID = message("quality.not_said", "no date, no number, or too few values")
FINDINGS = message("quality.findings", "What the tables as a whole say")
IN_EXPORTS = message(
    "quality.in_exports",
    "The values behind each finding, as the files write them, and the line that settles it are in exports/findings.csv.",
)
# ---- money
MONEY = message("quality.money", "Transactions: rows and money")
UNREADABLE = message("quality.unreadable", "unknown, because no amount can be read")
LEDGER = message("quality.ledger", "Lines of the ledger")
CHANNELS = message("quality.channels", "Channels by revenue")
CURRENCIES = message(
    "quality.currencies",
    "Currencies, with revenue in {currency} at the latest rate on or before the day of the order",
)
# ---- days
SPAN = message("quality.span", "{first} to {last}")
NO_MONTH = message("quality.no_month", "none")
BEST_MONTH = message("quality.best_month", "{month} was the best month with {money}")
BEST_MONTH_STOPS = message(
    "quality.best_month_stops",
    "{month} was the best month with {money}; the data stops on {last}, before its month ended",
)
BARS = message("quality.bars", "Bar chart of revenue in each of {months} from {span}.")
PALE = message("quality.pale", "Revenue is net of returns. Pale bars are months that are not complete.")
# ---- answers

MOST_CHANNELS = 12


def rows_in_and_out(rows: pd.DataFrame) -> Table:
    """The rows of each table, used, left out and set aside."""
    columns = {
        "table": "Table",
        "rows": "Rows",
        "used": "Used",
        "left_out": "Left out",
        "set_aside": "Set aside",
    }
    return Table(rows, ROWS(), columns)


def broken_rules(broken: pd.DataFrame, rules: int, tables: int) -> Table:
    """Each rule that is broken, or that none is."""
    none = [(ALL_TABLES(), NONE_BROKEN(), ALL_COLUMNS(), 0, 0, NOTHING())]
    columns = {
        "table": "Table",
        "rule": "Rule",
        "column": "Column",
        "rows": "Rows that break it",
        "set_aside": "Set aside for it",
        "action": "Allowed as",
    }
    frame = broken if len(broken) else pd.DataFrame(none, columns=list(columns))
    note = CHECKED(rules=count(rules, "rule"), tables=count(tables, "table"))
    return Table(frame, BROKEN(), columns, notes=[note])


def columns(profiles: dict[str, pd.DataFrame]) -> list[Table]:
    """What each column of each table's file holds, without its values."""
    return [_columns(table, profile) for table, profile in profiles.items()]


def _columns(table: str, profile: pd.DataFrame) -> Table:
    rows = profile.to_dict("records")
    frame = profile.assign(
        name=[_name(row) for row in rows],
        patterns=[_patterns(row) for row in rows],
        years=[_years(row) for row in rows],
        numbers=[_numbers(row) for row in rows],
    )
    heads = {
        "name": "Column",
        "filled": column("Filled", "percent"),
        "distinct": column("Distinct", "count"),
        "patterns": "Patterns",
        "years": "Years",
        "numbers": column("Numbers", "said"),
    }
    notes = [HOW_TO_READ(), *([ESTIMATED()] if profile["about"].any() else [])]
    return Table(frame, COLUMNS(table=table), heads, notes=notes, missing=NOT_SAID())


def _name(row: dict) -> Message | str:
    """A column, and what it is read as where that is another name."""
    same = row["read_as"] in ("", row["column"])
    return row["column"] if same else READ_AS(column=row["column"], name=row["read_as"])


def _patterns(row: dict) -> Message | str | None:
    if not row["more_patterns"]:
        return row["patterns"] or None
    return MORE_PATTERNS(patterns=row["patterns"], others=count(row["more_patterns"], "other"))


def _years(row: dict) -> Message | None:
    if pd.isna(row["first_year"]):
        return None
    first, last = (str(int(row[name])) for name in ("first_year", "last_year"))
    return ONE_YEAR(year=first) if first == last else YEARS(first=first, last=last)


def _numbers(row: dict) -> Message | None:
    if pd.isna(row["q50"]):
        return None
    return QUANTILES(low=plain(row["q05"]), middle=plain(row["q50"]), high=plain(row["q95"]))


def findings(found: pd.DataFrame) -> Table | None:
    """What was counted and judged of whole tables, without the values; None where there is nothing to say."""
    columns = {"table": "Table", "sentence": "What was found", "verdict": "Verdict"}
    return Table(found, FINDINGS(), columns, notes=[IN_EXPORTS()]) if len(found) else None


def money_in_and_out(money: MoneyInAndOut | None) -> Table | None:
    """Rows and money of the orders by what became of them; None where there are none."""
    columns = {"outcome": "What became of it", "rows": "Rows", "money": column("Money", "money")}
    return Table(money.lines, MONEY(), columns, missing=UNREADABLE()) if money else None


def ledger_lines(totals: Totals | None) -> Table | None:
    """Lines and money of the ledger by kind of line; None where there is none."""
    columns = {
        "kind": "Kind of line",
        "lines": "Lines",
        "revenue": column("Revenue", "money"),
        "returned": column("Returned", "money"),
    }
    return Table(totals.kinds, LEDGER(), columns) if totals else None


def span(window: Window) -> Message:
    """Say the first and the last day."""
    return SPAN(first=window.first_order, last=window.last_order)


def last_month(window: Window) -> Message | Value:
    """Say the last complete month."""
    return month(window.last_complete_month) if window.last_complete_month else NO_MONTH()


def revenue_by_month(months: pd.DataFrame | None, window: Window | None, currency: str) -> Figure | None:
    """Revenue per month, and where the data stops; None where there are no orders."""
    if months is None or window is None:
        return None
    best = months.loc[months["revenue"].idxmax()]
    said = {"month": month(best["month"]), "money": money(best["revenue"], currency)}
    stops = BEST_MONTH_STOPS(**said, last=window.last_order)
    title = BEST_MONTH(**said) if window.last_month_is_complete else stops
    alt = BARS(months=count(len(months), "month"), span=span(window))
    data = {"months": months[["month", "revenue", "is_complete"]], "currency": currency}
    return Figure(_bars, data, title, alt, PALE())


@drawing
def _bars(months, currency: str):
    fig, ax = figures.axes(height=3.2)
    shade = months["is_complete"].map({True: figures.PALETTE["actual"], False: figures.PALETTE["neutral"]})
    ax.bar(months["month"], months["revenue"], width=24, color=shade)
    figures.money_axis(ax.yaxis, currency, "revenue per month")
    figures.date_axis(ax.xaxis)
    return fig


def channels(table: pd.DataFrame | None) -> Table | None:
    """Customers, revenue and anonymous revenue of the largest channels; None where there are no orders."""
    columns = {
        "channel": "Channel",
        "customers": column("Customers", "count"),
        "revenue": column("Revenue", "money"),
        "anonymous": column("Anonymous revenue", "money"),
        "anonymous_share": column("Anonymous share", "percent"),
    }
    return None if table is None else Table(table.head(MOST_CHANNELS), CHANNELS(), columns, "customers")


def currencies(paid_in: pd.DataFrame, currency: str) -> Table | None:
    """Lines and revenue per currency; None where there are no orders."""
    columns = {"currency": "Currency", "lines": "Lines", "revenue": column("Revenue", "money")}
    return Table(paid_in, CURRENCIES(currency=currency), columns) if len(paid_in) else None
