"""The five answers say what the other notebooks found, each with its interval, and nothing of small groups."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from known import WORTH

from helpers import paths
from helpers.checks import check
from helpers.customers import campaigns_and_leads, five_questions
from helpers.inference.intervals import Interval
from helpers.messages import listing, money, paragraph
from helpers.pages import stored_checks
from helpers.pages.page import Page
from helpers.pages.wording import say
from helpers.study.catalogue import load_catalogue
from helpers.study.study import load_study
from helpers.views import executive_answers, executive_money, executive_value


@pytest.fixture(autouse=True)
def no_report(tmp_path, monkeypatch):
    """A draft reads the latest report of its study: here there is none, whatever was run before."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")


SAID = {"assigned": "randomized", "measure": "money", "outcome": ""}


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
            "verdict": ["pays", "loses to date; too early to say what lasts", "pays", "pays to date"],
            "withheld": False,
            "incremental_clv_mean": [12.0, -7.0, 999.0, 500.0],
        }
    )
    leads = pd.DataFrame(
        {"channel": ["web", "fair"], "leads": 100, "cost": [10.0, np.nan], "ceiling_mean": [50.0, 90.0]}
    ).assign(won_mean=0.25, worth_mean=200.0, value_months=12, won_within_days=90)
    leads = intervals(intervals(leads, "won_", 0.05), "worth_", 20.0)
    planned = pd.DataFrame(
        {"arm": ["a", "all"], "contacted": [40, 40], "expected_cost": 80.0, "gain_mean": 33.0}
    ).assign(proven=True)
    return {
        "segment_value": WORTH,
        "retention_point": WORTH.assign(retention=0.62),
        "value_tiers": tiers,
        "needs_groups": needs,
        "loyalty": loyalty,
        "customer_base": base,
        "share_of_customer": share,
        "campaign_value": intervals(campaign.assign(months=24.0), "incremental_clv_", 4.0),
        "next_campaign": intervals(planned, "gain_", 5.0),
        "lead_value": intervals(leads, "ceiling_", 8.0),
    }


def answers(
    found: dict, spent: pd.Series | None = None, currency: str = "EUR", smallest: int = 10
) -> list[str]:
    """The five answers as the notebook puts them together."""
    table = found.get
    told = five_questions.told
    best = told(table("segment_value"), five_questions.segments, smallest)
    window = executive_money.effect(
        told(table("campaign_effect"), campaigns_and_leads.effect, None), currency
    )
    lapsed = told(table("customer_base"), five_questions.lapses, smallest)
    sentences = [
        [
            told(spent, lambda money: executive_answers.best_fifth(five_questions.best_fifth(money))),
            executive_answers.as_sentence(executive_answers.segment(best, currency)),
            executive_answers.tiers(
                told(table("value_tiers"), five_questions.tiers, smallest), five_questions.SURE, smallest
            ),
        ],
        [
            executive_answers.score(told(table("loyalty"), five_questions.loyalty, 10)),
            executive_answers.as_sentence(
                executive_answers.ticket(told(table("loyalty"), five_questions.loyalty, 10))
            ),
            executive_answers.needs(told(table("needs_groups"), five_questions.needs, smallest)),
        ],
        [
            executive_answers.retention(
                told(table("retention_point"), five_questions.retention, smallest), currency
            ),
            executive_answers.still_active(
                told(table("retention_point"), five_questions.retention, smallest)
            ),
            executive_answers.lapses(lapsed, date(2026, 3, 31)),
        ],
        [
            executive_money.most_elsewhere(
                told(table("share_of_customer"), five_questions.shares, smallest), currency
            ),
            executive_money.shares(told(table("share_of_customer"), five_questions.shares, smallest)),
        ],
        [
            executive_value.equity(
                told(table("segment_value"), five_questions.equity), date(2026, 6, 30), currency
            ),
            executive_money.campaigns(
                told(table("campaign_value"), campaigns_and_leads.campaigns, smallest), window, currency
            ),
            executive_money.next_list(
                told(table("next_campaign"), campaigns_and_leads.next_list, smallest), currency
            ),
            executive_money.lead(
                told(table("lead_value"), campaigns_and_leads.dearest_lead, smallest), currency
            ),
        ],
    ]
    return [say(answer) for answer in executive_answers.five_answers(sentences)["Answer"]]


