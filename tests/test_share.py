"""Share of customer: category spend, breadth, additions, steps, holders of several products, referrals, odd tables."""

import json
from datetime import date
from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers import demo
from helpers.customers import cross_sell, holdings, share, share_survey
from helpers.errors import StudyError
from helpers.pages import tables
from helpers.pages.wording import say
from helpers.views import share_of_customer as view

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


def test_a_year_before_of_which_the_data_hold_days_only_tells_nothing():
    days = [date(2024, 12, 20), LATE, LATE]
    rows = pd.DataFrame({"customer_id": ["a"] * 3, "order_date": days, "category": ["x", "x", "y"]})
    rows = rows.assign(revenue=1.0, margin=0.5, kind="purchase", quantity=1.0, list_price=1.0)
    both = cross_sell.both_years(share.yearly(ibis.memtable(rows), AS_OF))
    added, steps = cross_sell.added_rate(both), cross_sell.steps(both, 0.25)
    assert (
        added is None and view.stepped(steps, added, 0.25) is None and cross_sell.metrics(added, steps) == {}
    )
    most, held, found = view.NOTHING(), SimpleNamespace(), SimpleNamespace(referrers=0, referred=0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(view, "staying", lambda held: view.NOTHING())
        told = view.answers(most, 0.05, added, held, found, currency="EUR", smallest=10)
    assert "5 % of the customers hold one product only; who added one is not known" in say(told[1])


def test_added_is_a_category_not_bought_before():
    book = lines(
        ("a", EARLY, "x", 10.0),
        ("a", LATE, "x", 20.0),
        ("a", LATE, "y", 5.0),
        ("b", EARLY, "x", 10.0),
        ("b", LATE, "x", 10.0),
        ("c", LATE, "x", 1.0),
    )
    found = cross_sell.both_years(book).set_index("customer_id")
    assert found["added"].to_dict() == {"a": True, "b": False}
    assert found.loc["a", ["before", "after"]].tolist() == [10.0, 20.0], "what was added is not an upsell"


def test_a_rise_in_prices_is_no_upsell():
    table = pd.DataFrame({"before": np.full(50, 10.0), "after": np.append(np.full(48, 12.0), [24.0, 6.0])})
    found = cross_sell.steps(table, 0.25)
    assert found.usual == pytest.approx(0.2)
    assert (found.up_rate, found.down_rate) == pytest.approx((1 / 50, 1 / 50))
    nobody = pd.DataFrame({"before": [np.nan], "after": [1.0]})
    assert cross_sell.steps(nobody, 0.25) == cross_sell.Steps(1, 0.0, 0.0, 0.0)


def test_cross_sell_counts_those_who_could_add():
    rows = [(f"c{i}", EARLY, "x", 1.0) for i in range(20)] + [
        (f"c{i}", LATE, "x" if i < 15 else "y", 1.0) for i in range(20)
    ]
    rows += [("d", EARLY, "y", 1.0), ("d", LATE, "y", 1.0)]
    found = cross_sell.cross_sell(lines(*rows), minimum=10)
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
    found = holdings.holders(book, AS_OF).set_index("customer_id")
    assert found["several"].to_dict() == {"a": True, "b": False}
    assert found["stayed"].to_dict() == {"a": True, "b": False}
    assert found["prior"].to_dict() == {"a": 1, "b": 2}
    assert found["gap"]["b"] == 30


def test_referred_customers_count_once_for_who_sent_them():
    customers = people(
        customer_id=["a", "b", "b", "c", "d"], referred_by=[None, "a", "a", "a", "c"], kind="consumer"
    )
    book = lines(("b", LATE, "x", 10.0), ("c", LATE, "x", 20.0), ("d", EARLY, "x", 99.0))
    found = holdings.referrals(customers, book).set_index("customer_id")
    assert found["referred"].to_dict() == {"a": 2, "c": 1}
    assert found["margin"].to_dict() == {"a": 15.0, "c": 0.0}
    assert holdings.referrals(customers.drop(columns="referred_by"), book).empty


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
    found = holdings.mean_margin(customers, book, 200)
    assert found["referred"][1].mean == pytest.approx(found["others"][1].mean, rel=1e-9)
    assert holdings.mean_margin(customers.head(1), book) == {}


def test_an_empty_category_is_no_category():
    book = lines(
        ("a", EARLY, "x", 1.0), ("a", LATE, None, 1.0), ("b", EARLY, None, 5.0), ("b", LATE, None, 5.0)
    )
    assert cross_sell.both_years(book).empty
    customers = people(customer_id=["a", "b"], category_spend=10.0)
    assert share.shares(customers, book)["breadth"].tolist() == [0, 0]


def test_a_category_that_holds_html_is_shown_and_not_run():
    evil = "<script>alert(1)</script>"
    rows = [(f"c{i}", EARLY, "x", 1.0) for i in range(20)] + [
        (f"c{i}", LATE, "x" if i < 9 else evil, 1.0) for i in range(20)
    ]
    rows += [("d", EARLY, evil, 1.0), ("d", LATE, evil, 1.0)]
    found = cross_sell.cross_sell(lines(*rows), minimum=10)
    shown = tables.table_html(tables.record(view.additions(found)))
    assert "&lt;script&gt;" in shown and "<script>" not in shown


# ---- category spend from a survey
OF_TEN = "Of ten purchases in the last twelve months, how many did you make with us?"


def answers(*rows, question=OF_TEN) -> pd.DataFrame:
    """Answers (customer, day, tenths)."""
    return pd.DataFrame(rows, columns=["customer_id", "asked_at", "score"]).assign(question=question)


def test_tenths_divide_the_revenue_of_the_year_before_the_answer():
    book = lines(("a", date(2024, 7, 1), "x", 60.0), ("a", LATE, "x", 40.0), ("a", date(2025, 9, 1), "x", 999.0),
                 ("b", LATE, "x", 10.0), ("c", EARLY, "x", 50.0))  # fmt: skip
    asked = answers(("a", "2025-03-01", 9), ("a", "2025-06-15", 4), ("b", "2025-06-15", 0), ("c", "2025-12-01", 5),
                    ("d", "2025-06-15", 5), ("b", "2023-06-15", 10))  # fmt: skip
    found = share_survey.category_spend(asked, "of ten", book, AS_OF)
    assert found.to_dict() == pytest.approx({"a": 250.0, "b": 400.0}), (
        "last answer; none of ten is a fortieth"
    )


def test_a_stated_spend_goes_before_a_surveyed_one_and_both_are_told():
    customers = people(customer_id=["a", "b", "c"], kind="consumer", category_spend=[400.0, np.nan, 0.0])
    book = lines(*((name, LATE, "x", 100.0) for name in "abc"))
    surveyed = pd.Series({"a": 999.0, "b": 200.0, "c": 1000.0})
    found = share.shares(customers, book, surveyed).set_index("customer_id")
    assert found["share"].to_dict() == pytest.approx({"a": 0.25, "b": 0.5, "c": 0.1})
    assert found["source"].to_dict() == {"a": share.STATED, "b": share.SURVEYED, "c": share.SURVEYED}
    assert share_survey.agreement(customers, surveyed, 1) == share_survey.Agreement(1, 999 / 400)
    assert share_survey.agreement(customers, surveyed, 10) is None


@pytest.mark.parametrize(
    "surveys",
    [
        None,
        answers(("a", "2025-06-15", 5)).drop(columns="question"),
        answers(("a", "2025-06-15", 9), question="Recommend?"),
    ],
)
def test_without_the_question_nothing_is_surveyed(surveys):
    assert share_survey.category_spend(surveys, "of ten", lines(("a", LATE, "x", 1.0)), AS_OF).empty


def test_two_questions_that_could_be_meant_are_refused_and_so_are_scores_that_are_no_tenths():
    book = lines(("a", LATE, "x", 1.0))
    both = pd.concat(
        [answers(("a", "2025-06-15", 5)), answers(("a", "2025-06-15", 5), question="Of ten friends?")]
    )
    with pytest.raises(StudyError, match="2 questions of surveys hold 'of ten'"):
        share_survey.category_spend(both, "of ten", book, AS_OF)
    with pytest.raises(StudyError, match=r"not tenths from 0 to 10; the first is 7\.5"):
        share_survey.category_spend(answers(("a", "2025-06-15", 7.5)), "of ten", book, AS_OF)


def test_who_is_known_stands_for_those_with_as_much_revenue():
    """Who buys much was asked more often: plainly, their higher share would stand for all."""
    rng = np.random.default_rng(1)
    spend = rng.lognormal(6, 0.3, 3000)
    true = np.linspace(0.05, 0.8, 3000)
    table = pd.DataFrame(
        {"revenue": spend * true, "kind": "consumer", "category_spend": spend, "share": true}
    )
    table["elsewhere"] = spend - table["revenue"]
    hidden = rng.random(3000) > 0.1 + 0.7 * table["revenue"].rank(pct=True)
    table.loc[hidden, ["category_spend", "share", "elsewhere"]] = np.nan
    found = share.share_by_kind(table).iloc[0]
    whole, plain = (spend * true).sum() / spend.sum(), table["revenue"][~hidden].sum() / spend[~hidden].sum()
    assert plain > whole + 0.07
    assert found["share"].mean == pytest.approx(whole, abs=0.025)
    assert found["elsewhere_all"].mean == pytest.approx((spend * (1 - true)).sum(), rel=0.06)


def test_a_running_subscription_is_a_product_held():
    plans = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c"],
            "started_at": ["2024-01-01", "2025-03-01", "2023-01-01"],
            "ended_at": [None, None, "2024-12-31"],
        }
    )
    assert share.subscribers(plans, date(2024, 12, 31)) == {"a"}
    assert share.subscribers(plans, AS_OF) == {"a", "b"}
    assert share.subscribers(None, AS_OF) == set()
    book = lines(*((name, day, "x", 1.0) for name in "abc" for day in (EARLY, LATE)))
    held = holdings.holders(book, AS_OF, {"a"}).set_index("customer_id")
    assert held["several"].to_dict() == {"a": True, "b": False, "c": False}
    found = share.shares(people(customer_id=list("abc")), book, None, {"a", "b"}).set_index("customer_id")
    assert found["breadth"].to_dict() == {"a": 2, "b": 2, "c": 1}


