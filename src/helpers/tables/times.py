"""A file's dates and times as local timestamps: text that does not fit becomes null, never another day.

What counts as fitting is written down, because engines guess: DuckDB reads 01/02/2010 as 1 February.
"""

import re

import ibis
import ibis.expr.datatypes as dt

from helpers.contracts.date_formats import (
    ERAS,
    EXCEL,
    HALVES,
    QUARTER,
    UNIX,
    UNIX_MS,
    WEEK,
    year_pattern,
)
from helpers.tables.texts import as_digits, as_given

MICROSECONDS = dt.Timestamp(scale=6)
INSTANT = dt.Timestamp(timezone="UTC", scale=6)
_DATE = r"\d{4}-\d{2}-\d{2}"
_LOCAL = rf"^{_DATE}([T ]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?)?$"
_WITH_OFFSET = rf"^{_DATE}[T ]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d+)?)? ?(Z|UTC|GMT|[+-]\d{{2}}(:?\d{{2}})?)$"
_DAY = 86_400_000_000  # in microseconds
_LAST_SERIAL = 2_958_466  # the day after 31 December 9999, as spreadsheets count
_EPOCH = 25_569  # 1 January 1970, as spreadsheets count


# DuckDB's own functions under their own names; another engine has them under other names.
@ibis.udf.scalar.builtin(signature=((dt.string, dt.string), MICROSECONDS))
def try_strptime(text: ibis.Value, date_format: ibis.Value) -> ibis.Value:
    """Text by a strftime format as a local time, or null."""


@ibis.udf.scalar.builtin(name="try_strptime", signature=((dt.string, dt.string), INSTANT))
def try_strptime_with_offset(text: ibis.Value, date_format: ibis.Value) -> ibis.Value:
    """Text by a strftime format with %z as an instant, or null."""


@ibis.udf.scalar.builtin(signature=((dt.string, INSTANT), MICROSECONDS))
def timezone(zone: ibis.Value, instant: ibis.Value) -> ibis.Value:
    """An instant as the local time of a timezone."""


# Macros of ours (helpers.tables.engine, helpers.tables.spark), since engines call these differently.
@ibis.udf.scalar.builtin(signature=((dt.string, MICROSECONDS), INSTANT))
def local_instant(zone: ibis.Value, local: ibis.Value) -> ibis.Value:
    """The instant of a local time of a timezone."""


@ibis.udf.scalar.builtin(signature=((dt.int64,), MICROSECONDS))
def micros_timestamp(micros: ibis.Value) -> ibis.Value:
    """Microseconds since 1970 as a time without a zone."""


@ibis.udf.scalar.builtin(signature=((dt.string,), dt.string))
def month_numbered(text: ibis.Value) -> ibis.Value:
    """The text with the name of its month as a two-digit number, or null."""


@ibis.udf.scalar.builtin(signature=((dt.string, dt.string, dt.int64), dt.string))
def with_year(text: ibis.Value, pattern: ibis.Value, years: ibis.Value) -> ibis.Value:
    """The text whose year, the pattern's second group, is less by so many years, or null."""


def as_time(
    column: ibis.Value,
    zone: str,
    date_format: str | None = None,
    years: str | None = None,
    written_in: str | None = None,
    text: ibis.Value | None = None,
) -> ibis.Value:
    """A local timestamp in microseconds: what carries an offset is moved to the study's timezone, once.

    Text fits when it is ISO, or exactly as `date_format` says: strftime's codes (%B also in other languages than
    English), `excel` (days since 30 December 1899), `unix` or `unix_ms` (since 1970, UTC), `week` or `quarter` (a number
    and a year in either order, as their first day). `years: buddhist` counts 543
    more. A value without an offset is local already, or local in `written_in` where that is stated. Nanoseconds are cut.
    `text` is what `careful` gives for the column, where that stands in a column already.
    """
    kind = column.type()
    if kind.is_timestamp():
        return (
            timezone(zone, column.cast(INSTANT))
            if kind.timezone
            else _moved(column.cast(MICROSECONDS), zone, written_in)
        )
    if kind.is_date():
        return _moved(column.cast(MICROSECONDS), zone, written_in)
    text = careful(column, date_format, years) if text is None else text
    if date_format in (UNIX, UNIX_MS):
        scale = 1_000_000 if date_format == UNIX else 1000
        since = text.try_cast("float64")
        micros = ibis.ifelse(
            since.abs() * scale < _LAST_SERIAL * _DAY, (since * scale).round().cast("int64"), None
        )
        return _moved(micros_timestamp(micros), zone, "UTC")
    if date_format == EXCEL:
        return _moved(_from_serial(text), zone, written_in)
    if date_format in (WEEK, QUARTER):
        return _moved(_first_day(text, date_format), zone, written_in)
    if date_format:
        by_format = _by_format(text, date_format, zone, years, written_in)
        if years or re.search("%[aBbz]", date_format):
            return by_format
        as_it_stands = try_strptime(column.cast("string"), date_format)  # as nearly every value
        return ibis.coalesce(_moved(as_it_stands, zone, written_in), by_format)
    if years:
        return _iso(_in_our_era(text, "%Y-", years), zone, written_in)
    raw = column.cast("string")
    plain = _moved(raw.try_cast(MICROSECONDS), zone, written_in)
    return ibis.ifelse(raw.re_search(_LOCAL), plain, _iso(text, zone, written_in))


