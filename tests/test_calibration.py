"""Simulation-based calibration: data drawn from a model's own priors and fitted give back ranks that are uniform.

Talts, Betancourt, Simpson, Vehtari and Gelman 2018. And: no default prior rules out what published data shows.
"""

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from scipy import stats

from helpers.clv import gamma_gamma, lognormal_spend, prior_predictive, purchase_models
from helpers.clv.customer_groups import Design
from helpers.clv.simulated_histories import simulate_histories
from helpers.inference import sampler

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
    module = purchase_models.model_named(name)
    draws = np.array(prior_predictive.prior_draws(name, "week", 50, seed))
    for refused, theta in enumerate(draws.T):
        x, t_x = simulate_histories(module, tuple(theta), T, seed=int(rng.integers(2**31)))
        if (x > 0).sum() >= purchase_models.MIN_REPEAT_BUYERS and x.max() <= MOST_PURCHASES:
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


@pytest.mark.slow(seeds="1000 to 1119, fits from 0 to 119")
@pytest.mark.parametrize("name", [*purchase_models.MODELS, "mbg_cnbd_3", "bg_cnbd_3"])
def test_purchase_models_are_calibrated(name):
    ranks, refused, flawed = [], 0, 0
    for replication in range(REPLICATIONS):
        truth, base, times = purchase_base(name, seed=1000 + replication)
        tree = purchase_models.fit(name, base, "week", seed=replication, **SAMPLING)
        fitted = dict(zip(truth, purchase_models.parameter_draws(tree), strict=True))
        ranks.append({parameter: rank(value, fitted[parameter]) for parameter, value in truth.items()})
        gate = sampler.diagnose(tree)
        refused, flawed = refused + times, flawed + (gate.max_rhat > MOST_RHAT)
    table = report(name, pd.DataFrame(ranks), refused, flawed)
    assert (table["p"] > ALPHA / len(table)).all()
    assert flawed <= REPLICATIONS / 10


@pytest.mark.slow(seeds="1, fits from 0 to 119")
def test_gamma_gamma_is_calibrated():
    """The prior of the mean is centred on the data by default; here it is held where the data was drawn from."""
    log_centre = np.log(30.0)
    with pm.Model():
        truths = np.array(pm.draw(list(gamma_gamma.priors(log_centre)), draws=REPLICATIONS, random_seed=1))
    rng, ready, ranks, flawed = np.random.default_rng(1), None, [], 0
    for replication, (p, q, v) in enumerate(truths.T):
        x = rng.geometric(0.3, CUSTOMERS)
        mean_spend = rng.gamma(p * x) / (x * rng.gamma(q, 1 / v, CUSTOMERS))
        base = pd.DataFrame({"x": x, "monetary_value": np.maximum(mean_spend, 1e-12)})
        ready = ready or sampler.compiled(gamma_gamma.build(base))
        data = gamma_gamma.likelihood_data(x, base["monetary_value"].to_numpy()) | {"log_centre": log_centre}
        tree = sampler.sample(sampler.exchange(ready, data), seed=replication, **SAMPLING)
        fitted = dict(zip(gamma_gamma.PARAMETERS, gamma_gamma.parameter_draws(tree), strict=True))
        truth = dict(zip(gamma_gamma.PARAMETERS, (p, q, v), strict=True))
        ranks.append({parameter: rank(value, fitted[parameter]) for parameter, value in truth.items()})
        gate = sampler.diagnose(tree)
        flawed += gate.max_rhat > MOST_RHAT
    table = report("gamma_gamma", pd.DataFrame(ranks), 0, flawed)
    assert (table["p"] > ALPHA / len(table)).all()
    assert flawed <= REPLICATIONS / 10


