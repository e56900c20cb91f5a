"""What the pages on uplift and on the next campaign say in each state of their results."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from helpers.campaigns import policy, ranking
from helpers.campaigns.qini import GRID, Curve
from helpers.inference.intervals import Interval
from helpers.pages.wording import say
from helpers.views import uplift_targeting

TEST = SimpleNamespace(unit="customer", units=range(1000))


def around(mean, width=1.0):
    return Interval(mean, mean - width, mean, mean + width)


def curve_of(qini):
    line = np.linspace(0, 1, len(GRID))
    return Curve(line, line - 1, line + 1, qini, around(0.5), around(1.0))


def ranking_of(qini, other):
    return ranking.Ranking({"letter": curve_of(qini)}, {"letter": curve_of(other)}, {"letter": 0.5})


def value_of(over):
    table = pd.DataFrame({"arm": [policy.FOR_EACH, "letter"], "contacted": [0.4, 1.0]})
    return policy.PolicyValue(table, around(3.0), around(over))


def answers(judged, value, advice, *, proven):
    sizes = policy.advice_sizes(np.array(advice))
    said = uplift_targeting.answers(judged, value, sizes, TEST, proven=proven, currency="USD", smallest=10)
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
    assert found[0].endswith(" Qini out of sample +0.0456 USD per customer, between 0.0356 and 0.0556 USD.")
    assert found[1].startswith(
        "Giving each the best arm would have earned +3.00 USD per customer, between 2.00 and 4.00 USD, "
    )
    assert "reaching 40.0 %; against the best simple rule that is" in found[1]
    assert ("earned no more than the best simple rule" in found[0]) == (proven and over < 0)


def test_who_gains_and_who_is_harmed_is_counted_and_small_groups_are_not():
    judged, value = ranking_of(around(1.0), around(1.0)), value_of(1.0)
    advice = [policy.CONTACT] * 300 + [policy.LEAVE] * 695 + [policy.HARM] * 5
    assert answers(judged, value, advice, proven=True)[2] == (
        "At the required certainty the gain is clear for 300 customers (30 %), and fewer than 10 customers would lose by "
        "every arm and must not be contacted; for 695 customers (70 %) it is open."
    )
    assert answers(judged, value, [policy.LEAVE] * 1000, proven=True)[2] == (
        "At the required certainty nobody's gain is clear, and none is sure enough to lose by every arm to be left out for "
        "it; for 1,000 customers (100 %) it is open."
    )


def test_two_methods_must_agree():
    near, apart = ranking_of(around(5.0), around(6.5)), ranking_of(around(5.0), around(9.0))
    assert [ranking.check_second_opinion(one).verdict for one in (near, apart)] == ["PASS", "REVIEW"]
    assert near.is_above_zero and not ranking_of(around(0.5), around(0.5)).is_above_zero
    assert [ranking.check_ranking(near, proven=one).verdict for one in (True, False)] == ["PASS", "REVIEW"]


def test_the_peak_of_profit_is_found_or_no_reach_pays():
    profits = policy.profits({"letter": curve_of(around(1.0)), "call": curve_of(around(1.0))}, 1000)
    top = policy.peak(profits)
    assert (top.arm, top.share, top.profit, top.pays) == ("letter", 1.0, 1000.0, True)
    flat = policy.peak(-profits)
    assert not flat.pays
    shown = uplift_targeting.profit(-profits, flat, TEST, "USD")
    assert say(shown.title) == "No reach of any arm pays for its cost"
