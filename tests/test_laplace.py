"""Fits around the mode: against NUTS for every model, and the gate that refuses where they must not be used."""

import numpy as np
import pandas as pd
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import stats

from helpers.clv import bg_bb, gamma_gamma, purchase_models, renewal_models
from helpers.errors import StudyError
from helpers.inference import laplace, sampler
from helpers.inference.compiled import IN_NUMPY, in_numpy
from helpers.inference.mode_search import NoModeError, prepared
from helpers.pages.wording import say

DONORS = pd.DataFrame(
    {"x": [0, 1, 2, 4, 6, 3], "t_x": [0, 2, 4, 6, 6, 3], "n": 6, "customers": [400, 150, 120, 90, 60, 80]}
)
CONTRACTS = pd.DataFrame({"age": range(1, 8), "renewed": 0, "lost": 0})
KEPT = 1000 * np.array(
    [1, 0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491]
)  # High End, Fader and Hardie 2007


def compared(model, names, draws=4000):
    """Mean and standard deviation of both fits, in units of the sampled standard deviation."""
    around, gate = laplace.fit(prepared(model), draws=draws, chains=2)
    sampled = sampler.fit(model, draws=draws, chains=2)
    assert gate.passed, gate
    for name in names:
        ours, theirs = sampler.flat_draws(around, name), sampler.flat_draws(sampled, name)
        yield name, (ours.mean() - theirs.mean()) / theirs.std(), ours.std() / theirs.std()


@pytest.mark.parametrize("name", ["nbd", pytest.param("bg_nbd", marks=pytest.mark.slow)])
def test_purchase_models_agree_with_nuts(name, cdnow_calibration):
    model = purchase_models.build(name, cdnow_calibration, "week")
    for parameter, off, spread in compared(model, purchase_models.MODELS[name].PARAMETERS):
        assert abs(off) < 0.1, parameter
        assert spread == pytest.approx(1, abs=0.07), parameter  # 5 %, and the noise of both samples


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mbg_nbd", "pareto_nbd"])
def test_purchase_models_with_long_tails_agree_with_nuts_in_the_mean(name, cdnow_calibration):
    model = purchase_models.build(name, cdnow_calibration, "week")
    for parameter, off, _ in compared(model, purchase_models.MODELS[name].PARAMETERS):
        assert abs(off) < 0.1, parameter


@pytest.mark.slow  # 8,000 draws by NUTS; one model is compared by the fast tests
def test_spend_model_agrees_with_nuts(cdnow_calibration):
    for parameter, off, _ in compared(gamma_gamma.build(cdnow_calibration), gamma_gamma.PARAMETERS):
        assert abs(off) < 0.1, parameter


@pytest.mark.slow  # 8,000 draws by NUTS; one model is compared by the fast tests
def test_renewal_and_occasions_agree_with_nuts():
    cells = CONTRACTS.assign(renewed=KEPT[1:].round(), lost=(KEPT[:-1] - KEPT[1:]).round())
    for model, names in (
        (renewal_models.build("sbg", cells), ("alpha", "beta")),
        (bg_bb.build(DONORS), bg_bb.PARAMETERS),
    ):
        for parameter, off, _ in compared(model, names):
            assert abs(off) < 0.1, parameter


def test_parameters_per_group_are_named_as_nuts_names_them(cdnow_calibration):
    half = np.where(np.arange(len(cdnow_calibration)) % 2, "a", "b")
    tree = purchase_models.fit(
        "nbd", cdnow_calibration.assign(group=half), "week", method="laplace", draws=200
    )
    assert tree["posterior"]["r"].dims == ("chain", "draw", "group")
    assert list(tree["posterior"]["r"]["group"].to_numpy()) == ["a", "b"]


def test_the_width_of_the_priors_reaches_the_fit_around_the_mode(cdnow_calibration):
    plain, narrow = (
        purchase_models.fit("nbd", cdnow_calibration, "week", method="laplace", draws=500, prior_width=width)
        for width in (1.0, 0.03)
    )
    assert "laplace" in plain.attrs and "laplace" in narrow.attrs
    # The prior's median of r is .7: a narrow one draws it there from the data's .385.
    assert sampler.flat_draws(narrow, "r").mean() > 1.2 * sampler.flat_draws(plain, "r").mean()


