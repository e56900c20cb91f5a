"""A run while it goes on: how it was asked for, its folder, and what run.json will say."""

import errno
import fcntl
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any, Self

from helpers import paths
from helpers.files import OWNER_ONLY, private_folder, read_json
from helpers.pages import run_wording
from helpers.runs import kept, reuse
from helpers.runs.fingerprints import HashCache, source_stamp
from helpers.runs.inputs import Inputs
from helpers.site.run_record import NotebookResult, RunRecord
from helpers.study.catalogue import Entry
from helpers.study.parameters import RESERVED, notebook_parameters
from helpers.study.study import Study, parameters_for

PACKAGES = ("pymc", "nutpie", "arviz", "pandas", "numpy", "scipy", "ibis-framework", "duckdb", "papermill")


@dataclass(frozen=True)
class Options:
    """How to run: kernels at once, which notebooks, whether results may be reused, where things are.

    language: of the pages, where it is not the study's.
    """

    jobs: int = 1
    only: tuple[str, ...] = ()
    fresh: bool = False
    strict: bool = False
    language: str = ""
    notebooks: Path = paths.NOTEBOOKS
    build: Path = paths.BUILD


@dataclass
class Run:
    """One run of a study; of `order` only the `wanted` notebooks may be executed, the rest be reused."""

    study: Study
    catalogue: dict[str, Entry]
    order: list[str]
    wanted: set[str]
    read: Inputs
    options: Options
    folder: Path
    record: RunRecord
    stamp: str = field(default_factory=source_stamp)
    hashes: HashCache = field(default_factory=HashCache)
    keys: dict[str, dict] = field(default_factory=dict)
    earlier: list[tuple[Path, dict]] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)

    @property
    def home(self) -> Path:
        """The study's folder: latest, runs/ and the work out of sight."""
        return self.options.build / self.study.name

    @property
    def inputs(self) -> dict[str, dict]:
        """The tables that are there, as run.json has them."""
        return self.read.tables

    @property
    def results(self) -> dict[str, NotebookResult]:
        """What is known of each notebook that ended, as run.json has it."""
        return self.record.notebooks

    def parameters(self, notebook: str) -> dict:
        """Every parameter a notebook runs with, its defaults included, without those only the runner sets."""
        defaults = {
            name: p.default for name, p in notebook_parameters(notebook, self.options.notebooks).items()
        }
        given = defaults | parameters_for(self.study, notebook, self.options.notebooks)
        return {name: value for name, value in given.items() if name not in RESERVED}

    def save(self) -> None:
        """Write the keys and run.json, for a run that resumes and for a reader: what run.json calls done can be resumed."""
        kept.write_keys(self.folder, self.keys)
        self.record.write(self.folder / "run.json")


def begin(
    study: Study, options: Options, *, catalogue: dict, order: list[str], wanted: set[str], inputs: Inputs
) -> Run:
    """Start a run: a folder out of sight with a run.json that says `running`."""
    home = options.build / study.name
    reuse.adopt_abandoned(home)
    record = new_record(
        home, study=study.name, study_file=str(study.path), title=study.title, as_of=str(study.as_of)
    )
    record.versions = {"python": ".".join(map(str, sys.version_info[:3]))} | _versions()
    record.inputs = inputs.tables
    record.currency = study.currency
    record.language = options.language or study.language
    folder = home / ".work" / record.run
    folder.mkdir(parents=True)
    for private in ("executed", "artifacts", "exports"):
        private_folder(folder / private)
    earlier = [] if options.fresh else reuse.earlier_runs(home)
    run = Run(study, catalogue, order, wanted, inputs, options, folder, record, earlier=earlier)
    seeds = (run.parameters(notebook).get("seed") for notebook in order)
    record.seed = next((seed for seed in seeds if seed is not None), None)
    run.save()
    return run


def new_record(home: Path, *, study: str, study_file: str, title: str, as_of: str) -> RunRecord:
    """What run.json says of a run that starts now: the next number, and an ID that no run of the study has."""
    started = datetime.now(UTC)
    name, again = started.strftime("%Y%m%d-%H%M%S"), 2
    while (home / "runs" / name).exists():
        name, again = f"{started:%Y%m%d-%H%M%S}-{again}", again + 1
    return RunRecord(
        run=name,
        study=study,
        study_file=study_file,
        title=title,
        as_of=as_of,
        started=started.isoformat(timespec="seconds"),
        number=max((run.number for run in runs_of(home)), default=0) + 1,
    )


def runs_of(home: Path) -> list[RunRecord]:
    """Every run of a study, in their order."""
    found = [run for path in home.glob("runs/*/run.json") if (run := RunRecord.read(path))]
    return sorted(found, key=lambda run: run.place)


@contextmanager
def only_run_of(name: str, build: Path) -> Iterator[bool]:
    """Hold the study's lock, which ends with the process; yields whether another run was waited for."""
    path, waited = build / name / ".lock", False
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _opened(path)
        if not _held(file):
            print(_whom(name, path), flush=True)
            waited = True
            fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
            break
        file.close()  # the run before had nothing to keep, and removed its folder
    with file:
        path.chmod(OWNER_ONLY)
        file.truncate(0)
        since = datetime.now(UTC).isoformat(timespec="seconds")
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}))
        file.flush()
        yield waited


def is_running(home: Path) -> bool:
    """Whether a run of the study is going on."""
    try:
        with _opened(home / ".lock") as file:
            return not _held(file)
    except OSError:
        return False


def leave_nothing(home: Path) -> None:
    """Remove a study's folder that holds nothing but its lock, which is held."""
    if [path.name for path in home.iterdir()] == [".lock"]:
        (home / ".lock").unlink()
        for folder in (home, home.parent):
            with suppress(OSError):  # it holds something
                folder.rmdir()


def _opened(lock: Path) -> IO[str]:
    """Open a lock file; a pipe of that name would wait for ever."""
    if lock.exists() and not lock.is_file():
        raise OSError(errno.EISDIR if lock.is_dir() else errno.EINVAL, "it is no file", str(lock))
    return lock.open("a")


def _held(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _whom(name: str, lock: Path) -> str:
    """Whom a run waits for, and since when that one runs."""
    holder = read_json(lock)
    if not isinstance(holder, dict):
        return f"{name}: another run is going on; this one starts when it has ended."
    since = run_wording.moment(holder.get("since"))
    return (
        f"{name}: another run is going on (process {holder.get('pid')} on {holder.get('host')}, "
        f"since {since}); this one starts when it has ended."
    )


class Signals:
    """Ctrl-C, SIGTERM and SIGHUP, noted instead of raised; a second one ends the process as usual."""

    def __init__(self) -> None:
        self.received = ""
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *error: object) -> None:
        self._restore()

    def _note(self, number: int, frame: object) -> None:
        self.received = signal.Signals(number).name
        self._restore()

    def _restore(self) -> None:
        while self._before:
            signal.signal(*self._before.popitem())


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
