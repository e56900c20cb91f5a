"""Spark as the engine, through Ibis: the session that is there, or the one its configuration describes."""

import os
import shutil
import time
import unicodedata
import uuid
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from helpers import paths
from helpers.errors import StudyError
from helpers.study.table_columns import ROW
from helpers.tables import macros
from helpers.tables.times import INSTANT

if TYPE_CHECKING:
    import ibis
    from pyspark import SparkContext

DIALECT = "spark"
KEPT_SECONDS = 7 * 24 * 3600  # what a killed process left behind is removed after a week
# What helpers.tables.times calls, for Spark under the same names. strftime's codes become Java's.
_CODES = {
    "%Y": "yyyy",
    "%y": "yy",
    "%m": "MM",
    "%d": "dd",
    "%H": "HH",
    "%M": "mm",
    "%S": "ss",
    "%f": "SSSSSS",
}
_CODES |= {"%z": "xx", "%b": "MMM", "%B": "MMMM", "%I": "hh", "%p": "a", "%j": "DDD"}
_FUNCTIONS = {
    "timezone(zone STRING, instant TIMESTAMP) RETURNS TIMESTAMP_NTZ": (
        "CAST(from_utc_timestamp(instant, zone) AS TIMESTAMP_NTZ)"
    ),
    "local_instant(zone STRING, local TIMESTAMP_NTZ) RETURNS TIMESTAMP": (
        "to_utc_timestamp(CAST(local AS TIMESTAMP), zone)"
    ),
    "micros_timestamp(micros BIGINT) RETURNS TIMESTAMP_NTZ": "CAST(timestamp_micros(micros) AS TIMESTAMP_NTZ)",
    "try_strptime(text STRING, format STRING) RETURNS TIMESTAMP": "try_to_timestamp(text, {format})",
}


def connect() -> "ibis.BaseBackend":
    """Return an Ibis PySpark backend whose days are UTC days.

    The session is the running one (a notebook on a cluster), or is made from Spark's own configuration
    (PYSPARK_SUBMIT_ARGS, spark-defaults.conf). Raises StudyError where PySpark is not installed, and under spark-submit,
    whose one session several notebooks cannot share.
    """
    # PySpark 4.3 says so at every result; what of it is used is held to DuckDB's results by the tests.
    warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 (installed on request only)
    except ImportError:
        raise StudyError(
            "A source pyspark://FOLDER needs PySpark and Java 17: install `requirements-spark.txt` into .venv "
            "(README, From a laptop to a cluster)."
        ) from None
    running = SparkSession.getActiveSession()
    if "PYSPARK_GATEWAY_PORT" in os.environ and running is None:
        raise StudyError(
            "Each notebook is a Spark application of its own, so spark-submit cannot start a run: put its options into "
            "PYSPARK_SUBMIT_ARGS and start `python -m helpers report` (README, From a laptop to a cluster)."
        )
    import ibis  # noqa: PLC0415

    session = SparkSession.builder.appName("customer-value-notebooks").getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    # What is not a number becomes null by try_cast, as on DuckDB; nothing is cut to fit in silence.
    session.conf.set("spark.sql.ansi.enabled", "true")
    # Java's (?i) folds ASCII alone, and takes an apostrophe in a raw text by its code.
    portable = macros.portable(
        lambda text: "r'" + text.replace("(?i)", "(?iu)").replace("'", "\\u0027") + "'"
    )
    types = {"text": "text STRING", "pattern": "pattern STRING", "years": "years BIGINT"}
    for head, body in portable.items():
        name, _, parameters = head.rstrip(")").partition("(")
        typed = ", ".join(types[one] for one in parameters.split(", "))
        session.sql(f"CREATE OR REPLACE TEMPORARY FUNCTION {name}({typed}) RETURNS STRING RETURN {body}")
    java = "format"
    for code, letters in _CODES.items():
        java = f"replace({java}, '{code}', '{letters}')"
    for head, body in _FUNCTIONS.items():
        session.sql(f"CREATE OR REPLACE TEMPORARY FUNCTION {head} RETURN {body.replace('{format}', java)}")
    session.udf.register("nfc_normalize", _composed)
    if session.sparkContext.getCheckpointDir() is None:
        _keep_checkpoints(session.sparkContext)
    con = ibis.pyspark.connect(session)
    con.is_guest = running is not None
    con._create_cached_table, con._drop_cached_table = partial(_stored, con), session.catalog.dropTempView
    return con


