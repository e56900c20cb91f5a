"""The value of subscribers against brute force, the scores against their definitions, and both against the demo's truth."""

import json
from dataclasses import replace
from datetime import date

import arviz as az
import numpy as np
import pandas as pd
import pytest
from scipy import special

from helpers import demo
from helpers.clv import (
    renewal_contest,
    renewal_counts,
    renewal_models,
    renewal_outlook,
    renewal_scores,
    renewal_value,
)
from helpers.clv.customer_value import EVERYONE, Terms
from helpers.clv.holdout_scores import compare_crps
from helpers.errors import StudyError
from helpers.inference.intervals import interval
from helpers.pages.wording import say

AS_OF = date(2025, 6, 30)
TERMS = Terms(horizon_months=12, annual_discount_rate=0.10, margin=0.5)


def posterior(model="sbg", period="month", draws=50, **values):
    """A posterior whose draws are all alike: what follows from the parameters alone."""
    names = {"alpha": 0.8, "beta": 6.0} | values
    shapes = {name: (1, draws, 1) if name in ("alpha", "beta") else (1, draws) for name in names}
    tree = az.from_dict({"posterior": {name: np.full(shapes[name], value) for name, value in names.items()}})
    tree.attrs.update(renewal_model=model, period=period, groups=json.dumps([{}]))
    return tree


def subscriptions(started, ended=None, fee=100.0, period="month"):
    ended = ended or [None] * len(started)
    ids = [f"s{number}" for number in range(len(started))]
    return pd.DataFrame(
        {"customer_id": ids, "started_at": started, "ended_at": ended, "period": period, "fee": fee}
    )


def state(table, period="month"):
    return renewal_counts.contracts_at(table, AS_OF, period)


@pytest.mark.parametrize(("model", "extra"), [("sbg", {}), ("bdw", {"c": 1.6})])
def test_value_is_that_of_simulated_futures(model, extra):
    tree, contracts = posterior(model, **extra), state(subscriptions(["2025-03-10"]))
    found = renewal_value.predict_subscribers(tree, contracts, TERMS, AS_OF, "month").customers.iloc[0]
    rng = np.random.default_rng(1)
    module, theta = (
        renewal_models.model_named(model),
        tuple(t[0] for t in renewal_models.parameter_draws(tree)),
    )
    loss = rng.beta(*module.latent(theta, np.array(3.0)), 200_000)  # renewed on 10 April, May and June
    ages = np.arange(4, 16)
    kept = np.cumprod(rng.random((200_000, 12)) < (1 - loss[:, None]) ** module.pace(theta, ages), axis=1)
    dates = pd.to_datetime(
        [f"2025-{month:02d}-10" for month in range(7, 13)] + [f"2026-{month:02d}-10" for month in range(1, 7)]
    )
    factor = 1.1 ** (-(dates - pd.Timestamp(AS_OF)).days.to_numpy() / 365.25)
    value = kept @ (50 * factor)
    assert found["mean"] == pytest.approx(value.mean(), rel=5e-3)
    assert found[["p05", "p50", "p95"]].tolist() == pytest.approx(
        np.quantile(value, [0.05, 0.5, 0.95]), abs=0.01
    )
    assert found["expected_renewals"] == pytest.approx(kept.sum(axis=1).mean(), rel=5e-3)
    assert (
        found["p_no_renewal"]
        == pytest.approx(1 - found["p_renews_next"])
        == pytest.approx(1 - kept[:, 0].mean(), abs=3e-3)
    )
    assert found["p_active"] == 1


def test_totals_are_the_sums_and_spread_of_independent_contracts():
    many = state(subscriptions(["2025-03-10"] * 400 + ["2024-06-15"] * 200))
    result = renewal_value.predict_subscribers(
        posterior(draws=2000), many, TERMS, AS_OF, "month", segments=many["started_at"], draws=2000
    )
    total = result.totals[EVERYONE]
    assert total == pytest.approx(result.totals["2025-03-10"] + result.totals["2024-06-15"])
    assert total.mean() == pytest.approx(result.customers["mean"].sum(), rel=2e-3)
    single = renewal_value.predict_subscribers(
        posterior(draws=2000), many.iloc[:1], TERMS, AS_OF, "month", draws=2000
    )
    spread = single.totals[EVERYONE].std() * 20
    assert result.totals["2025-03-10"].std() == pytest.approx(spread, rel=0.08)


