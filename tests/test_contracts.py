"""What makes a row wrong, how it is counted, and how the study allows it."""

import subprocess
import sys
from datetime import date

import pandas as pd
import pytest
from tables_support import HEADER, TODAY, rows, study, write

from helpers import contracts, paths, tables
from helpers.errors import StudyError


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


def check(made, wanted=None, today=TODAY):
    return contracts.check(made, tables.open_source(made), wanted, today)


def only(made, name="transactions"):
    return next(report for report in check(made) if report.table == name)


def broken(report) -> dict[str, int]:
    return {result.rule: result.rows for result in report.results if result.rows}


def refusal(made) -> str:
    with pytest.raises(StudyError) as error:
        contracts.refuse(check(made))
    return str(error.value)


WRONG = [
    "1,2010-12-01,10.00,A,1,",
    ",2010-12-01,20.00,B,1,",  # no customer
    "2,2013-09-01,5.00,C,1,",  # after today
    "2,2011-03-01,5.50,C,1,",  # after as_of, not wrong
    "3,,5.00,D,1,",  # no time
    "3,31/12/2010,7.00,D,1,",  # unreadable time
    '3,2010-12-02,"1,50",D,1,',  # unreadable amount
    "3,2010-12-02,,D,1,",  # no amount
    "4,2010-12-03,4.00,E,-2,",  # negative quantity, amount not negative
    "4,2010-12-03,-4.00,E,-2,",  # a return
    "1,2010-12-01,10.00,A,1,",  # the first line again
    "5,1900-01-01,3.00,F,1,",  # placeholder
    "6,2010-12-05,2.00,G,1,USD",  # converted: 1.00
    "6,2010-12-05,2.00,G,1,VND",  # unknown currency
    "6,2010-11-05,2.00,G,1,USD",  # before the first rate
    ",1899-12-31,1.00,G,1,",  # two rules
]
RULES = {
    "no_customer_id": 2,
    "no_order_time": 1,
    "unreadable_order_time": 1,
    "no_amount": 1,
    "unreadable_amount": 1,
    "future_date": 1,
    "placeholder_date": 2,
    "negative_quantity": 1,
    "duplicate_line": 1,
    "unknown_currency": 1,
    "no_exchange_rate": 1,
}


@pytest.fixture
def wrong(tmp_path):
    write(tmp_path, HEADER + ",order_id,quantity,currency", *WRONG)
    write(
        tmp_path, "date,currency,rate", "2010-12-01,USD,0.5", "2010-12-10,USD,0.9", name="exchange_rates.csv"
    )
    return tmp_path


def test_every_rule_finds_its_rows_and_nothing_else(wrong):
    assert broken(only(study(wrong))) == RULES


def test_each_broken_rule_is_one_sentence_with_the_line_that_allows_it(wrong):
    lines = refusal(study(wrong)).splitlines()
    assert len(lines) == len(RULES) + 1
    for name, count in RULES.items():
        line = next(line for line in lines if f"(rule {name})" in line)
        assert line.startswith("transactions.csv, column ")
        assert f"{count} row{'s' if count > 1 else ''} " in line
        assert f"`rules: {{{name}: reject}}`" in line
        assert "First: row " in line
    assert lines[0].startswith(
        "transactions.csv, column customer_id: 2 rows without customer_id (rule no_customer_id). "
        "First: row 2 (order_time 2010-12-01 00:00:00, amount 20.0); row 16 ("
    )
    assert lines[-1].startswith(
        "To set all of these rows of transactions aside: `rules: {no_customer_id: reject, "
    )


def test_allowed_rows_are_set_aside_and_rows_and_cents_reconcile(wrong):
    report = only(
        study(wrong, transactions={"rules": dict.fromkeys(RULES, "reject"), "where": ("amount <> 5.5",)})
    )
    contracts.refuse([report])
    assert [(str(left.reason), left.rows, left.money, left.unknown) for left in report.left_out] == [
        ("amount <> 5.5", 3, 5.5, 2),
        ("after as_of (2010-12-31)", 0, 0, 0),
    ]
    assert (report.rows, report.used, report.set_aside) == (16, 3, 10)
    assert report.rows == report.used + report.set_aside + sum(left.rows for left in report.left_out)
    money_left_out = sum(left.money for left in report.left_out)
    assert round(report.money, 2) == round(report.money_used + report.money_set_aside + money_left_out, 2)
    assert report.money_used == 10.0 - 4.0 + 1.0
    assert sum(result.set_aside for result in report.results) == report.set_aside
    assert sum(result.money_set_aside for result in report.results) == report.money_set_aside
    assert rows(report.rejected, "_row", "rule", "rules")[-1] == (
        16,
        "no_customer_id",
        "no_customer_id placeholder_date",
    )


