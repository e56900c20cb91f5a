"""Panels with a column per period, told by their headers, or per unit: read as a row per unit and period."""

import re
from collections.abc import Iterable
from datetime import date
from itertools import pairwise

import ibis

from helpers.study.table_columns import ROW

FEWEST = 2  # columns named like periods
MADE = ("period", "outcome")
COLUMN_NAMES = (
    "column_names"  # in `columns` of a study, for unit: each column that it does not name is a unit
)
_FORMS = (
    re.compile(r"(?P<year>(?:19|20)\d\d)"),
    re.compile(r"(?P<year>(?:19|20)\d\d)[-/.](?P<month>\d{1,2})"),
    re.compile(r"(?P<year>(?:19|20)\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?:[ T]00:00(?::00)?)?"),
    re.compile(r"(?P<year>(?:19|20)\d\d)[- ]?Q(?P<quarter>[1-4])"),
    re.compile(r"(?P<year>(?:19|20)\d\d)-?W(?P<week>\d{1,2})"),
)


def period_of(header: str) -> date | None:
    """Return the first day that a header names: 2024, 2024-01, 2024-01-31, 2024-Q1 or 2024-W05; None for another one."""
    found = next((match for form in _FORMS if (match := form.fullmatch(header.strip()))), None)
    if found is None:
        return None
    parts = {name: int(number) for name, number in found.groupdict().items()}
    try:
        if "week" in parts:
            return date.fromisocalendar(parts["year"], parts["week"], 1)
        month = 3 * parts["quarter"] - 2 if "quarter" in parts else parts.get("month", 1)
        return date(parts["year"], month, parts.get("day", 1))
    except ValueError:
        return None


def periods(columns: list[str]) -> dict[str, date]:
    """Return the columns that are periods with their first days; none where the file has a period or an outcome of its own.

    All must be named in one form, in any order, and no two name the same day.
    """
    found = {column: day for column in columns if (day := period_of(column)) is not None}
    several = len(found) >= FEWEST and len(set(found.values())) == len(found)
    own = any(column.casefold() in MADE for column in columns)
    return found if several and not own and _even([len(column.strip()) for column in found]) else {}


def long(table: ibis.Table) -> ibis.Table:
    """Return a panel with a column per period as one with a row per period, numbered anew; any other table as it is."""
    named = periods([column for column in table.columns if column != ROW])
    if not named:
        return table
    days = {column: day.isoformat() for column, day in named.items()}
    alike = (
        table
        if _of_one_type(table, list(named))
        else table.mutate(**{column: table[column].cast("string") for column in named})
    )
    made = alike.rename({day: column for column, day in days.items()}).pivot_longer(
        list(days.values()), names_to=MADE[0], values_to=MADE[1]
    )
    # A date of its own type: how other dates of the file are written says nothing of these.
    made = made.mutate(**{MADE[0]: made[MADE[0]].cast("date")})
    return made.mutate(**{ROW: ibis.row_number().over(order_by=[made[ROW], made[MADE[0]]]) + 1})


def from_units(table: ibis.Table, named: Iterable[str]) -> ibis.Table:
    """Return a panel with a column per unit as one with a row per unit and period, numbered anew.

    named: the columns that are no units, such as the period; every other one is a unit with its outcomes.
    """
    units = [column for column in table.columns if column not in {ROW, *named}]
    if not _of_one_type(table, units):
        table = table.mutate(**{column: table[column].cast("string") for column in units})
    made = table.pivot_longer(units, names_to="unit", values_to="outcome")
    return made.mutate(**{ROW: ibis.row_number().over(order_by=[made[ROW], made["unit"]]) + 1})


def _of_one_type(table: ibis.Table, columns: list[str]) -> bool:
    return all(table[first].type() == table[second].type() for first, second in pairwise(columns))


def _even(lengths: list[int]) -> bool:
    """Whether headers are written alike: their lengths differ by two at most (2024-1, 2024-12)."""
    return max(lengths) - min(lengths) <= 2
