"""The executive page's numbers."""

from datetime import date

import ibis
import pandas as pd
import pytest
from known import WORTH

from helpers.campaigns import next_actions
from helpers.checks import check
from helpers.contracts import finding_checks
from helpers.customers import five_questions
from helpers.languages import speaking
from helpers.pages import stored_checks
from helpers.pages.wording import say
from helpers.views import executive_answers, executive_beside, executive_summary


def test_small_segments_are_not_drawn_and_the_largest_comes_first():
    assert [one.name for one in five_questions.segments(WORTH, minimum=10)] == ["Champions", "Lost", "New"]
    rare = WORTH.tail(1).assign(segment="Rare", customers=5)  # New covers it
    few = five_questions.segments(pd.concat([WORTH, rare]), minimum=10)
    assert [one.name for one in few] == ["Champions", "Lost"]
    total, months = five_questions.equity(WORTH)
    assert (total.p95, months) == (1100.0, 24.0)


def test_a_reservation_says_its_check_in_the_language_of_the_page():
    told = stored_checks.stored(
        check(finding_checks.HOLDS["ids_spoilt"](table="orders"), review=True, advice="Look.")
    )
    with speaking("vi"):
        table = executive_summary.reservations([told | {"notebook": "01"}], {"01": "Data quality"})
        said = table.frame["Check"].map(say).tolist()
    assert said == ["Chất lượng dữ liệu: orders: mã còn nguyên vẹn (XEM LẠI)"]


def test_only_whole_months_count():
    days = [date(2026, 1, 10), date(2026, 2, 10), date(2026, 3, 1)]
    ledger = ibis.memtable({"order_date": days, "revenue": [1.0, 2.0, 4.0]})
    assert five_questions.monthly_revenue(ledger, date(2026, 3, 30)).tolist() == [1.0, 2.0]
    assert five_questions.monthly_revenue(ledger, date(2026, 3, 31)).tolist() == [1.0, 2.0, 4.0]


def test_change_needs_two_years():
    year = pd.Series([1.0] * 12 + [1.5] * 12)
    assert five_questions.year_on_year(year) == pytest.approx(0.5)
    assert five_questions.year_on_year(year.iloc[1:]) is None


def test_growth_that_slows_is_said():
    revenue = pd.Series([10.0] * 12 + [30.0] * 9 + [12.0] * 3)
    year = five_questions.last_year(revenue)
    assert year.lately == pytest.approx(0.2) and year.change == pytest.approx(306 / 120 - 1)
    said = say(executive_summary.brought(year, "EUR"))
    assert "155 % more than the 12 months before; the last three, 20 % more than a year earlier" in said
    assert five_questions.last_year(revenue.head(20)).lately is None


def test_revenue_of_the_year_is_per_customer():
    days = [date(2025, 3, 31), date(2025, 4, 1), date(2026, 3, 31), date(2026, 4, 1)]
    ledger = ibis.memtable(
        {"customer_id": ["a", "a", "a", "b"], "order_date": days, "revenue": [1.0, 2.0, 4.0, 8.0]}
    )
    assert five_questions.revenue_of_year(ledger, date(2026, 3, 31)).to_dict() == {"a": 6.0}


def test_it_is_said_whether_numbers_can_be_quoted():
    titles = {"24_customer_value": "Customer value"}
    review = {"notebook": "24_customer_value", "name": "total", "verdict": "REVIEW", "advice": "Look again."}
    assert "1 check to review" in say(executive_beside.quotable([], 1))
    assert five_questions.doubts_value([review]) and not five_questions.doubts_value(
        [review | {"notebook": "x"}]
    )
    roughly = say(executive_beside.quotable([], 1, doubted=True))
    assert "only as a rough size" in roughly and "Yes" not in roughly
    said = say(executive_beside.quotable(["total"], 2))
    assert said.startswith("**May this be quoted?** Not what rests on a check that failed: total.")
    assert say(executive_beside.quotable([], 0)).endswith("every check of every page passed.")
    assert len(executive_summary.reservations([review], titles).frame) == 1
    assert say(executive_summary.reservations([], titles)) == "Every check of every page passed."


