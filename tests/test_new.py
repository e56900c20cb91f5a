"""`new`: what it drafts from exports, and how far that is from the true customers, orders and revenue."""

import os
import re
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from helpers import cli, contracts, paths, tables
from helpers.commands import new
from helpers.commands.drafting import files, home_country, mappings, recognise, words
from helpers.errors import StudyError
from helpers.runs import runner
from helpers.study import country
from helpers.study.study import load_study

CASES = os.environ.get("CRM_CASES")
needs_cases = pytest.mark.skipif(not CASES, reason="CRM_CASES names no folder of cases")
TODAY = date(2026, 11, 26)
BUSINESS = (250, 1019, 144219.66)


@pytest.fixture
def reports(tmp_path, monkeypatch):
    """An empty folder of studies."""
    monkeypatch.setattr(paths, "REPORTS", tmp_path / "reports")
    paths.REPORTS.mkdir()
    return paths.REPORTS


def drafted(reports: Path, *files: object, name: str = "drafted", edit=None):
    """(the study that `new` drafts, its text), with an edit of the text where one is given."""
    assert cli.main(["new", name, "--from", *map(str, files)]) == 0
    path = reports / f"{name}.yaml"
    if edit:
        text = path.read_text(encoding="utf-8")
        path.write_text(edit(text), encoding="utf-8")
        assert path.read_text(encoding="utf-8") != text
    return load_study(path), path.read_text(encoding="utf-8")


def checked(study) -> dict:
    """The reports on the study's tables by name; StudyError where it cannot be run."""
    found = contracts.check(study, tables.open_source(study), today=max(TODAY, study.as_of))
    contracts.refuse(found)
    return {report.table: report for report in found}


def of_business(report) -> tuple:
    """Customers, orders (or rows where orders have no number) and revenue of the accepted rows."""
    lines = report.accepted
    orders = lines.order_id.nunique().execute() if "order_id" in report.given else report.used
    return lines.customer_id.nunique().execute(), orders, round(lines.revenue.sum().execute(), 2)


def setting(line: str, below: str):
    """An edit: one line put below the one that begins with `below`."""
    return lambda text: re.sub(rf"(?m)^({re.escape(below)}.*)$", rf"\1\n{line}", text, count=1)


# name of the case: (customers, orders, revenue), edits
REJECT_FUTURE = setting("    rules: {future_date: reject}", "    path:")
OUTCOMES = {
    "shopify": ((243, 854, 143543.11), None),
    "stripe": ((235, 814, 117358.08), None),
    "excel_de": ((250, 1019, 1442196.60), None),
    "attr_revenue": (BUSINESS, None),
    "excel_lost_zeros": (BUSINESS, None),
    "excel_title_rows": ((250, 1019, 1442196.60), None),
    "excel_us_money": ((250, 1019, 2488837.60), None),
    "future_typo": ((250, 1018, 143717.29), REJECT_FUTURE),
    "edited_orders": ((250, 1019, 142263.84), None),
    "monthly": ((46, 81, 11622.93), None),
    "salesforce_ids": (BUSINESS, None),
    "thai_latin_header": (BUSINESS, None),
    "utf16": (BUSINESS, None),
    "vn_cp1258": ((250, 1019, 143548000.0), None),
    "vn_dots": ((250, 1019, 143548000.0), None),
    "vn_mixed": ((250, 1019, 194548000.0), None),
    "woo_total_repeated": (BUSINESS, None),
    "xlsx": (BUSINESS, None),
}


@needs_cases
@pytest.mark.grid  # one export after another, each drafted and checked
@pytest.mark.parametrize("case", OUTCOMES)
def test_a_case_comes_out_to_the_cent(reports, case):
    wanted, edit = OUTCOMES[case]
    study, _ = drafted(reports, Path(CASES) / case, edit=edit)
    assert of_business(checked(study)["transactions"]) == wanted
    assert study.as_of <= TODAY


@needs_cases
def test_deals_are_won_by_the_day_that_is_stated(reports):
    study, _ = drafted(
        reports, Path(CASES) / "hubspot", edit=lambda text: text.replace('"2026-06-30"', '"2026-01-31"', 1)
    )
    assert checked(study)["leads"].accepted.won_at.count().execute() == 113


