"""RFM and concentration: one segment per customer, scores that survive ties, shares that can be checked."""

from datetime import date, timedelta
from itertools import product

import ibis
import known
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from helpers.customers import concentration, rfm
from helpers.errors import StudyError

AS_OF = date(2024, 12, 31)


def make_ledger(rows):
    """A ledger of (customer, days before AS_OF, revenue, kind)."""
    frame = pd.DataFrame(rows, columns=["customer_id", "days", "revenue", "kind"])
    frame["order_date"] = [AS_OF - timedelta(days=int(days)) for days in frame.pop("days")]
    frame = frame.astype({"customer_id": "string", "kind": "string", "revenue": "float64"})
    return ibis.memtable(frame).mutate(order_date=ibis._.order_date.cast("date"))


def scored_frame(rows, cuts=None, window_days=365):
    measured = rfm.measure(make_ledger(rows), AS_OF, window_days)
    scored = rfm.score(measured, cuts or rfm.quintiles(measured))
    return scored.to_pandas().set_index("customer_id").sort_index()


def test_measures_by_hand():
    rows = [
        ("a", 10, 20.0, "purchase"),
        ("a", 10, 5.0, "purchase"),  # the same day: one purchase day
        ("a", 400, 100.0, "purchase"),  # before the window
        ("a", 3, -4.0, "return"),  # money back, but no purchase
        ("b", 500, 50.0, "purchase"),
        ("c", 2, 0.0, "returned"),
        ("d", -1, 9.0, "purchase"),  # after as_of
    ]
    table = rfm.measure(make_ledger(rows), AS_OF, 365).to_pandas().set_index("customer_id").sort_index()
    assert list(table.index) == ["a", "b", "c"]
    assert table.frequency.tolist() == [1, 0, 0]
    assert table.monetary.tolist() == [21.0, 0.0, 0.0]
    assert table.recency_days["a"] == 10 and table.recency_days["b"] == 500
    assert pd.isna(table.recency_days["c"])


def test_all_125_scores_have_exactly_one_segment_and_every_segment_is_reached():
    names = {scores: rfm.segment_name(*scores) for scores in product(range(1, 6), repeat=3)}
    assert len(names) == 125
    assert set(names.values()) == set(rfm.SEGMENTS) - {rfm.NO_PURCHASE}


def test_the_engine_names_segments_as_the_grid_does():
    cuts = rfm.CutPoints((10, 20, 30, 40), (1, 2, 3, 4), (10, 20, 30, 40))
    scores = pd.DataFrame(list(product(range(1, 6), repeat=3)), columns=["r", "f", "m"])
    measured = pd.DataFrame(
        {
            "customer_id": scores.index.astype("string"),
            "recency_days": 10 * (6 - scores.r),
            "frequency": scores.f,
            "monetary": 10.0 * scores.m,
        }
    )
    table = rfm.score(ibis.memtable(measured), cuts).to_pandas()
    pd.testing.assert_frame_equal(table[["r", "f", "m"]], scores, check_dtype=False)
    assert table.segment.tolist() == [rfm.segment_name(*row) for row in scores.itertuples(index=False)]


def test_quintiles_split_distinct_values_into_fifths():
    rows = [(f"{i:03d}", i, 1000.0 - i, "purchase") for i in range(100)]
    table = scored_frame(rows)
    assert table.r.value_counts().to_dict() == dict.fromkeys(range(1, 6), 20)
    assert table.m.value_counts().to_dict() == dict.fromkeys(range(1, 6), 20)
    assert table.r.is_monotonic_decreasing


def test_everyone_with_one_equal_order_gets_one_score_and_one_segment():
    table = scored_frame([(f"{i}", 30, 10.0, "purchase") for i in range(50)])
    assert table[["r", "f", "m"]].drop_duplicates().shape[0] == 1
    assert table.segment.nunique() == 1


def test_a_single_customer_and_one_who_only_returned():
    table = scored_frame([("a", 5, 10.0, "purchase"), ("b", 5, -10.0, "return")])
    assert table.segment["b"] == rfm.NO_PURCHASE
    assert table.segment["a"] in rfm.SEGMENTS


