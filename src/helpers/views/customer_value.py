"""What the page on the value of each customer shows and says."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import Message, between, estimate, mean, message, money, percent, plain
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.clv.common_error import CommonError
    from helpers.clv.customer_value import Value
    from helpers.clv.spend_index import SpendIndex
    from helpers.clv.value_scores import MoneyScores, RevenueHoldout

MONTHS = message("customer_value.months", "{months} months")
# ---- terms
TERMS = message("customer_value.terms", "What value means on this page")
TERMS_NOTE = message(
    "customer_value.terms_note",
    "Shares of revenue. Discount rate {rate} a year, horizon {ahead} from {as_of}.",
)
# ---- the hold-out
FORECAST_LESS = message(
    "customer_value.forecast_less",
    "We would have forecast {off} less revenue than came; the tenth forecast highest brought {best} of it",
)
FORECAST_MORE = message(
    "customer_value.forecast_more",
    "We would have forecast {off} more revenue than came; the tenth forecast highest brought {best} of it",
)
HOLDOUT_TOTAL = message(
    "customer_value.holdout_total",
    "Revenue of the hold-out: {actual} came, {forecast} forecast; by what was known before it, {intervals}.",
)
TENTHS = message(
    "customer_value.tenths",
    "Paired bars: forecast and actual revenue of ten groups, from highest to lowest forecast.",
)
SCORES = message(
    "customer_value.scores",
    "Revenue of each customer in the hold-out: mean distance of the forecast from what came (CRPS)",
)
# ---- equity
WORTH = message("customer_value.worth", "All customers together are worth {equity} over {ahead}, {interval}")
PRICES = message(
    "customer_value.prices",
    "All money is that of {as_of}: past amounts are counted in its prices. Orders to come grow by {ahead} a year and are "
    "then discounted.",
)
CONTRACTS = message(
    "customer_value.contracts",
    "Contracts are not in it, as it counts orders: their fees are valued on the page “Renewal”, and come on top unless they "
    "are booked as orders, too.",
)
IF_RIGHT = message("customer_value.if_right", "The total lies {intervals}. {basis}")
PLAUSIBILITY = message(
    "customer_value.plausibility", "Histogram of customer equity over the posterior draws."
)
SHADED = message(
    "customer_value.shaded",
    "Bars: what the model holds plausible if it is right. Shaded: the 90 % interval as forecasts have erred so far.",
)
BEST = message(
    "customer_value.best",
    "The middle customer of the best 5 % is expected to bring {middle}, but it may well be {low} or {high}",
)
RISING = message(
    "customer_value.rising",
    "Expected value of customers in rising order with a wide band, their 90 % predictive intervals.",
)
BAND = message(
    "customer_value.band",
    "Line: expected value. Band: where a customer's actual money lies with 90 % probability. "
    "Means over 2 % of customers.",
)
BAND_IN_TENS = message(
    "customer_value.band_in_tens",
    "Line: expected value. Band: where a customer's actual money lies with 90 % probability. "
    "Means over 2 % of customers. Away from zero each step is ten times the one before.",
)
HELD = message(
    "customer_value.held",
    "The best 20 % of customers hold {held} of the expected value; 80 % of it is held by {holders}",
)
CURVE = message(
    "customer_value.curve",
    "Curve of the share of value against the share of customers, well above the diagonal of equal shares.",
)
SEGMENTS = message("customer_value.segments", "Value of each segment over {ahead}, with its 90 % interval")
PAST_AND_AHEAD = message(
    "customer_value.past_and_ahead",
    "All customers brought {current} of margin in the last year; without new ones, {value} a year is expected "
    "over the next {ahead}",
)
PAIRS = message(
    "customer_value.pairs",
    "Two dots per segment, joined: margin of the last year, and value ahead per year with its interval.",
)
PAIRS_NOTE = message(
    "customer_value.pairs_note",
    "Both are of one year. Ahead: customers won so far only, discounted, less the cost to serve, over {ahead}. Where it is "
    "left of the last year, fewer will still buy. A number stands at its dot.",
)


def months(horizon_months: float) -> Message:
    """Say how far ahead value looks."""
    return MONTHS(months=plain(horizon_months))


def terms(shares: pd.DataFrame, ahead: Message, annual_discount_rate: float, as_of: date) -> Table:
    """What is taken off revenue, and what serving costs, per group."""
    columns = {
        "group": "Group",
        "margin": column("Margin", "percent"),
        "source": "Margin from",
        "returned": column("Returned", "percent"),
        "unpaid": column("Never paid", "percent"),
        "cost": column("Cost to serve a month", "money"),
    }
    note = TERMS_NOTE(rate=percent(annual_discount_rate), ahead=ahead, as_of=as_of)
    return Table(shares.rename_axis("group"), TERMS(), columns, notes=[note])


# ---- the hold-out
def by_tenth(judged: RevenueHoldout, currency: str) -> Figure:
    """Forecast and actual revenue of ten groups of equal size, from the highest forecast to the lowest."""
    said = FORECAST_LESS if judged.bias < 0 else FORECAST_MORE
    title = said(off=percent(abs(judged.bias)), best=percent(judged.held_by_best_tenth, 0))
    return Figure(_tenths, {"sums": judged.tenths, "currency": currency}, title, TENTHS())


@drawing
def _tenths(sums, currency: str):
    fig, ax = figures.axes(height=3.2)
    for shift, name in ((-0.2, "model"), (0.2, "actual")):
        ax.bar(sums.index + shift, sums[name], width=0.38, color=figures.PALETTE[name], label=name)
    ax.set_xticks(sums.index, [str(one) for one in sums.index])
    ax.set_xlabel("tenth of customers, by forecast (1: the highest)")
    figures.money_axis(ax.yaxis, currency, "revenue in the hold-out")
    figures.legend(ax)
    return fig


def scores(scores: MoneyScores) -> Table:
    """The distance of the model's and of simple forecasts from each customer's revenue."""
    return Table(scores.table, SCORES(), {"forecast": "Forecast", "crps": column("CRPS", "money")})


def holdout_total(judged: RevenueHoldout, currency: str) -> Message:
    """Revenue of the hold-out beside both intervals of its forecast."""
    said = {"forecast": money(judged.forecast.mean, currency), "actual": money(judged.actual, currency)}
    return HOLDOUT_TOTAL(**said, intervals=judged.stated.both(money, currency=currency))


# ---- equity
def equity(result: Value, ahead: Message, currency: str) -> Figure:
    """How plausible each sum of all customers' values is."""
    total = result.equity
    title = WORTH(
        equity=money(total.mean, currency), ahead=ahead, interval=between(total, money, currency=currency)
    )
    counts, edges = result.plausibility()
    data = {"counts": counts, "edges": edges, "total": total, "currency": currency}
    return Figure(_plausibility, data, title, PLAUSIBILITY(), SHADED())


