"""Expressions of a study: what people write is read, what reads files, asks the clock or never ends is refused by name."""

import re
import time

import duckdb
import faults
import pytest
from hostile import ALLOWED, COLUMNS, EXPRESSIONS, NAMED
from tables_support import rows, study, write

from helpers import tables
from helpers.errors import StudyError
from helpers.study.table_columns import TABLES
from helpers.tables import allowed_sql, engine, expressions

pytestmark = pytest.mark.faults

ROW = "('12/05/2024', 'x,y', 2, 3.5, TIMESTAMP '2024-05-06 10:00:00', 5)"
TYPES = 'a VARCHAR, b VARCHAR, Qty DOUBLE, "Unit Price" DOUBLE, d TIMESTAMP, "Total (VND)" DOUBLE'


@pytest.mark.parametrize("text", ALLOWED)
def test_what_people_write_is_read(text):
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t ({TYPES})")
        con.execute(f"INSERT INTO t VALUES {ROW}")
        sql = expressions.parse(text, COLUMNS, "orders.csv").sql(dialect="duckdb")
        con.execute(f"SELECT count(({sql})) FROM t")


def test_every_name_on_the_list_is_a_function_that_is_allowed():
    for name in allowed_sql.NAMES:
        if name in ("case", "cast", "try_cast", "extract", "format", "printf", "position"):
            continue
        for arguments in ("a", "a, 'b'", "a, b, 'c'", "a, b, 'c', d"):
            tree = allowed_sql.read(f"{name}({arguments})", "here")
            if tree is not None:
                assert allowed_sql.is_allowed(tree.expressions[0]) or name in ("age", "mod"), name
                break


@pytest.mark.parametrize(("text", "said"), NAMED.items())
def test_the_refusal_names_the_function_what_is_allowed_and_the_way_out(text, said):
    with pytest.raises(StudyError) as refused:
        expressions.parse(text, COLUMNS, "orders.csv, column amount")
    message = str(refused.value)
    assert f"{said!r}" in message
    assert "orders.csv, column amount" in message
    assert "Allowed are the columns of the row" in message
    assert "make the column in the file" in message.casefold() or "write" in message.casefold()


def test_a_misspelt_column_with_brackets_is_named():
    with pytest.raises(StudyError, match=r"Did you mean the column 'Total \(VND\)'"):
        expressions.parse("Totl (VND)", COLUMNS, "orders.csv")


def test_hostile_expressions_read_no_file_fetch_nothing_and_end_soon(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))  # where DuckDB keeps extensions
    (tmp_path / "secret.txt").write_text("hunter2")
    (tmp_path / "files").mkdir()
    con = engine.connect(folders=[tmp_path / "files"])
    con.raw_sql(
        f"CREATE TABLE t AS SELECT * FROM (VALUES {ROW}) AS t({', '.join(f'"{c}"' for c in COLUMNS)})"
    )
    refused = ran = 0
    for text in (one.replace("SECRET", str(tmp_path / "secret.txt")) for one in EXPRESSIONS):
        began = time.monotonic()
        try:
            sql = expressions.parse(text, COLUMNS, "orders.csv").sql(dialect="duckdb")
            found = con.raw_sql(f"SELECT ({sql})::VARCHAR FROM t").fetchall()
        except StudyError:
            refused += 1
        except duckdb.Error:
            ran += 1
        else:
            ran += 1
            assert "hunter2" not in str(found), text
        assert time.monotonic() - began < 5, text
    faults.counted(
        f"{len(EXPRESSIONS)} hostile expressions: {refused} refused, {ran} harmless; "
        "files read 0, extensions fetched 0, above 5 s 0"
    )
    assert not (tmp_path / ".duckdb").exists()
    assert len(EXPRESSIONS) >= 300
    assert refused >= 300


FAILING = {  # an expression that fails: what the refusal says, and the expression that its way out leads to
    "9223372036854775807 + 1": ("larger than a whole number", "CAST(9223372036854775807 AS DOUBLE) + 1"),
    "unicode(word) * 9223372036854775807": (
        "larger than a whole",
        "CAST(unicode(word) AS DOUBLE) * 9223372036854775807",
    ),
    "CAST(amount AS INTEGER) * 2000000000": ("larger than a whole", "CAST(amount AS DOUBLE) * 2000000000"),
    "CAST(word AS INTEGER)": ("worked out of 'abc'", "coalesce(TRY_CAST(word AS INTEGER), 0)"),
    "year(strptime(word, '%Y'))": ("worked out of 'abc'", "coalesce(TRY(year(strptime(word, '%Y'))), 0)"),
    "CAST(1e30 AS BIGINT)": ("worked out of '1e+30'", "coalesce(TRY_CAST(1e30 AS BIGINT), 0)"),
    "100 % 0": ("divides by zero", "coalesce(100 % nullif(0, 0), 0)"),
    "5 // (quantity - quantity)": ("divides by zero", "coalesce(5 // nullif(quantity - quantity, 0), 0)"),
}


