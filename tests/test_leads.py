"""Leads: spells and truncation, chances against simulated leads, leakage, worth, and leads nobody should trust."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
import tables_support

from helpers import contracts, tables
from helpers.customers import lead_chances, lead_covariates, lead_scores, lead_value, leads
from helpers.demo import funnel, people
from helpers.demo.world import World
from helpers.errors import StudyError
from helpers.inference import monte_carlo
from helpers.inference.pooling import pool
from helpers.messages import count
from helpers.pages.wording import say
from helpers.views import lead_funnel as view
from helpers.views import lead_worth

AS_OF = date(2025, 12, 31)
BEGIN = pd.Timestamp("2024-01-01")


def simulated(
    n=900, seed=1, channels=("web", "fair"), advance=(1 / 30, 1 / 25, 1 / 20), lose=(1 / 40, 1 / 50, 1 / 60)
):
    """Leads with exponential stages, the same for all channels, censored at AS_OF."""
    rng = np.random.default_rng(seed)
    now = np.sort(rng.uniform(0, 730, n))
    table, alive, lost = {"created_at": now}, np.ones(n, bool), np.full(n, np.nan)
    for stage, up, down in zip(("mql_at", "sql_at", "won_at"), advance, lose, strict=True):
        now = now + rng.exponential(1 / (up + down), n)
        goes = rng.random(n) < up / (up + down)
        lost = np.where(alive & ~goes, now, lost)
        alive &= goes
        table[stage] = np.where(alive, now, np.nan)
    table["lost_at"] = lost
    end = (pd.Timestamp(AS_OF) - BEGIN).days + 1
    dates = {
        name: BEGIN + pd.to_timedelta(np.where(values < end, values, np.nan), unit="D")
        for name, values in table.items()
    }
    frame = pd.DataFrame(dates)
    frame.insert(0, "lead_id", [f"L{i}" for i in range(n)])
    return frame.assign(
        channel=rng.choice(channels, n), customer_id=[f"C{i}" for i in range(n)], size=rng.lognormal(2, 1, n)
    )


@pytest.fixture(scope="module")
def table():
    return simulated()


@pytest.fixture(scope="module")
def fitted(table):
    found = leads.funnel(table)
    design = pd.DataFrame(index=range(len(table)))
    tree = leads.fit(found, found.day(AS_OF), design, draws=300, tune=400, seed=1)
    return found, lead_chances.Hazards(tree, found, design, most=150)


# ---- spells
def one(**times) -> leads.Funnel:
    rows = simulated(40, seed=3)
    for name in ("created_at", "mql_at", "sql_at", "won_at", "lost_at"):
        rows.loc[0, name] = pd.Timestamp(times[name]) if name in times else pd.NaT
    return leads.funnel(rows)


def spells_of_first(found, until=AS_OF):
    table = leads.spells(found, found.day(until))
    return table[table["lead"] == 0]


def test_time_is_cut_into_bins_and_ends_in_one_cause():
    found = one(created_at="2025-01-01", mql_at="2025-01-11", lost_at="2025-02-25")
    own = spells_of_first(found)
    assert own.loc[own["stage"] == 0, "exposure"].tolist() == [10.0]
    assert own.loc[own["stage"] == 1, "exposure"].tolist() == [30.0, 15.0]
    assert own[["advance", "lose"]].to_numpy().tolist() == [[True, False], [False, False], [False, True]]


def test_an_open_lead_is_censored_and_the_future_is_not_known():
    found = one(created_at="2025-01-01", mql_at="2025-01-11")
    own = spells_of_first(found, date(2025, 1, 5))
    assert own["exposure"].tolist() == [5.0]
    assert not own[["advance", "lose"]].to_numpy().any()


def test_time_before_the_first_win_does_not_count():
    rows = simulated(300, seed=4)
    rows["won_at"] = rows["won_at"].where(rows["won_at"] > "2024-07-01")
    rows.loc[rows["won_at"].isna() & rows["lost_at"].isna(), "lost_at"] = pd.Timestamp("2025-12-31")
    found = leads.funnel(rows)
    early = leads.spells(found, found.day(AS_OF))
    entered = found.reached[early["lead"], early["stage"]]
    assert found.entry >= 182
    assert (entered + early["exposure"] + np.take(leads.CUTS, early["bin"]) <= found.day(AS_OF) + 1e-9).all()
    before = early[found.reached[early["lead"], 0] < found.entry]
    assert len(before) and (before["exposure"] <= found.day(AS_OF) - found.entry + 1e-9).all()
    gone = found.lost < found.entry
    assert not early["lead"].isin(np.flatnonzero(gone)).any()


def test_a_skipped_stage_counts_as_entered_with_the_next():
    found = one(created_at="2025-01-01", sql_at="2025-01-11", won_at="2025-01-21")
    assert found.reached[0, 1] == found.reached[0, 2] == found.reached[0, 0] + 10


def test_without_stages_there_is_one(table):
    found = leads.funnel(table.drop(columns=["mql_at", "sql_at"]))
    assert found.names == ["lead"]


# ---- chances
def test_conversion_of_constant_hazards_is_their_ratio():
    rates = np.tile(np.array([1 / 30, 1 / 60]), (1, 1, len(leads.CUTS), 1))
    assert lead_chances.stage_conversion(rates, days=10_000)[0, 0] == pytest.approx(2 / 3, rel=1e-6)
    assert lead_chances.stage_conversion(rates, days=20)[0, 0] == pytest.approx(
        2 / 3 * (1 - np.exp(-1)), rel=1e-6
    )


def test_the_curve_is_the_convolution_of_the_stages():
    """Against leads simulated through three stages."""
    rates = np.ones((1, 3, len(leads.CUTS), 2)) * np.array([[[1 / 30], [1 / 40], [1 / 20]]])[
        ..., None
    ].reshape(1, 3, 1, 1)
    rng = np.random.default_rng(1)
    total = sum(rng.exponential(1 / (2 * rate), 400_000) for rate in (1 / 30, 1 / 40, 1 / 20))
    curve = np.cumsum(lead_chances.win_curve(rates, 180)[0])
    for day in (30, 90, 180):
        expected = 0.125 * np.mean(total <= day)
        assert curve[int(day / lead_chances.STEP) - 1] == pytest.approx(expected, rel=0.02, abs=0.0005)


def test_a_lead_further_on_is_likelier_to_win_and_age_counts_where_hazards_fall():
    rates = np.tile(np.array([0.03, 0.03]), (3, 3, len(leads.CUTS), 1))
    rates[:, :, 1:, 0] /= 10
    curve = lead_chances.win_curve(rates, 90, stage=np.array([0, 2, 2]), age=np.array([0.0, 0.0, 60.0])).sum(
        axis=1
    )
    assert curve[0] < curve[2] < curve[1]


def test_chances_come_out_as_simulated(fitted):
    found, hazards = fitted
    stages = lead_chances.conversion_by_channel(hazards, found)
    for stage, true in zip(found.names, (4 / 7, 2 / 3, 3 / 4), strict=True):
        for channel in found.channels:
            draws = stages[channel, stage]
            assert abs(draws.mean() - true) < max(4 * draws.std(), 0.05)


def test_open_leads_know_their_stage_and_age(fitted):
    found, _ = fitted
    now = lead_chances.open_at(found, found.day(AS_OF))
    still = found.leads["won_at"].isna() & found.leads["lost_at"].isna()
    assert set(now["lead"]) == set(np.flatnonzero(still))
    assert (now["age"] >= 0).all()


def test_the_error_of_a_calibrated_score_is_small_and_of_a_shifted_one_is_its_shift():
    rng = np.random.default_rng(5)
    score = rng.uniform(0.05, 0.6, 20_000)
    won = rng.random(len(score)) < score
    assert lead_scores.calibration_error(score, won) < 0.01
    assert lead_scores.calibration_error(np.clip(score + 0.1, 0, 0.99), won) == pytest.approx(0.1, abs=0.015)


def test_a_hold_out_shorter_than_the_days_ahead_is_refused(fitted):
    found, hazards = fitted
    with pytest.raises(StudyError, match="win_days is 90"):
        lead_scores.follow(hazards, found, found.day(AS_OF) - 30, found.day(AS_OF), 90)


def test_scores_are_judged_in_groups_and_a_shifted_one_asks_for_a_review():
    rng = np.random.default_rng(6)
    score = rng.uniform(0.05, 0.6, 5_000)
    followed = pd.DataFrame({"score": score, "won": rng.random(len(score)) < score})
    followed = followed.assign(lead=range(len(score)), day=0.0)
    judged = lead_scores.judge(followed, smallest=10)
    assert list(judged.groups["size"]) == [1000] * 5
    assert judged.groups["score"].is_monotonic_increasing
    assert judged.metrics["lead_score.judged"] == 5000
    assert lead_scores.check_calibration(judged, 0.03).verdict == "PASS"
    shifted = lead_scores.judge(followed.assign(score=score + 0.2), smallest=10)
    assert lead_scores.check_calibration(shifted, 0.03).verdict == "REVIEW"
    assert judged.outside == 0 and shifted.outside == 5 and shifted.distances.min() > 0.15
    assert len(lead_scores.judge(followed.head(50), smallest=10).groups) == 2


def called_first(top: float, leads: int = 1000, times: int = 1) -> lead_scores.Judged:
    """A judged score of .1 for four fifths, right, and .5 for the fifth that is called first, of whom `top` are won."""
    best, place = np.arange(leads) % 5 == 0, np.arange(leads) // 5
    share = np.where(best, top, 0.1)
    won = (place % 100) < 100 * share
    rows = pd.DataFrame({"lead": range(leads), "score": np.where(best, 0.5, 0.1), "won": won})
    return lead_scores.judge(pd.concat([rows.assign(day=day) for day in range(times)]), smallest=10)


def test_the_chance_is_judged_among_those_who_are_called_first():
    """The mean error of all is small where only the first fifth is off: that is what sales would feel."""
    right, less, half = called_first(0.5), called_first(0.43), called_first(0.3)
    assert right.first["size"] == right.first["leads"] == 200 and right.first["score"] == pytest.approx(0.5)
    verdicts = [lead_scores.check_first(one, 0.03).verdict for one in (right, less, half)]
    assert verdicts == ["PASS", "REVIEW", "FAIL"]
    assert half.first["won"].p05 < 0.3 < half.first["won"].p95 < 0.4
    assert half.metrics["lead_score.called_first"] == pytest.approx(0.5)
    assert "scored 50 %, won 30 %" in say(lead_scores.check_first(half, 0.03).value)


def test_one_group_far_from_the_line_asks_for_a_review_however_near_the_others_are():
    """What is drawn is judged: a mean distance within its bound hides a group that is clearly off."""
    rng = np.random.default_rng(8)
    score = rng.uniform(0.05, 0.6, 5_000)
    chance = np.where(score > 0.49, score - 0.15, score)
    followed = pd.DataFrame({"score": score, "won": rng.random(len(score)) < chance, "day": 0.0})
    off = lead_scores.judge(followed.assign(lead=range(len(score))), smallest=10)
    assert off.outside == 1 and off.distances.idxmax() == 4
    assert off.distances.max() == pytest.approx(0.15, abs=0.05)
    assert lead_scores.check_calibration(off, 0.9).verdict == "REVIEW"
    assert "percentage points from the line" in say(view.calibration(off, AS_OF, 90).title)


def test_a_lead_that_is_scored_again_and_again_counts_once_in_the_interval():
    once, often = called_first(0.3), called_first(0.3, times=9)
    assert often.scorings == 9 * once.scorings
    assert often.first["won"].p95 == pytest.approx(once.first["won"].p95)


def with_covariates(leads_: int, draws: int = 3) -> tuple[lead_chances.Hazards, leads.Funnel]:
    """Hazards of hand-made draws in which leads differ a lot by two covariates."""
    table, rng = simulated(leads_, seed=8), np.random.default_rng(8)
    found = leads.funnel(table)
    hazards = object.__new__(lead_chances.Hazards)
    hazards.stages, hazards.bins, hazards.draws = 3, len(leads.CUTS), draws
    hazards.channel = pd.Index(found.channels).get_indexer(found.leads["channel"])
    hazards.x = rng.normal(size=(leads_, 2))
    hazards.parts = {
        cause: (np.log(rng.uniform(0.01, 0.05, (draws, 2, 3))), rng.normal(0, 0.3, (draws, 3, 3)), effect)
        for cause, effect in (
            ("advance", rng.normal(0, 0.5, (draws, 2))),
            ("lose", rng.normal(0, 0.3, (draws, 2))),
        )
    }
    return hazards, found


def test_a_curve_is_the_mean_over_all_leads_of_the_channel():
    hazards, found = with_covariates(500)
    for channel, curve in lead_chances.curves_by_channel(hazards, found, 180).items():
        rows = np.flatnonzero(found.leads["channel"] == channel)
        for draw in range(hazards.draws):
            each = lead_chances.win_curve(hazards.rates(draw, rows), 180).mean(axis=0)
            assert np.abs(curve[draw] - np.cumsum(each)).max() < 0.003
    half = (np.arange(500) % 2 == 0) | (found.leads["channel"] != "web").to_numpy()
    part = lead_chances.curves_by_channel(hazards, found, 180, only=half)
    assert not np.allclose(part["web"], lead_chances.curves_by_channel(hazards, found, 180)["web"])


def test_with_one_stage_its_conversion_is_not_told_beside_the_curve(table):
    found = leads.funnel(table.drop(columns=["mql_at", "sql_at"]))
    hazards, _ = with_covariates(300)
    assert lead_chances.conversion_by_channel(hazards, found) == {}
    assert "there is one stage" in say(view.stages({}, found.sizes))


def test_wins_by_channel_are_read_off_the_curves(fitted):
    found, _ = fitted
    steps = 60
    curves = {"web": np.full((5, steps), 0.1).cumsum(axis=1) / 10, "fair": np.full((5, steps), 0.01)}
    wins = lead_chances.wins(curves, found, soon=90).set_index("channel")
    assert wins.loc["web", "soon"].mean == pytest.approx(0.3) and wins.loc[
        "web", "late"
    ].mean == pytest.approx(0.6)
    assert wins.loc["web", "median_days"].mean == pytest.approx(90)
    best, worst = lead_chances.best_and_worst(wins.reset_index())
    assert (best["channel"], worst["channel"]) == ("web", "fair")
    assert list(lead_chances.bands(curves, ["web"])["web"]["days"].head(2)) == [3, 6]
    assert found.largest(smallest=10**6) == [] and len(found.largest(smallest=1, most=1)) == 1


# ---- leakage
def test_a_column_that_gives_the_outcome_away_is_kept_out_and_refused(table):
    rng = np.random.default_rng(1)
    won = table["won_at"].notna()
    leaky = table.assign(
        call=won & (rng.random(len(table)) < 0.97),
        note=np.where(won, "welcome pack sent", None),
        contract_value=np.where(won, rng.uniform(1, 9, len(table)), np.nan),
    )
    found = lead_covariates.covariates(leaky, [], [])
    assert set(found.suspects) == {"call", "note", "contract_value"}
    assert list(found.design.columns) == ["size"]
    telling = lead_covariates.check_telling(found)
    assert (telling.verdict, telling.value) == ("REVIEW", count(3, "column"))
    with pytest.raises(StudyError, match="'call' of leads gives the outcome away"):
        lead_covariates.covariates(leaky, ["call"], [])
    with pytest.raises(StudyError, match="'size' of leads is named in the study"):
        lead_covariates.covariates(leaky, ["size"], ["size"])
    named = lead_covariates.covariates(leaky, [], ["call", "note", "contract_value"])
    assert named.suspects == ()
    assert lead_covariates.check_telling(named).verdict == "PASS"
    assert named.columns.set_index("column")["why"]["call"] == lead_covariates.NAMED


def test_an_unknown_attribute_is_refused_with_those_that_exist(table):
    with pytest.raises(StudyError, match="no attribute 'budget'; they have size"):
        lead_covariates.covariates(table, ["budget"], [])


def test_dates_and_long_texts_do_not_predict(table):
    odd = table.assign(seen=table["created_at"], town=[f"town {i}" for i in range(len(table))], same="x")
    why = lead_covariates.covariates(odd, [], []).columns.set_index("column")["why"]
    assert why["seen"] == "a date"
    assert "more than" in why["town"]
    assert why["same"] == "the same everywhere"


# ---- worth
def test_the_worth_of_a_customer_counts_months_that_are_over():
    """Ten per month for everyone; the younger half is known for three months only."""
    ages = np.repeat([400, 100], 50)
    won = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(100)],
            "won_at": pd.Timestamp(AS_OF) - pd.to_timedelta(ages, unit="D"),
        }
    )
    dates = [
        (who, at + pd.Timedelta(days=int(30.4375 * m) + 1))
        for who, at in zip(won.customer_id, won.won_at, strict=True)
        for m in range(12)
    ]
    lines = pd.DataFrame(dates, columns=["customer_id", "order_date"]).assign(margin=10.0)
    lines = lines[lines["order_date"] <= pd.Timestamp(AS_OF)]
    money, over = lead_value.margins_by_month(won, lines, AS_OF, 12)
    assert over.sum(axis=1).tolist() == [12] * 50 + [3] * 50
    worth = lead_value.customer_worth(money, over, np.repeat("web", 100), ["web"], 0.0)
    assert worth.mean() == pytest.approx(120, rel=0.01)
    less = lead_value.customer_worth(money, over, np.repeat("web", 100), ["web"], 0.10)
    assert less.mean() == pytest.approx(10 * sum(1.1 ** (-(m + 0.5) / 12) for m in range(12)), rel=0.01)


def lived_months(ages: list[int], by_month: np.ndarray, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Money and months lived of customers of these ages in months, with a mean per month and chance around it."""
    lived = np.array(ages)[:, None] > np.arange(len(by_month))
    return np.where(lived, by_month * np.random.default_rng(seed).gamma(4, 0.25, lived.shape), 0.0), lived


