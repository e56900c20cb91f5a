"""A cut-off that decided: its effect where nobody can aim at it, and a refusal where customers do."""

import kept_seeds
import numpy as np
import pandas as pd
import pytest

from helpers.campaigns import cut_off, observed
from helpers.errors import CannotAnswer, StudyError
from helpers.pages.wording import say
from helpers.views import no_control_answers


def baskets(seed, n=4000, topped_up=True):
    """Baskets around free shipping from 50 on: a third of those from 38 on is topped up to just above it."""
    rng = np.random.default_rng(seed)
    basket = rng.lognormal(3.6, 0.5, n)
    near = (basket < 50) & (basket > 38) & (rng.random(n) < 0.35) & topped_up
    return np.where(near, 50 + rng.exponential(3, n), basket)


def scored(seed, n=4000, effect=3.0):
    """Customers with a mailing score, mailed from 550 on; spend bends with the score, and jumps there."""
    rng = np.random.default_rng(seed)
    score = rng.normal(500, 100, n)
    spend = 10 + 0.02 * (score - 500) + 0.00008 * (score - 500) ** 2 + rng.gamma(2, 3, n)
    table = {"unit_id": range(n), "arm": np.where(score >= 550, "mail", "none"), "assigned": "not_randomized"}
    return pd.DataFrame(table | {"score": score, "money": spend + effect * (score >= 550)})


def read(table, can_aim="cannot", **changes):
    asked = {"outcomes": {"money": "money"}, "covariates": [], "before": "", "earlier": [], "control": "none"}
    test = observed.from_units(table, **asked).test
    return test, cut_off.read(test, **{"score": "score", "cut": 550.0, "can_aim": can_aim} | changes)


def test_top_ups_for_free_shipping_are_refused_and_smooth_baskets_seldom():
    """Seeds 0 to 19: refused in 18 of 20 though nobody said that customers can aim; without top-ups in 3 at most."""
    refused = [cut_off.refused(cut_off.density(baskets(seed), 50.0), "cannot") for seed in range(20)]
    smooth = [
        cut_off.refused(cut_off.density(baskets(seed, topped_up=False), 50.0), "cannot") for seed in range(20)
    ]
    print(f"refused of 20: with top-ups {sum(refused)}, without {sum(smooth)}")
    assert sum(refused) >= 18 and sum(smooth) <= 3


def test_bunching_is_described_by_what_is_too_much_and_too_little():
    found = cut_off.density(baskets(1, 40_000), 50.0)
    moved = ((baskets(1, 40_000, topped_up=False) < 50) & (baskets(1, 40_000) >= 50)).sum()
    assert found.jump > 1 and found.excess == pytest.approx(moved, rel=0.25)
    assert abs(cut_off.density(baskets(1, 40_000, topped_up=False), 50.0).excess) < 0.05 * found.expected


def test_a_cut_off_that_customers_can_aim_at_tells_no_effect():
    table = scored(1)
    for can_aim, why in (("can", "Customers can aim at this cut-off"), ("unknown", "can_aim: cannot")):
        test, found = read(table, can_aim)
        aimed, decided = cut_off.checks(found)
        assert found.found is None and aimed.verdict == decided.verdict == "FAIL" and why in say(aimed.advice)
        assert (
            no_control_answers.at_cut_off(found, test, "EUR") == []
            and no_control_answers.gathered(found) is not None
        )
    with pytest.raises(StudyError, match="can_aim is 'perhaps'"):
        read(table, "perhaps")


def test_a_score_that_nobody_can_aim_at_tells_the_effect_there_and_nothing_else():
    test, found = read(scored(1))
    aimed, decided = cut_off.checks(found)
    assert (aimed.verdict, decided.verdict) == ("PASS", "FAIL")
    told = " ".join(map(say, no_control_answers.at_cut_off(found, test, "EUR")))
    assert "at the cut-off 550" in told and "no proof and no advice" in told
    assert found.found.effect.p05 < 3 < found.found.effect.p95


def test_without_a_score_nothing_is_said():
    test, found = read(scored(1), score="")
    assert found is None and cut_off.checks(None) == [] and no_control_answers.gathered(None) is None
    assert no_control_answers.at_cut_off(None, test, "EUR") == []


def test_a_local_line_through_points_on_two_lines_finds_their_gap():
    x = np.linspace(-1, 1, 400)
    for degree in (1, 2):
        jump, error = cut_off._jump(x, 2 + 3 * x + 1.5 * (x >= 0) + 0.5 * x * (x >= 0), 0.7, degree)
        assert jump == pytest.approx(1.5) and error < 1e-9


def test_a_cut_off_that_did_not_decide_and_one_at_the_edge_cannot_answer():
    table = scored(1)
    with pytest.raises(StudyError, match="share treated changes by"):
        read(table, cut=500.0)
    with pytest.raises(CannotAnswer, match="units lie below the cut-off 2000"):
        read(table, cut=2000.0)
    with pytest.raises(StudyError, match="unit_score is 'rank'"):
        read(table, score="rank")


@pytest.mark.slow(seeds="0 to 199")
def test_intervals_at_a_cut_off_hold_the_truth():
    """170 to 192 of 200 inside; a smooth score is refused in at most 20."""

    def one_mailing(seed):
        table = scored(seed)
        score, mailed = table["score"].to_numpy(), (table["arm"] == "mail").to_numpy()
        found = cut_off.effect(score, 550.0, mailed, table["money"].to_numpy()).effect
        refused = cut_off.refused(cut_off.density(score, 550.0), "cannot")
        return {"inside": bool(found.p05 <= 3 <= found.p95), "refused": bool(refused)}

    found = kept_seeds.counted("cut_off", range(200), one_mailing)
    assert kept_seeds.within(found["inside"], 170, 192, 200)
    assert kept_seeds.within(found["refused"], 0, 20, 200)


@pytest.mark.slow(seeds="100 to 299")
def test_top_ups_are_refused_whatever_was_drawn():
    """Other baskets than those above: refused in at least 180 of 200, without top-ups in at most 20."""

    def one_shop(seed):
        spread = {
            f"topped up {up}": cut_off.density(baskets(seed, topped_up=up), 50.0) for up in (True, False)
        }
        return {name: bool(cut_off.refused(one, "cannot")) for name, one in spread.items()}

    found = kept_seeds.counted("top_ups", range(100, 300), one_shop)
    assert kept_seeds.within(found["topped up True"], 180, 200, 200)
    assert kept_seeds.within(found["topped up False"], 0, 20, 200)
