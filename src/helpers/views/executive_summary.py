"""What the executive page shows and says: the five answers, revenue, value by segment, campaigns, reservations."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from helpers.customers.five_questions import Effect, Named, Point
from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    between,
    clauses,
    count,
    decimals,
    estimate,
    from_record,
    listing,
    message,
    money,
    paragraph,
    percent,
    plain,
    points,
    signed,
)
from helpers.pages import figures
from helpers.pages.records import Figure, Table, drawing

QUESTIONS = (
    message("five.best_customers", "Who are our best customers?"),
    message("five.serve_better", "How do we serve them better, and what does that add?"),
    message("five.point_worth", "What is one more point of retention worth?"),
    message("five.larger_share", "How do we win a larger share of each customer?"),
    message("five.net_profit", "How do we raise net profit?"),
)
NEEDS = (
    message("five.needs_value", "Cannot be answered yet: it needs the notebook 24_customer_value."),
    message(
        "five.needs_service",
        "Cannot be answered yet: it needs the tables surveys and tickets, or categories of what was bought.",
    ),
    message("five.needs_retention", "Cannot be answered yet: it needs the notebook 24_customer_value."),
    message(
        "five.needs_share",
        "Cannot be answered yet: it needs an estimate of what customers buy elsewhere (the column category_spend of "
        "customers, or a survey).",
    ),
    message(
        "five.needs_campaigns",
        "Cannot be answered yet: it needs the notebook 24_customer_value, campaigns with a control group, or leads.",
    ),
)
FIVE = message("five.caption", "The five questions of customer value, as far as this study answers them")
# ---- who are our best customers?
BEST_FIFTH = message("five.best_fifth", "The best 20 % of last year's buyers brought {share} of its revenue.")
SEGMENT = message(
    "five.segment",
    "The segment {segment} holds {value} of the value ahead with {customers} of the customers: {worth}",
)
TIERS = message("five.tiers", "{tiers}.")
TIER = message(
    "five.tier", "{customers} are most likely {tier} ({sure} with a probability of at least {probability})"
)
# ---- how do we serve them better?
LOYALTY = message("five.loyalty", "{parts}.")
NPS = message("five.nps", "NPS is {score}")
TICKET = message("five.ticket", "a ticket changes the chance of buying again in time by {change}")
TICKET_FIRST = message("five.ticket_first", "A ticket changes the chance of buying again in time by {change}")
OPEN = message("five.open", "one that stays open by {change}")
TOO_FEW = message("five.too_few", "Surveys and tickets are too few to tell.")
BY_NEED = message("five.by_need", "Speak to each by need: {groups} of the customers.")
GROUP = message("five.group", "{group} {share}")
ONE_NEED = message("five.one_need", "Customers cannot be told apart by what they buy.")
# ---- what is a point of retention worth?
RETENTION = message(
    "five.retention",
    "Of the customers whom the purchase model takes for active, {retention} will still be in a year; one point more "
    "adds {worth} over {months} months, {interval}.",
)
RETENTION_BEST = message(
    "five.retention_best",
    "Of the customers whom the purchase model takes for active, {retention} will still be in a year; one point more "
    "adds {worth} over {months} months, {interval}; {part} in the segment {segment}, {best}.",
)
MOST_OF_IT = message("five.most_of_it", "most of it")
LARGEST_PART = message("five.largest_part", "the largest part")
LAPSED = message(
    "five.lapsed",
    "By the rules of the lifecycle {gone} lapsed since {earlier}, {share} of those active then, and {back} came back.",
)
# ---- how do we win a larger share?
SHARES = message("five.shares", "{kinds}.")
KIND = message(
    "five.kind", "{kind}: {share} of the category spend comes here, {elsewhere} a year goes elsewhere"
)
# ---- how do we raise net profit?
EQUITY = message(
    "five.equity",
    "Business as usual is worth {equity} of margin from today's customers over the next {months} months, {interval}.",
)
REPEAT = message("five.repeat", "Repeat {campaigns} per customer contacted.")
REPEAT_AND_LEAVE = message(
    "five.repeat_and_leave", "Repeat {campaigns} per customer contacted; do not repeat {losing}."
)
LEAVE = message("five.leave", "Do not repeat {losing}.")
NOTHING_SURE = message("five.nothing_sure", "No campaign is sure to have paid, or not to have.")
ARM = message("five.arm", "{campaign}, {arm}, {gain}")
EFFECT = message(
    "five.effect",
    "Campaign {campaign}, {arm}: {verdict}; it changed margin after costs by {gain} per customer within its window",
)
EFFECT_TO_DATE = message(
    "five.effect_to_date",
    "Campaign {campaign}, {arm}: {verdict}; it changed margin after costs by {gain} per customer within its window, "
    "and by {to_date} up to today, the time after the window included",
)
WITHHELD = message(
    "five.withheld", "No answer on campaigns, because checks on the page of the experiment failed."
)
NO_CAMPAIGN = message(
    "five.no_campaign",
    "This study has no campaign with a control group, so nothing is known about what campaigns add.",
)
NEXT_LIST = message(
    "five.next_list", "The next list contacts {customers} for {cost} and is expected to add {gain}."
)
LEAD = message("five.lead", "A lead from {channel} may cost up to {ceiling} and costs {cost}.")
# ---- what stands beside the answers
SENTENCE = message("five.sentence", "{claim}.")
REVENUE = message("five.revenue", "The last {months} whole months brought {revenue} of revenue")
REVENUE_MORE = message(
    "five.revenue_more",
    "The last {months} whole months brought {revenue} of revenue, {change} more than the 12 months before",
)
REVENUE_LESS = message(
    "five.revenue_less",
    "The last {months} whole months brought {revenue} of revenue, {change} less than the 12 months before",
)
REVENUE_ALT = message("five.revenue_alt", "Bars of revenue per month over {months} whole months.")
SEGMENTS_ALT = message("five.segments_alt", "Value ahead per segment with its 90 % interval, largest first.")
SILENT = message(
    "five.silent",
    "{share} of today's customers will more likely than not place no further order within {months} months.",
)
EFFECTS_ALT = message(
    "five.effects_alt",
    "Incremental margin per assigned customer by arm, with 90 % intervals and the zero line.",
)
WITHIN = message("five.within", "Within the window. {verdicts}.")
VERDICT = message("five.verdict", "{arm}: {verdict}")
RESERVATIONS = message("five.reservations", "Checks that did not pass, with the page they are on")
RESERVATION = message("five.reservation", "{page}: {check} ({verdict})")
NONE_OPEN = message("five.none_open", "Every check of every page passed.")


# ---- the five answers
def five_answers(said: list[list[Message | None]]) -> pd.DataFrame:
    """The five questions with their answers (columns Question, Answer); said: the sentences of each, None left out."""
    answers = []
    for sentences, needs in zip(said, NEEDS, strict=True):
        known = [one for one in sentences if one is not None]
        answers.append(paragraph(known) if known else needs())
    return pd.DataFrame({"Question": [one() for one in QUESTIONS], "Answer": answers})


def five_table(five: pd.DataFrame) -> Table:
    """The five questions and answers as a table."""
    return Table(five, FIVE())


def best_fifth(share: Interval | None) -> Message | None:
    """Say what the best fifth brought."""
    return None if share is None else BEST_FIFTH(share=estimate(share, percent, places=0))


def segment(best: list[Named] | None, currency: str) -> Message | None:
    """Say which segment holds the most value ahead; None where none may be named."""
    if not best:
        return None
    first = best[0]
    worth = estimate(first.value, money, currency=currency)
    value, customers = percent(first.share, 0), percent(first.customers, 0)
    return SEGMENT(segment=first.name, value=value, customers=customers, worth=worth)


def as_sentence(claim: Message | None) -> Message | None:
    """End a claim with a full stop."""
    return None if claim is None else SENTENCE(claim=claim)


def tiers(found: list[tuple[str, int, int]] | None, sure: float) -> Message | None:
    """Say how many customers are most valuable and most growable."""
    if found is None:
        return None
    told = [
        TIER(
            customers=count(likely, "customer"), tier=name, sure=count(certain), probability=percent(sure, 0)
        )
        for name, likely, certain in found
    ]
    return TIERS(tiers=listing(told)) if told else None


def loyalty(found: Mapping[str, Interval] | None) -> Message | None:
    """Say how customers would recommend us and what tickets do to their next purchase."""
    if found is None:
        return None
    ticket = TICKET if "nps" in found else TICKET_FIRST
    told = [NPS(score=estimate(found["nps"], decimals, places=0))] if "nps" in found else []
    told += [ticket(change=estimate(found["ticket"], points))] if "ticket" in found else []
    told += [OPEN(change=estimate(found["open"], points))] if "open" in found else []
    return LOYALTY(parts=clauses(told)) if told else TOO_FEW()


def needs(groups: list[Named] | None) -> Message | None:
    """Say which needs groups there are."""
    if groups is None:
        return None
    told = [GROUP(group=one.name, share=estimate(one.value, percent, places=0)) for one in groups]
    return BY_NEED(groups=listing(told)) if told else ONE_NEED()


def retention(point: Point | None, currency: str) -> Message | None:
    """Say what one more point of yearly retention is worth, and for which segment most."""
    if point is None:
        return None
    fields = {
        "retention": percent(point.retention, 0),
        "worth": money(point.worth.mean, currency),
        "months": plain(point.months),
        "interval": between(point.worth, money, currency=currency),
    }
    if point.best is None:
        return RETENTION(**fields)
    part = MOST_OF_IT() if point.mostly_there else LARGEST_PART()
    best = estimate(point.best.value, money, currency=currency)
    return RETENTION_BEST(**fields, part=part, segment=point.best.name, best=best)


def lapses(found: tuple[int, Interval, int] | None, earlier: date) -> Message | None:
    """Say who lapsed and who came back."""
    if found is None:
        return None
    gone, share, back = found
    return LAPSED(gone=count(gone, "customer"), earlier=earlier, share=estimate(share, percent), back=back)


def shares(kinds: list[tuple[str, Interval, Interval]] | None, currency: str) -> Message | None:
    """Say per kind which share of its category spend comes here, and what goes elsewhere."""
    if kinds is None:
        return None
    told = []
    for kind, share, elsewhere in kinds:
        name = kind if told else kind[:1].upper() + kind[1:]  # a sentence begins with a capital
        here, there = estimate(share, percent, places=0), estimate(elsewhere, money, currency=currency)
        told.append(KIND(kind=name, share=here, elsewhere=there))
    return SHARES(kinds=clauses(told)) if told else None


def equity(found: tuple[Interval, float] | None, currency: str) -> Message | None:
    """Say what today's customers are worth if nothing changes."""
    if found is None:
        return None
    worth, months = found
    interval = between(worth, money, currency=currency)
    return EQUITY(equity=money(worth.mean, currency), months=plain(months), interval=interval)


