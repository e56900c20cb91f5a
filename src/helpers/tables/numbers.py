"""A file's numbers as float64: text that does not fit what the study states becomes null, never something else."""

import re

import ibis

from helpers.contracts.number_formats import BLANKS
from helpers.tables.texts import as_digits

_PLAIN = (
    r"^[+-]?\d{1,15}(\.\d{1,15})?$"  # a number whatever signs are stated, where the decimal sign is a point
)


def as_number(
    column: ibis.Value,
    decimal: str | None = None,
    thousands: str | None = None,
    currency_sign: str | None = None,
    negative: str | None = None,
    grouping: str | None = None,
    text: ibis.Value | None = None,
) -> ibis.Value:
    """A finite float64; text fits when it is a plain number in the stated signs.

    Without a statement the decimal sign is a point (a comma where thousands have the point) and there is no thousands
    sign, so 1,5 and 1,234 do not fit. Every stated sign may be left out, but where the thousands sign stands it parts
    groups of three (`grouping` indian: the last three, then twos). `negative` is `parentheses` or `trailing`.
    `text` is what `careful` gives for the column, where that stands in a column already.
    """
    if column.type().is_numeric() and not column.type().is_boolean():
        number = column.cast("float64")
        return ibis.ifelse(number.isnan() | number.isinf(), None, number)
    if not column.type().is_string():
        return ibis.null("float64")
    decimal = decimal or ("," if thousands == "." else ".")
    text = careful(column, decimal, thousands) if text is None else text
    by_signs = _by_signs(text, decimal, thousands, currency_sign, negative, grouping)
    return (
        ibis.ifelse(column.re_search(_PLAIN), column.try_cast("float64"), by_signs)
        if decimal == "."
        else by_signs
    )


def careful(column: ibis.Value, decimal: str | None = None, thousands: str | None = None) -> ibis.Value:
    """The text that `as_number` reads by the stated signs, null where a value is plain."""
    is_point = (decimal or ("," if thousands == "." else ".")) == "."
    text = as_digits(column)
    return ibis.ifelse(column.re_search(_PLAIN), None, text) if is_point else text


def _by_signs(
    text: ibis.Value,
    decimal: str,
    thousands: str | None,
    currency_sign: str | None,
    negative: str | None,
    grouping: str | None,
) -> ibis.Value:
    """`as_number` of any text, by the stated signs."""
    text = text.replace("−", "-").re_replace(f"^[{BLANKS}]+|[{BLANKS}]+$", "")
    point, whole = re.escape(decimal), r"\d+"
    if thousands:
        mark = _thousands(thousands)
        groups = rf"\d{{1,2}}({mark}\d{{2}})*{mark}\d{{3}}" if grouping else rf"\d{{1,3}}({mark}\d{{3}})+"
        whole = rf"(\d+|{groups})"
    digits = rf"({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d+)?"
    fits = text.re_search(_pattern(digits, currency_sign, negative))
    # No \1 in a replacement: Spark reads it as the digit 1.
    plain = text.re_replace(f"(?i){re.escape(currency_sign)}", "") if currency_sign else text
    plain = plain.re_replace(mark, "") if thousands else plain
    plain = plain.re_replace(f"[(){BLANKS}]|-[{BLANKS}]*$", "") if currency_sign or negative else plain
    plain = plain.replace(decimal, ".") if decimal != "." else plain
    number = ibis.ifelse(fits, plain, None).try_cast("float64")
    if negative:
        number = ibis.ifelse(
            text.re_search(r"\)" if negative == "parentheses" else r"\d[^\d]*-[^\d]*$"), -number, number
        )
    return ibis.ifelse(number.isinf(), None, number)


def _pattern(digits: str, currency_sign: str | None, negative: str | None) -> str:
    """What a whole value may be: digits with a minus before them or as stated, and the sign at either end."""
    if not currency_sign and not negative:
        return f"^[+-]?{digits}$"
    sign = f"([{BLANKS}]*(?i:{re.escape(currency_sign)}))?[{BLANKS}]*" if currency_sign else f"[{BLANKS}]*"
    forms = [f"[+-]?{sign}{digits}{sign}", f"{sign}[+-]{digits}{sign}"]
    if negative == "parentheses":
        forms.append(rf"{sign}\({sign}{digits}{sign}\){sign}")
    if negative == "trailing":
        forms.append(f"{sign}{digits}{sign}-{sign}")
    return f"^({'|'.join(forms)})$"


def _thousands(sign: str) -> str:
    if sign.isspace():
        return f"[{BLANKS}]"
    return "['’]" if sign == "'" else re.escape(sign)
