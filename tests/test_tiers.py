"""Value tiers, one point of retention and the equity walk."""

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
    actual_value,
    bg_nbd,
    customer_value,
    equity_bridge,
    pareto_nbd,
    retention_point,
    simulate,
)
from helpers.clv.array_libraries import NUMPY
from helpers.customers import potential_value, price_tiers, tiers
from helpers.errors import StudyError
from helpers.inference.intervals import Interval
from helpers.pages.shown import record_of
from helpers.pages.wording import say
from helpers.views import value_tier_answers, value_tiers
from helpers.views.customer_value_answers import to_do

BG, PARETO, MONEY = (0.6, 5.0, 0.8, 2.5), (0.9, 5.6, 1.2, 55.0), (6.25, 3.74, 15.44)
CUTS = tiers.Cuts(100.0, 50.0)


def posterior(module, theta, draws: int = 1000):
    return simulate.Posterior(known.buying(module, theta, draws), known.spending(MONEY, draws))


def new_customers(n: int) -> pd.DataFrame:
    return pd.DataFrame({"x": 0, "t_x": 0.0, "T": 0.0, "monetary_value": 0.0}, index=range(n))


@given(st.floats(-500, 500), st.floats(-500, 500))
@settings(max_examples=200)
def test_every_draw_has_exactly_one_tier(actual, could):
    place = int(tiers.tier_of(np.array([[actual]]), np.array([[could]]), CUTS)[0, 0])
    potential = max(actual, could) if actual != 0 else 0.0
    expected = {
        "Below Zero": potential < 0,
        "Most Valuable": potential >= 0 and actual > CUTS.value,
        "Most Growable": potential >= 0 and actual <= CUTS.value and potential - actual > CUTS.growth,
    }
    expected["Migrator"] = not any(expected.values()) and actual < 0
    expected["Maintain"] = not any(expected.values())
    assert [name for name, true in expected.items() if true] == [tiers.TIERS[place]]


def test_probabilities_add_up_and_negative_values_are_foreseen():
    rng = np.random.default_rng(1)
    n, terms = 1500, customer_value.Terms(12, 0.10, 0.3, cost_per_month=1.5)
    summary, latents = simulated_base(rng, n)
    its = posterior(bg_nbd, BG, 400)
    parts = actual_value.actual_values(its, summary, terms, "week", seed=3)
    expected = actual_value.expected_values(its, summary, terms, "week", seed=3)
    could = pd.Series(20.0, index=summary.index)
    cuts = tiers.cuts_of(
        actual_value.actual_values(its, summary, terms, "week", seed=3), could, expected, 0.2
    )
    chances = tiers.probabilities(parts, could, cuts)
    assert chances[list(tiers.TIERS)].sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert tiers.check_sum(chances).verdict == "PASS" and tiers.check_sum(chances * 0.9).verdict == "FAIL"
    overview = tiers.overview(chances, expected)
    assert overview["tier"].tolist() == list(tiers.TIERS) and overview["customers"].sum() == n
    assert overview["value_ahead"].sum() == pytest.approx(expected.sum())
    sure = tiers.certainty(chances, 1)
    assert sure.counts.sum() == n and sure.sure == sure.counts[16:].sum() / n
    told = sure.by_tier.fillna(0) * overview.set_index("tier")["customers"]
    assert told.sum() == pytest.approx(sure.sure * n)
    truth = latents < 0
    base = truth.mean()
    brier = ((chances["p_negative"] - truth) ** 2).mean()
    assert 0.05 < base < 0.95
    assert brier < 0.9 * base * (1 - base)
    assert chances["p_negative"].mean() == pytest.approx(base, abs=0.04)


def simulated_base(rng, n: int):
    """A base drawn from BG/NBD and Gamma-Gamma, with the actual value of each customer given their own rates and state."""
    r, alpha, a, b = BG
    p, q, v = MONEY
    rate, coin, level = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n), rng.gamma(q, 1 / v, n)
    T, x, t_x, alive = np.full(n, 52.0), np.zeros(n, int), np.zeros(n), np.ones(n, bool)
    for i in range(n):
        now = rng.exponential(1 / rate[i])
        while now < T[i] and alive[i]:
            x[i], t_x[i] = x[i] + 1, now
            alive[i] = rng.random() >= coin[i]
            now += rng.exponential(1 / rate[i])
    mean = np.where(x > 0, rng.gamma(p * np.maximum(x, 1)) / (np.maximum(x, 1) * level), 0.0)
    H, discount, cost = 52.18, np.log(1.1) / 52.18, 1.5 / (365.25 / 12 / 7)
    ends = rate * coin + discount
    worth = alive * (0.3 * p / level * rate - cost) * -np.expm1(-ends * H) / ends
    return pd.DataFrame({"x": x, "t_x": t_x, "T": T, "monetary_value": mean}), worth


