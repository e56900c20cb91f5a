"""Gamma-Gamma against its published maximum and customers, and what it refuses."""

from datetime import date

import ibis
import known
import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import optimize

from helpers import paths
from helpers.clv import gamma_gamma, spend_comparison, spend_fit, spend_history
from helpers.clv.customer_groups import Design
from helpers.clv.purchase_history import customer_summary
from helpers.errors import StudyError
from helpers.inference.intervals import Interval

PUBLISHED = (6.25, 3.74, 15.44)


@pytest.fixture(scope="module")
def maximum(cdnow_calibration):
    """The maximum of the model's own log-likelihood on CDNOW: (p, q, v) and its value."""
    data = gamma_gamma.repeat_spend(cdnow_calibration)
    assert len(data) == 946
    theta = [pt.dscalar() for _ in gamma_gamma.PARAMETERS]
    total = gamma_gamma.log_likelihood(
        tuple(theta), gamma_gamma.likelihood_data(data["x"].to_numpy(), data["monetary_value"].to_numpy())
    )
    value = pytensor.function(theta, [total, *pytensor.grad(total, theta)], mode="FAST_COMPILE")

    def negative(log_theta):
        out = [float(v) for v in value(*np.exp(log_theta))]
        return -out[0], -np.array(out[1:]) * np.exp(log_theta)

    found = optimize.minimize(
        negative, np.log([5, 3, 15]), jac=True, method="L-BFGS-B", options={"ftol": 1e-14}
    )
    return np.exp(found.x), -found.fun


def test_maximum_is_the_published_one(maximum):
    (p, q, v), log_likelihood = maximum
    assert (p, q, v) == pytest.approx(PUBLISHED, rel=2e-3)
    assert log_likelihood == pytest.approx(-4055.92, abs=0.01)
    assert v * p / (q - 1) == pytest.approx(35.17, abs=0.01)


def test_published_customers(cdnow_calibration, maximum):
    lines = pd.read_csv(paths.DATA / "cdnow" / "cdnow.csv", dtype=str)
    first = lines.drop_duplicates("sampleid").sort_values("sampleid")["masterid"].head(10)
    ten = cdnow_calibration.set_index("customer_id").loc[first]
    expected = gamma_gamma.expected_spend(maximum[0], ten["x"].to_numpy(), ten["monetary_value"].to_numpy())
    published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert expected == pytest.approx(published, abs=0.01)


def test_monetary_value_leaves_the_first_day_out_and_merges_a_day():
    lines = pd.DataFrame(
        {
            "customer_id": ["a"] * 4 + ["b"],
            "order_date": [date(2026, 1, d) for d in (1, 8, 8, 15)] + [date(2026, 1, 1)],
            "kind": "purchase",
            "revenue": [100.0, 10.0, 20.0, 50.0, 7.0],
        }
    )
    summary = (
        customer_summary(ibis.memtable(lines), date(2026, 1, 31), "week").to_pandas().set_index("customer_id")
    )
    assert summary.loc["a", ["x", "t_x", "monetary_value", "first_value"]].tolist() == [2, 2.0, 40.0, 100.0]
    assert summary.loc["a", "T"] == pytest.approx(30 / 7)
    assert summary.loc["b", ["x", "t_x", "monetary_value", "first_value"]].tolist() == [0, 0.0, 0.0, 7.0]


def test_too_few_repeat_buyers_and_negative_means_are_refused():
    few = pd.DataFrame({"x": [1, 0], "monetary_value": [10.0, 0.0]})
    with pytest.raises(StudyError, match="at least 50"):
        gamma_gamma.repeat_spend(few)
    with pytest.raises(StudyError, match="negative mean spend"):
        gamma_gamma.repeat_spend(few.assign(monetary_value=-1.0))


def test_dependence_finds_what_is_there():
    rng = np.random.default_rng(1)
    x = rng.integers(1, 20, 500)
    tied = gamma_gamma.dependence(pd.DataFrame({"x": x, "monetary_value": x + rng.random(500)}))
    free = gamma_gamma.dependence(pd.DataFrame({"x": x, "monetary_value": rng.random(500)}))
    assert tied.correlation > 0.9
    assert free.p05 < 0 < free.p95


