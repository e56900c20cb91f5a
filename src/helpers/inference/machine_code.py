"""Compiled functions kept on disk, each with its checksum: a file that is not whole is compiled anew, never loaded.

Numba as it is fails at a truncated file until somebody deletes it, and loads a damaged one.
"""

import hashlib
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba.core import caching

LENGTH = hashlib.sha256().digest_size


class _WithChecksums(caching.IndexDataCacheFile):
    """Numba's index and code of one function, where a file without the right checksum counts as absent."""

    def _load_index(self) -> dict:
        with suppress(OSError):
            version, stamp, overloads = self._read(self._index_path)
            if (version, stamp) == (self._version, self._source_stamp):
                return overloads
        return {}

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
        return pickle.loads(written)

    def _write(self, path: str, value: Any) -> None:
        written = self._dump(value)
        with self._open_for_write(path) as file:
            file.write(written + hashlib.sha256(written).digest())


caching.IndexDataCacheFile = _WithChecksums  # type: ignore[misc]