def test_value_follows_the_id_in_any_order_and_whatever_the_id():
    table = subscriptions([f"2024-{month:02d}-05" for month in range(1, 13)])
    first = renewal_value.predict_subscribers(posterior(), state(table), TERMS, AS_OF, "month").customers
    mixed = table.sample(frac=1, random_state=3)
    other = renewal_value.predict_subscribers(posterior(), state(mixed), TERMS, AS_OF, "month").customers
    pd.testing.assert_frame_equal(first, other.sort_index())


def test_an_announced_end_leaves_nothing_open_and_an_ended_contract_has_no_value():
    table = subscriptions(["2025-03-10"] * 3, ended=["2025-08-20", "2025-06-30", "2025-06-09"])
    found = renewal_value.predict_subscribers(posterior(), state(table), TERMS, AS_OF, "month").customers
    assert found.index.tolist() == [0, 1]
    assert found["expected_renewals"].tolist() == [2, 0]  # 10 July and 10 August; none
    assert found["p05"].tolist() == found["p95"].tolist() == found["mean"].tolist()


def test_a_yearly_contract_renewed_beyond_the_horizon_brings_nothing_within_it():
    yearly = state(subscriptions(["2025-05-01"], period="year"), "year")
    short = Terms(horizon_months=6, annual_discount_rate=0.1, margin=0.5)
    found = renewal_value.predict_subscribers(
        posterior(period="year"), yearly, short, AS_OF, "year"
    ).customers.iloc[0]
    assert (found["mean"], found["p95"], found["p_no_renewal"]) == (0, 0, 1)
    assert found["p_renews_next"] == pytest.approx(6 / 6.8)


@pytest.mark.parametrize(
    ("start", "as_of", "period", "months", "renewals"),
    [
        ("2023-07-01", date(2027, 7, 1), "year", 12, 1),
        ("2020-12-31", date(2026, 12, 31), "year", 24, 2),
        ("2026-01-01", date(2026, 3, 1), "month", 1, 1),
        ("2024-02-01", date(2026, 3, 1), "month", 3, 3),
        ("2026-01-15", date(2026, 3, 1), "month", 1.5, 2),
    ],
)
def test_a_renewal_on_the_last_day_of_the_horizon_counts(start, as_of, period, months, renewals):
    contracts = renewal_counts.contracts_at(subscriptions([start], period=period), as_of, period)
    terms = Terms(horizon_months=months, annual_discount_rate=0.1, margin=0.5)
    book = renewal_value.book_of(posterior(period=period), contracts, terms, as_of, period)
    assert book.due.sum() == renewals


def test_unpaid_invoices_are_taken_off_the_margin():
    contracts = state(subscriptions(["2025-03-10"]))
    paid, unpaid = (
        renewal_value.book_of(posterior(), contracts, Terms(12, 0.0, 0.5, unpaid_share=share), AS_OF, "month")
        for share in (0.0, 0.1)
    )
    assert unpaid.money.sum() == pytest.approx(0.8 * paid.money.sum())


def test_contracts_without_a_covariate_are_refused_not_dropped():
    contracts = state(subscriptions(["2025-03-10"] * 4)).assign(region=["n", "s", None, "n"])
    with pytest.raises(StudyError, match="'region' is missing for 1 of 4 contracts"):
        renewal_counts.renewal_cells(contracts, ("region",))


def test_costs_above_the_fee_make_a_renewal_a_loss():
    costly = Terms(horizon_months=12, annual_discount_rate=0.1, margin=0.5, cost_per_month=60)
    found = renewal_value.predict_subscribers(
        posterior(), state(subscriptions(["2025-03-10"])), costly, AS_OF, "month"
    )
    one = found.customers.iloc[0]
    assert one["p05"] <= one["p50"] <= one["p95"] <= 0 and one["mean"] < 0


