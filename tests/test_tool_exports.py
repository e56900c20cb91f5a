"""What test tools, survey forms and sales software export, and designs in which everybody gets both or all in the end."""

from datetime import date

import pandas as pd
import pytest
from test_public_shapes import drafted

from helpers.campaigns.covariate_table import as_numbers
from helpers.commands.drafting import by_shape, controls, recognise, ways_out, yes_or_no
from helpers.commands.drafting.draft import table_of
from helpers.commands.drafting.experiments import parameters
from helpers.commands.drafting.files import exports
from helpers.tables import second_headers

WAYS = "sim/não Sí/No ja/nein oui/non có/không ใช่/ไม่ใช่ да/нет Y/N T/F checked/unchecked tak/nie evet/hayır 是/否 X/no"


@pytest.mark.parametrize("pair", WAYS.split())
def test_yes_and_no_are_read_in_many_languages(pair):
    yes, no = pair.split("/")
    assert list(as_numbers(pd.Series([yes, no, None]))[:2]) == [1.0, 0.0]
    assert yes_or_no.is_flag([yes, no, "NA"]) and controls.control_of([yes, no]) == no
    assert as_numbers(pd.Series([yes, "perhaps"])) is None


def test_an_x_is_yes_where_nothing_but_no_stands_beside_it():
    assert as_numbers(pd.Series(["x", None])).iloc[0] == 1.0
    assert as_numbers(pd.Series(["x", "y"])) is None and as_numbers(pd.Series(["x", "a"])) is None


def of_text(tmp_path, text):
    (tmp_path / "answers.csv").write_text(text, encoding="utf-8")
    _, [export] = exports([str(tmp_path)])
    return table_of(export, date(2026, 6, 1))


SECOND = [
    'Start Date,Response ID,How likely are you to recommend us?\n{"ImportId":"startDate"},{"ImportId":"_recordId"},Q1\n',
    ",,Open-Ended Response\n",
]


@pytest.mark.parametrize("second", SECOND)
def test_headers_below_the_header_are_no_answers(tmp_path, second):
    rows = "".join(f"2026-03-{1 + i % 28:02} 10:00:00,{1000 + i},{i % 11}\n" for i in range(60))
    table = of_text(
        tmp_path, f"StartDate,ResponseId,How likely is it that you would recommend us?\n{second}{rows}"
    )
    assert table.table == "surveys" and table.settings["columns"]["asked_at"] == "StartDate"
    assert table.settings["where"] == [second_headers.condition("StartDate")]


@pytest.mark.parametrize("first", ["2026-03-01 10:00:00,1,5\n", "2026-03-01 10:00:00,,\n", ",,\n"])
def test_a_first_row_of_answers_is_no_header(tmp_path, first):
    rows = "".join(f"2026-03-{1 + i % 28:02} 10:00:00,{1000 + i},{i % 11}\n" for i in range(60))
    table = of_text(
        tmp_path, f"StartDate,ResponseId,How likely is it that you would recommend us?\n{first}{rows}"
    )
    assert "where" not in table.settings


def test_times_with_the_zone_of_a_form_are_dates(tmp_path):
    rows = "".join(f"2026/03/{1 + i % 28:02} {1 + i % 12}:05:00 PM GMT+1,{i % 11}\n" for i in range(60))
    table = of_text(tmp_path, f"Timestamp,How likely are you to recommend us? (0-10)\n{rows}")
    assert table.settings["columns"]["asked_at"] == "Timestamp"
    assert table.settings["date_format"] == "%Y/%m/%d %I:%M:%S %p %z"


LEADS = {
    "hubspot": {"Record ID": "lead_id", "Create Date": "created_at", "Original Source": "channel",
                "Became a Marketing Qualified Lead Date": "mql_at", "Became a Customer Date": "won_at"},
    "zoho": {"Record Id": "lead_id", "Created Time": "created_at", "Lead Source": "channel",
             "Is Converted": "won", "Converted Date Time": "won_at"},
    "pipedrive": {"Deal - ID": "lead_id", "Deal - Deal erstellt am": "created_at", "Deal - Gewonnen um": "won_at",
                  "Deal - Verloren um": "lost_at"},
}  # fmt: skip


