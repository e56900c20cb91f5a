"""Files in the formats people have: read when the study says so, refused with a line that helps, never guessed."""

import gzip
import os
import unicodedata
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from formats_support import TODAY, checked, follow, lines_of, load, totals
from tables_support import HEADER, rows, study, write
from workbook_support import workbook

from helpers import tables
from helpers.contracts import date_formats, number_formats
from helpers.errors import StudyError
from helpers.study import parts
from helpers.tables import sniffing, zones

CASES = os.environ.get("CRM_CASES")
needs_cases = pytest.mark.skipif(not CASES, reason="CRM_CASES names no folder of cases")
ENGLISH = {"customer_id": "Customer", "order_time": "Date", "order_id": "Invoice", "amount": "Sales"}
GERMAN = {"customer_id": "Kundennr", "order_time": "Datum", "order_id": "Beleg", "amount": "Betrag"}
VIETNAMESE = {
    "customer_id": "Mã khách hàng",
    "order_time": "Ngày",
    "order_id": "Mã hóa đơn",
    "amount": "Tổng tiền",
}
LINES = [HEADER, "1,2010-12-01,5", "2,2010-12-02,6.5"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def read(folder, name="transactions", zone="Europe/London", **spec):
    return tables.open_source(study(folder, zone=zone, **{name: spec})).read(name)


def refusal(folder, name="transactions", zone="Europe/London", **spec) -> str:
    with pytest.raises(StudyError) as error:
        read(folder, name, zone, **spec)
    return str(error.value)


def amounts(folder, **spec) -> list:
    return [amount for (amount,) in rows(read(folder, **spec), "amount")]


def days(folder, **spec) -> list:
    return [time for (time,) in rows(read(folder, **spec), "order_time")]


# ---- the cases, with the lines that the refusals name
@needs_cases
@pytest.mark.grid  # one export after another, each with the lines that its refusals name
@pytest.mark.parametrize(
    ("case", "table", "currency", "found"),
    [
        ("xlsx", {"path": "orders.xlsx", "columns": ENGLISH}, "USD", (250, 1019, 144219.66)),
        ("utf16", {"path": "orders.csv", "columns": ENGLISH}, "USD", (250, 1019, 144219.66)),
        ("monthly", {"path": "orders *.csv", "columns": ENGLISH}, "USD", (46, 81, 11622.93)),
        ("thai_latin_header", {"path": "sales.csv", "columns": {"order_time": "date"}}, "THB", (250, 1019, 144219.66)),
        ("excel_de", {"path": "umsatz.csv", "columns": GERMAN}, "EUR", (250, 1019, 1442196.60)),
        ("excel_title_rows", {"path": "umsatz.csv", "columns": GERMAN}, "EUR", (250, 1019, 1442196.60)),
        ("excel_us_money", {"path": "sales.csv", "columns": ENGLISH}, "USD", (250, 1019, 2488837.60)),
        ("vn_cp1258", {"path": "hoadon.csv", "columns": VIETNAMESE}, "VND", (250, 1019, 143548000)),
        ("vn_dots", {"path": "hoadon.csv", "columns": VIETNAMESE, "thousands": "."}, "VND", (250, 1019, 143548000)),
        ("vn_mixed", {"path": "hoadon.csv", "columns": VIETNAMESE}, "VND", (250, 1019, 194548000)),
        ("attr_revenue", {}, "USD", (250, 0, 144219.66)),
    ],
)  # fmt: skip
def test_the_cases_come_out_to_the_cent(tmp_path, case, table, currency, found):
    report, messages = follow(tmp_path, Path(CASES) / case, table, currency=currency)
    assert totals(report) == found
    assert len(messages) <= 4


@needs_cases
def test_the_cases_name_their_encodings_with_their_words(tmp_path):
    for case, file, line, word in (
        ("thai_latin_header", "sales.csv", "`encoding: cp874`", "'กรุงเทพ'"),
        ("vn_cp1258", "hoadon.csv", "`encoding: cp1258`", "'Mã khách hàng'"),
    ):
        message = refusal(Path(CASES) / case, path=file)
        assert line in message and word in message and "cp1252" not in message


@needs_cases
def test_the_edges_of_dates_are_read_or_refused(tmp_path):
    stated = {"path": "orders.csv", "columns": {"order_time": "date"}}
    report, messages = follow(tmp_path, Path(CASES) / "date_edges", stated)
    assert "10 rows with a value that is not a date or time" in messages[0]
    assert report.used == 11  # one of them in UTC, as it says


# ---- encodings
def test_an_encoding_is_named_by_how_its_words_would_read(tmp_path):
    marks = unicodedata.normalize("NFD", "Mã khách hàng").replace("a\u0302", "â").replace("e\u0302", "ê")
    for words, encoding in (
        ("Müller Straße", "cp1252"),
        ("กรุงเทพ", "cp874"),
        ("Москва", "cp1251"),
        (marks, "cp1258"),
    ):
        write(tmp_path, HEADER + ",category", f"1,2010-12-01,5,{words}", encoding=encoding)
        message = refusal(tmp_path)
        shown = unicodedata.normalize("NFC", words)
        assert lines_of(message)[0] == {"encoding": encoding}, message
        assert f"reads {shown!r}" in message
        assert rows(read(tmp_path, encoding=encoding), "category") == [(shown,)]


def test_a_wrong_encoding_is_refused_with_another_that_reads(tmp_path):
    write(tmp_path, HEADER + ",category", "1,2010-12-01,5,Müller", encoding="cp1252")
    _, messages = follow(
        tmp_path, tmp_path, {"path": "transactions.csv", "encoding": "ascii"}, as_of="2010-12-31"
    )
    assert "0xfc does not exist in the stated encoding 'ascii'" in messages[0]
    write(tmp_path, HEADER, "1,2010-12-01,5", encoding="utf-16")
    message = refusal(tmp_path, encoding="cp1252")
    assert "byte order mark of utf-16" in message and "`encoding: utf-16`" in message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_a_byte_order_mark_says_the_encoding(tmp_path, encoding):
    write(tmp_path, HEADER + ",category", "1,2010-12-01,5,đ", encoding=encoding)
    assert rows(read(tmp_path), "customer_id", "category") == [("1", "đ")]


def test_utf16_without_a_mark_is_named(tmp_path):
    write(tmp_path, HEADER, "1,2010-12-01,5", encoding="utf-16-le")
    report, messages = follow(tmp_path, tmp_path, {"path": "transactions.csv"}, as_of="2010-12-31")
    assert report.used == 1 and any("utf-16-le" in message for message in messages)


def test_marks_apart_are_composed_across_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.tables.encodings.BLOCK", 7)
    lines = ["customer_id,order_time,amount,category"] + ["1,2010-12-01,5,ma\u0301"] * 20
    write(tmp_path, *lines, encoding="cp1258")
    assert set(rows(read(tmp_path, encoding="cp1258"), "category")) == {("má",)}


# ---- headers
def test_a_line_that_says_the_delimiter_is_heard(tmp_path):
    write(tmp_path, "sep=;", *(line.replace(",", ";") for line in LINES))
    assert amounts(tmp_path) == [5.0, 6.5]
    assert "says sep=; in its first line" in refusal(tmp_path, delimiter="|")


def test_titles_above_and_totals_below(tmp_path):
    write(tmp_path, "Sales report", "", *LINES, "Total: 2 rows", "printed on Monday")
    report, messages = follow(tmp_path, tmp_path, {"path": "transactions.csv"}, as_of="2010-12-31")
    assert [lines_of(message)[0] for message in messages] == [{"header_row": 3}, {"footer_rows": 2}]
    assert rows(report.accepted, "amount") == [(5.0,), (6.5,)]
    write(tmp_path, "Sales report,,", *LINES, "Total,,11.5")
    report, messages = follow(tmp_path, tmp_path, {"path": "transactions.csv"}, as_of="2010-12-31")
    assert lines_of(messages[0])[0] == {"header_row": 2}
    assert lines_of(messages[1])[0] == {"rules": {"no_order_time": "reject"}}
    assert report.used == 2 and report.set_aside == 1
    assert "has no line 9" in refusal(tmp_path, header_row=9)


def test_trailing_commas_make_no_column(tmp_path):
    write(tmp_path, *(line + "," for line in LINES))
    assert amounts(tmp_path) == [5.0, 6.5]
    write(tmp_path, LINES[0], *(line + ",," for line in LINES[1:]))
    assert amounts(tmp_path) == [5.0, 6.5]
    write(tmp_path, *(line + "," for line in LINES[:-1]), LINES[-1] + ",odd", name="transactions.csv")
    message = refusal(tmp_path)
    assert "column 4 has no name in the header, and holds values such as 'odd'" in message
    assert amounts(tmp_path, rename_columns={4: "note"}) == [5.0, 6.5]


def test_line_breaks_and_decomposed_names_in_a_header(tmp_path):
    write(tmp_path, '"Cust\nNo",Ng\u0061\u0300y,Qty,"Unit\r\nPrice"', "1,2010-12-01,2,5")
    columns = {"customer_id": "Cust No", "order_time": "Ngày", "amount": 'Qty * "Unit Price"'}
    assert amounts(tmp_path, columns=columns) == [10.0]
    columns |= {"order_time": "Nga\u0300y"}
    assert amounts(tmp_path, columns=columns) == [10.0]


def test_names_that_differ_in_capitals_only(tmp_path):
    write(tmp_path, HEADER + ",Channel,channel", "1,2010-12-01,5,a,b")
    message = refusal(tmp_path)
    assert "'Channel' and 'channel' differ in capitals only in the header (columns 4 and 5)" in message
    assert lines_of(message) == [{"rename_columns": {5: "channel 2"}}]
    spec = {"rename_columns": {5: "channel 2"}, "columns": {"channel": "channel 2"}}
    assert rows(read(tmp_path, **spec), "channel") == [("b",)]
    assert "has 5 columns" in refusal(tmp_path, rename_columns={7: "x"})


def test_an_attribute_called_like_a_column_of_the_contract(tmp_path):
    write(tmp_path, "customer_id,Channel,rule,_id", "1,web,x,7", name="customers.csv")
    report, messages = follow(tmp_path, tmp_path, {"path": "customers.csv"}, name="customers")
    assert lines_of(messages[0])[0] == {"columns": {"channel": "Channel"}}
    assert lines_of(messages[1])[0] == {"columns": {"rule_in_file": "rule"}}
    assert rows(report.accepted, "channel", "rule_in_file", "id") == [("web", "x", 7.0)]


def test_an_attribute_called_revenue_is_an_attribute(tmp_path):
    write(tmp_path, "customer_id,revenue", "1,1M", "2,x", name="customers.csv")
    report = checked(load(tmp_path, tmp_path, {"path": "customers.csv"}, name="customers"))
    assert rows(report.accepted, "revenue") == [("1M",), ("x",)] and report.money is None


# ---- numbers
@pytest.mark.grid
@pytest.mark.parametrize(
    ("written", "line", "read_as"),
    [
        (["1,234.50-", "7"], {"thousands": ",", "negative": "trailing"}, [-1234.5, 7]),
        (["(123.45)", "5"], {"negative": "parentheses"}, [-123.45, 5]),
        (["$1,234.00", "-$5", "($2)", "$ 0.5"], {"thousands": ",", "currency_sign": "$", "negative": "parentheses"},
         [1234, -5, -2, 0.5]),
        (["1.234.567 đ", "449.000 đ"], {"thousands": ".", "currency_sign": "đ"}, [1234567, 449000]),
        (["12,34,567.89", "1,00,000", "999"], {"thousands": ",", "grouping": "indian"}, [1234567.89, 100000, 999]),
        (["1 234,50", "7,5"], {"decimal": ",", "thousands": " "}, [1234.5, 7.5]),
        (["1'234.50", "1’000"], {"thousands": "'"}, [1234.5, 1000]),
        (["EUR 12.50", "12.50 EUR"], {"currency_sign": "EUR"}, [12.5, 12.5]),
    ],
)  # fmt: skip
def test_numbers_written_another_way(tmp_path, written, line, read_as):
    write(tmp_path, HEADER, *(f'1,2010-12-0{n},"{value}"' for n, value in enumerate(written, start=1)))
    report, messages = follow(tmp_path, tmp_path, {"path": "transactions.csv"}, as_of="2010-12-31")
    assert lines_of(messages[0])[0] == line
    assert [amount for (amount,) in rows(report.accepted, "amount")] == read_as


@pytest.mark.parametrize(
    ("day", "amount", "settings"),
    [
        ("๓๑/๑๒/๒๕๕๓", "๑,๒๓๔.๕๐", {"date_format": "%d/%m/%Y", "years": "buddhist", "thousands": ","}),
        ("٢٠١٠-١٢-٣١", "١٬٢٣٤٫٥٠", {"thousands": ","}),
        ("३१-१२-२०१०", "१२३४.५०", {"date_format": "%d-%m-%Y"}),
        ("２０１０／１２／３１", "１２３４．５０", {"date_format": "%Y/%m/%d"}),
    ],
)
def test_digits_of_other_scripts_are_digits(tmp_path, day, amount, settings):
    dates, numbers = date_formats.propose([day], TODAY), number_formats.propose([amount])
    assert dates.settings | numbers.settings == settings
    write(tmp_path, HEADER, f'๗,{day},"{amount}"')
    table = read(tmp_path, **settings)
    assert rows(table, "customer_id", "order_time", "amount") == [("๗", datetime(2010, 12, 31), 1234.5)]


def test_a_point_for_thousands_leaves_the_comma_for_decimals(tmp_path):
    write(tmp_path, HEADER, *(f'1,2010-12-01,"{value}"' for value in ("449.000", "1.5", "1.234,5", "12.34")))
    assert amounts(tmp_path, thousands=".") == [449000.0, None, 1234.5, None]


def test_signs_that_are_not_stated_stay_unreadable(tmp_path):
    write(
        tmp_path,
        HEADER,
        *(f'1,2010-12-01,"{value}"' for value in ("$5", "(5)", "5-", "$5 kg", "($5", "--5", "5$$", "−5")),
    )
    assert amounts(tmp_path) == [None] * 7 + [-5]
    said = {"currency_sign": "$", "negative": "parentheses"}
    assert amounts(tmp_path, **said) == [5, -5, None, None, None, None, None, -5]


def test_amounts_in_several_currencies_are_no_matter_of_signs(tmp_path):
    write(tmp_path, HEADER, "1,2010-12-01,$5", "1,2010-12-01,€6")
    with pytest.raises(StudyError, match=r"several signs \(\$, €\): export the currency as a column"):
        checked(load(tmp_path, tmp_path, {"path": "transactions.csv"}, as_of="2010-12-31"))


@pytest.mark.parametrize(
    ("texts", "choices"),
    [
        (["1,234"], ({"thousands": ","}, {"decimal": ","})),
        (["449.000"], ({}, {"thousands": "."})),
        (["449.000", "1.449.000"], ({"thousands": "."},)),
        (["1.234", "1.5"], ({},)),
        (["1,234", "1,5"], ({"decimal": ","},)),
        (["12"], ({},)),
    ],
)
def test_what_numbers_prove(texts, choices):
    assert number_formats.propose(texts).choices == choices


@pytest.mark.parametrize("text", ["1e400", "0x10", "x", "5%", "5 pcs", "1,2.3", "1-2", "7 8 2010 b"])
def test_what_is_no_number_is_proposed_nothing(text):
    assert number_formats.propose([text]) is None


# ---- dates
NOON = datetime(2026, 6, 30, 14, 5)


@pytest.mark.grid
@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("46203", {"date_format": "excel"}),
        ("46203.5868055556", {"date_format": "excel"}),
        ("1782803100", {"date_format": "unix"}),
        ("1782803100000", {"date_format": "unix_ms"}),
        ("06/30/2026 02:05 PM", {"date_format": "%m/%d/%Y %I:%M %p"}),
        ("30/6/2026 2:05 p. m.", {"date_format": "%d/%m/%Y %I:%M %p"}),
        ("June 30, 2026", {"date_format": "%B %d, %Y"}),
        ("30-Jun-26", {"date_format": "%d-%B-%y"}),
        ("30. Juni 2026 14:05", {"date_format": "%d. %B %Y %H:%M"}),
        ("30 juin 2026", {"date_format": "%d %B %Y"}),
        ("30 de junio de 2026", {"date_format": "%d de %B de %Y"}),
        ("30 tháng 6, 2026", {"date_format": "%d %B, %Y"}),
        ("ngày 30 tháng 06 năm 2026", {"date_format": "ngày %d %B năm %Y"}),
        ("30 มิ.ย. 2569", {"date_format": "%d %B %Y", "years": "buddhist"}),
        ("30 มิถุนายน 2569 14:05", {"date_format": "%d %B %Y %H:%M", "years": "buddhist"}),
        ("30/06/2569", {"date_format": "%d/%m/%Y", "years": "buddhist"}),
        ("20260630", {"date_format": "%Y%m%d"}),
        ("2026-06", {"date_format": "%Y-%m"}),
        ("06/2026", {"date_format": "%m/%Y"}),
        ("Juni 2026", {"date_format": "%B %Y"}),
        ("2026-6-30", {"date_format": "%Y-%m-%d"}),
        ("30/06/2026 14:05 +0700", {"date_format": "%d/%m/%Y %H:%M %z"}),
    ],
)
def test_dates_written_another_way(tmp_path, written, line):
    write(tmp_path, HEADER, f'1,"{written}",5', f'2,"{written}",6')
    report, messages = follow(tmp_path, tmp_path, {"path": "transactions.csv"})
    assert lines_of(messages[0])[0] == line
    clock = any(mark in written for mark in (":", ".58", "17828"))
    day = 1 if line["date_format"] in ("%Y-%m", "%m/%Y", "%B %Y") else 30  # a month is its first day
    assert rows(report.accepted, "order_time")[0] == (NOON if clock else datetime(2026, 6, day),)


