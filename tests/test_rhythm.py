"""Regular buyers: BG/CNBD-k and MBG/CNBD-k against brute force, the models without rhythm, and simulated customers."""

from datetime import date

import ibis
import known
import numpy as np
import pandas as pd
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import special, stats
from test_rhythm_suite import groceries

from helpers.clv import (
    bg_nbd,
    gap_stages,
    mbg_nbd,
    purchase_comparison,
    purchase_expectations,
    purchase_history,
    purchase_models,
    regularity,
    simulate,
    stacking,
)
from helpers.clv.actual_value import expected_values
from helpers.clv.array_libraries import NUMPY
from helpers.clv.cnbd import Cnbd
from helpers.clv.customer_groups import design_of
from helpers.clv.customer_value import Terms, predict_value
from helpers.clv.distinct import distinct_rows, row_of, with_gaps
from helpers.clv.simulated_histories import simulate_histories
from helpers.errors import StudyError
from helpers.views import purchase_holdout as view

THETA = (0.8, 5.0, 1.3, 2.7)
ROWS = pd.DataFrame(
    {
        "x": [0, 0, 1, 3, 30, 400, 5],
        "t_x": [0, 0, 5, 20, 30, 39.5, 39],
        "T": [39, 1, 39, 39, 39, 40, 39.0],
    }
).assign(n=1)
COLUMNS = tuple(ROWS[name].to_numpy(float) for name in ("x", "t_x", "T"))
WITHOUT = {False: bg_nbd, True: mbg_nbd}


@pytest.mark.parametrize("at_once", WITHOUT)
def test_one_stage_is_the_model_without_rhythm(at_once):
    one, today = Cnbd(1, at_once), WITHOUT[at_once]
    assert one.TITLE.startswith(today.TITLE.split("/")[0])
    assert one.LIFETIME == today.LIFETIME
    x, _, T = COLUMNS
    for ours, theirs in (
        (one.log_likelihood_x(THETA, x, NUMPY), today.log_likelihood_x(THETA, x, NUMPY)),
        (one.log_likelihood_row(THETA, *COLUMNS, NUMPY), today.log_likelihood_row(THETA, *COLUMNS, NUMPY)),
        (one.log_odds_dropped(THETA, *COLUMNS, NUMPY), today.log_odds_dropped(THETA, *COLUMNS, NUMPY)),
        (one.expected_purchases(THETA, *COLUMNS, 52.0), today.expected_purchases(THETA, *COLUMNS, 52.0)),
        (one.expected_purchases_new(THETA, T), today.expected_purchases_new(THETA, T)),
        (np.array(one.latent(THETA, x, T)[3]), np.array(today.latent(THETA, x, T)[3])),
    ):
        assert ours == pytest.approx(theirs, rel=1e-10, abs=1e-10)


# ---- brute force over single purchases
def by_hand(k: int, at_once: bool, theta, gaps: np.ndarray, silent: float):
    """Density of one customer's purchase times and its gradient by quadrature over rate and coin; then P(alive)."""
    r, alpha, a, b = theta
    x = len(gaps)

    edges = np.concatenate([[0.0], np.geomspace(1e-20, 60.0, 90)])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    rate = (edges[:-1, None] + np.diff(edges)[:, None] * (nodes + 1) / 2).ravel()
    width = (np.diff(edges)[:, None] * weights / 2).ravel()

    def over_rate(quiet: np.ndarray) -> np.ndarray:
        """Integral over the rate of its Gamma times the gaps' Erlang densities, and its slopes in r and alpha."""
        density = stats.gamma.pdf(rate, r, scale=1 / alpha) * quiet
        density = density * np.prod([stats.gamma.pdf(gap, k, scale=1 / rate) for gap in gaps], axis=0)
        slopes = np.array([rate**0, np.log(rate * alpha) - special.digamma(r), r / alpha - rate])
        return (slopes * density * width).sum(axis=1)

    def over_coin(stayed: int, left: int) -> np.ndarray:
        """E[(1 - pi)^stayed pi^left] and its slopes in a and b."""
        value = np.exp(special.betaln(a + left, b + stayed) - special.betaln(a, b))
        both = special.digamma(a + b) - special.digamma(a + b + left + stayed)
        return value * np.array(
            [
                1.0,
                special.digamma(a + left) - special.digamma(a) + both,
                special.digamma(b + stayed) - special.digamma(b) + both,
            ]
        )

    tosses = x + at_once
    parts = [(over_rate(stats.gamma.sf(silent, k, scale=1 / rate)), over_coin(tosses, 0))]
    if tosses:
        parts.append((over_rate(rate**0), over_coin(tosses - 1, 1)))
    value = sum(bought[0] * coin[0] for bought, coin in parts)
    slope = sum(np.concatenate([bought[1:] * coin[0], bought[0] * coin[1:]]) for bought, coin in parts)
    alive = parts[0][0][0] * parts[0][1][0] / value
    return np.log(value), slope / value, alive