@pytest.mark.parametrize("profile", [np.ones(12), np.linspace(1.8, 0.2, 12)])
def test_a_young_channel_is_not_poor_for_months_nobody_has_lived(profile):
    money, over = lived_months([12] * 200 + [3] * 60, 100 * profile)
    channel, names = np.repeat(["old", "young"], [200, 60]), ["old", "young"]
    worth = lead_value.customer_worth(money, over, channel, names, 0.0)
    assert worth.mean(axis=0) == pytest.approx([1200, 1200], rel=0.2)
    assert worth[:, 1].std() > 3 * worth[:, 0].std()
    known = lead_value.months_known(over, channel, names)
    assert known.to_dict() == {"old": 12, "young": 3}
    checked = lead_value.check_months(known, 12)
    assert checked.verdict == "REVIEW" and "young (3 of 12 months)" in say(checked.value)
    assert lead_value.check_months(known, 3).verdict == "PASS"


def test_a_young_channel_that_earns_twice_is_worth_twice():
    (old, lived), (young, since) = (
        lived_months([12] * 200, np.full(12, 100.0)),
        lived_months([3] * 100, np.full(12, 200.0)),
    )
    channel = np.repeat(["old", "young"], [200, 100])
    worth = lead_value.customer_worth(
        np.vstack([old, young]), np.vstack([lived, since]), channel, ["old", "young"], 0.0
    )
    assert worth[:, 1].mean() == pytest.approx(2400, rel=0.2)


