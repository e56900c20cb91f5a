"""No lots, no verdict: how arms were drawn is said, whether they were alike is tested, and covariates hide nothing."""

import kept_seeds
import numpy as np
import pandas as pd
import pytest

from helpers.campaigns import alike, covariate_table, experiment, lots, outcomes, targeting, trial, verdict
from helpers.contracts import not_said
from helpers.errors import CannotAnswer, StudyError
from helpers.pages.wording import labelled, say


def draws_of(mean, draws=4000):
    return np.column_stack([np.zeros(draws), np.random.default_rng(1).normal(mean, 1.0, draws)])


def make_campaign(name="spring", arms=("control", "offer")):
    rows = pd.DataFrame({"campaign_id": name, "customer_id": [f"c{i}" for i in range(4)]})
    return rows.assign(arm=[arms[i % len(arms)] for i in range(4)])


# ---- lots
@pytest.mark.parametrize("drawn", ["unknown", "not_randomized"])
def test_without_lots_no_effect_however_large_is_a_verdict(drawn):
    for mean in (30.0, -30.0, 0.0):
        [one] = verdict.decide(draws_of(mean), ["control", "offer"], 1000, drawn=drawn)
        assert (one.verdict, one.more_customers) == ("no verdict", None)
        assert say(one.sentence).startswith("no verdict: ") and verdict.overall([one]) is one


def test_how_arms_were_drawn_is_said_by_the_table_or_the_study():
    rows = make_campaign()
    assert lots.how_drawn(rows) == lots.how_drawn(lots.with_words(rows, {})) == "unknown"
    assert lots.how_drawn(lots.with_words(rows, {"spring": "not_randomized"})) == "not_randomized"
    told = rows.assign(assigned=["randomized", "randomized", None, " "])
    assert set(lots.with_words(told, {})["assigned"]) == {"randomized"}
    units = pd.DataFrame({"unit_id": [1], "arm": "mail"})
    assert lots.how_drawn(lots.with_words(units, {"test": "randomized"})) == "randomized"
    with pytest.raises(StudyError, match="not_randomized and randomized"):
        lots.with_words(told, {"spring": "not_randomized"})
    with pytest.raises(StudyError, match="'by lot': it can be one of randomized"):
        lots.with_words(rows, {"spring": "by lot"})
    with pytest.raises(StudyError, match=r"'autumn', which is no campaign here\. There is: spring"):
        lots.with_words(rows, {"autumn": "randomized"})
    asked = {"a": "randomized", "b": "unknown"}
    assert lots.check_drawn({"a": "randomized"}).verdict == "PASS"
    assert "assigned: {b: randomized}" in say(lots.check_drawn(asked).advice)
    assert lots.check_drawn(asked | {"c": "not_randomized"}).verdict == "FAIL"
    with labelled(
        {"spring_24": "Spring"}
    ):  # the line is to be pasted: no label may take the campaign's place in it
        assert "assigned: {spring_24: randomized}" in say(lots.check_drawn({"spring_24": "unknown"}).advice)


def test_campaigns_that_cannot_be_compared_are_named():
    both = pd.concat([make_campaign(), make_campaign("autumn", arms=("offer",))])
    kept, drawn = outcomes.compared(lots.with_words(both, {"spring": "randomized"}))
    assert list(kept) == ["spring"] and drawn == {"spring": "randomized"}
    with pytest.raises(
        StudyError,
        match=r"One arm only: autumn; not drawn by lot: spring",
    ):
        outcomes.compared(lots.with_words(both, {"spring": "not_randomized"}))
    with pytest.raises(StudyError, match=r"Campaign autumn has one arm only \(offer\)"):
        outcomes.control_arm(make_campaign("autumn", arms=("offer",)))
    units = pd.DataFrame({"unit_id": range(4), "arm": "mail", "bought": [0, 1, 0, 1]})
    with pytest.raises(StudyError, match=r"The test has one arm only \(mail\)"):
        trial.from_units(units, outcomes=["bought"], covariates=[])


def test_no_list_follows_from_arms_of_which_nobody_says_how_they_were_drawn():
    known = targeting.Knowledge(
        {}, None, "spring", [], "", 0.0, *[np.zeros(0)] * 3, 28, 1.0, True, "unknown", {}
    )
    found = targeting.check_drawn(known)
    assert found.verdict == "FAIL" and "assigned: {spring: randomized}" in say(found.advice)


# ---- alike before
def arms_with(rng, n=4000, columns=5, shift=0.0):
    """Units in two arms with so many covariates (skewed numbers, one with gaps, a name); `shift` sd in the first."""
    names = [f"x{k}" for k in range(columns - 1)]
    units = pd.DataFrame(rng.gamma(1.0, 50, (n, columns - 1)), columns=names)
    units["arm"] = rng.permutation(np.array(["control", "offer"])[np.arange(n) % 2])
    units["x0"] = rng.normal(size=n) + shift * (units["arm"] == "offer")
    units["x1"] = units["x1"].mask(rng.random(n) < 0.1)
    units["kind"] = rng.choice(["a", "b", "c"], n)
    return units, names