@pytest.mark.grid
@pytest.mark.parametrize("at_once", WITHOUT)
@pytest.mark.parametrize("gaps", [[], [3.0], [1.5, 4.0, 2.5, 3.2]])
def test_three_stages_are_the_integral_over_every_purchase(at_once, gaps):
    k, module, silent = 3, Cnbd(3, at_once), 6.5
    value, slope, alive = by_hand(k, at_once, THETA, np.array(gaps), silent)
    row = pd.DataFrame({"x": [len(gaps)], "t_x": [sum(gaps)], "T": [sum(gaps) + silent], "n": [1]})
    row = row.assign(log_gaps=np.log(gaps).sum())
    theta = [pt.dscalar() for _ in module.PARAMETERS]
    total = purchase_models.log_likelihood(module, tuple(theta), purchase_models.likelihood_data(row))
    found = [
        float(one)
        for one in pytensor.function(theta, [total, *pytensor.grad(total, theta)], mode="FAST_COMPILE")(
            *THETA
        )
    ]
    its = known.buying(module, THETA)
    assert found[0] + (k - 1) * np.log(gaps).sum() == pytest.approx(value, abs=1e-10)
    assert found[1:] == pytest.approx(slope, abs=1e-10)
    assert purchase_expectations.pointwise_log_likelihood(its, row).item() == pytest.approx(value, abs=1e-10)
    odds = module.log_odds_dropped(THETA, *(row[name].to_numpy(float) for name in ("x", "t_x", "T")), NUMPY)
    assert special.expit(-odds) == pytest.approx(alive, abs=1e-10)


# ---- futures
@pytest.mark.parametrize("name", ["bg_cnbd_3", "mbg_cnbd_2"])
def test_expected_purchases_of_new_customers_are_those_of_simulated_ones(name):
    module, size = purchase_models.model_named(name), 200_000
    for t in (5.0, 60.0):
        x, _ = simulate_histories(module, THETA, np.full(size, t), seed=3)
        expected = float(module.expected_purchases_new(THETA, t))
        assert x.mean() == pytest.approx(expected, abs=4 * x.std() / np.sqrt(size))


@pytest.mark.parametrize("name", ["bg_cnbd_3", "mbg_cnbd_4"])
def test_paths_go_on_from_where_the_gap_stands(name):
    """Mean purchases of simulated futures of each history, which differ in how long they have been silent."""
    draws = 100_000
    posterior = simulate.Posterior(
        known.buying(purchase_models.model_named(name), THETA, draws=draws), spend=None
    )
    rows = pd.DataFrame({"x": [0, 2, 6, 6, 6], "t_x": [0, 10, 35, 30, 20.0], "T": 36.0, "n": 1})
    for t in (3.0, 52.0):
        paths = simulate.simulate(posterior, rows, t, seed=5).purchases
        columns = (rows[one].to_numpy(float) for one in ("x", "t_x", "T"))
        expected = posterior.purchase.module.expected_purchases(THETA, *columns, t)
        assert (np.abs(paths.mean(axis=1) - expected) < 4.5 * paths.std(axis=1) / np.sqrt(draws)).all()


