"""What the page on data quality answers: rows used, the facts that every page shows, and what to mend."""

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
    percent,
)

if TYPE_CHECKING:
    from helpers.contracts.accounts import MoneyInAndOut
    from helpers.customers.data_window import Counted, Window
    from helpers.tables.ledger_totals import Totals

from helpers.views.data_quality import last_month, span

AGE = message("quality.age", "{days} before {as_of}, the day this report stands on")
UP_TO_DATE = message("quality.up_to_date", "on {as_of}, the day this report stands on")
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
MEND = message(
    "quality.mend",
    "Have those who own the systems mend the {rows} that were set aside: the exports list them with the rule each broke.",
)
USE = message("quality.use", "Use the tables as they stand: no row had to be set aside.")


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
        "Last order": age(window),
        "Revenue left out": OF_MONEY(share=percent(money.left_out_share)),
    }


def age(window: Window) -> Message:
    """How long before the report's day the last order was."""
    if window.freshness_days == 0:
        return UP_TO_DATE(as_of=window.as_of)
    return AGE(days=count(window.freshness_days, "day"), as_of=window.as_of)


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