def test_months_no_channel_has_lived_go_on_as_the_last_ones():
    money, over = lived_months([6] * 100, np.full(12, 100.0))
    worth = lead_value.customer_worth(money, over, np.repeat("web", 100), ["web"], 0.0)
    assert worth.mean() == pytest.approx(1200, rel=0.1) and worth.std() > 30


@pytest.mark.parametrize("heterogeneity", [1, 30, 100, 300])
def test_pooled_intervals_hold_the_truth_however_much_groups_differ(heterogeneity):
    """Six groups with errors of 1, 200 data sets: 90 % intervals hold 1,200 true values at the rate they state."""
    rng, inside = np.random.default_rng(heterogeneity), []
    for seed in range(200):
        truth = rng.normal(0, heterogeneity, 6)
        draws = pool(truth + rng.normal(0, 1, 6), np.ones(6), 1000, seed).effects
        low, high = np.quantile(draws, [0.05, 0.95], axis=0)
        inside.append((low <= truth) & (truth <= high))
    assert 0.87 < np.mean(inside) < 0.93


def test_pooling_is_that_of_the_eight_schools():
    """Gelman et al., table 5.2: the effects shrink towards about 8, school A the highest near 11."""
    y = [28, 8, -3, 7, -1, 1, 18, 12]
    draws = pool(y, [15, 10, 16, 11, 9, 11, 10, 18], draws=20_000).effects
    means = draws.mean(axis=0)
    assert means.argmax() == 0
    assert 8.5 < means[0] < 13
    assert 4 < means.min() < 7.5
    assert draws.std(axis=0).max() < 10


