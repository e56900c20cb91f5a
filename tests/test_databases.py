"""A study's tables in a database: the same ledger and summary as from files, and sentences where it cannot be reached."""

import os
import sqlite3

import ibis
import pandas as pd
import pytest
from tables_support import study

from helpers import contracts, tables
from helpers.clv.purchase_history import customer_summary
from helpers.errors import StudyError
from helpers.tables import ledger

COLUMNS = {
    "transactions": "customer_id text, order_time timestamp, amount numeric(12, 2), channel text, quantity integer",
    "customers": "customer_id text primary key, kind text, acquired_at date",
}
ROWS = {
    "transactions": [
        ("007", "2009-01-05 10:00:00", 10.5, "web", 1), ("007", "2009-02-05 23:30:00", 4, None, 2),
        ("007", "2009-02-07 08:00:00", -4, None, -2), ("b", "2009-03-05 00:00:00", 3.25, "shop", None),
        ("b", "2009-03-06 00:00:00", 0.1, "shop", 1), ("b", "2010-03-06 12:00:00", 1234567.89, "shop", 1),
    ],
    "customers": [("007", "consumer", "2009-01-01"), ("b", "organization", None)],
}  # fmt: skip


def ledger_and_summary(source) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the engine makes of a study's tables."""
    made = study(source)
    book = ledger.build(contracts.check(made, tables.open_source(made)))
    summary = customer_summary(book, made.as_of, "week").order_by("customer_id").to_pandas()
    return book.order_by(["customer_id", "order_date", "revenue"]).to_pandas(), summary


@pytest.fixture
def from_files(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "files").mkdir()
    for name, rows in ROWS.items():
        columns = [part.split()[0] for part in COLUMNS[name].split(", ") if part[0].isalpha()]
        pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "files" / f"{name}.csv", index=False)
    return ledger_and_summary(tmp_path / "files")


def assert_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        pd.testing.assert_frame_equal(one, other, check_dtype=False)


def test_sqlite_gives_the_same_ledger_and_summary_as_files(tmp_path, from_files):
    with sqlite3.connect(tmp_path / "shop.db") as con:
        for name, columns in COLUMNS.items():
            con.execute(f"CREATE TABLE {name} ({columns})")
            con.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(ROWS[name][0]))})", ROWS[name])
    con.close()
    assert_same(ledger_and_summary(f"sqlite:///{tmp_path}/shop.db"), from_files)


def test_postgres_gives_the_same_ledger_and_summary_as_files(from_files):
    address = os.environ.get("CRM_POSTGRES")
    if not address:
        pytest.skip(
            "CRM_POSTGRES does not name an empty PostgreSQL database, as postgres://user:password@host/name"
        )
    con = ibis.connect(address)
    try:
        for name, columns in COLUMNS.items():
            con.raw_sql(f"CREATE TABLE {name} ({columns})").close()
            for row in ROWS[name]:
                values = ", ".join("NULL" if value is None else repr(value) for value in row)
                con.raw_sql(f"INSERT INTO {name} VALUES ({values})").close()
        con.con.commit()
        assert_same(ledger_and_summary(address), from_files)
    finally:
        con.con.rollback()
        for name in COLUMNS:
            con.raw_sql(f"DROP TABLE IF EXISTS {name}").close()
        con.con.commit()


def test_a_database_that_cannot_be_opened_says_why_without_its_password(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(StudyError) as told:
        tables.open_source(study("postgres://anna:secret@127.0.0.1:1/shop"))
    assert "secret" not in str(told.value) and "postgres://127.0.0.1:1/shop" in str(told.value)
    with pytest.raises(StudyError, match="names a file that is not there"):
        tables.open_source(study(f"sqlite:///{tmp_path}/mistyped.db"))
    assert not (tmp_path / "mistyped.db").exists()
    with pytest.raises(StudyError, match="An address is like sqlite"):
        tables.open_source(study("oracel://shop"))
