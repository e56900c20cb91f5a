"""What the page on needs shows and says."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import Message, count, estimate, listing, message, percent
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.customers.needs_choice import Choice
    from helpers.customers.needs_groups import Groups, ValueByNeed

# ---- the data
LINES = message(
    "needs.lines",
    "{customers} customers bought {lines} in {categories} in the {days} days to {as_of}; half of them {median} or "
    "fewer.",
)
# ---- how many groups
SCORES = message("needs.scores", "Groups judged on customers they have not seen")
SCORES_NOTE = message(
    "needs.scores_note",
    "Log score: mean over customers who were not used to find the groups; higher is better.",
)
SCORES_NOTE_FEWER = message(
    "needs.scores_note_fewer",
    "Log score: mean over customers who were not used to find the groups; higher is better. {groups} groups scored "
    "best but did not come back when customers were drawn anew.",
)
# ---- the groups
ONE_GROUP = message(
    "needs.one_group",
    "One group: all customers choose from the same mix, as far as this data can tell",
)
SEVERAL = message("needs.several", "{groups} of customers who buy alike: {names}")
MIX_ALT = message(
    "needs.mix_alt",
    "Grid of categories by group, deeper in colour where a category holds more of the group's lines.",
)
MIX_CAPTION = message("needs.mix_caption", "Per cent of a group's purchase lines in each category.")
WORDS = message("needs.words", "The three largest categories of each group, with 90 % intervals")
LARGEST = message("needs.largest", "{category} {share}")
LARGEST_LIST = message("needs.largest_list", "{categories}")
MEMBERS = message("needs.members", "Customers and revenue of each group in the {days} days to {as_of}")
# ---- value and need
BEST_ARE_IN = message(
    "needs.best_are_in", "{share} of the fifth of the customers who bring most are in {group}"
)
HOLDS = message(
    "needs.holds", "The group “{group}” is {customers} of the customers and brings {money} of the revenue"
)
VALUE_ALT = message(
    "needs.value_alt",
    "Grid of value classes by needs group with the per cent of each value class in each group.",
)
VALUE_CAPTION = message(
    "needs.value_caption",
    "Rows: customers by revenue, best first; fields in per cent of the row. Fields of fewer than {smallest} customers "
    "are blank.",
)
# ---- change
CHANGED = message(
    "needs.changed",
    "{changed} of the {sure} customers whose group is sure in both years are in another group now ({share}).",
)
TOO_FEW = message("needs.too_few", "Too few customers are sure in both years to say.")
# ---- answers
SENTENCE = message("needs.sentence", "{claim}.")
TOLD_APART = message(
    "needs.told_apart",
    "{groups} can be told apart: {names}. For {known} of the customers the group is known with a probability of at "
    "least {certain}.",
)
DO_NOT_SPLIT = message(
    "needs.do_not_split",
    "Do not split messages by need: more groups do not foretell what other customers buy.",
)
OFFER = message(
    "needs.offer",
    "Offer each group what fills its baskets, to half of it drawn by lot: `needs_groups.csv` names every customer's "
    "group.",
)


def lines(table: pd.DataFrame, lines: int, median: float, days: int, as_of: date) -> Message:
    """Say how much the groups rest on; table: customers by categories."""
    return LINES(
        customers=len(table),
        lines=count(lines, "line"),
        categories=count(table.shape[1], "category", "categories"),
        days=str(days),
        as_of=as_of,
        median=count(median, "line"),
    )


def scores(choice: Choice) -> Table:
    """How well each number of groups foretells customers it has not seen."""
    columns = {
        "groups": column("Groups", "count"),
        "score": column("Log score", "decimals3"),
        "behind": column("Behind the best", "decimals3"),
        "error": column("Standard error of the gap", "decimals3"),
        "chosen": "Chosen",
    }
    fewer = choice.by_score != choice.groups
    note = SCORES_NOTE_FEWER(groups=str(choice.by_score)) if fewer else SCORES_NOTE()
    return Table(choice.table, SCORES(), columns, notes=[note])


def claim(names: list[str]) -> Message:
    """Say which groups there are."""
    if len(names) == 1:
        return ONE_GROUP()
    return SEVERAL(groups=count(len(names), "group"), names=listing(names))


def mixes(profile: pd.DataFrame) -> Figure:
    """What each group buys; profile: mean shares, categories by groups."""
    return Figure(_grid, {"shares": profile, "per_row": 0.34}, claim(list(profile)), MIX_ALT(), MIX_CAPTION())


@drawing
def _grid(shares, per_row: float):
    fig, ax = figures.axes(height=1.4 + per_row * len(shares))
    figures.heat(ax, shares)
    return fig


def in_words(largest: dict[str, list[tuple[str, Interval]]]) -> Table:
    """The largest categories of each group, in words."""
    said = []
    for parts in largest.values():
        names = [LARGEST(category=name, share=estimate(share, percent, places=0)) for name, share in parts]
        said.append(LARGEST_LIST(categories=listing(names)))
    return Table(pd.DataFrame({"Group": list(largest), "What it buys": said}), WORDS())


def members(groups: Groups, days: int, as_of: date) -> Table:
    """Customers and revenue of each group."""
    columns = {
        "group": "Group",
        "customers": column("Customers", "count"),
        "known": column("Surely in it", "count"),
        "share_of_customers": column("Share of customers", "percent"),
        "share_of_money": column("Share of revenue", "percent"),
        "money_each": column("Revenue each", "money", each=True),
    }
    return Table(groups.table, MEMBERS(days=str(days), as_of=as_of), columns, "customers")


def holds(groups: Groups) -> Message:
    """Say what the group with most of the money holds."""
    richest = groups.richest
    customers, money = percent(richest["share_of_customers"], 0), percent(richest["share_of_money"], 0)
    return HOLDS(group=richest["group"], customers=customers, money=money)


def value_by_need(found: ValueByNeed, groups: Groups, smallest: int) -> Figure:
    """Which needs the customers of each value class have."""
    title = holds(groups)
    if found.best:
        group, share = found.best
        title = BEST_ARE_IN(share=percent(share, 0), group=group)
    return Figure(_classes, {"shares": found.shares}, title, VALUE_ALT(), VALUE_CAPTION(smallest=smallest))


@drawing
def _classes(shares):
    fig, ax = figures.axes(height=2.6)
    figures.heat(ax, shares)
    return fig


def changed(sure: int, changed: int, smallest: int) -> Message:
    """Say how many customers have another need now."""
    if sure < smallest:
        return TOO_FEW()
    return CHANGED(changed=changed, sure=sure, share=percent(changed / sure))


def answers(names: list[str], groups: Groups, certain: float) -> list[Message]:
    """Which groups there are, and how well they are known."""
    told_apart = TOLD_APART(
        groups=count(len(names), "needs group"),
        names=listing(names),
        known=percent(1 - groups.unknown),
        certain=percent(certain, 0),
    )
    if len(names) == 1:
        return [SENTENCE(claim=ONE_GROUP()), DO_NOT_SPLIT()]
    return [SENTENCE(claim=holds(groups)), told_apart]


def to_do(names: list[str]) -> Message | None:
    """What to do with the groups; None where there is only one."""
    return OFFER() if len(names) > 1 else None
