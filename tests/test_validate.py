"""Hold-out scores against cases with a known answer, and the verdict's three outcomes."""

from datetime import date, timedelta

import ibis
import known
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from helpers.clv import (
    baselines,
    bg_nbd,
    customer_groups,
    frequency_fit,
    holdout_scores,
    prior_predictive,
    purchase_comparison,
    purchase_models,
    rolling_origins,
    simulate,
    stacking,
    tracking,
)
from helpers.clv.customer_groups import Design
from helpers.clv.distinct import distinct_rows
from helpers.clv.purchase_history import calibration_end, hold_out
from helpers.clv.simulated_histories import simulate_histories
from helpers.inference.intervals import Interval
from helpers.pages.wording import say


def test_crps_of_one_draw_is_the_absolute_error():
    simulated = np.array([[3], [0]])
    assert holdout_scores.crps(simulated, np.array([0, 1, 0]), np.array([1, 2, 3])) == pytest.approx(
        [2, 2, 0]
    )


def test_crps_agrees_with_the_integral_definition():
    rng = np.random.default_rng(1)
    draws = rng.poisson(2.5, size=(1, 400))
    grid = np.arange(0, 60)
    cdf = np.array([(draws[0] <= g).mean() for g in grid])
    for actual in (0, 2, 9):
        integral = np.sum((cdf - (grid >= actual)) ** 2)
        assert holdout_scores.crps(draws, np.array([0]), np.array([actual]))[0] == pytest.approx(
            integral, abs=1e-9
        )


def test_pit_is_uniform_and_coverage_is_nominal_when_the_forecast_is_right():
    rng = np.random.default_rng(2)
    rates = rng.gamma(1.0, 2.0, 300)
    simulated = rng.poisson(rates[:, None], size=(300, 1000))
    row_of = np.repeat(np.arange(300), 20)
    actual = rng.poisson(rates[row_of])
    found, grid = holdout_scores.stretches(simulated, row_of, actual), np.linspace(0.01, 0.99, 99)
    assert found.curve(grid) == pytest.approx(grid, abs=0.025)
    assert found.tenths == pytest.approx(np.full(10, 0.1), abs=0.02) and found.tenths.sum() == 1
    scores = holdout_scores.score("right", simulated, row_of, actual)
    assert scores.coverage90 == pytest.approx(0.90, abs=0.02)
    assert scores.bias == pytest.approx(0, abs=0.05)


def test_top_decile_capture_is_a_share_of_what_was_bought():
    actual = np.array([10.0] + [1.0] * 9)
    assert holdout_scores.top_decile_capture(actual, actual) == pytest.approx(10 / 19)
    assert holdout_scores.top_decile_capture(-actual, actual) == pytest.approx(1 / 19)


@pytest.mark.parametrize(
    ("bias", "gain", "coverage", "verdict", "meaning"),
    [
        (-0.10, (-0.2, -0.3, -0.1), 0.90, "PASS", "use"),
        (-0.20, (-0.2, -0.3, -0.1), 0.90, "REVIEW", "use with care"),
        (-0.10, (-0.1, -0.3, 0.1), 0.90, "REVIEW", "use with care"),
        (-0.10, (-0.2, -0.3, -0.1), 0.80, "REVIEW", "use with care"),
        (-0.10, (0.2, 0.1, 0.3), 0.90, "FAIL", "do not use"),
        (0.30, (-0.2, -0.3, -0.1), 0.90, "FAIL", "do not use"),
    ],
)
def test_verdict_of_the_holdout(bias, gain, coverage, verdict, meaning):
    scores = holdout_scores.Scores("m", 0.5, 100.0, bias, coverage, 0.4)
    mean, low, high = gain
    judged = holdout_scores.judge(scores, Interval(mean, low, mean, high), max_total_bias=0.25)
    assert (judged.verdict, say(judged.meaning)) == (verdict, meaning)
    assert judged.check.verdict == verdict
    assert bool(judged.check.advice) == (verdict != "PASS")
    assert say(judged.reason).startswith(f"m, {meaning}: total ")


def test_naive_forecast_goes_on_at_the_past_rate():
    rows = pd.DataFrame({"x": [0, 10, 0], "T": [10.0, 10.0, 0.0]})
    simulated = baselines.last_rate_forecast(rows, 5.0, 4000)
    assert simulated.mean(axis=1) == pytest.approx([0, 5, 0], abs=0.15)