def test_a_channel_without_customers_is_as_the_others_and_less_sure():
    draws = pool([100.0, 104.0, 0.0], [2.0, 2.0, np.inf], draws=20_000).effects
    assert draws[:, 2].mean() == pytest.approx(102, abs=8)
    assert draws[:, 2].std() > draws[:, 0].std()


def test_a_lead_is_too_dear_where_it_rather_does_not_pay():
    value = pd.DataFrame(
        {"channel": ["web", "fair", "shop"], "cost": [1.0, 9.0, np.nan], "gain": [0.9, 0.2, np.nan]}
    )
    costs = lead_value.costs(value)
    assert (costs.dear, costs.fine, costs.unknown) == (["fair"], ["web"], ["shop"])
    assert lead_value.check_cost(costs).verdict == "REVIEW"
    claim = say(lead_worth.cost(costs, 12))
    assert (
        claim
        == "Leads of fair cost more than they bring back in 12 months; what those of shop cost is not known"
    )
    fine = lead_value.costs(value.assign(gain=[0.9, 0.8, np.nan]))
    assert lead_value.check_cost(fine).verdict == "PASS"
    assert say(lead_worth.cost(fine, 12)).startswith("Leads of web and fair cost less than they may; what")


@pytest.mark.parametrize("cost", [None, 0.0, np.nan])
def test_leads_that_cost_nothing_do_not_cost_less_than_they_may(fitted, cost):
    found, _ = fitted
    rows = found.leads if cost is None else found.leads.assign(cost=cost)
    curves = {name: np.linspace(0.01, 0.3, 60) * np.ones((20, 1)) for name in found.channels}
    worth = np.full((50, len(found.channels)), 100.0)
    value = lead_value.by_channel(
        curves, worth, replace(found, leads=rows), pd.Series(0.0, found.channels), 90, 0.1, 0.0
    )
    costs = lead_value.costs(value)
    assert costs.unknown == list(value["channel"]) and not costs.fine
    assert lead_value.check_cost(costs) is None
    assert say(lead_worth.cost(costs, 12)) == "What leads cost is not known here, only what they may cost"


