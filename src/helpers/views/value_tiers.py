"""What the page on value tiers shows and says."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.messages import (
    Message,
    about,
    count,
    decimals,
    message,
    money,
    percent,
    plain,
)
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.customers.price_tiers import PriceTiers
    from helpers.customers.tiers import Certainty, Cuts, Movement, ValueMap
    from helpers.inference.intervals import Interval

COLOURS = {
    "Most Valuable": "good",
    "Most Growable": "accent",
    "Maintain": "neutral",
    "Migrator": "ochre",
    "Below Zero": "bad",
}

# ---- the tiers
LEAST_SAID = 0.01  # a share below it has no room for its words above a bar
SIZES = message(
    "value_tiers.sizes",
    "The Most Valuable are {customers} of the customers and hold {value} of the value ahead",
)
PAIRED_BARS = message(
    "value_tiers.paired_bars", "Paired bars per tier: share of customers and share of value."
)
OVERVIEW = message("value_tiers.overview", "The five tiers and what to do with each")
CUTS = message(
    "value_tiers.cuts",
    "Most Valuable: actual value above {value}. Most Growable: potential more than {growth} above actual value. Customers: "
    "those most likely in a tier. Expected number: everyone's probability of it, added up. Sure: whose tier is at least "
    "{sure} certain.",
)
NOT_TOLD = message("value_tiers.not_told", "nobody, or too few to tell")
MOST_ROOM = message(
    "value_tiers.room", "On average {tier} customers could still add {growth}, more than the others"
)
MOST_ROOM_THEN = message(
    "value_tiers.room_then",
    "On average {tier} customers could still add {growth}, {other} customers {less}: names go by what a customer is worth "
    "already, then by what could be added",
)
DOTS = message(
    "value_tiers.dots",
    "Dots for the tiers: mean actual value against mean growth, larger dots for more customers.",
)
ABOVE_THE_CUT = message(
    "value_tiers.above_the_cut",
    "The larger a dot, the more customers. Who is above the cut of value is Most Valuable, whatever room there is to grow.",
)
SURE = message("value_tiers.sure", "For {share} of the customers the tier is at least {probability} sure")
HOW_SURE = message(
    "value_tiers.how_sure",
    "For {share} of the customers the tier is at least {probability} sure; of the others it is a guess.",
)
HOW_SURE_OF = message(
    "value_tiers.how_sure_of",
    "The tier is at least {probability} sure for {valuable} of the Most Valuable and {growable} of the Most Growable; for "
    "the others it is the best guess.",
)
CERTAINTY = message(
    "value_tiers.certainty",
    "Histogram of customers by the probability of their most probable tier.",
)
# ---- who they are, where they were
CHARACTERISTICS = message(
    "value_tiers.characteristics",
    "Characteristics whose customers are clearly more often Most Valuable than all are, with 90 % intervals",
)
PARTS_LEFT_OUT = message(
    "value_tiers.parts_left_out",
    "Left out: characteristics that are a part of one shown here and do not clearly differ from it.",
)
MOVES = message("value_tiers.moves", "Where each tier's customers of {day} have moved to")
FEW_MOVED = message("value_tiers.few_moved", "few customers or none: left out to protect people")
STAYED = message("value_tiers.stayed", "about {tenths} in 10")
STAYED_NOTE = message(
    "value_tiers.stayed_note",
    "Stayed: how many are in the same tier still, in tenths. Exact shares stand beside it only where "
    "enough moved that they tell of nobody.",
)
# ---- price and cost
PRICE_TIERS = message("value_tiers.price_tiers", "Four tiers by price realised and cost to serve")
LIST_PRICES = message("value_tiers.list_prices", "{known} of {customers} customers have a list price.")
UNRECORDED = message(
    "value_tiers.unrecorded",
    "Cost to serve is what is recorded of service, retention activities and tickets. For {unrecorded} nothing is recorded: "
    "they count as 0 %, though serving them may cost something.",
)

# ---- by tenth
TENTHS = message(
    "value_tiers.tenths",
    "The first of {parts} equal groups of customers is worth {first} per customer over {ahead}, {times} times the average",
)
TENTHS_ALONE = message(
    "value_tiers.tenths_alone",
    "The first of {parts} equal groups of customers is worth {first} per customer over {ahead}",
)
TENTHS_ALT = message(
    "value_tiers.tenths_alt", "Falling bars of value per customer, from the best group to the last."
)
TENTHS_NOTE = message("value_tiers.tenths_note", "Dashed line: the average of all customers.")
MONTHS = message("value_tiers.months", "{months} months")


def months(horizon_months: float) -> Message:
    """Say how far ahead value looks."""
    return MONTHS(months=plain(horizon_months))


# ---- the tiers
def sizes(overview: pd.DataFrame) -> Figure:
    """Share of customers and share of value ahead of those whose most probable tier it is."""
    first = overview.iloc[0]
    title = SIZES(
        customers=percent(first["share_of_customers"], 0), value=percent(first["share_of_value"], 0)
    )
    names = ["tier", "share_of_customers", "share_of_value"]
    return Figure(_paired_bars, {"shares": overview[names]}, title, PAIRED_BARS())


@drawing
def _paired_bars(shares):
    fig, ax = figures.axes(height=3.2)
    bars = (
        ("share_of_customers", -0.2, "neutral", "of the customers"),
        ("share_of_value", 0.2, "model", "of the value ahead"),
    )
    for name, shift, color, label in bars:
        of = shares[name]
        drawn = ax.bar(shares.index + shift, of, width=0.38, color=figures.PALETTE[color], label=label)
        said = ["" if 0 < share < LEAST_SAID else wording.percent(share, 0) for share in of]
        ax.bar_label(drawn, said, padding=2, fontsize=8)
    figures.name_bars(ax, shares.index, shares["tier"])
    figures.percent_axis(ax.yaxis, "share")
    figures.legend(ax)
    return fig


def overview(
    overview: pd.DataFrame, held: dict[str, Interval], sure: Certainty, cuts: Cuts, currency: str
) -> Table:
    """The customers and the value of each tier, and what to do with them; held: `tiers.held`."""
    columns = {
        "tier": "Tier",
        "customers": "Customers",
        "expected_number": column("Expected number", "count"),
        "value_ahead": column("Value ahead", "money"),
        "held": column("Share", "percent"),
        "sure": column("Sure", "percent"),
        "treatment": "What to do",
    }
    note = CUTS(
        value=about(money(cuts.value, currency)),
        growth=about(money(cuts.growth, currency)),
        sure=percent(sure.sure_from, 0),
    )
    table = overview.assign(held=overview["tier"].map(held), sure=overview["tier"].map(sure.by_tier))
    return Table(table, OVERVIEW(), columns, "customers", [note], missing=NOT_TOLD())


def map_of_value(places: ValueMap | None, currency: str) -> Figure | None:
    """Mean actual value against mean growth of each tier's customers; None where no tier may be shown."""
    if places is None:
        return None
    rooms = [(str(tier), about(money(growth, currency))) for tier, growth in places.by_room["growth"].items()]
    (tier, growth), *rest = rooms
    title = (
        MOST_ROOM_THEN(tier=tier, growth=growth, other=rest[0][0], less=rest[0][1])
        if rest
        else MOST_ROOM(tier=tier, growth=growth)
    )
    data = {"table": places.table, "currency": currency}
    return Figure(_map, data, title, DOTS(), ABOVE_THE_CUT())


