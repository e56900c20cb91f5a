"""Monte Carlo errors: as large as numbers move from seed to seed, recorded where numbers are, and no trouble elsewhere."""

import copy
import json
import pickle

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from helpers.checks import check
from helpers.clv import holdout_scores, purchase_forecast, purchase_models, renewal_scores, stacking
from helpers.clv.customer_groups import Design
from helpers.commands import compare
from helpers.customers import lead_scores, tiers
from helpers.inference import monte_carlo
from helpers.inference.intervals import UNKNOWN, Interval, interval
from helpers.inference.monte_carlo import Drawn, error_of
from helpers.messages import Message, message
from helpers.pages.wording import say
from helpers.site.run_record import NotebookResult


def chains(seed: int, resembles: float, draws: int = 1000) -> np.ndarray:
    """Two chains of standard normal draws, one after the other, each like the one before it by `resembles`."""
    steps = np.random.default_rng(seed).normal(size=(draws, 2))
    found = steps.copy()
    for t in range(1, draws):
        found[t] = resembles * found[t - 1] + np.sqrt(1 - resembles**2) * steps[t]
    return found.T.ravel()


@pytest.mark.parametrize("resembles", [0.0, 0.6])
@pytest.mark.parametrize("end", ["mean", "p05", "p50", "p95"])
def test_the_error_is_what_a_number_moves_by_from_seed_to_seed(resembles, end):
    found = [getattr(interval(chains(seed, resembles)), end) for seed in range(80)]
    stated = np.median([error_of(one) for one in found])
    assert 0.75 < np.std(found) / stated < 1.3


def test_a_number_with_an_error_is_a_number():
    one = monte_carlo.mean(np.arange(100.0))
    assert one == 49.5 and isinstance(one, float) and type(one + 1) is float
    assert json.dumps(one) == "49.5"
    for copied in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert type(copied) is float and copied == 49.5
    assert error_of(one + 1) is None and error_of(3) is None


def test_many_numbers_of_each_draw_count_once():
    draws = np.repeat(np.random.default_rng(1).normal(size=(500, 1)), 40, axis=1)
    assert error_of(monte_carlo.mean(draws)) == pytest.approx(error_of(monte_carlo.mean(draws[:, 0])))
    assert error_of(interval(draws).p05) is None


def test_what_does_not_vary_has_no_error_and_few_draws_tell_none():
    assert error_of(monte_carlo.mean(np.ones(100))) == 0.0
    assert error_of(monte_carlo.mean([1.0, 2.0])) is None


def test_an_error_goes_through_a_function():
    whole = interval(chains(1, 0.3))
    scaled = whole.through(lambda value: 100 * value)
    assert error_of(scaled.p95) == pytest.approx(100 * error_of(whole.p95))
    assert type(Interval(1.0, 2.0, 3.0, 4.0).through(np.exp).mean) is float


@pytest.mark.parametrize(
    ("value", "verdict", "told"),
    [
        (0.9, "PASS", "0.9"),
        (0.97, "FAIL", "0.97, at the limit"),
        (1.03, "FAIL", "1.03, at the limit"),
        (1.1, "FAIL", "1.1"),
    ],
)
def test_near_its_threshold_a_verdict_is_the_careful_one_and_says_so(value, verdict, told):
    found = Drawn(value, lambda: 0.01)
    for side in (monte_carlo.above(found, 1.0), monte_carlo.below(Drawn(-value, found.error), -1.0),
                 monte_carlo.beyond(Drawn(-value, found.error), 1.0)):  # fmt: skip
        judged = check(
            "a number", fail=side, value=found, threshold=1.0, advice=message("test.advice", "Mind.")()
        )
        assert judged.verdict == verdict
        said = say(judged.value) if isinstance(judged.value, Message) else str(float(judged.value))
        assert said.partition(":")[0] == told
    assert not monte_carlo.above(0.999, 1.0) and not monte_carlo.above(0.999, 1.0).at_limit


