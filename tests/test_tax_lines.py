"""Rows that state an order's tax, or its amount net and gross: told by their words and by what they add up to."""

import pytest
from findings_support import COLUMNS, applied, found, one, orders, own_cache, sale, shop, transactions  # noqa: F401

ORDERS = orders(60, customers=30)
NO_ID = {name: column for name, column in COLUMNS.items() if name != "order_id"}


def rows_of(kinds: dict[str, float], column: str = "Account", some=ORDERS) -> list[dict]:
    """A row per order and kind, with that part of the order's amount."""
    return [
        sale(order) | {column: kind, "Total": f"{order['amount'] * part:.2f}"}
        for order in some
        for kind, part in kinds.items()
    ]


@pytest.mark.grid
@pytest.mark.parametrize("columns", [COLUMNS, NO_ID], ids=["with order ids", "by customer and day"])
@pytest.mark.parametrize(
    "kinds",
    [
        {"4400 Revenue 19%": 1, "1776 VAT 19%": 0.19},
        {"8400 Erlöse 19% USt": 1, "1776 Umsatzsteuer 19%": 0.19},
        {"Produits": 1, "TVA 5,5 % collectée": 0.055},
    ],
    ids=["en", "de", "fr"],
)
def test_rows_of_taxes_are_named_with_their_money_and_left_out_by_one_line(tmp_path, kinds, columns):
    content = shop(tmp_path, rows_of(kinds), columns=columns)
    report = transactions(tmp_path, content)
    said = one(report, "lines_no_goods")
    assert said.verdict == "REVIEW" and "taxes 60 rows" in said.sentence
    after = transactions(tmp_path, applied(content, said))
    assert after.money_used == pytest.approx(sum(order["amount"] for order in ORDERS), abs=0.01)


def test_an_order_net_and_gross_stops_and_counts_once_by_one_line(tmp_path):
    content = shop(tmp_path, rows_of({"Net": 1, "VAT": 0.2, "Gross": 1.2}, "Line"), columns=NO_ID)
    said = one(transactions(tmp_path, content), "total_rows")
    assert said.verdict == "stop"
    after = transactions(tmp_path, applied(content, said))
    assert after.money_used == pytest.approx(1.2 * sum(order["amount"] for order in ORDERS), abs=0.5)


def test_goods_called_like_taxes_are_goods(tmp_path):
    kinds = {"Tax adviser software": 0.6, "VAT guide book": 0.4}
    report = transactions(tmp_path, shop(tmp_path, rows_of(kinds, "Product"), columns=COLUMNS))
    assert "lines_no_goods" not in found(report) and "total_rows" not in found(report)
