"""What an analyst meets in JupyterLab: the map of notebooks, the answer at the end, where a fit is, one line per error."""

import json
import re
import sys
from dataclasses import replace

import pandas as pd
import pytest
import tiny
from IPython.core.interactiveshell import InteractiveShell

from helpers import paths
from helpers.checks import check
from helpers.commands.lab import start_page
from helpers.errors import CannotAnswer, StudyError
from helpers.inference.progress import where
from helpers.messages import message
from helpers.pages import drafts
from helpers.pages.ending import Ending
from helpers.pages.page import start
from helpers.pages.shown import align_texts
from helpers.pages.wording import say
from helpers.runs.progress import Progress
from helpers.site.run_record import NotebookResult, RunRecord
from helpers.study.catalogue import load_catalogue
from helpers.study.study import load_study

ADVICE = message("test.lab.advice", "Look | there.")


def test_the_start_page_maps_every_notebook_and_says_how_it_ended():
    results = {
        "01_data_quality": NotebookResult("ok", checks=[{"verdict": "REVIEW"}, {"verdict": "PASS"}]),
        "21_purchase_model": NotebookResult("failed"),
    }
    run = RunRecord(
        "1", "shop", "shop.yaml", "A shop", "2026-06-30", "2026-07-01T10:00:00", notebooks=results
    )
    rows = {
        line.split("](")[0][3:]: line for line in start_page({"shop": run}).splitlines() if "ipynb) |" in line
    }
    assert list(rows) == list(load_catalogue())
    assert rows["01_data_quality"].endswith("| the tables | ok, 1 REVIEW |")
    assert rows["21_purchase_model"].endswith("| 01 | failed |")
    assert rows["24_customer_value"].endswith("| 01, 21, 22 | not run |")
    for link in re.findall(r"\]\(([^)]*ipynb)\)", start_page({})):
        assert (paths.DRAFTS / link).resolve().is_file()


def test_lab_settings_are_what_jupyterlab_reads():
    settings = paths.SOURCES / "helpers/commands/jupyter/labconfig/default_setting_overrides.json"
    viewers = json.loads(settings.read_text())["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"]
    assert viewers == {"markdown": "Markdown Preview"}


def test_a_plain_table_shows_its_texts_on_the_left():
    shell = InteractiveShell.instance()
    align_texts()
    frame = pd.DataFrame({"name": ["a"], "value": [1.5]})
    text = shell.display_formatter.format(frame)[0]["text/html"]
    assert ".texts-2 :is(th, td):nth-child(2) { text-align: left; }" in text and "nth-child(3)" not in text
    assert "<style>.texts" not in shell.display_formatter.format(frame[["value"]])[0]["text/html"]
    InteractiveShell.clear_instance()


def test_a_notebook_ends_with_its_answer_and_the_worst_check_first():
    found = [
        check("calm", value=0.25),
        check("loud", fail=True, value="a | b", threshold=1e-5, advice=ADVICE()),
    ]
    shown = Ending(["All is well."], found, 3)
    text = shown._repr_markdown_()
    assert "All is well." in text
    lines = [line for line in text.splitlines() if line.startswith("| FAIL") or line.startswith("| PASS")]
    assert lines == [
        "| FAIL | loud | a \\| b | 0.000010 | Look \\| there. |",
        "| PASS | calm | 0.250 |  |  |",
    ]
    assert repr(shown) == "3 metrics and 2 checks recorded. FAIL: loud"


def test_a_missing_artifact_names_the_whole_chain_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "DRAFTS", tmp_path / "drafts")
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    page = start("24_customer_value", "cdnow")
    chain = "Run 01_data_quality > 21_purchase_model > 22_spend_model > 24_customer_value, in this order"
    with pytest.raises(StudyError, match=chain) as raised:
        page.read("customer_summary")
    assert "\n" not in str(raised.value)
    done = tmp_path / "drafts/cdnow/artifacts/01_data_quality"
    done.mkdir(parents=True)
    (done / "page.json").write_text('{"notebook": "01_data_quality"}')
    with pytest.raises(StudyError, match="Run 21_purchase_model > 22"):
        page.read("customer_summary")


@pytest.mark.parametrize("error", [StudyError, CannotAnswer])
def test_an_error_for_the_analyst_comes_without_a_traceback(error, capsys):
    shell = InteractiveShell()
    shell.user_ns["error"] = error("Take this | way.")
    shell.run_cell("def deep():\n    raise error\ndeep()")
    assert capsys.readouterr().out.strip() == "Take this | way."


def test_where_a_fit_is_reads_as_a_sentence():
    assert where(300, 1200, 1, 10) == "draw 300 of 1,200, 1 divergence, about 30 s left"
    assert where(10, 4000, 0, 1) == "draw 10 of 4,000, 0 divergences, about 7 min left"


def test_a_kernel_says_where_its_fit_is_and_the_notebook_keeps_nothing_of_it(tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(Progress, "at", lambda self, notebook, text: said.append((notebook, text)))
    work = """
    from helpers.inference import progress
    progress.PATIENCE = 0
    with progress.watched() as tell:
        tell(0, 10, 0)
        tell(5, 10, 2)
        tell(8, 10, 2)
    value = number
    save("numbers", value)
    """
    project = tiny.project(tmp_path, ("01_first",))
    project.write("01_first", work)
    assert project.report() == 0
    notebook, texts = {one for one, _ in said}, [text for _, text in said]
    assert notebook == {"01_first"}
    assert [text[:15] for text in texts] == ["draw 5 of 10, 2", "draw 8 of 10, 2", ""]
    executed = json.loads((project.home / "latest/executed/01_first.ipynb").read_text())
    kinds = {output["output_type"] for cell in executed["cells"] for output in cell.get("outputs", [])}
    assert kinds == {"execute_result"}  # what writing a file evaluates to


def test_a_notebook_opened_by_hand_says_where_its_first_cell_is_not_what_the_report_runs_with():
    demo = load_study("demo")
    shop = replace(demo, name="shop", parameters={"horizon_months": 12.0, "seed": 1}, overrides={})
    cell = {"horizon_months": 24, "seed": 1, "annual_discount_rate": 0.3}
    told = say(drafts.otherwise(shop, "24_customer_value", cell))
    assert "The report of shop" in told and "horizon_months = 12.0" in told and "horizon_months = 24" in told
    assert "seed" not in told and "annual_discount_rate" not in told
    own = replace(shop, overrides={"24_customer_value": {"horizon_months": 24.0}})
    assert drafts.otherwise(own, "24_customer_value", cell) is None  # 24 is 24.0
    assert (
        drafts.otherwise(shop, "24_customer_value", {}) is None
    )  # a script that calls start has no first cell


def test_a_draft_shows_it_where_the_page_is_opened(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "DRAFTS", tmp_path)
    monkeypatch.setattr(sys.modules["__main__"], "horizon_months", 7, raising=False)
    shown = []
    monkeypatch.setattr("helpers.pages.page.display", lambda one, *_: shown.append(say(one)))
    start("24_customer_value", "cdnow", str(tmp_path / "run"))
    assert shown == []
    start("24_customer_value", "cdnow")
    assert "horizon_months = 24.0" in shown[0] and "horizon_months = 7" in shown[0]
