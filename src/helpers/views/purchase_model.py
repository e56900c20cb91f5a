"""What the page on future purchases shows and says."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.checks import Check
from helpers.messages import (
    Message,
    Value,
    count,
    decimals,
    estimate,
    listing,
    message,
    percent,
    plain,
    signed,
)
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.clv.alive_course import Courses, Grids
    from helpers.clv.cohorts import Thirds
    from helpers.clv.common_error import CommonError, Stated
    from helpers.clv.contact_effect import ContactFit
    from helpers.clv.customer_groups import Design
    from helpers.clv.frequency_fit import ByFrequency, Replicated
    from helpers.clv.holdout_scores import Judgement
    from helpers.clv.prior_predictive import Sensitivity
    from helpers.clv.purchase_comparison import Contest
    from helpers.clv.purchase_history import Holdout
    from helpers.clv.regularity import Moved, Rhythm
    from helpers.clv.season_found import Season
    from helpers.clv.tracking import Course

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
# ---- the hold-out
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
    "**Newer customers buy like older ones**: the forecast is {early} for the third of the customers who came first and "
    "{late} for the third who came last.",
)
UNLIKE = message(
    "purchase.unlike",
    "**Newer customers do not buy like older ones**, or the times have changed: the forecast is {early} for the third "
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
    "The model has seen only what lies left of the vertical line. The upper band is the uncertainty about its parameters; "
    "the lower one also holds chance: were all weeks alike, nine in ten would lie inside. Of the {weeks} right of the line "
    "{inside} do; ups and downs of weeks may cancel in the total.",
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
    "Order days in the hold-out: {made} were made, {expected} forecast; by what was known at the cut, {intervals}.",
)
# ---- from today
FIRST_HALF = message("purchase.first_half", "the first half of {month}")
SECOND_HALF = message("purchase.second_half", "the second half of {month}")
SEASON = message(
    "purchase.season",
    "In {high} customers who are still active buy {most} times as often as on average, in {low} {least} times",
)
NO_SEASON = message(
    "purchase.no_season", "No half-month is clearly apart from the others: customers buy alike all year"
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
OF_GROUP = message("purchase.of_group", "{parameter} of {group}")
OF_BASE = message("purchase.of_base", "expected purchases of the base")
ALIVE = message(
    "purchase.alive",
    "Mean probability of being active, by days since the last purchase and by number of repeat purchases",
)
FEWER = message("purchase.fewer", "fewer than {smallest} customers")
# ---- answers
EXPECTED = message(
    "purchase.expected",
    "In the next {months} months we expect {orders} order days from today's {customers} customers, {intervals}.",
)
JUDGED = message(
    "purchase.judged",
    "Judged on the last {days} days of {people}, {model} forecast {expected} order days where {made} were made ({bias}): "
    "{meaning}.",
)

COLOURS = [figures.PALETTE[name] for name in ("model", "violet", "good", "ochre")]
REPEATS = {"0": "no repeat", "1-2": "1-2 repeats", "3-5": "3-5 repeats", "6 or more": "6 or more"}


# ---- the base
def known_before(older: int, first: date) -> Message | None:
    """Say how many customers were won before the data begins; None where there are none."""
    return KNOWN_BEFORE(customers=count(older, "customer"), first=first) if older else None


# ---- histories
HISTORIES = message(
    "purchase_model.histories",
    "After {most} repeat purchases a customer who bought up to the end is active with {late}, "
    "one who stopped early with {early}",
)
HISTORIES_ALT = message(
    "purchase_model.histories_alt",
    "Two grids of repeat purchases by days from the first to the last purchase: P(alive), and expected purchases.",
)
HISTORIES_NOTE = message(
    "purchase_model.histories_note",
    "Customers known for {days}. Left: P(alive) today in per cent; right: expected purchases in the next {months} months.",
)
OF_LARGEST = message("purchase_model.of_largest", "{said} The largest group: {group}.")
COURSES = message(
    "purchase_model.courses",
    "Each purchase says that a customer is active, silence takes it back: {chance} after {often} repeat purchases, {other} "
    "after {seldom}",
)
COURSES_ALT = message(
    "purchase_model.courses_alt",
    "Saw-tooth lines of P(alive) over time: up at each purchase, falling in between.",
)
COURSES_NOTE = message(
    "purchase_model.courses_note",
    "Customers of typical frequency who buy at equal pauses, as recently as the middle one of their kind; then silence "
    "up to today.",
)
PLAN = message(
    "purchases.plan",
    "Plan stock and staff so that both ends can be borne, {low} and {high} in {months} months, not the middle alone.",
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
    expected, intervals = count(said.interval.mean), said.both(count)
    return HOLDOUT_TOTAL(made=count(holdout.made), expected=expected, intervals=intervals)


# ---- from today
def season(found: Season, months: float) -> list[Figure | Message]:
    """The profile over the year, what feasts and calendar do, and what knowing them moved, or that it is not known."""
    said = SEASON_MOVED(months=plain(months), expected=count(found.expected), without=count(found.without))
    if not found.estimated:
        return [SEASON_UNKNOWN(), *found.days.said]
    title = NO_SEASON()
    if found.clear:
        (high, most), (low, least) = found.highest, found.lowest
        factors = {"most": estimate(most, decimals, places=1), "least": estimate(least, decimals, places=1)}
        title = SEASON(high=_half_month(high), low=_half_month(low), **factors)
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
    ax.set(xticks=np.arange(1, 24, 2), xticklabels=list(calendar.month_abbr)[1:], ylim=(0, None))
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
    return Table(frame, WIDER(model=model), columns)


def _quantity(row) -> Message | str:
    if not row.parameter:
        return OF_BASE()
    return OF_GROUP(parameter=row.parameter, group=row.group) if row.group else row.parameter


def alive(grid: pd.DataFrame, smallest: int) -> Table:
    """How probably customers are active, by silence and by frequency."""
    columns = {"silence": "Days of silence"} | {name: column(REPEATS[name], "percent") for name in grid}
    return Table(grid, ALIVE(), columns, missing=FEWER(smallest=smallest))


def histories(found: Grids | None, months: float) -> Figure | None:
    """P(alive) and expected purchases over frequency and recency; None where nobody bought again."""
    if found is None:
        return None
    late, early = found.late_and_early
    title = HISTORIES(most=str(found.alive.index[0]), late=percent(late, 0), early=percent(early, 0))
    said = HISTORIES_NOTE(days=count(found.known_days, "day"), months=plain(months))
    caption = OF_LARGEST(said=said, group=found.group) if found.group else said
    data = {"alive": found.alive, "expected": found.expected}
    return Figure(_histories, data, title, HISTORIES_ALT(), caption)


@drawing
def _histories(alive, expected):
    fig, panels = figures.axes(height=0.9 + 0.3 * len(alive), ncols=2, sharey=True)
    heading = ("Repeat purchases", "Days from first to last purchase")
    in_whole = partial(percent, places=0)
    for ax, table, name, of in (
        (panels[0], alive, "P(alive)", in_whole),
        (panels[1], expected, "Expected purchases", partial(decimals, places=1)),
    ):
        texts = [[_short(of(one)) for one in row] for row in table.to_numpy()]
        figures.grid(ax, table, texts, (*heading, name), partial(_field, table, of))
        ax.set_title(name, loc="left")
        ax.set(xlabel="days from first to last purchase")
    panels[0].set(ylabel="repeat purchases")
    return fig


def _short(value: Value) -> str:
    """What stands in a field: a whole per cent without its sign, or a number."""
    return figures.short(100 * round(value.value, 2)) if value.kind == "percent" else wording.say(value)


def _field(table, of, row: int, place: int):
    return str(table.index[row]), str(table.columns[place]), of(table.iat[row, place])


def courses(found: Courses | None) -> Figure | None:
    """How P(alive) of typical customers rose and fell; None where there are none."""
    if found is None:
        return None
    ends = {x: column.dropna().iloc[-1] for x, column in found.alive.items()}
    title = COURSES(
        often=str(max(ends)),
        chance=percent(ends[max(ends)], 0),
        seldom=str(min(ends)),
        other=percent(ends[min(ends)], 0),
    )
    return Figure(_courses, {"alive": found.alive}, title, COURSES_ALT(), COURSES_NOTE())


@drawing
def _courses(alive):
    fig, ax = figures.axes(height=3.2)
    for x, color in zip(alive, figures.SERIES, strict=False):
        line = alive[x].dropna()
        ax.plot(line.index, line, color=color, label=wording.count(x, "repeat purchase"))
    ax.set_ylim(0, 1.02)
    figures.date_axis(ax.xaxis)
    figures.percent_axis(ax.yaxis, "P(alive)")
    figures.legend(ax)
    return fig


def answers(
    orders: Stated,
    months: float,
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
            orders=count(orders.interval.mean),
            customers=customers,
            intervals=orders.both(count),
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