def careful(column: ibis.Value, date_format: str | None = None, years: str | None = None) -> ibis.Value:
    """The text that `as_time` reads with care, null where a value is plain."""
    text = as_digits(column)
    return text if date_format or years else ibis.ifelse(column.cast("string").re_search(_LOCAL), None, text)


def _iso(text: ibis.Value, zone: str, written_in: str | None) -> ibis.Value:
    """Text as ISO writes times, with or without an offset."""
    local = ibis.ifelse(text.re_search(_LOCAL), text, None).try_cast(MICROSECONDS)
    parts = r" ?([+-]\d{2}):?(\d{2})$"  # no \1 in a replacement: Spark reads it as the digit 1
    whole = text.re_replace(parts, "").concat(text.re_extract(parts, 1), ":", text.re_extract(parts, 2))
    offset = ibis.ifelse(text.re_search(parts), whole, text).re_replace(r" ?(Z|UTC|GMT)$", "+00:00")
    instant = ibis.ifelse(text.re_search(_WITH_OFFSET), offset, None).try_cast(INSTANT)
    return ibis.coalesce(_moved(local, zone, written_in), timezone(zone, instant))


def has_no_offset(column: ibis.Value, date_format: str | None) -> ibis.Value:
    """Whether a value of a column is a time without an offset or zone of its own."""
    kind = column.type()
    if kind.is_timestamp():
        return column.notnull() if kind.timezone is None else column.notnull() & False
    if date_format in (UNIX, UNIX_MS) or (date_format and "%z" in date_format):
        return column.notnull() & False
    return as_given(column).notnull() & ~as_given(column).re_search(_WITH_OFFSET)


def _moved(local: ibis.Value, zone: str, written_in: str | None) -> ibis.Value:
    return timezone(zone, local_instant(written_in, local)) if written_in and written_in != zone else local


def _from_serial(text: ibis.Value) -> ibis.Value:
    """Spreadsheets' days to the millisecond: their fractions are of no finer use, and stand behind a point or a comma."""
    days = text.replace(",", ".").try_cast("float64")
    days = ibis.ifelse((days >= 1) & (days < _LAST_SERIAL), days, None)
    return micros_timestamp((((days - _EPOCH) * (_DAY // 1000)).round() * 1000).cast("int64"))


def _first_day(text: ibis.Value, period: str) -> ibis.Value:
    """The Monday of an ISO week, or the first day of a quarter: 2025-W07, KW 7/2025, Q1 2025."""
    year = text.re_extract(r"(\d{4})", 1)
    number = text.re_replace(r"\d{4}", " ").re_extract(r"(\d{1,2})", 1).try_cast("int64")
    if period == QUARTER:
        month = ibis.ifelse(number.between(1, 4), number * 3 - 2, None).cast("string").lpad(2, "0")
        return year.concat("-", month, "-01").try_cast(MICROSECONDS)
    fourth = _days_since_1970(year.concat("-01-04"))  # always in the first week
    monday = fourth - (fourth + 3) % 7  # the first day of 1970 was a Thursday
    monday = monday + (number - 1) * 7
    until = _days_since_1970((year.try_cast("int64") + 1).cast("string").concat("-01-04"))
    is_week = (number >= 1) & (monday < until - (until + 3) % 7)
    return micros_timestamp(ibis.ifelse(is_week, monday, None) * _DAY)


def _days_since_1970(day: ibis.Value) -> ibis.Value:
    seconds = day.try_cast(MICROSECONDS).cast("timestamp").epoch_seconds()
    return (seconds / 86_400).floor().cast("int64")


def _by_format(
    text: ibis.Value, date_format: str, zone: str, years: str | None, written_in: str | None
) -> ibis.Value:
    text = text.re_replace("[ \u00a0\u202f\u2009]+", " ")
    if date_format.startswith("%a"):  # the day says it
        text = text.re_replace(r"^\p{L}+[,.]* *", "")
        date_format = date_format.removeprefix("%a").lstrip(",. ")
    if "%p" in date_format:
        text = text.re_replace(r"(?i)\ba\. ?m\.?", "AM").re_replace(r"(?i)\bp\. ?m\.?", "PM")
        text = text.re_replace(HALVES["AM"], "AM").re_replace(HALVES["PM"], "PM")
    if "%B" in date_format or "%b" in date_format:
        text, date_format = month_numbered(text), date_format.replace("%B", "%m").replace("%b", "%m")
    if years:
        text, date_format = _in_our_era(text, date_format, years), date_format.replace("%y", "%Y")
    if "%z" in date_format:
        text = text.re_replace(r" ?(GMT|UTC)([+-])(\d)$", r" \20\3").re_replace(
            r" ?(GMT|UTC)([+-]\d\d)$", r" \2"
        )
        return timezone(zone, try_strptime_with_offset(text, date_format))
    return _moved(try_strptime(text, date_format), zone, written_in)


def _in_our_era(text: ibis.Value, date_format: str, years: str) -> ibis.Value:
    """The text with the year of our era; the format says where it stands. %y is %Y afterwards."""
    pattern = "".join(year_pattern(date_format))
    return with_year(text, pattern, ERAS[years] if "%Y" in date_format else ERAS[years] - 2500)
