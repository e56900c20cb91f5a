"""What changed since the run before: numbers beyond the chance of the simulation, and checks that opened or were settled."""

from dataclasses import replace

import pytest

from helpers.pages.wording import say
from helpers.site import changes
from helpers.site.run_record import NotebookResult, RunRecord


def run(number, equity=1000.0, alive=0.5, open_checks=()):
    checks = [{"name": name, "verdict": "REVIEW", "advice": ""} for name in open_checks]
    checks.append({"name": "fine", "verdict": "PASS", "advice": ""})
    notebooks = {
        "21_purchase_model": NotebookResult("ok", metrics={"p_alive.mean": alive, "customers": 200.0}),
        "24_customer_value": NotebookResult("ok", metrics={"customer_equity.mean": equity}, checks=checks),
        "51_executive_summary": NotebookResult("ok", metrics={"revenue.last_12_months": 500.0}),
    }
    return RunRecord(
        f"r{number}", "demo", "demo.yaml", "Demo", "2026-06-30", f"2026-07-0{number}T00:00:00+00:00",
        f"2026-07-0{number}T00:01:00+00:00", currency="EUR", status="ok", number=number, whole=True, notebooks=notebooks,
    )  # fmt: skip


def test_a_first_run_has_nothing_to_compare_with():
    assert changes.changes(run(1), [run(1)]) is None
    assert changes.shown(run(1), []) is None


def test_the_last_whole_run_before_is_compared_and_the_course_holds_them_all():
    found = changes.changes(run(3, equity=1500.0), [run(1, equity=800.0), run(2), run(3, equity=9.0), run(4)])
    assert found.before.run == "r2"
    equity, active, revenue, still_open = found.numbers
    assert equity.course == (800.0, 1000.0, 1500.0)
    assert say(equity.difference) == "+500.00 EUR (+50.0 %)"
    assert say(active.now) == "100" and say(revenue.difference) == say(still_open.difference) == "no change"


@pytest.mark.parametrize(
    ("change", "told"), [(20.0, "within the chance of the simulation"), (90.0, "+90.00 EUR (+9.0 %)")]
)
def test_a_difference_within_five_monte_carlo_errors_is_called_chance(change, told):
    before, now = run(1), run(2, equity=1000.0 + change)
    for one in (before, now):
        one.notebooks["24_customer_value"].mcse = {"customer_equity.mean": 10.0}
    assert say(changes.changes(now, [before]).numbers[0].difference) == told


def test_new_and_settled_checks_are_named_with_their_page():
    told = changes.shown(run(2, open_checks=["b"]), [run(1, open_checks=["a"])])
    assert (told["opened"], told["settled"]) == ("b (Customer value)", "a (Customer value)")
    assert told["numbers"][-1]["difference"] == "no change"


def test_a_number_that_one_of_the_runs_lacks_is_left_out():
    before = run(1)
    before = replace(before, notebooks={"24_customer_value": before.notebooks["24_customer_value"]})
    assert [say(one.name) for one in changes.changes(run(2), [before]).numbers] == [
        "Value of the customer base", "Checks that did not pass"]  # fmt: skip


def test_a_sparkline_stays_in_its_box():
    assert changes.sparkline([1.0]) == ""
    assert changes.sparkline([5.0, 5.0]) == "0.0,22.0 100.0,22.0"
    assert changes.sparkline([0.0, 2.0, 1.0]) == "0.0,22.0 50.0,2.0 100.0,12.0"


def test_the_same_run_in_another_language_is_compared_with_the_run_before_it():
    first, english = run(1, equity=800.0), run(2)
    vietnamese = replace(run(3), language="vi")
    found = changes.changes(vietnamese, [first, english])
    assert found.before.run == "r1" and found.numbers[0].course == (800.0, 1000.0)
    later = replace(run(4, equity=1500.0), language="vi")
    assert changes.changes(later, [first, english, vietnamese]).numbers[0].course == (800.0, 1000.0, 1500.0)
    assert changes.changes(run(3), [first, english]).before.run == "r2", (
        "run again in its own language it is another run"
    )
