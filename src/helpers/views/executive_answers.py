"""The five questions of customer value as the executive page answers them: a picture and two sentences each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    listing,
    message,
    money,
    paragraph,
    people,
    percent,
    plain,
    points,
)
from helpers.pages import figures, wording
from helpers.pages.records import Figure, drawing

if TYPE_CHECKING:
    from helpers.customers.five_questions import Lapses, Named, Point

MOST_SHOWN = 6  # segments in a picture
MOST_TICKS = 4  # of the axis of such a half-wide picture
HALF = 5.2  # inches: two pictures stand side by side
QUESTIONS = (
    message("five.best_customers", "Who are our best customers?"),
    message("five.serve_better", "How do we serve them better, and what does that add?"),
    message("five.point_worth", "What is one more point of retention worth?"),
    message("five.larger_share", "How do we win a larger share of each customer?"),
    message("five.net_profit", "How do we raise net profit?"),
)
NEEDS = (
    message("five.needs_value", "Cannot be answered yet: it needs the page on customer value."),
    message(
        "five.needs_service",
        "Cannot be answered yet: it needs the tables surveys and tickets, or categories of what was bought.",
    ),
    message("five.needs_retention", "Cannot be answered yet: it needs the page on customer value."),
    message(
        "five.needs_share",
        "Cannot be answered yet: it needs an estimate of what customers buy elsewhere (the column category_spend of "
        "customers, or a survey).",
    ),
    message(
        "five.needs_campaigns",
        "Cannot be answered yet: it needs campaigns with a control group, or leads.",
    ),
)
OPEN = message("five.open", "**{question}** {needs}")
SOME_OF = message("five.some_of", "The {shown} with the most are drawn, of {all}.")
# ---- who are our best customers?
SENTENCE = message("five.sentence", "{claim}.")
SEGMENTS_ALT = message("five.segments_alt", "Value ahead per segment with its 90 % interval, largest first.")
BEST_FIFTH = message("five.best_fifth", "The best 20 % of last year's buyers brought {share} of its revenue.")
SEGMENT = message(
    "five.segment",
    "The segment {segment} holds {value} of the value ahead with {customers} of the customers: {worth}",
)
TIERS = message("five.tiers", "{tiers}. Beyond these, a name on the list of a tier is a guess.")
TIER = message(
    "five.tier",
    "{customers} are most likely {tier} ({sure} of these {likely} with at least {probability} certainty)",
)
# ---- how do we serve them better?
NPS = message(
    "five.nps", "The net promoter score, the percentage of promoters less that of detractors, is {score}."
)
TICKET = message(
    "five.ticket",
    "Against customers alike, the chance to buy again after a ticket differs by {change}. No lots were drawn",
)
TICKET_WORST = message(
    "five.ticket_worst",
    "Against customers alike, the chance to buy again after a ticket differs by {change}, after “{kind}” by {worst}. No "
    "lots were drawn",
)
ANY_TICKET = message("five.any_ticket", "any ticket")
TICKET_ALT = message(
    "five.ticket_alt",
    "Change of the chance to buy again after a ticket, with 90 % intervals and the zero line.",
)
NOT_IN_MONEY = message(
    "five.not_in_money",
    "What better service adds in money is not known: none was tried on tickets drawn by lot.",
)
TOO_FEW = message("five.too_few", "Surveys and tickets are too few to tell.")
MOST_NEEDS = 3  # groups that a sentence names
BY_NEED = message("five.by_need", "The largest needs groups, in shares of the customers: {groups}.")
GROUP = message("five.group", "{group} {share}")
ONE_NEED = message("five.one_need", "Customers cannot be told apart by what they buy.")
# ---- what is a point of retention worth?
RETENTION = message(
    "five.retention",
    "One more point of yearly retention adds {worth} over {months} months, {interval}.",
)
RETENTION_BEST = message(
    "five.retention_best",
    "One more point of yearly retention adds {worth} over {months} months, {interval}; {part} in the segment {segment}.",
)
STILL_ACTIVE = message(
    "five.still_active",
    "The forecast: of the customers whom the purchase model takes for active, {retention} will still be active in a year.",
)
MOST_OF_IT = message("five.most_of_it", "most of it")
LARGEST_PART = message("five.largest_part", "the largest part")
POINTS_ALT = message("five.points_alt", "Worth of one point of retention per segment with its 90 % interval.")
LAPSED = message(
    "five.lapsed",
    "The rule for whom to call, which counts long pauses, too: {gone} of {active} lapsed since {earlier} ({share}), and "
    "{back} came back. Plan with the forecast.",
)


# ---- the five answers
def five_answers(said: list[list[Message | None]]) -> pd.DataFrame:
    """The five questions with their answers (columns Question, Answer); said: the sentences of each, None left out."""
    answers = []
    for sentences, needs in zip(said, NEEDS, strict=True):
        known = [one for one in sentences if one is not None]
        answers.append(paragraph(known) if known else needs())
    return pd.DataFrame({"Question": [one() for one in QUESTIONS], "Answer": answers})


def answered(
    picture: Figure | Message | None, *sentences: Message | None, claim: Message | None = None
) -> list[Figure | Message]:
    """One question's picture, whose title is the answer, and its sentences; nothing where neither is known.

    claim: the answer in words, said where there is no picture of it.
    """
    known = [one for one in (None if picture else claim, *sentences) if one is not None]
    told = [paragraph(known)] if known else []
    return [picture, *told] if picture is not None else told


def unanswered(shown: Sequence[Sequence[Figure | Message]]) -> list[Message]:
    """The questions of which nothing is shown, each with what its answer needs; shown: what `answered` returned of each."""
    asked = zip(QUESTIONS, NEEDS, shown, strict=True)
    return [OPEN(question=question(), needs=needs()) for question, needs, told in asked if not told]


def best_fifth(share: Interval | None) -> Message | None:
    """Say what the best fifth brought."""
    return None if share is None else BEST_FIFTH(share=estimate(share, percent))


def segment(best: list[Named] | None, currency: str) -> Message | None:
    """Say which segment holds the most value ahead; None where none may be named."""
    if not best:
        return None
    first = best[0]
    worth = estimate(first.value, money, currency=currency)
    value, customers = percent(first.share, 0), percent(first.customers)
    return SEGMENT(segment=first.name, value=value, customers=customers, worth=worth)


def as_sentence(claim: Message | None) -> Message | None:
    """End a claim with a full stop."""
    return None if claim is None else SENTENCE(claim=claim)


def tiers(found: list[tuple[str, int, int]] | None, sure: float, smallest: int) -> Message | None:
    """Say how many customers are most valuable and most growable, and of how many that is sure."""
    if found is None:
        return None
    told = [
        TIER(
            customers=count(likely, "customer"),
            likely=count(likely),
            tier=name,
            sure=people(certain, smallest),
            probability=percent(sure, 0),
        )
        for name, likely, certain in found
    ]
    return TIERS(tiers=listing(told)) if told else None


def score(found: Mapping[str, Interval] | None) -> Message | None:
    """Say how customers would recommend us, or that nothing can be said of service."""
    if found is None:
        return None
    if not found:
        return TOO_FEW()
    return NPS(score=estimate(found["nps"], decimals, places=0)) if "nps" in found else None


def not_in_money(found: Mapping[str, Interval] | None) -> Message | None:
    """Say that nobody knows what better service adds, where only the harm of tickets is known."""
    return NOT_IN_MONEY() if found and "ticket" in found else None


def ticket(found: Mapping[str, Interval] | None) -> Message | None:
    """Say what tickets do to their customers' next purchase."""
    if not found or "ticket" not in found:
        return None
    change = estimate(found["ticket"], points)
    for kind in _kinds(found):
        return TICKET_WORST(change=change, kind=kind, worst=estimate(found[kind], points))
    return TICKET(change=change)


