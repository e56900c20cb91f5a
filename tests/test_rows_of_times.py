"""What was done with units at times or since a day, and records that were won: how such files are drafted."""

from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest
from test_design_not_said import UNITS, found, report, sold
from test_layouts import drafted, opened

from helpers.commands.drafting import checks, recognise, treatment_flag, ways_out
from helpers.commands.drafting.checks import lines_of
from helpers.commands.drafting.draft import table_of
from helpers.commands.drafting.experiments import parameters
from helpers.commands.drafting.files import exports
from helpers.contracts.named import refuse_unknown
from helpers.errors import StudyError
from helpers.pages.wording import say
from helpers.study.study import load_study
from helpers.views import quasi_answers

MONTHS = pd.date_range("2024-01-01", periods=12, freq="MS")


def panel(**columns):
    rows = pd.DataFrame(product([f"Branch {n}" for n in range(6)], MONTHS), columns=["branch", "month"])
    rows = rows.assign(turnover=np.arange(72) % 7 + 50.5)
    return rows.assign(**{name: make(rows) for name, make in columns.items()})


def late(rows):
    """Of branch 1 and 3 a day within the panel, of the others none."""
    days = {"Branch 1": "2024-07-01", "Branch 3": "2024-09-01"}
    return rows["branch"].map(days).fillna("")


@pytest.mark.parametrize(
    ("name", "make", "key", "wanted"),
    [
        ("converted_am", late, "treated_from", "converted_am"),
        ("budget", lambda rows: 40 * (rows["branch"].eq("Branch 2") & rows["month"].ge("2024-08-01")),
         "treated", "CASE WHEN budget > 0 THEN 1 ELSE 0 END"),
        ("opened", lambda rows: "2011-03-0" + rows["branch"].str[-1].str.replace("0", "7"), "treated_from", None),
        ("budget", lambda rows: 40 * rows["month"].dt.month.isin([3, 7]) * rows["branch"].eq("Branch 2"), "treated", None),
    ],
)  # fmt: skip
def test_since_when_units_are_treated_is_told_by_a_day_of_each_or_by_what_is_spent(
    tmp_path, name, make, key, wanted
):
    table, _ = drafted(tmp_path, panel(**{name: make}))
    treatment_flag.settle(table, opened(tmp_path, table))
    assert table.settings["columns"].get(key) == wanted


def test_the_first_and_last_days_of_periods_are_periods_and_a_year_of_a_start_is_no_amount():
    day = [f"{n:02d}/01/2024" for n in range(1, 13)]
    for name in ("WEEK_END", "week ending", "Month Start", "report_date"):
        told = recognise.recognise({"STORE": ["1", "2"], name: day, "UNITS": ["12", "17"]}, "scan")
        assert told.table == "panel" and told.columns["period"] == name
    years = [str(year) for year in range(2001, 2008)]
    values = {"countyreal": [f"{8000 + n}" for n in range(60)], "year": years, "lemp": [f"{n / 7:.3f}" for n in range(60)],
              "lpop": [f"{n / 9:.3f}" for n in range(60)], "first.treat": ["0", "2004", "2006"]}  # fmt: skip
    told = recognise.recognise(values, "counties")
    assert told.table == "panel" and "first.treat" in told.columns["treated_from"]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"zone": ["a", "b"], "hour": ["2026-03-02 00:00", "2026-03-02 01:00"], "pricing": ["flat", "surge"],
          "trips": ["31", "40"]},
         "`columns: {unit_id: row_number, arm: pricing, stratum: zone}` and the parameter `unit_outcomes: [trips]`"),
        ({"sku": ["S1", "S2", "S3"], "week": ["2026-W01", "2026-W02"], "price_cell": ["base", "high"], "sold": ["3", "41"]},
         "`cluster: sku || ' ' || left(week, 10)`"),
        ({"month": ["2024-01", "2024-02", "2024-03"], "sales": ["3.5", "4.1"], "near_a": ["3.5", "4.1"],
          "near_b": ["3.5", "4.1"]},
         "unit: column_names"),
    ],
)  # fmt: skip
def test_times_of_units_get_the_line_that_reads_them(columns, said):
    assert said in ways_out.sentence(columns, ())


def test_customers_with_columns_of_spending_get_the_lines_of_a_test(tmp_path):
    n = np.arange(80)
    frame = pd.DataFrame(
        {
            "customer": n,
            "spend_2025H1": n * 1.5,
            "card_since": np.where(n % 4, "", "2025-07-04"),
            "spend_2025H2": n * 2.5,
        }
    )
    table, _ = drafted(tmp_path, frame)
    [note] = [one for one in table.notes if "card_since" in one]
    assert "unit_outcomes: [spend_2025H2]`, `unit_before: spend_2025H1`" in note and "not_randomized" in note
    columns = [f"2025-Q{quarter}" for quarter in (1, 2, 3)]
    voucher = pd.DataFrame(
        {"Kundennr": n, "Gutschein": np.where(n % 2, "ja", "nein")} | {one: n + 0.5 for one in columns}
    )
    assert "after: '\"2025-Q3\"'" in drafted(tmp_path, voucher)[0].notes[0]
    months = {f"spend_2026-0{month}": n * month + 0.5 for month in range(1, 6)}
    frame = pd.DataFrame(
        {"member": n, "letter": np.where(n % 2, "yes", "no"), **months, "letter_date": "10/04/2026"}
    )
    for day, after in (
        ("2026-04-01", "spend_2026-04"),
        ("2026-04-10", "spend_2026-05"),
    ):  # within April nothing is clean
        table, _ = drafted(tmp_path, frame.assign(letter_date=day))
        [note] = [one for one in table.notes if "letter says" in one]
        assert f'after: \'"{after}"' in note and '"spend_2026-02", "spend_2026-03"]`' in note


