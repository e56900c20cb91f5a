"""Exports of tills, shops and bookkeeping whose rows are no sales of their own: the other side, totals, documents beside."""

import pytest
from findings_support import COLUMNS, applied, found, one, orders, own_cache, sale, shop, transactions  # noqa: F401

from helpers import contracts
from helpers.commands.drafting import recognise

TRUE = pytest.approx(sum(order["amount"] for order in orders()))


def settled(folder, content, name: str, verdict: str = "stop"):
    """The report once the line that a finding proposes is in the study file."""
    report = transactions(folder, content)
    assert found(report)[name] == verdict
    report = transactions(folder, applied(content, one(report, name)))
    contracts.refuse([report])
    assert name not in found(report)
    return report


# ---- which way the money goes
SIDES = [
    ("Dr/Cr", "Dr", "Cr"),
    ("Soll/Haben-Kennzeichen", "S", "H"),
    ("Sale/Return", "S", "R"),
    ("Is Return", "N", "Y"),
]


@pytest.mark.grid
@pytest.mark.parametrize(("column", "sold", "back"), SIDES)
def test_the_rarer_side_of_a_ledger_takes_sales_back(tmp_path, column, sold, back):
    rows = [sale(o, **{column: back if o["number"] % 9 == 0 else sold}) for o in orders()]
    report = settled(tmp_path, shop(tmp_path, rows, columns=COLUMNS), "unread_status")
    assert report.money_used == pytest.approx(
        sum(o["amount"] * (-1) ** (o["number"] % 9 == 0) for o in orders())
    )


def test_what_most_rows_are_is_no_return_whatever_it_is_called(tmp_path):
    rows = [sale(o, Type="Credit" if o["number"] % 5 else "Cash") for o in orders()]
    assert transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS)).money_used == TRUE
    assert "unread_status" not in found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS)))


BESIDE = [
    ("Type", "Invoice", "Payment"), ("Transaction Type", "Invoice", "Sales Order"), ("Belegart", "Rechnung", "Lieferschein"),
    ("Tipo", "Factura", "Albarán"), ("Loại chứng từ", "Hóa đơn bán hàng", "Phiếu thu"), ("Line Type", "Sale", "Sale Line"),
    ("Rechnungsart", "Rechnung", "Anzahlungsrechnung"),
]  # fmt: skip


@pytest.mark.grid
@pytest.mark.parametrize(("column", "invoice", "beside"), BESIDE)
def test_documents_beside_an_invoice_count_it_once(tmp_path, column, invoice, beside):
    rows = [sale(o, **{column: invoice}) for o in orders()]
    rows += [sale(o, **{column: beside}) | {"Invoice": 9000 + o["number"]} for o in orders()[::2]]
    content = shop(tmp_path, rows, columns=COLUMNS)
    assert settled(tmp_path, content, "unread_status").money_used == TRUE
    alone = [sale(o, **{column: beside}) for o in orders()]
    assert "unread_status" not in found(transactions(tmp_path, shop(tmp_path, alone, columns=COLUMNS)))


# ---- what went back
@pytest.mark.parametrize(
    ("column", "value"), [("Return Reason", "too small"), ("Return date", "2026-03-01"), ("Lý do hủy", "x")]
)
def test_rows_for_which_a_return_says_why_or_when_stop(tmp_path, column, value):
    rows = [sale(o, **{column: value if o["number"] % 9 == 0 else ""}) for o in orders()]
    report = settled(tmp_path, shop(tmp_path, rows, columns=COLUMNS), "unread_status")
    assert report.money_used == pytest.approx(sum(o["amount"] for o in orders() if o["number"] % 9))


def test_pieces_that_went_back_are_taken_off(tmp_path):
    rows = [sale(o) | {"Qty": 3, "Qty refunded": o["number"] % 4} for o in orders()]
    content = shop(tmp_path, rows, columns=COLUMNS | {"quantity": "Qty"})
    report = settled(tmp_path, content, "unread_refunds")
    assert report.money_used == pytest.approx(sum(o["amount"] * (1 - o["number"] % 4 / 3) for o in orders()))
    assert report.used == sum(o["number"] % 4 < 3 for o in orders()), "what came back whole is no order"


# ---- totals
@pytest.mark.grid
@pytest.mark.parametrize("name", ["Grand Total", "Gesamtergebnis", "Tổng cộng", "รวม", "(leer)"])
def test_a_grand_total_is_no_order(tmp_path, name):
    rows = [sale(o) for o in orders()]
    total = sum(float(row["Total"]) for row in rows)
    content = shop(
        tmp_path,
        [*rows, sale(orders()[-1], Customer=name, Invoice="", Total=f"{total:.2f}")],
        columns=COLUMNS,
    )
    assert settled(tmp_path, content, "total_rows").money_used == TRUE


