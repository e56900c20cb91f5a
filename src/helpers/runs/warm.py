"""Kernels that start warm: an interpreter of the run imports the large libraries once and is forked for each notebook.

Imports are 1 to 4 s of processor time in every notebook otherwise. Nothing of the project is imported ahead: a notebook
reads the helpers as they are on disk when it starts. It forks only while it has one thread, since a lock that another
thread holds is held for ever in a fork. It ends with the run, and its kernels with it. On Linux; elsewhere, and where this
interpreter does not answer, a kernel starts as any other does.
"""

import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any

from helpers.runs.kernel import end_at_once, end_with

LIBRARIES = (
    "numpy", "pandas", "pyarrow.parquet", "ibis.backends.duckdb", "matplotlib.figure", "matplotlib.backends.backend_svg",
    "scipy.stats", "scipy.optimize", "xarray", "numba", "pymc", "arviz", "h5netcdf", "ipykernel.kernelapp",
)  # fmt: skip
# What starts threads when it is imported, told not to.
ALONE = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
START_SECONDS = 60.0  # after which a kernel is started in the other way
MOST = 1 << 18  # bytes of a request


class Forked:
    """A kernel that was forked, with what callers use of a `Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, told: socket.socket) -> None:
        self.pid, self._told = pid, told
        self.returncode: int | None = None
        self._told.setblocking(False)

    def poll(self) -> int | None:
        """How it ended, as `Popen.returncode`; None while it runs."""
        if self.returncode is None:
            with suppress(BlockingIOError):
                # Without a word where the interpreter that forked it was killed, and it at once with that.
                self.returncode = int(self._told.recv(64) or -signal.SIGKILL)
                self._told.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end, at most `timeout` seconds."""
        if self.poll() is None:
            select.select([self._told], [], [], timeout)
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal to it, where it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class Warm:
    """The interpreter that kernels are forked from; environment: that of all kernels of the run."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._lock = threading.Lock()
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", __name__, str(theirs.fileno())]
            # In a session of its own, so that what the terminal sends to the run is for the run alone.
            settings: dict[str, Any] = {"cwd": folder, "stdin": DEVNULL, "start_new_session": True}
            self._process = Popen(command, env=environment | ALONE, pass_fds=[theirs.fileno()], **settings)

    def start(self, arguments: Sequence[str], folder: str, environment: dict[str, str]) -> Forked | None:
        """Fork a kernel with these arguments of `ipykernel_launcher`; None where this interpreter does not answer."""
        request = {"arguments": list(arguments), "folder": folder, "environment": environment}
        told, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            told.settimeout(START_SECONDS)
            try:
                with self._lock:
                    fds = [1, 2, theirs.fileno()]
                    socket.send_fds(self._requests, [json.dumps(request).encode()], fds)
            except OSError:  # it has ended, or the request is too long
                told.close()
                return None
        with suppress(OSError):
            if pid := told.recv(64):
                return Forked(int(pid), told)
        told.close()
        return None

    def end(self) -> None:
        """End it, and every kernel that still runs."""
        self._requests.close()
        self._process.kill()
        self._process.wait()


def main() -> None:
    """Import the libraries and fork until the run ends; the argument is the file descriptor that requests come by."""
    end_at_once()
    os.umask(0o077)
    for library in LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(library)
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        request = _serve(requests)
    if request is None:
        os._exit(0)  # at once: its kernels end with it
    _become_kernel(request)


def _serve(requests: socket.socket) -> dict[str, Any] | None:
    """Fork for each request and tell how kernels ended; returns in each fork, with its request, and at the end with None."""
    told: dict[int, socket.socket] = {}
    me = os.getpid()
    while True:
        ready, _, _ = select.select([requests], [], [], 0.1)
        _tell_ends(told)
        if not ready:
            continue
        content, fds, *_ = socket.recv_fds(requests, MOST, 3)
        if len(fds) < 3:  # the run has ended
            return None
        out, err, answers = *fds[:2], socket.socket(fileno=fds[2])
        pid = os.fork() if len(os.listdir("/proc/self/task")) == 1 else None
        if pid == 0:
            for other in [answers, *told.values()]:
                other.close()
            return json.loads(content) | {"out": out, "err": err, "parent": me}
        os.close(out)
        os.close(err)
        if pid is None:
            answers.close()
            continue
        with suppress(OSError):  # the fork does the same: whoever comes first
            os.setpgid(pid, pid)
        told[pid] = answers
        try:
            answers.send(str(pid).encode())
        except OSError:  # nobody waits for it any more: another has been started
            os.kill(pid, signal.SIGKILL)


def _tell_ends(told: dict[int, socket.socket]) -> None:
    """Take the kernels that have ended, and tell how, see `Forked.poll`."""
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            pid, status = ended
            with told.pop(pid) as answers, suppress(OSError):
                answers.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become_kernel(request: dict[str, Any]) -> None:
    """Be the kernel that was asked for, in a process group of its own."""
    with suppress(OSError):
        os.setpgid(0, 0)
    end_with(request["parent"])
    for place, name in ((1, "out"), (2, "err")):
        os.dup2(request[name], place)
        os.close(request[name])
    parent = str(request["parent"])
    os.environ.clear()
    os.environ.update(request["environment"] | {"JPY_PARENT_PID": parent})
    os.chdir(request["folder"])
    # The variable alone was read with the libraries, when there was no kernel yet.
    sys.argv = ["ipykernel_launcher", *request["arguments"], f"--IPKernelApp.parent_handle={parent}"]
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
