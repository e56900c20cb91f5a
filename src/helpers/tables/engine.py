"""The engine that reads and computes: DuckDB inside this process, with its memory and spill folder set."""

import os
import tempfile
import time
from pathlib import Path

import ibis

from helpers.tables import macros

MEMORY_VARIABLE = "HELPERS_MEMORY_LIMIT"  # environment variable; the runner divides the memory by its jobs
DEFAULT_MEMORY_LIMIT = "50%"
KEEP_DAYS = 30
# What helpers.tables.times calls, since engines name these differently; helpers.tables.spark defines the same.
_MACROS = {
    "local_instant(zone, local)": "timezone(zone, local)",
    "micros_timestamp(micros)": "make_timestamp(micros)",
}


def connect(memory_limit: str | None = None) -> ibis.BaseBackend:
    """Return an Ibis DuckDB backend whose days are UTC days and which spills outside the working directory.

    `memory_limit` is a size (`4GB`) or a share of the machine (`40%`); by default the environment variable
    HELPERS_MEMORY_LIMIT, or half of the machine. DuckDB alone would take 80 % and spill where it stands.
    """
    con = ibis.duckdb.connect()
    con.raw_sql(
        f"SET memory_limit = '{memory_limit or os.environ.get(MEMORY_VARIABLE, DEFAULT_MEMORY_LIMIT)}'"
    )
    con.raw_sql(f"SET temp_directory = '{_quoted(cache_folder() / f'spill-{os.getpid()}')}'")
    con.raw_sql("SET TimeZone = 'UTC'")
    for head, body in (_MACROS | macros.portable(lambda text: "'" + text.replace("'", "''") + "'")).items():
        con.raw_sql(f"CREATE OR REPLACE TEMP MACRO {head} AS {body}")
    return con


def cache_folder() -> Path:
    """Return the folder for converted files and spilled rows, outside the project, for the owner only.

    It holds customers' data: files nobody used for 30 days are removed whenever a file is converted.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    try:
        folder = base / "customer-value-notebooks"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:  # a machine user without a home
        owner = os.getuid() if hasattr(os, "getuid") else "user"
        folder = Path(tempfile.gettempdir()) / f"customer-value-notebooks-{owner}"
        folder.mkdir(exist_ok=True, mode=0o700)
    folder.chmod(0o700)  # refused when the folder belongs to somebody else
    return folder


def forget_unused(folder: Path) -> None:
    """Remove converted files that nobody used for 30 days."""
    limit = time.time() - KEEP_DAYS * 24 * 3600
    for path in folder.glob("*.parquet"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
