"""Customers whose ids change on a day, as with another shop system or a new pseudonym: nobody buys before and after it."""

from itertools import accumulate

from helpers.contracts.checked import Checked
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import count, message

CHANGED = message(
    "changed_ids.changed",
    "{going} of {before} who bought before {day} bought again from that day on, though {others} did over other days: ids "
    "that changed look so.",
)
ONE_SYSTEM = message(
    "changed_ids.one_system",
    "Export all orders with ids of one kind, or bring the former id into later rows. If they are other people: `{keep}`.",
)

FEWEST = 30  # customers who buy before and after some other day
HARDLY = 0.02  # of these, who may go on over the day
INNER = 0.1  # of the customers, who must have been there before it, and be there after it


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions by how many customers go on from each day to the next."""
    if checked.table != "transactions" or not checked.has("customer_id", "order_time"):
        return []
    each = checked.customers
    days = [
        each.group_by(day=each[end]).aggregate(n=each.count()).to_pyarrow().to_pylist()
        for end in ("first", "last")
    ]
    begun, gone = ({one["day"]: one["n"] for one in listed if one["day"]} for listed in days)
    order = sorted({*begun, *gone})
    before = list(accumulate((begun.get(day, 0) for day in order), initial=0))
    ended = list(accumulate((gone.get(day, 0) for day in order), initial=0))
    total = before[-1]
    crossing = [here - over for here, over in zip(before, ended, strict=True)]
    most = max(crossing, default=0)
    inner = [
        place for place in range(len(order)) if min(before[place], total - ended[place]) >= INNER * total
    ]
    broken = [place for place in inner if crossing[place] <= HARDLY * most]
    if most < FEWEST or not broken:
        return []
    place = min(broken, key=lambda one: crossing[one])
    told = CHANGED(
        going=count(crossing[place]),
        before=count(before[place], "customer"),
        day=order[place],
        others=count(most),
    )
    value, threshold = count(crossing[place]), count(round(HARDLY * most))
    todo = ONE_SYSTEM(keep=keep("ids_changed"))
    return [checked.finding("ids_changed", REVIEW, told, value, threshold=threshold, todo=todo)]
