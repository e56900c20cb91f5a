"""Rows without money that a column tells from sales, and billing documents that cancel others."""

import pytest
from findings_support import COLUMNS, applied, found, one, orders, own_cache, sale, shop, transactions  # noqa: F401

ORDERS = orders(120, customers=40)
NO_ID = {name: column for name, column in COLUMNS.items() if name != "order_id"}


def rows_of(kind, columns=COLUMNS):
    return [
        sale(o) | {"Type": kind(o), **({"Total": "0.00"} if kind(o) in ("Expire", "Visit") else {})}
        for o in ORDERS
    ]


@pytest.mark.grid
@pytest.mark.parametrize("columns", [COLUMNS, NO_ID], ids=["with order ids", "without"])
def test_rows_of_another_kind_ask_to_be_looked_at_and_go_by_one_line(tmp_path, columns):
    rows = rows_of(
        lambda o: "Expire" if o["number"] % 10 == 0 else "Visit" if o["number"] % 10 == 1 else "Earn"
    )
    content = shop(tmp_path, rows, columns=columns)
    said = next(
        f
        for f in transactions(tmp_path, content).findings
        if f.name == "free_orders" and f.verdict == "REVIEW"
    )
    assert "all 24 rows with 'Expire' and 'Visit' in Type" in said.sentence
    after = transactions(tmp_path, applied(content, said))
    assert after.used == 96 and found(after).get("free_orders") is None


def test_free_orders_of_the_same_kind_are_only_counted(tmp_path):
    rows = [sale(o) | {"Type": "web" if o["number"] % 2 else "shop"} for o in ORDERS]
    rows = [row | {"Shipping": "5.00"} for row in rows]
    rows = [
        row | ({"Total": "0.00", "Shipping": "0.00"} if n % 12 == 0 else {}) for n, row in enumerate(rows)
    ]
    assert "free_orders" not in found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS)))


@pytest.mark.grid
@pytest.mark.parametrize("column", ["SDDocumentCategory", "SD Document Categ.", "VBTYP"])
def test_cancellations_and_credit_memos_by_their_letters_are_no_sales(tmp_path, column):
    rows = [sale(o) | {column: "M" if o["number"] % 8 else "N"} for o in ORDERS]
    report = transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))
    said = one(report, "unread_status")
    assert said.verdict == "stop" and "'N'" in said.sentence
    after = transactions(tmp_path, applied(shop(tmp_path, rows, columns=COLUMNS), said))
    assert after.used == sum(o["number"] % 8 > 0 for o in ORDERS)
