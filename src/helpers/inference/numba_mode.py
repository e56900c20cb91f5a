"""PyTensor's Numba mode with functions that let go of the interpreter's lock, so that chains run side by side."""

import os
import signal
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pytensor.compile.mode import Mode, get_mode
from pytensor.link.numba.cache import CACHED_SRC_FUNCTIONS, NUMBA_CACHE_PATH
from pytensor.link.numba.dispatch.basic import numba_njit
from pytensor.link.numba.linker import NumbaLinker

from helpers.inference import machine_code  # noqa: F401 (what Numba keeps on disk gets checksums)


class SideBySide(NumbaLinker):
    """PyTensor's Numba linker, whose functions let go of the interpreter's lock and are cached as such."""

    def jit_compile(self, fn: Any) -> Callable:
        function, key = fn  # this linker hands over the function with its key in the cache
        if key is not None:
            CACHED_SRC_FUNCTIONS[function.py_func] = f"{key}_nogil"
        return numba_njit(function.py_func, final_function=True, cache=key is not None, nogil=True)


LONGEST = 600.0  # seconds that a copy may take; then this process compiles
COMPILED = Mode(SideBySide(), get_mode("NUMBA").provided_optimizer)


def is_on_disk(jitted: Any) -> bool:
    """Whether a function that `COMPILED` made has been compiled on this machine before."""
    key = CACHED_SRC_FUNCTIONS.get(jitted.py_func)
    return key is None or any(NUMBA_CACHE_PATH.glob(f"*{key}*.nbi"))


def apart(work: Callable[[], object]) -> None:
    """Do work in a copy of this process, so that only what it leaves on disk stays; where there is no fork, not at all."""
    if sys.platform != "linux":
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads: none of them compiles
        child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    ends = time.monotonic() + LONGEST
    try:
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            if time.monotonic() > ends:
                raise TimeoutError
            time.sleep(0.02)
    except TimeoutError:
        _kill(child)
    except BaseException:
        _kill(child)
        raise


def _kill(child: int) -> None:
    with suppress(ChildProcessError, ProcessLookupError):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
