"""Whether a ranking may be used, and what the advice of a failed or careful verdict names."""

import numpy as np
import pytest

from helpers.clv import holdout_scores, ranking_scores
from helpers.clv.holdout_scores import Scores
from helpers.inference.intervals import Interval
from helpers.messages import message
from helpers.pages.wording import say

READING = message("test.reading", "It missed.")()
RNG = np.random.default_rng(1)
CAME = RNG.gamma(0.3, 100, 2000)
NOISE = RNG.gamma(1, 1, 2000)


def test_a_ranking_by_chance_is_of_no_use():
    found = ranking_scores.judge(NOISE, CAME, CAME)
    assert not found.useful and found.found.p05 < 0.1 < found.found.p95 and found.past.mean > 0.4
    assert "Nor is the ranking of use" in say(found.said) and "10.0 %" in say(found.said)


def test_a_ranking_as_good_as_last_years_spend_is_of_no_use_and_a_better_one_is():
    past = CAME * RNG.gamma(2, 1, 2000)
    assert not ranking_scores.judge(past * 2, past, CAME).useful
    assert ranking_scores.judge(CAME, past, CAME).useful


def test_all_alike_is_chance():
    found = ranking_scores.judge(np.ones(1000), np.ones(1000), CAME[:1000])
    assert found.found.mean == pytest.approx(0.1, abs=0.05) and not found.useful


@pytest.mark.parametrize(("forecast", "words"), [(CAME, "may still be used"), (NOISE, "Nor is the ranking")])
def test_a_failed_total_recommends_the_ranking_only_where_it_found_the_best(forecast, words):
    ranking = ranking_scores.judge(forecast, CAME * RNG.gamma(2, 1, 2000), CAME)
    failed = holdout_scores.check_bias("revenue", -0.45, 0.3, READING, ranking)
    assert failed.verdict == "FAIL" and words in say(failed.advice)
    judged = holdout_scores.judge(scores(bias=-0.45), Interval(-1, -1.5, -1, -0.5), 0.25, ranking)
    assert judged.verdict == "FAIL" and words in say(judged.advice) and "45" in say(judged.advice)


def scores(bias: float = 0.003, inside: float = 0.9) -> Scores:
    return Scores("BG/NBD", 1.0, 100.0, bias, inside, 0.3)


def test_the_advice_names_the_reason_of_the_verdict():
    better, same, worse = Interval(-1, -1.5, -1, -0.5), Interval(0, -1, 0, 1), Interval(1, 0.5, 1, 1.5)
    said = {
        "covered": holdout_scores.judge(scores(inside=0.78), better, 0.25),
        "biased": holdout_scores.judge(scores(bias=0.2), better, 0.25),
        "same": holdout_scores.judge(scores(), same, 0.25),
    }
    advice = {name: say(one.advice) for name, one in said.items()}
    assert {one.verdict for one in said.values()} == {"REVIEW"}
    assert "78.0 % of the customers" in advice["covered"] and "total" not in advice["covered"]
    assert "20.0 % too high" in advice["biased"] and "inside their" not in advice["biased"]
    assert "simple rule" in advice["same"] and "too high" not in advice["same"]
    both = say(holdout_scores.judge(scores(bias=0.2, inside=0.78), better, 0.25).advice)
    assert "20.0 % too high" in both and "78.0 %" in both
    assert "a simple rule comes nearer" in say(holdout_scores.judge(scores(), worse, 0.25).advice)
    assert holdout_scores.judge(scores(), better, 0.25).advice is None
