"""What the executive page shows and says: the five answers, revenue, value by segment, campaigns, reservations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from helpers.messages import Message, count, message, money, percent, plain
from helpers.pages import figures, stored_checks
from helpers.pages.records import Figure, Table, drawing
from helpers.views.executive_answers import HALF

if TYPE_CHECKING:
    from helpers.customers.five_questions import LastYear, Silent

# ---- what stands beside the answers
REVENUE = message("five.revenue", "The last {months} whole months brought {revenue} of revenue")
REVENUE_MORE = message(
    "five.revenue_more",
    "The last {months} whole months brought {revenue} of revenue, {change} more than the 12 months before{lately}",
)
REVENUE_LESS = message(
    "five.revenue_less",
    "The last {months} whole months brought {revenue} of revenue, {change} less than the 12 months before{lately}",
)
LATELY_MORE = message("five.lately_more", "; the last three, {change} more than a year earlier")
LATELY_LESS = message("five.lately_less", "; the last three, {change} less than a year earlier")
REVENUE_ALT = message("five.revenue_alt", "Bars of revenue per month over {months} whole months.")
SILENT = message(
    "five.silent",
    "For {share} of all {customers} who ever bought, those long gone included, no further order within {months} months is "
    "more likely than one.",
)
RESERVATIONS = message(
    "five.reservations",
    "Checks that ask for a review or failed; what to do stands on the page “All checks of this report”",
)
RESERVATION = message("five.reservation", "{page}: {check} ({verdict})")
RESERVATION_OF = message("five.reservation_of", "{page}, {about}: {check} ({verdict})")
ADVISED = message("five.advised", "{advice}")  # its first sentence: the page of all checks has the rest
NONE_OPEN = message("five.none_open", "Every check of every page passed.")


# ---- what stands beside the answers
def revenue_claim(year: LastYear, currency: str) -> Message:
    """Say what the last twelve whole months brought, and the last three of them, each against a year earlier."""
    fields = {"months": str(year.months), "revenue": money(year.revenue, currency)}
    if year.change is None:
        return REVENUE(**fields)
    told: Message | str = ""
    if year.lately is not None:
        told = (LATELY_MORE if year.lately > 0 else LATELY_LESS)(change=percent(abs(year.lately), 0))
    claim = REVENUE_MORE if year.change > 0 else REVENUE_LESS
    return claim(**fields, change=percent(abs(year.change), 0), lately=told)


def brought(year: LastYear | None, currency: str) -> Message | None:
    """Say what the last twelve whole months brought; None for a study without orders."""
    return year and revenue_claim(year, currency)


def revenue(shown: pd.Series | None, claim: Message | None, currency: str) -> Figure | None:
    """Revenue per whole month; None for a study without orders."""
    if shown is None or claim is None:
        return None
    data = {"months": shown.index.to_timestamp(), "revenue": shown.to_numpy(), "currency": currency}
    return Figure(_bars, data, claim, REVENUE_ALT(months=str(len(shown))))


@drawing
def _bars(months, revenue, currency: str):
    fig, ax = figures.axes(width=HALF, height=3.0)
    ax.bar(months, revenue, width=22, color=figures.PALETTE["actual"])
    ax.margins(x=0.01)  # no tick after the last bar
    figures.money_axis(ax.yaxis, currency, "revenue")
    figures.date_axis(ax.xaxis)
    return fig


def silent(found: Silent | None) -> Message | None:
    """Say how many customers will probably place no further order."""
    if found is None:
        return None
    customers = count(found.customers, "customer")
    return SILENT(customers=customers, share=percent(found.share, 0), months=plain(found.months))


def reservations(found: list[dict[str, Any]], titles: Mapping[str, str]) -> Table | Message:
    """Checks that did not pass: page, check and verdict in one, and the first sentence of what it says."""
    if not found:
        return NONE_OPEN()
    named = [_reservation(one, titles[one["notebook"]]) for one in found]
    advice = [ADVISED(advice=stored_checks.part(one, "advice")) for one in found]
    return Table(pd.DataFrame({"Check": named, "What it says": advice}), RESERVATIONS())


def _reservation(one: dict[str, Any], page: str) -> Message:
    said = {"page": page, "check": stored_checks.part(one, "name"), "verdict": one["verdict"]}
    return RESERVATION_OF(**said, about=one["about"]) if one.get("about") else RESERVATION(**said)