def _stored(con: "ibis.BaseBackend", name: str, table: "ibis.Table") -> "ibis.Table":
    """What Ibis keeps of a table by `cache`, computed now and cut off from how it came about, see `settled`.

    Spark's own cache keeps the plan: dozens of sums over the checked rows ran out of memory for all that stood below them.
    """
    con._session.sql(con.compile(table)).checkpoint().createOrReplaceTempView(name)
    return con.table(name)


def _composed(text: str | None) -> str | None:
    """Text in Unicode's composed form, as DuckDB's nfc_normalize gives it."""
    return None if text is None else unicodedata.normalize("NFC", text)


def _keep_checkpoints(context: "SparkContext") -> None:
    """Name a checkpoint folder where workers can write, as they do a run's artifacts; it goes when Spark ends."""
    home = paths.BUILD / ".cache"
    for left in home.glob("spark-*"):
        if time.time() - left.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    folder = home / f"spark-{uuid.uuid4().hex}"
    folder.mkdir(parents=True, mode=0o700)
    context.setCheckpointDir(address(folder))
    # Spark's own process removes it: a kernel may be stopped before it could.
    there = context._jvm.org.apache.hadoop.fs.Path(address(folder))
    there.getFileSystem(context._jsc.hadoopConfiguration()).deleteOnExit(there)


def release(con: "ibis.BaseBackend") -> None:
    """Give the cluster's workers back, unless somebody else's session took them."""
    if not con.is_guest:
        con.disconnect()


def address(path: Path) -> str:
    """A path on the file system that driver and workers share, whatever Spark's default one is."""
    return f"file://{path.absolute()}"


def open_parquet(con: "ibis.BaseBackend", file: Path, name: str) -> "ibis.Table":
    """Open a Parquet file, or a folder of them, as an Ibis table with `_row`: the order in the file, from 1.

    Within one part of a file the numbers follow each other; parts leave gaps.
    """
    from pyspark.sql import functions  # noqa: PLC0415

    try:
        frame = con._session.read.parquet(address(file))
    except errors() as error:
        raise StudyError(
            f"{file.name} is not a Parquet file that Spark can read ({str(error).splitlines()[0]}). Export it again; "
            "times in microseconds, because Spark refuses nanoseconds."
        ) from None
    view = f"{name}_file"
    frame.withColumn(ROW, functions.monotonically_increasing_id() + 1).createOrReplaceTempView(view)
    return open_view(con, view)


def open_view(con: "ibis.BaseBackend", view: str) -> "ibis.Table":
    """Open a view as an Ibis table whose instants are instants.

    Ibis 12 takes Spark's TIMESTAMP, an instant, for a local time, as it does TIMESTAMP_NTZ.
    """
    from pyspark.sql import types  # noqa: PLC0415

    table, fields = con.table(view), con._session.table(f"`{view}`").schema
    instants = [field.name for field in fields if isinstance(field.dataType, types.TimestampType)]
    return table.mutate(**{column: table[column].cast(INSTANT) for column in instants})


def settled(table: "ibis.Table") -> "ibis.Table":
    """The same table, computed on Spark and cut off from how it came about: what follows is planned from here.

    Spark 4.3 cannot plan the ledger's self-joins over the long plan of the checks (it fails in DeduplicateRelations), and a
    short plan is also what a lost worker has to repeat. The rows are written to the checkpoint folder, so that they
    survive the loss of a worker. Any other engine's table is returned as it is.
    """
    con = table.get_backend()
    if con.name != "pyspark":
        return table
    frame = con._session.sql(con.compile(table))
    frame = frame.checkpoint()
    view = f"settled_{uuid.uuid4().hex}"
    frame.createOrReplaceTempView(view)
    return open_view(con, view)


def errors() -> tuple[type[Exception], ...]:
    """What the engine raises: its own errors, and Java's where Spark lets them through."""
    from py4j.protocol import Py4JError  # noqa: PLC0415
    from pyspark.errors import PySparkException  # noqa: PLC0415

    return PySparkException, Py4JError
