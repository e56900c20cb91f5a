"""A machine on its worst day: links and pipes where files should be, settings of the user's own, folders of another kind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow
import pytest
import tiny
from pyarrow import parquet
from test_disk_faults import ONE, on_the_command_line, told

from helpers import files, paths
from helpers.errors import StudyError
from helpers.runs import reuse, runner
from helpers.runs.inputs import check_inputs
from helpers.runs.run import Options
from helpers.study.study import load_study
from helpers.tables import engine, headers, text_files

pytestmark = pytest.mark.faults
SETTINGS = {
    ".ipython/profile_default/startup/00.py": "import builtins\nbuiltins.sum = lambda values: 666",
    ".ipython/profile_default/ipython_kernel_config.py": "c.InteractiveShellApp.exec_lines = ['own = 666']",
    ".config/matplotlib/matplotlibrc": "font.size: 66\naxes.facecolor: red\n",
    ".config/arviz/arvizrc": "stats.ci_prob : 0.66\n",
    ".pytensorrc": "[global]\nfloatX = float32\n",
    "startup.py": "started = 666",
}
LOOK = """
import arviz, matplotlib, pytensor
value = sum([1, 2]) + ("own" in globals()) + ("started" in globals())
value += matplotlib.rcParams["font.size"] + arviz.rcParams["stats.ci_prob"]
value += int(pytensor.config.floatX.removeprefix("float"))
save("numbers", value)
"""


def test_settings_of_the_users_own_change_no_number(tmp_path):
    """A number of the kernel's surroundings is the same with files that change IPython, Matplotlib, ArviZ and PyTensor."""
    found = {}
    for kind, own in (("plain", {}), ("own", SETTINGS)):
        home = tmp_path / kind / "home"
        for name, text in own.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text)
        home.mkdir(parents=True, exist_ok=True)
        project = tiny.project(tmp_path / kind / "project", ONE)
        project.write("01_first", LOOK)
        compiled = f"base_compiledir={Path.home() / '.pytensor'}"  # what is compiled once per machine
        surroundings = {
            "HOME": str(home),
            "PYTHONSTARTUP": str(home / "startup.py"),
            "PYTENSOR_FLAGS": compiled,
        }
        done = on_the_command_line(project, **surroundings)
        assert done.returncode == runner.DONE, done.stderr
        found[kind] = project.run()["notebooks"]["01_first"]["metrics"]["value"]
    assert found["own"] == found["plain"]


@pytest.mark.parametrize(
    ("variable", "name"), [("XDG_CACHE_HOME", paths.NAME), ("TMPDIR", f"{paths.NAME}-{os.getuid()}")]
)
def test_a_folder_that_is_swept_is_no_link(tmp_path, variable, name):
    """Old files are removed from these folders: where a link leads to others' files, they stay."""
    precious, base = tmp_path / "precious", Path(f"/tmp/l{os.getpid()}")
    precious.mkdir()
    base.mkdir()
    (precious / "thesis.doc").write_text("years of work")
    os.utime(precious / "thesis.doc", (1, 1))
    (base / name).symlink_to(precious)
    try:
        done = on_the_command_line(tiny.project(tmp_path / "p", ONE), **{variable: str(base)})
    finally:
        (base / name).unlink()
        for path in sorted(base.rglob("*"), reverse=True):
            path.unlink() if not path.is_dir() else path.rmdir()
        base.rmdir()
    assert (precious / "thesis.doc").exists()
    assert f"is a link to {precious}" in told(done) and variable in done.stderr


def pipe(path: Path) -> None:
    os.mkfifo(path)


def to_nothing(path: Path) -> None:
    path.symlink_to("gone")


