"""What the tests of faults share: a report in a process of its own that can be killed at any write, and what it leaves.

A kill point is an operation that changes the disk (or starts a process, or takes a lock): Python announces each to an audit
hook, and the process is killed right before it.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import tiny

from helpers.files import file_sha256
from helpers.runs import recover, runner

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
CHANGES = (
    "os.rename",
    "os.remove",
    "os.mkdir",
    "os.rmdir",
    "os.symlink",
    "os.link",
    "os.chmod",
    "os.truncate",
)
OTHERS = ("shutil.rmtree", "shutil.copyfile", "fcntl.flock", "subprocess.Popen", "os.utime")
COUNTED: list[
    tuple[str, object]
] = []  # what the test that runs now counted; conftest.py prints it at the end


def counted(line: str) -> None:
    """Have a line printed at the end of the tests."""
    COUNTED.append(("line", line))


def tallied(what: str, **numbers: int) -> None:
    """Have numbers added to those of other tests under the same name, and the sums printed at the end."""
    COUNTED.append(("tally", [what, numbers]))


def in_a_child(work: Callable[[], int], output: Path, kill_at: int = 0) -> tuple[int, int]:
    """Run `work` in a fork of this process: (its exit code, below 0 where killed; how many operations it came to).

    kill_at: the operation, from 1, before which it is killed; 0 lets it end.
    """
    heard, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            os.close(heard)
            with output.open("w") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            seen = _listen(kill_at)
            code = work()
            os.write(said, str(seen[0]).encode())
        except BaseException as error:
            print(type(error).__name__, error, file=sys.stderr)
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)
    os.close(said)
    with os.fdopen(heard) as pipe:
        text = pipe.read()
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), int(text or 0)


def _listen(kill_at: int) -> list[int]:
    """Count this process's operations from now on, and kill it before one of them."""
    seen, lock = [0], threading.Lock()

    def hear(event: str, arguments: tuple) -> None:
        if event == "open":
            _, mode, flags = arguments
            if not (isinstance(flags, int) and flags & WRITES) and not set(str(mode or "")) & set("wax+"):
                return
        elif event not in CHANGES and event not in OTHERS:
            return
        with lock:
            seen[0] += 1
            if seen[0] == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)
    return seen


def report(project: tiny.Project) -> int:
    """The report of a project, as the command line makes it."""
    try:
        return project.report()
    except runner.StudyError as error:
        print(error)
        return runner.STUDY_WRONG


def next_command(project: tiny.Project) -> int:
    """What every command does first."""
    recover.settle_all(project.options.build)
    return 0


def leftovers(project: tiny.Project, cache: Path, temporary: Path) -> list[str]:
    """Whatever a report must not leave behind."""
    found = [str(path) for path in project.root.rglob(".*.partial")]
    found += [str(path) for path in (project.home / ".work").glob("*")]
    places = [cache / "customer-value-notebooks", *temporary.glob("customer-value-notebooks-*")]
    found += [str(path) for place in places for path in place.glob("*process-*")]
    return found + [str(path) for path in temporary.glob("tmp*")]


def hashes(folder: Path) -> dict[str, str]:
    """The hash of every file of a run but its index, which may come to say that it is stale, and what is being written."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "index.html"]
    whole = [path for path in files if path.suffix != ".partial"]
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in whole}
