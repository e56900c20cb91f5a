"""Uplift: the ranking is judged fairly, known differences are found, and a null is not taken for a finding."""

import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from helpers.campaigns import (  # fmt: skip
    crossfit,
    dr_learner,
    encoding,
    policy,
    posterior_gains,
    potential,
    qini,
    subgroups,
    targeting,
    trial,
    uplift,
    uplift_fit,
    uplift_modes,
)
from helpers.errors import StudyError
from helpers.inference import sampler
from helpers.pages import wording
from helpers.runs.plan import why_not
from helpers.study.catalogue import Entry
from helpers.views import next_campaign  # fmt: skip

ARMS = ["control", "offer"]


def simulate(n=3000, seed=1, differs=1.0, cost=4.0):
    """Units whose gain from an offer rises with one trait and falls for the others; also the true net gain of each."""
    rng = np.random.default_rng(seed)
    units = pd.DataFrame(
        {"unit_id": np.arange(n).astype(str), "arm": np.array(ARMS)[rng.integers(2, size=n)]}
    )
    units["recent"], units["past"] = rng.exponential(50, n), rng.gamma(1, 100, n)
    units["channel"] = rng.choice(["web", "shop", "rare"], n, p=[0.6, 0.38, 0.02])
    share = chances(units, differs)
    treated = (units["arm"] == "offer").to_numpy()
    units["converted"] = rng.random(n) < np.where(treated, share[1], share[0])
    units["revenue"] = units["converted"] * rng.lognormal(4, 0.5, n)
    units["margin"], units["contact_cost"] = 0.5 * units["revenue"], np.where(treated, cost, 0.0)
    mean = np.exp(4 + 0.125) * 0.5
    return units, (share[1] - share[0]) * mean - cost


def chances(units, differs):
    """Each unit's chance to convert, left alone and offered."""
    rank = units["recent"].rank(pct=True).to_numpy() - 0.5
    base = -1.2 + 0.5 * np.log1p(units["past"].to_numpy() / 100)
    return [1 / (1 + np.exp(-(base + effect))) for effect in (0.0, 0.3 + 2.4 * differs * rank)]


def fitted(units):
    encoder = encoding.make_encoder(units, ["recent", "past"], ["channel"])
    design = uplift.prepare(units, encoder.encode(units), encoder.columns, ARMS)
    tree = sampler.sample(sampler.compiled(uplift.build(design)), draws=300, tune=400, target_accept=0.95)
    return encoder, design, tree, uplift.parameters_of(tree)["differs"]


@pytest.fixture(scope="module")
def known():
    units, truth = simulate()
    return units, truth, *fitted(units)


def scorer(design, differs, cost=4.0):
    return crossfit.bayesian(design, differs, np.array([0.5, 0.5]), np.array([0.0, cost]))


# ---- traits as columns
def test_columns_by_hand():
    units = pd.DataFrame(
        {"spent": [0, 0, 0, 1, 2, 3, 4, 5, 6, 7.0], "kind": ["a"] * 6 + ["b"] * 4, "same": 1.0}
    )
    encoder = encoding.make_encoder(units, ["spent", "same"], ["kind"])
    x = encoder.encode(units)
    assert encoder.columns == ["spent", "kind: b"]
    assert x.mean(axis=0) == pytest.approx([0, 0], abs=1e-12) and x[:, 0].std() == pytest.approx(1)
    assert len(set(x[:3, 0])) == 1 and (np.diff(x[3:, 0]) >= 0).all()
    again = encoding.Encoder.from_json(encoder.to_json())
    other = pd.DataFrame({"spent": [-5.0, 1e9], "kind": ["b", None]})
    assert again == encoder and again.encode(other)[:, 0].tolist() == [x[0, 0], x[-1, 0]]


def test_a_missing_trait_is_refused():
    units = pd.DataFrame({"spent": [1.0, np.nan]})
    with pytest.raises(StudyError, match="missing for 1 of 2"):
        encoding.make_encoder(units, ["spent"], [])
    with pytest.raises(StudyError, match="no covariate 'other'"):
        encoding.make_encoder(units, ["other"], [])


