"""What the page on customer value answers, and what it says to do."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    between,
    count,
    estimate,
    mean,
    message,
    money,
    paragraph,
    percent,
)

if TYPE_CHECKING:
    from helpers.clv.customer_value import Value
    from helpers.clv.retention_point import Dearest, Point
    from helpers.clv.value_scores import RevenueHoldout
    from helpers.customers.who_is_named import AtStake

ANSWER_WORTH = message(
    "customer_value.answer_worth",
    "The {customers} customers of {as_of} are worth {equity} of margin over {ahead}, {interval} (90 % sure, as forecasts "
    "have erred so far).",
)
ANSWER_HELD = message(
    "customer_value.answer_held",
    "That is {each} per customer on average. The best 20 % hold {held} of what is expected.",
)
ANSWER_HELD_BY = message(
    "customer_value.answer_held_by",
    "That is {each} per customer on average. The best 20 % hold {held} of what is expected; {segment}, {customers}, hold "
    "{share}.",
)
ANSWER_POINT = message(
    "customer_value.answer_point",
    "{retention} of the active customers stay for a year. One more point of retention would add {gained} over {ahead}, "
    "{interval}.",
)
ANSWER_POINT_IN = message(
    "customer_value.answer_point_in",
    "{retention} of the active customers stay for a year. One more point of retention would add {gained} over {ahead}, "
    "{interval}; {share} of it comes from {segment}.",
)
ANSWER_LESS = message(
    "customer_value.answer_less",
    "Tested on the last {days}, the same method forecast {off} less revenue than came.",
)
ANSWER_MORE = message(
    "customer_value.answer_more",
    "Tested on the last {days}, the same method forecast {off} more revenue than came.",
)
KEEP_HALF = message(
    "value.keep_half",
    "Offer half of the {customers} in {segment}, drawn by lot, a reason to stay, and compare both halves. For one more "
    "point of their yearly retention it may cost at most {each} per customer over {ahead}, {interval}.",
)
SUITS = message("value.suits", "What suits them, by the page “Customer segments”: {offer}.")
STAKE = message(
    "value.stake",
    "{segment} ({customers}) bought well and has gone quiet: it brought {past} of margin in the last year, and {ahead} is "
    "ahead. What would win it back, only a test by lot tells.",
)
QUOTE_WIDE = message(
    "value.quote_wide", "Quote the value with its wide interval, as forecasts have erred so far."
)


def answer_worth(result: Value, ahead: Message, as_of: date, currency: str) -> Message:
    """What all customers together are worth."""
    return ANSWER_WORTH(
        customers=len(result.customers),
        as_of=as_of,
        equity=money(result.equity.mean, currency),
        ahead=ahead,
        interval=between(result.stated.interval, money, currency=currency),
    )


def answer_held(everyone: pd.Series, held: Interval, shown: pd.DataFrame, currency: str) -> Message:
    """What a customer is worth on average, and who holds most; shown: the segments that may be, the largest first."""
    told = {
        "each": mean(everyone["per_customer"], money, currency=currency),
        "held": percent(held.mean, 0),
    }
    if shown.empty:
        return ANSWER_HELD(**told)
    first = shown.iloc[0]
    by = {"segment": first["segment"], "customers": count(first["customers"], "customer")}
    return ANSWER_HELD_BY(share=percent(first["share"], 0), **by, **told)


def answer_point(who: Message, point: Point, where: Dearest | None, ahead: Message, currency: str) -> Message:
    """What one more point of retention would add, and where most of it, after who holds most (`answer_held`)."""
    told = {
        "retention": percent(point.yearly.mean, 0),
        "gained": mean(point.gained, money, currency=currency),
        "ahead": ahead,
        "interval": between(point.gained, money, currency=currency),
    }
    if where is None:
        return paragraph([who, ANSWER_POINT(**told)])
    gained = ANSWER_POINT_IN(share=percent(where.share, 0), segment=where.segment, **told)
    return paragraph([who, gained])


def answer_holdout(judged: RevenueHoldout) -> Message:
    """How far the same method was off where the outcome is known."""
    said = ANSWER_LESS if judged.bias < 0 else ANSWER_MORE
    return said(days=count(judged.days, "day"), off=percent(abs(judged.bias)))


def at_stake(found: AtStake | None, currency: str) -> Message | None:
    """Say what the segment that lost most has brought and what is ahead of it."""
    if found is None:
        return None
    return STAKE(
        segment=found.segment,
        customers=count(found.customers, "customer"),
        past=money(found.past, currency),
        ahead=estimate(found.ahead, money, currency=currency),
    )


def to_do(where: Dearest | None, ahead: Message, currency: str, offer: str = "") -> Message:
    """Whom to offer a reason to stay, what that may cost and what suits them; where: `retention_point.dearest`."""
    if where is None:
        return QUOTE_WIDE()
    keep = KEEP_HALF(
        customers=count(where.customers, "customer"),
        segment=where.segment,
        each=mean(where.each, money, currency=currency),
        ahead=ahead,
        interval=between(where.each, money, currency=currency),
    )
    return paragraph([keep, SUITS(offer=offer)]) if offer else keep