def test_expected_actual_value_is_expected_value():
    summary = pd.DataFrame({"x": [2, 0, 8], "t_x": [30.0, 0, 50], "T": 52.0, "monetary_value": [22.0, 0, 60]})
    terms = customer_value.Terms(12, 0.10, 0.3, cost_per_month=1.0)
    its = posterior(bg_nbd, BG, 20_000)
    ours = actual_value.expected_values(its, summary, terms, "week").to_numpy()
    simulated = customer_value.predict_value(its, summary, terms, "week").customers["mean"].to_numpy()
    assert ours == pytest.approx(simulated, rel=0.06)


def test_a_reason_to_stay_is_offered_where_a_point_is_worth_most_per_customer():
    worth = {"Champions": 100.0, "Lost": 60.0, "Rare": 30.0, "New": 10.0, customer_value.EVERYONE: 200.0}
    sizes = {"Champions": 50, "Lost": 600, "Rare": 6, "New": 7, customer_value.EVERYONE: 663}
    draws = {name: np.full(9, mean) for name, mean in worth.items()}
    points = customer_value.per_segment(draws, sizes, 24.0)
    where = retention_point.dearest(points, points["segment"], 10)  # six customers may not be named
    assert (where.segment, where.customers, where.share) == ("Champions", 50, 0.5) and where.each.mean == 2.0
    assert retention_point.dearest(points, pd.Series(["Lost"]), 10).segment == "Lost"
    said = say(to_do(where, value_tiers.months(24), "EUR"))
    assert "half of the 50 customers in Champions" in said and "2.00 EUR per customer" in said
    alone = customer_value.per_segment(
        {customer_value.EVERYONE: draws["Lost"]}, {customer_value.EVERYONE: 5}, 24.0
    )
    assert retention_point.dearest(alone, points["segment"], 10) is None
    assert "Quote the value" in say(to_do(None, value_tiers.months(24), "EUR"))


def test_one_point_is_one_point_and_worth_what_slower_drop_out_brings():
    summary, terms = new_customers(400), customer_value.Terms(24, 0.10, 0.3)
    its = posterior(pareto_nbd, PARETO, 400)
    point = retention_point.one_point(its, summary, terms, "week")
    now, step, factor = retention_point.slower(its, summary.assign(n=1), 365.25 / 7)
    year, s, beta = 365.25 / 7, PARETO[2], PARETO[3]
    assert now == pytest.approx((beta / (beta + year)) ** s)
    assert (beta / (beta + year * factor)) ** s == pytest.approx(now + 0.01)
    assert step == pytest.approx(0.01) and point.customers[customer_value.EVERYONE] == 400
    r, alpha, s, beta = PARETO
    base, better = (
        actual_value.expected_values(one, summary.iloc[:1], terms, "week", seed=2).iloc[0]
        for one in (
            posterior(pareto_nbd, PARETO, 200_000),
            posterior(pareto_nbd, (r, alpha, s, beta / factor[0]), 200_000),
        )
    )
    assert point.worth[customer_value.EVERYONE].mean() / 400 == pytest.approx(better - base, rel=0.1)


def test_retention_is_the_mean_over_the_active_customers_of_all_ages(monkeypatch):
    monkeypatch.setattr(retention_point, "CHUNK", 2)
    its, year = posterior(pareto_nbd, PARETO, 1), 365.25 / 7
    rows = pd.DataFrame(
        {"x": [0, 3, 1, 0], "t_x": [0.0, 50.0, 4.0, 0.0], "T": [52.0, 52.0, 20.0, 20.0], "n": [5, 1, 2, 1]}
    )
    x, t_x, T, n = (rows[name].to_numpy(float) for name in rows)
    dropped = pareto_nbd.log_odds_dropped(its.purchase.at(rows), x, t_x, T, NUMPY)[0]
    active = n / (1 + np.exp(dropped))
    stays = ((PARETO[3] + T) / (PARETO[3] + T + year)) ** PARETO[2]
    now, _, _ = retention_point.slower(its, rows, year)
    assert now == pytest.approx([active @ stays / active.sum()])


