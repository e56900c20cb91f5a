"""The one map of the notebooks: notebooks/catalogue.yaml, and what stands in a notebook file."""

import ast
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from helpers import paths
from helpers.errors import StudyError
from helpers.study import strict_yaml


@dataclass(frozen=True)
class Entry:
    """What a notebook answers, the tables (and their columns) it needs, and the artifacts it reads and writes.

    A table may be one of several: "campaigns | experiment_units". `asks` are the parameters it cannot do without where it
    reads such a table and no other of the same use is there. `instead_of` names a notebook for which it stands in where
    the study's tables do not let that one answer; it is left out otherwise.
    With `reads_checks` it also reads the checks and answers of every notebook before it, so it waits for all of them.
    """

    notebook: str
    title: str
    question: str
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()  # TABLE.COLUMN
    asks: tuple[str, ...] = ()  # TABLE.PARAMETER
    instead_of: str = ""
    reads: tuple[str, ...] = ()
    reads_if_there: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    reads_checks: bool = False


def load_catalogue(path: Path | None = None) -> dict[str, Entry]:
    """Read the catalogue as {notebook: Entry}, in the order of the numbers.

    Raises StudyError on an unknown key, an artifact written twice, or one that is read but never written.
    """
    path = path or paths.CATALOGUE
    stat = path.stat() if path.is_file() else None
    return dict(_read(path, stat and (stat.st_ino, stat.st_size, stat.st_mtime_ns)))


@lru_cache(maxsize=4)
def _read(path: Path, stamp: tuple[int, int, int] | None) -> dict[str, Entry]:
    """The catalogue as its file is now; the stamp tells when it was written to."""
    catalogue = {name: _entry(name, fields, path) for name, fields in sorted(strict_yaml.read(path).items())}
    writers = writers_of(catalogue, path)
    for entry in catalogue.values():
        for artifact in entry.reads + entry.reads_if_there:
            if artifact not in writers:
                raise strict_yaml.unknown("artifact", artifact, sorted(writers), f"{path}, {entry.notebook}")
            if writers[artifact] >= entry.notebook:
                raise StudyError(
                    f"{path}: {entry.notebook} reads {artifact!r}, which {writers[artifact]} writes: "
                    "a notebook reads only what lower numbers write."
                )
    return catalogue


def writers_of(catalogue: dict[str, Entry], path: Path | None = None) -> dict[str, str]:
    """Map each artifact to the one notebook that writes it."""
    writers: dict[str, str] = {}
    for entry in catalogue.values():
        for artifact in entry.writes:
            if artifact in writers:
                both = f"{writers[artifact]} and {entry.notebook}"
                raise StudyError(
                    f"{path or paths.CATALOGUE}: {artifact!r} is written by {both}; one must do it."
                )
            writers[artifact] = entry.notebook
    return writers


def upstream_of(entry: Entry, catalogue: dict[str, Entry], *, optional: bool = True) -> list[str]:
    """The notebooks that `entry` waits for, in order; without `optional` only those it cannot do without.

    The notebook that writes the ledger checks the tables and states the facts of every page: all wait for it.
    """
    writers = writers_of(catalogue)
    if optional and entry.reads_checks:
        return [name for name in catalogue if name < entry.notebook]
    artifacts = entry.reads + (entry.reads_if_there if optional else ())
    first = {writers["ledger"]} if "ledger" in writers else set()
    return sorted((first | {writers[artifact] for artifact in artifacts}) - {entry.notebook})


def needed(notebooks: Iterable[str], catalogue: dict[str, Entry]) -> list[str]:
    """These notebooks and all whose artifacts they cannot do without, in order."""
    found: set[str] = set()
    waiting = set(notebooks)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= set(upstream_of(catalogue[name], catalogue, optional=False)) - found
    return [name for name in catalogue if name in found]


def alternatives(table: str) -> tuple[str, ...]:
    """The tables that an entry's "campaigns | experiment_units" lets serve; a plain name is the only one."""
    return tuple(one.strip() for one in table.split("|"))


