"""What the page on renewals shows and says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    Value,
    between,
    count,
    decimals,
    estimate,
    listing,
    message,
    people,
    percent,
)
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.clv.renewal_contest import Contest, Judged
    from helpers.clv.renewal_counts import Counts

# ---- the contracts
CONTRACTS = message(
    "renewal.contracts",
    "{contracts}, renewed every {period}; {cohorts}. {active} are active on {as_of}, the end of {announced} of them is "
    "announced. {due} renewals have fallen due so far, and at {lost} of them the contract was lost.",
)
NO_COHORTS = message("renewal.no_cohorts", "they form one cohort")
BY_YEAR = message("renewal.by_year", "cohorts are the years they began in")
BY_COLUMN = message("renewal.by_column", "cohorts are formed by `{column}`")
EFFECTS = message(
    "renewal.effects", "What each covariate goes along with, others being equal, with 90 % intervals"
)
# ---- the hold-out
SCORES = message(
    "renewal.scores", "Forecasts of the renewals after {cut}, {contracts} of which {lost} were lost"
)
CRPS = message(
    "renewal.crps",
    "CRPS: distance between forecast and what happened, in renewals per contract; lower is better.",
)
LOG_SCORE = message(
    "renewal.log_score",
    "Log score: the logarithm of the probability given to what happened, mean per contract; higher is better.",
)
WHOLE_STEPS = message(
    "renewal.whole_steps",
    "Intervals of one contract come in whole renewals; what happened is placed inside its step at random.",
)
USED = message(
    "renewal.used",
    "BdW's log score minus that of sBG is {gain} per contract. What follows uses **{model}**.",
)
USED_AS_ASKED = message(
    "renewal.used_as_asked",
    "BdW's log score minus that of sBG is {gain} per contract. What follows uses **{model}**, as the study asks.",
)
LOSSES = message("renewal.losses", "{expected} losses were forecast, {interval}; {lost} came")
GROUPS = message(
    "renewal.groups",
    "{groups} of contracts: share forecast to stay against the share that stayed, with the line where both are equal.",
)
GROUP_NOTE = message(
    "renewal.group_note",
    "Each dot is a group of {size} contracts or more. On the line, both agree; on the bar, they differ by chance.",
)
# ---- the fit
FIRST_AND_LAST = message(
    "renewal.first_and_last",
    "The model expects {first} to be renewed at the first date, {last} at number {age}",
)
BY_AGE = message(
    "renewal.by_age",
    "Retention by age of the contract: actual shares as dots, the model as a line with its band.",
)
BY_AGE_NOTE = message(
    "renewal.by_age_note",
    "The band holds an actual share with 90 % probability, chance included. Ages with fewer than {smallest} contracts are "
    "not shown.",
)
STILL_RUNNING = message(
    "renewal.still_running", "After {age} {period}s, the model expects {cohorts} to be still running"
)
OF_COHORT = message("renewal.of_cohort", "{share} of {cohort}")
SURVIVAL = message("renewal.survival", "Survival curves of {cohorts} from 100 % at the start, with bands.")
SURVIVAL_NOTE = message(
    "renewal.survival_note",
    "Bands: 90 % intervals of the curve. At most the five largest cohorts are drawn.",
)
EXPECTED = message("renewal.expected", "What an active contract is expected to do, by the renewals behind it")
# ---- answers


def contracts(counts: Counts, by: str, as_of: date, smallest: int) -> Message:
    """How many contracts there are, and what became of them; by: what forms cohorts."""
    named = {"": NO_COHORTS(), "started": BY_YEAR()}
    return CONTRACTS(
        contracts=count(counts.contracts, "contract"),
        period=counts.period,
        cohorts=named.get(by) or BY_COLUMN(column=by),
        active=counts.active,
        as_of=as_of,
        announced=people(counts.announced, smallest),
        due=counts.due,
        lost=people(counts.lost, smallest),
    )


# ---- the hold-out
def scores(contest: Contest, cut: date) -> Table:
    """The models and the naive forecast by their scores."""
    columns = {
        "name": "Forecast",
        "crps": column("CRPS", "decimals3"),
        "log_score": column("Log score", "decimals3"),
        "lost": column("Lost, forecast", "count"),
        "bias": column("Bias of the losses", "percent"),
        "coverage90": column("Inside their 90 % interval", "percent"),
    }
    caption = SCORES(cut=cut, contracts=count(len(contest.renewed), "contract"), lost=contest.lost)
    return Table(contest.table, caption, columns, notes=[CRPS(), LOG_SCORE(), WHOLE_STEPS()])


def model_used(gain: Interval, model: str, *, as_asked: bool) -> Message:
    """Which model is used, and by how much BdW is better."""
    say = USED_AS_ASKED if as_asked else USED
    return say(gain=estimate(gain, decimals, places=4), model=model)


def reliability(groups: pd.DataFrame, judged: Judged) -> Figure:
    """Groups of contracts: forecast to stay, and stayed."""
    title = LOSSES(
        expected=count(judged.losses.mean), interval=losses_between(judged.losses), lost=judged.lost
    )
    alt = GROUPS(groups=count(len(groups), "group"))
    return Figure(_groups, {"groups": groups}, title, alt, GROUP_NOTE(size=count(groups["size"].min())))


@drawing
def _groups(groups):
    fig, ax = figures.axes(width=5.4, height=3.4)
    lowest = groups[["actual", "p05"]].to_numpy().min()
    ax.plot([lowest, 1], [lowest, 1], color=figures.PALETTE["muted"], linewidth=1)
    ax.vlines(groups["forecast"], groups["p05"], groups["p95"], color=figures.PALETTE["model"], alpha=0.5)
    ax.plot(groups["forecast"], groups["actual"], "o", color=figures.PALETTE["model"])
    figures.percent_axis(ax.xaxis, "forecast to stay")
    figures.percent_axis(ax.yaxis, "stayed")
    return fig


# ---- the fit
def retention(by_age: pd.DataFrame, model: str, period: str, smallest: int) -> Figure:
    """Retention by age, actual and as the model has it."""
    first, last = by_age.iloc[0], by_age.iloc[-1]
    title = FIRST_AND_LAST(first=percent(first["mean"]), last=percent(last["mean"]), age=count(last["age"]))
    data = {"by_age": by_age, "model": model, "period": period}
    return Figure(_retention, data, title, BY_AGE(), BY_AGE_NOTE(smallest=str(smallest)))


@drawing
def _retention(by_age, model: str, period: str):
    fig, ax = figures.axes(height=3.2)
    figures.band(ax, by_age["age"], by_age["p05"], by_age["p95"])
    ax.plot(by_age["age"], by_age["mean"], color=figures.PALETTE["model"], label=model)
    ax.plot(
        by_age["age"], by_age["actual"], "o", color=figures.PALETTE["actual"], markersize=4, label="actual"
    )
    figures.count_axis(ax.xaxis, f"renewal number ({period}s since the start)")
    figures.percent_axis(ax.yaxis, "renewed")
    figures.legend(ax)
    return fig


def survival(curves: Mapping[str, pd.DataFrame], period: str) -> Figure:
    """How many contracts of each cohort are still there, by renewal date."""
    ends = {name: curve.iloc[-1] for name, curve in curves.items()}
    said = [OF_COHORT(share=percent(end["mean"], 0), cohort=name) for name, end in ends.items()]
    oldest = max(curve.index[-1] for curve in curves.values())
    title = STILL_RUNNING(age=count(oldest), period=period, cohorts=listing(said))
    data = {"curves": curves, "period": period}
    return Figure(_survival, data, title, SURVIVAL(cohorts=listing(list(curves))), SURVIVAL_NOTE())


@drawing
def _survival(curves, period: str):
    fig, ax = figures.axes(height=3.4)
    for (name, curve), color in zip(curves.items(), figures.SERIES, strict=False):
        figures.band(ax, curve.index, curve["p05"], curve["p95"], color=color)
        ax.plot(curve.index, curve["mean"], color=color, label=name)
    ax.set_ylim(0, 1.02)
    figures.count_axis(ax.xaxis, f"renewal dates ({period}s since the start)")
    figures.percent_axis(ax.yaxis, "still running")
    figures.label_line_ends(ax)
    return fig


def expected(by_renewals: pd.DataFrame) -> Table:
    """The chance of the next renewal and the payments to come, by the renewals behind a contract."""
    columns = {
        "renewals": "Renewals so far",
        "next_renewal": column("Chance of the next", "percent"),
        "payments": "Payments still to expect",
    }
    return Table(by_renewals, EXPECTED(), columns)


def effects(table: pd.DataFrame) -> Table | None:
    """What covariates go along with; None where the model has none."""
    columns = {"covariate": "Covariate", "odds": column("Odds of renewal, times", "number")}
    return None if table.empty else Table(table, EFFECTS(), columns)


# ---- answers


def losses_between(losses: Interval) -> Value:
    """An interval of losses, in whole contracts."""
    return between(losses, count)