def test_rows_after_as_of_are_left_out_not_broken(wrong):
    report = only(study(wrong))
    assert (str(report.left_out[0].reason), report.left_out[0].rows, report.left_out[0].money) == (
        "after as_of (2010-12-31)", 1, 5.5,
    )  # fmt: skip


def test_nothing_left_out_is_no_money_though_floats_differ_in_their_last_digit(tmp_path):
    days = ["2010-12-01", "2010-12-09", "2011-01-10"]
    write(tmp_path, HEADER, *(f"1,{day},0.{cents}" for cents, day in enumerate(days, start=1)))
    report = only(study(tmp_path))
    assert (report.turnover_out, str(report.turnover_out)) == (0.0, "0.0")


def test_keep_uses_harmless_rows_and_nothing_else_may_be_kept(wrong):
    kept = study(wrong, transactions={"rules": {"duplicate_line": "keep", "negative_quantity": "keep"}})
    report = only(kept)
    assert not {"duplicate_line", "negative_quantity"} & {r.rule for r in report.results if r.stops}
    assert {1, 9, 11} <= {row for (row,) in rows(report.accepted, "_row")}
    with pytest.raises(StudyError, match="no_customer_id is 'keep'; it can be reject"):
        check(study(wrong, transactions={"rules": {"no_customer_id": "keep"}}))
    with pytest.raises(
        StudyError, match="names 'no_customer'; the rules of transactions are no_customer_id, "
    ):
        check(study(wrong, transactions={"rules": {"no_customer": "reject"}}))


def test_a_rate_holds_until_the_next_one(tmp_path):
    days = ["2010-12-01", "2010-12-09", "2010-12-10", "2010-12-31"]
    write(tmp_path, HEADER + ",currency", *(f"1,{day} 23:59,2.00,usd" for day in days))
    write(
        tmp_path, "date,currency,rate", "2010-12-10,USD,0.9", "2010-12-01,USD,0.5", name="exchange_rates.csv"
    )
    assert rows(only(study(tmp_path)).accepted, "revenue") == [(1.0,), (1.0,), (1.8,), (1.8,)]


def test_exchange_rates_have_rules_of_their_own(tmp_path):
    write(tmp_path, HEADER, "1,2010-12-01,2.00")
    lines = ["2010-12-01,USD,0", "2010-12-02,USD,-1", "2010-12-03,USD,0.5", "2010-12-03,USD,0.6", ",USD,1"]
    write(tmp_path, "date,currency,rate", *lines, name="exchange_rates.csv")
    assert broken(only(study(tmp_path), "exchange_rates")) == {
        "rate_not_positive": 2,
        "duplicate_rate": 1,
        "no_date": 1,
    }


@pytest.mark.grid
@pytest.mark.parametrize(
    ("values", "line"),
    [
        (['"1,5"', '"2,25"'], '`decimal: ","`'),
        (['"1.234,50"'], '`decimal: ",", thousands: "."`'),
        (['"1,234.50"'], '`thousands: ","`'),
        (['"1,234"'], 'Say which the comma is: `decimal: ","` or `thousands: ","`'),
        (["€5"], 'add to the table: `currency_sign: "€"`'),
        (["five"], "without letters or a currency sign"),
    ],
)
def test_the_line_for_numbers_written_another_way(tmp_path, values, line):
    write(tmp_path, HEADER, "1,2010-12-01,1", *(f"1,2010-12-01,{value}" for value in values))
    assert line in refusal(study(tmp_path))


@pytest.mark.grid
@pytest.mark.parametrize(
    ("values", "line"),
    [
        (["31/12/2010", "01/02/2010"], 'The day comes first: add to the table `date_format: "%d/%m/%Y"`'),
        (["12/31/2010 08:05"], 'The month comes first: add to the table `date_format: "%m/%d/%Y %H:%M"`'),
        (["01/02/2010"], "These dates are ambiguous"),
        (["20101231"], '`date_format: "%Y%m%d"`'),
        (["2010/12/31"], '`date_format: "%Y/%m/%d"`'),
        (["1.2.10"], '`date_format: "%d.%m.%y"`'),
        (["soon"], "A date is written like 2010-12-31"),
    ],
)
def test_the_line_for_dates_written_another_way(tmp_path, values, line):
    write(tmp_path, HEADER, "1,2010-12-01,1", *(f"1,{value},1" for value in values))
    message = refusal(study(tmp_path))
    assert line in message
    assert f"({values[0]!r})" in message


