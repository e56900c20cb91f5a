"""The same tables on Spark and on DuckDB, to the cent and the row: run by `make test-spark`, skipped without PySpark."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from conftest import run_small
from tables_support import HEADER, rows, study, write

from helpers import contracts, tables
from helpers.clv import portfolio
from helpers.clv.purchase_history import customer_summary
from helpers.commands import compare
from helpers.contracts import column_profiles
from helpers.errors import StudyError
from helpers.site.run_record import RunRecord
from helpers.study.source_address import SourceAddress
from helpers.tables import ledger, spark

pytest.importorskip("pyspark", reason="PySpark is not installed here: make test-spark")

CUSTOMERS, ORDERS = 60, 500
SPEC = {"columns": {"amount": "quantity * price", "category": "code"}, "where": ("code <> 'POST'",)}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A shop with returns of every kind, times with an offset, several lines a day and a filter."""
    rng = np.random.default_rng(3)
    when = pd.Timestamp("2010-01-01", tz="UTC") + pd.to_timedelta(
        rng.integers(0, 360 * 24 * 60, ORDERS), unit="min"
    )
    lines = pd.DataFrame(
        {
            "customer_id": [f"C{i:03}" for i in rng.integers(0, CUSTOMERS, ORDERS)],
            "order_time": when.as_unit("us"),
            "order_id": [f"O{i}" for i in range(ORDERS)],
            "quantity": rng.integers(1, 5, ORDERS).astype(float),
            "price": rng.choice([9.99, 0.1, 25.5], ORDERS),
            "code": rng.choice(["voucher", " half ", "POST"], ORDERS, p=[0.5, 0.45, 0.05]),
        }
    )
    back = lines.iloc[::9].assign(quantity=lambda t: -t["quantity"])
    back = back.assign(order_time=back["order_time"] + pd.Timedelta(days=2))
    back.loc[back.index % 2 == 0, "order_id"] = "unknown"
    folder = tmp_path_factory.mktemp("shop")
    pd.concat([lines, back]).to_parquet(folder / "transactions.parquet", index=False)
    return folder


@pytest.fixture(scope="module")
def both(shop):
    """(report, ledger, summary) on DuckDB and on Spark."""
    made = study(shop, zone="Asia/Ho_Chi_Minh", transactions=SPEC)
    found = []
    for source in (str(shop), f"pyspark://{shop}"):
        one = replace(made, source=SourceAddress.of(source))
        reports = contracts.check(one, tables.open_source(one))
        book = ledger.build(reports)
        found.append((reports[0], book, customer_summary(book, one.as_of, "week")))
    return found


def same(one, other, keys: list[str]) -> None:
    one, other = (table.to_pandas().sort_values(keys, ignore_index=True) for table in (one, other))
    assert len(one) > 0
    pd.testing.assert_frame_equal(one, other[list(one.columns)], check_dtype=False, rtol=1e-12)


def test_the_checks_count_the_same_rows_and_money(both):
    here, there = (report for report, _, _ in both)
    assert (here.rows, here.used, here.set_aside) == (there.rows, there.used, there.set_aside)
    assert [left.rows for left in here.left_out] == [left.rows for left in there.left_out]
    assert here.money == pytest.approx(there.money, abs=0.005)
    assert here.money_used == pytest.approx(there.money_used, abs=0.005)


def test_the_columns_hold_the_same(shop):
    made = study(shop, zone="Asia/Ho_Chi_Minh", transactions=SPEC)
    found = []
    for source in (str(shop), f"pyspark://{shop}"):
        one = tables.open_source(replace(made, source=SourceAddress.of(source)))
        reports = contracts.check(made, one)
        found.append(column_profiles.profiles(one, reports, minimum=10))
    here, there = (profile.drop(columns=column_profiles.VALUES) for profile in found)
    assert len(here) == 6 and here["q50"].notna().any() and here["first_year"].notna().any()
    pd.testing.assert_frame_equal(here, there, check_dtype=False)


def test_the_ledger_is_the_same_to_the_cent(both):
    (_, here, _), (_, there, _) = both
    same(here, there, ["customer_id", "order_time", "kind", "category", "revenue", "quantity"])


def test_the_summary_and_its_distinct_rows_are_the_same(both):
    (_, _, here), (_, _, there) = both
    same(here, there, ["customer_id"])
    pd.testing.assert_frame_equal(portfolio.engine_rows(here), portfolio.engine_rows(there))


def test_half_past_six_in_hanoi_is_that_day_on_spark_too(tmp_path):
    frame = pd.DataFrame(
        {
            "customer_id": ["1"],
            "order_time": pd.to_datetime(["2010-11-30T23:30:00Z"]).as_unit("us"),
            "amount": [1.0],
        }
    )
    frame.to_parquet(tmp_path / "transactions.parquet")
    made = replace(study(tmp_path, zone="Asia/Ho_Chi_Minh"), source=SourceAddress.of(f"pyspark://{tmp_path}"))
    table = tables.open_source(made).read("transactions")
    found = table.select("order_time", day=table.order_time.date()).to_pandas().iloc[0]
    assert found["order_time"] == datetime(2010, 12, 1, 6, 30)
    assert str(found["day"])[:10] == "2010-12-01"


def test_what_spark_cannot_read_is_refused_with_the_way_out(tmp_path):
    (tmp_path / "transactions.parquet").write_text("no parquet")
    made = replace(study(tmp_path), source=SourceAddress.of(f"pyspark://{tmp_path}"))
    with pytest.raises(StudyError, match="not a Parquet file that Spark can read"):
        tables.open_source(made).read("transactions")


