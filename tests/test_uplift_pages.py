"""What the pages on uplift and on the next campaign say in each state of their results."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from helpers.campaigns import next_list, next_test, policy, ranking
from helpers.campaigns.qini import GRID, Curve
from helpers.inference.intervals import Interval
from helpers.pages.wording import say
from helpers.views import next_campaign, uplift_answers, uplift_targeting

TEST = SimpleNamespace(unit="customer", units=range(1000), by_lot=True)


def around(mean, width=1.0):
    return Interval(mean, mean - width, mean, mean + width)


def curve_of(qini):
    line = np.linspace(0, 1, len(GRID))
    return Curve(line, line - 1, line + 1, qini, around(0.5), around(1.0))


def ranking_of(qini, other):
    return ranking.Ranking({"letter": curve_of(qini)}, {"letter": curve_of(other)}, {"letter": 0.5})


def value_of(over):
    table = pd.DataFrame({"arm": [policy.FOR_EACH, "letter"], "contacted": [0.4, 1.0]})
    return policy.PolicyValue(table, around(3.0), around(over), float(table["contacted"].iloc[0]))


def answers(judged, value, advice, *, proven):
    sizes = policy.advice_sizes(np.array(advice))
    said = uplift_answers.answers(judged, value, sizes, TEST, proven=proven, currency="USD", smallest=10)
    return [say(one) for one in said]


@pytest.mark.parametrize(
    ("proven", "over", "words"),
    [
        (
            True,
            1.0,
            "Target by predicted gain: the prediction of who gains from letter ranks customers better",
        ),
        (True, -1.0, "Treat customers alike: the prediction of who gains from letter ranks customers better"),
        (False, 1.0, "Treat customers alike: the prediction of who gains from letter is not proven to rank"),
    ],
)
def test_targeting_is_advised_where_it_is_proven_and_earns_more(proven, over, words):
    judged = ranking_of(around(0.0456, 0.01), around(0.05, 0.01))
    found = answers(judged, value_of(over), [policy.LEAVE] * 1000, proven=proven)
    assert found[0].startswith(words)
    assert (
        found[0].endswith("(Qini).")
        and "brought +0.0456 USD per customer, between 0.0356 and 0.0556 USD" in found[0]
    )
    assert found[1].startswith(
        "Giving each the best arm would have made a difference of +3.00 USD per customer, between 2.00 and 4.00 USD, "
    )
    assert "reaching 40.0 %. Against the best simple rule that is" in found[1]
    assert ("earned no more than the best simple rule" in found[0]) == (proven and over < 0)


def test_without_lots_nobody_is_advised_anything(monkeypatch):
    monkeypatch.setattr(TEST, "by_lot", False)
    monkeypatch.setattr(TEST, "say_so", "assigned: {spring: randomized}", raising=False)
    [said] = answers(
        ranking_of(around(9.0), around(9.0)), value_of(9.0), [policy.CONTACT] * 1000, proven=True
    )
    assert said.startswith("No advice follows, because how these arms were drawn is not said. If by lot")
    assert said.endswith("assigned: {spring: randomized}")


def test_who_gains_and_who_is_harmed_is_counted_and_small_groups_are_not():
    judged, value = ranking_of(around(1.0), around(1.0)), value_of(1.0)
    advice = [policy.CONTACT] * 300 + [policy.LEAVE] * 695 + [policy.HARM] * 5
    assert answers(judged, value, advice, proven=True)[2] == (
        "At the required certainty the gain is clear for 300 customers (30 %), and fewer than 10 customers would lose by "
        "every arm and must not be contacted. For 695 customers (70 %) it is open."
    )
    assert answers(judged, value, [policy.LEAVE] * 1000, proven=True)[2] == (
        "At the required certainty nobody's gain is clear, and none is sure enough to lose by every arm to be left out for "
        "it. For 1,000 customers (100 %) it is open."
    )


def test_two_methods_must_agree():
    near, apart = ranking_of(around(5.0), around(6.5)), ranking_of(around(5.0), around(9.0))
    assert [ranking.check_second_opinion(one, "EUR").verdict for one in (near, apart)] == ["PASS", "REVIEW"]
    assert near.is_above_zero and not ranking_of(around(0.5), around(0.5)).is_above_zero
    assert [ranking.check_ranking(near, "EUR", proven=one).verdict for one in (True, False)] == [
        "PASS",
        "REVIEW",
    ]


def test_the_peak_of_profit_is_found_or_no_reach_pays():
    profits = policy.profits({"letter": curve_of(around(1.0)), "call": curve_of(around(1.0))}, 1000)
    top = policy.peak(profits)
    assert (top.arm, top.share, top.profit, top.pays) == ("letter", 1.0, 1000.0, True)
    flat = policy.peak(-profits)
    assert not flat.pays
    shown = uplift_targeting.profit(-profits, flat, TEST, "USD", proven=True)
    assert say(shown.title) == "No reach of any arm pays for its cost"


# ---- the next campaign
PLAN = {"certainty": 0.975, "control_share": 0.1}
DRAWS = np.linspace(-3, 17, 400)  # 85 % of them above zero


def listed(contacted=90, reserved=10, cost=180.0):
    rows = [
        {"arm": arm, "contacted": contacted, "reserved": reserved, "expected_cost": cost}
        | around(450.0, 200.0).columns("gain_")
        | {"chance_positive": 0.97, "proven": True}
        for arm in ("letter", next_list.ALL)
    ]
    return pd.DataFrame(rows)


def plan_said(planned, test, to_date=None, *, proven=True):
    known, assured = (
        SimpleNamespace(days=121, proven=proven, campaign_id="spring"),
        next_campaign.assured(test, 0.1),
    )
    said = next_campaign.answers(planned, test, known, to_date, assured, "USD")
    return [say(one) for one in said]


def test_the_list_says_whom_to_contact_and_how_sure_its_gain_is():
    test = next_test.plan(DRAWS, 100.0, 100, **PLAN)
    whom, pays, told = plan_said(listed(), test)
    assert whom == (
        "As a test, contact 90 customers and hold back 10: it may add +450 USD over 121 days after all costs, between 250 "
        "and 650 USD."
    )
    assert pays == "That the list pays is likely (85 %)."
    proven = plan_said(listed(), next_test.plan(DRAWS + 10, 100.0, 100, **PLAN))[0]
    assert proven.startswith("Contact 90 customers and hold back 10: expected gain +450 USD")
    assert told.startswith(
        "With 100 customers, 10 % in control, a roll-out after the next test has a probability of "
    )
    assert 0 < test.assurance < test.chance_gain and test.needed > 100
    values = pd.DataFrame(
        [{"campaign_id": "c", "arm": "letter", "withheld": False} | around(3.0).columns("gain_to_date_")]
    )
    found = next_list.elsewhere(listed(), values, "c")
    pays = plan_said(listed(), test, next_campaign.to_date(found, "USD"), proven=False)[1]
    assert "could not show that it beats chance" in pays
    assert pays.endswith("the gain per customer to date at: letter +3.00 USD (+2.00 to +4.00 USD).")
    for unknown in (None, values.assign(withheld=True), values.assign(campaign_id="other")):
        assert next_list.elsewhere(listed(), unknown, "c") == {}
    assert next_campaign.beside(next_campaign.to_date({}, "USD")) is None


def test_with_nobody_on_the_list_nothing_is_promised():
    test = next_test.plan(np.zeros(400), 100.0, 0, **PLAN)
    whom, _, told = plan_said(listed(0, 0, 0.0), test)
    assert whom.startswith("Contact nobody") and told.endswith("; no size of the test makes it 50 %.")
    groups = next_test.control_groups(np.zeros(400), 100.0, 0, [0.2], campaigns=4, **PLAN)
    assert (groups.best, groups.own, groups.perfect) == (None, None, 0.0)
    assert next_campaign.controls(groups, 4, "USD") is None
    assert next_campaign.best_control(groups, "USD") is None
    unworthy = next_test.check_worth(groups, 0, "USD")
    assert unworthy.verdict == "REVIEW" and say(unworthy.advice).startswith("Nobody is on the list")


def test_control_groups_are_weighed():
    groups = next_test.control_groups(DRAWS, 100.0, 1000, [0.2, 0.5], campaigns=4, **PLAN)
    assert groups.table["share"].tolist() == [0.1, 0.2, 0.5]
    assert groups.table["net"].to_numpy() == pytest.approx(groups.table["worth"] - groups.table["cost"])
    assert groups.own["share"] == 0.1 and groups.best["net"] == groups.table["net"].max()
    assert (groups.table["worth"] <= groups.perfect).all()
    said = say(next_campaign.best_control(groups, "USD"))
    assert f"control group of {groups.best['share']:.0%}".replace("%", " %") in said


def test_the_budget_is_kept_or_the_check_fails():
    verdicts = [next_list.check_budget(listed(), budget, "USD").verdict for budget in (0.0, 180.0, 179.0)]
    assert verdicts == ["PASS", "PASS", "FAIL"]
