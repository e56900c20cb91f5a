"""Tables in a database (duckdb://..., postgres://..., any that Ibis knows): copied to Parquet, then read as files."""

import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import ibis
from ibis.common.exceptions import TableNotFound
from pyarrow import parquet

from helpers.errors import StudyError
from helpers.files import OWNER_ONLY
from helpers.paths import process_folder
from helpers.study.source_address import SourceAddress
from helpers.study.table_columns import TABLES
from helpers.tables import views
from helpers.tables.engine import shut_in

SNAPSHOT = "HELPERS_SNAPSHOT"  # environment variable: where the run copied its database to
IN_A_FILE = ("sqlite", "duckdb")
ROWS_AT_ONCE = 50_000


def snapshot(source: SourceAddress) -> Path:
    """Copy the contract's tables of a database to Parquet files and return their folder, which goes with this process.

    A run's notebooks read the copy that the run made (HELPERS_SNAPSHOT), so that all see the same rows; any other call
    copies anew, because a database does not say whether it has changed. Raises StudyError where the database cannot be
    reached or has none of the tables.
    """
    if made := os.environ.get(SNAPSHOT):
        return Path(made)
    shown, scheme = source.shown, source.scheme
    if scheme in IN_A_FILE and not _file(source.path):
        raise StudyError(
            f"The source {shown} names a file that is not there: write {scheme}:///PATH/TO/FILE."
        )
    folder = Path(tempfile.mkdtemp(prefix="database-", dir=process_folder()))
    try:
        con = _connected(source, folder)
    except ImportError:
        raise StudyError(
            f"The source {shown} needs a driver that is not installed: install `ibis-framework[{scheme}]` into .venv."
        ) from None
    except Exception as error:  # every driver has its own errors
        raise StudyError(
            f"The source {shown} cannot be opened: {_said(source, error)}. An address is like sqlite:///shop.db, "
            "duckdb:///shop.db, postgres://USER:PASSWORD@HOST/NAME, or another that Ibis knows."
        ) from None
    views.refuse_strange(con, list(TABLES), shown)
    wanted = [name for name in TABLES if _has(con, name, source)]
    if not wanted:
        raise StudyError(
            f"The source {shown} has none of the tables {', '.join(TABLES)}. Make views with these names there, with the "
            "columns of data/README.md."
        )
    for name in wanted:
        copy = folder / f"{name}.parquet"
        try:
            _copy(con.table(name), copy)
        except Exception as error:
            raise StudyError(f"The table {name} of {shown} cannot be read: {_said(source, error)}") from None
        copy.chmod(OWNER_ONLY)
    con.disconnect()
    return folder


def _connected(source: SourceAddress, folder: Path) -> ibis.BaseBackend:
    """The database, opened; one in a file may read and write nothing beside it but the copies."""
    if source.scheme == "duckdb":
        settings = {"autoload_known_extensions": False, "autoinstall_known_extensions": False}
        con = ibis.duckdb.connect(_file(source.path), read_only=True, **settings)
        shut_in(con.con, folder)
        return con
    con = ibis.connect(source.path)
    if source.scheme == "sqlite":
        con.con.execute("PRAGMA trusted_schema = OFF")
        con.con.execute("PRAGMA query_only = ON")
    return con


def _said(source: SourceAddress, error: Exception) -> str:
    """The first line of a driver's error, without the address's secrets."""
    return source.hidden_in((str(error) or type(error).__name__).splitlines()[0])


def _copy(table: ibis.Table, target: Path) -> None:
    """Copy a table in batches; DuckDB writes it itself, because Ibis 12 cannot fetch batches from DuckDB 2."""
    if table.get_backend().name == "duckdb":
        table.to_parquet(str(target))
        return
    batches = table.to_pyarrow_batches(chunk_size=ROWS_AT_ONCE)
    with parquet.ParquetWriter(target, batches.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _has(con: ibis.BaseBackend, name: str, source: SourceAddress) -> bool:
    # Asked by opening it: Ibis 12 cannot list the tables of DuckDB 2. Whatever else goes wrong is no missing table.
    try:
        con.table(name)
    except TableNotFound:
        return False
    except Exception as error:
        raise StudyError(
            f"The table {name} of {source.shown} cannot be opened: {_said(source, error)}"
        ) from None
    return True


def _file(address: str) -> Path | None:
    """The file of a database in a file, where it is there; opening one that is not would make it."""
    path = urlsplit(address).netloc + urlsplit(address).path
    candidates = map(Path, (path, path.lstrip("/"), "/" + path.lstrip("/")))
    return next((one for one in candidates if one.is_file()), None)
