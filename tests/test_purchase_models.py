"""The purchase models against published maxima, published customers and their numerical traps."""

from itertools import pairwise

import known
import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import integrate, optimize, special

from helpers.clv import bg_nbd, mbg_nbd, nbd, pareto_nbd, purchase_expectations, purchase_models
from helpers.clv.array_libraries import NUMPY
from helpers.clv.expectations import discounted_expectation, expected_until_coin
from helpers.errors import StudyError

PUBLISHED = {  # CDNOW 1/10 sample, calibration to 1997-09-30, weeks
    "nbd": ([0.385, 12.072], -9763.660),
    "bg_nbd": ([0.2426, 4.4136, 0.7929, 2.4259], -9582.43),
    "mbg_nbd": ([0.525, 6.183, 0.891, 1.614], -9582.13),
    "pareto_nbd": ([0.553, 10.578, 0.606, 11.669], -9594.98),
}
BG = tuple(PUBLISHED["bg_nbd"][0])
PARETO = tuple(PUBLISHED["pareto_nbd"][0])
CUSTOMER = (2.0, 30.43, 38.86)


def maximum(module, rows):
    """Maximum of the log-likelihood that the PyMC model uses, found in log parameters."""
    theta = [pt.dscalar() for _ in module.PARAMETERS]
    total = purchase_models.log_likelihood(module, tuple(theta), purchase_models.likelihood_data(rows))
    value = pytensor.function(theta, [total, *pytensor.grad(total, theta)], mode="FAST_COMPILE")

    def negative(log_theta):
        out = [float(v) for v in value(*np.exp(log_theta))]
        return -out[0], -np.array(out[1:]) * np.exp(log_theta)

    found = optimize.minimize(negative, np.zeros(len(theta)), jac=True, method="BFGS", options={"gtol": 1e-4})
    return np.exp(found.x), -found.fun


@pytest.mark.parametrize("name", PUBLISHED)
def test_maximum_is_the_published_one(name, cdnow_calibration):
    published, log_likelihood = PUBLISHED[name]
    theta, best = maximum(purchase_models.MODELS[name], purchase_models.distinct_rows(cdnow_calibration))
    assert best == pytest.approx(log_likelihood, abs=0.01)
    assert theta == pytest.approx(published, rel=2e-3)


def test_cdnow_summary_is_the_published_one(cdnow_calibration):
    assert len(cdnow_calibration) == 2357
    assert cdnow_calibration["x"].sum() == 2457
    assert (cdnow_calibration["x"] > 0).sum() == 946
    assert len(purchase_models.distinct_rows(cdnow_calibration)) == 1016


@pytest.mark.parametrize("name", PUBLISHED)
def test_distinct_rows_with_counts_equal_replicated_rows(name, cdnow_calibration):
    module = purchase_models.MODELS[name]
    rows = purchase_models.distinct_rows(cdnow_calibration)
    replicated = cdnow_calibration[["x", "t_x", "T"]].assign(n=1)
    theta = [pt.dscalar() for _ in module.PARAMETERS]
    values = []
    for frame in (rows, replicated):
        total = purchase_models.log_likelihood(module, tuple(theta), purchase_models.likelihood_data(frame))
        value = pytensor.function(theta, [total, *pytensor.grad(total, theta)], mode="FAST_COMPILE")
        values.append([float(v) for v in value(*(1.1 * np.array(PUBLISHED[name][0])))])
    assert values[0] == pytest.approx(values[1], rel=1e-10)


def test_published_customers_bg_nbd():
    def expected(x, t_x, T, t):
        return float(bg_nbd.expected_purchases(BG, x, t_x, T, t))

    assert expected(*CUSTOMER, 39) == pytest.approx(1.226, abs=5e-4)
    assert expected(26, 30.857, 31, 52) == pytest.approx(25.757, abs=5e-3)
    many = [expected(x, 20, 39, 52) for x in (10, 15, 20, 25)]
    assert many == pytest.approx([0.3475, 0.04283, 0.00416, 0.000358], rel=5e-3)
    assert alive(bg_nbd, BG, *CUSTOMER) == pytest.approx(0.7266, abs=5e-5)
    assert alive(bg_nbd, BG, 26, 30.857, 31) == pytest.approx(0.96885, abs=5e-5)
    t = np.array([0.1429, 1, 3, 31.8571, 32, 78, 52])
    published = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576, 1.4440]
    # The parameters are published with four digits: the figures follow to 3 in 10,000.
    assert bg_nbd.expected_purchases_new(BG, t) == pytest.approx(published, rel=3e-4, abs=5e-5)
    assert bg_nbd.probability_of_purchases((0.243, 4.414, 0.793, 2.426), 0, 39) == pytest.approx(
        0.57379, abs=5e-6
    )
    assert bg_nbd.probability_of_purchases(BG, np.arange(400), 39).sum() == pytest.approx(1, abs=1e-5)