@pytest.mark.parametrize("tool", LEADS)
def test_leads_of_sales_software_are_leads(tool):
    days = [f"2026-03-{day:02} 09:00" for day in range(1, 29)]
    kinds = {"lead_id": [str(i) for i in range(28)], "channel": ["web", "fair"], "won": ["Yes", "No"]}
    values = {own: kinds.get(name, days) for own, name in LEADS[tool].items()}
    found = recognise.recognise(values, "export")
    assert found.table == "leads" and found.columns == {name: own for own, name in LEADS[tool].items()}
    orders = {
        "Record Id": kinds["lead_id"],
        "Created Time": days,
        "Grand Total": ["12.50"] * 3,
        "Customer": ["a", "b"],
    }
    assert recognise.recognise(orders, "export").table == "transactions"


@pytest.mark.parametrize(
    ("columns", "counts"),
    [
        (
            ("Variation Name", "Metric Name", "Visitors", "Conversions"),
            "units: Visitors, conversions: Conversions",
        ),
        (("Combination", "Subject", "Recipients", "Orders"), "units: Recipients, conversions: Orders"),
    ],
)
def test_reports_of_test_tools_are_counts_of_arms(tmp_path, columns, counts):
    arm, text, units, done = columns
    of = {arm: lambda i: "ABC"[i % 3], text: lambda i: f"goal {i // 3}", units: lambda i: 4000 + i,
          done: lambda i: 30 + i}  # fmt: skip
    table, line = drafted(tmp_path, of)
    assert table.table == "experiment_units" and table.settings["columns"]["arm"] == arm and counts in line


def test_what_was_measured_after_the_lots_is_no_covariate_and_age_no_outcome(tmp_path):
    of = {"user_id": lambda i: i, "variant": lambda i: ("control", "b")[i % 2], "sessions": lambda i: i % 7,
          "joined": lambda i: i // 2 % 2, "age": lambda i: 20 + i % 50}  # fmt: skip
    _, line = drafted(tmp_path, of)
    assert "unit_outcomes: [joined]" in line and "unit_covariates: [age]" in line


def test_two_things_that_were_done_are_named_as_arms_of_all_combinations(tmp_path):
    of = {"customer_id": lambda i: i, "got_discount": lambda i: i % 2, "free_gift": lambda i: i // 2 % 2,
          "ordered": lambda i: i // 4 % 2}  # fmt: skip
    table, _ = drafted(tmp_path, of)
    assert "`arm: got_discount || ' ' || free_gift`" in parameters([table])[1]


@pytest.mark.parametrize("text", ["2024-07", "202407"])
def test_a_year_with_its_week_is_a_week_and_no_month(text):
    weeks = [text[:-2] + f"{week:02}" for week in range(1, 13)]
    values = {"geo": ["a", "b"], "year_week": weeks, "sales": [str(100 + week) for week in range(12)]}
    assert "%G-W%V-%u" in by_shape.told(values).columns["period"]
    by_month = {"year_month" if name == "year_week" else name: own for name, own in values.items()}
    assert "%G" not in by_shape.told(by_month).columns["period"]


def test_pairs_and_groups_without_a_control_get_a_way_out():
    pairs = {"pair": [str(i) for i in range(15)], "cross": [str(20 + i / 8) for i in range(15)],
             "self": [str(17 + i / 9) for i in range(15)]}  # fmt: skip
    assert "stratum: pair" in ways_out.sentence(pairs, ())
    groups = {
        "extra": [str(i / 3) for i in range(20)],
        "group": ["1", "2"],
        "ID": [str(i) for i in range(10)],
    }
    assert "arm: group, cluster: ID" in ways_out.sentence(groups, ())


def test_rates_without_their_units_and_shares_without_orders_get_a_way_out():
    rates = {"variant": ["control", "B"], "conversion_rate": ["4.2%", "4.9%"]}
    assert "add a column with the number of units of each" in ways_out.sentence(rates, ())
    assert "number of units" not in ways_out.sentence(rates | {"visitors": ["900", "910"]}, ())
    shares = {"account": ["C1", "C2"], "our_sales": ["12.5", "8"], "total_spend": ["40", "50.5"]}
    assert "category_spend" in ways_out.sentence(shares, ())


def test_a_campaign_with_a_holdout_says_its_control_and_whom_it_reached():
    values = {"customer_id": [f"C{i}" for i in range(60)], "campaign": ["spring"], "holdout": ["no", "yes"],
              "sent_date": ["2026-04-01"], "mailed": ["no", "yes"]}  # fmt: skip
    found = recognise.recognise(values, "list")
    assert found.table == "campaigns" and "holdout = 'yes' THEN 'control'" in found.columns["arm"].replace(
        '"', ""
    )
    assert found.columns["is_control"].endswith("= 'control'")
    assert found.columns["exposed_at"] == "CASE WHEN mailed = 'yes' THEN sent_date END"
