"""Season in purchase models: the compressed likelihood, operational time, what predictions make of it."""

from datetime import date
from itertools import pairwise

import ibis
import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest
import seasonal

from helpers.clv import (
    baselines,
    bg_nbd,
    holdout_scores,
    mbg_nbd,
    nbd,
    new_customers,
    pareto_nbd,
    pareto_season,
    purchase_models,
    season,
    season_found,
    season_likelihood,
)
from helpers.clv.array_libraries import NUMPY
from helpers.clv.cnbd import Cnbd
from helpers.clv.customer_groups import Design
from helpers.clv.distinct import distinct_rows
from helpers.clv.purchase_parameters import Parameters
from helpers.clv.season_clock import Clock, end_of
from helpers.clv.simulate import Posterior, simulate
from helpers.clv.tracking import expected_repeat_purchases
from helpers.inference.intervals import Interval
from helpers.pages.wording import say
from helpers.views import purchase_model as view

END = date(2023, 9, 30)
COIN, DEATH = (0.8, 7.0, 0.9, 3.0), (0.8, 7.0, 0.7, 50.0)
THETA = {
    nbd: COIN[:2],
    bg_nbd: COIN,
    mbg_nbd: COIN,
    pareto_nbd: DEATH,
    Cnbd(3, at_once=False): (2.4, 8.0, 0.9, 3.0),
}
PEAK = np.log(np.where(np.isin(np.arange(24), (21, 22)), 3.1, 0.8))


@pytest.fixture(scope="module")
def base() -> tuple[pd.DataFrame, season.Calendar]:
    """A small base with a strong peak: its orders, and its calendar."""
    shop = seasonal.shop(3, 4.0, END, customers=60)
    return shop.orders, seasonal.calendar_of(shop.orders, END)


def compiled(module, calendar, summary):
    """The compressed log-likelihood and its gradient as a function of theta and log s."""
    rows = distinct_rows(summary)
    data = purchase_models.likelihood_data(rows) | season_likelihood.data_of(module, rows, calendar, 7.0)
    theta, log_season = pt.dvector("theta"), pt.dvector("log_season")
    parts = [theta[k] for k in range(len(module.PARAMETERS))]
    total = purchase_models.log_likelihood(module, parts, data, log_season)
    slopes = pytensor.grad(total, [theta, log_season])
    return pytensor.function([theta, log_season], [total, *slopes], mode="FAST_COMPILE")


def daily(log_season: np.ndarray, orders: pd.DataFrame, end: date) -> tuple[np.ndarray, np.datetime64]:
    """log s of every day from the first purchase to the end, by the calendar's own rule, and the first day."""
    first = orders["order_date"].min()
    stamps = pd.date_range(first, end)
    return np.array([log_season[2 * (day.month - 1) + (day.day > 15)] for day in stamps]), first


def by_purchase(module, theta, log_season, orders, end):
    """The log-likelihood of every customer on their own, purchase by purchase."""
    of_day, origin = daily(log_season, orders, end)
    pace = np.exp(of_day)
    total = 0.0
    for _, own in orders[orders["order_date"] <= np.datetime64(end)].groupby("customer_id"):
        days = np.sort((own["order_date"] - origin).dt.days.unique())
        elapsed = lambda a, b: pace[a + 1 : b + 1].sum() / 7  # noqa: E731
        last = len(pace) - 1
        w_x, w_T = elapsed(days[0], days[-1]), elapsed(days[0], last)
        total += of_day[days[1:]].sum()
        if module.STAGES > 1:
            total += (module.STAGES - 1) * sum(np.log(elapsed(a, b)) for a, b in pairwise(days))
        x = float(len(days) - 1)
        total += module.log_likelihood_x(theta, x, NUMPY)
        if module is pareto_nbd:
            total += pareto_row(theta, x, days, pace)
        else:
            total += module.log_likelihood_row(theta, x, w_x, w_T, NUMPY)
    return float(total)


def pareto_row(theta, x, days, pace) -> float:
    """The Pareto/NBD by quadrature of every single day, ten nodes each."""
    r, alpha, s, beta = theta
    passed = np.concatenate([[0.0], np.cumsum(pace[days[0] + 1 :])]) / 7
    age = np.arange(len(passed)) / 7
    quiet = lambda y: -(r + x) * np.log1p(np.interp(y, age, passed) / alpha) - s * np.log1p(y / beta)  # noqa: E731
    dead = lambda y: np.exp(quiet(y) - quiet(age[-1])) * s / (beta + y)  # noqa: E731
    nodes, weights = np.polynomial.legendre.leggauss(10)
    at = age[days[-1] - days[0] : -1, None] + (nodes + 1) / 14
    odds = (dead(at) * weights).sum() / 14
    return quiet(age[-1]) + np.log1p(odds) - x * np.log(alpha)