def test_published_customers_pareto_nbd():
    def expected(x, t_x, T, t):
        return float(pareto_nbd.expected_purchases(PARETO, x, t_x, T, t))

    assert expected(*CUSTOMER, 39) == pytest.approx(1.4551, abs=5e-4)
    assert expected(26, 30.857, 31, 52) == pytest.approx(25.456, abs=5e-3)
    many = [expected(x, 20, 39, 52) for x in (10, 15, 20, 25)]
    assert many == pytest.approx([0.7062, 0.1442, 0.02251, 0.00309], rel=5e-3)
    assert alive(pareto_nbd, PARETO, *CUSTOMER) == pytest.approx(0.8691, abs=1e-4)
    assert alive(pareto_nbd, PARETO, 26, 30.857, 31) == pytest.approx(0.99787, abs=5e-5)
    assert float(pareto_nbd.expected_purchases_new(PARETO, 52)) == pytest.approx(1.4734, abs=5e-4)


@pytest.mark.parametrize(
    ("name", "total", "mean_alive"), [("bg_nbd", 1653, 0.813), ("pareto_nbd", 1666, 0.446)]
)
def test_holdout_total_and_mean_alive_are_published(name, total, mean_alive, cdnow_calibration):
    module, theta = purchase_models.MODELS[name], tuple(PUBLISHED[name][0])
    x, t_x, T = (cdnow_calibration[column].to_numpy(float) for column in ("x", "t_x", "T"))
    assert module.expected_purchases(theta, x, t_x, T, 39).sum() == pytest.approx(total, abs=2)
    assert alive(module, theta, x, t_x, T).mean() == pytest.approx(mean_alive, abs=1e-3)


def test_numerical_traps_stay_finite():
    x, t_x, T = np.array(
        [[400, 5, 6], [500, 1, 37], [221, 103.43, 103.57], [1000, 10, 100], [5, 20, 20]], float
    ).T
    for module, theta in ((pareto_nbd, PARETO), (bg_nbd, BG), (mbg_nbd, BG)):
        rows = pd.DataFrame({"x": x, "t_x": t_x, "T": T})
        value = purchase_expectations.pointwise_log_likelihood(known.buying(module, theta), rows)
        assert np.isfinite(value).all()
        assert np.isfinite(alive(module, theta, x, t_x, T)).all()
    with np.errstate(all="raise", under="ignore"):
        assert float(pareto_nbd.expected_purchases(PARETO, 1000.0, 10.0, 100.0, 52)) == pytest.approx(
            0, abs=1e-12
        )
    rounded = (0.55, 10.58, 0.61, 11.67)  # the parameters this case was published with
    close = [float(pareto_nbd.expected_purchases(rounded, x, 200.0, 200.0, 10)) for x in (132.0, 133.0)]
    assert close == pytest.approx([6.2061, 6.2529], abs=5e-5)


def test_pareto_integral_agrees_with_the_hypergeometric_form():
    """Schmittlein, Morrison and Colombo's A0, where it can be evaluated, alpha > beta."""
    r, alpha, s, beta = 0.553, 11.669, 0.606, 10.578

    def term(x, t):
        return special.hyp2f1(r + s + x, s + 1, r + s + x + 1, (alpha - beta) / (alpha + t)) / (
            alpha + t
        ) ** (r + s + x)

    for x, t_x, T in ((0, 0, 39), (3, 10, 30), (26, 30.857, 31)):
        odds = s / (r + s + x) * (alpha + T) ** (r + x) * (beta + T) ** s * (term(x, t_x) - term(x, T))
        ours = pareto_nbd.log_odds_dropped((r, alpha, s, beta), float(x), float(t_x), float(T), NUMPY)
        assert float(ours) == pytest.approx(np.log(odds), abs=1e-8)


