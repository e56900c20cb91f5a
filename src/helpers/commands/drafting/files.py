"""The files that a draft is made from: arguments expanded, files of the same columns joined, large ones sampled."""

import csv
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from helpers.errors import StudyError
from helpers.study.parts import ENDINGS, is_pattern, parts_of, tables_in
from helpers.tables import contents, headers, sniffing
from helpers.tables.texts import MISSING

LARGE = 24 << 20  # bytes of a text file from which on parts of it are read
CHUNK, CHUNKS = 256 << 10, 24  # what is read between its beginning and its end
EDGE = 2 << 20


@dataclass(frozen=True)
class Export:
    """Files of the same columns: one table. `path` says which they are, from the source folder."""

    parts: tuple[Path, ...]
    path: str
    layout: sniffing.Layout

    @property
    def stem(self) -> str:
        """The name of the table that the file seems to be named after."""
        return self.parts[0].name.split(".")[0]


def exports(given: Iterable[str]) -> tuple[Path, list[Export]]:
    """Return the folder of the files and one Export per set of equal columns.

    given: files, folders, wildcards. Raises StudyError for what is not there or no table.
    """
    found = list(dict.fromkeys(path for text in given for path in _files(Path(text).expanduser())))
    folder = Path(os.path.commonpath([path.parent for path in found]))
    groups: dict[object, list[tuple[Path, sniffing.Layout]]] = {}
    for path in found:
        layout = looked_at(path)
        groups.setdefault((path.parent, frozenset(layout.columns), path.suffix), []).append((path, layout))
    made = []
    for files in groups.values():
        parts = tuple(path for path, _ in files)
        made.append(Export(parts, str(_pattern(parts).relative_to(folder)), files[0][1]))
    return folder, made


def named_as(folder: Path, tables: Iterable[str], given: set[Path]) -> list[str]:
    """The files in a folder that bear the names of tables, and were not given."""
    there = [folder / f"{name}{ending}" for name in sorted(tables) for ending in ENDINGS]
    return [str(path) for path in there if path.is_file() and path not in given]


def joined(one: Export, other: Export, folder: Path) -> Export | None:
    """Both exports as one where a wildcard stands for all of their files and no other, and their settings agree."""
    parts = tuple(sorted((*one.parts, *other.parts)))
    layouts = (one.layout, other.layout)
    kinds = {(part.parent, part.suffix) for part in parts}
    if len(kinds) > 1 or layouts[0].found.settings != layouts[1].found.settings:
        return None
    try:
        path = _pattern(parts)
    except StudyError:
        return None
    values = {
        name: list(dict.fromkeys(text for layout in layouts for text in layout.values.get(name, ())))
        for name in dict.fromkeys((*layouts[0].columns, *layouts[1].columns))
    }
    return Export(parts, str(path.relative_to(folder)), replace(one.layout, values=values))


def _files(path: Path) -> list[Path]:
    path = path.resolve() if not is_pattern(path) else path.parent.resolve() / path.name
    parts = parts_of(path)
    if path.is_dir() and any(part.suffix == ".parquet" for part in parts) and not tables_in(path):
        return [path]
    if path.is_dir():
        parts = tables_in(path)
    if not parts:
        raise StudyError(
            f"There is no file {path}."
            if not path.is_dir()
            else f"{path} holds no file of {', '.join(ENDINGS)}."
        )
    return parts


def _pattern(parts: tuple[Path, ...]) -> Path:
    """The file, or the wildcard that stands for these files and no other."""
    if len(parts) == 1:
        return parts[0]
    names = [part.name for part in parts]
    start = _common(names)
    end = _common([name[len(start) :][::-1] for name in names])[::-1]
    start, end = re.sub(r"\d+$", "", start), re.sub(r"^\d+", "", end)
    wildcard = parts[0].parent / f"{start}*{end}"
    if parts_of(wildcard) != sorted(parts):
        raise StudyError(
            f"{', '.join(names)} have the same columns, but {wildcard.name} would also stand for others: put the files that "
            "belong together into a folder of their own."
        )
    return wildcard


def _common(names: list[str]) -> str:
    """The letters with which all names begin."""
    first, last = min(names), max(names)
    return first[
        : next((place for place, letter in enumerate(first) if letter != last[place : place + 1]), len(first))
    ]


def looked_at(path: Path) -> sniffing.Layout:
    """The layout of a file; a Parquet file's columns with the values of its first rows."""
    if path.is_dir() or contents.checked_kind(path) == contents.PARQUET:
        file = f"{path}/**/*.parquet" if path.is_dir() else str(path)
        con = duckdb.connect()
        table = con.read_parquet(file)
        kinds = dict(zip(table.columns, map(str, table.types), strict=True))
        rows = table.limit(sniffing.DISTINCT).fetchall()
        values = {
            name: sorted({_written(row[place]) for row in rows if row[place] is not None})
            for place, name in enumerate(table.columns)
        }
        con.close()
        kept = {name: [v for v in texts if not re.search(MISSING, v)] for name, texts in values.items()}
        typed = frozenset(name for name, kind in kinds.items() if kind != "VARCHAR")
        return sniffing.Layout(sniffing.Settings(), kept, typed=typed)
    return sniffing.layout(path)


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def sample(exports_: list[Export], source: Path, folder: Path) -> None:
    """Lay the files into another folder under the same names, of large texts their beginning, parts and end.

    Each is linked hard, or copied where it lies on another disk: a study reads its own folder only, by links too.
    """
    for export in exports_:
        for part in export.parts:
            target = folder / part.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            if is_large(part):
                _write_sample(part, target)
            elif part.is_dir():
                shutil.copytree(part, target, copy_function=_link)
            else:
                _link(part, target)


def _link(file: str | Path, target: str | Path) -> None:
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def is_large(part: Path) -> bool:
    """Whether a file is text of which parts are read."""
    return part.is_file() and part.stat().st_size > LARGE and contents.kind_of(part) == contents.TEXT


def _write_sample(part: Path, target: Path) -> None:
    """The first and last lines of a file and some in between, as bytes; lines that are no whole row are left out."""
    size = part.stat().st_size
    with part.open("rb") as file, target.open("wb") as out:
        head = file.read(EDGE)
        head = head[: head.rfind(b"\n") + 1]
        out.write(head)
        last = head.splitlines()[-1].decode("latin-1")
        mark = max(headers.DELIMITERS, key=last.count)
        width = _fields(last, mark)
        step = (size - 2 * EDGE) // CHUNKS
        for place in (*(EDGE + step * number for number in range(CHUNKS)), size - EDGE):
            file.seek(place)
            lines = file.read(EDGE if place == size - EDGE else CHUNK).splitlines(keepends=True)
            whole = lines[1:] if place == size - EDGE else lines[1:-1]
            out.writelines(line for line in whole if _fields(line.decode("latin-1"), mark) == width)


def _fields(line: str, mark: str) -> int:
    """The number of fields in a line; 0 where its quotes are not closed."""
    return len(next(csv.reader([line], delimiter=mark))) if line.count('"') % 2 == 0 and line.strip() else 0