def to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [pipe, to_nothing, to_a_device])
@pytest.mark.parametrize(
    "name", ["transactions.csv", "transactions/2025.csv", "transactions/2025.parquet", "tickets.csv"]
)
def test_what_is_no_file_is_not_passed_over(tmp_path, name, make):
    """One of several files of a table, or one of several tables, that cannot be read would be silently missing."""
    project = tiny.project(tmp_path, ONE)
    data = tmp_path / "data"
    if name.startswith("transactions"):
        (data / "transactions.csv").rename(data / "whole.csv")
    if "/" in name:
        (data / "transactions").mkdir()
        (data / "whole.csv").rename(data / "transactions" / "2024.csv")
    make(data / name)
    done = on_the_command_line(project)
    assert done.returncode == runner.STUDY_WRONG
    assert name in told(done) and "so its rows would be missing" in done.stderr


DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a record nested without end": ("latest/run.json", lambda path: path.write_text("[" * 100_000)),
    "keys nested without end": ("latest/keys.json", lambda path: path.write_text('{"a":' * 100_000)),
    "a record of other types": (
        "latest/run.json",
        lambda path: path.write_text('{"notebooks": [], "number": "x"}'),
    ),
    "a pipe for a record": ("latest/run.json", os.mkfifo),
    "a pipe for keys": ("latest/keys.json", os.mkfifo),
    "a pipe for an artifact": ("latest/artifacts/01_first/numbers.json", os.mkfifo),
    "a folder for a record": ("latest/run.json", Path.mkdir),
    "bytes for what is settled": (".settled", lambda path: path.write_bytes(b"\xff\xfe")),
    "a pipe for the lock": (".lock", os.mkfifo),
    "a folder for the lock": (".lock", Path.mkdir),
    "a folder for the overview": ("../index.html", Path.mkdir),
    "a file for the cache": ("../.cache", Path.touch),
    "links in a circle for the cache": ("../.cache", lambda path: path.symlink_to(".cache")),
}
SAID = ("move it away", "remove them")


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    project = tiny.project(tmp_path_factory.mktemp("published") / "p", ONE)
    assert project.report() == runner.DONE
    return project.root


@pytest.mark.parametrize("kind", DAMAGE)
def test_what_a_report_left_may_be_of_any_other_kind(tmp_path, published, kind):
    """It goes on, or it says in a sentence which file is in the way; it neither hangs nor breaks."""
    shutil.copytree(published / "build", tmp_path / "build", symlinks=True)
    options = Options(notebooks=published / "notebooks", build=tmp_path / "build")
    project = tiny.Project(published, options, published / "tiny.yaml")
    name, make = DAMAGE[kind]
    damaged = Path(os.path.normpath(project.home / name))
    shutil.rmtree(damaged) if damaged.is_dir() else damaged.unlink(missing_ok=True)
    make(damaged)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(60)  # whatever waits for a pipe is interrupted
    try:
        assert project.report() == runner.DONE
        assert project.run()["notebooks"]["01_first"]["metrics"] == {"value": 1}
    except OSError as error:
        assert any(way in files.explained(error) for way in SAID), files.explained(error)
        assert str(error.filename).startswith(str(damaged)) or str(error.filename2).startswith(str(damaged))
    finally:
        signal.alarm(0)


def test_a_user_whom_the_machine_does_not_know_has_a_cache(tmp_path, monkeypatch):
    """Containers run as a number without a name or a home: Python then finds none."""

    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", unknown)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert paths.cache_folder() == tmp_path / f"{paths.NAME}-{os.getuid()}"


def test_a_home_that_cannot_be_written_does_not_matter(tmp_path):
    """Models are compiled elsewhere: PyTensor refuses to be imported without a folder for what it compiles."""
    project = tiny.project(tmp_path, ONE)
    project.write("01_first", "import pytensor\nvalue = 1\nsave('numbers', value)")
    surroundings = {"HOME": "/proc", "XDG_CACHE_HOME": "", "PYTENSOR_FLAGS": ""}
    done = on_the_command_line(project, **surroundings)
    assert done.returncode == runner.DONE, done.stderr


def test_what_lies_where_a_run_works_and_is_none_stays(tmp_path):
    """`.work` may be a link to another disk, where others' folders lie; of runs that were killed nothing is left."""
    home, disk = tmp_path / "tiny", tmp_path / "disk"
    for folder in (home, disk / "thesis", disk / "20261127-125449"):
        folder.mkdir(parents=True)
    (home / ".work").symlink_to(disk)
    reuse.adopt_abandoned(home)
    assert [path.name for path in disk.iterdir()] == ["thesis"]