def test_discounted_purchases_given_the_rates_are_those_of_one_stage_after_the_other():
    """Against sums over single purchases: the n-th to come is Gamma(k n - passed, rate)."""
    rate, coin, k, discount, horizon = 0.9, 0.15, 3, 0.02, 40.0
    for passed in range(k):
        n = np.arange(1, 200)
        shape = k * n - passed
        factor = (1 - coin) ** (n - 1) * (rate / (rate + discount)) ** shape
        by_sum = (factor * special.gammainc(shape, (rate + discount) * horizon)).sum()
        # whoever leaves does so at the n-th purchase, with probability coin: their time alive ends there
        annuity = -np.expm1(-discount * horizon) / discount
        ends = special.gammainc(shape, rate * horizon)
        lost = (
            coin
            * (1 - coin) ** (n - 1)
            * (
                (rate / (rate + discount)) ** shape * special.gammainc(shape, (rate + discount) * horizon)
                - np.exp(-discount * horizon) * ends
            )
        )
        bought, time = gap_stages.discounted_given(rate, coin, passed, k, discount, horizon)
        assert bought == pytest.approx(by_sum, rel=1e-10)
        assert time == pytest.approx(annuity - lost.sum() / discount, rel=1e-10)
    bought, time = gap_stages.discounted_given(rate, 1e-12, 0, 1, 0.0, horizon)
    assert bought == pytest.approx(rate * horizon, rel=1e-5)
    assert time == pytest.approx(horizon, rel=1e-5)


def test_the_actual_value_of_regular_buyers_has_the_mean_of_their_money():
    draws = 60_000
    posterior = simulate.Posterior(
        known.buying(purchase_models.model_named("mbg_cnbd_3"), THETA, draws=draws),
        known.spending((6.25, 3.74, 15.44), draws=draws),
    )
    summary = pd.DataFrame({"x": [0, 2, 6, 6], "t_x": [0, 10, 35, 25.0], "T": 36.0, "monetary_value": 30.0})
    terms = Terms(12, 0.10, 0.3, cost_per_month=0.5)
    found = expected_values(posterior, summary, terms, "week", seed=2)
    predicted = predict_value(posterior, summary, terms, "week", seed=3).customers["mean"]
    assert found.to_numpy() == pytest.approx(predicted.to_numpy(), rel=0.04)


def test_moments_of_the_log_rate_are_those_of_the_mixture_over_stages():
    rng, k, shape, rate, z = np.random.default_rng(4), 4, 2.5, 7.0, 0.6
    passed = rng.choice(k, 400_000, p=gap_stages.stage_weights(np.array(shape), np.array(z), k))
    drawn = np.log(rng.gamma(shape + passed) / rate / k)
    mean, variance = gap_stages.log_rate_moments(np.array(shape), np.array(rate), np.array(z), k)
    assert drawn.mean() == pytest.approx(float(mean), abs=0.005)
    assert drawn.var() == pytest.approx(float(variance), rel=0.02)
    gone = gap_stages.log_rate_moments(np.array(shape), np.array(rate), np.array(0.0), k)
    assert float(gone[1]) == pytest.approx(special.polygamma(1, shape))


def test_expectations_hold_at_the_edges():
    assert gap_stages.expected_alive(2.0, 3.0, 1.0, 2.0, 1.0, 3, 0.0) == 0
    many = gap_stages.expected_alive(900.0, 10.0, 0.5, 40.0, 0.0, 2, 300.0)  # its first terms underflow
    assert np.isfinite(many)
    rate, t = 90.0, 300.0
    coin = np.random.default_rng(1).beta(0.5, 40.0, 400_000)
    by_chance = (1 - (1 - coin) ** (rate * t / 2)) / coin
    assert many == pytest.approx(by_chance.mean(), rel=0.02)
    assert np.isnan(gap_stages.expected_alive(np.nan, 3.0, 1.0, 2.0, 1.0, 3, 5.0))


