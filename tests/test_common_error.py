"""The error past forecasts had in common: its posterior, what it does to totals and segments, and what it never does."""

import itertools
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers.clv import common_error, holdout_scores, rolling_origins
from helpers.clv.predictive_money import EVERYONE


def errors(size: int, tau: float, seed: int = 1, years: float = 0.25, luck: float = 0.02) -> pd.DataFrame:
    """Past log errors with a common spread of tau over a year, and the model's own of `luck`."""
    spread = np.sqrt(tau**2 * years + luck**2)
    log_error = np.random.default_rng(seed).normal(0, spread, size)
    return pd.DataFrame({"log_error": log_error, "variance": luck**2, "years": years})


NONE = pd.DataFrame()


def test_the_posterior_of_tau_is_that_of_quadrature():
    past = errors(6, 0.1)
    tau = np.linspace(1e-4, 0.75, 20_001)
    density = stats.norm.logpdf(
        past["log_error"].to_numpy()[:, None], 0, np.sqrt(tau**2 * 0.25 + 0.02**2)
    ).sum(axis=0)
    weight = np.exp(density - density.max()) * stats.halfnorm.pdf(tau, scale=0.15)
    found = common_error.estimate(past, NONE).tau
    assert found.mean() == pytest.approx((weight @ tau) / weight.sum(), rel=0.05)
    assert stats.kstest(found, lambda t: np.interp(t, tau, weight.cumsum() / weight.sum())).pvalue > 0.001


def test_fewer_than_four_origins_leave_the_prior():
    few, none = common_error.estimate(errors(3, 0.5), NONE), common_error.prior()
    assert few.prior_alone and none.prior_alone and few.origins == 3 and none.bias is None
    assert few.tau.mean() == pytest.approx(0.15 * np.sqrt(2 / np.pi), rel=0.05)
    assert few.tau.mean() == none.tau.mean()
    assert not common_error.estimate(errors(4, 0.5), NONE).prior_alone


def test_nothing_in_common_narrows_and_a_lot_widens():
    calm, wild = (common_error.estimate(errors(8, tau, 3), NONE).tau.mean() for tau in (0.0, 0.4))
    assert calm < 0.06 and wild > 0.2


def test_a_bias_is_reported_and_never_added():
    low = errors(8, 0.0).assign(log_error=-0.2)
    found = common_error.estimate(low, NONE)
    assert found.bias.mean == pytest.approx(-0.2) and found.bias.p95 < -0.1
    draws = np.random.default_rng(1).normal(1000, 10, 4000)
    said = found.total(draws, 1.0)
    assert said.interval.mean == said.if_right.mean == pytest.approx(draws.mean())
    assert said.interval.p05 < said.if_right.p05 < said.if_right.p95 < said.interval.p95
    assert np.median(found.widen(draws, 1.0)) == pytest.approx(1000, rel=0.02)


def test_a_forecast_that_was_not_sure_of_itself_says_little_of_the_bias():
    """A first year whose season was not known yet: its error is the season's."""
    sure = errors(5, 0.0).assign(log_error=[-0.2, -0.19, -0.21, -0.2, 0.5])
    unsure = sure.assign(variance=[0.02**2] * 4 + [0.6**2])
    assert common_error.estimate(unsure, NONE).bias.mean == pytest.approx(-0.2, abs=0.02)
    assert common_error.estimate(unsure, NONE).bias.p95 < 0 < common_error.estimate(sure, NONE).bias.p95


def widening(own: float, past: list[float], years: float) -> float:
    """The median widening of a year's total with the model's own spread, after forecasts with nothing in common."""
    rng, found = np.random.default_rng(1), []
    for _ in range(60):
        table = pd.DataFrame({"log_error": rng.normal(0, past), "variance": np.square(past), "years": years})
        said = common_error.estimate(table, NONE).total(np.exp(rng.normal(0, own, 2000)), 1.0)
        found.append((said.interval.p95 - said.interval.p05) / (said.if_right.p95 - said.if_right.p05))
    return float(np.median(found))