def test_one_point_is_the_worth_of_simulated_futures_with_it():
    tree, table = (
        posterior(alpha=1.1, beta=9.0),
        state(subscriptions(["2025-03-10"] * 10 + ["2024-01-05"] * 5)),
    )
    found = renewal_value.one_point(tree, table, TERMS, AS_OF, "month")
    rng, size = np.random.default_rng(2), 400_000
    groups = [(rng.beta(1.1, 9.0 + n, size), weight) for n, weight in ((3, 10), (17, 5))]
    shift = special.logit(0.9)  # any start
    for _ in range(60):  # the shift that raises the mean of the next renewal by .01
        means = [
            np.average(special.expit(special.logit(1 - loss) + s)) for s in (0.0, shift) for loss, _ in groups
        ]
        gain = (2 * (means[2] - means[0]) + (means[3] - means[1])) / 3
        shift *= (0.01 / gain) ** 0.8
    prepared = renewal_value.book_of(tree, table, TERMS, AS_OF, "month")
    worth = 0.0
    for place, (loss, weight) in enumerate(groups):
        kept = [
            ((special.expit(special.logit(1 - loss) + s))[:, None] ** np.arange(1, 14)).mean(axis=0)
            for s in (0, shift)
        ]
        row = np.flatnonzero(table["renewals"].to_numpy() == (3, 17)[place])[0]
        worth += weight * (kept[1] - kept[0]) @ prepared.money[row]
    assert found.step == 0.01
    assert interval(found.worth).mean == pytest.approx(worth, rel=0.02)


def test_one_point_is_smaller_where_nearly_everybody_stays():
    tree = posterior(alpha=0.02, beta=9.0)
    found = renewal_value.one_point(tree, state(subscriptions(["2025-03-10"] * 3)), TERMS, AS_OF, "month")
    assert 0 < found.step < 0.002
    assert (found.worth > 0).all()


def test_the_table_of_points_does_not_tell_how_few_have_announced_their_end():
    table = state(subscriptions(["2025-03-10"] * 12, ended=[None] * 11 + ["2025-07-09"]))
    assert table["announced"].sum() == 1
    cohorts = pd.Series(["a"] * 6 + ["b"] * 6, index=table.index)
    found = renewal_value.points_by_cohort(posterior(), table, cohorts, TERMS, AS_OF, "month")
    points = renewal_value.point_table(found, table, cohorts).set_index("group")
    assert points["contracts"].to_dict() == {EVERYONE: 12, "a": 6, "b": 6}
    assert found["b"].contracts == 5 and "raised_by" not in points, "each by one point, as the title says"
    less = found | {"a": replace(found["a"], step=0.002)}
    assert len(set(renewal_value.point_table(less, table, cohorts)["raised_by"].map(say))) == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"fee": [100.0, None]}, "1 of 2 active contracts have no fee"),
        ({"fee": [100.0, -1.0]}, "below 0"),
        ({"ended_at": ["2025-05-30", "2025-05-30"]}, "there is nobody to value"),
    ],
)
def test_contracts_without_a_value_are_refused(change, says):
    table = state(subscriptions(["2025-03-10", "2025-04-10"]).assign(**change))
    with pytest.raises(StudyError, match=says):
        renewal_value.predict_subscribers(posterior(), table, TERMS, AS_OF, "month")


def test_terms_and_periods_that_cannot_be_meant_are_refused():
    table = state(subscriptions(["2025-03-10"]))
    with pytest.raises(StudyError, match="renewals every month, these contracts are renewed every year"):
        renewal_value.predict_subscribers(posterior(), table, TERMS, AS_OF, "year")
    for horizon in (0, 2400):
        with pytest.raises(StudyError, match="between 1 and 120 months"):
            renewal_value.predict_subscribers(posterior(), table, Terms(horizon, 0.1, 0.5), AS_OF, "month")
    with pytest.raises(StudyError, match="write 10 % a year"):
        renewal_value.predict_subscribers(posterior(), table, Terms(12, 10, 0.5), AS_OF, "month")
    other = posterior()
    other.attrs["groups"] = json.dumps([{"cohort": "2024"}])
    with pytest.raises(StudyError, match="has not seen"):
        renewal_value.predict_subscribers(other, table.assign(cohort="2025"), TERMS, AS_OF, "month")