def test_the_first_fifth_of_open_leads_is_the_one_worth_most(fitted):
    found, _ = fitted
    scores = pd.DataFrame(
        {
            "stage": ["lead"] * 8 + ["SQL"] * 2,
            "score": [0.1] * 8 + [0.6] * 2,
            "age_days": 4.0,
            "value": range(10),
        }
    )
    wins = np.array([1.5, 2.5, 1.0, 3.0])
    total = lead_value.open_leads(lead_value.Scored(scores, wins, wins), found)
    assert (total.leads, total.wins, total.first_share) == (10, pytest.approx(2), pytest.approx(0.6))
    assert list(total.by_stage["stage"]) == ["lead", "SQL"] and list(total.by_stage["leads"]) == [8, 2]
    none = lead_value.Scored(scores.head(0), np.zeros(4), np.zeros(4))
    assert lead_value.open_leads(none, found).first_share == 0


def test_without_customers_or_orders_no_worth_is_told_and_the_chances_stay(fitted):
    found, hazards = fitted
    won = lead_value.customers_won(found)
    money, over = lead_value.margins_by_month(won, None, AS_OF, 2)
    assert lead_value.customer_worth(money, over, won["channel"].to_numpy(), found.channels, 0.1) is None
    assert (
        lead_value.check_months(lead_value.months_known(over, won["channel"].to_numpy(), found.channels), 2)
        is None
    )
    few = lead_value.customer_worth(
        np.zeros((3, 2)), np.ones((3, 2), bool), np.repeat("web", 3), ["web"], 0.1
    )
    value = lead_value.by_channel({}, few, found, pd.Series(dtype=float), 90, 0.1, 0.0)
    assert few is value is lead_value.artifact(value) is None and lead_value.metrics(value) == {}
    costs = lead_value.costs(value)
    assert lead_value.check_cost(costs) is lead_worth.ceilings(value, costs, 12, "EUR") is None
    assert "cannot be told" in say(lead_worth.value(value, pd.Series(dtype=float), 12, 90, 0.3, ""))
    assert lead_worth.answer_cost(value, costs, 12, pd.Series({"channel": "web"}), "EUR") is None
    now = lead_chances.open_at(found, found.day(AS_OF))
    stated = {"annual_discount_rate": 0.1, "cost_per_open_lead": 0.0}
    scored = lead_value.score_open(hazards, found, now, None, pd.Series(dtype=float), 90, **stated)
    scores = scored.table
    assert scored.wins.mean() == pytest.approx(scores["score"].sum()) and scored.worth is None
    assert "value" not in scores and scores["score"].is_monotonic_decreasing
    total = lead_value.open_leads(scored, found)
    assert total.worth is None and monte_carlo.error_of(total.wins) > 0 and total.first_share > 0.2
    said = say(lead_worth.answer_open(total, 90, called_first(0.3), AS_OF, "EUR"))
    assert (
        "highest score first" in said
        and "worth about" not in said
        and "18 % should have been won and 14 % were" in said
    )
    assert "fifth called first it is 50 % and 30 % (" in said
    assert "value" not in lead_worth.open_leads(total, AS_OF).columns