@pytest.mark.grid
@needs_cases
@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("excel_sci_ids", "ids are lost in this file"),
        ("order_currency", "currency JPY"),
        ("future_typo", "row 500"),
    ],
)
def test_what_no_draft_can_settle_is_refused(reports, case, said):
    study, _ = drafted(reports, Path(CASES) / case)
    with pytest.raises(StudyError, match=said):
        checked(study)


# ---- what is guessed, and how it is said
def test_a_study_is_drafted_from_an_export_and_its_check_passes(reports, tmp_path, capsys):
    export = tmp_path / "Export 2024.csv"
    export.write_text(
        "Invoice No;Customer;Order Date;Net Amount;Qty;Note\n1;007;2024-03-05;12.5;1;x\n2;b;2024-11-30;4;2;y\n"
    )
    study, text = drafted(reports, export)
    assert 'as_of: "2024-11-30"' in text
    assert re.search(r"customer_id: Customer +# CHECK: such as '007' and 'b'", text)
    assert study.tables["transactions"].columns == {
        "customer_id": "Customer", "order_time": "Order Date", "amount": "Net Amount", "order_id": "Invoice No",
        "quantity": "Qty",
    }  # fmt: skip
    assert study.holdout_days == 13 * 7, "a third of 270 days, in whole weeks"
    assert cli.main(["check", str(study.path)]) == 0
    out = capsys.readouterr().out
    assert "2 rows, 2 used" in out and "REVIEW  left_to_check" in out
    assert cli.main(["new", "drafted", "--from", str(export)]) == runner.STUDY_WRONG
    assert "exists: choose another name" in capsys.readouterr().err


def test_a_check_that_is_settled_is_asked_no_more(reports, tmp_path):
    (tmp_path / "transactions.csv").write_text("customer_id,order_time,amount\na,2024-01-01,5\n")
    study, _ = drafted(reports, tmp_path / "transactions.csv", edit=lambda text: text.replace("CHECK: ", ""))
    assert study.left_to_check == ()
    assert "left_to_check" not in [found.name for found in checked(study)["transactions"].findings]


def test_what_a_draft_cannot_guess_it_asks_for(reports, tmp_path, capsys):
    days = {"when": ["2024-01-01"], "until": ["2024-01-02"]}
    pd.DataFrame({"customer": ["a"], **days}).to_parquet(tmp_path / "odd.parquet")
    _, text = drafted(reports, tmp_path / "odd.parquet")
    assert re.search(r"order_time: WHICH_COLUMN +# CHECK: one of customer, when, until", text)
    assert "amount: WHICH_COLUMN" in text
    assert "odd.parquet: nothing tells which table this is" in capsys.readouterr().out
    for name, file, said in (
        ("Odd!", "odd.parquet", "small letters"),
        ("new", "none.csv", "There is no file"),
    ):
        assert cli.main(["new", name, "--from", str(tmp_path / file)]) == runner.STUDY_WRONG
        assert said in capsys.readouterr().err


def test_a_file_named_like_a_table_is_that_table(reports, tmp_path):
    (tmp_path / "subscriptions.csv").write_text("client,started_at,fee\na,2024-01-01,5\n")
    study, _ = drafted(reports, tmp_path / "subscriptions.csv")
    assert study.tables["subscriptions"].columns["customer_id"] == "client"


