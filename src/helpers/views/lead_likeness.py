"""What the page on leads without dates shows and says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import Message, count, decimals, estimate, message, percent
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.customers.lead_covariates import Covariates
    from helpers.customers.lead_likeness import Known
    from helpers.customers.lead_scores import Judged

OVERVIEW = message("likeness.overview", "{leads} came in, of which {won} were won, {share}.")
NO_DATES = message(
    "likeness.no_dates",
    "These leads have no dates. How long a win takes, which leads are still open and what a lead may cost cannot be told: "
    "that takes `created_at` and `won_at`.",
)
ATTRIBUTES = message("likeness.attributes", "The attributes of the leads")
CHANNELS = message("likeness.channels", "Leads and the share won, with 90 % intervals")
EFFECTS = message("likeness.effects", "What goes along with a win, with 90 % intervals")
EFFECTS_NOTE = message(
    "likeness.effects_note",
    "Times the odds of a win: against the most frequent value, or for one standard deviation more of a number.",
)
AGREE = message(
    "likeness.agree",
    "Scores of {score} on average, {won} were won; the dots lie {least} to {most} percentage points from the line",
)
AGREE_ALT = message(
    "likeness.agree_alt",
    "Score against share won in groups of leads from the lowest to the highest score, with the line where both agree.",
)
AGREE_CAPTION = message(
    "likeness.agree_caption",
    "Each dot is {part} of {leads}, scored by a fit to others, with the 90 % interval of the share won. A lead that was won "
    "scores above one that was not in {auc} of pairs.",
)
PARTS = {2: message("likeness.half", "a half"), 5: message("likeness.fifth", "a fifth")}
FIRST = message(
    "likeness.first",
    "Of the fifth with the highest scores, {score} should have been won by the score; {won} were.",
)
CALL_AND_NOTE = message(
    "lead_likeness.call_and_note",
    "Call the {leads} that are not won in the order of the list `lead_priority.csv`, and note from now on when each lead "
    "was made and won.",
)
ANSWER = message(
    "likeness.answer",
    "Of the fifth of leads with the highest scores, {first} were won, of all leads {won}. {leads} are not won: the list has "
    "those most like won ones first.",
)
NO_ORDER = message(
    "likeness.no_order",
    "The score does not tell won leads from the others: of the fifth with the highest scores {first} were won, of all leads "
    "{won}. No order to call them in can be told.",
)
NOTE_ALONE = message(
    "likeness.note_alone",
    "Do not sort leads by this score. Note from now on when each was made and won, and what was known of it before.",
)


def overview(found: Known) -> list[Message]:
    """Say how many leads came in and were won, and what cannot be told without dates."""
    share = percent(found.won.mean())
    return [
        OVERVIEW(leads=count(len(found.leads), "lead"), won=count(found.won.sum()), share=share),
        NO_DATES(),
    ]


def attributes(chosen: Covariates) -> Table:
    """Which attributes of the leads predict, and why others do not."""
    columns = {"column": "Column", "used": column("Predicts", "text"), "why": "Why not"}
    return Table(chosen.columns, ATTRIBUTES(), columns)


def channels(table: pd.DataFrame) -> Table:
    """The share won per channel."""
    columns = {"channel": "Channel", "leads": column("Leads", "count"), "won": column("Won", "percent0")}
    return Table(table, CHANNELS(), columns, "leads")


def effects(table: pd.DataFrame) -> Table | None:
    """What goes along with a win."""
    columns = {"column": "Column", "ratio": column("Odds, times", "decimals2")}
    return None if table.empty else Table(table, EFFECTS(), columns, notes=[EFFECTS_NOTE()])


def calibration(judged: Judged) -> Figure:
    """Score against outcome in groups of leads."""
    ends = {
        "least": decimals(100 * judged.distances.min(), 1),
        "most": decimals(100 * judged.distances.max(), 1),
    }
    title = AGREE(score=percent(judged.score, 0), won=percent(judged.won, 0), **ends)
    part, auc = PARTS[len(judged.groups)](), percent(judged.auc, 0)
    caption = AGREE_CAPTION(part=part, leads=count(judged.scorings, "lead"), auc=auc)
    return Figure(_agreement, {"groups": judged.groups}, title, AGREE_ALT(), caption)


@drawing
def _agreement(groups):
    fig, ax = figures.axes(width=5.4, height=3.4)
    figures.agreement(ax, groups["score"], groups["won"])
    figures.percent_axis(ax.xaxis, "chance of a win, by the score")
    figures.percent_axis(ax.yaxis, "won")
    return fig


def called_first(judged: Judged) -> Message:
    """Say how those with the highest scores fared."""
    won = estimate(judged.first["won"], percent, places=0)
    return FIRST(score=percent(judged.first["score"], 0), won=won)


def to_do(judged: Judged, left: pd.DataFrame) -> Message:
    """Whom to call, and what to note from now on."""
    if not judged.ranks:
        return NOTE_ALONE()
    return CALL_AND_NOTE(leads=count(len(left), "lead"))


def answer(judged: Judged, left: pd.DataFrame) -> Message:
    """How far the score tells won leads from others, and how many are not won."""
    first = estimate(judged.first["won"], percent, places=0)
    if not judged.ranks:
        return NO_ORDER(first=first, won=percent(judged.won, 0))
    return ANSWER(first=first, won=percent(judged.won, 0), leads=count(len(left), "lead"))
