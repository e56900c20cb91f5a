"""Lines of orders that are no goods: taxes, tips and discounts written as lines of their own."""

import re

from helpers.contracts import money_words, status_words, tax_lines
from helpers.contracts.checked import Checked, share, sql_name, sql_text, where_line, yaml_line
from helpers.contracts.findings import PASS, REVIEW, Finding, keep
from helpers.messages import Message, Template, clauses, count, message, verbatim
from helpers.study.table_columns import ROW

COUNTED = message(
    "line_kinds.counted",
    "the column {column} says of some lines that they are no goods, and their amounts count: {values}.",
)
OF_TAXES = message("line_kinds.of_taxes", "taxes {rows}, {money}")
OF_TIPS = message("line_kinds.of_tips", "tips {rows}, {money}")
OF_DISCOUNTS = message("line_kinds.of_discounts", "discounts of positive amounts {rows}, {money}")
OF_BALANCES = message("line_kinds.of_balances", "balances brought forward {rows}, {money}")
OF_TESTS = message("line_kinds.of_tests", "tests, or the company's own, {rows}, {money}")
OF_SHIPPING = message("line_kinds.of_shipping", "shipping {rows}, {money}")
LEAVE_OUT = message(
    "line_kinds.leave_out",
    "To leave them out, and take discounts off, add to transactions: `{line}`. If they are to count: "
    "`{keep}`.",
)
IF_GOODS = message("line_kinds.if_goods", "For revenue of goods alone, add to transactions: `{line}`.")

_END = r"( ?\(?\d+([.,]\d+)? ?%\)?)?( (line|item|amount|total|charge))?$"
KINDS: dict[str, tuple[Template, str]] = {
    "tax": (
        OF_TAXES,
        r"^((sales|output|state|city|local|total|vat|added)[ _])*(tax(es)?|vat|gst|hst|pst|mwst\.?|ust\.?"
        r"|mehrwertsteuer|umsatzsteuer|tva|iva|btw"
        r"|moms|kdv|ндс|thuế( gtgt)?|ภาษี(มูลค่าเพิ่ม)?|消費税|부가세|税金?|ppn)" + _END,
    ),
    "tip": (
        OF_TIPS,
        r"^(tips?|gratuit(y|ies)|trinkgeld|pourboires?|propinas?|mancia|napiwek|bahşiş|gorjeta|fooi|チップ|ทิป)"
        + _END,
    ),
    "discount": (
        OF_DISCOUNTS,
        r"^((order|line|cart|coupon|promo\w*|total|loyalty|member)[ _])*(discounts?|rebate|rabatt|nachlass|remise"
        r"|réduction|descuento|giảm giá"
        r"|chiết khấu|ส่วนลด|値引き?|割引|할인|скидка|sconto|rabat|indirim|desconto|korting|折扣|优惠|diskon)"
        + _END,
    ),
    "balance": (
        OF_BALANCES,
        r"^((opening|starting|previous|beginning|initial) balance|balance (b/?f|(brought )?forward)|b/f"
        r"|(brought|carried) forward|saldovortrag|(anfangs|eröffnungs)(saldo|bestand|bilanz)|vortrag"
        r"|report à nouveau|solde (initial|reporté|d'ouverture)|saldo (inicial|anterior|iniziale|awal)"
        r"|bilans otwarcia|beginsaldo|số dư (đầu kỳ|ban đầu)|nợ đầu kỳ|ยอดยกมา|期首残高|前期繰越|期初余额|기초 ?잔액"
        r"|входящ(ий|ее) (остаток|сальдо))$",
    ),
    "test": (
        OF_TESTS,
        r"^(test|testing|dummy|demo)[ -]?(products?|items?|articles?|orders?|artikel|produkt|bestellung)?( ?[-(:].*"
        r"| ?[0-9]*)$|^(produit|article|commande) (de )?test|^(producto|artículo|pedido) de prueba"
        r"|^(sản phẩm|đơn( hàng)?|hàng) (test|thử)|^สินค้าทดสอบ|^(internal|in-?house|staff|intern|interne|interno|nội bộ)$",
    ),
    "shipping": (
        OF_SHIPPING,
        r"^(shipping|delivery|postage|freight|versand(kosten)?|porto|livraison|frais de (port|livraison)|envío"
        r"|gastos de envío"
        r"|phí (vận chuyển|giao hàng|ship)|ค่า(จัดส่ง|ขนส่ง)|送料|배송비|доставка|spedizione|dostawa|wysyłka|kargo"
        r"|frete|verzendkosten"
        r"|运费|運費|ongkir|ongkos kirim)( (fee|charge|cost|costs|and handling))?" + _END,
    ),
}
ASKED = ("tax", "tip", "discount", "balance", "test")
LINE = re.compile(
    r"\b(line|row|entry|charge|fee)\b|position|zeile|ligne|línea|品目|項目|рядок|строк|riga|wiersz|satır|linha"
    r"|regel|行|baris"
)
FEW = 5000


