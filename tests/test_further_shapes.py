"""Shapes of exports with several faults at once: each is found once, and the lines drafted bring out the business."""

import zipfile
from datetime import datetime, timedelta

import pytest
from drafted import outcome
from findings_support import (  # noqa: F401
    COLUMNS,
    applied,
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
from workbook_support import workbook

from helpers.commands.drafting import recognise
from helpers.contracts import date_formats, status_words
from helpers.study import parts
from helpers.tables import contents, sniffing

ORDERS = orders(400)


def in_pieces(order: dict) -> int:
    """How many lines an order has."""
    return order["number"] % 3 + 1


def test_a_total_of_whole_dong_that_its_lines_share_has_no_decimals(tmp_path):
    rows = [
        sale(o, Total=f"{round(o['amount']) * 1000}", Line=place)
        for o in ORDERS
        for place in range(in_pieces(o))
    ]
    content = shop(tmp_path, rows, columns=COLUMNS, amount_per="order") | {"currency": "VND"}
    assert found(transactions(tmp_path, content)) == {}
    rows[5]["Total"] += ".5"
    report = transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS) | {"currency": "VND"})
    assert "no_decimals_in_currency" in found(report)


@pytest.mark.grid
@pytest.mark.parametrize("total", ["{:.2f}", "{:.7f}"])
def test_decimals_that_no_thousands_explain_are_multiplied_by_nothing(tmp_path, total):
    large = total == "{:.2f}"  # a note of that size is common: they are no thousands
    rows = [sale(o, Total=total.format(o["amount"] * (1000 if large else 1) + 0.1234567)) for o in ORDERS]
    content = shop(tmp_path, rows, columns=COLUMNS) | {"currency": "VND"}
    advice = one(transactions(tmp_path, content), "no_decimals_in_currency").advice
    assert "* 1000" not in advice and "rules: {no_decimals_in_currency: keep}" in advice


def test_ids_written_as_formulas_are_the_texts_in_them(tmp_path):
    rows = [
        sale(o, Customer=f'=""C{o["who"]}""' if o["number"] % 2 else f"C{o['who']}", Status='=""paid""')
        for o in ORDERS
    ]
    report = transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS, where=["Status = 'paid'"]))
    assert found(report) == {} and report.used == len(ORDERS)
    assert report.accepted.customer_id.nunique().execute() == len({o["who"] for o in ORDERS})


def test_days_of_a_spreadsheet_with_a_comma(tmp_path):
    def serial(when: datetime) -> str:
        return f"{(when - datetime(1899, 12, 30)) / timedelta(days=1):.6f}".replace(".", ",")

    assert date_formats.propose([serial(o["when"]) for o in ORDERS]).settings == {"date_format": "excel"}
    content = shop(
        tmp_path, [sale(o, Date=serial(o["when"])) for o in ORDERS], columns=COLUMNS, date_format="excel"
    )
    report = transactions(tmp_path, content)
    assert report.accepted.order_date.min().execute().date() == min(o["when"] for o in ORDERS).date()
    assert report.used == len(ORDERS)


def test_days_apart_in_three_columns_are_joined_and_months_alone_ask(tmp_path):
    rows = [sale(o, Year=o["when"].year, Month=o["when"].month, Day=o["when"].day) for o in ORDERS]
    values = {name: sorted({str(row[name]) for row in rows}) for name in rows[0] if name != "Date"}
    told = recognise.recognise(values, "export").columns["order_time"]
    content = shop(tmp_path, rows, columns=COLUMNS | {"order_time": told})
    report = transactions(tmp_path, content)
    assert report.accepted.order_date.max().execute().date() == max(o["when"] for o in ORDERS).date()
    assert "months_in_place_of_days" not in found(report)
    content["tables"]["transactions"]["columns"]["order_time"] = told.rpartition(" || '-'")[0] + " || '-01'"
    assert found(transactions(tmp_path, content)) == {"months_in_place_of_days": "REVIEW"}


@pytest.mark.parametrize("name", ["orders.tsv", "orders.txt"])
def test_tables_of_text_in_a_folder_are_found_and_notes_beside_them_are_not(tmp_path, name):
    (tmp_path / "orders.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / name).write_text("a\tb\n1\t2\n", encoding="utf-8")
    names = [one.name for one in parts.parts_of(tmp_path)]
    assert names == ["orders.csv", "orders.tsv"][: 1 + name.endswith(".tsv")]
    (tmp_path / "orders.csv").unlink()
    assert [one.name for one in parts.parts_of(tmp_path)] == [name]


def test_what_a_mac_puts_into_an_archive_is_no_second_file(tmp_path):
    path = tmp_path / "orders.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export/orders.csv", "a,b\n1,2\n")
        archive.writestr("__MACOSX/export/._orders.csv", b"\0")
        archive.writestr("export/.DS_Store", b"\0")
    with zipfile.ZipFile(path) as archive:
        assert contents.only_member(archive, path).filename == "export/orders.csv"