def test_peers_bounds_and_cuts():
    kind = pd.Series(["firm"] * 12 + ["shop"] * 3)
    group = potential_value.peers(kind, pd.Series(["a"] * 15), pd.Series([100] * 15), minimum=10)
    assert group.iloc[0] == "firm / a / 0" and group.iloc[14] == "shop"
    expected = pd.Series(np.arange(15.0))
    could = potential_value.potential(expected, group, pd.Series([5.0] + [np.nan] * 14))
    assert could.iloc[0] == 5.0 and could.iloc[1] == pytest.approx(np.quantile(np.arange(12), 0.8))
    with pytest.raises(StudyError, match=r"write 20 % as 0.20"):
        tiers.cuts_of([], could, expected, 20)
    assert potential_value.category_bound(
        pd.DataFrame({"category_spend": [120.0]}), pd.Series([0.5]), 24, 0.0
    ).tolist() == [120.0]
    assert potential_value.referral_value(pd.Series({1: 0, 2: 0}), pd.Series([1.0, 2.0, 4.0])).tolist() == [
        6.0,
        0.0,
        0.0,
    ]


def test_who_is_known_and_who_needs_what_where_tables_are_missing():
    ids = pd.Index(["a", "b"], name="customer_id")
    nobody = potential_value.people(None, ids)
    assert nobody.index.equals(ids) and nobody.isna().all(axis=None)
    customers = pd.DataFrame({"customer_id": ["b", "c"], "kind": "shop", "category_spend": [7, 8]})
    known = potential_value.people(customers, ids)
    assert known["category_spend"].isna().tolist() == [True, False] and known.loc["b", "kind"] == "shop"
    assert potential_value.needs_of(None, ids).tolist() == ["any need"] * 2
    groups = pd.DataFrame({"customer_id": ["b"], "group": ["espresso"]})
    assert potential_value.needs_of(groups, ids).tolist() == ["not given", "espresso"]


def test_tiers_move_and_what_goes_with_value_is_told():
    before = pd.Series(["Maintain"] * 4, index=list("abcd"))
    now = pd.Series(["Maintain", "Most Valuable", "Maintain", "Maintain", "Migrator"], index=list("abcde"))
    moved = tiers.movement(before, now, minimum=1)
    few = tiers.movement(before, now, minimum=2).table
    assert few["Most Valuable"].isna().all(), "the share of one customer is left out"
    assert moved.stayed == 0.75 and moved.check().verdict == "PASS"
    assert moved.table["before"].tolist() == ["Maintain"] and moved.table["Most Valuable"].tolist() == [0.25]
    traits = pd.DataFrame(
        {
            "kind": ["x"] * 100 + ["y"] * 300,
            "trade": ["a"] * 50 + ["b"] * 50 + ["c"] * 300,
            "parent_id": range(400),
        }
    )
    chance = pd.Series([0.6] * 50 + [0.5] * 50 + [0.1] * 300)
    found = tiers.characteristics(traits, chance, 2)
    assert found["characteristic"].tolist() == ["kind: x"], (
        "y is no rarer than the base; a and b are like x, of which"
    )
    assert "Left out" in str(record_of(value_tiers.characteristics(found), "EUR", 10))
    [share] = found["most_valuable"]
    assert share.mean == pytest.approx(0.55) and share.p05 < 0.55 < share.p95
    apart = tiers.characteristics(traits, chance.where(traits["trade"] != "a", 0.95), 2)
    assert set(apart["characteristic"]) == {"kind: x", "trade: a", "trade: b"}


def test_what_a_tier_holds_is_its_share_of_all_value_in_each_draw():
    tier = pd.Series(["Most Valuable", "Maintain", "Most Valuable"])
    parts = [
        (np.array([0, 1]), np.array([[6.0, 8.0], [2.0, 5.0]])),
        (np.array([2]), np.array([[2.0, 7.0]])),
    ]
    held = tiers.held(parts, tier)
    assert held["Most Valuable"].mean == pytest.approx((0.8 + 0.75) / 2)
    assert 0.75 < held["Most Valuable"].p05 < held["Most Valuable"].p95 < 0.8
    assert held["Maintain"].mean == pytest.approx((0.2 + 0.25) / 2) and held["Below Zero"].p95 == 0


def test_how_many_stayed_is_told_in_tenths_where_exact_shares_would_tell_of_few():
    before = pd.Series(["Most Valuable"] * 1000 + ["Most Growable"] * 100)
    now = pd.Series(
        ["Most Valuable"] * 943 + ["Most Growable"] * 57 + ["Most Growable"] * 97 + ["Maintain"] * 3
    )
    moved = tiers.movement(before, now, minimum=10)
    assert moved.tenths("Most Valuable") == 9 and moved.tenths("Below Zero") is None
    assert moved.tenths("Most Growable") is None, "a tenth of a hundred is ten: it would tell of few"
    table = value_tiers.moves(moved, date(2025, 1, 1))
    assert [None if one is None else say(one) for one in table.frame["stayed"]] == ["about 9 in 10", None]
    assert "value_tiers.stayed" in str(record_of(table, "EUR", 10)) and "left out to protect people" in str(
        record_of(table, "EUR", 10)
    )


