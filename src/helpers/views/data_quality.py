"""What the page on the quality of the data shows and says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import (
    Message,
    Value,
    clauses,
    count,
    listing,
    message,
    money,
    month,
    number,
    percent,
    plain,
)
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.contracts.accounts import MoneyInAndOut
    from helpers.customers.data_window import Counted, Window
    from helpers.customers.touchpoints import Crowded
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
AGE = message("quality.age", "last order {days} before {as_of}, the day this report stands on")
LISTED = message(
    "quality.customers_listed",
    "{listed} in the customer table, {ordered} with an order, {kept} with a purchase that was kept: those have a value "
    "ahead",
)
BOUGHT = message(
    "quality.customers_bought",
    "{ordered} with an order, {kept} with a purchase that was kept: those have a value ahead",
)
LISTED_KEPT = message(
    "quality.customers_listed_kept",
    "{listed} in the customer table, {kept} with a purchase that was kept: those have a value ahead",
)
KEPT = message("quality.customers_kept", "{kept} with a purchase that was kept: those have a value ahead")
OF_MONEY = message("quality.of_money", "{share} of the money in the order lines")
BEST_MONTH = message("quality.best_month", "{month} was the best month with {money}")
BEST_MONTH_STOPS = message(
    "quality.best_month_stops",
    "{month} was the best month with {money}; the data stops on {last}, before its month ended",
)
BARS = message("quality.bars", "Bar chart of revenue in each of {months} from {span}.")
PALE = message("quality.pale", "Revenue is net of returns. Pale bars are months that are not complete.")
# ---- touchpoints
THRESHOLDS = message("quality.thresholds", "What another threshold would find; match_threshold sets it")
USED_HERE = message("quality.used_here", "{threshold}, used here")
OTHER = message("quality.other", "{threshold}")
NO_NUMBERS = message("quality.no_numbers", "no customer numbers to judge by")
EVIDENCE = message("quality.evidence", "What counts, and how much")
HOW_OFTEN = message(
    "quality.how_often",
    "How often it is so among records of one person ({how}) and among any two. Shares of a field add up to "
    "100 %. Weight: how many times it doubles the odds.",
)
LEARNED = message("quality.learned", "learned from these records")
ASSUMED = message("quality.assumed", "assumed, because too few records agree")
NEVER = message("quality.never", "never by chance")
TOUCHPOINTS = message("quality.touchpoints", "Whom the touchpoints know")
PERSONAL_DATA = message("quality.personal_data", "Personal data that this study read")
NO_PERSONAL_DATA = message(
    "quality.no_personal_data", "No table of this study has a column that stands for a person."
)
GOES_OUT = {
    "as given": message(
        "quality.goes_out",
        "Pages show groups of at least {smallest} people. Lists in `exports/` carry the numbers of customers as the tables "
        "have them, for the owner of the run only; with `export_ids: pseudonyms` in the study they carry pseudonyms.",
    ),
    "pseudonyms": message(
        "quality.goes_out_as_pseudonyms",
        "Pages show groups of at least {smallest} people. Lists in `exports/` carry pseudonyms, which only the key of this "
        "study can make again, for the owner of the run only.",
    ),
}
PERSONAL = message("quality.personal", "Columns of the contacts table, and which are personal")
# ---- answers
ROWS_USED = message("quality.rows_used", "{used} of {rows} rows of {table}")
ALL_USED = message("quality.all_used", "{tables}")
LINES_USED = message(
    "quality.lines_used",
    "{used} of {rows} order lines are used, worth {money}; {left_out} of the money that moved is left out.",
)
CAME_BACK = message(
    "quality.came_back",
    "{anonymous} of revenue cannot be added to a customer, and {returned} of what was bought came back",
)
NO_RETURNS = message(
    "quality.no_returns",
    "{anonymous} of revenue cannot be added to a customer, and no row is a return: what came back is taken off the amounts "
    "already, or is not in the data",
)
PEOPLE = message("quality.people", "{records} stand for {people} people and firms")
RUNS = message("quality.runs", "The data runs from {span}; {month} is the last complete month.")
NO_ORDERS = message(
    "quality.no_orders",
    "{tables} are used. This study has no orders, so questions about orders have no page",
)
SENTENCE = message("quality.sentence", "{clauses}.")

MOST_CHANNELS = 12
MEND = message(
    "quality.mend",
    "Have those who own the systems mend the {rows} that were set aside: the exports list them with the rule each broke.",
)
USE = message("quality.use", "Use the tables as they stand: no row had to be set aside.")


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


def other_thresholds(others: pd.DataFrame, crowd: Crowded) -> Table | None:
    """What other thresholds would find; None where there are no contacts."""
    if others.empty:
        return None
    used = zip(others["threshold"], others["is_used"], strict=True)
    said = [USED_HERE(threshold=plain(at)) if here else OTHER(threshold=plain(at)) for at, here in used]
    columns = {
        "said": "Threshold",
        "linked": "Records linked",
        "entities": "People and firms",
        "precision": column("Precision", "percent"),
        "recall": column("Recall", "percent"),
        "estimated_precision": column("Precision, by the model", "percent"),
        "estimated_recall": column("Recall, by the model", "percent"),
    }
    frame = others.assign(said=said)
    known = {name: head for name, head in columns.items() if name in frame}
    return Table(frame, THRESHOLDS(), known, notes=[crowd.values], missing=NO_NUMBERS())


def evidence(weights: pd.DataFrame, *, learned: bool) -> Table | None:
    """How much each degree of agreement counts; None where nothing was compared."""
    if weights.empty:
        return None
    columns = {
        "field": "Field",
        "agreement": "Two records say",
        "share": column("Of one person", "percent"),
        "chance": column("By chance", "said"),
        "weight": column("Weight", "number"),
    }
    chance = [None if pd.isna(share) else number(share, 2) for share in weights["u"]]
    note = HOW_OFTEN(how=LEARNED() if learned else ASSUMED())
    return Table(weights.assign(chance=chance), EVIDENCE(), columns, notes=[note], missing=NEVER())


def coverage(known: pd.DataFrame) -> Table | None:
    """Whom each touchpoint can name; None where there are no contacts."""
    columns = {
        "touchpoint": "Touchpoint",
        "records": "Records",
        "entities": "People and firms",
        "with_number": column("With a number", "percent"),
        "after_linking": column("After linking", "percent"),
        "share_of_revenue": column("Share of revenue", "percent"),
    }
    there = {name: head for name, head in columns.items() if name in known}
    return Table(known, TOUCHPOINTS(), there, "records", total="all touchpoints") if len(known) else None


def personal_columns(table: pd.DataFrame) -> Table | None:
    """Which columns of the contacts are personal; None where there are no contacts."""
    columns = {"column": "Column", "is_personal": "Personal", "why": "Why"}
    return Table(table, PERSONAL(), columns) if len(table) else None


def personal_data(used: pd.DataFrame, export_ids: str, smallest: int) -> list[Table | Message]:
    """Which personal data the study used, and where of it goes what."""
    if used.empty:
        return [NO_PERSONAL_DATA()]
    columns = {
        "table": "Table",
        "people": column("People or firms", "count"),
        "stands_for": "Stands for a person",
        "reaches": "Reaches a person",
        "says": "Says something of a person",
    }
    goes = GOES_OUT[export_ids](smallest=smallest)
    return [Table(used, PERSONAL_DATA(), columns), goes]


def rows_used(rows: pd.DataFrame) -> Message:
    """Say how many rows of which tables are used."""
    return ALL_USED(
        tables=listing(
            [ROWS_USED(used=row.used, rows=row.rows, table=row.table) for row in rows.itertuples()]
        )
    )


def facts(
    window: Window | None, money: MoneyInAndOut | None, rows: pd.DataFrame, customers: Counted | None
) -> dict[str, Message | Value]:
    """What stands beside every page of the run."""
    if window is None or money is None or customers is None:
        return {"Rows used": rows_used(rows)}
    return {
        "Data window": span(window),
        "Customers": _customers(customers),
        "Last complete month": last_month(window),
        "Freshness": AGE(days=count(window.freshness_days, "day"), as_of=window.as_of),
        "Revenue left out": OF_MONEY(share=percent(money.left_out_share)),
    }


def _customers(found: Counted) -> Message:
    """Why pages count customers differently; what differs from nothing is not said."""
    said = {name: count(one) for name, one in vars(found).items() if one is not None}
    if found.ordered in (None, found.kept):
        said.pop("ordered", None)
        return (KEPT if found.listed is None else LISTED_KEPT)(**said)
    return (BOUGHT if found.listed is None else LISTED)(**said)


def answers(
    rows: pd.DataFrame,
    money_moved: MoneyInAndOut | None,
    totals: Totals | None,
    window: Window | None,
    known: pd.DataFrame,
    currency: str,
) -> list[Message]:
    """What is used and left out, who is unknown, and which days it covers."""
    people = _people(known)
    if money_moved is None or totals is None or window is None:
        return [_sentence([NO_ORDERS(tables=rows_used(rows)), *people])]
    known_back = {"returned": percent(totals.returns_share)} if totals.returns_share else {}
    came_back = (CAME_BACK if known_back else NO_RETURNS)(
        anonymous=percent(money_moved.anonymous_share), **known_back
    )
    return [
        LINES_USED(
            used=money_moved.rows_used,
            rows=money_moved.rows,
            money=money(money_moved.used, currency),
            left_out=percent(money_moved.left_out_share),
        ),
        _sentence([came_back, *people]),
        RUNS(span=span(window), month=last_month(window)),
    ]


def _people(known: pd.DataFrame) -> list[Message]:
    """How many people all touchpoints together hold (the last row of the coverage)."""
    if known.empty:
        return []
    everyone = known.iloc[-1]
    records = count(everyone["records"], "contact record")
    return [PEOPLE(records=records, people=count(everyone["entities"]))]


def _sentence(parts: Sequence[Message]) -> Message:
    return SENTENCE(clauses=clauses(parts))


def to_do(rows: pd.DataFrame) -> Message:
    """What to do about the rows that are not used."""
    aside = int(rows["set_aside"].sum())
    return MEND(rows=count(aside, "row")) if aside else USE()