@pytest.mark.slow(seeds="5, fits from 0 to 119")
def test_groups_are_calibrated():
    """BG/NBD with two partially pooled groups of unequal size."""
    name, groups = "bg_nbd", ("large", "small")
    module, design = purchase_models.model_named(name), Design(groups)
    member = np.repeat([0, 1], [CUSTOMERS, CUSTOMERS // 3])
    labels = np.array(groups)[member]
    rng, ranks, refused, flawed = np.random.default_rng(5), [], 0, 0
    shape = pd.DataFrame({"x": 1, "t_x": 1.0, "T": 2.0, "group": labels})
    model = purchase_models.build(name, shape, "week", design)
    with model:
        truths = pm.draw([model[one] for one in module.PARAMETERS], 20 * REPLICATIONS, random_seed=5)
    for replication, theta in enumerate(zip(*truths, strict=True)):
        if len(ranks) == REPLICATIONS:
            break
        T = rng.uniform(*WEEKS, len(member))
        each = tuple(value[member] for value in theta)
        x, t_x = simulate_histories(module, each, T, seed=int(rng.integers(2**31)))
        if (x > 0).sum() < purchase_models.MIN_REPEAT_BUYERS or x.max() > MOST_PURCHASES:
            refused += 1
            continue
        base = pd.DataFrame({"x": x, "t_x": t_x, "T": T, "group": labels})
        tree = purchase_models.fit(name, base, "week", seed=replication, target_accept=0.9, **SAMPLING)
        fitted = zip(module.PARAMETERS, theta, purchase_models.parameter_draws(tree), strict=True)
        ranks.append(
            {
                f"{one}.{groups[k]}": rank(truth[k], draws[:, k])
                for one, truth, draws in fitted
                for k in range(2)
            }
        )
        flawed += sampler.diagnose(tree).max_rhat > MOST_RHAT
    assert len(ranks) == REPLICATIONS
    table = report(f"{name}, groups", pd.DataFrame(ranks), refused, flawed)
    assert (table["p"] > ALPHA / len(table)).all()
    assert flawed <= REPLICATIONS / 10


@pytest.mark.slow(seeds="6, fits from 0 to 119")
@pytest.mark.parametrize("dependent", [False, True])
def test_log_normal_spend_is_calibrated(dependent):
    """The prior of the mean is centred on the data by default; here it is held where the data was drawn from."""
    rng, log_centre = np.random.default_rng(6), np.log(30.0)
    days = rng.geometric(0.3, CUSTOMERS)
    known = {"spend_days": days, "h": rng.normal(-2, 0.8, CUSTOMERS), "w": 1 / (days + 0.5)}
    its = pd.DataFrame({**known, "mean_log": 0.0, "squares": 0.0})
    ready = sampler.compiled(lognormal_spend.build(lognormal_spend.likelihood_data(its, ()), (), dependent))
    names = ["m", *(["kappa"] if dependent else []), "tau", "sigma"]
    ready.density.exchange({"log_centre": log_centre})
    with ready.density.model as model:
        truths = pm.draw([model[name] for name in names], REPLICATIONS, random_seed=6)
    ranks, flawed = [], 0
    for replication, values in enumerate(zip(*truths, strict=True)):
        truth = dict(zip(names, map(float, values), strict=True))
        rate = its["h"] - its["h"].mean() + rng.normal(0, np.sqrt(its["w"]))
        level = truth["m"] + truth.get("kappa", 0) * rate + rng.normal(0, truth["tau"], CUSTOMERS)
        drawn = its.assign(
            mean_log=rng.normal(level, truth["sigma"] / np.sqrt(days)),
            squares=np.where(days > 1, rng.chisquare(np.maximum(days - 1, 1)) * truth["sigma"] ** 2, 0.0),
        )
        data = lognormal_spend.likelihood_data(drawn, ()) | {"log_centre": log_centre}
        tree = sampler.sample(sampler.exchange(ready, data), seed=replication, **SAMPLING)
        ranks.append({name: rank(truth[name], sampler.flat_draws(tree, name)) for name in names})
        flawed += sampler.diagnose(tree).max_rhat > MOST_RHAT
    table = report("log-normal, dependent" if dependent else "log-normal", pd.DataFrame(ranks), 0, flawed)
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
    draws = prior_predictive.prior_draws(name, "week", 4000)
    for value, prior in zip(PUBLISHED[name], draws, strict=True):
        assert np.quantile(prior, 0.05) < value < np.quantile(prior, 0.95)


def test_published_spend_lies_in_the_middle_of_the_priors(cdnow_calibration):
    model = gamma_gamma.build(cdnow_calibration)
    draws = pm.draw(
        [model[name] for name in gamma_gamma.PARAMETERS], draws=4000, random_seed=1, mode="FAST_COMPILE"
    )
    for value, prior in zip((6.25, 3.74, 15.44), draws, strict=True):
        assert np.quantile(prior, 0.05) < value < np.quantile(prior, 0.95)
