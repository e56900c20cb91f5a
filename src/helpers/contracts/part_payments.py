"""Deposits, instalments and balances: several payments of one order, each of which counts as an order."""

import re

from helpers.contracts import status_words
from helpers.contracts.checked import Checked, columns_line, one_row, share, sql_name
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import Message, count, message, verbatim
from helpers.study.table_columns import ROW

PARTS = message(
    "part_payments.parts",
    "the column {column} says of {rows} that they pay a part of an order, {money}: {orders} stand for each of them.",
)
AN_ORDER = message("part_payments.an_order", "an order")
ROWS_ALONE = message("part_payments.rows_alone", "its own row alone")
MAP_ORDER = message(
    "part_payments.map_order",
    "To count the order they pay once, add to transactions: `{line}`. If each is an order: `{keep}`.",
)
EXPORT_ORDERS = message(
    "part_payments.export_orders",
    "Export orders in place of payments, or with the number of the order that a payment is for. If each is an order: "
    "`{keep}`.",
)

PART = re.compile(
    r"\bdeposit|down.?payment|instal?ment|\bbalance( due| payment)?$|(final|second|third|part(ial)?|remaining"
    r"|split) payment"
    r"|^payment \d+$|anzahlung|teilzahlung|restzahlung|schlusszahlung|\brate \d|acompte|échéance|solde|anticipo"
    r"|\bcuota|plazo"
    r"|đặt cọc|trả góp|thanh toán (đợt|lần)|มัดจำ|ผ่อน|งวด|頭金|分割|내금|계약금|잔금|할부|аванс|предоплат"
    r"|рассрочк|acconto|saldo$|rata\b"
    r"|zaliczk|kapora|taksit|sinal|parcela|entrada|aanbetaling|termijn|定金|尾款|分期|訂金|\bdp\b|cicilan|pelunasan"
)
OF_SEVERAL = re.compile(r"^\d+ ?(/|of|von|de|sur) ?\d+$")
# Whatever the column is called: the second of four payments.
NUMBERED = re.compile(
    r"^(instal?ment|payment|part|rate|teilzahlung|échéance|cuota|parcela|taksit|rata|termijn|kỳ|đợt|งวด(ที่)?) ?\d+ ?"
    r"(/|of|von|de|sur) ?\d+$"
)
INSTALMENT = re.compile(
    r"instal?ment|payment|\brate\b|zahlung|échéance|cuota|plazo|kỳ|đợt|งวด|parcela|taksit|rata|termijn"
)
FEW, LEAST = 200, 0.01  # different values; share of the rows
ALIKE = 0.95


def findings(checked: Checked) -> list[Finding]:
    """Judge the unused columns of transactions, those in `where` and the category, that say which payment a row is."""
    if checked.table != "transactions":
        return []
    names = [*(name for name, n in checked.unused.items() if 1 < n <= FEW), *checked.filtered]
    own = checked.file_column("category")
    names += [own] if own else []
    found = (_of(checked, name) for name in names)
    return [one for one in found if one][:1]


def _of(checked: Checked, name: str) -> Finding | None:
    title = status_words.composed(name)
    of_goods = re.search(r"product|item|sku|description|category|plan", title) is not None
    numbered = INSTALMENT.search(title) is not None
    known = [(value, status_words.composed(value).strip()) for value in checked.values(name)[:FEW]]
    values = [
        value
        for value, text in known
        if NUMBERED.search(text) or (not of_goods and _is_part(text, numbered=numbered))
    ]
    if not values:
        return None
    texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
    texts = texts.filter(texts[name].isin(values))
    lines = checked.report.accepted
    hit = lines.filter(lines.revenue > 0).inner_join(texts, lines[ROW] == texts["_at"])
    seen = one_row(
        hit,
        rows=hit.count(),
        money=hit.revenue.sum(),
        orders=hit.order_id.nunique() if checked.has("order_id") else hit.count(),
    )
    if (seen["rows"] or 0) < LEAST * checked.report.used or seen["orders"] < ALIKE * seen["rows"]:
        return None  # the parts share their order's number
    told = PARTS(
        column=verbatim(name),
        rows=count(seen["rows"], "row"),
        money=checked.money(seen["money"]),
        orders=(AN_ORDER if checked.has("order_id") else ROWS_ALONE)(),
    )
    value = share(seen["rows"], checked.report.used)
    threshold, todo = share(LEAST, 1), _todo(checked, seen["rows"], texts)
    return checked.finding("part_payments", REVIEW, told, value, threshold=threshold, todo=todo)


def _is_part(text: str, *, numbered: bool) -> bool:
    if numbered and OF_SEVERAL.search(text):
        return re.split(r"\D+", text)[-1] != "1"
    return PART.search(text) is not None


def _todo(checked: Checked, rows: int, parts) -> Message:
    """Read the order's number from an unused column that the parts share, where one is named so."""
    kept = keep("part_payments")
    for name in checked.unused:
        title = status_words.composed(name)
        if not re.search(
            r"order|invoice|bestell|auftrag|rechnung|commande|facture|pedido|đơn|注文|주문|заказ|订单", title
        ):
            continue
        texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
        both = texts.semi_join(parts, "_at")
        orders = one_row(both, n=both[name].nunique())["n"] or 0
        if 1 < orders < 0.9 * rows:
            line = columns_line("order_id", sql_name(name))
            return MAP_ORDER(line=verbatim(line), keep=kept)
    return EXPORT_ORDERS(keep=kept)
