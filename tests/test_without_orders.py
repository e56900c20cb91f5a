"""Studies that have no orders: a test of units alone runs through, and the pages say what they cannot answer."""

import json
import re

import nbformat
import numpy as np
import pandas as pd
import pytest
import test_leads
import yaml

from helpers.customers import touchpoints
from helpers.runs import runner
from helpers.runs.run import Options
from helpers.site import render


def answered(folder, table: str, rows: pd.DataFrame, **overrides) -> tuple[dict, object]:
    """Run 01 and these notebooks on a study of one table; return run.json's notebooks and the run's folder."""
    rows.to_csv(folder / f"{table}.csv", index=False)
    study = folder / "alone.yaml"
    content = {"title": "One table", "as_of": "2024-11-30", "timezone": "UTC", "currency": "EUR"}
    content |= {"source": str(folder), "notebooks": ["01_data_quality", "11_customer_base", *overrides]}
    study.write_text(yaml.safe_dump(content | {"overrides": overrides}))
    assert runner.report([str(study)], Options(build=folder / "build")) == runner.DONE
    run = folder / "build" / "alone" / "latest"
    return json.loads((run / "run.json").read_text())["notebooks"], run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    rng = np.random.default_rng(1)
    mailed = rng.random(1200) < 0.5
    units = pd.DataFrame({"unit_id": range(1200), "arm": np.where(mailed, "mail", "none")})
    units["bought"] = (rng.random(1200) < np.where(mailed, 0.35, 0.2)).astype(int)
    wanted = {"unit_outcomes": ["bought"], "control_arm": "none", "draws": 800, "tune": 500}
    folder = tmp_path_factory.mktemp("mailing")
    asked = {"31_experiment": wanted, "51_executive_summary": {}}
    return answered(folder, "experiment_units", units, **asked)[1]


def test_what_needs_no_orders_is_answered_and_the_rest_says_why(run):
    found = json.loads((run / "run.json").read_text())["notebooks"]
    assert {name: one["status"] for name, one in found.items()} == {
        "01_data_quality": "ok", "11_customer_base": "cannot answer", "31_experiment": "ok", "51_executive_summary": "ok",
    }  # fmt: skip
    assert found["11_customer_base"]["reason"] == "needs transactions"
    effect = found["31_experiment"]["metrics"]
    assert effect["mail.conversion_effect.p05"] < 0.15 < effect["mail.conversion_effect.p95"]
    assert found["01_data_quality"]["metrics"]["experiment_units.used"] == 1200


def test_without_lots_the_effect_is_shown_and_no_verdict_given(run):
    page = (run / "31_experiment.html").read_text()
    assert "If these arms were drawn by lot" in page and "assigned: {test: randomized}" in page
    assert "no verdict: how the arms were drawn is not said" in page and "as what is left" not in page
    told = json.loads((run / "artifacts" / "31_experiment" / "page.json").read_text())
    assert not any("roll out" in one["text"] for one in told["answer"]) and told["action"] == []
    assert {one["verdict"] for one in told["checks"] if one["name"] == "Drawn by lot"} == {"REVIEW"}


def test_the_executive_page_says_what_changed_and_calls_a_share_no_margin(run):
    told = json.loads((run / "artifacts" / "51_executive_summary" / "page.json").read_text())["answer"]
    assert "it changed bought by +" in told[0]["text"] and "percentage points per unit" in told[0]["text"]
    assert "margin" not in told[0]["text"]


def alone(table: str, rng) -> tuple[str, pd.DataFrame, str]:
    """A page, the one table that it needs, and what its answer says."""
    days = pd.Timestamp("2024-11-30") - pd.to_timedelta(rng.integers(0, 300, 300), "D")
    if table == "surveys":
        rows = {"customer_id": range(300), "score": rng.integers(3, 11, 300), "asked_at": "2024-05-01"}
        return "41_loyalty_and_service", pd.DataFrame(rows), "The net promoter score"
    if table == "tickets":
        rows = {"ticket_id": range(300), "customer_id": range(300), "opened_at": days, "closed_at": days}
        return "41_loyalty_and_service", pd.DataFrame(rows), "300 tickets were opened"
    shops, months = [f"shop {n}" for n in range(12)], pd.date_range("2022-01-01", periods=30, freq="MS")
    rows = pd.MultiIndex.from_product([shops, months], names=["unit", "period"]).to_frame(index=False)
    treated = rows["unit"].isin(["shop 1", "shop 5"])
    rows["treated_from"] = np.where(treated, "2023-10-01", "")
    rows["outcome"] = rng.normal(100, 3, len(rows)) + 30 * (treated & (rows["period"] >= "2023-10-01"))
    return "33_quasi_experiment", rows, "in shop 1 and shop 5"