@drawing
def _plausibility(counts, edges, total: Interval, currency: str):
    fig, ax = figures.axes(height=2.6)
    ax.hist(edges[:-1], bins=edges, weights=counts, color=figures.PALETTE["model"])
    ax.axvspan(total.p05, total.p95, color=figures.PALETTE["model"], alpha=0.15, linewidth=0)
    figures.money_axis(ax.xaxis, currency, "customer equity")
    ax.set(yticks=[], ylabel="plausibility")
    return fig


def prices(index: SpendIndex | None) -> list[Message]:
    """Say in whose money values are, and how prices are taken to grow; nothing where spend has no index."""
    if index is None or not index.moves:
        return []
    return [PRICES(as_of=index.end, ahead=estimate(index.growth[1], percent))]


def contracts(subscriptions: pd.DataFrame | None) -> list[Message]:
    """Say that the fees of contracts are not in the value of orders; nothing where there are no contracts."""
    return [CONTRACTS()] if subscriptions is not None and len(subscriptions) else []


def both_intervals(result: Value, error: CommonError, currency: str) -> Message:
    """Name both intervals of equity, and say what the wider one rests on."""
    return IF_RIGHT(intervals=result.stated.both(money, currency=currency), basis=error.basis)


def one_by_one(result: Value, currency: str) -> Figure:
    """Expected value of customers in rising order with the band of their own money."""
    best = result.best(0.05)
    title = BEST(
        low=money(best["p05"], currency),
        middle=money(best["mean"], currency),
        high=money(best["p95"], currency),
    )
    data = {"ranked": result.ranked(), "even_up_to": result.even_up_to, "currency": currency}
    caption = BAND_IN_TENS() if result.even_up_to else BAND()
    return Figure(_rising, data, title, RISING(), caption)


@drawing
def _rising(ranked, even_up_to: float, currency: str):
    fig, ax = figures.axes(height=3.4)
    figures.skewed_axis(ax.yaxis, even_up_to)
    figures.band(ax, ranked["customers"], ranked["p05"], ranked["p95"])
    ax.plot(ranked["customers"], ranked["mean"], color=figures.PALETTE["model"])
    figures.percent_axis(ax.xaxis, "customers, from the lowest to the highest expected value")
    figures.money_axis(ax.yaxis, currency, "value of one customer")
    return fig


def concentration(curve: pd.DataFrame, held: Interval, holders: float) -> Figure:
    """Share of expected value against share of customers, the most valuable first."""
    title = HELD(held=percent(held.mean, 0), holders=percent(holders, 0))
    return Figure(_lorenz, {"curve": curve}, title, CURVE())


@drawing
def _lorenz(curve):
    fig, ax = figures.axes(width=5.4, height=3.4)
    ax.plot(curve["customers"], curve["money"], color=figures.PALETTE["model"])
    ax.plot([0, 1], [0, 1], color=figures.PALETTE["muted"], linewidth=1)
    figures.percent_axis(ax.xaxis, "customers, the most valuable first")
    figures.percent_axis(ax.yaxis, "expected value")
    return fig


def segments(table: pd.DataFrame, ahead: Message) -> Table:
    """What each segment brought and what it will bring; table: `customer_value.per_head` with a column current."""
    columns = {
        "segment": "Segment",
        "customers": "Customers",
        "current": column("Margin last year", "money"),
        "value": column("Value ahead", "money"),
        "share": column("Share", "percent"),
        "per_customer": column("Per customer", "money", each=True, mean=True),
    }
    return Table(table, SEGMENTS(ahead=ahead), columns, "customers")


def past_and_ahead(shown: pd.DataFrame, everyone: pd.Series, ahead: Message, currency: str) -> Figure | None:
    """Margin of the last year beside the value ahead per year, None where no segment may be shown.

    shown: `customer_value.worth_showing` of `customer_value.per_year`; everyone: its row of all customers.
    """
    if shown.empty:
        return None
    title = PAST_AND_AHEAD(
        current=money(everyone["current"], currency),
        value=mean(everyone["a_year"], money, currency=currency),
        ahead=ahead,
    )
    data = {"names": list(shown["segment"]), "current": shown["current"], "value": list(shown["a_year"])}
    return Figure(_pairs, data | {"currency": currency}, title, PAIRS(), PAIRS_NOTE(ahead=ahead))


@drawing
def _pairs(names, current, value, currency: str):
    fig, ax = figures.axes(height=1 + 0.45 * len(names))
    figures.pairs(ax, names, current, value, ("margin of the last year", "value ahead a year"), figures.short)
    figures.money_axis(ax.xaxis, currency, "margin a year")
    figures.legend(ax)
    return fig
