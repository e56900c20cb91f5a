"""Columns beside the amount that say which rows count, as programs write them: flags, blanks, signs, what is due."""

import pytest
from findings_support import COLUMNS, applied, found, one, orders, own_cache, sale, shop, transactions  # noqa: F401

from helpers.contracts import (
    amounts,
    discounts,
    repeats,
    status_words,
    unread_sums,
    unused_columns,
    whole_tables,
)

ORDERS = orders(120)
SOLD = round(sum(o["amount"] for o in ORDERS), 2)
EVERY_SIXTH = [o for o in ORDERS if o["number"] % 6 == 0]
LESS = round(SOLD - sum(o["amount"] for o in EVERY_SIXTH), 2)


def mended(folder, monkeypatch, part, row, name="unread_status", **settings):
    """The report with the first proposed line of a finding, which then asks for nothing more."""
    monkeypatch.setattr(whole_tables, "_OF_A_TABLE", (part,))
    content = shop(folder, [sale(o) | row(o) for o in ORDERS], columns=COLUMNS, **settings)
    report = transactions(folder, applied(content, one(transactions(folder, content), name)))
    assert found(report) == {}
    return report


def of_sixth(column: str, bad: str, good: str):
    """A column that says something of every sixth order."""
    return lambda o: {column: bad if o["number"] % 6 == 0 else good}


@pytest.mark.grid
@pytest.mark.parametrize(
    "row",
    [
        of_sixth("Cancelled", "tYES", "tNO"),
        of_sixth("Refunded", "✓", ""),
        of_sixth("Status", "Cancelled ", "Paid "),
        lambda o: {"deleted_at": o["when"] if o["number"] % 6 == 0 else "NULL"},
        lambda o: {"Cancelled at": o["when"] if o["number"] % 6 == 0 else "0000-00-00 00:00:00"},
        of_sixth("Training mode", "Yes", "No"),
        lambda o: {"Voided": f"{o['when']:%d %b %Y %H:%M}" if o["number"] % 6 == 0 else "-"},
        lambda o: {"CANCELED": "NCY"[(o["number"] % 6 == 0) * (1 + o["number"] % 12 // 6)]},
    ],
    ids=["tYES", "tick", "blanks", "NULL", "no date", "training", "month named", "with reversals"],
)
def test_flags_and_dates_of_programs_are_left_out_by_the_proposed_line(tmp_path, monkeypatch, row):
    assert round(mended(tmp_path, monkeypatch, unused_columns, row).money_used, 2) == LESS


def test_refunds_written_below_zero_are_taken_off(tmp_path, monkeypatch):
    row = lambda o: {"Refunds": f"-{o['amount']:.2f}" if o["number"] % 6 == 0 else "0.00"}  # noqa: E731
    assert round(mended(tmp_path, monkeypatch, unread_sums, row, "unread_refunds").money_used, 2) == LESS


def test_the_number_of_a_refund_is_no_refunded_money(tmp_path, monkeypatch):
    monkeypatch.setattr(whole_tables, "_OF_A_TABLE", (unread_sums,))
    rows = [sale(o) | of_sixth("Refunded Transaction ID", str(o["number"]), "")(o) for o in ORDERS]
    assert found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))) == {}


def test_chargebacks_in_rows_of_their_own_take_the_sale_back(tmp_path, monkeypatch):
    monkeypatch.setattr(whole_tables, "_OF_A_TABLE", (unused_columns,))
    rows = [sale(o, Type="Sale") for o in ORDERS]
    rows += [sale(o, Type="Chargeback", Invoice=f"C{o['number']}") for o in EVERY_SIXTH]
    content = shop(tmp_path, rows, columns=COLUMNS)
    report = transactions(tmp_path, applied(content, one(transactions(tmp_path, content), "unread_status")))
    assert round(report.money_used, 2) == LESS


def test_a_chargeback_among_sales_written_with_a_minus_is_left_to_their_sign(tmp_path, monkeypatch):
    monkeypatch.setattr(whole_tables, "_OF_A_TABLE", (unused_columns,))
    rows = [sale(o, Type="Settled", Total=f"-{o['amount']:.2f}") for o in ORDERS]
    rows += [sale(o, Type="Chargeback", Invoice=f"C{o['number']}") for o in EVERY_SIXTH]
    assert found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))) == {}


@pytest.mark.parametrize(
    ("value", "column", "meaning"),
    [
        ("partial_refund", "status", status_words.PARTLY),
        ("Credit Note Issued", "Status", None),  # of an invoice, whose credit note is another row
        ("Credit note", "Type", status_words.BACK),
        ("Rücklastschrift", "Buchungsart", status_words.BACK),
        ("Chargeback", "Status", status_words.VOID),
        ("Đã hoàn", "Trạng thái", status_words.VOID),
        ("Đã hoàn tất", "Trạng thái", None),
        ("Denegado", "Estado", status_words.VOID),
    ],
)
def test_what_a_word_means_by_the_column_it_stands_in(value, column, meaning):
    assert status_words.group_of(value, column) == meaning