def notebook_path(notebook: str | Path, folder: Path | None = None) -> Path:
    """The file of a notebook given by its name; a path stays as it is."""
    if isinstance(notebook, Path):
        return notebook
    return (folder or paths.NOTEBOOKS) / f"{notebook}.ipynb"


def read_notebook(path: Path) -> dict:
    """Read a notebook file as the dict it is, with each cell's source as one text."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = notebook["cells"]
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(f"{path} is not a Jupyter notebook: {error}.") from error
    for cell in cells:
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
    return notebook


def parameters_cell(notebook: dict, path: Path) -> dict:
    """The one cell tagged `parameters`; StudyError when there is none or more than one."""
    tagged = [cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        raise StudyError(f"{path} has {len(tagged)} cells tagged `parameters`; it must have one (cell 2).")
    return tagged[0]


def code_of(notebook: dict) -> ast.Module:
    """The notebook's code cells as one syntax tree, without IPython's % and ! lines."""
    cells = (cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code")
    lines = (line for source in cells if not source.startswith("%%") for line in source.splitlines())
    return ast.parse("\n".join(line for line in lines if not line.lstrip().startswith(("%", "!"))))


READS = ("read", "open", "read_posterior")


def page_calls(notebook: dict) -> dict[str, set[str]]:
    """The names in a notebook's calls page.METHOD("name", ...), as {METHOD: names}.

    A name may also come from a loop over literal names; a call without one counts as METHOD: empty. A reading
    call with a second argument, what to take where it is not there, counts as METHOD?: names.
    """
    tree = code_of(notebook)
    calls: dict[str, set[str]] = {}
    looped = _loops(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name("page"), attr=method), args=args):
                found = calls.setdefault(f"{method}?" if method in READS and len(args) > 1 else method, set())
                match args[:1]:
                    case [ast.Constant(value=str(name))]:
                        found.add(name)
                    case [ast.Name(variable)]:
                        found |= looped.get(variable, set())
    return calls


def titles() -> dict[str, str]:
    """The title of every notebook."""
    return {name: entry.title for name, entry in load_catalogue().items()}


def _loops(tree: ast.AST) -> dict[str, set[str]]:
    """What the variables of loops over literal texts stand for."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        match node:
            case (
                ast.For(target=ast.Name(variable), iter=ast.Tuple(elts) | ast.List(elts))
                | ast.comprehension(target=ast.Name(variable), iter=ast.Tuple(elts) | ast.List(elts))
            ):
                texts = {
                    one.value for one in elts if isinstance(one, ast.Constant) and isinstance(one.value, str)
                }
                found.setdefault(variable, set()).update(texts)
    return found


def _entry(name: str, fields: object, path: Path) -> Entry:
    where = f"{path}, {name}"
    if not re.fullmatch(r"\d\d_[a-z0-9_]+", name):
        raise StudyError(f"{where}: a notebook is named NN_topic, like 12_rfm_segments.")
    if not isinstance(fields, dict):
        raise StudyError(f"{where}: an entry needs title and question.")
    allowed = [field for field in Entry.__dataclass_fields__ if field != "notebook"]
    for key in fields:
        if key not in allowed:
            raise strict_yaml.unknown("key", key, allowed, where)
    texts: dict[str, Any] = {
        key: strict_yaml.convert(
            fields.get(key, None if key != "instead_of" else ""), "str", f"{where}.{key}"
        )
        for key in ("title", "question", "instead_of")
    }
    lists: dict[str, Any] = {
        key: tuple(strict_yaml.convert(fields[key], "list[str]", f"{where}.{key}"))
        for key in allowed
        if key in fields and key not in (*texts, "reads_checks")
    }
    reads_checks = strict_yaml.convert(fields.get("reads_checks", "false"), "bool", f"{where}.reads_checks")
    return Entry(name, **texts, **lists, reads_checks=reads_checks)


def writer(name: str) -> str:
    """The notebook that writes artifact `name`."""
    catalogue = load_catalogue()
    for notebook, entry in catalogue.items():
        if name in entry.writes:
            return notebook
    known = sorted(artifact for entry in catalogue.values() for artifact in entry.writes)
    raise StudyError(
        f"No notebook writes {name!r}. Artifacts in notebooks/catalogue.yaml: {', '.join(known)}."
    )