def test_the_suggested_lines_work(tmp_path):
    write(tmp_path, HEADER, '1,31/12/2010,"1.234,50"')
    said = {"date_format": "%d/%m/%Y", "decimal": ",", "thousands": "."}
    report = only(study(tmp_path, transactions=said))
    contracts.refuse([report])
    assert rows(report.accepted, "order_date", "amount") == [(date(2010, 12, 31), 1234.5)]


def test_dates_that_the_study_needs(tmp_path):
    write(tmp_path, HEADER, "1,2010-06-01,1", "1,2010-12-01,1")
    assert "before the first order" in refusal(study(tmp_path, as_of=date(2010, 5, 31)))
    assert "leaves nothing to fit" in refusal(study(tmp_path, holdout_days=400))
    assert "`holdout: 61 days`" in refusal(study(tmp_path, holdout_days=400))
    assert "holds no order" in refusal(study(tmp_path, as_of=date(2011, 5, 1), holdout_days=28))
    assert "compare_to is 2010-01-01" in refusal(study(tmp_path, compare_to=date(2010, 1, 1)))
    contracts.refuse(check(study(tmp_path, holdout_days=100, compare_to=date(2010, 9, 30))))


def test_tables_without_rows_to_use(tmp_path):
    write(tmp_path, HEADER)
    assert "holds no rows, only column names" in refusal(study(tmp_path))
    write(tmp_path, HEADER, ",2010-12-01,1", "2,2010-12-01,-1")
    message = refusal(
        study(tmp_path, transactions={"where": ("amount > 0",), "rules": {"no_customer_id": "reject"}})
    )
    assert "none of its 2 rows can be used: 1 do not meet `amount > 0`; 1 break no_customer_id" in message


def test_problems_of_several_files_come_together(tmp_path):
    write(tmp_path, "id,order_time,amount", "1,2010-12-01,1")
    write(tmp_path, "id", "1", name="customers.csv")
    with pytest.raises(StudyError) as error:
        check(study(tmp_path))
    assert "transactions.csv has no column customer_id" in str(error.value)
    assert "customers.csv has no column customer_id" in str(error.value)


def test_scores_off_the_scale_stop_a_study_and_may_be_set_aside(tmp_path):
    write(tmp_path, HEADER, "1,2010-12-01,1")
    rows = ["1,2010-12-01,0", "1,2010-12-01,10", "1,2010-12-01,11", "1,2010-12-01,-1", "1,2010-12-01,ten"]
    write(tmp_path, "customer_id,asked_at,score", *rows, name="surveys.csv")
    assert broken(only(study(tmp_path), "surveys")) == {"score_out_of_range": 2, "unreadable_score": 1}
    assert "score_out_of_range" in refusal(study(tmp_path))


def test_customers_and_campaigns(tmp_path):
    write(tmp_path, HEADER, "1,2010-12-01,1")
    people = ["1,consumer,,", "2,consumer,2,", "2,firm,,", "3,organization,9,8", ",consumer,,"]
    write(tmp_path, "customer_id,kind,parent_id,referred_by", *people, name="customers.csv")
    lines = [
        "c,1,a,2010-12-01,",
        "c,1,b,2010-12-01,",
        "c,2,a,2010-12-01,2010-11-01",
        "c,7,a,2010-12-01,",
        "c,3,,soon,",
    ]
    write(tmp_path, "campaign_id,customer_id,arm,assigned_at,exposed_at", *lines, name="campaigns.csv")
    assert broken(only(study(tmp_path), "customers")) == {
        "no_customer_id": 1,
        "two_kinds": 2,
        "duplicate_customer_id": 1,
        "unknown_kind": 1,
        "own_parent": 1,
        "unknown_parent": 1,
        "unknown_referrer": 1,
    }
    assert broken(only(study(tmp_path), "campaigns")) == {
        "no_arm": 1,
        "unreadable_assigned_at": 1,
        "two_arms": 2,
        "duplicate_assignment": 1,
        "unknown_customer": 1,
        "exposed_before_assigned": 1,
    }


def test_a_calendar_may_lie_ahead_and_has_rules_of_its_own(tmp_path):
    write(tmp_path, HEADER, "1,2010-12-01,2.00")
    lines = [
        "2010-12-01,,closed,1",
        "2010-12-01,,closed,1",
        "2010-12-09,2010-12-01,mailing,1",
        "2099-01-01,,closed,1",
    ]
    write(tmp_path, "date,until,name,value", *lines, "2010-12-03,,price,", name="calendar.csv")
    report = only(study(tmp_path), "calendar")
    assert broken(report) == {"duplicate_calendar_day": 1, "until_before_date": 1, "no_value": 1}


