"""What the page on the customer base shows of revenue: by month and period, lapsed and won back, and by channel."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import Message, message, money, percent, signed
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.customers.lifecycle import Moved
    from helpers.customers.revenue import Quarter


# ---- revenue
NEW_SHARE = message(
    "base.new_share", "In the quarter from {start}, new customers brought {share} of {revenue}"
)
NONE_NEW = message(
    "base.none_new", "In the quarter from {start}, {revenue} came in, none of it from new customers"
)
NOT_TOLD_APART = message(
    "base.not_told_apart",
    "In the quarter from {start}, revenue was {revenue}; fewer than {smallest} customers were new, or were not",
)
STACKED = message(
    "base.stacked", "Stacked bars of monthly revenue from existing, new and won-back customers."
)
NET = message(
    "base.net",
    "Revenue is net of returns; the last bar may be a month that is not complete. Of new, existing and won-back customers, "
    "those who were fewer than {smallest} in a month are counted with the largest of the three.",
)
PER_QUARTER = message("base.per_quarter", "Revenue per quarter; new: first bought in that quarter")
NO_QUARTER = message("base.no_quarter", "no whole quarter a year before")
PER_YEAR = message("base.per_year", "Revenue per year; new: first bought in that year")
NO_YEAR = message("base.no_year", "no whole year a year before")
FEW_LAPSED = message("base.few_lapsed", "Fewer than {smallest} customers lapsed since {earlier}.")
LEAK = message(
    "base.leak",
    "The {customers} customers who lapsed since {earlier} had brought {lost} in the {days} days before, {share} of that "
    "revenue.",
)
WON_BACK = message("base.won_back", "{lapsed} Customers now won back brought {money} in {window}.")
CHANNELS = message("base.channels", "Channels in {window}")
SIDE_BY_SIDE = message(
    "base.side_by_side", "Consumers and organizations side by side, per customer, in {window}"
)
PATTERN = message(
    "base.pattern",
    "Spending pattern: pieces and categories per purchase, categories per customer, median days between purchases",
)
NOT_RECORDED = message("base.not_recorded", "not recorded")
CORE = message(
    "base.core",
    "{customers} of all customers are frequent or loyal and brought {revenue} of the revenue in {window}.",
)
PARTS = {
    "revenue": column("Revenue", "money"),
    "existing": column("Existing", "money"),
    "new": column("New", "money"),
    "won back": column("Won back", "money"),
    "customers": column("Buyers", "count"),
    "said": column("On a year before", "said"),
}


def monthly_revenue(monthly: pd.DataFrame, last: Quarter, currency: str, smallest: int) -> Figure:
    """Revenue per month by who brought it."""
    revenue = money(last.revenue, currency)
    if last.new_share is None:
        title = NOT_TOLD_APART(start=last.start, revenue=revenue, smallest=smallest)
    elif last.new_share == 0:
        title = NONE_NEW(start=last.start, revenue=revenue)
    else:
        title = NEW_SHARE(start=last.start, share=percent(last.new_share, 0), revenue=revenue)
    data = {"monthly": monthly, "currency": currency}
    return Figure(_stacked, data, title, STACKED(), NET(smallest=smallest))


@drawing
def _stacked(monthly, currency: str):
    fig, ax = figures.axes(height=3.4)
    floor = 0.0 * monthly["revenue"]
    for side, color in (("existing", "accent"), ("new", "ochre"), ("won back", "violet")):
        heights = monthly[side].clip(lower=0)
        ax.bar(monthly["start"], heights, width=24, bottom=floor, color=figures.PALETTE[color], label=side)
        floor = floor + heights
    figures.money_axis(ax.yaxis, currency, "revenue per month")
    figures.date_axis(ax.xaxis)
    figures.legend(ax)
    return fig


def per_quarter(table: pd.DataFrame) -> Table:
    """Revenue of the last quarters by who brought it."""
    return _per_period(table.tail(9), "Quarter", PER_QUARTER(), NO_QUARTER())


def per_year(table: pd.DataFrame) -> Table:
    """Revenue of each year by who brought it."""
    return _per_period(table, "Year", PER_YEAR(), NO_YEAR())


def _per_period(table: pd.DataFrame, heading: str, caption: Message, missing: Message) -> Table:
    changes = [None if pd.isna(change) else signed(percent(change, 0)) for change in table["change"]]
    return Table(
        table.assign(said=changes), caption, {"label": heading, **PARTS}, "customers", missing=missing
    )


def lapsed(moved: Moved, days: int, earlier: date, *, currency: str, smallest: int) -> Message:
    """Say what was lost with those who lapsed."""
    if len(moved.lapsed) < smallest:
        return FEW_LAPSED(smallest=smallest, earlier=earlier)
    lost, share = money(moved.lost, currency), percent(moved.lost_share)
    return LEAK(customers=len(moved.lapsed), earlier=earlier, lost=lost, days=str(days), share=share)


def won_back(lapsed: Message, back: pd.Series, window: Message, currency: str, smallest: int) -> Message:
    """Say what was lost, and what those who came back brought; back: revenue of each, not told of few."""
    if len(back) < smallest:
        return lapsed
    return WON_BACK(lapsed=lapsed, money=money(back.sum(), currency), window=window)


def channels(table: pd.DataFrame, window: Message) -> Table:
    """Customers, purchases and revenue per channel."""
    columns = {
        "channel": "Channel",
        "customers": column("Customers", "count"),
        "purchases": column("Purchases", "count"),
        "revenue": column("Revenue", "money"),
        "before": column("Window before", "money"),
        "share": column("Share", "percent"),
        "per_purchase": column("Per purchase", "money", each=True),
    }
    return Table(table, CHANNELS(window=window), columns, "customers")


def spending(habits: pd.DataFrame, window: Message) -> Table:
    """What a customer of each kind spends."""
    columns = {
        "kind": "Kind",
        "customers": column("Customers", "count"),
        "share": column("Share of revenue", "percent"),
        "purchases_per_customer": "Purchases",
        "per_purchase": column("Per purchase", "money", each=True),
        "lifetime_revenue": column("Lifetime revenue", "money", each=True),
    }
    return Table(habits, SIDE_BY_SIDE(window=window), columns, "customers")


def pattern(habits: pd.DataFrame) -> Table:
    """How a customer of each kind buys."""
    columns = {
        "kind": "Kind",
        "customers": column("Customers", "count"),
        "pieces": "Pieces",
        "categories": "Categories",
        "breadth": "Categories known",
        "pause": "Days between",
    }
    return Table(habits, PATTERN(), columns, "customers", missing=NOT_RECORDED())


def core(states: pd.DataFrame, window: Message) -> Message:
    """Say what frequent and loyal customers are worth."""
    rows = states.set_index("state").reindex(["frequent", "loyal"])
    shares = {name: percent(rows[name].sum(), 0) for name in ("share_of_customers", "share")}
    return CORE(customers=shares["share_of_customers"], revenue=shares["share"], window=window)