def test_compare_tells_a_change_from_chance():
    def run(value: float) -> dict:
        metrics = {"drawn": value, "counted": value}
        return {"21_a": NotebookResult("ok", metrics=metrics, mcse={"drawn": 1.0})}

    near, far = (compare.differences(run(100.0), run(value)) for value in (105.0, 110.0))
    chance = "Numbers that moved within the chance of the simulation"
    assert near[chance] == ["21_a, drawn: 100 -> 105 (+5%), Monte Carlo error 1"]
    assert near["Numbers"] == ["21_a, counted: 100 -> 105 (+5%)"]
    assert len(far["Numbers"]) == 2 and far[chance] == []


def test_a_mean_keeps_its_value():
    draws = np.random.default_rng(3).normal(size=(50, 3))
    assert monte_carlo.mean(draws) == draws.mean()
    (fifth,) = monte_carlo.quantiles(draws[:, 0], [0.2])
    assert isinstance(fifth, Drawn) and fifth == np.quantile(draws[:, 0], 0.2)


def test_the_share_active_is_that_of_the_customers():
    rng = np.random.default_rng(1)
    x, T = rng.negative_binomial(1, 0.3, 200), rng.integers(20, 50, 200).astype(float)
    base = pd.DataFrame(
        {"customer_id": np.arange(200), "x": x, "t_x": np.where(x > 0, np.ceil(T / 2), 0.0), "T": T}
    )
    tree = purchase_models.fit("bg_nbd", base, "week", method="laplace", draws=200)
    share = purchase_forecast.mean_alive(tree, base)
    assert share == pytest.approx(
        purchase_forecast.of_customers(tree, base, 4.0)[0]["p_alive"].mean(), rel=1e-9
    )
    assert 0 < error_of(share) < 0.02


def test_the_error_of_a_score_of_draws_is_what_the_score_moves_by():
    rng = np.random.default_rng(5)
    row_of, actual, found = np.array([0, 0, 1, 2]), np.array([1, 3, 2, 5]), []
    for _ in range(200):
        drawn = rng.poisson(rng.gamma(3.0, 1.0, 200) * np.array([[1.0], [1.5], [0.5]]))
        crps = holdout_scores.crps(drawn, row_of, actual).mean()
        found.append(monte_carlo.by_draw(crps, holdout_scores.crps_parts(drawn, row_of, actual)))
    assert np.mean([one.error() for one in found]) == pytest.approx(np.std(found), rel=0.2)


def test_a_gap_of_scores_moves_with_the_draws_of_both_and_with_the_resamples():
    rng, gaps, errors = np.random.default_rng(11), [], []
    actual, row_of = rng.gamma(2.0, 10.0, 60), np.arange(60)
    for seed in range(60):
        drawn = [np.tile(rng.normal(10 + shift, 8, 40), (60, 1)) for shift in (0, 6)]
        scores = [holdout_scores.crps(one, row_of, actual) for one in drawn]
        parts = [holdout_scores.crps_parts(one, row_of, actual) for one in drawn]
        means = [monte_carlo.by_draw(one.mean(), part) for one, part in zip(scores, parts, strict=True)]
        gap = holdout_scores.compare_crps(*scores, *means, resamples=80, seed=seed)
        gaps.append(gap.mean)
        errors.append(gap.mean.error())
    assert np.mean(errors) == pytest.approx(np.std(gaps), rel=0.3)
    assert monte_carlo.moved_by(monte_carlo.known(1.0, 3.0), monte_carlo.known(5.0, 4.0), 2.0).error() == 5.0
    assert type(monte_carlo.moved_by(1.0, 2.0)) is float


@pytest.mark.parametrize(
    ("p05", "p95", "bias", "verdict", "at_limit"),
    [
        (-3.0, -2.0, 0.0, "PASS", False),
        (-3.0, -0.1, 0.0, "REVIEW", True),
        (-3.0, 1.0, 0.0, "REVIEW", False),
        (-0.1, 1.0, 0.0, "FAIL", True),
        (-0.1, 1.0, 0.5, "FAIL", False),
        (-3.0, -2.0, 0.19, "FAIL", True),
    ],
)
def test_a_verdict_at_its_limit_is_the_careful_one_and_says_so(p05, p95, bias, verdict, at_limit):
    ends = [monte_carlo.known(one, 0.05) for one in (-1.0, p05, -1.0, p95)]
    scores = holdout_scores.Scores("x", 1.0, 10.0, monte_carlo.known(bias, 0.005), 0.9, 0.3)
    renewals = renewal_scores.Scores("x", 1.0, -1.0, 10.0, monte_carlo.known(bias, 0.005), 0.9)
    lost, came = Interval(10.0, 9.0, 10.0, 11.0), 20 if bias else 10
    for judged in (
        holdout_scores.judge(scores, Interval(*ends), 0.2),
        renewal_scores.judge(renewals, Interval(*ends), lost, came, 0.2),
    ):
        assert (judged.verdict, judged.at_limit) == (verdict, at_limit)
        assert ("at the limit" in say(judged.check.value)) is at_limit


