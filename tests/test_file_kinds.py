"""The same rows as CSV, workbook or Parquet are one draft, and their numbers are text where text is asked for."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from test_layouts import opened

from helpers.commands.drafting.draft import table_of
from helpers.commands.drafting.experiments import parameters
from helpers.commands.drafting.files import exports

N = 60
YEARS = np.tile(np.arange(2001, 2009), 9)
FRAMES = {
    "experiment_units": pd.DataFrame(
        {"uid": range(1, N + 1), "group": [0, 1] * 30, "age": [20 + n % 40 for n in range(N)],
         "converted": [0, 0, 1, 1] * 15, "revenue": [0.0, 0.0, 12.5, 8.0] * 15}),
    "panel": pd.DataFrame(
        {"county": np.repeat(np.arange(9) + 8001, 8), "year": YEARS, "first.treat": np.repeat([0, 2004, 2006] * 3, 8),
         "lemp": np.round(5 + np.sin(np.arange(72)), 4)}),
    "surveys": pd.DataFrame(
        {"Answered at": pd.date_range("2026-01-01", periods=N),
         "How likely are you to recommend us?": [n % 11 for n in range(N)]}),
    "leads": pd.DataFrame(
        {"age": [20 + n % 40 for n in range(N)], "contact": ["cellular", "telephone"] * 30,
         "campaign": [1 + n % 4 for n in range(N)],
         "y": ["no", "no", "yes"] * 20}),
}  # fmt: skip


def written(folder, frame, kind):
    path = folder / f"export.{kind}"
    write = {"csv": frame.to_csv, "xlsx": frame.to_excel, "parquet": frame.to_parquet}[kind]
    write(path, index=False)
    _, [export] = exports([str(path)])
    return table_of(export, date(2026, 7, 1))


@pytest.mark.parametrize("name", FRAMES)
def test_a_draft_does_not_hang_on_the_kind_of_file(tmp_path, name):
    of_text = written(tmp_path, FRAMES[name], "csv")
    assert of_text.table == name
    for kind in ("xlsx", "parquet"):
        typed = written(tmp_path, FRAMES[name], kind)
        assert (typed.table, typed.settings["columns"]) == (of_text.table, of_text.settings["columns"])
        assert parameters([typed]) == parameters([of_text])


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_whole_numbers_are_written_without_a_point_wherever_they_are_text(tmp_path, kind):
    frame = FRAMES["panel"].assign(year=YEARS.astype(float))
    table = written(tmp_path, frame, kind)
    source = opened(tmp_path, table)
    rows = source.read("panel").to_pandas()
    assert set(rows["treated_from"].dropna().dt.year) == {2004, 2006} and rows["period"].min().year == 2001
    units = written(tmp_path, FRAMES["experiment_units"].assign(group=[0.0, 1.0] * 30), kind)
    units.settings["columns"]["stratum"] = "group || ' of ' || CAST(age AS VARCHAR)"
    rows = opened(tmp_path, units, "experiment_units").read("experiment_units").to_pandas()
    shown = set(rows["arm"])
    assert shown == ({"0.0", "1.0"} if kind == "csv" else {"0", "1"})  # text stands as it is written
    assert kind == "csv" or {"0 of 20", "1 of 21"} <= set(rows["stratum"])


def test_a_comma_in_a_file_parted_by_semicolons_is_a_decimal_sign(tmp_path):
    months = np.repeat(pd.date_range("2024-01-01", periods=30, freq="MS"), 2)
    frame = pd.DataFrame({"region": ["A", "B"] * 30, "month": months,
                          "umsatz": ["75,197", "256,916"] * 30})  # fmt: skip
    for mark, wanted in ((";", {"decimal": ","}), (",", {"thousands": ","})):
        frame.to_csv(tmp_path / "export.csv", index=False, sep=mark)
        _, [export] = exports([str(tmp_path / "export.csv")])
        assert wanted.items() <= table_of(export, date(2026, 7, 1)).settings.items()