# ---- Qini
def test_qini_by_hand():
    treated = np.array([True, False] * 4)
    outcome = np.array([4.0, 0, 4, 0, 0, 0, 0, 0])
    share = (np.arange(8) + 0.5) / 8
    q = qini.q_curve(share, treated, outcome, np.ones(8))
    assert q[-1] == pytest.approx(2.0) and q[10] == pytest.approx(0.5 * 4)
    assert qini.coefficient(q) > 0 > qini.coefficient(qini.q_curve(share[::-1], treated, outcome, np.ones(8)))
    doubled = qini.q_curve(share, treated, outcome, np.full(8, 2.0))
    assert doubled == pytest.approx(q)


def test_a_constant_shift_of_everyone_changes_no_qini():
    rng = np.random.default_rng(1)
    share, treated, outcome = rng.random(500), rng.random(500) < 0.5, rng.normal(size=500)
    ones = np.ones(500)
    assert qini.q_curve(share, treated, outcome + 7, ones) == pytest.approx(
        qini.q_curve(share, treated, outcome, ones)
    )


def test_ranks_are_within_folds_and_folds_are_balanced():
    arm = np.repeat([0, 1], 50)
    fold = qini.folds_of(arm, 5, seed=1)
    assert all((np.bincount(fold[arm == one]) == 10).all() for one in (0, 1))
    score = np.arange(100.0) + 1000 * fold
    rank = qini.rank_within(score, fold, np.ones(100))
    assert all(rank[fold == one].mean() == pytest.approx(0.5) for one in range(5))
    weight = qini.bootstrap_weights(arm, np.random.default_rng(1))
    assert weight[arm == 0].sum() == weight[arm == 1].sum() == 50


# ---- the model
def test_the_mode_is_where_the_posterior_is(known):
    _, _, _, design, tree, differs = known
    mode = uplift_fit.modes(design, np.exp(np.log(differs).mean(axis=0)))(None)
    draws = uplift.parameters_of(tree)
    for name in ("level", "slope", "spend_spread"):
        gap = (mode[name][0] - draws[name].mean(axis=0)) / draws[name].std(axis=0)
        assert np.abs(gap).max() < 0.5, name


def test_draws_around_the_modes_are_those_of_nuts(known):
    _, _, _, design, tree, _ = known
    around = uplift_fit.fit(design, draws=200, tune=200, chains=2, seed=1)
    assert "laplace" in around.attrs and sampler.check_sampling(around).verdict == "PASS"
    own, nuts = uplift.parameters_of(around), uplift.parameters_of(tree)
    for name in ("level", "slope", "shared", "own", "differs", "spend_spread"):
        gap = (own[name].mean(axis=0) - nuts[name].mean(axis=0)) / nuts[name].std(axis=0)
        wide = own[name].std(axis=0) / nuts[name].std(axis=0)
        assert own[name].shape[1:] == nuts[name].shape[1:] and np.abs(gap).max() < 0.35, name
        assert wide.min() > 0.75 and wide.max() < 1.3, name


@pytest.mark.parametrize("family", ["lognormal", "gamma"])
def test_slopes_and_curvature_are_those_of_the_density(family):
    units, _ = simulate(300)
    design = uplift.prepare(units, np.random.default_rng(1).normal(size=(300, 2)), ["a", "b"], ARMS)
    design = replace(design, family=family)
    found, rng = uplift_modes.parts_of(design), np.random.default_rng(2)
    weight = rng.integers(0, 3, 300).astype(float)
    for part, own in zip(found, uplift_modes.seen(design, found, weight), strict=True):
        theta = part.prior[0] + 0.1 * rng.normal(size=len(part.prior[0]))
        gradient, curvature = uplift_modes._slopes(part, own, theta, 0.2)
        by_hand = optimize.approx_fprime(
            theta, lambda at, own=own, part=part: uplift_modes.log_posterior(part, own, at, 0.2), 1e-6
        )
        assert gradient == pytest.approx(by_hand, abs=1e-4 * np.abs(gradient).max())
        step = 1e-5 * np.eye(len(theta))
        ends = [
            [uplift_modes._slopes(part, own, theta + sign * one, 0.2)[0] for sign in (1, -1)] for one in step
        ]
        assert curvature == pytest.approx(
            np.array([(down - up) / 2e-5 for up, down in ends]), rel=1e-4, abs=1e-3
        )