def test_a_leap_day_of_the_buddhist_era_and_short_years(tmp_path):
    write(tmp_path, HEADER, "1,29/02/2567,1", "1,30/06/2026,1")
    assert days(tmp_path, date_format="%d/%m/%Y", years="buddhist") == [
        datetime(2024, 2, 29),
        datetime(1483, 6, 30),
    ]
    write(tmp_path, HEADER, "1,2567-02-29,1", "1,2567-02-29T10:00:00Z,1", "1,2567-02-30,1")
    assert days(tmp_path, years="buddhist") == [datetime(2024, 2, 29), datetime(2024, 2, 29, 10), None]
    write(tmp_path, HEADER, "1,29/2/67,1")
    assert days(tmp_path, date_format="%d/%m/%y", years="buddhist") == [datetime(2024, 2, 29)]


def test_every_months_name_is_its_month():
    assert {date_formats.with_month_number(f"5 {name} 2026")[0] for name in date_formats.MONTHS} == {
        f"5 {month:02} 2026" for month in range(1, 13)
    }


def test_months_names_are_read_on_the_engine_as_here(tmp_path):
    names = list(date_formats.MONTHS)
    write(
        tmp_path,
        HEADER,
        *(f'{n},"5 {name.title()} 2026",1' for n, name in enumerate(names)),
        "x,5 13 2026,1",
        "x,5 martes 2026,1",
    )
    found = days(tmp_path, date_format="%d %B %Y")
    assert found[:-2] == [datetime(2026, int(date_formats.MONTHS[name]), 5) for name in names]
    assert found[-2:] == [None, None]


