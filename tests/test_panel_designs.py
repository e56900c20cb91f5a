"""The designs that answer for a panel: published results, placebos, the rule that chooses, and seasons."""

import time
from dataclasses import replace

import kept_seeds
import numpy as np
import pandas as pd
import pytest
from panels_support import errors, paths, rows_of

from helpers.campaigns import (
    designs,
    headline,
    interrupted,
    panel,
    placebos,
    staggered,
    synthetic,
    synthetic_did,
    twins,
)
from helpers.campaigns.panel import Panel
from helpers.campaigns.panel_shown import Outcome
from helpers.errors import CannotAnswer, StudyError
from helpers.inference.intervals import Interval, interval
from helpers.inference.monte_carlo import error_of
from helpers.pages.wording import say
from helpers.views import quasi_experiment as view
from helpers.views import quasi_synthetic


def yearly(table, unit, year, outcome, treated, start):
    """A panel of years in levels, with one treated unit."""
    table = pd.DataFrame({"unit": table[unit], "period": table[year].astype(int), "outcome": table[outcome]})
    table["period"] = pd.to_datetime(table["period"].astype(str) + "-01-01")
    table["treated_from"] = table["unit"].map({treated: f"{start}-01-01"})
    return panel.prepare(table, "level")[0]


@pytest.fixture(scope="module")
def smoking(real_data):
    wide = pd.read_csv(real_data / "california_prop99.csv")
    return yearly(wide.melt("Year", var_name="unit"), "unit", "Year", "value", "California", 1989)


# ---- known answers
def test_proposition_99(smoking):
    assert staggered.overall(smoking).value == pytest.approx(-27.35, abs=0.1)
    assert synthetic.mean_effect(smoking, demean=False) == pytest.approx(-19.5, abs=0.1)
    assert synthetic.mean_effect(smoking, demean=True) == pytest.approx(-11.1, abs=0.1)
    assert synthetic.gaps(synthetic.prepare(smoking, demean=False))[0, -1] == pytest.approx(-26.6, abs=0.1)
    double = synthetic_did.estimate(smoking)
    assert double.value == pytest.approx(-15.60, abs=0.01)
    assert double.standard_error == pytest.approx(6.13 * np.sqrt(39 / 37), abs=0.01), (
        "8.4 where states vary alike; here scaled by fit, and California is one more draw beside 38"
    )
    judged = placebos.judge(synthetic.prepare(smoking, demean=False))
    assert (judged.rank, judged.assignments) == (3, 39) and judged.ratio_p == pytest.approx(0.077, abs=1e-3)


def test_the_basque_country(real_data):
    """Levels, outcome only, sixteen other regions as donors ("Spain (Espana)" left out), 1975 to 1997."""
    table = pd.read_csv(real_data / "basque.csv")
    table = table[table["regionname"] != "Spain (Espana)"]
    data = yearly(table, "regionname", "year", "gdpcap", "Basque Country (Pais Vasco)", 1975)
    assert len(data.units) == 17 and len(data.periods) - data.start.min() == 23
    assert synthetic.mean_effect(data, demean=False) == pytest.approx(-0.69, abs=0.005)
    choice = headline.choose(data)
    assert not choice.by_rule and headline.check_choice(choice).verdict == "REVIEW"


def test_west_germany(real_data):
    """Levels, outcome only, sixteen other countries as donors, 1990 to 2003."""
    data = yearly(pd.read_csv(real_data / "germany.csv"), "country", "year", "gdp", "West Germany", 1990)
    judged = placebos.judge(synthetic.prepare(data, demean=False))
    assert judged.effect.mean == pytest.approx(-1297, abs=1)
    assert (judged.rank, judged.assignments) == (1, 17)
    assert judged.ratio_p == judged.smallest_p == pytest.approx(1 / 17)
    assert judged.effect.p95 < 0 and judged.p == pytest.approx(1 / 17)
    choice = headline.choose(data)
    answer = designs.estimate(data.on_scale(choice.scale), choice.design).effect
    assert answer.p95 < 0, "what ranks first of 17 is not drowned by countries that no mean follows"