@pytest.fixture(scope="module")
def said():
    return answers(found(), pd.Series([80.0] * 20 + [5.0] * 80))


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        (0, ["The best 20 % of last year's buyers brought 74.5 % (63.5 to 79.7 %)",
             "Champions holds 75 % of the value ahead with 25.0 %",
             "750 EUR (650 to 850 EUR)",
             "35 customers are most likely Most Valuable (20 of these 35 with at least 80 % certainty). Beyond"]),
        (1, ["less that of detractors, is 31 (25 to 37)", "by −12.0 percentage points (",
             "after “still open” by −30 ", "tea 70 % (", "beans 30 % ("]),
        (2, ["takes for active, 62 % will still be active in a year",
             "1,000 EUR over 24 months, between 900 and 1,100 EUR", "20 customers of 80 lapsed since 31 March 2026 (25",
             "and 12 came back. Plan with the forecast.", "most of it in the segment"]),
        (3, ["Firm: 25 % (25 to 25 %) of the category spend comes here", "Errors in what customers say"]),
        (4, ["customers of 30 June 2026 bring 1,000 EUR",
             "Repeat welcome (a): +12.00 EUR (+8.00 to +16.00 EUR) per customer",
             "Do not repeat coupon (a): −7.00 EUR", "contacts 40 customers for 80.00 EUR",
             "+33.00 EUR (+28.00 to +38.00 EUR)",
             "A lead from web has cost 10.00 EUR and would pay up to 50.00 EUR (42.00 to 58.00 EUR). Of such leads "
             "25 % (20 to 30 %) become customers within 90 days, and those won so far brought 200 EUR (180 to 220 EUR) each "
             "in their first 12 months."]),
    ],
)  # fmt: skip
def test_each_question_is_answered_from_everything_there_is(said, question, phrases):
    assert [phrase for phrase in phrases if phrase not in said[question]] == [], said[question]


def test_the_largest_part_is_not_called_most():
    points = WORTH.assign(retention=0.62)
    points.loc[points["segment"] == "Champions", "mean"] = 400.0
    assert "; the largest part in the segment" in say(
        executive_answers.retention(five_questions.retention(points, 10), "EUR")
    )


def test_the_gain_to_date_stands_beside_that_of_the_window():
    effects = pd.DataFrame({"campaign_id": "spring", "arm": ["b", "a"], "gain_mean": [-3.0, 2.0],
                            "sentence": ["stop", "roll out"], "withheld": False, **SAID})  # fmt: skip
    values = pd.DataFrame(
        {"campaign_id": ["winter", "spring"], "arm": "a", "gain_to_date_mean": [9.0, -1.0], "withheld": False}
    )
    best = campaigns_and_leads.effect(
        intervals(effects, "gain_", 1.0), intervals(values, "gain_to_date_", 2.0)
    )
    said = say(executive_money.effect(best, "EUR"))
    assert "within its window, and by −1.00 EUR (−3.00 to +1.00 EUR) with the time after" in said
    unsaid = campaigns_and_leads.effect(intervals(effects.assign(assigned="unknown"), "gain_", 1.0), None)
    assert say(executive_money.effect(unsaid, "EUR")).startswith(
        "Campaign spring, a: no verdict, because how its arms"
    )
    rate = campaigns_and_leads.effect(
        intervals(effects.assign(measure="points", outcome="visit", gain_mean=[0.0, 0.02]), "gain_", 0.01),
        None,
    )
    assert "it changed visit by +2.0 percentage points per unit" in say(executive_money.effect(rate, "EUR"))
    failed = intervals(effects.assign(withheld=True), "gain_", 1.0)
    assert campaigns_and_leads.effect(failed, None) is None
    assert "No answer" in say(executive_money.effects(failed, None, "EUR"))


def test_what_is_not_sure_or_small_is_not_named(said):
    whole = " ".join(said)
    assert "rare" not in whole, "three customers"
    assert "open, a" not in whole, "too early to say what lasts: no advice to repeat"
    assert "New" not in whole
    assert "Most Growable" not in whole


def test_questions_without_data_say_what_they_need():
    none = answers({"loyalty": None})
    assert len(none) == len(executive_answers.QUESTIONS)
    assert all(one.startswith("Cannot be answered yet: it needs ") for one in none)


def test_without_values_of_campaigns_the_effect_of_the_window_is_told():
    effects = pd.DataFrame({"campaign_id": "spring", "arm": ["b", "a"], "gain_mean": [-3.0, 2.0],
                            "sentence": ["stop", "roll out"], "withheld": False, **SAID})  # fmt: skip
    last = answers({"campaign_effect": intervals(effects, "gain_", 1.0)})[4]
    assert last.startswith(
        "Campaign spring, a: roll out; it changed margin after costs by +2.00 EUR (+1.00 to +3.00 EUR)"
    )


@pytest.mark.parametrize("name", sorted(found()))
def test_any_one_result_is_enough_for_its_own_answer(name):
    assert not all(one.startswith("Cannot") for one in answers({name: found()[name]}))
    assert name in load_catalogue()["51_executive_summary"].reads_if_there


