"""What 01_data_quality says of the data: sums that add up, a last month that stops early, coverage."""

from datetime import date
from types import SimpleNamespace

import ibis
import pandas as pd
import pytest
from tables_support import HEADER, TODAY, study, write

from helpers import contracts, tables
from helpers.contracts import accounts, column_profiles, finding_checks
from helpers.contracts.finding_names import FINDINGS
from helpers.contracts.findings import Finding, TableReport
from helpers.customers import data_window
from helpers.messages import message, percent
from helpers.pages import wording
from helpers.pages.shown import record_of
from helpers.tables import ledger, ledger_totals
from helpers.views import data_quality, data_quality_answers


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def window_of(days, as_of):
    return data_window.covered(ibis.memtable(pd.DataFrame({"order_date": pd.to_datetime(list(days))})), as_of)


def test_a_month_that_stops_early_is_not_complete():
    days = pd.date_range("2011-01-03", "2011-12-09", freq="3D")
    seen = window_of(days, date(2011, 12, 31))
    assert not seen.last_month_is_complete
    assert seen.last_complete_month == date(2011, 11, 1)
    assert seen.freshness_days == (date(2011, 12, 31) - seen.last_order).days


def test_how_old_the_last_order_is_has_no_zero_days():
    last, later = (window_of([date(2026, 6, 30)], date(2026, month, 30)) for month in (6, 7))
    told = [wording.say(data_quality_answers.age(one)) for one in (last, later)]
    assert told == [
        "on 30 June 2026, the day this report stands on",
        "30 days before 30 July 2026, the day this report stands on",
    ]


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
    money = accounts.money_in_and_out(reports)
    for name in ("rows", "money"):
        assert money.lines[name].iloc[:-1].sum() == money.lines[name].iloc[-1]
    assert [one.verdict for one in accounts.check_money(money, 0.05)] == ["PASS", "REVIEW"]
    unreadable = money.parts[
        [wording.say(one) == "set aside: unreadable_amount" for one in money.parts["outcome"]]
    ]
    assert unreadable["money"].isna().tolist() == [True], "what cannot be read is unknown, not 0"
    assert accounts.check_rows(accounts.rows_in_and_out(reports)).verdict == "PASS"
    rejected = accounts.rejected_rows(reports).to_pandas().sort_values("row", ignore_index=True)
    assert rejected["rule"].tolist() == ["no_customer_id", "unreadable_amount"]
    assert "amount__given=y; " in rejected["line"][1]
    assert accounts.broken_rules(reports)["rows"].tolist() == [1, 1]

    book = ledger.build(reports)
    months = data_window.revenue_by_month(book, data_window.covered(book, made.as_of))
    assert months["revenue"].tolist() == [10, 0, -4]
    assert months["returned"].tolist() == [0, 0, 4]
    channels = data_window.channels(reports, book).set_index("channel")
    assert channels["anonymous_share"].to_dict() == {"web": 0, "store": 1}
    assert accounts.currencies(reports)["currency"].tolist() == ["GBP"]
    totals = ledger_totals.totals(book)
    assert (totals.revenue, totals.returns_share, totals.customers) == (6, pytest.approx(0.4), 2)
    assert ledger_totals.check_totals(totals, money).verdict == "PASS"


def test_without_orders_nothing_is_said_of_them():
    units = TableReport("experiment_units", "units.csv", (), 5, 5, 0, (), (), None, None)
    assert ledger.build([units]) is None and accounts.money_in_and_out([units]) is None
    assert accounts.check_money(None, 0.05) == [] and ledger_totals.check_totals(None, None) is None
    assert data_window.covered(None, date(2011, 12, 9)) is None and data_window.check_window(None, 7) == []
    assert (
        data_quality.money_in_and_out(None) is None
        and data_quality.revenue_by_month(None, None, "EUR") is None
    )
    rows = accounts.rows_in_and_out([units])
    said = data_quality_answers.answers(rows, None, None, None, pd.DataFrame(), "EUR")
    assert [wording.say(one) for one in said] == [
        "5 of 5 rows of experiment_units are used. This study has no orders, so questions about orders have no page."
    ]
    assert (
        wording.say(data_quality_answers.facts(None, None, rows, None)["Rows used"])
        == "5 of 5 rows of experiment_units"
    )


# ---- findings
def test_every_finding_has_a_name_on_pages():
    assert set(finding_checks.HOLDS) == set(FINDINGS)


