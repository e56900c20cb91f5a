"""A file's values as the contract's types: text that does not fit becomes null, never something else.

Every function takes and returns Ibis columns.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from helpers.contracts.status_words import FALSE, TRUE
from helpers.tables import numbers, times
from helpers.tables.numbers import as_number
from helpers.tables.texts import NEEDS_CARE, as_given, as_text
from helpers.tables.times import INSTANT, MICROSECONDS, as_time

if TYPE_CHECKING:
    from helpers.study.study import TableSpec
    from helpers.study.table_columns import Contract

__all__ = [
    "INSTANT",
    "MICROSECONDS",
    "Written",
    "as_flag",
    "as_given",
    "as_id",
    "as_number",
    "as_text",
    "as_time",
    "careful",
    "is_native",
    "typed",
    "with_careful",
]

_FLAGS = dict.fromkeys((*(one for one in TRUE if one != "x"), "1.0"), True)  # an x is as often a name
_FLAGS |= dict.fromkeys((*FALSE, "0.0"), False)
CAREFUL = "careful text of {}"  # the column that holds what `careful` gives of a contract column
_ID_NEEDS_CARE = rf"^\d+\.0$|{NEEDS_CARE}"
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


def as_id(column: ibis.Value, text: ibis.Value | None = None) -> ibis.Value:
    """Text that names something: a whole number is written without a decimal point, 17850.0 as 17850.

    `text` is what `careful` gives for the column, where that stands in a column already.
    """
    if column.type().is_floating():
        return as_given(column)
    given = as_given(column) if text is None else text
    whole_number = ibis.ifelse(given.re_search(r"^\d+\.0$"), given.re_replace(r"\.0$", ""), given)
    return ibis.ifelse(column.cast("string").re_search(_ID_NEEDS_CARE), whole_number, column.cast("string"))


def as_flag(column: ibis.Value, text: ibis.Value | None = None) -> ibis.Value:
    """True or false; as text true, yes, t, y or 1 and their opposites in any case. `text`: see `as_id`."""
    if column.type().is_boolean():
        return column
    text = as_given(column).lower() if text is None else text
    return ibis.cases(*((text == word, value) for word, value in _FLAGS.items()))


def with_careful(
    lines: ibis.Table, contract: "Contract", stands: dict[str, str], written: Written
) -> ibis.Table:
    """`lines` with the text that is read with care of each contract column; stands: where in `lines` each stands."""
    texts = {
        one.name: careful(lines[stands[one.name]], one.type, one.name, written)
        for one in contract.columns
        if one.name in stands
    }
    return lines.mutate(**{CAREFUL.format(name): text for name, text in texts.items() if text is not None})


def careful(column: ibis.Value, kind: str, name: str, written: Written) -> ibis.Value | None:
    """The text that `typed` reads of a value that is not plain, None where it reads none.

    It is read a dozen times there. Engines plan each occurrence, longer than they take to read a small file, so that a
    caller gives it a column of its own.
    """
    if not column.type().is_string() or kind == "text":
        return None
    if kind == "number":
        stated = written.numbers
        return numbers.careful(column, stated["decimal"], stated["thousands"])
    if kind in ("time", "date"):
        said = written.times(name)
        return times.careful(column, said["date_format"], said.get("years"))
    given = as_given(column)
    return given.lower() if kind == "flag" else ibis.ifelse(column.re_search(_ID_NEEDS_CARE), given, None)


def typed(
    column: ibis.Value, kind: str, name: str, written: Written, text: ibis.Value | None = None
) -> ibis.Value:
    """The column as one of the contract's types (see study.table_columns); `name` is what the contract calls it.

    `text` is what `careful` gives for the column, where that stands in a column already.
    """
    if kind == "number":
        return as_number(column, **written.numbers, text=text)
    if kind in ("time", "date"):
        moment = as_time(column, **written.times(name), text=text)
        return moment if kind == "time" else moment.date()
    return as_text(column) if kind == "text" else {"id": as_id, "flag": as_flag}[kind](column, text)


def is_native(column: ibis.Value, kind: str) -> bool:
    """Whether the file itself holds the type, so that no value can be unreadable (but not finite)."""
    given = column.type()
    if kind in ("time", "date"):
        return given.is_timestamp() or given.is_date()
    return kind in ("id", "text") or (kind == "number" and given.is_integer())