def test_where_the_gate_refuses_nuts_stands_in(monkeypatch, known):
    _, _, _, design, tree, _ = known
    monkeypatch.setattr(
        uplift_fit.psis, "smooth", lambda weights: (np.full(len(weights), -np.log(len(weights))), 0.9)
    )
    for name, made in (("compiled", None), ("exchange", None), ("sample", tree.copy())):
        monkeypatch.setattr(uplift_fit.sampler, name, lambda *_, made=made, **__: made)
    found = uplift_fit.fit(design, draws=200, tune=200, chains=2, seed=1)
    assert "Pareto k 0.90" in found.attrs["laplace_refused"] and "laplace" not in found.attrs


@pytest.mark.parametrize("family", ["lognormal", uplift.CONSTANT])
def test_a_step_from_the_mode_is_near_that_of_each_sample(family):
    """Of what a gain moves from sample to sample, the step misses a tenth at most with as many buyers as it asks for."""
    units, _ = simulate(8000)
    units["revenue"] = units["revenue"] if family == "lognormal" else 50.0 * units["converted"]
    encoder = encoding.make_encoder(units, ["recent", "past"], ["channel"])
    design = uplift.prepare(units, encoder.encode(units), encoder.columns, ARMS)
    scored = scorer(design, np.full((1, len(uplift.parts(design))), 0.15))
    assert design.family == family and scored.is_large
    near = crossfit.scores(scored, design.arm, replicates=12)
    exact = [crossfit.crossfit(scored, near.fold, weight) for weight in near.weights]
    one, other = near.gains(1)[1], [found[:, 1] - found[:, 0] for found in exact]
    moved = np.std(other, axis=0)
    assert moved.min() > 0 and np.sqrt(np.mean(((np.array(one) - other) / moved) ** 2)) < 0.1
    assert np.array_equal(near.own, crossfit.crossfit(scored, near.fold, np.ones(len(units))))


def test_known_differences_are_found_out_of_sample(known):
    units, truth, _, design, _, fitter = known
    net = (units["margin"] - units["contact_cost"]).to_numpy()
    found = crossfit.scores(scorer(design, fitter), design.arm, replicates=30)
    gain = found.gains(1)[0]
    assert np.corrcoef(gain, truth)[0, 1] > 0.9
    curve = qini.curve(
        found.gains(1), found.adjusted(net, design.arm), found.weights, design.arm, 1, found.fold
    )
    assert curve.qini.p05 > 0
    value = policy.policy_value(found, net, design.arm, ARMS)
    given = policy.best_arm(gain[:, None])
    assert abs(value.targeted.mean - (truth * given).mean()) < value.targeted.p95 - value.targeted.p05
    groups = qini.by_group(gain, design.arm, 1, net, found.fold, 5)
    assert groups["observed"].iloc[0] > 0 > groups["observed"].iloc[-1]


def test_the_trees_halves_hold_every_arm_whatever_seed_drew_those():
    x = np.random.default_rng(2).normal(size=(400, 2))
    arm = (np.random.default_rng(1).random(400) < 0.5).astype(int)
    found = dr_learner.dr_scorer(x, arm, x[:, 0] * arm, 1)(np.ones(400))
    assert np.corrcoef(found[:, 1] - found[:, 0], x[:, 0])[0, 1] > 0.9


def test_who_is_harmed_is_told(known):
    units, truth, _, design, tree, _ = known
    parameters = uplift.parameters_of(tree)
    revenue = uplift.levels(parameters, design.x, design.family, design.constant).revenue
    worth, cost = np.array([0.5, 0.5]), np.array([0.0, 4.0])
    gains = posterior_gains.of_units(parameters, design, worth, cost)
    whole = posterior_gains.summed_up(crossfit.gains(crossfit.net(revenue, worth, cost)))
    assert all(np.allclose(getattr(gains, name), one) for name, one in zip(vars(gains), whole, strict=True))
    advice = policy.advise(gains.chance, 0.9, trusted=True)
    assert set(policy.advise(gains.chance, 0.9, trusted=False)) == {policy.LEAVE}
    assert truth[advice == policy.CONTACT].mean() > 0 > truth[advice == policy.HARM].mean()
    table = policy.profile(units, advice, ["recent"]).set_index("advice")
    assert table.loc[policy.CONTACT, "recent"] > table.loc[policy.HARM, "recent"]
    assert table["customers"].sum() == len(units)


def test_who_did_what_was_asked_without_spending_is_no_buyer():
    units, _ = simulate(200)
    told = units.assign(buys=units["revenue"] > 0, converted=True)
    design = uplift.prepare(told, np.ones((200, 1)), ["x"], ARMS)
    assert (design.converted == (units["revenue"] > 0)).all()
    with pytest.raises(StudyError, match="less than nothing"):
        uplift.prepare(units.assign(revenue=-1.0), np.ones((200, 1)), ["x"], ARMS)


