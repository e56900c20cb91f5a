"""What the executive page says to do: only what was proven is advice, and every doubt travels with its action."""

import re
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from known import WORTH

from helpers.campaigns import design, next_actions, repeat_list, worth_summary
from helpers.customers import campaigns_and_leads, five_questions
from helpers.inference.intervals import Interval
from helpers.pages.shown import html_of, record_of
from helpers.pages.wording import say
from helpers.views import (
    campaign_answers,
    executive_actions,
    executive_beside,
    executive_value,
    lead_likeness,
    next_campaign,
    no_control_answers,
    rfm_segments,
    uplift_answers,
)


def value(campaign="winter", verdict="pays", mean=10.0, spread=4.0, **changes):
    return {
        "campaign_id": campaign, "arm": "a", "customers": 100, "identified": True,
        "incremental_clv_mean": mean, "incremental_clv_p05": mean - spread, "incremental_clv_p50": mean,
        "like_now": 0, "incremental_clv_p95": mean + spread, "cost": 2.0, "chance_pays": 0.999, "verdict": verdict,
        "withheld": False, "months": 24.0, "assigned": "randomized",
    } | changes  # fmt: skip


def planned(*rows, following=None, tests=(), reservations=()):
    listed = pd.DataFrame(
        [{"campaign_id": row["campaign_id"], "arm": row["arm"], "role": "contact"} for row in rows]
    )
    listed = listed.loc[[place for place, row in enumerate(rows) for _ in range(row["like_now"])]]
    values = pd.DataFrame(rows) if rows else None
    return next_actions.plan(values, following, tests, reservations, 10, repeats=listed)


def test_proven_actions_are_ranked_by_all_the_money_they_add():
    plan = planned(value("small", mean=20.0, customers=50), value("large", mean=15.0, customers=100))
    assert [one.name for one in plan.actions] == ["large", "small"]
    first = plan.actions[0]
    assert (first.gain.mean, first.gain.p05, first.cost, first.customers) == (1500.0, 1100.0, 200.0, 100)


def test_a_campaign_that_loses_is_stopped_and_saves_what_it_lost():
    plan = planned(value(verdict="loses", mean=-10.0, chance_pays=0.001))
    assert plan.actions[0].kind == next_actions.STOP
    assert (plan.actions[0].gain.mean, plan.actions[0].gain.p05, plan.actions[0].chance) == (
        1000.0,
        600.0,
        0.999,
    )


@pytest.mark.parametrize(
    "changes", [{"verdict": "undecided"}, {"identified": False}, {"withheld": True}, {"customers": 9}]
)
def test_what_is_not_proven_is_never_advice(changes):
    assert planned(value(**changes)).actions == []


def test_a_campaign_without_lots_is_neither_advice_nor_a_test():
    for verdict in ("pays", "undecided", "no verdict: how the arms were drawn is not said"):
        plan = planned(value(verdict=verdict, mean=2.0, assigned="unknown"))
        assert plan.actions == [] and plan.tests == []


def seen(**changes):
    row = {
        "campaign_id": "calendar",
        "arm": "parcel",
        "measure": "money",
        "customers": 400,
        "verdict": "worth a test",
    }
    gain = {"gain_mean": 3.0, "gain_p05": 1.0, "gain_p50": 3.0, "gain_p95": 5.0}
    return pd.DataFrame([row | gain | {"per_arm": 700, "cost": 2.0, "withheld": False} | changes])


