"""Newcomers against what winning them cost, and the intervals of the equity walk's steps."""

from datetime import date

import known
import numpy as np
import pandas as pd
import pytest

from helpers.clv import acquisition, bg_nbd, common_error, customer_value, equity_bridge, simulate
from helpers.inference.monte_carlo import error_of

BG, MONEY = (0.6, 5.0, 0.8, 2.5), (6.25, 3.74, 15.44)
TERMS = customer_value.Terms(12, 0.1, 0.3)
AS_OF = date(2026, 6, 30)


@pytest.fixture(scope="module")
def posterior():
    return simulate.Posterior(known.buying(bg_nbd, BG, 600), known.spending(MONEY, 600))


def base(customers: int, weeks: float) -> pd.DataFrame:
    """Customers who all bought once, so many weeks ago."""
    first = pd.Timestamp(AS_OF) - pd.Timedelta(days=round(7 * weeks))
    columns = {"x": 0, "t_x": 0.0, "T": weeks, "monetary_value": 0.0, "first_date": first.date()}
    return pd.DataFrame(
        columns, index=pd.Index([f"{weeks}-{k}" for k in range(customers)], name="customer_id")
    )


def test_only_newcomers_with_a_known_cost_count():
    summary = pd.concat([base(3, 10.0), base(2, 90.0)])
    customers = pd.DataFrame(
        {
            "customer_id": summary.index,
            "acquisition_cost": [5.0, 7.0, None, 9.0, 9.0],
            "channel": ["web", None, "web", "web", "web"],
        }
    )
    new = acquisition.newcomers(customers, summary, AS_OF)
    assert new["cost"].tolist() == [5.0, 7.0]
    assert new["channel"].tolist() == ["web", "not given"]
    assert acquisition.newcomers(None, summary, AS_OF).empty
    assert acquisition.newcomers(customers.drop(columns="acquisition_cost"), summary, AS_OF).empty
    assert acquisition.newcomers(customers.drop(columns="channel"), summary, AS_OF)["channel"].nunique() == 1


def test_what_is_left_adds_up(posterior):
    summary = base(40, 10.0)
    new = pd.DataFrame(
        {"channel": ["web"] * 30 + ["fair"] * 10, "cost": [2.0] * 30 + [50.0] * 10}, index=summary.index
    )
    margin = pd.Series(4.0, index=summary.index[:20])
    table = acquisition.paid_back(new, posterior, summary, TERMS, "week", margin)
    assert table["new_customers"].to_dict() == {"fair": 10, "web": 30, customer_value.EVERYONE: 40}
    assert table["cost"].to_dict() == {"fair": 50.0, "web": 2.0, customer_value.EVERYONE: 14.0}
    for row in table.itertuples():
        assert row.left.mean == pytest.approx(row.margin_so_far + row.value_to_come.mean - row.cost)
    expected = customer_value.predict_value(posterior, summary, TERMS, "week").customers["mean"].mean()
    assert table.loc[customer_value.EVERYONE, "value_to_come"].mean == pytest.approx(expected, rel=0.25)
    assert acquisition.metrics(table)["acquisition.cost"] == 14.0
    nobody = acquisition.paid_back(new.iloc[:0], posterior, summary, TERMS, "week", margin)
    assert nobody.empty and acquisition.metrics(nobody) == {"acquisition.customers_with_cost": 0}


def test_the_steps_of_the_walk_have_intervals_around_their_change(posterior):
    before, now = base(300, 20.0), pd.concat([base(300, 20.0).assign(T=33.0), base(200, 5.0)])
    names = ["mean", "p_alive"]
    worth = [
        customer_value.predict_value(posterior, one, TERMS, "week").customers.assign(p_alive=1.0)[names]
        for one in (before, now)
    ]
    step = equity_bridge.step_of(*worth)
    walk = equity_bridge.equity_walk(*worth, step)
    error = common_error.prior()
    found = equity_bridge.step_changes(posterior, (before, now), step, walk, TERMS, "week", error)
    changes, total, found_all = found.steps, found.total, found
    assert total.interval.p05 < total.if_right.p05 < total.if_right.p95 < total.interval.p95
    assert list(changes) == list(equity_bridge.STEPS.values())
    assert total.interval.mean == total.if_right.mean == pytest.approx(sum(walk.steps["change"]))
    for name, found in changes.items():
        assert found.mean == walk.steps.loc[name, "change"]
        assert found.p05 <= found.mean <= found.p95
    assert changes["New customers"].p05 > 0
    error = error_of(found_all.metrics["walk.new"])
    spread = changes["New customers"].p95 - changes["New customers"].p05
    assert error == pytest.approx(spread / 3.29 / posterior.draws**0.5, rel=0.3)
    assert 0 < error_of(found_all.metrics["walk.start"]) < walk.start / 10
    assert (
        changes["Probably gone since"].mean == 0
        and changes["Probably gone before"].mean == 0
        and np.isfinite(changes["Kept, worth less"].p95)
    )