@pytest.mark.parametrize(("text", "said", "instead"), [(one, *rest) for one, rest in FAILING.items()])
def test_what_fails_is_said_without_the_engines_words_and_its_way_out_works(tmp_path, text, said, instead):
    write(tmp_path, "customer_id,order_time,amount,quantity,word", "1,2024-01-05,5,2,abc")

    def used(amount):
        columns = {"amount": amount}
        source = tables.open_source(study(tmp_path, transactions={"columns": columns}))
        return rows(source.read("transactions"), "amount")

    with pytest.raises(StudyError, match=re.escape(said)) as refused:
        used(text)
    assert "under `columns, amount` fails: " in str(refused.value) and "Error" not in str(refused.value)
    assert len(used(instead)) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT content FROM read_text('{secret}')",
        "SELECT * FROM '{secret}'",
        "COPY (SELECT 1) TO '{secret}'",
        "ATTACH '{secret}.db'",
        "INSTALL spatial",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "SELECT * FROM read_csv('https://127.0.0.1:9/x.csv')",
    ],
)
def test_the_engine_itself_reads_nothing_else(tmp_path, monkeypatch, sql):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "secret.txt").write_text("hunter2")
    con = engine.connect(folders=[tmp_path / "files"])
    with pytest.raises(duckdb.Error):
        con.raw_sql(sql.format(secret=tmp_path / "secret.txt")).fetchall()
    assert (tmp_path / "secret.txt").read_text() == "hunter2"


def test_a_folder_with_quotes_in_its_name_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "it's a cache"))
    folder = tmp_path / 'it\'s "here"'
    folder.mkdir()
    write(folder, "customer_id,order_time,amount", "1,2010-12-01,2")
    table = tables.open_source(study(folder)).read("transactions")
    assert rows(table, "amount") == [(2.0,)]
    tables.write(table, folder / "out's.parquet")
    assert (folder / "out's.parquet").is_file()


