"""The gate of a sample: what passes it, what never may, and how chains go on until it can judge."""

from functools import cache

import arviz as az
import kept_seeds
import numpy as np
import pymc as pm
import pytest

from helpers.inference import chains, gate, sampler, starts
from helpers.pages.wording import say

SEEDS = range(1, 21)


def normal():
    with pm.Model() as model:
        pm.Normal("a", 0, 1, shape=3)
    return model


def two_modes():
    with pm.Model() as model:
        a = pm.Normal("a", 0, 10)
        pm.Potential("two", pm.math.logaddexp(-((a - 8) ** 2) / 2, -((a + 8) ** 2) / 2))
    return model


def unequal_modes():
    with pm.Model() as model:
        pm.Mixture("a", w=[0.7, 0.3], comp_dists=[pm.Normal.dist(0, 1), pm.Normal.dist(25, 1)])
    return model


def funnel():
    with pm.Model() as model:
        spread = pm.Normal("spread", 0, 3)
        pm.Normal("a", 0, pm.math.exp(spread / 2), shape=9)
    return model


def schools():
    """Eight schools (Rubin 1981), centred: a funnel that data closes on one side."""
    effect, error = [28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18]
    with pm.Model() as model:
        spread = pm.HalfCauchy("spread", 5)
        own = pm.Normal("own", pm.Normal("mean", 0, 5), spread, shape=8)
        pm.Normal("seen", own, error, observed=effect)
    return model


def mixture():
    """Two groups whose names may be exchanged, with a chain in each naming."""
    rng = np.random.default_rng(3)
    seen = np.concatenate([rng.normal(-3, 1, 60), rng.normal(3, 1, 40)])
    with pm.Model() as model:
        centre, spread = pm.Normal("centre", 0, 5, shape=2), pm.HalfNormal("spread", 2)
        pm.NormalMixture("seen", pm.Dirichlet("share", np.ones(2)), centre, spread, observed=seen)
    return model


def tree_of(log_density, **variables):
    tree = az.from_dict({"posterior": variables, "sample_stats": {"logp": np.asarray(log_density)}})
    tree["sample_stats"]["diverging"] = tree["sample_stats"]["logp"] > np.inf
    return tree


def drawn(rng, shape=(2, 1000)):
    return rng.standard_normal(shape)


def test_chains_that_mixed_pass():
    rng = np.random.default_rng(1)
    found = gate.diagnose(tree_of(drawn(rng), a=drawn(rng)))
    assert found.passed and say(found.threshold) == "R-hat <= 1.01, ESS >= 1,200, 0 divergences"


def test_a_short_sample_does_not_pass_even_where_r_hat_is_small():
    rng = np.random.default_rng(1)
    short = gate.diagnose(tree_of(drawn(rng, (2, 400)), a=drawn(rng, (2, 400))))
    assert short.max_rhat <= gate.MAX_RHAT and not short.passed


def test_a_chain_whose_log_density_the_others_never_reach_is_lost():
    rng = np.random.default_rng(1)
    apart = drawn(rng) + np.array([[0], [50]])
    found = gate.diagnose(tree_of(apart, a=drawn(rng)))
    assert found.is_lost and not found.passed
    assert say(found.summary).endswith("a chain in a place that the others never reach (by log density)")
    assert not gate.is_lost(drawn(rng)) and not gate.is_lost(drawn(rng, (1, 100)))


def test_a_gate_is_read_back_from_what_a_file_holds():
    found = gate.Gate(1.02, 812.5, 3, 2, True, 1)
    assert gate.Gate.read(np.array([1.02, 812.5, 3, 2, 1.0, 1.0])) == found


def test_a_search_finds_both_modes_and_one_where_there_is_one():
    for model, expected in ((two_modes(), 2), (unequal_modes(), 2), (normal(), 1)):
        ready = sampler.compiled(model)
        places = starts._places(ready.density, ready.start, list(range(16)))
        assert len(starts.modes(ready.density, places)) == expected


