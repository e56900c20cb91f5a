"""Tables by chance: read, or refused in a sentence; rows and money add up to the cent, no NaN anywhere."""

import csv
import math
import re
from datetime import date
from decimal import Decimal

import faults
import pytest
from fuzzing import PIECES, fuzz, in_pieces
from hostile import TEXTS
from hypothesis import strategies as st
from tables_support import TODAY, study

from helpers import contracts, tables
from helpers.contracts.rules import Facts
from helpers.contracts.table_rules import rules_of
from helpers.errors import StudyError
from helpers.study.table_columns import TABLES
from helpers.tables import ledger

pytestmark = pytest.mark.faults
SHARE = 1.0 if PIECES > 1 else 0.1  # each goes from file to ledger, and `make test` has no minutes for them
PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
IDS = ["1", "2", "a", "007", "17850.0", "", "NULL", "1e3", "it's", "=1+1", "\u0e01\u0e02"]
DAYS = [
    "2010-12-01",
    "2010-12-01 10:00",
    "2010-12-31T23:59:59Z",
    "2010-06-31",
    "01/02/2010",
    "",
    "1899-12-31",
    "2013-01-01",
    "9999-12-31",
]
DAYS += [
    "2010-12-01T10:00:00+14:00",
    "2010-12-01 24:00",
    "now",
    "0000-00-00",
    "2010-1-1",
    "infinity",
    "-infinity",
    "epoch",
]
AMOUNTS = [
    "1",
    "2.50",
    "-2.50",
    "0",
    "-0",
    "1e17",
    "-1e17",
    "99999999999999999",
    "0.005",
    "1e400",
    "nan",
    "inf",
    "1,5",
    "1.234,50",
    "(5)",
]
AMOUNTS += [
    "",
    " 7 ",
    "€5",
    "5-",
    "0x10",
    "1_000",
    "٣",
    "1e-320",
    "1234567.89",
    "9007199254740993",
    "0.1",
    "0.2",
    "0.3",
    "+3",
    ".5",
    "5.",
]
text = st.one_of(
    st.sampled_from(TEXTS), st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=6)
)
COMPUTED = [
    "quantity * amount", "CASE WHEN quantity > 0 THEN amount END", "amount / quantity", "amount / (quantity - quantity)",
    "ln(quantity)", "sqrt(amount)", "exp(amount)", "amount * 1e300 * 1e300", "0 * (amount / 0)", "round(amount, 1)",
    "amount ** 400", "try_cast(amount AS double)", "'nan'::double", "quantity % 0",
]  # fmt: skip
lines = st.lists(
    st.tuples(
        st.one_of(st.sampled_from(IDS), text),
        st.one_of(st.sampled_from(DAYS[:3]), st.sampled_from(DAYS), text),
        st.one_of(st.sampled_from(AMOUNTS), st.decimals(-9999, 9999, places=2).map(str), text),
        st.sampled_from(["", "A", "B"]),
        st.sampled_from(["1", "2", "-1", "", "x", "1e17"]),
    ),
    min_size=1,
    max_size=15,
)
spec = st.fixed_dictionaries(
    {},
    optional={
        "decimal": st.sampled_from([",", "."]),
        "where": st.sampled_from([("quantity > 0",), ("order_id <> 'A'",), ("amount > 0", "quantity < 5")]),
        "date_format": st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "excel", "unix"]),
        "amount_per": st.just("order"),
        "columns": st.sampled_from([{"amount": one} for one in COMPUTED]),
    },
)  # fmt: skip
HEADER = ("customer_id", "order_time", "amount", "order_id", "quantity")
REJECTED = {rule.name: "reject" for rule in rules_of(TABLES["transactions"], HEADER, Facts(TODAY, "GBP", {}))}


def written(folder, rows) -> None:
    with (folder / "transactions.csv").open("w", encoding="utf-8", errors="replace", newline="") as file:
        csv.writer(file).writerows([HEADER, *([cell.replace("\x00", "") for cell in row] for row in rows)])


def attempt(folder):
    def one(example) -> str:
        rows, settings = example
        written(folder, rows)
        made = study(folder, as_of=date(2010, 12, 31), transactions={"rules": REJECTED} | settings)
        try:
            reports = contracts.check(made, tables.open_source(made), None, TODAY)
            report = next(one for one in reports if one.table == "transactions")
            contracts.refuse([report])
            book = ledger.build(reports)
        except StudyError as error:
            assert str(error)
            return "refused"
        added = report.used + report.set_aside + sum(left.rows for left in report.left_out)
        assert report.rows == len(rows) == added
        money = report.money_used + report.money_set_aside + sum(left.money or 0 for left in report.left_out)
        assert math.isclose(report.money, money, rel_tol=1e-12, abs_tol=0.005)
        plain = [row[2].strip() for row in rows]
        if not {"columns", "decimal", "amount_per"} & set(settings) and all(map(PLAIN.fullmatch, plain)):
            assert math.isclose(report.money, float(sum(map(Decimal, plain))), rel_tol=1e-12, abs_tol=0.005)
        found = book.to_pyarrow().to_pylist()
        numbers = [value for row in found for value in row.values() if isinstance(value, float)]
        assert all(map(math.isfinite, numbers))
        assert math.isclose(
            sum(row["revenue"] for row in found), report.money_used, rel_tol=1e-12, abs_tol=0.005
        )
        return "read and reconciled"

    return one


@in_pieces
def test_a_table_by_chance_is_reconciled_or_refused(tmp_path, monkeypatch, piece):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    ended = fuzz("tables", st.tuples(lines, spec), attempt(tmp_path), piece, share=SHARE / 2)
    faults.tallied("tables that were read", not_reconciled=0, not_a_number=0)
    assert ended["read and reconciled"]


def test_amounts_of_ten_to_the_seventeenth_add_up(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    written(tmp_path, [("1", "2010-12-01", "1e17", "A", "1"), ("1", "2010-12-02", "-1e17", "B", "-1")])
    made = study(tmp_path, transactions={"rules": REJECTED})
    book = ledger.build(contracts.check(made, tables.open_source(made), None, TODAY)).to_pyarrow().to_pylist()
    assert [(row["kind"], row["revenue"], row["returned"]) for row in book] == [("returned", 0.0, 1e17)]
    latest = study(tmp_path, transactions={"keep_latest": "amount"})
    found = tables.open_source(latest).read("transactions").to_pyarrow().to_pylist()
    assert len(found) == 2
