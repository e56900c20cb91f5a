"""Unused columns that say less than the amounts: what was paid, or an order's total after a discount of the whole order."""

import re

from helpers.contracts.checked import Checked, one_row, share, sql_name, yaml_line
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import count, decimals, message, verbatim
from helpers.study.table_columns import ROW

SAYS_LESS = message(
    "other_totals.says_less",
    "in {less} of {orders} orders the column {column} says less than their amounts, by {money} in all: a discount of the "
    "whole order, or what was not paid.",
)
TAKE_IT = message(
    "other_totals.take_it",
    "If it is right, add to transactions: `{line}`. If the amounts are: `{keep}`.",
)

TOTAL = re.compile(
    r"total|amount|\bpaid\b|\bnet\b|collected|gesamt|betrag|bezahlt|montant|payé|importe|pagad|tổng|cần trả|đã trả"
    r"|thanh toán|ยอด|ชำระ"
)
OTHER = re.compile(
    r"tax|vat|ship|freight|discount|fee|refund|return|tip|price|qty|quantity|balance|due|outstanding|point|weight|convert|local"
    r"|base|present|usd|eur|steuer|mwst|versand|rabatt|gebühr|preis|offen|tva|remise|livraison|iva|descuento|thuế|giảm|phí|nợ"
    r"|ภาษี|ส่วนลด|ค่า|cost|margin|profit|date|time|status"
)
CENT, ALIKE, MORE, LEAST = (
    0.01,
    0.3,
    0.05,
    0.001,
)  # shares of the orders where both are equal, or the column says more
FEWEST = 20


def findings(checked: Checked) -> list[Finding]:
    """Judge the unused columns of transactions that are named like a total."""
    if checked.table != "transactions" or checked.setting("amount_per"):
        return []
    titles = {name: name.casefold().replace("_", " ") for name in checked.unused}
    names = [name for name, title in titles.items() if TOTAL.search(title) and not OTHER.search(title)]
    asked = [found for name in names if (found := _of_column(checked, name))]
    return asked[:1]


def _of_column(checked: Checked, name: str) -> Finding | None:
    numbers = checked.source.numbers(checked.table, [name]).rename(_at=ROW)
    lines = checked.report.accepted.filter(lambda t: t.revenue > 0)
    both = lines.inner_join(numbers, lines[ROW] == numbers["_at"])
    key = "order_id" if checked.has("order_id") else ROW
    both = both.filter(both[key].notnull() & both[name].notnull())
    orders = both.group_by(key).aggregate(
        said=both[name].max(), least=both[name].min(), money=both.amount.sum(), lines=both.count()
    )
    less = orders.money - orders.said
    seen = one_row(
        orders,
        orders=orders.count(),
        constant=((orders.said - orders.least).abs() < CENT).sum(),
        alike=(less.abs() < CENT).sum(),
        more=(less <= -CENT).sum(),
        less=(less >= CENT).sum(),
        missing=less.sum(where=less >= CENT),
        money=orders.money.sum(),
        lines=orders.lines.max(),
    )
    total = seen["orders"] or 0
    if total < FEWEST or not seen["less"] or seen["constant"] < 0.99 * total or seen["alike"] < ALIKE * total:
        return None
    if seen["more"] > MORE * total or seen["missing"] < LEAST * seen["money"]:
        return None
    return _found(checked, name, seen)


def _found(checked: Checked, name: str, seen: dict) -> Finding:
    told = SAYS_LESS(
        less=count(seen["less"]),
        orders=count(seen["orders"]),
        column=verbatim(name),
        money=decimals(seen["missing"], 2),
    )
    line = yaml_line("amount", sql_name(name)) + (", amount_per: order" if seen["lines"] > 1 else "")
    todo = TAKE_IT(line=verbatim(line), keep=keep("other_total"))
    value, threshold = share(seen["missing"], seen["money"]), share(LEAST, 1)
    return checked.finding("other_total", REVIEW, told, value, threshold=threshold, todo=todo)