@pytest.mark.slow  # whole studies of one table
@pytest.mark.parametrize("table", ["surveys", "tickets", "panel"])
def test_one_table_alone_has_an_executive_page_with_its_answer(tmp_path, table):
    page, rows, said = alone(table, np.random.default_rng(4))
    found, _ = answered(tmp_path, table, rows, **{page: {}, "51_executive_summary": {}})
    told = found["51_executive_summary"]
    assert told["status"] == "ok" and said in told["answer"][0]["text"]


def test_the_data_page_has_no_section_on_orders(run):
    page = re.sub("<[^>]+>", "", (run / "01_data_quality.html").read_text())
    assert "1,200 of 1,200 rows of experiment_units are used. This study has no orders" in page
    for heading in ("The money that went", "From orders to money", "The days it covers", "The same person"):
        assert heading not in page
    assert "Rows in, rows out" in page and "Rows used" in (run / "31_experiment.html").read_text()


def test_contracts_alone_are_valued(tmp_path):
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"customer_id": range(500), "fee": 10, "period": "month"})
    rows["started_at"] = rng.choice(["2023-03-01", "2023-08-01", "2023-12-01"], 500)
    started = pd.to_datetime(rows["started_at"])
    lasted = rng.geometric(rng.beta(1, 6, 500))
    ended = pd.Series([day + pd.DateOffset(months=int(n)) for day, n in zip(started, lasted, strict=True)])
    rows["ended_at"] = ended.where(ended <= "2024-11-30").dt.strftime("%Y-%m-%d")
    wanted = {"renewal_model": "sbg", "draws": 1000, "fit": "laplace"}
    asked = {"23_renewal_model": wanted, "51_executive_summary": {}}
    found, run = answered(tmp_path, "subscriptions", rows, **asked)
    assert {name: one["status"] for name, one in found.items()} == {
        "01_data_quality": "ok", "11_customer_base": "cannot answer", "23_renewal_model": "ok",
        "51_executive_summary": "ok",
    }  # fmt: skip
    said = json.dumps(found["51_executive_summary"]["answer"])
    assert [one["name"] for one in found["23_renewal_model"]["checks"] if one["verdict"] == "FAIL"] == []
    assert "five.subscribers" in said and "withheld" not in said
    value = found["23_renewal_model"]["metrics"]
    assert value["active"] == rows["ended_at"].isna().sum() and value["subscriber_equity.p05"] > 0
    assert "500 of 500 rows of subscriptions are used" in (run / "01_data_quality.html").read_text()


@pytest.mark.slow  # one more whole study of one table
def test_a_panel_alone_is_judged_and_the_index_puts_answers_first(tmp_path):
    rng = np.random.default_rng(3)
    months = pd.date_range("2022-12-01", periods=24, freq="MS").strftime("%Y-%m-%d")
    rows = pd.DataFrame(
        [(f"place {u}", month, 100 + 5 * u + rng.normal()) for u in range(10) for month in months]
    )
    rows = rows.set_axis(["unit", "period", "outcome"], axis=1)
    rows["treated_from"] = rows["unit"].map({"place 4": "2024-05-01"})
    rows.loc[(rows["unit"] == "place 4") & (rows["period"] >= "2024-05-01"), "outcome"] -= 12
    wanted = {"outcome_name": "visits", "outcome_scale": "level"}
    found, run = answered(tmp_path, "panel", rows, **{"33_quasi_experiment": wanted})
    assert found["33_quasi_experiment"]["status"] == "ok"
    assert found["33_quasi_experiment"]["metrics"]["effect.mean"] == pytest.approx(-12, abs=1.5)
    index = (run / "index.html").read_text()
    assert index.index("What did a change bring") < index.index("Questions that need more data")
    assert index.index("Questions that need more data") < index.index("Which kinds of customers")