def judged(units, numeric):
    return alike.check_alike(alike.compare(units, "control", numeric, ["kind"]))


def test_arms_a_tenth_of_a_standard_deviation_apart_fail():
    for seed in range(20):
        found = judged(*arms_with(np.random.default_rng(seed), 40_000, shift=0.1))
        assert found.verdict == "FAIL" and "in x0" in say(found.advice)


def test_a_difference_that_is_sure_and_trifling_is_asked_about():
    apart = pd.DataFrame({"arm": ["offer"], "covariate": ["x"], "expected": [0.004], "difference": [0.019]})
    assert alike.check_alike(alike.Alike(1e-6, apart)).verdict == "REVIEW"
    assert alike.check_alike(alike.Alike(1e-6, apart.assign(difference=-0.021))).verdict == "FAIL"


@pytest.mark.parametrize("columns", [5, 50])
def test_randomized_arms_rarely_fail(columns):
    found = [judged(*arms_with(np.random.default_rng(seed), 500, columns)).verdict for seed in range(40)]
    assert found.count("FAIL") <= 1


@pytest.mark.slow(seeds="0 to 399")
@pytest.mark.parametrize("columns", [5, 50])
def test_randomized_arms_fail_as_often_as_chance_says(columns):
    def one_test(seed):
        verdict = judged(*arms_with(np.random.default_rng(seed), 1000, columns)).verdict
        return {"FAIL": verdict == "FAIL", "REVIEW": verdict == "REVIEW"}

    found = kept_seeds.counted(f"alike_{columns}", range(400), one_test)
    assert kept_seeds.within(found["FAIL"], 0, 4, 400) and kept_seeds.within(found["REVIEW"], 0, 32, 400)


def test_the_limit_for_many_units_gives_the_p_value_of_lots(monkeypatch):
    units, numeric = arms_with(np.random.default_rng(3), 3000, shift=0.05)
    small = alike.compare(units, "control", numeric, ["kind"]).p_value
    monkeypatch.setattr(alike, "PERMUTED", 10)
    assert small == pytest.approx(alike.compare(units, "control", numeric, ["kind"]).p_value, rel=0.3)


def test_arms_drawn_within_strata_or_by_cluster_are_judged_as_they_were_drawn():
    rng = np.random.default_rng(5)
    units = pd.DataFrame({"stratum": np.repeat(["north", "south"], 2000)})
    offered = rng.random(4000) < np.where(units["stratum"] == "north", 0.8, 0.2)
    units["arm"] = np.where(offered, "offer", "control")
    units["x"] = rng.normal(size=4000) + 2 * (units["stratum"] == "north")
    assert alike.compare(units, "control", ["x"], []).p_value > 0.01
    assert alike.compare(units.drop(columns="stratum"), "control", ["x"], []).p_value < 0.001
    firms = pd.DataFrame({"cluster": np.repeat(np.arange(40), 100)})
    firms["arm"] = np.where(firms["cluster"] % 2, "offer", "control")
    firms["x"] = rng.normal(size=40)[firms["cluster"]] + 0.3 * (firms["cluster"] % 2)
    assert alike.compare(firms, "control", ["x"], []).p_value > 0.01
    assert alike.compare(firms.drop(columns="cluster"), "control", ["x"], []).p_value < 0.001
    empty = units[(units["stratum"] == "north") | (units["arm"] == "offer")]
    with pytest.raises(StudyError, match="Stratum 'south' has nobody in arm 'control'"):
        alike.refuse_empty_strata(empty)


def test_without_covariates_alikeness_is_not_claimed():
    units = pd.DataFrame({"arm": ["control", "offer"] * 50, "x": 1.0})
    found = alike.check_alike(alike.compare(units, "control", ["x"], []))
    assert found.verdict == "REVIEW" and "could not be looked at" in say(found.advice)


@pytest.mark.parametrize("units", [400, 30_000])
def test_what_the_strata_say_is_no_proof_that_arms_are_alike(units):
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"stratum": rng.choice(["n", "s", "w"], units), "x": rng.normal(size=units)})
    share = table["stratum"].map({"n": 0.2, "s": 0.5, "w": 0.8})
    table["arm"] = np.where(rng.random(units) < share, "mail", "none")
    table["region"] = table["stratum"] + "!"
    found = alike.compare(table, "none", [], ["stratum", "region"])
    assert found.p_value is None and alike.check_alike(found).verdict == "REVIEW"
    both = alike.compare(table, "none", ["x"], ["stratum"])
    assert both.p_value > 0.01 and set(both.differences["covariate"]) == {"x"}