@pytest.mark.slow(seeds="companies 1 to 20")
def test_the_true_share_lies_in_its_interval(tmp_path):
    """20 companies of 2,000: at least 80 % of the kinds' true shares, from stated and surveyed spend, in their intervals."""
    inside = []
    for seed in range(1, 21):
        folder, as_of = demo.ensure(2000, seed, folder=tmp_path), date(2026, 6, 30)
        orders = pd.read_parquet(folder / "truth" / "orders.parquet").query("not is_future")
        day = pd.to_datetime(orders["order_date"]).dt.date
        orders = orders.assign(order_date=day, category="x", kind="purchase", recent=day > date(2025, 6, 30))
        book = orders[day > date(2024, 6, 30)]
        customers = pd.read_parquet(folder / "tables" / "customers.parquet")
        surveyed = share_survey.category_spend(
            pd.read_csv(folder / "tables" / "surveys.csv"), "of ten", book, as_of
        )
        kinds = share.share_by_kind(share.shares(customers, book, surveyed))
        truth = json.loads((folder / "truth" / "share_of_customer.json").read_text())
        its = [(row.share, truth[row.kind]["share"]) for row in kinds.itertuples()]
        inside.append(np.mean([share_of.p05 <= true <= share_of.p95 for share_of, true in its]))
    print(f"{np.mean(inside):.3f} of the true shares inside")
    assert np.mean(inside) >= 0.8, inside
