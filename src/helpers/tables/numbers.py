"""A file's numbers as float64: text that does not fit what the study states becomes null, never something else."""

import re

import ibis

from helpers.contracts.number_formats import BLANKS
from helpers.tables.texts import as_given


def as_number(
    column: ibis.Value,
    decimal: str | None = None,
    thousands: str | None = None,
    currency_sign: str | None = None,
    negative: str | None = None,
    grouping: str | None = None,
) -> ibis.Value:
    """A finite float64; text fits when it is a plain number in the stated signs.

    Without a statement the decimal sign is a point (a comma where thousands have the point) and there is no thousands
    sign, so 1,5 and 1,234 do not fit. Every stated sign may be left out, but where the thousands sign stands it parts
    groups of three (`grouping` indian: the last three, then twos). `negative` is `parentheses` or `trailing`.
    """
    if column.type().is_numeric() and not column.type().is_boolean():
        number = column.cast("float64")
        return ibis.ifelse(number.isnan() | number.isinf(), None, number)
    if not column.type().is_string():
        return ibis.null("float64")
    text = _signs(as_given(column), currency_sign, negative)
    decimal = decimal or ("," if thousands == "." else ".")
    point, whole, plain = re.escape(decimal), r"\d+", text
    if thousands:
        mark = _thousands(thousands)
        groups = rf"\d{{1,2}}({mark}\d{{2}})*{mark}\d{{3}}" if grouping else rf"\d{{1,3}}({mark}\d{{3}})+"
        whole, plain = rf"(\d+|{groups})", text.re_replace(mark, "")
    fits = text.re_search(rf"^[+-]?({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d+)?$")
    if decimal != ".":
        plain = plain.replace(decimal, ".")
    number = ibis.ifelse(fits, plain, None).try_cast("float64")
    return ibis.ifelse(number.isinf(), None, number)


def _thousands(sign: str) -> str:
    if sign.isspace():
        return f"[{BLANKS}]"
    return "['’]" if sign == "'" else re.escape(sign)


def _signs(text: ibis.Value, currency_sign: str | None, negative: str | None) -> ibis.Value:
    """The text without its currency sign, and with a minus in front where it is written another way."""
    text = text.replace("−", "-").re_replace(f"^[{BLANKS}]+|[{BLANKS}]+$", "")
    if currency_sign:
        sign, blanks = f"(?i:{re.escape(currency_sign)})", f"[{BLANKS}]*"
        text = text.re_replace(rf"^([+\-(]?){blanks}{sign}{blanks}", r"\1")
        text = text.re_replace(rf"{blanks}{sign}{blanks}([\-)]?)$", r"\1")
    if negative == "parentheses":
        text = text.re_replace(rf"^\([{BLANKS}]*([^-].*?)[{BLANKS}]*\)$", r"-\1")
    if negative == "trailing":
        text = text.re_replace(rf"^([^+-].*?)[{BLANKS}]*-$", r"-\1")
    return text
