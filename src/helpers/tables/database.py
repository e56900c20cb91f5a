"""Tables in a database (duckdb://..., postgres://..., any that Ibis knows): copied to Parquet, then read as files."""

import hashlib
import os
import tempfile
from pathlib import Path

import ibis

from helpers.contracts.columns import TABLES
from helpers.errors import StudyError

from .engine import cache_folder


def snapshot(address: str) -> Path:
    """Copy the contract's tables of a database to Parquet files and return their folder, in the cache, for the owner only.

    Every call copies anew, because a database does not say whether it has changed; a table that is no longer there
    leaves the folder too. Raises StudyError where the database cannot be reached or has none of the tables.
    """
    shown = _without_password(address)
    scheme = address.partition("://")[0]
    try:
        con = ibis.connect(address)
    except ImportError:
        raise StudyError(
            f"The source {shown} needs a driver that is not installed: install `ibis-framework[{scheme}]` into .venv."
        ) from None
    except Exception as error:  # every driver has its own errors
        raise StudyError(
            f"The source {shown} cannot be opened: {str(error).splitlines()[0]}. An address is like sqlite:///shop.db, "
            "duckdb:///shop.db, postgres://user:password@host/name, or another that Ibis knows."
        ) from None
    wanted = [name for name in TABLES if _has(con, name)]
    if not wanted:
        raise StudyError(
            f"The source {shown} has none of the tables {', '.join(TABLES)}. Make views with these names there, with the "
            "columns of data/README.md."
        )
    folder = cache_folder() / f"database-{hashlib.sha256(address.encode()).hexdigest()[:40]}"
    folder.mkdir(exist_ok=True, mode=0o700)
    for name in TABLES:
        target = folder / f"{name}.parquet"
        if name not in wanted:
            target.unlink(missing_ok=True)
            continue
        with tempfile.TemporaryDirectory(dir=folder) as partial:
            copy = Path(partial) / target.name
            try:
                con.table(name).to_parquet(str(copy))
            except Exception as error:
                raise StudyError(
                    f"The table {name} of {shown} cannot be read: {str(error).splitlines()[0]}"
                ) from None
            copy.chmod(0o600)
            os.replace(copy, target)
    con.disconnect()
    return folder


def _has(con, name: str) -> bool:
    # Asked by opening it: Ibis 12 cannot list the tables of DuckDB 2.
    try:
        con.table(name)
    except Exception:
        return False
    return True


def _without_password(address: str) -> str:
    """The address as it may be shown: without user and password."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rsplit('@', 1)[-1].partition('?')[0]}"