def test_weekly_repeat_purchases_leave_first_days_and_second_orders_of_a_day_out():
    days = [date(1997, 1, 1), date(1997, 1, 3), date(1997, 1, 3), date(1997, 1, 9)]
    ledger = pd.DataFrame({"customer_id": "a", "order_date": days, "kind": "purchase"})
    later = ledger.assign(customer_id="b", order_date=[day + timedelta(days=2) for day in days])
    ledger = ibis.memtable(pd.concat([ledger, later]))
    span = date(1997, 1, 1), date(1997, 1, 14)
    assert tracking.weekly_repeat_purchases(ledger, *span)["actual"].tolist() == [2, 2]
    assert tracking.weekly_repeat_purchases(ledger, *span, won_by=span[0])["actual"].tolist() == [1, 1]
    assert tracking.weekly_repeat_purchases(ledger, span[0], date(1997, 1, 7))["actual"].tolist() == [2]


def test_tracking_reaches_the_actual_total_of_cdnow_at_the_published_parameters(cdnow_calibration):
    its = known.buying(bg_nbd, (0.2426, 4.4136, 0.7929, 2.4259))
    ends = [date(1997, 9, 30)]
    total = tracking.expected_repeat_purchases(its, cdnow_calibration, ends, "week")
    assert total[0, 0] == pytest.approx(cdnow_calibration["x"].sum(), rel=0.02)


def test_totals_of_parts_of_a_base_add_up_to_the_bases(cdnow_calibration):
    rows = distinct_rows(cdnow_calibration).sample(300, random_state=1)
    assert rows["n"].max() > simulate.REPLICATES
    posterior = simulate.Posterior(known.buying(bg_nbd, (0.2426, 4.4136, 0.7929, 2.4259), draws=50), None)
    parts = [
        simulate.total_of(posterior, rows[rows["x"] > 0], 39),
        simulate.total_of(posterior, rows[rows["x"] == 0], 39),
    ]
    whole = simulate.total_purchases(posterior, rows, 39)
    assert (parts[0] + parts[1]).draws == pytest.approx(whole, rel=1e-6)
    assert abs((parts[0].draws + parts[1].draws) - whole).max() > 0.1  # variances add up, and not spreads


def test_calibration_ends_where_the_holdout_begins():
    assert calibration_end(date(1997, 1, 1), date(1998, 6, 30), 273) == date(1997, 9, 30)
    assert calibration_end(date(1997, 1, 1), date(1997, 1, 31), None) == date(1997, 1, 21)


def test_rfm_cells_forecast_what_their_like_did():
    base = pd.DataFrame(
        {
            "x": [0, 5] * 50,
            "t_x": [0.0, 9.0] * 50,
            "T": 10.0,
            "monetary_value": [0.0, 20.0] * 50,
            "first_value": 20.0,
        }
    )
    bought = np.array([0, 4] * 50)
    forecast, cell = baselines.rfm_cell_forecast(base, bought, base, 2.0, 4000)
    assert forecast[cell].mean(axis=1)[:2] == pytest.approx([0, 8], abs=0.2)
    forecast, cell = baselines.rfm_cell_forecast(base, bought, base, 1, 10)
    assert (forecast[cell][1] == 4).all()


def test_naive_forecasts_do_not_depend_on_the_order_in_which_an_engine_gives_customers():
    rng = np.random.default_rng(4)
    earlier = pd.DataFrame(
        {
            "x": rng.poisson(1, 200),
            "t_x": 1.0,
            "T": 9.0,
            "monetary_value": rng.gamma(2, 9, 200),
            "first_value": 20.0,
        }
    )
    bought, other = rng.poisson(2, 200), rng.permutation(200)
    forecast, _ = baselines.rfm_cell_forecast(earlier, bought, earlier, 1.5, 50)
    again, _ = baselines.rfm_cell_forecast(earlier.iloc[other], bought[other], earlier, 1.5, 50)
    assert (forecast == again).all()


def test_stacking_finds_the_better_model_and_counts_customers():
    elpd = np.log([[0.5, 0.1], [0.1, 0.5]])
    assert stacking.stacking_weights(elpd, np.array([1, 1])) == pytest.approx([0.5, 0.5])
    assert stacking.stacking_weights(elpd, np.array([1000, 1])) == pytest.approx([1, 0], abs=1e-3)
    two, seven = np.full((3, 100), 2), np.full((3, 100), 7)
    mixed = stacking.mixture([two, seven], np.array([0.25, 0.75]))
    assert mixed.shape == (3, 100) and (mixed == 2).sum() == 75


@pytest.mark.parametrize("name", purchase_models.MODELS)
def test_simulated_histories_have_the_models_expectation(name):
    module = purchase_models.model_named(name)
    theta = {"nbd": (1.2, 8.0), "pareto_nbd": (1.2, 8.0, 2.0, 40.0)}.get(name, (1.2, 8.0, 1.5, 4.0))
    T = np.full(40_000, 30.0)
    x, t_x = simulate_histories(module, theta, T, seed=3)
    assert x.mean() == pytest.approx(float(module.expected_purchases_new(theta, 30.0)), rel=0.03)
    assert ((t_x > 0) == (x > 0)).all() and (t_x <= T).all()


