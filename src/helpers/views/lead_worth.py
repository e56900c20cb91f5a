"""What the page on leads shows and says of their worth, and of whom to call."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import Message, about, count, estimate, listing, message, money, paragraph, percent
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.customers.lead_scores import Judged
    from helpers.customers.lead_value import Costs, OpenLeads

VALUE = message("leads.value", "What a lead of each channel is worth, and what it costs")
VALUE_NOTE = message(
    "leads.value_note",
    "Customer worth: discounted margin in the first {months} months of those who were won from a lead of the channel, not "
    "of all its customers. May cost: the ceiling at which a lead, with a win counted only within {days} days, neither gains "
    "nor loses. Lines without a margin count with {rate} of revenue ({source}).",
)
NO_WORTH = message(
    "leads.no_worth",
    "What a lead is worth cannot be told: that takes orders, and the `customer_id` of five or more won leads of a channel, "
    "a month after their win. The chances above do not need it.",
)
NO_COST = message("leads.no_cost", "the leads carry no cost")
FINE = message("leads.fine", "Every channel's leads cost less than they may")
FINE_KNOWN = message("leads.fine_known", "Leads of {channels} cost less than they may")
DEAR = message("leads.dear", "Leads of {channels} cost more than they bring back in {months} months")
AND_UNKNOWN = message("leads.and_unknown", "{claim}; what those of {unknown} cost is not known")
COST_UNKNOWN = message("leads.cost_unknown", "What leads cost is not known here, only what they may cost")
CEILINGS_ALT = message(
    "leads.ceilings_alt",
    "The ceiling on the cost of a lead per channel as a dot with its 90 % interval, and the present cost as a bar.",
)
CEILINGS_CAPTION = message(
    "leads.ceilings_caption", "Dots: the most a lead may cost. Orange bars: what it costs now."
)
OPEN = message("leads.open", "Leads open on {as_of}")
ANSWER_COST = message(
    "leads.answer_cost",
    "{claim}: a lead of {best} costs {now} and may cost {ceiling}. What winning still costs is known for won leads only.",
)
ANSWER_MAY_COST = message("leads.answer_may_cost", "{claim}; a lead of {best} may cost {ceiling}.")
ANSWER_OPEN = message(
    "leads.answer_open",
    "{leads} leads are open, from which {wins} wins are expected in the next {days} days; calling the fifth with the "
    "highest {measure} first reaches {part} of those.",
)
ANSWER_OPEN_WORTH = message("leads.answer_open_worth", "Together they are worth about {worth}.")
ANSWER_EARLIER = message(
    "leads.answer_earlier",
    "How far to trust that: of leads scored like this after {cut}, {score} should have been won and {won} were. Of the "
    "fifth called first it is {first_score} and {first_won}.",
)
BY_WORTH, BY_SCORE = message("leads.by_worth", "worth"), message("leads.by_score", "score")
TENTHS = message(
    "leads.tenths", "Of {parts} equal groups of open leads the first is worth {first} a lead, the last {last}"
)
TENTHS_ALT = message("leads.tenths_alt", "Falling bars of expected worth per open lead.")
TENTHS_NOTE = message("leads.tenths_note", "Dashed line: the average of all open leads.")
CALL = message(
    "funnel.call",
    "Call the {leads} in the order of the list `lead_priority.csv` of the exports, from the top as far as time allows.",
)


def value(
    channels: pd.DataFrame | None, known: pd.Series, months: int, days: int, rate: float, source: str
) -> Table | Message:
    """What a lead of each channel is worth, may cost and costs."""
    if channels is None:
        return NO_WORTH()
    columns = {
        "channel": "Channel",
        "leads": column("Leads", "count"),
        "known": column("Months known", "count"),
        "worth": column("Customer worth", "money", each=True),
        "ceiling": column("Lead may cost", "money", each=True),
        "cost": column("Lead costs", "money", each=True),
        "gain": column("Chance it pays", "chance"),
    }
    note = VALUE_NOTE(months=months, days=days, rate=percent(rate), source=source)
    told = channels.assign(known=known.to_numpy())
    return Table(told, VALUE(), columns, "leads", [note], missing=NO_COST())


def cost(costs: Costs, months: int) -> Message:
    """Say which channels' leads cost more than they bring back, and whose cost is not known."""
    if not costs.dear and not costs.fine:
        return COST_UNKNOWN()
    fine = FINE_KNOWN(channels=listing(costs.fine)) if costs.unknown else FINE()
    claim = DEAR(channels=listing(costs.dear), months=months) if costs.dear else fine
    return AND_UNKNOWN(claim=claim, unknown=listing(costs.unknown)) if costs.unknown else claim


