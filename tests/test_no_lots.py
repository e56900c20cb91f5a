"""Campaigns without lots: the effect on the contacted against others alike, and what shows that it is wrong."""

from datetime import date, timedelta

import ibis
import kept_seeds
import numpy as np
import pandas as pd
import pytest

from helpers.campaigns import att, no_lots, observed, unseen_cause, worth_testing
from helpers.campaigns.smooth_columns import columns
from helpers.demo import calendar
from helpers.demo.simulate import tell
from helpers.demo.world import CALENDAR, World
from helpers.errors import CannotAnswer, StudyError
from helpers.pages.wording import say
from helpers.views import no_control_answers
from helpers.views import no_control_group as view

KNOWN = {"outcomes": {"money": "money"}, "control": "none", "margin_share": 0.5, "contact_cost": 0.5}


def letters(seed, hidden=0.0, n=2000, effect=2.0):
    """Customers who got a letter by old spend and region, or by a hidden liking that drives all spend."""
    rng = np.random.default_rng(seed)
    liking, region = rng.normal(size=n), rng.choice(["north", "south"], n)

    def spend():
        buys = rng.random(n) < 1 / (1 + np.exp(-(0.3 + 0.8 * liking)))
        return np.where(buys, rng.lognormal(3 + 0.4 * liking, 0.7), 0.0)

    far, past = spend(), spend()
    chosen = -1 + hidden * liking + (0.0 if hidden else 0.6) * np.log1p(far / 20) + 0.4 * (region == "north")
    mailed = rng.random(n) < 1 / (1 + np.exp(-chosen))
    money = spend() + 2 * effect * mailed * (rng.random(n) < 0.5)
    table = {"unit_id": range(n), "arm": np.where(mailed, "mail", "none"), "assigned": "not_randomized"}
    return pd.DataFrame(table | {"money": money, "past": past, "far": far, "region": region})


def read(table, **changes):
    asked = (
        {"covariates": ["far", "region"], "before": "past", "earlier": ["far", "region"]} | KNOWN | changes
    )
    return observed.from_units(table, **asked)


# ---- the effect
def test_without_covariates_that_matter_the_effect_is_the_difference_of_means():
    rng = np.random.default_rng(1)
    treated, y = np.arange(200) < 80, pd.DataFrame({"y": rng.normal(size=200)})
    none = columns(pd.DataFrame(index=range(200)), [], [])
    found = att.overlap(none, treated)
    # Left of what untreated units of the other folds bring, so that fold means drop out of neither side.
    expected = att.expectations(y, none, found, treated=False)[:, 0]
    left = y["y"].to_numpy() - expected
    made = att.effects(y, none, found)["y"]
    assert made.effect.mean == pytest.approx(left[treated].mean() - left[~treated].mean())
    errors = [np.var(left[side]) / side.sum() for side in (treated, ~treated)]
    assert made.error == pytest.approx(np.sqrt(sum(errors)))


def test_weights_are_the_odds_and_almost_sure_choices_are_left_out():
    treated = np.array([True, True, False, False])
    found = att.Overlap(treated, np.array([0.5, 0.99, 0.75, 0.5]), np.zeros(4, dtype=int))
    assert list(found.kept) == [True, False, True, True] and found.share_kept == 0.5
    assert found.weight == pytest.approx([1, 0, 0.75, 0.25])
    assert found.effective == pytest.approx(1 / (0.75**2 + 0.25**2))


