"""The outcome that was asked for, said as what it is: points, money of any sign, counts, rates, and heavy tails."""

import numpy as np
import pandas as pd
import pytest

from helpers.campaigns import (
    after_window,
    arm_effects,
    experiment,
    prognosis,
    ranking,
    ratios,
    spend_check,
    trial,
    unit_outcomes,
    verdict,
)
from helpers.campaigns.covariate_table import as_numbers
from helpers.campaigns.design import look_at
from helpers.campaigns.lots import control_first, told_amounts
from helpers.contracts.outcome_words import is_loss
from helpers.errors import CannotAnswer, StudyError
from helpers.inference.intervals import Interval, interval
from helpers.pages.wording import say
from helpers.views import experiment as view
from helpers.views import experiment_answers

UNTOLD = after_window.AfterWindow(None, anything=False)
AROUND = {"draws": 1000, "tune": 500, "chains": 2, "seed": 1}


def table_of(n=400, seed=1, **columns):
    rng = np.random.default_rng(seed)
    arm = np.array(["none", "mail"])[np.arange(n) % 2]
    rows = pd.DataFrame({"unit_id": range(n), "arm": arm, "assigned": "randomized"})
    rows["visit"] = (rng.random(n) < np.where(arm == "mail", 0.4, 0.2)).astype(int)
    rows["spend"] = np.where(rows["visit"] & (rng.random(n) < 0.5), rng.lognormal(3, 0.5, n), 0.0)
    return rows.assign(**columns)


def trial_of(table, outcomes, **more):
    return trial.from_units(table, outcomes=outcomes, covariates=[], control="none", **more)


def answered(test):
    """The answer of 31 on a trial without covariates, fitted around the mode."""
    fitted = spend_check.fit(test.units, test.control, [], test.family("auto"), **AROUND)
    drawn = fitted.draws
    net = drawn.revenue * verdict.margin_rates(test.units, test.arms, len(drawn.revenue))
    net = net - verdict.costs(test.units, test.arms, len(net))
    levels = {"conversion": drawn.response, "net": net}
    made = verdict.decide(net, test.arms, len(test.units), drawn=test.drawn)
    response = arm_effects.response(levels, test.arms, test.units["arm"].value_counts())
    at = look_at(len(test.units), [1, 1], 0, 0.975, len(test.arms) - 1)
    said = experiment_answers.answers(verdict.overall(made), response, made[0].gain, UNTOLD, at, test, "EUR")
    return fitted, " ".join(map(say, said))


def test_a_conversion_without_a_value_is_told_in_points_and_in_no_currency():
    test = trial_of(table_of(), ["visit"], contact_cost=0.5)
    assert (test.measure, test.outcome) == ("points", "visit") and (test.units["contact_cost"] == 0).all()
    _, said = answered(test)
    assert "changed the share with visit by +" in said and "percentage points" in said and "EUR" not in said
    assert "costs 0" in said, "what a wrong choice costs has no sign"
    assert "per unit" not in said, "a share is that of an arm"
    assert "visit is not money" in say(test.note) and test.currency("EUR") == "conversions"
    money = trial_of(table_of(), ["visit"], value=2.0, contact_cost=0.5)
    assert money.measure == "money" and "EUR per unit assigned" in answered(money)[1]


def test_a_rate_of_each_unit_is_told_by_its_mean_and_not_by_who_has_any_of_it():
    table, rng = table_of(2000), np.random.default_rng(4)
    opened = rng.binomial(20, np.where(table["arm"] == "mail", 0.35, 0.30)) / 20
    test = trial_of(table.assign(opened=opened), {"opened": "rate"})
    _, said = answered(test)
    assert "changed the mean of opened by +" in said and "percentage points" in said
    shown = view.bought(arm_effects.means(test.units, test.arms), test)
    assert shown.columns["revenue"].heading == "opened" and "converted" not in shown.columns
    levels = {"conversion": np.ones((50, 2)), "revenue": np.tile([0.3, 0.35], (50, 1))}
    assert "conversion" not in view.behaviour(arm_effects.against_control(levels, test.arms), test).columns


def test_a_model_far_from_the_plain_difference_is_explained():
    test = trial_of(table_of(), ["visit"])
    plain, model, adjusted = (Interval(mean, mean - 0.05, mean, mean + 0.05) for mean in (0.2, 0.3, 0.25))
    [note] = view.ways(arm_effects.Ways(plain, model, adjusted), "mail", 0.1, test, "EUR").notes
    assert "+10.0 percentage points away from the plain difference: +5.0" in say(note)


