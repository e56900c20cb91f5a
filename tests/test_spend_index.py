"""The season of spend and the growth of prices: the estimate, money of one day, and what values make of them."""

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest
import spending
import xarray as xr
from test_season import parameters_of

from helpers.clv import actual_value, bg_nbd, gamma_gamma, nbd, purchase_history, spend_index
from helpers.clv.customer_groups import Design
from helpers.clv.customer_value import Terms, predict_value
from helpers.clv.purchase_parameters import Parameters
from helpers.clv.simulate import Posterior, simulate
from helpers.clv.spend_index import SpendIndex
from helpers.errors import StudyError
from helpers.pages.wording import say
from helpers.views import spend_model as view

END = spending.END
MONTHS = np.log(np.where(np.arange(12) == 11, 1.44, 0.96))


def table(orders: pd.DataFrame) -> ibis.Table:
    return ibis.memtable(orders.assign(order_date=orders["order_date"].dt.date))


def certain(season=MONTHS, growth=0.0, past=0.0, draws=400, end=END) -> SpendIndex:
    """The same index in every draw."""
    tiled = np.tile(season, (draws, 1)), np.full((draws, 3), past), np.full(draws, growth)
    return SpendIndex(end, *tiled, 1000)


@pytest.mark.parametrize(("growth", "december"), [(0.0, 1.0), (0.1, 1.5)])
def test_the_index_is_found_from_customers_own_changes(growth, december):
    found = spend_index.estimate(table(spending.ledger(1, growth, december)), END)
    mean = np.exp(found.season).mean(axis=0)
    others = 1 / (1 + (december - 1) * 31 / 365)
    assert mean[11] == pytest.approx(december * others, rel=0.06)
    assert mean[:11] == pytest.approx(np.full(11, others), rel=0.05)
    assert np.expm1(found.past[:, 0]).mean() == pytest.approx(growth, abs=0.05)
    assert found.growth[1].p05 <= growth <= found.growth[1].p95
    assert found.clear == (december > 1)
    assert np.exp(found.season) @ spend_index.DAYS == pytest.approx(365.25)


def test_who_comes_and_goes_does_not_move_the_index():
    orders = spending.ledger(2, 0.0, 1.0)
    first = orders.groupby("customer_id")["order_date"].transform("min")
    dearer = orders.assign(revenue=orders["revenue"] * np.where(first > "2022-12-31", 5.0, 1.0))
    found = [spend_index.estimate(table(one), END).past.mean(axis=0) for one in (orders, dearer)]
    assert found[1] == pytest.approx(found[0], abs=1e-6)


def test_too_few_orders_or_one_amount_for_all_make_an_index_of_one():
    orders = spending.ledger(1, 0.1, 1.5, customers=20)
    same = spending.ledger(1, 0.0, 1.0).drop_duplicates(["customer_id", "order_date"]).assign(revenue=5.0)
    for one in (orders, same):
        found = spend_index.estimate(table(one), END)
        assert not found.season.any()
        assert not found.past.any()
        assert not found.ahead.any()
        days = np.arange("2021-01-01", "2025-01-01", dtype="datetime64[D]")
        assert (found.of_days(days) == 1).all()


def test_worth_and_money_of_one_day():
    index = certain(growth=np.log(1.1), past=np.log(1.2))
    worth = index.worth(END + timedelta(days=1), 366)
    assert worth[0, 0] == pytest.approx(np.exp(MONTHS[0]) * 1.1 ** (1 / 365.25))
    assert worth[0, 365] == pytest.approx(np.exp(MONTHS[11]) * 1.1 ** (366 / 365.25))
    past = index.of_days(np.array(["2023-12-31", "2022-12-31", "2019-12-31"], "M8[D]"))
    assert past == pytest.approx(np.exp(MONTHS[11]) * 1.2 ** -np.array([0, 365 / 365.25, 3]))
    orders = pd.DataFrame(
        {
            "customer_id": ["a"] * 3,
            "order_date": pd.to_datetime(["2021-06-01", "2022-12-31", "2023-06-30"]).date,
            "revenue": [50.0, 144.0, 96.0],
            "kind": "purchase",
        }
    )
    plain, own = (
        purchase_history.summary_of(ibis.memtable(orders), END, "week", one) for one in (None, index)
    )
    assert plain["monetary_value"][0] == pytest.approx(120)
    by_hand = (100 * 1.2 ** (365 / 365.25) + 100 * 1.2 ** (184 / 365.25)) / 2
    assert own["monetary_value"][0] == pytest.approx(by_hand)
    assert own.drop(columns=["monetary_value", "first_value"]).equals(
        plain.drop(columns=["monetary_value", "first_value"])
    )
    zero = purchase_history.summary_of(ibis.memtable(orders), END, "week", certain(0 * MONTHS))
    assert zero.equals(plain)


def test_the_growth_of_prices_may_be_stated():
    index = certain()
    assert index.grown("") is index
    assert index.grown("0.03").worth(END, 367)[0, 366] / index.worth(END, 367)[0, 366] == pytest.approx(
        1.03 ** (366 / 365.25)
    )
    for wrong in ("3 %", "-1", "30", "nan"):
        with pytest.raises(
            StudyError, match=r"price_growth is .*write 3 % a year as 0\.03\. Allowed: above -1"
        ):
            index.grown(wrong)


