"""A report that is killed at any moment: nothing that was finished is lost, nothing is left, the page says so."""

import random
import shutil
import subprocess
import tempfile
from pathlib import Path

import faults
import pytest
import tiny

import helpers.runs.execute
import helpers.site.render
from helpers import contracts, tables
from helpers.runs import runner

pytestmark = pytest.mark.faults
IMPORTED = (
    helpers.runs.execute,
    helpers.site.render,
    contracts,
    tables,
)  # before the fork, so that it is quick
TWO = ("01_first", "12_double")
POINTS, PIECES = 60, 5  # of each story, in so many tests; all points together are to be 120 or more
STORIES = ("the first report", "a changed notebook", "an export that is wrong")


@pytest.fixture
def places(monkeypatch):
    """A cache and a temporary folder of the test's own, with short names, because sockets lie there."""
    base = Path(tempfile.mkdtemp(prefix="f", dir="/tmp"))
    for variable, name in (("XDG_CACHE_HOME", "c"), ("TMPDIR", "t")):
        (base / name).mkdir()
        monkeypatch.setenv(variable, str(base / name))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield base / "c", base / "t"
    shutil.rmtree(base)


def prepared(root: Path, story: str, output: Path) -> tiny.Project:
    """A project as it stands when the story begins."""
    project = tiny.project(root, TWO)
    if story == STORIES[0]:
        return project
    assert faults.in_a_child(lambda: faults.report(project), output)[0] == runner.DONE
    if story == STORIES[1]:
        project.write("12_double", 'value = 3 * read("numbers")\nsave("doubled", value)')
    else:
        (root / "data/transactions.csv").write_text("customer_id,order_time,amount\n,2024-01-05,1\n")
    return project


def one_kill(
    project: tiny.Project, places: tuple, story: str, point: int
) -> tuple[list[str], list[str], bool]:
    """Kill a report before its `point`th operation and go on: (what is lost, what is left, whether it was killed)."""
    root, output = project.root, project.root.with_suffix(".txt")
    published = (project.home / "latest").resolve() if story != STORIES[0] else None
    before = faults.hashes(published) if published else {}
    code, _ = faults.in_a_child(lambda: faults.report(project), output, kill_at=point)
    lost = []
    if published and faults.hashes(published) != before:
        lost.append("the published run was changed")
    started = [path.name for path in (project.home / ".work").glob("*") if (path / "run.json").exists()]
    assert faults.in_a_child(lambda: faults.next_command(project), output)[0] == 0, output.read_text()
    if published and started and "not up to date" not in (published / "index.html").read_text():
        lost.append("the published page is not marked")
    if story == STORIES[2]:
        (root / "data/transactions.csv").write_text(tiny.LINES)
    finished = {
        name[:2]
        for folder in started
        for name, one in project.run(f"runs/{folder}")["notebooks"].items()
        if one["status"] in ("ok", "reused")
    }
    if faults.in_a_child(lambda: faults.report(project), output)[0] != runner.DONE:
        return [f"the next report failed: {output.read_text()[-800:]}"], [], code < 0
    again = [name for name in finished if project.statuses()[name] != "reused"]
    lost += [f"{name} was run again" for name in again]
    value = {STORIES[0]: 2, STORIES[1]: 3, STORIES[2]: 2}[story]
    if project.run()["notebooks"]["12_double"]["metrics"] != {"value": value}:
        lost.append("another result")
    if published and published.is_dir() and faults.hashes(published) != before:
        lost.append("the earlier run was changed")
    faults.in_a_child(
        lambda: faults.next_command(project), output
    )  # a fork ends without Python's own clearing up
    running = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    left = faults.leftovers(project, *places) + [one for one in running.splitlines() if str(root) in one]
    return lost, left, code < 0


@pytest.mark.parametrize("piece", range(PIECES))
@pytest.mark.parametrize("story", STORIES)
def test_a_report_killed_at_any_moment_loses_and_leaves_nothing(tmp_path, places, story, piece):
    root, before, output = tmp_path / "p", tmp_path / "before", tmp_path / "whole.txt"
    project = prepared(root, story, output)
    shutil.copytree(root, before, symlinks=True)
    _, operations = faults.in_a_child(lambda: faults.report(project), output)
    assert operations > POINTS / 2, output.read_text()
    points = sorted(random.Random(story).sample(range(1, operations + 1), min(POINTS, operations)))[
        piece::PIECES
    ]
    lost, left, killed = [], [], 0
    for point in points:
        shutil.rmtree(root)
        shutil.copytree(before, root, symlinks=True)
        gone, there, was_killed = one_kill(project, places, story, point)
        lost += [f"{story}, {point}: {one}" for one in gone]
        left += [f"{story}, {point}: {one}" for one in there]
        killed += was_killed
    faults.tallied("kill points", reports_killed=killed, lost=len(lost), left=len(left))
    assert not lost + left, "\n".join(lost + left)