def test_locks_are_made_while_others_sweep(tmp_path):
    """A sweep may remove a lock file between its making and its holding: it is made again."""
    over = threading.Event()

    def sweep() -> None:
        while not over.is_set():
            paths._sweep(tmp_path)

    sweeping = [threading.Thread(target=sweep) for _ in range(2)]
    for one in sweeping:
        one.start()
    try:
        for _ in range(300):
            with paths.folder_of_its_own(tmp_path) as folder:
                assert folder.is_dir()
    finally:
        over.set()
        for one in sweeping:
            one.join()
    assert not list(tmp_path.iterdir())


def in_a_folder(folder: Path, command: str) -> subprocess.CompletedProcess:
    """A shell's command in a folder, with this Python as $PY and the project's helpers."""
    surroundings = os.environ | {"PY": sys.executable, "PYTHONPATH": str(paths.SOURCES)}
    return subprocess.run(
        command, shell=True, cwd=folder, env=surroundings, capture_output=True, text=True, check=False
    )


def test_programs_beside_a_study_are_not_run(tmp_path):
    """Python looks for modules in the folder where it is started; a study's folder comes from strangers."""
    for name in ("random", "json", "yaml", "numpy", "duckdb", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("open('ran', 'w')")
    done = in_a_folder(tmp_path, "$PY -m helpers list 12_rfm_segments")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()


def test_a_terminal_whose_folder_is_gone_does_not_matter(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    done = in_a_folder(gone, f"rmdir '{gone}'; $PY -m helpers list 12_rfm_segments")
    assert done.returncode == 0 and not done.stderr


@pytest.mark.parametrize("error", [duckdb.IOException, duckdb.OutOfMemoryException])
def test_a_disk_that_is_full_is_not_said_of_the_file(tmp_path, monkeypatch, error):
    class Full:
        def execute(self, statement: str) -> None:
            if statement.startswith("COPY"):
                raise error("No space left on device")

        def close(self) -> None: ...

    monkeypatch.setattr(text_files.duckdb, "connect", Full)
    header = headers.Header(["a"], [], ",", 0)
    with pytest.raises(error):
        text_files._split(tmp_path / "orders.csv", tmp_path / "lines.csv", tmp_path / "x", header, 1, "*")


def test_a_kernel_that_cannot_start_is_said_in_words(tmp_path):
    project = tiny.project(tmp_path, ONE)
    done = on_the_command_line(project, "resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))")
    assert done.returncode == runner.NOTEBOOK_FAILED
    assert "its kernel did not start" in done.stderr and "ulimit -n" in done.stderr
    assert not list((project.home / ".work").iterdir())


def test_a_table_of_too_many_columns_is_refused_at_once(tmp_path):
    project, file = tiny.project(tmp_path, ONE), tmp_path / "data/transactions.csv"
    extra = headers.MOST_COLUMNS
    names = ",".join(f"c{place}" for place in range(extra))
    file.write_text(f"customer_id,order_time,amount,{names}\na,2024-01-05,10{',' * extra}\n")
    with pytest.raises(
        StudyError, match=r"transactions.csv has 5,003 columns, and 5,000 are read: export those"
    ):
        check_inputs(load_study(project.study, project.options.notebooks), project.options.build)
    file.unlink()
    wide = {"customer_id": ["a"], "order_time": ["2024-01-05"], "amount": [10.0]}
    wide |= {f"c{place}": [""] for place in range(extra)}
    parquet.write_table(pyarrow.table(wide), file.with_suffix(".parquet"))
    with pytest.raises(StudyError, match=r"transactions.parquet has 5,003 columns"):
        check_inputs(load_study(project.study, project.options.notebooks), project.options.build)


def test_engines_draw_no_progress_bars():
    con = engine.connect()
    (shown,) = con.raw_sql("SELECT current_setting('enable_progress_bar')").fetchone()
    assert shown is False