def campaigns(
    worth: tuple[list[pd.Series], list[pd.Series]] | None, window: Message | None, currency: str
) -> Message | None:
    """Say which campaigns to repeat and which not to; where their worth is not known, what the window's effect was."""
    if worth is None:
        return as_sentence(window)
    pays, loses = ([_arm(row, currency) for row in rows] for rows in worth)
    if pays and loses:
        return REPEAT_AND_LEAVE(campaigns=clauses(pays), losing=clauses(loses))
    if pays:
        return REPEAT(campaigns=clauses(pays))
    return LEAVE(losing=clauses(loses)) if loses else NOTHING_SURE()


def _arm(row: pd.Series, currency: str) -> Message:
    gain = estimate(Interval.of(row, "incremental_clv_"), lambda value: signed(money(value, currency)))
    return ARM(campaign=row["campaign_id"], arm=row["arm"], gain=gain)


def effect(best: Effect | None, currency: str) -> Message | None:
    """Say what the best arm added, in its window and to date, and what to do with it."""
    if best is None:
        return None
    fields = {"campaign": best.campaign, "arm": best.arm, "verdict": best.verdict}
    gain = estimate(best.gain, lambda value: signed(money(value, currency)))
    if best.to_date is None:
        return EFFECT(**fields, gain=gain)
    to_date = estimate(best.to_date, lambda value: signed(money(value, currency)))
    return EFFECT_TO_DATE(**fields, gain=gain, to_date=to_date)