def test_a_serial_number_that_is_no_day(tmp_path):
    write(tmp_path, HEADER, *(f"1,{value},1" for value in ("0.5", "-1", "2958466", "1e9", "x", "60")))
    assert days(tmp_path, date_format="excel")[:5] == [None] * 5
    assert days(tmp_path, date_format="unix")[2:5] == [
        datetime(1970, 2, 4, 6, 47, 46),
        datetime(2001, 9, 9, 2, 46, 40),
        None,
    ]


def test_columns_may_have_formats_of_their_own(tmp_path):
    write(tmp_path, HEADER + ",paid_at", "1,30.06.2026,5,06/30/2026")
    spec = {"date_format": "%d.%m.%Y", "date_formats": {"paid_at": "%m/%d/%Y"}}
    assert rows(read(tmp_path, **spec), "order_time", "paid_at") == [(datetime(2026, 6, 30),) * 2]
    with pytest.raises(StudyError) as error:
        checked(load(tmp_path, tmp_path, {"path": "transactions.csv", "date_format": "%d.%m.%Y"}))
    assert {"date_formats": {"COLUMN": "%m/%d/%Y"}} in lines_of(str(error.value))


def test_a_column_in_utc_is_not_local_in_silence(tmp_path):
    write(tmp_path, "customer_id,Created (UTC),amount", "1,2026-06-29 23:30,5")
    table = {"path": "transactions.csv", "columns": {"order_time": "Created (UTC)"}}
    report, messages = follow(tmp_path, tmp_path, table)
    assert "says a time zone" in messages[0] and len(messages) == 1
    assert rows(report.accepted, "order_time") == [(datetime(2026, 6, 30, 6, 30),)]
    local = table | {"timezones": {"order_time": "Asia/Ho_Chi_Minh"}}
    assert rows(checked(load(tmp_path, tmp_path, local)).accepted, "order_time") == [
        (datetime(2026, 6, 29, 23, 30),)
    ]
    assert days(tmp_path, zone="UTC", columns=table["columns"]) == [datetime(2026, 6, 29, 23, 30)]
    write(tmp_path, "customer_id,Created (UTC),amount", "1,2026-06-29T23:30:00Z,5")
    assert days(tmp_path, zone="Asia/Ho_Chi_Minh", columns=table["columns"]) == [datetime(2026, 6, 30, 6, 30)]


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Created date (UTC)", "UTC"), ("created_at_utc", "UTC"), ("createdUTC", "UTC"), ("Date (GMT+7)", "Etc/GMT-7"),
        ("Time [PST]", "America/Los_Angeles"), ("Date (Asia/Bangkok)", "Asia/Bangkok"), ("Date", None), ("best", None),
        ("utcoming", None), ("est", None),
    ],
)  # fmt: skip
def test_zones_in_names(name, zone):
    assert zones.named_in(name) == zone