@pytest.mark.slow(seeds="3")
def test_leads_alone_are_scored_and_their_worth_is_said_to_be_unknown(tmp_path):
    rows = test_leads.simulated(700, seed=3).drop(columns="customer_id")
    wanted = {"draws": 300, "tune": 300, "win_days": 60}
    rows = rows[rows["created_at"] < "2024-11-30"]
    stages = ["mql_at", "sql_at", "won_at", "lost_at"]
    rows[stages] = rows[stages].mask(rows[stages] >= pd.Timestamp("2024-12-01"))
    found, run = answered(tmp_path, "leads", rows, **{"14_lead_funnel": wanted})
    assert found["14_lead_funnel"]["status"] == "ok", found["14_lead_funnel"]["reason"]
    page = (run / "14_lead_funnel.html").read_text()
    assert page.count("What a lead is worth cannot be told") == 1 and "cost less than they may" not in page
    assert "become customers within" in json.dumps(found["14_lead_funnel"]["answer"])
    assert "customer_worth.web.mean" not in found["14_lead_funnel"]["metrics"]


@pytest.mark.slow  # one more whole study of one table
def test_surveys_alone_make_their_page(tmp_path):
    rng = np.random.default_rng(4)
    rows = pd.DataFrame({"customer_id": range(400), "score": rng.choice([3, 8, 10], 400, p=[0.2, 0.3, 0.5])})
    rows["asked_at"] = rng.choice(["2024-02-01", "2024-06-01", "2024-10-01"], 400)
    share = 100 * (rows["score"].eq(10).mean() - rows["score"].eq(3).mean())
    found, run = answered(tmp_path, "surveys", rows, **{"41_loyalty_and_service": {"bootstrap_draws": 200}})
    assert found["41_loyalty_and_service"]["status"] == "ok"
    assert found["41_loyalty_and_service"]["metrics"]["nps.mean"] == pytest.approx(share, abs=1)
    assert "repurchase_rate.mean" not in found["41_loyalty_and_service"]["metrics"]
    assert [one["verdict"] for one in found["41_loyalty_and_service"]["checks"]] == ["REVIEW"]
    page = (run / "41_loyalty_and_service.html").read_text()
    assert "400 customers answered" in page and "% of those who bought" not in page
    assert "bought again" not in json.dumps(found["41_loyalty_and_service"]["answer"])


def test_only_tagged_sections_without_anything_shown_go():
    def code(*outputs):
        return nbformat.v4.new_code_cell("x", outputs=list(outputs))

    def heading(text, tags=()):
        return nbformat.v4.new_markdown_cell(text, metadata={"tags": list(tags)})

    shown = nbformat.v4.new_output("display_data", data={"text/html": "x"})
    printed = nbformat.v4.new_output("stream", text="noise")
    cells = [
        heading("## Plain"), code(),
        heading("## Gone", [render.ONLY_IF_SHOWN]), code(printed), heading("its prose"), code(),
        heading("## Kept", [render.ONLY_IF_SHOWN]), heading("more"), code(shown),
    ]  # fmt: skip
    shown_cells = render._without_empty_sections(cells)
    left = [cell["source"] for cell in shown_cells if cell["cell_type"] == "markdown"]
    assert left == ["## Plain", "## Kept", "more"]


def test_touchpoints_without_revenue_have_no_share_of_it():
    records = pd.DataFrame({"touchpoint": ["web"], "entity": [1], "customer_id": ["a"], "known_as": ["a"]})
    known = touchpoints.coverage(records, touchpoints.spent(None), 0.0)
    assert "share_of_revenue" not in known and touchpoints.share_of_revenue(known) == 0
    known = touchpoints.coverage(records, pd.Series({"a": 2.0}), 2.0)
    assert known["share_of_revenue"].tolist() == [0.5, 0.5]
    assert touchpoints.share_of_revenue(known) == 0.5


def test_a_panel_that_cannot_answer_does_not_take_down_the_others(tmp_path):
    """Nobody is treated: there is nothing to judge (33), and the past plans a test by region (37)."""
    rng = np.random.default_rng(3)
    weeks = pd.date_range("2024-01-01", periods=40, freq="W-MON").strftime("%Y-%m-%d")
    wide = pd.DataFrame(np.exp(rng.normal(5, 0.1, (12, 40))), columns=weeks)
    wide.insert(0, "unit", [f"city {place}" for place in range(12)])
    found, run = answered(tmp_path, "panel", wide, **{"33_quasi_experiment": {}, "37_geo_test": {}})
    assert found["33_quasi_experiment"]["status"] == "cannot answer"
    assert "No unit of the panel is ever treated" in found["33_quasi_experiment"]["reason"]
    assert found["37_geo_test"]["status"] == "ok"
    assert found["37_geo_test"]["metrics"]["plan.level"] <= 0.1
    assert "No unit of the panel is ever treated" in (run / "index.html").read_text()