def test_a_campaign_without_lots_that_is_worth_a_test_is_one_and_never_advice():
    plan = next_actions.plan(None, None, (), (), 10, seen())
    [test] = plan.tests
    assert plan.actions == [] and (test.kind, test.customers, test.cost) == (next_actions.DRAW, 1400, 1400.0)
    cards = executive_actions.actions(plan, "EUR")
    told = say(cards[1].cards[0].sentence)
    assert not cards[1].proven and "1,400 customers: half of them, drawn by lot, are left alone" in told
    assert say(cards[1].cards[0].sure) == "costs 1,400 EUR, not drawn by lot: no proof"


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": "not worth a test"},
        {"verdict": "no verdict"},
        {"withheld": True},
        {"customers": 9},
        {"per_arm": 4001},
        {"measure": "points"},
    ],
)
def test_what_is_not_worth_a_test_is_not_proposed(changes):
    assert next_actions.plan(None, None, (), (), 10, seen(**changes)).tests == []
    failed = {"notebook": "36_no_control_group", "verdict": "FAIL", "advice": "No.", "name": "c"}
    assert next_actions.plan(None, None, (), (failed,), 10, seen()).tests == []


def test_a_failed_check_of_its_page_takes_an_action_off_the_list():
    failed = {
        "notebook": "34_campaign_value",
        "name": "sampling",
        "verdict": "FAIL",
        "advice": "Do not use it.",
    }
    plan = planned(value(), reservations=[failed])
    assert (plan.actions, plan.tests) == ([], [])
    elsewhere = failed | {"notebook": "33_quasi_experiment"}
    assert len(planned(value(), reservations=[elsewhere]).actions) == 1


def test_a_doubt_about_another_campaign_stays_with_that_one():
    doubts = [
        {"notebook": "34_campaign_value", "name": "Largest", "verdict": "REVIEW", "advice": "One in summer."},
        {"notebook": "34_campaign_value", "name": "Harm", "verdict": "REVIEW", "advice": "For all of them."},
    ]
    plan = planned(value("winter"), value("summer", mean=5.0), reservations=doubts)
    assert [[one["name"] for one in action.doubts] for action in plan.actions] == [
        ["Harm"],
        ["Largest", "Harm"],
    ]


def test_a_doubt_knows_its_campaign_by_its_own_name_whatever_the_page_calls_it():
    about = {"advice": {"message": "m", "template": "", "fields": {"campaigns": ["summer"]}}}
    doubt = {
        "notebook": "34_campaign_value",
        "name": "Early",
        "verdict": "REVIEW",
        "advice": "Too early for sun.",
    }
    plan = planned(value("winter"), value("summer", mean=5.0), reservations=[doubt | {"said": about}])
    assert [(action.name, len(action.doubts)) for action in plan.actions] == [("winter", 0), ("summer", 1)]


def test_many_doubts_are_named_up_to_three_and_counted():
    doubts = [
        {"notebook": "34_campaign_value", "name": name, "verdict": "REVIEW", "advice": "For all."}
        for name in "abcde"
    ]
    cards = executive_actions.actions(planned(value(), reservations=doubts), "EUR")
    assert say(cards[0].cards[0].review) == "to review: “a”, “b”, “c” and 2 more"


def test_what_an_incentive_costs_a_customer_is_explained():
    [cards] = executive_actions.actions(planned(value()), "EUR")
    said = {say(label): say(fact) for label, fact in cards.cards[0].facts}
    assert said["What it costs"].startswith(
        "200.00 EUR, or 2.00 EUR a customer contacted: the contact, and the incentive of those"
    )


