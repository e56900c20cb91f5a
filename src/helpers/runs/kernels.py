"""The kernels of a run: which are running, which have stood still or taken too long, and how all are ended at once."""

import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from helpers.runs.warm import Warm

LOOK_SECONDS = 1.0
STILL_SECONDS = 30.0  # a kernel that was stopped from outside (SIGSTOP) is ended after this


@dataclass
class _Running:
    seconds: float = 0.0
    still: float = 0.0


class Kernels:
    """The kernels that are running now, each watched: one that stands still or takes more than `minutes` is ended.

    Seconds in which this process was stopped itself, or the machine slept, do not count. warm: what they are forked from.
    """

    def __init__(self, minutes: float | None = None, warm: Warm | None = None) -> None:
        self.warm = warm
        self._lock = threading.Lock()
        self._running: dict[int, _Running] = {}
        self._why: dict[int, str] = {}
        self._minutes = minutes
        self.stopping = False
        threading.Thread(target=self._watch, daemon=True).start()

    def add(self, pid: int) -> None:
        """Take note of a kernel; one that starts while all are being stopped is stopped at once."""
        with self._lock:
            self._running[pid] = _Running()
            if self.stopping:
                _kill(pid)

    def remove(self, pid: int) -> None:
        """Forget a kernel, and end what it may have left behind."""
        with self._lock:
            if self._running.pop(pid, None):
                _kill(pid)

    def stop(self) -> None:
        """End every kernel now."""
        with self._lock:
            self.stopping = True
            for pid in self._running:
                _kill(pid)
        if self.warm:
            self.warm.end()

    def why_ended(self, pid: int) -> str:
        """Why the watch ended a kernel; empty where it did not."""
        return self._why.get(pid, "")

    def _watch(self) -> None:
        before = time.monotonic()
        while True:
            time.sleep(LOOK_SECONDS)
            passed, before = min(time.monotonic() - before, 2 * LOOK_SECONDS), time.monotonic()
            with self._lock:
                for pid, running in self._running.items():
                    self._look(pid, running, passed)

    def _look(self, pid: int, running: _Running, seconds: float) -> None:
        running.seconds += seconds
        running.still = running.still + seconds if _stands_still(pid) else 0.0
        if running.still >= STILL_SECONDS:
            self._why[pid] = f"was stopped from outside (SIGSTOP) and did not go on for {STILL_SECONDS:.0f} s"
        elif self._minutes and running.seconds > 60 * self._minutes:
            self._why[pid] = (
                f"took longer than {self._minutes:g} minutes: raise `notebook_minutes` in the study file"
            )
        if pid in self._why:
            _kill(pid)


def _stands_still(pid: int) -> bool:
    """Whether a process is stopped or traced; False where the system has no /proc: the time limit finds it there."""
    with suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] in "Tt"
    return False


def _kill(pid: int) -> None:
    with suppress(OSError):  # a kernel leads a process group of its own
        os.killpg(pid, signal.SIGKILL)
