"""Tests, panels and leads as files lay them out: cells with counts, periods in parts or numbered, yes and no in words."""

from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest
import yaml
from test_design_not_said import found, report

from helpers import tables
from helpers.campaigns import trial
from helpers.commands.drafting import arm_counts, checks, recognise, treatment_flag, ways_out
from helpers.commands.drafting.draft import table_of
from helpers.commands.drafting.experiments import parameters
from helpers.commands.drafting.files import exports
from helpers.study.study import load_study

IDS = [f"{place}" for place in range(60)]


def drafted(folder, frame, **written):
    """The draft of one table that is written as a CSV file, and its parameters."""
    frame.to_csv(folder / "export.csv", index=False, **written)
    _, [export] = exports([str(folder / "export.csv")])
    table = table_of(export, date(2026, 1, 1))
    return table, parameters([table])[0]


def opened(folder, table, name="panel"):
    study = {"title": "T", "as_of": "2026-06-30", "timezone": "UTC", "currency": "EUR", "source": str(folder)}
    (folder / "study.yaml").write_text(yaml.safe_dump(study | {"tables": {name: table.settings}}))
    return tables.open_source(load_study(folder / "study.yaml"))


@pytest.mark.parametrize(
    ("names", "yes", "no"),
    [(("group", "converted", "count"), "1", "0"), (("arm", "bought", "n"), "yes", "no"),
     (("variant", "outcome", "users"), "purchased", "not purchased"), (("gruppe", "kauf", "anzahl"), "ja", "nein")],
)  # fmt: skip
def test_cells_that_count_who_did_and_who_did_not_are_counts_of_arms_within_strata(tmp_path, names, yes, no):
    arm, done, units = names
    cells = product(["north", "south"], ["control", "mail"], [yes, no])
    frame = pd.DataFrame(
        [(*one, 100 + place) for place, one in enumerate(cells)], columns=["area", arm, done, units]
    )
    table, said = drafted(tmp_path, frame)
    columns = table.settings["columns"]
    assert table.table == "experiment_units" and columns["arm"] == arm and columns["stratum"] == "area"
    assert columns["conversions"] == f"CASE WHEN {done} = '{yes}' THEN {units} ELSE 0 END"
    assert "conversions: conversions" in said and "unit_outcomes" not in said


def test_who_converted_is_no_stratum_of_counts(tmp_path):
    frame = pd.DataFrame(
        {
            "arm": ["a", "a", "b", "b"],
            "did": ["y", "n"] * 2,
            "n": [300, 700, 200, 800],
            "done": [300, 0, 200, 0],
        }
    )
    counts = {"units": "n", "conversions": "done"}
    asked = {"columns": {"unit_id": "row_number"}}
    assert not found(report(tmp_path, frame, asked, unit_counts=counts), "other_shares")
    other = frame.assign(done=[30, 70, 20, 80])  # a kind of customer, of whom some converted
    assert found(report(tmp_path, other, asked, unit_counts=counts), "other_shares")


@pytest.mark.parametrize(
    ("values", "table", "columns"),
    [
        ({"client_id": IDS, "variant": ["A", "B"], "revenue": ["0.0", "12.5"]}, "experiment_units", {"arm": "variant"}),
        ({"Kunde": IDS, "Variante": ["A", "B"], "Umsatz": ["0,0", "12,5"]}, "experiment_units", {"arm": "Variante"}),
        ({"customer_id": IDS, "group": ["treatment"], "converted": ["0", "1"]}, "experiment_units", {"arm": "group"}),
        ({"client_id": IDS, "variant": ["Red", "Blue"], "revenue": ["0.5", "12.5"]}, "transactions", {}),
        ({"Testgruppe": ["ja", "nein"], "Kauf": ["ja", "nein"]}, "experiment_units", {"arm": "Testgruppe"}),
        ({"id": IDS, "Kanal": ["Web", "Messe"], "Gewonnen": ["ja", "nein"]}, "leads", {"won": "Gewonnen"}),
        ({"id": IDS, "Kanal": ["Web", "Messe"], "Gewonnen": ["ja", "nein"]}, "leads", {"channel": "Kanal"}),
        ({"user": IDS, "block": ["1"], "arm": ["control", "x"], "y": ["0", "1"]}, "experiment_units", {"stratum": "block"}),
    ],
)  # fmt: skip
def test_what_a_file_is_does_not_hang_on_its_language_or_on_a_day(values, table, columns):
    told = recognise.recognise(values, "file")
    assert told.table == table and columns.items() <= told.columns.items()


