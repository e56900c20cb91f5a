"""Columns of money beside the amount that nobody reads: discounts, taxes, cards, and pieces that are not multiplied."""

import pytest
from findings_support import COLUMNS, applied, found, one, orders, own_cache, sale, shop, transactions  # noqa: F401

ORDERS = orders(200)
PRICES = (4.9, 9.9, 14.5, 19.9, 24.0, 39.9, 59.0, 89.9, 120.0, 240.0)
TRUE = round(sum(order["amount"] for order in ORDERS), 2)


def settled(folder, rows: list[dict], name: str, verdict: str, **columns):
    """The revenue once the line that a finding proposes is in the study file, whose findings are that one alone."""
    content = shop(folder, rows, columns=COLUMNS | columns)
    report = transactions(folder, content)
    assert found(report) == {name: verdict}
    report = transactions(folder, applied(content, one(report, name)))
    assert not found(report)
    return pytest.approx(report.accepted.revenue.sum().execute(), abs=0.02)


def price(order: dict) -> float:
    return PRICES[(order["number"] // 10 * 7 + order["number"]) % 10]


OFF = {
    "percent": (0, 0, 5, 10, 20),
    "signed": ("", "", "5%", "10%", "20%"),
    "fraction": (0, 0, 0.05, 0.1, 0.2),
}


@pytest.mark.grid
@pytest.mark.parametrize("kind", OFF)
def test_a_discount_in_per_cent_is_taken_off_by_its_line(tmp_path, kind):
    rows = [sale(o, Discount=OFF[kind][o["number"] % 5]) | {"Total": f"{price(o):.2f}"} for o in ORDERS]
    true = sum(price(o) * (1 - OFF["fraction"][o["number"] % 5]) for o in ORDERS)
    assert true == settled(tmp_path, rows, "unread_discounts", "REVIEW")


def test_a_discount_in_money_asks_before_the_amount_and_not_after_it(tmp_path):
    before = [sale(o, Discount=1.37 * (o["number"] % 3)) | {"Total": f"{price(o):.2f}"} for o in ORDERS]
    after = [
        row | {"Total": f"{price(o) - 1.37 * (o['number'] % 3):.2f}"}
        for row, o in zip(before, ORDERS, strict=True)
    ]
    true = sum(price(o) - 1.37 * (o["number"] % 3) for o in ORDERS)
    assert true == settled(tmp_path, before, "unread_discounts", "REVIEW")
    report = transactions(tmp_path, shop(tmp_path, after, columns=COLUMNS))
    assert not found(report) and "is after them" in one(report, "unread_discounts").sentence


def test_a_discount_of_which_nothing_tells_asks(tmp_path):
    rows = [sale(o, Discount=round(o["amount"] / 7, 2) if o["number"] % 3 else 0) for o in ORDERS]
    report = transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))
    assert "nothing in the file tells" in one(report, "unread_discounts").sentence
    assert found(report) == {"unread_discounts": "REVIEW"}


def taxed(order: dict, **columns: float) -> dict:
    """A sale whose amount is before a tax of a fifth; columns are made of the amount by a factor."""
    return sale(order) | {
        name.replace("_", " "): f"{order['amount'] * by:.2f}" for name, by in columns.items()
    }


@pytest.mark.grid
@pytest.mark.parametrize(
    "columns",
    [{"VAT": 0.2, "Total": 1.2, "Net": 1.0}, {"Total": 1.2, "Netto": 1.0}, {"MwSt": 0.2, "Total": 1.2}],
)
def test_taxes_in_the_amount_ask_and_are_left_off_by_the_line(tmp_path, columns):
    assert (
        pytest.approx(
            settled(tmp_path, [taxed(o, **columns) for o in ORDERS], "unread_taxes", "REVIEW").expected, abs=2
        )
        == TRUE
    )


def test_an_amount_without_taxes_passes_and_says_so(tmp_path):
    rows = [taxed(o, Total=1.0, VAT=0.2, Gross=1.2) for o in ORDERS]
    report = transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))
    assert not found(report) and "which is without taxes" in one(report, "unread_taxes").sentence


def pieces(order: dict) -> int:
    return order["number"] // 10 % 4 + 1


@pytest.mark.grid
@pytest.mark.parametrize("beside", ["Product", "Price"])
def test_a_total_that_is_the_price_of_one_piece_stops(tmp_path, beside):
    rows = [
        sale(o, Qty=pieces(o))
        | {"Total": f"{price(o):.2f}", beside: f"{price(o):.2f}" if beside == "Price" else f"P{price(o)}"}
        for o in ORDERS
    ]
    assert sum(price(o) * pieces(o) for o in ORDERS) == settled(tmp_path, rows, "unit_price", "stop")


def test_a_total_that_does_not_grow_with_the_pieces_asks(tmp_path):
    rows = [sale(o, Qty=pieces(o)) | {"Total": f"{price(o):.2f}"} for o in ORDERS]
    assert found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))) == {"unit_price": "REVIEW"}
    rows = [sale(o, Qty=pieces(o)) | {"Total": f"{price(o) * pieces(o):.2f}"} for o in ORDERS]
    assert not found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS)))


@pytest.mark.grid
@pytest.mark.parametrize("word", ["Gift card redeemed", "Voucher"])
def test_a_card_that_was_used_as_a_negative_line_is_no_return(tmp_path, word):
    rows = [sale(o, Item="Shirt") for o in ORDERS]
    rows += [sale(o, Item=word) | {"Total": "-20.00"} for o in ORDERS[::10]]
    assert settled(tmp_path, rows, "gift_cards", "REVIEW") == TRUE


def test_what_was_paid_by_voucher_is_left_out_by_the_line(tmp_path):
    rows = [sale(o, **{"Payment method": "Voucher" if o["number"] % 10 == 0 else "Card"}) for o in ORDERS]
    true = sum(o["amount"] for o in ORDERS if o["number"] % 10)
    assert true == settled(tmp_path, rows, "gift_cards", "REVIEW")


def test_cards_sold_are_told_from_payments_by_card_and_each_is_said_once(tmp_path):
    rows = [
        sale(o, **{
            "Lineitem name": "Gift Card $50" if o["number"] % 10 == 0 else "Candle",
            "Lineitem sku": "GIFT-CARD-50" if o["number"] % 10 == 0 else "CANDLE",
            "Payment Method": "gift_card" if o["number"] % 10 == 1 else "Bank card",
        })
        for o in ORDERS
    ]  # fmt: skip
    where = ["coalesce(\"Payment Method\", '') NOT ILIKE '%bogus%'"]
    content = shop(tmp_path, rows, columns=COLUMNS, where=where)
    finding = one(transactions(tmp_path, content), "gift_cards")
    assert "Lineitem sku" not in finding.sentence and "Payment Method" in finding.sentence
    assert "count what is bought with a card, and not its sale" in finding.advice
    report = transactions(tmp_path, applied(content, finding))
    assert report.used == sum(o["number"] % 10 != 0 for o in ORDERS) and not found(report)
