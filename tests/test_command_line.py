"""What one starts from on the command line, and how two runs are compared."""

import shutil
from dataclasses import replace

import nbformat
import pandas as pd
import pytest

from helpers import cli, paths
from helpers.commands import compare, starters
from helpers.runs import runner
from helpers.site.run_record import NotebookResult, RunRecord
from helpers.study.catalogue import load_catalogue
from helpers.study.study import load_study


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


def test_a_study_is_drafted_from_an_export_and_its_check_passes(project, capsys):
    export = project / "Export 2024.csv"
    export.write_text(
        "Invoice No;Customer;Order Date;Net Amount;Qty;Note\n1;007;2024-03-05;12.5;1;x\n2;b;2024-11-30;4;2;y\n"
    )
    assert cli.main(["new", "my_shop", "--from", str(export)]) == 0
    text = (project / "reports" / "my_shop.yaml").read_text()
    assert 'as_of: "2024-11-30"' in text and "customer_id: Customer   # CHECK" in text
    study = load_study(str(project / "reports" / "my_shop.yaml"))
    assert study.tables["transactions"].columns == {
        "customer_id": "Customer", "order_time": "Order Date", "amount": "Net Amount", "order_id": "Invoice No",
        "quantity": "Qty",
    }  # fmt: skip
    assert cli.main(["check", str(project / "reports" / "my_shop.yaml")]) == 0
    assert "2 rows, 2 used" in capsys.readouterr().out
    assert cli.main(["new", "my_shop", "--from", str(export)]) == runner.STUDY_WRONG
    assert "exists: choose another name" in capsys.readouterr().err


def test_what_a_draft_cannot_guess_it_asks_for(project, capsys):
    pd.DataFrame({"customer": ["a"], "when": ["2024-01-01"]}).to_parquet(project / "odd.parquet")
    assert cli.main(["new", "odd", "--from", str(project / "odd.parquet")]) == 0
    text = (project / "reports" / "odd.yaml").read_text()
    assert (
        "order_time: WHICH_COLUMN   # CHECK: one of customer, when" in text and "amount: WHICH_COLUMN" in text
    )
    for name, file, said in (
        ("Odd!", "odd.parquet", "small letters"),
        ("new", "none.csv", "There is no file"),
    ):
        assert cli.main(["new", name, "--from", str(project / file)]) == runner.STUDY_WRONG
        assert said in capsys.readouterr().err


def test_a_file_named_like_a_table_is_that_table(project):
    (project / "subscriptions.csv").write_text("client,started_at,fee\na,2024-01-01,5\n")
    assert cli.main(["new", "club", "--from", str(project / "subscriptions.csv")]) == 0
    study = load_study(str(project / "reports" / "club.yaml"))
    assert study.tables["subscriptions"].columns == {"customer_id": "client"}


def test_a_column_serves_once():
    assert starters.guess("transactions", ["date", "total"]) == {"order_time": "date", "amount": "total"}
    assert starters.guess("transactions", ["order_id", "order"])["order_id"] == "order_id"


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