def test_subtotals_of_customers_are_no_orders(tmp_path):
    rows = [sale(o) for o in orders()]
    for who in {row["Customer"] for row in rows}:
        mine = sum(float(row["Total"]) for row in rows if row["Customer"] == who)
        rows.append(sale(orders()[-1], Customer=f"{who} Total", Invoice="", Total=f"{mine:.2f}"))
    report = settled(tmp_path, shop(tmp_path, rows, columns=COLUMNS), "total_rows")
    assert (report.money_used, report.accepted.customer_id.nunique().execute()) == (TRUE, 60)


def of_one(order: dict) -> tuple[float, float]:
    part = round(0.3 * order["amount"], 2)
    return part, round(order["amount"] - part, 2)


@pytest.mark.grid
@pytest.mark.parametrize(("total", "item"), [("TOTAL", "P"), ("", "P")])
def test_an_orders_total_above_its_lines_is_left_out(tmp_path, total, item):
    rows = [
        sale(o, Item=name, Total=f"{money:.2f}")
        for o in orders()
        for name, money in zip((total, f"{item}1", f"{item}2"), (o["amount"], *of_one(o)), strict=True)
    ]
    assert settled(tmp_path, shop(tmp_path, rows, columns=COLUMNS), "total_rows").money_used == TRUE


def test_a_discount_of_the_whole_order_is_found_in_its_total(tmp_path):
    less = {o["number"]: 10 if o["number"] % 4 == 0 and o["amount"] > 20 else 0 for o in orders()}
    rows = [
        sale(o, Item=name, Total=f"{money:.2f}") | {"Khách cần trả": f"{o['amount'] - less[o['number']]:.2f}"}
        for o in orders()
        for name, money in zip("ab", of_one(o), strict=True)
    ]
    report = settled(tmp_path, shop(tmp_path, rows, columns=COLUMNS), "other_total", "REVIEW")
    assert report.money_used == pytest.approx(sum(o["amount"] - less[o["number"]] for o in orders()))
    gross = [row | {"Khách cần trả": f"{float(row['Khách cần trả']) * 1.1:.2f}"} for row in rows]
    assert "other_total" not in found(transactions(tmp_path, shop(tmp_path, gross, columns=COLUMNS))), (
        "with taxes"
    )


# ---- what nobody knows is asked
@pytest.mark.grid
@pytest.mark.parametrize(
    ("column", "usual", "odd"),
    [
        ("Status", "P", "C"),
        ("order_status_id", "5", "7"),
        ("Status", "Completed", "Layby"),
        ("Trạng thái", "Hoàn thành", "TT9"),
    ],
)
def test_a_status_in_codes_or_unknown_words_asks(tmp_path, column, usual, odd):
    rows = [sale(o, **{column: odd if o["number"] % 9 == 0 else usual}) for o in orders()]
    content = shop(tmp_path, rows, columns=COLUMNS)
    report = transactions(tmp_path, content)
    assert found(report) == {"unknown_status": "REVIEW"} and odd in one(report, "unknown_status").sentence
    kept = shop(tmp_path, rows, columns=COLUMNS, where=[f"\"{column}\" IN ('{usual}', '{odd}')"])
    assert found(transactions(tmp_path, kept)) == {}, "a condition that names them settles it"


@pytest.mark.grid
@pytest.mark.parametrize(
    "value",
    ["error", "SKIPPED", "uncollectible", "RTO delivered", "No Show", "Quotation Sent", "Erreur de paiement"],
)
def test_further_words_for_no_sale_stop(tmp_path, value):
    rows = [sale(o, Status=value if o["number"] % 9 == 0 else "Completed") for o in orders()]
    assert "unread_status" in found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS)))


def test_very_few_customers_ask_and_a_column_of_more_is_drafted(tmp_path):
    rows = [sale(o, Customer=("Receivable", "Undeposited")[o["number"] % 2]) for o in orders()]
    assert found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))) == {"one_customer": "REVIEW"}
    values = {
        "Account": ["Receivable", "Undeposited"],
        "Name": [f"P{n}" for n in range(60)],
        "Date": ["2025-01-02"],
        "Amount": ["5.5"],
    }
    assert recognise.guess("transactions", values).columns["customer_id"] == "Name"
