"""Amounts with words (12k, 1,2 Mio, 5 tr, 2 lakh) or several signs, and weeks and quarters in place of days."""

from datetime import datetime

import ibis
import pytest
from findings_support import COLUMNS, found, orders, own_cache, sale, shop, transactions  # noqa: F401

from helpers.commands.drafting import recognise
from helpers.contracts import amount_words, date_formats, time_coverage, whole_tables
from helpers.tables import engine
from helpers.tables.times import as_time

ORDERS = orders(240)


@pytest.fixture(scope="module")
def con():
    """One engine for the tests of this module."""
    return engine.connect()


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["12k", "4.5K", "900"], [12_000, 4500, 900]),
        (["€1.2M", "€900k", "-€3"], None),  # a minus before the sign
        (["1,2 Mio. €", "850 Tsd. €", "12,50 €"], [1_200_000, 850_000, 12.5]),
        (["5 tr", "1.5 triệu", "200 nghìn", "2 tỷ"], [5e6, 1.5e6, 2e5, 2e9]),
        (["2 lakh", "1.25 crore", "900"], [2e5, 1.25e7, 900]),
        (["3 ล้าน", "5 แสน"], [3e6, 5e5]),
        (["-1.5k", "2k"], [-1500, 2000]),
        (["12keur", "100 krw", "3 k €", "2 MRD", "5 m"], [12_000, 100, 3000, 2e9, 5e6]),
        (["1tr2", "5tr"], None),  # 1.2 million
        (["49.50 per month", "12k"], None),
        (["1,234k", "5k"], None),  # which is the comma?
        (["12", "13.50"], None),
    ],
)
def test_words_behind_amounts_are_read_or_left_alone(con, texts, numbers):
    made = amount_words.expression("Deal size", texts)
    assert (made is None) == (numbers is None)
    if made:
        con.create_table("t", ibis.memtable({"Deal size": texts, "n": range(len(texts))}), overwrite=True)
        rows = con.raw_sql(f"SELECT {made[0]} FROM t ORDER BY n").fetchall()
        assert [row[0] for row in rows] == pytest.approx(numbers)


def test_what_no_example_showed_is_no_number(con):
    made = amount_words.expression("a", ["5tr", "2tr"])
    con.create_table("u", ibis.memtable({"a": ["1tr2", "(3tr)", "3-4tr"]}), overwrite=True)
    assert con.raw_sql(f"SELECT {made[0]} FROM u").fetchall() == [(None,)] * 3


def test_an_amount_in_words_is_drafted_with_what_each_word_is_taken_for():
    values = {"Account": ["A1", "A2"], "Close date": ["2026-01-05", "2026-02-07"], "Amount": ["12k", "1.5M"]}
    told = recognise.guess("transactions", values)
    assert "THEN 1000000" in told.columns["amount"]
    assert told.doubts["amount"] == "k is taken for 1,000, m is taken for 1,000,000"


WEEKS = {
    "2025-W07": (2025, 2, 10), "KW 7/2025": (2025, 2, 10), "Tuần 7 năm 2025": (2025, 2, 10), "7. KW 2025": (2025, 2, 10),
    "2020W53": (2020, 12, 28), "W1 2026": (2025, 12, 29), "2021-W53": None, "KW 0/2025": None, "KW 54/2024": None,
}  # fmt: skip
QUARTERS = {
    "Q1 2025": (2025, 1, 1),
    "2024-Q4": (2024, 10, 1),
    "Quý 2/2024": (2024, 4, 1),
    "3. Quartal 2025": (2025, 7, 1),
}


@pytest.mark.parametrize(("name", "days"), [("week", WEEKS), ("quarter", QUARTERS | {"Q5 2025": None})])
def test_weeks_and_quarters_are_their_first_days(con, name, days):
    table = ibis.memtable({"text": list(days), "n": range(len(days))})
    read = con.to_pyarrow(table.mutate(day=as_time(table.text, "UTC", name)).order_by("n"))["day"].to_pylist()
    assert read == [day and datetime(*day) for day in days.values()]
    for text, day in days.items():
        if day:
            assert date_formats.propose([text]).settings == {"date_format": name}


@pytest.mark.parametrize("texts", [["W07"], ["2025-07"], ["T1/2025"], ["Q1"], ["12/2025", "KW 7/2025"]])
def test_what_is_no_week_of_a_year_is_proposed_as_none(texts):
    proposal = date_formats.propose(texts)
    assert proposal is None or proposal.settings.get("date_format") not in ("week", "quarter")


@pytest.mark.parametrize(("written", "asked"), [("%G-W%V", True), ("%Y-%m-%d", False)])
def test_orders_dated_by_weeks_ask_for_a_review(tmp_path, monkeypatch, written, asked):
    monkeypatch.setattr(whole_tables, "_OF_A_TABLE", (time_coverage,))
    rows = [sale(o, Date=o["when"].strftime(written)) for o in ORDERS]
    more = {"date_format": "week"} if asked else {}
    seen = found(transactions(tmp_path, shop(tmp_path, rows, columns=COLUMNS, **more)))
    assert ("months_in_place_of_days" in seen) == asked