def test_who_is_to_be_served_at_less_cost_is_said_where_there_is_nobody_and_where_there_is():
    held = {"Most Valuable": Interval(0.8, 0.75, 0.8, 0.85)}
    moved = tiers.movement(pd.Series(["Maintain"] * 9), pd.Series(["Maintain"] * 9), minimum=1)
    nobody = value_tier_answers.answers(
        overview_of([100, 30, 70, 0, 0]), held, SURE, moved, date(2025, 1, 1), 10
    )
    assert "hold 80 % of the value ahead, between 75 and 85 %" in say(nobody[0])
    assert "best guess. Nobody is most likely a Migrator or Below Zero" in say(nobody[1])
    some = value_tier_answers.answers(
        overview_of([100, 30, 70, 40, 3]), held, SURE, moved, date(2025, 1, 1), 10
    )
    assert "Serve 40 customers at less cost" in say(some[1]) and "spending on fewer than 10" in say(some[1])


SURE = tiers.Certainty(np.zeros(20), np.zeros(21), 0.5, pd.Series(0.5, index=tiers.TIERS))


def overview_of(customers):
    """An overview of the five tiers with so many customers."""
    numbers = {"customers": customers, "expected_number": [120.0, 460.0, 80.0, 27.0, 1.0]}
    shares = {"share_of_customers": [0.1, 0.1, 0.8, 0, 0], "share_of_value": [0.8, 0.0, 0.2, 0, 0]}
    numbers |= {"value_ahead": [800.0, 0.0, 200.0, 0.0, 0.0], "treatment": list(tiers.TREATMENTS.values())}
    return pd.DataFrame({"tier": list(tiers.TIERS)} | numbers | shares)


def test_price_and_cost_make_four_tiers():
    ledger = pd.DataFrame(
        {
            "customer_id": list("abcd"),
            "kind": "purchase",
            "revenue": [100.0, 100, 80, 80],
            "list_price": 100.0,
            "quantity": 1.0,
        }
    )
    table = price_tiers.cost_and_price(
        ibis.memtable(ledger), pd.DataFrame({"customer_id": ["b", "c"], "cost": [10.0, 20.0]})
    )
    names = price_tiers.price_profit(table["realised"], table["cost"])
    assert names.tolist() == [
        "full price, little or no cost recorded",
        "full price, dear to serve",
        "low price, dear to serve",
        "low price, little or no cost recorded",
    ]
    costs = pd.DataFrame({"customer_id": ["b", "c"], "cost": [10.0, 20.0]})
    counted = price_tiers.price_tiers(ibis.memtable(ledger), costs)
    assert (counted.known, counted.customers, counted.table["customers"].sum()) == (4, 4, 4)
    (shown,) = value_tiers.price_tiers(counted)
    assert record_of(shown, "EUR", 1)
    assert counted.unrecorded == 2 and "2 customers nothing is recorded" in say(shown.notes[0])
    some, _ = value_tiers.price_tiers(replace(counted, known=3))
    assert say(some) == "3 of 4 customers have a list price."
    without = ibis.memtable(ledger.assign(list_price=np.nan))
    assert price_tiers.price_tiers(without, costs).table.empty


def test_lapsed_customers_are_counted_with_their_last_year():
    lines = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "order_date": [date(2023, 1, 1), date(2025, 1, 1), date(2026, 6, 1)],
            "kind": "purchase",
            "revenue": [100.0, 40.0, 9.0],
        }
    )
    summary = pd.DataFrame({"last_date": [date(2025, 1, 1), date(2026, 6, 1)]}, index=["a", "b"])
    table = ibis.duckdb.connect().create_table("lines", lines)
    table = table.mutate(order_date=table.order_date.cast("date"))
    assert equity_bridge.lapsed_revenue(table, summary, pd.Series({"a": 0.1, "b": 0.9})) == (1, 40.0)
    assert equity_bridge.lapsed_revenue(table, summary, pd.Series({"a": 0.8, "b": 0.9})) == (0, 0.0)
    assert equity_bridge.revenue_of_year(table, date(2026, 6, 30)) == 9.0
    assert equity_bridge.revenue_of_year(table, date(2099, 6, 30)) == 0.0, "a year without an order"
    returns = table.filter(table.kind != "purchase")
    assert equity_bridge.lapsed_revenue(returns, summary, pd.Series({"a": 0.1, "b": 0.9})) == (1, 0.0)