def test_nobody_converted_or_no_trait_is_refused():
    units, _ = simulate(200)
    with pytest.raises(StudyError, match="Nobody converted"):
        uplift.prepare(units.assign(converted=False), np.zeros((200, 1)), ["a"], ARMS)
    with pytest.raises(StudyError, match="nothing by which effects could differ"):
        uplift.prepare(units, np.zeros((200, 0)), [], ARMS)


# ---- unit tables
def unit_table(**columns):
    rows = pd.DataFrame({"unit_id": range(40), "arm": ["a", "b"] * 20, "won": [0, 1, 1, 0] * 10, "paid": 0.0})
    return rows.assign(past=np.arange(40.0), city=["x", "y"] * 20, **columns)


def test_a_unit_table_becomes_a_trial():
    table = unit_table()
    table.loc[table["won"] == 1, "paid"] = 10.0
    test = trial.from_units(
        table,
        outcomes=["won", "paid"],
        covariates=["past", "city"],
        control="b",
        margin_share=0.4,
        contact_cost=1.0,
    )
    assert test.arms == ["b", "a"] and (test.numeric, test.named) == (["past"], ["city"])
    assert test.units["margin"].sum() == pytest.approx(0.4 * 200) and test.net.sum() == pytest.approx(80 - 20)
    counted = trial.from_units(table, outcomes=["won"], covariates=["past"], control="b", value=3.0)
    assert counted.units["margin"].sum() == pytest.approx(60)


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        (unit_table(), {"control": "c"}, "control_arm is 'c': set control_arm to one of a, b"),
        (unit_table(), {"control": ""}, "does not say which arm"),
        (unit_table(arm="a"), {"control": "a"}, "one arm only"),
        (unit_table(), {"outcomes": ["lost"]}, "no column 'lost'"),
        (unit_table(won=2), {"outcomes": {"won": "conversion"}}, "0 and 1 only"),
        (unit_table(won=2), {"outcomes": ["won", "paid"]}, "none says who converted"),
        (
            unit_table(),
            {"outcomes": {"won": "clicks"}},
            "can be one of conversion, money, count, rate, number",
        ),
        (unit_table(paid=3.0), {"outcomes": {"paid": "rate"}}, "between 0 and 1"),
        (unit_table(paid=np.nan), {"outcomes": ["won", "paid"]}, "no number in 40"),
        (unit_table(), {"shares": {"a": 0.5, "z": 0.5}}, "one share for each"),
        (unit_table(), {"outcomes": []}, "unit_outcomes"),
    ],
)
def test_unit_tables_that_cannot_be_read_are_refused(table, options, words):
    with pytest.raises(StudyError, match=words):
        trial.from_units(table, **{"outcomes": ["won"], "covariates": ["past"], "control": "a"} | options)


# ---- segments
def test_pooling_pulls_small_segments_and_keeps_real_differences():
    alike = subgroups.pool(np.array([1.0, 3.0, -1.0]), np.array([2.0, 2.0, 2.0]))
    assert alike.effects.mean(axis=0).std() < np.std([1.0, 3.0, -1.0]) / 2
    apart = subgroups.pool(np.array([0.0, 50.0]), np.array([1.0, 1.0]))
    assert apart.effects.mean(axis=0) == pytest.approx([0, 50], abs=2)


def test_eight_schools():
    y, errors = np.array([28, 8, -3, 7, -1, 1, 18, 12.0]), np.array([15, 10, 16, 11, 9, 11, 10, 18.0])
    made = subgroups.pool(y, errors, draws=20_000)
    # Gelman and others 2013, table 5.3: posterior medians of the eight effects, to a point and a half.
    assert np.median(made.effects, axis=0) == pytest.approx([10, 8, 7, 8, 5, 6, 10, 8], abs=1.7)


def test_the_past_saves_variance_and_leaves_the_effect():
    rng = np.random.default_rng(3)
    past, arm = rng.gamma(1, 100, 4000), pd.Series(rng.choice(ARMS, 4000))
    outcome = 30 * np.log1p(past / 100) + 5.0 * (arm == "offer") + rng.normal(0, 10, 4000)
    adjusted, saved = subgroups.less_expected(outcome, arm, pd.DataFrame({"past": past}))
    gap = adjusted[arm == "offer"].mean() - adjusted[arm == "control"].mean()
    assert 0.4 < saved < 0.8 and gap == pytest.approx(5, abs=1)