def test_the_flag_is_told_beside_the_money_and_never_replaced_by_it():
    table = table_of(4000)
    test = trial_of(table, ["visit", "spend"])
    assert test.units["converted"].sum() == table["visit"].sum() > test.units["buys"].sum()
    fitted, said = answered(test)
    assert (
        "changed the share who have visit by" in said
        and "That the share rose is almost certain" in said
        and "EUR" in said
    )
    seen = table.groupby("arm")["visit"].mean()
    assert fitted.draws.response.mean(axis=0) == pytest.approx(seen[["none", "mail"]], abs=0.01)
    bought = (table["spend"] > 0).groupby(table["arm"]).mean()
    assert fitted.draws.conversion.mean(axis=0) == pytest.approx(bought[["none", "mail"]], abs=0.01)


def test_yes_and_true_are_conversions_and_any_other_number_has_no_currency():
    table = table_of()
    words = table.assign(visit=np.where(table["visit"] == 1, "Yes", "no"))
    assert trial_of(words, ["visit"]).units["converted"].sum() == table["visit"].sum()
    for yes, no in (("ja", "nein"), ("oui", "non"), ("sí", "no"), ("Có", "Không"), ("ใช่", "ไม่"), ("Y", "N")):
        words = table.assign(visit=np.where(table["visit"] == 1, yes, no))
        assert trial_of(words, ["visit"]).units["converted"].sum() == table["visit"].sum()
    assert as_numbers(pd.Series(["x", "y"])) is None, "names of kinds, not two ways to say yes"
    assert trial_of(table.assign(visit=table["visit"] == 1), ["visit"]).measure == "points"
    assert trial_of(table, ["spend"]).measure == "number"
    assert trial_of(table, {"spend": "money"}).measure == "money"
    assert trial_of(table.assign(kept=0.5), {"kept": "rate"}).measure == "points"
    with pytest.raises(StudyError, match="no number in 1 of 400 rows"):
        trial_of(table.assign(spend=table["spend"].mask(table.index == 3)), ["spend"])


def test_a_loss_is_no_gain_and_is_turned_round_or_priced():
    table = table_of().rename(columns={"visit": "churned"})
    for name, kinds in (
        ("churned", ["churned"]),
        ("spend", {"refund_total": "money"}),
        ("churned", {"complaints": "count"}),
    ):
        with pytest.raises(StudyError, match=r"reads as a loss.*Turn it round.*unit_value: -50"):
            trial_of(table.rename(columns={name: next(iter(kinds))}), kinds)
    with pytest.raises(StudyError, match="reads as a loss"):
        trial_of(table, ["churned"], value=50.0)
    lost = answered(trial_of(table, ["churned"], value=-50.0))[1]
    kept = answered(trial_of(table.assign(kept=1 - table["churned"]), ["kept"]))[1]
    less = answered(trial_of(table.assign(less=-table["churned"]), ["less"]))[1]
    assert "mail: stop" in lost and "mail: stop" in kept and "mail: stop" in less
    assert trial_of(table, ["churned", "spend"]).measure == "money", (
        "the money decides, and the loss is told beside it"
    )


def test_losses_are_told_by_their_names():
    losses = (
        "deaths Abandoned_cart no_show drop_out drop-outs "
        "churned isChurned unsubscribed opt_out bounce_rate gekündigt Kündigung résilié hủy_đơn ยกเลิก refunds"
    )
    gains = "not_churned NoChurn kept elapsed returned_to_shop converted won_back_churned non_churn stopped_by clicks"
    gains += "dropped_in Showroom deadline  lapsed_reactivated complaint_resolved huyen cancun"
    assert all(map(is_loss, losses.split())) and not any(map(is_loss, gains.split()))


def test_money_may_be_negative():
    rng = np.random.default_rng(2)
    table = table_of(4000)
    table["profit"] = rng.normal(1.0, 3.0, 4000) + (table["arm"] == "mail")
    fitted, said = answered(trial_of(table, {"profit": "money"}))
    assert fitted.design.family == experiment.BOOTSTRAP
    one = interval(fitted.draws.revenue[:, 1] - fitted.draws.revenue[:, 0])
    plain = experiment.plain_difference(table, "none", "profit").set_index("arm").loc["mail"]
    assert one.mean == pytest.approx(plain["difference"], abs=0.02) and "EUR" in said
    assert one.p95 - one.p05 == pytest.approx(plain["p95"] - plain["p05"], rel=0.1)


