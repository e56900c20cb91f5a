"""Quasi-experiments: known answers, honest intervals, and panels that cannot answer."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from panels_support import paths, rows_of

from helpers import demo
from helpers.campaigns import broken_cells, designs, headline, panel, panel_shown, staggered, staggered_checks
from helpers.errors import StudyError
from helpers.pages.wording import say


# ---- what a panel must bring
def test_a_panel_by_hand():
    data, findings = panel.prepare(rows_of(np.ones((5, 24)), ["2024-03-15", None, None, None, None]), "level")
    assert data.start.tolist() == [14, 24, 24, 24, 24], "the period that holds the first day is treated"
    assert [one.name for one in findings if one.verdict != "PASS"] == ["Units to compare with"]
    described = panel_shown.describe(data)
    assert described["before"].tolist() == [14, 24] and described["after"].tolist() == [10, 0]


def test_gaps_and_a_missing_past_leave_a_unit_out_and_say_so():
    table = rows_of(np.ones((12, 24)), ["2023-01-01", "2024-01-01", "2024-01-01"] + [None] * 9)
    table = table[~((table["unit"] == "u05") & (table["period"] == "2023-06-01"))]
    data, findings = panel.prepare(table, "level")
    assert "u00" not in data.units and "u05" not in data.units and len(data.units) == 10
    found = {one.name: one for one in findings}
    assert found["Units with gaps"].verdict == found["Treated without a past"].verdict == "REVIEW"
    assert {found[name].value.value for name in ("Units with gaps", "Treated without a past")} == {1}
    holes = table[table["period"] != "2023-09-01"]
    assert {one.name: one for one in panel.prepare(holes, "level")[1]}["Even periods"].verdict == "REVIEW"


@pytest.mark.parametrize("step", ["ME", "QE", "YE"])
def test_periods_named_by_their_last_day_hold_the_days_before_it(step):
    periods = pd.date_range("2019-01-01", periods=24, freq=step)
    begins = [periods[9] + pd.Timedelta(days=1), periods[10], periods[-1] + pd.Timedelta(days=1), pd.NaT]
    table = rows_of(np.ones((8, 24)), [*begins, *[pd.NaT] * 4], periods)
    data, _ = panel.prepare(table, "level")
    assert data.start.tolist() == [10, 10, *[24] * 6]


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
def test_a_survey_before_and_one_after_are_compared_and_nothing_earlier_is_said_to_be_seen():
    rng = np.random.default_rng(4)
    paths = rng.normal(20, 3, (40, 2))
    paths[:10, 1] += 5
    periods = pd.to_datetime(["1992-02-15", "1992-11-15"])
    data, _ = panel.prepare(rows_of(paths, [periods[1]] * 10 + [None] * 30, periods), "level")
    change = paths[:, 1] - paths[:, 0]
    assert staggered.overall(data).value == pytest.approx(change[:10].mean() - change[10:].mean())
    shift = staggered.placebo_shift(data)
    placebo, trend = staggered.placebo_in_time(data, 0, shift), staggered.trend_before(data)
    assert (shift, placebo, trend, staggered.trend_adjusted(data)) == (0, None, None, None)
    assert staggered.estimated(data, placebo) is None
    checks = [staggered_checks.check_placebo(placebo), staggered_checks.check_trend(trend, 1.0)]
    assert [one.verdict for one in checks] == ["REVIEW", "REVIEW"]
    assert "single period before" in say(checks[0].advice)


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
    assert data.scale == "log" and panel_shown.shown(data, effect).mean == pytest.approx(0.25, abs=1e-6)
    treated = outcome[:2, 12:].mean()
    assert panel_shown.per_period(data, effect).mean == pytest.approx(treated * (1 - 1 / 1.25), rel=1e-6)
    found = [designs.Found(designs.DID, effect, 0.9), designs.Found(designs.SDID, effect, 0.9)]
    table = headline.table(data, found, headline.choose(data))
    kept = headline.quasi_effect(table, data.scale, headline.RISE())
    assert kept.columns[0] == "design" and kept["verdict"].tolist() == ["a rise", ""]
    assert kept.loc[0, "scale"] == "share" and kept.loc[0, "effect_mean"] == pytest.approx(0.25, abs=1e-6)


# ---- periods, weights, broken cells
def daily(rng, units=12, days=98, start=70, jump=0.0):
    """A daily panel in logs with a strong week of its own in every unit."""
    when = pd.date_range("2026-01-05", periods=days, freq="D")
    week = 0.4 * rng.standard_normal((units, 7))[:, np.arange(days) % 7]
    log = rng.normal(5, 0.5, (units, 1)) + week + 0.03 * rng.standard_normal((units, days))
    log[0, start:] += jump
    return rows_of(np.exp(log), [when[start], *[None] * (units - 1)], when)


def test_the_base_is_all_there_is_before_and_whole_weeks_of_days():
    months, _ = panel.prepare(rows_of(np.ones((5, 24)), ["2024-03-15", *[None] * 4]), "level")
    days, _ = panel.prepare(daily(np.random.default_rng(1)), "log")
    assert (months.whole, days.whole) == (1, 7)
    assert staggered.base_of(months, 14) == (0, 14) and staggered.base_of(months, 14, 12) == (2, 14)
    assert staggered.base_of(days, 69) == (6, 69) and staggered.base_of(days, 69, 20) == (55, 69)
    assert staggered.base_of(days, 5) == (0, 5), "less than a week is better than nothing"
    assert staggered.placebo_shift(months) == 4 and staggered.placebo_shift(days) == 21
    assert staggered.placebo_shift(days, 10) == 7


def test_a_week_of_its_own_is_no_effect():
    """Bases that are not whole weeks turn a week's shape into an effect when a period is one day of it."""
    data, _ = panel.prepare(daily(np.random.default_rng(2), days=72), "log")
    assert abs(staggered.overall(data).value) < 0.6
    whole, _ = panel.prepare(daily(np.random.default_rng(2), days=77), "log")
    assert abs(staggered.overall(whole).value) < 0.05