def findings(checked: Checked) -> list[Finding]:
    """Judge the columns of transactions that name products or say what kind a line is."""
    if checked.table != "transactions":
        return []
    names = [own for column in ("category", "channel") if (own := checked.file_column(column))]
    for name, n in checked.unused.items():
        title = status_words.composed(name)
        words = (money_words.PRODUCT, status_words.KIND, LINE)
        if 1 < n <= FEW and any(one.search(title) for one in words):
            names.append(name)
    kinds = {name: {value: _kind(value) for value in checked.values(name)} for name in names}
    named = [(name, {value: kind for value, kind in one.items() if kind}) for name, one in kinds.items()]
    found = [one for name, told in named if told and (one := _of(checked, name, told))]
    if not found and (told := tax_lines.taxes(checked)):
        found = [one for one in [_of(checked, told[0], dict.fromkeys(told[1], "tax"))] if one]
    return found[:1]


def _of(checked: Checked, name: str, kinds: dict[str, str]) -> Finding | None:
    texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
    texts = texts.filter(texts[name].isin(list(kinds)))
    lines = checked.report.accepted
    hit = lines.filter(lines.revenue > 0).inner_join(texts, lines[ROW] == texts["_at"])
    groups = hit.group_by(value=hit[name]).aggregate(rows=hit.count(), money=hit.revenue.sum())
    seen = groups.to_pyarrow().to_pylist()
    if not seen or sum(one["rows"] for one in seen) > 0.8 * checked.report.used:
        return None
    said: list[Message] = []
    for kind, (words, _) in KINDS.items():
        of_kind = [one for one in seen if kinds[one["value"]] == kind]
        if of_kind:
            rows, money = (sum(one[key] for one in of_kind) for key in ("rows", "money"))
            said.append(words(rows=count(rows, "row"), money=checked.money(money)))
    found = {one["value"]: kinds[one["value"]] for one in seen}
    asked = {value: kind for value, kind in found.items() if kind in ASKED}
    money = sum(one["money"] for one in seen if one["value"] in (asked or found))
    line = verbatim(_line(checked, name, asked or found))
    todo = LEAVE_OUT(line=line, keep=keep("lines_no_goods")) if asked else IF_GOODS(line=line)
    told = COUNTED(column=verbatim(name), values=clauses(said))
    value = share(money, checked.report.money_used or 0.0)
    verdict = REVIEW if asked else PASS
    return checked.finding("lines_no_goods", verdict, told, value, threshold=share(0, 1), todo=todo)


def _kind(value: str) -> str | None:
    text = status_words.composed(value).strip()
    return next((kind for kind, (_, pattern) in KINDS.items() if re.search(pattern, text)), None)


def _line(checked: Checked, name: str, kinds: dict[str, str]) -> str:
    column, amount, lines = sql_name(name), checked.sql("amount"), []
    less = ", ".join(sql_text(value) for value, kind in kinds.items() if kind == "discount")
    out = ", ".join(sql_text(value) for value, kind in kinds.items() if kind != "discount")
    if less:
        lines.append(
            yaml_line("amount", f"CASE WHEN {column} IN ({less}) THEN -abs({amount}) ELSE {amount} END")
        )
    if out:
        lines.append(where_line(f"coalesce({column}, '') NOT IN ({out})"))
    return ", ".join(lines)
