"""PyTensor's Numba mode with functions that let go of the interpreter's lock, so that chains run side by side.

PyTensor leaves the sources of what it compiles in the temporary folder for ever: here they go with the process.
"""

from collections.abc import Callable
from typing import Any

from pytensor import config
from pytensor.compile.mode import Mode, get_mode
from pytensor.link.numba.cache import CACHED_SRC_FUNCTIONS
from pytensor.link.numba.dispatch.basic import numba_njit
from pytensor.link.numba.linker import NumbaLinker

from helpers.inference import machine_code  # noqa: F401 (functions whole in memory and on disk)
from helpers.paths import process_folder

config.generated_src_dir = str(process_folder() / "sources")


class SideBySide(NumbaLinker):
    """PyTensor's Numba linker, whose functions let go of the interpreter's lock and are cached as such."""

    def jit_compile(self, fn: Any) -> Callable:
        function, key = fn  # this linker hands over the function with its key in the cache
        if key is not None:
            CACHED_SRC_FUNCTIONS[function.py_func] = f"{key}_nogil_own"
        return numba_njit(function.py_func, final_function=True, cache=key is not None, nogil=True)


COMPILED = Mode(SideBySide(), get_mode("NUMBA").provided_optimizer)