# ---- the contest
@pytest.fixture(scope="module")
def regular():
    """600 customers with Erlang-3 gaps: what 21 reads of them, fitted with and without rhythm."""
    base = groceries(3, 1, customers=600)
    models = ["mbg_nbd", "mbg_cnbd", "bg_cnbd"]
    sampling = {"method": "laplace", "draws": 300}
    return base, *regularity.fit_models(models, base, "week", design=design_of(base), **sampling)


def test_leave_one_out_finds_the_number_of_stages(regular):
    base, trees, rhythm = regular
    assert rhythm.metrics["stages.mbg_cnbd"] == 3
    assert set(trees) == {"mbg_nbd", "bg_nbd", "mbg_cnbd_3", "bg_cnbd_3"}
    assert rhythm.best in trees
    forecasts = {name: purchase_comparison.forecast(tree, base, 52.0) for name, tree in trees.items()}
    moves = regularity.moved(rhythm, trees, base, forecasts)
    assert abs(moves.active[1] - base["alive"].sum()) < abs(moves.active[0] - base["alive"].sum())
    said = view.rhythm(rhythm, moves)
    assert said.name == "purchase.on_a_rhythm"
    assert said.fields["model"].endswith("CNBD-3")


def test_who_buys_by_chance_has_no_rhythm():
    base = groceries(1, 2, customers=600)
    trees, rhythm = regularity.fit_models(
        ["mbg_cnbd", "bg_cnbd"], base, "week", design=design_of(base), method="laplace", draws=300
    )
    assert rhythm.best is None
    assert set(trees) == {"mbg_nbd", "bg_nbd"}
    said = view.rhythm(rhythm, regularity.moved(rhythm, trees, base, {}))
    assert said.name == "purchase.no_rhythm"
    assert view.rhythm(regularity.Rhythm({}, None, {}), None) is None


def test_the_mixture_is_weighed_customer_by_customer(regular):
    """Customers of one distinct row differ in their gaps, and so in their density under a model with rhythm."""
    base, trees, _ = regular
    twice = pd.concat([base, base.assign(log_gaps=base["log_gaps"] - 0.5)], ignore_index=True)
    some = {name: trees[name] for name in ("mbg_nbd", "mbg_cnbd_3")}
    weights = stacking.stack(some, twice).weights
    rows = distinct_rows(twice)
    place, elpd = row_of(twice, rows), []
    for name in some:
        one = with_gaps(rows, twice).assign(log_gaps=0.0)
        its = stacking.leave_one_out(trees[name], one).elpd[place]
        elpd.append(its + (purchase_models.model_named(name).STAGES - 1) * twice["log_gaps"])
    by_hand = stacking.stacking_weights(np.array(elpd), np.ones(len(twice)))
    assert list(weights.values()) == pytest.approx(by_hand, abs=1e-6)


def test_scores_known_from_the_contest_are_not_worked_out_again(regular, monkeypatch):
    base, trees, rhythm = regular
    anew = stacking.stack(trees, base).weights
    monkeypatch.setattr(stacking, "leave_one_out", None)
    assert stacking.stack(trees, base, rhythm.left_out).weights == anew


def test_gaps_are_asked_for_where_models_are_compared(regular):
    base, trees, _ = regular
    with pytest.raises(StudyError, match="log_gaps"):
        stacking.stack(trees, base.drop(columns="log_gaps"))


def test_the_summary_adds_up_the_gaps():
    days = pd.to_datetime(["2026-01-01", "2026-01-08", "2026-01-08", "2026-01-29", "2026-03-01"])
    ledger = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "a", "b"],
            "order_date": days.date,
            "kind": "purchase",
            "revenue": 1.0,
        }
    )
    found = purchase_history.summary_of(ibis.memtable(ledger), date(2026, 3, 31), "week")
    assert found["log_gaps"].tolist() == pytest.approx([np.log(1) + np.log(3), 0.0])
