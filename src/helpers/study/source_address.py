"""Where a study's tables are: the study file's `source`, read once."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from helpers import paths
from helpers.errors import StudyError, without_secrets

DEMO, FOLDER, DATABASE = "demo", "folder", "database"
SPARK = "pyspark://"  # before a folder or `demo`: its tables are read and computed by Spark
SHORT = 3  # characters; a password as short stands in many words
OPTIONS = ("customers", "seed", "names")
MOST_CUSTOMERS, MOST_DIGITS = 1_000_000, 9  # of the simulated company, and of a number in its address


@dataclass(frozen=True, repr=False)
class SourceAddress:
    """A study's source: `demo`, a folder or a database, and whether Spark reads and computes its tables.

    path: a folder as written, or a database's address; beside: where that folder is looked for;
    options: the size and seed of the simulated company, and the language of its names.
    """

    text: str
    kind: str
    path: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    on_spark: bool = False
    beside: Path = paths.ROOT

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return f"SourceAddress({self.shown!r})"

    @classmethod
    def of(cls, text: str, study: Path | None = None) -> "SourceAddress":
        """Read `demo`, `demo?customers=800&seed=7&names=vi`, a folder, either after pyspark://, or a database's address.

        A folder that is not absolute is looked for from the project's root, or from the folder of a study outside it.
        Raises StudyError for options that the simulated company does not have.
        """
        on_spark, rest = text.startswith(SPARK), text.removeprefix(SPARK)
        name, _, query = rest.partition("?")
        if name == DEMO:
            return cls(text, DEMO, options=_options(text, query), on_spark=on_spark)
        own = study.resolve().parent if study else paths.ROOT
        beside = paths.ROOT if own.is_relative_to(paths.ROOT) else own
        return cls(text, DATABASE if "://" in rest else FOLDER, rest, on_spark=on_spark, beside=beside)

    @property
    def folder(self) -> Path:
        """The folder, from `beside` where it is not absolute."""
        return self.beside / Path(self.path).expanduser()

    @property
    def scheme(self) -> str:
        """What kind of database it is: sqlite, duckdb, postgres, ..."""
        return self.path.partition("://")[0]

    @property
    def shown(self) -> str:
        """The source as it may be shown: a database's address without user, password and options."""
        if self.kind != DATABASE:
            return without_secrets(self.text)
        scheme, _, rest = self.path.partition("://")
        user, _, place = rest.rpartition("@")
        is_plain = not user or not set(user) & set("?#")
        return (
            f"{scheme}://{place.partition('?')[0] if is_plain and '@' not in rest.partition('?')[2] else '…'}"
        )

    def hidden_in(self, text: str) -> str:
        """A driver's text without what the address keeps secret, however the driver writes it."""
        user, _, place = self.path.partition("://")[2].rpartition("@")
        values = [value for _, value in parse_qsl(place.partition("?")[2])]
        given = [self.path, user, *user.split(":")[1:], user.partition(":")[2], *values]
        secrets = {one for part in given for one in (part, unquote(part)) if one}
        if any(len(one) < SHORT and one in text for one in secrets):
            return "the driver's own words hold what the address keeps secret"
        for one in sorted(secrets, key=len, reverse=True):
            text = text.replace(one, "…")
        return without_secrets(text)


def _options(text: str, query: str) -> dict[str, Any]:
    given = dict(parse_qsl(query))
    counts = {name: value for name, value in given.items() if name != "names"}
    known = not set(given) - set(OPTIONS) and all(
        one.isdecimal() and len(one) <= MOST_DIGITS for one in counts.values()
    )
    numbers = {name: int(value) for name, value in counts.items()} if known else {}
    if not known or numbers.get("customers", 0) > MOST_CUSTOMERS:
        raise StudyError(
            f"The source {text!r} is not like `demo` or `demo?customers=800&seed=7&names=vi`, with at most "
            f"{MOST_CUSTOMERS:,} customers and numbers of at most {MOST_DIGITS} digits."
        )
    return given | numbers