def test_one_group_and_few_customers_are_said_plainly():
    one = pd.DataFrame({"customer_id": range(50), "p_all": 1.0})
    assert (
        say(executive_answers.needs(five_questions.needs(one, 10)))
        == "Customers cannot be told apart by what they buy."
    )
    assert campaigns_and_leads.next_list(found()["next_campaign"].assign(proven=False), 10) is None
    assert five_questions.best_fifth(pd.Series(dtype=float)) is None
    assert five_questions.tiers(found()["value_tiers"].head(5), 10) == []
    assert five_questions.lapses(found()["customer_base"].head(15), 10) is None


def test_a_list_whose_page_withholds_its_answer_is_not_quoted(tmp_path):
    page = Page("51_executive_summary", load_study("demo"), tmp_path, is_draft=True)
    its = tmp_path / "artifacts" / "35_next_campaign"
    its.mkdir(parents=True)
    (its / "page.json").write_text(json.dumps({"withheld": ["sampling"]}))
    said = executive_money.next_list((40, 80.0, Interval(1.0, 0.5, 1.0, 2.0)), "EUR")
    assert "of the page “Next campaign” failed" in say(page.quote(said, "next_campaign"))
    assert page.quote(said, "lead_value") is said


def test_where_the_value_is_withheld_the_rest_of_the_summary_stands(tmp_path):
    its = tmp_path / "artifacts" / "24_customer_value"
    its.mkdir(parents=True)
    (its / "page.json").write_text(json.dumps({"withheld": ["sampling"]}))
    for instead in (
        None,
        executive_answers.as_sentence(stored_checks.DOUBT(check="It", advice="brought much")),
    ):
        page = Page("51_executive_summary", load_study("demo"), tmp_path, is_draft=True)
        page.answer("Worth 9.", of="segment_value", instead=instead)
        page.finish()
        stored = json.loads((tmp_path / "artifacts" / page.notebook / "page.json").read_text())
        said = [one["text"] for one in stored["answer"]]
        assert "of the page “Customer value” failed" in said[0] and "Worth 9." not in said
        assert len(said) == (2 if instead else 1) and bool(stored["withheld"]) is (instead is None)


def test_a_doubt_goes_where_its_number_is_quoted(tmp_path):
    page = Page("51_executive_summary", load_study("demo"), tmp_path, is_draft=True)
    its = tmp_path / "artifacts" / "24_customer_value"
    its.mkdir(parents=True)
    advice = [
        ("REVIEW", "The same method was 15.9 % too low."),
        ("PASS", "Nothing."),
        ("REVIEW", "Look again."),
    ]
    checks = [
        {"name": "total", "verdict": verdict, "advice": text, "value": "9 %"} for verdict, text in advice
    ]
    (its / "page.json").write_text(json.dumps({"checks": checks}))
    page.answer(
        executive_value.equity((Interval(9.0, 8.0, 9.0, 10.0), 24.0), date(2026, 6, 30), "EUR"),
        of="segment_value",
    )
    page.finish()
    said = [
        one["text"]
        for one in json.loads((tmp_path / "artifacts" / page.notebook / "page.json").read_text())["answer"]
    ]
    assert said[0].startswith("If nothing changes, customers of 30 June 2026 bring 9.00 EUR")
    assert said[1] == (
        "The page “Customer value” asks for a review: total, 9 %. The same method was 15.9 % too low. "
        "Total, 9 %. Look again."
    )


def test_the_answer_of_a_page_that_stands_alone_is_repeated_with_its_doubts_or_withheld(tmp_path):
    told = stored_checks.DOUBT(check="Sales +8 %", advice="Between 2 and 14 %.").record()
    doubted = {"name": "placebo", "verdict": "REVIEW", "advice": "Look at it."}
    for of, page in (
        ("33_quasi_experiment", {"answer": [told, "More."], "checks": [doubted]}),
        ("41_loyalty_and_service", {"answer": ["No answer."], "withheld": ["scale"]}),
    ):
        (tmp_path / "artifacts" / of).mkdir(parents=True)
        (tmp_path / "artifacts" / of / "page.json").write_text(json.dumps(page))
    page = Page("51_executive_summary", load_study("demo"), tmp_path, is_draft=True)
    page.repeat({"quasi_effect": None}, instead_of=(None, 1.0))
    page.repeat({"lead_value": told, "quasi_effect": None, "loyalty": None}, instead_of=(None, None))
    page.finish()
    stored = json.loads((tmp_path / "artifacts" / page.notebook / "page.json").read_text())
    said = [one["text"] for one in stored["answer"]]
    assert said[0] == "Sales +8 %. Between 2 and 14 %." and "placebo. Look at it." in said[1]
    assert "of the page “Loyalty and service” failed" in said[2] and len(said) == 3