# ---- choosing under a budget
def test_the_budget_and_the_capacity_hold_and_the_choice_is_best():
    rng = np.random.default_rng(5)
    gain, cost = rng.normal(1, 3, (8, 2)), rng.uniform(0.5, 2, (8, 2))
    free = targeting.choose(gain, cost)
    assert (free > 0).sum() == (gain.max(axis=1) > 0).sum()
    every = np.array(list(itertools.product(range(3), repeat=8)))
    spends, earns = (
        np.column_stack([np.zeros(8), values])[np.arange(8), every].sum(axis=1) for values in (cost, gain)
    )
    for budget in (2.0, 5.0):
        chosen = targeting.choose(gain, cost, budget=budget)
        rows = np.flatnonzero(chosen)
        spent, earned = cost[rows, chosen[rows] - 1].sum(), gain[rows, chosen[rows] - 1].sum()
        assert 0 < spent <= budget
        assert earned == pytest.approx(earns[spends <= spent + 1e-9].max())
    assert (targeting.choose(gain, cost, capacity=3) > 0).sum() == 3
    with pytest.raises(StudyError, match="budget"):
        targeting.choose(gain, cost, budget=-1)


def test_the_reserved_control_is_random_and_of_its_size():
    chosen = np.array([0, 1, 2, 1] * 100)
    held = targeting.reserve(chosen, 0.1, seed=1)
    assert held[chosen == 0].sum() == 0 and held[chosen == 1].sum() == 20 and held[chosen == 2].sum() == 10
    assert (held != targeting.reserve(chosen, 0.1, seed=2)).any()
    with pytest.raises(StudyError, match="control_share"):
        targeting.reserve(chosen, 0.0, seed=1)


def test_a_notebook_may_do_with_one_of_several_tables():
    entry = Entry("31_test", "Test", "What", tables=("campaigns | experiment_units",))
    assert why_not(entry, {"31_test": entry}, {"experiment_units": {}}, {}, {}) is None
    needs = why_not(entry, {"31_test": entry}, {"leads": {}}, {}, {})
    assert str(needs) == "needs campaigns or experiment_units"


# ---- over many simulations
@pytest.mark.slow
def test_hillstrom_visits_of_the_womens_email(real_data):
    table = pd.read_csv(real_data / "hillstrom.csv.gz").rename(columns={"segment": "arm"})
    test = trial.from_units(
        table.assign(unit_id=table.index.astype(str)),
        outcomes=["visit"],
        covariates=["history", "recency", "mens", "womens", "zip_code", "newbie", "channel"],
        control="No E-Mail",
    )
    encoder = encoding.make_encoder(test.units, test.numeric, test.named)
    design = uplift.prepare(test.units, encoder.encode(test.units), encoder.columns, test.arms)
    tree = uplift_fit.fit(design, draws=300, tune=400, chains=2, seed=1)
    differs = uplift.parameters_of(tree)["differs"]
    scored = crossfit.bayesian(design, differs, np.ones(3), np.zeros(3))
    found = crossfit.scores(scored, design.arm, replicates=20)
    which = test.arms.index("Womens E-Mail")
    adjusted = found.adjusted(test.net.to_numpy(), design.arm)
    curve = qini.curve(found.gains(which), adjusted, found.weights, design.arm, which, found.fold)
    print(f"Hillstrom, women's e-mail, visits: effect {curve.effect.mean:.4f}, Qini {curve.qini}")
    assert curve.effect.mean == pytest.approx(0.0452, abs=0.002)
    assert curve.qini.p05 > 0


def trials(n, differs, count=100):
    """The same customers in many trials, each with its own lots and luck.

    Every customer stands in the design four times: in each arm, converted and not. A trial gives weight 1 to what
    happened to each and 0 to the rest. Yields the design's rows that happened, the posterior and draws of how much
    effects differ.
    """
    units, truth = simulate(n, seed=0, differs=differs)
    rng, share = np.random.default_rng(1), np.array(chances(units, differs))
    units["revenue"] = rng.lognormal(4, 0.5, n)
    every = pd.concat(
        [units.assign(arm=arm, converted=bought == 1) for arm in ARMS for bought in (0, 1)], ignore_index=True
    )
    every["revenue"] *= every["converted"]
    encoder = encoding.make_encoder(units, ["recent", "past"], ["channel"])
    design = uplift.prepare(every, encoder.encode(every), encoder.columns, ARMS)
    for trial_ in range(count):
        arm = rng.integers(2, size=n)
        bought = rng.random(n) < share[arm, np.arange(n)]
        happened = (2 * arm + bought) * n + np.arange(n)
        weight = np.bincount(happened, minlength=4 * n).astype(float)
        tree = uplift_fit.fit(design, draws=200, tune=250, chains=2, seed=trial_, weight=weight)
        yield every, design, truth, happened, tree, uplift.parameters_of(tree)["differs"]


