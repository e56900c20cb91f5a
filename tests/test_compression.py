"""Counts and sums instead of customers change nothing: log-likelihood and gradient of every model, to 1e-10."""

import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest

from helpers.clv import bg_bb, gamma_gamma, purchase_models, renewal_models
from helpers.clv.array_libraries import PYTENSOR
from helpers.clv.customer_groups import Design, cells_of
from helpers.clv.distinct import distinct_rows

POINTS = {
    "nbd": (0.42, 13.0),
    "bg_nbd": (0.27, 4.9, 0.87, 2.7),
    "mbg_nbd": (0.58, 6.8, 0.98, 1.8),
    "pareto_nbd": (0.61, 11.6, 0.67, 12.8),
}


def value_and_gradient(total, theta):
    """Evaluate a graph and its gradient: theta maps symbolic parameters to numbers."""
    function = pytensor.function(
        list(theta),
        [total, *pytensor.grad(total, list(theta))],
        mode="FAST_COMPILE",
        on_unused_input="ignore",
    )
    return np.concatenate([np.ravel(part) for part in function(*theta.values())])


def same(one, other, theta):
    assert value_and_gradient(one, theta) == pytest.approx(value_and_gradient(other, theta), rel=1e-10)


@pytest.mark.grid
@pytest.mark.parametrize("name", POINTS)
@pytest.mark.parametrize("groups", [False, True])
def test_purchase_models(name, groups, cdnow_calibration):
    module, design = purchase_models.MODELS[name], Design(("a", "b")) if groups else Design()
    base = cdnow_calibration.assign(group=np.where(np.arange(len(cdnow_calibration)) % 3, "a", "b"))
    base = base if groups else base.drop(columns="group")
    rows, replicated = distinct_rows(base), base.assign(n=1)
    assert len(rows) < len(replicated)
    theta = {
        (pt.dvector() if groups else pt.dscalar()): np.array([one, 1.2 * one]) if groups else one
        for one in POINTS[name]
    }
    totals = []
    for frame in (rows, replicated):
        data = purchase_models.likelihood_data(frame, cells_of(frame, design) if groups else None)
        values = tuple(value[data["group_of_cell"]] if groups else value for value in theta)
        totals.append(purchase_models.log_likelihood(module, values, data))
    same(*totals, theta)


def test_spend_model(cdnow_calibration):
    """Sums and distinct x against equation 1a of Fader and Hardie 2013, a customer at a time."""
    buyers = gamma_gamma.repeat_spend(cdnow_calibration)
    x, mean = buyers["x"].to_numpy(float), buyers["monetary_value"].to_numpy()
    p, q, v = theta = tuple(pt.dscalar() for _ in range(3))
    each = (
        pt.gammaln(p * x + q) - pt.gammaln(p * x) - pt.gammaln(q) + q * pt.log(v)
        + (p * x - 1) * np.log(mean) + p * x * np.log(x) - (p * x + q) * pt.log(v + x * mean)
    )  # fmt: skip
    compressed = gamma_gamma.log_likelihood(theta, gamma_gamma.likelihood_data(x, mean))
    same(compressed, each.sum(), dict(zip(theta, (6.1, 3.6, 16.0), strict=True)))


def test_occasions():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 4, 500)
    base = pd.DataFrame(
        {"x": x, "t_x": np.where(x > 0, np.minimum(x + rng.integers(0, 3, 500), 6), 0), "n": 6}
    )
    rows = bg_bb.distinct_histories(base)
    assert len(rows) < 40
    theta = tuple(pt.dscalar() for _ in range(4))
    one = (
        rows["customers"].to_numpy()
        * bg_bb.log_likelihood(theta, rows["x"], rows["t_x"], rows["n"], PYTENSOR)
    ).sum()
    other = bg_bb.log_likelihood(theta, base["x"], base["t_x"], base["n"], PYTENSOR).sum()
    same(one, other, dict(zip(theta, (1.2, 0.75, 0.66, 2.8), strict=True)))


@pytest.mark.parametrize(("name", "point"), [("sbg", (0.7, 1.2)), ("bdw", (0.7, 1.2, 1.3))])
def test_renewals(name, point):
    age, renewed, lost = np.array([1.0, 2, 3]), np.array([60.0, 40, 30]), np.array([40.0, 20, 10])
    single = np.repeat(age, (renewed + lost).astype(int))
    is_renewed = np.concatenate(
        [np.repeat([1.0, 0.0], [int(r), int(n)]) for r, n in zip(renewed, lost, strict=True)]
    )
    theta = tuple(pt.dscalar() for _ in point)
    module = renewal_models.MODELS[name]
    one = renewal_models.log_likelihood(module, theta, age, renewed, lost)
    other = renewal_models.log_likelihood(module, theta, single, is_renewed, 1 - is_renewed)
    same(one, other, dict(zip(theta, point, strict=True)))
