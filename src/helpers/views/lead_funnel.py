"""What the page on leads shows and says."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import Message, count, decimals, estimate, mean, message, percent, probability
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.customers.lead_chances import Halving
    from helpers.customers.lead_covariates import Covariates
    from helpers.customers.lead_scores import Judged
    from helpers.customers.leads import Funnel, Passed

OVERVIEW = message(
    "leads.overview",
    "{leads} came in, {won} are won, {open} are open on {as_of}. {older} came before the first recorded win and count "
    "from that day on.",
)
ATTRIBUTES = message("leads.attributes", "The attributes of the leads")
# ---- the score, judged
AGREE = message(
    "leads.agree",
    "Scores of {score} on average, {won} were won; the dots lie {least} to {most} percentage points from the line",
)
AGREE_ALT = message(
    "leads.agree_alt",
    "Score against share won in groups of leads from the lowest to the highest score, with the line where both agree.",
)
AGREE_CAPTION = message(
    "leads.agree_caption",
    "Each dot is {part} of {scorings} scorings of leads open after {cut}, with the 90 % interval of the share won. On the "
    "line, both agree. A lead that wins scores above one that does not in {auc} of pairs.",
)
CALLED_FIRST = message(
    "leads.called_first",
    "Of the fifth with the highest scores on each day, whom sales calls first, {score} should have been won by the score; "
    "{won} were.",
)
PARTS = {2: message("leads.half", "a half"), 5: message("leads.fifth", "a fifth")}
# ---- stages and time
NO_STAGES = message(
    "leads.no_stages",
    "These leads have no date between the first and the win, so there is one stage; its course follows.",
)
STAGES = message("leads.stages", "Conversion of each stage within a year, with 90 % intervals")
WON = message(
    "leads.won",
    "{best}: {best_share} of leads become customers within {days} days; {worst}: {worst_share}",
)
WON_ALT = message(
    "leads.won_alt",
    "Chance of a win against days since the lead came in, a line with its band per channel.",
)
WON_CAPTION = message(
    "leads.won_caption", "Bands: 90 % intervals. At most the five largest channels are drawn."
)
SPEED = message("leads.speed", "From lead to customer, with 90 % intervals")
SPEED_NOTE = message("leads.speed_note", "Median among those won within {days} days.")
NO_RESPONSE = message(
    "leads.no_response",
    "The leads carry no usable column `{column}`: response speed cannot be looked at.",
)
RESPONSE = message(
    "leads.response",
    "Leads answered in half the time advance at {times} times the rate of the others; the chance that they advance faster "
    "is {chance}.",
)
# ---- answers
ANSWER_WON = message(
    "leads.answer_won",
    "Of leads from {best}, {best_share} become customers within {days} days, of those from {worst} {worst_share}; within "
    "{soon} days {best_soon} and {worst_soon}.",
)
# ---- the funnel and its tenths
ROOM_FOR_A_NUMBER = 0.08  # of the widest bar
FUNNEL = message(
    "leads.funnel", "What became of {leads}, stage by stage: the largest part is lost as {stage}"
)
FUNNEL_ALT = message("leads.funnel_alt", "A bar per stage, in parts: went on, still open, lost.")
FUNNEL_CAPTION = message(
    "leads.funnel_caption",
    "Leads that came since the first recorded win, each in every stage it came to, counted as it stands.",
)


def overview(funnel: Funnel, still_open: int, as_of: date) -> Message:
    """Say how many leads came in, are won and are open."""
    found = funnel.metrics
    leads, won, older = count(found["leads"], "lead"), count(found["won"]), count(funnel.older)
    return OVERVIEW(leads=leads, won=won, open=still_open, as_of=as_of, older=older)


def attributes(chosen: Covariates) -> Table:
    """Which attributes of the leads predict, and why others do not."""
    columns = {"column": "Column", "used": column("Predicts", "text"), "why": "Why not"}
    return Table(chosen.columns, ATTRIBUTES(), columns)


# ---- the score, judged
def calibration(judged: Judged, cut: date, days: int) -> Figure:
    """Score against outcome in groups of leads scored after `cut` and followed for so many days."""
    ends = {
        "least": decimals(100 * judged.distances.min(), 1),
        "most": decimals(100 * judged.distances.max(), 1),
    }
    title = AGREE(score=percent(judged.score, 0), won=percent(judged.won, 0), **ends)
    part, auc = PARTS[len(judged.groups)](), percent(judged.auc, 0)
    caption = AGREE_CAPTION(part=part, scorings=judged.scorings, cut=cut, auc=auc)
    return Figure(_agreement, {"groups": judged.groups, "days": days}, title, AGREE_ALT(), caption)


def called_first(judged: Judged) -> Message:
    """Say how those who are called first fared."""
    won = estimate(judged.first["won"], percent, places=0)
    return CALLED_FIRST(score=percent(judged.first["score"], 0), won=won)


@drawing
def _agreement(groups, days):
    fig, ax = figures.axes(width=5.4, height=3.4)
    figures.agreement(ax, groups["score"], groups["won"])
    figures.percent_axis(ax.xaxis, f"chance of a win within {days} days, by the score")
    figures.percent_axis(ax.yaxis, "won")
    return fig


# ---- stages and time
def passed(found: Passed | None) -> Figure | None:
    """The funnel: at each stage, who went on, who was lost and who is open; None where there are too few leads."""
    if found is None:
        return None
    title = FUNNEL(leads=count(found.stages["leads"].iloc[0], "lead"), stage=found.leakiest)
    return Figure(_funnel, {"stages": found.stages}, title, FUNNEL_ALT(), FUNNEL_CAPTION())


@drawing
def _funnel(stages):
    fig, ax = figures.axes(height=1.2 + 0.55 * len(stages))
    rows, start = np.arange(len(stages))[::-1], np.zeros(len(stages))
    for part, label, color in (
        ("advanced", "went on", "model"),
        ("open", "still open", "neutral"),
        ("lost", "lost", "bad"),
    ):
        sizes = stages[part].fillna(0.0).to_numpy(float)
        ax.barh(rows, sizes, 0.6, left=start, color=figures.PALETTE[color], label=label)
        for row, at, size in zip(rows, start, sizes, strict=True):
            if size / stages["leads"].max() > ROOM_FOR_A_NUMBER:
                ax.text(
                    at + size / 2,
                    row,
                    wording.count(size),
                    ha="center",
                    va="center",
                    fontsize=8,
                    color=figures.PALETTE["surface"],
                )
        start += sizes
    ax.set_yticks(rows, list(stages.index), color=figures.PALETTE["ink"])
    figures.count_axis(ax.xaxis, "leads")
    figures.legend(ax)
    return fig


def stages(conversion: dict[tuple[str, str], Interval], sizes: pd.Series) -> Table | Message:
    """Conversion of each stage (columns) per channel (rows), with the channel's leads."""
    if not conversion:
        return NO_STAGES()
    names = list(dict.fromkeys(stage for _, stage in conversion))
    frame = pd.DataFrame({"channel": list(sizes.index), "leads": list(sizes)})
    for name in names:
        frame[name] = [conversion[channel, name] for channel in sizes.index]
    columns = {"channel": "Channel", "leads": column("Leads", "count")}
    columns |= {name: column(f"From {name}", "percent0") for name in names}
    return Table(frame, STAGES(), columns, "leads")