def test_origins_lie_a_third_of_the_holdout_apart():
    found = rolling_origins.origins(date(1997, 1, 1), date(1997, 9, 30), date(1998, 6, 30))
    assert [str(start) for start, _ in found] == ["1997-07-01", "1997-09-30", "1997-12-30", "1998-03-31"]
    assert found[-1][1] == date(1998, 6, 30)
    assert len(rolling_origins.origins(date(1997, 9, 1), date(1997, 9, 30), date(1998, 6, 30))) == 2


def test_a_customer_of_today_can_be_left_out():
    rng = np.random.default_rng(4)
    draws = {name: (["chain", "draw"], rng.gamma(50, 0.02, (2, 200))) for name in ("r", "alpha")}
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(draws)})
    tree.attrs.update(purchase_model="nbd", design=Design().text())
    rows = pd.DataFrame({"x": [0, 2], "t_x": [0.0, 3.0], "T": [0.0, 5.0], "n": [7, 1]})
    found = stacking.leave_one_out(tree, rows)
    assert found.elpd[0] == pytest.approx(0, abs=1e-9)
    assert found.total == pytest.approx(found.elpd[1])
    assert found.worst_k < stacking.TRUSTED == pytest.approx(1 - 1 / np.log10(500))


def test_the_holdout_stands_beside_what_was_known_before():
    lines = [("a", date(2020, 3, 1), 5.0), ("a", date(2020, 3, 9), 7.0), ("c", date(2020, 3, 2), 1.0)]
    ledger = pd.DataFrame(lines, columns=["customer_id", "order_date", "revenue"]).assign(kind="purchase")
    before = pd.DataFrame({"customer_id": ["a", "b"], "x": [1, 0]})
    found = hold_out(ibis.memtable(ledger), before, date(2020, 2, 28), date(2020, 3, 13), "week")
    assert (found.days, found.units, found.made) == (14, 2.0, 2)
    assert found.actual.tolist() == [2, 0]
    assert found.table["holdout_revenue"].tolist() == [12.0, 0.0]
    assert found.table["holdout_days"].tolist() == [14, 14]


def test_customers_known_before_the_data_are_counted():
    groups = pd.DataFrame(
        {"group": ["a", f"a, {customer_groups.KNOWN_BEFORE}", customer_groups.KNOWN_BEFORE]}
    )
    assert customer_groups.known_before(groups) == 2
    assert customer_groups.known_before(groups.drop(columns="group")) == 0


def test_the_course_counts_the_weeks_after_the_cut_that_are_inside():
    ends = pd.to_datetime(["2020-01-07", "2020-01-14", "2020-01-21"])
    actual = pd.DataFrame({"week_end": ends, "actual": [100, 100, 1000]})
    expected = np.tile([100.0, 200.0, 300.0], (500, 1))
    course = tracking.course(actual, expected, date(2020, 1, 7))
    assert (course.later, course.inside) == (2, 1)
    assert course.weeks["total_actual"].tolist() == [100, 200, 1200]
    assert course.weeks["week_mean"].tolist() == [100, 100, 100]
    assert (course.weeks["total_low"] == course.weeks["total_high"]).all()
    assert (course.weeks["week_low"] < 100).all()


def test_frequencies_are_counted_up_to_an_open_class():
    assert frequency_fit.frequencies(pd.Series([0, 0, 2, 9]), 3, 1).tolist() == [2, 0, 1, 1]
    groups = frequency_fit.by_frequency(
        np.array([0, 0, 8, 9]), np.array([0.0, 2.0, 5.0, 7.0]), {"m": np.array([1.0, 1.0, 3.0, 3.0])}
    )
    assert groups.table["actual"].tolist() == [1.0, 6.0]
    assert (groups.first, groups.worst) == ("m", frequency_fit.MOST)


def test_the_mixture_takes_its_draws_from_the_models_by_weight():
    row_of = np.array([0, 0, 1])
    two, seven = (purchase_comparison.Forecast(str(k), np.full((2, 100), k), row_of) for k in (2, 7))
    mixed = purchase_comparison.mixture({"two": two, "seven": seven}, {"two": 0.25, "seven": 0.75})
    assert mixed.draws == 100
    assert mixed.expected == pytest.approx([5.75] * 3)


def test_what_was_seen_is_counted_where_it_lies_within_the_beliefs():
    believed = pd.DataFrame({"p05": [0.1, 0.1], "p95": [0.5, 0.5]})
    assert prior_predictive.inside(believed, pd.Series([0.2, 0.8])) == 1
    assert prior_predictive.inside(believed, pd.Series([np.nan, np.nan])) is None
