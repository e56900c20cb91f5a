"""The files that make one table: a file, a folder of them, or a wildcard such as `orders *.csv`."""

from pathlib import Path

ENDINGS = (".parquet", ".csv", ".csv.gz", ".xlsx", ".zip")


def parts_of(path: Path) -> list[Path]:
    """Return the files of a table in the order of their names; none where there are none.

    A folder's Parquet files, at any depth, or else its own other tables; hidden files are left out.
    """
    if path.is_file():
        return [path]
    if path.is_dir():
        found = sorted(path.rglob("*.parquet"))
        return found or sorted(one for one in path.iterdir() if one.name.endswith(ENDINGS) and _is_seen(one))
    if is_pattern(path):
        return sorted(one for one in path.parent.glob(path.name) if _is_seen(one))
    return []


def is_pattern(path: Path) -> bool:
    """Whether a path that is no file stands for several, by a wildcard in its last part."""
    return any(mark in path.name for mark in "*?[")


def _is_seen(path: Path) -> bool:
    return path.is_file() and not path.name.startswith((".", "~$"))
