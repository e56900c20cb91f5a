"""Rows that are coupons and not orders: each with a code of its own, and a day on which it was issued, ends or was used."""

import re

from helpers.contracts.checked import Checked, share
from helpers.contracts.findings import STOP, Finding, keep
from helpers.contracts.status_words import composed
from helpers.messages import message, verbatim

COUPONS = message(
    "coupon_lists.coupons",
    "each row has another {code}, and a day of its own in {day}: a list of coupons, and no orders.",
)
EXPORT_ORDERS = message(
    "coupon_lists.export_orders",
    "Export the orders in place of it, a row per order. If each row is an order: `{keep}`.",
)

CODE = re.compile(
    r"^((coupon|voucher|promo|promotion|discount|gift|gutschein|rabatt)[ _-]?)?codes?$"
    r"|\b(coupon|voucher|gutschein|cupón|cupon|bon)\b|mã (giảm giá|khuyến mãi|voucher)|คูปอง"
)
DAY = re.compile(
    r"redeem|expir|issued|valid (until|to|thru|from)|einge?löst|gültig|ablauf|utilisé|valable|canjead|caduc|vencim|hết hạn"
    r"|sử dụng|หมดอายุ"
)
ALL = 0.95


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions that have no number of their orders."""
    if checked.table != "transactions" or checked.has("order_id"):
        return []
    rows = max(checked.report.rows, 1)
    titles = {name: composed(name).strip() for name in checked.unused}
    code = next(
        (one for one in titles if CODE.search(titles[one]) and checked.unused[one] >= ALL * rows), None
    )
    day = next((one for one in titles if DAY.search(titles[one]) and checked.unused[one] > 1), None)
    if code is None or day is None:
        return []
    told = COUPONS(code=verbatim(code), day=verbatim(day))
    value = share(checked.unused[code], rows)
    return [
        checked.finding(
            "rows_are_coupons", STOP, told, value, threshold=share(ALL, 1),
            todo=EXPORT_ORDERS(keep=keep("rows_are_coupons")),
        )
    ]  # fmt: skip
