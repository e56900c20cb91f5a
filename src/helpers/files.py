"""Files that are written whole or not at all, JSON, and hashes."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers.errors import StudyError

OWNER_ONLY = 0o600


def digest(value: Any) -> str:
    """A short hash of anything JSON can say."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def text_sha256(path: Path) -> str:
    """The SHA-256 of a small file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_json(path: Path) -> Any:
    """What a JSON file says, or None when it is missing or not whole."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_json(path: Path, value: Any) -> None:
    """Write JSON in one step: a reader sees the old file or the new one."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=str)
    write_text(path, text)


def write_text(path: Path, text: str) -> Path:
    """Write a text in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def replace(path: Path, write: Callable[[Path], Any]) -> Path:
    """Let `write` make a file or a folder beside `path`, for the owner only, then move it into place.

    A reader never sees half a file. StudyError where it cannot be written; what was there before is unchanged then.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        write(partial)
        for part in partial.rglob("*") if partial.is_dir() else [partial]:
            part.chmod(OWNER_ONLY | (0o100 if part.is_dir() else 0))
        if path.is_dir():
            shutil.rmtree(path)
        os.replace(partial, path)
    except Exception as error:
        # The engine's own error when the disk is full: named here, so that DuckDB is not loaded for a text file.
        if not isinstance(error, OSError) and type(error).__name__ != "IOException":
            raise
        raise StudyError(
            f"{path} could not be written ({error}); what was there before is unchanged."
        ) from error
    finally:
        if partial.is_dir():
            shutil.rmtree(partial)
        partial.unlink(missing_ok=True)
    return path
