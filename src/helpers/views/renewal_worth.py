"""What the page on renewal shows and answers of value: contracts' worth, a point of retention, and what to do."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import (
    Message,
    between,
    count,
    mean,
    message,
    money,
    paragraph,
    percent,
    plain,
)
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.clv.renewal_contest import Judged
    from helpers.clv.renewal_counts import Counts
    from helpers.clv.renewal_value import Point

from helpers.views.renewal_model import losses_between

# ---- value
WORTH = message(
    "renewal.worth", "The {active} active contracts are worth {equity} over {months} months, {interval}"
)
RISING = message(
    "renewal.rising",
    "Expected value of active contracts in rising order, with a band for the value of a single one.",
)
RISING_NOTE = message(
    "renewal.rising_note",
    "Line: expected value. Band: where a contract's actual value lies with 90 % probability.",
)
POINT = message("renewal.point", "What one more point of retention is worth over {months} months")
PAYS = message(
    "renewal.pays",
    "Raising retention by {points} percentage point and holding it there pays as long as it costs less than {yearly} a "
    "year. {spent}",
)
SPENT = message(
    "renewal.spent",
    "In the last twelve months, retention activities for these customers cost {cost}.",
)
SPENT_UNKNOWN = message(
    "renewal.spent_unknown",
    "What is spent on keeping them is not known: the study has no table `activities`.",
)
# ---- answers
ANSWER_EQUITY = message(
    "renewal.answer_equity",
    "The {active} subscribers of {as_of} will bring {equity} of margin over the {months} months from then, {interval}. "
    "{renewed} of those whose end is not announced are expected to renew when next due, which a monthly "
    "contract is twelve times a year.",
)
APART = message(
    "renewal.apart",
    "It counts fees. The value on the page “Customer value” counts orders, and has these fees only where they are booked as "
    "orders, too.",
)
ANSWER_POINT = message(
    "renewal.answer_point",
    "Raising the share who renew each {period} by {points} percentage point and holding it there for {months} months is "
    "worth {worth}, {interval}.",
)
ANSWER_JUDGED = message(
    "renewal.answer_judged",
    "On the hold-out, {expected} losses were forecast, {interval}, and {lost} came; the verdict is: {meaning}.",
)
KEEP_HALF = message(
    "renewal.keep_half",
    "Offer half of the contracts that are due next, drawn by lot, a reason to stay: over {months} months one point of "
    "retention may cost at most {worth}.",
)


# ---- value
def values(ranked: pd.DataFrame, active: int, equity: Interval, months: float, currency: str) -> Figure:
    """The value of the active contracts, from the lowest to the highest."""
    title = WORTH(
        active=active,
        equity=money(equity.mean, currency),
        months=plain(months),
        interval=between(equity, money, currency=currency),
    )
    return Figure(_values, {"ranked": ranked, "currency": currency}, title, RISING(), RISING_NOTE())


@drawing
def _values(ranked, currency: str):
    fig, ax = figures.axes(height=3.2)
    figures.band(ax, ranked["customers"], ranked["p05"], ranked["p95"])
    ax.plot(ranked["customers"], ranked["mean"], color=figures.PALETTE["model"])
    figures.percent_axis(ax.xaxis, "active contracts, from the lowest to the highest expected value")
    figures.money_axis(ax.yaxis, currency, "value of one contract")
    return fig


def points(table: pd.DataFrame, months: float) -> Table:
    """What one more point of retention is worth, for all contracts and by cohort."""
    columns = {
        "group": "Contracts",
        "contracts": "Number",
        "next_renewal": column("Chance of the next renewal", "percent"),
        "raised_by": "Raised by",
        "worth": column("Worth", "money"),
    }
    columns = {name: said for name, said in columns.items() if name in table}
    return Table(table, POINT(months=plain(months)), columns, "contracts")


def pays(point: Point, yearly: float, cost: float | None, currency: str) -> Message:
    """Up to which cost a year the point pays, and what is spent today; cost: None where it is not known."""
    spent = SPENT_UNKNOWN() if cost is None else SPENT(cost=money(cost, currency))
    return PAYS(points=plain(point.percentage_points), yearly=money(yearly, currency), spent=spent)


# ---- answers
def answers(
    counts: Counts, equity: Interval, point: Point, judged: Judged, months: float, as_of: date, currency: str
) -> list[Message]:
    """What subscribers will bring, beside which value, what a point of retention is worth, how the model was judged."""
    worth = ANSWER_EQUITY(
        active=counts.active,
        as_of=as_of,
        equity=money(equity.mean, currency),
        months=plain(months),
        interval=between(equity, money, currency=currency),
        renewed=percent(point.renewal_now.mean()),
    )
    of_point = ANSWER_POINT(
        period=counts.period,
        points=plain(point.percentage_points),
        months=plain(months),
        worth=money(point.value.mean, currency),
        interval=between(point.value, money, currency=currency),
    )
    return [
        worth,
        paragraph([APART(), of_point]),
        ANSWER_JUDGED(
            expected=count(judged.losses.mean),
            interval=losses_between(judged.losses),
            lost=judged.lost,
            meaning=judged.judgement.meaning,
        ),
    ]


def to_do(point: Point, months: float, currency: str) -> Message:
    """What to do about renewals, and what that may cost."""
    return KEEP_HALF(months=plain(months), worth=mean(point.value, money, currency=currency))