def pareto_log_odds(theta, x, t_x, T):
    """The integral of the module's head by adaptive quadrature, over pieces that each double the distance from t_x."""
    r, alpha, s, beta = theta
    edges = np.concatenate([[0.0], (T - t_x) * 2.0 ** np.arange(-50, 1)])

    def falls(u):
        return np.exp(-(r + x) * np.log1p(u / (alpha + t_x)) - (s + 1) * np.log1p(u / (beta + t_x)))

    area = sum(integrate.quad(falls, low, high, epsabs=0, epsrel=1e-10)[0] for low, high in pairwise(edges))
    factors = (r + x) * np.log((alpha + T) / (alpha + t_x)) + s * np.log((beta + T) / (beta + t_x))
    return np.log(s * area / (beta + t_x)) + factors


def test_pareto_integral_agrees_with_adaptive_quadrature():
    """Also where one-time buyers leave at once (beta far below alpha), where the integrand has a spike at t_x."""
    rng = np.random.default_rng(0)
    cases = [((1, 30, 0.25, 0.1), 0, 0.0, 78.0), ((2, 100, 0.5, 0.2), 0, 0.0, 78.0), (PARETO, 500, 1.0, 37.0)]
    for _ in range(300):
        theta = np.exp(rng.uniform([-3, -1, -3, -4], [1.5, 5, 1.5, 5]))
        x, T = int(rng.choice([0, 0, 0, 1, 2, 5, 20, 100, 500])), rng.uniform(1, 150)
        cases.append((theta, x, rng.uniform(0.05, 0.98 * T) if x else 0.0, T))
    for theta, x, t_x, T in cases:
        exact = pareto_log_odds(theta, x, t_x, T)
        ours = pareto_nbd.log_odds_dropped(theta, float(x), t_x, T, NUMPY)
        # what the likelihood takes from it
        assert np.logaddexp(0, float(ours)) == pytest.approx(np.logaddexp(0, exact), abs=2e-6), (
            theta,
            x,
            t_x,
            T,
        )


@pytest.mark.grid
@pytest.mark.parametrize("name", PUBLISHED)
def test_the_gradient_is_that_of_the_log_likelihood(name):
    """Also for customers who bought on the last day (t_x = T), where terms of the integral vanish."""
    rows = pd.DataFrame(
        {"x": [0, 0, 1, 2, 30, 3], "t_x": [0, 0, 36.0, 20, 30, 1], "T": [39, 1.0, 36, 36, 38, 38]}
    )
    for factor in (0.1, 1.0, 10.0):
        at = np.array(PUBLISHED[name][0]) * factor
        theta = pt.dvector("theta")
        parameters = tuple(theta[place] for place in range(len(at)))
        data = purchase_models.likelihood_data(rows.assign(n=1))
        value = purchase_models.log_likelihood(purchase_models.MODELS[name], parameters, data)
        both = pytensor.function([theta], [value, pt.grad(value, theta)], mode="FAST_COMPILE")
        gradient = [
            (both(at + step)[0] - both(at - step)[0]) / (2 * step.max())
            for step in 1e-5 * at * np.eye(len(at))
        ]
        assert both(at)[1] == pytest.approx(gradient, rel=1e-4, abs=1e-5)


def test_nbd_never_drops_out():
    assert alive(nbd, (0.385, 12.072), *CUSTOMER) == 1


def alive(module, theta, x, t_x, T):
    return special.expit(-module.log_odds_dropped(theta, x, t_x, T, NUMPY))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"x": 1.5, "t_x": 1, "T": 2}, "whole number"),
        ({"x": 1, "t_x": 3, "T": 2}, "larger than T"),
        ({"x": 1, "t_x": 0, "T": 0}, "T = 0 allows none"),
        ({"x": 0, "t_x": 0, "T": -1}, "T is negative"),
        ({"x": 2, "t_x": 0, "T": 5}, "x > 0 but t_x = 0"),
        ({"x": 1, "t_x": np.nan, "T": 5}, "missing"),
    ],
)
def test_a_broken_summary_is_refused_with_its_rule(row, says, cdnow_calibration):
    broken = pd.concat([cdnow_calibration[["x", "t_x", "T"]], pd.DataFrame([row])])
    with pytest.raises(StudyError, match=says):
        purchase_models.build("bg_nbd", broken, "week")


