"""A run while it goes on: how it was asked for, its folder, and what run.json will say."""

import fcntl
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from helpers import paths
from helpers.files import write_json
from helpers.runs import reuse
from helpers.site.run_record import NotebookResult, RunRecord
from helpers.study.catalogue import Entry
from helpers.study.parameters import RESERVED, notebook_parameters
from helpers.study.study import Study, parameters_for

PACKAGES = ("pymc", "nutpie", "arviz", "pandas", "numpy", "scipy", "ibis-framework", "duckdb", "papermill")


@dataclass(frozen=True)
class Options:
    """How to run: kernels at once, which notebooks, whether results may be reused, where things are."""

    jobs: int = 1
    only: tuple[str, ...] = ()
    fresh: bool = False
    strict: bool = False
    notebooks: Path = paths.NOTEBOOKS
    build: Path = paths.BUILD


@dataclass
class Run:
    """One run of a study; of `order` only the `wanted` notebooks may be executed, the rest be reused."""

    study: Study
    catalogue: dict[str, Entry]
    order: list[str]
    wanted: set[str]
    inputs: dict[str, dict]
    options: Options
    folder: Path
    record: RunRecord
    keys: dict[str, dict] = field(default_factory=dict)
    earlier: list[tuple[Path, dict]] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)

    @property
    def home(self) -> Path:
        """The study's folder: latest, runs/ and the work out of sight."""
        return self.options.build / self.study.name

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
        """Write run.json and the keys, for a reader and for a run that resumes."""
        self.record.write(self.folder / "run.json")
        write_json(self.folder / "keys.json", self.keys)


def begin(
    study: Study, options: Options, *, catalogue: dict, order: list[str], wanted: set[str], inputs: dict
) -> Run:
    """Start a run: a folder out of sight with a run.json that says `running`."""
    home = options.build / study.name
    reuse.adopt_abandoned(home)
    started = datetime.now(UTC)
    name, again = started.strftime("%Y%m%d-%H%M%S"), 2
    while (home / "runs" / name).exists():
        name, again = f"{started:%Y%m%d-%H%M%S}-{again}", again + 1
    folder = home / ".work" / name
    folder.mkdir(parents=True)
    for private in ("executed", "artifacts", "exports"):
        (folder / private).mkdir(mode=0o700)
    record = RunRecord(
        run=name,
        study=study.name,
        study_file=str(study.path),
        title=study.title,
        as_of=str(study.as_of),
        started=started.isoformat(timespec="seconds"),
        versions={"python": ".".join(map(str, sys.version_info[:3]))} | _versions(),
        inputs=inputs,
    )
    earlier = [] if options.fresh else reuse.earlier_runs(home)
    run = Run(study, catalogue, order, wanted, inputs, options, folder, record, earlier=earlier)
    seeds = (run.parameters(notebook).get("seed") for notebook in order)
    record.seed = next((seed for seed in seeds if seed is not None), None)
    run.save()
    return run


@contextmanager
def only_run_of(study: Study, build: Path) -> Iterator[bool]:
    """Hold the study's lock, which ends with the process; yields whether another run was waited for."""
    path = build / study.name / ".lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        waited = False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{study.name}: another run is going on; this one starts when it has ended.", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
            waited = True
        yield waited


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
