"""Gamma-Gamma against its published maximum and customers, and what it refuses."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import optimize

from helpers import paths
from helpers.clv import gamma_gamma
from helpers.clv.purchase_history import customer_summary
from helpers.errors import StudyError

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
