"""What the page on loyalty and service shows of recommendation: the score, its course, and whether promoters buy more."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    between,
    count,
    decimals,
    estimate,
    message,
    percent,
    points,
    signed,
)
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.loyalty.consequences import Promoters
    from helpers.loyalty.measures import Recommending

# ---- recommendation
NPS = message("loyalty.nps", "NPS")
NPS_ON = message("loyalty.nps_on", "NPS on a scale of {scale}, not to be compared with one of 0-10,")
ANSWERED = message(
    "loyalty.answered",
    "{customers} answered in the {days} days to {as_of}{share}. {named} is {score}{weighted}.",
)
SHARE = message("loyalty.share", ", {share} of those who bought")
OF_BASE = message(
    "loyalty.of_base",
    ", weighted by kind and number of purchases to all who bought; {plain} among those who answered",
)
UNWEIGHTED = message("loyalty.unweighted", " among those who answered")
NO_ANSWERS = message(
    "loyalty.no_answers", "Nobody answered in the {days} days to {as_of}: the NPS is not known."
)
NO_SURVEY = message("loyalty.no_survey", "The study brings no survey: the NPS is not known.")
TOO_FEW_ANSWERED = message(
    "loyalty.too_few_answered",
    "Fewer than {fewest} answered in the {days} days to {as_of}: so few answers tell no NPS. Ask more customers.",
)
NPS_BY = message(
    "loyalty.nps_by", "Net Promoter Score by kind of customer and by segment, with 90 % intervals"
)
COURSE = message(
    "loyalty.course",
    "Of those who answered, NPS is {score} over the year, {interval}; quarters lay between {lowest} and {highest}",
)
COURSE_ALT = message("loyalty.course_alt", "Net Promoter Score per quarter with its band.")
COURSE_CAPTION = message(
    "loyalty.course_caption",
    "All answers of a quarter; the band is the 90 % interval. Quarters with few answers are left out.",
)
TOO_FEW = message("loyalty.too_few", "Too few answers can be followed to compare promoters with detractors.")
NO_ORDERS = message(
    "loyalty.no_orders", "The study brings no orders: whether promoters buy more is not told."
)
PROMOTERS = message(
    "loyalty.promoters",
    "Against comparable detractors, promoters' chance to buy again within {days} days differs by {again}, the number "
    "of their purchases by {more}. That satisfied customers buy {claimed} more {holds} among comparable customers "
    "here.",
)
HOLDS = {
    True: message("loyalty.holds", "holds"),
    False: message("loyalty.does_not_hold", "does not hold"),
    None: message("loyalty.undecided", "cannot be decided"),
}


def score(found: Recommending, days: int, as_of: date, scale: str, *, brought: bool = True) -> Message:
    """Say the Net Promoter Score and how many answered; brought: whether the study has a survey."""
    if not brought:
        return NO_SURVEY()
    if found.nps is None or found.plain is None:
        if found.answers:
            return TOO_FEW_ANSWERED(fewest=count(found.fewest, "customer"), days=str(days), as_of=as_of)
        return NO_ANSWERS(days=str(days), as_of=as_of)
    share = SHARE(share=percent(found.answered_share, 0)) if found.answered_share is not None else ""
    plain = estimate(found.plain, decimals, places=0)
    return ANSWERED(
        customers=count(found.answers, "customer"),
        days=str(days),
        as_of=as_of,
        share=share,
        named=NPS() if scale == "0-10" else NPS_ON(scale=scale),
        score=estimate(found.nps, decimals, places=0),
        weighted=OF_BASE(plain=plain) if found.of_base else UNWEIGHTED(),
    )


def score_by(groups: pd.DataFrame) -> Table | None:
    """The Net Promoter Score by kind and by segment."""
    if groups.empty:
        return None
    columns = {
        "group": "Group",
        "answers": column("Answers", "count"),
        "promoters": column("Promoters", "percent"),
        "detractors": column("Detractors", "percent"),
        "nps": column("NPS", "decimals0"),
    }
    return Table(groups, NPS_BY(), columns, "answers", within="by")


def course(quarters: pd.DataFrame, nps: Interval | None, ends: tuple[float, float] | None) -> Figure | None:
    """The Net Promoter Score of those who answered, per quarter."""
    if nps is None or ends is None:
        return None
    lowest, highest = (decimals(end, 0) for end in ends)
    over = {"score": decimals(nps.mean, 0), "interval": between(nps, decimals, places=0)}
    title = COURSE(lowest=lowest, highest=highest, **over)
    data = {"quarters": list(quarters["group"]), "nps": list(quarters["nps"])}
    return Figure(_course, data, title, COURSE_ALT(), COURSE_CAPTION())


@drawing
def _course(quarters, nps):
    fig, ax = figures.axes(height=3.0)
    figures.band(ax, quarters, [one.p05 for one in nps], [one.p95 for one in nps])
    ax.plot(quarters, [one.mean for one in nps], color=figures.PALETTE["model"], marker="o")
    ax.set(ylabel="NPS, points")
    figures.column_names(ax, range(len(quarters)), quarters)
    return fig


def promoters(
    found: Promoters | None, days: int, claimed: float, *, surveys: bool = True, orders: bool = True
) -> Message | None:
    """Say how promoters differ from comparable detractors, and whether the claimed lift holds; None without surveys."""
    if not surveys:
        return None
    if found is None:
        return TOO_FEW() if orders else NO_ORDERS()
    more = estimate(found.lift, lambda lift: signed(percent(lift, 0)))
    again = estimate(found.again, points)
    holds = HOLDS[found.reaches(claimed)]()
    return PROMOTERS(days=str(days), again=again, more=more, claimed=percent(claimed, 0), holds=holds)