def test_units_count_by_their_weights():
    outcome = np.zeros((6, 24))
    outcome[0, 12:], outcome[1, 12:] = 2.0, 10.0
    table = rows_of(outcome, ["2024-01-01"] * 2 + [None] * 4)
    table["customers"] = table["unit"].map({"u00": 30.0, "u01": 10.0}).fillna(1.0)
    data, _ = panel.prepare(table, "level", unit_weights="customers")
    assert staggered.overall(data).value == pytest.approx(4.0)
    assert panel_shown.per_period(data, staggered.overall(data).interval).mean == pytest.approx(4.0)
    with pytest.raises(StudyError, match="it has customers"):
        panel.prepare(table, "level", unit_weights="size")
    with pytest.raises(StudyError, match="'customers' of unit 'u03' is not above zero"):
        panel.prepare(
            table.assign(customers=table["customers"].where(table["unit"] != "u03", 0)),
            "level",
            "",
            "customers",
        )


def test_broken_cells_are_named_and_the_effect_is_shown_without_them():
    table = daily(np.random.default_rng(3))
    broken = table["unit"].isin(["u03", "u04", "u05"]) & table["period"].isin(
        pd.to_datetime(["2026-03-20", "2026-03-21"])
    )
    table.loc[broken, "outcome"] *= 0.02
    data, _ = panel.prepare(table, "log")
    found = broken_cells.find(data)
    assert len(found.cells) == 6 and found.periods.sum() == 2
    finding = broken_cells.check_cells(found)
    assert finding.verdict == "REVIEW" and "u03 on 20 March 2026 (0.020 times the usual)" in say(
        finding.advice
    )
    assert staggered.overall(data).value > 0.05
    without = broken_cells.effect_without(data, found)
    assert abs(without.mean) < 0.03
    whole, _ = panel.prepare(daily(np.random.default_rng(3), jump=-3.0), "log")
    nothing = broken_cells.find(whole)
    assert not len(nothing.cells) and broken_cells.check_cells(nothing).verdict == "PASS", (
        "an effect is no error"
    )
    assert broken_cells.effect_without(whole, nothing) is None


