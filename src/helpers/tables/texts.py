"""Text as it stands in a file: without outer blanks, and null where exports write a word for nothing."""

import ibis

# Blank, and the words that exports write for it. A pattern: DuckDB makes a join of a long list in IN.
MISSING = r"^(NULL|null|NaN|nan|NA|N/A|#N/A|<NA>|None|NaT|\\N)?$"


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