def next_list(found: tuple[int, float, Interval] | None, currency: str) -> Message | None:
    """Say what the list of the next campaign costs and is expected to add."""
    if found is None:
        return None
    contacted, cost, gain = found
    added = estimate(gain, lambda value: signed(money(value, currency)))
    return NEXT_LIST(customers=count(contacted, "customer"), cost=money(cost, currency), gain=added)


def lead(found: tuple[Named, float] | None, currency: str) -> Message | None:
    """Say in which channel a lead may cost most beyond what it costs now."""
    if found is None:
        return None
    channel, cost = found
    ceiling = estimate(channel.value, money, currency=currency)
    return LEAD(channel=channel.name, ceiling=ceiling, cost=money(cost, currency))


# ---- what stands beside the answers
def revenue_claim(last_year: float, months: int, change: float | None, currency: str) -> Message:
    """Say what the last twelve whole months brought."""
    fields = {"months": str(months), "revenue": money(last_year, currency)}
    if change is None:
        return REVENUE(**fields)
    return (REVENUE_MORE if change > 0 else REVENUE_LESS)(**fields, change=percent(abs(change)))


def revenue(shown: pd.Series, claim: Message, currency: str) -> Figure:
    """Revenue per whole month."""
    data = {"months": shown.index.to_timestamp(), "revenue": shown.to_numpy(), "currency": currency}
    return Figure(_bars, data, claim, REVENUE_ALT(months=str(len(shown))))


