"""Rows and amounts that are no sale, or no whole one: each is counted and said, and the line proposed mends it."""

from datetime import datetime

import pytest
from findings_support import COLUMNS, applied, found, one, orders, own_cache, sale, shop, transactions  # noqa: F401

ORDERS = orders(240)
TRUE = round(sum(order["amount"] for order in ORDERS), 2)
ORDERS_BEGIN = datetime(2025, 1, 2)


def part(order: dict, share: float) -> float:
    return round(order["amount"] * share, 2)


def with_part(order: dict, name: str, share: float, sign: int, **more) -> dict:
    """A row whose total holds a part beside it, or lacks it."""
    one_part = part(order, share)
    return sale(order, **{name: f"{one_part:.2f}"} | more) | {
        "Total": f"{order['amount'] + sign * one_part:.2f}"
    }


def goods(order: dict) -> dict:
    return {"Goods total": f"{order['amount']:.2f}"}


def line(order: dict, kind: str, share: float) -> dict:
    return sale(order, **{"Line type": kind}) | {"Total": f"{part(order, share):.2f}"}


def bundle(order: dict) -> list[dict]:
    less = part(order, 0.4)
    parts = [less, round(order["amount"] - less, 2)]
    return [
        sale(order, Parent=""),
        *(sale(order, Parent="SET-1") | {"Total": f"{one_part:.2f}"} for one_part in parts),
    ]


def numbered(order: dict, prefix: str) -> dict:
    return sale(order) | {"Invoice": f"{prefix}{order['number']}"}


EVENTS = ("signup", "page_view", "add_to_cart")
# name: (rows, verdict); after the line proposed is applied, revenue is TRUE.
MENDED = {
    "tips_in_amount": ([with_part(o, "Tip", 0.1, 1) | goods(o) for o in ORDERS], "stop"),
    "amount_after_fees": ([with_part(o, "Commission", 0.12, -1) | goods(o) for o in ORDERS], "stop"),
    "bundles_twice": ([row for o in ORDERS for row in bundle(o)], "stop"),
    "lines_no_goods": (
        [row for o in ORDERS for row in (line(o, "Product", 1), line(o, "VAT 20%", 0.2))],
        "REVIEW",
    ),
    "document_prefixes": (
        [numbered(o, "INV-") for o in ORDERS] + [numbered(o, "QUO-") for o in ORDERS[::4]],
        "REVIEW",
    ),
    "amount_twice_named": (
        [
            sale(o, **{"Total.1": f"{o['amount']:.2f}"}) | {"Total": f"{part(o, 1.1 + o['who'] % 3 / 9)}"}
            for o in ORDERS
        ],
        "REVIEW",
    ),
    "unread_status": (
        [sale(o, Event="purchase") for o in ORDERS]
        + [sale(o, Event=EVENTS[o["number"] % 3]) | {"Invoice": ""} for o in ORDERS[::2]],
        "stop",
    ),
}


@pytest.mark.parametrize(
    "name",
    [name if name.startswith("lines") else pytest.param(name, marks=pytest.mark.slow) for name in MENDED],
)
def test_money_that_is_no_sale_is_counted_and_the_line_takes_it_out(tmp_path, name):
    rows, verdict = MENDED[name]
    content = shop(tmp_path, rows, columns=COLUMNS)
    report = transactions(tmp_path, content)
    assert found(report)[name] == verdict
    report = transactions(tmp_path, applied(content, one(report, name)))
    assert name not in found(report)
    assert report.accepted.revenue.sum().execute() == pytest.approx(TRUE, abs=0.005)


def masked(order: dict) -> dict:
    return sale(order) | {"Customer": f"09{order['who']:02}*****{order['who'] % 9}"}


def mailed(order: dict) -> dict:
    guest = {"Customer": f"G{order['number']}"} if order["number"] % 4 == 0 else {}
    return sale(order, Email=f"a{order['who']}@example.com") | guest


PARTS = ("Deposit", "Full payment", "Full payment")


def phoned(order: dict) -> dict:
    guest = {"Customer": f"G{order['number']}"} if order["number"] % 4 == 0 else {}
    return sale(order, Phone=f"0912 555 {order['who']:03}") | guest


ASKED = {
    "ids_masked": [masked(o) for o in ORDERS],
    "customers_split": [mailed(o) for o in ORDERS],
    "part_payments": [sale(o, Kind=PARTS[o["number"] % 3]) for o in ORDERS],
    "taxes_mixed": [sale(o, **{"VAT included": ("yes", "no")[o["number"] % 2]}) for o in ORDERS],
    "customers_split by phone": [phoned(o) for o in ORDERS],
    "part_payments in a description": [
        sale(o, Description=f"Payment {place} of 2")
        | {"Invoice": f"{2 * o['number'] + place}", "Total": f"{part(o, 0.5):.2f}"}
        for o in ORDERS
        for place in (1, 2)
    ],
    "taxes_mixed by a word": [
        sale(o, **{"Netto/Brutto": ("Netto", "Brutto")[o["number"] % 2]}) for o in ORDERS
    ],
    "tips_in_amount as a service charge": [
        sale(o, **{"Service charge": f"{part(o, 0.1):.2f}"}) for o in ORDERS
    ],
    "thin_weeks": [
        sale(o)
        for o in orders(1600)
        if not ("2025-07-01" < f"{o['when']}" < "2025-07-29" and o["number"] % 8)
    ],
    "one_customer": [
        sale(o) | ({"Customer": "Розничный покупатель"} if o["number"] % 5 == 0 else {}) for o in ORDERS
    ],
}


@pytest.mark.parametrize(
    "name", [name if name.startswith("ids") else pytest.param(name, marks=pytest.mark.slow) for name in ASKED]
)
def test_a_kind_that_only_its_owner_can_judge_asks_for_a_review(tmp_path, name):
    report = transactions(tmp_path, shop(tmp_path, ASKED[name], columns=COLUMNS))
    assert found(report).get(name.partition(" ")[0]) == "REVIEW"


CLEAN = [
    sale(
        o, Tip="0.00", Phone=f"0912 555 {o['who']:03}", Fee=f"{part(o, 0.03):.2f}" if o["number"] % 40 == 0 else "",
        Email=f"a{o['who']}@example.com", Type="Sale",
        **{"Product type": ("Coffee set", "Tea", "Gift")[o["number"] % 3], "Payment": "Card"},
    )
    | {"Invoice": f"{('BER', 'INV')[o['number'] % 2]}{o['number']}"}
    for o in ORDERS
]  # fmt: skip


@pytest.mark.slow
def test_a_shop_that_grows_lacks_no_weeks(tmp_path):
    rows = [sale(o) for o in orders(3000) if o["number"] % 17 <= (o["when"] - ORDERS_BEGIN).days / 30]
    assert "thin_weeks" not in found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS)))


def test_an_export_without_any_of_these_asks_for_nothing(tmp_path):
    assert found(transactions(tmp_path, shop(tmp_path, CLEAN, columns=COLUMNS))) == {}
