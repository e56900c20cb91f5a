"""What the page on future purchases shows and says of the hold-out and of forecasts of other days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.messages import Message, count, decimals, estimate, listing, message, percent
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.clv.cohorts import Thirds
    from helpers.clv.common_error import CommonError, Stated
    from helpers.clv.customer_groups import Design
    from helpers.clv.frequency_fit import ByFrequency, Replicated
    from helpers.clv.holdout_scores import Judgement
    from helpers.clv.purchase_comparison import Contest
    from helpers.clv.purchase_history import Holdout
    from helpers.clv.regularity import Moved, Rhythm
    from helpers.clv.tracking import Course

JUDGED_ALL = message("purchase.judged_all", "{customers} customers")
JUDGED_DRAWN = message("purchase.judged_drawn", "{customers} customers drawn at random")
SCORES = message(
    "purchase.scores", "Forecasts of {days} days of hold-out, {people}; the mixture is {mixture}"
)
PART = message("purchase.part", "{weight} {model}")
TOP_TENTH = message(
    "purchase.top_tenth",
    "Purchases of the top tenth: the share of all purchases made by the tenth of customers forecast highest.",
)
ON_A_RHYTHM = message(
    "purchase.on_a_rhythm",
    "**Customers here buy on a rhythm**: the days between one customer's purchases differ less than chance would have it. "
    "So whoever is silent for much longer than their own rhythm is given up sooner, and whoever is early in it not at all. "
    "{model} knows this: of {customers} it takes {active} to be active on the day before the hold-out, the same model "
    "without rhythm {without}, and it forecasts {purchases} for the hold-out instead of {purchases_without}.",
)
ALIKE = message(
    "purchase.alike",
    "**Newer and older customers are forecast about equally well**: {early} for the third of the customers who came first, "
    "{late} for the third who came last.",
)
UNLIKE = message(
    "purchase.unlike",
    "**Newer customers do not buy like older ones**, or the times have changed. The forecast is {early} for the third "
    "of the customers who came first and {late} for the third who came last.",
)
COHORTS = message(
    "purchase.cohorts",
    "**Customers may differ by when they first bought**: {cohorts} have rates of their own, each near its neighbours. This "
    "assumes that newer customers are other people, not that the times have changed for all: the data cannot tell the two "
    "apart. The forecast is {early} for the third who came first and {late} for the third who came last.",
)
NO_RHYTHM = message(
    "purchase.no_rhythm",
    "**Customers here do not buy on a rhythm**: the days between one customer's purchases differ as much as chance would "
    "have it, which is what the models below assume.",
)
WINNER = message(
    "purchase.winner",
    "**{model}** has the lowest CRPS of the single models and is used from here on: *{meaning}*. Its CRPS differs from that "
    "of the best naive forecast ({naive}) by {difference}; below zero is better.",
)
TOTAL_BELOW = message(
    "purchase.total_below", "In the hold-out the forecast is {bias} below the {made} purchases that were made"
)
TOTAL_ABOVE = message(
    "purchase.total_above", "In the hold-out the forecast is {bias} above the {made} purchases that were made"
)
TWO_PANELS = message(
    "purchase.two_panels",
    "Two panels by week, cumulative and single: actual repeat purchases as dots, {model} as a line with its band.",
)
TRACKING_NOTE = message(
    "purchase.tracking_note",
    "Only customers won before the vertical line are drawn, fewer and fewer of them active. The model has seen only what "
    "lies left of it. The upper band is the uncertainty about its parameters; the lower one also holds chance: were all "
    "weeks alike, nine in ten would lie inside. Of the {weeks} right of the line {inside} do; ups and downs of weeks may "
    "cancel in the total.",
)
FURTHEST_OFF = message(
    "purchase.furthest_off",
    "{model} is furthest off at {repeats} repeat purchases: {expected} forecast, {made} made",
)
OR_MORE = message("purchase.or_more", "{repeats} or more")
MEANS_BY_FREQUENCY = message(
    "purchase.means_by_frequency",
    "Mean purchases in the hold-out by purchases before it, actual as dots, forecasts as lines.",
)
REPRODUCES = message(
    "purchase.reproduces",
    "{model} reproduces {inside} of the {classes} frequencies of the base it was fitted on",
)
SIMULATED_BASES = message(
    "purchase.simulated_bases",
    "Bars: customers by frequency; dots with 90 % intervals: bases simulated by the model.",
)
SIMULATED_NOTE = message(
    "purchase.simulated_note", "Bars: the base. Dots and lines: simulated bases, mean and 90 %."
)
EACH_TENTH = message(
    "purchase.each_tenth",
    "Between {low} and {high} of the customers fell into each tenth of what {model} forecast for them",
)
TEN_BARS = message(
    "purchase.ten_bars",
    "Ten bars, share of customers by the tenth of their own forecast the outcome fell into, with a line at 10 %.",
)
TENTHS_NOTE = message(
    "purchase.tenths_note",
    "Ten bars at 10 % would be perfect. High bars at both ends: intervals too narrow; in the middle: too wide; on the "
    "right: more was bought than forecast. Counts are whole, so ties are broken at random.",
)
OTHER_DAYS = message("purchase.other_days", "{model} on other days, each forecast {days} days long")
NOBODY_BOUGHT = message("purchase.nobody_bought", "no purchase was made in that time")
HOLDOUT_TOTAL = message(
    "purchase.holdout_total",
    "Order days in the hold-out: {made} were made; by what was known at the cut, {intervals}.",
)
COLOURS = [figures.PALETTE[name] for name in ("model", "violet", "good", "ochre")]


def people(customers: int, *, drawn: bool) -> Message:
    """Say on whom the models are judged."""
    return (JUDGED_DRAWN if drawn else JUDGED_ALL)(customers=customers)


def rhythm(found: Rhythm, moves: Moved | None) -> Message | None:
    """Say whether customers buy on a rhythm and what knowing it moves; None where no model with rhythm was asked for."""
    if moves is None:
        return NO_RHYTHM() if found.scores else None
    return ON_A_RHYTHM(
        model=moves.title,
        customers=count(moves.customers, "customer"),
        active=count(moves.active[1]),
        without=count(moves.active[0]),
        purchases=count(moves.purchases[1], "purchase"),
        purchases_without=count(moves.purchases[0]),
    )


def drift(found: Thirds | None, design: Design) -> Message | None:
    """Say whether customers who came at different times buy alike; None where a third of them bought nothing."""
    if found is None:
        return None
    off = {"early": found.missed[0], "late": found.missed[-1]}
    if design.years:
        return COHORTS(cohorts=count(len(design.cohorts), "cohort"), **off)
    return (ALIKE if found.even else UNLIKE)(**off)


def scores(contest: Contest, weights: Mapping[str, float], days: int, people: Message) -> Table:
    """All forecasts of the hold-out, the best first, and what the mixture is made of."""
    parts = [
        PART(weight=percent(weight), model=contest.scores[name].name) for name, weight in weights.items()
    ]
    columns = {
        "name": "Forecast",
        "crps": "CRPS",
        "total": column("Total", "count"),
        "bias": column("Bias of the total", "percent"),
        "coverage90": column("Inside their 90 % interval", "percent"),
        "top_decile_capture": column("Purchases of the top tenth", "percent"),
    }
    caption = SCORES(days=days, people=people, mixture=listing(parts))
    return Table(contest.table, caption, columns, notes=[TOP_TENTH()])


def winner(contest: Contest, judgement: Judgement) -> Message:
    """Say which model is used, and how it compares with the best naive forecast."""
    return WINNER(
        model=contest.winner.name,
        meaning=judgement.meaning,
        naive=contest.scores[contest.best_naive].name,
        difference=estimate(contest.against_naive),
    )


def tracking(course: Course, contest: Contest, holdout: Holdout) -> Figure:
    """Repeat purchases of the base over time, cumulative and per week."""
    best = contest.winner
    claim = TOTAL_BELOW if best.bias < 0 else TOTAL_ABOVE
    title = claim(bias=percent(abs(best.bias)), made=count(holdout.made))
    caption = TRACKING_NOTE(weeks=count(course.later, "week"), inside=course.inside)
    data = {"weeks": course.weeks, "cut": course.cut, "model": best.name}
    return Figure(_tracking, data, title, TWO_PANELS(model=best.name), caption)


@drawing
def _tracking(weeks, cut: date, model: str):
    fig, (top, bottom) = figures.axes(height=5.4, nrows=2, sharex=True)
    for ax, name in ((top, "total"), (bottom, "week")):
        figures.band(ax, weeks["week_end"], weeks[f"{name}_low"], weeks[f"{name}_high"])
        ax.plot(weeks["week_end"], weeks[f"{name}_mean"], color=figures.PALETTE["model"], label=model)
        ax.plot(
            weeks["week_end"], weeks[f"{name}_actual"], ".", color=figures.PALETTE["actual"], label="actual"
        )
        ax.axvline(pd.Timestamp(cut), color=figures.PALETTE["muted"], linewidth=1)
    figures.count_axis(top.yaxis, "repeat purchases so far")
    figures.count_axis(bottom.yaxis, "repeat purchases per week")
    figures.date_axis(bottom.xaxis)
    figures.label_line_ends(top)
    figures.label_line_ends(bottom)
    return fig


def by_frequency(groups: ByFrequency) -> Figure:
    """Mean purchases in the hold-out by purchases before it."""
    worst, first = groups.worst, groups.first
    title = FURTHEST_OFF(
        model=first,
        repeats=OR_MORE(repeats=worst) if worst == groups.most else worst,
        expected=decimals(groups.table.loc[worst, first], 2),
        made=decimals(groups.table.loc[worst, "actual"], 2),
    )
    return Figure(_by_frequency, {"groups": groups.table, "most": groups.most}, title, MEANS_BY_FREQUENCY())


@drawing
def _by_frequency(groups, most: int):
    fig, ax = figures.axes(height=3.2)
    ax.plot(groups.index, groups["actual"], "o", color=figures.PALETTE["actual"], label="actual")
    for colour, title in zip(COLOURS, groups.columns[1:], strict=False):
        ax.plot(groups.index, groups[title], color=colour, label=title)
    ax.set(
        xlabel=f"repeat purchases before the hold-out ({most}: {most} or more)",
        ylabel="purchases in the hold-out, mean",
    )
    figures.label_line_ends(ax)
    return fig


def replicated(bases: Replicated) -> Figure:
    """Customers by repeat purchases in the time the model was fitted on, actual against bases it would simulate."""
    title = REPRODUCES(model=bases.model, inside=bases.inside, classes=len(bases.table))
    return Figure(
        _replicated, {"counts": bases.table, "most": bases.most}, title, SIMULATED_BASES(), SIMULATED_NOTE()
    )


@drawing
def _replicated(counts, most: int):
    fig, ax = figures.axes(height=3.0)
    ax.bar(counts.index, counts["actual"], color=figures.PALETTE["grid"])
    ax.vlines(counts.index, counts["low"], counts["high"], color=figures.PALETTE["model"], linewidth=3)
    ax.plot(counts.index, counts["mean"], "o", color=figures.PALETTE["model"])
    ax.set(xlabel=f"repeat purchases before the hold-out ({most}: {most} or more)", xticks=counts.index)
    figures.count_axis(ax.yaxis, "customers")
    return fig


def tenths(shares: np.ndarray, model: str) -> Figure:
    """Where what happened fell in each customer's own forecast: flat when the forecasts' spread is right."""
    title = EACH_TENTH(low=percent(shares.min()), high=percent(shares.max()), model=model)
    return Figure(_tenths, {"shares": shares}, title, TEN_BARS(), TENTHS_NOTE())


@drawing
def _tenths(shares):
    fig, ax = figures.axes(height=2.8)
    places = np.arange(len(shares)) + 0.5
    ax.bar(places, shares, width=0.96, color=figures.PALETTE["model"])
    ax.axhline(0.1, color=figures.PALETTE["ink"], linewidth=1)
    ax.set(xlabel="tenth of the customer's own forecast that the outcome fell into", xticks=places)
    ax.set_xticklabels([str(k) for k in range(1, 11)])
    figures.percent_axis(ax.yaxis, "share of customers")
    return fig


def other_days(moved: pd.DataFrame, model: str, days: int) -> Table:
    """How the model forecast from other days."""
    columns = {
        "standing_on": "Standing on",
        "made": column("Made", "count"),
        "expected": column("Forecast", "count"),
        "bias": column("Off by", "percent"),
        "crps": column("CRPS", "number"),
        "crps_past_rate": column("CRPS, past rate", "number"),
    }
    return Table(moved, OTHER_DAYS(model=model, days=days), columns, missing=NOBODY_BOUGHT())


def common_error(error: CommonError) -> Message:
    """Say what earlier forecasts had in common."""
    return error.basis


def holdout_total(said: Stated, holdout: Holdout) -> Message:
    """The total of the hold-out beside both intervals of its forecast."""
    return HOLDOUT_TOTAL(made=count(holdout.made), intervals=said.both(count))