# ---- several files, and packed ones
def test_monthly_files_are_one_table(tmp_path):
    for month in ("02", "01"):
        write(tmp_path, HEADER, f"{month},2010-{month}-01,5", name=f"orders 2010-{month}.csv")
    (tmp_path / ".orders 2010-03.csv").write_text("hidden")
    assert rows(read(tmp_path, path="orders *.csv"), "customer_id", "_row") == [("01", 1), ("02", 2)]
    folder = tmp_path / "transactions"
    folder.mkdir()
    for file in tmp_path.glob("orders*"):
        file.rename(folder / file.name)
    assert rows(read(tmp_path), "customer_id") == [("01",), ("02",)]
    write(folder, HEADER + ",tip", "3,2010-03-01,5,1", name="orders 2010-03.csv")
    assert rows(read(tmp_path), "customer_id", "amount") == [("01", 5.0), ("02", 5.0), ("3", 5.0)]
    write(folder, "amount,order_time,customer_id", "5,2010-03-01,3", name="orders 2010-03.csv")
    assert rows(read(tmp_path), "customer_id", "amount") == [("01", 5.0), ("02", 5.0), ("3", 5.0)]
    with pytest.raises(StudyError, match=r"sales \*\.csv of the table transactions is not in"):
        tables.open_source(study(tmp_path, transactions={"path": "sales *.csv"}))
    assert [path.name for path in parts.parts_of(folder)] == [f"orders 2010-0{n}.csv" for n in (1, 2, 3)]


