"""Tables that notebooks hand each other: Parquet, a file from DuckDB, a folder of files from Spark."""

import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.tables import engine, spark

if TYPE_CHECKING:
    import ibis

    from helpers.study.study import Study


def open_artifact(study: "Study", path: Path) -> "ibis.Table":
    """Open a Parquet file or folder as an Ibis table on the study's engine, nothing loaded yet."""
    if study.source.on_spark:
        return spark.connect().read_parquet(spark.address(path), table_name=path.stem)
    return engine.connect(folders=[path.parent]).read_parquet(str(path), table_name=path.stem)


def write(table: "ibis.Table", path: Path) -> None:
    """Write an Ibis table as Parquet: Spark's workers write a folder, which the driver must see as well.

    DuckDB may write into the cache folder only, so the file is moved from there.
    """
    backend = table.get_backend().name
    if backend != "duckdb":
        table.to_parquet(spark.address(path) if backend == "pyspark" else str(path))
        return
    partial = engine.cache_folder() / f"{path.stem}.{os.getpid()}.{uuid.uuid4().hex}.partial"
    try:
        table.to_parquet(str(partial))
        shutil.move(partial, path)
    finally:
        partial.unlink(missing_ok=True)