# ---- placebos in space
def test_a_twin_made_of_two_donors_is_found():
    rng = np.random.default_rng(5)
    outcome = paths(rng, 10, rho=0.0, noise=2.0)
    outcome[0] = 0.7 * outcome[4] + 0.3 * outcome[7] + 10 + 0.1 * rng.standard_normal(24)
    outcome[0, 16:] += 4
    data, _ = panel.prepare(rows_of(outcome, ["2024-05-01"] + [None] * 9), "level")
    twin = twins.look(data, 0, demean=True)
    weights = twin.weights["u00"]
    assert weights["u04"] == pytest.approx(0.7, abs=0.1) and weights.sum() == pytest.approx(1)
    assert list(weights.index[:2]) == ["u04", "u07"] and weights.is_monotonic_decreasing
    assert twin.effect.p05 < 4 < twin.effect.p95 and twin.effect.p05 > 0
    assert twin.judged.rank == 1 and twin.judged.ratio_p == twin.judged.smallest_p == pytest.approx(0.1)
    assert twin.left_out.drop("u04").sub(4).abs().max() < 1
    assert twin.path.low[20] < twin.path.middle[20] < twin.path.high[20]
    assert [one.verdict for one in twins.checks(data, twin, Outcome("x", False, "EUR", "level").change(0))]


def test_the_interval_is_the_test_turned_round():
    """An effect is inside exactly when the placebos do not refuse it at 10 %."""
    rng, agreed = np.random.default_rng(3), 0
    for _ in range(40):
        data, _ = panel.prepare(rows_of(paths(rng, 20), ["2024-05-01"] + [None] * 19), "level")
        judged = placebos.judge(synthetic.prepare(data))
        agreed += (judged.p > 0.1) == (judged.effect.p05 <= 0 <= judged.effect.p95)
    assert agreed == 40


def test_a_past_that_donors_follow_exactly_says_nothing_of_how_well_they_do():
    """Three periods before the start and forty donors: every unit is followed without an error."""
    data, _ = panel.prepare(
        rows_of(paths(np.random.default_rng(5), 40), ["2023-04-01"] * 2 + [None] * 38), "level"
    )
    judged = placebos.judge(synthetic.prepare(data))
    assert abs(judged.centre) < 3 and np.abs(judged.chance).max() < 20 and judged.ratio < 1000


def test_below_ten_units_the_interval_has_no_ends_and_the_page_says_so():
    data, _ = panel.prepare(rows_of(paths(np.random.default_rng(1), 9), ["2024-05-01"] + [None] * 8), "level")
    judged = placebos.judge(synthetic.prepare(data))
    assert (judged.effect.p05, judged.effect.p95) == (-np.inf, np.inf)
    assert judged.smallest_p == pytest.approx(1 / 9)
    assert designs.deciding(data) == [designs.DID, designs.SDID], "what has no ends does not answer"
    found = headline.all_designs(data, headline.choose(data, "level"))
    outcome = Outcome("visits", False, "EUR", "level")
    table = view.every_design(headline.table(data, found, headline.choose(data, "level")), outcome)
    assert "no bounds: fewer than ten units" in say(table.frame["effect"].iloc[-1])
    drawn = headline.table(data, found, headline.choose(data, "level"))
    drawn = drawn[[np.isfinite(one.p95) for one in drawn["effect"]]]
    assert "Dotted" not in say(view.by_design(drawn, outcome).caption)
    strayed = view.by_design(drawn.assign(strays=[False, *[True] * (len(drawn) - 1)]), outcome)
    assert "Dotted: strayed before the start" in say(strayed.caption)
    lines = strayed.draw(**strayed.data).axes[0].lines
    assert [line.get_linestyle() for line in lines if line.get_linestyle() != "None"][:2] == ["-", ":"]
    ten, _ = panel.prepare(rows_of(paths(np.random.default_rng(1), 10), ["2024-05-01"] + [None] * 9), "level")
    assert np.isfinite(placebos.judge(synthetic.prepare(ten)).effect.p95)


