"""What the page on the next campaign shows and says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    about,
    between,
    count,
    estimate,
    listing,
    message,
    money,
    percent,
    probability,
    signed,
)
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.campaigns.next_list import Reach
    from helpers.campaigns.next_test import ControlGroups, NextTest
    from helpers.campaigns.targeting import Knowledge

# ---- who can be judged
AUDIENCE = message("next_campaign.audience", "Customers on {day}, judged by campaign {campaign}")
LIKE_THOSE = message("next_campaign.like_those", "like those of the last campaign")
NO_ORDER = message("next_campaign.no_order", "no order in {days} days")
OTHER_KIND = message("next_campaign.other_kind", "{trait} not in the campaign")
# ---- the list
PLANNED = message("next_campaign.planned", "The list, with gains over {days} days")
FOR_NOBODY = message("next_campaign.for_nobody", "an arm that is the best for nobody")
TO_DATE = message(
    "next_campaign.to_date",
    "Over everyone who got it, the page on campaign value puts the gain per customer to date at: {gains}",
)
ARM_GAIN = message("next_campaign.arm_gain", "{arm} {gain}")
BESIDE = message(
    "next_campaign.beside",
    "{to_date}. That page uses another model, which knows of purchases brought forward. Here those are contacted who are "
    "expected to gain most; believe the difference as far as the ranking is proven.",
)
WORTHWHILE = message(
    "next_campaign.worthwhile",
    "{worthwhile} of {customers} are expected to be worth contacting; {listed} are on the list",
)
BY_NO_ORDER = message(
    "next_campaign.by_no_order", "The ranking is not proven, so this curve of expected gains decides nothing"
)
AT_CAPACITY = message("next_campaign.at_capacity", "{worthwhile}, which is its capacity")
REACH_LINE = message(
    "next_campaign.reach_line",
    "Total expected gain by number of customers contacted, with its 90 % band; a vertical line marks the list.",
)
REACH_MARKS = message("next_campaign.reach_marks", "Vertical line: the list. Band: 90 % interval.")
# ---- how much of the potential has been shown
POTENTIAL = message(
    "next_campaign.potential",
    "Per customer: what peers suggest, and what the campaign has shown in {days} days",
)
NO_GAP = message("next_campaign.no_gap", "nothing to grow into")
GROWTH = message(
    "next_campaign.growth",
    "By their peers a Most Growable customer could be worth {gap} more. The campaign has shown {gain} per customer "
    "({interval}), {share} of it; the rest is a hypothesis until a treatment is tested.",
)
NO_GROWTH = message(
    "next_campaign.no_growth", "None of the Most Growable are among those the campaign can speak about."
)
# ---- the next test
ASSURANCE = message(
    "next_campaign.assurance",
    "With {customers}, {share} in control, a roll-out after the next test has a probability of {assurance}; {enough}",
)
ENOUGH = message("next_campaign.enough", "{customers} customers would make it 50 %")
NEVER_ENOUGH = message("next_campaign.never_enough", "no size of the test makes it 50 %")
ASSURANCE_LINE = message(
    "next_campaign.assurance_line",
    "Assurance by size of the test; lines mark the list and the most that is possible.",
)
ASSURANCE_MARKS = message(
    "next_campaign.assurance_marks",
    "Horizontal line: the probability that the campaign pays, which no test can exceed. Vertical line: the list.",
)
CONTROLS = message("next_campaign.controls", "Control groups: what they cost, and what their answer is worth")
WORTH = message(
    "next_campaign.worth",
    "Worth: expected over the {campaigns} campaigns that follow; perfect knowledge would be worth {perfect}.",
)
LIST_IS_BEST = message(
    "next_campaign.list_is_best",
    "Of these the control group of {share}, which the list has, is worth most: {net} net of its cost.",
)
OTHER_IS_BEST = message(
    "next_campaign.other_is_best",
    "Of these a control group of {best} is worth most, {net} net of its cost; the {share} of the list, {own}.",
)
# ---- answers
CONTACT = message(
    "next_campaign.contact",
    "Contact {customers} and hold back {reserved}: expected gain {gain} over {days} days after all costs, {interval}.",
)
TRY_ON = message(
    "next_campaign.try_on",
    "As a test, contact {customers} and hold back {reserved}: it may add {gain} over {days} days after all costs, "
    "{interval}.",
)
SEND_AS_TEST = message(
    "next_campaign.send_as_test",
    "Send it to those on the list `next_campaign_list.csv` and leave the {reserved} held back alone, then read what it "
    "added.",
)
BY_UNPROVEN_ORDER = message(
    "next_campaign.by_unproven_order",
    "No list for {campaign} can be advised: the ranking behind it is not proven. By that ranking, contacting {customers} "
    "and holding back {reserved} would seem to gain {gain} over {days} days after all costs, {interval}.",
)
DECIDE_FOR_ALL = message(
    "next_campaign.decide_for_all",
    "Do not send this list as a choice of customers: its order is not proven. Whether to repeat this or another campaign "
    "for everyone is decided on the page “Campaign value”. Who tries the list all the same leaves the {reserved} held back "
    "alone: they tell whether the order is worth anything.",
)
TRY_ANOTHER = message(
    "next_campaign.try_another",
    "Send none of these arms again: try another offer, on customers drawn by lot, with a control group.",
)
CONTACT_NOBODY = message(
    "next_campaign.contact_nobody",
    "Contact nobody: no arm of the last campaign is expected to pay for any customer.",
)
PAYS = message("next_campaign.pays", "That the list pays is {chance}.")
ORDER_NOT_PROVEN = message(
    "next_campaign.order_not_proven",
    "How likely it pays is not said: that would rest on the ranking, and the last campaign could not show that it beats "
    "chance.",
)
AND_TO_DATE = message("next_campaign.and_to_date", "{pays} {to_date}.")
TEST = message("next_campaign.test", "{assurance}.")


def audience(
    people: int, left_out: Mapping[str, int], known: Knowledge, as_of: date, eligible_days: int
) -> Table:
    """Whom the last campaign can speak about, and who was left out why."""
    reasons = {
        trait: NO_ORDER(days=eligible_days) if trait == "days_since_order" else OTHER_KIND(trait=trait)
        for trait in left_out
    }
    frame = pd.DataFrame(
        {"who": [LIKE_THOSE(), *reasons.values()], "customers": [people, *left_out.values()]}
    )
    columns = {"who": column("Customers"), "customers": column("Number")}
    return Table(frame, AUDIENCE(day=as_of, campaign=known.campaign_id), columns, "customers")


# ---- the list
def planned(result: pd.DataFrame, days: int) -> Table:
    """What the list holds, costs and is expected to gain, per arm; an arm that nobody gets has no gain."""
    used = result["contacted"] > 0
    gains = [Interval.of(row, "gain_") if row["contacted"] else None for _, row in result.iterrows()]
    frame = result.assign(gain=gains, chance=result["chance_positive"].where(used))
    columns = {
        "arm": column("Arm"),
        "contacted": column("Contacted"),
        "reserved": column("Reserved"),
        "expected_cost": column("Cost", "money"),
        "gain": column("Gain", "money"),
        "chance": column("P(gain > 0)", "chance"),
    }
    return Table(frame, PLANNED(days=days), columns, "contacted", missing=FOR_NOBODY(), total="all")


def to_date(gains: Mapping[str, Interval], currency: str) -> Message | None:
    """Say what the page on campaign value puts the arms on the list at; None where it does not say."""
    if not gains:
        return None
    said = [
        ARM_GAIN(arm=arm, gain=signed(estimate(gain, money, currency=currency)))
        for arm, gain in gains.items()
    ]
    return TO_DATE(gains=listing(said))


def beside(to_date: Message | None) -> Message | None:
    """Say that with how to read it."""
    return to_date and BESIDE(to_date=to_date)


def reach(found: Reach, listed: int, capacity: int, currency: str, *, proven: bool) -> Figure:
    """Total gain by customers contacted, and where the list ends; proven: whether the ranking is."""
    title = WORTHWHILE(
        worthwhile=count(found.worthwhile, "customer"), customers=found.customers, listed=listed
    )
    if listed == capacity:
        title = AT_CAPACITY(worthwhile=title)
    title = title if proven else BY_NO_ORDER()
    data = {"totals": found.totals, "listed": listed, "currency": currency}
    return Figure(_reach, data, title, REACH_LINE(), REACH_MARKS())


@drawing
def _reach(totals, listed, currency):
    fig, ax = figures.axes(height=3.6)
    figures.band(ax, totals.index, totals["p05"], totals["p95"])
    ax.plot(totals.index, totals["mean"], color=figures.PALETTE["model"])
    figures.zero_line(ax)
    ax.axvline(listed, color=figures.PALETTE["muted"], linewidth=1)
    figures.count_axis(ax.xaxis, "customers contacted, highest expected gain first")
    figures.money_axis(ax.yaxis, currency, "total gain")
    return fig


# ---- how much of the potential has been shown
def potential(shown: pd.DataFrame | None, days: int) -> Table | None:
    """Per tier, what peers suggest and what the campaign has shown; None where there are no tiers."""
    if shown is None:
        return None
    columns = {
        "tier": column("Tier"),
        "customers": column("Customers"),
        "gap": column("Gap to peers", "money"),
        "gain": column("Shown gain", "money"),
        "chance": column("P(gain > 0)", "chance"),
        "share": column("Share shown", "percent"),
    }
    return Table(shown, POTENTIAL(days=days), columns, "customers", missing=NO_GAP())


def growth(shown: pd.DataFrame | None, growable: pd.Series | None, currency: str) -> Message | None:
    """Say what the campaign has shown of the gap of the Most Growable to their peers; None where there are no tiers."""
    if shown is None:
        return None
    if growable is None:
        return NO_GROWTH()
    return GROWTH(
        gap=about(money(growable["gap"], currency)),
        gain=signed(money(growable["gain"].mean, currency)),
        interval=between(growable["gain"], money, currency=currency),
        share=percent(growable["share"], 0),
    )


# ---- the next test
def assured(test: NextTest, control_share: float) -> Message:
    """Say how likely the next test ends with a verdict to roll out, and what size would make that even."""
    return ASSURANCE(
        customers=count(test.units, "customer"),
        share=percent(control_share, 0),
        assurance=percent(test.assurance, 0),
        enough=ENOUGH(customers=test.needed) if test.needed else NEVER_ENOUGH(),
    )


def assurance(test: NextTest, control_share: float) -> Figure:
    """Assurance by the size of the test, with the list and the most that is possible."""
    data = {"curve": test.curve, "most": test.chance_gain, "listed": max(test.units, 1)}
    return Figure(_assurance, data, assured(test, control_share), ASSURANCE_LINE(), ASSURANCE_MARKS())


@drawing
def _assurance(curve, most, listed):
    fig, ax = figures.axes(height=3.2)
    ax.plot(curve.index, curve, color=figures.PALETTE["model"])
    ax.axhline(most, color=figures.PALETTE["muted"], linewidth=1)
    ax.axvline(listed, color=figures.PALETTE["muted"], linewidth=1)
    ax.set_xscale("log")
    figures.percent_axis(ax.yaxis, "assurance")
    ax.xaxis.set_major_formatter(lambda value, _: figures.short(value))
    ax.set(xlabel="customers in the test", ylim=(0, 1))
    return fig


def controls(groups: ControlGroups, campaigns: int, currency: str) -> Table | None:
    """What control groups of several shares cost and are worth; None where there is no choice."""
    if groups.best is None:
        return None
    columns = {
        "share": column("Control", "percent"),
        "customers": column("Customers"),
        "assurance": column("Assurance", "percent"),
        "cost": column("Cost", "money"),
        "worth": column("Worth", "money"),
        "net": column("Net", "money"),
    }
    note = WORTH(campaigns=campaigns, perfect=about(money(groups.perfect, currency)))
    return Table(groups.table, CONTROLS(), columns, notes=[note])


def best_control(groups: ControlGroups, currency: str) -> Message | None:
    """Say which control group is worth most, and what that of the list is worth; None where there is no choice."""
    best, own = groups.best, groups.own
    if best is None or own is None:
        return None
    share, net = percent(own["share"], 0), about(money(best["net"], currency))
    if best["share"] == own["share"]:
        return LIST_IS_BEST(share=share, net=net)
    return OTHER_IS_BEST(
        best=percent(best["share"], 0), net=net, share=share, own=about(money(own["net"], currency))
    )


# ---- answers
def to_do(result: pd.DataFrame, *, proven: bool) -> Message:
    """What to do with the list; where it is empty, instead of it. proven: whether its ranking is."""
    whole = result.iloc[-1]
    if whole["contacted"] == 0:
        return TRY_ANOTHER()
    return (SEND_AS_TEST if proven else DECIDE_FOR_ALL)(reserved=int(whole["reserved"]))


def answers(
    result: pd.DataFrame,
    test: NextTest,
    known: Knowledge,
    to_date: Message | None,
    assured: Message,
    currency: str,
) -> list[Message]:
    """Whom to contact and what that is expected to bring, how sure that is, and what the test will tell."""
    whole = result.iloc[-1]
    gain = Interval.of(whole, "gain_")
    sentence = CONTACT if test.is_sure else TRY_ON
    of = {} if known.proven else {"campaign": known.campaign_id}
    whom = (sentence if known.proven else BY_UNPROVEN_ORDER)(
        **of,
        customers=count(whole["contacted"], "customer"),
        reserved=int(whole["reserved"]),
        gain=signed(money(gain.mean, currency)),
        days=known.days,
        interval=between(gain, money, currency=currency),
    )
    pays = PAYS(chance=probability(test.chance_gain)) if known.proven else ORDER_NOT_PROVEN()
    pays = AND_TO_DATE(pays=pays, to_date=to_date) if to_date else pays
    return [whom if test.units else CONTACT_NOBODY(), pays, TEST(assurance=assured)]