def posterior(index=None, *, seasonal=True, module=bg_nbd, draws=400) -> Posterior:
    its = parameters_of(module, draws=draws)
    if not seasonal:
        its = Parameters(its.module, Design(), its.theta, its.rate_effect, its.drop_out_effect, "week")
    theta = tuple(np.full((draws, 1), value) for value in (4.0, 5.0, 100.0))
    return Posterior(its, gamma_gamma.Parameters(Design(), theta), index)


ROWS = pd.DataFrame(
    {"x": [0, 3, 9], "t_x": [0.0, 52.0, 70.0], "T": [30.0, 60.0, 74.0], "monetary_value": [0.0, 20.0, 30.0]}
)


@pytest.mark.parametrize("seasonal", [True, False])
def test_an_index_of_one_gives_the_values_without_an_index(seasonal):
    terms = Terms(24, 0.1, 0.3, 0.5)
    flat = certain(0 * MONTHS)
    plain, same = (posterior(one, seasonal=seasonal) for one in (None, flat))
    rows = ROWS.assign(n=1)
    for name in ("purchases", "units", "alive_time"):
        one, two = (getattr(simulate(own, rows, 104.0, 0.002, seed=3), name) for own in (plain, same))
        assert (one == two).all()
    values = [
        predict_value(own, ROWS, terms, "week", seed=3).totals["all customers"] for own in (plain, same)
    ]
    assert values[0] == pytest.approx(values[1], rel=1e-12)
    means = [actual_value.expected_values(own, ROWS, terms, "week", seed=3) for own in (plain, same)]
    assert means[0].to_numpy() == pytest.approx(means[1].to_numpy(), rel=1e-10)


@pytest.mark.parametrize("seasonal", [True, False])
def test_orders_are_worth_what_they_are_on_their_day(seasonal):
    index = certain(growth=np.log(1.1), draws=2000)
    own = posterior(index, seasonal=seasonal, module=nbd, draws=2000)
    terms = Terms(24, 0.1, 0.3)
    its, rows = posterior(seasonal=seasonal, module=nbd, draws=1).purchase, ROWS.assign(n=1)
    ends = np.arange(1, 105) * 1.0
    bought = np.diff([its.expected(rows, t).mean(axis=0) for t in ends], axis=0, prepend=np.zeros((1, 3)))
    middle = ends - 0.5
    days = (middle * 7).astype(int)
    end = own.purchase.clock.end if seasonal else END
    price = index.worth(end + timedelta(days=1), 740)[0, days]
    history = ROWS["x"].to_numpy(float), ROWS["monetary_value"].to_numpy()
    spend = np.asarray(gamma_gamma.expected_spend(own.spending.at(ROWS), *history)).mean(axis=0)
    discount = np.exp(-np.log(1.1) * middle * 7 / 365.25)
    by_hand = 0.3 * spend * (bought * (price * discount)[:, None]).sum(axis=0)
    drawn = predict_value(own, ROWS, terms, "week", seed=3).customers["mean"].to_numpy()
    expected = actual_value.expected_values(own, ROWS, terms, "week", seed=3).to_numpy()
    assert drawn == pytest.approx(by_hand, rel=0.08)
    assert expected == pytest.approx(by_hand, rel=0.05)


def test_the_index_is_kept_beside_the_posterior_and_said():
    index = certain(growth=np.log(1.03), past=np.log(1.05))
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset({"p": (("chain", "draw"), np.ones((2, 3)))})})
    assert spend_index.of_tree(tree) is None
    again = spend_index.of_tree(spend_index.kept(tree, index))
    assert again.end == index.end
    assert (again.season == index.season).all()
    assert again.thinned(7).draws == 7
    figure, growth = view.index(index)
    assert "In December an order of the same customer brings 1.44" in say(figure.title)
    assert "grew by 5.0 % (5.0 to 5.0 %) in the last year" in say(growth)
    assert "expects 3.0 %" in say(growth)
    assert "alike all year" in say(view.index(certain(0 * MONTHS + 1e-6))[0].title)
    assert view.index(certain(0 * MONTHS)) == []
    assert index.metrics["price_growth.ahead"].mean == pytest.approx(0.03)
    assert figure.draw(**figure.data) is not None


def test_revenue_of_the_hold_out_in_money_of_the_cut():
    index = certain(growth=np.log(1.1), end=date(2023, 6, 30))
    orders = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "order_date": pd.to_datetime(["2023-01-05", "2023-12-31", "2023-01-01"]).date,
            "revenue": [10.0, 144.0, 10.0],
            "kind": "purchase",
        }
    )
    known = pd.DataFrame({"customer_id": ["a", "b"], "holdout_revenue": [144.0, 0.0]})
    found = spend_index.in_money_before(known, ibis.memtable(orders), date(2023, 6, 30), END, index)
    assert found["holdout_revenue"].tolist() == pytest.approx([100 / 1.1 ** (184 / 365.25), 0.0])