def test_whom_to_call_is_said_with_the_lists():
    lapsed = five_questions.Lapses(40, 100, 5)
    day = date(2026, 3, 31)
    open_ones = campaigns_and_leads.OpenLeads(7, Interval(700.0, 600.0, 690.0, 800.0), 90)
    doubt = {
        "notebook": "14_lead_funnel",
        "name": "Chances",
        "verdict": "REVIEW",
        "advice": "Take the order.",
    }
    lists = repeat_list.Lists(named=90, mailed=10, to_call=15, held=15, quiet=50, left=20)
    leads = executive_beside.call_leads(open_ones, "EUR", [doubt])
    told = say(leads).replace("\xa0", " ")
    assert told.startswith("`lead_priority.csv`: call the 7 leads still open, from the top of the list.")
    assert told.endswith("within 90 days and taking their chances as scored. To review: “Chances”.")
    assert "worth 700 EUR (600 to 800 EUR) in all" in told
    offered, called = executive_beside.offered(lists), executive_beside.call(lapsed, lists, day)
    files = executive_beside.files(offered, called, leads, executive_beside.lists(lists))
    assert say(files[0]).startswith("**Whom to call, and which list is for what**")
    names = ["repeat_list", "call_list", "lead_priority", "win_back_list"]
    assert [say(one).split(".csv`")[0] for one in files[1:]] == [f"- `{name}" for name in names]
    alone = say(executive_beside.call_leads(campaigns_and_leads.OpenLeads(7), "EUR", [doubt]))
    assert alone.endswith("from the top of the list."), "no doubt where no money is said"
    assert executive_beside.files(None, executive_beside.call(None, lists, day)) == []


def test_a_test_is_large_enough_to_settle_a_gain_like_the_one_seen():
    row = value(verdict="undecided", mean=2.0, spread=3.0)
    test = planned(row).tests[0]
    sd = 3.0 / 1.6448536  # of the gain with 100 treated customers, by its 90 % interval
    wanted = (1.959964 + 0.841621) * sd / 2.0
    assert test.customers == pytest.approx(100 * wanted**2, abs=1)
    assert planned(value(verdict="undecided", mean=0.5)).tests == []  # no plan: more than ten times as many
    assert planned(value(verdict="undecided", mean=-2.0)).tests == []  # nobody tests what is expected to lose


def test_the_list_is_advice_only_where_its_gain_is_almost_sure():
    row = {
        "arm": "all",
        "contacted": 40,
        "expected_cost": 80.0,
        "gain_mean": 33.0,
        "gain_p05": 20.0,
        "gain_p50": 33.0,
        "proven": True,
    }
    sure = pd.DataFrame([row | {"gain_p95": 50.0, "chance_positive": 0.99}])
    assert planned(following=sure).actions[0].kind == next_actions.LIST
    assert planned(following=sure.assign(chance_positive=0.8)).actions == []
    by_guess = planned(following=sure.assign(proven=False))
    assert by_guess.actions == [] and by_guess.tests == []  # its page says: treat everyone alike
    [test] = planned(following=sure.assign(chance_positive=0.8)).tests
    assert test.customers == 40 and test.arm == ""
    of_one_arm = pd.concat([sure.assign(arm="a"), sure.assign(arm="b", contacted=0), sure])
    cards = executive_actions.actions(planned(following=of_one_arm), "EUR")
    assert say(cards[0].cards[0].sentence) == "Send a to the 40 customers on the list for the next campaign."


def test_a_segment_is_tested_for_the_change_its_size_can_find():
    forecast = pd.DataFrame({"customer_id": range(400), "p_no_purchase": 0.6, "horizon_months": 12.0})
    rfm = pd.DataFrame({"customer_id": range(400), "segment": "Champions"})
    points = WORTH.assign(customers=[0, 0, 1000, 0])
    few = next_actions.segment_tests(points.assign(customers=300), forecast, rfm, 10)
    assert few == []  # only a change of more than ten points would be found
    tests = next_actions.segment_tests(points, forecast, rfm, 10)
    assert [one.name for one in tests] == ["Champions"]
    assert tests[0].base == pytest.approx(0.4)
    needed = design.sample_size(0.4, tests[0].change)
    assert needed == pytest.approx(1000, rel=0.03)
    assert tests[0].worth.mean == pytest.approx(
        750.0 / 1000
    )  # a point of retention, as its page says it per customer
    assert tests[0].worth.p05 < tests[0].worth.mean < tests[0].worth.p95
    assert next_actions.segment_tests(None, forecast, rfm, 10) == []
    lost = points.assign(segment=points["segment"].replace("Champions", "Lost"))
    given_up = rfm.assign(segment="Lost")
    assert next_actions.segment_tests(lost, forecast, given_up, 10) == [], (
        "its page says to spend nothing on them"
    )


