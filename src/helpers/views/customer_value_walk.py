"""What the page on customer value shows of what moved it: the walk, who was won and lost, and a point of retention."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import (
    Message,
    about,
    between,
    count,
    estimate,
    message,
    money,
    paragraph,
    percent,
    signed,
)
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.clv.equity_bridge import Changes, Walk
    from helpers.clv.retention_point import Point, Spent

# ---- the walk
GREW = message(
    "customer_value.grew",
    "The estimate of equity rose from {start} to {end}; as forecasts have erred so far, the change lies {change}",
)
FELL = message(
    "customer_value.fell",
    "The estimate of equity fell from {start} to {end}; as forecasts have erred so far, the change lies {change}",
)
EQUITY_ON = message("customer_value.equity_on", "Equity, {day}")
BRIDGE = message(
    "customer_value.bridge",
    "Bridge of bars from equity at the first date over the steps to equity at the second.",
)
BY_CHANCE = message(
    "customer_value.by_chance",
    "What customers are expected to bring, summed: newly won ones {new}, lapsed ones {lapsed} less. By chance of the "
    "simulation the sums differ a little from the total above.",
)
STEPS = message("customer_value.steps", "The steps of the walk")
MOVED = message(
    "customer_value.moved",
    "The intervals of the steps hold if the model is right. Equity in all moved by {change}, {intervals}. The error of a "
    "forecast is another one at each date.",
)
ACTIVE_FROM = message(
    "customer_value.active_from", "A customer counts as active from a probability of {probability} on."
)
OTHER_RULE = message(
    "customer_value.other_rule",
    "The page “Customer base” counts who lapsed by a rule on the days without an order, so its number is another one.",
)
# ---- won and lost
PAID_BACK = message(
    "customer_value.paid_back",
    "Customers won in the last year, per head: value over {ahead} against what winning them cost",
)
GONE = message(
    "customer_value.gone",
    "**{gone} of {customers} are probably gone.** In the year up to their last purchase they brought {lost} of revenue; "
    "all customers together brought {year} in the last year.",
)
# ---- retention
ONE_POINT = message(
    "customer_value.one_point",
    "One point more than the yearly retention of {retention}: its worth over {ahead}",
)
SPENT_WHERE = message(
    "customer_value.spent_where",
    "Of {total} spent on keeping customers so far, {most} went to {most_on}; {best}, where one more point is worth most, "
    "got {on_best}.",
)


# ---- the walk
def walk(walk: Walk, changes: Changes, earlier: date, as_of: date, currency: str) -> Figure:
    """The bridge from equity at one date to equity at the next."""
    title = (GREW if walk.grew else FELL)(
        start=about(money(walk.start, currency)),
        end=about(money(walk.end, currency)),
        change=between(changes.total.interval, money, currency=currency),
    )
    caption = BY_CHANCE(
        new=about(money(walk.steps["change"].iloc[0], currency)),
        lapsed=about(money(abs(walk.steps["change"].iloc[-1]), currency)),
    )
    ends = [EQUITY_ON(day=earlier), EQUITY_ON(day=as_of)]
    data = {"start": walk.start, "changes": walk.steps["change"], "ends": ends, "currency": currency}
    return Figure(_bridge, data, title, BRIDGE(), caption)


@drawing
def _bridge(start: float, changes, ends: list[Message], currency: str):
    fig, ax = figures.axes(height=3.4)
    first, last = map(wording.say, ends)
    figures.steps(ax, [first, *changes.index, last], start, changes, figures.short)
    figures.money_axis(ax.yaxis, currency, "expected equity")
    return fig


def steps(walk: Walk, changes: Changes, currency: str) -> list[Table | Message]:
    """The steps of the walk with their intervals, and from when on a customer counts as active."""
    columns = {"step": "Step", "customers": "Customers", "change": column("Change", "money")}
    table = walk.steps.assign(change=pd.Series(changes.steps))
    return [
        Table(table, STEPS(), columns, "customers"),
        MOVED(
            change=signed(money(changes.total.interval.mean, currency)),
            intervals=changes.total.both(money, currency=currency),
        ),
        paragraph([ACTIVE_FROM(probability=percent(walk.active_from, 0)), OTHER_RULE()]),
    ]


# ---- won and lost
def paid_back(back: pd.DataFrame, ahead: Message) -> Table | None:
    """What newcomers cost and bring, per head and channel; None where no cost is known."""
    columns = {
        "channel": "Channel",
        "new_customers": "New customers",
        "cost": column("Cost", "money", each=True),
        "margin_so_far": column("Margin so far", "money", each=True),
        "value_to_come": column("Value to come", "money", each=True),
        "left": column("Left after the cost", "money", each=True),
    }
    return None if back.empty else Table(back, PAID_BACK(ahead=ahead), columns, "new_customers")


def lapsed(
    gone: int, customers: int, lost: float, year: float, *, currency: str, smallest: int
) -> Message | None:
    """Say how many are probably gone, and what they used to bring; None where they, or the others, are few."""
    if min(gone, customers - gone) < smallest:
        return None
    return GONE(
        gone=count(gone, "customer"),
        customers=customers,
        lost=money(lost, currency),
        year=money(year, currency),
    )


# ---- retention
def spent_where(found: Spent | None, currency: str) -> Message | None:
    """Say where money for keeping customers went; None where nothing is known of it."""
    if found is None:
        return None
    amounts = {name: about(money(getattr(found, name), currency)) for name in ("total", "most", "on_best")}
    return SPENT_WHERE(best=found.best, most_on=found.most_on, **amounts)


def one_point(table: pd.DataFrame, point: Point, ahead: Message) -> Table:
    """The worth of one point of retention per segment beside what retention has cost (column spent)."""
    columns = {
        "segment": "Segment",
        "customers": "Customers",
        "value": column("Worth of one point", "money"),
        "per_customer": column("Per customer", "money", each=True, mean=True),
        "spent": column("Spent on retention so far", "money"),
    }
    if table["spent"].isna().all():
        del columns["spent"]
    caption = ONE_POINT(retention=estimate(point.yearly, percent, places=0), ahead=ahead)
    return Table(table, caption, columns, "customers")
