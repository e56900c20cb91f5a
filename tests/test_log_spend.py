"""Log-normal spend: known parameters come back, its dependence on the purchase rate too; forecasts match brute force."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from known import buying

from helpers.clv import bg_nbd, lognormal_spend
from helpers.errors import StudyError
from helpers.inference import sampler

THETA, CUSTOMERS, WEEKS = (0.6, 6.0, 0.8, 2.5), 6000, 26.0
LEVEL, KAPPA, TAU, SIGMA = 3.0, 0.3, 0.5, 0.4
LOGS = ["spend_days", "mean_log", "squares"]


@pytest.fixture(scope="module")
def base():
    """Customers whose spend rises with their purchase rate: their summary, and what they buy and spend afterwards."""
    rng = np.random.default_rng(1)
    r, alpha, a, b = THETA
    rate, coin, T = (
        rng.gamma(r, 1 / alpha, CUSTOMERS),
        rng.beta(a, b, CUSTOMERS),
        rng.uniform(30, 60, CUSTOMERS),
    )
    level = LEVEL + KAPPA * np.log(rate) + rng.normal(0, TAU, CUSTOMERS)
    rows, later = [], []
    for i in range(CUSTOMERS):
        past, future = _purchases(rng, rate[i], coin[i], T[i])
        logs = rng.normal(level[i], SIGMA, len(past))
        rows.append((i, len(past), past[-1] if past else 0.0, T[i], len(past), *_moments(logs)))
        later.append((future, np.exp(rng.normal(level[i], SIGMA, future)).sum()))
    summary = pd.DataFrame(rows, columns=["customer_id", "x", "t_x", "T", *LOGS])
    known = lognormal_spend.log_rates(buying(bg_nbd, THETA), summary)
    return pd.concat([summary, known], axis=1), np.array(later)


def _purchases(rng, rate, coin, end):
    times, now = [], 0.0
    while (now := now + rng.exponential(1 / rate)) < end + WEEKS:
        times.append(now)
        if rng.random() < coin:
            break
    return [time for time in times if time <= end], sum(time > end for time in times)


def _moments(logs):
    return (logs.mean(), len(logs) * logs.var()) if len(logs) else (0.0, 0.0)


@pytest.fixture(scope="module")
def fitted(base):
    """The base's posteriors: {dependent: tree}."""
    return {
        dependent: lognormal_spend.fit(base[0], dependent=dependent, draws=500, tune=500)
        for dependent in (True, False)
    }


def test_known_parameters_come_back(fitted):
    tree = fitted[True]
    assert sampler.diagnose(tree).passed
    for name, truth in {"kappa": KAPPA, "tau": TAU, "sigma": SIGMA}.items():
        draws = sampler.flat_draws(tree, name)
        assert np.quantile(draws, 0.005) < truth < np.quantile(draws, 0.995), name
    centre = lognormal_spend.parameters(tree).centre[0]
    assert sampler.flat_draws(tree, "m").mean() == pytest.approx(LEVEL + KAPPA * centre, abs=0.05)


def test_what_comes_next_is_forecast_and_without_dependence_falls_short(base, fitted):
    its, later = base
    purchases, revenue = later.T
    error = {}
    for dependent, tree in fitted.items():
        expected = lognormal_spend.expected_spend(lognormal_spend.parameters(tree).thinned(50), its).mean(
            axis=0
        )
        error[dependent] = (expected * purchases).sum() / revenue.sum() - 1
    assert abs(error[True]) < 0.03
    assert abs(error[False]) > 2 * abs(error[True])


def test_simulated_means_have_the_expected_mean(base, fitted):
    its = base[0].head(400)
    theta = lognormal_spend.parameters(fitted[True])
    theta = lognormal_spend.Parameters(
        theta.design, tuple(np.resize(one[:1], (2000, 1)) for one in theta.theta), theta.centre
    )
    drawn = lognormal_spend.simulated_mean(theta, its, np.arange(400) % 3 + 1, np.random.default_rng(2))
    ratio = drawn.mean(axis=0) / lognormal_spend.expected_spend(theta, its)[0]
    assert ratio.mean() == pytest.approx(1, abs=0.01)


def test_the_order_of_customers_does_not_matter(base):
    its = base[0]
    shuffled = its.sample(frac=1, random_state=3)
    straight, other = (lognormal_spend.likelihood_data(one, ()) for one in (its, shuffled))
    for name, values in straight.items():
        assert other[name] == pytest.approx(values), name
    again = lognormal_spend.log_rates(buying(bg_nbd, THETA), shuffled).loc[its.index]
    pd.testing.assert_frame_equal(again, its[list(again)])


def test_logarithms_of_repeat_days_are_summed_up():
    lines = pd.DataFrame(
        {
            "customer_id": ["a"] * 5 + ["b"] * 2 + ["c"],
            "order_date": [date(2026, 1, d) for d in (1, 8, 8, 15, 20)]
            + [date(2026, 1, 1), date(2026, 1, 9), date(2026, 1, 1)],
            "kind": "purchase",
            "revenue": [100.0, 10.0, 20.0, 60.0, 0.0, 5.0, 8.0, 7.0],
        }
    )
    found = (
        lognormal_spend.log_summary(ibis.memtable(lines), date(2026, 1, 31))
        .to_pandas()
        .set_index("customer_id")
    )
    assert sorted(found.index) == ["a", "b"]
    logs = np.log([30.0, 60.0])
    assert found.loc["a"].tolist() == pytest.approx([2, logs.mean(), 2 * logs.var()], abs=1e-6)
    assert found.loc["b"].tolist() == pytest.approx([1, np.log(8.0), 0.0], abs=1e-6)


def test_too_few_repeat_buyers_are_refused(base):
    with pytest.raises(StudyError, match="at least 50"):
        lognormal_spend.likelihood_data(base[0].head(40), ())
