"""Contracts known only from some day on: counts, what the model makes of them, and what is asked and refused."""

from datetime import date

import kept_seeds
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from helpers.checks import check
from helpers.clv import (
    delayed_entry,
    renewal_contest,
    renewal_counts,
    renewal_effects,
    renewal_models,
    renewal_outlook,
)
from helpers.clv.renewal_scores import Forecast
from helpers.errors import CannotAnswer, StudyError
from helpers.pages.wording import say

AS_OF, SINCE = date(2024, 12, 31), "2024-01-01"


def contracts(size: int = 6000, seed: int = 1) -> pd.DataFrame:
    """Monthly contracts, begun evenly from 2021 on, lost by a chance of their own: Beta(.7, 6)."""
    rng = np.random.default_rng(seed)
    started = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 1440, size), unit="D")
    renewals = rng.geometric(rng.beta(0.7, 6, size)) - 1  # renewed so often, then lost
    months = [
        start + pd.DateOffset(months=int(n) + 1)
        for start, n in zip(started, np.minimum(renewals, 99), strict=True)
    ]
    ended = pd.Series(months) - pd.Timedelta(days=1)
    return pd.DataFrame(
        {
            "customer_id": np.arange(size),
            "started_at": started,
            "ended_at": ended.where(ended < pd.Timestamp(AS_OF)),
        }
    )


def export(whole: pd.DataFrame) -> pd.DataFrame:
    """What a system holds that was introduced on SINCE: the contracts that ran then, or began later."""
    return whole[~(whole["ended_at"] < pd.Timestamp(SINCE))].reset_index(drop=True)


def cells_of(table: pd.DataFrame) -> pd.DataFrame:
    return renewal_counts.renewal_cells(renewal_counts.contracts_at(table, AS_OF, "month"))


def posterior(table: pd.DataFrame):
    return renewal_models.fit("sbg", cells_of(table), "month", method="laplace", draws=500)


def at_12(table: pd.DataFrame) -> np.ndarray:
    tree = posterior(table)
    return renewal_models.survival(
        renewal_models.model_named("sbg"), renewal_models.parameter_draws(tree), [12]
    )[:, 0]


def true_at_12() -> float:
    chance = np.random.default_rng(9).beta(0.7, 6, 2_000_000)
    return float(((1 - chance) ** 12).mean())


def test_only_renewal_dates_after_the_entry_count():
    table = pd.DataFrame(
        {
            "started_at": pd.to_datetime(["2024-01-15", "2024-06-15", "2023-11-15"]),
            "ended_at": pd.to_datetime([None, "2024-08-14", "2024-03-01"]),
            "known_from": pd.to_datetime(["2024-04-15", None, "2024-01-01"]),
        }
    )
    known = delayed_entry.with_entry(table, "")
    state = renewal_counts.contracts_at(known, date(2024, 8, 31), "month")
    assert state["entered"].tolist() == [
        3,
        0,
        1,
    ]  # the renewal on the day of entry made it known, and does not count
    cells = renewal_counts.renewal_cells(state).set_index("age")
    assert cells["renewed"].to_dict() == {1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1, 7: 1}
    assert cells["lost"].to_dict() == {1: 0, 2: 1, 3: 0, 4: 1, 5: 0, 6: 0, 7: 0}


def test_the_counts_are_those_of_every_single_contract():
    known = delayed_entry.with_entry(export(contracts(600)), SINCE)
    state = renewal_counts.contracts_at(known, AS_OF, "month")
    renewed, lost = np.zeros(100, int), np.zeros(100, int)
    for one in state.itertuples():
        renewed[one.entered + 1 : one.renewals + 1] += 1
        lost[one.renewals + 1] += one.lost
    cells = renewal_counts.renewal_cells(state).set_index("age")
    assert (cells["renewed"] == renewed[cells.index]).all() and (cells["lost"] == lost[cells.index]).all()


def test_a_truncated_export_gives_the_survival_of_the_whole():
    whole, truth = contracts(), true_at_12()
    naive, told = at_12(export(whole)), at_12(delayed_entry.with_entry(export(whole), SINCE))
    assert naive.mean() > truth + 0.1  # read as complete, half of the losses are missing
    low, high = np.quantile(told, [0.05, 0.95])
    assert low - 0.005 < truth < high + 0.005 and told.mean() == pytest.approx(truth, abs=0.03)


@pytest.mark.slow(seeds="tables 0 to 59")
def test_survival_of_a_truncated_export_lies_in_its_interval():
    truth = true_at_12()

    def one_export(seed: int) -> dict:
        told = at_12(delayed_entry.with_entry(export(contracts(2000, seed)), SINCE))
        low, high = np.quantile(told, [0.05, 0.95])
        return {"off": float(told.mean()) - truth, "inside": bool(low <= truth <= high)}

    found = kept_seeds.table("truncated_export", range(60), one_export)
    assert kept_seeds.inside_counts(found["inside"])


def test_what_is_missing_is_seen_and_asked_for():
    whole = contracts()
    checked = delayed_entry.check_entry(delayed_entry.with_entry(export(whole), ""), AS_OF, "month")
    assert checked.verdict == "REVIEW" and "observed_from" in say(checked.advice)
    for fine in (delayed_entry.with_entry(export(whole), SINCE), delayed_entry.with_entry(whole, "")):
        assert delayed_entry.check_entry(fine, AS_OF, "month").verdict == "PASS"


def test_a_table_without_an_end_passes():
    running = contracts(50).assign(ended_at=pd.NaT)
    assert delayed_entry.check_entry(delayed_entry.with_entry(running, ""), AS_OF, "month").verdict == "PASS"