def test_a_mode_that_no_chain_came_to_is_missed():
    ready, rng = sampler.compiled(two_modes()), np.random.default_rng(1)
    _, found = starts.dispersed(ready.density, ready.start, 2, 1)
    one = rng.normal(8, 1, (1000, 1))
    assert starts.missed(ready.density, found, one) == 1
    assert starts.missed(ready.density, found, np.vstack([one, -one])) == 0
    assert starts.missed(ready.density, found[:1], one) == 0


def test_chains_go_on_from_where_they_are():
    ready = sampler.compiled(normal())
    places = [ready.start(1), ready.start(2)]

    def draw(share):
        sizes = {"draws": 200, "max_draws": 700, "tune": 100, "seed": 5}
        return chains.draw_until(share, ready.density, places, **sizes)[0]

    once, never = draw(lambda _: 1.0), draw(lambda _: 0.0)
    twice = draw(lambda tree: tree["posterior"].sizes["draw"] / 400)
    lengths = [tree["posterior"].sizes["draw"] for tree in (once, twice, never)]
    assert lengths == [200, 400, 700]
    for shorter, longer in ((once, twice), (twice, never)):
        part = longer.isel(draw=slice(shorter["posterior"].sizes["draw"]))
        np.testing.assert_array_equal(shorter["posterior"]["a"], part["posterior"]["a"])
        np.testing.assert_array_equal(shorter["sample_stats"]["logp"], part["sample_stats"]["logp"])


@pytest.mark.parametrize(("share", "length"), [(1.0, 200), (0.95, 250), (0.6, 367), (0.1, 400)])
def test_how_many_more_are_drawn_follows_from_the_share_reached(share, length):
    ready = sampler.compiled(normal())
    shares, sizes = iter([share, 1.0]), {"draws": 200, "max_draws": 1000, "tune": 100, "seed": 5}
    tree, _ = chains.draw_until(lambda _: next(shares), ready.density, [ready.start(1)], **sizes)
    assert tree["posterior"].sizes["draw"] == length


def test_a_sample_is_as_long_as_its_gate_asks_and_says_when_it_was_drawn_anew():
    long = sampler.sample(sampler.compiled(normal()), draws=250, tune=300)
    assert gate.diagnose(long).passed and "first_gate" not in long.attrs
    assert long["posterior"].sizes["draw"] > 250
    assert gate.judged(long) == gate.diagnose(long)
    wrong = sampler.sample(sampler.compiled(two_modes()), draws=100, tune=100, max_draws=100)
    said = sampler.check_sampling(wrong)
    assert said.verdict == "FAIL" and ". Drawn anew after R-hat" in say(said.value)


def judged(build, **most):
    """What the gate says of a seed's sample of this model; it is compiled when the first seed is asked for."""
    ready = cache(lambda: sampler.compiled(build()))

    def one(seed: int) -> dict:
        tree = sampler.sample(ready(), draws=500, seed=seed, **most)
        found = gate.diagnose(tree)
        return {
            "passed": found.passed,
            "drawn_anew": "first_gate" in tree.attrs,
            "apart": found.max_rhat > gate.MAX_RHAT,
            "short": found.min_ess < gate.needed_ess(found.chains),
            "diverging": found.divergences > 0,
            "lost": found.is_lost,
            "missed": found.missed > 0,
        }

    return one


@pytest.mark.slow(seeds="1 to 20")
@pytest.mark.parametrize("build", [two_modes, unequal_modes, funnel, schools, mixture])
def test_what_is_not_one_posterior_fails_under_every_seed(build):
    found = kept_seeds.counted(f"gate_{build.__name__}", SEEDS, judged(build, max_draws=4000))
    assert not found["passed"].any()


@pytest.mark.slow(seeds="1 to 20")
def test_a_good_posterior_passes_under_every_seed():
    found = kept_seeds.counted("gate_normal", SEEDS, judged(normal))
    assert found["passed"].all()