def of_first_line(order: dict, place: int) -> dict:
    return {"Customer": f"C{order['who']}" if place == 0 else ""}


@pytest.mark.grid
@pytest.mark.parametrize("by", ["customer", "order", "heading"])
def test_a_report_that_names_the_customer_in_a_first_row_only_stops(tmp_path, by):
    first = {o["who"]: o["number"] for o in reversed(ORDERS)}
    grouped = [sale(o) | of_first_line(o, first[o["who"]] != o["number"]) for o in ORDERS]
    lines = [sale(o) | of_first_line(o, place) for o in ORDERS for place in range(in_pieces(o))]
    sold = sorted(ORDERS, key=lambda o: o["who"])
    heads = [dict.fromkeys(COLUMNS.values(), "") | {"Customer": f"C{o['who']}"} for o in sold]
    headed = [row for o, head in zip(sold, heads, strict=True)
              for row in [head] * (o["number"] == first[o["who"]]) + [sale(o) | {"Customer": ""}]]  # fmt: skip
    rows = {"customer": grouped, "order": lines, "heading": headed}[by]
    content = shop(tmp_path, rows, columns=COLUMNS, rules={"no_customer_id": "reject"})
    finding = one(transactions(tmp_path, content), "customer_in_first_row")
    assert finding.verdict == "stop" and "would be of nobody" in finding.sentence


def test_guests_are_no_grouped_report(tmp_path):
    rows = [sale(o) | ({"Customer": ""} if o["number"] % 3 == 0 else {}) for o in ORDERS]
    content = shop(tmp_path, rows, columns=COLUMNS, rules={"no_customer_id": "reject"})
    assert found(transactions(tmp_path, content)) == {}


def test_sheets_that_look_like_the_one_that_is_read_are_named(tmp_path):
    head = list(sale(ORDERS[0]))
    body = [list(sale(o, Total=o["amount"]).values()) for o in ORDERS]
    sheets = {
        "2025": [head, *body],
        "2026": [["Sales"], head, *body[:30]],
        "Notes": [["read", "me"], ["a", "b"]],
    }
    workbook(tmp_path / "orders.xlsx", sheets)
    table = {"columns": COLUMNS, "path": "orders.xlsx", "sheet": "2025"}
    finding = one(transactions(tmp_path, study(tmp_path, transactions=table)), "sheets_unread")
    assert finding.verdict == "REVIEW" and "1 sheet with the same columns: 2026 (30 rows)" in finding.sentence
    workbook(tmp_path / "orders.xlsx", {"2025": sheets["2025"], "Notes": sheets["Notes"]})
    assert "sheets_unread" not in found(transactions(tmp_path, study(tmp_path, transactions=table)))


TIMES = ["2025-01-02", "2026-03-04", "2025-11-30"]


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        ({"Close date": TIMES, "Stage": ["Closed Won", "Closed Lost", "New"]},
         {"won_at": """CASE WHEN Stage IN ('Closed Won') THEN "Close date" END""",
          "lost_at": """CASE WHEN Stage IN ('Closed Lost') THEN "Close date" END"""}),
        ({"Expected close": TIMES, "Stage": ["Won", "Lost", "Open"]}, {"won": "Stage IN ('Won')"}),
        ({"Trạng thái": ["Thành công", "Thất bại", "Mới"]}, {"won": "\"Trạng thái\" IN ('Thành công')"}),
        ({"State": ["Ohio", "Texas"]}, {}),
    ],
)  # fmt: skip
def test_the_stage_of_a_lead_says_whether_it_was_won_and_a_wish_is_no_day(columns, wanted):
    told = recognise.recognise({"Lead ID": ["1", "2", "3"], "Created": TIMES} | columns, "export")
    ends = {name: text for name, text in told.columns.items() if name in ("won", "won_at", "lost_at")}
    assert (told.table, ends) == ("leads", wanted)


def test_an_invoice_per_month_is_a_contract_and_its_amount_the_fee():
    values = {"Customer": list("abc"), "Period start": TIMES, "Period end": TIMES, "Amount": ["10.00"]}
    told = recognise.recognise(values, "invoices")
    assert told.table == "subscriptions" and told.columns["fee"] == "Amount"
    assert told.columns["started_at"] == "Period start" and told.columns["ended_at"] == "Period end"


