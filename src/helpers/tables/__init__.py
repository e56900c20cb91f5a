"""Open a study's tables on an engine through Ibis: DuckDB inside this process, Spark, or a database's copy."""

from .artifact import open_artifact, write
from .engine import connect
from .folder import open_source
from .source import Source
from .spark import settled

__all__ = ["Source", "connect", "open_artifact", "open_source", "settled", "write"]
