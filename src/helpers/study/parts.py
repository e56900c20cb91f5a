"""The files that make one table: a file, a folder of them, a wildcard (`orders *.csv`) or a list (`{sales,refunds}.csv`)."""

import os
import re
from fnmatch import fnmatchcase
from pathlib import Path

ENDINGS = (".parquet", ".csv", ".csv.gz", ".tsv", ".xlsx", ".zip", ".txt", ".json", ".jsonl", ".ndjson")
NOTES = (".txt", ".json")  # endings that notes and settings beside tables have, too

_LIST = re.compile(r"\{([^{}]*,[^{}]*)\}")


def parts_of(path: Path) -> list[Path]:
    """Return the files of a table in the order of their names; none where there are none.

    A folder's Parquet files, at any depth, or else its own other tables; hidden files are left out, and so are files
    ending in .txt or .json beside others, which are notes.
    """
    if path.is_file():
        return [path]
    if path.is_dir():
        found = sorted(one for one in path.rglob("*.parquet") if one.is_file())
        return found or tables_in(path)
    if is_pattern(path):
        return sorted(one for one in _matching(path) if _is_seen(one))
    return []


def tables_in(folder: Path) -> list[Path]:
    """Return a folder's own files that may be tables, in the order of their names; NOTES only where nothing else is."""
    found = sorted(one for one in folder.iterdir() if one.name.endswith(ENDINGS) and _is_seen(one))
    return [one for one in found if one.suffix not in NOTES] or found


def unreadable(path: Path) -> list[Path]:
    """What stands among the files of a table and is none (a link to nothing, a pipe, a device): its rows would lack."""
    if path.is_dir():
        found = [*path.rglob("*.parquet"), *(one for one in path.iterdir() if one.name.endswith(ENDINGS))]
    else:
        found = [path] if os.path.lexists(path) or not is_pattern(path) else _matching(path)
    odd = {one for one in found if os.path.lexists(one) and not one.is_file() and not one.is_dir()}
    return sorted(one for one in odd if not one.name.startswith((".", "~$")))


def is_pattern(path: Path) -> bool:
    """Whether a path that is no file stands for several, by a wildcard or a list in its last part."""
    return any(mark in path.name for mark in "*?[") or _LIST.search(path.name) is not None


def _matching(path: Path) -> list[Path]:
    """What stands in a folder under a pattern; two asterisks are one (pathlib refuses them within a name)."""
    within = path.parent.iterdir() if path.parent.is_dir() else ()
    names = _listed(path.name)
    return [one for one in within if any(fnmatchcase(one.name, name) for name in names)]


def _listed(name: str) -> list[str]:
    """The patterns that a name with lists in braces stands for."""
    found = _LIST.search(name)
    if not found:
        return [name]
    return [
        one
        for part in found[1].split(",")
        for one in _listed(name[: found.start()] + part + name[found.end() :])
    ]


def _is_seen(path: Path) -> bool:
    return path.is_file() and not path.name.startswith((".", "~$"))
