"""Quasi-experiments: known answers, honest intervals, and panels that cannot answer."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from helpers import demo
from helpers.campaigns import interrupted, panel, staggered, staggered_checks, synthetic, three_designs
from helpers.errors import StudyError
from helpers.inference import sampler
from helpers.inference.intervals import Interval, interval
from helpers.pages.wording import say

MONTHS = pd.date_range("2023-01-01", periods=24, freq="MS")


def rows_of(outcome, starts, periods=MONTHS):
    """A panel table from an array (units, periods) and the start of each unit (None: never)."""
    units = [f"u{i:02d}" for i in range(len(outcome))]
    table = pd.DataFrame(outcome, index=units, columns=periods).rename_axis("unit")
    table = table.reset_index().melt("unit", var_name="period", value_name="outcome")
    table["period"] = pd.to_datetime(table["period"])
    return table.assign(treated_from=table["unit"].map(dict(zip(units, starts, strict=True))))


def paths(rng, units, periods=24, rho=0.5, noise=1.0):
    """Units with own levels, a common course and errors that hang together over time."""
    errors = np.zeros((units, periods))
    for t in range(periods):
        errors[:, t] = rho * errors[:, t - 1] * (t > 0) + noise * rng.standard_normal(units)
    return 50 + 5 * rng.standard_normal((units, 1)) + 3 * np.sin(np.arange(periods)) + errors


# ---- what a panel must bring
def test_a_panel_by_hand():
    data, findings = panel.prepare(rows_of(np.ones((5, 24)), ["2024-03-15", None, None, None, None]), "level")
    assert data.start.tolist() == [14, 24, 24, 24, 24], "the period that holds the first day is treated"
    assert [one.name for one in findings if one.verdict != "PASS"] == ["Units to compare with"]
    described = panel.describe(data)
    assert described["before"].tolist() == [14, 24] and described["after"].tolist() == [10, 0]


def test_gaps_and_a_missing_past_leave_a_unit_out_and_say_so():
    table = rows_of(np.ones((12, 24)), ["2023-01-01", "2024-01-01", "2024-01-01"] + [None] * 9)
    table = table[~((table["unit"] == "u05") & (table["period"] == "2023-06-01"))]
    data, findings = panel.prepare(table, "level")
    assert "u00" not in data.units and "u05" not in data.units and len(data.units) == 10
    found = {one.name: one for one in findings}
    assert found["Units with gaps"].verdict == found["Treated without a past"].verdict == "REVIEW"
    assert found["Units with gaps"].value == found["Treated without a past"].value == 1
    holes = table[table["period"] != "2023-09-01"]
    assert {one.name: one for one in panel.prepare(holes, "level")[1]}["Even periods"].verdict == "REVIEW"


def test_where_all_are_treated_in_the_end_the_last_ones_are_the_comparison():
    table = rows_of(np.ones((8, 24)), ["2023-09-01"] * 4 + ["2024-06-01"] * 4)
    data, findings = panel.prepare(table, "level")
    assert len(data.periods) == 17 and data.never.sum() == 4
    assert findings[-1].verdict == "REVIEW" and "treated in the end" in say(findings[-1].advice)


@pytest.mark.parametrize(
    ("starts", "scale", "words"),
    [
        (["2024-01-01"] * 6, "level", "All units are treated"),
        ([None] * 6, "level", "never|ever treated"),
        (["2023-01-01"] + [None] * 5, "level", "No treated unit can be compared"),
        (["2024-01-01"] * 4 + [None] * 2, "level", "Only 2 units stay untreated"),
        (["2024-01-01"] + [None] * 5, "log", "no logarithm"),
        (["2024-01-01"] + [None] * 5, "cubic", "auto, log, level"),
    ],
)
def test_panels_that_cannot_answer_are_refused(starts, scale, words):
    with pytest.raises(StudyError, match=words):
        panel.prepare(rows_of(np.zeros((6, 24)), starts), scale)


def test_two_starts_of_one_unit_are_refused():
    table = rows_of(np.ones((6, 24)), ["2024-01-01"] + [None] * 5)
    table.loc[table["unit"].eq("u00") & table["period"].eq("2024-02-01"), "treated_from"] = "2024-03-01"
    with pytest.raises(StudyError, match="differs between its rows"):
        panel.prepare(table, "level")


# ---- difference-in-differences
def test_effects_that_grow_are_found_exactly_where_a_treatment_dummy_goes_wrong():
    starts = ["2023-07-01"] * 2 + ["2024-03-01"] * 2 + [None] * 4
    rng = np.random.default_rng(1)
    outcome = paths(rng, 8, noise=0.0)
    data, _ = panel.prepare(rows_of(outcome, starts), "level")
    since = np.arange(24) - data.start[:, None]
    effect = np.where(since >= 0, 2.0 + since, 0.0) * ~data.never[:, None]
    data, _ = panel.prepare(rows_of(outcome + effect, starts), "level")
    for one in staggered.group_times(data, 3).itertuples():
        assert one.estimate.value == pytest.approx(2.0 + one.since, abs=1e-9)
    treated = since >= 0
    assert staggered.overall(data, 1).value == pytest.approx(effect[treated & ~data.never[:, None]].mean())
    study = staggered.event_study(data, 3, 5).set_index("since")["estimate"]
    assert all(study[k].value == pytest.approx(0, abs=1e-9) for k in range(-3, 0))
    assert staggered.placebo_in_time(data, 3, 3).value == pytest.approx(0, abs=1e-9)
    dummy = _two_way_dummy(data.outcome, treated & ~data.never[:, None])
    assert abs(dummy - effect[treated & ~data.never[:, None]].mean()) > 1


def _two_way_dummy(y, treated):
    """The coefficient of one treatment dummy beside unit and period effects."""

    def within(values):
        return values - values.mean(1, keepdims=True) - values.mean(0) + values.mean()

    x = within(treated.astype(float))
    return float((x * within(y)).sum() / (x**2).sum())


def test_a_trend_that_was_there_before_is_found_and_taken_off():
    starts = ["2024-01-01"] * 3 + [None] * 9
    outcome = paths(np.random.default_rng(2), 12, noise=0.05)
    outcome[:3] += 0.5 * np.arange(24)
    data, _ = panel.prepare(rows_of(outcome, starts), "level")
    naive, trend = staggered.overall(data, 12), staggered.trend_before(data, 12)
    assert naive.value == pytest.approx(0.5 * staggered.trend_reach(data, 12), abs=0.2)
    assert trend.value == pytest.approx(0.5, abs=0.03)
    assert staggered.trend_adjusted(data, 12).value == pytest.approx(0, abs=0.4)
    first = staggered_checks.check_placebo(staggered.placebo_in_time(data, 6, 4))
    second = staggered_checks.check_trend(trend, 12.0)
    assert (first.verdict, second.verdict) == ("REVIEW", "REVIEW") and first.advice and second.advice


def test_leaving_out_the_unit_that_carries_the_effect():
    starts = ["2024-01-01"] * 3 + [None] * 9
    outcome = paths(np.random.default_rng(3), 12, noise=0.3)
    outcome[0, 12:] += 30
    data, _ = panel.prepare(rows_of(outcome, starts), "level")
    effect, without = staggered.overall(data, 6), staggered.leave_one_out(data, 6)
    assert set(without["role"]) == {"treated", "compared with"} and len(without) == 12
    finding = staggered_checks.check_leaving_out(effect, without)
    assert finding.verdict == "REVIEW" and "u00" in say(finding.advice)


@pytest.mark.slow(seeds="0")
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_intervals_of_group_time_effects_cover_the_truth(rho):
    """Six hundred panels, as they come: one hundred leave the rate of coverage open by six points."""
    rng, panels = np.random.default_rng(0), 600
    starts = ["2023-10-01"] * 2 + ["2024-02-01"] * 3 + [None] * 12
    overall, group_times = 0, []
    effect = np.zeros((17, 24))
    effect[:2, 9:], effect[2:5, 13:] = 1.5, 3.0
    mean = effect[effect > 0].mean()
    data, _ = panel.prepare(rows_of(effect, starts), "level")
    for _ in range(panels):
        drawn = replace(data, outcome=paths(rng, 17, rho=rho) + effect)
        one = staggered.overall(drawn, 6).interval
        overall += one.p05 <= mean <= one.p95
        held = []
        for cell in staggered.group_times(drawn, 6).itertuples():
            one, truth = cell.estimate.interval, 1.5 if cell.start == 9 else 3.0
            held.append(one.p05 <= truth <= one.p95)
        group_times.append(np.mean(held))
    print(f"rho {rho}: overall {overall / panels:.3f}, group-time effects {np.mean(group_times):.3f}")
    assert 0.84 <= overall / panels <= 0.96
    assert 0.84 <= np.mean(group_times) <= 0.96


def test_logs_are_said_in_per_cent_and_in_the_outcomes_unit():
    outcome = np.exp(paths(np.random.default_rng(4), 8, noise=0.0) / 50)
    outcome[:2, 12:] *= 1.25
    data, _ = panel.prepare(rows_of(outcome, ["2024-01-01"] * 2 + [None] * 6))
    effect = staggered.overall(data, 6).interval
    assert data.scale == "log" and panel.shown(data, effect).mean == pytest.approx(0.25, abs=1e-6)
    treated = outcome[:2, 12:].mean()
    assert panel.per_period(data, effect).mean == pytest.approx(treated * (1 - 1 / 1.25), rel=1e-6)
    designs = three_designs.compare(data, [effect] * 3, [0.9] * 3)
    table = three_designs.quasi_effect(designs, data.scale, three_designs.RISE())
    assert table.columns[0] == "design" and set(table["verdict"]) == {"a rise"}
    assert table.loc[0, "scale"] == "share" and table.loc[0, "effect_mean"] == pytest.approx(0.25, abs=1e-6)


def test_designs_that_disagree_leave_reservations():
    outcome = paths(np.random.default_rng(4), 8, noise=0.1)
    outcome[:2, 12:] += 5
    data, _ = panel.prepare(rows_of(outcome, ["2024-01-01"] * 2 + [None] * 6), "level")
    effect = staggered.overall(data, 6)
    near, far = (
        three_designs.check_agreement(three_designs.compare(data, [effect.interval, *others], [0.9] * 3))
        for others in ([effect.interval] * 2, [Interval(0, -1, 0, 1)] * 2)
    )
    assert (near.verdict, far.verdict) == ("PASS", "REVIEW") and far.value == 0
    assert three_designs.verdict(effect, [near], []) == three_designs.RISE()
    assert three_designs.verdict(effect, [near, far], []) == three_designs.DOUBTED_RISE()
    assert three_designs.verdict(effect, [near], ["sampling"]) == three_designs.DOUBTED_RISE()
    nothing = staggered.Estimate(1.0, 2.0, 5)
    assert three_designs.verdict(nothing, [far], []) == three_designs.NOT_SHOWN()


# ---- synthetic control and the unit's own past
def test_a_twin_made_of_two_donors_is_found():
    rng = np.random.default_rng(5)
    outcome = paths(rng, 10, rho=0.0, noise=2.0)
    outcome[0] = 0.7 * outcome[4] + 0.3 * outcome[7] + 10 + 0.1 * rng.standard_normal(24)
    outcome[0, 16:] += 4
    data, _ = panel.prepare(rows_of(outcome, ["2024-05-01"] + [None] * 9), "level")
    design = synthetic.prepare(data)
    tree = sampler.fit(synthetic.build(design), draws=500, tune=500, target_accept=0.9)
    weights = synthetic.donor_weights(tree, design)["u00"]
    assert weights["u04"] == pytest.approx(0.7, abs=0.1) and weights.sum() == pytest.approx(1)
    assert list(weights.index[:2]) == ["u04", "u07"] and weights.is_monotonic_decreasing
    gaps = synthetic.gaps(tree, design)
    one = interval(synthetic.mean_effect(synthetic.effects(gaps, design), design))
    assert one.p05 < 4 < one.p95 and one.p95 - one.p05 < 2
    placebos = synthetic.placebos(design)
    p_value, means = synthetic.placebo_test(placebos, design)
    assert placebos.shape == (9, 1) and len(means) > 100
    assert p_value == pytest.approx(0.1, abs=0.02), "one of ten: the smallest that nine donors allow"
    calibrated, chance = synthetic.placebo_interval(one.mean, placebos, design)
    assert calibrated.p05 < 4 < calibrated.p95 and chance > 0.9
    assert synthetic.leave_one_out(design).drop("u04").sub(4).abs().max() < 1


def test_a_jump_is_found_in_a_series_with_trend_and_season():
    rng = np.random.default_rng(6)
    months = pd.date_range("2021-01-01", periods=48, freq="MS")
    course = 100 + 0.5 * np.arange(48) + 8 * np.sin(2 * np.pi * np.arange(48) / 12)
    outcome = course + rng.standard_normal((5, 48))
    outcome[0, 40:] += 12
    data, _ = panel.prepare(rows_of(outcome, ["2024-05-01"] + [None] * 4, months), "level")
    series = interrupted.prepare(data, interrupted.pick_unit(data), 6)
    tree = sampler.fit(interrupted.build(series), draws=500, tune=500, target_accept=0.95)
    real, pretended = (
        interval(interrupted.effect(interrupted.counterfactual(tree, series, cut), series, cut))
        for cut in (0, 1)
    )
    assert real.p05 < 12 < real.p95 and real.p05 > 5
    assert pretended.p05 < 0 < pretended.p95


def test_designs_that_have_nothing_to_follow_are_refused():
    data, _ = panel.prepare(rows_of(np.ones((5, 24)), ["2023-03-01"] + [None] * 4), "level")
    with pytest.raises(StudyError, match="nothing to follow"):
        synthetic.prepare(data)
    with pytest.raises(StudyError, match="2 periods before"):
        interrupted.prepare(data, 0, 4)
    with pytest.raises(StudyError, match="focus_unit"):
        interrupted.pick_unit(data, "Atlantis")


# ---- known answers
@pytest.fixture(scope="module")
def smoking(real_data):
    table = pd.read_csv(real_data / "california_prop99.csv").melt(
        "Year", var_name="unit", value_name="outcome"
    )
    table["period"] = pd.to_datetime(table.pop("Year").astype(str) + "-01-01")
    table["treated_from"] = table["unit"].map({"California": "1989-01-01"})
    return panel.prepare(table, "level")[0]


def test_proposition_99(smoking):
    assert staggered.overall(smoking, 19).value == pytest.approx(-27.35, abs=0.1)
    design = synthetic.prepare(smoking, demean=False)
    row, start = int(design.treated[0]), int(design.start[0])
    effect = synthetic.best_effect(smoking, row, start, design.donors, demean=False)
    assert effect == pytest.approx(-19.5, abs=0.1)
    y, x = design.y[0], design.x[0]
    assert (y - x @ synthetic.best_weights(y[:start], x[:start]))[-1] == pytest.approx(-26.6, abs=0.1)


def test_proposition_99_by_levels_and_by_movements(smoking):
    """Half of the effect hangs on the choice: the page shows both, and says that they differ."""
    ways = synthetic.ways(smoking)
    assert ways["effect"].to_dict() == pytest.approx({"levels": -19.5, "movements": -11.1}, abs=0.1)
    assert ways.loc["movements", "missed"] < ways.loc["levels", "missed"] < 2
    finding = synthetic.check_ways(Interval(-19.5, -24.0, -19.5, -15.0), ways, demean=False)
    assert (finding.verdict, finding.value) == ("REVIEW", -11.109) and "movements" in say(finding.advice)


def test_without_an_effect_few_donors_give_wide_intervals():
    """Sixty panels of one treated unit and five others that wander (AR 0.5); best weights."""
    rng, inside, small = np.random.default_rng(11), 0, 0
    for _ in range(60):
        data, _ = panel.prepare(
            rows_of(paths(rng, 6, rho=0.5, noise=2.0), ["2024-05-01"] + [None] * 5), "level"
        )
        design = synthetic.prepare(data)
        own = synthetic.best_effect(data, design.treated[0], int(design.start[0]), design.donors)
        placebos = synthetic.placebos(design)
        one, _ = synthetic.placebo_interval(own, placebos, design)
        p_value, _ = synthetic.placebo_test(placebos, design)
        inside += one.p05 <= 0 <= one.p95
        small += p_value < 0.1
    assert 48 <= inside <= 59 and small == 0


@pytest.mark.slow
def test_proposition_99_with_uncertain_weights(smoking):
    design = synthetic.prepare(smoking, demean=False)
    tree = sampler.fit(synthetic.build(design), draws=4000, tune=2000, target_accept=0.97)
    gaps = synthetic.gaps(tree, design)
    one = interval(synthetic.mean_effect(synthetic.effects(gaps, design), design))
    print(f"Proposition 99, posterior mean of the average effect: {one.mean:.2f}")
    assert one.mean == pytest.approx(-19.5, abs=1.5)


def test_the_demo_programme_is_inside_its_interval():
    folder = demo.ensure()
    truth = json.loads((folder / "truth" / "loyalty_effects.json").read_text())
    data, findings = panel.prepare(pd.read_csv(folder / "tables" / "panel.csv"), "auto", "2024-04-01")
    assert all(one.verdict == "PASS" for one in findings)
    one = panel.shown(data, staggered.overall(data, 12).interval)
    assert one.p05 < truth["relative"] < one.p95
    assert staggered.placebo_in_time(data, 12, 4).interval.p05 < 0


def test_yearly_periods_have_no_season():
    outcome = 50 + np.random.default_rng(1).normal(size=(5, 20))
    outcome[0, 12:] += 5
    years = pd.date_range("1990-01-01", periods=20, freq="YS")
    data = panel.prepare(rows_of(outcome, [years[12], None, None, None, None], years), "level")[0]
    series = interrupted.prepare(data, interrupted.pick_unit(data), 4)
    tree = sampler.fit(interrupted.build(series), draws=300, tune=500, target_accept=0.95)
    one = interval(interrupted.effect(interrupted.counterfactual(tree, series), series))
    assert series.waves.shape[1] == 0 and one.p05 < 5 < one.p95