def test_the_control_of_yes_and_no_is_no(tmp_path):
    frame = pd.DataFrame(
        {"Testgruppe": ["ja", "nein"] * 40, "Kauf": ["ja"] * 30 + ["nein"] * 50, "Alter": range(80)}
    )
    _, said = drafted(tmp_path, frame, sep=";")
    assert "control_arm: nein" in said and "unit_outcomes: [Kauf]" in said


MONTHS = ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"]
PARTS = {
    "month": (("year", lambda d: d.year), ("month", lambda d: d.month)),
    "named": (("Jahr", lambda d: d.year), ("Monat", lambda d: MONTHS[d.month - 1])),
    "short": (("yr", lambda d: d.year), ("mon", lambda d: f"{d:%b}")),
    "quarter": (("year", lambda d: d.year), ("quarter", lambda d: f"Q{(d.month + 2) // 3}")),
    "week": (("year", lambda d: d.isocalendar().year), ("week", lambda d: d.isocalendar().week)),
}


@pytest.mark.grid
@pytest.mark.parametrize(
    ("way", "step"), [(one, {"quarter": "QS", "week": "W-MON"}.get(one, "MS")) for one in PARTS]
)
def test_periods_in_parts_are_their_first_days(tmp_path, way, step):
    days = pd.date_range("2023-01-02" if way == "week" else "2023-01-01", periods=15, freq=step)
    rows = [
        (f"R{unit}", *(of(day) for _, of in PARTS[way]), unit * 7 + 0.5)
        for unit, day in product(range(6), days)
    ]
    table, _ = drafted(
        tmp_path, pd.DataFrame(rows, columns=["region", *(name for name, _ in PARTS[way]), "sales"])
    )
    assert table.table == "panel" and table.settings["columns"]["outcome"] == "sales"
    read = opened(tmp_path, table).read("panel").to_pandas()
    assert sorted(set(pd.to_datetime(read["period"]))) == list(days)


@pytest.mark.parametrize(
    ("name", "first", "days"), [("day", 1, 1), ("week", 1, 7), ("time", 0, 365.25), ("period", 1, 365.25)]
)
def test_numbered_periods_follow_one_another(tmp_path, name, first, days):
    rows = [(f"R{unit}", first + place, unit + place / 7) for unit, place in product(range(6), range(30))]
    table, _ = drafted(tmp_path, pd.DataFrame(rows, columns=["market", name, "sales"]))
    assert "if you know their days" in table.why["columns", "period"]
    period = pd.to_datetime(opened(tmp_path, table).read("panel").to_pandas()["period"])
    steps = pd.Series(sorted(set(period))).diff().dropna().dt.days
    assert len(steps) == 29 and steps.between(days - 1, days + 1).all() and period.max().year < 2002


def test_a_panel_with_a_column_per_month_and_a_comma_says_so(tmp_path):
    frame = pd.DataFrame(
        {"Filiale": ["A", "B"]} | {f"0{month}/2025": ["1,5", "2,5"] for month in range(1, 7)}
    )
    table, _ = drafted(tmp_path, frame, sep=";")
    assert table.settings["decimal"] == ","


def test_a_flag_that_is_always_on_says_who_and_asks_since_when(tmp_path):
    rows = [
        (f"R{unit}", day, unit + 0.5, int(unit < 2))
        for unit, day in product(range(6), pd.date_range("2025-01-01", periods=8))
    ]
    frame = pd.DataFrame(rows, columns=["region", "day", "sales", "treated"])
    table, _ = drafted(tmp_path, frame)
    assert treatment_flag.settle(table, opened(tmp_path, table))
    assert "treated" not in table.settings["columns"]
    assert "CASE WHEN treated = '1' THEN '2025-01-08' END" in table.notes[-1]
    later, _ = drafted(tmp_path, frame.assign(treated=frame["treated"] * (frame["day"].dt.day > 4)))
    assert not treatment_flag.settle(later, opened(tmp_path, later))


def test_a_weight_is_no_covariate_and_the_line_that_weights_is_said(tmp_path):
    frame = pd.DataFrame({"user_id": range(80), "arm": ["control", "mail"] * 40, "bought": [0, 0, 1, 1] * 20})
    _, said = drafted(
        tmp_path, frame.assign(age=frame["user_id"] % 9 * 7, sampling_weight=frame["user_id"] % 5 + 0.5)
    )
    assert "unit_covariates: [age]" in said