def mixture(seed, n=20_000, lift=1.0):
    """Spend of consumers and firms together: no family knows it."""
    rng = np.random.default_rng(seed)
    table = table_of(n, seed)
    firm, buys = rng.random(n) < 0.1, rng.random(n) < 0.1
    spend = np.where(firm, rng.lognormal(6.5, 0.7, n), rng.lognormal(3, 0.5, n))
    return table.assign(spend=np.where(buys, spend * np.where(table["arm"] == "mail", lift, 1.0), 0.0))


def test_spend_that_refutes_both_families_is_averaged_as_seen():
    units = trial_of(mixture(1), {"spend": "money"}).units
    fitted = spend_check.fit(units, "none", [], **AROUND)
    assert fitted.design.family == experiment.BOOTSTRAP and set(fitted.refuted) == {"lognormal", "gamma"}
    assert spend_check.check_fit(fitted).verdict == "REVIEW"
    seen = units.groupby("arm")["revenue"].mean()[["none", "mail"]]
    assert fitted.draws.revenue.mean(axis=0) == pytest.approx(seen, rel=0.03)


def test_no_verdict_rests_on_one_enormous_order():
    units = trial_of(mixture(2), {"spend": "money"}).units
    units.loc[units.index[units["arm"] == "mail"][0], ["revenue", "margin"]] = 2e6
    units["converted"] |= units["revenue"] > 0
    fitted = spend_check.fit(units, "none", [], **AROUND)
    assert spend_check.check_fit(fitted).verdict == "FAIL"


@pytest.mark.slow(seeds="0 to 199")
def test_intervals_on_a_mixture_of_kinds_hold_the_truth():
    inside = 0
    for seed in range(200):
        units = trial_of(mixture(seed, 20_000, 1.2), {"spend": "money"}).units
        draws = spend_check.fit(units, "none", [], **AROUND).draws
        one = interval(draws.revenue[:, 1] - draws.revenue[:, 0])
        mean = 0.1 * (0.1 * np.exp(6.5 + 0.245) + 0.9 * np.exp(3 + 0.125))
        inside += one.p05 <= 0.2 * mean <= one.p95
    print(f"effects on a mixture of firms and consumers inside their 90 % interval: {inside} of 200")
    assert 170 <= inside <= 192


# ---- many covariates, many units
def test_scores_stand_for_all_covariates_of_any_sign():
    rng = np.random.default_rng(1)
    units = pd.DataFrame({f"x{k}": rng.normal(size=6000) for k in range(12)})
    units["region"] = rng.choice(["north", "south"], 6000)
    p = 1 / (1 + np.exp(1.5 - units["x0"] - 0.8 * (units["region"] == "south")))
    units["converted"] = rng.random(6000) < p
    units["revenue"] = units["converted"] * rng.lognormal(3 + 0.3 * units["x1"], 0.4)
    found = prognosis.scores(units, [f"x{k}" for k in range(12)], ["region"])
    assert np.corrcoef(found[prognosis.BUYING], p)[0, 1] > 0.95
    assert np.corrcoef(np.log(found[prognosis.SPEND]), units["x1"])[0, 1] > 0.9
    design = experiment.prepare(
        units.assign(arm="a", **found).assign(arm=["a", "b"] * 3000), "a", list(found)
    )
    assert design.x.shape[0] <= 21**2 and design.customers.sum() == 6000
    assert prognosis.scores(units.assign(x0=1.0), ["x0"], []).empty


def test_arms_have_one_order_everywhere_doses_by_their_size():
    assert control_first(["10", "0", "5"], "0") == ["0", "5", "10"]
    rows = pd.DataFrame({"unit_id": range(60), "arm": ["0", "10", "5"] * 20, "spend": range(60)})
    test = trial.from_units(rows, outcomes=["spend"], covariates=[], control="0")
    assert test.arms == experiment.prepare(test.units, "0", []).arms == ["0", "5", "10"]
    assert experiment.plain_difference(test.units, "0", "revenue")["arm"].tolist() == test.arms


def test_one_outcome_of_two_says_who_converted():
    with pytest.raises(StudyError, match="none says who converted"):
        unit_outcomes.read(table_of(minutes=2.5), ["minutes", "spend"], 0.0)


# ---- counts per arm
COUNTS = {"units": "n", "conversions": "won", "sum": "money", "sum_of_squares": "squares"}