DEALS = {"Date de création": TIMES, "Origine": ["Web", "Salon"]}
TABLES_OF = [
    ("leads", {"ID": ["1", "2", "3"], **DEALS, "Statut": ["Gagné", "Perdu"]}),
    ("transactions", {"ID": ["1", "2", "3"], "Client": list("abc"), **DEALS, "Total": ["9.50"], "Statut": ["Payée"]}),
    ("tickets", {"Mã phiếu": list("abc"), "Khách hàng": list("abc"), "Ngày mở": TIMES, "Ngày đóng": TIMES}),
    ("subscriptions", {"ID cliente": list("abc"), "Fecha inicio": TIMES, "Fecha fin": TIMES, "Cuota": ["9.50"]}),
    ("surveys", {"Cliente": list("abc"), "Fecha": TIMES, "¿Nos recomiende?": ["0", "9", "10"]}),
    ("experiment_units", {"Gruppe": ["Kontrolle", "B"], "Besucher": ["90", "91"], "Bestellungen": ["8", "9"]}),
    ("campaigns", {"Campaña": ["a"], "Cliente": list("abc"), "Grupo": ["control", "envío"], "Enviado el": TIMES}),
    ("panel", {"Cửa hàng": ["A", "B"], "Tháng": ["2025-01", "2025-02"], "Doanh thu": ["9.50", "8.50"]}),
]  # fmt: skip


@pytest.mark.parametrize(("table", "values"), TABLES_OF, ids=[table for table, _ in TABLES_OF])
def test_further_tables_are_recognised_in_other_languages(table, values):
    told = recognise.recognise(values, "export")
    assert (told.table, told.missing) == (table, [])


@pytest.mark.parametrize(("column", "value"), [("Situação", "Pago"), ("Type", "Paiement"), ("Tipo", "Pago")])
def test_a_payment_in_another_language_is_no_failure(column, value):
    assert status_words.group_of(value, column) is None
    assert status_words.group_of("Erreur de paiement", column) == status_words.VOID
    assert status_words.group_of("Devolvido", column) == status_words.VOID


HEADERS = """
Mã khách|Mã đơn|Ngày đặt|Thành tiền
SĐT khách|Số HĐ|Ngày HĐ|Tổng thanh toán
Mã hội viên|Số phiếu|Ngày lập phiếu|Tổng giá trị đơn hàng
รหัสสมาชิก|เลขที่บิล|วันที่ทำรายการ|ยอดชำระ
ลูกค้า|หมายเลขออเดอร์|วันที่เอกสาร|ราคาสุทธิ
Kundenkonto|Auftragsnr.|Auftragsdatum|Gesamtsumme
Käufer|Bestell-ID|Bestellt am|Rechnungssumme
Mitgliedsnummer|Bonnummer|Bondatum|Endbetrag
N° client|N° de facture|Date de facturation|Net à payer
Nom du client|Référence commande|Date de la commande|Prix total
ID de cliente|Número de ticket|Fecha de emisión|Total factura
Nº cliente|Folio|Fecha y hora|Monto total
Member No.|Receipt #|Business Date|Total Paid
Cust #|Inv #|Inv Date|Ext Price
account_number|trans_id|trans_date|amt
Donor ID|Gift ID|Gift Date|Gift Amount
Party|Voucher No.|Voucher Date|Amount
Guest|Booking|Booking Date|Amount
E-mail client|Sale number|Sale date|Line total
Donor Email|Receipt Id|Donated At|Amount
Guest|Confirmation No|Stay Date|Total Stay
MSISDN|Txn ID|Txn Time|Amount (VND)
اسم العميل|رقم الطلب|تاريخ الطلب|إجمالي الطلب
العميل|رقم الفاتورة|التاريخ|المبلغ
会員コード|取引ID|取引日時|合計
주문자 이메일|주문번호|주문일시|총 결제금액
Login kupującego|Numer zamówienia|Data zamówienia|Kwota
Nama Pembeli|Nomor Invoice|Tanggal Pembayaran|Total Penjualan (IDR)
Alıcı|Sipariş Numarası|Sipariş Tarihi|Faturalanacak Tutar
"""


@pytest.mark.parametrize("header", HEADERS.strip().splitlines())
def test_further_names_of_the_columns_of_orders_are_recognised(header):
    columns = header.split("|")
    values = [
        [f"C{n}" for n in range(9)],
        [f"{n + 1000}" for n in range(9)],
        TIMES,
        ["12.50", "99.00", "7.10"],
    ]
    told = recognise.recognise(dict(zip(columns, values, strict=True)) | {"Status": ["paid"]}, "export")
    wanted = dict(zip(("customer_id", "order_id", "order_time", "amount"), columns, strict=True))
    assert (told.table, {name: told.columns.get(name) for name in wanted}) == ("transactions", wanted)