def test_distances_of_draws_are_those_of_all_pairs():
    drawn = np.random.default_rng(1).poisson(3, (4, 25))
    pairs = np.abs(drawn[:, :, None] - drawn[:, None, :]).mean(axis=2)
    np.testing.assert_allclose(holdout_scores.mean_distance(drawn), pairs)


def test_the_error_of_a_statistic_comes_from_batches_of_its_draws():
    rng = np.random.default_rng(6)
    found = [monte_carlo.statistic(rng.normal(0.3, 1.0, 600), lambda own: own.std()) for _ in range(200)]
    assert np.mean([one.error() for one in found]) == pytest.approx(np.std(found), rel=0.2)
    assert monte_carlo.error_of(monte_carlo.statistic(np.arange(30.0), np.mean)) is None


def test_errors_go_through_tables():
    drawn = interval(np.random.default_rng(7).normal(size=500))
    table = pd.DataFrame([{"arm": "mail", **drawn.kept("gain_")}, {"arm": "none", **UNKNOWN.kept("gain_")}])
    back = Interval.of(table.iloc[0], "gain_")
    assert back == drawn and back.p95.error() == drawn.p95.error() > 0
    plain = Interval.of(pd.DataFrame([drawn.columns()]).iloc[0])
    assert plain == drawn and monte_carlo.error_of(plain.mean) is None
    assert monte_carlo.error_of(Interval.of(table.iloc[1], "gain_").mean) is None


def test_sums_by_draw_have_the_errors_of_all_customers_together():
    rng, could = np.random.default_rng(8), pd.Series([5.0, 5.0, 5.0])
    shared = rng.normal(1.0, 2.0, 800)  # what all customers have in common moves their sum
    actual = shared + rng.normal(size=(3, 800))
    sums = tiers.Sums()
    parts = [(np.array([0, 1]), actual[:2]), (np.array([2]), actual[2:])]
    chances = tiers.probabilities(parts, could, tiers.Cuts(4.0, 3.0), sums=sums)
    found = sums.metrics(chances, pd.Series(actual.mean(axis=1)))
    assert found["value.total"] == pytest.approx(actual.sum(axis=0).mean())
    assert found["value.total"].error() == pytest.approx(actual.sum(axis=0).std() / np.sqrt(800), rel=0.2)
    assert found["value.p_negative"] == pytest.approx((actual < 0).mean())
    assert found["value.p_negative"].error() == pytest.approx(
        (actual < 0).mean(axis=0).std() / np.sqrt(800), rel=0.2
    )


def test_scores_of_renewals_have_the_error_of_their_draws():
    rng = np.random.default_rng(9)
    contracts = pd.DataFrame({"due": [2, 2, 1, 3, 3, 3], "renewed": [2, 0, 1, 1, 3, 3]})
    rows, found = np.arange(len(contracts)), []
    for _ in range(200):
        powers = rng.beta(6.0, 3.0, 150)[:, None] ** np.arange(4)
        at_least = powers.mean(axis=0) * (np.arange(4) <= contracts["due"].to_numpy()[:, None])
        made = renewal_scores.Forecast(at_least, np.zeros(150), [(rows, powers[:, 1:])])
        found.append(renewal_scores.score("sBG", made, contracts))
    for name in ("crps", "log_score", "lost", "bias", "coverage90"):
        values = [getattr(one, name) for one in found]
        assert np.mean([one.error() for one in values]) == pytest.approx(np.std(values), rel=0.2), name


def as_it_moves(found: list[float], rel: float) -> bool:
    """Whether numbers of one kind, each from draws of its own, move by as much as they say."""
    return np.sqrt(np.mean([one.error() ** 2 for one in found])) == pytest.approx(np.std(found), rel=rel)


