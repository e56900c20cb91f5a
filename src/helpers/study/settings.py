"""Values of a study's file: each is checked, and refused with what may stand there."""

import calendar
import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from helpers.errors import StudyError, without_secrets
from helpers.study import strict_yaml
from helpers.study.source_address import FOLDER, SourceAddress

SHORTEST_DAYS = {"day": 1, "week": 7, "month": 31, "year": 366}  # no unit is taken for fewer days than it has
MOST_DIGITS = 7  # of a hold-out's number
MOST_MINUTES = 100_000  # ten weeks
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


def holdout_days(text: str | None, as_of: date, path: Path) -> int | None:
    """Days of a hold-out like "39 weeks"; months count back from `as_of` in the calendar."""
    if text is None:
        return None
    match = re.fullmatch(r"([1-9]\d*) *(day|week|month|year)s?", text.strip())
    if not match:
        raise StudyError(
            f'{path}: holdout is {text!r}; write a number and a unit, like "39 weeks" or "6 months".'
        )
    number, unit = int(match[1][:MOST_DIGITS]), match[2]
    if len(match[1]) > MOST_DIGITS or number * SHORTEST_DAYS[unit] >= as_of.toordinal():
        raise StudyError(
            f"{path}: holdout is {text!r}, which begins before the year 1; write how long before as_of {as_of} it begins, "
            'like "39 weeks" or "6 months".'
        )
    if unit in ("day", "week"):
        return number * SHORTEST_DAYS[unit]
    return (as_of - _months_before(as_of, number * {"month": 1, "year": 12}[unit])).days


def _months_before(day: date, months: int) -> date:
    """The same day `months` earlier; the last day of a month stays the last day of a month."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    is_last = (day + timedelta(days=1)).day == 1
    return date(year, month + 1, last if is_last else min(day.day, last))


def day(key: str, value: Any, path: Path) -> Any:
    """A day on which business may have stood, or None."""
    if value is not None and not FIRST_DAY <= value <= LAST_DAY:
        raise StudyError(f"{path}: {key} is {value}; write a day from {FIRST_DAY} to {LAST_DAY}.")
    return value


def earlier_day(day: date | None, as_of: date, path: Path) -> date | None:
    """The day that pages compare `as_of` with, before it; None where the study states none."""
    if day is not None and day >= as_of:
        raise StudyError(f"{path}: compare_to {day} is not before as_of {as_of}.")
    return day


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def timezone(name: str, path: Path | str) -> str:
    """A time zone by its name in the IANA database."""
    if name not in _timezones():
        if near := strict_yaml.nearest(name, _timezones()):
            raise StudyError(
                f"{path}: unknown timezone {name!r}. Did you mean {near!r}? Write a name like Asia/Ho_Chi_Minh or UTC."
            )
        raise StudyError(f"{path}: unknown timezone {name!r}. Write a name like Asia/Ho_Chi_Minh or UTC.")
    return name


def currency(code: str, path: Path) -> str:
    """A currency's code of three letters (ISO 4217)."""
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise StudyError(f"{path}: currency is {code!r}; write its three-letter code, like USD, EUR or VND.")
    return code


def one_of(key: str, value: str, allowed: tuple[str, ...], path: Path) -> str:
    """One of the allowed values."""
    if value not in allowed:
        raise StudyError(f"{path}: {key} is {value!r}; it must be one of {', '.join(allowed)}.")
    return value


def at_least_one(key: str, value: int, path: Path) -> int:
    """A number from 1 to MOST_MINUTES."""
    if not 1 <= value <= MOST_MINUTES:
        raise StudyError(f"{path}: {key} is {value}; it must be 1 or more, and at most {MOST_MINUTES:,}.")
    return value


def source(text: str, path: Path) -> SourceAddress:
    """`demo`, a database's address or an existing folder."""
    source = SourceAddress.of(text, path)
    if source.kind == FOLDER and not source.folder.is_dir():
        raise StudyError(
            f"{path}: source is {source.shown!r}, but there is no folder {without_secrets(str(source.folder))}. One that is "
            "not absolute is looked for from the project's root, and of a study outside the project from its own folder. "
            "A database's address begins like sqlite:///, duckdb:/// or postgres://."
        )
    return source