# ---- bad input
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sql_at": "2024-01-01"}, "sql_at before mql_at"),
        ({"mql_at": "2023-06-01"}, "mql_at before created_at"),
        ({"won_at": "2023-06-01"}, "won_at before"),
    ],
)
def test_stages_out_of_order_are_refused(table, change, says):
    wrong = table.copy()
    row = wrong.index[wrong["won_at"].notna()][5]
    for name, value in change.items():
        wrong.loc[row, name] = pd.Timestamp(value)
    with pytest.raises(StudyError, match=f"1 leads have {says}.*{wrong.loc[row, 'lead_id']}"):
        leads.funnel(wrong)


def test_a_loss_before_a_stage_is_refused(table):
    wrong = table.copy()
    row = wrong.index[wrong["mql_at"].notna() & wrong["won_at"].isna()][0]
    wrong.loc[row, "lost_at"] = wrong.loc[row, "created_at"] - pd.Timedelta(days=3)
    with pytest.raises(StudyError, match="lost before a stage"):
        leads.funnel(wrong)


def test_a_table_with_one_row_is_refused(table):
    with pytest.raises(StudyError, match="of 1 leads were won: chances need at least 10"):
        leads.funnel(table[table["won_at"].notna()].head(1))


def test_channels_that_are_not_stated_are_named(table):
    assert (
        leads.NO_CHANNEL
        in leads.funnel(table.assign(channel=table["channel"].where(table.index > 20))).channels
    )


