"""Files as companies export them: read as they are meant, or refused with the way out."""

from datetime import date, datetime

import pandas as pd
import pytest
from tables_support import HEADER, rows, study, write

from helpers import tables
from helpers.errors import StudyError
from helpers.paths import cache_folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def read(made, name="transactions"):
    return tables.open_source(made).read(name)


def refusal(made, name="transactions") -> str:
    with pytest.raises(StudyError) as error:
        read(made, name)
    return str(error.value)


def test_contract_names_are_read_without_a_mapping(tmp_path):
    write(tmp_path, HEADER + ",category", '007,2010-12-01,10.50,"tea, green"', "8,2010-12-02 06:30,-3,")
    assert rows(read(study(tmp_path)), "customer_id", "order_time", "amount", "category") == [
        ("007", datetime(2010, 12, 1), 10.5, "tea, green"),
        ("8", datetime(2010, 12, 2, 6, 30), -3.0, None),
    ]


def test_a_stated_encoding_is_any_that_python_knows(tmp_path):
    write(tmp_path, HEADER + ",category", "1,2010-12-01,5,10 € voucher", encoding="cp1252")
    assert "encoding: cp1252" in refusal(study(tmp_path))
    assert "line 2" in refusal(study(tmp_path))
    assert rows(read(study(tmp_path, transactions={"encoding": "cp1252"})), "category") == [("10 € voucher",)]
    assert "not known" in refusal(study(tmp_path, transactions={"encoding": "windows-99"}))
    assert "stated encoding" in refusal(study(tmp_path, transactions={"encoding": "ascii"}))


def test_a_character_cut_by_a_block_is_whole(tmp_path):
    lines = [f"{n},2010-12-01,1,{'€' * 40}" for n in range(20_000)]
    write(tmp_path, HEADER + ",category", *lines)
    assert set(rows(read(study(tmp_path)), "category")) == {("€" * 40,)}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_not_part_of_the_first_name(tmp_path, encoding):
    write(tmp_path, HEADER, "1,2010-12-01,5", encoding=encoding)
    stated = {} if encoding == "utf-8-sig" else {"transactions": {"encoding": "utf-16"}}
    assert rows(read(study(tmp_path, **stated)), "customer_id") == [("1",)]


def test_mixed_line_ends(tmp_path):
    (tmp_path / "transactions.csv").write_bytes(
        HEADER.encode() + b"\r\n1,2010-12-01,1\r\n2,2010-12-01,2\n3,2010-12-01,3"
    )
    assert rows(read(study(tmp_path)), "amount") == [(1.0,), (2.0,), (3.0,)]


@pytest.mark.parametrize(("mark", "said"), [(";", '";"'), ("\t", '"tab"')])
def test_another_delimiter_is_named_not_guessed(tmp_path, mark, said):
    write(tmp_path, HEADER.replace(",", mark), mark.join(("1", "2010-12-01", "2,50")))
    assert f"delimiter: {said}" in refusal(study(tmp_path))
    stated = {"delimiter": said.strip('"'), "decimal": ","}
    assert rows(read(study(tmp_path, transactions=stated)), "amount") == [(2.5,)]


def test_lines_that_do_not_split_are_counted(tmp_path):
    write(tmp_path, HEADER, "1,2010-12-01,2,50", "2,2010-12-01,3", "3,2010-12-01,4,99")
    message = refusal(study(tmp_path))
    assert "2 lines do not have the 3 fields" in message
    assert "line 2: 1,2010-12-01,2,50" in message


def test_decimal_and_thousands_signs(tmp_path):
    write(
        tmp_path,
        HEADER,
        '1,2010-12-01,"1.234,50"',
        '2,2010-12-01,"-7,5"',
        "3,2010-12-01,1.234",
        "4,2010-12-01,12.34",
    )
    german = {"decimal": ",", "thousands": "."}
    assert rows(read(study(tmp_path, transactions=german)), "amount") == [
        (1234.5,),
        (-7.5,),
        (1234.0,),
        (None,),
    ]
    assert rows(read(study(tmp_path)), "amount", "amount__given") == [
        (None, "1.234,50"),
        (None, "-7,5"),
        (1.234, None),
        (12.34, None),
    ]


def test_numbers_that_are_none(tmp_path):
    written = ["€5", "1e400", "inf", "5 ", "+5", ".5", "1e3", "NaN", "", "5-", "0x10", "١٢"]
    write(tmp_path, HEADER, *(f"{n},2010-12-01,{value}" for n, value in enumerate(written)))
    amounts = [amount for (amount,) in rows(read(study(tmp_path)), "amount")]
    assert amounts == [None, None, None, 5, 5, 0.5, 1000, None, None, None, None, 12]
    given = [text for (text,) in rows(read(study(tmp_path)), "amount__given")]
    assert given == ["€5", "1e400", "inf", None, None, None, None, None, None, "5-", "0x10", None]


