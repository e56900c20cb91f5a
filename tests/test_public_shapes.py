"""Files in the column shapes of well-known public data: which table they are, what is drafted, or the way out."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from helpers.commands.drafting import recognise, stages, treatment_flag, ways_out
from helpers.commands.drafting.draft import table_of
from helpers.commands.drafting.experiments import of_customers, parameters
from helpers.commands.drafting.files import exports

ROWS = 120


def drafted(tmp_path, columns, name="file"):
    """The draft of one table, and its parameters, for columns of which each is a function of the row's number."""
    made = pd.DataFrame({own: [of(i) for i in range(ROWS)] for own, of in columns.items()})
    made.to_csv(tmp_path / f"{name}.csv", index=False)
    _, [export] = exports([str(tmp_path)])
    table = table_of(export, date(2026, 1, 1))
    return table, parameters([table])[0]


STATES = {"year": lambda i: 2000 + i % 10, "state": lambda i: f"State {i // 10}"}
POST = {"post": lambda i: int(i < 40 and i % 10 > 4)}


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        (STATES | POST | {"sid": lambda i: i // 10, "homicide": lambda i: i % 7 + 0.5, "population": lambda i: 9**5 + i},
         {"unit": "state", "period": "year", "outcome": "homicide", "treated": "post"}),
        (POST | {"stfips": lambda i: i // 10, "year": STATES["year"], "_nfd": lambda i: "PRE", "asmrs": lambda i: i / 9},
         {"unit": "stfips", "outcome": "asmrs", "treated": "post"}),
        ({"unit": lambda i: i // 10, "state": lambda i: i % 40, "year": STATES["year"], "treat": POST["post"],
          "dep_var": lambda i: i % 11 + 0.25}, {"unit": "unit", "outcome": "dep_var", "treated": "treat"}),
    ],
)  # fmt: skip
def test_panels_by_state_and_year_are_panels_and_no_orders(tmp_path, columns, wanted):
    table, _ = drafted(tmp_path, columns)
    assert table.table == "panel" and wanted.items() <= table.settings["columns"].items()


@pytest.mark.parametrize(("rate", "times"), [("4.2%", " / 100"), ("4.2", " / 100"), ("0.042", "")])
def test_a_rate_beside_the_number_of_units_is_counts(rate, times):
    values = {"variant": ["A", "B"], "visitors": ["12000", "11900"], "conversion_rate": [rate, rate]}
    found = recognise.recognise(values, "test")
    text = f"round(visitors * CAST(replace(conversion_rate, '%', '') AS DOUBLE){times})"
    assert (found.table, found.columns["conversions"]) == ("experiment_units", text)
    no_rate = recognise.recognise(values | {"conversion_rate": ["high", "low"]}, "test")
    assert "conversions" not in no_rate.columns


def test_a_test_with_arms_called_regular_and_ids_in_one_word_is_drafted(tmp_path):
    columns = {
        "stdntid": lambda i: 1000 + i,
        "gkclasstype": lambda i: ["SMALL CLASS", "REGULAR CLASS", "REGULAR + AIDE CLASS"][i % 3],
        "gktmathss": lambda i: 400 + i % 90,
        "gktreadss": lambda i: 380 + i % 80,
    }
    table, line = drafted(tmp_path, columns)
    assert table.settings["columns"] == {"unit_id": "stdntid", "arm": "gkclasstype"}
    assert 'control_arm: "REGULAR CLASS"' in line and "margin" not in line
    assert "other columns that may be outcomes: gktmathss" in parameters([table])[1]


def test_an_outcome_of_numbered_years_names_what_was_earned_before(tmp_path):
    columns = {"treat": lambda i: i % 2, "age": lambda i: 20 + i % 30} | {
        f"re{year}": lambda i, year=year: 100 * year + i for year in (74, 75, 78)
    }
    _, line = drafted(tmp_path, columns)
    assert "unit_outcomes: [re78]" in line
    assert "unit_before: re75, unit_earlier: [age, re74]" in line