@pytest.mark.grid
@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("L1,2010-03-01,2010-03-09,2010-03-05,", "sql_at_before_mql"),
        ("L1,2010-03-01,2010-02-01,,", "mql_at_before_created"),
        ("L1,2010-03-01,,2010-02-01,", "sql_at_before_created"),
        ("L1,2010-03-01,,2010-03-09,2010-03-05", "won_at_before_sql"),
        ("L1,2010-03-01,,,2010-02-05", "won_at_before_created"),
    ],
)
def test_dates_out_of_order_stop_a_study(tmp_path, row, rule):
    tables_support.write(tmp_path, tables_support.HEADER, "a,2010-01-05,10")
    tables_support.write(tmp_path, "lead_id,created_at,mql_at,sql_at,won_at", row, name="leads.csv")
    study = tables_support.study(tmp_path)
    reports = contracts.check(study, tables.open_source(study))
    with pytest.raises(StudyError, match=f"1 row .*rule {rule}"):
        contracts.refuse(reports)


# ---- against the truth
def hypoexponential(rates, days: float) -> float:
    """The chance that the sum of exponential times with these rates, all different, is below `days`."""
    others = [np.prod([b / (b - a) for b in rates if b != a]) for a in rates]
    return 1 - sum(weight * np.exp(-a * days) for weight, a in zip(others, rates, strict=True))