def test_outcomes_that_pass_near_zero_have_no_broken_cells_and_others_have():
    for seed in range(4):
        rng, when = np.random.default_rng(seed), pd.date_range("2020-01-01", periods=80, freq="MS")
        near = np.maximum(2 + rng.normal(0, 0.7, (20, 80)) + np.sin(np.arange(80) / 6), 0.01)
        far = 100 * np.exp(rng.normal(0, 0.2, (20, 80)))
        far[3, 5] *= 0.02
        far[7, 9] *= 8
        cells = [
            broken_cells.find(
                panel.Panel([f"u{k}" for k in range(20)], when, one, np.full(20, 80), "level")
            ).cells
            for one in (near, far)
        ]
        assert len(cells[0]) <= 1 and list(cells[1]["unit"]) == ["u3", "u7"]


# ---- known answers
def test_the_minimum_wage_in_counties(real_data):
    """Group-time effects and their errors as the R package did gives them (data mpdta, not yet treated)."""
    table = pd.read_csv(real_data / "mpdta.csv").rename(columns={"countyreal": "unit", "lemp": "outcome"})
    table["period"] = pd.to_datetime(table["year"].astype(int).astype(str) + "-01-01")
    first = table["first.treat"].astype(int)
    table["treated_from"] = pd.to_datetime(first.where(first > 0).map("{:.0f}-01-01".format), errors="coerce")
    data, _ = panel.prepare(table, "level")
    assert staggered.many(data)
    cells = staggered.group_times(data, 1)
    found = {
        (data.periods[one.start].year, data.periods[one.period].year): one.estimate
        for one in cells.itertuples()
    }
    known = {
        (2004, 2004): (-0.0194, 0.0223), (2004, 2005): (-0.0783, 0.0304), (2004, 2006): (-0.1363, 0.0354),
        (2004, 2007): (-0.1008, 0.0344), (2006, 2006): (0.0047, 0.0164), (2006, 2007): (-0.0412, 0.0197),
        (2007, 2007): (-0.0261, 0.0167),
    }  # fmt: skip
    for cell, (effect, error) in known.items():
        assert found[cell].value == pytest.approx(effect, abs=5e-5)
        assert found[cell].standard_error == pytest.approx(error, rel=0.1)
    overall = staggered.overall(data, 1)
    assert overall.value == pytest.approx(-0.0398, abs=5e-5)
    assert overall.standard_error == pytest.approx(0.0123, rel=0.1)


def test_the_demo_programme_is_inside_its_interval():
    folder = demo.ensure()
    truth = json.loads((folder / "truth" / "loyalty_effects.json").read_text())
    data, findings = panel.prepare(pd.read_csv(folder / "tables" / "panel.csv"), "auto", "2024-04-01")
    assert all(one.verdict == "PASS" for one in findings)
    one = panel_shown.shown(data, staggered.overall(data, 12).interval)
    assert one.p05 < truth["relative"] < one.p95
    assert staggered.placebo_in_time(data, 12, 4).interval.p05 < 0


def test_a_flag_per_period_says_since_when():
    rows = rows_of(np.arange(120.0).reshape(5, 24) + 1, ["2024-03-01", None, None, None, None])
    flagged = rows.assign(treated=rows["period"] >= rows["treated_from"].fillna("2099-01-01")).drop(
        columns="treated_from"
    )
    assert panel.prepare(flagged, "level")[0].start.tolist() == panel.prepare(rows, "level")[0].start.tolist()
    assert panel.past(flagged).outcome.shape == panel.past(rows).outcome.shape == (5, 14)
    flagged.loc[flagged["period"] == "2024-06-01", "treated"] = False
    with pytest.raises(StudyError, match=r"u00.*from 2024-03-01 and not in 2024-06-01.*treated_from"):
        panel.prepare(flagged, "level")
