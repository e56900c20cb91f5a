"""Simulation-based calibration: data drawn from a model's own priors and fitted give back ranks that are uniform.

Talts, Betancourt, Simpson, Vehtari and Gelman 2018. And: no default prior rules out what published data shows.
"""

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from scipy import stats

from helpers import fitting
from helpers.clv import priors, purchase, spend
from helpers.clv.histories import simulate_histories

REPLICATIONS, CUSTOMERS, WEEKS = 120, 300, (27.0, 52.0)
RANKS, BINS = 99, 10
ALPHA = 0.001
# The fits refuse bases with too few repeat buyers, and a thousand purchases a customer is not a base of customers. Both
# rules look at the data alone, so that the posterior given a base that passes is the same: ranks stay uniform.
MOST_PURCHASES = 1000
MOST_RHAT = 1.05
SAMPLING = {"draws": 500, "tune": 500, "chains": 2}


def purchase_base(name: str, seed: int):
    """Parameters from the priors and a base simulated with them, the first that is accepted, with the number refused."""
    rng = np.random.default_rng(seed)
    T = rng.uniform(*WEEKS, CUSTOMERS)
    module = purchase.model_named(name)
    draws = np.array(priors.prior_draws(name, "week", 50, seed))
    for refused, theta in enumerate(draws.T):
        x, t_x = simulate_histories(module, tuple(theta), T, seed=int(rng.integers(2**31)))
        if (x > 0).sum() >= purchase.MIN_REPEAT_BUYERS and x.max() <= MOST_PURCHASES:
            return (
                dict(zip(module.PARAMETERS, theta, strict=True)),
                pd.DataFrame({"x": x, "t_x": t_x, "T": T}),
                refused,
            )
    raise AssertionError(f"{name}: none of 50 draws from the priors gives a base that can be fitted")


def rank(truth: float, draws: np.ndarray) -> int:
    """Where the truth falls among RANKS evenly spaced draws: 0 to RANKS."""
    return int((draws[np.linspace(0, len(draws) - 1, RANKS).astype(int)] < truth).sum())


def report(name: str, ranks: pd.DataFrame, refused: int, flawed: int) -> pd.DataFrame:
    """Test every parameter's ranks for uniformity and print the table."""
    rows = []
    for parameter, values in ranks.items():
        counts = np.histogram(values, bins=BINS, range=(0, RANKS + 1))[0]
        rows.append([name, parameter, len(values), stats.chisquare(counts).pvalue, *counts])
    columns = ["model", "parameter", "replications", "p", *(f"bin{k}" for k in range(1, BINS + 1))]
    table = pd.DataFrame(rows, columns=columns)
    print("\n" + table.to_string(index=False, float_format="{:.3f}".format))
    print(f"{name}: {refused} bases refused before a fit, {flawed} fits with R-hat above {MOST_RHAT}")
    return table


@pytest.mark.slow
@pytest.mark.parametrize("name", purchase.MODELS)
def test_purchase_models_are_calibrated(name):
    ranks, refused, flawed = [], 0, 0
    for replication in range(REPLICATIONS):
        truth, base, times = purchase_base(name, seed=1000 + replication)
        tree = purchase.fit(name, base, "week", seed=replication, **SAMPLING)
        fitted = dict(zip(truth, purchase.parameter_draws(tree), strict=True))
        ranks.append({parameter: rank(value, fitted[parameter]) for parameter, value in truth.items()})
        gate = fitting.diagnose(tree)
        refused, flawed = refused + times, flawed + (gate.max_rhat > MOST_RHAT)
    table = report(name, pd.DataFrame(ranks), refused, flawed)
    assert (table["p"] > ALPHA / len(table)).all()
    assert flawed <= REPLICATIONS / 10


@pytest.mark.slow
def test_gamma_gamma_is_calibrated():
    """The prior of the mean is centred on the data by default; here it is held where the data was drawn from."""
    log_centre = np.log(30.0)
    with pm.Model():
        truths = np.array(pm.draw(list(spend.priors(log_centre)), draws=REPLICATIONS, random_seed=1))
    rng, ready, ranks, flawed = np.random.default_rng(1), None, [], 0
    for replication, (p, q, v) in enumerate(truths.T):
        x = rng.geometric(0.3, CUSTOMERS)
        mean_spend = rng.gamma(p * x) / (x * rng.gamma(q, 1 / v, CUSTOMERS))
        base = pd.DataFrame({"x": x, "monetary_value": np.maximum(mean_spend, 1e-12)})
        ready = ready or fitting.compiled(spend.build(base))
        data = spend.likelihood_data(x, base["monetary_value"].to_numpy()) | {"log_centre": log_centre}
        tree = fitting.sample(fitting.exchange(ready, data), seed=replication, **SAMPLING)
        fitted = dict(zip(spend.PARAMETERS, spend.parameter_draws(tree), strict=True))
        truth = dict(zip(spend.PARAMETERS, (p, q, v), strict=True))
        ranks.append({parameter: rank(value, fitted[parameter]) for parameter, value in truth.items()})
        gate = fitting.diagnose(tree)
        flawed += gate.max_rhat > MOST_RHAT
    table = report("gamma_gamma", pd.DataFrame(ranks), 0, flawed)
    assert (table["p"] > ALPHA / len(table)).all()
    assert flawed <= REPLICATIONS / 10


# ---- priors against published results
PUBLISHED = {
    "nbd": (0.385, 12.072),
    "bg_nbd": (0.2426, 4.4136, 0.7929, 2.4259),
    "mbg_nbd": (0.525, 6.183, 0.891, 1.614),
    "pareto_nbd": (0.553, 10.578, 0.606, 11.669),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_parameters_lie_in_the_middle_of_the_priors(name):
    draws = priors.prior_draws(name, "week", 4000)
    for value, prior in zip(PUBLISHED[name], draws, strict=True):
        assert np.quantile(prior, 0.05) < value < np.quantile(prior, 0.95)


def test_published_spend_lies_in_the_middle_of_the_priors(cdnow_calibration):
    model = spend.build(cdnow_calibration)
    draws = pm.draw([model[name] for name in spend.PARAMETERS], draws=4000, random_seed=1)
    for value, prior in zip((6.25, 3.74, 15.44), draws, strict=True):
        assert np.quantile(prior, 0.05) < value < np.quantile(prior, 0.95)
