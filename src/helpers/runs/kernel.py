"""What starts a notebook's kernel: it ends with the run that started it, and what it writes is for the owner only."""

import atexit
import ctypes
import os
import runpy
import signal
import sys
from contextlib import suppress

DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux' prctl


def main() -> None:
    """Set up this process, then be a kernel; the arguments are those of `ipykernel_launcher`."""
    end_at_once()
    os.umask(0o077)
    end_with(os.getppid())
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)


def end_at_once() -> None:
    """End this process after all that others have registered for its end: to take apart what it holds takes a second."""

    def end() -> None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(0)

    atexit.register(end)  # the first to be registered is the last to be called


def end_with(parent: int) -> None:
    """End this process when its parent ends."""
    if sys.platform == "linux":  # elsewhere the kernel itself looks for its parent, where it can
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:  # it died before that
            sys.exit(1)


if __name__ == "__main__":
    main()