def test_a_finding_is_a_check_without_its_values():
    sentence = "orders.csv: 7 of 9 ids of customer_id are rounded."
    told, whole, export = (
        message("test.told", text)() for text in (sentence, "orders.csv: order_id is whole.", "Export.")
    )
    none, most = percent(0, 0), percent(0.78, 0)
    spoilt = Finding("ids_spoilt", "transactions", "REVIEW", told, most, none, export, ("4.01E+12", "C-17"))
    again = Finding("ids_spoilt", "transactions", "PASS", whole, none)
    report = TableReport(
        "transactions", "orders.csv", (), 9, 9, 0, (), (), None, None, findings=(again, spoilt)
    )
    checks = finding_checks.checks([report])
    assert [(one.name, one.verdict) for one in checks] == [
        ("transactions: ids are whole", "REVIEW"),
        ("transactions: ids are whole (2)", "PASS"),
    ]
    assert wording.say(checks[0].advice) == f"{sentence} They look like 9.99E+99 and x-99. Export."
    shown = str(finding_checks.masked([report]).to_dict()) + str(
        data_quality.findings(finding_checks.masked([report]))
    )
    assert "4.01E+12" not in shown and "C-17" not in shown
    assert finding_checks.in_full([report])["examples"].tolist() == ["4.01E+12; C-17", ""]


# ---- columns
def test_a_spoilt_id_and_a_wrong_year_are_seen_in_the_columns_but_no_value_is(tmp_path):
    lines = [f"C-{n:04d},2010-10-{1 + n % 28:02d},{n}.5,Đà Nẵng" for n in range(40)]
    lines += ["4.01E+12,2062-10-05,7.5,Huế", "4.01E+12,2010-10-06,1 000,Huế"]
    write(tmp_path, HEADER + ",place", *lines)
    allowed = {"future_date": "reject", "unreadable_amount": "reject"}
    made = study(tmp_path, transactions={"rules": allowed})
    source = tables.open_source(made)
    reports = contracts.check(made, source, today=TODAY)
    found = column_profiles.profiles(source, reports, minimum=10)
    by_column = found.set_index("read_as")
    ids, days, amounts = (by_column.loc[name] for name in ("customer_id", "order_time", "amount"))
    assert (ids["patterns"], ids["distinct"], ids["filled"]) == ("x-9999; 9.99E+99", 41, 1)
    assert (days["first_year"], days["last_year"]) == (2010, 2062)
    assert (amounts["q50"], amounts["patterns"]) == (20, "9.9; 9 9")
    assert found.set_index("column").loc["place", ["patterns", "most_frequent"]].tolist() == [
        "x x; x",
        "Đà Nẵng",
    ]
    assert column_profiles.profiles(source, reports, minimum=100)["q50"].isna().all()

    shown = str([record_of(one) for one in data_quality.columns(column_profiles.masked(found))])
    assert "9.99E+99" in shown and "2062" in shown
    assert not [one for one in ("4.01E+12", "C-00", "Đà", "Huế", "39.5") if one in shown]


def test_many_different_values_are_estimated_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(column_profiles, "MOST_COUNTED", 20)
    write(tmp_path, HEADER, *(f"C{n},2010-0{n % 9 + 1}-01,{n}.5" for n in range(60)))
    made = study(tmp_path)
    source = tables.open_source(made)
    reports = contracts.check(made, source, today=TODAY)
    found = column_profiles.profiles(source, reports, minimum=10).set_index("column")
    assert found["about"].to_dict() == {"customer_id": True, "order_time": False, "amount": True}
    ids = found.loc["customer_id"]
    assert (ids["filled"], ids["smallest"], ids["largest"]) == (1, "C0", "C9") and pd.isna(
        ids["most_frequent"]
    )
    assert 50 <= ids["distinct"] <= 70
    pages = data_quality.columns(column_profiles.masked(found.reset_index()))
    assert "about how many they are" in str([record_of(one) for one in pages])


def test_customers_are_counted_in_every_sense_that_pages_use():
    lines = pd.DataFrame(
        {"customer_id": ["a", "a", "b", None], "kind": ["purchase", "return", "return", "purchase"]}
    )
    rows = pd.DataFrame({"table": ["transactions", "customers"], "used": [4, 3]})
    found = data_window.customers(ibis.memtable(lines), rows, 1)
    assert found == data_window.Counted(listed=3, ordered=2, kept=1)
    said = wording.say(data_quality_answers._customers(found))
    assert said.startswith("3 in the customer table, 2 with an order, 1 with a purchase")
    assert data_window.customers(ibis.memtable(lines), rows.head(1), 1).listed is None
    assert data_window.customers(None, rows, 1) is None
    few = data_window.customers(ibis.memtable(lines), rows, 10)
    assert few.ordered is None and wording.say(data_quality_answers._customers(few)).startswith(
        "3 in the customer table, 1 with a purchase"
    )


def test_no_returns_are_not_said_to_be_none_that_came_back():
    """An export may have taken refunds off its amounts: 0 % of returns would be wrong."""
    money = SimpleNamespace(anonymous_share=0.0, rows_used=9, rows=9, used=90.0, left_out_share=0.0)
    window = window_of(["2024-01-01", "2024-06-30"], date(2024, 6, 30))

    def told(share):
        totals = SimpleNamespace(returns_share=share)
        return wording.say(
            data_quality_answers.answers(pd.DataFrame(), money, totals, window, pd.DataFrame(), "EUR")[1]
        )

    assert "no row is a return: what came back is taken off the amounts already" in told(0.0)
    assert told(0.05).endswith("and 5.0 % of what was bought came back.")
