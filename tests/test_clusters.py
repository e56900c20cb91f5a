"""Arms that were drawn by clusters or within strata: the error is theirs, and what cannot be compared is refused."""

import numpy as np
import pandas as pd
import pytest

from helpers.campaigns import assignment, clusters, experiment, spend_check, subgroups, trial
from helpers.errors import StudyError
from helpers.inference.intervals import interval
from helpers.pages.wording import say
from helpers.views import experiment as view


def stores(seed, count=60, lift=0.0, mean=40.0):
    """Customers of stores of which half got the letter; stores differ, so customers of one are alike."""
    rng = np.random.default_rng(seed)
    sizes = rng.poisson(30, count) + 1
    store = np.repeat(np.arange(count), sizes)
    arm = np.where(rng.permutation(count) < count // 2, "mail", "none")[store]
    level = rng.normal(mean, 6.0, count)[store] + lift * (arm == "mail")
    spend = np.where(rng.random(len(store)) < 0.6, rng.normal(level, 10.0), 0.0)
    return pd.DataFrame({"unit_id": range(len(store)), "arm": arm, "cluster": store, "spend": spend})


def units_of(table):
    return trial.from_units(table, outcomes={"spend": "money"}, covariates=[], control="none").units


@pytest.mark.parametrize("count", [12, 60])
def test_intervals_are_those_of_clusters(count):
    inside, narrow, effects = 0, 0, []
    for seed in range(60):
        units = units_of(stores(seed, count, lift=2.0))
        found = clusters.fit(units, "none", 1000, seed)
        one = interval(found.draws.revenue[:, 1] - found.draws.revenue[:, 0])
        inside += one.p05 <= 1.2 <= one.p95
        effects.append(found.design_effect)
        alone = experiment.plain_difference(units.drop(columns="cluster"), "none", "revenue").iloc[1]
        narrow += alone["p05"] <= 1.2 <= alone["p95"]
    print(f"{count} stores, inside of 60: by clusters {inside}, one by one {narrow}")
    assert 49 <= inside <= 59 and np.mean(effects) > 1.5
    assert narrow < inside


def test_few_clusters_are_said_and_fewer_than_four_cannot_answer():
    found = spend_check.fit_arms(units_of(stores(1, 12)), "none", [], draws=500, chains=2)
    [said] = spend_check.checks(found)
    assert said.verdict == "REVIEW" and "has 6 clusters" in say(said.advice)
    assert "Arms are compared by 12 clusters" in say(view.spend(found, None))
    assert clusters.check_clusters(clusters.fit(units_of(stores(1, 60)), "none", 100)).verdict == "PASS"
    with pytest.raises(StudyError, match=r"Arm none has 3 clusters"):
        clusters.fit(units_of(stores(1, 6)), "none", 100)


def test_branches_count_as_one_only_where_they_were_drawn_as_one():
    parent = pd.Series([f"f{i // 3}" for i in range(30)])
    customers = pd.Series([f"c{i}" for i in range(30)])
    together = parent.map(lambda name: "mail" if int(name[1:]) % 2 else "none")
    assert clusters.drawn_together(customers, parent, together)
    assert not clusters.drawn_together(customers, parent, pd.Series(["mail", "none"] * 15))
    assert not clusters.drawn_together(customers, parent.mask(parent != "f1"), together)


def test_shares_that_differ_between_strata_do_not_pass_for_effects():
    rng = np.random.default_rng(1)
    n = 20_000
    south = rng.random(n) < 0.5
    arm = np.where(rng.random(n) < np.where(south, 0.8, 0.2), "mail", "none")
    table = pd.DataFrame({"unit_id": range(n), "arm": arm, "stratum": np.where(south, "south", "north")})
    table["bought"] = rng.random(n) < np.where(south, 0.4, 0.1) + 0.02 * (arm == "mail")
    test = trial.from_units(table, outcomes=["bought"], covariates=[], control="none")
    fitted = spend_check.fit(test.units, "none", [], draws=1000, tune=500, chains=2, seed=1)
    drawn = fitted.draws
    one = interval(drawn.response[:, 1] - drawn.response[:, 0])
    plain = experiment.plain_difference(test.units, "none", "revenue").iloc[1]
    assert one.p05 < 0.02 < one.p95 and one.p95 < 0.06
    assert plain["p05"] < 0.02 < plain["p95"]
    planned = np.where(south, np.where(arm == "mail", 0.8, 0.2), np.where(arm == "mail", 0.2, 0.8))
    shares = assignment.planned_shares(table.assign(planned_share=planned))
    assert shares["mail"] == pytest.approx(0.2 + 0.6 * south.mean())
    with pytest.raises(StudyError, match="Stratum 'south' has nobody in arm 'none'"):
        units_of(table[~south | (arm == "mail")].assign(spend=1.0))


def unequal(seed, n=8000):
    """Letters to 3 of 10 in the north and 7 of 10 in the south, where more is bought and more spent; they do nothing."""
    rng = np.random.default_rng(seed)
    south = rng.random(n) < 0.5
    arm = np.where(rng.random(n) < np.where(south, 0.7, 0.3), "mail", "none")
    spend = np.where(
        rng.random(n) < np.where(south, 0.3, 0.1), rng.lognormal(np.where(south, 4, 3), 0.5), 0.0
    )
    table = pd.DataFrame({"unit_id": range(n), "arm": arm, "stratum": np.where(south, "south", "north")})
    return table.assign(spend=spend)


@pytest.mark.parametrize("family", ["bootstrap", "normal"])
def test_spend_as_seen_is_compared_within_strata(family):
    units = units_of(unequal(1))
    together = units.groupby("arm")["revenue"].mean()
    design = experiment.prepare(units, "none", [], family)
    draw = experiment.bootstrap_means if family == "bootstrap" else experiment.normal_means
    share = units.groupby(["arm", "stratum"])["converted"].mean().groupby("arm").mean()  # strata of one size
    means = draw(design, 2000).mean(axis=0) * share[["none", "mail"]].to_numpy()
    within = units.groupby(["arm", "stratum"])["revenue"].mean().groupby("arm").mean()
    assert means == pytest.approx(within[["none", "mail"]].to_numpy(), rel=0.02)
    assert abs(together["mail"] - together["none"]) > 5 > 4 * abs(means[1] - means[0])


@pytest.mark.parametrize("each", [20, 400])
def test_clusters_that_were_drawn_within_strata_are_compared_within_them(each):
    """Of 400 or 20 clusters; letters do nothing, and the strata have other shares of them."""
    inside = 0
    for seed in range(6):
        rng, count = np.random.default_rng(seed), 8000 // each
        south = np.arange(count) % 2 == 0
        mailed = np.zeros(count, dtype=bool)
        for here, share in ((south, 0.7), (~south, 0.3)):
            drawn = rng.permutation(np.flatnonzero(here))
            mailed[drawn[: round(share * len(drawn))]] = True
        cluster = np.repeat(np.arange(count), each)
        level = np.where(south, 40, 10) + rng.normal(0, 2, count)
        table = pd.DataFrame({"unit_id": range(8000), "arm": np.where(mailed, "mail", "none")[cluster]})
        table["cluster"], table["stratum"] = cluster, np.where(south, "south", "north")[cluster]
        table["spend"] = rng.normal(level[cluster], 10.0)
        units = units_of(table)
        found = clusters.fit(units, "none", 400, seed).draws.revenue
        one = interval(found[:, 1] - found[:, 0])
        inside += one.p05 <= 0 <= one.p95
        plain = experiment.plain_difference(units, "none", "revenue").iloc[1]
        assert abs(one.mean) < 4 and abs(plain["difference"]) < 4  # 12 where strata are read together
    assert inside >= 5


def test_segments_have_the_errors_of_clusters_and_the_weights_of_strata():
    units = units_of(stores(3, 60)).assign(
        shop=lambda rows: np.where(rows["cluster"].astype(int) % 2, "large", "small")
    )
    spent = units["revenue"].to_numpy(float)
    made = [
        subgroups.effects(rows, spent, "none", "mail", {"shop": units["shop"]}, 10)
        for rows in (units, units.drop(columns="cluster"))
    ]
    by_cluster, one_by_one = ([one.p95 - one.p05 for one in part["plain"]] for part in made)
    assert np.mean(np.divide(by_cluster, one_by_one)) > 1.15  # clusters differ beyond chance
    few = units[units["cluster"].isin([*units["cluster"].unique()[:3]]) | (units["shop"] == "small")]
    assert subgroups.effects(few, few["revenue"].to_numpy(), "none", "mail", {"shop": few["shop"]}, 10).empty
    uneven = units_of(unequal(2)).assign(half=lambda rows: np.arange(len(rows)) % 2)
    gaps = subgroups.effects(
        uneven, uneven["revenue"].to_numpy(), "none", "mail", {"half": uneven["half"]}, 10
    )
    assert all(abs(one.mean) < 2 for one in gaps["plain"])  # 7 where strata are read together


def test_the_sample_ratio_is_that_of_the_clusters_that_were_drawn():
    """Fifteen stores each, of which those without a letter are large."""
    sizes = np.where(np.arange(30) % 2, 40, 60)
    store = np.repeat(np.arange(30), sizes)
    arm = np.where(store % 2, "mail", "none")
    table = pd.DataFrame({"unit_id": range(len(store)), "arm": arm, "cluster": store, "spend": 1.0})
    units = units_of(table.assign(spend=lambda rows: rows["unit_id"] % 7))
    counts, planned = units["arm"].value_counts().sort_index(), pd.Series({"mail": 0.5, "none": 0.5})
    assert assignment.sample_ratio(counts, planned)[0] < 0.001
    p_value, sizes = assignment.sample_ratio(counts, planned, assignment.drawn(units))
    assert p_value == 1 and list(sizes["customers"]) == [600, 900]
    alone = units.drop(columns="cluster")
    assert assignment.drawn(alone).equals(counts)