def test_the_chance_of_a_win_is_true_at_three_cut_off_dates(table, fitted):
    """The leads of `simulated`, known up to three dates: F_won at 30, 90 and 180 days within four standard deviations."""
    rates = np.array([1 / 30 + 1 / 40, 1 / 25 + 1 / 50, 1 / 20 + 1 / 60 + 1e-6])
    ever = 4 / 7 * 2 / 3 * 3 / 4
    found, latest = fitted
    design, ready = pd.DataFrame(index=range(len(table))), {}
    for until in (date(2025, 3, 31), date(2025, 8, 31), AS_OF):
        hazards = latest
        if until < AS_OF:
            tree = leads.fit(found, found.day(until), design, ready, draws=200, tune=300, seed=1)
            hazards = lead_chances.Hazards(tree, found, design, most=100)
        for curve in lead_chances.curves_by_channel(hazards, found, 180).values():
            for days in (30, 90, 180):
                at = curve[:, round(days / lead_chances.STEP) - 1]
                truth = ever * hypoexponential(rates, days)
                assert abs(at.mean() - truth) < 4 * at.std(), (until, days)
                assert at.std() < 0.25 * at.mean() + 0.01, (until, days)


DATES = ("created_at", "mql_at", "sql_at", "won_at", "lost_at")
CUT_OFFS = (date(2025, 6, 30), date(2025, 12, 31), date(2026, 6, 30))


def judged(customers: int, seed: int, ready: dict) -> tuple[list[bool], list[bool]]:
    """Which truths of a simulated company lie in their 90 % intervals: conversions at its end, F_won at three dates."""
    world = World(customers=customers, seed=seed)
    simulated_leads = people.leads(world)
    table = funnel.known(world, simulated_leads)
    table[list(DATES)] = table[list(DATES)].apply(pd.to_datetime)
    found = leads.funnel(table)
    design = lead_covariates.covariates(table, [], []).design
    conversions, curves = [], []
    for until in CUT_OFFS:
        tree = leads.fit(found, found.day(until), design, ready, draws=500, tune=500, seed=seed)
        hazards = lead_chances.Hazards(tree, found, design)
        truth = funnel.conversion(world, simulated_leads, until)
        rows = (table["created_at"].dt.date <= until).to_numpy()
        for channel, curve in lead_chances.curves_by_channel(hazards, found, 180, only=rows).items():
            for days, true in truth[channel]["won"].items():
                low, high = np.quantile(curve[:, round(int(days) / lead_chances.STEP) - 1], [0.05, 0.95])
                curves.append(low <= true <= high)
    for (channel, stage), draws in lead_chances.conversion_by_channel(hazards, found).items():
        low, high = np.quantile(draws, [0.05, 0.95])
        conversions.append(low <= truth[channel]["stages"][stage] <= high)
    return conversions, curves


@pytest.mark.slow(seeds="companies 1 to 20")
@pytest.mark.parametrize("customers", [2000, 8000])
def test_true_conversions_and_chances_lie_in_their_intervals(customers):
    """20 companies: 80 % or more of the truths in their 90 % intervals, for conversions of stages and for F_won."""
    ready: dict = {}
    conversions, curves = zip(*(judged(customers, seed, ready) for seed in range(1, 21)), strict=True)
    print(f"{customers}: conversions {np.mean(conversions):.3f}, F_won {np.mean(curves):.3f}")
    assert np.mean(conversions) >= 0.8, np.mean(conversions, axis=1)
    assert np.mean(curves) >= 0.8, np.mean(curves, axis=1)