def funnel():
    with pm.Model() as model:
        log_scale = pm.Normal("log_scale", 0, 3)
        pm.Normal("a", 0, pm.math.exp(log_scale))
    return model


def bent():
    with pm.Model() as model:
        pm.Normal("y", 2 * pm.Normal("x", 0, 1) ** 2, 1)
    return model


def no_end():
    with pm.Model() as model:
        pm.Potential("rises", pm.Normal("a") ** 2)
    return model


def test_what_the_proposal_does_not_cover_is_refused():
    _, gate = laplace.fit(prepared(funnel()), draws=2000, chains=2)
    assert not gate.passed
    assert gate.draws == laplace.MORE * 2000 * 2  # a second look, and no third


def test_a_bent_posterior_is_refused_whatever_its_weights_look_like():
    ready = prepared(bent())
    gates = [laplace.fit(ready, draws=2000, chains=2, seed=seed)[1] for seed in range(8)]
    assert not any(gate.passed for gate in gates)
    assert any(gate.k <= gate.k_max for gate in gates), "Pareto k alone would have let some pass"


def test_without_a_mode_there_is_nothing_to_fit_around():
    with pytest.raises(NoModeError):
        laplace.fit(prepared(no_end()))


def test_a_model_that_is_kept_gives_each_data_the_draws_it_has_alone():
    def build(*, around_mode):
        with pm.Model() as model:
            seen = pm.Data("seen", np.zeros(3))
            rate = pm.LogNormal("rate", 0, 1)
            pm.Poisson("made", rate * pm.math.exp(pm.Normal("shift", 0, 0.3)), observed=seen)
        return model

    def fitted(ready, seen):
        data = {"seen": np.array(seen, dtype=float)}
        return sampler.fit_shared(ready, "one", build, data, method="laplace", draws=100)["posterior"]["rate"]

    kept: dict = {}
    first, other, again = (fitted(kept, seen).to_numpy() for seen in ([1, 2, 4], [40, 60, 80], [1, 2, 4]))
    assert np.array_equal(again, first) and not np.array_equal(other, first)
    assert np.array_equal(other, fitted({}, [40, 60, 80]).to_numpy())


def test_a_refused_fit_falls_back_to_nuts_and_the_page_says_so():
    tree = sampler.fit(funnel(), method="laplace", draws=500, tune=500)
    refused = sampler.check_sampling(tree)
    assert "sample_stats" in tree
    assert "Sampled with NUTS, because laplace did not pass: Pareto k" in say(refused.value)
    fine = sampler.fit(normal(), method="laplace", draws=500)
    passed = sampler.check_sampling(fine)
    assert passed.verdict == "PASS"
    assert passed.value.startswith("Pareto k")


def test_draws_follow_the_posterior():
    draws = sampler.flat_draws(sampler.fit(normal(), method="laplace", draws=2000), "a")
    assert stats.kstest(draws, stats.norm(3, 2).cdf).pvalue > 1e-3


def test_an_unknown_fit_is_refused():
    with pytest.raises(StudyError, match="nuts or laplace"):
        sampler.fit(normal(), method="map")


def normal():
    with pm.Model() as model:
        pm.Normal("a", 3, 2)
    return model


def test_the_graph_in_numpy_is_the_graph():
    shaped, value = pt.matrix("shaped"), pt.row("value")
    graph = [pt.second(shaped, pt.softplus(value)), pt.second(pt.second(shaped, value), value + 1)]
    written = pytensor.function([shaped, value], in_numpy(graph), mode=IN_NUMPY)
    as_it_is = pytensor.function([shaped, value], graph, mode="FAST_COMPILE")
    own = np.array([[1.0, np.nan], [-np.inf, 2.0], [0.0, 5.0]]), np.array([[-3.0, 40.0]])
    for one, other in zip(written(*own), as_it_is(*own), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
