"""Simulation-based calibration of the discrete and contractual models (Talts and others 2018): slow, prints a table.

Parameters are drawn from the prior, data from the parameters, and a posterior from the data. If model, prior and
sampler fit together, a parameter's rank among its posterior draws is uniform. Only the counts change between
replications, so that each model is compiled once.
"""

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from scipy import stats

from helpers.clv import bg_bb, renewal_models
from helpers.inference import sampler

REPLICATIONS, DRAWS, THIN, BINS = 120, 1000, 10, 10
AGES, CONTRACTS = 8, 250
PARAMETERS = {
    "sbg": ("first_renewal", "alikeness"),
    "bdw": ("first_renewal", "alikeness", "c"),
    "sbg, cohorts": ("first_renewal", "alikeness", "cohort_spread", "alikeness_spread"),
    "bg_bb": ("purchase", "purchase_alikeness", "leaving", "leaving_alikeness"),
}
TESTS = sum(map(len, PARAMETERS.values()))


def ranks(model, names, data_of, seed: int) -> np.ndarray:
    """Rank of each true parameter among its thinned posterior draws: shape (replications, parameters)."""
    ready, rng = sampler.compiled(model), np.random.default_rng(seed)
    deterministics = [node.name for node in model.deterministics]
    with model:
        truths = pm.draw([model[name] for name in (*names, *deterministics)], REPLICATIONS, random_seed=seed)
    found = []
    for replication in range(REPLICATIONS):
        truth = {
            name: values[replication] for name, values in zip((*names, *deterministics), truths, strict=True)
        }
        tree = sampler.sample(
            sampler.exchange(ready, data_of(rng, truth)),
            draws=DRAWS,
            tune=600,
            chains=1,
            seed=seed + replication,
            target_accept=0.95,
        )
        found.append([(tree["posterior"][name].to_numpy()[0, ::THIN] < truth[name]).sum() for name in names])
    return np.array(found)


def report(title: str, names, found: np.ndarray) -> None:
    """Print and test the uniformity of ranks, with Bonferroni's correction over all parameters of this file."""
    table = pd.DataFrame(index=pd.Index(names, name=title))
    counts = [np.histogram(found[:, i], BINS, (-0.5, DRAWS / THIN + 0.5))[0] for i in range(len(names))]
    table["ranks in tenths"] = [" ".join(map(str, row)) for row in counts]
    table["p"] = [stats.chisquare(row).pvalue for row in counts]
    print(f"\n{table.to_string()}\n{len(found)} replications; rejected below {0.001 / TESTS:.1e}")
    assert (table["p"] > 0.001 / TESTS).all()


def lives(rng, alpha, beta, c=1.0) -> tuple[np.ndarray, np.ndarray]:
    """Counts renewed and lost at ages 1 ... AGES of contracts that are all seen to the end."""
    loss = np.clip(rng.beta(alpha, beta, CONTRACTS), 1e-300, 1 - 1e-16)
    log_life = np.log(np.log(rng.random(CONTRACTS)) / np.log1p(-loss)) / c
    life = np.maximum(np.ceil(np.exp(np.minimum(log_life, 50))), 1)
    ages = np.arange(1, AGES + 1)[:, None]
    return (life > ages).sum(axis=1).astype(float), (life == ages).sum(axis=1).astype(float)


def placeholder(cohorts=()) -> pd.DataFrame:
    """Cells of the right shape."""
    cells = pd.DataFrame({"age": np.arange(1, AGES + 1), "renewed": 50, "lost": 10})
    return pd.concat([cells.assign(cohort=name) for name in cohorts]) if cohorts else cells


@pytest.mark.slow(seeds="1, fits from 1 to 120")
@pytest.mark.parametrize("name", ["sbg", "bdw"])
def test_renewal_models_are_calibrated(name):
    def data_of(rng, truth):
        renewed, lost = lives(rng, truth["alpha"][0], truth["beta"][0], truth.get("c", 1.0))
        return {"renewed": renewed, "lost": lost}

    report(
        name,
        PARAMETERS[name],
        ranks(renewal_models.build(name, placeholder()), PARAMETERS[name], data_of, seed=1),
    )


@pytest.mark.slow(seeds="2, fits from 2 to 121")
def test_partially_pooled_cohorts_are_calibrated():
    def data_of(rng, truth):
        parts = [lives(rng, a, b) for a, b in zip(truth["alpha"], truth["beta"], strict=True)]
        return {
            key: np.concatenate(values)
            for key, values in zip(("renewed", "lost"), zip(*parts, strict=True), strict=True)
        }

    name = "sbg, cohorts"
    model = renewal_models.build("sbg", placeholder(("a", "b", "c", "d")))
    report(name, PARAMETERS[name], ranks(model, PARAMETERS[name], data_of, seed=2))


@pytest.mark.slow(seeds="3, fits from 3 to 122")
def test_bg_bb_is_calibrated():
    n, customers = 6, 400
    pairs = [(0, 0)] + [(x, t_x) for t_x in range(1, n + 1) for x in range(1, t_x + 1)]
    rows = bg_bb.distinct_histories(pd.DataFrame(pairs, columns=["x", "t_x"]).assign(n=n, customers=50))
    place = pd.MultiIndex.from_frame(rows[["x", "t_x"]])

    def data_of(rng, truth):
        alpha, beta, gamma, delta = (truth[name] for name in bg_bb.PARAMETERS)
        leaves = np.clip(rng.beta(gamma, delta, customers), 1e-12, 1)
        active = np.arange(n) < (rng.geometric(leaves) - 1)[:, None]
        bought = active & (rng.random((customers, n)) < rng.beta(alpha, beta, customers)[:, None])
        t_x = np.where(bought.any(axis=1), n - bought[:, ::-1].argmax(axis=1), 0)
        found = place.get_indexer(pd.MultiIndex.from_arrays([bought.sum(axis=1), t_x]))
        return {"customers": np.bincount(found, minlength=len(rows)).astype(float)}

    report("bg_bb", PARAMETERS["bg_bb"], ranks(bg_bb.build(rows), PARAMETERS["bg_bb"], data_of, seed=3))
