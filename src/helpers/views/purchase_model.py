"""What the page on future purchases shows and says."""

from __future__ import annotations

import calendar
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.checks import Check
from helpers.messages import Message, about, count, decimals, estimate, message, percent, plain, signed
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.clv.common_error import Stated
    from helpers.clv.contact_effect import ContactFit
    from helpers.clv.holdout_scores import Judgement
    from helpers.clv.prior_predictive import Sensitivity
    from helpers.clv.purchase_comparison import Contest
    from helpers.clv.purchase_history import Holdout
    from helpers.clv.season_found import Season

# ---- the base
KNOWN_BEFORE = message(
    "purchase.known_before",
    "{customers} were won before {first}, the first day of the data: what looks like their first purchase is none, so they "
    "are a group of their own.",
)
ONE_DAY = message("purchase.one_day", "{share} of the {customers} customers have bought on one day only")
FREQUENCY_BARS = message(
    "purchase.frequency_bars", "Bars: customers by number of repeat purchases, from 0 to {most} or more."
)
UP_TO_MOST = message("purchase.up_to_most", "repeat purchases ({most}: that or more)")
# ---- before the data
ALMOST_EVERY_BASE = message(
    "purchase.almost_every_base", "Before any data the model finds almost every base possible"
)
WITHIN_BELIEFS = message(
    "purchase.within_beliefs",
    "Before any data the model finds almost every base possible; what was seen lies within its beliefs in {inside} of "
    "{classes} classes",
)
BELIEF_BARS = message(
    "purchase.belief_bars",
    "Bars: 90 % of what the priors expect of the share of customers per class of first-year repeat purchases; dots: the "
    "base.",
)
BELIEF_NOTE = message(
    "purchase.belief_note",
    "Bars: 90 % of the bases that the priors can imagine, a dash at their median. Dots: this base.",
)
# ---- from today
FIRST_HALF = message("purchase.first_half", "the first half of {month}")
SECOND_HALF = message("purchase.second_half", "the second half of {month}")
SEASON = message(
    "purchase.season",
    "In {high} customers who are still active buy {most} times as often as on average, in {low} {least} times",
)
NO_SEASON = message(
    "purchase.no_season",
    "Customers buy nearly alike all year: {least} times the average in {low}, {most} times in {high}",
)
SEASON_UNKNOWN = message(
    "purchase.season_unknown",
    "**The season is not known**: there is less than a year of data, so no month has been seen against all others. Each "
    "forecast draws one year's ups and downs at random, as shops have them, for all customers at once: this is why its "
    "interval is wide.",
)
SEASON_LINE = message(
    "purchase.season_line",
    "A line with its band over the 24 half-months of the year: how often customers buy, 1 on average.",
)
SEASON_NOTE = message(
    "purchase.season_note",
    "The band holds 90 %. A half-month borrows from its neighbours, and December from January. How often customers who are "
    "still active buy, compared with the average of a year; how many customers there are is not in it.",
)
SEASON_MOVED = message(
    "purchase.season_moved",
    "The season moves the forecast: for the next {months} months there are {expected} order days with it; one that takes "
    "the last months for the usual ones would say {without}.",
)
COVARIATES = message("purchase.covariates", "What each covariate goes along with")
WIDER = message("purchase.wider", "{model} fitted with its priors and with priors twice as wide")
WIDER_NOTE = message(
    "purchase.wider_note",
    "How much hangs on what was believed before any data. Single parameters may move where the data cannot tell them apart; "
    "what counts is the last row.",
)
OF_GROUP = message("purchase.of_group", "{parameter} of {group}")
OF_BASE = message("purchase.of_base", "expected purchases of the base")
# ---- answers
EXPECTED = message(
    "purchase.expected",
    "In the {months} months from {as_of} we expect {orders} order days of {customers} customers, {intervals}.",
)
JUDGED = message(
    "purchase.judged",
    "Judged on the last {days} days of {people}, {model} forecast {expected} order days where {made} were made ({bias}): "
    "{meaning}.",
)


# ---- the base
def known_before(older: int, first: date) -> Message | None:
    """Say how many customers were won before the data begins; None where there are none."""
    return KNOWN_BEFORE(customers=count(older, "customer"), first=first) if older else None


# ---- histories
PLAN = message(
    "purchases.plan",
    "Plan stock and staff for {low} to {high} of these customers in {months} months, both ends and not the middle alone. "
    "What new customers order comes on top.",
)


def frequencies(counts: pd.Series, one_time: float, customers: int) -> Figure:
    """Customers by number of repeat purchases, the last class open; one_time: the share of the first class."""
    title = ONE_DAY(share=percent(one_time), customers=customers)
    return Figure(_frequency_bars, {"counts": counts}, title, FREQUENCY_BARS(most=str(counts.index[-1])))


@drawing
def _frequency_bars(counts):
    fig, ax = figures.axes(height=3.0)
    ax.bar(counts.index, counts.to_numpy(), color=figures.PALETTE["actual"])
    ax.set(xlabel=wording.say(UP_TO_MOST(most=str(counts.index[-1]))), xticks=counts.index)
    figures.count_axis(ax.yaxis, "customers")
    return fig


