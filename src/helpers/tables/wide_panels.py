"""Panels and sales with a column per period, told by their headers, or per unit: read as a row per unit and period."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

import ibis

from helpers.contracts import date_formats
from helpers.study.table_columns import ROW

FEWEST, FEWEST_NAMED = 2, 4  # columns named like periods; where a word stands before each
MADE = ("period", "outcome")
# In `columns` of a study: for unit, each column that it does not name is a unit; for order_time, each period's column.
COLUMN_NAMES = "column_names"
SALES = ("order_time", "amount")
_CENTURY = 70  # years of two digits from here on are of the last century
_YEAR, _SHORT, _MONTH, _DAY, _SIGN = (
    r"(?P<year>(?:19|20)\d\d)", r"'?(?P<short>\d\d)", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})", "[-/._ ]",
)  # fmt: skip
_QUARTER, _WEEK = r"Q(?P<quarter>[1-4])", r"W(?:eek|k)?[ ._]?(?P<week>\d{1,2})"
_MIDNIGHT = r"(?:[ T]00:00(?::00)?)?"
_FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_YEAR}(?: \[YR\d{{4}}\])?",
        rf"{_YEAR}{_SIGN}{_MONTH}",
        rf"{_YEAR}{_SIGN}{_MONTH}{_SIGN}{_DAY}{_MIDNIGHT}",
        rf"{_YEAR}{_SIGN}?{_QUARTER}",
        rf"{_QUARTER}{_SIGN}?(?:{_YEAR}|{_SHORT})",
        rf"{_YEAR}{_SIGN}?{_WEEK}",
        rf"{_WEEK}{_SIGN}{_YEAR}",
        rf"{_MONTH}{_SIGN}{_YEAR}",
        rf"{_YEAR}(?P<month>\d\d)",
        rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)",
        rf"{_DAY}{_SIGN}{_MONTH}{_SIGN}(?:{_YEAR}|{_SHORT}){_MIDNIGHT}",
        rf"{_MONTH}{_SIGN}{_DAY}{_SIGN}(?:{_YEAR}|{_SHORT}){_MIDNIGHT}",
    )
]
_OF_NAMED_MONTHS = [  # the name of the month is its number between two bars
    re.compile(form)
    for form in (
        rf"\|{_MONTH}\|{_SIGN}?(?:{_YEAR}|{_SHORT})",
        rf"(?:{_YEAR}|{_SHORT}){_SIGN}?\|{_MONTH}\|",
        rf"{_DAY}{_SIGN}?\|{_MONTH}\|{_SIGN}?(?:{_YEAR}|{_SHORT})",
        rf"\|{_MONTH}\|{_SIGN}?{_DAY},?{_SIGN}{_YEAR}",
    )
]
_NAMED = re.compile(r"(?P<word>[^\W\d_][^\d]*?)[-/._ ]?(?P<period>(?:19|20)\d\d(?:\D.*|\d\d|\d{4})?)")


def period_of(header: str) -> date | None:
    """Return the first day that a header names in the one way in which it can be read; None for another one."""
    read = {day for form in _forms(header) if (day := _day(form, header))}
    return read.pop() if len(read) == 1 else None


def periods(columns: list[str]) -> dict[str, date]:
    """Return the columns that are periods with their first days; none where the file has a period or an outcome of its own.

    All must be named in one way, in any order, and no two name the same day; before each may stand one word (X1990,
    sales_2024_01). Of two ways, day or month first, the one counts that makes equal steps; where both do, none.
    """
    if any(column.casefold() in MADE for column in columns):
        return {}
    found = _read({column: column for column in columns}, FEWEST)
    if found:
        return found
    words: dict[str, dict[str, str]] = {}
    for column in columns:
        if named := _NAMED.fullmatch(column.strip()):
            words.setdefault(named["word"].casefold(), {})[column] = named["period"]
    made = [read for named in words.values() if (read := _read(named, FEWEST_NAMED))]
    return made[0] if len(made) == 1 else {}


def _read(headers: dict[str, str], fewest: int) -> dict[str, date]:
    """{column: day} by the one form that reads the most headers."""
    ways = []
    for form in dict.fromkeys(form for header in headers.values() for form in _forms(header)):
        days = {column: day for column, header in headers.items() if (day := _day(form, header))}
        if len(days) >= fewest and len(set(days.values())) == len(days) and _is_sure(headers, days):
            ways.append(days)
    most = max(map(len, ways), default=0)
    ways = [days for days in ways if len(days) == most]
    even = [days for days in ways if _is_even([*days.values()])]
    return ways[0] if len(ways) == 1 else even[0] if len(even) == 1 else {}


def _is_sure(headers: dict[str, str], days: dict[str, date]) -> bool:
    """Whether years are written out, or go on in equal steps of months: Jan-01, Jan-02 may be days, or years."""
    if all(
        f"{day.year:04}" in headers[column] or "W" in headers[column].upper() for column, day in days.items()
    ):
        return True
    return len({day.month for day in days.values()}) > 1 and _is_even([*days.values()])


def _forms(header: str) -> list[re.Pattern[str]]:
    """The forms that a header has."""
    text, named = _with_month(header)
    return [form for form in (_OF_NAMED_MONTHS if named else _FORMS) if form.fullmatch(text)]


def _with_month(header: str) -> tuple[str, bool]:
    """The header, with its month's name as a number between bars where it has one."""
    text = header.strip()
    number, named = date_formats.with_month_number(text)
    if not named:
        return text, False
    before = next(k for k, pair in enumerate(zip(text.lower(), number, strict=False)) if pair[0] != pair[1])
    after = len(number) - before - 2
    return f"{text[:before]}|{number[before : before + 2]}|{text[len(text) - after :] if after else ''}", True


def _day(form: re.Pattern[str], header: str) -> date | None:
    """The first day of the period that a header names in this form."""
    found = form.fullmatch(_with_month(header)[0])
    if found is None:
        return None
    parts = {name: int(number) for name, number in found.groupdict().items() if number}
    year = parts.get("year") or 2000 + parts["short"] - 100 * (parts["short"] >= _CENTURY)
    try:
        if "week" in parts:
            return date.fromisocalendar(year, parts["week"], 1)
        month = 3 * parts["quarter"] - 2 if "quarter" in parts else parts.get("month", 1)
        return date(year, month, parts.get("day", 1))
    except ValueError:
        return None


def _is_even(days: list[date]) -> bool:
    """Whether days follow one another in equal steps of months (from the last day to the last, too) or of days."""
    steps = [(later - earlier).days for earlier, later in pairwise(sorted(days))]
    is_monthly = len({day.day for day in days}) == 1 or all((day + timedelta(1)).day == 1 for day in days)
    months = [12 * day.year + day.month for day in sorted(days)]
    by_month = {later - earlier for earlier, later in pairwise(months)}
    return len(set(steps)) == 1 or (is_monthly and len(by_month) == 1)


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


def sales(table: ibis.Table) -> ibis.Table:
    """Return sales with a column per period as a row per sale, dated the period's first day; blanks and zeros are none."""
    made = long(table)
    if made is table:
        return table
    made = made.rename({SALES[0]: MADE[0], SALES[1]: MADE[1]})
    amount = made[SALES[1]]
    return made.filter(amount.re_search("[1-9]") if amount.type().is_string() else amount != 0)


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
