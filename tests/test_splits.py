"""Numbers from bootstrap samples, folds and drawn assignments move from seed to seed as much as they state."""

import numpy as np
import pandas as pd
import pytest
from panels_support import paths, rows_of
from test_no_lots import letters, read

from helpers.campaigns import (
    alike,
    crossfit,
    geo_test,
    no_lots,
    panel,
    placebos,
    policy,
    qini,
    ranking,
    synthetic,
)
from helpers.inference.intervals import Interval
from helpers.inference.monte_carlo import error_of, of_replicates

SEEDS = range(20)
ARMS = ["none", "a", "b"]


def moves_as_stated(found):
    """Numbers of several seeds, a list per seed, move by .8 to 1.25 of the middle of their errors, half of them at least."""
    rows = [[end for one in row for end in ends(one)] for row in found]
    moved = np.array(
        [
            np.std(one, ddof=1) / np.median([error_of(value) for value in one])
            for one in zip(*rows, strict=True)
        ]
    )
    assert 0.8 < np.median(moved) < 1.25, moved
    assert moved.min() > 0.55 and moved.max() < 1.6, moved


def ends(one):
    return [one.mean, one.p05, one.p50, one.p95] if isinstance(one, Interval) else [one]


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_quantile_of_sixty_replicates(share):
    drawn = [np.random.default_rng(seed).gamma(3, size=60) for seed in range(80)]
    moves_as_stated(
        [[of_replicates(one, lambda values: np.quantile(values, share, axis=-1))] for one in drawn]
    )


def line_by_arm(x, arm, outcome):
    """A scorer that fits a line per arm."""

    def score(weight):
        design, made = np.column_stack([np.ones(len(x)), x]), []
        for one in range(arm.max() + 1):
            own = design * (weight * (arm == one))[:, None]
            made.append(design @ np.linalg.solve(own.T @ design + 1e-6 * np.eye(5), own.T @ outcome))
        return np.column_stack(made)

    return score


def test_rankings_and_rules():
    rng = np.random.default_rng(7)
    x, arm = rng.normal(size=(300, 4)), rng.integers(0, 3, 300)
    net, found = rng.normal(size=300) * 2 + (0.3 * x[:, 0] + 0.1) * (arm == 1), []
    for seed in SEEDS:
        scores = crossfit.scores(line_by_arm(x, arm, net), arm, replicates=60, seed=seed)
        second = scores.of_another(line_by_arm(x[:, ::-1] ** 3, arm, net))
        judged = ranking.judge(scores, second, scores.adjusted(net, arm), arm, ARMS)
        value = policy.policy_value(scores, net, arm, ARMS)
        found.append([*judged.metrics.values(), value.targeted, value.over_best_simple, value.contacted])
    moves_as_stated(found)


@pytest.mark.parametrize("world", [1, 2])
def test_shares_of_groups_and_of_the_most_profit(world):
    rng = np.random.default_rng(world)
    x, arm = rng.normal(size=(400, 4)), rng.integers(0, 2, 400)
    net, found = rng.normal(size=400) * 2 + (0.4 * x[:, 0] - 0.2) * arm, []
    for seed in SEEDS:
        scores = crossfit.scores(line_by_arm(x, arm, net), arm, replicates=2, seed=seed)
        adjusted = scores.adjusted(net, arm)
        curves = ranking.judge(scores, scores, adjusted, arm, ARMS[:2]).curves
        groups = qini.by_group(scores.gains(1)[0], arm, 1, adjusted[0], scores.fold)
        inside = ranking.share_inside(groups, scores, adjusted[0], arm, 1)
        found.append([inside, policy.best_share(policy.peak(policy.profits(curves, 400)), curves)])
    moves_as_stated(found)


def regions(world, noise):
    outcome = np.exp(3 + noise * paths(np.random.default_rng(world), 14))
    return panel.past(rows_of(outcome, [None] * 14))


@pytest.mark.slow(seeds="0 to 1,900 in steps of 100")
@pytest.mark.parametrize(("world", "noise"), [(1, 0.1), (3, 0.2)])
def test_plans_of_more_sets_than_are_tried(world, noise):
    data, found = regions(world, noise), []
    for seed in SEEDS:
        made = geo_test.metrics(data, geo_test.plan(data, 3, 2, 100 * seed), 0.1, 100 * seed)
        found.append([made["plan.power"], made["plan.lots_missed"]])
    moves_as_stated(found)


def test_a_plan_that_tries_all_sets_has_no_error():
    data = regions(1, 0.1)
    made = geo_test.metrics(data, geo_test.plan(data, 1, 2), 0.1, 1)
    assert made == pytest.approx(geo_test.metrics(data, geo_test.plan(data, 1, 2, 9), 0.1, 9))
    assert [error_of(one) for one in made.values()] == [None] * 3


@pytest.mark.parametrize("world", [4, 5])
def test_assignments_of_several_treated_units(world):
    outcome = paths(np.random.default_rng(world), 14)
    outcome[:3, 16:] += 0.7
    data, _ = panel.prepare(rows_of(outcome, ["2024-05-01"] * 3 + [None] * 11), "level", "", "")
    judged = [placebos.judge(synthetic.prepare(data, True), seed) for seed in SEEDS]
    moves_as_stated(
        [[one.effect.p05, one.effect.p95, one.p, one.ratio_p, one.chance_above, one.centre] for one in judged]
    )


def test_arms_alike():
    units = pd.DataFrame({"arm": ["none", "mail"] * 60, "age": np.random.default_rng(2).normal(size=120)})
    moves_as_stated([[alike.compare(units, "none", ["age"], [], seed).p_value] for seed in SEEDS])


@pytest.mark.slow(seeds="0 to 19")
def test_arms_made_alike():
    test, found = read(letters(4, n=400), before="", earlier=[]).test, []
    for seed in SEEDS:
        made = no_lots.compare(test, seed)
        found.append([made.metrics["effective_others"], *(one.effect for one in made.effects.values())])
    moves_as_stated(found)