def test_what_is_refunded_in_part_and_taken_off_already_asks_for_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(whole_tables, "_OF_A_TABLE", (unused_columns,))
    rows = [sale(o, Refunded="3.00") | of_sixth("Status", "partially refunded", "paid")(o) for o in ORDERS]
    columns = COLUMNS | {"amount": "Total - coalesce(Refunded, 0)"}
    assert found(transactions(tmp_path, shop(tmp_path, rows, columns=columns))) == {}


@pytest.mark.grid
@pytest.mark.parametrize(
    ("column", "due", "asked"),
    [
        ("Amount due", lambda o: o["amount"], False),  # the bill itself
        ("Total amount due", lambda o: o["amount"] + o["number"] % 7, False),  # with what was owed before
        ("Amount due", lambda o: o["amount"] if o["number"] % 3 else 0, True),
        ("Outstanding", lambda o: o["amount"], True),
    ],
    ids=["bill", "balance", "unpaid in part", "unpaid"],
)
def test_what_is_due_may_be_the_bill_itself(tmp_path, monkeypatch, column, due, asked):
    monkeypatch.setattr(whole_tables, "_OF_A_TABLE", (unread_sums,))
    rows = [sale(o) | {column: f"{due(o):.2f}"} for o in ORDERS]
    assert ("money_not_paid" in found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS)))) == asked


@pytest.mark.grid
@pytest.mark.parametrize("written", ["{:.0f}", "0.{:.0f}"])
def test_a_discount_in_percent_is_taken_off_a_price(tmp_path, monkeypatch, written):
    row = lambda o: {  # noqa: E731
        "Price": f"{o['amount'] / 0.8:.8f}" if o["number"] % 3 else o["amount"],
        "Qty": 1,
        "Discount %": written.format(20) if o["number"] % 3 else "0",
    }
    monkeypatch.setattr(whole_tables, "_OF_A_TABLE", (unread_sums,))
    content = shop(tmp_path, [sale(o) | row(o) for o in ORDERS], columns=COLUMNS | {"amount": "Qty * Price"})
    report = transactions(
        tmp_path, applied(content, one(transactions(tmp_path, content), "unread_discounts"))
    )
    assert round(report.money_used, 2) == SOLD


def test_a_shop_that_is_called_a_test_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(whole_tables, "_OF_A_TABLE", (unused_columns,))
    rows = [sale(o) | of_sixth("Store", "TEST STORE", "Testorf")(o) for o in ORDERS]
    content = shop(tmp_path, rows, columns=COLUMNS | {"channel": "Store"})
    report = transactions(tmp_path, applied(content, one(transactions(tmp_path, content), "unread_status")))
    assert found(report) == {}
    assert round(report.money_used, 2) == LESS


def test_of_discounts_in_percent_and_in_money_the_money_is_taken_off(tmp_path, monkeypatch):
    row = lambda o: {"Subtotal": f"{o['amount'] + 5:.2f}", "Discount %": "5", "Discount amount": "5.00"}  # noqa: E731
    monkeypatch.setattr(whole_tables, "_OF_A_TABLE", (unread_sums, discounts))
    content = shop(tmp_path, [sale(o) | row(o) for o in ORDERS], columns=COLUMNS | {"amount": "Subtotal"})
    report = transactions(
        tmp_path, applied(content, one(transactions(tmp_path, content), "unread_discounts"))
    )
    assert round(report.money_used, 2) == SOLD


def test_two_payments_of_an_order_are_no_earlier_and_later_state_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(whole_tables, "_OF_A_TABLE", (repeats,))
    rows = [
        sale(o, Total=f"{part:.2f}", Payment=place) | {"Payment Id": f"{o['number']}{place}"}
        for o in ORDERS
        for place, part in enumerate(
            [o["amount"] * 0.4, o["amount"] * 0.6] if o["number"] % 8 == 0 else [o["amount"]]
        )
    ]
    numbered = [{name: value for name, value in row.items() if name != "Payment"} for row in rows]
    assert found(transactions(tmp_path, shop(tmp_path, numbered, columns=COLUMNS))) == {}
    bare = [{name: value for name, value in row.items() if name != "Payment Id"} for row in numbered]
    assert "same_order_twice" in found(transactions(tmp_path, shop(tmp_path, bare, columns=COLUMNS)))


def test_cents_are_told_of_an_amount_that_is_computed(tmp_path, monkeypatch):
    row = lambda o: {"Total": round(100 * o["amount"]), "Back": 0}  # noqa: E731
    monkeypatch.setattr(whole_tables, "_OF_A_TABLE", (amounts,))
    columns = COLUMNS | {"amount": "Total - coalesce(Back, 0)"}
    content = shop(tmp_path, [sale(o) | row(o) for o in ORDERS], columns=columns)
    report = transactions(
        tmp_path, applied(content, one(transactions(tmp_path, content), "amounts_in_cents"))
    )
    assert found(report) == {}
    assert round(report.money_used, 2) == SOLD