def test_what_chance_allows_is_that_of_the_sizes():
    units = pd.DataFrame({"arm": ["control"] * 11_000 + ["offer"] * 17_000})
    units["x"] = np.random.default_rng(1).normal(size=28_000)
    assert alike.compare(units, "control", ["x"], []).differences["expected"].round(3).tolist() == [0.037]


# ---- covariates
def test_covariates_of_any_sign_with_gaps_and_codes_are_read():
    n, rng = 200, np.random.default_rng(1)
    table = pd.DataFrame({"score": rng.normal(size=n), "days": rng.integers(0, 90, n)})
    table.loc[:19, "days"] = -999
    table["age"] = pd.Series(rng.integers(18, 80, n)).astype(object).mask(table.index < 5, "n/a")
    table["member"], table["region"] = rng.choice(["yes", "no"], n), rng.choice(["north", "south", None], n)
    table["same"], table["nothing"], table["id"] = 3, np.nan, [f"u{i}" for i in range(n)]
    found = covariate_table.read(table, list(table))
    assert found.numeric == ["score", "days", "days: missing", "age", "age: missing", "member"]
    assert found.named == ["region"] and "missing" in set(found.table["region"])
    assert found.table["days: missing"].sum() == 20 and found.table.notna().all(axis=None)
    said = " ".join(map(say, found.notes))
    assert "days is −999 for 20 units" in said and "same, nothing and id" in said and "age (5 units)" in said
    with pytest.raises(StudyError, match="no column 'height'"):
        covariate_table.read(table, ["height"])


@pytest.mark.parametrize(
    ("codes", "others"),
    [([-999.0] * 3, np.linspace(-990, -900, 50)), ([99.0] * 5, range(18, 98)), ([-1.0] * 5, range(-5, 9))],
)
def test_values_that_belong_to_the_others_are_no_codes(codes, others):
    assert not_said.code_of(pd.Series([*codes, *others])) is None


def test_a_unit_that_is_alone_in_its_stratum_is_not_known_for_sure():
    rng = np.random.default_rng(5)
    pairs = pd.DataFrame({"stratum": np.repeat(np.arange(40), 2), "arm": ["a", "b"] * 40})
    pairs["value"] = rng.normal(10, 2, 80)
    found = experiment.plain_difference(pairs, "a", "value").set_index("arm").loc["b"]
    apart = pairs.groupby("arm")["value"].agg(["mean", "var"])
    assert found["difference"] == pytest.approx(apart["mean"]["b"] - apart["mean"]["a"])
    assert found["standard_error"] == pytest.approx(np.sqrt(apart["var"].sum() / 40))
    blocks = pairs.assign(stratum=np.arange(80) // 8)
    lone = pd.concat([blocks, pd.DataFrame({"stratum": 99, "arm": ["a", "b"], "value": [9.0, 11.0]})])
    errors = [
        experiment.plain_difference(one, "a", "value")["standard_error"].iloc[1] for one in (blocks, lone)
    ]
    assert errors[1] == pytest.approx(errors[0] * np.sqrt(80 / 82), rel=0.02), (
        "two more of 82, as unsure as the others"
    )


def test_campaigns_that_are_all_later_than_the_study_cannot_answer():
    later = pd.DataFrame({"campaign_id": [], "customer_id": [], "arm": [], "assigned_at": []})
    told = lots.with_words(later, {"summer": "randomized"})
    with pytest.raises(CannotAnswer, match="State a later as_of"):
        outcomes.pick_campaign(told)


def test_a_design_that_no_row_tells_is_no_design():
    blank = pd.DataFrame(
        {"campaign_id": "a", "arm": ["x", "y"], "stratum": [None, None], "cluster": [None, None]}
    )
    assert {"stratum", "cluster"}.isdisjoint(lots.with_words(blank, {}).columns)
    told = blank.assign(stratum=["north", "south"])
    assert "stratum" in lots.with_words(told, {}) and "cluster" not in lots.with_words(told, {})


@pytest.mark.parametrize(("alone", "units"), [(1, 4), (3, 60)])
def test_an_arm_of_hardly_anybody_cannot_answer(alone, units):
    rows = pd.DataFrame(
        {"unit_id": range(units), "arm": ["a"] * alone + ["b"] * (units - alone), "deaths": range(units)}
    )
    with pytest.raises(CannotAnswer, match=rf"Arm a has {alone} of the {units} units.*make the table panel"):
        trial.from_units(rows, outcomes=["deaths"], covariates=[], control="b")


@pytest.mark.parametrize(("least", "told"), [(1, False), (0, True), (-3, False)])
def test_what_is_measured_of_everybody_or_lost_by_some_has_no_share_who_did_it(least, told):
    rows = pd.DataFrame(
        {"unit_id": range(20), "arm": ["a", "b"] * 10, "weight": [least + k for k in range(20)]}
    )
    assert trial.from_units(rows, outcomes=["weight"], covariates=[], control="a").tells_who == told
