"""Files of one table whose columns differ: joined by name, and refused where the study reads what one of them lacks."""

from pathlib import Path

import duckdb

from helpers.contracts.checked import sql_name
from helpers.errors import StudyError
from helpers.study.study import TableSpec
from helpers.study.table_columns import Contract
from helpers.tables import expressions
from helpers.tables.headers import cleaned

NEEDED = ("currency", "period", "assigned")  # text that changes what the numbers of a row mean


def lacking(
    file: Path, contract: Contract, spec: TableSpec | None, parts: list[Path], copies: list[Path]
) -> dict[str, tuple[str, ...]]:
    """Return {name of a file: the columns that it lacks and another has}, only for files that lack some.

    parts: the files; copies: each as Parquet. Raises StudyError where one lacks a column that `columns`, `where` or the
    contract demands, unless an expression says what holds there (`coalesce`, `IS NULL`).
    """
    con = duckdb.connect()
    columns = [con.read_parquet(str(copy)).columns for copy in copies]
    con.close()
    names = list(dict.fromkeys(name for own in columns for name in own))
    found = {
        part.name: tuple(name for name in names if name not in own)
        for part, own in zip(parts, columns, strict=True)
    }
    found = {name: lacks for name, lacks in found.items() if lacks}
    origins = dict(spec.columns) if spec else {}
    origins |= {name: name for name in contract.required if name not in origins}
    origins = {name: origin for name, origin in origins.items() if not _may_be_blank(contract, name)}
    for part, lacks in found.items():
        others = [name for name in names if name not in lacks and any(name in one for one in found.values())]
        for text in spec.where if spec else ():
            if column := _read(text, lacks):
                raise StudyError(_no_condition(file.name, part, column, text))
        for key, origin in origins.items():
            if column := _read(origin, lacks):
                raise StudyError(_no_column(file.name, part, column, key, others))
    return found


def _may_be_blank(contract: Contract, name: str) -> bool:
    """Whether a column only describes its row, such as a channel: blank where a file does not have it."""
    found = next((column for column in contract.columns if column.name == name), None)
    return found is None or (found.type == "text" and not found.required and name not in NEEDED)


def _read(text: str, lacks: tuple[str, ...]) -> str | None:
    """The first of the lacking columns that a name or expression cannot do without."""
    if cleaned(text) in lacks:
        return cleaned(text)
    needed = expressions.needed_in(text)
    return next((name for name in lacks if name.casefold() in needed), None)


def _no_condition(file: str, part: str, column: str, text: str) -> str:
    line = f"({text}) OR {sql_name(column)} IS NULL".replace("\\", "\\\\").replace('"', '\\"')
    return (
        f"{file}: {part} has no column {column}, which `where` reads and other files have. Export them alike; or, if all "
        f'rows without it are wanted, write the condition as `where: ["{line}"]`.'
    )


def _no_column(file: str, part: str, column: str, key: str, others: list[str]) -> str:
    near = expressions.suggest(column, others)
    said = f"{file}: {part} has no column {column}, which the study reads as {key} and other files have. Export them alike"
    line = f"coalesce({sql_name(column)}, {sql_name(near) if near else 'NULL'})".replace('"', '\\"')
    todo = f'`columns: {{{key}: "{line}"}}`'
    what = "it is called otherwise" if near else "it may be blank"
    return f"{said}; or, if {what} there, add to the table in the study file: {todo}."