@pytest.mark.grid
@pytest.mark.parametrize("numbered", ["#", "Lfd"])
def test_rows_of_overlapping_files_are_found_though_each_file_numbers_its_own(tmp_path, numbered):
    lines = [
        sale(o, Item=f"P{place}", Total=f"{o['amount'] + place:.2f}")
        for o in ORDERS
        for place in range(in_pieces(o))
    ]
    files = [lines[first : first + 115] for first in range(0, len(lines), 100)]  # 15 rows stand in two files
    for place, rows in enumerate(files):
        write(tmp_path, [{numbered: row + 1} | line for row, line in enumerate(rows)], f"part {place}.csv")
    table = {"columns": COLUMNS | {"category": "Item"}, "path": "part *.csv"}
    content = study(tmp_path, transactions=table)
    finding = one(transactions(tmp_path, content), "same_row_twice")
    assert finding.verdict != "PASS" and f"in all but {numbered}" in finding.sentence
    report = transactions(tmp_path, applied(content, finding))
    assert report.used == len(lines) and not found(report)


def test_the_lines_of_an_order_are_numbered_and_no_repeats(tmp_path):
    rows = [sale(o, Line=place + 1) for o in ORDERS for place in range(in_pieces(o))]
    content = shop(tmp_path, rows, columns=COLUMNS | {"category": "Line"})
    assert "same_row_twice" not in found(transactions(tmp_path, content))


def test_the_two_sides_of_a_ledger_are_one_amount():
    values = {
        "Client": list("abc"),
        "Date": TIMES,
        "Document No": list("123"),
        "Debit": ["9.50"],
        "Credit": ["2"],
    }
    assert (
        recognise.recognise(values, "ledger").columns["amount"] == "coalesce(Debit, 0) - coalesce(Credit, 0)"
    )
    values["Amount"] = ["9.50"]
    assert recognise.recognise(values, "ledger").columns["amount"] == "Amount"


def test_orders_with_a_column_per_month_have_no_day():
    values = {"Customer": list("abc")} | {f"2025-{month:02}": ["9.50", "0"] for month in range(1, 13)}
    told = recognise.recognise(values, "pivot")
    assert told.table == "transactions" and set(told.missing) == {"order_time", "amount"}


def test_a_word_behind_the_clock_and_numbers_that_are_no_seconds():
    days = ["2 de enero de 2025 08:05 hs.", "30 de abril de 2026 23:10 hs."]
    assert date_formats.propose(days).settings == {"date_format": "%d de %B de %Y %H:%M hs."}
    assert date_formats.propose(["30.01.2025 08:05 Uhr"]).settings == {"date_format": "%d.%m.%Y %H:%M Uhr"}
    assert date_formats.propose(["2000010001", "2000010002"]) is None, "seconds of 2033: numbers of sales"


def test_a_word_among_dates_and_numbers_hides_neither():
    dates = [f"{o['when']:%d.%m.%Y}" for o in ORDERS]
    layout = sniffing.Layout(
        sniffing.Settings(), {"Datum": [*dates, "Summe"], "Betrag": ["9,50", "8,25", "-"]}
    )
    assert sniffing.formats(layout, ["Betrag"], {"order_time": "Datum"}).settings == {
        "decimal": ",", "date_format": "%d.%m.%Y",
    }  # fmt: skip


def test_an_order_whose_first_line_alone_has_day_and_total_is_drafted(tmp_path):
    head = "Order ID,Email,Total,Created at,Lineitem name"
    lines = [
        f"{o['number']},u{o['who']}@x.example,"
        + ("," if place else f"{o['amount']:.2f},{o['when']:%Y-%m-%d}")
        + f",P{place}"
        for o in ORDERS[:60]
        for place in range(in_pieces(o))
    ]
    (tmp_path / "shop.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    came = outcome(tmp_path / "shop.csv").came_out
    assert came[1:] == (60, round(sum(o["amount"] for o in ORDERS[:60]), 2))


def test_one_row_that_stands_twice_hides_no_total_that_lines_repeat(tmp_path):
    rows = [
        sale(o, Item=f"P{place}", Seq=o["number"] * 10 + place)
        for o in ORDERS
        for place in range(in_pieces(o))
    ]
    rows.append(rows[7] | {"Seq": 9})
    report = transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS | {"category": "Item"}))
    assert found(report)["order_total_repeated"] == "stop"
