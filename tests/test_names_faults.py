"""Text from strangers as names: of files, columns, tables' values, of the folders a report works in."""

import csv
import os
from collections import Counter
from pathlib import Path

import faults
import pytest
import tiny
from hostile import TEXTS
from tables_support import TODAY, rows, study
from test_disk_faults import ONE, on_the_command_line, told

from helpers import contracts, tables
from helpers.errors import StudyError
from helpers.runs import runner
from helpers.study import labels
from helpers.study.study import load_study

pytestmark = pytest.mark.faults
BASICS = 'title: x\nas_of: "2010-12-31"\ntimezone: UTC\ncurrency: EUR\nsource: .\n'
PIECES = 4


def file_name(text: str) -> str:
    """The text as a file's name, which cannot be long nor hold a slash."""
    return (
        text.replace("/", "_").replace("\x00", "").encode("utf-8", "replace")[:120].decode("utf-8", "ignore")
    )


def read(folder: Path, text: str) -> str:
    """Read a table whose file, columns and values are named by a text; how that ended."""
    name, column = f"{file_name(text)}.csv", text.replace("\x00", "")
    with (folder / name).open("w", encoding="utf-8", errors="replace", newline="") as file:
        header = ["customer_id", "order_time", "amount", f"{column} 1", column]
        csv.writer(file).writerows(
            [header, ["a", "2010-12-01", "2.5", "7", column], [column, "2010-12-02", "1", "", ""]]
        )
    spec = {"path": name, "columns": {"order_id": column}} if column.strip() else {"path": name}
    made = study(folder, transactions=spec)
    try:
        source = tables.open_source(made)
        found = rows(source.read("transactions"), "customer_id", "amount")
        contracts.refuse(contracts.check(made, source, None, TODAY))
    except StudyError as error:
        assert len(str(error)) < 20_000 and "\x00" not in str(error)
        return "refused in a sentence"
    assert sorted(amount for _, amount in found) == [1.0, 2.5]
    return "read"


@pytest.mark.parametrize("piece", range(PIECES))
def test_hostile_names_of_files_and_columns_are_read_or_refused(tmp_path, monkeypatch, piece):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    ended: Counter = Counter()
    for place, text in enumerate(TEXTS[piece::PIECES]):
        folder = tmp_path / str(place)
        folder.mkdir()
        ended[read(folder, text)] += 1
    assert not list(tmp_path.glob("x*")) and ended["read"]
    counts = {how.replace(" ", "_"): number for how, number in ended.items()}
    faults.tallied(
        "hostile names of files, columns and values", texts=sum(ended.values()), **counts, tracebacks=0
    )


def test_hostile_titles_and_labels_are_text_or_refused(tmp_path):
    ended: Counter = Counter()
    for text in TEXTS:
        quoted = "'" + text.replace("'", "''") + "'"
        lines = f"labels: {{{quoted}: {quoted}, other_code: {{vi: {quoted}, th: {quoted}}}}}\nlanguage: vi\n"
        path = tmp_path / "fuzzed.yaml"
        path.write_bytes(
            (BASICS.replace("title: x", f"title: {quoted}") + lines).encode("utf-8", "surrogatepass")
        )
        try:
            made = load_study(path)
        except StudyError as error:
            ended["refused"] += bool(str(error))
            continue
        told_by = labels.names(made.labels, [text], made.language)
        ended["read"] += 1
        assert set(told_by.values()) <= {
            " ".join(text.split()),
            text,
            text.strip(),
            labels.readable(text),
            made.title,
        }
    faults.tallied("hostile titles and labels", texts=len(TEXTS), **ended, tracebacks=0)
    assert ended["read"] > len(TEXTS) / 2


FOLDERS = [
    "it's",
    'a "b"',
    "{x} {{y}}",
    "$(touch hit)",
    "a\nb",
    "%s %d",
    "#a?b&c",
    "\u0e01 \u1ea1",
    "-rf",
    "a;b,c:d",
    "=1+1",
]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_report_in_folders_of_any_name(tmp_path, name):
    """The project, its data, the cache and the temporary folder."""
    base = tmp_path / name
    base.mkdir()
    (base / "t").mkdir()
    project = tiny.project(base / "p", ONE)
    done = on_the_command_line(project, TMPDIR=str(base / "t"), XDG_CACHE_HOME=str(base / "c"))
    assert done.returncode == runner.DONE or told(done), done.stderr
    assert done.returncode == runner.DONE, done.stderr
    assert not (tmp_path / "hit").exists() and not Path("hit").exists()
    assert [path for path in os.listdir(base) if path not in ("t", "p", "c")] == []
    faults.tallied("folders of hostile names", reports_made=1)
