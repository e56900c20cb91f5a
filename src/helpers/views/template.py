"""What the notebook's page shows and says: its sentences first, then what makes figures, tables and messages of results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import Message, between, count, message, money, month, percent
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.customers.monthly_revenue import LastChange

MORE = message("template.more", "{month} brought {revenue}, {change} more than the month before")
LESS = message("template.less", "{month} brought {revenue}, {change} less than the month before")
LINE = message("template.line", "Line of revenue in {months}.")
COMPLETE = message(
    "template.complete",
    "Complete months only, so that a month cut short does not look like a fall.",
)
TABLE = message("template.table", "Revenue of the last complete months")
USUAL = message("template.usual", "The middle 90 % of monthly changes lie {usual}.")
SEASON_MORE = message(
    "template.season_more", "That is {change} more than in the same month of the year before."
)
SEASON_LESS = message(
    "template.season_less", "That is {change} less than in the same month of the year before."
)
ANSWER = message("template.answer", "{last}. {usual}")
TO_DO = message(
    "template.to_do", "Look at what {month} had that other months lack before anybody acts on it."
)


def last_month(found: LastChange, currency: str) -> Message:
    """Say what the last month brought, and how that differs from the month before."""
    said = LESS if found.is_fall else MORE
    revenue, change = money(found.revenue, currency), percent(abs(found.change))
    return said(month=month(found.month), revenue=revenue, change=change)


def course(months: pd.DataFrame, found: LastChange, currency: str) -> Figure:
    """Revenue month by month; the title says what the last one brought."""
    alt = LINE(months=count(len(months), "complete month"))
    data = {"months": months[["month", "revenue"]], "currency": currency}
    return Figure(_course, data, last_month(found, currency), alt, COMPLETE())


@drawing
def _course(months, currency):
    fig, ax = figures.axes(height=3.2)
    ax.plot(months["month"], months["revenue"], color=figures.PALETTE["actual"], marker="o")
    figures.money_axis(ax.yaxis, currency, "revenue per month")
    figures.date_axis(ax.xaxis)
    ax.set_ylim(bottom=min(0, months["revenue"].min()))
    return fig


def revenues(months: pd.DataFrame) -> Table:
    """The revenue of these months."""
    named = months.assign(month=[month(first) for first in months["month"]])
    columns = {"month": column("Month", "text"), "revenue": column("Revenue", "money")}
    return Table(named, TABLE(), columns)


def usual(found: LastChange) -> Message:
    """Say how much months usually differ."""
    return USUAL(usual=between(found.usual, percent))


def season(found: LastChange | None) -> Message | None:
    """Say how the last month differs from the same month of the year before; nothing where that is not known."""
    if found is None:
        return None
    return (SEASON_LESS if found.is_fall else SEASON_MORE)(change=percent(abs(found.change)))


def answer(found: LastChange, currency: str) -> Message:
    """What the last month brought, and whether that is usual."""
    return ANSWER(last=last_month(found, currency), usual=usual(found))


def to_do(found: LastChange) -> Message:
    """What to do about the last month."""
    return TO_DO(month=month(found.month))
