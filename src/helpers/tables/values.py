"""A file's values as the contract's types: text that does not fit becomes null, never something else.

Every function takes and returns Ibis columns.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from helpers.tables.numbers import as_number
from helpers.tables.texts import NEEDS_CARE, as_given, as_text
from helpers.tables.times import INSTANT, MICROSECONDS, as_time

if TYPE_CHECKING:
    from helpers.study.study import TableSpec

__all__ = [
    "INSTANT",
    "MICROSECONDS",
    "Written",
    "as_flag",
    "as_given",
    "as_id",
    "as_number",
    "as_text",
    "is_native",
    "typed",
]

_FLAGS = {"true": True, "t": True, "yes": True, "y": True, "1": True, "1.0": True}
_FLAGS |= {"false": False, "f": False, "no": False, "n": False, "0": False, "0.0": False}
NUMBERS = ("decimal", "thousands", "currency_sign", "negative", "grouping")


@dataclass(frozen=True)
class Written:
    """How the values of a table are written: what its TableSpec says, and the study's timezone."""

    zone: str
    spec: "TableSpec | None" = None

    @property
    def numbers(self) -> dict:
        """The arguments of `as_number`."""
        return {key: getattr(self.spec, key, None) for key in NUMBERS}

    def date_format(self, column: str) -> str | None:
        """The date format of a contract's column: its own, or the table's."""
        spec = self.spec
        return (spec.date_formats.get(column) or spec.date_format) if spec else None

    def times(self, column: str) -> dict:
        """The arguments of `as_time` for a contract's column."""
        spec = self.spec
        own = {"years": spec.years, "written_in": spec.timezones.get(column)} if spec else {}
        return {"zone": self.zone, "date_format": self.date_format(column)} | own


def as_id(column: ibis.Value) -> ibis.Value:
    """Text that names something: a whole number is written without a decimal point, 17850.0 as 17850."""
    if column.type().is_floating():
        whole = column.try_cast("int64")
        return ibis.ifelse(whole.cast("float64") == column, whole.cast("string"), as_given(column))
    text, given = column.cast("string"), as_given(column)
    whole_number = ibis.ifelse(given.re_search(r"^\d+\.0$"), given.re_replace(r"\.0$", ""), given)
    return ibis.ifelse(text.re_search(rf"^\d+\.0$|{NEEDS_CARE}"), whole_number, text)


def as_flag(column: ibis.Value) -> ibis.Value:
    """True or false; as text true, yes, t, y or 1 and their opposites in any case."""
    if column.type().is_boolean():
        return column
    text = as_given(column).lower()
    return ibis.cases(*((text == word, value) for word, value in _FLAGS.items()))


def typed(column: ibis.Value, kind: str, name: str, written: Written) -> ibis.Value:
    """The column as one of the contract's types (see study.table_columns); `name` is what the contract calls it."""
    if kind == "number":
        return as_number(column, **written.numbers)
    if kind in ("time", "date"):
        moment = as_time(column, **written.times(name))
        return moment if kind == "time" else moment.date()
    return {"id": as_id, "text": as_text, "flag": as_flag}[kind](column)


def is_native(column: ibis.Value, kind: str) -> bool:
    """Whether the file itself holds the type, so that no value can be unreadable (but not finite)."""
    given = column.type()
    if kind in ("time", "date"):
        return given.is_timestamp() or given.is_date()
    return kind in ("id", "text") or (kind == "number" and given.is_integer())
