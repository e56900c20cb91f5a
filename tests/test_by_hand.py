"""Densities that are written by hand, with their slopes, are those of the PyMC models they stand for."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import test_campaign_value
import test_leads
from scipy import special

from helpers.campaigns import phase_fit, phases
from helpers.clv import renewal_density, renewal_models
from helpers.customers import lead_density, leads
from helpers.inference.compiled import density_of
from helpers.inference.mode_search import prepared


def funnel(channels: tuple, covariates: tuple, seed: int) -> tuple[pm.Model, Callable]:
    found = leads.funnel(test_leads.simulated(250, seed=seed, channels=channels))
    columns = {name: np.random.default_rng(seed).normal(size=250) for name in covariates}
    design = pd.DataFrame(columns, index=range(250))
    data = leads.observations(found, leads.spells(found, found.day(test_leads.AS_OF)), design)
    return leads.build(found, data, list(covariates)), partial(
        lead_density.by_hand, leads._made(found), leads.CAUSES
    )


def course() -> tuple[pm.Model, Callable]:
    rng, followed = np.random.default_rng(1), {}
    for name, days, arms in (("spring", (30, 30, 60, 90), "ab"), ("fall", (10, 40, 7, 0), "abc")):
        counts = {arm: test_campaign_value.simulate(rng, 150, np.array(days)) for arm in arms}
        followed[name] = test_campaign_value.units_of(counts, np.array(days))
        followed[name]["pre_purchase_days"] = rng.integers(0, 3, len(followed[name]))
    design = phases.prepare(followed, dict.fromkeys(followed, "a"))
    return phases.build(design), lambda _: phase_fit.by_hand(design)


def renewals(name: str, keys: tuple) -> tuple[pm.Model, Callable]:
    rng = np.random.default_rng(2)
    rows = [(age, one, kind) for age in (1, 2, 3, 4, 7, 8) for one in ("2020", "2021") for kind in "abc"]
    every = pd.DataFrame(rows, columns=["age", "cohort", "kind"])
    every = every.assign(renewed=rng.poisson(60, 36), lost=rng.poisson(12, 36)).sample(30, random_state=1)
    cells = every.groupby(["age", *keys], as_index=False, sort=False)[["renewed", "lost"]].sum()
    return renewal_models.build(name, cells), renewal_density.by_hand(name, cells)


CASES = {
    "leads": lambda: funnel(("web", "fair", "shop"), ("size", "age"), seed=1),
    "leads of one channel": lambda: funnel(("web",), (), seed=3),
    "phases": course,
    "sbg": lambda: renewals("sbg", ("cohort", "kind")),
    "bdw": lambda: renewals("bdw", ("cohort", "kind")),
    "bdw of cohorts": lambda: renewals("bdw", ("cohort",)),
    "bdw of all": lambda: renewals("bdw", ()),
}


@pytest.mark.grid
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_density_by_hand_and_its_slope_are_the_models(case):
    model, by_hand = case()
    ready, density = prepared(model), density_of(model, by_hand)
    ours, rng, gaps = density.function(), np.random.default_rng(4), []
    for size in (0.1, 0.5, 1.0):
        vector = density.start + rng.normal(0, size, len(density.start))
        value, slope = ready.gradient(vector)
        found, its = ours(vector)
        assert its == pytest.approx(slope, rel=1e-9, abs=1e-9 * np.abs(slope).max())
        gaps.append(value - found)
    assert np.ptp(gaps) < 1e-9 * abs(value)


def test_a_density_by_hand_reads_the_data_that_the_model_holds_now():
    model, by_hand = renewals("sbg", ("kind",))
    density = density_of(model, by_hand)
    before = density.function()(density.start)[0]
    density.exchange({"lost": 2 * model["lost"].get_value()})
    assert density.function()(density.start)[0] < before


@pytest.mark.parametrize("x", np.geomspace(1e-6, 1e6, 13))
def test_the_slope_of_log_gamma(x):
    assert renewal_density._digamma(x) == pytest.approx(special.digamma(x), rel=1e-13)
