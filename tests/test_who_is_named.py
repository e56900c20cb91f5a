"""Which customers a run's lists name: how these overlap, whom a proven action is for, and the segment that lost most."""

import pandas as pd
import pytest
from test_actions import value

from helpers.campaigns import next_actions
from helpers.customers import who_is_named
from helpers.pages.wording import say
from helpers.views import campaign_value, executive_beside


def ids(first, last):
    return [f"c{k}" for k in range(first, last)]


def repeats(first=0, last=100):
    return pd.DataFrame({"campaign_id": "winter", "arm": "a", "customer_id": ids(first, last)})


def base(first, last):
    return pd.DataFrame({"customer_id": ids(first, last), "state_before": "loyal", "state": "lapsed"})


def rfm(first, last, segment="At risk"):
    return pd.DataFrame({"customer_id": ids(first, last), "segment": segment})


@pytest.mark.parametrize(
    ("first", "last", "both"),
    [
        (60, 160, 40),
        (200, 300, None),  # nobody is on both
        (95, 195, None),  # five are
        (5, 105, None),  # all but five are, of either
        (0, 100, 100),
    ],
)
def test_lists_that_overlap_say_by_how_many_unless_these_or_the_rest_are_few(first, last, both):
    found = who_is_named.lists(repeats(), base(first, last), rfm(first, last), 10)
    assert found == who_is_named.Lists(100, both, both)
    told = executive_beside.lists(found)
    if both is None:
        assert told is None
    else:
        assert f"of the 100 customers in `repeat_list.csv`, {both} are in `lapsed_customers.csv`" in say(told)


def test_nothing_is_said_of_lists_where_nothing_is_to_be_repeated():
    assert who_is_named.lists(repeats(0, 0), base(0, 50), rfm(0, 50), 10) is None
    assert executive_beside.lists(None) is None
    only_repeats = who_is_named.lists(repeats(), base(0, 50).drop(columns="state_before"), None, 10)
    assert executive_beside.lists(only_repeats) is None


def test_only_those_for_whom_an_action_is_proven_are_named():
    values = pd.DataFrame(
        [
            value("pays", like_now=20),
            value("undecided", verdict="undecided", like_now=20),
            value("early", identified=False, like_now=20),
            value("withheld", withheld=True, like_now=20),
            value("by hand", assigned="not_randomized", like_now=20),
            value("few", like_now=9),
        ]
    )
    alike = pd.concat([repeats(0, 20).assign(campaign_id=name) for name in values["campaign_id"]])
    listed = next_actions.to_repeat(values, alike.drop(columns="arm"), 10)
    assert set(listed["campaign_id"]) == {"pays"} and sorted(listed["customer_id"]) == sorted(ids(0, 20))
    plan = next_actions.plan(values, None, (), (), 10)
    named = [one for one in plan.actions if one.then is not None]
    assert [(one.name, one.customers) for one in named] == [("pays", len(listed))]


def test_who_stands_for_two_offers_is_said_once_and_counted():
    values = pd.DataFrame(
        [value("pays", like_now=20), value("pays", arm="gift", like_now=20), value("too", like_now=30)]
    )
    alike = pd.concat([repeats(0, 20).assign(campaign_id="pays"), repeats(10, 40).assign(campaign_id="too")])
    listed = next_actions.to_repeat(values, alike.drop(columns="arm"), 10)
    offers = listed.drop_duplicates("customer_id").set_index("customer_id")["offers"]
    assert len(listed) == 70 and offers.value_counts().to_dict() == {1: 20, 2: 10, 3: 10}
    several = next_actions.with_several_offers(listed)
    assert "20 customers stand for more than one offer" in say(campaign_value.several_offers(several, 10))
    assert "fewer than 30" in say(campaign_value.several_offers(several, 30))
    assert (
        campaign_value.several_offers(next_actions.with_several_offers(listed[listed["offers"] == 1]), 10)
        is None
    )


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
    assert said.startswith("Cannot lose (100 customers) is no action of its own") and "20 are named" in said
    assert who_is_named.at_stake(worth(Champions=500.0, Loyal=300.0, New=100.0), 10) is None
    assert who_is_named.at_stake(worth(Cannot_lose=300.0), 101) is None