def test_what_earlier_forecasts_knew_less_surely_widens_more():
    """Six half-years as sure of themselves as the year ahead widen by half; of a base that grew meanwhile, twofold."""
    assert 1.3 < widening(0.037, [0.037] * 6, 0.5) <= 1.6
    assert 1.6 < widening(0.037, [0.099, 0.072, 0.062, 0.054, 0.048, 0.044], 0.5) < 2.2
    assert widening(0.037, [0.037] * 6, 1.0) < 1.4


def test_the_error_grows_with_the_horizon_up_to_a_year():
    found = common_error.estimate(errors(8, 0.2), NONE)
    spread = [found.logs(years, 20_000, 1).std() for years in (0.25, 1.0, 2.0)]
    assert spread[1] == pytest.approx(2 * spread[0], rel=0.03) and spread[2] == spread[1]


def test_the_shock_is_on_purchases_and_not_on_what_serving_costs():
    found = common_error.estimate(errors(8, 0.2), NONE)
    earned, cost = np.full(2000, 1000.0), np.full(2000, 400.0)
    wide = found.widen(earned - cost, 1.0, cost=cost)
    assert np.log((wide + cost) / 1000) == pytest.approx(found.logs(1.0, 2000, 1))


def test_segments_share_the_shock_and_their_own_parts_cancel():
    own = pd.DataFrame(
        {"log_error": np.random.default_rng(1).normal(0, 0.1, 24), "variance": 1e-4, "years": 0.25}
    )
    found = common_error.estimate(errors(8, 0.1), own)
    totals = {"a": np.full(4000, 600.0), "b": np.full(4000, 400.0), EVERYONE: np.full(4000, 1000.0)}
    wide = found.widen_all(totals, {}, 1.0)
    assert wide[EVERYONE] == pytest.approx(found.widen(totals[EVERYONE], 1.0))
    logs = {name: np.log(wide[name] / totals[name]) for name in totals}
    assert 0.6 * logs["a"] + 0.4 * logs["b"] == pytest.approx(logs[EVERYONE])
    assert logs["b"].std() > logs[EVERYONE].std() and np.corrcoef(logs["a"], logs[EVERYONE])[0, 1] > 0.2


def test_two_dates_are_shocked_independently():
    found = common_error.estimate(errors(8, 0.2), NONE)
    now, then = (found.logs(1.0, 20_000, seed) for seed in (1, 2))
    assert abs(np.corrcoef(now, then)[0, 1]) < 0.03


def test_the_artifact_says_what_was_known_at_the_cut_and_today():
    cut, today = common_error.estimate(errors(4, 0.1), NONE), common_error.estimate(errors(7, 0.1), NONE)
    table = pd.concat([cut.table(common_error.HOLDOUT), today.table(common_error.TODAY)], ignore_index=True)
    for of, one in ((common_error.HOLDOUT, cut), (common_error.TODAY, today)):
        again = common_error.read(table, of)
        assert (again.tau == one.tau).all() and (again.tau_segments == one.tau_segments).all()
        assert (again.origins, again.bias) == (one.origins, one.bias)
    assert common_error.read(None, common_error.TODAY).prior_alone


def test_targets_known_at_the_cut_end_by_it():
    cut = date(2025, 6, 30)
    periods = rolling_origins.origins(date(2023, 1, 1), cut, date(2025, 12, 31))
    lengths = {(end - start).days for start, end in periods}
    assert len(periods) == 7 and len(lengths) == 1
    assert all(end <= later for (_, end), (later, _) in itertools.pairwise(periods))
    table = pd.DataFrame(
        {"log_error": 0.1, "variance": 0.01, "years": 0.2, "end": pd.to_datetime([end for _, end in periods])}
    )
    past = rolling_origins.PastForecasts(table, NONE)
    assert past.common(cut).origins == 5 and past.common().origins == 7


def test_what_came_is_held_against_an_interval_made_without_it():
    said = common_error.prior().total(np.random.default_rng(1).normal(1651, 97, 4000), 0.75)
    assert holdout_scores.check_inside(1882, said.if_right).verdict == "REVIEW"
    assert holdout_scores.check_inside(1882, said.interval).verdict == "PASS"