@pytest.mark.slow(seeds="0, trials from 1")
def test_the_policy_earns_nearly_what_the_best_of_its_class_would():
    earned = []
    for _, design, truth, _, tree, _ in trials(2000, 1.0):
        x = design.x[: len(truth)]
        revenue = uplift.levels(uplift.parameters_of(tree), x, design.family, design.constant).revenue
        gains = crossfit.gains(crossfit.net(revenue, np.array([0.5, 0.5]), np.array([0.0, 4.0]))).mean(axis=0)
        earned.append((truth * (policy.best_arm(gains) > 0)).mean())
    best, everyone = np.maximum(truth, 0).mean(), truth.mean()
    print(f"policy {np.mean(earned):.3f}, lowest {min(earned):.3f}, best {best:.3f}, everyone {everyone:.3f}")
    assert np.mean(earned) >= 0.9 * best
    assert np.mean(earned) > max(everyone, 0.0)


@pytest.mark.slow(seeds="0, trials from 1")
def test_without_differences_the_qini_interval_holds_zero():
    inside = 0
    for seed, (every, design, _, happened, _, fitter) in enumerate(trials(2000, 0.0)):
        every_score, weight = scorer(design, fitter), np.zeros(len(every))

        def score(given, happened=happened, every_score=every_score, weight=weight):
            weight[happened] = given
            return every_score(weight)[happened]

        arm = design.arm[happened]
        net = (0.5 * every["revenue"].to_numpy() - 4.0 * design.arm)[happened]
        found = crossfit.scores(score, arm, replicates=40, seed=seed)
        curve = qini.curve(found.gains(1), found.adjusted(net, arm), found.weights, arm, 1, found.fold)
        inside += curve.qini.p05 <= 0 <= curve.qini.p95
    print(f"Qini without differences: {inside} of 100 intervals hold zero")
    assert 84 <= inside <= 96


# ---- how much of the potential has been shown
def test_shown_growth_per_tier_is_the_mean_of_the_best_arms(monkeypatch):
    gain = np.array([[5.0], [-3.0], [2.0], [9.0]])  # of one arm, per customer
    drawn = np.broadcast_to(gain, (10, 4, 1))
    monkeypatch.setattr(targeting, "gain_draws", lambda *_: iter([(slice(0, 4), drawn, gain)]))
    learnt = SimpleNamespace(parameters={"level": np.zeros(10)})
    people = pd.DataFrame({"customer_id": ["a", "b", "c", "stranger"]})
    tiers = pd.DataFrame(
        {
            "customer_id": ["c", "b", "a"],
            "tier": ["Maintain", "Most Growable", "Most Growable"],
            "expected_value": [100.0, 20.0, 10.0],
            "potential_value": [100.0, 60.0, 30.0],
        }
    )
    table = potential.by_tier(learnt, people, gain, tiers).set_index("tier")
    grow, keep = table.loc["Most Growable"], table.loc["Maintain"]
    assert list(table.index) == ["Most Growable", "Maintain"] and list(table["customers"]) == [2, 1]
    assert grow["gap"] == 30.0 and grow["gain"].mean == pytest.approx(2.5)  # b is left alone
    assert grow["share"] == pytest.approx(2.5 / 30) and np.isnan(keep["share"])
    shown = table.reset_index()
    said = wording.say(next_campaign.growth(shown, potential.growable(shown), "USD"))
    assert "30.00 USD more" in said and "+2.50 USD" in said and "8 %" in said
    nobody = next_campaign.growth(shown.iloc[1:], potential.growable(shown.iloc[1:]), "USD")
    assert wording.say(nobody) == "None of the Most Growable are among those the campaign can speak about."
    assert next_campaign.growth(None, potential.growable(None), "USD") is None