@pytest.mark.parametrize(
    ("number", "came", "won"),
    [("application_id", "application_date", "funded_on"), ("id_cotización", "fecha_cotización", "fecha_emisión"),
     ("Quote Number", "Quoted on", "Bound at"), ("Antragsnummer", "Antragsdatum", "Ausstellungsdatum")],
)  # fmt: skip
def test_applications_and_quotes_that_were_won_are_leads(number, came, won):
    ids, days = [f"COT-{n}" for n in range(60)], [f"2026-01-{n:02d}" for n in range(1, 29)]
    told = recognise.recognise({number: ids, came: days, "canal": ["web", "agent"], won: days}, "export")
    assert told.table == "leads" and told.columns["lead_id"] == number and told.columns["won_at"] == won
    status = ["Funded", "Declined", "In review"]
    told = recognise.recognise({number: ids, came: days, "status": status, "decision_date": days}, "export")
    assert told.columns["won_at"] == "CASE WHEN status IN ('Funded') THEN decision_date END"
    assert "Declined" in told.columns["lost_at"] and told.columns["lead_id"] == number


def test_sends_without_an_arm_are_a_campaign_and_codes_are_no_amounts(tmp_path):
    frame = pd.DataFrame({"customer_id": range(60), "campaign": "spring", "sent_at": "2026-04-01"})
    table, _ = drafted(tmp_path, frame)
    assert table.table == "campaigns" and table.settings["columns"]["arm"] == "'sent'"
    assert "left alone" in table.why["columns", "arm"]
    told = recognise.recognise(
        {"Beleg": [f"COT-{n}" for n in range(60)], "Wann": ["2026-01-01", "2026-01-02"]}, "x"
    )
    assert "amount" not in told.columns


@pytest.mark.parametrize(
    "names", ["Gruppe Empfänger Käufer", "groupe destinataires acheteurs", "grupo destinatarios compradores"]
)
def test_counts_of_arms_are_read_in_further_languages_and_from_workbooks(tmp_path, names):
    arm, units, done = names.split()
    frame = pd.DataFrame({arm: ["Kontrolle", "Rabatt"], units: [4000, 4100], done: [120, 150]})
    frame.to_excel(tmp_path / "test.xlsx", index=False)
    _, [export] = exports([str(tmp_path / "test.xlsx")])
    table = table_of(export, date(2026, 7, 1))
    assert table.table == "experiment_units" and table.settings["columns"]["arm"] == arm


def test_what_came_after_the_lots_is_no_covariate_and_a_bucket_is_an_arm(tmp_path):
    n = np.arange(400)
    arms = np.where(n % 2, "A1", "A2")
    frame = pd.DataFrame({"Reise": [f"K{one}" for one in n], "lfd": n + 7, "bucket": arms, "age": 20 + n % 40,
                          "took_course": n % 3 % 2, "bought": n % 5 % 2})  # fmt: skip
    table, _ = drafted(tmp_path, frame)
    checks._says_the_arm(table, opened(tmp_path, table, "experiment_units"))
    assert table.settings["columns"]["arm"] == "bucket" and "unit_covariates: [age]" in parameters([table])[0]
    given, _ = drafted(
        tmp_path, frame.rename(columns={"bucket": "is_treated"}).replace({"A1": "true", "A2": "false"})
    )
    assert given.settings["columns"]["arm"] == "is_treated"


def test_a_unit_of_unknown_name_is_the_only_column_of_words():
    values = {
        "depot": [f"Depot {n}" for n in range(9)],
        "month": ["2024-01", "2024-02", "2024-03"],
        "parcels": ["31", "47", "40"],
    }
    assert recognise.recognise(values, "export").columns["unit"] == "depot"
    again = values | {"carrier": ["north post", "south post", "east post", "west post"]}
    assert recognise.recognise(again, "export").table != "panel"


def test_a_measure_that_some_lack_is_not_filled_and_what_lots_are_said_of_is_there(tmp_path):
    table = sold(30, 8).assign(group=lambda rows: np.where(rows.index % 2, "training", "control"))
    table["score"] = np.where(table.index % 11 == 0, "", (table.index % 90 + 400).astype(str))
    asked = {"unit_outcomes": ["score"], "assigned": {"spring": "by lot"}}
    checked = report(tmp_path, table, UNITS, **asked)
    [one] = found(checked, "blank_outcomes")
    assert lines_of(one.advice)[0] == {"where": ["score IS NOT NULL"]} and "coalesce" in one.advice
    with pytest.raises(StudyError, match=r"names 'spring', which is not there.*test") as wrong:
        refuse_unknown(load_study(tmp_path / "study.yaml"), [checked])
    assert "it can be one of randomized, not_randomized, unknown" in str(wrong.value)


def test_an_arm_called_by_a_number_is_quoted_and_lots_are_believed():
    for arm, shown in (("1", "“1”"), ("10%", "“10%”"), ("no", "“no”"), ("Letter", "Letter"), ("A", "A")):
        assert say(quasi_answers.message("test.arm", "Roll out {arm}.")(arm=arm)) == f"Roll out {shown}."
    assert "lots decided" in quasi_answers.BY_LOT.text and "Nobody" in quasi_answers.NO_LOTS.text