def test_a_file_of_orders_that_is_named_like_another_table_is_read_as_orders_alone(reports, tmp_path):
    lines = [f"B{n},g{n % 60}@x.example,2026-0{n % 6 + 1}-05 10:00,{n}.50,online" for n in range(120)]
    head = "Booking reference,Buyer email,Booked at,Total paid,Sales channel"
    (tmp_path / "tickets.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    assert cli.main(["new", "drafted", "--from", str(tmp_path / "tickets.csv")]) == 0
    study = load_study(reports / "drafted.yaml")
    assert tables.open_source(study).tables == ("transactions",)


def test_a_column_serves_once():
    values = {"date": [], "total": []}
    assert recognise.guess("transactions", values).columns == {"order_time": "date", "amount": "total"}
    assert recognise.guess("transactions", {"order_id": [], "order": []}).columns["order_id"] == "order_id"


@pytest.mark.parametrize(
    ("header", "table"),
    [
        ("Kundennr;Bestelldatum;Belegnr;Menge;Nettobetrag;Warengruppe;Filiale", "transactions"),
        ("Mã khách hàng;Ngày bán;Mã hóa đơn;Số lượng;Thành tiền;Nhóm hàng;Chi nhánh", "transactions"),
        ("รหัสลูกค้า;วันที่ขาย;เลขที่ใบเสร็จ;จำนวนชิ้น;ยอดขายสุทธิ;หมวดหมู่;สาขา", "transactions"),
        ("Numéro client;Date de vente;N° commande;Quantité;Montant HT;Catégorie;Magasin", "transactions"),
        ("ID cliente;Fecha de venta;Nº de pedido;Cantidad;Importe;Categoría;Tienda", "transactions"),
        ("CustomerID;InvoiceDate;InvoiceNo;Quantity;UnitPrice;Description;Store", "transactions"),
    ],
)
def test_columns_are_recognised_in_six_languages(header, table):
    names = header.split(";")
    samples = (["A1"], ["2024-01-01"], ["17"], ["2"], ["9.5"], ["tea"], ["web"])
    found = recognise.recognise(dict(zip(names, samples, strict=True)), "export")
    assert found.table == table
    amount = names[4] if "Unit" not in names[4] else "Quantity * UnitPrice"
    assert found.columns == {
        "customer_id": names[0], "order_time": names[1], "amount": amount, "order_id": names[2], "quantity": names[3],
        "category": names[5], "channel": names[6],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("header", "table"),
    [
        ("client,started_at,ended_at,mrr", "subscriptions"),
        ("Khách hàng,Ngày bắt đầu,Ngày kết thúc,Gói", "subscriptions"),
        ("user id,start date,cancelled on,monthly price", "subscriptions"),
        ("Ticket ID,Customer ID,Opened,Closed,Topic,Priority", "tickets"),
        ("ticket id,requester,created at,solved at", "tickets"),
        ("deal id,create date,source", "leads"),
        ("lead number,lead source,converted", "leads"),
        ("customer,nps score,survey date", "surveys"),
        ("campaign,customer,variant,sent at", "campaigns"),
        ("date,currency,exchange rate", "exchange_rates"),
        ("date,event,value", "calendar"),
        ("Von,Bis,Ereignis,Wert", "calendar"),
        ("Ngày,Sự kiện,Giá trị", "calendar"),
        ("customer,customer type,registered at", "customers"),
    ],
)
def test_tables_are_recognised_by_their_columns(header, table):
    assert recognise.recognise({name: [] for name in header.split(",")}, "export_1").table == table


def test_the_days_on_which_leads_were_won_and_lost_are_no_flags():
    days = ["13/03/2026", "14/03/2026"]
    values = {"Lead No": ["L1", "L2"], "Created": days, "Won on": days, "Lost on": days, "Source": ["Web"]}
    found = recognise.recognise(values, "export").columns
    assert (found["won_at"], found["lost_at"]) == ("Won on", "Lost on") and "won" not in found
    assert recognise.guess("leads", {"closed won when": days}).columns == {}
    assert recognise.guess("leads", {"won": ["yes", "no"]}).columns == {"won": "won"}


def test_a_test_is_drafted_with_what_it_needs_and_lots_are_asked_for(reports, tmp_path):
    rows = "".join(f"u{i},{'Mail' if i % 2 else 'No Mail'},{i % 2},{i}.5,{i}\n" for i in range(40))
    (tmp_path / "test.csv").write_text("visitor id,variant,converted,spend,recency\n" + rows)
    study, text = drafted(reports, tmp_path)
    assert (
        study.parameters["assigned"] == {"test": "unknown"} and study.parameters["control_arm"] == "No Mail"
    )
    assert study.parameters["unit_outcomes"] == ["converted", "spend"]
    assert study.parameters["unit_covariates"] == ["recency"]
    [line] = [one for one in text.splitlines() if one.startswith("parameters:")]
    assert "CHECK" in line and "randomized, if the arms were drawn by lot" in line


def test_a_file_beside_that_bears_a_tables_name_is_drafted_as_the_study_reads_it(reports, tmp_path, capsys):
    rows = "".join(f"c{i % 9},2026-03-{i % 28 + 1:02},{i}.50\n" for i in range(60))
    (tmp_path / "sales.csv").write_text("Customer,Date,Total\n" + rows)
    asked = "".join(f"T{i},c{i % 9},2026-03-{i % 28 + 1:02} 10:00,delivery\n" for i in range(30))
    (tmp_path / "tickets.csv").write_text("Ticket No,Client,Opened,Topic\n" + asked)
    study, _ = drafted(reports, tmp_path / "sales.csv")
    assert study.tables["tickets"].columns["customer_id"] == "Client"
    (tmp_path / "tickets.csv").write_bytes((tmp_path / "sales.csv").read_bytes())
    assert list(drafted(reports, tmp_path / "tickets.csv", name="shows")[0].tables) == ["transactions"]
    (tmp_path / "tickets.csv").write_text("place,price\nA1,5\n")
    assert cli.main(["new", "other", "--from", str(tmp_path / "sales.csv")]) == 2
    assert "tickets.csv lies in the same folder" in capsys.readouterr().err


def test_amounts_in_numbered_columns_are_added_up():
    plain = {"Order": ["R1", "R2"], "Customer": ["c1", "c2"], "Date": ["2026-03-01", "2026-03-02"]}
    parts = {"Qty 1": ["1"], "Price 1": ["4.50"], "Qty 2": ["2", "3"], "Price 2": ["1.25"]}
    found = recognise.recognise(plain | parts, "sales").columns
    assert found["amount"] == 'coalesce("Qty 1" * "Price 1", 0) + coalesce("Qty 2" * "Price 2", 0)'
    alone = recognise.recognise(plain | {"Price 1": ["4.50"], "Price 2": ["1.25"]}, "sales").columns
    assert alone["amount"] == 'coalesce("Price 1" * 1, 0) + coalesce("Price 2" * 1, 0)'


def test_sends_with_an_outcome_of_their_own_need_no_orders(reports, tmp_path):
    sends = "".join(
        f"m{i % 2},c{i // 2},2026-03-02,{'mail' if i % 3 else 'control'},{i % 5 == 0}\n" for i in range(120)
    )
    (tmp_path / "sends.csv").write_text("campaign,customer_id,sent_at,arm,converted\n" + sends)
    study, text = drafted(reports, tmp_path / "sends.csv", name="sends")
    columns = study.tables["experiment_units"].columns
    assert (columns["unit_id"], columns["stratum"], columns["cluster"]) == (
        "row_number",
        "campaign",
        "customer_id",
    )
    assert study.parameters["unit_outcomes"] == ["converted"] and "since no file has orders" in text
    orders = "".join(f"{i},c{i % 60},2026-03-{1 + i % 28:02d},{i}.5\n" for i in range(90))
    (tmp_path / "orders.csv").write_text("order_id,customer_id,order_time,amount\n" + orders)
    assert "campaigns" in drafted(reports, tmp_path, name="both")[0].tables


def test_since_when_a_unit_of_a_panel_is_treated_may_stand_under_a_longer_name():
    values = {"city": ["Hue", "Vinh"], "week": ["2025-01-06", "2025-01-13"], "sales": ["5", "6.5"]}
    found = recognise.recognise(values | {"campaign_start": ["2025-01-13"]}, "export")
    assert (found.table, found.columns.get("treated_from")) == ("panel", "campaign_start")
    assert "treated_from" not in recognise.recognise(values | {"opened_in": ["2025-01-13"]}, "export").columns


def test_a_unit_in_several_rows_and_a_store_of_one_arm_are_drafted_as_clusters(reports, tmp_path):
    sends = "".join(f"s{i},c{i // 3},{'Mail' if i // 3 % 2 else 'No Mail'},{i % 2}\n" for i in range(240))
    (tmp_path / "sends.csv").write_text("send,customer_id,variant,clicked\n" + sends)
    study, _ = drafted(reports, tmp_path / "sends.csv", name="sends")
    columns = study.tables["experiment_units"].columns
    assert columns["unit_id"] == "row_number" and columns["cluster"] == "customer_id"
    days = "".join(
        f"c{i // 3},2025-05-0{1 + i % 3},{'B' if i // 3 % 2 else 'control'},{i % 7},{i // 3 % 5},{i % 2}\n"
        for i in range(240)
    )
    (tmp_path / "days.csv").write_text("user,date,bucket,minutes,tenure,purchases\n" + days)
    study, _ = drafted(reports, tmp_path / "days.csv", name="days")
    assert study.tables["experiment_units"].columns["cluster"] == "user"
    assert study.parameters["unit_covariates"] == ["tenure"]  # minutes differ from day to day of a user
    stores = "".join(f"u{i},S{i % 12},{'new' if i % 2 else 'control'},{i % 5 == 0},{i}\n" for i in range(240))
    (tmp_path / "stores.csv").write_text("user_id,store,variant,bought,recency\n" + stores)
    study, text = drafted(reports, tmp_path / "stores.csv", name="stores")
    assert study.tables["experiment_units"].columns["cluster"] == "store" and "drawn_in_groups" in text
    assert study.parameters["unit_covariates"] == ["recency"]


@pytest.mark.parametrize(
    ("name", "header", "rows", "parameters"),
    [
        ("leads", "lead id,created at,source,converted at,loss reason,size",
         ["L{i},2024-01-0{d},web,2024-02-0{d},price,{i}"], {"after_outcome": ["loss reason"]}),
        ("surveys", "customer,survey date,score,question",
         ["c{i},2024-01-0{d},{d},Would you recommend us?", "c{i},2024-01-0{d},10,How was the food?"],
         {"recommend_question": "recommend", "survey_scale": "1-10"}),
        ("subscriptions", "client,started_at,ended_at,mrr", ["c{i},2024-01-0{d},,{i}"],
         {"fee_margin": 0.3, "period": "month"}),
        ("panel", "region,period,visits", ["r{d},2024-0{d}-01,{i}"], {"outcome_is_money": False}),
    ],
)  # fmt: skip
def test_every_table_is_drafted_with_the_parameters_its_page_is_best_read_with(
    reports, tmp_path, name, header, rows, parameters
):
    lines = [row.format(i=i, d=1 + i % 9) for i in range(27) for row in rows]
    (tmp_path / f"{name}.csv").write_text("\n".join([header, *dict.fromkeys(lines)]) + "\n")
    study, text = drafted(reports, tmp_path)
    assert name in study.tables and parameters.items() <= study.parameters.items(), study.parameters
    [line] = [one for one in text.splitlines() if one.startswith("parameters:")]
    assert all(f"{one}:" in line.partition("CHECK")[2] for one in parameters)
    assert "margin" not in study.parameters, "where nothing is sold, nobody is asked what is earned by it"


def test_names_are_compared_without_accents_capitals_and_marks():
    assert words.plain("UnitPrice") == words.plain("unit_price") == "unit price"
    assert (
        words.plain("Mã khách hàng") == "ma khach hang" and words.plain("Straße (Größe)") == "strasse grosse"
    )
    assert words.language(["รหัสลูกค้า", "ยอดขาย"]) == "th" and words.language(["Customer", "Date"]) is None


def test_files_of_equal_columns_are_one_table(reports, tmp_path, capsys):
    for month in (1, 2):
        (tmp_path / f"sales 2024-0{month}.csv").write_text(f"customer,date,total\na,2024-0{month}-01,5\n")
    (tmp_path / "customers.csv").write_text("customer_id,kind\na,consumer\n")
    study, _ = drafted(reports, tmp_path)
    assert study.tables["transactions"].path == "sales 2024-*.csv"
    assert set(study.tables) == {"transactions", "customers"}
    assert of_business(checked(study)["transactions"])[2] == 10.0
    (tmp_path / "other.csv").write_text("customer,date,total,note\nb,2024-01-01,5,x\n")
    drafted(reports, tmp_path, name="again")
    assert "not used, since another file is transactions already" in capsys.readouterr().out


def test_today_is_that_of_the_shop():
    west, east = (new._today_in(zone) for zone in ("Etc/GMT+12", "Pacific/Kiritimati"))  # 26 hours apart
    assert east > west


def test_as_of_is_never_after_today_and_amounts_may_be_quantity_times_price(reports, tmp_path):
    rows = [
        "C1,3/31/2025 09:15,2,$5.25,7,Yes",
        "C2,4/1/2025 10:00,1,$1.00,8,No",
        "C2,12/5/2062 10:00,1,$1.00,9,No",
    ]
    (tmp_path / "lines.csv").write_text(
        "\n".join(["CustomerID,InvoiceDate,Quantity,UnitPrice,InvoiceNo,Gift", *rows])
    )
    study, text = drafted(reports, tmp_path / "lines.csv")
    assert study.as_of == date(2025, 4, 1) and "1 later than today are left aside" in text
    assert study.currency == "USD" and study.tables["transactions"].date_format == "%m/%d/%Y %H:%M"
    with pytest.raises(StudyError, match="row 3"):
        checked(study)
    study, _ = drafted(reports, tmp_path / "lines.csv", name="settled", edit=REJECT_FUTURE)
    assert of_business(checked(study)["transactions"]) == (2, 2, 11.5)


def test_of_a_large_file_parts_are_read_to_its_end(reports, tmp_path, monkeypatch):
    for name, size in {"LARGE": 20_000, "EDGE": 4_000, "CHUNK": 500, "CHUNKS": 4}.items():
        monkeypatch.setattr(files, name, size)
    days = pd.date_range("2024-01-01", "2025-12-31", periods=5000)
    lines = [f'C{row % 99},{day:%d/%m/%Y},{row}.5,"a ""b"", c"' for row, day in enumerate(days)]
    (tmp_path / "orders.csv").write_text("\n".join(["customer,date,total,note", *lines, ""]))
    study, text = drafted(reports, tmp_path / "orders.csv")
    assert study.as_of == date(2025, 12, 31) and "in those parts of the file that were read" in text
    assert checked(study)["transactions"].used == 5000


# ---- known exports
@pytest.mark.parametrize("path", sorted(mappings.FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_mapping_can_be_read_and_names_its_document(path):
    mapping = mappings.load(path)
    assert mapping.document.startswith("http") and mapping.signature
    assert mapping.chosen(tuple(name for names in mapping.signature for name in names)), (
        "its signature is enough"
    )


def test_a_mapping_needs_all_of_its_signature_and_columns_that_are_there(tmp_path):
    shopify = mappings.load(mappings.FOLDER / "shopify_orders.yaml")
    columns = tuple(names[0] for names in shopify.signature)
    assert mappings.find(columns).title == shopify.title and mappings.find(columns[1:]) is None
    own = tmp_path / "own.yaml"
    own.write_text(
        "title: Own\ndocument: http://example.com\ntable: transactions\nsignature: [A, B]\n"
        "columns: {customer_id: A, order_time: B, amount: C}\n"
    )
    with pytest.raises(
        StudyError, match=r"own\.yaml maps amount of transactions to C, which the file does not have"
    ):
        mappings.load(own).chosen(("A", "B"))
    own.write_text(own.read_text().replace("C}", "B}") + "where: [A = ]\n")
    with pytest.raises(StudyError, match="'A =' under `where` is no SQL condition"):
        mappings.load(own)
    own.write_text("title: Own\n")
    with pytest.raises(StudyError, match="does not say `document`"):
        mappings.load(own)


SQUARE = """\
Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,Discounts,Net Sales,Tax,Transaction ID,\
Payment ID,Device Name,Notes,Details,Event Type,Location,Dining Option,Customer ID,Customer Name,Customer Reference ID
2026-06-01,10:15:00,Eastern Time (US & Canada),Tea,Oolong,2,Regular,,,$45.00,-$5.00,$40.00,$2.00,T1,P1,iPad,,,Payment,Main,,K1,A,
2026-06-01,10:15:00,Eastern Time (US & Canada),Cups,Bowl,1,Regular,,,"$1,010.50",$0.00,"$1,010.50",$2.00,T1,P1,iPad,,,Payment,Main,,K1,A,
2026-06-13,18:20:11,Eastern Time (US & Canada),Tea,Oolong,1,Regular,,,$22.50,$0.00,$22.50,$1.00,T2,P2,iPad,,,Payment,Main,,K2,B,
2026-06-14,09:00:00,Eastern Time (US & Canada),Tea,Oolong,-1,Regular,,,-$22.50,$0.00,-$22.50,-$1.00,T3,P2,iPad,,,Refund,Main,,K2,B,
2026-06-15,09:00:00,Eastern Time (US & Canada),Tea,Oolong,1,Regular,,,$22.50,$0.00,$22.50,$1.00,T4,P4,iPad,,,Payment,Main,,,,
"""  # noqa: E501 (rows as the export writes them)
PAYPAL = """\
"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address","To Email Address",\
"Transaction ID","Reference Txn ID","Balance"
"06/15/2026","13:57:10","PDT","A","Express Checkout Payment","Completed","USD","1,200.00","-35.10","1,164.90","A@x.example","shop@x.example","X1","","1,164.90"
"06/16/2026","09:00:00","PDT","B","Website Payment","Partially Refunded","USD","50.00","-1.75","48.25","b@x.example","shop@x.example","X2","","1,213.15"
"06/18/2026","10:00:00","PDT","B","Payment Refund","Completed","USD","-20.00","0.00","-20.00","shop@x.example","b@x.example","X3","X2","1,193.15"
"06/19/2026","10:00:00","PDT","","General Withdrawal","Completed","USD","-1,000.00","0.00","-1,000.00","","","X4","","193.15"
"06/20/2026","10:00:00","PDT","Software","PreApproved Payment Bill User Payment","Completed","USD","-54.99","0.00","-54.99","shop@x.example","s@x.example","X5","","138.16"
"06/21/2026","10:00:00","PDT","C","Express Checkout Payment","Denied","USD","75.00","0.00","75.00","c@x.example","shop@x.example","X6","","138.16"
"06/22/2026","10:00:00","PDT","A","Express Checkout Payment","Completed","USD","30.00","-1.17","28.83","a@x.example","shop@x.example","X7","","166.99"
"""  # noqa: E501 (rows as the export writes them)
KIOTVIET = """\
Mã hóa đơn;Thời gian;Mã khách hàng;Tên khách hàng;Chi nhánh;Mã hàng;Tên hàng;Số lượng;Đơn giá;Thành tiền;Khách cần trả;Khách đã trả;Trạng thái
HD1;15/06/2026 10:30;KH1;A;Quận 1;SP1;Phin;2;150.000;300.000;1.350.000;1.350.000;Hoàn thành
HD1;15/06/2026 10:30;KH1;A;Quận 1;SP2;Cà phê;7;150.000;1.050.000;1.350.000;1.350.000;Hoàn thành
HD2;16/06/2026 11:05;KH2;B;Quận 3;SP2;Cà phê;1;150.000;150.000;150.000;0;Đã hủy
HD3;17/06/2026 08:00;KH2;B;Quận 3;SP1;Phin;1;150.000;150.000;150.000;150.000;Hoàn thành
"""  # noqa: E501 (rows as the export writes them)


@pytest.mark.parametrize(
    ("text", "known", "wanted", "currency"),
    [
        (SQUARE, "Square, item details", (2, 3, 1050.50), "USD"),
        (PAYPAL, "PayPal, activity download", (2, 3, 1260.0), "USD"),
        (KIOTVIET, "KiotViet, hóa đơn (invoices)", (2, 2, 1500000.0), "VND"),
    ],
    ids=["square", "paypal", "kiotviet"],
)
def test_exports_made_from_their_documents_come_out_to_the_cent(
    reports, tmp_path, capsys, text, known, wanted, currency
):
    (tmp_path / "export.csv").write_text(text, encoding="utf-8")
    study, _ = drafted(reports, tmp_path / "export.csv")
    assert f"known as {known}" in capsys.readouterr().out
    assert of_business(checked(study)["transactions"]) == wanted
    assert study.currency == currency and study.as_of >= date(2026, 6, 14)


@needs_cases
def test_a_status_outside_the_list_stops_the_run(reports, tmp_path):
    folder = tmp_path / "files"
    shutil.copytree(Path(CASES) / "stripe", folder)
    file = folder / "unified_payments.csv"
    file.write_text(
        file.read_text(encoding="utf-8").replace(",Failed,", ",Held for review,", 1), encoding="utf-8"
    )
    study, _ = drafted(reports, folder)
    with pytest.raises(StudyError, match=r"'Held for review' \(× 1\).*unknown_values"):
        checked(study)


@pytest.mark.parametrize(
    ("currency", "timezone", "spoken", "country"),
    [
        ("VND", "UTC", None, "VN"), ("THB", "Asia/Bangkok", "th", "TH"), ("GBP", "UTC", None, "GB"),
        ("INR", "Asia/Kolkata", None, "IN"), ("CHF", "UTC", "de", "CH"), ("EUR", "Europe/Madrid", None, "ES"),
        ("EUR", "Europe/Berlin", "de", "DE"), ("EUR", "UTC", "fr", "FR"), ("EUR", "UTC", "vi", ""), ("EUR", "UTC", None, ""),
        ("USD", "America/Chicago", None, "US"), ("USD", "UTC", None, ""), ("USD", "America/Puerto_Rico", None, ""),
        ("XXX", "UTC", "xx", ""),
    ],
)  # fmt: skip
def test_the_country_is_proposed_to_be_checked_or_not_at_all(currency, timezone, spoken, country):
    found, why = home_country.country(currency, timezone, spoken)
    assert found == country and why.startswith("CHECK: ") == bool(country)


def test_every_country_that_is_proposed_is_one_a_study_may_have():
    for code in ("VND", "THB", "GBP", "JPY", "PLN", "BRL", "KES", "XOF"):
        found, _ = home_country.country(code, "UTC", None)
        assert country.checked(found, "country") == found
