"""How arms were drawn, where the study does not say it: by whole groups, or with other shares in each stratum."""

import numpy as np
import pandas as pd
import pytest
import yaml

from helpers import contracts, tables
from helpers.commands.drafting.checks import lines_of
from helpers.contracts.findings import REVIEW, STOP
from helpers.contracts.named import refuse_unknown
from helpers.errors import StudyError
from helpers.study.study import load_study

COUNTS = {"units": "customers", "conversions": "orders"}


def report(folder, table, columns, **parameters):
    """Check a test whose file is `table`."""
    table.to_csv(folder / "test.csv", index=False)
    study = {
        "title": "Test",
        "as_of": "2026-06-30",
        "timezone": "UTC",
        "currency": "EUR",
        "source": str(folder),
    }
    study |= {"tables": {"experiment_units": {"path": "test.csv"} | columns}, "parameters": parameters}
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    study = load_study(folder / "study.yaml")
    return contracts.check(study, tables.open_source(study))[0]


def found(one, name):
    return [finding for finding in one.findings if finding.name == name]


def sold(groups=30, each=40, column="store"):
    """Customers of stores of which every other one was trained; ages as a column that says nothing."""
    rng, store = np.random.default_rng(1), np.repeat(np.arange(groups), each)
    table = pd.DataFrame({"customer": np.arange(groups * each), column: [f"S{one}" for one in store]})
    table["group"] = np.where(store % 2, "training", "control")
    return table.assign(age=rng.integers(20, 60, len(table)), bought=rng.integers(0, 2, len(table)))


UNITS = {"columns": {"unit_id": "customer", "arm": "group"}}


def test_units_of_stores_that_were_drawn_as_one_stop_until_the_cluster_is_stated(tmp_path):
    [one] = found(report(tmp_path, sold(), UNITS), "drawn_in_groups")
    assert one.verdict == STOP and "1,200 units" in one.sentence and "30 values" in one.sentence
    assert lines_of(one.advice)[0] == {"columns": {"cluster": "store"}}
    stated = {"columns": UNITS["columns"] | {"cluster": "store"}}
    assert not found(report(tmp_path, sold(), stated), "drawn_in_groups")
    [kept] = found(
        report(tmp_path, sold(), UNITS | {"rules": {"drawn_in_groups": "keep"}}), "drawn_in_groups"
    )
    assert kept.verdict == "PASS"


def test_couples_that_were_drawn_as_one_stop_too(tmp_path):
    couples = sold(groups=150, each=2, column="hh_id")
    couples = couples.drop(
        index=couples.index[1:120:2]
    )  # some live alone: more groups than half of the units
    [one] = found(report(tmp_path, couples, UNITS), "drawn_in_groups")
    assert one.verdict == STOP and "240 units" in one.sentence and "150 values" in one.sentence
    couples["group"] = np.random.default_rng(3).permutation(couples["group"])
    assert not found(report(tmp_path, couples, UNITS), "drawn_in_groups")


def test_what_only_tells_an_arm_asks_and_what_chance_makes_is_silent(tmp_path):
    [one] = found(report(tmp_path, sold(column="letter"), UNITS), "drawn_in_groups")
    assert one.verdict == REVIEW  # a version of the letter, perhaps
    table = sold()
    table["group"] = np.random.default_rng(2).permutation(table["group"])
    assert not found(report(tmp_path, table, UNITS), "drawn_in_groups")
    large = sold(groups=4, each=3_000)  # a group so large that its chance is below the smallest number
    assert found(report(tmp_path, large, UNITS), "drawn_in_groups")
    few = sold(groups=2)  # a store per arm says what the arm says
    assert not found(report(tmp_path, few, UNITS), "drawn_in_groups")
    alone = sold(each=1)
    assert not found(report(tmp_path, alone, UNITS), "drawn_in_groups")


def test_where_whole_cities_were_drawn_the_city_is_the_cluster(tmp_path):
    table = sold(groups=40)
    table["city"] = "C" + (table.index // 160).astype(str)  # four stores each
    table["group"] = np.where(table.index // 160 % 2, "training", "control")
    [one] = found(report(tmp_path, table, UNITS), "drawn_in_groups")
    assert "city (10 values)" in one.sentence


@pytest.mark.parametrize(("shares", "verdicts"), [((0.5, 0.3, 0.7), [STOP]), ((0.5, 0.5, 0.5), [])])
def test_counts_with_other_shares_in_each_stratum_stop_until_it_is_stated(tmp_path, shares, verdicts):
    rows = [
        (region, arm, int(2000 * share), 100)
        for region, one in zip("nsw", shares, strict=True)
        for arm, share in (("mail", one), ("none", 1 - one))
    ]
    table = pd.DataFrame(rows, columns=["region", "arm", "customers", "orders"])
    columns = {"columns": {"unit_id": "row_number"}}
    made = found(report(tmp_path, table, columns, unit_counts=COUNTS), "other_shares")
    assert [one.verdict for one in made] == verdicts
    if verdicts:
        stated = lines_of(made[0].advice)[0]
        assert stated == {"columns": {"stratum": "region"}}
        again = {"columns": columns["columns"] | stated["columns"]}
        assert not found(report(tmp_path, table, again, unit_counts=COUNTS), "other_shares")


def test_a_stratum_without_one_of_the_arms_stops_before_anything_runs(tmp_path):
    table = sold().assign(region=lambda rows: np.where(rows.index < 400, "south", "north west"))
    table["group"] = np.where((table.index % 2 == 0) | (table["region"] == "south"), "training", "control")
    columns = {"columns": UNITS["columns"] | {"stratum": "region"}}
    [one] = found(report(tmp_path, table, columns), "empty_stratum")
    assert one.verdict == STOP and "south has nobody in the arm control (1 of 2" in one.sentence
    assert not found(report(tmp_path, table, columns | lines_of(one.advice)[0]), "empty_stratum")


def test_outcomes_that_are_blank_stop_until_the_line_fills_them(tmp_path):
    table = sold().assign(paid=lambda rows: np.where(rows.index % 3 == 0, "12.5", ""))
    table["bought"] = np.where(table.index % 3 == 0, "Yes", np.where(table.index % 3 == 1, "No", " "))
    asked = {"unit_outcomes": ["bought", "paid"]}
    made = found(report(tmp_path, table, UNITS, **asked), "blank_outcomes")
    assert [one.verdict for one in made] == [STOP, STOP] and "800 units (67 %)" in made[1].sentence
    lines = [lines_of(one.advice)[0]["columns"] for one in made]
    read = report(tmp_path, table, {"columns": UNITS["columns"] | lines[0] | lines[1]}, **asked)
    assert not found(read, "blank_outcomes")
    rows = read.accepted.to_pandas()
    assert set(rows["paid"].astype(float)) == {0.0, 12.5} and set(rows["bought"]) == {"Yes", "No"}


def test_a_test_of_one_arm_stops_before_anything_runs(tmp_path):
    [one] = found(report(tmp_path, sold().assign(group="mail"), UNITS), "one_arm")
    assert one.verdict == STOP and "all 1,200 units have the arm mail" in one.sentence


def test_a_column_of_counts_that_is_not_there_is_asked_for_before_anything_runs(tmp_path):
    table = pd.DataFrame({"arm": ["a", "b"], "n": [10, 10], "orders": [1, 2]})
    one = report(tmp_path, table, {"columns": {"unit_id": "row_number"}}, unit_counts={"units": "visitors"})
    study = load_study(tmp_path / "study.yaml")
    with pytest.raises(StudyError, match=r"unit_counts names 'visitors', which is not there.*arm, n, orders"):
        refuse_unknown(study, [one])