def test_retention_cost_counts_the_last_year_of_active_customers():
    contracts = state(subscriptions(["2024-03-10"] * 2, ended=[None, "2025-01-09"]))
    rows = [
        ("s0", "2025-06-30 18:00", "retention"),
        ("s0", "2024-05-01", "retention"),
        ("s0", "2025-02-01", "service"),
    ]
    rows += [("s1", "2025-02-01", "retention"), ("zz", "2025-02-01", "retention")]
    activities = pd.DataFrame(rows, columns=["customer_id", "at", "kind"]).assign(
        cost=[1.0, 2, 4, 8, 16], at=lambda frame: pd.to_datetime(frame["at"], format="ISO8601")
    )
    assert renewal_value.retention_cost(activities, contracts, AS_OF) == 1
    assert renewal_value.retention_cost(None, contracts, AS_OF) is None


# ---- scores
def test_scores_are_their_definitions():
    contracts = pd.DataFrame({"renewals": [2, 5, 2], "due": [3, 2, 3], "renewed": [3, 0, 1]})
    made = renewal_scores.forecast(posterior(), contracts)
    for row, (due, renewed) in enumerate(contracts[["due", "renewed"]].to_numpy()):
        chance = -np.diff(np.append(made.at_least[row], 0))
        assert chance.sum() == pytest.approx(1) and chance[due + 1 :].sum() == 0
        values = np.arange(len(chance))
        definition = (
            chance @ abs(values - renewed)
            - abs(values[:, None] - values).ravel() @ np.outer(chance, chance).ravel() / 2
        )
        assert renewal_scores.contract_crps(made, contracts["renewed"])[row] == pytest.approx(definition)
        assert renewal_scores.contract_log_score(made, contracts["renewed"])[row] == pytest.approx(
            np.log(chance[renewed])
        )
    scored = renewal_scores.score("model", made, contracts)
    assert scored.lost == pytest.approx(made.lost.mean(), abs=0.25)


def test_the_simpler_model_is_used_unless_the_other_is_clearly_better():
    rng = np.random.default_rng(1)
    due = np.full(400, 3)
    renewed = np.minimum(rng.geometric(0.12, 400) - 1, due)
    contracts = pd.DataFrame({"renewals": 2, "due": due, "renewed": renewed})
    good, poor = (renewal_scores.forecast(posterior(beta=beta), contracts) for beta in (3.2, 40.0))
    contest = renewal_contest.compare({"sbg": poor, "bdw": good, "naive": poor}, contracts)
    assert (contest.better, contest.lost) == ("bdw", int((renewed < due).sum()))
    assert renewal_contest.judge_model(contest, "bdw", 0.3).judgement.verdict != "FAIL"
    alike = renewal_contest.compare({"sbg": good, "bdw": good, "naive": poor}, contracts)
    assert (alike.chosen("best"), alike.chosen("bdw")) == ("sbg", "bdw")
    groups = renewal_scores.reliability(good, contracts, smallest=150)
    assert groups["size"].tolist() == [200, 200]


def test_retention_that_moves_in_another_way_is_to_be_reviewed():
    by_age = pd.DataFrame({"actual": [0.9, 0.5], "p05": [0.9, 0.8], "p95": [0.95, 0.95]})
    inside = renewal_scores.ages_inside(by_age)
    assert inside == 0.5 and renewal_scores.check_ages(inside).verdict == "REVIEW"
    assert renewal_scores.check_ages(0.75).verdict == "PASS"


def test_what_is_expected_of_contracts_by_their_renewals():
    contracts = state(subscriptions(["2025-03-10", "2024-03-10"]))
    table = renewal_outlook.by_renewals(posterior(), contracts, 0.10)
    assert table["renewals"].tolist() == [0, 1, 2, 3, 6, 12]
    assert table.loc[0, "next_renewal"].mean == pytest.approx(6.0 / 6.8)
    assert table["payments"].map(lambda one: one.mean).is_monotonic_increasing
    rate = renewal_models.discount_per_period(0.10, 1)
    new = renewal_outlook.new_contract_payments(posterior(), contracts, 0.10)
    assert new.mean == pytest.approx(1 + table.loc[0, "payments"].mean / (1 + rate))
    curves = renewal_outlook.survival_by_cohort(
        posterior(), contracts, renewal_counts.cohort_of(contracts, ""), 12
    )
    assert list(curves) == ["all contracts"] and curves["all contracts"]["mean"].iloc[0] == 1


