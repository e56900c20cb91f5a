"""Which customers a run's lists name: how these overlap, whom a proven action is for, and the segment that lost most."""

from datetime import date

import pandas as pd
import pytest
from test_actions import value

from helpers.campaigns import next_actions, repeat_list
from helpers.customers import five_questions, who_is_named
from helpers.pages.wording import say
from helpers.views import campaign_value, executive_actions, executive_beside

LAPSES = five_questions.Lapses(100, 400, 20)


def ids(first, last):
    return [f"c{k}" for k in range(first, last)]


def repeats(first=0, last=100):
    return pd.DataFrame({"campaign_id": "winter", "arm": "a", "customer_id": ids(first, last)})


def rfm(first, last, segment="At risk"):
    return pd.DataFrame({"customer_id": ids(first, last), "segment": segment})


def values(*rows):
    return pd.DataFrame([value(name, like_now=like) | more for name, like, more in rows])


def listed(table, *alike, share=0.1):
    groups = [
        repeats(first, last).assign(campaign_id=name).drop(columns="arm") for name, first, last in alike
    ]
    return repeat_list.to_repeat(table, pd.concat(groups), 10, share, seed=1)


@pytest.mark.parametrize(
    ("first", "last", "mailed"),
    [
        (60, 160, 40),
        (200, 300, 0),
        (95, 195, None),  # five are on both
        (5, 105, None),  # all but five are, of either
    ],
)
def test_who_lapsed_and_gets_an_offer_is_not_called_and_half_of_the_rest_is_left_alone(first, last, mailed):
    lapsed, named = rfm(first, last).drop(columns="segment"), repeats()
    calls = repeat_list.to_call(lapsed, named, seed=1)
    assert list(calls["customer_id"]) == [one for one in ids(first, last) if one not in ids(0, 100)]
    assert calls["role"].value_counts().max() <= len(calls) / 2 + 1
    found = repeat_list.lists(calls, lapsed, named, rfm(first, last), 10)
    told = say(executive_beside.call(LAPSES, found, date(2026, 3, 31)))
    assert found.mailed == mailed
    if mailed is None:
        assert found.to_call is None and "marks as contact: half, drawn by lot" in told
    else:
        half = (100 - mailed) // 2
        assert told.startswith(
            f"`call_list.csv`: call the {half} customers that it marks contact, from the top"
        )
        assert f"leave the {half} marked control alone to compare; lots decided which." in told
        assert "of the 100 customers who lapsed since 31 March 2026 (page “Customer base”)" in told
        assert (f"the other {mailed} are in the list above" in told) == bool(mailed)


def test_who_is_left_of_the_win_back_list_is_counted_unless_few():
    named, lapsed = repeats(0, 100), rfm(100, 160).drop(columns="segment")
    calls = repeat_list.to_call(lapsed, named, seed=1)
    found = repeat_list.lists(calls, lapsed, named, rfm(50, 200), 10)
    assert (found.quiet, found.left) == (150, 40)
    said = say(executive_beside.lists(found))
    assert "a test for only 40 of its 150 customers" in said
    assert "those in neither of `repeat_list.csv` and `call_list.csv`" in said
    assert executive_beside.lists(repeat_list.lists(calls, lapsed, named, rfm(50, 165), 10)) is None
    assert executive_beside.lists(repeat_list.lists(None, None, None, rfm(0, 50), 10)) is None


def test_where_all_who_lapsed_get_an_offer_nobody_is_called():
    named, lapsed = repeats(), rfm(0, 100).drop(columns="segment")
    found = repeat_list.lists(repeat_list.to_call(lapsed, named, seed=1), lapsed, named, None, 10)
    assert executive_beside.call(LAPSES, found, date(2026, 3, 31)) is None


def test_a_company_without_proven_offers_calls_half_of_who_lapsed():
    lapsed = rfm(0, 40).drop(columns="segment")
    found = repeat_list.lists(repeat_list.to_call(lapsed, None, seed=1), lapsed, None, None, 10)
    assert (found.mailed, found.to_call, found.held, found.left) == (0, 20, 20, None)
    found = repeat_list.lists(repeat_list.to_call(lapsed, None, seed=1), lapsed, None, rfm(20, 60), 10)
    said = say(executive_beside.lists(found))
    assert "a test for only 20 of its 40 customers, those not in `call_list.csv`" in said