def test_dates_are_iso_or_as_stated(tmp_path):
    written = [
        "2010-12-31",
        "31/12/2010",
        "01/02/2010",
        "2010-02-30",
        "1/2/10",
        "2010-12-31T23:59:59.123456789",
        "20101231",
    ]
    write(tmp_path, HEADER, *(f"1,{value},1" for value in written))
    assert [time for (time,) in rows(read(study(tmp_path)), "order_time")] == [
        datetime(2010, 12, 31), None, None, None, None, datetime(2010, 12, 31, 23, 59, 59, 123456), None,
    ]  # fmt: skip
    stated = study(tmp_path, transactions={"date_format": "%d/%m/%Y"})
    times = [time for (time,) in rows(read(stated), "order_time")]
    assert times[:4] == [None, datetime(2010, 12, 31), datetime(2010, 2, 1), None]


def test_half_past_six_in_hanoi_stays_that_day(tmp_path):
    hanoi = ["2010-12-01 06:30", "2010-12-01T06:30:00+07:00", "2010-11-30T23:30:00Z"]
    hanoi += ["2010-11-30 23:30:00+0000", "2010-11-30 23:30:00 UTC"]
    write(tmp_path, HEADER, *(f"1,{time},1" for time in hanoi))
    made = study(tmp_path, zone="Asia/Ho_Chi_Minh")
    assert set(rows(read(made), "order_time")) == {(datetime(2010, 12, 1, 6, 30),)}


def test_summer_time_is_the_zones_own(tmp_path):
    write(tmp_path, HEADER, "1,2010-07-01T22:30:00Z,1", "1,2010-12-01T22:30:00Z,1")
    assert rows(read(study(tmp_path)), "order_time") == [
        (datetime(2010, 7, 1, 23, 30),),
        (datetime(2010, 12, 1, 22, 30),),
    ]


def test_parquet_types_are_used_as_they_are(tmp_path):
    frame = pd.DataFrame(
        {
            "customer_id": [17850.0, 9007199254740993.0, None],
            "order_time": pd.to_datetime(["2010-12-01 06:30", "2010-12-02 00:00", "2010-12-03 00:00"])
            .tz_localize("UTC")
            .as_unit("ns"),
            "amount": [1, 2, 3],
            "category": pd.Categorical(["a", None, "b"]),
            "order_id": ["A1", " B2 ", ""],
        }
    )
    frame.to_parquet(tmp_path / "transactions.parquet")
    made = study(tmp_path, zone="Asia/Ho_Chi_Minh")
    assert rows(read(made), "customer_id", "amount", "category", "order_id") == [
        ("17850", 1.0, "a", "A1"),
        ("9007199254740992", 2.0, None, "B2"),
        (None, 3.0, "b", None),
    ]
    assert rows(read(made), "order_time")[0] == (datetime(2010, 12, 1, 13, 30),)


def test_a_folder_of_parquet_files_is_one_table_with_its_rows_numbered_through(tmp_path):
    for part, customers in enumerate((["a", "b"], ["c"])):
        place = tmp_path / "transactions" / f"year={2010 + part}"
        place.mkdir(parents=True)
        lines = pd.DataFrame({"customer_id": customers, "order_time": "2010-12-01", "amount": 1.5})
        lines.to_parquet(place / "part-0.parquet")
    assert rows(read(study(tmp_path)), "customer_id", "amount", "_row") == [
        ("a", 1.5, 1), ("b", 1.5, 2), ("c", 1.5, 3),
    ]  # fmt: skip


def test_a_file_without_an_ending_is_not_taken_for_a_table(tmp_path):
    (tmp_path / "customers").write_text("notes of a colleague")
    write(tmp_path, HEADER, "a,2010-12-01,1")
    assert tables.open_source(study(tmp_path)).tables == ("transactions",)


def test_ids_from_a_spreadsheet_lose_their_decimal_point(tmp_path):
    write(
        tmp_path, HEADER, "17850.0,2010-12-01,1", "0012,2010-12-01,1", "NULL,2010-12-01,1", "A.0,2010-12-01,1"
    )
    assert rows(read(study(tmp_path)), "customer_id") == [("17850",), ("0012",), (None,), ("A.0",)]


def test_amount_by_expression_and_conditions(tmp_path):
    write(
        tmp_path,
        "Cust No,day,qty,unit price,code",
        '1,2010-12-01,2,"1,50",A',
        '2,2010-12-01,10,"0,25",POST',
        '3,2010-12-01,x,"0,25",A',
        "4,2010-12-01,1,,A",
        '5,2010-12-01,-1,"2,00",',
    )
    spec = {
        "columns": {"customer_id": "Cust No", "order_time": "day", "amount": 'qty * "unit price"'},
        "decimal": ",",
        "where": ("code <> 'POST'", "qty > 0"),
    }
    table = read(study(tmp_path, transactions=spec))
    assert rows(table, "customer_id", "amount", "amount__given", "_left_out", "_unknown") == [
        ("1", 3.0, None, 0, False),
        ("2", 2.5, None, 1, False),
        ("3", None, "x", 2, True),
        ("4", None, None, 0, False),
        ("5", -2.0, None, 1, True),
    ]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("qty * price", "names the column 'price', but the file has"),
        ("sum(qty)", "is not an SQL expression over the columns of one row"),
        ("qty; drop table x", "is not an SQL expression"),
        ("(select 1)", "is not an SQL expression"),
        ("qty *", "is not an SQL expression"),
        ("code * qty + date_trunc('day', qty)", "fails"),
    ],
)
def test_expressions_that_cannot_be(tmp_path, expression, said):
    write(tmp_path, "customer_id,order_time,qty,code", "1,2010-12-01,2,a")
    assert said in refusal(study(tmp_path, transactions={"columns": {"amount": expression}}))


