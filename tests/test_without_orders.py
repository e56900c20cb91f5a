"""Studies that have no orders: a test of units alone runs through, and the pages say what they cannot answer."""

import json

import nbformat
import numpy as np
import pandas as pd
import pytest
import yaml

from helpers import quality, runner
from helpers.customers import touchpoints
from helpers.report import render
from helpers.runs import Options


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mailing")
    rng = np.random.default_rng(1)
    mailed = rng.random(1200) < 0.5
    units = pd.DataFrame({"unit_id": range(1200), "arm": np.where(mailed, "mail", "none")})
    units["bought"] = (rng.random(1200) < np.where(mailed, 0.35, 0.2)).astype(int)
    units.to_csv(folder / "experiment_units.csv", index=False)
    study = folder / "mailing.yaml"
    wanted = {"unit_outcomes": ["bought"], "control_arm": "none", "draws": 200, "tune": 300}
    content = {"title": "A mailing", "as_of": "2024-11-30", "timezone": "UTC", "currency": "EUR"}
    content |= {"source": str(folder), "notebooks": ["01_data_quality", "11_customer_base", "31_experiment"]}
    study.write_text(yaml.safe_dump(content | {"overrides": {"31_experiment": wanted}}))
    assert runner.report([str(study)], Options(build=folder / "build")) == runner.DONE
    return folder / "build" / "mailing" / "latest"


def test_what_needs_no_orders_is_answered_and_the_rest_says_why(run):
    found = json.loads((run / "run.json").read_text())["notebooks"]
    assert {name: one["status"] for name, one in found.items()} == {
        "01_data_quality": "ok", "11_customer_base": "cannot answer", "31_experiment": "ok",
    }  # fmt: skip
    assert found["11_customer_base"]["reason"] == "needs transactions"
    effect = found["31_experiment"]["metrics"]
    assert effect["mail.conversion_effect.p05"] < 0.15 < effect["mail.conversion_effect.p95"]
    assert found["01_data_quality"]["metrics"]["experiment_units.used"] == 1200


def test_the_data_page_has_no_section_on_orders(run):
    page = (run / "01_data_quality.html").read_text()
    assert "1,200 of 1,200 rows of experiment_units are used. This study has no orders" in page
    for heading in ("The money that went", "From orders to money", "The days it covers", "The same person"):
        assert heading not in page
    assert "Rows in, rows out" in page and "Rows used" in (run / "31_experiment.html").read_text()


def test_only_tagged_sections_without_anything_shown_go():
    def code(*outputs):
        return nbformat.v4.new_code_cell("x", outputs=list(outputs))

    def heading(text, tags=()):
        return nbformat.v4.new_markdown_cell(text, metadata={"tags": list(tags)})

    shown = nbformat.v4.new_output("display_data", data={"text/html": "x"})
    printed = nbformat.v4.new_output("stream", text="noise")
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        heading("## Plain"), code(),
        heading("## Gone", [render.ONLY_IF_SHOWN]), code(printed), heading("its prose"), code(),
        heading("## Kept", [render.ONLY_IF_SHOWN]), heading("more"), code(shown),
    ]  # fmt: skip
    render._without_empty_sections(notebook)
    left = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert left == ["## Plain", "## Kept", "more"]


def test_touchpoints_without_revenue_have_no_share_of_it():
    records = pd.DataFrame({"touchpoint": ["web"], "entity": [1], "customer_id": ["a"], "known_as": ["a"]})
    assert "Share of revenue" not in touchpoints.coverage(records, quality.NOTHING_SPENT, 0.0)
    assert touchpoints.coverage(records, pd.Series({"a": 2.0}), 4.0)["Share of revenue"].tolist() == [
        0.5,
        0.5,
    ]
