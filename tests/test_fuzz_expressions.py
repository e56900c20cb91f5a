"""Expressions by chance: refused in a sentence, or run by the engine within seconds without chance, files or queries."""

import re

import duckdb
import pytest
from fuzzing import fuzz, in_pieces
from hostile import ALLOWED, COLUMNS, EXPRESSIONS
from hypothesis import strategies as st

from helpers.errors import StudyError
from helpers.tables import engine, expressions

pytestmark = pytest.mark.faults
atoms = st.sampled_from(
    [
        "a",
        "b",
        "Qty",
        '"Unit Price"',
        "d",
        '"Total (VND)"',
        "'x'",
        "1",
        "NULL",
        "DATE '2024-01-01'",
        "true",
        "1e17",
    ]
)
CALLS = [
    "lower({})",
    "abs({})",
    "coalesce({}, {})",
    "({} + {})",
    "({} || {})",
    "CASE WHEN {} THEN {} ELSE {} END",
    "CAST({} AS VARCHAR)",
]
CALLS += [
    "replace({}, {}, {})",
    "lpad({}, 9, {})",
    "{}[1]",
    "{} IN ({}, {})",
    "({} < {})",
    "try_cast({} AS DATE)",
    "random()",
    "{} IS NULL",
]
CALLS += [
    "regexp_replace({}, {}, {}, 'g')",
    "strptime({}, {})",
    "date_diff('day', {}, {})",
    "read_text({})",
    "(SELECT {})",
    "sum({})",
]


def filled(call: str):
    return lambda inner: st.tuples(*[inner] * call.count("{}")).map(lambda given: call.format(*given))


nested = st.recursive(atoms, lambda inner: st.one_of([filled(call)(inner) for call in CALLS]), max_leaves=10)
cut = st.tuples(
    st.sampled_from([*ALLOWED, *EXPRESSIONS]),
    st.integers(0, 60),
    st.sampled_from(["", "(", ")", "'", '"', ",", ";", "::", "\x00"]),
)
broken = cut.map(lambda one: one[0][: one[1]] + one[2] + one[0][one[1] :])


@in_pieces
def test_an_expression_by_chance_ends_soon(tmp_path, monkeypatch, piece):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    con = engine.connect()
    con.raw_sql(
        "CREATE TABLE t AS SELECT 'x' AS a, 'y' AS b, 2.0::DOUBLE AS \"Qty\", 3.5::DOUBLE AS \"Unit Price\", "
        "TIMESTAMP '2024-05-06' AS d, 5.0::DOUBLE AS \"Total (VND)\""
    )

    def one(text: str) -> str:
        try:
            sql = expressions.parse(text, COLUMNS, "here").sql(dialect="duckdb")
        except StudyError:
            return "refused"
        assert not re.search(r"(?i)\b(random|read_text|select)\b", sql)
        try:
            con.raw_sql(f"SELECT ({sql})::VARCHAR FROM t").fetchall()
        except duckdb.Error:
            return "failed in the engine, which is said"
        return "ran"

    ended = fuzz("expressions", st.one_of(nested, broken), one, piece)
    assert ended["refused"] and ended["ran"]
