"""Converted copies in the cache folder: named by what they were made from, and used again only where they are whole."""

import os
from collections.abc import Callable
from pathlib import Path

from helpers.files import OWNER_ONLY, file_sha256, private_text
from helpers.paths import cache_folder, folder_of_its_own, sweep


def kept(key: str, make: Callable[[Path], object]) -> Path:
    """Return the Parquet file of a key (hexadecimal); `make` writes it where there is none that is as it was written.

    It is written in a private folder, for the owner only, and copies that nobody used for 30 days are removed.
    """
    target = cache_folder() / f"{key[:40]}.parquet"
    stated = target.with_suffix(".sha256")
    if _is_whole(target, stated):
        target.touch()
        stated.touch()
        return target
    sweep()
    with folder_of_its_own() as folder:
        partial = folder / "lines.parquet"
        make(partial)
        partial.chmod(OWNER_ONLY)
        private_text(stated, file_sha256(partial))
        os.replace(partial, target)
    return target


def _is_whole(target: Path, stated: Path) -> bool:
    try:
        return stated.read_text(encoding="utf-8") == file_sha256(target)
    except (OSError, UnicodeDecodeError):
        return False
