"""Tests by region: planned on their own past without flattery, read by the lots they were drawn from."""

from dataclasses import replace

import kept_seeds
import numpy as np
import pandas as pd
import pytest
from panels_support import errors, rows_of

from helpers.campaigns import geo_reading, geo_test, panel
from helpers.campaigns.panel import Panel
from helpers.errors import StudyError
from helpers.pages.wording import say
from helpers.views import geo_test as view

WEEKS, AFTER = 60, 4


def regions(seed, units=20, weeks=WEEKS + AFTER):
    """Weekly outcomes of regions in logs: own levels, a common course that each follows more or less, AR errors."""
    rng = np.random.default_rng(seed)
    load = 1 + 0.4 * rng.standard_normal((units, 1))
    course = load * np.cumsum(0.02 * rng.standard_normal(weeks))
    log = rng.normal(5, 0.7, (units, 1)) + course + errors(rng, units, weeks, 0.4, 0.05)
    when = pd.date_range("2024-01-01", periods=weeks, freq="W-MON")
    return Panel([f"r{i:02d}" for i in range(units)], when, log, np.full(units, weeks), "log")


def past_of(whole):
    """The weeks before the test, nobody treated."""
    return replace(
        whole,
        periods=whole.periods[:WEEKS],
        outcome=whole.outcome[:, :WEEKS],
        start=np.full(len(whole.units), WEEKS),
    )


def after_test(whole, rows, jump):
    """The panel once these regions were treated from week 60 on."""
    outcome, start = whole.outcome.copy(), np.full(len(whole.units), WEEKS + AFTER)
    outcome[list(rows), WEEKS:] += np.log1p(jump)
    start[list(rows)] = WEEKS
    return replace(whole, outcome=outcome, start=start)


def test_the_power_at_no_effect_is_the_level_and_grows_with_the_effect():
    plan = geo_test.plan(past_of(regions(1)), 2, AFTER)
    assert plan.power[0] == pytest.approx(0.1), "power 1 at effect 0 would be no test"
    assert (np.diff(plan.power) >= -0.05).all() and plan.power[-1] > 0.95
    assert plan.power_at(plan.smallest(0.8)) >= 0.8 > plan.power_at(plan.smallest(0.8) - 0.01)
    assert geo_test.check_level(plan).verdict == "PASS"
    assert say(plan.told(1.0)) == "all 120 of 120 tests tried on the past"
    assert say(plan.told(0.0)) == "12 of 120 tests tried on the past"
    said = [
        " ".join(map(say, filter(None, view.answers(plan, 0.05, None, one, "sales")))) for one in (1.0, 0.05)
    ]
    assert "in all 120 of 120 tests" in said[0] and "does not promise" in said[0] and "promise" not in said[1]


def test_the_last_part_of_the_past_has_no_say_in_the_lots():
    past = past_of(regions(2))
    lots = geo_test.choose_lots(past, 2, AFTER, seed=5)
    changed = past.outcome.copy()
    changed[:, int(geo_test.FIRST_PART * WEEKS) :] += np.random.default_rng(1).normal(size=(20, 24))
    again = geo_test.choose_lots(replace(past, outcome=changed), 2, AFTER, seed=5)
    assert again.sets == lots.sets and len(set(lots.sets)) == geo_test.LOTS
    assert geo_test.choose_lots(past, 2, AFTER, seed=6).sets[0] != lots.sets[0] or len(lots.sets) == 1


def test_a_test_is_read_by_the_lots_it_was_drawn_from():
    whole = regions(3)
    drawn = geo_test.choose_lots(past_of(whole), 2, AFTER, seed=3).sets[0]
    reading = geo_reading.judge(after_test(whole, drawn, 0.3), [2], seed=3)
    assert reading.from_plan and reading.p == pytest.approx(1 / 20)
    assert 0 < reading.effect.p05 < 0.3 < reading.effect.p95
    other = tuple(row for row in range(20) if row not in drawn)[:3]
    picked = geo_reading.judge(after_test(whole, other, 0.3), [2], seed=3)
    finding = geo_reading.checks(picked)[0]
    assert not picked.from_plan and finding.verdict == "REVIEW" and "none of the lots" in say(finding.advice)
    plan = geo_test.Plan(1, geo_test.Lots([(0,), (1,)], 4, np.zeros(2)), np.zeros(len(geo_test.EFFECTS)), 6)
    for one, words in ((reading, "The test in"), (picked, "read as a quasi-experiment.")):
        assert words in say(view.answers(plan, 0.1, one, 0.1, "sales")[0])


