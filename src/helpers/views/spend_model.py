"""What the page on spend per order shows and says."""

from __future__ import annotations

import calendar
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    about,
    between,
    count,
    decimals,
    estimate,
    listing,
    message,
    money,
    percent,
    plain,
)
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.clv.spend_comparison import HoldoutScores, RevenueToCome
    from helpers.clv.spend_fit import Outcome, OwnWeight, Replicated
    from helpers.clv.spend_history import Spread
    from helpers.clv.spend_index import SpendIndex

# ---- what was spent
HALF = message(
    "spend.half",
    "Half of the repeat buyers spend less than {half} per order day, {share} more than {rare}",
)
HISTOGRAM = message("spend.histogram", "Histogram of mean spend per order day on a logarithmic axis.")
EVENED = message(
    "spend.evened",
    "The outer bars hold all beyond them; neighbouring bars of fewer than {smallest} buyers are drawn at one height.",
)
BY_FREQUENCY = message("spend.by_frequency", "Spend per order day by number of repeat purchases")
SEASON = message(
    "spend.season",
    "In {high} an order of the same customer brings {most} times what it brings on average, in {low} {least} times",
)
NO_SEASON = message(
    "spend.no_season",
    "An order brings nearly alike all year: {least} times the average in {low}, {most} times in {high}",
)
SEASON_LINE = message(
    "spend.season_line", "A line with its band over the twelve months: what an order brings, 1 on average."
)
SEASON_NOTE = message(
    "spend.season_note",
    "The band holds 90 %. It rests on {order_days} and compares orders of the same customer, so it is not moved by who buys "
    "when. A month borrows from its neighbours. Values count each coming order by the month it falls in.",
)
GROWTH = message(
    "spend.growth",
    "What an order of the same customer brings grew by {last} in the last year. Past amounts are counted in the money of "
    "{as_of}; of orders to come the forecast expects {ahead} a year more.",
)
# ---- the hold-out
BELOW = message(
    "spend.below",
    "Expected revenue per order day was {bias} below what customers spent in the hold-out",
)
ABOVE = message(
    "spend.above",
    "Expected revenue per order day was {bias} above what customers spent in the hold-out",
)
TEN_GROUPS = message(
    "spend.ten_groups",
    "Ten groups of customers: expected against actual spend per order day, with the line where both are equal.",
)
DOTS = message("spend.dots", "Each dot is a tenth of the customers who bought. On the line, both agree.")
SCORES = message(
    "spend.scores", "Forecasts of spend per order day in the hold-out, of customers who came back"
)
# ---- other models
TWICE = message("spend.twice", "A customer who buys twice as often spends {more} more per order, {interval}.")
TWICE_IN_GROUP = message(
    "spend.twice_in_group",
    "Group {group}: a customer who buys twice as often spends {more} more per order, {interval}.",
)
TO_COME = message("spend.to_come", "Revenue to come in {months} months under each spend model")
TO_COME_NOTE = message(
    "spend.to_come_note",
    "Before margin, not discounted. Difference: from Gamma-Gamma, for the base and for the tenth of customers worth most.",
)
# ---- trust and spread
COUNTS = message(
    "spend.counts", "A customer's own mean counts {one} after one repeat purchase, {five} after five"
)
COUNTS_IN_GROUP = message(
    "spend.counts_in_group",
    "The own mean of a customer of the group {group} counts {one} after one repeat purchase, {five} after five",
)
RISING = message(
    "spend.rising", "A curve that rises with the number of repeat purchases from 0 towards 100 %."
)
QUANTILES = message("spend.quantiles", "Mean spend per repeat order day: actual customers and the model's")
# ---- answers
AVERAGE = message("spend.average", "An average customer spends {mean} per order day, {interval}.")
IN_GROUPS = message(
    "spend.in_groups",
    "Spend per order day: {groups}; over all customers {mean}, {interval}.",
)
IN_GROUP = message("spend.in_group", "{group} {mean}")
TRUSTED = message("spend.trusted", "{claim}; the rest is the mean of all like them.")
WOULD_DIFFER = message(
    "spend.would_differ",
    "By the other model of spend (log-normal, following the purchase rate) revenue to come would differ by {shift}, "
    "{interval}.",
)


# ---- what was spent
def spread(spent: Spread, currency: str, smallest: int) -> Figure:
    """How mean spend is spread over repeat buyers."""
    title = HALF(
        half=about(money(spent.median, currency)),
        share=percent(spent.rare_share, 0),
        rare=about(money(spent.rare, currency)),
    )
    data = {"edges": spent.edges, "customers": spent.customers, "currency": currency}
    return Figure(_histogram, data, title, HISTOGRAM(), EVENED(smallest=str(smallest)))


@drawing
def _histogram(edges, customers, currency: str):
    fig, ax = figures.axes(height=3.0)
    ax.hist(edges[:-1], bins=edges, weights=customers, color=figures.PALETTE["actual"])
    ax.set_xscale("log")
    figures.money_axis(ax.xaxis, currency, "mean spend per order day")
    figures.count_axis(ax.yaxis, "repeat buyers")
    return fig


RECKON = message(
    "spend.reckon",
    "Reckon with these amounts where an order's size decides: the smallest order, free delivery, what a discount may cost.",
)


