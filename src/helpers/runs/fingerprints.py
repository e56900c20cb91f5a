"""What a notebook's result depends on, as hashes: code, parameters, artifacts, data, helpers, lock."""

import ast
import json
import os
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from helpers import files, paths
from helpers.errors import StudyError
from helpers.files import digest, private_text, read_json, sealed, unsealed
from helpers.study.catalogue import Entry, alternatives, code_of
from helpers.study.parts import is_pattern, parts_of
from helpers.study.study import Study

OPENERS = {
    "helpers.tables",
    "helpers.contracts",
    "helpers.tables.ledger",
}  # a notebook that imports one reads the tables
# What only decides how a record is said and drawn: a change renders pages again and runs nothing.
LOOKS = {f"helpers.pages.{name}" for name in ("wording", "figures", "svg", "fonts")} | {"helpers.languages"}
SETTLED_SECONDS = 2  # a file younger than this may still change within one tick of its clock


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's content, read in blocks; of a folder or wildcard (a table too), that of its files."""
    if not path.is_file():
        return _of_parts(path, file_sha256)
    return files.file_sha256(path)


def _of_parts(path: Path, sha256: Callable[[Path], str]) -> str:
    home = path if path.is_dir() else path.parent
    return digest([[str(part.relative_to(home)), sha256(part)] for part in parts_of(path)])


def stamps_of(path: Path) -> list:
    """What tells that a file (or each of several) was not written to nor replaced: its place on the disk, size and time."""
    found = [(str(part), part.stat()) for part in parts_of(path)]
    return [[name, stat.st_ino, stat.st_size, stat.st_mtime_ns] for name, stat in found]


class HashCache:
    """Hashes of files, remembered by size and times, so that an unchanged file is not read again.

    Without a path it is forgotten with the process.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        kept = unsealed(read_json(path)) if path else None
        self.known = kept["files"] if kept and isinstance(kept.get("files"), dict) else {}

    def sha256(self, file: Path) -> str:
        """The SHA-256 of `file`, from memory when its size and times are as they were; of several files, that of all."""
        if not file.is_file() and (file.is_dir() or is_pattern(file)):
            return _of_parts(file, self.sha256)
        stat = file.stat()
        stamp = [stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
        known = self.known.get(str(file))
        if known and known[:-1] == stamp:
            return known[-1]
        sha = file_sha256(file)
        if time.time() - max(stat.st_mtime, stat.st_ctime) > SETTLED_SECONDS:
            self.known[str(file)] = [*stamp, sha]
        return sha

    def save(self) -> None:
        """Write the memory for the next run, without files that are gone."""
        there = {file: entry for file, entry in self.known.items() if os.path.exists(file)}
        if self.path:
            private_text(self.path, json.dumps(sealed({"files": there})))


def key_parts(
    entry: Entry, notebook: dict, study: Study, *, parameters: dict, artifacts: dict, inputs: dict
) -> dict:
    """Everything the results of one notebook depend on, by what it is; prose is left out. Its digest is the key.

    `artifacts` is {artifact: hash} of what is there to read, `inputs` {table: {"sha256": ...}}.
    """
    modules = imported_modules(code_of(notebook))
    everything = bool(OPENERS & modules)
    needed = {one for table in entry.tables for one in alternatives(table)}
    tables = [table for table in sorted(inputs) if everything or table in needed]
    specs = sorted((name, spec) for name, spec in study.tables.items() if everything or name in needed)
    stated = {name: getattr(study, name) for name in study.__dataclass_fields__ if name not in _NOT_IN_KEY}
    return {
        "code": code_cells(notebook),
        "parameters": parameters,
        "study": stated | {"tables": repr(specs)},
        "artifacts": artifacts,
        "inputs": {table: inputs[table]["sha256"] for table in tables},
        "modules": modules_hash(frozenset(modules)),
        "lock": _lock(),
        "python": sys.version,
    }


_NOT_IN_KEY: tuple[str, ...] = ("path", "source", "tables", "notebooks", "parameters", "overrides", "labels")
_NOT_IN_KEY += ("notebook_minutes", "fit_minutes", "language")


def code_cells(notebook: dict) -> list:
    """What is executed: the source and tags of each code cell."""
    cells = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    return [[cell["source"], cell["metadata"].get("tags", [])] for cell in cells]


def source_stamp() -> str:
    """What changes when a file of the helpers is written to."""
    return digest([stamps_of(path) for path in sorted((paths.SOURCES / "helpers").rglob("*.py"))])


def look_again() -> None:
    """Forget what was read of the helpers' files."""
    for remembered in (modules_hash, _imports_of, _read):
        remembered.cache_clear()


@cache
def modules_hash(modules: frozenset[str]) -> str:
    """The hash of what these modules of ours, and those they import, compute; words and looks are left out."""
    seen: set[str] = set()
    waiting = set(modules)
    while waiting:
        module = waiting.pop()
        seen.add(module)
        waiting |= _imports_of(module) - seen - LOOKS
    files = sorted(str(file.relative_to(paths.SOURCES)) for module in seen if (file := _file_of(module)))
    hashes = {file: _read(paths.SOURCES / file)["code"] for file in files}
    _memory().save()
    return digest(hashes)


def imported_modules(tree: ast.AST, package: str = "") -> set[str]:
    """The modules of ours that a syntax tree imports anywhere; `from a import b` may mean the module a.b."""
    return _ours(_named(tree), package)


def _named(tree: ast.AST) -> list[tuple[int, str, list[str]]]:
    """What a syntax tree imports anywhere: how many packages up, from where, which names; `import a` is (0, "a", [])."""
    found: list[tuple[int, str, list[str]]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(0, alias.name, []) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module or "", [alias.name for alias in node.names]))
    return found


def _ours(named: list[tuple[int, str, list[str]]], package: str) -> set[str]:
    found: set[str] = set()
    for level, module, names in named:
        above = package.rsplit(".", level - 1)[0] if level else ""
        base = ".".join(part for part in (above, module) if part)
        found |= {base} | {f"{base}.{name}" for name in names}
    ours = {name for name in found if name.split(".")[0] == "helpers" and _file_of(name)}
    parents = {name.rsplit(".", depth)[0] for name in ours for depth in range(1, name.count(".") + 1)}
    return ours | parents


@cache
def _imports_of(module: str) -> set[str]:
    file = _file_of(module)
    if file is None:
        return set()
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    try:
        return _ours(_read(file)["imports"], package)
    except SyntaxError as error:
        raise StudyError(f"{file}, line {error.lineno}: not Python ({error.msg}).") from error


@cache
def _file_of(module: str) -> Path | None:
    base = paths.SOURCES.joinpath(*module.split("."))
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


@cache
def _read(file: Path) -> dict:
    """What a module of ours computes, as a hash, and what it imports."""
    return _memory().of(file, _parsed)


def _parsed(file: Path) -> dict:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {"imports": _named(tree), "code": files.code_sha256(file)}


@cache
def _memory() -> files.Remembered:
    return files.Remembered(paths.cache_folder() / "modules.json", Path(__file__), Path(files.__file__))


@cache
def _lock() -> str:
    lock = paths.ROOT / "requirements.txt"
    return files.file_sha256(lock) if lock.is_file() else ""