def test_a_question_without_an_answer_has_no_section_and_is_told_among_what_is_not_known():
    known = executive_answers.answered(None, None, executive_answers.TOO_FEW())
    assert [say(one) for one in known] == ["Surveys and tickets are too few to tell."]
    assert executive_answers.answered(None, None, claim=None) == []
    open_ones = executive_answers.unanswered([known, [], known, known, []])
    assert [say(one).split("** ")[0] for one in open_ones] == [
        "**How do we serve them better, and what does that add?",
        "**How do we raise net profit?",
    ]
    said = [say(one) for one in executive_beside.not_told(False, open_ones)]
    assert len(said) == 2 and all(one.startswith("- **How do we") for one in said)


@pytest.mark.parametrize("mailed", [True, False])
def test_mailings_that_go_on_are_told_only_where_the_value_has_them(mailed):
    terms = pd.DataFrame({"group": ["a", "b"], "repeats_mailings": [False, mailed]})
    said = executive_beside.not_told(five_questions.repeats_mailings(terms), [])
    assert ["if the mailings stop" in say(one) for one in said] == [True] * mailed
    assert executive_beside.not_told(None, []) == []


def test_what_new_customers_bought_of_the_last_year_is_told_where_it_is_known_who_is_new():
    first = ["2024-01-05"] * 20 + ["2025-09-01"] * 15
    lines = pd.DataFrame({"customer_id": [f"c{k}" for k in range(35)], "order_date": pd.to_datetime(first)})
    again = lines.assign(order_date=pd.Timestamp("2026-01-10"))
    ledger = pd.concat([lines, again], ignore_index=True).assign(revenue=10.0)
    as_of = date(2026, 6, 30)
    known = five_questions.won_share(ibis.memtable(ledger), as_of, 10)
    assert known == pytest.approx(30 / 50)  # of the old ones only January counts
    assert five_questions.won_share(ibis.memtable(ledger), as_of, 16) is None, "few are new"
    late = ledger.assign(order_date=ledger["order_date"].clip(lower=pd.Timestamp("2025-01-01")))
    assert five_questions.won_share(ibis.memtable(late), as_of, 10) is None, "who is new nobody knows"


def test_a_reservation_names_the_campaign_that_its_page_is_about():
    one = {"notebook": "31", "name": "margin", "verdict": "REVIEW", "advice": "Wait."}
    found = [one | {"about": "spring"}, one]
    table = executive_summary.reservations(found, {"31": "Experiment"})
    told = [say(cell) for cell in table.frame["Check"]]
    assert told == ["Experiment, spring: margin (REVIEW)", "Experiment: margin (REVIEW)"]
    shown = stored_checks.stored(check("margin", value=1.0), "spring")
    assert shown["about"] == "spring" and "about" not in stored_checks.stored(check("margin", value=1.0))


def test_brackets_in_what_a_check_found_stand_in_no_other_brackets():
    found = {"name": "chances", "verdict": "REVIEW", "said": {}}
    assert say(stored_checks.quoted(found | {"value": "won 56 % (48 to 63 %)"})) == (
        "“chances”: won 56 % (48 to 63 %)"
    )
    assert say(stored_checks.quoted(found | {"value": "more than 20 %"})) == "“chances” (more than 20 %)"


def test_campaigns_stand_in_the_order_of_the_actions():
    ends = {"incremental_clv_p05": [5.0, 1.0, -3.0, -1.0]}
    values = pd.DataFrame({"campaign_id": ["a", "b", "c", "d"], "arm": "x", **ends})
    plan = next_actions.Plan(
        [next_actions.Action("repeat", name, 9, "34", arm="x") for name in ("b", "a")], []
    )
    assert list(next_actions.ordered(values, plan)["campaign_id"]) == ["b", "a", "d", "c"]
