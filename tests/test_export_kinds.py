"""Further kinds of exports that once came out wrong in silence, in several languages; each proposed line is applied."""

from datetime import date, timedelta

import pytest
from findings_support import (  # noqa: F401
    COLUMNS,
    applied,
    check,
    found,
    one,
    orders,
    own_cache,
    sale,
    shop,
    study,
    transactions,
    write,
)

from helpers import cli, contracts, paths, tables
from helpers.commands.drafting import recognise
from helpers.contracts import advice, date_formats
from helpers.contracts.status_words import BACK, DRAFT, VOID, group_of
from helpers.study.study import load_study
from helpers.tables import encodings

TOTAL = sum(order["amount"] for order in orders())


NOTES = [
    ("Type", "Invoice", "Credit Memo"),
    ("Belegart", "Rechnung", "Gutschrift"),
    ("Tipo", "Factura", "Nota de crédito"),
    ("Loại chứng từ", "Bán hàng", "Hàng bán trả lại"),
    ("ประเภทเอกสาร", "ใบแจ้งหนี้", "ใบลดหนี้"),
]


@pytest.mark.grid
@pytest.mark.parametrize(("column", "sold", "back"), NOTES)
def test_credit_notes_with_positive_amounts_stop_and_are_taken_off(tmp_path, column, sold, back):
    rows = [sale(order, **{column: sold}) for order in orders()]
    notes = [
        sale(order, **{column: back})
        | {"Date": order["when"] + timedelta(days=3), "Invoice": 9000 + order["number"]}
        for order in orders()[:30]
    ]
    content = shop(tmp_path, rows + notes, columns=COLUMNS)
    report = transactions(tmp_path, content)
    assert found(report) == {"unread_status": "stop"}
    report = transactions(tmp_path, applied(content, one(report, "unread_status")))
    contracts.refuse([report])
    taken = sum(order["amount"] for order in orders()[:30])
    assert report.money_used == pytest.approx(TOTAL - taken)
    negative = [row | {"Total": f"-{row['Total']}"} for row in notes]
    assert found(transactions(tmp_path, shop(tmp_path, rows + negative, columns=COLUMNS))) == {}


def test_credit_notes_are_found_in_a_column_that_only_where_names(tmp_path):
    kinds = ["Invoice"] * 200 + ["Return"] * 20 + ["Quote"] * 20
    rows = [sale(order, Type=kind) for order, kind in zip(orders(), kinds, strict=True)]
    content = shop(tmp_path, rows, columns=COLUMNS, where=["Type <> 'Quote'"])
    report = transactions(tmp_path, content)
    assert "'Return'" in one(report, "unread_status").sentence
    assert (
        found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS, where=["Type = 'Invoice'"]))) == {}
    )


@pytest.mark.parametrize(
    ("value", "column", "meaning"),
    [
        ("Return", "Transaction Type", BACK), ("Returned", "Status", VOID), ("Trả hàng", "Trạng thái", VOID),
        ("Avoir", "Type", BACK), ("Abono", "Tipo", BACK), ("Credit", "Type", BACK), ("Credit", "Payment type", None),
        ("Gutschrift", "Zahlart", None), ("Return", "Start", None), ("Draft", "Status", DRAFT), ("Báo giá", "Loại", DRAFT),
        ("fraud", "Risk", VOID), ("Không thành công", "Trạng thái", VOID), ("ไม่สำเร็จ", "สถานะ", VOID),
        ("not cancelled", "Status", None), ("Gelöscht", "Status", VOID), ("Fraude", "Estado", VOID),
    ],
)  # fmt: skip
def test_what_a_value_says_of_revenue(value, column, meaning):
    assert group_of(value, column) == meaning


@pytest.mark.grid
@pytest.mark.parametrize("column", ["deleted", "is_fraud", "deleted_at"])
def test_deleted_rows_stop(tmp_path, column):
    says = "2026-01-05 10:00:00" if column.endswith("_at") else "1"
    no = "" if column.endswith("_at") else "0"
    rows = [sale(order, **{column: says if place % 12 == 0 else no}) for place, order in enumerate(orders())]
    content = shop(tmp_path, rows, columns=COLUMNS)
    report = transactions(tmp_path, content)
    assert found(report) == {"unread_status": "stop"}
    report = transactions(tmp_path, applied(content, one(report, "unread_status")))
    contracts.refuse([report])
    assert report.used == 220


def test_discounts_beside_a_gross_amount_are_asked_for(tmp_path):
    rows = [
        sale(order, Discount="10.00") | {"Gross sales": f"{order['amount'] + 10:.2f}"} for order in orders()
    ]
    rows = [{name: value for name, value in row.items() if name != "Total"} for row in rows]
    content = shop(tmp_path, rows, columns=COLUMNS | {"amount": "Gross sales"})
    report = transactions(tmp_path, content)
    assert found(report) == {"unread_discounts": "REVIEW"}
    report = transactions(tmp_path, applied(content, one(report, "unread_discounts")))
    assert report.money_used == pytest.approx(TOTAL) and found(report) == {}