def test_a_zip_of_one_file(tmp_path):
    def packed(*files):
        with zipfile.ZipFile(tmp_path / "transactions.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in files:
                archive.writestr(name, text)

    text = "\n".join(LINES)
    packed(("orders.csv", text), ("__MACOSX/._orders.csv", "x"))
    assert amounts(tmp_path) == [5.0, 6.5]
    packed(("a.csv", text), ("b.csv", text))
    assert "holds a.csv, b.csv: an archive of exactly one file is read" in refusal(tmp_path)
    packed()
    assert "holds no file" in refusal(tmp_path)
    workbook(
        tmp_path / "inside.xlsx",
        {"A": [["customer_id", "order_time", "amount"], ["1", date(2010, 12, 1), 5]]},
    )
    packed(("orders.xlsx", (tmp_path / "inside.xlsx").read_bytes()))
    assert amounts(tmp_path) == [5.0]


def test_what_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.tables.contents.LARGE", 1 << 20)
    zeros = (HEADER + "\n").encode() + b"0" * (3 << 20)
    with zipfile.ZipFile(tmp_path / "transactions.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.csv", zeros)
    assert "which no table does" in refusal(tmp_path)
    (tmp_path / "transactions.zip").unlink()
    (tmp_path / "transactions.csv.gz").write_bytes(gzip.compress(zeros))
    assert "which no table does" in refusal(tmp_path)
    (tmp_path / "transactions.csv.gz").unlink()
    workbook(tmp_path / "transactions.xlsx", {"A": [["a" * (3 << 20)]]})
    assert "which no table does" in refusal(tmp_path)


def test_files_that_are_not_what_their_names_say(tmp_path):
    text = "\n".join(LINES).encode()
    for name, content, said in (
        ("transactions.csv.gz", text, '`path: "transactions.csv"`'),
        ("transactions.csv", gzip.compress(text), '`path: "transactions.csv.gz"`'),
        ("transactions.xlsx", text, '`path: "transactions.csv"`'),
        ("transactions.zip", text, '`path: "transactions.csv"`'),
        ("transactions.parquet", text, "not a Parquet file"),
        ("transactions.csv", b"<html><table>", "holds a web page"),
        ("transactions.csv", b'[{"a": 1}]', '`path: "transactions.json"`'),
        ("transactions.csv", b"\xd0\xcf\x11\xe0old", "save it as .xlsx without a password"),
        ("transactions.csv", b"%PDF-1.7", "is a PDF"),
        ("transactions.csv.gz", gzip.compress(text)[:-9], "damaged or not whole"),
        ("transactions.zip", b"PK\x03\x04broken", "damaged or not whole"),
    ):
        (tmp_path / name).write_bytes(content)
        assert said in refusal(tmp_path), name
        (tmp_path / name).unlink()
    workbook(tmp_path / "transactions.csv", {"A": [["customer_id"]]})
    message = refusal(tmp_path)
    assert "is a workbook, not what its ending says: rename it to transactions.xlsx" in message
    (tmp_path / "transactions.csv").rename(tmp_path / "transactions.xlsx")
    assert "no column order_time" in refusal(tmp_path, **lines_of(message)[0])


def test_one_bad_line_among_many_is_named(tmp_path):
    lines = [f"{n},2010-12-01,5" for n in range(300_000)]
    lines[250_000] = "x,2010-12-01,5,9"
    write(tmp_path, "title", "", HEADER, *lines)
    message = refusal(tmp_path, header_row=3)
    assert "1 line does not have the 3 fields of the header (line 250004: x,2010-12-01,5,9)" in message
    lines[250_000] = '"x,2010-12-01,5'
    write(tmp_path, HEADER, *lines)
    assert "250002" in refusal(tmp_path)


# ---- workbooks
SHEET = [
    ["customer_id", "order_time", "amount", "order_id"],
    [17850, datetime(2026, 6, 30, 14, 5), 12.5, "007"],
]


def test_a_workbooks_numbers_and_dates_are_their_own(tmp_path):
    workbook(tmp_path / "transactions.xlsx", {"Data": SHEET})
    german = {"decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y"}
    for spec in ({}, german):
        assert rows(read(tmp_path, **spec), "customer_id", "order_time", "amount", "order_id") == [
            ("17850", NOON, 12.5, "007"),
        ]  # fmt: skip


def test_text_and_numbers_in_one_column_are_read_alike(tmp_path):
    more = [
        [1, "30.06.2026", "1.234,5", "a"],
        [2, date(2026, 6, 29), 1.25, "b"],
        [3, date(2026, 6, 28), 2000, "c"],
    ]
    workbook(tmp_path / "transactions.xlsx", {"Data": SHEET[:1] + more})
    spec = {"decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y"}
    assert rows(read(tmp_path, **spec), "order_time", "amount") == [
        (datetime(2026, 6, 30), 1234.5), (datetime(2026, 6, 29), 1.25), (datetime(2026, 6, 28), 2000.0),
    ]  # fmt: skip


def test_sheets_are_named_where_there_are_several(tmp_path):
    notes = [["read me"]]
    workbook(
        tmp_path / "transactions.xlsx", {"Notes": notes, "Data": SHEET, "Old": SHEET[:1]}, hidden=["Old"]
    )
    message = refusal(tmp_path)
    assert "has the sheets Notes, Data, Old (hidden)" in message
    assert lines_of(message) == [{"sheet": "Notes"}, {"sheet": "Data"}]
    assert amounts(tmp_path, sheet="Data") == [12.5]
    assert amounts(tmp_path, sheet="Old") == []
    assert "has no sheet Nowhere" in refusal(tmp_path, sheet="Nowhere")
    workbook(tmp_path / "transactions.xlsx", {"Secret": SHEET, "Data": SHEET}, hidden=["Secret"])
    assert amounts(tmp_path) == [12.5]


def test_titles_totals_and_blank_rows_of_a_sheet(tmp_path):
    sheet = [["Sales report"], [None], *SHEET, ["Total", None, 12.5, None], [None], [""]]
    workbook(tmp_path / "transactions.xlsx", {"Data": sheet})
    message = refusal(tmp_path)
    assert "row 1 (Sales report) does not name the columns; row 3 does" in message
    assert lines_of(message) == [{"header_row": 3}]
    assert amounts(tmp_path, header_row=3) == [12.5, 12.5]
    assert amounts(tmp_path, header_row=3, footer_rows=1) == [12.5]


def test_formulas_give_their_last_result_or_are_refused(tmp_path):
    formula = "<c><f>2+3</f><v>5</v></c>"
    workbook(tmp_path / "transactions.xlsx", {"Data": [*SHEET, ["1", date(2026, 6, 1), formula, "x"]]})
    assert amounts(tmp_path) == [12.5, 5.0]
    workbook(
        tmp_path / "transactions.xlsx", {"Data": [*SHEET, ["1", date(2026, 6, 1), "<c><f>2+3</f></c>", "x"]]}
    )
    assert "1 formulas have no result in the file (first C3)" in refusal(tmp_path)


def test_errors_in_cells_are_not_blanks(tmp_path):
    error = '<c t="e"><v>#DIV/0!</v></c>'
    workbook(tmp_path / "transactions.xlsx", {"Data": [*SHEET, ["1", date(2026, 6, 1), error, "x"]]})
    assert rows(read(tmp_path), "amount", "amount__given") == [(12.5, None), (None, "#DIV/0!")]


def test_merged_cells_among_the_rows_are_refused(tmp_path):
    workbook(
        tmp_path / "transactions.xlsx",
        {"Data": [["Report"], *SHEET, [None, date(2026, 6, 1), 1, "x"]]},
        merged=["A3:A4"],
    )
    assert "merged cells lie in the table (A3:A4)" in refusal(tmp_path, header_row=2)
    workbook(tmp_path / "transactions.xlsx", {"Data": [["Report"], *SHEET]}, merged=["A1:D1"])
    assert amounts(tmp_path, header_row=2) == [12.5]


def test_dates_before_1900_are_no_dates(tmp_path):
    old = ["31/12/1899", '<c s="1"><v>-5</v></c>', '<c s="1"><v>0.25</v></c>']
    workbook(tmp_path / "transactions.xlsx", {"Data": [*SHEET, *([1, value, 1, "x"] for value in old)]})
    assert days(tmp_path) == [NOON, None, None, None]


def test_a_damaged_workbook_is_said_so(tmp_path):
    with zipfile.ZipFile(tmp_path / "transactions.xlsx", "w") as file:
        file.writestr("xl/workbook.xml", "<workbook")
    assert "is a damaged workbook" in refusal(tmp_path)


def test_a_stray_cell_far_out_is_named_instead_of_filling_the_memory(tmp_path):
    workbook(
        tmp_path / "near.xlsx", {"A": [["customer_id", "order_time", "amount"], ["1", "2010-12-01", 5.0]]}
    )
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with (
        zipfile.ZipFile(tmp_path / "near.xlsx") as near,
        zipfile.ZipFile(tmp_path / "transactions.xlsx", "w") as made,
    ):
        for name in near.namelist():
            made.writestr(name, near.read(name).replace(b"</sheetData>", far))
    (tmp_path / "near.xlsx").unlink()
    message = refusal(tmp_path)
    assert "7 filled cells lie in 1,048,576 rows and 16,384 columns, the last at XFD1048576" in message
    assert "delete what stands far away from the table" in message


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN"])
def test_a_number_that_is_none_in_a_workbook_is_no_amount(tmp_path, number):
    rows_ = [
        ["1", "2010-12-01", "x"],
        ["2", "2010-12-02", f"<c><v>{number}</v></c>"],
        ["3", "2010-12-03", 5.0],
    ]
    workbook(tmp_path / "transactions.xlsx", {"A": [["customer_id", "order_time", "amount"], *rows_]})
    try:
        assert amounts(tmp_path)[2:] == [5.0]
    except StudyError as error:
        assert "transactions.xlsx" in str(error)


# ---- the study's keys
@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"header_row": "0"}, "header_row is 0; it must be 1 or more"),
        ({"header_row": "100001"}, "header_row is 100001; it must be 1 or more, and at most 100,000"),
        ({"header_row": "9" * 20}, "it must be a whole number like 24, of at most 18 digits"),
        ({"footer_rows": "9" * 18}, "footer_rows is 999999999999999999; it must be 0 or more, and at most 100,000"),
        ({"rename_columns": {"9" * 5000: "x"}}, "write the number of a column"),
        ({"rename_columns": {"16385": "x"}}, "write the number of a column"),
        ({"rename_columns": {"b": "x"}}, "write the number of a column"),
        ({"delimiter": "ab"}, "delimiter is 'ab'; write the one sign"),
        ({"delimiter": '"'}, "write the one sign"),
        ({"decimal": "1"}, "decimal is '1'; write the one sign"),
        ({"thousands": "-"}, "thousands is '-'; write the one sign"),
        ({"date_format": "%"}, "date_format is '%'; write codes of strftime"),
        ({"date_format": "%Q/%m/%Y"}, "write codes of strftime"),
        ({"date_format": "dd/mm/yyyy"}, "write codes of strftime"),
        ({"date_formats": {"paid_at": "%d/%"}}, "date_formats.paid_at is '%d/%'"),
        ({"negative": "red"}, "negative is 'red'; it can be parentheses or trailing"),
        ({"years": "hijri"}, "it can be buddhist"),
        ({"timezones": {"order_time": "Mars"}}, "unknown timezone 'Mars'"),
        ({"timezones": {"amount": "UTC"}}, "unknown date or time 'amount'"),
        ({"date_formats": {"paid": "%Y"}}, "unknown date or time 'paid'. Did you mean 'paid_at'?"),
        ({"decimal": ",", "thousands": ","}, "one sign cannot be both"),
        ({"grouping": "indian"}, "add `thousands"),
        ({"sheets": "A"}, "unknown key 'sheets'. Did you mean 'sheet'?"),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(tmp_path, table, said):
    write(tmp_path, *LINES)
    with pytest.raises(StudyError, match=None) as error:
        load(tmp_path, tmp_path, table)
    assert said in str(error.value)