def prior_purchases(shares: pd.DataFrame, actual: pd.Series, inside: int | None) -> Figure:
    """Repeat purchases of a first year under the priors, and as they were; inside: classes in which both agree."""
    title = ALMOST_EVERY_BASE() if inside is None else WITHIN_BELIEFS(inside=inside, classes=len(actual))
    data = {"shares": shares, "actual": actual}
    return Figure(_beliefs, data, title, BELIEF_BARS(), BELIEF_NOTE())


@drawing
def _beliefs(shares, actual):
    fig, ax = figures.axes(height=3.0)
    places = np.arange(len(shares))
    ax.vlines(places, shares["p05"], shares["p95"], color=figures.PALETTE["model"], alpha=0.35, linewidth=9)
    ax.plot(places, shares["p50"], "_", color=figures.PALETTE["model"], markersize=16)
    ax.plot(places, actual, "o", color=figures.PALETTE["actual"])
    ax.set(xticks=places, xticklabels=shares.index, xlabel="repeat purchases in the first year")
    figures.percent_axis(ax.yaxis, "share of customers")
    return fig


# ---- the hold-out


# ---- from today
def season(found: Season, months: float) -> list[Figure | Message]:
    """The profile over the year, what feasts and calendar do, and what knowing them moved, or that it is not known."""
    said = SEASON_MOVED(
        months=plain(months), expected=about(count(found.expected)), without=about(count(found.without))
    )
    if not found.estimated:
        return [SEASON_UNKNOWN(), *found.days.said]
    (high, most), (low, least) = found.highest, found.lowest
    told, places = (SEASON, 1) if found.clear else (NO_SEASON, 2)
    factors = {
        "most": estimate(most, decimals, places=places),
        "least": estimate(least, decimals, places=places),
    }
    title = told(high=_half_month(high), low=_half_month(low), **factors)
    return [
        Figure(_season, {"profile": found.profile}, title, SEASON_LINE(), SEASON_NOTE()),
        *found.days.said,
        said,
    ]


def _half_month(place: int) -> Message:
    return (SECOND_HALF if place % 2 else FIRST_HALF)(month=calendar.month_name[place // 2 + 1])


@drawing
def _season(profile):
    fig, ax = figures.axes(height=3.0)
    places = profile.index.to_numpy() + 0.5
    figures.band(ax, places, profile["p05"], profile["p95"])
    ax.plot(places, profile["mean"], color=figures.PALETTE["model"])
    ax.axhline(1.0, color=figures.PALETTE["ink"], linewidth=1)
    ax.set(xticks=np.arange(1, 24, 2), xticklabels=list(calendar.month_abbr)[1:])
    figures.around_one(ax.yaxis, profile["p05"].min(), profile["p95"].max())
    ax.set_ylabel("purchases, 1 is the year's average")
    return fig


def contacts(found: ContactFit | None, smallest: int) -> list[Check | Message]:
    """What customers received, what a fit that knows it finds, and whether that matters; none where few were contacted."""
    return [] if found is None else [*found.said(smallest), found.check]


def effects(table: pd.DataFrame) -> Table | None:
    """What covariates go along with; None where the model has none."""
    columns = {
        "covariate": "Covariate",
        "purchase_rate": "Purchase rate, times",
        "drop_out": "Drop-out, times",
    }
    return None if table.empty else Table(table, COVARIATES(), columns)


def sensitivity(result: Sensitivity, model: str) -> Table:
    """How far parameters and purchases move under wider priors."""
    moves = result.moves
    frame = moves.assign(
        quantity=[_quantity(row) for row in moves.itertuples()],
        moved=[signed(decimals(move, 2)) for move in moves["moved"]],
    )
    columns = {
        "quantity": column("Quantity", "text"),
        "mean": "Mean",
        "wider": column("Mean, priors twice as wide", "number"),
        "moved": column("Moved by (posterior standard deviations)", "said"),
    }
    return Table(frame, WIDER(model=model), columns, notes=[WIDER_NOTE()])


def _quantity(row) -> Message | str:
    if not row.parameter:
        return OF_BASE()
    return OF_GROUP(parameter=row.parameter, group=row.group) if row.group else row.parameter


def answers(
    orders: Stated,
    months: float,
    as_of: date,
    customers: int,
    contest: Contest,
    judgement: Judgement,
    holdout: Holdout,
    people: Message,
) -> list[Message]:
    """The orders to expect, and how the model did on the hold-out."""
    best = contest.winner
    return [
        EXPECTED(
            months=plain(months),
            as_of=as_of,
            orders=count(orders.interval.mean),
            customers=customers,
            intervals=orders.erred(count),
        ),
        JUDGED(
            days=holdout.days,
            people=people,
            model=best.name,
            expected=count(best.total),
            made=count(holdout.made),
            bias=best.missed,
            meaning=judgement.meaning,
        ),
    ]


def to_do(orders: Stated, months: float) -> Message:
    """What to plan for: both ends of the interval that past errors justify."""
    low, high = orders.interval.p05, orders.interval.p95
    return PLAN(low=count(low), high=count(high, "order day"), months=plain(months))