def _kinds(found: Mapping[str, Interval]) -> list[str]:
    """The kinds of tickets that are told apart."""
    return [name for name in found if name not in ("nps", "ticket")]


def tickets(found: Mapping[str, Interval] | None) -> Figure | None:
    """What tickets do to their customers' next purchase, as a picture."""
    title = ticket(found)
    if title is None or not found:
        return None
    kinds = _kinds(found)
    data = {
        "names": [ANY_TICKET(), *kinds],
        "changes": [found["ticket"], *(found[kind] for kind in kinds)],
    }
    return Figure(_changes, data, title, TICKET_ALT())


@drawing
def _changes(names, changes):
    fig, ax = figures.axes(width=HALF, height=0.8 + 0.27 * len(changes))
    figures.dots(ax, [wording.say(name) for name in names], changes)
    figures.write_means(ax, changes, lambda change: wording.signed(100 * change, figures.short))
    figures.zero_line(ax, axis="x")
    figures.points_axis(ax.xaxis, "change of the chance to buy again")
    return fig


def needs(groups: list[Named] | None) -> Message | None:
    """Say which needs groups are the largest."""
    if groups is None:
        return None
    told = [GROUP(group=one.name, share=estimate(one.value, percent, places=0)) for one in groups]
    return BY_NEED(groups=listing(told[:MOST_NEEDS])) if told else ONE_NEED()