def test_settled_keeps_the_rows(both):
    _, (_, book, _) = both
    assert spark.settled(book).count().execute() == book.count().execute()


def test_every_notebook_runs_on_spark_and_finds_what_it_finds_on_duckdb(small_report, tmp_path):
    there = run_small(tmp_path, "pyspark://")
    assert (there / "artifacts" / "01_data_quality" / "ledger.parquet").is_dir()
    one, other = (RunRecord.read(run / "run.json").notebooks for run in (small_report, there))
    found = compare.differences(one, other)
    assert found.keys() >= {"Notebooks", "Checks", "Numbers"}
    assert not any(found.values()), found


def test_a_folder_of_parquet_files_is_a_table_on_both_engines(shop, both, tmp_path):
    rows = pd.read_parquet(shop / "transactions.parquet")
    for part in range(3):
        place = tmp_path / "transactions" / f"part={part}"
        place.mkdir(parents=True)
        rows.iloc[part::3].to_parquet(place / "0.parquet", index=False)
    (_, whole, _), _ = both
    for source in (str(tmp_path), f"pyspark://{tmp_path}"):
        one = replace(
            study(shop, zone="Asia/Ho_Chi_Minh", transactions=SPEC), source=SourceAddress.of(source)
        )
        reports = contracts.check(one, tables.open_source(one))
        same(
            whole,
            ledger.build(reports),
            ["customer_id", "order_time", "kind", "category", "revenue", "quantity"],
        )


@pytest.mark.parametrize(
    ("spec", "lines"),
    [
        ({"date_format": "%d %B %Y", "years": "buddhist"},
         ["17850.0,30 มิ.ย. 2569,5", "2,29 มกราคม 2567,6", "3,5 martes 2569,1", "4,29 กุมภาพันธ์ 2567,1"]),
        ({"date_format": "%d %B %Y"}, ["1,30 juin 2026,5", "2,05 MÄRZ 2026,6", "3,30 tháng 6 2026,7"]),
        ({"timezones": {"order_time": "UTC"}, "thousands": ",", "currency_sign": "$", "negative": "parentheses"},
         ['1,2026-06-30 23:30,"($1,234.5)"', "2,2026-06-30,$5", "3,2026-06-30T10:00:00+0530,−7", "4,2026-06-30,5$$"]),
        ({"date_format": "unix"}, ["1,1782803100,5", "2,x,6"]),
        ({"date_format": "unix_ms", "negative": "trailing", "thousands": ",", "grouping": "indian"},
         ["1,1782803100123,5-", '2,x,"12,34,567.5"', "3,1,5-5"]),
        ({"date_format": "excel", "decimal": ",", "thousands": " "}, ['1,46203.5868055556,"1\u00a0234,5"', "2,0.5,6"]),
        ({"years": "buddhist"}, ["1,2567-02-29,5", "2,2567-02-29T10:00:00Z,6", "3,x,6"]),
        ({"date_format": "%m/%d/%Y %I:%M %p"}, ["1,06/30/2026 02:05 PM,5", "2,06/30/2026 02:05 a. m.,6"]),
    ],
)  # fmt: skip
def test_text_is_read_alike(tmp_path, spec, lines):
    write(tmp_path, HEADER, *lines)
    made = study(tmp_path, zone="Asia/Ho_Chi_Minh", transactions=spec)
    columns = ("customer_id", "order_time", "amount", "amount__given")
    duckdb, spark_rows = (
        rows(tables.open_source(replace(made, source=SourceAddress.of(text))).read("transactions"), *columns)
        for text in (str(tmp_path), f"pyspark://{tmp_path}")
    )
    assert duckdb == spark_rows and duckdb[0][1:3] != (None, None)


def test_the_findings_are_the_same(tmp_path):
    number = np.arange(200)
    orders = pd.DataFrame(
        {
            "customer_id": np.where(number // 30 % 2, "C", "c") + pd.Series(number % 30).astype(str),
            "order_time": pd.Timestamp("2010-01-01") + pd.to_timedelta(number, unit="D"),
            "order_id": pd.Series(number - number % 50 // 40).astype(str),
            "amount": pd.Series(50 + number % 7).astype(str) + ".25",
            "Status": np.where(number % 6, "paid", "voided"),
            "Version": number,
        }
    )
    age = np.tile([0, 70], 20)
    begun = pd.Timestamp("2009-01-01") + pd.to_timedelta(age, unit="D")
    again = pd.DataFrame(
        {
            "customer_id": [f"S{n // 2}" for n in range(40)],
            "started_at": begun,
            "ended_at": begun + pd.Timedelta(days=61),
            "period": "month",
        }
    )
    for name, frame in (("transactions", orders), ("subscriptions", again)):
        times = frame.select_dtypes("datetime").columns
        exact = frame.astype(dict.fromkeys(times, "datetime64[us]"))
        exact.to_parquet(tmp_path / f"{name}.parquet", index=False)
    names = set()
    for ids, kept, within in (("as given", None, None), ("normalised", "Version", 15)):
        specs = {"transactions": {"keep_latest": kept}, "subscriptions": {"joined_within": within}}
        made, found = replace(study(tmp_path, **specs), ids=ids), []
        for source in (str(tmp_path), f"pyspark://{tmp_path}"):
            one = replace(made, source=SourceAddress.of(source))
            reports = contracts.check(one, tables.open_source(one))
            found.append([(report.used, report.findings) for report in reports])
        assert found[0] == found[1]
        names |= {finding.name for _, findings in found[0] for finding in findings}
    assert {"ids_split", "unread_status", "contracts_follow_on", "order_values"} <= names