def test_every_customer_takes_the_step_that_happened():
    before = pd.DataFrame(
        {"mean": [5.0, 5, 5, 5, 5], "p_alive": [0.9, 0.9, 0.9, 0.2, 0.2]}, index=list("abcde")
    )
    now = pd.DataFrame(
        {"mean": [6.0, 4, 1, 9, 2, 7], "p_alive": [0.9, 0.9, 0.1, 0.8, 0.1, 1]}, index=list("abcdef")
    )
    step = equity_bridge.step_of(before, now)
    assert step.tolist() == ["grown", "shrunk", "lapsed", "back", "gone", "new"]
    walk = equity_bridge.equity_walk(before, now, step)
    assert walk.steps["change"].tolist() == [7, 1, -1, 4, -3, -4]
    assert (walk.start, walk.end) == (before["mean"].sum(), now["mean"].sum())
    assert walk.steps.loc[equity_bridge.STEPS["lapsed"], "change"] == -4


def test_who_has_left_is_not_grown_whatever_they_referred():
    gone, here = np.zeros((1, 4)), np.full((1, 4), 2.0)
    could, referred, cuts = pd.Series([30.0]), pd.Series([5.0]), tiers.Cuts(100.0, 10.0)
    left = tiers.probabilities([(np.array([0]), gone)], could, cuts, referred).iloc[0]
    stays = tiers.probabilities([(np.array([0]), here)], could, cuts, referred).iloc[0]
    assert left["Most Growable"] == 0 and left["growth"] == 0 and left["Maintain"] == 1
    assert stays["Most Growable"] == 1 and stays["growth"] == 28.0
    worth = tiers.probabilities([(np.array([0]), gone - 0.0)], could, tiers.Cuts(4.0, 10.0), referred).iloc[0]
    assert worth["Most Valuable"] == 1, "what they referred is part of their actual value"


def test_an_expected_number_beside_nobody_is_explained():
    """460 expected Most Growable and nobody whose likeliest tier it is: the page says why both are true."""
    held = {"Most Valuable": Interval(0.8, 0.75, 0.8, 0.85)}
    held_by = dict.fromkeys(tiers.TIERS, held["Most Valuable"])
    moved = tiers.movement(pd.Series(["Maintain"] * 9), pd.Series(["Maintain"] * 9), minimum=1)
    said = say(
        value_tier_answers.answers(overview_of([100, 0, 100, 0, 0]), held, SURE, moved, date(2025, 1, 1), 10)[
            0
        ]
    )
    assert "Nobody is most likely Most Growable, yet 460 are to be expected" in said
    said = say(
        value_tier_answers.answers(overview_of([100, 30, 70, 0, 0]), held, SURE, moved, date(2025, 1, 1), 10)[
            0
        ]
    )
    assert "30 are most likely Most Growable, which is a guess" in said and "460" not in said, (
        "one count per tier; the table explains the other"
    )
    table = value_tiers.overview(overview_of([100, 30, 70, 0, 0]), held, SURE, tiers.Cuts(1.0, 1.0), "EUR")
    assert "everyone's probability of it, added up" in say(table.notes[0])
    assert "50 % of the Most Valuable" in say(value_tiers.how_sure(SURE))
    few = tiers.Certainty(np.zeros(20), np.zeros(21), 0.5, pd.Series(np.nan, index=tiers.TIERS))
    assert say(value_tiers.how_sure(few)).startswith("For 50 % of the customers")
    untold = value_tiers.overview(overview_of([100, 30, 70, 0, 0]), held_by, few, tiers.Cuts(1.0, 1.0), "EUR")
    assert "nobody, or too few to tell" in str(record_of(untold, "EUR", 10))


def test_the_title_says_who_has_most_room_to_grow_whoever_it_is():
    table = pd.DataFrame(
        {"value": [9.0, 1, 0.5], "growth": [2.0, 0.9, 0.2], "customers": 50}, index=tiers.TIERS[:3]
    )
    said = say(value_tiers.map_of_value(tiers.ValueMap(table), "EUR").title)
    assert (
        "On average Most Valuable customers could still add 2.00 EUR, Most Growable customers 0.90 EUR"
        in said
    )
    least = table.assign(growth=[0.1, 0.9, 0.2])
    said = say(value_tiers.map_of_value(tiers.ValueMap(least), "EUR").title)
    assert (
        "On average Most Growable customers could still add 0.90 EUR" in said and "Most Valuable" not in said
    )
    assert "Most Valuable" in say(value_tiers.map_of_value(tiers.ValueMap(table.iloc[:1]), "EUR").title)
