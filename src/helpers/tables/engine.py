"""The engine that reads and computes: DuckDB inside this process, with its memory and spill folder set."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

import duckdb
import ibis

from helpers.paths import cache_folder, process_folder
from helpers.tables import macros

MEMORY_VARIABLE = "HELPERS_MEMORY_LIMIT"  # environment variable; the runner divides the memory by its jobs
DEFAULT_MEMORY_LIMIT = "50%"
MOST_SECONDS = 3600  # of one statement
_SHUT = (
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    f"SET max_execution_time = {1000 * MOST_SECONDS}",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
# What helpers.tables.times calls, since engines name these differently; helpers.tables.spark defines the same.
_MACROS = {
    "local_instant(zone, local)": "timezone(zone, local)",
    "micros_timestamp(micros)": "make_timestamp(micros)",
}


def connect(memory_limit: str | None = None, *, folders: Iterable[Path] = ()) -> ibis.BaseBackend:
    """Return an Ibis DuckDB backend whose days are UTC days and which spills outside the working directory.

    It reads and writes in the cache folder and in `folders`, and nowhere else; it fetches and loads no extension, and no
    statement changes that. `memory_limit` is a size (`4GB`) or a share of the machine (`40%`); by default the environment
    variable HELPERS_MEMORY_LIMIT, or half of the machine. DuckDB alone would take 80 % and spill where it stands.
    """
    con = ibis.duckdb.connect()
    limit = memory_limit or os.environ.get(MEMORY_VARIABLE, DEFAULT_MEMORY_LIMIT)
    con.raw_sql(f"SET memory_limit = {literal(limit)}")
    con.raw_sql(f"SET temp_directory = {literal(process_folder() / 'spill')}")
    con.raw_sql("SET TimeZone = 'UTC'")
    for head, body in (_MACROS | macros.portable(literal)).items():
        con.raw_sql(f"CREATE OR REPLACE TEMP MACRO {head} AS {body}")
    shut_in(con.con, cache_folder(), *folders)
    return con


def shut_in(con: duckdb.DuckDBPyConnection, *folders: Path) -> None:
    """Keep a DuckDB connection in these folders, off the network, within an hour a statement, and without progress bars."""
    # A notebook without widgets has no bars to switch off, and refuses.
    with contextlib.suppress(duckdb.InvalidInputException):
        con.execute("SET enable_progress_bar = false")
    listed = ", ".join(literal(one) for folder in folders for one in {folder.absolute(), folder.resolve()})
    for statement in (f"SET allowed_directories = [{listed}]", *_SHUT):
        con.execute(statement)


def literal(value: object) -> str:
    """A value as a text in SQL."""
    return "'" + str(value).replace("'", "''") + "'"
