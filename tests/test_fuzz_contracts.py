"""Every other table of the contract by chance: read, or refused in a sentence; each row is used, set aside or left out."""

import csv
import random
from datetime import date

import faults
import pytest
import test_fuzz_tables as transactions
from fuzzing import fuzz, in_pieces
from hostile import TEXTS
from hypothesis import strategies as st
from tables_support import TODAY, study

from helpers import contracts, tables
from helpers.contracts.rules import Facts
from helpers.contracts.table_rules import rules_of
from helpers.errors import StudyError
from helpers.study.table_columns import TABLES

pytestmark = pytest.mark.faults
HOSTILE = [one.replace("\x00", "").replace("\r", " ").replace("\n", " ") for one in TEXTS]
FLAGS = ["true", "false", "1", "0", "yes", "", "x", "TRUE"]
ANY = {"id": transactions.IDS, "number": transactions.AMOUNTS, "flag": FLAGS}
ANY |= dict.fromkeys(("time", "date"), transactions.DAYS) | {"text": HOSTILE}
USUAL = {
    "id": ["1", "2", "a"],
    "text": ["x", "y"],
    "number": ["1", "2.5", "0", "-3"],
    "flag": ["true", "false"],
}
USUAL |= {"time": ["2010-12-01", "2010-06-01 10:00"], "date": ["2010-12-01", "2009-01-01"]}
SOLD = "customer_id,order_time,amount\n1,2010-11-01,2\n2,2010-10-01,3\n"


def value(kind: str, rng: random.Random) -> str:
    """A value of a column: mostly a usual one, else any of its kind, seldom hostile text."""
    return rng.choice(USUAL[kind] if rng.random() < 0.7 else ANY[kind] if rng.random() < 0.8 else HOSTILE)


def attempt(folder):
    def one(example) -> str:
        name, number = example
        rng = random.Random(number)
        columns = [column for column in TABLES[name].columns if column.required or rng.random() < 0.8]
        rows = [[value(column.type, rng) for column in columns] for _ in range(12)]
        for old in folder.glob("*.csv"):
            old.unlink()
        with (folder / f"{name}.csv").open("w", encoding="utf-8", errors="replace", newline="") as file:
            csv.writer(file).writerows([[column.name for column in columns], *rows])
        (folder / "transactions.csv").write_text(SOLD)
        if name != "customers" and rng.random() < 0.5:
            (folder / "customers.csv").write_text("customer_id\n1\n2\na\n")
        rejected = {
            rule.name: "reject"
            for rule in rules_of(TABLES[name], [one.name for one in columns], Facts(TODAY, "GBP", {}))
        }
        made = study(folder, as_of=date(2010, 12, 31), **{name: {"rules": rejected}})
        try:
            reports = contracts.check(made, tables.open_source(made), None, TODAY)
            contracts.refuse(reports)
        except StudyError as error:
            assert str(error)
            return "refused"
        report = next(found for found in reports if found.table == name)
        assert (
            report.rows == 12 == report.used + report.set_aside + sum(left.rows for left in report.left_out)
        )
        return "read and reconciled"

    return one


@in_pieces
def test_any_other_table_by_chance_is_reconciled_or_refused(tmp_path, monkeypatch, piece):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    others = [name for name in TABLES if name != "transactions"]
    strategy = st.tuples(st.sampled_from(others), st.integers(0, 2**32))
    ended = fuzz("tables", strategy, attempt(tmp_path), piece, share=transactions.SHARE / 2)
    assert ended["read and reconciled"]
    faults.tallied("tables that were read", not_reconciled=0)
