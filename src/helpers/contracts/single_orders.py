"""Orders of which hardly any two name one customer: ids of orders or visits, or a row per customer."""

import re

from helpers.contracts import status_words
from helpers.contracts.checked import Checked, one_row, share
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import count, message, verbatim

NOBODY_AGAIN = message(
    "single_orders.nobody_again",
    "{orders} name {ids}: hardly anybody bought twice. The ids may be of orders, visits or forwarding addresses.",
)
MAP_ANOTHER = message(
    "single_orders.map_another",
    "Map a column that stays the same when a customer comes back. If nobody does: `{keep}`.",
)
OF_CUSTOMERS = message(
    "single_orders.of_customers",
    "the file has a row per customer, and {column} counts their orders: {amount} is the sum of several, dated once.",
)
EXPORT_ORDERS = message(
    "single_orders.export_orders", "Export a row per order with its day. If each row is one order: `{keep}`."
)

COUNTS = re.compile(
    r"^((total|no|number|count|#|lifetime|all)[. ]?(of )?)?(orders?|purchases|visits|transactions|invoices|receipts)"
    r"( count| number|s? total)?$|^(frequency|(anzahl )?(bestellungen|käufe|einkäufe)|(nombre de )?(commandes|achats)"
    r"|(número de )?(pedidos|compras)|số (đơn|lần mua)( hàng)?|จำนวน(คำสั่งซื้อ|ครั้ง)|注文回数|购买次数)$"
)
FEWEST, NEARLY_ALL = 100, 0.98


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions by how many orders there are per customer."""
    if checked.table != "transactions":
        return []
    lines = checked.report.accepted.filter(lambda t: t.revenue > 0)
    orders = lines.order_id.nunique() if checked.has("order_id") else lines.count()
    seen = one_row(lines, orders=orders, ids=lines.customer_id.nunique())
    if seen["orders"] < FEWEST or seen["ids"] < NEARLY_ALL * seen["orders"]:
        return []
    counts = next((name for name in checked.unused if _counts(checked, name)), None)
    if counts:
        told = OF_CUSTOMERS(column=verbatim(counts), amount=verbatim(checked.origin("amount")))
        todo = EXPORT_ORDERS(keep=keep("nobody_again"))
    else:
        told = NOBODY_AGAIN(orders=count(seen["orders"], "order"), ids=count(seen["ids"], "customer"))
        todo = MAP_ANOTHER(keep=keep("nobody_again"))
    value, threshold = share(seen["ids"], seen["orders"]), share(NEARLY_ALL, 1)
    return [checked.finding("nobody_again", REVIEW, told, value, threshold=threshold, todo=todo)]


def _counts(checked: Checked, name: str) -> bool:
    """Whether a column is called a number of orders and holds small whole numbers, some above one."""
    if not COUNTS.search(status_words.composed(name).strip()):
        return False
    values = checked.values(name)
    return all(re.fullmatch(r"\d{1,4}(\.0)?", value) for value in values) and any(
        float(value) > 1 for value in values
    )
