"""Files that were joined, cut off, packed twice or are no table: each is read whole or refused with a way out."""

import zipfile

import pytest
from formats_support import checked, follow, lines_of, load
from tables_support import HEADER, rows, study
from workbook_support import workbook

from helpers import tables
from helpers.errors import StudyError

LINES = f"{HEADER}\n1,2010-12-01,5\n2,2010-12-02,6.5\n"
MARK = "\ufeff"


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def read(folder, content: str | bytes, name="transactions.csv", **spec):
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(raw)
    return tables.open_source(study(folder, transactions=spec)).read("transactions")


def refusal(folder, content, name="transactions.csv", **spec) -> str:
    with pytest.raises(StudyError) as error:
        read(folder, content, name, **spec)
    return str(error.value)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_in_the_middle_makes_no_other_customer(tmp_path, ends, monkeypatch):
    monkeypatch.setattr("helpers.tables.encodings.BLOCK", 7)  # marks fall on the edges of blocks, too
    text = f'{MARK}{LINES}{MARK}2,2010-12-03,7\n{MARK}"1",2010-12-04,8\n'.replace("\n", ends)
    ids = [row[0] for row in rows(read(tmp_path, text), "customer_id")]
    assert ids == ["1", "2", "2", "1"]


@pytest.mark.grid
@pytest.mark.parametrize("again", [LINES, MARK + LINES])
def test_a_header_in_the_middle_stops_and_one_line_leaves_it_out(tmp_path, again):
    (tmp_path / "transactions.csv").write_text(LINES + again, encoding="utf-8")
    report, messages = follow(
        tmp_path, tmp_path, {}, lambda found: next(one for one in found if "where" in one)
    )
    assert "1 row hold the names of the columns again" in messages[0] and len(messages) == 1
    assert (report.used, report.left_out[0].rows) == (4, 1)


def test_a_header_in_the_middle_of_text_alone_is_found(tmp_path):
    lines = "customer_id,name\na,Ann\ncustomer_id,name\nb,Ben\n"
    (tmp_path / "customers.csv").write_text(lines, encoding="utf-8")
    with pytest.raises(StudyError, match="hold the names of the columns again"):
        checked(load(tmp_path, tmp_path, {"path": "customers.csv"}, name="customers"))


@pytest.mark.parametrize("tail", ["3\0,2010-12-03,7\n", "\0\0\0\0\0\0\n", "\0" * 900])
def test_zero_bytes_are_named_with_their_line(tmp_path, tail):
    assert "line 4: a zero byte (NUL) stands there" in refusal(tmp_path, LINES + tail)


def test_text_of_two_bytes_without_a_mark_is_still_told_from_zeros(tmp_path):
    message = refusal(tmp_path, LINES.encode("utf-16-be"))
    assert lines_of(message) == [{"encoding": "utf-16-be"}]
    assert len(rows(read(tmp_path, LINES.encode("utf-16-be"), encoding="utf-16-be"), "amount")) == 2


def pack(path, *files, locked=False):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    if locked:  # the flag that says so, in both places
        content = bytearray(path.read_bytes())
        for start, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(start) + place] |= 1
        path.write_bytes(bytes(content))


def test_what_an_archive_may_hold(tmp_path):
    path = tmp_path / "transactions.zip"
    pack(path, ("2010/", ""), ("2010/orders.csv", LINES))
    assert len(rows(tables.open_source(study(tmp_path)).read("transactions"), "amount")) == 2
    inner = tmp_path / "inner.zip"
    pack(inner, ("orders.csv", LINES))
    for files, locked, said in (
        ((("a.csv", LINES), ("b.csv", LINES)), False, "holds a.csv, b.csv: an archive of exactly one file"),
        ((("2010/", ""),), False, "holds no file"),
        ((("inner.zip", inner.read_bytes()),), False, "another archive, not text: unpack it"),
        ((("a.pdf", b"%PDF-1.7"),), False, "a PDF, not text"),
        ((("a.csv", LINES),), True, "locked with a password"),
    ):
        pack(path, *files, locked=locked)
        with pytest.raises(StudyError, match=said):
            tables.open_source(study(tmp_path)).read("transactions")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty: export it again"),
        (MARK, "is empty: export it again"),
        ("\n\n\n", "line 1, which is to name the columns, is blank, and no line below it does"),
        ("  \n \n", "line 1, which is to name the columns, is blank"),
        ("customer_id,order_time,amount,amount\n1,2010-12-01,5,6\n", "`rename_columns: {4: "),
        ("<html><table>", "holds a web page"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 99, "save it as .xlsx without a password"),
    ],
)
def test_what_holds_no_table_is_refused_with_a_way_out(tmp_path, content, said):
    assert said in refusal(tmp_path, content)
    assert said in refusal(tmp_path, content, "orders.xls", path="orders.xls")


@pytest.mark.parametrize("text", [HEADER, f"{HEADER}\n", f"{HEADER}\n\n\n"])
def test_a_header_alone_is_an_empty_table(tmp_path, text):
    (tmp_path / "transactions.csv").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match=r"holds no rows, only column names \(rule empty_table\)"):
        checked(load(tmp_path, tmp_path, {"path": "transactions.csv"}))


