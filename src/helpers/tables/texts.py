"""Text as it stands in a file: without outer blanks, and null where exports write a word for nothing."""

import ibis

from helpers.contracts.digits import ASCII, OTHERS, SOME

AS_TEXT = '^="(.*)"$'  # how exports keep a spreadsheet from reading 007 as a number

# Blank, and the words that exports write for it. A pattern: DuckDB makes a join of a long list in IN.
MISSING = r"^(NULL|null|NaN|nan|NA|N/A|#N/A|<NA>|None|NaT|\\N)?$"


_OUTER = r"^[ \t\n\x0b\f\r]|[ \t\n\x0b\f\r]$"
# Any other text stands as it is: one look instead of three at nearly every value.
NEEDS_CARE = f"{_OUTER}|{MISSING}"


def as_given(column: ibis.Value) -> ibis.Value:
    """The column as text without outer blanks; blank, and the words exports write for it, are null."""
    if column.type().is_floating():
        column = ibis.ifelse(column.isnan(), None, column)
    text = _written(column)
    bare = _stripped(text)
    return ibis.ifelse(text.re_search(NEEDS_CARE), ibis.ifelse(bare.re_search(MISSING), None, bare), text)


def as_text(column: ibis.Value) -> ibis.Value:
    """Text without outer blanks; only a blank value is null."""
    text = _written(column)
    return ibis.ifelse(text.re_search(f"{_OUTER}|^$"), _stripped(text).nullif(""), text)


def as_digits(column: ibis.Value) -> ibis.Value:
    """`as_given`, with digits of other scripts and the marks beside them as ASCII."""
    return ascii_digits(as_given(column))


def ascii_digits(text: ibis.Value) -> ibis.Value:
    """The text with digits of other scripts, and the marks beside them, as ASCII."""
    return ibis.ifelse(text.re_search(SOME), text.translate(OTHERS, ASCII), text)


def _written(column: ibis.Value) -> ibis.Value:
    """The column as text; points in time as those of UTC without an offset, which one engine would write and another not.

    A whole number among floats, as workbooks hold all numbers, is written without a point: the year 2024, the arm 1.
    """
    kind = column.type()
    if kind.is_floating():
        whole = column.try_cast("int64")
        return ibis.ifelse(whole.cast("float64") == column, whole.cast("string"), column.cast("string"))
    return (column.cast("timestamp") if kind.is_timestamp() and kind.timezone else column).cast("string")


def _stripped(text: ibis.Value) -> ibis.Value:
    """Text without outer blanks; not by Ibis's strip, whose blanks Spark reads as the letters v and f."""
    return text.re_replace(r"^[ \t\n\x0b\f\r]+|[ \t\n\x0b\f\r]+$", "")
