"""The executive page's sentences say what the numbers say."""

from datetime import date

import pandas as pd
import pytest

from helpers import summary

WORTH = pd.DataFrame(
    {
        "segment": ["all customers", "Lost", "Champions", "New"],
        "customers": [100, 70, 25, 5],
        "mean": [1000.0, 200.0, 750.0, 50.0],
        "p05": [900.0, 150.0, 650.0, 10.0],
        "p50": [1000.0, 200.0, 750.0, 50.0],
        "p95": [1100.0, 250.0, 850.0, 90.0],
        "horizon_months": 24.0,
    }
)
EFFECTS = pd.DataFrame(
    {
        "campaign_id": "spring",
        "arm": ["b", "a"],
        "gain_mean": [-3.0, 2.0],
        "gain_p05": [-5.0, 1.0],
        "gain_p50": [-3.0, 2.0],
        "gain_p95": [-1.0, 3.0],
        "sentence": ["stop", "roll out"],
    }
)


def test_questions_are_answered_from_what_is_known():
    answers = summary.five_answers({"segment_value": WORTH, "campaign_effect": EFFECTS}, "EUR").set_index(
        "Question"
    )["Answer"]
    assert len(answers) == 5
    assert (
        answers.iloc[0] == "The segment Champions holds 75 % of the value ahead with 25 % of the customers."
    )
    assert answers.iloc[1].startswith(
        "Campaign spring, a: roll out; it changed margin after costs by +2.00 EUR"
    )
    assert "1,000 EUR" in answers.iloc[4]
    assert "24 months" in answers.iloc[4]


def test_questions_without_data_say_what_they_need():
    answers = summary.five_answers({}, "EUR")["Answer"]
    assert answers.str.startswith("Cannot be answered yet").all()


def test_small_segments_are_not_drawn_and_the_largest_comes_first():
    shown, total = summary.segments(WORTH, minimum=10)
    assert list(shown) == ["Champions", "Lost"]
    assert total.p95 == 1100.0


def test_only_whole_months_count():
    days = [date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 1)]
    ledger = pd.DataFrame({"order_date": days, "revenue": [1.0, 2.0, 4.0]})
    assert summary.monthly_revenue(ledger, date(2026, 3, 30)).tolist() == [1.0, 2.0]
    assert summary.monthly_revenue(ledger, date(2026, 3, 31)).tolist() == [1.0, 2.0, 4.0]


def test_change_needs_two_years():
    year = pd.Series([1.0] * 12 + [1.5] * 12)
    assert summary.year_on_year(year) == pytest.approx(0.5)
    assert summary.year_on_year(year.iloc[1:]) is None


def test_service_retention_and_share_are_answered_where_they_are_known():
    loyalty = pd.DataFrame(
        [
            ("nps", "all", 200, 31.0, 25.0, 31.0, 37.0),
            ("ticket_effect", "any ticket", 90, -0.12, -0.2, -0.12, -0.04),
        ],
        columns=["measure", "group", "size", "mean", "p05", "p50", "p95"],
    )
    points = WORTH.assign(retention=0.62)
    share = pd.DataFrame(
        {
            "share": [0.5, None],
            "revenue": [50.0, 10.0],
            "category_spend": [100.0, None],
            "elsewhere": [50.0, None],
        }
    )
    found = {"loyalty": loyalty, "retention_point": points, "share_of_customer": share}
    answers = summary.five_answers(found, "EUR")["Answer"]
    assert answers[1].startswith("NPS is 31") and "−12.0 percentage points" in answers[1]
    assert (
        "62 % will still be active" in answers[2] and "1,000 EUR" in answers[2] and "Champions" in answers[2]
    )
    assert "New" not in answers[2]
    assert "give us 50 % of it; 50.00 EUR a year goes elsewhere, from 1 customer" in answers[3]