def ceilings(channels: pd.DataFrame | None, costs: Costs, months: int, currency: str) -> Figure | None:
    """The most a lead may cost, and what it costs, per channel."""
    if channels is None:
        return None
    data = {name: list(channels[name]) for name in ("channel", "ceiling", "cost")} | {"currency": currency}
    return Figure(_ceilings, data, cost(costs, months), CEILINGS_ALT(), CEILINGS_CAPTION())


@drawing
def _ceilings(channel, ceiling, cost, currency):
    fig, ax = figures.axes(height=1.3 + 0.5 * len(channel))
    figures.dots(ax, channel, ceiling)
    rows = list(range(len(channel)))[::-1]
    ax.plot(cost, rows, "|", color=figures.PALETTE["bad"], markersize=18, markeredgewidth=3)
    figures.money_axis(ax.xaxis, currency, "the most a lead may cost")
    return fig


def by_tenth(groups: pd.DataFrame | None, currency: str) -> Figure | None:
    """Worth per open lead in equal parts by that worth; None where worth is not known."""
    if groups is None:
        return None
    title = TENTHS(
        parts=str(len(groups)),
        first=about(money(groups["mean"].iloc[0], currency)),
        last=about(money(groups["mean"].iloc[-1], currency)),
    )
    return Figure(_lift, {"groups": groups, "currency": currency}, title, TENTHS_ALT(), TENTHS_NOTE())


@drawing
def _lift(groups, currency):
    fig, ax = figures.axes(height=2.8)
    figures.lift(ax, groups, [figures.short(one) for one in groups["mean"]])
    ax.set(xlabel="group of equal size by worth (1: called first)")
    figures.money_axis(ax.yaxis, currency, "expected worth per open lead")
    return fig


def open_leads(found: OpenLeads, as_of: date) -> Table:
    """The open leads by stage."""
    columns = {
        "stage": "Stage",
        "leads": column("Open leads", "count"),
        "score": column("Mean score", "percent"),
        "days": column("Median days in it", "count"),
    }
    columns |= {} if found.worth is None else {"value": column("Worth together", "money")}
    return Table(found.by_stage, OPEN(as_of=as_of), columns, "leads")


def answer_cost(
    value: pd.DataFrame | None, costs: Costs, months: int, best: pd.Series, currency: str
) -> Message | None:
    """Whether leads cost less than they may, and what one of the best channel may cost."""
    if value is None:
        return None
    row = value.set_index("channel").loc[best["channel"]]
    told = {"best": best["channel"], "ceiling": estimate(row["ceiling"], money, currency=currency)}
    if pd.isna(row["cost"]):
        return ANSWER_MAY_COST(claim=cost(costs, months), **told)
    return ANSWER_COST(claim=cost(costs, months), now=about(money(row["cost"], currency)), **told)


def answer_open(found: OpenLeads, days: int, judged: Judged, cut: date, currency: str) -> Message:
    """How many wins the open leads promise, how far the first calls reach, and how such scores fared after `cut`."""
    part = percent(found.first_share, 0)
    measure = BY_SCORE() if found.worth is None else BY_WORTH()
    promised = ANSWER_OPEN(
        leads=count(found.leads), wins=count(found.wins), days=days, part=part, measure=measure
    )
    earlier = ANSWER_EARLIER(
        cut=cut,
        score=percent(judged.score, 0),
        won=percent(judged.won, 0),
        first_score=percent(judged.first["score"], 0),
        first_won=estimate(judged.first["won"], percent, places=0),
    )
    together = [] if found.worth is None else [ANSWER_OPEN_WORTH(worth=about(money(found.worth, currency)))]
    return paragraph([promised, *together, earlier])


def to_do(found: OpenLeads) -> Message | None:
    """What to do with the open leads; None where there is none."""
    return CALL(leads=count(found.leads, "open lead")) if found.leads else None