@pytest.mark.parametrize(
    ("names", "rows", "wanted"),
    [
        (("group", "letters", "gifts"), [("Control", 16_687, 298), ("match", 33_396, 736)], "letters gifts"),
        (("treatment", "cases", "children"), [("vaccine", 57, 200_745), ("placebo", 142, 201_229)], "children cases"),
        (("group", "age", "visits"), [("control", 31.5, 4), ("mail", 40.25, 7)], ""),
        (("group", "old", "new"), [("control", 3, 4), ("mail", 4, 3)], ""),
    ],
)  # fmt: skip
def test_a_row_per_arm_is_counts_whatever_the_columns_are_called(names, rows, wanted):
    frame = pd.DataFrame(rows, columns=names).astype(str)
    found = arm_counts.of_rows(frame, names[0], names[1:])
    assert list(found.values()) == wanted.split()
    assert arm_counts.of_rows(pd.concat([frame, frame]), names[0], names[1:]) == {}


def test_units_whose_columns_tell_many_things_are_no_cells():
    values = {"treatment": ["0", "1"], "freq": [str(k) for k in range(40)], "gave": ["0", "1"]}
    assert arm_counts.of_arms(values)
    assert not arm_counts.of_arms(values | {"hpa": [f"{k}.5" for k in range(90)]})
    assert not arm_counts.of_arms(values | {name: ["0", "1"] for name in "abcd"})


def test_what_an_arm_alone_got_is_no_covariate(tmp_path):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"unit_id": range(400), "arm": ["control", "match"] * 200, "gave": rng.integers(0, 2, 400)}
    )
    frame["ratio2"] = np.where(frame["arm"] == "match", rng.integers(0, 2, 400), 0)
    frame["red"] = rng.integers(0, 2, 400)
    table, _ = drafted(tmp_path, frame)
    assert checks._says_the_arm(table, opened(tmp_path, table, "experiment_units"))
    assert table.changing == {"ratio2"} and "unit_covariates: [red]" in parameters([table])[0]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"firstname": ["Emily", "Greg"], "race": ["b", "w"], "call": ["0", "1"]}, "`unit_outcomes: [call]`"),
        ({"ServerID": ["1", "2", "3"], "VisitPageFlag": ["0", "1"]}, "arm: ServerID"),
        ({"ServerID": ["1", "2"], "Flag": ["0", "1"], "Name": ["a", "b"]}, "nothing tells which table"),
    ],
)  # fmt: skip
def test_units_without_a_named_arm_are_told_how_to_name_it(columns, said):
    assert said in ways_out.sentence(columns, ())


@pytest.mark.grid
@pytest.mark.parametrize(
    ("names", "spread", "outcome", "kind"),
    [
        (("group", "n", "mean", "sd"), 20.0, "outcome_of_units", "number"),
        (("arm", "users", "avg_revenue", "std_err"), 0.4, "revenue", "money"),
        (("Gruppe", "Anzahl", "Mittelwert", "Standardabweichung"), 20.0, "outcome_of_units", "number"),
        (("variant", "n", "mean weight", "sd"), 20.0, "weight", "number"),
    ],
)  # fmt: skip
def test_means_of_arms_are_read_as_the_units_that_have_them(tmp_path, names, spread, outcome, kind):
    arm, units, mean, error = names
    frame = pd.DataFrame(
        {arm: ["control", "mail"], units: [2_500, 2_501], mean: [12.5, 13.25], error: [spread, spread]}
    )
    table, said = drafted(tmp_path, frame)
    squares = "sum_of_squares_of_arm"
    assert f"conversions: {units}, sum: {outcome}, sum_of_squares: {squares}" in said.replace('"', "")
    assert ("margin" in said) == (kind == "money") and (f"{outcome}: number" in said) == (kind == "number")
    rows = opened(tmp_path, table, "experiment_units").read("experiment_units").to_pandas()
    counts = {"units": units, "conversions": units, "sum": outcome, "sum_of_squares": squares}
    made, kinds = trial.outcomes_of(rows, [], {} if kind == "money" else {outcome: kind}, counts)
    assert {outcome: kind}.items() == kinds.items()
    found = made.groupby("arm")[outcome].agg(["mean", "std"])
    assert list(found["mean"]) == pytest.approx([12.5, 13.25])
    assert list(found["std"]) == pytest.approx([20.0, 20.0], rel=1e-2)
