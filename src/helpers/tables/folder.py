"""Find the files of a study's tables in its source folder."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.errors import StudyError
from helpers.study.parts import ENDINGS, parts_of, unreadable
from helpers.study.source_address import DATABASE, DEMO, SourceAddress
from helpers.study.table_columns import TABLES
from helpers.tables.database import snapshot
from helpers.tables.source import Source

if TYPE_CHECKING:
    from helpers.study.study import Study


def open_source(study: "Study") -> Source:
    """Find the tables of a study's source: a folder or `demo`.

    `pyspark://` before either computes on Spark; any other address is a database (see `database.snapshot`).
    `demo` is the simulated company, `demo?customers=800&seed=7` another size or seed of it. A table's file
    is the study's `path`, or NAME with one of the endings of `study.parts`, whichever is there; a folder of
    Parquet files is one too, as Spark writes it, and so are several files of the same columns: a folder of
    them, or a wildcard (`orders *.csv`). Raises StudyError when the folder, a stated file or every table is
    missing.
    """
    folder = _folder(study.source)
    if not folder.is_dir():
        raise StudyError(
            f"The study's source {study.source.shown!r} is not a folder that is there. "
            "`source` is a folder or `demo`."
        )
    files = {}
    of_others = {
        folder / one.path for one in study.tables.values() if one.path
    }  # called tickets.csv, and of orders
    for name in TABLES:
        spec = study.tables.get(name)
        stated = [spec.path] if spec and spec.path else [name, *(f"{name}{ending}" for ending in ENDINGS)]
        _refuse_unreadable([odd for one in stated for odd in unreadable(folder / one)], name)
        if spec and spec.path:
            files[name] = _inside(folder, spec.path, name)
            if not _is_table(files[name]):
                raise StudyError(_no_file(folder, name, spec.path))
            continue
        there = [path for ending in ENDINGS if _is_table(path := folder / f"{name}{ending}")]
        there += [path for path in [folder / name] if path.is_dir() and _is_table(path)]
        there = there if spec else [path for path in there if path not in of_others]
        if len(there) > 1:
            raise StudyError(
                f"{folder} holds {there[0].name} and {there[1].name}: say which is meant with "
                f"`{name}: {{path: {there[0].name}}}` under `tables`, or remove one."
            )
        if there:
            files[name] = _inside(folder, there[0].name, name)
        elif spec:
            raise StudyError(_no_file(folder, name, f"{name}.parquet or {name}.csv"))
    if not files:
        raise StudyError(
            f"{folder} holds none of the tables {', '.join(TABLES)} as .parquet, .csv or .xlsx, but "
            f"{_listing(folder)}. Say which file is which under `tables`, for instance "
            "`transactions: {path: orders.csv}`."
        )
    return Source(study, folder, files, study.source.on_spark)


def _inside(folder: Path, path: str, name: str) -> Path:
    """The file or files of a table, none of which lies outside the study's folder, by links either."""
    home, found = folder.resolve(), folder / path
    parts = [found, *parts_of(found)] if ".." not in Path(path).parts else []
    if not parts or not all(part.resolve().is_relative_to(home) for part in parts):
        raise StudyError(
            f"The path {path!r} of the table {name} leads out of the study's folder {folder}. A study reads its own folder "
            "only: copy the file there, or name the folder that holds all of its files under `source`."
        )
    return found


def _refuse_unreadable(odd: list[Path], name: str) -> None:
    if odd:
        raise StudyError(
            f"{odd[0]} stands for the table {name} and is no file (a link to nothing, a pipe, a device), so its rows would "
            "be missing. Copy the file there, or remove it."
        )


def _is_table(path: Path) -> bool:
    return bool(parts_of(path))


def _folder(source: SourceAddress) -> Path:
    if source.kind == DEMO:
        simulator = import_module("helpers.demo")  # by name: no other source depends on the simulator
        return simulator.ensure(**source.options) / "tables"
    return snapshot(source) if source.kind == DATABASE else source.folder


def _no_file(folder: Path, name: str, wanted: str) -> str:
    if (folder / wanted).is_dir():
        return (
            f"{wanted}, which the study names for the table {name}, is a folder without a file of {', '.join(ENDINGS)}: "
            "copy the file back, or correct `path`."
        )
    return f"The file {wanted} of the table {name} is not in {folder}, which holds {_listing(folder)}."


def _listing(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir() if _is_table(path))
    return ", ".join(names[:20]) or "no files"
