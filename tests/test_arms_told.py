"""Arms that the rows of a test tell wrongly: under two names, of hardly anybody, of a unit in two, counted again."""

import numpy as np
import pandas as pd
import pytest
from test_design_not_said import found, report

from helpers.commands.drafting.checks import lines_of
from helpers.contracts.findings import STOP

UNITS = {"columns": {"unit_id": "customer", "arm": "group"}}
SENDS = {"columns": {"unit_id": "row_number", "arm": "group", "cluster": "customer"}}
COUNTS = {"units": "n", "conversions": "won"}
ROWS = {"columns": {"unit_id": "row_number", "arm": "group"}}


def sold(names=("A", "B"), units=60):
    return pd.DataFrame({"customer": range(units), "group": np.resize(names, units), "bought": 0})


@pytest.mark.parametrize(
    ("names", "said"),
    [(("A", "a ", "B"), "A = a"), (("no mail", "mail", "No-Mail", "No_mail"), "No-Mail = No_mail = no mail")],
)
def test_an_arm_in_two_spellings_stops_until_it_is_one(tmp_path, names, said):
    [one] = found(report(tmp_path, sold(names), UNITS), "arms_alike")
    assert one.verdict == STOP and said in one.sentence
    line = lines_of(one.advice)[0]
    again = report(tmp_path, sold(names), {"columns": UNITS["columns"] | line["columns"]})
    assert not found(again, "arms_alike") and again.accepted.arm.nunique().execute() == 2


@pytest.mark.parametrize("names", [("A", "B"), ("A+", "A-"), ("1", "2", "12"), ("mail 1", "mail 2")])
def test_arms_of_names_of_their_own_are_silent(tmp_path, names):
    checked = report(tmp_path, sold(names), UNITS)
    assert not found(checked, "arms_alike") and not found(checked, "small_arm")


def test_a_slip_in_an_arm_stops_and_is_counted_where_it_belongs(tmp_path):
    table = sold(("letter", "none")).assign(
        group=lambda rows: rows["group"].where(rows["customer"] != 4, "leter")
    )
    [one] = found(report(tmp_path, table, UNITS), "small_arm")
    assert one.verdict == STOP and "leter has 1 unit of 60" in one.sentence
    there, left_out = lines_of(one.advice)
    again = report(tmp_path, table, {"columns": UNITS["columns"] | there["columns"]})
    assert again.accepted.filter(again.accepted.arm == "letter").count().execute() == 30
    assert report(tmp_path, table, UNITS | left_out).accepted.count().execute() == 59
    few = table.iloc[:4].assign(
        group=["a", "b", "c", "d"]
    )  # a row per arm counts, and no arm is a slip of others
    assert not found(report(tmp_path, few, UNITS), "small_arm")


def test_a_few_units_in_two_arms_stop_and_sends_drawn_anew_do_not(tmp_path):
    table, again = sold(("A", "B")), 3
    second = table.iloc[:again].assign(group=table["group"].iloc[:again].map({"A": "B", "B": "A"}))
    both = pd.concat([table, second], ignore_index=True)
    [one] = found(report(tmp_path, both, SENDS), "in_two_arms")
    assert one.verdict == STOP and f"{again} values of 60" in one.sentence
    line, aside = lines_of(one.advice)[:2]
    stated = {"columns": SENDS["columns"] | line["columns"]} | aside
    assert report(tmp_path, both, stated).accepted.count().execute() == 60
    anew = pd.concat([table, table.assign(group=table["group"].iloc[::-1].to_numpy())], ignore_index=True)
    assert not found(report(tmp_path, anew, SENDS), "in_two_arms")
    twice = pd.concat([table, table.iloc[:again]], ignore_index=True)  # in one arm both times
    assert not found(report(tmp_path, twice, SENDS), "in_two_arms")


def counts(units, won, column="goal", values=("order", "signup", "cart")):
    rows = [
        (arm, value, units(arm, place), won(arm, place))
        for place, value in enumerate(values)
        for arm in ("control", "mail")
    ]
    return pd.DataFrame(rows, columns=["group", column, "n", "won"])


def test_goals_of_the_same_units_and_counts_since_the_start_stop_until_one_is_read(tmp_path):
    goals = counts(lambda arm, _: {"control": 900, "mail": 905}[arm], lambda arm, place: 40 + 10 * place)
    days = [f"2026-03-{day:02}" for day in range(1, 8)]
    running = counts(lambda arm, place: 500 * (place + 1), lambda arm, place: 20 * (place + 1), "day", days)
    for table, kept in ((goals, "order"), (running, "2026-03-07")):
        [one] = found(report(tmp_path, table, ROWS, unit_counts=COUNTS), "counted_again")
        assert one.verdict == STOP
        line = lines_of(one.advice)[0]
        assert f"'{kept}'" in line["where"][0]
        stated = report(tmp_path, table, ROWS | line, unit_counts=COUNTS)
        assert stated.accepted.count().execute() == 2 and not found(stated, "counted_again")
    rng = np.random.default_rng(1)
    daily = counts(lambda *_: int(rng.integers(400, 600)), lambda *_: int(rng.integers(10, 30)), "day", days)
    assert not found(report(tmp_path, daily, ROWS, unit_counts=COUNTS), "counted_again")