def test_too_few_repeat_buyers_and_unknown_models_are_refused(cdnow_calibration):
    with pytest.raises(StudyError, match="at least 50"):
        purchase_models.build("bg_nbd", cdnow_calibration[cdnow_calibration["x"] == 0], "week")
    with pytest.raises(StudyError, match="pareto_nbd"):
        purchase_models.build("pareto", cdnow_calibration, "week")


def test_discounted_expected_residual_purchases_are_the_published_ones():
    def residual(module, theta, discount, horizon=np.inf):
        return float(
            discounted_expectation(
                lambda t: module.expected_purchases(theta, *CUSTOMER, t), discount, horizon
            )
        )

    assert residual(pareto_nbd, PARETO, 0.0027) == pytest.approx(6.482, abs=2e-3)
    rows = pd.DataFrame([CUSTOMER], columns=["x", "t_x", "T"])
    of_base = purchase_expectations.discounted_expected_purchases(
        known.buying(pareto_nbd, PARETO), rows, 0.0027
    )
    assert of_base == pytest.approx(residual(pareto_nbd, PARETO, 0.0027))
    r, alpha = 0.385, 12.072
    never_ending = (r + CUSTOMER[0]) / (alpha + CUSTOMER[2]) / 0.01
    assert residual(nbd, (r, alpha), 0.01) == pytest.approx(never_ending, rel=1e-5)
    for module, theta in ((bg_nbd, BG), (pareto_nbd, PARETO)):
        times = np.linspace(0, 52, 20001)
        expected = module.expected_purchases(theta, *CUSTOMER, times)
        by_hand = (np.exp(-0.01 * (times[1:] + times[:-1]) / 2) * np.diff(expected)).sum()
        assert residual(module, theta, 0.01, 52.0) == pytest.approx(by_hand, rel=1e-6)
        assert residual(module, theta, 0.0, 52.0) == pytest.approx(float(expected[-1]), rel=1e-12)


@pytest.mark.parametrize("scale", [1e6, 1e10, 1e18])
def test_customers_who_are_all_alike_are_a_limit_and_no_place_to_get_lost(scale):
    """At huge r and alpha everyone buys at the same rate: Poisson; at huge a and b everyone tosses the same coin."""
    x, t_x, T = np.array([0.0, 3.0, 40.0]), np.array([0.0, 20.0, 30.0]), np.full(3, 39.0)
    rate, drop = 0.5, 0.2
    base = (rate * scale, scale)
    bought = x * np.log(rate) - rate * T
    found = nbd.log_likelihood_x(base, x, NUMPY) + nbd.log_likelihood_row(base, x, t_x, T, NUMPY)
    assert found == pytest.approx(bought, rel=1e-3)
    theta = (*base, drop * scale, (1 - drop) * scale)
    module = bg_nbd
    found = module.log_likelihood_x(theta, x, NUMPY) + module.log_likelihood_row(theta, x, t_x, T, NUMPY)
    gone = np.where(x > 0, np.exp(rate * (T - t_x)) * drop / (1 - drop), 0.0)
    assert found == pytest.approx(bought + x * np.log(1 - drop) + np.log1p(gone), rel=1e-3)


def test_expected_purchases_of_customers_with_one_drop_out_probability():
    """a and b in the hundreds, where a factor underflows and the other overflows: near a coin of the same probability."""
    a, b, shape, rate, t = 309.0, 12_214.0, 2.5, 4.0, 104.0
    drop = a / (a + b)
    alike = (1 - (rate / (rate + drop * t)) ** shape) / drop
    assert expected_until_coin(shape, rate, a, b, t) == pytest.approx(alike, rel=0.01)


@pytest.mark.parametrize("a", [0.5, 0.25, 0.9])
def test_the_expectation_is_smooth_where_a_and_b_add_up_to_one(a):
    """There the formula is 0 times infinity, and the value that of its neighbours."""
    at = lambda b: float(expected_until_coin(3.2, 40.0, a, b, 52.0))  # noqa: E731
    assert at(1 - a) == pytest.approx((at(1 - a + 1e-5) + at(1 - a - 1e-5)) / 2, rel=1e-8)
    assert at(1 - a + 1e-7) == pytest.approx(at(1 - a), rel=1e-6)
