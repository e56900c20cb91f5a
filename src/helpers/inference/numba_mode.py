"""PyTensor's Numba mode with functions that let go of the interpreter's lock, so that chains run side by side."""

from pytensor.compile.mode import Mode, get_mode
from pytensor.link.numba.cache import CACHED_SRC_FUNCTIONS
from pytensor.link.numba.dispatch.basic import numba_njit
from pytensor.link.numba.linker import NumbaLinker


class SideBySide(NumbaLinker):
    """PyTensor's Numba linker, whose functions let go of the interpreter's lock and are cached as such."""

    def jit_compile(self, fn_and_cache):
        fn, key = fn_and_cache
        if key is not None:
            CACHED_SRC_FUNCTIONS[fn.py_func] = f"{key}_nogil"
        return numba_njit(fn.py_func, final_function=True, cache=key is not None, nogil=True)


COMPILED = Mode(SideBySide(), get_mode("NUMBA").provided_optimizer)