def test_units_with_an_id_are_no_counts_and_a_campaign_named_control_is_an_arm(tmp_path):
    daily = {
        "Campaign Name": lambda i: ["Control Campaign", "Test Campaign"][i % 2],
        "Date": lambda i: f"2025-0{1 + i % 9}-1{i % 7}",
        "# of Impressions": lambda i: 60_000 + i,
        "# of Purchase": lambda i: 300 + i % 9,
    }
    (tmp_path / "a").mkdir()
    table, line = drafted(tmp_path / "a", daily)
    assert table.settings["columns"]["arm"] == "Campaign Name"
    assert 'unit_counts: {units: "# of Impressions", conversions: "# of Purchase"}' in line
    (tmp_path / "b").mkdir()
    _, line = drafted(tmp_path / "b", {"user_id": lambda i: 7000 + i} | daily)
    assert "unit_counts" not in line


def test_deals_and_own_words_of_stages_are_leads_and_customers_who_responded_too(tmp_path):
    values = {
        "deal_stage": ["Won", "Lost", "Engaging"],
        "close_date": ["2017-03-01"],
        "engage_date": ["2017-01-01"],
    }
    found = recognise.recognise(
        {"opportunity_id": [f"{i:08X}" for i in range(60)], "product": ["a"], **values}, "pipeline"
    )
    assert found.table == "leads" and {"created_at", "won_at", "lost_at"} <= set(found.columns)
    events = {
        "event": ["Request received", "First talk", "Contract signed", "Put aside"],
        "event_date": ["2025-01-01"],
    }
    told = stages.history(events, {})
    assert "'Contract signed'" in told["won_at"] and "'Put aside'" in told["lost_at"]
    assert not stages.history(events | {"event": ["Contract sent", "First talk", "Put aside"]}, {})
    columns = {
        "Customer": lambda i: f"C{i:03}",
        "State": lambda i: "Ohio",
        "Sales Channel": lambda i: "web"[i % 2 :],
    }
    table, _ = drafted(
        tmp_path, columns | {"Response": lambda i: ["No", "Yes"][i % 5 == 0], "Income": lambda i: i * 10}
    )
    leads = of_customers(table)
    assert (table.table, leads.table, leads.settings["columns"]["won"]) == ("customers", "leads", "Response")


def test_a_flag_that_comes_on_and_stays_is_told_from_one_that_goes_off_again():
    unit = pd.Series(list("aaaabbbb"))
    stays, stops, always = ([0, 0, 1, 1] + [0] * 4, [0, 1, 0, 1] + [0] * 4, [1] * 4 + [0] * 4)
    flags = [pd.Series(one).astype(str) for one in (stays, stops, always)]
    assert [treatment_flag._comes_on(unit, one) for one in flags] == [True, False, False]


@pytest.mark.parametrize(
    ("columns", "files", "said"),
    [
        ("experiment_id,count_c,count_t,mean_c,mean_t", (), "side by side (count_c, count_t)"),
        ("SHEET,CHAIN,EMPTOT,EMPTOT2", (), "`unit_outcomes: [EMPTOT2]` and `unit_before: EMPTOT`"),
        ("Date,Pageviews,Clicks", ("control_data.csv", "experiment_data.csv"), "arms of a test (control_data, exp"),
        ("clickability_test_id,headline,impressions,clicks", (), "\"clickability_test_id = '1'\""),
        ("date,Berlin,Hamburg", (), "unit: column_names"),
        ("Control,Treatment", (), "the units of an arm (Control, Treatment)"),
        ("headline,remark", (), "experiment_units (unit_id, arm)"),
    ],
)  # fmt: skip
def test_what_stays_refused_has_one_sentence_with_the_way_out(columns, files, said):
    values = {name: ["1", "2"] for name in columns.split(",")} | (
        {"date": ["2025-01-01"]} if "date" in columns else {}
    )
    assert said in ways_out.sentence(values, tuple(map(Path, files)))