@pytest.mark.parametrize("name", list(contracts.TABLES))
def test_every_table_has_rules_that_run(tmp_path, name):
    contract = contracts.TABLES[name]
    sample = {"id": "1", "text": "a", "number": "1", "time": "2010-12-01", "date": "2010-12-01", "flag": "1"}
    header = ",".join(column.name for column in contract.columns)
    line = ",".join(sample[column.type] for column in contract.columns)
    write(tmp_path, header, line, "," * (len(contract.columns) - 1), name=f"{name}.csv")
    report = only(study(tmp_path), name)
    assert {result.rule for result in report.results} >= {f"no_{column}" for column in contract.required}
    assert {f"no_{column}" for column in contract.required} <= set(broken(report))
    assert list(contracts.rule_names(name))


def test_a_study_file_is_read_without_the_engine():
    code = "import sys, helpers.contracts; assert 'ibis' not in sys.modules and 'duckdb' not in sys.modules\n"
    code += "import helpers.contracts.checking; assert 'scipy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- Online Retail, the counts of public record
ONLINE_RETAIL = {
    "path": "online_retail.parquet",
    "columns": {
        "customer_id": "CustomerID",
        "order_id": "InvoiceNo",
        "order_time": "InvoiceDate",
        "amount": "Quantity * UnitPrice",
        "quantity": "Quantity",
        "category": "StockCode",
        "channel": "Country",
    },
}


def online_retail(real_data, **more):
    return study(real_data, as_of=date(2011, 12, 9), transactions=ONLINE_RETAIL | more)


def test_online_retail_breaks_the_rules_it_is_known_to_break(real_data):
    report = only(online_retail(real_data))
    assert report.rows == 541_909
    assert broken(report) == {"no_customer_id": 135_080, "negative_quantity": 1_336, "duplicate_line": 5_268}


def test_online_retail_cancellations_are_counted_by_a_condition(real_data):
    allowed = {"no_customer_id": "reject", "duplicate_line": "keep", "negative_quantity": "reject"}
    report = only(online_retail(real_data, where=("InvoiceNo NOT LIKE 'C%'",), rules=allowed))
    assert report.left_out[0].rows == 9_288


def test_online_retail_purchases_with_an_id(real_data):
    allowed = {"no_customer_id": "reject", "duplicate_line": "keep"}
    report = only(online_retail(real_data, where=("Quantity > 0", "UnitPrice > 0"), rules=allowed))
    contracts.refuse([report])
    assert report.used == 397_884
    assert round(report.money_used, 2) == 8_911_407.90
    assert report.accepted.customer_id.nunique().execute() == 4_338
    out = report.set_aside + sum(left.rows for left in report.left_out)
    assert report.used + out == 541_909


def test_online_retail_leaves_out_postage_with_its_money(real_data):
    codes = ("POST", "D", "M", "DOT", "CRUK", "BANK CHARGES", "AMAZONFEE", "B")
    left = only(online_retail(real_data, where=(f"StockCode NOT IN {codes}",))).left_out[0]
    lines = pd.read_parquet(real_data / "online_retail.parquet")
    postage = lines[lines["StockCode"].isin(codes)]
    assert left.rows == len(postage)
    assert left.money == pytest.approx((postage["Quantity"] * postage["UnitPrice"]).sum(), abs=0.01)


def test_cdnow_is_whole():
    spec = {
        "path": "cdnow.csv",
        "columns": {"customer_id": "masterid", "order_time": "date", "amount": "sales"},
    }
    report = only(study("data/cdnow", as_of=date(1998, 6, 30), holdout_days=273, transactions=spec))
    contracts.refuse([report])
    assert (report.rows, report.used) == (6_919, 6_919)
    accepted = report.accepted
    assert accepted.select("customer_id", "order_date").distinct().count().execute() == 6_696
    assert accepted.customer_id.nunique().execute() == 2_357


def test_the_contract_is_written_down_as_it_is():
    text = (paths.DATA / "README.md").read_text(encoding="utf-8")
    for name, contract in contracts.TABLES.items():
        section = text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        for column in contract.columns:
            bold = f"**{column.name}**" if column.required else column.name
            assert f"| {bold} | " in section, (name, column.name)
            assert column.help in section, (name, column.name)
        for rule, keepable in contracts.rule_names(name).items():
            row = next(line for line in section.splitlines() if line.startswith(f"| {rule} | "))
            assert row.endswith("| rejected or kept |" if keepable else "| rejected |"), (name, rule)


def test_every_finding_is_written_down():
    text = (paths.DATA / "README.md").read_text(encoding="utf-8")
    section = text.partition("\n## What no single row shows\n")[2].partition("\n## ")[0]
    names = {name for table in contracts.TABLES for name in contracts.finding_names(table)}
    rows = section.partition("\n|---|---|---|\n")[2].splitlines()
    assert {row.split(" | ")[0].removeprefix("| ") for row in rows if row.startswith("| ")} == names