@drawing
def _map(table, currency: str):
    fig, ax = figures.axes(height=3.4)
    area = 1500 * table["customers"] / table["customers"].max() + 60
    colors = [figures.PALETTE[COLOURS[tier]] for tier in table.index]
    ax.scatter(table["value"], table["growth"], s=area, color=colors, alpha=0.85)
    for tier, row in table.iterrows():
        is_left = row["value"] < table["value"].mean()
        beside = np.sqrt(area[tier] / np.pi) + 5  # the dot's radius in points
        ax.annotate(
            tier,
            (row["value"], row["growth"]),
            xytext=(beside if is_left else -beside, 0),
            textcoords="offset points",
            ha="left" if is_left else "right",
            va="center",
        )
    ax.margins(0.3)
    figures.money_axis(ax.xaxis, currency, "actual value, mean")
    figures.money_axis(ax.yaxis, currency, "growth to what peers are worth, mean")
    return fig


def by_tenth(groups: pd.DataFrame, ahead: Message, currency: str) -> Figure:
    """Value ahead per customer in equal parts by that value; groups: `concentration.by_tenth`."""
    first = groups.iloc[0]
    told = {"parts": str(len(groups)), "first": about(money(first["mean"], currency)), "ahead": ahead}
    known = not math.isnan(first["lift"])
    title = TENTHS(**told, times=decimals(first["lift"], 1)) if known else TENTHS_ALONE(**told)
    return Figure(_lift, {"groups": groups, "currency": currency}, title, TENTHS_ALT(), TENTHS_NOTE())