def test_placebos_that_lie_off_nothing_are_said():
    outcome = paths(np.random.default_rng(6), 16, noise=0.2)
    outcome[1::2, 16:] += 3.0
    outcome[2::2, 16:] += 2.0 + np.arange(7)[:, None]
    data, _ = panel.prepare(rows_of(outcome, ["2024-05-01"] + [None] * 15), "level")
    change = Outcome("visits", False, "EUR", "level").change(0)
    twin = twins.look(data, 0, demean=True)
    shifted = replace(twin, judged=replace(twin.judged, chance=twin.judged.chance + 5))
    assert twins.check_centre(data, shifted, change).verdict == "REVIEW"
    centred = replace(
        twin, judged=replace(twin.judged, chance=twin.judged.chance - twin.judged.chance.mean())
    )
    assert twins.check_centre(data, centred, change).verdict == "PASS"


def test_synthetic_did_needs_more_donors_than_treated():
    data, _ = panel.prepare(
        rows_of(paths(np.random.default_rng(1), 8), ["2024-05-01"] * 4 + [None] * 4), "level"
    )
    assert designs.SDID not in designs.possible(data)
    with pytest.raises(StudyError, match="more untreated units than treated ones; here are 4 and 4"):
        synthetic_did.estimate(data)


def test_the_ends_of_synthetic_did_move_with_its_placebos_as_far_as_they_say(monkeypatch):
    monkeypatch.setattr(synthetic_did, "REPLICATIONS", 25)
    data, _ = panel.prepare(
        rows_of(paths(np.random.default_rng(1), 16), ["2024-05-01"] * 3 + [None] * 13), "level"
    )
    found = [synthetic_did.estimate(data, seed) for seed in range(30)]
    for name in ("p05", "p95"):
        ends = [getattr(one.interval, name) for one in found]
        assert np.mean([end.error() for end in ends]) == pytest.approx(np.std(ends), rel=0.4)
    assert found[0].p_value.error() > 0 and found[0].value == found[1].value
    alone, _ = panel.prepare(
        rows_of(paths(np.random.default_rng(1), 12), ["2024-05-01"] + [None] * 11), "level"
    )
    assert error_of(synthetic_did.estimate(alone).interval.p95) is None  # every donor is a placebo once


# ---- the rule
def shapes(seed):
    """A panel of one of four shapes in logs, without an effect: sizes, treated units, starts, common course, errors."""
    rng, kind = np.random.default_rng(seed), seed % 4
    units, treated, periods, after = [(12, 1, 24, 6), (20, 1, 36, 6), (20, 4, 30, 6), (30, 8, 40, 4)][kind]
    load = 1 + 0.5 * rng.standard_normal((units, 1)) if kind in (1, 3) else np.ones((units, 1))
    course = load * np.cumsum(0.03 * rng.standard_normal(periods))
    season = 0.1 * np.sin(2 * np.pi * np.arange(periods) / 12)
    log = rng.normal(5, 0.6, (units, 1)) + course + season
    log = log + errors(rng, units, periods, [0.0, 0.5, 0.5, 0.3][kind], 0.04)
    start = np.where(np.arange(units) < treated, periods - after, periods)
    start[: 4 * (kind == 3)] -= 3
    months = pd.date_range("2021-01-01", periods=periods, freq="MS")
    return Panel([f"u{i:02d}" for i in range(units)], months, log, start, "log")


def test_the_rule_sees_no_treated_period():
    data = shapes(1)
    choice = headline.choose(data)
    changed = data.outcome.copy()
    changed[:, data.start.min() :] += np.random.default_rng(1).normal(
        size=changed[:, data.start.min() :].shape
    )
    again = headline.choose(replace(data, outcome=changed))
    assert choice.by_rule and len(choice.starts) >= 3 and choice.horizon == 6
    assert (again.design, again.scale) == (choice.design, choice.scale)
    pd.testing.assert_frame_equal(again.errors, choice.errors)
    assert (choice.starts + pd.DateOffset(months=6)).max() <= data.periods[data.start.min()]