def test_phone_numbers_in_several_ways_are_one_customer(tmp_path):
    ways = ("090{:07}", "+84 90{:07}", "8490{:07}")
    rows = [sale(order, Customer=ways[place % 3 if place > 60 else 0].format(order["who"])) for place, order in
            enumerate(orders(customers=59))]  # fmt: skip
    content = shop(tmp_path, rows, columns=COLUMNS)
    report = transactions(tmp_path, content)
    assert found(report) == {"ids_split": "REVIEW"}
    report = transactions(tmp_path, applied(content, one(report, "ids_split")))
    assert report.accepted.customer_id.nunique().execute() == 59 and found(report) == {}
    whole = [sale(order, Customer=f"{order['who']:09}") for order in orders()]
    assert found(transactions(tmp_path, shop(tmp_path, whole, columns=COLUMNS))) == {}, (
        "numbers are no phones"
    )


def test_ids_that_became_dates_stop(tmp_path):
    rows = [
        sale(order, Customer="3-Jan" if order["who"] % 9 == 0 else f"C{order['who']}") for order in orders()
    ]
    finding = one(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS)), "ids_spoilt")
    assert finding.verdict == "stop" and finding.masked[0].startswith("9-xxx")


def test_currencies_named_in_words_are_currencies(tmp_path):
    words = ("US Dollar", "US Dollar", "Euro")
    rows = [sale(order, Currency=words[place % 3]) for place, order in enumerate(orders())]
    content = shop(tmp_path, rows, columns=COLUMNS)
    finding = one(transactions(tmp_path, content), "currencies_added_up")
    assert finding.verdict == "stop" and "USD 160 rows and EUR 80 rows" in finding.sentence
    mapped = transactions(tmp_path, applied(content, finding))
    assert {result.rule: result.rows for result in mapped.results if result.stops} == {"unknown_currency": 80}


@pytest.mark.grid
@pytest.mark.parametrize(
    ("name", "times"),
    [("Thành tiền (nghìn đồng)", 1000), ("Revenue in thousands", 1000), ("Umsatz Mio", 1_000_000)],
)
def test_amounts_named_as_thousands_stop_and_one_line_settles_them(tmp_path, name, times):
    rows = [sale(order) | {name: int(order["amount"]) + 1} for order in orders()]
    rows = [{key: value for key, value in row.items() if key != "Total"} for row in rows]
    content = shop(tmp_path, rows, columns=COLUMNS | {"amount": name})
    finding = one(transactions(tmp_path, content), "amounts_too_small")
    assert finding.verdict == "stop"
    report = transactions(tmp_path, applied(content, finding))
    assert report.money_used == sum(int(order["amount"]) + 1 for order in orders()) * times
    assert found(report) == {}


# ---- how dates, columns and encodings are recognised
def test_buddhist_years_of_two_digits_and_days_of_the_week():
    today = date(2026, 11, 26)
    assert date_formats.propose(["02/01/68", "13/03/69"], today).choices == (
        {"date_format": "%d/%m/%y", "years": "buddhist"},
    )
    assert date_formats.propose(["02/01/25", "13/03/26"], today).choices == ({"date_format": "%d/%m/%y"},)
    mail = date_formats.propose(["Thu, 02 Jan 2025 14:34:24 +0000", "Fri, 13 Mar 2026 01:02:03 +0000"], today)
    assert mail.choices == ({"date_format": "%a, %d %B %Y %H:%M:%S %z"},)


def test_a_day_of_the_week_before_a_date_is_read_over(tmp_path):
    rows = [sale(order, Date=f"{order['when']:%a, %d %b %Y %H:%M:%S}") for order in orders()]
    report = transactions(
        tmp_path, shop(tmp_path, rows, columns=COLUMNS, date_format="%a, %d %b %Y %H:%M:%S")
    )
    first = min(order["when"] for order in orders())
    assert report.used == 240 and report.accepted.order_time.min().execute() == first


@pytest.mark.parametrize(
    ("column", "value", "wanted"),
    [
        ("Betrag (Cent)", "450", "amount"), ("amount_cents", "450", "amount"), ("Betrag CHF", "4.50", "amount"),
        ("created_at_utc", "2025-01-02 10:00:00", "order_time"), ("Purchased on", "2025-01-02", "order_time"),
        ("Gross sales", "4.50", "amount"), ("Order #", "17", "order_id"),
    ],
)  # fmt: skip
def test_units_and_zones_behind_a_name_do_not_hide_it(column, value, wanted):
    assert recognise.guess("transactions", {column: [value]}).columns == {wanted: column}


def test_the_only_column_with_dates_is_the_time_of_a_row():
    values = {"customer": ["a"], "wann": ["2025-01-02", "2025-01-03"], "total": ["5.10"]}
    found_ = recognise.recognise(values, "export")
    assert found_.columns["order_time"] == "wann" and "only column with dates" in found_.doubts["order_time"]