def test_the_share_inside_has_the_error_of_its_draws():
    rng, found = np.random.default_rng(21), []
    row_of = np.repeat(np.arange(5), 12)
    actual = np.random.default_rng(2).poisson(1 + row_of)
    for _ in range(100):
        levels = np.arange(1, 6)[:, None] * rng.gamma(8.0, 1 / 8, 600)
        found.append(holdout_scores.covered(rng.poisson(levels), row_of, actual))
    assert as_it_moves(found, 0.3)


def test_halves_tell_the_error_of_any_function_of_a_mean_of_draws():
    rng, found = np.random.default_rng(22), []
    for _ in range(200):
        drawn = rng.normal(0.1, 1.0, (100, 40)) + rng.normal(0.0, 1.0, (100, 1))
        halves = list(monte_carlo.halves(drawn))
        for of in (lambda means: np.exp(means.mean()), lambda means: (means > 0.1).mean(), np.max):
            error = float(monte_carlo.error_by_halves([of(one) for one in halves]))
            found.append(monte_carlo.known(of(drawn.mean(axis=0)), error))
    assert all(as_it_moves(found[kind::3], 0.3) for kind in range(3))


def test_judged_scores_of_leads_have_the_error_of_their_draws():
    rng, leads = np.random.default_rng(22), np.arange(200)
    rows = pd.DataFrame({"lead": leads, "day": leads % 2, "won": leads % 3 == 0})
    drawn = 0.1 + 0.003 * leads + rng.normal(0.0, 0.02, (64, 1))
    judged = lead_scores.judge(rows.assign(score=drawn.mean(axis=0)), 10, drawn)
    moved = error_of(monte_carlo.mean(drawn))
    assert error_of(judged.numbers["called_first"]) == pytest.approx(moved, rel=0.4)
    assert error_of(judged.metrics["lead_score.auc"]) < 1e-9 < moved
    assert 0 < error_of(judged.metrics["lead_score.furthest_group"]) < 2 * moved
    near = rows.assign(score=np.clip(drawn.mean(axis=0) - judged.numbers["off"], 0.01, 0.99))
    assert lead_scores.check_first(lead_scores.judge(near, 10, drawn), 1.0).verdict == "REVIEW"
    assert error_of(lead_scores.judge(near, 10).numbers["called_first"]) is None


def test_weights_of_models_have_the_error_of_their_draws():
    rng, made, found = np.random.default_rng(23), np.random.default_rng(3), []
    T = np.linspace(20, 40, 40)
    x = made.poisson(np.where(np.arange(40) % 2, 0.1, 0.2) * T)
    base = pd.DataFrame({"customer_id": range(40), "x": x, "t_x": np.where(x > 0, T / 2, 0.0), "T": T})
    for _ in range(30):
        trees = {}
        for name, level in (("nbd", 0.1), ("bg_nbd", 0.2)):
            shape = rng.gamma(100, 0.1, (2, 100))
            scale = shape / level * rng.gamma(40, 1 / 40, (2, 100))
            drawn = {"r": (["chain", "draw"], shape), "alpha": (["chain", "draw"], scale)}
            trees[name] = xr.DataTree.from_dict({"posterior": xr.Dataset(drawn)})
            trees[name].attrs.update(purchase_model="nbd", design=Design().text())
        found.append(stacking.stack(trees, base).weights["nbd"])
    assert 0.1 < np.mean(found) < 0.9 and as_it_moves(found, 0.35)


def test_the_share_that_stayed_has_the_error_of_its_draws():
    rng, found, places = np.random.default_rng(24), [], np.arange(300)
    level, could = np.random.default_rng(4).normal(4.0, 1.5, 300), pd.Series(np.full(300, 5.0))
    for _ in range(25):
        shared, sides, sums = rng.normal(0.0, 2.0, 200), [], (tiers.Sums(), tiers.Sums())
        for own, kept in zip((level, level + 0.4), sums, strict=True):
            actual = own[:, None] + shared + rng.normal(0, 0.5, (300, 200))
            chances = tiers.probabilities([(places, actual)], could, tiers.Cuts(4.5, 0.6), sums=kept)
            sides.append(tiers.likely(chances))
        found.append(tiers.movement(*sides, 10, sums).stayed)
    assert as_it_moves(found, 0.4)