def test_units_of_unlike_size_with_one_growth_are_compared_in_logs_and_negative_outcomes_in_levels():
    rng = np.random.default_rng(2)
    level = np.exp(rng.normal(5, 1.5, (12, 1)) + 0.03 * np.arange(36) + 0.01 * rng.standard_normal((12, 36)))
    months = pd.date_range("2021-01-01", periods=36, freq="MS")
    choice = headline.choose(panel.prepare(rows_of(level, [months[30], *[None] * 11], months))[0])
    assert choice.scale == "log" and "erred less" in say(choice.why_scale)
    lower, _ = panel.prepare(rows_of(level - 100, [months[30], *[None] * 11], months))
    assert "no logarithm" in say(headline.choose(lower).why_scale)
    asked = headline.choose(panel.prepare(rows_of(level, [months[30], *[None] * 11], months))[0], "level")
    assert asked.scale == "level" and "asked for" in say(asked.why_scale)


def test_an_outcome_that_is_called_a_logarithm_is_read_as_it_is():
    data = shapes(1)
    named = headline.choose(data, called="log of teen employment")
    assert named.scale == "level" and set(named.errors["scale"]) == {"level"}
    assert "logarithm already" in say(named.why_scale)
    assert set(headline.choose(data, called="catalogue sales").errors["scale"]) == {"log", "level"}


@pytest.mark.parametrize(("lift", "strays"), [(0.0, False), (30.0, True)])
def test_a_control_that_misses_the_level_before_strays(lift, strays):
    rng = np.random.default_rng(4)
    outcome = 100 + rng.normal(0, 1, (14, 1)) * 3 + rng.normal(0, 1, (14, 24))
    outcome[:3] += lift  # beyond every mean of the others
    data = panel.Panel([f"u{k}" for k in range(14)], pd.date_range("2023-01-01", periods=24, freq="MS"), outcome,
                       np.array([16] * 3 + [24] * 11), "level")  # fmt: skip
    assert designs.estimate(data, designs.LEVELS).strays == strays
    assert not designs.estimate(data, designs.MOVEMENTS).strays


def test_designs_that_exclude_each_other_leave_no_verdict():
    apart = [
        designs.Found(name, Interval(v, v - 1, v, v + 1), 0.9) for name, v in (("a", 5), ("b", 1), ("c", 4))
    ]
    finding = headline.check_overlap(apart)
    assert finding.verdict == "FAIL" and "A and b exclude each other" in say(finding.advice)
    assert headline.check_overlap(apart[::2]).verdict == "PASS"
    endless = designs.Found("d", Interval(1, -np.inf, 1, np.inf), 0.5)
    assert headline.check_overlap([apart[0], endless]).verdict == "PASS"
    stray = replace(apart[1], strays=True)
    assert headline.check_overlap([apart[0], stray]).verdict == "PASS"
    assert headline.check_overlap([stray, apart[0]]).verdict == "FAIL"  # the answer itself is asked
    doubt, fine = finding, headline.check_overlap(apart[::2])
    effect = apart[0].effect
    assert headline.verdict(effect, [fine], []) == headline.RISE()
    assert headline.verdict(effect, [doubt], []) == headline.DOUBTED_RISE()
    assert headline.verdict(effect, [fine], ["sampling"]) == headline.DOUBTED_RISE()
    assert headline.verdict(endless.effect, [doubt], []) == headline.NOT_SHOWN()


@pytest.mark.slow(seeds="0 to 399")
def test_the_chosen_design_finds_nothing_where_nothing_is():
    def one_panel(seed):
        data = shapes(seed)
        choice = headline.choose(data)
        one = designs.estimate(data.on_scale(choice.scale), choice.design).effect
        out = bool(not one.p05 <= 0 <= one.p95)
        return {"excludes 0": out} | {f"of shape {kind}": out and seed % 4 == kind for kind in range(4)}

    found = kept_seeds.counted("null_panels", range(400), one_panel)
    assert kept_seeds.within(found["excludes 0"], 22, 58, 400)