def curves(bands: dict[str, pd.DataFrame], best: pd.Series, worst: pd.Series, horizon: int) -> Figure:
    """The chance of a win by the days since a lead came in, a line per channel."""
    shares = {"best_share": percent(best["late"].mean, 0), "worst_share": percent(worst["late"].mean, 0)}
    title = WON(best=best["channel"], worst=worst["channel"], days=horizon, **shares)
    return Figure(_curves, {"bands": bands}, title, WON_ALT(), WON_CAPTION())


@drawing
def _curves(bands):
    fig, ax = figures.axes()
    for (channel, band), color in zip(bands.items(), figures.SERIES, strict=False):
        figures.band(ax, band["days"], band["low"], band["high"], color=color)
        ax.plot(band["days"], band["mean"], color=color, label=channel)
    figures.percent_axis(ax.yaxis, "won")
    ax.set(xlabel="days since the lead came in")
    figures.label_line_ends(ax)
    return fig


def speed(wins: pd.DataFrame, soon: int, late: int) -> Table:
    """The chance of a win within both numbers of days and the median days to it, per channel."""
    columns = {
        "channel": "Channel",
        "leads": column("Leads", "count"),
        "soon": column(f"Won in {soon} days", "percent0"),
        "late": column(f"Won in {late} days", "percent0"),
        "median_days": column("Median days to a win", "count"),
    }
    return Table(wins, SPEED(), columns, "leads", [SPEED_NOTE(days=late)])


def answer_speed(faster: Halving | None, response_column: str) -> Message:
    """Say what goes along with an answer in half the time."""
    if faster is None:
        return NO_RESPONSE(column=response_column)
    return RESPONSE(times=estimate(faster.ratio, decimals, places=2), chance=probability(faster.chance))


# ---- worth


# ---- answers


def answer_won(best: pd.Series, worst: pd.Series, soon: int, horizon: int) -> Message:
    """How many leads of the best and of the worst channel become customers, soon and in the end."""
    shares = {
        "best_share": estimate(best["late"], percent, places=0),
        "worst_share": estimate(worst["late"], percent, places=0),
        "best_soon": mean(best["soon"], percent, places=0),
        "worst_soon": mean(worst["soon"], percent, places=0),
    }
    return ANSWER_WON(best=best["channel"], worst=worst["channel"], days=horizon, soon=soon, **shares)
