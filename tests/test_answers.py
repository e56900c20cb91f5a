"""The five answers say what the other notebooks found, each with its interval, and nothing of small groups."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from known import WORTH

from helpers.study.catalogue import load_catalogue
from helpers.views import five_questions


def intervals(table: pd.DataFrame, prefix: str, half: float) -> pd.DataFrame:
    """Give a table with PREFIXmean the other parts of its interval."""
    mean = table[f"{prefix}mean"]
    return table.assign(**{f"{prefix}p05": mean - half, f"{prefix}p50": mean, f"{prefix}p95": mean + half})


def found() -> dict[str, pd.DataFrame]:
    """Every artifact the page can read, small."""
    rng = np.random.default_rng(1)
    likely = np.repeat([0.95, 0.7, 0.1], [20, 15, 65])
    tiers = pd.DataFrame({"tier": np.where(likely > 0.5, "Most Valuable", "Maintain"), "Most Valuable": likely,
                          "Most Growable": 0.0})  # fmt: skip
    needs = pd.DataFrame({"customer_id": range(100), "group": "tea", "likeliest": "tea",
                          "p_tea": np.repeat([1.0, 0.0], [70, 30]), "p_beans": np.repeat([0.0, 1.0], [70, 30])})  # fmt: skip
    loyalty = pd.DataFrame(
        [
            ("nps", "all", 200, 31.0, 25.0, 31.0, 37.0),
            ("nps", "Champions", 20, 99.0, 98.0, 99.0, 100.0),
            ("ticket_effect", "any ticket", 90, -0.12, -0.2, -0.12, -0.04),
            ("ticket_effect", "still open", 30, -0.3, -0.4, -0.3, -0.2),
        ],
        columns=["measure", "group", "size", "mean", "p05", "p50", "p95"],
    )
    before, now = ["repeat"] * 80 + ["lapsed"] * 40 + ["prospect"] * 9, ["lapsed"] * 20 + ["repeat"] * 60
    now += ["won back"] * 12 + ["lapsed"] * 28 + ["repeat"] * 9
    before, now = before + ["not yet known"] * 50, now + ["first-time"] * 50
    base = pd.DataFrame({"state_before": before, "state": now})
    spend = rng.lognormal(5, 0.3, 60)
    share = pd.DataFrame({"kind": "firm", "category_spend": spend, "revenue": 0.25 * spend, "share": 0.25,
                          "elsewhere": 0.75 * spend})  # fmt: skip
    campaign = pd.DataFrame(
        {
            "campaign_id": ["welcome", "coupon", "rare", "open"],
            "arm": "a",
            "customers": [500, 500, 3, 500],
            "identified": [True, False, True, False],
            "verdict": ["pays", "loses to date; what lasts is not identified", "pays", "pays to date"],
            "withheld": False,
            "incremental_clv_mean": [12.0, -7.0, 999.0, 500.0],
        }
    )
    leads = pd.DataFrame(
        {"channel": ["web", "fair"], "leads": 100, "cost": [10.0, np.nan], "ceiling_mean": [50.0, 90.0]}
    )
    planned = pd.DataFrame(
        {"arm": ["a", "all"], "contacted": [40, 40], "expected_cost": 80.0, "gain_mean": 33.0}
    )
    return {
        "segment_value": WORTH,
        "retention_point": WORTH.assign(retention=0.62),
        "value_tiers": tiers,
        "needs_groups": needs,
        "loyalty": loyalty,
        "customer_base": base,
        "share_of_customer": share,
        "campaign_value": intervals(campaign, "incremental_clv_", 4.0),
        "next_campaign": intervals(planned, "gain_", 5.0),
        "lead_value": intervals(leads, "ceiling_", 8.0),
    }


@pytest.fixture(scope="module")
def said():
    spent = pd.Series([80.0] * 20 + [5.0] * 80)
    return five_questions.five_answers(found(), "EUR", date(2026, 3, 31), 10, spent)["Answer"].tolist()


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        (0, ["The best 20 % of last year's buyers brought 74 % (64 to 80 %)",
             "Champions holds 75 % of the value ahead with 25 %",
             "750.00 EUR (650.00 to 850.00 EUR)",
             "35 customers are most likely Most Valuable (20 with a probability of at least 90 %)"]),
        (1, ["NPS is 31 (25 to 37)", "by −12.0 percentage points (", "stays open by −30.0", "tea 70 % (", "beans 30 % ("]),
        (2, ["takes for active, 62 % will still be in a year", "1,000 EUR over 24 months, between 900.00 and 1,100 EUR",
             "Champions, 750.00 EUR (",
             "20 customers lapsed since 31 March 2026, 25", "and 12 came back", "most of it in the segment"]),
        (3, ["Firm: 25 % (25 to 25 %) of the category spend comes here"]),
        (4, ["Business as usual is worth 1,000 EUR", "Repeat welcome, a, +12.00 EUR (+8.00 to +16.00 EUR) per customer",
             "do not repeat coupon, a, −7.00 EUR", "contacts 40 customers for 80.00 EUR",
             "+33.00 EUR (+28.00 to +38.00 EUR)",
             "A lead from web may cost up to 50.00 EUR (42.00 to 58.00 EUR) and costs 10.00 EUR"]),
    ],
)  # fmt: skip
def test_each_question_is_answered_from_everything_there_is(said, question, phrases):
    assert [phrase for phrase in phrases if phrase not in said[question]] == [], said[question]


def test_the_largest_part_is_not_called_most():
    points = WORTH.assign(retention=0.62)
    points.loc[points["segment"] == "Champions", "mean"] = 400.0
    assert "; the largest part in the segment" in five_questions.retention_answer(points, "EUR", 10)


def test_the_gain_to_date_stands_beside_that_of_the_window():
    effects = pd.DataFrame({"campaign_id": "spring", "arm": ["b", "a"], "gain_mean": [-3.0, 2.0],
                            "sentence": ["stop", "roll out"], "withheld": False})  # fmt: skip
    values = pd.DataFrame(
        {"campaign_id": ["winter", "spring"], "arm": "a", "gain_to_date_mean": [9.0, -1.0], "withheld": False}
    )
    said = five_questions.campaign_answer(
        intervals(effects, "gain_", 1.0), intervals(values, "gain_to_date_", 2.0), "EUR"
    )
    assert "within its window, and by −1.00 EUR (−3.00 to +1.00 EUR) up to today" in said
    failed = five_questions.campaign_answer(
        intervals(effects.assign(withheld=True), "gain_", 1.0), None, "EUR"
    )
    assert "no answer" in failed and "EUR" not in failed


def test_what_is_not_sure_or_small_is_not_named(said):
    whole = " ".join(said)
    assert "rare" not in whole, "three customers"
    assert "open, a" not in whole, "what lasts is not identified: no advice to repeat"
    assert "New" not in whole
    assert "Most Growable" not in whole


def test_questions_without_data_say_what_they_need():
    none = five_questions.five_answers({"loyalty": None}, "EUR", date(2026, 3, 31))
    assert none["Question"].tolist() == list(five_questions.QUESTIONS)
    assert none["Answer"].str.startswith("Cannot be answered yet: it needs ").all()


def test_without_values_of_campaigns_the_effect_of_the_window_is_told():
    effects = pd.DataFrame({"campaign_id": "spring", "arm": ["b", "a"], "gain_mean": [-3.0, 2.0],
                            "sentence": ["stop", "roll out"], "withheld": False})  # fmt: skip
    last = five_questions.five_answers(
        {"campaign_effect": intervals(effects, "gain_", 1.0)}, "EUR", date(2026, 3, 31)
    )["Answer"][4]
    assert last.startswith(
        "Campaign spring, a: roll out; it changed margin after costs by +2.00 EUR (+1.00 to +3.00 EUR)"
    )


@pytest.mark.parametrize("name", sorted(found()))
def test_any_one_result_is_enough_for_its_own_answer(name):
    told = five_questions.five_answers({name: found()[name]}, "EUR", date(2026, 3, 31))["Answer"]
    assert not told.str.startswith("Cannot").all()
    assert name in load_catalogue()["51_executive_summary"].reads_if_there


def test_one_group_and_few_customers_are_said_plainly():
    one = pd.DataFrame({"customer_id": range(50), "p_all": 1.0})
    assert five_questions.needs_answer(one, 10) == "Customers cannot be told apart by what they buy"
    assert five_questions.concentration_answer(pd.Series(dtype=float)) == ""
    assert five_questions.tier_answer(found()["value_tiers"].head(5), 10) == ""
    assert five_questions.lapse_answer(found()["customer_base"].head(15), date(2026, 3, 31), 10) == ""