def eleven_donors(seed):
    """One unit of twelve treated for six months of 36, in levels, without an effect: five kinds of course and error."""
    rng, kind = np.random.default_rng([seed, 11]), seed % 5
    course = np.cumsum(rng.normal(0, 4, 36))
    if kind == 2:  # two courses, each unit with its own part of both
        course = rng.normal(0, 1, (12, 2)) @ np.cumsum(rng.normal(0, 4, (2, 36)), axis=1)
    error = 8 * (
        rng.standard_t(3, (12, 36)) if kind == 3 else errors(rng, 12, 36, 0.9 if kind == 4 else 0.3, 1)
    )
    level = rng.normal(200, 40, (12, 1)) + 150 * (kind == 1) * (np.arange(12) == 0)[:, None]
    months = pd.date_range("2021-01-01", periods=36, freq="MS")
    start = np.where(np.arange(12) == 0, 30, 36)
    return Panel([f"u{i:02d}" for i in range(12)], months, level + course + error, start, "level")


@pytest.mark.slow(seeds="0 to 399")
def test_synthetic_did_among_eleven_donors_holds_the_truth():
    def one_panel(seed):
        one = synthetic_did.estimate(eleven_donors(seed)).interval
        return {"inside": bool(one.p05 <= 0 <= one.p95)}

    found = kept_seeds.counted("sdid_11", range(400), one_panel)
    assert kept_seeds.within(found["inside"], 348, 374, 400)


@pytest.mark.slow(seeds="0 to 199")
def test_daily_panels_with_a_weekly_season():
    """Every unit has a week of its own; the true effect is +5 % of one of twenty."""

    def one_panel(seed):
        rng = np.random.default_rng(seed)
        days, start = 126, 105 + seed % 7
        week = 0.3 * rng.standard_normal((20, 7))[:, np.arange(days) % 7]
        log = rng.normal(5, 0.5, (20, 1)) + week + errors(rng, 20, days, 0.4, 0.05)
        log[0, start:] += np.log(1.05)
        begins = np.where(np.arange(20) == 0, start, days)
        when = pd.date_range("2026-01-05", periods=days, freq="D")
        data = Panel([f"u{i:02d}" for i in range(20)], when, log, begins, "log")
        choice = headline.choose(data, "log")
        one = designs.estimate(data, choice.design).effect
        return {"inside": bool(one.p05 <= np.log(1.05) <= one.p95)}

    found = kept_seeds.counted("daily_panels", range(200), one_panel)
    assert kept_seeds.within(found["inside"], 170, 192, 200)


# ---- the unit's own past
def decembers(seed, jump, years=4, after=3):
    """Five units of months whose Decembers sell 60 % more; one is treated from the last December on."""
    rng, periods = np.random.default_rng(seed), 12 * years + 11 + after
    months = pd.date_range("2020-01-01", periods=periods, freq="MS")
    log = 4 + 0.002 * np.arange(periods) + np.where(months.month == 12, np.log(1.6), 0)
    log = log + errors(rng, 5, periods, 0.3, 0.03)
    log[0, 12 * years + 11 :] += np.log1p(jump)
    start = np.where(np.arange(5) == 0, 12 * years + 11, periods)
    return Panel([f"u{i}" for i in range(5)], months, log, start, "log")


@pytest.mark.slow(seeds="0 to 59")
@pytest.mark.parametrize("jump", [0.0, 0.2])
@pytest.mark.parametrize("after", [1, 3])
def test_a_december_is_no_effect_and_hides_none(after, jump):
    def one_december(seed):
        series = interrupted.prepare(decembers(seed, jump, after=after), 0, 12, control=False)
        one = interval(np.expm1(interrupted.effects(series)[0]))
        return {"inside": bool(one.p05 <= jump <= one.p95), "by months": series.season == "months"}

    found = kept_seeds.counted(f"december_{after}_{jump:g}", range(60), one_december)
    assert found["by months"].all() and kept_seeds.within(found["inside"], 49, 59, 60)


def test_the_season_follows_the_past():
    assert interrupted.prepare(decembers(1, 0.0, years=3), 0, 12).season == "months"
    assert interrupted.prepare(decembers(1, 0.0, years=2), 0, 12).season == "waves"
    short = decembers(1, 0.0, years=1)
    late = replace(short, periods=short.periods[-12:], outcome=short.outcome[:, -12:], start=short.start - 14)
    assert interrupted.prepare(late, 0, 3).season == "none"


