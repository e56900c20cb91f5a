"""What one starts from on the command line, and how two runs are compared."""

import shutil
from dataclasses import replace

import nbformat
import pytest

from helpers import cli, paths
from helpers.commands import compare
from helpers.runs import runner
from helpers.site.run_record import NotebookResult, RunRecord
from helpers.study.catalogue import load_catalogue


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The project's reports/ and notebooks/ in a folder of their own."""
    (tmp_path / "reports").mkdir()
    shutil.copytree(paths.NOTEBOOKS, tmp_path / "notebooks")
    monkeypatch.setattr(paths, "REPORTS", tmp_path / "reports")
    monkeypatch.setattr(paths, "BUILD", tmp_path / "reports" / "build")
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(paths, "CATALOGUE", tmp_path / "notebooks" / "catalogue.yaml")
    return tmp_path


def test_a_notebook_is_added_with_its_entry(project, capsys):
    assert cli.main(["add", "26_my_question"]) == 0
    entry = load_catalogue(paths.CATALOGUE)["26_my_question"]
    assert entry.title == "My question" and entry.tables == ("transactions",)
    notebook = nbformat.read(project / "notebooks" / "26_my_question.ipynb", as_version=4)
    assert any('start("26_my_question"' in cell.source for cell in notebook.cells)
    refused = {
        "26_again": "26_my_question has that number",
        "my_question": "two digits",
        "00_early": "from 02 on",
    }
    for name, said in refused.items():
        assert cli.main(["add", name]) == runner.STUDY_WRONG
        assert said in capsys.readouterr().err


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
    assert compare.differences(one, one) == {"Notebooks": [], "Checks": [], "Numbers": []}
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
