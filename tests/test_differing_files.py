"""Files of one table that differ in their columns: joined by name, what is missing said, refused where it is read."""

from datetime import date

import pandas as pd
import pytest
from findings_support import applied, check, found, one, study

from helpers import cli, contracts, paths, tables
from helpers.errors import StudyError
from helpers.study.study import load_study

HEAD = "customer_id,order_time,order_id,amount"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def write(folder, name: str, *lines: str) -> None:
    (folder / "files").mkdir(exist_ok=True)
    (folder / "files" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def of(folder, **settings) -> dict:
    return study(folder / "files", transactions={"path": "m*.csv", **settings})


def rows(first: int, count: int, more: str = "") -> list[str]:
    return [f"c{n % 7},2026-0{1 + n % 6}-1{n % 9},{n},{n}.5{more}" for n in range(first, first + count)]


def test_a_column_more_is_blank_in_the_other_file_and_said(tmp_path):
    write(tmp_path, "m1.csv", HEAD, *rows(1, 30))
    write(tmp_path, "m2.csv", HEAD + ",Store", *rows(31, 30, ",A"))
    report = check(tmp_path, of(tmp_path))["transactions"]
    assert found(report) == {} and report.used == 60
    assert "m1.csv has no Store" in one(report, "columns_lacking").sentence


def test_rows_that_both_files_hold_are_found_though_one_has_a_column_more(tmp_path):
    write(tmp_path, "m1.csv", HEAD, *rows(1, 30))
    write(tmp_path, "m2.csv", HEAD + ",Store", *rows(21, 30, ",A"))
    content = of(tmp_path)
    report = check(tmp_path, content)["transactions"]
    assert found(report)["columns_lacking"] == "REVIEW"
    assert "10 rows" in one(report, "columns_lacking").sentence
    report = check(tmp_path, applied(content, one(report, "columns_lacking")))["transactions"]
    contracts.refuse([report])
    assert report.used == 50 and report.money_used == sum(n + 0.5 for n in range(1, 51))


def test_a_column_that_the_study_reads_is_refused_and_its_line_reads_on(tmp_path):
    write(tmp_path, "m1.csv", HEAD, *rows(1, 30))
    write(tmp_path, "m2.csv", HEAD.replace("amount", "Total amount"), *rows(31, 30))
    content = of(tmp_path)
    with pytest.raises(StudyError, match=r"m2\.csv has no column amount") as refused:
        check(tmp_path, content)
    line = {"amount": 'coalesce(amount, "Total amount")'}
    assert str(line["amount"]).replace('"', '\\"') in str(refused.value)
    report = check(tmp_path, of(tmp_path, columns=line))["transactions"]
    contracts.refuse([report])
    assert report.used == 60


def test_a_condition_on_a_column_that_a_file_lacks_is_refused_until_it_says_what_holds_there(tmp_path):
    write(tmp_path, "m1.csv", HEAD, *rows(1, 30))
    write(tmp_path, "m2.csv", HEAD + ",State", *rows(31, 15, ",paid"), *rows(46, 15, ",void"))
    with pytest.raises(StudyError, match=r"m1.csv has no column State.*OR State IS NULL"):
        check(tmp_path, of(tmp_path, where=["State = 'paid'"]))
    report = check(tmp_path, of(tmp_path, where=["(State = 'paid') OR State IS NULL"]))["transactions"]
    assert report.used == 45


def test_parquet_files_join_alike(tmp_path):
    (tmp_path / "files" / "transactions").mkdir(parents=True)
    frame = pd.DataFrame({"customer_id": ["a"], "order_time": ["2026-01-02"], "amount": [5.0]})
    frame.to_parquet(tmp_path / "files" / "transactions" / "a.parquet")
    frame.assign(tip=1.0).to_parquet(tmp_path / "files" / "transactions" / "b.parquet")
    content = study(tmp_path / "files", transactions={"path": "transactions"})
    report = check(tmp_path, content)["transactions"]
    assert report.used == 2 and "a.parquet has no tip" in one(report, "columns_lacking").sentence


def test_new_drafts_them_as_one_table(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(paths, "REPORTS", tmp_path / "reports")
    paths.REPORTS.mkdir()
    write(tmp_path, "m1.csv", HEAD, *rows(1, 30))
    write(tmp_path, "m2.csv", HEAD + ",Store", *rows(31, 30, ",A"))
    assert cli.main(["new", "both", "--from", str(tmp_path / "files")]) == 0
    assert "m*.csv: transactions" in capsys.readouterr().out
    made = load_study(paths.REPORTS / "both.yaml")
    assert "files with and without Store" in made.path.read_text()
    [report] = contracts.check(made, tables.open_source(made), today=date(2026, 12, 1))
    assert report.used == 60


def test_a_number_that_a_file_does_not_have_at_all_may_be_said_to_be_blank(tmp_path):
    write(tmp_path, "m1.csv", HEAD, *rows(1, 30))
    write(tmp_path, "m2.csv", HEAD + ",Profit", *rows(31, 30, ",2"))
    with pytest.raises(StudyError, match=r"coalesce\(Profit, NULL\)"):
        check(tmp_path, of(tmp_path, columns={"margin": "Profit"}))
    report = check(tmp_path, of(tmp_path, columns={"margin": "coalesce(Profit, NULL)"}))["transactions"]
    contracts.refuse([report])
    assert report.used == 60 and report.accepted.margin.count().execute() == 30