@pytest.mark.parametrize("failed", [False, True])
def test_what_to_do_is_said_unless_the_answer_is_withheld(tmp_path, failed):
    page = Page("51_executive_summary", load_study("demo"), tmp_path, is_draft=True)
    page.add(check("totals", fail=failed, value=1.0, advice=stored_checks.DOUBT(check="a", advice="b")))
    page.answer("It grew.", rests_on=["totals"])
    page.action(None, stored_checks.DOUBT(check="Go on", advice="Now."))
    shown = page.finish()
    stored = json.loads((tmp_path / "artifacts" / page.notebook / "page.json").read_text())["action"]
    assert [one["text"] for one in stored] == ([] if failed else ["Go on. Now."])
    assert ("What to do: Go on. Now." in shown._repr_markdown_()) is not failed


def test_a_bare_number_is_not_said_beside_a_doubt_and_one_with_its_unit_is():
    bare = {"name": "ranking", "verdict": "REVIEW", "value": -13228.4, "advice": "Test on more units."}
    assert say(stored_checks.doubt(bare)) == "ranking. Test on more units."
    long = bare | {
        "advice": "It was 14.8 % off: plan with both ends. `group_by: year` lets them differ. Or wait."
    }
    assert say(stored_checks.doubt(long)) == "ranking. It was 14.8 % off: plan with both ends."
    told = bare | {"said": {"value": money(-13228.4, "VND").record()}}
    assert say(stored_checks.doubt(told)) == "ranking, −13,228 VND. Test on more units."


def test_several_things_that_a_check_found_are_stored_as_one_sentence():
    found = check(
        "Channels",
        review=True,
        value=listing(["web", "fair"]),
        threshold=0,
        advice=stored_checks.DOUBT(check="a", advice="b"),
    )
    stored = stored_checks.stored(found)
    assert stored["value"] == "web and fair" and say(stored_checks.part(stored, "value")) == "web and fair"


def test_a_long_finding_is_not_repeated_beside_a_doubt_and_sentences_begin_large():
    advice = stored_checks.DOUBT(check="look again", advice="At it.")
    long = [listing(["a finding of many words"] * 3), listing(["12 % off"])]
    made = [stored_checks.stored(check("totals", review=True, value=one, advice=advice)) for one in long]
    said = say(paragraph([stored_checks.doubt(one) for one in made]))
    assert said == "totals. Look again. Totals, 12 % off. Look again."


def test_pictures_write_their_values_and_cut_what_is_much_too_wide():
    around = [Interval(mean, mean - 1, mean, mean + 1) for mean in (2.0, 3.0)]
    wide = Interval(20.0, -40.0, 20.0, 80.0)
    tickets = executive_answers.tickets({"ticket": Interval(-0.09, -0.11, -0.09, -0.07)})
    (axes,) = tickets.draw(**tickets.data).axes
    assert [text.get_text() for text in axes.texts] == ["−9"]
    values = pd.DataFrame(
        [
            {"campaign_id": "c", "arm": str(arm), "identified": True, "months": 24.0, "reach_low": None}
            | one.columns("incremental_clv_")
            for arm, one in enumerate([wide, *around])
        ]
    ).assign(reach_high=None)
    claim = executive_answers.SENTENCE(claim="c")
    shown = executive_money.gains(values, None, claim, None, "EUR")
    (axes,) = shown.draw(**shown.data).axes
    assert axes.get_xlim()[1] < 10 and "Arrows" in say(shown.caption) and "(−40" in say(shown.caption)
    narrow = executive_money.gains(values.tail(2), None, claim, None, "EUR")
    assert say(narrow.caption) == "Over 24 months from the assignment, after costs."


def test_campaigns_stand_beside_each_other_over_one_time_span():
    to_date = Interval(1.0, 0.5, 1.0, 1.5).columns("incremental_clv_")
    rows = [
        {
            "campaign_id": name,
            "arm": "a",
            "identified": known,
            "months": 24.0,
            "reach_low": -5.0,
            "reach_high": 9.0,
        }
        for name, known in (("old", True), ("new", False))
    ]
    values = pd.DataFrame([row | to_date for row in rows])
    shown = executive_money.gains(values, None, executive_answers.SENTENCE(claim="c"), None, "EUR")
    (axes,) = shown.draw(**shown.data).axes
    drawn = axes.get_lines()
    assert [list(line.get_xdata()) for line in drawn if line.get_linestyle() == ":"] == [[-5.0, 9.0]]
    assert [list(line.get_xdata()) for line in drawn if line.get_marker() == "o"] == [[1.0]]
    assert "Dotted" in say(shown.caption)
