"""Leads without dates: a score that was not shown the lead, its calibration, and what is said of the rest."""

import numpy as np
import pandas as pd
import papermill
import pytest
import tables_support
from test_lead_leaks import company, leaks

from helpers import contracts, paths, tables
from helpers.customers import lead_covariates, lead_leaks, lead_likeness, lead_scores
from helpers.errors import CannotAnswer
from helpers.pages.wording import say
from helpers.runs.plan import what_it_needs, without_stand_ins
from helpers.study.catalogue import load_catalogue
from helpers.views import lead_likeness as view


def listed(n: int = 2000, seed: int = 1) -> pd.DataFrame:
    """Leads of which the end is known only; a trait and the channel tell, another does not."""
    rng = np.random.default_rng(seed)
    channel, trait = rng.choice(["web", "fair", "Select"], n, p=[0.6, 0.3, 0.1]), rng.normal(size=n)
    won = rng.random(n) < 1 / (1 + np.exp(1.5 - 0.8 * trait - 0.7 * (channel == "fair")))
    table = pd.DataFrame(
        {"lead_id": [f"L{i}" for i in range(n)], "channel": channel, "won": won, "trait": trait}
    )
    return table.assign(noise=rng.normal(size=n), word=rng.choice(["a", "b", "unknown"], n))


def of(table, **given):
    found = lead_likeness.known(table)
    chosen = lead_covariates.covariates(found.leads, [], [], **given)
    return found, chosen, lead_likeness.design(found, chosen)


def test_the_score_is_calibrated_and_ranks_leads_it_has_not_seen():
    found, _, design = of(listed())
    judged = lead_likeness.judged(lead_likeness.scores(design, found.won), found.won, smallest=10)
    assert lead_scores.check_calibration(judged, 0.03).verdict == "PASS"
    assert lead_scores.check_first(judged, 0.03).verdict != "FAIL"
    assert 0.65 < judged.auc < 0.85 and judged.first["leads"] == judged.first["size"] and judged.ranks
    assert "most like won ones first" in say(view.answer(judged, found.leads))
    assert "should have been won by the score" in say(view.called_first(judged))


def test_a_column_that_carries_the_score_is_asked_about():
    """As the length of the call in which a lead was won: no value gives it away, and it says more than all others."""
    table = listed()
    rng = np.random.default_rng(4)
    table["duration"] = rng.gamma(np.where(table["won"], 3, 1.5), 150)
    for rows, verdict in ((table, "REVIEW"), (table.drop(columns="duration"), "PASS")):
        found, _, design = of(rows)
        judged = lead_likeness.judged(lead_likeness.scores(design, found.won), found.won, smallest=10)
        finding = lead_likeness.check_carried(design, found.won, judged.auc)
        assert finding.verdict == verdict
        assert verdict == "PASS" or say(finding.advice).startswith("duration alone tells won leads")
    assert lead_likeness.check_carried(design.iloc[:, :0], found.won, 0.5).verdict == "PASS"


def test_noise_is_scored_no_better_than_chance():
    """Twenty columns that say nothing: fitted to the same leads they would seem to."""
    rng = np.random.default_rng(2)
    x, won = pd.DataFrame(rng.normal(size=(300, 20))), rng.random(300) < 0.3
    judged = lead_likeness.judged(lead_likeness.scores(x, won), won, smallest=10)
    assert 0.38 < judged.auc < 0.62 and not judged.ranks
    told = say(view.answer(judged, x)), say(view.to_do(judged, x))
    assert told[0].startswith("The score does not tell won leads") and told[1].startswith("Do not sort leads")
    alone = lead_likeness.scores(x.iloc[:, :0], won)
    assert (alone == won.mean()).all()


def test_effects_come_out_as_simulated_and_shrunken():
    found, _, design = of(listed(6000))
    table = lead_likeness.effects(design, found.won).set_index("column")["ratio"]
    spread = found.leads["trait"].std()
    assert table["trait"].p05 < np.exp(0.8 * spread) < table["trait"].p95 * 1.05
    assert 0.85 < table["noise"].mean < 1.15 and next(iter(table.index)) == "trait"


def test_leaks_are_named_without_dates_too():
    rng = np.random.default_rng(3)
    table = company(1200, seed=3)
    won = table["won_at"].notna()
    made = {
        name: one for name, one in leaks(table, rng).items() if "clos" not in name and "reason" not in name
    }
    bare = table[["lead_id", "channel"]].assign(won=won, **made)
    _, chosen, _ = of(bare)
    assert set(chosen.suspects) >= set(made) - {"filled by sales"}
    assert lead_leaks.outcomes(bare).won.sum() == won.sum()


def test_channels_and_the_list_of_those_not_won():
    found, _, design = of(listed())
    shares = lead_likeness.by_channel(found).set_index("channel")
    assert set(shares.index) == {"web", "fair", "not stated"}
    assert shares.loc["fair", "won"].p05 > shares.loc["web", "won"].p95
    left = lead_likeness.not_won(found, lead_likeness.scores(design, found.won))
    assert len(left) == (~found.won).sum() and left["score"].is_monotonic_decreasing


@pytest.mark.parametrize("won", [True, False])
def test_leads_all_won_or_none_cannot_answer(won):
    with pytest.raises(CannotAnswer, match=r"of 2000 leads were won: a score needs at least 10"):
        lead_likeness.known(listed().assign(won=won))


@pytest.mark.parametrize("yes", ["yes,no", "TRUE,FALSE", "1,0"])
def test_a_table_without_dates_is_read(tmp_path, yes):
    first, second = yes.split(",")
    tables_support.write(
        tmp_path, "lead_id,Converted,size", f"1,{first},3", f"2,{second},4", name="leads.csv"
    )
    study = tables_support.study(tmp_path, leads={"columns": {"won": "Converted"}})
    (report,) = contracts.check(study, tables.open_source(study))
    contracts.refuse([report])
    assert report.plain.to_pandas()["won"].tolist() == [True, False]


def test_it_stands_in_only_where_dates_are_missing():
    catalogue = load_catalogue()
    order = ["01_data_quality", "14_lead_funnel", "16_lead_likeness"]
    dated = {"leads": {"columns": ["lead_id", "created_at", "won_at"]}}
    bare = {"leads": {"columns": ["lead_id", "won"]}}
    assert without_stand_ins(order, catalogue, dated) == order[:2]
    assert without_stand_ins(order, catalogue, bare) == order
    assert without_stand_ins(order, catalogue, {"transactions": {}}) == order[:2]
    assert without_stand_ins(order[2:], catalogue, dated) == order[2:]
    needs = what_it_needs(catalogue["14_lead_funnel"], bare, {})
    assert str(needs) == "needs the column created_at of leads and the column won_at of leads"


def test_the_notebook_says_what_is_missing_once(tmp_path):
    folder = tmp_path / "artifacts" / "01_data_quality"
    folder.mkdir(parents=True)
    listed(600).to_parquet(folder / "leads.parquet")
    given = {"study": "demo", "run_dir": str(tmp_path)}
    executed = papermill.execute_notebook(
        paths.NOTEBOOKS / "16_lead_likeness.ipynb", tmp_path / "out.ipynb", given,
        progress_bar=False, kernel_name="python3", cwd=paths.ROOT,
    )  # fmt: skip
    shown = [str(one) for cell in executed.cells for one in cell.get("outputs", [])]
    assert sum("These leads have no dates." in one for one in shown) == 1
    page = (tmp_path / "artifacts" / "16_lead_likeness" / "page.json").read_text()
    assert "likeness.answer" in page and (tmp_path / "exports" / "lead_likeness.csv").is_file()
