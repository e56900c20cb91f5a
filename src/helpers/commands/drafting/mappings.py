"""Known exports: plain YAML files that say how the columns of a program's export are mapped."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from helpers import paths
from helpers.errors import StudyError
from helpers.study import strict_yaml
from helpers.study.table_columns import TABLES
from helpers.tables import expressions
from helpers.tables.headers import cleaned

FOLDER = paths.DATA / "mappings"
_TEXTS = ("title", "document", "table", "ids", "currency")
_LISTS = ("signature", "where", "not_in_document")
KEYS = (*_TEXTS, *_LISTS, "columns", "known_values", "rules", "settings", "because")


@dataclass(frozen=True)
class Mapping:
    """One mapping file; `columns` holds for each contract column its alternatives, the first that is there counts."""

    path: Path
    title: str
    document: str
    table: str
    signature: tuple[tuple[str, ...], ...]
    columns: dict[str, tuple[str, ...]]
    where: tuple[str, ...]
    known_values: dict[str, list[str]]
    rules: dict[str, str]
    settings: dict
    because: dict[str, str]
    not_in_document: tuple[str, ...]
    ids: str | None
    currency: tuple[str, ...]

    def fits(self, columns: tuple[str, ...]) -> bool:
        """Whether every column of the signature, or one of its other names, is there."""
        return all(any(name in columns for name in names) for names in self.signature)

    def is_unread(self, key: str) -> bool:
        """Whether nobody has read this column, or key, in the document."""
        return bool({key, "all"} & {*self.not_in_document})

    def chosen(self, columns: tuple[str, ...]) -> dict[str, str]:
        """For each contract column the first alternative whose columns are all there."""
        found = {}
        for name, alternatives in self.columns.items():
            there = [one for one in alternatives if is_there(one, columns)]
            if there:
                found[name] = there[0]
        missing = [name for name in TABLES[self.table].required if name not in found]
        if missing:
            said = " or ".join(self.columns.get(missing[0], ("nothing",)))
            raise StudyError(
                f"{self.path.name} maps {missing[0]} of {self.table} to {said}, which the file does not have, though its "
                f"signature is there. Add the column to `signature`, or correct `columns` in {self.path}."
            )
        return found


def is_there(origin: str, columns: tuple[str, ...]) -> bool:
    """Whether a column's name, or every column of an expression, is among the file's."""
    if origin in columns:
        return True
    named = expressions.named_in(origin)
    return bool(named) and set(named) <= {column.casefold() for column in columns}


def names_one_of(text: str, columns: set[str]) -> bool:
    """Whether a name or an expression reads one of these columns without a word on what holds where it is missing."""
    return text in columns or bool(expressions.needed_in(text) & {column.casefold() for column in columns})


def find(columns: tuple[str, ...], folder: Path | None = None) -> Mapping | None:
    """Return the mapping whose signature is all there, the longest where several are; None where none is."""
    fitting = [mapping for mapping in load_all(folder) if mapping.fits(columns)]
    return max(fitting, key=lambda mapping: len(mapping.signature), default=None)


def load_all(folder: Path | None = None) -> list[Mapping]:
    """Return the mappings of data/mappings in the order of their names; StudyError names what is wrong in one."""
    return [_loaded(path, path.stat().st_mtime_ns) for path in sorted((folder or FOLDER).glob("*.yaml"))]


@cache
def _loaded(path: Path, _: int) -> Mapping:
    """A mapping is read once for all files of a draft, and again when it was changed."""
    return load(path)


def load(path: Path) -> Mapping:
    """Read and check one mapping file."""
    given = strict_yaml.read(path)
    for key in given:
        if key not in KEYS:
            raise strict_yaml.unknown("key", key, KEYS, str(path))
    for key in ("title", "document", "table", "signature", "columns"):
        if not given.get(key):
            raise StudyError(f"{path} does not say `{key}`: see the other mappings in {path.parent}.")
    table = given["table"]
    if table not in TABLES:
        raise strict_yaml.unknown("table", table, TABLES, str(path))
    known = [column.name for column in TABLES[table].columns]
    for column in given["columns"]:
        if column not in known and not TABLES[table].attributes:
            raise strict_yaml.unknown("column", column, known, f"{path}: columns")
    for condition in _alternatives(given.get("where", [])):
        if not expressions.named_in(condition):
            raise StudyError(
                f"{path}: {condition!r} under `where` is no SQL condition on columns of the export."
            )
    return Mapping(
        path=path,
        title=given["title"],
        document=given["document"],
        table=table,
        signature=tuple(_alternatives(one) for one in given["signature"]),
        columns={name: _alternatives(value) for name, value in given["columns"].items()},
        where=_alternatives(given.get("where", [])),
        known_values=given.get("known_values", {}),
        rules=given.get("rules", {}),
        settings=given.get("settings", {}),
        because=given.get("because", {}),
        not_in_document=_alternatives(given.get("not_in_document", [])),
        ids=given.get("ids"),
        currency=_alternatives(given.get("currency", [])),
    )


def _alternatives(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(cleaned(str(one)) for one in listed)