def test_cards_say_the_action_its_money_its_sureness_and_its_page():
    doubt = {
        "notebook": "34_campaign_value",
        "name": "Harm",
        "verdict": "REVIEW",
        "advice": "Leave out <b>some</b>.",
    }
    cards = executive_actions.actions(planned(value(), reservations=[doubt]), "EUR")
    html = html_of(record_of(cards[0]))
    text = re.sub(r"<[^>]+>", " ", html)
    assert "Repeat winter (a) for customers chosen as last time, when 100 had it." in text
    told = text.replace("\xa0", " ")
    assert (
        "adds 1,000 EUR (600 to 1,400 EUR) in 24 months for as many" in told
        and "costs 200.00 EUR (offers as far as used), more than 99 % sure to pay" in told
    )
    assert "to review: “Harm”" in told
    assert "Leave out &lt;b&gt;some&lt;/b&gt;." in html
    assert 'href="34_campaign_value.html"' in html


def test_a_card_counts_the_customers_who_are_as_those_were_who_had_it():
    [cards] = executive_actions.actions(planned(value(like_now=300)), "EUR")
    card = cards.cards[0]
    assert say(card.sentence) == "Repeat winter (a) for the 300 customers who are like the 100 who had it."
    assert say(card.adds).replace("\xa0", " ") == "adds 3,000 EUR (1,800 to 4,200 EUR) in 24 months"
    assert say(card.sure).startswith("costs 600.00 EUR")
    [few] = executive_actions.actions(planned(value(like_now=9)), "EUR")  # a group too small to be told
    assert "9" not in say(few.cards[0].sentence) and "when 100 had it" in say(few.cards[0].sentence)
    plan = planned(value("then", customers=200), value("now", like_now=900))
    assert [one.name for one in plan.actions] == ["now", "then"]  # by what each adds today


def test_where_nothing_is_proven_the_first_card_says_so():
    cards = executive_actions.actions(planned(), "EUR")
    assert len(cards) == 1 and "No action is proven yet" in html_of(record_of(cards[0]))


def test_what_was_tried_by_lot_and_has_proven_nothing_is_not_to_be_repeated():
    rows = [
        value("winter"),
        value("spring", verdict="undecided", mean=-1.0),
        value("unsaid", assigned="unknown"),
    ]
    said = say(executive_beside.unproven(planned(*rows)))
    assert said == (
        "**Do not send to everyone again:** Spring (a): undecided, it may pay or lose, and its test is too small to tell."
    )
    rows += [
        value("summer", verdict="undecided", mean=-1.0, identified=False, chance_pays=0.4),
        value("lost", verdict="undecided to date", mean=-1.0, identified=False, chance_pays=0.06),
        value("loses", verdict="undecided", mean=-1.0, chance_pays=0.04),
        value("failed", verdict="pays", withheld=True),
    ]
    said = say(executive_beside.unproven(planned(*rows))).replace("\xa0", " ")
    assert " Summer (a): too early to judge, it may still pay or lose. " in said
    assert " Lost (a): most likely it has lost so far; that it has paid is unlikely (6 %). " in said
    assert " Loses (a): most likely it loses; that it pays within 24 months is very unlikely (4 %). " in said
    assert said.endswith(" Failed (a): no verdict, as checks of its page failed.")
    following = pd.DataFrame(
        [{"arm": arm, "contacted": 90, "expected_cost": 9.0, "chance_positive": 0.8} for arm in ("a", "all")]
    )
    following = following.assign(**Interval(5.0, -1.0, 5.0, 9.0).columns("gain_"), proven=True)
    html = html_of(record_of(executive_actions.actions(planned(*rows, following=following), "EUR")[1]))
    assert "As a test only, send a to the 90 customers on the next list; for everyone, as in spring" in html
    assert executive_beside.unproven(planned(value("winter"))) is None


