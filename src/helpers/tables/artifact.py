"""Tables that notebooks hand each other: Parquet, a file from DuckDB, a folder of files from Spark."""

from pathlib import Path

from helpers.tables import engine, spark
from helpers.tables.folder import on_spark


def open_artifact(study, path: Path):
    """Open a Parquet file or folder as an Ibis table on the study's engine, nothing loaded yet."""
    if on_spark(study):
        return spark.connect().read_parquet(spark.address(path), table_name=path.stem)
    return engine.connect().read_parquet(str(path), table_name=path.stem)


def write(table, path: Path) -> None:
    """Write an Ibis table as Parquet: Spark's workers write a folder, which the driver must see as well."""
    is_spark = table.get_backend().name == "pyspark"
    table.to_parquet(spark.address(path) if is_spark else str(path))