@pytest.mark.parametrize(
    "expression",
    [
        'CASE WHEN "Status" = 0 THEN "End" END',
        'CASE WHEN "Status" < 1 THEN trim("End") END',
        """if("Status" + 0 = 0, "End", NULL)""",
        """CASE WHEN abs("Status") = 0 THEN concat("End", '') END""",
    ],
)
def test_a_date_by_an_expression_over_numbers_keeps_its_format_and_its_rule(
    tmp_path, monkeypatch, expression
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lines = [
        "contract_id,customer_id,started_at,Status,End",
        "1,a,05/03/2010,0,17/06/2010",
        "2,b,05/03/2010,1,18/06/2010",
        "3,c,05/03/2010,0,the 5th",
    ]
    write(tmp_path, *lines, name="subscriptions.csv")
    spec = {"columns": {"ended_at": expression}, "date_format": "%d/%m/%Y"}
    table = tables.open_source(study(tmp_path, subscriptions=spec)).read("subscriptions")
    found = [(str(day)[:10], given) for day, given in rows(table, "ended_at", "ended_at__given")]
    assert found == [("2010-06-17", None), ("None", None), ("None", "the 5th")]


def test_a_number_by_an_expression_over_numbers_keeps_its_signs(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write(tmp_path, "customer_id,order_time,qty,price", '1,2010-12-01,2,"1.234,50"', "2,2010-12-01,0,3")
    columns = {"amount": "CASE WHEN qty > 0 THEN trim(price) END"}
    spec = {"columns": columns, "decimal": ",", "thousands": "."}
    table = tables.open_source(study(tmp_path, transactions=spec)).read("transactions")
    assert rows(table, "amount") == [(1234.5,), (None,)]


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("coalesce(price, 0)", [(2.5,), (0.0,)]),
        ("CASE WHEN qty = '1' THEN price ELSE -1 END", [(2.5,), (-1.0,)]),
        ("if(qty = '2', 0, price)", [(2.5,), (0.0,)]),
        ("greatest(price, 3)", [(3.0,), (3.0,)]),
        ("CASE WHEN qty = '1' THEN coalesce(code, 'none') ELSE 'x' END", [("007",), ("x",)]),
    ],
)
def test_a_text_beside_a_number_is_a_number_and_beside_a_text_a_text(
    tmp_path, monkeypatch, expression, wanted
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write(tmp_path, "unit_id,arm,qty,price,code", "7,A,1,2.5,007", "8,B,2,,", name="experiment_units.csv")
    own = {"experiment_units": {"columns": {"made": expression}}}
    read = tables.open_source(study(tmp_path, **own)).read("experiment_units")
    assert rows(read, "made") == wanted


@pytest.mark.parametrize("where", ["columns", "where"])
@pytest.mark.parametrize(
    "text", ["9223372036854775807 + 1", "0.1::decimal(38, 37) * 9999", "-9223372036854775808 - 1"]
)
def test_a_constant_that_is_too_large_is_refused_with_the_way_out(tmp_path, monkeypatch, text, where):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write(tmp_path, "customer_id,order_time,amount", "1,2010-12-01,2")
    spec = {"columns": {"amount": text}} if where == "columns" else {"where": (f"abs({text}) > 0",)}
    with pytest.raises(
        StudyError, match=r"the expression under `.+` fails: .+ Correct it in the study file\."
    ):
        tables.open_source(study(tmp_path, transactions=spec)).read("transactions")


FAILING = [  # an expression, what is said of it, and what the sentence leads to
    ("regexp_extract(note, '(')", "holds a pattern that cannot be read", "regexp_extract(note, '[(]')"),
    ("regexp_extract(note, '(?<=n)1')", "nothing looks ahead or behind", "regexp_extract(note, 'n1')"),
    ("timezone('Mars', day::timestamp)", "names the time zone 'Mars'", "timezone('Asia/Tokyo', day::timestamp)"),
    ("json_extract_string(note, '$.a')", "looks into 'n1', which is no JSON", "TRY(json_extract_string(note, '$.a'))"),
    ("json_extract_string(json, '$[')", "names no place in JSON", "json_extract_string(json, '$.a[0].b')"),
    ("strptime(day, '%Q')", "holds no format of dates", "strptime(day, '%Y-%m-%d')"),
    ("date_part('dayz', day::date)", "names a part that no date has", "date_part('day', day::date)"),
    ("year(note)", "puts text where a number or a date is wanted", "year(TRY_CAST(note AS DATE))"),
    ("CASE WHEN qty + 1 > 0 THEN CAST(qty + 1 AS DATE) END", 'CAST("qty" + 1 AS DATE)', "qty"),
]  # fmt: skip


def test_an_expression_that_fails_says_why_in_words_that_lead_on(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write(
        tmp_path,
        "unit_id,arm,note,json,day,qty",
        '1,A,n1,"{""a"": 1}",2010-02-01,1',
        name="experiment_units.csv",
    )
    for text, said, instead in FAILING:
        own = {"experiment_units": {"columns": {"made": text}}}
        with pytest.raises(StudyError) as error:
            tables.open_source(study(tmp_path, **own)).read("experiment_units")
        assert said in str(error.value), text
        assert "Error" not in str(error.value), text
        own["experiment_units"]["columns"]["made"] = instead
        tables.open_source(study(tmp_path, **own)).read("experiment_units")


DATES = [
    (table.name, column.name)
    for table in TABLES.values()
    for column in table.columns
    if column.type in ("time", "date") and not column.required
]
BY = (
    "CASE WHEN Status = 0 THEN Day END",
    "CASE WHEN Status IN (0, 2) THEN Day ELSE NULL END",
    "CASE WHEN Word = 'done' AND Status < 1 THEN coalesce(Day, '') END",
    "nullif(Day, 'open')",
)
DATED = [(*date, BY[place % len(BY)]) for place, date in enumerate(DATES)]
EXAMPLES = {"id": "a", "text": "x", "number": "1", "flag": "true", "time": "05/03/2010", "date": "05/03/2010"}


@pytest.mark.parametrize(("name", "column", "expression"), DATED)
def test_whatever_an_expression_yields_is_judged_as_the_kind_of_its_column(
    tmp_path, monkeypatch, name, column, expression
):
    """Every date that a table may lack: with the table's format, a day is read, and what is no day is said to be none."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    needed = [one for one in TABLES[name].columns if one.required]
    fixed = ",".join(EXAMPLES[one.type] for one in needed)
    days = ["17/06/2010,0,done", "the 5th,0,done", ",0,done"]
    write(
        tmp_path, ",".join(one.name for one in needed) + ",Day,Status,Word", *(f"{fixed},{day}" for day in days),
        name=f"{name}.csv",
    )  # fmt: skip
    spec = {"columns": {column: expression}, "date_format": "%d/%m/%Y"}
    read = tables.open_source(study(tmp_path, **{name: spec})).read(name)
    found = [(str(day)[:10], given) for day, given in rows(read, column, f"{column}__given")]
    assert found == [("2010-06-17", None), ("None", "the 5th"), ("None", None)]


def test_any_column_may_come_from_an_expression(tmp_path, monkeypatch):
    """Flags, ids, texts and columns of one's own, too."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write(tmp_path, "who,grp,age", "7,A,40", "8,B,30", name="experiment_units.csv")
    columns = {"unit_id": "concat('u', who)", "arm": "lower(grp)", "old": "age > 35", "double_age": "age * 2"}
    read = tables.open_source(study(tmp_path, experiment_units={"columns": columns})).read("experiment_units")
    assert rows(read, "unit_id", "arm") == [("u7", "a"), ("u8", "b")]
    assert rows(read, "old", "double_age") == [(True, 80.0), (False, 60.0)]
