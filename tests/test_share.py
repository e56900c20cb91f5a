"""Share of customer: category spend, breadth, additions, steps, holders of several products, referrals, odd tables."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers.customers import share
from helpers.errors import StudyError
from helpers.report import tables

AS_OF = date(2025, 12, 31)
EARLY, LATE = date(2024, 6, 1), date(2025, 6, 1)


def lines(*rows) -> pd.DataFrame:
    """Lines (customer, day, category, revenue) as `yearly` brings them, list price equal to revenue."""
    table = pd.DataFrame(rows, columns=["customer_id", "order_date", "category", "revenue"])
    table = table.assign(
        margin=0.5 * table["revenue"], kind="purchase", quantity=1.0, list_price=table["revenue"]
    )
    return table.assign(recent=[day > date(2024, 12, 31) for day in table["order_date"]])


def people(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_two_years_are_read_and_told_apart():
    rows = pd.DataFrame(
        {
            "customer_id": ["a"] * 4,
            "order_date": [date(2023, 1, 1), EARLY, LATE, LATE],
            "category": "x",
            "revenue": 1.0,
            "margin": 0.5,
            "kind": ["purchase", "purchase", "purchase", "returned"],
            "quantity": 1.0,
            "list_price": 1.0,
        }
    )
    found = share.yearly(ibis.memtable(rows), AS_OF)
    assert sorted(found["recent"]) == [False, True]


def test_share_is_revenue_of_the_year_over_category_spend():
    customers = people(
        customer_id=["a", "b", "c", "d"], kind="consumer", category_spend=[400.0, 50.0, np.nan, 0.0]
    )
    book = lines(
        ("a", LATE, "x", 60.0),
        ("a", LATE, "y", 40.0),
        ("a", EARLY, "x", 999.0),
        ("b", LATE, "x", 100.0),
        ("c", LATE, "x", 1.0),
        ("d", LATE, "x", 1.0),
    )
    found = share.shares(customers, book).set_index("customer_id")
    assert found.loc["a", ["share", "elsewhere", "breadth"]].tolist() == [0.25, 300.0, 2]
    assert found.loc["b", ["share", "elsewhere"]].tolist() == [2.0, 0.0], "above 1 it stays as it is"
    assert found.loc[["c", "d"], "share"].isna().all(), "no spend, or a spend of 0, says nothing"


def test_internal_customers_are_not_won():
    customers = people(customer_id=["a", "b"], relation=["internal", "external"], category_spend=10.0)
    found = share.shares(customers, lines(("a", LATE, "x", 1.0), ("b", LATE, "x", 1.0)))
    assert found["customer_id"].tolist() == ["b"]
    assert found["kind"].tolist() == [share.UNSTATED]


def test_the_share_of_a_kind_weighs_by_spend_and_covers_its_truth():
    rng, inside = np.random.default_rng(1), 0
    for seed in range(60):
        spend = rng.lognormal(8, 1, 200)
        revenue = spend * rng.beta(2, 3, 200)
        table = pd.DataFrame(
            {
                "kind": "k",
                "category_spend": spend,
                "revenue": revenue,
                "share": revenue / spend,
                "elsewhere": spend - revenue,
            }
        )
        one = share.share_by_kind(table, 300, seed)["share"][0]
        inside += one.p05 <= 0.4 <= one.p95
    assert 46 <= inside <= 60


@pytest.mark.parametrize("spend", [[np.nan] * 30, [5.0] * 9 + [0.0] * 21])
def test_too_few_estimates_of_spend_are_refused(spend):
    customers = people(customer_id=[f"c{i}" for i in range(30)], category_spend=spend)
    table = share.shares(customers, lines(*[(f"c{i}", LATE, "x", 1.0) for i in range(30)]))
    with pytest.raises(StudyError, match="needs at least 10"):
        share.check_spend(table)


def test_added_is_a_category_not_bought_before():
    book = lines(
        ("a", EARLY, "x", 10.0),
        ("a", LATE, "x", 20.0),
        ("a", LATE, "y", 5.0),
        ("b", EARLY, "x", 10.0),
        ("b", LATE, "x", 10.0),
        ("c", LATE, "x", 1.0),
    )
    found = share.both_years(book).set_index("customer_id")
    assert found["added"].to_dict() == {"a": True, "b": False}
    assert found.loc["a", ["before", "after"]].tolist() == [10.0, 20.0], "what was added is not an upsell"


def test_a_rise_in_prices_is_no_upsell():
    table = pd.DataFrame({"before": np.full(50, 10.0), "after": np.append(np.full(48, 12.0), [24.0, 6.0])})
    usual, compared, up, down = share.steps(table, 0.25)
    assert usual == pytest.approx(0.2)
    assert (compared, up, down) == (50, 1, 1)
    assert share.steps(pd.DataFrame({"before": [np.nan], "after": [1.0]}), 0.25) == (0.0, 0, 0, 0)


def test_cross_sell_counts_those_who_could_add():
    rows = [(f"c{i}", EARLY, "x", 1.0) for i in range(20)] + [
        (f"c{i}", LATE, "x" if i < 15 else "y", 1.0) for i in range(20)
    ]
    rows += [("d", EARLY, "y", 1.0), ("d", LATE, "y", 1.0)]
    found = share.cross_sell(lines(*rows), minimum=10)
    assert found[["has", "adds", "customers", "added"]].to_numpy().tolist() == [["x", "y", 20, 5]]


def test_holders_are_looked_at_a_year_ago():
    book = lines(
        ("a", EARLY, "x", 1.0),
        ("a", EARLY, "y", 1.0),
        ("a", LATE, "x", 1.0),
        ("b", EARLY, "x", 1.0),
        ("b", date(2024, 12, 1), "x", 1.0),
        ("c", LATE, "x", 1.0),
    )
    found = share.holders(book, AS_OF).set_index("customer_id")
    assert found["several"].to_dict() == {"a": True, "b": False}
    assert found["stayed"].to_dict() == {"a": True, "b": False}
    assert found["prior"].to_dict() == {"a": 1, "b": 2}
    assert found["gap"]["b"] == 30


def test_referred_customers_count_once_for_who_sent_them():
    customers = people(
        customer_id=["a", "b", "b", "c", "d"], referred_by=[None, "a", "a", "a", "c"], kind="consumer"
    )
    book = lines(("b", LATE, "x", 10.0), ("c", LATE, "x", 20.0), ("d", EARLY, "x", 99.0))
    found = share.referrals(customers, book).set_index("customer_id")
    assert found["referred"].to_dict() == {"a": 2, "c": 1}
    assert found["margin"].to_dict() == {"a": 15.0, "c": 0.0}
    assert share.referrals(customers.drop(columns="referred_by"), book).empty


def test_referred_customers_are_compared_within_their_kind():
    """Firms earn more and are referred more: within kinds there is no difference."""
    n = 400
    kind = np.repeat(["firm", "person"], n)
    referred = np.where(np.arange(2 * n) % 10 < np.where(kind == "firm", 5, 1), "z", None)
    ids = [f"c{i}" for i in range(2 * n)]
    customers = people(customer_id=ids, kind=kind, referred_by=referred)
    book = lines(
        *[(who, LATE, "x", 200.0 if one == "firm" else 20.0) for who, one in zip(ids, kind, strict=True)]
    )
    found = share.mean_margin(customers, book, 200)
    assert found["referred"][1].mean == pytest.approx(found["others"][1].mean, rel=1e-9)
    assert share.mean_margin(customers.head(1), book) == {}


def test_an_empty_category_is_no_category():
    book = lines(
        ("a", EARLY, "x", 1.0), ("a", LATE, None, 1.0), ("b", EARLY, None, 5.0), ("b", LATE, None, 5.0)
    )
    assert share.both_years(book).empty
    customers = people(customer_id=["a", "b"], category_spend=10.0)
    assert share.shares(customers, book)["breadth"].tolist() == [0, 0]


def test_a_category_that_holds_html_is_shown_and_not_run():
    evil = "<script>alert(1)</script>"
    rows = [(f"c{i}", EARLY, "x", 1.0) for i in range(20)] + [
        (f"c{i}", LATE, "x" if i < 9 else evil, 1.0) for i in range(20)
    ]
    rows += [("d", EARLY, evil, 1.0), ("d", LATE, evil, 1.0)]
    found = share.cross_sell(lines(*rows), minimum=10)
    shown = tables.table_html(found.drop(columns="rate"), "Additions")
    assert "&lt;script&gt;" in shown and "<script>" not in shown
