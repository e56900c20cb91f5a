"""What a run kept of each notebook, as hashes of its files, so that nothing edited since is taken for its result."""

from pathlib import Path
from typing import Any

from helpers.files import read_json, sealed, unsealed, write_json
from helpers.runs.fingerprints import HashCache, file_sha256

KEYS = "keys.json"


def write_keys(folder: Path, keys: dict[str, dict]) -> None:
    """Write keys.json of a run: {notebook: its key, and the hashes of its artifacts, its files and its page}."""
    write_json(folder / KEYS, {notebook: sealed(entry) for notebook, entry in keys.items()})


def read_keys(folder: Path) -> dict[str, dict]:
    """Read keys.json of a run; what is of another shape, or was edited since, is left out."""
    stored = read_json(folder / KEYS)
    entries = {name: unsealed(one) for name, one in stored.items()} if isinstance(stored, dict) else {}
    return {name: entry for name, entry in entries.items() if entry is not None and _is_entry(entry)}


def _is_entry(entry: dict[str, Any]) -> bool:
    artifacts, files = entry.get("artifacts"), entry.get("files")
    return isinstance(entry.get("key"), str) and isinstance(artifacts, dict) and isinstance(files, dict)


def files_of(folder: Path, notebook: str, exports: set[str]) -> list[Path]:
    """Every file that a notebook of the run in `folder` left: artifacts, executed notebook, exports (their names)."""
    artifacts = [path for path in (folder / "artifacts" / notebook).rglob("*") if path.is_file()]
    lists = [path for name in exports if (path := folder / "exports" / f"{name}.csv").is_file()]
    executed = folder / "executed" / f"{notebook}.ipynb"
    return sorted([*artifacts, *lists, *([executed] if executed.is_file() else [])])


def hashes_of(folder: Path, notebook: str, exports: set[str]) -> dict[str, str]:
    """{path from the run's folder: SHA-256} of `files_of`."""
    return {
        path.relative_to(folder).as_posix(): file_sha256(path) for path in files_of(folder, notebook, exports)
    }


def altered(
    folder: Path, notebook: str, entry: dict, exports: set[str], hashes: HashCache | None = None
) -> str:
    """The first file of a notebook's that is not what the run left: changed, gone or added; empty where all are."""
    known, sha = entry["files"], hashes.sha256 if hashes else file_sha256
    there = {
        path.relative_to(folder).as_posix(): path
        for path in files_of(folder, notebook, exports | _exports(entry))
    }
    for name in sorted(there.keys() ^ known.keys()):
        return f"{name} is {'gone' if name in known else 'new'}"
    try:
        return next((f"{name} was changed" for name, path in there.items() if sha(path) != known[name]), "")
    except OSError as error:
        return f"{error.filename} cannot be read"


def _exports(entry: dict) -> set[str]:
    return {Path(name).stem for name in entry["files"] if name.startswith("exports/")}