def test_the_untreated_carry_a_december_that_waves_cannot_make():
    data = decembers(3, 0.2, years=2, after=1)
    past = interrupted.look(data, 0, 12)
    assert past.effects[0].p05 < 0.2 < past.effects[0].p95
    assert past.alone.mean > 0.45, "its own past alone takes the December for an effect"


def test_a_jump_is_found_in_a_series_with_trend_and_season():
    rng = np.random.default_rng(6)
    months = pd.date_range("2021-01-01", periods=48, freq="MS")
    course = 100 + 0.5 * np.arange(48) + 8 * np.sin(2 * np.pi * np.arange(48) / 12)
    outcome = course + rng.standard_normal((5, 48))
    outcome[0, 40:] += 12
    data, _ = panel.prepare(rows_of(outcome, ["2024-05-01"] + [None] * 4, months), "level")
    real, pretended = (
        interval(one)
        for one in interrupted.effects(interrupted.prepare(data, interrupted.pick_unit(data), 6))
    )
    assert real.p05 < 12 < real.p95 and real.p05 > 5
    assert pretended.p05 < 0 < pretended.p95


def test_yearly_periods_have_no_season():
    outcome = 50 + np.random.default_rng(1).normal(size=(5, 20))
    outcome[0, 12:] += 5
    years = pd.date_range("1990-01-01", periods=20, freq="YS")
    data = panel.prepare(rows_of(outcome, [years[12], None, None, None, None], years), "level")[0]
    past = interrupted.look(data, 0, 4)
    assert past.series.season == "none" and past.effects[0].p05 < 5 < past.effects[0].p95


# ---- what cannot answer
def test_designs_that_have_nothing_to_follow_are_refused_or_left_out():
    data, _ = panel.prepare(rows_of(np.ones((5, 24)), ["2023-03-01"] + [None] * 4), "level")
    with pytest.raises(StudyError, match="nothing to follow"):
        synthetic.prepare(data)
    with pytest.raises(StudyError, match="2 periods before"):
        interrupted.prepare(data, 0, 4)
    with pytest.raises(StudyError, match="focus_unit"):
        interrupted.pick_unit(data, "Atlantis")
    outcome = Outcome("visits", False, "EUR", "level")
    assert interrupted.look(data, 0, 4) is None and twins.look(data, 0, demean=True) is None
    assert "four periods before" in say(quasi_synthetic.own_past(None, 4, outcome)[0])
    assert "three periods before" in say(quasi_synthetic.twin(None, outcome))


@pytest.mark.parametrize(
    ("starts", "words"),
    [
        (
            ["2024-01-01"],
            "All units are treated from 2024-01-01 on: nobody is left to compare with. Bring units",
        ),
        (["2024-01-01", None], "Only 1 units stay untreated long enough to compare with"),
        ([None, None, None, None], "No unit of the panel is ever treated: fill treated_from"),
        (["2023-01-01", None, None, None], "add earlier periods"),
    ],
)
def test_panels_without_an_answer_say_the_way_out_and_do_not_fail_a_run(starts, words):
    with pytest.raises(CannotAnswer, match=words):
        panel.prepare(rows_of(np.ones((len(starts), 24)), starts), "level")


@pytest.mark.slow(seeds="1")
def test_a_daily_panel_of_210_regions_takes_less_than_a_minute():
    """All that the page computes, for 105 treated regions and 113 days; processor seconds."""
    rng, days, began = np.random.default_rng(1), 113, time.process_time()
    week = 0.3 * rng.standard_normal((210, 7))[:, np.arange(days) % 7]
    log = rng.normal(8, 1, (210, 1)) + week + errors(rng, 210, days, 0.4, 0.06)
    start = np.where(np.arange(210) < 105, 90, days)
    when = pd.date_range("2026-01-05", periods=days, freq="D")
    data = Panel([f"r{place:03d}" for place in range(210)], when, log, start, "log")
    choice = headline.choose(data)
    data = data.on_scale(choice.scale)
    headline.all_designs(data, choice)
    twins.look(data, 0, twins.follows_movements(choice))
    interrupted.look(data, 0, 28)
    staggered.leave_one_out(data)
    seconds = time.process_time() - began
    print(f"210 regions, 113 days: {seconds:.1f} processor seconds")
    assert seconds < 60
