"""What the page on the customer base shows and says."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import Message, count, message, paragraph, percent
from helpers.pages import figures, flow_picture, wording
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.customers.kinds import Organizations
    from helpers.customers.lifecycle import Moved
    from helpers.customers.return_rates import Triangle

WINDOW = message("base.window", "the {days} days to {as_of}")

# ---- kinds
KINDS = message("base.kinds", "Kinds of customers, in {window}")
DEPARTMENTS = message(
    "base.departments",
    "Departments and branches of a firm: {departments}; customer_level: firm adds them to it.",
)
ORGANIZATIONS = message(
    "base.organizations", "Organizations are {customers} of the customers and bring {revenue} of the revenue."
)
FEW_OF_A_KIND = message(
    "base.few_of_a_kind",
    "Fewer than {smallest} customers are organizations, or are none: what they bring is not told.",
)
PURPOSES = message("base.purposes", "Purpose of organizations' purchases")
RELATIONS = message("base.relations", "External and internal customers")
# ---- business accounts
ROLES = message("base.roles", "Share of business accounts where a contact with this role is known")
ROLES_NOTE = message(
    "base.roles_note",
    "Largest: the best fifth by revenue; middle: the next three tenths. Contacts: mean per account.",
)
AT_STAKE = message(
    "base.at_stake",
    "{share} of business revenue is with accounts whose decider or buyer nobody has noted down; the list of these accounts, "
    "the most valuable first, is in `exports/`.",
)
# ---- the lifecycle
RULES = message("base.rules", "The rules of the lifecycle, per kind of customer")
STATE_IS = message("base.state_is", "{state}: {meaning}.")
STATES = message("base.states", "States on {as_of}, revenue in {window}")
LAPSED = message("base.lapsed", "{share} of the customers active on {earlier} have lapsed by {as_of}")
FLOWS = message(
    "base.flows",
    "Flow picture of customers by lifecycle state, {earlier} on the left, {as_of} on the right.",
)
SMALL_BANDS = message(
    "base.small_bands",
    "Bands of fewer than {smallest} customers are not drawn, nor others without which subtraction would tell these.",
)
# ---- revenue
GROUP = {
    "customers": column("Customers", "count"),
    "buyers": column("Buyers", "count"),
    "revenue": column("Revenue", "money"),
    "share": column("Share of revenue", "percent"),
    "per_buyer": column("Revenue per buyer", "money", each=True),
}
BUYERS_TOO = ("customers", "buyers")  # how many people a row's numbers are of

# ---- cohorts
RETURNING = message(
    "base.returning",
    "In the quarter after their first, {first} of the customers of {oldest} bought, and {last} of those of {newest}",
)
RETURNING_ALONE = message(
    "base.returning_alone", "In the quarter after their first, {first} of the customers of {oldest} bought"
)
TRIANGLE = message(
    "base.triangle",
    "Triangle of shares: a row per quarter of the first purchase, a column per quarter since.",
)
TRIANGLE_NOTE = message(
    "base.triangle_note",
    "Share of each cohort that bought in the quarter, in per cent. Quarters that are not over, and fields of fewer than "
    "{smallest} customers, are blank.",
)
COHORT = message("base.cohort", "{name}: {customers}")
CALL_HALF = message(
    "base.call_half",
    "Call half of those who lapsed, drawn by lot, those who had brought most first, as in `lapsed_customers.csv`. In "
    "`call_list.csv` the lot is drawn, and whom a proven offer reaches is left out. Whether more "
    "of that half comes back says what a call is worth.",
)


def window(days: int, as_of: date) -> Message:
    """Say the days in which purchases and money are counted."""
    return WINDOW(days=str(days), as_of=as_of)


def kinds(table: pd.DataFrame, departments: int, window: Message, *, known: bool) -> Table | None:
    """Customers and revenue by kind; None where nobody entered one."""
    if not known:
        return None
    note = DEPARTMENTS(departments=count(departments, "customer number"))
    columns = {"group": "Kind", **GROUP}
    notes = [note] if departments else []
    return Table(table, KINDS(window=window), columns, BUYERS_TOO, notes, within="of")


def organizations(found: Organizations, smallest: int) -> Message | None:
    """Say what organizations are among customers and in revenue, as shares; None where nobody entered kinds."""
    if not found.known:
        return None
    if found.few:
        return FEW_OF_A_KIND(smallest=smallest)
    return ORGANIZATIONS(customers=percent(found.customers, 0), revenue=percent(found.revenue, 0))


def purposes(table: pd.DataFrame) -> Table | None:
    """Customers and revenue by what organizations buy for; None where there are none."""
    return None if table.empty else Table(table, PURPOSES(), {"group": "Purpose", **GROUP}, BUYERS_TOO)


def relations(table: pd.DataFrame) -> Table | None:
    """Customers and revenue by whether they belong to the company itself; None where that is the same for all."""
    return Table(table, RELATIONS(), {"group": "Relation", **GROUP}, BUYERS_TOO) if len(table) > 1 else None


def roles(by_value: pd.DataFrame) -> Table | None:
    """Per value tier, where a contact with each role is known; None where there are no business accounts."""
    head = {
        "tier": "Account value",
        "accounts": column("Accounts", "count"),
        "revenue": column("Revenue", "money"),
    }
    head["contacts"] = column("Contacts", "decimals1")
    known = {name: column(name.capitalize(), "percent") for name in by_value if name not in head}
    return None if by_value.empty else Table(by_value, ROLES(), head | known, "accounts", [ROLES_NOTE()])


def at_stake(share: float, accounts: int) -> Message | None:
    """Say how much business revenue hangs on people nobody knows; None where there are no business accounts."""
    return AT_STAKE(share=percent(share, 0)) if accounts else None


def rules(table: pd.DataFrame) -> Table:
    """The rules of the lifecycle."""
    columns = {
        "kind": "Kind",
        "lapse_days": "Lapsed after, days",
        "frequent_purchases": "Frequent from, purchases",
        "loyal_days": "Loyal after, days",
    }
    return Table(table, RULES(), columns)


def states(table: pd.DataFrame, as_of: date, window: Message) -> Table:
    """Customers and revenue per state of the lifecycle, with what each state means."""
    columns = {
        "state": "State",
        "share_of_customers": column("Share of customers", "percent"),
        "customers": column("Customers", "count"),
        "revenue": column("Revenue", "money"),
        "share": column("Share of revenue", "percent"),
    }
    return Table(table, STATES(as_of=as_of, window=window), columns, "customers", [meanings(table)])


def meanings(table: pd.DataFrame) -> Message:
    """Say what each state means."""
    told = [STATE_IS(state=row.state, meaning=row.meaning) for row in table.itertuples()]
    return paragraph(told)


def moves(moved: Moved, as_of: date, earlier: date, smallest: int) -> Figure:
    """Customers by state at two dates."""
    title = LAPSED(share=percent(moved.lapsed_share, 0), earlier=earlier, as_of=as_of)
    alt, caption = FLOWS(earlier=earlier, as_of=as_of), SMALL_BANDS(smallest=smallest)
    return Figure(_flows, moved.shown(smallest), title, alt, caption)


@drawing
def _flows(bands, before, after, whole: int):
    fig, ax = figures.axes(height=4.6)
    flow_picture.draw(ax, bands, before, after, whole)
    return fig


def returning(found: Triangle | None, smallest: int) -> Figure | None:
    """The share of each cohort that came back, quarter by quarter; None where none is known for long enough."""
    if found is None or found.next_quarter.empty:
        return None
    soon = found.next_quarter
    told = {"first": percent(soon.iloc[0], 0), "oldest": str(soon.index[0])}
    title = (
        RETURNING(last=percent(soon.iloc[-1], 0), newest=str(soon.index[-1]), **told)
        if len(soon) > 1
        else RETURNING_ALONE(**told)
    )
    data = {"shares": found.shares, "customers": found.customers}
    return Figure(_triangle, data, title, TRIANGLE(), TRIANGLE_NOTE(smallest=smallest))


@drawing
def _triangle(shares, customers):
    fig, ax = figures.axes(height=1.1 + 0.32 * len(shares))
    names = [wording.say(COHORT(name=name, customers=count(n))) for name, n in customers.items()]
    figures.heat(ax, shares.set_axis(names).rename(columns=str))
    ax.set(xlabel="quarters since the first purchase", ylabel="quarter of the first purchase: customers")
    return fig


def to_do(moved: Moved, smallest: int) -> Message | None:
    """What to do about those who lapsed; None where they are few."""
    return CALL_HALF() if len(moved.lapsed) >= smallest else None
