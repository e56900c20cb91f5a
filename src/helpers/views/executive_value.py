"""What the executive page says of the value ahead: customers' orders, contracts, and what the last year brought."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    Template,
    between,
    count,
    mean,
    message,
    money,
    paragraph,
    percent,
    plain,
)
from helpers.views.executive_answers import SENTENCE

if TYPE_CHECKING:
    from helpers.clv.common_error import Stated
    from helpers.customers.five_questions import Subscribers

from helpers.views.executive_money import WITHHELD

# ---- how do we raise net profit?
EQUITY = message(
    "five.equity",
    "If nothing changes, customers of {as_of} bring {equity} of margin in {months} months, {intervals}.",
)
PAST = message(
    "five.past",
    "That is {a_year} a year; the last year brought {current}. The value ahead leaves out customers still to come, is "
    "discounted, and has the cost to serve taken off.",
)
PAST_WON = message(
    "five.past_won",
    "That is {a_year} a year; the last year brought {current}. Of its revenue {won} came from customers won in that year; "
    "the value ahead counts none still to come, is discounted, and has the cost to serve taken off.",
)
STATED_MARGIN = message(
    "five.stated_margin", "Margin is taken as {share} of revenue, as the study states: the data brings none."
)
SUBSCRIBERS = message(
    "five.subscribers",
    "The {active} of {as_of} are worth {equity} of margin from their contracts over the {months} months from then, "
    "{interval}.",
)
SUBSCRIBERS_BESIDE = message(
    "five.subscribers_beside",
    "Contracts are not in the value ahead, which counts orders: the fees of {active} bring {equity} of margin over "
    "{months} months, {interval}. Fees that are booked as orders as well are counted in both.",
)


def equity(
    found: tuple[Interval, float] | None, as_of: date, currency: str, said: Stated | None = None
) -> Message | None:
    """Say what the customers are worth if nothing changes; said: how sure, where forecasts have erred by something."""
    if found is None:
        return None
    worth, months = found
    intervals = said.erred(money, currency=currency) if said else between(worth, money, currency=currency)
    return EQUITY(as_of=as_of, equity=money(worth.mean, currency), months=plain(months), intervals=intervals)


def beside(
    past: tuple[float, Interval] | None,
    moved: Message | None,
    currency: str,
    margin: float | None = None,
    won: float | None = None,
) -> Message | None:
    """What is told beside the value: what the last year brought, a stated margin, and what moved the value since.

    won: the share of the last year's revenue that customers won in it bought.
    """
    known = [moved] if moved else []
    if margin is not None:
        known.insert(0, stated(margin))
    if past is not None:
        current, a_year = past
        told = {"current": money(current, currency), "a_year": mean(a_year, money, currency=currency)}
        known.insert(0, PAST_WON(**told, won=percent(won, 0)) if won else PAST(**told))
    return paragraph(known) if known else None


def stated(margin: float) -> Message:
    """Say which share of revenue counts as margin where the data brings none."""
    return STATED_MARGIN(share=percent(margin, 0))


def subscribers(
    found: Subscribers | None, as_of: date, currency: str, equity: tuple[Interval, float] | None = None
) -> Message | None:
    """Say what the contracts are worth, where no `equity` of customers with orders is said instead."""
    return None if found is None or equity is not None else _fees(SUBSCRIBERS, found, currency, as_of=as_of)


def beside_orders(found: Subscribers | None, ahead: Any, currency: str) -> Message | None:
    """Say what the contracts are worth beside the value `ahead` of orders, which does not count them."""
    return None if found is None or ahead is None else _fees(SUBSCRIBERS_BESIDE, found, currency)


def _fees(said: Template, found: Subscribers, currency: str, **fields: date) -> Message:
    return said(
        **fields,
        active=count(found.active, "subscriber"),
        equity=money(found.worth.mean, currency),
        months=plain(found.months),
        interval=between(found.worth, money, currency=currency),
    )


def last_answer(
    table: pd.DataFrame | None, window: Message | None, revenue: Message | None
) -> Message | None:
    """What campaigns added; without any, what the year brought; None where neither is known."""
    if table is None:
        return revenue and SENTENCE(claim=revenue)
    return WITHHELD() if window is None else SENTENCE(claim=window)