def test_a_sheet_of_a_text_file_is_refused(tmp_path):
    write(tmp_path, *LINES)
    assert "has no sheets: remove `sheet`" in refusal(tmp_path, sheet="A")


@pytest.mark.parametrize(
    "encoding", ["rot13", "zlib_codec", "base64", "undefined", "idna", "unicode_escape", "utf-61"]
)
def test_an_encoding_that_is_none_of_files_is_refused(tmp_path, encoding):
    write(tmp_path, *LINES)
    assert f"the encoding {encoding!r} is not known" in refusal(tmp_path, encoding=encoding)


def test_utf_16_that_does_not_say_its_order_is_refused(tmp_path):
    write(tmp_path, *LINES)
    assert "utf-16-le and utf-16-be say" in refusal(tmp_path, encoding="utf-16")


# ---- what a file says about itself
def sniffed(path, numbers=("amount",), times=None):
    found = sniffing.layout(path)
    return found.found | sniffing.formats(found, numbers, times or {"order_time": "order_time"}, TODAY)


@needs_cases
@pytest.mark.grid
@pytest.mark.parametrize(
    ("file", "columns", "currency", "found"),
    [
        ("xlsx/orders.xlsx", ENGLISH, "USD", (250, 1019, 144219.66)),
        ("utf16/orders.csv", ENGLISH, "USD", (250, 1019, 144219.66)),
        ("thai_latin_header/sales.csv", {"order_time": "date", "amount": "amount"}, "THB", (250, 1019, 144219.66)),
        ("excel_de/umsatz.csv", GERMAN, "EUR", (250, 1019, 1442196.60)),
        ("excel_title_rows/umsatz.csv", GERMAN, "EUR", (250, 1019, 1442196.60)),
        ("excel_us_money/sales.csv", ENGLISH, "USD", (250, 1019, 2488837.60)),
        ("vn_cp1258/hoadon.csv", VIETNAMESE, "VND", (250, 1019, 143548000)),
        ("vn_mixed/hoadon.csv", VIETNAMESE, "VND", (250, 1019, 194548000)),
    ],
)  # fmt: skip
def test_what_is_proposed_reads_the_cases_at_once(tmp_path, file, columns, currency, found):
    path = Path(CASES) / file
    proposed = sniffed(path, [columns["amount"]], {"order_time": columns["order_time"]})
    assert not proposed.doubts
    said = {"path": path.name, "columns": columns} | proposed.settings
    assert totals(checked(load(tmp_path, path.parent, said, currency=currency))) == found