def test_clusters_carry_the_error():
    table = letters(3, n=600)
    own, made = columns(table, ["far"], ["region"]), table["money"]
    treated = (table["arm"] == "mail").to_numpy()
    cluster = pd.Series(np.arange(600) // 2)
    found = att.overlap(own, treated, cluster)
    alone, together = (
        att.effects(pd.DataFrame({"y": made}), own, found, one)["y"] for one in (None, cluster)
    )
    assert all(len(set(pair)) == 1 for pair in found.fold.reshape(-1, 2))
    sums = alone.influence.reshape(-1, 2).sum(axis=1)
    assert together.error == pytest.approx(np.sqrt((sums**2).sum())) and together.error != alone.error


def test_too_few_and_the_almost_surely_chosen_cannot_answer():
    table = letters(1, n=300)
    few = table[(table["arm"] == "none") | (table.index < 20)]
    with pytest.raises(CannotAnswer, match=r"^\d+ treated and \d+ untreated units; at least 30"):
        no_lots.compare(read(few).test)
    sure = table.assign(far=np.where(table["arm"] == "mail", 1000.0, 1.0) + table.index / 1000)
    with pytest.raises(CannotAnswer, match="nobody like them was left alone"):
        no_lots.compare(read(sure, covariates=["far"], before="", earlier=[]).test)
    with pytest.raises(CannotAnswer, match="Nothing is known of the units before"):
        no_lots.compare(read(table, covariates=[], before="", earlier=[]).test)


# ---- the negative control
def test_the_period_before_is_an_outcome_there_and_a_covariate_here():
    seen = read(letters(1))
    assert set(seen.test.numeric + seen.test.named) == {"far", "past", "region"}
    assert set(seen.before.numeric + seen.before.named) == {"far", "region"}
    assert seen.before.units["revenue"].equals(letters(1)["past"])
    assert (
        read(letters(1), earlier=[]).before is None
    )  # nothing earlier is known: no control, never one that cannot fail
    with pytest.raises(StudyError, match="unit_earlier names past"):
        read(letters(1), covariates=["far"], before="", earlier=["past"])
    with pytest.raises(StudyError, match="unit_before is 'past', which unit_earlier names too"):
        read(letters(1), earlier=["past"])


def control(mean, error, claimed=10.0):
    effect = att.Effect(
        no_lots.Interval(mean, mean - 1.645 * error, mean, mean + 1.645 * error), error, 0.0, np.array([])
    )
    return no_lots.Control(effect.effect, effect.ends(0.99), claimed, 100)


@pytest.mark.parametrize(
    ("mean", "error", "verdict", "advice"),
    [
        (0.5, 1.0, "PASS", ""),
        (2.6, 1.0, "FAIL", "already brought 2.60 EUR more than others alike"),
        (-2.6, 1.0, "FAIL", "brought 2.60 EUR less than others alike"),
        (0.0, 4.0, "REVIEW", "Too small to see"),
        (2.5, 1.6, "REVIEW", "Too small to see"),
    ],
)
def test_the_negative_control_fails_passes_or_is_too_small_to_see(mean, error, verdict, advice):
    found = control(mean, error)
    seen = read(letters(1, n=300)).test
    made = no_lots.check_control(found, view.in_unit(seen, "EUR"))
    assert made.verdict == verdict and (not advice or advice in say(made.advice).replace("\u00a0", " "))
    assert say(made.value).count("EUR") == say(made.threshold).count("EUR") + 1 == 2


def test_a_period_that_nothing_is_known_of_is_asked_about():
    seen = read(letters(1), before="", earlier=[])
    assert no_lots.negative_control(seen, no_lots.compare(seen.test).amount) is None
    made = no_lots.check_control(None, float)
    assert made.verdict == "REVIEW" and "unit_before" in say(made.advice)


# ---- causes that nobody saw
def test_the_robustness_value_is_the_strength_that_just_suffices():
    for distance, scale in ((1.0, 10.0), (3.0, 4.0), (20.0, 1.0)):
        value = unseen_cause.robustness(distance, scale)
        assert unseen_cause.bias(scale, value, value) == pytest.approx(distance)
    assert unseen_cause.robustness(0.0, 1.0) == 0.0
    # Cinelli and Hazlett 2020, section 5 (Darfur): t = 4.18 with 783 degrees of freedom, robustness value .139
    assert unseen_cause.robustness(4.18, np.sqrt(783)) == pytest.approx(0.139, abs=0.0005)


def test_the_cause_that_chose_is_the_strongest_seen():
    found = no_lots.compare(read(letters(4, n=4000), before="", earlier=[]).test)
    made = unseen_cause.strength(found, "gain")
    assert made.seen["trait"].iloc[0] == "far"
    assert made.seen["moves"].iloc[0] > 3 * made.seen["moves"].iloc[1]
    check = unseen_cause.check_strength(made)
    assert check.verdict == ("REVIEW" if made.as_strong_suffices else "PASS")


# ---- the verdict
def test_the_verdict_is_never_more_than_a_test():
    seen = read(letters(5, n=3000))
    found = no_lots.compare(seen.test)
    worth = worth_testing.decide(found, seen.test)
    assert worth.verdict == "worth a test" and worth.at_break_even and worth.difference == pytest.approx(0.5)
    spread = worth_testing._spread(found, "margin")
    assert worth.per_arm == pytest.approx(2 * (1.959964 + 0.841621) ** 2 * spread**2 / 0.5**2, abs=1)
    assert worth.too_large and "takes several campaigns" in say(
        no_control_answers.size(worth, seen.test, "EUR")[2]
    )
    assert worth_testing.decide(found, seen.test, break_even=50.0).verdict == "not worth a test"
    assert worth_testing.decide(found, seen.test, blocked=True).verdict == "no verdict"
    told = " ".join(map(say, no_control_answers.answers(worth, seen.test, "EUR")))
    assert "not proven; test it on" in told and "no proof and no advice" in told and "roll out" not in told
    row = worth_testing.artifact(worth, found, seen.test, 0.1, withheld=False).iloc[0]
    assert row["verdict"] == "worth a test" and row["per_arm"] == worth.per_arm


def test_without_costs_the_test_is_planned_for_half_of_what_was_seen():
    seen = read(letters(5), contact_cost=0.0)
    found = no_lots.compare(seen.test)
    worth = worth_testing.decide(found, seen.test)
    assert not worth.at_break_even
    assert worth.difference == pytest.approx(abs(found.effects["margin"].effect.mean) / 2)


def test_a_conversion_is_told_in_points():
    table = letters(6).assign(
        bought=lambda one: (one["money"] > 0) * 1, before=lambda one: (one["past"] > 0) * 1
    )
    seen = read(table, outcomes={"bought": "conversion"}, before="before")
    found = no_lots.compare(seen.test)
    told = " ".join(
        map(say, no_control_answers.answers(worth_testing.decide(found, seen.test), seen.test, "EUR"))
    )
    assert "points" in told and "EUR" not in told
    assert len(view.effects(found, seen.test)[0].frame) == 1
    assert no_lots.negative_control(seen, found.amount) is not None


# ---- which campaign
def test_the_campaign_without_lots_is_taken_and_all_by_lot_need_not_be():
    rows = pd.DataFrame(
        {
            "campaign_id": ["a"] * 5 + ["b"] * 4 + ["c"] * 3,
            "customer_id": [f"c{i}" for i in range(12)],
            "assigned": ["randomized"] * 5 + ["unknown"] * 4 + ["not_randomized"] * 3,
        }
    )
    assert observed.pick(rows) == "c" and observed.pick(rows, "a") == "a"
    assert observed.pick(rows[rows["campaign_id"] != "c"]) == "b"
    tried = pd.DataFrame({"campaign_id": ["a"], "alike": [False]})
    assert observed.pick(rows[rows["campaign_id"] == "a"], "", tried) == "a"
    with pytest.raises(CannotAnswer, match="drawn by lot, so 31 reads them"):
        observed.pick(rows[rows["campaign_id"] == "a"], "", tried.assign(alike=True))
    with pytest.raises(StudyError, match="no campaign 'z'"):
        observed.pick(rows, "z")


# ---- many seeds
def shop(seed, n=2000):
    """Covariates, who was treated, the outcome, the true propensity and effect: a heap at nothing, a skew, and kinds."""
    rng = np.random.default_rng(seed)
    spend = np.where(rng.random(n) < 0.3, 0, rng.lognormal(3, 1, n))
    days, kind = rng.exponential(90, n), rng.choice(["a", "b", "c"], n)
    log = np.log1p(spend / 20)
    chance = 1 / (1 + np.exp(-(-1.5 + 0.9 * log - 0.004 * days + 0.6 * (kind == "b"))))
    treated = rng.random(n) < chance
    buys = rng.random(n) < 1 / (1 + np.exp(-(-1 + 0.9 * log - 0.005 * days + 0.3 * (kind == "c"))))
    effect = 2 + 1.5 * (kind == "b")
    y = buys * rng.lognormal(2.5 + 0.2 * log, 0.6) + 2 * treated * effect * (rng.random(n) < 0.5)
    return pd.DataFrame({"spend": spend, "days": days, "kind": kind}), treated, y, chance, effect


@pytest.mark.slow(seeds="0 to 399")
def test_aipw_intervals_hold_the_truth_with_an_estimated_propensity():
    """348 to 374 of 400 inside the 90 % interval; the plain difference, beside it, is far off."""
    _, treated, _, chance, effect = shop(10**6, 10**6)
    truth = effect[treated & (chance <= att.HIGHEST)].mean()

    def one_campaign(seed):
        table, treated, y, _, _ = shop(seed)
        own = columns(table, ["spend", "days"], ["kind"])
        found = att.effects(pd.DataFrame({"y": y}), own, att.overlap(own, treated, seed=seed), seed=seed)["y"]
        gap = y[treated].mean() - y[~treated].mean()
        half = 1.645 * np.sqrt(y[treated].var() / treated.sum() + y[~treated].var() / (~treated).sum())
        inside = found.effect.p05 <= truth <= found.effect.p95
        return {"inside": bool(inside), "plain": bool(abs(gap - truth) <= half)}

    found = kept_seeds.counted("aipw", range(400), one_campaign)
    assert kept_seeds.within(found["inside"], 348, 374, 400)
    assert kept_seeds.within(found["plain"], 0, 99, 400)


@pytest.mark.slow(seeds="0 to 99")
def test_the_negative_control_fails_under_a_hidden_cause_and_seldom_without():
    """A hidden liking that drives past spend: FAIL in at least 90 of 100; chosen by what is known: FAIL in at most 5."""

    def one_letter(seed, hidden):
        seen = read(letters(seed, hidden, n=4000))
        claimed = no_lots.compare(seen.test, seed).amount
        refutes = no_lots.negative_control(seen, claimed, seed).refutes
        return {"failed": bool(refutes), "bias": float(claimed.effect.mean - 2.0)}

    seeds = range(100)
    with_one, without = (
        kept_seeds.counted(f"hidden_{hidden:g}", seeds, lambda seed, hidden=hidden: one_letter(seed, hidden))
        for hidden in (0.6, 0.0)
    )
    assert kept_seeds.within(with_one["failed"], 90, 100, 100) and with_one["bias"].mean() > 1
    assert kept_seeds.within(without["failed"], 0, 5, 100) and abs(without["bias"].mean()) < 0.3


# ---- from orders
AS_OF, SENT = date(2024, 12, 31), pd.Timestamp(2024, 10, 1, 9)


def orders(n=240, seed=1):
    """A ledger in which customers buy at their own rates all year; offer shares are not known."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"c{who:03d}", date(2024, 1, 1) + timedelta(days=int(day)), 20.0, 8.0, "purchase")
        for who in range(n)
        for day in np.unique(rng.integers(0, 366, 1 + rng.poisson(2 + who % 7)))
    ]
    table = pd.DataFrame(rows, columns=["customer_id", "order_date", "revenue", "margin", "kind"])
    table = table.assign(list_price=np.nan, quantity=1.0, returned=0.0)
    return ibis.memtable(table).mutate(order_date=ibis._.order_date.cast("date"))


def sent(n=80, **columns):
    rows = {
        "campaign_id": "letter",
        "customer_id": [f"c{3 * i:03d}" for i in range(n)],
        "arm": "mailed",
        "assigned_at": SENT,
    }
    return pd.DataFrame(rows).assign(
        is_control=False, window_days=28, contact_cost=1.0, assigned="not_randomized", **columns
    )


def joined(rows, people=None, **changes):
    asked = {"campaign_id": "letter", "as_of": AS_OF, "margin_share": 0.4, "window_days": 0}
    traits = changes.pop("traits", [])
    return observed.from_orders(rows, orders(), people, traits=traits, pre_period_days=180, **asked | changes)


def test_a_campaign_that_names_only_the_contacted_is_compared_with_everybody_else():
    people = pd.DataFrame(
        {
            "customer_id": [f"c{i:03d}" for i in range(240)],
            "kind": ["person", "person", "person", "firm"] * 60,
        }
    )
    people.loc[people["customer_id"].isin(sent()["customer_id"]), "kind"] = "person"
    seen = joined(sent(), people)
    units = seen.test.units
    assert seen.outside and seen.test.arms == ["not contacted", "mailed"] and seen.treated.sum() == 80
    others = units.loc[units["arm"] == "not contacted", "customer_id"]
    assert not set(others) & set(sent()["customer_id"])
    assert set(people.set_index("customer_id").loc[others, "kind"]) == {"person"}  # no firm was contacted
    assert units["assigned_date"].eq(SENT.normalize()).all()


def test_the_period_before_is_the_same_join_one_window_earlier():
    seen = joined(sent())
    assert seen.before.units["assigned_date"].eq(pd.Timestamp(2024, 9, 3)).all()
    book = orders().to_pandas()
    book["order_date"] = pd.to_datetime(book["order_date"])
    inside = book[(book["order_date"] >= "2024-09-03") & (book["order_date"] < "2024-10-01")]
    told = seen.before.units.set_index("customer_id")["revenue"]
    assert told.sum() == inside[inside["customer_id"].isin(told.index)]["revenue"].sum() > 0
    earlier = book[book["order_date"] < "2024-09-03"].groupby("customer_id")["revenue"].sum()
    known = seen.before.units.set_index("customer_id")["all_revenue"]
    assert known.equals(earlier.reindex(known.index).rename("all_revenue"))  # nothing of the period itself


def test_a_marked_control_is_the_comparison_and_clusters_are_firms():
    rows = pd.concat(
        [
            sent(),
            sent().assign(customer_id=[f"c{3 * i + 1:03d}" for i in range(80)], arm="left", is_control=True),
        ]
    )
    people = pd.DataFrame(
        {"customer_id": [f"c{i:03d}" for i in range(240)], "parent_id": [f"f{i // 6}" for i in range(240)]}
    )
    seen = joined(rows.reset_index(drop=True), people.assign(region=["n", "s"] * 120), traits=["region"])
    assert not seen.outside and seen.test.arms == ["left", "mailed"] and seen.elsewhere is None
    assert seen.test.units["cluster"].nunique() == 40 and "region" in seen.test.named
    with pytest.raises(StudyError, match="customer_traits names town"):
        joined(sent(), people, traits=["town"])
    with pytest.raises(StudyError, match="no contacted arm 'card'"):
        joined(sent(), arm="card")


def test_who_was_in_another_campaign_at_the_time_is_told():
    other = sent(40).assign(
        campaign_id="card", assigned_at=SENT + pd.Timedelta(days=9), assigned="randomized"
    )
    seen = joined(pd.concat([sent(), other], ignore_index=True))
    assert seen.elsewhere["mailed"] == 0.5 and seen.elsewhere["not contacted"] == 0
    told = {one.name: one for one in no_lots.checks(no_lots.compare(seen.test), seen)}
    assert told["Other campaigns at the time"].verdict == "REVIEW"


# ---- the simulated company
def test_the_demos_calendar_went_to_whom_the_shops_chose_and_is_known():
    story = tell(World(customers=1500, seed=3))
    truth, who = calendar.effect(story), story.orders["who"].to_numpy()
    time, start = story.orders["time"].to_numpy(), story.world.day(CALENDAR.assigned_on)
    assert story.listed[who[story.boxes]].all()
    assert ((time[story.boxes] >= start) & (time[story.boxes] < start + CALENDAR.window_days)).all()
    assert truth["margin"] > 0 and truth["gain"] == truth["margin"] - CALENDAR.contact_cost
    held = np.bincount(story.lines["order"], story.lines["revenue"], len(story.orders))
    back = np.bincount(
        story.lines["order"].to_numpy()[story.returns["line"]], story.returns["revenue"], len(story.orders)
    )
    assert np.allclose(held + back, story.orders["revenue"])
