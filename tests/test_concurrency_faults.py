"""Several at once, and what stands still or is killed: reports of one folder do not mix, readers see whole pages only."""

import json
import os
import signal
import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import faults
import pytest
import tiny
from test_disk_faults import ONE, SLEEP
from test_runner import TWO, in_a_process, kernels_of, wait_for

from helpers import cli, paths
from helpers.runs import kernels, recover, runner

pytestmark = pytest.mark.faults
AT_ONCE = 3  # reports of each of two studies


def two_studies(root: Path) -> list[tiny.Project]:
    """Two studies of the same tables in one folder of reports, with another number each."""
    first = tiny.project(root, TWO)
    second = replace(first, study=root / "other.yaml")
    second.say("parameters: {number: 5}")
    return [first, second]


def read_until(over: threading.Event, projects: list[tiny.Project], seen: Counter) -> None:
    """Read what is published as a web server would, and do what every command does first; count what was not whole."""
    names = ("index.html", "12_double.html", "report.html")
    while not over.is_set():
        recover.settle_all(projects[0].options.build)
        for path in [project.home / "latest" / name for project in projects for name in names]:
            if not (path.parent / "run.json").exists():
                continue
            text = path.read_text() if path.exists() else ""
            seen["pages_read"] += 1
            seen["not_whole"] += not text.rstrip().endswith("</html>")
        time.sleep(0.02)


def test_reports_at_once_do_not_mix_and_pages_are_always_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    projects = two_studies(tmp_path)
    over, seen = threading.Event(), Counter(pages_read=0, not_whole=0)
    reader = threading.Thread(target=read_until, args=(over, projects, seen))
    reader.start()
    try:
        running = [in_a_process(project) for project in projects for _ in range(AT_ONCE)]
        outputs = [process.communicate(timeout=400)[0] for process in running]
    finally:
        over.set()
        reader.join()
    wrong = [output for process, output in zip(running, outputs, strict=True) if process.returncode]
    for project, number in zip(projects, (1, 5), strict=True):
        runs = sorted(path.name for path in (project.home / "runs").iterdir())
        of_each = [sorted(set(project.statuses(f"runs/{name}").values())) for name in runs]
        mixed = of_each != [["ok"]] + [["reused"]] * (AT_ONCE - 1)
        values = [one["metrics"]["value"] for one in project.run()["notebooks"].values()]
        wrong += (
            [f"{project.study.name}: {of_each}, {values}"] if mixed or values != [number, 2 * number] else []
        )
        assert not kernels_of(project) and not list((project.home / ".work").iterdir())
    faults.tallied("reports at once", reports=len(running), wrong=len(wrong), **seen)
    assert not wrong, "\n".join(wrong)
    assert seen["pages_read"] and not seen["not_whole"]


def test_a_run_that_waits_says_for_whom_and_since_when(tmp_path):
    project = tiny.project(tmp_path, ONE)
    project.write("01_first", "import time\ntime.sleep(8)\nvalue = 1\nsave('numbers', value)")
    first = in_a_process(project)
    wait_for(project.home / ".work")
    second = in_a_process(project)
    outputs = [process.communicate(timeout=240)[0] for process in (first, second)]
    assert f"process {first.pid} on " in outputs[1] and f"since {date.today().day} " in outputs[1]


def test_a_kernel_that_is_stopped_is_ended_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(kernels, "STILL_SECONDS", 3.0)
    project = tiny.project(tmp_path, ONE)
    project.write(
        "01_first", f"import os\n(Path(run_dir).parents[2] / 'pid').write_text(str(os.getpid()))\n{SLEEP}"
    )

    def stop() -> None:
        wait_for(project.options.build / "asleep", 120)
        os.kill(int((project.options.build / "pid").read_text()), signal.SIGSTOP)

    threading.Thread(target=stop).start()
    assert project.report() == runner.NOTEBOOK_FAILED
    assert "was stopped from outside (SIGSTOP)" in project.run(project.newest())["reason"]


def test_a_notebook_ends_with_a_sentence_when_its_time_is_over(tmp_path, monkeypatch):
    project = tiny.project(tmp_path, ONE)
    project.write("01_first", SLEEP)
    monkeypatch.setattr(kernels.Kernels, "_watch", kernels.Kernels._watch)
    monkeypatch.setattr(kernels, "LOOK_SECONDS", 0.5)
    real = kernels.Kernels.__init__
    monkeypatch.setattr(
        kernels.Kernels, "__init__", lambda self, minutes=None, warm=None: real(self, 0.25, warm)
    )
    assert project.report() == runner.NOTEBOOK_FAILED
    assert (
        "took longer than 0.25 minutes: raise `notebook_minutes`" in project.run(project.newest())["reason"]
    )


def test_a_killed_run_takes_its_kernel_along(tmp_path):
    project = tiny.project(tmp_path, ONE)
    project.write(
        "01_first", f"import os\n(Path(run_dir).parents[2] / 'pid').write_text(str(os.getpid()))\n{SLEEP}"
    )
    process = in_a_process(project)
    wait_for(project.options.build / "asleep", 120)
    pid = int((project.options.build / "pid").read_text())
    os.kill(pid, signal.SIGSTOP)
    process.kill()
    process.communicate(timeout=30)
    deadline = time.monotonic() + 10
    while (
        Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1][:3]
    ):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_any_command_marks_the_report_of_a_killed_run(tmp_path, monkeypatch, capsys):
    project = tiny.project(tmp_path, ONE)
    assert project.report() == runner.DONE
    project.write("01_first", SLEEP)
    process = in_a_process(project)
    wait_for(project.options.build / "asleep", 120)
    process.kill()
    process.communicate(timeout=30)
    monkeypatch.setattr(paths, "BUILD", project.options.build)
    assert cli.main(["list"]) == 0
    assert "killed before it ended" in (project.home / "latest/index.html").read_text()
    assert json.loads((project.home / project.newest() / "run.json").read_text())["status"] == "interrupted"
