"""Predictive value: the reference customer, totals against brute force, ids and order without influence."""

from dataclasses import replace
from datetime import date

import ibis
import known
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.clv import (
    bg_nbd,
    contribution_margin,
    customer_value,
    future,
    gamma_gamma,
    purchase_history,
    purchase_models,
    simulate,
)
from helpers.clv.array_libraries import NUMPY
from helpers.clv.time_units import discount_per_unit, horizon_units
from helpers.errors import StudyError
from helpers.inference import monte_carlo

DRAWS = 4000
ONE_PERCENT_A_MONTH = 1.01**12 - 1
TERMS = customer_value.Terms(12, ONE_PERCENT_A_MONTH, 1.0)
BG = (0.2426, 4.4136, 0.7929, 2.4259)
GAMMA_GAMMA = (6.25, 3.74, 15.44)


def at(theta, spend_theta=GAMMA_GAMMA, module=bg_nbd, draws=DRAWS):
    """A posterior that knows its parameters exactly."""
    return simulate.Posterior(known.buying(module, theta, draws), known.spending(spend_theta, draws))


def customers(x, t_x, T, spend_mean):
    return pd.DataFrame({"x": x, "t_x": t_x, "T": T, "monetary_value": spend_mean})


def test_reference_customer_has_the_spread_of_the_money_itself():
    one = customers([2], [30.43], [38.86], [22.35])
    posterior = at(BG)
    result = customer_value.predict_value(posterior, one, TERMS, "week")
    row, total = result.customers.iloc[0], result.totals[customer_value.EVERYONE]
    assert 32 <= row["mean"] <= 42
    assert 40 <= total.std() <= 60
    assert 0.35 <= row["p_no_purchase"] <= 0.45
    assert row["p05"] == 0
    assert row["p50"] == pytest.approx(20, abs=3)
    assert row["p95"] == pytest.approx(134, rel=0.12)


def test_shares_of_customers_are_counted_in_each_draw():
    base = customers(
        [0, 0, 2, 2, 1], [0, 0, 30, 30, 10], [38.0, 38.0, 38.0, 38.0, 30.0], [0, 0, 22.0, 22.0, 9.0]
    )
    terms = customer_value.Terms(12, 0.1, 0.3, cost_per_month=0.05)
    result = customer_value.predict_value(at(BG), base, terms, "week")
    none, negative = result.by_draw.mean(axis=1) / len(base)
    assert none == pytest.approx(result.customers["p_no_purchase"].mean())
    assert negative == pytest.approx(result.customers["p_negative"].mean()) and negative > 0
    metrics = result.metrics
    assert metrics["value.p_negative"] == pytest.approx(negative)
    assert monte_carlo.error_of(metrics["value.p_negative"]) > 0


@pytest.mark.parametrize("name", purchase_models.MODELS)
def test_simulated_purchases_agree_with_the_closed_form(name, cdnow_calibration):
    theta = {"nbd": (0.385, 12.072), "pareto_nbd": (0.553, 10.578, 0.606, 11.669)}.get(name, BG)
    module = purchase_models.MODELS[name]
    rows = purchase_models.distinct_rows(cdnow_calibration).iloc[::40]
    posterior = simulate.Posterior(known.buying(module, theta, DRAWS), None)
    paths = simulate.simulate(posterior, rows, 39.0)
    expected = module.expected_purchases(theta, *(rows[c].to_numpy(float) for c in ("x", "t_x", "T")), 39.0)
    error = paths.purchases.std(axis=1) / np.sqrt(DRAWS)
    assert np.all(np.abs(paths.purchases.mean(axis=1) - expected) < 5 * error + 1e-3)


def test_mean_value_is_expected_purchases_times_expected_spend_without_discounting():
    some = customers([0, 2, 10], [0, 30.43, 35], [38.86, 38.86, 38.86], [0, 22.35, 50])
    result = customer_value.predict_value(at(BG), some, customer_value.Terms(12, 0.0, 0.5), "week")
    t = horizon_units(12, "week")
    orders = bg_nbd.expected_purchases(BG, *(some[c].to_numpy(float) for c in ("x", "t_x", "T")), t)
    per_order = gamma_gamma.expected_spend(GAMMA_GAMMA, some["x"], some["monetary_value"])
    assert result.customers["mean"].to_numpy() == pytest.approx(0.5 * orders * per_order, rel=0.12)


