"""Panels with a column per period are read as a row per unit and period."""

import pandas as pd
import pytest
import yaml

from helpers import tables
from helpers.commands.drafting import recognise
from helpers.errors import StudyError
from helpers.study.study import load_study
from helpers.tables.wide_panels import period_of, periods


@pytest.mark.parametrize(
    ("headers", "first"),
    [
        ("%Y-%m-%d", "2023-01-01"),
        ("%Y-%m", "2023-01-01"),
        ("%Y", "2023-01-01"),
    ],
)
def test_a_panel_with_a_column_per_period_is_read_as_rows(tmp_path, headers, first):
    step = "YS" if headers == "%Y" else "MS"
    periods = pd.date_range(first, periods=4, freq=step)
    wide = pd.DataFrame({"region": ["Hue", "Vinh"], "treated_from": ["2023-03-01", None]})
    for place, period in enumerate(periods):
        wide[period.strftime(headers)] = [100 + place, 1200.5 + place]
    found, source = read_panel(tmp_path, wide, {"unit": "region"})
    assert found["period"].dt.strftime("%Y-%m-%d").tolist() == [*periods.strftime("%Y-%m-%d")] * 2
    assert found["unit"].tolist() == ["Hue"] * 4 + ["Vinh"] * 4
    assert found["outcome"].tolist() == [100, 101, 102, 103, 1200.5, 1201.5, 1202.5, 1203.5]
    assert found["_row"].tolist() == list(range(1, 9)) and found["treated_from"].notna().sum() == 4
    assert source.unused("panel") == ()


def test_headers_that_are_no_periods_are_refused_with_the_ones_that_are(tmp_path):
    wide = pd.DataFrame({"unit": ["Hue", "Vinh"], "Jan": [1, 2], "Feb": [3, 4]})
    with pytest.raises(StudyError, match=r"no columns named like periods \(2024-01-31, 2024-01, Jan 2024"):
        read_panel(tmp_path, wide, {})
    twice = pd.DataFrame({"unit": ["Hue"], "2024": [1.0], "2024-01": [1.0]})
    with pytest.raises(StudyError, match="no column period"):
        read_panel(tmp_path, twice, {})


def read_panel(folder, wide, columns):
    """A panel's rows as they are read from this file, in order, and the study's source."""
    wide.to_csv(folder / "panel.csv", index=False)
    study = {
        "title": "Wide",
        "as_of": "2027-11-30",
        "timezone": "UTC",
        "currency": "EUR",
        "source": str(folder),
    }
    (folder / "wide.yaml").write_text(yaml.safe_dump(study | {"tables": {"panel": {"columns": columns}}}))
    source = tables.open_source(load_study(str(folder / "wide.yaml")))
    return source.read("panel").to_pandas().sort_values("_row", ignore_index=True), source


def test_headers_name_the_first_day_of_their_period():
    said = {"2024": "2024-01-01", "2024-7": "2024-07-01", "2024/07/31": "2024-07-31", "2024-Q3": "2024-07-01"}
    said |= {"2024-W05": "2024-01-29", "2024-07-01 00:00:00": "2024-07-01"}
    assert {header: str(period_of(header)) for header in said} == said
    assert not [
        one for one in ("2024-13", "share 2024", "20240", "Jan", "1899", "2024-W60") if period_of(one)
    ]


@pytest.mark.parametrize(
    ("step", "headers"),
    [
        ("MS", "%b-%y|%b %Y|%B %Y|%Y-%b|%y-%b|%b'%y|%b%y|%Y%m|%m/%Y|%m-%Y|%Y.%m|X%Y.%m|sales_%Y_%m"),
        ("ME", "%m/%d/%Y|%d/%m/%Y|%d.%m.%Y|%-m/%-d/%y|%Y%m%d|%d-%b-%y|%b %d, %Y|X%Y.%m.%d|Sales %Y-%m-%d"),
        ("W-MON", "%d/%m/%Y|%m/%d/%Y|%d-%b-%Y|%Y_%m_%d"),
        ("YS", "X%Y|yr%Y|%Y [YR%Y]"),
        ("QS", "Q%q %Y|%YQ%q|Q%q-%y"),
    ],
)
def test_headers_of_one_way_are_periods(step, headers):
    days = pd.date_range("2021-01-01", periods=18, freq=step)
    for form in headers.split("|"):
        named = [day.strftime(form.replace("%q", str(day.quarter))) for day in days]
        assert [*periods(["region", *named, "weight"]).values()] == [*days.date], form


@pytest.mark.parametrize(
    "headers",
    [
        "Jan-01|Jan-02|Jan-03|Jan-04",
        "1/1/2021|2/1/2021",
        "sales_2019|sales_2020",
        "x1|x2|x3|x4",
        "20230|20231",
    ],
)
def test_headers_that_can_be_read_in_two_ways_or_in_none_are_no_periods(headers):
    assert periods(["region", *headers.split("|")]) == {}


def test_a_panel_whose_periods_stand_in_a_column_stays_as_it_is(tmp_path):
    rows = pd.DataFrame({"unit": ["Hue"] * 2, "month": ["2024-01-01", "2024-02-01"], "y": [1.0, 2.0]})
    rows = rows.assign(**{str(year): year for year in range(2010, 2014)})
    found, _ = read_panel(tmp_path, rows, {"period": "month", "outcome": "y"})
    assert found["outcome"].tolist() == [1.0, 2.0]


def test_a_new_study_knows_a_wide_file_for_a_panel():
    values = {
        "region": ["Hue", "Vinh"],
        "2024-01": ["1.5", "2"],
        "2024-02": ["1", "2"],
        "2024-03": ["1", "2"],
    }
    found = recognise.recognise(values, "sales")
    assert found.table == "panel" and not found.missing and found.columns["unit"] == "region"


def test_a_panel_with_a_column_per_unit_is_read_as_rows(tmp_path):
    wide = pd.DataFrame({"Year": [1987, 1988], "Idaho": [120.5, 118], "Utah": [70, 68.5], "note": ["a", "b"]})
    said = {"period": "CAST(Year AS VARCHAR) || '-01-01'", "unit": "column_names"}
    said |= {"treated_from": "CASE WHEN unit = 'Utah' AND note <> '' THEN '1988-01-01' END"}
    found, _ = read_panel(tmp_path, wide, said)
    assert found["unit"].tolist() == ["Idaho", "Utah"] * 2 and found["_row"].tolist() == [1, 2, 3, 4]
    assert found["outcome"].tolist() == [120.5, 70, 118, 68.5]
    assert found["period"].dt.year.tolist() == [1987, 1987, 1988, 1988]
    assert found["treated_from"].notna().tolist() == [False, True] * 2
