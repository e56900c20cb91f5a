"""What one starts from on the command line, and how two runs are compared."""

import json
import shutil
import sys
from dataclasses import replace

import nbformat
import pandas as pd
import papermill
import pytest

from helpers import cli, paths
from helpers.commands import compare, terminal
from helpers.runs import runner
from helpers.site import catalogue
from helpers.site.run_record import NotebookResult, RunRecord
from helpers.study.catalogue import load_catalogue

AREAS = ("template.", "my_question.")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The project's reports/, notebooks/ and sources in a folder of their own."""
    (tmp_path / "reports").mkdir()
    shutil.copytree(paths.NOTEBOOKS, tmp_path / "notebooks")
    shutil.copytree(paths.SOURCES, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(paths, "SOURCES", tmp_path / "src")
    monkeypatch.setattr(paths, "REPORTS", tmp_path / "reports")
    monkeypatch.setattr(paths, "BUILD", tmp_path / "reports" / "build")
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(paths, "CATALOGUE", tmp_path / "notebooks" / "catalogue.yaml")
    return tmp_path


def test_a_notebook_is_added_with_its_view_and_its_entry(project, capsys):
    assert cli.main(["add", "26_my_question"]) == 0
    assert "notebooks/26_my_question.ipynb and src/helpers/views/my_question.py" in capsys.readouterr().out
    entry = load_catalogue(paths.CATALOGUE)["26_my_question"]
    assert entry.title == "My question" and entry.tables == ("transactions",)
    notebook = nbformat.read(project / "notebooks" / "26_my_question.ipynb", as_version=4)
    code = "\n".join(cell.source for cell in notebook.cells)
    assert 'start("26_my_question"' in code and "from helpers.views import my_question as view" in code
    assert "views/my_question.py" in code and "views/template.py" not in code
    sentences = catalogue.templates.__wrapped__()  # StudyError where two share a name
    areas = [{name.partition(".")[2] for name in sentences if name.startswith(area)} for area in AREAS]
    assert areas[0] == areas[1] != set()


def test_what_the_data_says_does_not_act_on_the_terminal(project, capsys):
    with terminal.plain():
        print("a\x1b[2J\x9b31m\rb\tc\u202ed\u200b\u0e01")
        print("\x1b]0;x\x07", file=sys.stderr)
    said = capsys.readouterr()
    assert said.out == "a\\x1b[2J\\x9b31m\\rb\tc\\u202ed\u200b\u0e01\n"
    assert said.err == "\\x1b]0;x\\x07\n"
    (project / "reports" / "x.yaml").write_text(
        f"title: x\nas_of: '2024-12-31'\ntimezone: UTC\ncurrency: EUR\nsource: {project}\n"
    )
    (project / "transactions.csv").write_text("customer_id,order_time,amou\x1b[2Jnt\n1,2010-12-01,2\n")
    assert cli.main(["check", "x"]) == 2
    said = capsys.readouterr()
    assert "amou\\x1b[2Jnt" in said.err and "\x1b" not in said.out + said.err


def test_a_name_that_will_not_do_adds_nothing(project, capsys):
    assert cli.main(["add", "26_my_question"]) == 0
    (project / "src" / "helpers" / "views" / "shared.py").touch()
    before = sorted(project.rglob("*.*"))
    refused = {
        "26_again": "26_my_question has that number",
        "my_question": "two digits",
        "27_3d": "two digits",
        "27_import": "two digits",
        "00_early": "from 02 on",
        "27_shared": "a view src/helpers/views/shared.py",
    }
    for name, said in refused.items():
        assert cli.main(["add", name]) == runner.STUDY_WRONG
        assert said in capsys.readouterr().err
    assert sorted(project.rglob("*.*")) == before


def test_the_template_and_a_notebook_added_from_it_run(project, monkeypatch):
    """The kernel imports the copied sources, where the added view is; the ledger has 20 months and a day."""
    assert cli.main(["add", "26_my_question"]) == 0
    monkeypatch.setenv("PYTHONPATH", str(project / "src"))
    study = project / "reports" / "shop.yaml"
    study.write_text('title: Shop\nas_of: "2024-09-01"\ntimezone: UTC\ncurrency: EUR\nsource: .\n')
    days = pd.date_range("2023-01-01", "2024-09-01")
    ledger = pd.DataFrame({"customer_id": "a", "order_date": days.date, "revenue": days.day * 1.0})
    for name in ("template", "26_my_question"):
        folder = project / name / "artifacts"
        (folder / "01_data_quality").mkdir(parents=True)
        ledger.to_parquet(folder / "01_data_quality" / "ledger.parquet")
        given = {"study": str(study), "run_dir": str(project / name)}
        papermill.execute_notebook(
            project / "notebooks" / f"{name}.ipynb", project / name / "out.ipynb", given,
            progress_bar=False, kernel_name="python3", cwd=project,
        )  # fmt: skip
        page = json.loads((folder / name / "page.json").read_text())
        (answer,) = page["answer"]
        assert answer["message"] == f"{name.removeprefix('26_')}.answer"
        assert answer["text"].startswith("August 2024 brought 496.00 EUR, 0 % more than the month before.")
        assert [check["verdict"] for check in page["checks"]] == ["PASS"]


def test_two_runs_are_compared(project, capsys):
    check = {"name": "verdict", "verdict": "PASS"}
    metrics = {"value": 100.0, "same": 5.0, "zero": 0.0, "old": 1.0}
    moved = {"value": 120.0, "same": 5.001, "zero": 1.0}
    review = [check | {"verdict": "REVIEW"}]
    one = {"21_a": NotebookResult("ok", metrics=metrics, checks=[check]), "22_b": NotebookResult("ok")}
    other = {
        "21_a": NotebookResult("reused", metrics=moved, checks=review),
        "22_b": NotebookResult("failed"),
    }
    for number, notebooks in (("1", one), ("2", other)):
        folder = paths.BUILD / "shop" / "runs" / number
        folder.mkdir(parents=True)
        record = RunRecord(
            number, "shop", "shop.yaml", "Shop", "2024-11-30", number, number, notebooks=notebooks
        )
        record.write(folder / "run.json")
    assert cli.main(["compare", "shop/1", str(paths.BUILD / "shop" / "runs" / "2")]) == 0
    said = capsys.readouterr().out
    assert "21_a, value: 100 -> 120 (+20%)" in said and "21_a, zero: 0 -> 1" in said and "same" not in said
    assert (
        "21_a, old: gone" in said and "22_b: ok -> failed" in said and "21_a, verdict: PASS -> REVIEW" in said
    )
    assert not any(compare.differences(one, one).values())
    replace(record, study="other").write(paths.BUILD / "shop" / "runs" / "2" / "run.json")
    assert cli.main(["compare", "shop/1", "shop/2"]) == runner.STUDY_WRONG
    assert "runs of one study compare" in capsys.readouterr().err
    assert cli.main(["compare", "shop/1", "shop/3"]) == runner.STUDY_WRONG
    assert "There is no run 'shop/3'" in capsys.readouterr().err


def test_every_sentence_of_the_pages_is_printed_by_name(capsys):
    assert cli.main(["messages"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 500 and all(line.count("\t") == 1 for line in lines)
    assert lines == sorted(lines, key=lambda line: line.partition("\t")[0])