@pytest.mark.grid
@pytest.mark.parametrize("module", list(THETA), ids=lambda module: module.TITLE)
def test_the_compressed_form_is_that_of_single_purchases(base, module):
    orders, calendar = base
    value = compiled(module, calendar, seasonal.summary_of(orders, END))
    rng = np.random.default_rng(1)
    log_season = PEAK + rng.normal(0, 0.2, 24)
    theta = np.array(THETA[module])
    found, slope, of_season = value(theta, log_season)
    exact = by_purchase(module, theta, log_season, orders, END)
    assert found == pytest.approx(exact, rel=1e-10)
    for vector, its_slope, at in (
        (theta, slope, lambda v: by_purchase(module, v, log_season, orders, END)),
        (log_season, of_season, lambda v: by_purchase(module, theta, v, orders, END)),
    ):
        for place in (0, len(vector) - 1, 1):
            step = np.zeros(len(vector))
            step[place] = 1e-3 * vector[place]
            # Richardson's extrapolation of central differences.
            rough, fine = (
                (at(vector + h * step) - at(vector - h * step)) / (2 * h * step[place]) for h in (1.0, 0.5)
            )
            assert its_slope[place] == pytest.approx((4 * fine - rough) / 3, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("module", list(THETA), ids=lambda module: module.TITLE)
def test_without_a_season_the_likelihood_is_todays(base, module):
    orders, calendar = base
    summary = seasonal.summary_of(orders, END)
    rows = distinct_rows(summary)
    data = purchase_models.likelihood_data(rows)
    theta = np.array(THETA[module])
    plain = purchase_models.log_likelihood(module, theta, data).eval(mode="FAST_COMPILE")
    found = compiled(module, calendar, summary)(theta, np.zeros(24))[0]
    gaps = (module.STAGES - 1) * float(
        calendar.gaps[:, 2] @ np.log((calendar.gaps[:, 1] - calendar.gaps[:, 0]) / 7)
    )
    # Twelve nodes in one panel against panels by half-month.
    assert found == pytest.approx(float(plain) + gaps, rel=2e-6 if module is pareto_nbd else 1e-10)


def test_pareto_odds_agree_with_quadrature_by_day_at_a_fourfold_peak():
    days, rng = 900, np.random.default_rng(2)
    pace = seasonal.factors(np.datetime64(END) - np.arange(days, -1, -1), 4.0)
    passed = np.concatenate([[0.0], np.cumsum(pace[1:])])[None] / 7
    first = rng.integers(0, days - 40, 60)
    last = np.minimum(first + rng.integers(0, 800, 60), days - 1)
    x = np.minimum(np.where(last > first, rng.geometric(0.08, 60), 0), last - first).astype(float)
    for theta in (DEATH, (0.2, 0.5, 3.0, 900.0), (5.0, 40.0, 0.2, 1.0)):
        found = pareto_season.log_odds(tuple(np.full((1, 1), v) for v in theta), x, first, last, passed, 7.0)[
            0
        ]
        for i in range(60):
            own = np.array([first[i], last[i]]) if last[i] > first[i] else np.array([first[i]])
            alive = pareto_row(theta, x[i], own, pace)
            r, alpha, s, beta = theta
            w, T = passed[0, -1] - passed[0, first[i]], (days - first[i]) / 7
            quiet = -(r + x[i]) * np.log1p(w / alpha) - s * np.log1p(T / beta) - x[i] * np.log(alpha)
            assert np.logaddexp(0, found[i]) == pytest.approx(alive - quiet, abs=1e-8)


def parameters_of(module, *, seen=True, draws=4000, log_season=PEAK) -> Parameters:
    """The same parameters and the same season in every draw."""
    profile = season.log_profile(np.zeros((draws, 23)), NUMPY) + log_season
    clock = Clock(END, 800, 7.0, profile, np.zeros(draws), seen)
    theta = tuple(np.full((draws, 1), value) for value in THETA[module])
    none = np.zeros((draws, 0))
    return Parameters(module, Design(), theta, none, none, "week", clock)


@pytest.mark.grid  # thousands of futures of each model
@pytest.mark.parametrize("module", list(THETA), ids=lambda module: module.TITLE)
def test_simulated_futures_have_the_expected_purchases(module):
    its = parameters_of(module)
    rows = pd.DataFrame({"x": [0, 3, 9], "t_x": [0.0, 52.0, 70.0], "T": [30.0, 60.0, 74.0], "n": 1})
    for horizon in (4.0, 13.0, 52.2):
        made = simulate(Posterior(its, None), rows, horizon, seed=5).purchases.mean(axis=1)
        assert made == pytest.approx(its.expected(rows, horizon).mean(axis=0), rel=0.09, abs=0.03)


def test_operational_time_of_rows_is_that_of_single_days(base):
    orders, _ = base
    rows = distinct_rows(seasonal.summary_of(orders, END))
    its = parameters_of(bg_nbd, draws=1)
    t_x, T = its.spans(rows)
    for i in (0, 7, len(rows) - 1):
        days = pd.date_range(pd.Timestamp(END) - pd.Timedelta(weeks=rows["T"][i]), END)[1:]
        pace = np.exp(PEAK[2 * (days.month - 1) + (days.day > 15)])
        assert T[0, i] == pytest.approx(pace.sum() / 7)
        assert t_x[0, i] == pytest.approx(pace[: round(rows["t_x"][i] * 7)].sum() / 7)


@pytest.mark.parametrize("module", [bg_nbd, pareto_nbd], ids=lambda module: module.TITLE)
def test_the_expected_course_of_new_customers_follows_the_season(module):
    flat, peak = (parameters_of(module, draws=2, log_season=log_season) for log_season in (0 * PEAK, PEAK))
    first = pd.DataFrame({"first_date": pd.to_datetime(["2022-10-01"] * 5)})
    ends = pd.to_datetime(["2022-11-15", "2022-12-15"])
    plain, high = (np.diff(expected_repeat_purchases(its, first, ends, "week")[0]) for its in (flat, peak))
    none = Parameters(module, flat.design, flat.theta, flat.rate_effect, flat.drop_out_effect, "week")
    assert plain == pytest.approx(np.diff(expected_repeat_purchases(none, first, ends, "week")[0]), rel=1e-9)
    assert 2.5 < high / plain < 3.3


@pytest.mark.parametrize(
    ("module", "nearness"), [(bg_nbd, 1e-6), (mbg_nbd, 1e-6), (Cnbd(3, at_once=True), 1e-3)]
)
@pytest.mark.parametrize("seasonal", [True, False])
def test_the_course_of_new_customers_is_the_sum_over_each(module, nearness, seasonal):
    rng, draws = np.random.default_rng(1), 2
    clock = Clock(END, 800, 7.0, rng.normal(0, 0.4, (draws, 24)), np.zeros(draws)) if seasonal else None
    theta = tuple(np.exp(rng.normal(0, 0.3, (draws, 2))) * value for value in (0.8, 4.0, 1.0, 6.0))
    none = np.zeros((draws, 0))
    its = Parameters(module, Design(groups=("a", "b")), theta, none, none, "week", clock)
    first = pd.to_datetime(END) - pd.to_timedelta(np.arange(5, 795, 10), unit="D")
    rows = pd.DataFrame({"group": np.tile(["a", "b"], len(first)), "n": rng.integers(1, 5, 2 * len(first))})
    won = np.repeat(first.to_numpy(), 2)
    ends = np.datetime64(END) - np.arange(780, -1, -60).astype("timedelta64[D]")
    ages = np.maximum((ends[:, None] - won) / np.timedelta64(7, "D"), 0.0)
    found = new_customers.expected_totals(its, rows, won, ages)
    each = [(its.expected_new(rows, won, age) * rows["n"].to_numpy()).sum(axis=1) for age in ages]
    assert found == pytest.approx(np.column_stack(each), rel=nearness, abs=1e-9)


def test_a_profile_has_mean_one_and_its_walk_the_stated_spread():
    rng = np.random.default_rng(1)
    log_season = season.log_profile(0.4 * rng.standard_normal((4000, 23)), NUMPY)
    assert np.exp(log_season) @ season.LENGTHS == pytest.approx(365.25)
    walk = 0.4 * rng.standard_normal((4000, 23)) @ season.BASIS.T
    assert walk.std(axis=0) == pytest.approx(np.full(24, 0.4), rel=0.05)
    assert season.half_month(np.array(["2024-01-15", "2024-01-16", "2024-12-31"], "M8[D]")).tolist() == [
        0,
        1,
        23,
    ]


def test_less_than_a_year_takes_the_season_from_its_prior():
    shop = seasonal.shop(1, 4.0, date(2023, 6, 30), customers=1500, days=180)
    calendar = seasonal.calendar_of(shop.orders, shop.as_of)
    assert calendar.structure == season.FROM_PRIOR
    summary = seasonal.summary_of(shop.orders, shop.as_of)
    tree = purchase_models.fit("bg_nbd", summary, "week", calendar=calendar, method="laplace", draws=300)
    its = purchase_models.parameters(tree)
    assert its.clock is not None
    assert not its.clock.seen
    ahead = its.clock.ahead(52.18)[:, -1] / 52.18
    assert np.std(np.log(ahead)) > 0.1  # the year ahead may be far from the half seen
    assert its.spans(summary)[1] is not None
    again = purchase_models.fit("bg_nbd", summary, "week", method="laplace", draws=300)
    assert purchase_models.parameters(again).clock is None


def test_the_calendar_of_a_ledger_is_that_of_its_orders(base):
    orders, ours = base
    ledger = ibis.memtable(orders.assign(kind="purchase", order_date=orders["order_date"].dt.date))
    found = season.calendar_of(ledger, END)
    assert (found.end, found.days) == (ours.end, ours.days)
    assert found.bought.tolist() == ours.bought.tolist()
    assert sorted(map(tuple, found.gaps)) == sorted(map(tuple, ours.gaps))
    few = orders["customer_id"].unique()[:20]
    some = season.calendar_of(ledger, END, pd.Series(few))
    repeats = orders[orders["customer_id"].isin(few)].drop_duplicates().groupby("customer_id").size() - 1
    assert some.bought.sum() == repeats.sum()


@pytest.fixture(scope="module")
def december() -> seasonal.Shop:
    """A shop with a fourfold peak, standing on the last day of the year."""
    return seasonal.shop(1, 4.0, date(2023, 12, 31), customers=1200)


def test_a_shop_standing_after_christmas_is_not_forecast_another_one(december):
    calendar = seasonal.calendar_of(december.orders, december.as_of)
    summary = seasonal.summary_of(december.orders, december.as_of)
    sampling = {"method": "laplace", "draws": 300, "seed": 1}
    tree = purchase_models.fit("bg_nbd", summary, "week", calendar=calendar, **sampling)
    found = season_found.found(tree, summary, 365 / 7, calendar, **sampling)
    assert found.estimated
    assert found.clear
    assert found.highest[0] in (21, 22)
    assert 2.5 < found.highest[1].mean < 3.5
    assert found.without > 1.3 * december.later[365]
    assert abs(found.expected / december.later[365] - 1) < 0.15
    assert [one.verdict for one in found.checks] == ["PASS"]
    assert "times as often" in say(view.season(found, 12)[0].title)
    assert "season moves the forecast" in say(view.season(found, 12)[1])


@pytest.mark.parametrize(
    ("days", "verdict"), [(730, "PASS"), (724, "PASS"), (700, "REVIEW"), (200, "REVIEW")]
)
def test_less_than_two_years_before_the_holdout_is_a_doubt(days, verdict):
    before = season.Calendar(END, days, np.ones(days + 1), np.zeros((0, 3), np.int64))
    doubt = season_found.seen_too_little(before)
    assert (doubt is None) == (verdict == "PASS")
    scores = holdout_scores.Scores("BG/NBD", 1.0, 100.0, 0.01, 0.92, 0.3)
    better = Interval(-0.1, -0.2, -0.1, -0.05)
    judged = holdout_scores.judge(scores, better, 0.25, doubts=[doubt])
    assert judged.verdict == verdict


def test_last_years_months_are_a_naive_forecast(december):
    rows = pd.DataFrame({"x": [0, 4], "t_x": [0.0, 30.0], "T": [20.0, 40.0]})
    made = baselines.last_year_forecast(rows, 300.0, 200.0, 10.0, 20_000)
    assert made.mean(axis=1) == pytest.approx([0.0, 0.1 * 10 * 1.5], abs=0.03)


def test_histories_of_an_earlier_day_run_on_the_calendar_of_that_day(base):
    orders, _ = base
    earlier = date(2023, 6, 30)
    summary = seasonal.summary_of(orders, earlier)
    its = parameters_of(bg_nbd, draws=1)
    moved = its.standing_on(end_of(summary, its.clock))
    assert moved.clock is not None
    assert moved.clock.end == earlier
    days = pd.date_range(pd.Timestamp(earlier) - pd.Timedelta(weeks=summary["T"][0]), earlier)[1:]
    pace = np.exp(PEAK[2 * (days.month - 1) + (days.day > 15)])
    assert moved.spans(summary)[1][0, 0] == pytest.approx(pace.sum() / 7)
