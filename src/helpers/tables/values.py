"""A file's values as the contract's types: text that does not fit becomes null, never something else.

Every function takes and returns Ibis columns. What counts as fitting is written down as a pattern, because
engines guess: DuckDB reads 01/02/2010 as 1 February and 1.234 as 1.234 without a word.
"""

import re

import ibis
import ibis.expr.datatypes as dt

# Blank, and the words that exports write for it. A pattern: DuckDB makes a join of a long list in IN.
MISSING = r"^(NULL|null|NaN|nan|NA|N/A|#N/A|<NA>|None|NaT|\\N)?$"
MICROSECONDS = dt.Timestamp(scale=6)
INSTANT = dt.Timestamp(timezone="UTC", scale=6)
_DATE = r"\d{4}-\d{2}-\d{2}"
_LOCAL = rf"^{_DATE}([T ]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d+)?)?)?$"
_WITH_OFFSET = rf"^{_DATE}[T ]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d+)?)? ?(Z|[+-]\d{{2}}(:?\d{{2}})?)$"
_FLAGS = {"true": True, "t": True, "yes": True, "y": True, "1": True, "1.0": True}
_FLAGS |= {"false": False, "f": False, "no": False, "n": False, "0": False, "0.0": False}


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


def as_given(column: ibis.Value) -> ibis.Value:
    """The column as text without outer blanks; blank, and the words exports write for it, are null."""
    if column.type().is_floating():
        column = ibis.ifelse(column.isnan(), None, column)
    text = _stripped(column)
    return ibis.ifelse(text.re_search(MISSING), None, text)


def as_text(column: ibis.Value) -> ibis.Value:
    """Text without outer blanks; only a blank value is null."""
    return _stripped(column).nullif("")


def _stripped(column: ibis.Value) -> ibis.Value:
    """Text without outer blanks; not by Ibis's strip, whose blanks Spark reads as the letters v and f."""
    return column.cast("string").re_replace(r"^[ \t\n\x0b\f\r]+|[ \t\n\x0b\f\r]+$", "")


def as_id(column: ibis.Value) -> ibis.Value:
    """Text that names something: a whole number is written without a decimal point, 17850.0 as 17850."""
    if column.type().is_floating():
        whole = column.try_cast("int64")
        return ibis.ifelse(whole.cast("float64") == column, whole.cast("string"), as_given(column))
    text = as_given(column)
    return ibis.ifelse(text.endswith(".0"), text.re_replace(r"^(\d+)\.0$", r"\1"), text)


def as_number(column: ibis.Value, decimal: str | None = None, thousands: str | None = None) -> ibis.Value:
    """A finite float64; text fits when it is a plain number in the stated decimal and thousands signs.

    Without a statement the decimal sign is a point and there is no thousands sign, so 1,5 and 1,234 do not
    fit. A stated thousands sign may be left out, but where it stands it parts groups of three.
    """
    if column.type().is_numeric() and not column.type().is_boolean():
        number = column.cast("float64")
        return ibis.ifelse(number.isnan() | number.isinf(), None, number)
    if not column.type().is_string():
        return ibis.null("float64")
    text, point = as_given(column), re.escape(decimal or ".")
    whole = r"\d+"
    if thousands:
        signs = "[   ]" if thousands.isspace() else re.escape(thousands)
        whole = rf"(\d+|\d{{1,3}}({signs}\d{{3}})+)"
        plain = text.re_replace(signs, "")
    else:
        plain = text
    fits = text.re_search(rf"^[+-]?({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d+)?$")
    if decimal and decimal != ".":
        plain = plain.replace(decimal, ".")
    number = ibis.ifelse(fits, plain, None).try_cast("float64")
    return ibis.ifelse(number.isinf(), None, number)


def as_time(column: ibis.Value, zone: str, date_format: str | None = None) -> ibis.Value:
    """A local timestamp in microseconds: what carries an offset is moved to the study's timezone, once.

    Text fits when it is ISO, or exactly as `date_format` (strftime) says. A value without an offset is
    local already. Nanoseconds are cut.
    """
    kind = column.type()
    if kind.is_timestamp():
        return timezone(zone, column.cast(INSTANT)) if kind.timezone else column.cast(MICROSECONDS)
    if kind.is_date():
        return column.cast(MICROSECONDS)
    text = as_given(column)
    if date_format and "%z" in date_format:
        return timezone(zone, try_strptime_with_offset(text, date_format))
    if date_format:
        return try_strptime(text, date_format)
    local = ibis.ifelse(text.re_search(_LOCAL), text, None).try_cast(MICROSECONDS)
    offset = text.re_replace(r" ?([+-]\d{2}):?(\d{2})$", r"\1:\2").re_replace(r" ?Z$", "+00:00")
    instant = ibis.ifelse(text.re_search(_WITH_OFFSET), offset, None).try_cast(INSTANT)
    return ibis.coalesce(local, timezone(zone, instant))


def as_flag(column: ibis.Value) -> ibis.Value:
    """True or false; as text true, yes, t, y or 1 and their opposites in any case."""
    if column.type().is_boolean():
        return column
    text = as_given(column).lower()
    return ibis.cases(*((text == word, value) for word, value in _FLAGS.items()))


def typed(
    column: ibis.Value,
    kind: str,
    *,
    zone: str,
    decimal: str | None = None,
    thousands: str | None = None,
    date_format: str | None = None,
) -> ibis.Value:
    """The column as one of the contract's types (see contracts.columns)."""
    if kind == "number":
        return as_number(column, decimal, thousands)
    if kind == "time":
        return as_time(column, zone, date_format)
    if kind == "date":
        return as_time(column, zone, date_format).date()
    return {"id": as_id, "text": as_text, "flag": as_flag}[kind](column)


def is_native(column: ibis.Value, kind: str) -> bool:
    """Whether the file itself holds the type, so that no value can be unreadable (but not finite)."""
    given = column.type()
    if kind in ("time", "date"):
        return given.is_timestamp() or given.is_date()
    return kind in ("id", "text") or (kind == "number" and given.is_integer())
