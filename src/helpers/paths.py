"""Where things are: counted from this file, so that no result depends on the working directory; and the cache folder.

Customers' data may lie in the cache for a while. A process that is killed cannot clean up: its folders there are locked
while it lives, so that the next one sees which to remove.
"""

import atexit
import fcntl
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO

from helpers.errors import StudyError

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src"
NOTEBOOKS = ROOT / "notebooks"
CATALOGUE = NOTEBOOKS / "catalogue.yaml"
DATA = ROOT / "data"
REPORTS = ROOT / "reports"
BUILD = REPORTS / "build"
DRAFTS = REPORTS / "drafts"
NAME = "customer-value-notebooks"
KEEP_DAYS = 30
LONGEST_BASE = 30  # letters
FORGOTTEN_SECONDS = (
    3600  # what is neither a converted copy nor a locked folder is removed when it is as old as this
)
LOCKED = re.compile(r"process-[0-9a-f]{12}")
COPY = re.compile(r"[0-9a-f]{40}\.(parquet|sha256)")


def cache_folder() -> Path:
    """Return the folder for converted files and spilled rows, outside the project, for the owner only."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        base.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _own(base / NAME, "XDG_CACHE_HOME")
    except (OSError, RuntimeError):  # a user without a home, or whom the machine does not know
        return _own(Path(tempfile.gettempdir()) / f"{NAME}-{os.getuid()}", "TMPDIR")


def socket_folder() -> Path:
    """Where a socket's whole path, which may have 107 letters, still fits: the temporary folder, or else /tmp."""
    stated = tempfile.gettempdir()
    base = Path(stated if len(stated) <= LONGEST_BASE else "/tmp")
    return _own(base / f"{NAME}-{os.getuid()}", "TMPDIR")


def compiled_folder() -> Path:
    """Where compiled models are kept for a user without a home that can be written; it is not swept."""
    return _own(Path(tempfile.gettempdir()) / f"{NAME}-{os.getuid()}-compiled", "TMPDIR")


def _own(folder: Path, variable: str) -> Path:
    """Make a folder for the owner only; files are removed and written there, so it is no link, which may lead anywhere."""
    if folder.is_symlink():
        raise StudyError(
            f"{folder} is a link to {os.readlink(folder)}. Old files are removed there, so it must be a folder of its own: "
            f"remove the link, or let {variable} name a folder on the other disk."
        )
    folder.mkdir(exist_ok=True, mode=0o700)
    folder.chmod(0o700)  # refused when the folder belongs to somebody else
    return folder


@contextmanager
def folder_of_its_own(home: Path | None = None) -> Iterator[Path]:
    """A private folder in the cache (or `home`), removed at the end, or by the next sweep where this process is killed."""
    home = home or cache_folder()
    name = f"process-{uuid.uuid4().hex[:12]}"
    folder, lock = home / name, _locked(home / f".{name}.lock")
    try:
        folder.mkdir(mode=0o700)
        folder.chmod(0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        Path(lock.name).unlink(missing_ok=True)
        lock.close()


@cache
def process_folder() -> Path:
    """The folder of this process in the cache, for as long as it lives."""
    opened = folder_of_its_own()
    atexit.register(opened.__exit__, None, None, None)
    return opened.__enter__()


def sweep() -> None:
    """Remove the folders of processes that have ended, and copies that nobody used for 30 days."""
    for home in (cache_folder(), socket_folder()):
        _sweep(home)


def _sweep(home: Path) -> None:
    for lock in home.glob(".process-*.lock"):
        with suppress(OSError), lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(home / lock.name.removeprefix(".").removesuffix(".lock"), ignore_errors=True)
            lock.unlink(missing_ok=True)
    now = time.time()
    for path in home.iterdir():
        with suppress(OSError):
            age = abs(now - path.lstat().st_mtime)  # a clock that was ahead left times to come
            is_copy = bool(COPY.fullmatch(path.name))
            locked = bool(LOCKED.fullmatch(path.name)) and (home / f".{path.name}.lock").exists()
            if age > (KEEP_DAYS * 24 * 3600 if is_copy else FORGOTTEN_SECONDS) and not locked:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _locked(path: Path) -> IO[str]:
    """Make a lock file and hold it; one that a sweep removed before it was held is made again."""
    while True:
        file = path.open("a")
        os.fchmod(file.fileno(), 0o600)  # not by its name: a sweep may have removed it already
        fcntl.flock(file, fcntl.LOCK_EX)
        with suppress(OSError):
            if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                return file
        file.close()