def test_only_those_for_whom_an_action_is_proven_are_named():
    table = values(
        ("pays", 40, {}),
        ("undecided", 40, {"verdict": "undecided"}),
        ("early", 40, {"identified": False}),
        ("withheld", 40, {"withheld": True}),
        ("by hand", 40, {"assigned": "not_randomized"}),
        ("few", 9, {}),
    )
    found = listed(table, *((name, 0, 40) for name in table["campaign_id"]))
    assert set(found["campaign_id"]) == {"pays"} and sorted(found["customer_id"]) == sorted(ids(0, 40))
    plan = next_actions.plan(table, None, (), (), 10, repeats=found)
    named = [one for one in plan.actions if one.then is not None]
    contacted = (found["role"] == "contact").sum()
    assert [(one.name, one.customers, one.held) for one in named] == [("pays", contacted, 40 - contacted)]


@pytest.mark.parametrize(("alike", "held"), [(300, 30), (60, 10), (19, 0)])
def test_a_part_of_each_list_is_left_alone_at_least_as_many_as_may_be_told(alike, held):
    table = values(("pays", alike, {}))
    found = listed(table, ("pays", 0, alike))
    assert (found["role"] == "control").sum() == held
    [cards] = executive_actions.actions(next_actions.plan(table, None, (), (), 10, repeats=found), "EUR")
    card, facts = cards.cards[0], {say(label): say(fact) for label, fact in cards.cards[0].facts}
    sentence = say(card.sentence)
    if held:
        assert (
            f"for {alike - held} customers like the 100 who had it, and leave {held} more alone" in sentence
        )
        assert facts["Whom to leave alone"].startswith(f"{held} customers, drawn by lot")
    else:
        assert (
            f"for the {alike} customers who are like the 100" in sentence
            and "Whom to leave alone" not in facts
        )
    assert facts["For whom"].startswith(f"{alike - held} customers, named in the list `repeat_list.csv`")
    assert say(card.sure).startswith(f"costs {2 * (alike - held)}.00 EUR")


def test_each_customer_gets_the_one_offer_that_adds_most():
    table = values(
        ("pays", 20, {"incremental_clv_mean": 8.0}),
        ("pays", 20, {"arm": "gift"}),
        ("too", 60, {"incremental_clv_mean": 9.0}),
    )
    found = listed(table, ("pays", 0, 20), ("too", 0, 60))
    assert found["customer_id"].is_unique
    assert found["offers"].value_counts().to_dict() == {1: 40, 3: 20}
    by_arm = found.groupby(["campaign_id", "arm"]).size().to_dict()
    assert by_arm == {("pays", "gift"): 20, ("too", "a"): 40}
    plan = next_actions.plan(table, None, (), (), 10, repeats=found)
    assert [(one.name, one.arm, one.customers + one.held, one.elsewhere) for one in plan.actions] == [
        ("too", "a", 40, 20),
        ("pays", "gift", 20, 0),
    ]
    assert not plan.unproven, "an arm that pays less is no advice, and not called unproven either"
    [cards] = executive_actions.actions(plan, "EUR")
    assert "so are 20 like them who get another offer that adds more" in say(cards.cards[0].facts[0][1])
    several = repeat_list.with_several_offers(found)
    assert "20 customers are like those of more than one campaign" in say(
        campaign_value.several_offers(several, 10)
    )
    assert "fewer than 30" in say(campaign_value.several_offers(several, 30))
    assert campaign_value.several_offers(0, 10) is None


def worth(**current):
    rows = [{"segment": "all customers", "customers": 300, "current": 900.0, "mean": 600.0}]
    rows += [
        {"segment": name.replace("_", " "), "customers": 100, "current": past, "mean": 10.0}
        for name, past in current.items()
    ]
    table = pd.DataFrame(rows)
    return table.assign(p05=table["mean"] - 5, p50=table["mean"], p95=table["mean"] + 5, horizon_months=24.0)


def test_of_the_segments_that_have_gone_quiet_the_one_that_brought_most_is_named():
    found = who_is_named.at_stake(
        worth(Champions=500.0, Cannot_lose=300.0, At_risk=100.0), 10, repeats(), rfm(80, 180, "Cannot lose")
    )
    assert (found.segment, found.customers, found.past, found.ahead.mean) == ("Cannot lose", 100, 300.0, 10.0)
    assert found.on_list == 20
    said = say(executive_beside.at_stake(found, "EUR"))
    assert said.startswith("The segment “Cannot lose” (100 customers) gets no action of its own")
    assert "20 are named" in said
    assert who_is_named.at_stake(worth(Champions=500.0, Loyal=300.0, New=100.0), 10) is None
    assert who_is_named.at_stake(worth(Cannot_lose=300.0), 101) is None