@drawing
def _lift(groups, currency: str):
    fig, ax = figures.axes(height=3)
    figures.lift(ax, groups, [figures.short(one) for one in groups["mean"]])
    ax.set(xlabel="group of equal size by value ahead (1: the highest)")
    figures.money_axis(ax.yaxis, currency, "value ahead per customer")
    return fig


def certainty(found: Certainty) -> Figure:
    """How sure the tier of each customer is: the probability of the most probable one."""
    title = SURE(share=percent(found.sure, 0), probability=percent(found.sure_from, 0))
    return Figure(_certainty, {"counts": found.counts, "edges": found.edges}, title, CERTAINTY())


def how_sure(found: Certainty) -> Message:
    """Say for how many customers the tier is sure, of those who are to be kept and to be grown where that may be told."""
    kept, grown = found.by_tier["Most Valuable"], found.by_tier["Most Growable"]
    if not (math.isnan(kept) or math.isnan(grown)):
        shares = {"valuable": percent(kept, 0), "growable": percent(grown, 0)}
        return HOW_SURE_OF(probability=percent(found.sure_from, 0), **shares)
    return HOW_SURE(share=percent(found.sure, 0), probability=percent(found.sure_from, 0))


@drawing
def _certainty(counts, edges):
    fig, ax = figures.axes(height=2.8)
    ax.hist(edges[:-1], bins=edges, weights=counts, color=figures.PALETTE["model"])
    figures.percent_axis(ax.xaxis, "probability of the customer's most probable tier")
    figures.count_axis(ax.yaxis, "customers")
    return fig


# ---- who they are, where they were
def characteristics(found: pd.DataFrame) -> Table | None:
    """Characteristics that go with high value, the strongest first; None where none is known."""
    columns = {
        "characteristic": "Characteristic",
        "customers": "Customers",
        "most_valuable": column("Most Valuable", "percent"),
        "times_the_base": column("Times the base", "number"),
    }
    return None if found.empty else Table(found, CHARACTERISTICS(), columns, "customers", [PARTS_LEFT_OUT()])


def moves(moves: Movement, earlier: date) -> Table:
    """In which tiers the customers of each earlier tier are today."""
    columns = {"before": "Before", "customers": "Customers", "stayed": "Stayed"}
    columns |= {tier: column(tier, "percent") for tier in COLOURS}
    stayed = [tenths_stayed(moves.tenths(tier)) for tier in moves.table["before"]]
    table = moves.table.assign(stayed=stayed)
    return Table(table, MOVES(day=earlier), columns, "customers", [STAYED_NOTE()], missing=FEW_MOVED())


def tenths_stayed(tenths: int | None) -> Message | None:
    """Say how many tenths stayed in their tier; None where too few did to be told."""
    return None if tenths is None else STAYED(tenths=count(tenths))


# ---- price and cost
def price_tiers(found: PriceTiers) -> list[Message | Table]:
    """Four tiers by the price customers pay and what serving them costs; nothing without list prices."""
    if found.table.empty:
        return []
    columns = {
        "tier": "Tier",
        "customers": "Customers",
        "revenue": column("Revenue", "money"),
        "price": column("Price realised", "percent"),
        "cost": column("Cost to serve, of revenue", "percent"),
    }
    known = LIST_PRICES(known=found.known, customers=found.customers)
    some = [known] if found.known < found.customers else []
    notes = [UNRECORDED(unrecorded=count(found.unrecorded, "customer"))] if found.unrecorded else []
    return [*some, Table(found.table, PRICE_TIERS(), columns, "customers", notes)]
