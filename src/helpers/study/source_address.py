"""Where a study's tables are: the study file's `source`, read once."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from helpers import paths
from helpers.errors import StudyError

DEMO, FOLDER, DATABASE = "demo", "folder", "database"
SPARK = "pyspark://"  # before a folder or `demo`: its tables are read and computed by Spark
OPTIONS = ("customers", "seed")


@dataclass(frozen=True)
class SourceAddress:
    """A study's source: `demo`, a folder or a database, and whether Spark reads and computes its tables.

    path: a folder as written, or a database's address; options: the size and seed of the simulated company.
    """

    text: str
    kind: str
    path: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    on_spark: bool = False

    def __str__(self) -> str:
        return self.text

    @classmethod
    def of(cls, text: str) -> "SourceAddress":
        """Read `demo`, `demo?customers=800&seed=7`, a folder, either after pyspark://, or a database's address.

        Raises StudyError for options that the simulated company does not have.
        """
        on_spark, rest = text.startswith(SPARK), text.removeprefix(SPARK)
        name, _, query = rest.partition("?")
        if name == DEMO:
            return cls(text, DEMO, options=_options(text, query), on_spark=on_spark)
        return cls(text, DATABASE if "://" in rest else FOLDER, rest, on_spark=on_spark)

    @property
    def folder(self) -> Path:
        """The folder, from the project's root where it is not absolute."""
        return paths.ROOT / Path(self.path).expanduser()

    @property
    def scheme(self) -> str:
        """What kind of database it is: sqlite, duckdb, postgres, ..."""
        return self.path.partition("://")[0]

    @property
    def shown(self) -> str:
        """A database's address as it may be shown: without user and password."""
        scheme, _, rest = self.path.partition("://")
        return f"{scheme}://{rest.rsplit('@', 1)[-1].partition('?')[0]}"


def _options(text: str, query: str) -> dict[str, Any]:
    given = dict(parse_qsl(query))
    if set(given) - set(OPTIONS) or not all(value.isdecimal() for value in given.values()):
        raise StudyError(f"The source {text!r} is not like `demo` or `demo?customers=800&seed=7`.")
    return {name: int(value) for name, value in given.items()}
