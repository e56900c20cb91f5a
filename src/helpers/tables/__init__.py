"""Open a study's tables on an engine: DuckDB inside this process, through Ibis."""

from .engine import connect
from .folder import open_source
from .source import Source

__all__ = ["Source", "connect", "open_source"]
