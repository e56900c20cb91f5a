"""Kernels that are forked from an interpreter with its libraries loaded: what they see, how they end, that none hangs."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest

from helpers import paths
from helpers.runs.execute import execute
from helpers.runs.kernels import Kernels
from helpers.runs.surroundings import environment
from helpers.runs.warm import ALONE, Warm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")
SEES = """
import atexit, json, os, pathlib, sys
atexit.register(pathlib.Path(page).with_name("ended").touch)
seen = {"environment": dict(os.environ), "folder": os.getcwd(), "path": sys.path, "hash": hash("a"), "mask": os.umask(0o077)}
seen |= {"parent": os.getppid(), "group": os.getpgid(0) == os.getpid(), "loaded": "pymc" in sys.modules}
seen |= {"helpers": [name for name in sys.modules if name.startswith("helpers.") and not name.startswith("helpers.runs")]}
pathlib.Path(page).write_text(json.dumps({"finished": True} | seen))
"""


@pytest.fixture(scope="module")
def warm():
    its = Warm(environment(2), paths.ROOT)
    yield its
    its.end()


def test_what_runs_notebooks_loads_no_grammar_of_addresses():
    code = "import sys, helpers.runs.execute; sys.exit('lark' in sys.modules)"
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def run(folder: Path, code: str, kernels: Kernels) -> tuple[str, dict]:
    """Execute a notebook of this code: why it ended, and what it wrote."""
    page = folder / "page.json"
    for one in (page, folder / "ended"):
        one.unlink(missing_ok=True)
    cells = [
        nbformat.v4.new_code_cell("page = ''", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(code),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "source.ipynb")
    files = folder / "source.ipynb", folder / "executed.ipynb", page
    found = execute(*files, {"page": str(page)}, kernels=kernels, environment=environment(2))
    seen = json.loads(page.read_text()) if page.exists() else {}
    return found.reason, seen | {"ended": (folder / "ended").exists()}


def end(*pids: int) -> bool:
    """Whether these processes end within some seconds."""
    deadline = time.monotonic() + 20
    stats = [Path(f"/proc/{pid}/stat") for pid in pids]
    while time.monotonic() < deadline:
        with suppress(FileNotFoundError, ProcessLookupError):
            states = [one.read_text().rpartition(")")[2].split()[0] for one in stats if one.exists()]
            if set(states) <= {"Z"}:
                return True
        time.sleep(0.05)
    return False


def test_a_warm_kernel_sees_what_a_cold_one_sees(tmp_path, warm, monkeypatch):
    monkeypatch.setenv("OF_THIS_NOTEBOOK", "said later than the interpreter was started")
    reasons, (cold, forked) = zip(*(run(tmp_path, SEES, Kernels(5, of)) for of in (None, warm)), strict=True)
    assert reasons == ("", "") and forked["parent"] == warm._process.pid and cold["parent"] == os.getpid()
    assert (
        not cold["loaded"]
        and forked["loaded"]
        and forked["helpers"] == []
        and forked["group"]
        and cold["group"]
    )
    assert cold["ended"] and forked["ended"]  # at once, but after what was registered for it
    for seen in (cold, forked):
        seen["environment"] = {k: v for k, v in seen["environment"].items() if not k.startswith("JPY_")}
    assert not set(ALONE) & forked["environment"].keys()
    assert {name: cold[name] for name in ("environment", "folder", "hash", "mask")} == {
        name: forked[name] for name in ("environment", "folder", "hash", "mask")
    }
    assert [Path(one) for one in forked["path"]] == [Path(one) for one in cold["path"]]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.kill(os.getpid(), 9)", "killed by SIGKILL"),
        ("import os; os._exit(3)", "exit code 3"),
        ("raise KeyError('x')", "KeyError: 'x'"),
    ],
)
def test_how_a_warm_kernel_ends_is_said(tmp_path, warm, code, said):
    assert said in run(tmp_path, code, Kernels(5, warm))[0]


def test_kernels_end_with_what_they_were_forked_from_and_later_ones_start_cold(tmp_path):
    its = Warm(environment(2), paths.ROOT)
    other = its.start(["-f", str(tmp_path / "kernel.json")], str(tmp_path), environment(2))
    assert other.poll() is None
    kernels = Kernels(5, its)
    reason, _ = run(tmp_path, f"import os, time; os.kill({its._process.pid}, 9); time.sleep(60)", kernels)
    assert "killed by SIGKILL" in reason
    assert other.wait(10) == -signal.SIGKILL
    assert end(other.pid)
    reason, seen = run(tmp_path, SEES, kernels)
    assert reason == "" and seen["parent"] == os.getpid()
    kernels.stop()


def test_a_kernel_that_nobody_waits_for_any_more_is_ended(tmp_path, warm, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("helpers.runs.warm.START_SECONDS", 0.1)
        os.kill(warm._process.pid, signal.SIGSTOP)  # it answers when nobody waits any more
        assert warm.start(["-f", str(tmp_path / "late.json")], str(tmp_path), environment(2)) is None
        os.kill(warm._process.pid, signal.SIGCONT)
    forked = warm.start(["-f", str(tmp_path / "kernel.json")], str(tmp_path), environment(2))
    children = Path(f"/proc/{warm._process.pid}/task/{warm._process.pid}/children").read_text().split()
    assert end(*(int(one) for one in children if int(one) != forked.pid)) and forked.poll() is None
    forked.kill()
    assert forked.wait(20) == -signal.SIGKILL


KILLED = """
import os, sys
from helpers import paths
from helpers.runs.surroundings import environment
from helpers.runs.warm import Warm
warm = Warm(environment(2), paths.ROOT)
forked = warm.start(["-f", sys.argv[1]], str(paths.ROOT), environment(2))
print(warm._process.pid, forked.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_run_that_is_killed_takes_its_kernels_along(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path / "kernel.json")]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    left = [int(one) for one in done.stdout.split()]
    assert len(left) == 2 and end(*left)


@pytest.mark.slow
def test_two_hundred_starts_and_none_hangs(tmp_path, warm):
    kernels = Kernels(1, warm)
    for _ in range(200):
        reason, seen = run(tmp_path, SEES, kernels)
        assert reason == "" and seen["parent"] == warm._process.pid