def test_missing_and_unknown_columns_are_named_with_close_ones(tmp_path):
    write(tmp_path, "Customer ID,order_time,amount", "1,2010-12-01,2")
    message = refusal(study(tmp_path))
    assert "no column customer_id" in message
    assert "columns: {customer_id: Customer ID}" in message
    message = refusal(
        study(tmp_path, transactions={"columns": {"customer_id": "Customer ID", "colour": "amount"}})
    )
    assert "colour" in message
    message = refusal(study(tmp_path, transactions={"columns": {"customer_id": "CustomerID"}}))
    assert "'CustomerID'" in message
    assert "Did you mean 'Customer ID'?" in message


def test_files_that_are_not_there_or_empty(tmp_path):
    with pytest.raises(StudyError, match="holds none of the tables"):
        tables.open_source(study(tmp_path))
    (tmp_path / "transactions.csv").touch()
    assert "transactions.csv is empty" in refusal(study(tmp_path))
    with pytest.raises(
        StudyError, match=r"orders\.csv of the table transactions is not in .*transactions\.csv"
    ):
        tables.open_source(study(tmp_path, transactions={"path": "orders.csv"}))
    with pytest.raises(StudyError, match="is not a folder"):
        tables.open_source(study(tmp_path / "nowhere"))
    (tmp_path / "transactions.csv").write_text("a,a,b\n1,2,3\n")
    assert "'a' stands twice" in refusal(study(tmp_path))
    (tmp_path / "transactions.csv").unlink()
    (tmp_path / "transactions.parquet").write_text("no parquet")
    assert "not a Parquet file" in refusal(study(tmp_path))


def test_attributes_become_numbers_only_when_all_are(tmp_path):
    write(tmp_path, "customer_id,age,postcode,note", "1,30,00123,x", "2,,10000,7", name="customers.csv")
    table = read(study(tmp_path), "customers")
    assert rows(table, "age", "postcode", "note") == [(30.0, "00123", "x"), (None, "10000", "7")]


def test_a_date_column_and_a_flag(tmp_path):
    write(tmp_path, "date,currency,rate", "2010-12-01,EUR,0.85", name="exchange_rates.csv")
    assert rows(read(study(tmp_path), "exchange_rates"), "date") == [(date(2010, 12, 1),)]
    lines = ["a,1,x,2010-12-01,Yes", "a,2,y,2010-12-01,0", "a,3,y,2010-12-01,maybe"]
    write(tmp_path, "campaign_id,customer_id,arm,assigned_at,is_control", *lines, name="campaigns.csv")
    assert rows(read(study(tmp_path), "campaigns"), "is_control", "is_control__given") == [
        (True, None), (False, None), (None, "maybe"),
    ]  # fmt: skip


def test_conversion_is_kept_outside_the_source_and_for_the_owner(tmp_path):
    write(tmp_path, HEADER, "1,2010-12-01,2")
    for _ in range(2):
        read(study(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["transactions.csv"]
    kept = list(cache_folder().glob("*.parquet"))
    assert len(kept) == 1
    assert kept[0].stat().st_mode & 0o077 == 0
    assert cache_folder().stat().st_mode & 0o077 == 0


def test_memory_and_spill_folder_are_set(tmp_path):
    con = tables.connect("1GB")
    limit, spill = con.raw_sql(
        "SELECT current_setting('memory_limit'), current_setting('temp_directory')"
    ).fetchone()
    assert limit == "953.6 MiB"
    assert "customer-value-notebooks" in spill


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("amount + 0", "is no condition"),
        ("strlen(customer_id)", "is no condition"),
        ("amount", "under `where` fails"),
        ("DATE '2024-01-01'", "under `where` fails"),
    ],
)
def test_what_is_neither_true_nor_false_is_no_condition(tmp_path, where, said):
    write(tmp_path, HEADER, "a,2010-01-01,5.5", "b,2010-01-02,0")
    with pytest.raises(StudyError, match=said):
        tables.open_source(study(tmp_path, transactions={"where": (where,)})).read("transactions")


def test_a_column_of_true_and_false_is_a_condition(tmp_path):
    write(tmp_path, f"{HEADER},paid", "a,2010-01-01,5.5,true", "b,2010-01-02,0,false")
    made = tables.open_source(study(tmp_path, transactions={"where": ("paid",)}))
    assert rows(made.read("transactions"), "_left_out") == [(0,), (1,)]