def test_a_snapshot_is_refused_with_the_way_out():
    snapshot = contracts(400)
    gone = snapshot["ended_at"].notna()
    snapshot.loc[gone, "ended_at"] = pd.Timestamp("2024-11-30")
    with pytest.raises(StudyError, match=r"ends are on 2024-11-30: this is a snapshot.*observed_from"):
        delayed_entry.check_snapshot(delayed_entry.with_entry(snapshot, ""))
    delayed_entry.check_snapshot(delayed_entry.with_entry(snapshot, "2024-10-31"))
    delayed_entry.check_snapshot(delayed_entry.with_entry(contracts(400), ""))


def test_a_date_that_is_none_is_refused():
    with pytest.raises(StudyError, match="observed_from is 'spring'; allowed: a date"):
        delayed_entry.with_entry(contracts(10), "spring")


def test_no_rate_is_said_of_a_renewal_nobody_has_had():
    young = contracts(3000)
    young = young[young["started_at"] >= "2024-10-01"]
    young.loc[young["ended_at"] >= pd.Timestamp(AS_OF), "ended_at"] = pd.NaT
    state = renewal_counts.contracts_at(young, AS_OF, "month")
    rows = renewal_outlook.by_renewals(posterior(young), state, 0.1)
    assert rows["renewals"].tolist() == [0, 1, 2][: int((state["renewals"] + state["lost"]).max())]


def test_a_look_back_knows_only_what_was_known():
    known = delayed_entry.with_entry(export(contracts(500)), SINCE)
    assert renewal_counts.as_known_on(known, date(2023, 12, 31)).empty
    assert len(renewal_counts.as_known_on(known, date(2024, 1, 1))) > 50


# ---- covariates
def effect_cells(same: bool) -> pd.DataFrame:
    """Cells of two 0/1 covariates; the first doubles the odds of a renewal, the second is the first again, or free."""
    rng, rows = np.random.default_rng(1), []
    for auto, gift in [(0, 0), (1, 1)] if same else [(0, 0), (0, 1), (1, 0), (1, 1)]:
        renewed = rng.binomial(1500, 0.8 if auto else 2 / 3)
        rows.append({"auto": auto, "gift": gift, "age": 1, "renewed": renewed, "lost": 1500 - renewed})
    return pd.DataFrame(rows)


def test_a_covariate_of_0_and_1_is_said_yes_against_no():
    tree = renewal_models.fit("sbg", effect_cells(False), "month", method="laplace", draws=500)
    found = renewal_effects.effects(tree)
    assert list(found) == ["auto yes, not no", "gift yes, not no"]
    assert found["auto yes, not no"].p05 < 2 < found["auto yes, not no"].p95
    assert found["gift yes, not no"].p05 < 1 < found["gift yes, not no"].p95
    assert renewal_effects.check_told_apart(tree).verdict == "PASS"


def test_covariates_that_go_together_are_named():
    tree = renewal_models.fit("sbg", effect_cells(True), "month", method="laplace", draws=500)
    checked = renewal_effects.check_told_apart(tree)
    assert checked.verdict == "REVIEW" and "auto yes, not no with gift yes, not no" in say(checked.value)


def test_without_covariates_nothing_is_said():
    tree = posterior(contracts(500))
    assert renewal_effects.effects(tree) == {} and renewal_effects.check_told_apart(tree) is None


def test_a_model_whose_posterior_failed_is_not_to_be_used():
    rng = np.random.default_rng(1)
    after = pd.DataFrame({"renewals": 0, "due": 1, "renewed": (rng.random(400) < 0.7).astype(int)})
    made = {
        name: Forecast(np.tile([1.0, 0.7], (400, 1)), rng.binomial(400, 0.3, 500), [])
        for name in ("sbg", "bdw", "naive")
    }
    contest = renewal_contest.compare(made, after)
    failed = check(
        "sampling of sBG before the hold-out", fail=True, value=1.0, threshold="0", advice="Draw more."
    )
    for fits, verdict in (([], "REVIEW"), ([failed], "FAIL")):
        judged = renewal_contest.judge_model(contest, "sbg", 0.3, fits).judgement
        assert judged.verdict == verdict
    assert "do not use" in say(judged.meaning) and "laplace" in say(judged.advice)


def test_a_model_that_is_not_used_asks_for_a_review_where_it_could_not_be_drawn():
    passed = xr.DataTree(xr.Dataset(attrs={"laplace": "Pareto k 0.20", "laplace_threshold": "0.70"}))
    failed = xr.DataTree(xr.Dataset(attrs={"gate": [1.001, 1221.0, 1.0, 2.0, 0.0, 0.0]}))
    trees = {"sbg": passed, "bdw": failed}
    for chosen, verdict in (("sbg", "REVIEW"), ("bdw", "FAIL")):
        sbg, bdw = renewal_contest.check_fits(trees, chosen)
        assert (sbg.verdict, bdw.verdict) == ("PASS", verdict)
        assert ("forecasts come from sBG" in say(bdw.advice)) is (chosen == "sbg")


def test_contracts_that_nobody_knew_before_the_holdout_are_no_crash():
    table = pd.DataFrame({"started_at": ["2024-01-01"], "ended_at": [None], "entered_at": ["2026-06-29"]})
    known = renewal_counts.as_known_on(table, date(2025, 12, 31))
    with pytest.raises(CannotAnswer, match=r"No contract was known before the hold-out.*shorter `holdout`"):
        renewal_counts.renewal_cells(renewal_counts.contracts_at(known, date(2025, 12, 31), "month"))