BUYERS = pd.DataFrame({"x": [1, 2, 3, 20] * 25, "monetary_value": [10.0, 20.0, 40.0, 80.0] * 25})


def test_repeat_buyers_without_spend_are_counted_and_judged():
    summary = pd.concat([BUYERS, pd.DataFrame({"x": [2, 2, 2, 0], "monetary_value": 0.0})])
    without = spend_history.without_spend(summary, gamma_gamma.repeat_spend(summary))
    assert without == 3
    assert spend_history.check_without_spend(without, BUYERS).verdict == "REVIEW"
    assert spend_history.check_without_spend(2, BUYERS).verdict == "PASS"


def test_spend_is_described_by_size_and_by_frequency():
    spent = spend_history.spread(BUYERS, smallest=1)
    assert (spent.customers.sum(), spent.median, spent.rare, spent.rare_share) == (100, 30.0, 80.0, 0.05)
    assert spent.edges[[0, -1]] == pytest.approx([10, 80])
    steps = spend_history.by_frequency(BUYERS).set_index("repeats")
    assert steps["mean"].to_dict() == {"1": 10.0, "2": 20.0, "3-4": 40.0, "9 or more": 80.0}
    assert steps["customers"].tolist() == [25] * 4


def test_spend_that_goes_with_frequency_is_to_be_reviewed():
    for correlation, verdict in ((-0.4, "REVIEW"), (-0.2, "PASS")):
        link = gamma_gamma.Dependence(correlation, correlation - 0.1, correlation + 0.1, 100)
        assert spend_history.check_dependence(link, 0.3).verdict == verdict


def test_the_outcome_of_the_holdout_is_the_sum_and_its_tenths(monkeypatch):
    monkeypatch.setattr(gamma_gamma, "parameters", lambda tree: known.spending((1e9, 2.0, 1e-9)))
    came = BUYERS.assign(holdout_purchases=2, holdout_revenue=4 * BUYERS["monetary_value"])
    found = spend_fit.outcome(None, pd.concat([came, came.assign(holdout_purchases=0)]))
    assert found.bias == pytest.approx(-0.5, abs=1e-6)
    assert len(found.tenths) == 10
    assert found.tenths["actual"].to_numpy() == pytest.approx(2 * found.tenths["expected"].to_numpy())
    assert [found.check(limit).verdict for limit in (0.4, 0.9, 1.1)] == ["FAIL", "REVIEW", "PASS"]


def test_own_history_is_trusted_by_the_largest_group(monkeypatch):
    its = known.spending(([2.0, 8.0], [4.0, 4.0], [10.0, 10.0]), design=Design(("a", "b")))
    monkeypatch.setattr(gamma_gamma, "parameters", lambda tree: its)
    trust = spend_fit.own_weight(None, pd.DataFrame({"group": ["a", "b", "b"]}))
    assert trust.group == "b"
    assert trust.largest[[0, 1]] == pytest.approx([0, 8 / 11])
    alone = known.spending((2.0, 4.0, 10.0))
    monkeypatch.setattr(gamma_gamma, "parameters", lambda tree: alone)
    trust = spend_fit.own_weight(None, BUYERS)
    assert (trust.group, trust.largest[1]) == ("", pytest.approx(0.4))


def test_the_spread_of_the_model_is_judged_at_its_worst_quantile():
    levels = pd.DataFrame({"level": [0.05, 0.5], "actual": [10.0, 20.0], "model": [12.0, 14.0]})
    found = spend_fit.Replicated(levels)
    assert found.gap == pytest.approx(20 / 14 - 1)
    assert found.check.verdict == "REVIEW"
    assert spend_fit.Replicated(levels.assign(model=[12.0, 18.0])).check.verdict == "PASS"


@pytest.mark.parametrize(
    ("gap", "shift", "verdict"), [(-0.1, 0.2, "REVIEW"), (0.1, 0.2, "PASS"), (-0.1, -0.05, "PASS")]
)
def test_another_spend_model_asks_for_review_where_it_is_better_and_moves_the_value(gap, shift, verdict):
    judged = spend_comparison.HoldoutScores(pd.DataFrame(), Interval(gap, gap, gap, gap), {})
    revenue = spend_comparison.RevenueToCome(pd.DataFrame(), Interval(shift, shift, shift, shift))
    assert revenue.check(0.1, judged).verdict == verdict
