"""What 01_data_quality says of the data: sums that add up, a last month that stops early, coverage."""

from datetime import date

import ibis
import pandas as pd
import pytest
from tables_support import HEADER, TODAY, study, write

from helpers import contracts, tables
from helpers.tables import ledger
from helpers.views import data_quality


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def window_of(days, as_of):
    return data_quality.window(ibis.memtable(pd.DataFrame({"order_date": pd.to_datetime(list(days))})), as_of)


def test_a_month_that_stops_early_is_not_complete():
    days = pd.date_range("2011-01-03", "2011-12-09", freq="3D")
    seen = window_of(days, date(2011, 12, 31))
    assert not seen.last_month_is_complete
    assert seen.last_complete_month == date(2011, 11, 1)
    assert seen.freshness_days == (date(2011, 12, 31) - seen.last_order).days


def test_a_shop_that_closes_on_the_last_days_has_a_complete_month():
    days = pd.date_range(end="2011-12-29", periods=120, freq="3D")
    assert window_of(days, date(2011, 12, 31)).last_complete_month == date(2011, 12, 1)
    assert window_of(days, date(2011, 12, 30)).last_complete_month == date(2011, 11, 1)


def test_without_a_whole_month_there_is_none():
    seen = window_of(["2011-12-05"], date(2011, 12, 9))
    assert (seen.last_complete_month, seen.last_month_is_complete) == (None, False)
    assert len(seen.frame()) == 1


def test_money_and_rows_add_up_and_rejected_rows_are_kept_in_full(tmp_path):
    lines = [
        "1,2010-10-05,10,web,A",
        ",2010-10-06,5,store,B",
        "2,2010-12-07,-4,web,C",
        "x,2010-12-08,y,web,D",
    ]
    write(tmp_path, HEADER + ",channel,order_id", *lines)
    allowed = {"no_customer_id": "reject", "unreadable_amount": "reject"}
    made = study(tmp_path, transactions={"rules": allowed})
    reports = contracts.check(made, tables.open_source(made), today=TODAY)
    contracts.refuse(reports)
    money = data_quality.money_in_and_out(reports[0])
    for name in ("Rows", "Money"):
        assert money[name].iloc[:-1].sum() == money[name].iloc[-1]
    rejected = data_quality.rejected_rows(reports).to_pandas().sort_values("row", ignore_index=True)
    assert rejected["rule"].tolist() == ["no_customer_id", "unreadable_amount"]
    assert "amount__given=y; " in rejected["line"][1]
    assert data_quality.broken_rules(reports)["Rows that break it"].tolist() == [1, 1]

    book = ledger.build(reports)
    months = data_quality.revenue_by_month(book, data_quality.window(book, made.as_of))
    assert months["revenue"].tolist() == [10, 0, -4]
    assert months["returned"].tolist() == [0, 0, 4]
    channels = data_quality.channels(reports[0], book).set_index("channel")
    assert channels["anonymous_share"].to_dict() == {"web": 0, "store": 1}
    assert data_quality.currencies(reports[0])["currency"].tolist() == ["GBP"]
