"""JSON as a table: a line or an element of a list per row, every value the text it was, what is nested as JSON."""

import json
import re
from itertools import chain
from pathlib import Path

import duckdb
from sqlglot import exp

from helpers.errors import StudyError
from helpers.study.study import TableSpec
from helpers.tables import contents, headers
from helpers.tables.engine import literal, shut_in

_OF_TEXT = ("delimiter", "quotes", "header_row", "footer_rows", "sheet")  # settings that JSON lacks
_WRAPPED = r'^\{"\$(?:oid|date|number\w+)":"?([^"{}]*)"?\}$'
_PLACE = re.compile(r"(?:line|record/value) (\d+)")


def are_in(text: Path) -> bool:
    """Whether a decoded file holds JSON."""
    with text.open("rb") as file:
        return contents.is_json(file.read(512))


def to_parquet(path: Path, text: Path, spec: TableSpec, target: Path) -> None:
    """Write the rows of decoded JSON as Parquet, all columns as text; a key that a row lacks is blank there.

    Raises StudyError for JSON that is not whole, rows that are no objects, keys that stand twice, and settings that
    JSON has no use for.
    """
    stated = [name for name in _OF_TEXT if getattr(spec, name) != getattr(TableSpec(), name)]
    if stated:
        raise StudyError(f"{path.name} is JSON and has no `{stated[0]}`: remove it from the study file.")
    with duckdb.connect() as con:
        rows, keys = _opened(con, path, text)
        names, _ = headers.checked(path, list(keys), spec)
        listed = ", ".join(
            f"{_value(key)} AS {exp.to_identifier(name, quoted=True).sql('duckdb')}"
            for key, name in zip(keys, names, strict=True)
        )
        con.execute(f"COPY (SELECT {listed} FROM {rows}) TO {literal(target)} (FORMAT parquet)")


def first(path: Path, text: Path, rows: int) -> list[list[str]]:
    """The names of the columns of decoded JSON, and its first rows below them."""
    with duckdb.connect() as con:
        found, keys = _opened(con, path, text)
        values = con.execute(f"SELECT {', '.join(map(_value, keys))} FROM {found} LIMIT {rows}").fetchall()
    return [list(keys), *([value or "" for value in row] for row in values)]


def _opened(con: duckdb.DuckDBPyConnection, path: Path, text: Path) -> tuple[str, list[str]]:
    """The rows of a file, each in a column `json`, as SQL, and their keys in the order in which they come."""
    shut_in(con, text.parent)
    rows = f"read_json_objects({literal(text)})"
    try:
        beginning = con.execute(f"SELECT json FROM {rows} LIMIT 2").fetchall()
        if len(beginning) == 1 and (key := _list_in(path, json.loads(beginning[0][0]))):
            within = f"json_extract(json, {_pointer(key)})"
            rows = f"""(SELECT unnest(from_json({within}, '["JSON"]')) AS json FROM {rows})"""
        kinds = con.execute(f"SELECT DISTINCT json_type(json) FROM {rows}").fetchall()
        found = con.execute(
            f"SELECT keys FROM (SELECT json_keys(json) AS keys, row_number() OVER () AS place FROM {rows}) "
            "GROUP BY keys ORDER BY min(place)"
        ).fetchall()
    except duckdb.Error as error:
        raise _damaged(path, str(error)) from None
    keys = list(dict.fromkeys(chain.from_iterable(one for (one,) in found)))
    if {kind for (kind,) in kinds} != {"OBJECT"} or not keys:
        raise StudyError(contents.no_rows(path))
    twice = next((key for (one,) in found for key in one if one.count(key) > 1), None)
    if twice is not None:
        raise StudyError(
            f"{path.name}: the key {twice!r} stands twice in one row, and which of its values holds is not said: export it "
            "again, or as CSV."
        )
    return rows, keys


def _damaged(path: Path, said: str) -> StudyError:
    place = _PLACE.search(said)
    if place:
        return StudyError(
            f"{path.name} is damaged or not whole near row {place[1]}, so that it cannot be read as JSON: copy or export it "
            "again, or export it as CSV."
        )
    return StudyError(
        f"{path.name} is damaged or not whole, so that it cannot be read as JSON: copy or export it again, or export it as "
        "CSV."
    )


def _list_in(path: Path, whole: object) -> str | None:
    """The key of the list of rows that a file of one object holds, as services answer; None where it has none."""
    lists = [
        key
        for key, value in (whole.items() if isinstance(whole, dict) else ())
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value)
    ]
    if len(lists) > 1:
        raise StudyError(
            f"{path.name} holds the lists {', '.join(lists)}: save the one that is the table as a file of its own, or "
            "export it as CSV."
        )
    return lists[0] if lists else None


def _value(key: str) -> str:
    """A value as text; one that a document database has wrapped, such as {"$oid": "65a"}, is what it wraps."""
    text = f"json_extract_string(json, {_pointer(key)})"
    return f"CASE WHEN {text} LIKE '{{\"$%' THEN regexp_replace({text}, {literal(_WRAPPED)}, '\\1') ELSE {text} END"


def _pointer(key: str) -> str:
    return literal("/" + key.replace("~", "~0").replace("/", "~1"))