@needs_cases
def test_thousands_that_look_like_decimals_are_a_doubt(tmp_path):
    proposed = sniffed(Path(CASES) / "vn_dots" / "hoadon.csv", ["Tổng tiền"], {"order_time": "Ngày"})
    assert proposed.settings == {} and proposed.doubts["thousands"] == ({}, {"thousands": "."})


def test_everything_at_once_is_proposed(tmp_path):
    lines = [
        "Report",
        "",
        "No;order_time (UTC);amount;amount;",
        "007;30.06.2026 14:05;1.234,50- €;1;x",
        "8;01.07.2026 09:00;5,00 €;2;",
    ]
    (tmp_path / "a.csv").write_bytes("\n".join([*lines, "2 rows"]).encode("cp1252"))
    found = sniffing.layout(tmp_path / "a.csv")
    assert found.columns == ("No", "order_time (UTC)", "amount", "amount 4", "column 5")
    proposed = found.found | sniffing.formats(found, ["amount"], {"order_time": "order_time (UTC)"}, TODAY)
    assert proposed.settings == {
        "encoding": "cp1252", "delimiter": ";", "header_row": 3, "footer_rows": 1,
        "rename_columns": {4: "amount 4", 5: "column 5"},
        "decimal": ",", "thousands": ".", "currency_sign": "€", "negative": "trailing",
        "date_format": "%d.%m.%Y %H:%M", "timezones": {"order_time": "UTC"},
    }  # fmt: skip
    columns = {"customer_id": "No", "order_time": "order_time (UTC)"}
    table = read(tmp_path, path="a.csv", columns=columns, **proposed.settings)
    assert rows(table, "customer_id", "order_time", "amount") == [
        ("007", datetime(2026, 6, 30, 15, 5), -1234.5), ("8", datetime(2026, 7, 1, 10, 0), 5.0),
    ]  # fmt: skip
    assert set(proposed.why) >= {"encoding", "delimiter", "header_row", "decimal", "date_format"}