def test_blank_lines_among_rows_are_no_rows(tmp_path):
    text = f"{HEADER}\n\n1,2010-12-01,5\n\n\n2,2010-12-02,6\n\n"
    assert len(rows(read(tmp_path, text), "amount")) == 2


@pytest.mark.parametrize("last", ["1,2010-12-01", "1,2010-1", '"1,2010-12-01,6'])
def test_a_long_file_whose_last_line_is_cut_off_says_its_number(tmp_path, last):
    body = "".join(f"{number % 400},2010-12-01,5\n" for number in range(60_000))
    message = refusal(tmp_path, f"{HEADER}\n{body}{last}\n")
    assert "1 line does not have the 3 fields of the header (line 60002: " in message
    assert "`footer_rows: 1`. If the file was cut off there, export it again." in message


STRAY = [  # a quote that opens in one row and closes in a later one, with whole rows between them
    ("name", {1: '"Best of', 4: 'TV 32"'}),
    ("name", {1: '"12 in', 2: '7"'}),
    ("order_time", {3: '"2010-12-04', 5: '2010-12-06"'}),
]


@pytest.mark.parametrize(("column", "stray"), STRAY)
@pytest.mark.parametrize("mark", [",", ";"])
def test_no_row_is_lost_between_two_stray_quotes(tmp_path, column, stray, mark):
    names = ["customer_id", "order_time", "name", "amount"]
    table = [[f"{n % 40}", f"2010-12-{n % 28 + 1:02d}", f"Mug {n}", f"{n + 1}"] for n in range(300)]
    for place, value in stray.items():
        table[place][names.index(column)] = value
    text = "\n".join(map(mark.join, [names, *table])) + "\n"
    message = refusal(tmp_path, text, delimiter=mark)
    assert "that begin as rows" in message and "`quotes: none`" in message
    if column == "name":
        found = rows(read(tmp_path, text, delimiter=mark, quotes="none"), "amount")
        assert len(found) == 300


@pytest.mark.parametrize("last", ['"8,2010-12-08,5', '8,"2010-12-08,5', '8,2010-12-08,"5'])
def test_a_quote_that_stays_open_is_called_one(tmp_path, last):
    body = "".join(f"{number % 40},2010-12-01,5\n" for number in range(300))
    message = refusal(tmp_path, f"{HEADER}\n{body}{last}\n{body}")
    assert "line 302" in message and "`quotes: none`" in message


def test_text_of_several_lines_with_commas_stays_one_value(tmp_path):
    note = '"Dear all,\nplease, leave it, at the door, and ring,\nthanks, Ann"'
    text = f"customer_id,note,order_time,amount\n1,{note},2010-12-01,5\n2,,2010-12-02,6\n"
    assert len(rows(read(tmp_path, text), "amount")) == 2


def test_a_folder_in_place_of_the_file_is_called_one(tmp_path):
    (tmp_path / "orders.csv").mkdir()
    with pytest.raises(StudyError, match=r"orders.csv, which the study names .* is a folder without a file"):
        tables.open_source(study(tmp_path, transactions={"path": "orders.csv"}))


def test_a_mapping_of_columns_that_are_not_there_names_those_that_are(tmp_path):
    for origin in ("Total", "Total * 2"):
        message = refusal(tmp_path, LINES, columns={"amount": origin})
        assert "names the column 'Total', but the file has customer_id, order_time, amount" in message


def test_dates_of_1904_are_the_days_that_the_spreadsheet_shows(tmp_path):
    path = tmp_path / "transactions.xlsx"
    first = [["customer_id", "order_time", "amount"], ["1", '<c s="1"><v>38686</v></c>', 5]]
    workbook(path, {"A": first})
    parts = {}
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    assert [
        str(row[0]) for row in rows(tables.open_source(study(tmp_path)).read("transactions"), "order_time")
    ]
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        b"<sheets>", b'<workbookPr date1904="1"/><sheets>'
    )
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    days = rows(tables.open_source(study(tmp_path)).read("transactions"), "order_time")
    assert str(days[0][0]) == "2009-12-01 00:00:00"


def test_of_very_many_columns_some_are_looked_at_and_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.contracts.checked.MOST_JUDGED", 3)
    monkeypatch.setattr("helpers.contracts.lacking_columns.MOST_JUDGED", 3)
    more = [f"c{place}" for place in range(300)]
    lines = [",".join([HEADER, *more]), *(f"{n},2010-12-{n:02},5" + ",x" * len(more) for n in range(1, 9))]
    (tmp_path / "transactions.csv").write_text("\n".join(lines), encoding="utf-8")
    report = checked(load(tmp_path, tmp_path, {"path": "transactions.csv"}))
    told = {one.name: one.sentence for one in report.findings}
    assert report.used == 8
    assert "does not read 300 columns, of which the first 3 were looked at" in told["columns_not_judged"]
