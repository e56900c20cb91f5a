"""Full disks, files of another kind, clocks and kernels that stand still: a sentence each, and no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import faults
import pytest
import tiny
from test_runner import mode

from helpers import files, paths
from helpers.errors import StudyError
from helpers.runs import recover, runner
from helpers.study.study import load_study

pytestmark = pytest.mark.faults
ONE = ("01_first",)
SLEEP = "import time\n(Path(run_dir).parents[2] / 'asleep').touch()\ntime.sleep(600)"
LIMITED = """
import resource, sys
sys.argv = ["helpers", "report", {study!r}]
from helpers import cli, paths
from pathlib import Path
from helpers.runs import run
paths.BUILD = Path({build!r})
options = run.Options
cli.Options = lambda **asked: options(**asked, notebooks=Path({notebooks!r}), build=Path({build!r}))
{before}
sys.exit(cli.main())
"""


def on_the_command_line(project: tiny.Project, before: str = "", **variables) -> subprocess.CompletedProcess:
    """`python -m helpers report` on a tiny project, after some lines of Python."""
    options = project.options
    code = LIMITED.format(
        study=str(project.study), build=str(options.build), notebooks=str(options.notebooks), before=before
    )
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | variables,
    )


def told(done: subprocess.CompletedProcess) -> str:
    """What was said of an error, which must be no traceback."""
    assert done.returncode in (runner.NOTEBOOK_FAILED, runner.STUDY_WRONG), done.stderr
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done.stderr


@pytest.mark.parametrize("kept", [0, 1, 2, 4, 7, 11, 16, 22])
def test_a_full_disk_is_said_and_leaves_the_published_report(tmp_path, kept):
    """`kept`: how many files can still be written."""
    project = tiny.project(tmp_path, ONE)
    assert project.report() == runner.DONE
    before = faults.hashes((project.home / "latest").resolve())
    project.write("01_first", 'value = 3\nsave("numbers", value)')
    full = f"""
import errno, os
real, left = os.replace, [{kept}]
def replace(one, other, **more):
    left[0] -= 1
    if left[0] < 0:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(other))
    return real(one, other, **more)
os.replace = replace
"""
    done = on_the_command_line(project, full)
    if done.returncode != runner.DONE:
        assert "disk is full" in told(done) or "could not be written" in done.stderr
    assert project.report() == runner.DONE
    assert project.run()["notebooks"]["01_first"]["metrics"] == {"value": 3}
    published = project.home / "runs" / min(path.name for path in (project.home / "runs").iterdir())
    assert faults.hashes(published) == before


def test_a_disk_that_takes_no_more_bytes_is_said(tmp_path):
    project = tiny.project(tmp_path, ONE)
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))"
    assert told(on_the_command_line(project, limit)).strip()
    assert project.report() == runner.DONE


@pytest.mark.skipif(
    os.geteuid() == 0 and not Path("/proc/self/ns/user").exists(), reason="root may write anywhere"
)
def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    project = tiny.project(tmp_path, ONE)
    project.options.build.parent.joinpath("build").write_text("a file where the folder should be")
    assert "build" in told(on_the_command_line(project))


def test_errors_of_the_disk_name_the_file_and_the_way_out():
    import errno  # noqa: PLC0415

    for number, words in (
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "may not write"),
    ):
        said = files.explained(OSError(number, os.strerror(number), "/data/x"))
        assert "/data/x" in said and words in said and "run again" in said


def test_no_study_at_all_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "REPORTS", tmp_path)
    with pytest.raises(StudyError, match=r"There is no study in .*helpers new NAME"):
        runner.report([], tiny.project(tmp_path / "p", ONE).options)


@pytest.mark.parametrize(
    "holdout", ["2026 years", "99999999999999999999 weeks", "30000 months", "800000 days"]
)
def test_a_hold_out_before_the_year_1_is_said(tmp_path, holdout):
    project = tiny.project(tmp_path, ONE)
    project.say(f"holdout: {holdout}")
    with pytest.raises(StudyError, match=r"holdout is .* before the year 1"):
        load_study(project.study, project.options.notebooks)


@pytest.mark.parametrize("variables", [{"TMPDIR": "/nowhere/at/all"}, {"TMPDIR": "/tmp/" + "t" * 190}])
def test_a_temporary_folder_that_is_missing_or_long_does_not_matter(tmp_path, variables):
    if len(variables["TMPDIR"]) > 100:
        Path(variables["TMPDIR"]).mkdir(exist_ok=True)
    done = on_the_command_line(tiny.project(tmp_path, ONE), **variables)
    assert done.returncode == runner.DONE, done.stderr


def test_a_clock_that_was_ahead_does_not_matter(tmp_path):
    project = tiny.project(tmp_path, ONE)
    project.write("01_first", "1 / 0")
    assert project.report() == runner.NOTEBOOK_FAILED
    (failed,) = (project.home / "runs").iterdir()
    record = recover.RunRecord.read(failed / "run.json")
    record.run, record.started = "20990101-000000", "2099-01-01T00:00:00+00:00"
    record.write(failed / "run.json")
    failed.rename(failed.with_name(record.run))
    project.write("01_first")
    assert project.report() == runner.DONE
    assert "did not finish" not in (project.options.build / "index.html").read_text()
    assert project.report() == runner.DONE
    assert project.statuses() == {"01": "reused"}


def test_an_export_that_is_wrong_marks_the_published_report_without_its_values(tmp_path):
    project = tiny.project(tmp_path, ONE)
    assert project.report() == runner.DONE
    (tmp_path / "data/transactions.csv").write_text("customer_id,order_time,amount\nme@example.com,never,1\n")
    assert project.report() == runner.STUDY_WRONG
    pages = (project.home / "latest/index.html").read_text() + (
        project.options.build / "index.html"
    ).read_text()
    assert "not up to date" in pages and "helpers check tiny" in pages
    assert "example.com" not in pages
    (tmp_path / "data/transactions.csv").write_text(tiny.LINES)
    assert project.report() == runner.DONE
    assert "not up to date" not in (project.home / "latest/index.html").read_text()


def test_a_study_file_that_is_wrong_marks_the_published_report(tmp_path):
    project = tiny.project(tmp_path, ONE)
    assert project.report() == runner.DONE
    project.say("currrency: EUR")
    with pytest.raises(StudyError):
        project.report()
    assert "The study file is wrong" in (project.home / "latest/index.html").read_text()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_customers_data_is_for_the_owner_and_pages_follow_the_umask(tmp_path, monkeypatch, umask):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = os.umask(umask)
    try:
        project = tiny.project(tmp_path, ONE)
        assert project.report() == runner.DONE
        assert project.report() == runner.DONE  # what is copied from an earlier run, too
    finally:
        os.umask(before)
    latest = (project.home / "latest").resolve()
    private = [
        latest / "artifacts",
        latest / "executed",
        latest / "exports",
        project.options.build / ".cache",
    ]
    private += [tmp_path / "cache" / paths.NAME]
    for folder in private:
        for path in [folder, *folder.rglob("*")]:
            assert mode(path) == (0o700 if path.is_dir() else 0o600), path
    for record in (latest / "run.json", latest / "keys.json"):
        assert mode(record) == 0o600, record
    for page in (
        latest / "report.html",
        latest / "index.html",
        latest / "01_first.html",
        project.options.build / "index.html",
    ):
        assert mode(page) == 0o666 & ~umask, page
