"""Orders to money: returns netted against what they take back, one currency, margin, local dates.

One row per purchase line and per return without a known purchase. Engine-side throughout: windows, joins and
sums on the lines; nothing is looped over.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import ibis

from helpers import tables

if TYPE_CHECKING:
    from helpers.contracts.findings import TableReport

PURCHASE, RETURNED, RETURN = "purchase", "returned", "return"
COLUMNS = {
    "customer_id": "who",
    "order_date": "local day of the order",
    "order_time": "local time of the order",
    "order_id": "the order, null where the data gives none",
    "kind": "purchase; returned (taken back whole, no purchase); return (nothing known that it takes back)",
    "revenue": "in the study's currency, net of matched returns; 0 when returned, negative for a return",
    "returned": "money of the line that came back, positive; revenue + returned is what was bought",
    "margin": "money left of revenue after direct cost, null where the data gives neither margin nor cost; "
    "negative on a returned line whose goods were lost",
    "category": "product group or product",
    "channel": "where it was bought",
    "quantity": "pieces, net of matched returns",
    "list_price": "price of a piece before discounts, in the study's currency",
    "paid_at": "when the line was paid, null while it is not or where the data does not say",
}


def build(reports: "Iterable[TableReport]") -> ibis.Table | None:
    """Return the ledger of the checked transactions as an Ibis table with the columns of `COLUMNS`, None without them.

    A return takes back, first, an equal line (amount, category) of the order it names; then part of the other
    lines of that order, in proportion; then, where it names no known order, the customer's first equal line
    that is not later. What it takes back is undone at the exchange rate of the purchase. Everything else of a
    return stays as `return`.
    """
    report = next((report for report in reports if report.table == "transactions"), None)
    if report is None:
        return None
    lines = tables.settled(_lines(report.accepted))
    same_order = _pairs(lines.filter(lines.order_id.notnull()), "order_id").cache()
    rest = _without(_without(lines, same_order.purchase), same_order.refund)
    within = _within_orders(rest).cache()
    rest = _without(rest, within.row)
    elsewhere = _pairs(rest).cache()
    return _netted(lines, [same_order, elsewhere], within).cache()


def _lines(accepted: ibis.Table) -> ibis.Table:
    """The lines with what matching needs: sign, size to the hundredth, own margin, category without nulls."""
    own_margin = ibis.coalesce(accepted.margin, accepted.amount - accepted.cost)
    return accepted.select(
        "customer_id", "order_date", "order_time", "order_id", "amount", "rate", "currency",
        "category", "channel", "quantity", "list_price", "paid_at",
        row=accepted["_row"],
        own_margin=own_margin,
        is_return=accepted.amount < 0,
        size=accepted.amount.abs().round(2),  # no whole hundredths: those of 1e17 are no int64
        group=accepted.category.fill_null(""),
    )  # fmt: skip


def _without(lines: ibis.Table, row: ibis.Value) -> ibis.Table:
    """The lines whose number is not among `row`."""
    gone = row.name("gone").as_table()
    return lines.anti_join(gone, lines.row == gone.gone)


def _pairs(lines: ibis.Table, *also: str) -> ibis.Table:
    """Pairs (purchase, refund) of row numbers with equal keys and size, first with first, never backwards.

    Along the time of a key, purchases count +1 and returns -1; a return that takes the count to a new low
    below zero came before anything it could take back. Without those, the k-th return is never earlier than
    the k-th purchase.
    """
    keys = ["customer_id", "currency", "size", "group", *also]
    refunds = lines.filter(lines.is_return).select(*keys).distinct()
    lines = lines.semi_join(refunds, keys)
    order = [lines.order_time, lines.is_return, lines.row]
    so_far = ibis.cumulative_window(group_by=[lines[key] for key in keys], order_by=order)
    lines = lines.mutate(balance=ibis.ifelse(lines.is_return, -1, 1).sum().over(so_far))
    order = [lines.order_time, lines.is_return, lines.row]
    before = ibis.window(group_by=[lines[key] for key in keys], order_by=order, preceding=(None, 1))
    lowest = ibis.least(lines.balance.min().over(before).fill_null(0), 0)
    lines = lines.mutate(unfounded=lines.is_return & (lines.balance < lowest))
    lines = lines.filter(~lines.unfounded)
    place = ibis.row_number().over(
        group_by=[lines[key] for key in keys] + [lines.is_return], order_by=[lines.order_time, lines.row]
    )
    lines = lines.mutate(place=place)
    bought = lines.filter(~lines.is_return).select(*keys, "place", purchase="row")
    refunded = lines.filter(lines.is_return).select(*keys, "place", "own_margin", refund="row")
    pairs = bought.inner_join(refunded, [*keys, "place"])
    return pairs.select("purchase", "refund", back_margin="own_margin")


def _within_orders(lines: ibis.Table) -> ibis.Table:
    """Rows of orders with both purchases and returns: the share of each line that is undone.

    Also the margin that comes back to each purchase with the returns, null where a return's is unknown.
    """
    keys = ["customer_id", "order_id", "currency"]
    lines = lines.filter(lines.order_id.notnull())
    orders = lines.group_by(keys).aggregate(
        bought=lines.amount.sum(where=~lines.is_return),
        back=-lines.amount.sum(where=lines.is_return),
        back_margin=lines.own_margin.sum(where=lines.is_return),
        unknown=(lines.is_return & lines.own_margin.isnull()).sum(),
    )
    orders = orders.filter((orders.bought > 0) & (orders.back > 0))
    both = lines.inner_join(orders, keys)
    undone = ibis.least(both.bought, both.back)
    back_margin = both.back_margin * undone / both.back * both.amount / both.bought
    return both.select(
        "row",
        share=undone / ibis.ifelse(both.is_return, both.back, both.bought),
        back_margin=ibis.ifelse(both.is_return | (both.unknown > 0), None, back_margin),
    )


def _netted(lines: ibis.Table, pairs: list, within: ibis.Table) -> ibis.Table:
    """Put the matches on the lines: one row per purchase and per return that is left."""
    undone = [within.select("row", "share", "back_margin")]
    for found in pairs:
        whole = ibis.literal(1.0)
        undone.append(found.select(row="purchase", share=whole, back_margin="back_margin"))
        undone.append(found.select(row="refund", share=whole, back_margin=ibis.null("float64")))
    undone = ibis.union(*undone).select(undone_row="row", share="share", back_margin="back_margin")
    lines = lines.left_join(undone, lines.row == undone.undone_row)
    share = lines.share.fill_null(0.0)
    kept = 1 - share
    lines = lines.filter(~(lines.is_return & (share > 1 - 1e-9)))
    whole = ~lines.is_return & (share > 1 - 1e-9)
    revenue = lines.amount * lines.rate
    own, back = lines.own_margin, lines.back_margin
    margin = ibis.ifelse(lines.is_return | back.isnull(), own * kept, own + back) * lines.rate
    return lines.select(
        "customer_id", "order_date", "order_time", "order_id",
        kind=ibis.cases((lines.is_return, RETURN), (whole, RETURNED), else_=PURCHASE),
        revenue=ibis.ifelse(whole, 0.0, revenue * kept),
        returned=ibis.ifelse(lines.is_return, 0.0, revenue * share),
        margin=margin,
        category="category",
        channel="channel",
        quantity=lines.quantity * kept,
        list_price=lines.list_price * lines.rate,
        paid_at="paid_at",
    )  # fmt: skip