def test_a_holdout_without_losses_is_refused():
    contracts = pd.DataFrame({"renewals": [2], "due": [3], "renewed": [3]})
    with pytest.raises(StudyError, match="Take a longer `holdout`"):
        renewal_scores.check_holdout(contracts)


# ---- the simulated company, whose subscribers leave with a known probability
@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = demo.ensure(customers=6000, seed=11, folder=tmp_path_factory.mktemp("demo"))
    return pd.read_parquet(folder / "tables" / "subscriptions.parquet"), pd.read_parquet(
        folder / "truth" / "subscriptions.parquet"
    )


def test_the_simulated_company_is_as_the_model_says(company):
    table, truth = company
    as_of, cut = date(2026, 6, 30), date(2025, 12, 29)
    renewal_counts.check_contracts(table, as_of)
    sampling = {"draws": 500, "tune": 500, "chains": 2, "seed": 1}
    tree = renewal_models.fit(
        "sbg",
        renewal_counts.renewal_cells(renewal_counts.contracts_at(table, as_of, "month")),
        "month",
        **sampling,
    )
    alpha, beta = renewal_models.parameter_draws(tree)
    churn = truth["churn_per_month"]
    assert (
        np.quantile(alpha / (alpha + beta), 0.005) < churn.mean() < np.quantile(alpha / (alpha + beta), 0.995)
    )
    # Each active contract's true expected value, from its own loss probability.
    contracts = renewal_counts.contracts_at(table, as_of, "month")
    terms = Terms(24, 0.10, 0.3)
    book = renewal_value.book_of(tree, contracts, terms, as_of, "month")
    open_ended = ~book.contracts["announced"].to_numpy()
    stays = (1 - churn.loc[book.contracts.index].to_numpy())[:, None] ** np.arange(1, book.money.shape[1] + 1)
    expected = (book.money * stays)[open_ended].sum()
    renewed = truth["months"].loc[book.contracts.index].to_numpy() - 1 - book.contracts["renewals"].to_numpy()
    realised = np.where(np.arange(book.money.shape[1]) < renewed[:, None], book.money, 0.0)[open_ended].sum()
    value = renewal_value.predict_subscribers(tree, contracts, terms, as_of, "month")
    equity = interval(value.totals[EVERYONE])
    assert equity.p05 - 0.02 * expected < expected < equity.p95 + 0.02 * expected
    assert 0.9 * equity.p05 < realised < 1.1 * equity.p95
    # Value comes in steps, and staying to the end is a likely one: the interval holds 90 % or more.
    assert realised_inside(book, value, renewed) > 0.92
    # And a forecast of the hold-out from before it.
    before = renewal_counts.contracts_at(renewal_counts.as_known_on(table, cut), cut, "month")
    earlier = renewal_models.fit("sbg", renewal_counts.renewal_cells(before), "month", **sampling)
    after = renewal_counts.renewals_after(table, cut, as_of, "month")
    renewal_scores.check_holdout(after)
    made = renewal_scores.forecast(earlier, after)
    naive = renewal_scores.naive_forecast(renewal_counts.renewal_cells(before), after)
    gain = compare_crps(*(renewal_scores.contract_crps(one, after["renewed"]) for one in (made, naive)))
    scored, lost = renewal_scores.score("sBG", made, after), int((after["renewed"] < after["due"]).sum())
    assert gain.mean < 0
    assert 0.85 < scored.coverage90 < 0.97
    assert np.quantile(made.lost, 0.005) < lost < np.quantile(made.lost, 0.995)


def realised_inside(book, value, renewed) -> float:
    """Share of contracts whose realised value lies in their 90 % interval."""
    money = np.where(np.arange(book.money.shape[1]) < renewed[:, None], book.money, 0.0).sum(axis=1)
    return float(((money >= value.customers["p05"] - 0.01) & (money <= value.customers["p95"] + 0.01)).mean())