def test_utf_16_without_a_mark_is_told_from_text_with_zeros():
    assert encodings.propose("Customer;Date\nC1;2025-01-02\n".encode("utf-16-le")).settings == {
        "encoding": "utf-16-le"
    }


def test_files_in_another_order_of_columns_are_read_together_and_others_are_named(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(paths, "REPORTS", tmp_path / "reports")
    paths.REPORTS.mkdir()
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "m1.csv").write_text("customer,date,total\na,2024-01-01,5\n")
    (tmp_path / "files" / "m2.csv").write_text("date,total,customer\n2024-02-01,7,b\n")
    (tmp_path / "files" / "n3.csv").write_text("customer,date,revenue,note\na,2024-03-01,9,x\n")
    assert cli.main(["new", "both", "--from", str(tmp_path / "files")]) == 0
    assert "n3.csv alone has note, revenue" in capsys.readouterr().out
    study = load_study(paths.REPORTS / "both.yaml")
    assert "CHECK: n3.csv seems to be transactions too and is not read" in study.path.read_text()
    [report] = contracts.check(study, tables.open_source(study), today=study.as_of)
    assert report.money_used == 12.0


def test_counts_per_arm_are_a_test(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "REPORTS", tmp_path / "reports")
    paths.REPORTS.mkdir()
    file = tmp_path / "ab.csv"
    file.write_text("variant,visitors,conversions,revenue\ncontrol,5000,250,12000.5\nB,5050,300,15000.1\n")
    assert cli.main(["new", "ab", "--from", str(file)]) == 0
    study = load_study(paths.REPORTS / "ab.yaml")
    counts = {"units": "visitors", "conversions": "conversions"}  # a sum without its squares has no error
    assert study.parameters["unit_counts"] == counts and study.parameters["control_arm"] == "control"
    [report] = contracts.check(study, tables.open_source(study), today=study.as_of)
    assert (report.table, report.used) == ("experiment_units", 2)
    contracts.refuse([report])


def test_a_line_that_makes_the_other_rows_unreadable_is_said_to_do_so(tmp_path):
    ways = ("%Y-%m-%d", "%d/%m/%Y")
    rows = [sale(order, Date=f"{order['when']:{ways[place % 2]}}") for place, order in enumerate(orders())]
    report = transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))
    [broken] = [result for result in report.results if result.rule == "unreadable_order_time"]
    assert "which that does not read: rather export all in one way" in broken.advice
    rows = [sale(order) | {"Total": f"{order['amount'] * 20:,.2f}"} for order in orders()]
    report = transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS))
    [broken] = [result for result in report.results if result.rule == "unreadable_amount"]
    assert '`thousands: ","`' in broken.advice and "in one way" not in broken.advice, "reads 999.00 too"


def test_days_that_a_spreadsheet_has_read_as_months_are_written_in_two_ways():
    whens = [order["when"] for order in orders()]
    late = [f"{when:%d/%m/%Y}" for when in whens if when.day > 12]
    read = [f"{when:%Y-%d-%m} 00:00:00" for when in whens if when.day <= 12]
    told = str(advice.for_column("time", late, [*late, *read], {}))
    assert '`date_format: "%d/%m/%Y"`' in told and "which that does not read" in told
    told = str(advice.for_column("time", late, [*late, read[0]], {}))  # a slip
    assert "which that does not read" not in told


@pytest.mark.grid
@pytest.mark.parametrize(
    ("column", "runs", "ended"),
    [
        ("Status", "active", "canceled"),
        ("Zustand", "aktiv", "gekündigt"),
        ("Trạng thái", "Đang dùng", "Đã hủy"),
    ],
)
def test_contracts_that_ended_without_a_day_stop(tmp_path, column, runs, ended):
    days = [date(2025, 1, 1) + timedelta(days=place) for place in range(40)]
    rows = [
        {"customer_id": place, "started_at": day, "period": "month", "fee": 10, column: ended if place % 4 == 0 else runs,
         "Cancelled at": day + timedelta(days=95) if place % 4 == 0 else None}
        for place, day in enumerate(days)
    ]  # fmt: skip
    write(tmp_path, rows, "subscriptions.csv")
    content = study(tmp_path, subscriptions={"path": "subscriptions.csv"})
    report = check(tmp_path, content)["subscriptions"]
    assert "10 of 40 contracts have no end" in one(report, "ended_without_day").sentence
    report = check(tmp_path, applied(content, one(report, "ended_without_day")))["subscriptions"]
    assert found(report) == {} and report.plain.ended_at.count().execute() == 10
    open_ended = [row | {column: "cancels at period end" if row[column] == ended else runs} for row in rows]
    write(tmp_path, open_ended, "subscriptions.csv")
    assert found(check(tmp_path, content)["subscriptions"]) == {}