def test_total_has_the_spread_of_independent_customers():
    """Customers who share a triple share prospects, not fate: compared with a path for each of them."""
    shared = customers(
        [0] * 60 + [3] * 40, [0] * 60 + [20] * 40, [30.0] * 100, [0] * 60 + list(range(10, 50))
    )
    posterior = at(BG, draws=3000)
    ours = customer_value.predict_value(posterior, shared, TERMS, "week").totals[customer_value.EVERYONE]
    horizon, discount = horizon_units(12, "week"), discount_per_unit(ONE_PERCENT_A_MONTH, "week")
    brute = np.zeros(3000)
    for i in range(len(shared)):
        row = shared.iloc[[i]]
        units = simulate.simulate(posterior, row, horizon, discount, replicate=100 + i).units[0]
        brute += (GAMMA_GAMMA[2] + row["x"].iloc[0] * row["monetary_value"].iloc[0]) * units
    assert ours.mean() == pytest.approx(brute.mean(), rel=0.05)
    assert ours.std() == pytest.approx(brute.std(), rel=0.10)


def test_segment_totals_add_up():
    base = customers([0, 1, 2, 3], [0, 5, 6, 7], [30, 30, 30, 30], [0, 20, 30, 40])
    labels = pd.Series(["a", "b", "a", "b"])
    totals = customer_value.predict_value(at(BG), base, TERMS, "week", segments=labels).totals
    assert totals["a"].mean() + totals["b"].mean() == pytest.approx(
        totals[customer_value.EVERYONE].mean(), rel=1e-6
    )


@settings(max_examples=15, deadline=None)
@given(order=st.permutations(range(6)), prefix=st.sampled_from(["", "id-", "ü", 0, 10.5]))
def test_value_belongs_to_the_customer_whatever_the_order_and_the_id(order, prefix):
    base = customers(
        [0, 0, 1, 2, 5, 5], [0, 0, 4, 9, 20, 20], [30, 12, 30, 30, 30, 30], [0, 0, 9, 22, 35, 99]
    )
    ids = [prefix + (str(i) if isinstance(prefix, str) else i) for i in range(6)]
    base.index = ids
    posterior = at(BG, draws=50)
    straight = customer_value.predict_value(posterior, base, TERMS, "week").customers
    shuffled = customer_value.predict_value(posterior, base.iloc[list(order)], TERMS, "week").customers
    pd.testing.assert_frame_equal(straight, shuffled.loc[ids])


def test_p_alive_of_one_time_buyers_is_one_by_construction():
    assert float(bg_nbd.log_odds_dropped(BG, 0.0, 0.0, 39.0, NUMPY)) < -1e5


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: customer_value.Terms(12, 0.1, 30), "write 30 % as 0.30"),
        (lambda: customer_value.Terms(12, 0.1, 0.3, cost_per_month=-1), "a cost is 0 or more"),
        (lambda: horizon_units(0, "week"), "between 1 and 120"),
        (lambda: horizon_units(2400, "week"), "between 1 and 120"),
        (lambda: discount_per_unit(10, "week"), "0.10"),
    ],
)
def test_terms_that_cannot_be_meant_are_refused(make, says):
    with pytest.raises(StudyError, match=says):
        make()


def test_a_horizon_in_months_is_the_same_time_in_every_unit():
    assert horizon_units(12, "day") == pytest.approx(365.25)
    assert horizon_units(12, "week") == pytest.approx(365.25 / 7)
    assert horizon_units(12, "month") == pytest.approx(12)
    for unit in ("day", "week", "month"):
        assert np.exp(-discount_per_unit(0.1, unit) * horizon_units(12, unit)) == pytest.approx(1 / 1.1)


def test_parameters_per_week_do_not_read_months():
    buying = replace(known.buying(bg_nbd, (0.24, 4.4, 0.8, 2.4), 10), time_unit="week")
    both = simulate.Posterior(buying, known.spending((6.25, 3.74, 15.44), 10))
    base = pd.DataFrame({"x": [2], "t_x": [5.0], "T": [9.0], "monetary_value": [20.0]})
    terms = customer_value.Terms(12, 0.1, 0.3)
    assert len(customer_value.predict_value(both, base, terms, "week").customers) == 1
    with pytest.raises(StudyError, match="fitted per week, and the histories are in units of a month"):
        customer_value.predict_value(both, base, terms, "month")


