"""Purchases at fixed occasions: histories from a ledger, simulated futures, and the published donors."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers.clv import bg_bb, occasions
from helpers.clv.holdout_scores import Scores
from helpers.clv.purchase_comparison import Contest
from helpers.errors import StudyError
from helpers.inference.intervals import Interval


def ledger(lines):
    frame = pd.DataFrame(lines, columns=["customer_id", "order_date"]).assign(kind="purchase", revenue=1.0)
    return ibis.memtable(frame)


LINES = [
    ("a", date(2020, 5, 1)), ("a", date(2020, 9, 1)), ("a", date(2022, 1, 1)), ("a", date(2022, 2, 1)),
    ("b", date(2021, 12, 31)), ("c", date(2024, 2, 1)), ("a", date(2024, 1, 5)),
]  # fmt: skip


def test_histories_count_whole_occasions():
    ids = pd.Series(["c", "a", "b"])
    found = occasions.histories(ledger(LINES), ids, date(2024, 6, 30), "year")
    assert found.to_dict("index") == {
        "c": {"x": 0, "t_x": 0, "n": 0},  # came in the year that has not ended
        "a": {"x": 1, "t_x": 2, "n": 3},  # 2020 makes the customer, 2022 counts once, 2024 is left out
        "b": {"x": 0, "t_x": 0, "n": 2},
    }
    whole = occasions.histories(ledger(LINES), ids, date(2024, 12, 31), "year")
    assert whole.loc["a"].tolist() == [2, 4, 4]
    months = occasions.histories(ledger(LINES), ids, date(2022, 2, 28), "month")
    assert months.loc["a"].tolist() == [3, 21, 21]
    assert occasions.histories(ledger(LINES), ids, date(2022, 2, 27), "month").loc["a"].tolist() == [
        2,
        20,
        20,
    ]


def test_an_unknown_occasion_and_a_holdout_without_one_are_refused():
    ids = pd.Series(["a"])
    with pytest.raises(StudyError, match="'week' is not known; it can be month or year"):
        occasions.histories(ledger(LINES), ids, date(2024, 6, 30), "week")
    with pytest.raises(StudyError, match="holds no whole year"):
        occasions.forecast(ledger(LINES), ids, date(2023, 12, 31), date(2024, 6, 30), "year")


def test_a_review_is_asked_for_where_bg_bb_forecasts_better():
    def contest(crps, **others):
        scores = {"bg_nbd": Scores("BG/NBD", 0.5, 9.0, 0.0, 0.9, 0.3)}
        scores |= {key: Scores("BG/BB", crps, 9.0, 0.0, 0.9, 0.3) for key in others}
        return Contest(scores, "bg_nbd", "zero", Interval(0, 0, 0, 0))

    assert occasions.check_occasions(contest(0.4)) is None
    assert occasions.check_occasions(contest(0.4, bg_bb=True)).verdict == "REVIEW"
    assert occasions.check_occasions(contest(0.6, bg_bb=True)).verdict == "PASS"
    assert occasions.forecasts(None, None, None, None, "") == {}


class Known:
    """BG/BB at exact parameters, in place of a posterior."""

    def __init__(self, theta, draws):
        self.theta = tuple(np.full(draws, value) for value in theta)


@pytest.fixture
def at_published(monkeypatch):
    monkeypatch.setattr(bg_bb, "parameter_draws", lambda tree: tree.theta)
    return (1.204, 0.750, 0.657, 2.783)


def test_simulated_futures_have_the_closed_forms_mean(at_published):
    rows = pd.DataFrame({"x": [0, 2, 6, 1], "t_x": [0, 4, 6, 1], "n": 6})
    drawn = occasions.simulate(Known(at_published, 40_000), rows, 5)
    expected = bg_bb.expected_purchases(at_published, rows["x"], rows["t_x"], rows["n"], 5)
    assert drawn.mean(axis=1) == pytest.approx(expected.to_numpy(), rel=0.03, abs=0.01)
    assert drawn.max() == 5


def test_who_just_came_is_forecast_as_a_new_customer(at_published):
    alpha, beta, gamma, delta = at_published
    drawn = occasions.simulate(Known(at_published, 40_000), pd.DataFrame({"x": [0], "t_x": [0], "n": [0]}), 1)
    assert drawn.mean() == pytest.approx(alpha / (alpha + beta) * delta / (gamma + delta), rel=0.03)
