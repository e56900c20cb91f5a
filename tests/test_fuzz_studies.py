"""Studies by chance: each is read, or refused in a sentence, within seconds."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from fuzzing import fuzz, in_pieces
from hostile import EXPRESSIONS, TEXTS
from hypothesis import strategies as st

from helpers import paths
from helpers.errors import StudyError
from helpers.study.study import KEYS, TableSpec, load_study
from helpers.study.table_columns import TABLES

pytestmark = pytest.mark.faults

DEMO = (paths.REPORTS / "demo.yaml").read_text(encoding="utf-8")
PIECES = [
    "[", "]", "{", "}", ":", ": ", "- ", "? ", "&a ", "*a", "<<: *a", "!!python/object:os.system ", "!!binary ", "%YAML 9.9",
    "---", "...", "|", ">", "'", '"', "#", "\t", "\n", "\r", "\x00", "\x85", "\u2028", "\ufeff", "\ud800", "~",
    "null", "[" * 50, "{a: " * 50,
    "- " * 50, "9" * 5000, "1e400", ".nan", ".inf", "-0", "0x10", "1_000", "2026-13-45",
    "0000-00-00", "9999-12-31", "0001-01-01",
    '"\\ud800"', '"\\x00"', "x" * 20_000, "&a [*a]", "&b {k: *b}",
]  # fmt: skip
WORDS = [
    *KEYS,
    *TableSpec.__dataclass_fields__,
    *TABLES,
    "demo",
    "all",
    "true",
    "reject",
    "keep",
    "customer_id",
    "order_time",
]
VALUES = [
    "2026-06-30",
    "0001-01-01",
    "9999-12-31",
    "26 weeks",
    "999999 years",
    "0 days",
    "2026 years",
    "VND",
    "Asia/Ho_Chi_Minh",
    "UTC",
]
VALUES += [
    "demo",
    "demo?customers=0",
    "demo?customers=99999999999999999999",
    "/etc",
    "../..",
    "postgres//u:hunter2@h/db",
    "-1",
    "1e400",
]
scalars = st.one_of(
    st.sampled_from([*WORDS, *VALUES, *TEXTS, *EXPRESSIONS[:40]]),
    st.text(max_size=40),
    st.integers(),
    st.floats(),
)
keys = st.one_of(st.sampled_from(WORDS), st.text(max_size=8))
contents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=12,
)
settings = st.dictionaries(st.sampled_from([*TableSpec.__dataclass_fields__, "amount"]), contents, max_size=3)
tables = st.dictionaries(st.sampled_from([*TABLES]), settings, max_size=3)
some = st.fixed_dictionaries({}, optional={key: tables if key == "tables" else contents for key in KEYS})
more = st.one_of(some, st.fixed_dictionaries({"tables": tables}), st.dictionaries(keys, contents, max_size=3))
structured = more.map(lambda one: yaml.safe_dump(yaml.safe_load(DEMO) | one))


@st.composite
def mutated(draw) -> str:
    """The demo study with pieces put in, cut out and repeated."""
    text = DEMO
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, len(text)))
        end = min(len(text), place + draw(st.integers(0, 60)))
        what = draw(st.sampled_from(["insert", "cut", "repeat"]))
        if what == "insert":
            text = text[:place] + draw(st.sampled_from(PIECES)) + text[place:]
        elif what == "cut":
            text = text[:place] + text[end:]
        else:
            text = text[:end] + text[place:end] * draw(st.integers(1, 200)) + text[end:]
    return text


def attempt(folder: Path):
    def one(text: str) -> str:
        path = folder / "fuzzed.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            study = load_study(path)
        except StudyError as error:
            assert "hunter2" not in str(error)
            assert len(str(error)) < 20_000
            return "refused"
        assert "hunter2" not in repr(study)
        study.earlier  # noqa: B018 (it computes)
        return "read"

    return one


@in_pieces
@pytest.mark.parametrize("strategy", [mutated(), structured], ids=["mutated", "structured"])
def test_a_study_by_chance_is_read_or_refused_in_a_sentence(tmp_path, strategy, piece):
    ended = fuzz("studies", strategy, attempt(tmp_path), piece, share=0.5)
    assert ended["refused"]


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "a: " + "{a: " * 50_000,
        "\n".join(" " * i + "a:" for i in range(2000)),
        "- " * 50_000,
        "a: &a [x, x]\n" + "\n".join(f"{n}: &{n} [*{p}, *{p}, *{p}, *{p}]" for p, n in pairwise("abcdefghijklmn")),
        "a: &a [*a]",
        "a: &a {b: *a}",
        "x" * 10_000_000,
        "a: " + "x" * 1_000_000,
        "a: 'it\ud800'",
        'title: "\\ud800"',
        'title: "a\\x00b"',
    ],
)  # fmt: skip
def test_deep_and_huge_files_and_those_that_repeat_themselves_are_refused_soon(tmp_path, text):
    with pytest.raises(StudyError) as refused:
        attempt(tmp_path)(text) == "refused" and load_study(tmp_path / "fuzzed.yaml")
    assert re.search(r"write it|shorten|fewer|UTF-8|no `key: value`", str(refused.value))