def test_margin_and_bad_debt_come_from_the_data_where_they_are_known():
    day = date(2026, 6, 30)
    lines = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "b", "c"],
            "kind": ["purchase", "return", "purchase", "purchase", "purchase"],
            "order_date": [date(2026, 1, 1)] * 5,
            "revenue": [100.0, -10.0, 100.0, 100.0, 50.0],
            "margin": [40.0, None, 10.0, 30.0, None],
            "paid_at": pd.to_datetime(["2026-01-02", None, "2026-01-02", None, "2026-01-02"]),
        }
    )
    found = contribution_margin.shares(
        ibis.memtable(lines), day, 0.5, pd.Series({"a": "shop", "b": "firm", "c": "new"})
    )
    assert found["margin"].to_dict() == pytest.approx({"shop": 0.4, "firm": 0.2, "new": 0.5})
    assert found["returned"].to_dict() == pytest.approx({"shop": 0.1, "firm": 0, "new": 0})
    assert found["unpaid"].to_dict() == pytest.approx({"shop": 0, "firm": 0.5, "new": 0})
    assert found["source"].to_dict() == {
        "shop": contribution_margin.FROM_DATA,
        "firm": contribution_margin.FROM_DATA,
        "new": contribution_margin.STATED,
    }
    whole = contribution_margin.complete(found, pd.Series({"shop": 3.0}), 2.0, 24, 0.1)
    assert whole["cost"].to_dict() == {"shop": 5.0, "firm": 2.0, "new": 2.0}
    assert contribution_margin.terms_of(whole.assign(unpaid=0.0)).groups["shop"].cost_per_month == 5.0
    assert contribution_margin.metrics(whole)["unpaid.firm"] == 0.5
    together = contribution_margin.shares(ibis.memtable(lines), day, 0.5)
    assert together.loc[customer_value.EVERYONE, "margin"] == pytest.approx(80 / 300)
    with pytest.raises(StudyError, match="above 0 and not above 1"):
        contribution_margin.shares(ibis.memtable(lines.assign(margin=140.0)), day, 0.5)


def test_money_per_segment_adds_up_and_is_0_where_there_is_none():
    segments = pd.Series({"a": "Loyal", "b": "Lost", "c": "Loyal"})
    names = [customer_value.EVERYONE, "Loyal", "Lost"]
    money = pd.Series([5.0, 2.0, 1.0, 9.0], index=["a", "a", "c", "unknown"])
    assert customer_value.sums(money, segments, names).tolist() == [8.0, 8.0, 0.0]
    assert customer_value.sums(pd.Series(dtype=float), segments, names).tolist() == [0.0, 0.0, 0.0]
    assert customer_value.sizes(segments) == {"Loyal": 2, "Lost": 1, customer_value.EVERYONE: 3}


def test_cost_to_serve_is_per_month_of_an_active_customer():
    summary = pd.DataFrame({"x": [5, 0], "t_x": [100.0, 0.0], "T": [100.0, 100.0]}, index=["a", "b"])
    visits = pd.DataFrame(
        {"customer_id": ["a", "a", "b"], "at": ["2026-06-01", "2024-01-01", "2026-03-01"], "cost": 60.0}
    )
    cost = contribution_margin.cost_to_serve(
        visits, summary, pd.Series({"a": 1.0, "b": 0.5}), date(2026, 6, 30), "week"
    )
    assert cost[customer_value.EVERYONE] == pytest.approx(120 / (1.5 * 365 / (365.25 / 12)))


def test_a_forecast_of_each_row_is_the_mean_of_its_futures_whatever_the_chunk(monkeypatch):
    posterior = at(BG)
    rows = pd.DataFrame({"x": [0, 2, 5, 9], "t_x": [0.0, 20.0, 10.0, 38.0], "T": 39.0, "n": 1})
    futures = simulate.simulate(posterior, rows, 39.0, seed=3).purchases
    monkeypatch.setattr(simulate, "PATHS_PER_CHUNK", 2 * posterior.draws)
    expected, none, total = simulate.forecast(posterior, rows, 39.0, seed=3)
    assert expected.tolist() == futures.mean(axis=1).tolist()
    assert none.tolist() == (futures == 0).mean(axis=1).tolist()
    assert total.draws.tolist() == futures.sum(axis=0).tolist()


def test_futures_are_compiled_once_whatever_the_parameters_come_as():
    rows = pd.DataFrame({"x": [0, 2], "t_x": [0.0, 20.0], "T": 39.0, "n": 1})
    posterior = at(BG, draws=4)
    for one in (posterior, replace(posterior, spend=None)):
        for some in (rows, rows[:1]):
            simulate.simulate(one, some, 39.0)
    assert len(future.walk.signatures) == 1


def test_a_large_base_is_judged_on_whole_histories_of_some_customers():
    lines = pd.DataFrame({"customer_id": [f"c{i % 50}" for i in range(200)], "revenue": 1.0})
    ledger, everybody = ibis.memtable(lines), pd.Series(lines["customer_id"].unique())
    assert purchase_history.of_some(ledger, everybody, 50) is ledger
    drawn = purchase_history.of_some(ledger, everybody, 20, seed=1).to_pandas()
    assert drawn.groupby("customer_id").size().tolist() == [4] * 20
    again = purchase_history.of_some(ledger, everybody[::-1], 20, seed=1).to_pandas()
    assert set(again["customer_id"]) == set(drawn["customer_id"])
    other = purchase_history.of_some(ledger, everybody, 20, seed=2).to_pandas()
    assert set(other["customer_id"]) != set(drawn["customer_id"])
    with pytest.raises(StudyError, match="judged_on is 0"):
        purchase_history.of_some(ledger, everybody, 0)