@drawing
def _bars(months, revenue, currency: str):
    fig, ax = figures.axes(height=3.0)
    ax.bar(months, revenue, width=22, color=figures.PALETTE["actual"])
    figures.money_axis(ax.yaxis, currency, "revenue")
    figures.date_axis(ax.xaxis)
    return fig


def segments(found: list[Named], claim: Message | None, currency: str) -> Figure | None:
    """Value ahead per segment."""
    if claim is None:
        return None
    data = {"values": {one.name: one.value for one in found}, "currency": currency}
    return Figure(_values, data, claim, SEGMENTS_ALT())


@drawing
def _values(values, currency: str):
    fig, ax = figures.axes(height=0.9 + 0.32 * len(values))
    figures.dots(ax, list(values), list(values.values()))
    figures.money_axis(ax.xaxis, currency, "value ahead")
    return fig


def silent(found: tuple[float, float] | None) -> Message | None:
    """Say how many customers will probably place no further order."""
    if found is None:
        return None
    share, months = found
    return SILENT(share=percent(share, 0), months=plain(months))


def effects(table: pd.DataFrame | None, claim: Message | None, currency: str) -> Figure | Message:
    """What every arm of the experiment added per customer, or why nothing is said of it."""
    if table is None or claim is None:
        return NO_CAMPAIGN() if table is None else WITHHELD()
    gains = [Interval.of(row, "gain_") for _, row in table.iterrows()]
    told = [VERDICT(arm=row.arm, verdict=row.sentence) for row in table.itertuples()]
    data = {"arms": list(table["arm"]), "gains": gains, "currency": currency}
    return Figure(_gains, data, claim, EFFECTS_ALT(), WITHIN(verdicts=clauses(told)))


@drawing
def _gains(arms, gains, currency: str):
    fig, ax = figures.axes(height=0.9 + 0.45 * len(arms))
    figures.dots(ax, arms, gains)
    figures.zero_line(ax, axis="x")
    figures.money_axis(ax.xaxis, currency, "margin per customer, less cost")
    return fig


def last_answer(table: pd.DataFrame | None, window: Message | None, revenue: Message) -> Message:
    """What campaigns added; without any, what the year brought."""
    if table is None:
        return SENTENCE(claim=revenue)
    return WITHHELD() if window is None else SENTENCE(claim=window)


def reservations(found: list[dict[str, Any]], titles: Mapping[str, str]) -> Table | Message:
    """Checks that did not pass: the page, check and verdict in one, and what to do; two columns fit a phone."""
    if not found:
        return NONE_OPEN()
    named = [
        RESERVATION(page=titles[one["notebook"]], check=one["name"], verdict=one["verdict"]) for one in found
    ]
    advice = [from_record(one.get("said", {}).get("advice", one["advice"])) for one in found]
    return Table(pd.DataFrame({"Check": named, "What to do": advice}), RESERVATIONS())