def counted(rows):
    table = rows.assign(squares=rows["spend"] ** 2, n=1).groupby("arm", as_index=False)
    table = table.agg(
        n=("n", "sum"), won=("visit", "sum"), money=("spend", "sum"), squares=("squares", "sum")
    )
    return table.assign(assigned="randomized")


def test_where_nearly_everybody_did_it_nothing_is_said_of_who_did():
    share, sizes = np.full((50, 2), 0.999), pd.Series({"none": 10, "mail": 10})
    found = arm_effects.response({"conversion": share, "net": share}, ["none", "mail"], sizes)
    assert found.change == found.chance == {}
    share[:, 0] = 0.9
    found = arm_effects.response({"conversion": share, "net": share}, ["none", "mail"], sizes)
    assert found.change["mail"].mean == pytest.approx(0.099)


def test_counts_of_arms_give_the_posterior_of_the_rows_they_came_from():
    rows = table_of(3001, spend=0.0)
    rng = np.random.default_rng(1)
    rows["spend"] = np.where(rows["visit"] == 1, rng.lognormal(3, 0.5, len(rows)), 0.0)
    told, kinds = trial.outcomes_of(counted(rows), [], {}, COUNTS)
    ways = [trial_of(rows, ["visit", "spend"]), trial_of(told, kinds)]
    one, other = (
        spend_check.fit(test.units, "none", [], "normal", draws=500, tune=500, chains=2, seed=1).draws
        for test in ways
    )
    for name in ("conversion", "response", "spend", "revenue"):
        assert np.allclose(getattr(one, name), getattr(other, name), rtol=1e-6), name
    plain, same = (experiment.plain_difference(test.units, "none", "revenue") for test in ways)
    assert np.allclose(plain["standard_error"], same["standard_error"], rtol=1e-6)
    shares, _ = trial.outcomes_of(counted(rows), [], {}, {"units": "n", "conversions": "won"})
    assert shares.groupby("arm")["won"].sum().tolist() == counted(rows)["won"].tolist()


@pytest.mark.parametrize(
    ("columns", "changes", "words"),
    [
        ({"units": "n"}, {}, "does not name the column of conversions"),
        ({"units": "n", "conversions": "won", "sum": "money"}, {}, "column of sum_of_squares"),
        (COUNTS, {"won": 99_999}, "99,999 conversions of 200 units"),
        (COUNTS, {"squares": 1.0}, "squares are of each unit's money"),
        (COUNTS | {"units": "many"}, {}, "names the column 'many'"),
    ],
)
def test_counts_that_cannot_be_are_refused(columns, changes, words):
    with pytest.raises(StudyError, match=words):
        trial.outcomes_of(counted(table_of()).assign(**changes), [], {}, columns)


def test_a_loss_that_is_counted_is_turned_round():
    rows = counted(table_of(3001)).assign(unsubscribes=[90, 40])
    told = {"units": "n", "conversions": "unsubscribes"}
    with pytest.raises(StudyError, match=r'reads as a loss.*`kept: "units - unsubscribes"`'):
        trial.outcomes_of(rows, [], {}, told)
    kept = rows.assign(kept=rows["n"] - rows["unsubscribes"])
    units, kinds = trial.outcomes_of(kept, [], {}, told | {"conversions": "kept"})
    assert kinds == {"kept": "conversion"} and units["kept"].sum() == 3001 - 130
    assert "mail: stop" in answered(trial_of(units, kinds))[1]


def test_a_number_beside_a_flag_is_told_by_its_own_name():
    test = trial_of(table_of(minutes=2.5), {"visit": "conversion", "minutes": "count"})
    assert (test.outcome, test.done, test.currency("EUR")) == ("minutes", "visit", "minutes")


# ---- one sum over another
def impressions(seed, lift=0.0, units=600):
    """Units with clicks per impressions: heavy ones click less, and each has a rate of its own."""
    rng = np.random.default_rng(seed)
    table = table_of(units, seed)
    shown = rng.geometric(np.where(rng.random(units) < 0.2, 0.02, 0.3))
    rate = (
        rng.beta(2, 18, units)
        * np.where(shown > 20, 0.5, 1.0)
        * np.where(table["arm"] == "mail", 1 + lift, 1)
    )
    return table.assign(shown=shown, clicks=rng.binomial(shown, rate))