def index(found: SpendIndex) -> list[Figure | Message]:
    """The season of spend, and how far prices have grown and are expected to grow; nothing where none could be told."""
    if not found.moves:
        return []
    (high, most), (low, least) = found.ends
    factors = {"most": estimate(most, decimals, places=2), "least": estimate(least, decimals, places=2)}
    told = SEASON if found.clear else NO_SEASON
    title = told(high=calendar.month_name[high + 1], low=calendar.month_name[low + 1], **factors)
    note = SEASON_NOTE(order_days=count(found.order_days, "repeat order day"))
    last, ahead = (estimate(one, percent) for one in found.growth)
    growth = GROWTH(last=last, ahead=ahead, as_of=found.end)
    return [Figure(_season, {"profile": found.profile}, title, SEASON_LINE(), note), growth]


@drawing
def _season(profile):
    fig, ax = figures.axes(height=3.0)
    places = profile.index.to_numpy()
    figures.band(ax, places, profile["p05"], profile["p95"])
    ax.plot(places, profile["mean"], color=figures.PALETTE["model"])
    ax.axhline(1.0, color=figures.PALETTE["ink"], linewidth=1)
    ax.set(xticks=places, xticklabels=list(calendar.month_abbr)[1:])
    figures.around_one(ax.yaxis, profile["p05"].min(), profile["p95"].max())
    ax.set_ylabel("money per order, 1 is the average")
    return fig


def by_frequency(steps: pd.DataFrame) -> Table:
    """Spend per order day by number of repeat purchases."""
    columns = {
        "repeats": "Repeat purchases",
        "customers": "Customers",
        "median": column("Median", "money", each=True),
        "mean": column("Mean", "money", each=True),
    }
    return Table(steps, BY_FREQUENCY(), columns, group_size="customers")


# ---- the hold-out
def outcome(found: Outcome, currency: str) -> Figure:
    """Expected against actual spend in the hold-out, by tenth of those who came back."""
    title = (BELOW if found.bias < 0 else ABOVE)(bias=percent(abs(found.bias)))
    data = {"tenths": found.tenths, "currency": currency}
    return Figure(_against_actual, data, title, TEN_GROUPS(), DOTS())


@drawing
def _against_actual(tenths, currency: str):
    fig, ax = figures.axes(height=3.4)
    ends = [0, 1.05 * float(tenths.to_numpy().max())]
    ax.plot(ends, ends, color=figures.PALETTE["muted"], linewidth=1)
    ax.plot(tenths["expected"], tenths["actual"], "o", color=figures.PALETTE["model"])
    figures.money_axis(ax.xaxis, currency, "expected spend per order day")
    figures.money_axis(ax.yaxis, currency, "actual")
    return fig


def scores(judged: HoldoutScores) -> Table:
    """Forecasts of spend in the hold-out, a row per model."""
    columns = {"model": "Model", "bias": column("Bias", "percent"), "crps": column("CRPS", "money")}
    return Table(judged.table, SCORES(), columns)


# ---- other models
def doubled(factors: dict[str, Interval]) -> list[Message]:
    """Say how much more per order a customer spends who buys twice as often, for each group (without: "")."""
    return [_doubled(name, factor) for name, factor in factors.items()]


def _doubled(group: str, factor: Interval) -> Message:
    said = {"more": percent(factor.mean), "interval": between(factor, percent)}
    return TWICE_IN_GROUP(group=group, **said) if group else TWICE(**said)


def to_come(revenue: RevenueToCome, months: float) -> Table:
    """What the base would bring under each spend model."""
    columns = {
        "model": "Model",
        "base": column("Base", "money"),
        "difference": column("Difference", "percent"),
        "top_tenth": column("Top tenth", "percent"),
    }
    return Table(revenue.table, TO_COME(months=plain(months)), columns, notes=[TO_COME_NOTE()])


# ---- trust and spread
def own_weight(trust: OwnWeight) -> Figure:
    """How much a customer's own mean counts, by their number of repeat purchases."""
    return Figure(_own_weight, {"curves": trust.curves}, _counts(trust), RISING())


@drawing
def _own_weight(curves):
    fig, ax = figures.axes(height=2.8)
    for name, curve in curves.items():
        ax.plot(np.arange(len(curve)), curve, label=name)
    ax.set(xlabel="repeat purchases", ylim=(0, 1))
    figures.percent_axis(ax.yaxis, "weight of the own mean")
    figures.label_line_ends(ax)
    return fig


def _counts(trust: OwnWeight) -> Message:
    said = {"one": percent(trust.largest[1], 0), "five": percent(trust.largest[5], 0)}
    return COUNTS_IN_GROUP(group=trust.group, **said) if trust.group else COUNTS(**said)


def quantiles(found: Replicated) -> Table:
    """The spread of actual customers' means beside that of the model's."""
    frame = found.quantiles.assign(level=[percent(level, 0) for level in found.quantiles["level"]])
    columns = {
        "level": column("Share of buyers below", "text"),
        "actual": column("Actual", "money"),
        "model": column("Model", "money"),
    }
    return Table(frame, QUANTILES(), columns)


def answers(
    mean: Interval, by_group: dict[str, Interval], trust: OwnWeight, revenue: RevenueToCome, currency: str
) -> list[Message]:
    """What a customer (of each group) spends, how far own histories are trusted, what another model would change."""
    all_of_them = {"mean": money(mean.mean, currency), "interval": between(mean, money, currency=currency)}
    told = [
        IN_GROUP(group=group, mean=estimate(its, money, currency=currency)) for group, its in by_group.items()
    ]
    return [
        IN_GROUPS(groups=listing(told), **all_of_them) if len(told) > 1 else AVERAGE(**all_of_them),
        TRUSTED(claim=_counts(trust)),
        WOULD_DIFFER(shift=percent(revenue.shift.mean), interval=between(revenue.shift, percent)),
    ]


def to_do() -> Message:
    """What the amounts are for."""
    return RECKON()