def retention(point: Point | None, currency: str) -> Message | None:
    """Say what one more point of yearly retention is worth, and for which segment most."""
    if point is None:
        return None
    fields = {
        "worth": money(point.worth.mean, currency),
        "months": plain(point.months),
        "interval": between(point.worth, money, currency=currency),
    }
    if point.best is None:
        return RETENTION(**fields)
    part = MOST_OF_IT() if point.mostly_there else LARGEST_PART()
    return RETENTION_BEST(**fields, part=part, segment=point.best.name)


def points_worth(found: list[Named] | None, claim: Message | None, currency: str) -> Figure | None:
    """What one more point of retention adds in each segment."""
    if not found or claim is None:
        return None
    data = {"values": {one.name: one.value for one in found[:MOST_SHOWN]}, "currency": currency}
    return Figure(_points_worth, data, claim, POINTS_ALT(), _some_of(found))


@drawing
def _points_worth(values, currency: str):
    return money_dots(values, currency, "added by one point of retention")


def still_active(point: Point | None) -> Message | None:
    """Say which share of the active customers will still be active in a year."""
    return None if point is None else STILL_ACTIVE(retention=percent(point.retention, 0))


def lapses(found: Lapses | None, earlier: date) -> Message | None:
    """Say who lapsed and who came back."""
    if found is None:
        return None
    share, gone = percent(found.gone / found.active, 0), count(found.gone, "customer")
    return LAPSED(gone=gone, earlier=earlier, share=share, active=count(found.active), back=count(found.back))


def segments(found: list[Named], claim: Message | None, currency: str) -> Figure | None:
    """Value ahead per segment."""
    if claim is None:
        return None
    data = {"values": {one.name: one.value for one in found[:MOST_SHOWN]}, "currency": currency}
    return Figure(_values, data, claim, SEGMENTS_ALT(), _some_of(found))


@drawing
def _values(values, currency: str):
    return money_dots(values, currency, "value ahead")


def _some_of(found: list[Named]) -> Message | None:
    """Say that a picture leaves segments out, where it does."""
    if len(found) <= MOST_SHOWN:
        return None
    return SOME_OF(shown=count(MOST_SHOWN), all=count(len(found), "segment"))


def money_dots(values, currency: str, label: str):
    """Draw a row per name with its interval of money."""
    fig, ax = figures.axes(width=HALF, height=0.75 + 0.24 * len(values))
    figures.dots(ax, list(values), list(values.values()))
    figures.write_means(ax, list(values.values()), figures.short)
    figures.money_axis(ax.xaxis, currency, label)
    figures.few_ticks(ax.xaxis, MOST_TICKS)
    ax.set_xlim(left=min(0, ax.get_xlim()[0]))
    return fig
