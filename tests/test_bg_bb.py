"""BG/BB against the published donors, simulated customers and histories that cannot be."""

import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import optimize

from helpers.clv import bg_bb
from helpers.clv.array_libraries import NUMPY, PYTENSOR
from helpers.errors import StudyError
from helpers.inference import sampler

PUBLISHED, LOG_LIKELIHOOD = (1.204, 0.750, 0.657, 2.783), -33225.58


@pytest.fixture(scope="module")
def donors(real_data):
    table = pd.read_csv(real_data / "donations.csv")
    return table.rename(columns={"t.x": "t_x", "n.cal": "n", "custs": "customers"})


def test_maximum_is_the_published_one(donors):
    rows = bg_bb.distinct_histories(donors)
    assert rows["customers"].sum() == 11_104
    theta = [pt.dscalar() for _ in bg_bb.PARAMETERS]
    terms = bg_bb.log_likelihood(tuple(theta), rows["x"], rows["t_x"], rows["n"], PYTENSOR)
    total = pt.dot(rows["customers"].to_numpy(float), terms)
    value = pytensor.function(theta, [total, *pytensor.grad(total, theta)], mode="FAST_COMPILE")

    def negative(log_theta):
        out = [float(v) for v in value(*np.exp(log_theta))]
        return -out[0], -np.array(out[1:]) * np.exp(log_theta)

    found = optimize.minimize(negative, np.zeros(4), jac=True, method="BFGS", options={"gtol": 1e-3})
    assert -found.fun == pytest.approx(LOG_LIKELIHOOD, abs=0.006)
    assert np.exp(found.x) == pytest.approx(PUBLISHED, abs=1.5e-3)


def test_published_donors(donors):
    alive = [bg_bb.p_alive(PUBLISHED, x, t_x, 6) for x, t_x in ((0, 0), (2, 4), (6, 6))]
    assert alive == pytest.approx([0.11, 0.59, 0.93], abs=5e-3)
    x, t_x, n = (donors[name].to_numpy(float) for name in ("x", "t_x", "n"))
    expected = bg_bb.expected_purchases(PUBLISHED, x, t_x, n, 5)
    assert (expected * donors["customers"]).sum() == pytest.approx(12_884, abs=10)


def test_histories_are_a_distribution():
    """Over every possible history of n occasions, probabilities times orders of purchases sum to 1."""
    from math import comb  # noqa: PLC0415

    rows = all_histories(5)
    orders = [comb(t_x - 1, x - 1) if x else 1 for x, t_x in zip(rows["x"], rows["t_x"], strict=True)]
    chance = np.exp(bg_bb.log_likelihood((0.8, 1.3, 0.5, 2.0), rows["x"], rows["t_x"], rows["n"], NUMPY))
    assert (chance * orders).sum() == pytest.approx(1, abs=1e-12)


def all_histories(n: int) -> pd.DataFrame:
    """Every (x, t_x) that n occasions allow."""
    pairs = [(0, 0)] + [(x, t_x) for t_x in range(1, n + 1) for x in range(1, t_x + 1)]
    return pd.DataFrame(pairs, columns=["x", "t_x"]).assign(n=n)


def simulated(rng, theta, size: int, n: int, future: int = 0):
    """Histories of n occasions, and purchases at `future` more."""
    alpha, beta, gamma, delta = theta
    buys = rng.random((size, n + future)) < rng.beta(alpha, beta, size)[:, None]
    lasts = rng.geometric(np.maximum(rng.beta(gamma, delta, size), 1e-12)) - 1
    bought = buys & (np.arange(n + future) < lasts[:, None])
    seen = bought[:, :n]
    t_x = np.where(seen.any(axis=1), n - seen[:, ::-1].argmax(axis=1), 0)
    return pd.DataFrame({"x": seen.sum(axis=1), "t_x": t_x, "n": n}), bought[:, n:].sum(axis=1)


def test_expected_purchases_and_alive_are_those_of_simulated_customers():
    theta = (1.2, 0.75, 0.66, 2.8)
    history, later = simulated(np.random.default_rng(3), theta, 200_000, 6, future=4)
    mean = pd.Series(later).groupby([history["x"], history["t_x"]]).agg(["mean", "size"])
    many = mean[mean["size"] > 3000].reset_index()
    expected = bg_bb.expected_purchases(theta, many["x"].to_numpy(), many["t_x"].to_numpy(), 6, 4)
    assert expected == pytest.approx(many["mean"].to_numpy(), abs=0.06)
    first = bg_bb.expected_purchases(theta, 2.0, 4.0, 6, 1)
    assert first == pytest.approx(bg_bb.p_alive(theta, 2.0, 4.0, 6) * (1.2 + 2) / (1.2 + 0.75 + 6), rel=1e-12)
    assert bg_bb.expected_purchases(theta, 2.0, 4.0, 6, 1, discount=0.1) == pytest.approx(
        first / 1.1, rel=1e-12
    )


def test_posterior_recovers_what_was_simulated():
    theta = (1.2, 0.75, 0.66, 2.8)
    history, _ = simulated(np.random.default_rng(5), theta, 6000, 6)
    tree = bg_bb.fit(history, draws=500, tune=500, chains=2, seed=1)
    assert sampler.diagnose(tree).divergences == 0 and sampler.diagnose(tree).max_rhat < 1.02
    alpha, beta, gamma, delta = bg_bb.parameter_draws(tree)
    for draws, truth in ((alpha / (alpha + beta), 1.2 / 1.95), (gamma / (gamma + delta), 0.66 / 3.46)):
        assert np.quantile(draws, 0.005) < truth < np.quantile(draws, 0.995)
        assert draws.std() < 0.05


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"x": 1.5, "t_x": 2, "n": 6}, "whole number"),
        ({"x": -1, "t_x": 2, "n": 6}, "whole number"),
        ({"x": 1, "t_x": 7, "n": 6}, "larger than n"),
        ({"x": 3, "t_x": 2, "n": 6}, "larger than t_x"),
        ({"x": 0, "t_x": 2, "n": 6}, "a last purchase is a purchase"),
        ({"x": 0, "t_x": 0, "n": 0}, "no occasion"),
        ({"x": np.nan, "t_x": 0, "n": 4}, "whole number"),
    ],
)
def test_histories_that_cannot_be_are_refused(row, says):
    with pytest.raises(StudyError, match=says):
        bg_bb.build(pd.DataFrame([row]))


def test_too_few_customers_and_no_future_are_refused():
    with pytest.raises(StudyError, match="at least 50 customers"):
        bg_bb.build(pd.DataFrame({"x": [1], "t_x": [1], "n": [6]}))
    with pytest.raises(StudyError, match="at least one future occasion"):
        bg_bb.expected_purchases(PUBLISHED, 1, 1, 6, 0)