def test_a_test_that_would_not_find_enough_is_not_advised():
    plan = geo_test.Plan(1, geo_test.Lots([(0,), (1,)], 4, np.zeros(2)), np.zeros(len(geo_test.EFFECTS)), 6)
    told = [say(view.to_do(plan, None, found=found)) for found in (True, False)]
    assert (
        told[0].startswith("Run the test")
        and "for 4 periods" in told[0]
        and told[1].startswith("Do not start")
    )


def test_where_nobody_is_treated_the_page_plans_and_reads_nothing():
    outcome = np.exp(regions(4).outcome)
    weeks = pd.date_range("2024-01-01", periods=WEEKS + AFTER, freq="W-MON")
    table = rows_of(outcome, [None] * 20, weeks)
    assert len(panel.past(table).periods) == WEEKS + AFTER
    assert geo_reading.read(table, [2]) is None and view.reading(None) is None
    treated = rows_of(outcome, [weeks[60], weeks[62], *[None] * 18], weeks)
    assert geo_reading.read(treated, [2]) is None, "two starts are no test by region"
    assert panel.past(treated).periods[-1] == weeks[59]


@pytest.mark.parametrize(
    ("units", "weeks", "size", "words"),
    [
        (8, 60, 2, "it needs 10 regions or more"),
        (12, 60, 7, "at least twice as many"),
        (20, 12, 2, "cannot be planned on 12: it needs 18 or more"),
    ],
)
def test_what_cannot_be_planned_is_refused(units, weeks, size, words):
    with pytest.raises(StudyError, match=words):
        geo_test.plans(regions(1, units, weeks), [size], [AFTER])


def test_a_test_as_long_as_much_of_its_past_is_read_and_one_so_long_is_not_planned():
    whole, treated = regions(3, 12, 85), np.full(12, 85)
    treated[[2]] = 60
    assert geo_reading.judge(replace(whole, start=treated), [1]).periods == 25
    with pytest.raises(StudyError, match="A test of 25 periods cannot be planned on 60: it needs 63 or more"):
        geo_test.plan(regions(3, 12, 60), 1, 25)


def test_a_region_that_sold_nothing_in_a_week_is_left_out_by_name():
    table = rows_of(np.exp(regions(3).outcome[:, :24]), [None] * 20)
    table.loc[(table["unit"] == "u04") & (table["period"] == table["period"].min()), "outcome"] = 0.0
    kept, left_out = panel.above_zero(table)
    assert left_out == ["u04"] and kept["unit"].nunique() == 19
    assert len(panel.past(kept).units) == 19
    finding = geo_test.check_left_out(left_out)
    assert finding.verdict == "REVIEW" and "u04" in say(finding.advice)
    assert geo_test.check_left_out([]).verdict == "PASS"
    with pytest.raises(StudyError, match="take longer periods"):
        panel.above_zero(table.assign(outcome=0.0))


def test_few_lots_can_refuse_nothing_and_say_so():
    plan = geo_test.Plan(1, geo_test.Lots([(0,), (1,)], 4, np.zeros(2)), np.zeros(len(geo_test.EFFECTS)), 6)
    finding = geo_test.check_level(plan)
    assert finding.verdict == "REVIEW" and "2 lots" in say(finding.advice)


@pytest.mark.slow(seeds="0 to 199")
@pytest.mark.parametrize(("jump", "fewest", "most"), [(0.0, 11, 30), (0.1, 120, 200)])
def test_at_no_effect_the_share_found_is_the_level(jump, fewest, most):
    def one_test(seed):
        whole = regions(seed)
        drawn = geo_test.choose_lots(past_of(whole), 2, AFTER, seed).sets[0]
        reading = geo_reading.judge(after_test(whole, drawn, jump), [2], seed)
        inside = reading.effect.p05 <= jump <= reading.effect.p95
        return {"found": bool(reading.p <= 0.1 + 1e-9), "inside": bool(inside)}

    found = kept_seeds.counted(f"geo_{jump:g}", range(200), one_test)
    assert kept_seeds.within(found["found"], fewest, most, 200)
    assert kept_seeds.within(found["inside"], 170, 192, 200)
