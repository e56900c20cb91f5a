"""The last two of the five questions: what is spent elsewhere, and what campaigns and leads bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    Value,
    about,
    between,
    clauses,
    count,
    estimate,
    message,
    money,
    paragraph,
    percent,
    plain,
    signed,
)
from helpers.pages import figures, wording
from helpers.pages.records import Figure, drawing
from helpers.views import amounts
from helpers.views.executive_answers import HALF, MOST_TICKS, SENTENCE, as_sentence, money_dots

if TYPE_CHECKING:
    from helpers.customers.campaigns_and_leads import Effect, Lead

# ---- how do we win a larger share?
KINDS = {
    "organization": message("five.organizations", "Organizations"),
    "consumer": message("five.consumers", "Consumers"),
}
KIND = message("five.kind", "{kind}: {share} of the category spend comes here.")
AS_STATED = message(
    "five.as_stated", "Errors in what customers say they spend are in none of these intervals."
)
ELSEWHERE = message(
    "five.elsewhere", "{kind} spend {money} a year elsewhere, by the {known} of them whose spend is known"
)
ELSEWHERE_ALT = message("five.elsewhere_alt", "Spend elsewhere per kind of customer with its 90 % interval.")
# ---- how do we raise net profit?
REPEAT = message(
    "five.repeat",
    "Repeat {campaigns} per customer contacted over {months} months. No other has proven that it pays.",
)
REPEAT_AND_LEAVE = message(
    "five.repeat_and_leave",
    "Repeat {campaigns} per customer contacted over {months} months. Do not repeat {losing}. No other has proven that it "
    "pays.",
)
LEAVE = message("five.leave", "Do not repeat {losing}.")
NOTHING_SURE = message("five.nothing_sure", "No campaign is sure to have paid, or not to have.")
LABEL = message("five.label", "{campaign}, {arm}")
LASTING_ALT = message(
    "five.lasting_alt",
    "Margin less cost per customer contacted by campaign, with 90 % intervals and the zero line.",
)
LASTING = message("five.lasting", "Over {months} months from the assignment, after costs.")
LASTING_OPEN = message(
    "five.lasting_open",
    "Over {months} months from the assignment, after costs. Dotted: the range where what lasts cannot be told yet.",
)
ARM = message("five.arm", "{campaign} ({arm}): {gain}")
CUT = message("five.cut", "Arrows: the interval goes on beyond the picture, for {arms}.")
EFFECT = message(
    "five.effect",
    "Campaign {campaign}, {arm}: {verdict}; it changed margin after costs by {gain} per customer within its window",
)
EFFECT_TO_DATE = message(
    "five.effect_to_date",
    "Campaign {campaign}, {arm}: {verdict}; it changed margin after costs by {gain} per customer within its window, "
    "and by {to_date} with the time after the window included",
)
EFFECT_IF_BY_LOT = message(
    "five.effect_if_by_lot",
    "Campaign {campaign}, {arm}: no verdict, because how its arms were drawn is not said; if by lot, it changed margin "
    "after costs by {gain} per customer within its window",
)
EFFECT_ON = message(
    "five.effect_on",
    "Campaign {campaign}, {arm}: {verdict}; it changed {outcome} by {gain} per unit, {interval}",
)
EFFECT_ON_IF_BY_LOT = message(
    "five.effect_on_if_by_lot",
    "Campaign {campaign}, {arm}: no verdict, because how its arms were drawn is not said; if by lot, it changed "
    "{outcome} by {gain} per unit, {interval}",
)
WITHHELD = message(
    "five.withheld", "No answer on campaigns, because checks on the page of the experiment failed."
)
NEXT_LIST = message(
    "five.next_list", "The next list contacts {customers} for {cost} and is expected to add {gain}."
)
LEAD = message(
    "five.lead",
    "A lead from {channel} has cost {cost} and would pay up to {ceiling}. Of such leads {won} become customers "
    "within {days} days, and those won so far brought {worth} each in their first {months} months.",
)


EFFECTS_ALT = message(
    "five.effects_alt",
    "Incremental margin per assigned customer by arm, with 90 % intervals and the zero line.",
)
WITHIN = message("five.within", "Within the window. {verdicts}.")
VERDICT = message("five.verdict", "{arm}: {verdict}")


def _kind(kind: str) -> Message | str:
    """What customers of a kind are called at the beginning of a sentence."""
    return KINDS[kind]() if kind in KINDS else kind[:1].upper() + kind[1:]


def shares(kinds: list[tuple[str, Interval, Interval, float]] | None) -> Message | None:
    """Say per kind which share of its category spend comes here."""
    if not kinds:
        return None
    told = [KIND(kind=_kind(kind), share=estimate(share, percent, places=0)) for kind, share, *_ in kinds]
    return paragraph([*told, AS_STATED()])


def most_elsewhere(
    found: list[tuple[str, Interval, Interval, float]] | None, currency: str
) -> Message | None:
    """Say which kind spends most elsewhere, and how much."""
    if not found:
        return None
    first, _, there, known = found[0]
    spent = estimate(there, money, currency=currency)
    return ELSEWHERE(kind=_kind(first), money=spent, known=percent(known, 0))


def elsewhere(
    found: list[tuple[str, Interval, Interval, float]] | None, title: Message | None, currency: str
) -> Figure | None:
    """What each kind of customer spends elsewhere in a year; title: `most_elsewhere`."""
    if not found or title is None:
        return None
    data = {"names": [_kind(kind) for kind, *_ in found]}
    data |= {"values": [away for _, _, away, _ in found], "currency": currency}
    return Figure(_elsewhere, data, title, ELSEWHERE_ALT())


@drawing
def _elsewhere(names, values, currency: str):
    named = dict(zip((wording.say(name) for name in names), values, strict=True))
    return money_dots(named, currency, "spent elsewhere in a year")


def campaigns(
    worth: tuple[list[pd.Series], list[pd.Series]] | None, window: Message | None, currency: str
) -> Message | None:
    """Say which campaigns to repeat and which not to; where their worth is not known, what the window's effect was."""
    if worth is None:
        return as_sentence(window)
    pays, loses = ([_arm(row, currency) for row in rows] for rows in worth)
    months = plain(worth[0][0]["months"]) if pays else None
    if pays and loses:
        return REPEAT_AND_LEAVE(campaigns=clauses(pays), losing=clauses(loses), months=months)
    if pays:
        return REPEAT(campaigns=clauses(pays), months=months)
    return LEAVE(losing=clauses(loses)) if loses else NOTHING_SURE()