def test_whether_numbers_may_be_quoted_is_said_at_once():
    assert say(executive_beside.quotable([], 0)).startswith("**May this be quoted?** Yes")
    assert "3 checks to review, on the page “All checks of this" in say(executive_beside.quotable([], 3))
    assert "Not what rests on a check that failed: Harm." in say(executive_beside.quotable(["Harm"], 2))


def test_the_walk_says_what_moved_the_value():
    walk = pd.DataFrame({"step": ["new", "grown", "lapsed"], "customers": 10, "change": [50.0, 20.0, -30.0],
                         "start": 100.0, "earlier": "2026-03-31"})  # fmt: skip
    walk = walk.assign(**Interval(40, 5, 40, 75).columns("in_all_"))
    worth = pd.DataFrame(
        [{"segment": "all customers", "horizon_months": 24, **Interval(140, 110, 139, 170).columns()}]
    )

    def told(walk):
        return say(executive_beside.moved(five_questions.movement(walk, worth), "EUR"))

    assert told(walk).startswith("Since 31 March 2026 it grew from 100 EUR to 140 EUR")
    alone = told(walk.assign(change=[0.0, -5.0, -5.0]))
    assert alone.startswith("Since 31 March 2026 it fell from 100 EUR to 90 EUR;")
    assert "the change lies between 5" in alone
    assert "−5 EUR by those who have probably gone since, −5 EUR by all others." in alone
    assert "it fell from 100 EUR to 85 EUR" in told(walk.assign(change=-5.0))
    large = worth.assign(mean=38_437.0, p05=30_500.0, p95=47_800.0)
    shrunk = walk.assign(start=40_057.0, change=[0.0, 212.0, -1_832.0])
    said = say(executive_beside.moved(five_questions.movement(shrunk, large), "USD"))
    assert "from 40,100 USD to 38,400 USD" in said
    assert "−1,800 USD by those who have probably gone since, +200 USD by all others." in said
    still = walk.assign(start=40_057.0, change=[0.0, 42.0, -1_832.0])
    said = say(executive_beside.moved(five_questions.movement(still, large), "USD"))
    assert "probably gone since, hardly anything by all others." in said


def test_a_change_that_may_be_none_is_not_said_to_be_one():
    """The direction is stated only where the whole interval of the change has it."""
    steps = {"step": ["new", "lapsed"], "customers": 10, "change": [50.0, -10.0]}
    walk = pd.DataFrame(steps | {"start": 100.0, "earlier": "2026-03-31"})
    worth = pd.DataFrame(
        [{"segment": "all customers", "horizon_months": 24, **Interval(140, 110, 139, 170).columns()}]
    )

    def told(*ends, sign=1):
        all_of_it = Interval(40, ends[0], 40, ends[1]).columns("in_all_")
        moved = walk.assign(change=sign * walk["change"], **all_of_it)
        return say(executive_beside.moved(five_questions.movement(moved, worth), "EUR"))

    assert "it grew from" in told(5, 75) and "not sure" not in told(5, 75)
    assert "Whether the value grew is not sure" in told(-15, 95) and "it grew" not in told(-15, 95)
    assert "Whether the value fell is not sure" in told(-15, 95, sign=-1)
    assert "between −15 EUR and 95 EUR" in told(-15, 95) or "between −15 and 95 EUR" in told(-15, 95)


