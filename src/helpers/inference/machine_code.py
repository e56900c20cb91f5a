"""Compiled functions that are whole: each holds all it calls, and is kept on disk with its checksum.

Numba as it is lets a function call what other functions hold in memory under the same names. Compiled now it calls what its
parts were compiled to on the way, read from disk its own copies of them, whose sums the compiler may have put in another
order: the same seed gave other draws. And a truncated file fails until somebody deletes it, a damaged one is loaded.
Here a function has copies of its own in both cases, a file that is not whole is compiled anew, and what cannot be
kept, in a folder that is full or read-only, is compiled by every process.
"""

import hashlib
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numba.core import caching, codegen

LENGTH = hashlib.sha256().digest_size
GRAPH = "numba_funcified_fgraph"  # in the names that PyTensor gives to what it makes of a whole graph


def given(value: Any, kind: type = float) -> np.ndarray:
    """An array as compiled functions read it: in one layout, not to be written to, so that each is compiled once."""
    view: np.ndarray = np.ascontiguousarray(value, dtype=kind).view()
    view.flags.writeable = False
    return view


class _WithChecksums(caching.IndexDataCacheFile):
    """Numba's index and code of one function, where a file without the right checksum counts as absent."""

    def _load_index(self) -> dict:
        with suppress(OSError):
            version, stamp, overloads = self._read(self._index_path)
            if (version, stamp) == (self._version, self._source_stamp):
                return overloads
        return {}

    def save(self, key: Any, data: Any) -> None:
        """Keep a function where that can be done."""
        with suppress(OSError):
            super().save(key, data)

    def _save_index(self, overloads: dict) -> None:
        self._write(self._index_path, (self._version, self._source_stamp, overloads))

    def _load_data(self, name: str) -> Any:
        return self._read(self._data_path(name))  # Numba compiles anew on an OSError

    def _save_data(self, name: str, data: Any) -> None:
        self._write(self._data_path(name), data)

    def _read(self, path: str) -> Any:
        content = Path(path).read_bytes()
        written, checksum = content[:-LENGTH], content[-LENGTH:]
        if hashlib.sha256(written).digest() != checksum:
            raise OSError(f"{path} is not whole")
        try:
            return pickle.loads(written)
        except Exception as error:  # made of modules that have moved since
            raise OSError(f"{path} cannot be read") from error

    def _write(self, path: str, value: Any) -> None:
        written = self._dump(value)
        with self._open_for_write(path) as file:
            file.write(written + hashlib.sha256(written).digest())


caching.IndexDataCacheFile = _WithChecksums  # type: ignore[misc]


class _WithOwnCopies(codegen.JITCodeLibrary):
    """Machine code in which what a graph's function calls is its own, hidden from all others."""

    def _optimize_final_module(self) -> None:
        if GRAPH in self.name:
            for function in list(self._final_module.functions):
                if not function.is_declaration and function.linkage.name == "linkonce_odr":
                    function.linkage = "internal"
                    function.name += ".own"  # what looks for the name finds the original
        super()._optimize_final_module()


codegen.JITCPUCodegen._library_class = _WithOwnCopies