def test_dates_of_several_ways_are_proposed_by_column(tmp_path):
    write(
        tmp_path,
        "customer_id,order_time,paid_at,amount",
        "1,30.06.2026,06/30/2026,5",
        "1,30.06.2026,,5",
        name="a.csv",
    )
    proposed = sniffed(tmp_path / "a.csv", times={"order_time": "order_time", "paid_at": "paid_at"})
    assert proposed.settings == {"date_formats": {"order_time": "%d.%m.%Y", "paid_at": "%m/%d/%Y"}}
    write(tmp_path, "customer_id,order_time,amount", "1,01/02/2026,5", name="a.csv")
    proposed = sniffed(tmp_path / "a.csv")
    assert proposed.doubts["date_format"] == ({"date_format": "%d/%m/%Y"}, {"date_format": "%m/%d/%Y"})


def test_a_workbook_says_its_sheet_and_header(tmp_path):
    text = [["customer_id", None, "amount"], ["1", None, "1.234,5"], [2, None, 7]]
    workbook(tmp_path / "a.xlsx", {"Data": [["Report"], *text], "Notes": [["x"]]})
    found = sniffing.layout(tmp_path / "a.xlsx")
    assert found.found.settings == {"sheet": "Data", "header_row": 2} and "sheet" in found.found.doubts
    assert found.columns == ("customer_id", "amount")
    assert sniffing.formats(found, ["amount"], {}).settings == {"decimal": ",", "thousands": "."}
    workbook(tmp_path / "a.xlsx", {"Data": SHEET})
    typed = sniffing.layout(tmp_path / "a.xlsx")
    assert "amount" in typed.typed and typed.values["amount"] == ["12.5"]
    assert sniffing.formats(typed, ["amount"], {}).settings == {}


def test_a_column_that_a_draft_leaves_open_is_asked_for_by_its_meaning(tmp_path):
    write(tmp_path, "顧客,日付,金額", "7,2010-12-01,5")
    columns = {"customer_id": "WHICH_COLUMN", "order_time": "日付", "amount": "WHICH_COLUMN"}
    told = refusal(tmp_path, columns=columns)
    assert (
        "does not say which column is customer_id, amount" in told and "the file has 顧客, 日付, 金額" in told
    )


def test_any_name_may_be_a_pattern(tmp_path):
    for name in ("a1.csv", "a2.csv", "b.csv", ".a3.csv"):
        (tmp_path / name).write_text("x\n1\n")
    found = {
        name: [one.name for one in parts.parts_of(tmp_path / name)] for name in ("**a**.csv", "[ab", "b**")
    }
    assert found == {"**a**.csv": ["a1.csv", "a2.csv"], "[ab": [], "b**": ["b.csv"]}
    (tmp_path / "a4.csv").symlink_to(tmp_path / "nothing.csv")
    assert [one.name for one in parts.unreadable(tmp_path / "**a**.csv")] == ["a4.csv"]