def test_the_value_ahead_stands_beside_what_the_last_year_brought():
    row = {"segment": "all customers", "horizon_months": 24, **Interval(1400, 1100, 1390, 1700).columns()}
    past = five_questions.past_and_ahead(pd.DataFrame([row | {"current": 1500.0}]))
    said = say(executive_value.beside(past, None, "EUR"))
    assert said.startswith(
        "That is 700 EUR a year; the last year brought 1,500 EUR. The value ahead leaves out customers"
    )
    assert executive_value.beside(five_questions.past_and_ahead(pd.DataFrame([row])), None, "EUR") is None
    said = say(executive_value.beside(past, None, "EUR", won=0.47)).replace("\xa0", " ")
    assert "brought 1,500 EUR. Of its revenue 47 % came from customers won in that year;" in said
    terms = pd.DataFrame({"margin": [0.4, 0.3], "source": ["the data", "the study's own statement"]})
    assert five_questions.stated_margin(terms.head(1)) is None
    said = say(executive_value.beside(past, None, "EUR", five_questions.stated_margin(terms)))
    assert "Margin is taken as 30 % of revenue" in said


def test_a_page_says_to_repeat_only_what_is_shown_to_pay_by_lot():
    summary = pd.DataFrame(
        {
            "campaign_id": ["a", "b", "c"],
            "arm": "x",
            "verdict": ["pays", "undecided", "pays"],
            "customers": 90,
            "like_now": 200,
        }
    ).assign(assigned=["randomized", "randomized", "unknown"])
    shown = worth_summary.shown(summary)
    assert "Repeat a (x) for the 200 customers who are like the 90 who had it." in say(
        campaign_answers.to_do(shown, 10)
    )
    assert "Repeat a (x) for customers like the 90 who had it." in say(campaign_answers.to_do(shown, 201))
    assert say(campaign_answers.to_do(shown.head(0), 10)).startswith("Repeat none of them but as a test")


def test_pages_of_segments_leads_and_campaigns_say_what_to_do_in_each_state():
    people = pd.DataFrame({"customer_id": range(20)})
    assert say(rfm_segments.to_do(people, 10)).startswith(
        "Offer half of the 20 customers who have gone quiet, drawn by lot"
    )
    assert "the 20 customers who have gone quiet" in say(rfm_segments.to_do(people, 10))
    assert "half of each segment" in say(rfm_segments.to_do(people, 21))
    ranks = SimpleNamespace(ranks=True)
    assert say(lead_likeness.to_do(ranks, people)).startswith("Call the 20 leads that are not won")
    judged = SimpleNamespace(best="coupon")
    test = SimpleNamespace(by_lot=True, unit="customer", arms=["control", "coupon"])
    unsaid = SimpleNamespace(by_lot=False, unit="customer")
    some = pd.Series([10, 5, 2])
    told = [say(uplift_answers.to_do(judged, some, test, proven=proven)) for proven in (True, False)]
    gained = uplift_answers.to_do(judged, pd.Series([12, 5, 0]), test, proven=False)
    assert "Whether it goes to all is answered on the page" in say(gained)
    lost = pd.Series([0, 5, 12])
    assert say(uplift_answers.to_do(judged, lost, test, proven=False)).startswith("Do not repeat")
    assert uplift_answers.to_do(judged, lost[[0, 2, 1]], test, proven=False) == uplift_answers.to_do(
        judged, some, test, proven=False
    )
    assert told[0].startswith("Send coupon first") and told[1].startswith("Do not choose by this prediction")
    assert say(uplift_answers.to_do(judged, some, unsaid, proven=True)).startswith("Draw the arms")
    lists = [pd.DataFrame({"contacted": [some], "reserved": [5]}) for some in (40, 0)]
    assert [say(next_campaign.to_do(one, proven=True)).split(" ")[0:3] for one in lists] == [
        ["Send", "it", "to"],
        ["Send", "none", "of"],
    ]
    worth = SimpleNamespace(verdict="worth a test", per_arm=90)
    assert "draw lots: 90 customers get it" in say(no_control_answers.to_do(worth, test))
    assert say(no_control_answers.to_do(SimpleNamespace(verdict="no verdict"), test)).startswith(
        "Do not send coupon"
    )