def gains(
    values: pd.DataFrame | None,
    tried: pd.DataFrame | None,
    claim: Message | None,
    window: Message | None,
    currency: str,
) -> Figure | Message | None:
    """What each campaign's arm was worth per customer over one horizon; where that is not known, what its window brought.

    An arm of which cannot be told what lasts has a range over the horizon, and no dot.
    """
    if values is None or values.empty:
        return None if tried is None else effects(tried, window, currency)
    rows = values.to_dict("records")
    names = [LABEL(campaign=row["campaign_id"], arm=row["arm"]) for row in rows]
    worth = [amounts.over_horizon(Interval.of(row, "incremental_clv_"), row) for row in rows]
    ranges = [place for place, row in enumerate(rows) if not row["identified"]]
    wide = [
        ARM(campaign=rows[place]["campaign_id"], arm=rows[place]["arm"], gain=said)
        for place in figures.too_wide(worth)
        for said in [
            between(worth[place], money, currency=currency)
            if place in ranges
            else _gain(worth[place], currency)
        ]
    ]
    data = {"names": names, "gains": worth, "ranges": ranges, "currency": currency}
    note = (LASTING_OPEN if ranges else LASTING)(months=plain(rows[0]["months"]))
    caption = paragraph([note, CUT(arms=clauses(wide))]) if wide else note
    return None if claim is None else Figure(_lasting, data, claim, LASTING_ALT(), caption)


@drawing
def _lasting(names, gains, ranges, currency: str):
    fig, ax = figures.axes(width=HALF, height=0.8 + 0.38 * len(gains))
    named = [wording.say(name).replace(", ", "\n", 1) for name in names]
    figures.dots(ax, named, gains, ranges=ranges)
    figures.cut_too_wide(ax, gains)
    figures.zero_line(ax, axis="x")
    figures.money_axis(ax.xaxis, currency, "margin per customer, less cost")
    figures.few_ticks(ax.xaxis, MOST_TICKS)
    return fig


def _arm(row: pd.Series, currency: str) -> Message:
    gain = _gain(Interval.of(row, "incremental_clv_"), currency)
    return ARM(campaign=row["campaign_id"], arm=row["arm"], gain=gain)


def _gain(gain: Interval, currency: str) -> Value:
    return estimate(gain, lambda value: signed(money(value, currency)))


def effect(best: Effect | None, currency: str) -> Message | None:
    """Say what the best arm added, in its window and to date, and what to do with it."""
    if best is None:
        return None
    fields = {"campaign": best.campaign, "arm": best.arm, "verdict": best.verdict}
    gain = estimate(best.gain, lambda value: signed(money(value, currency)))
    if best.measure != "money":
        gain = amounts.change(best.gain.mean, best.measure, currency)
    told = {"campaign": best.campaign, "arm": best.arm, "gain": gain}
    if best.measure != "money":
        told |= {"outcome": best.outcome, "interval": amounts.span(best.gain, best.measure, currency)}
        return EFFECT_ON(**told, verdict=best.verdict) if best.by_lot else EFFECT_ON_IF_BY_LOT(**told)
    if not best.by_lot:
        return EFFECT_IF_BY_LOT(**told)
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


def lead(found: Lead | None, currency: str) -> Message | None:
    """Say in which channel a lead may cost most beyond what it costs now, and why it may."""
    if found is None:
        return None
    ceiling, worth = (estimate(one, money, currency=currency) for one in (found.ceiling, found.worth))
    cost, won = about(money(found.cost, currency)), estimate(found.won, percent, places=0)
    return LEAD(
        channel=found.channel,
        cost=cost,
        ceiling=ceiling,
        won=won,
        worth=worth,
        months=plain(found.months),
        days=plain(found.days),
    )


def effects(table: pd.DataFrame, claim: Message | None, currency: str) -> Figure | Message:
    """What every arm of the experiment added per customer, or why nothing is said of it."""
    if claim is None:
        return WITHHELD()
    if (table["measure"] != "money").any():
        return SENTENCE(claim=claim)
    gains = [Interval.of(row, "gain_") for _, row in table.iterrows()]
    told = [VERDICT(arm=row.arm, verdict=row.sentence) for row in table.itertuples()]
    data = {"arms": list(table["arm"]), "gains": gains, "currency": currency}
    return Figure(_gains, data, claim, EFFECTS_ALT(), WITHIN(verdicts=clauses(told)))


@drawing
def _gains(arms, gains, currency: str):
    fig, ax = figures.axes(width=HALF, height=0.9 + 0.4 * len(arms))
    figures.dots(ax, arms, gains)
    figures.zero_line(ax, axis="x")
    figures.money_axis(ax.xaxis, currency, "margin per customer, less cost")
    return fig