def test_clicks_per_impressions_are_sums_over_sums_with_the_error_of_the_delta_method():
    table = impressions(1)
    test = trial_of(table, {"clicks": "per shown"})
    sums = table.groupby("arm")[["clicks", "shown"]].sum()
    ratio = (sums["clicks"] / sums["shown"])[["none", "mail"]]
    means = test.units.groupby("arm")["revenue"].mean()[["none", "mail"]]
    assert means.to_numpy() == pytest.approx(ratio.to_numpy()) and test.measure == "points"
    assert abs((table["clicks"] / table["shown"]).mean() - ratio.mean()) > 0.01, (
        "the mean of rates is another number"
    )
    own = table[table["arm"] == "mail"]
    covered = np.cov(own["clicks"], own["shown"])
    r, per = ratio["mail"], own["shown"].mean()
    variance = (covered[0, 0] - 2 * r * covered[0, 1] + r**2 * covered[1, 1]) / per**2
    assert test.units.loc[test.units["arm"] == "mail", "revenue"].var() == pytest.approx(variance)
    assert test.family("auto") == experiment.NORMAL
    design = experiment.prepare(test.units, test.control, [], test.family("auto"))
    drawn = experiment.normal_means(design, 2000)
    assert drawn.mean(axis=0) == pytest.approx(ratio.to_numpy(), abs=0.002)
    assert drawn[:, 1].std() == pytest.approx(np.sqrt(variance / len(own)), rel=0.15)
    assert "delta method" in say(test.note) and say(view.what_changed(test)) == "the ratio clicks per shown"
    fitted, said = answered(test)
    asked = spend_check.checks(fitted, test.measure)
    assert "per unit" not in said and "buyer" not in " ".join(f"{one.name} {say(one.value)}" for one in asked)
    assert (
        say(view.bought(arm_effects.means(test.units, test.arms), test).caption)
        == "Observed in the time of the test"
    )
    assert "converted" not in view.bought(arm_effects.means(test.units, test.arms), test).columns


def test_a_ratio_by_clusters_has_the_error_of_clusters():
    table = impressions(2).assign(
        cluster=lambda rows: "c" + (rows["unit_id"] // 10 * 2 + rows["unit_id"] % 2).astype(str)
    )
    one = trial_of(table, {"clicks": "per shown"})
    drawn = spend_check.fit_arms(one.units, "none", [], one.family("auto"), **AROUND)
    sums = table.groupby(["arm", "cluster"])[["clicks", "shown"]].sum()
    for place, arm in enumerate(one.arms):
        own = sums.loc[arm]
        ratio = own["clicks"].sum() / own["shown"].sum()
        error = np.sqrt(len(own) * (own["clicks"] - ratio * own["shown"]).var()) / own["shown"].sum()
        assert drawn.draws.revenue[:, place].mean() == pytest.approx(ratio, abs=0.15 * error)
        assert drawn.draws.revenue[:, place].std() == pytest.approx(error, rel=0.15)


def test_arms_that_were_shown_more_are_told_and_a_ratio_ranks_nobody():
    table = impressions(1)
    alike, more = (
        trial_of(
            table.assign(shown=table["shown"] * np.where(table["arm"] == "mail", k, 1)),
            {"clicks": "per shown"},
        )
        for k in (1, 2)
    )
    assert [
        asked.verdict for one in (alike, more) for asked in ratios.checks(one.units, "none", one.outcome)
    ] == ["PASS", "REVIEW"]
    assert ratios.checks(trial_of(table, ["visit"]).units, "none", "visit") == []
    with pytest.raises(CannotAnswer, match="clicks per shown is a ratio of sums"):
        ranking.refuse(alike)
    for kinds, words in (
        ({"clicks": "per views"}, "no column 'views'"),
        ({"clicks": "over shown"}, "or per COLUMN"),
        ({"visit": "", "clicks": "per shown"}, "alone"),
        ({"shown": "per nothing"}, "lies at 0 or above"),
    ):
        with pytest.raises(StudyError, match=words):
            trial_of(table.assign(nothing=0), kinds)
    with pytest.raises(CannotAnswer, match="Arm mail has nothing to divide by"):
        trial_of(table.assign(shown=table["shown"].where(table["arm"] == "none", 0)), {"clicks": "per shown"})


def test_amounts_as_arms_are_told_and_too_many_are_grouped():
    assert say(told_amounts(["0", "5", "10"])).startswith(
        "If the arms are amounts: each of the 2 is compared with “0” alone."
    )
    assert told_amounts(["0", "1"]) is None and told_amounts(["none", "5", "10"]) is None
    with pytest.raises(StudyError, match=r"holds 60 different values.*CASE WHEN"):
        control_first([str(one) for one in range(60)], "0")