def test_bought_only_before_the_window_is_lost():
    table = scored_frame(
        [(f"{i}", i, 10.0 + i, "purchase") for i in range(20)] + [("old", 900, 500.0, "purchase")]
    )
    assert table.segment["old"] == "Lost"
    assert table.loc["old", ["r", "f", "m"]].tolist() == [1, 1, 1]


def test_an_empty_window_says_what_to_do():
    measured = rfm.measure(make_ledger([("a", 900, 10.0, "purchase")]), AS_OF, 365)
    with pytest.raises(StudyError, match="lengthen rfm_window_days"):
        rfm.quintiles(measured)


@pytest.mark.parametrize("cuts", [(1, 2, 3), (4, 3, 2, 1)])
def test_own_cut_points_must_be_four_rising_numbers(cuts):
    with pytest.raises(StudyError, match="frequency_cuts"):
        rfm.CutPoints((1, 2, 3, 4), cuts, (1, 2, 3, 4))


def test_cut_points_written_down_and_used_again_give_the_same_scores():
    rng = np.random.default_rng(3)
    rows = [
        (f"{i % 40}", int(d), float(v), "purchase") for i, (d, v) in enumerate(rng.gamma(2, 60, (200, 2)))
    ]
    first = rfm.measure(make_ledger(rows), AS_OF, 365)
    cuts = rfm.quintiles(first)
    copied = rfm.CutPoints(*(tuple(float(repr(cut)) for cut in measure) for measure in vars(cuts).values()))
    pd.testing.assert_frame_equal(scored_frame(rows, cuts), scored_frame(rows, copied))


def test_migration_counts_every_customer_once():
    rows = [
        ("a", 300, 10.0, "purchase"),
        ("a", 1, 50.0, "purchase"),
        ("b", 320, 90.0, "purchase"),
        ("c", 5, 7.0, "purchase"),
    ]
    ledger = make_ledger(rows)
    later = rfm.measure(ledger, AS_OF, 365)
    cuts = rfm.quintiles(later)
    earlier = rfm.measure(ledger, AS_OF - timedelta(days=180), 365)
    matrix = rfm.migration(rfm.score(earlier, cuts), rfm.score(later, cuts)).counts
    assert matrix.to_numpy().sum() == 3
    assert matrix.loc[rfm.NOT_YET].sum() == 1


@settings(max_examples=25, deadline=None)
@given(known.LINES)
def test_every_customer_of_any_ledger_has_exactly_one_segment(rows):
    rows = [*rows, ("buyer", 1, 5.0, "purchase")]
    rows = [(c, d, {"returned": 0.0, "return": -v}.get(kind, v), kind) for c, d, v, kind in rows]
    table = scored_frame(rows)
    assert sorted(table.index) == sorted({row[0] for row in rows})
    assert table.segment.isin(list(rfm.SEGMENTS)).all()


def test_equal_customers_hold_equal_shares():
    draws = concentration.top_share(np.full(500, 3.0), 0.2, draws=200)
    assert np.allclose(draws, 0.2)
    curve = concentration.lorenz(np.full(10, 2.0))
    assert np.allclose(curve.customers, curve.money)
    assert concentration.customers_holding(np.full(10, 2.0)) == 0.8


def test_top_share_agrees_with_the_plain_share_and_is_less_sure_of_fewer_customers():
    values = np.random.default_rng(1).pareto(2.5, 4000)
    plain = np.sort(values)[-800:].sum() / values.sum()
    many, few = concentration.top_share(values), concentration.top_share(values[:200])
    assert abs(many.mean() - plain) < 2 * many.std()
    assert few.std() > 2 * many.std()
    assert concentration.lorenz(values).money.iloc[20] == pytest.approx(plain, abs=1e-9)


def test_top_share_interval_covers_the_truth():
    # Exponential money: the best 20 % hold .2 (1 - log .2) = .5219 of it.
    rng, truth, inside = np.random.default_rng(5), 0.2 * (1 - np.log(0.2)), 0
    for _ in range(100):
        low, high = np.quantile(concentration.top_share(rng.exponential(size=300), draws=300), [0.05, 0.95])
        inside += low <= truth <= high
    assert 80 <= inside <= 97


def test_no_money_has_no_shares():
    with pytest.raises(StudyError, match="no meaning"):
        concentration.top_share([0.0, 0.0])
    with pytest.raises(StudyError, match="between 0 and 1"):
        concentration.top_share([1.0], share=20)
