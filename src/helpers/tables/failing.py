"""What an engine says of an expression that fails, in words that name what to change."""

import re

from helpers.errors import StudyError
from helpers.tables.expressions import NUMBER

_SAID = {  # the kind of an error: what the engines say
    "part": r"specifier \S+ not recognized|not a valid (?:date part|unit)|INVALID_PARAMETER_VALUE.*unit",
    "format": r"Failed to parse format specifier|Unrecognized format for str[fp]time|INVALID_DATETIME_PATTERN",
    "zone": r"unknown time ?zone|INVALID_TIMEZONE|unable to parse time ?zone",
    "path": r"JSON path error|INVALID_PATH",
    "json": r"malformed JSON",
    "pattern": r"missing [)\]]|unexpected \)|no argument for repetition|invalid perl operator|bad repetition"
    r"|invalid escape sequence|invalid (?:named capture|character class)|INVALID_PATTERN|REGEX",
    "kinds": r"No function matches the given name|Could not choose a best candidate|Cannot compare values of type"
    r"|Cannot mix values of type|DATATYPE_MISMATCH|WRONG_NUM_ARGS",
    "zero": r"divi(?:sion|de) by zero",
    "type": r"^conversion error|could not (?:convert|parse)|CAST_INVALID_INPUT",
    "large": r"overflow|out of range error|ARITHMETIC_OVERFLOW",
}
_OWN_NAME = re.compile('"' + NUMBER.format('([^"]+)') + '"')
_VALUE = re.compile(
    r"""string ['"]([^'"]*)|alue ['"]?([^\s'"]+)['"]? (?:can't|to )|(?:range|format): "?([^\s"]+)"""
)
_INPUT = re.compile(r'Input: "(.{0,40})')
_NAMED = re.compile(r"""(?:ime ?[zZ]one:?|ID:?) ['"]?([^'"!,]+)""")


def refusal(file: str, stands: str, error: Exception, text: str) -> StudyError:
    """The sentence on an expression of the study file that fails; stands: the key it stands under."""
    said = str(error).splitlines()[0]
    text = _OWN_NAME.sub(r'"\1"', text)
    kind = next((one for one, words in _SAID.items() if re.search(words, said, re.I)), "")
    if kind in ("type", "json", "zero", "large"):
        return _of_values(file, stands, said, text, kind)
    if kind == "pattern":
        return StudyError(
            f"{file}: the expression under `{stands}` fails: {text} holds a pattern that cannot be read. Correct it in the "
            "study file. A sign that stands for itself, such as a bracket or an asterisk, is written in brackets, `[(]`; "
            "nothing looks ahead or behind (`(?=`)."
        )
    if kind == "zone":
        named = _NAMED.search(said)
        zone = repr(named[1] if named else "")
        return StudyError(
            f"{file}: the expression under `{stands}` fails: {text} names the time zone {zone}, which is not known. Correct "
            "it in the study file. Zones are called like `Europe/Berlin` or `Asia/Ho_Chi_Minh`."
        )
    if kind == "format":
        return StudyError(
            f"{file}: the expression under `{stands}` fails: {text} holds no format of dates. Correct it in the study file. "
            "One is made of signs such as `%d.%m.%Y %H:%M`."
        )
    if kind == "part":
        return StudyError(
            f"{file}: the expression under `{stands}` fails: {text} names a part that no date has. Correct it in the study "
            "file. Parts are year, quarter, month, week, day, hour, minute and second."
        )
    if kind == "path":
        return StudyError(
            f"{file}: the expression under `{stands}` fails: {text} names no place in JSON. Correct it in the study file. "
            "One is written like `$.customer.id` or `$.items[0].price`."
        )
    if kind == "kinds":
        return StudyError(
            f"{file}: the expression under `{stands}` fails: {text} puts text where a number or a date is wanted, or too "
            "few values. Correct it in the study file. `TRY_CAST(COLUMN AS DOUBLE)` makes numbers of text, `TRY_CAST(COLUMN "
            "AS DATE)` dates."
        )
    return StudyError(
        f"{file}: the expression under `{stands}` fails: {said} ({text}). Correct it in the study file."
    )


def _of_values(file: str, stands: str, said: str, text: str, kind: str) -> StudyError:
    """The sentence where it is the values of some rows that an expression fails at."""
    if kind == "zero":
        return StudyError(
            f"{file}: the expression under `{stands}` fails: {text} divides by zero. Correct it in the study file. With "
            "`nullif(DIVISOR, 0)` as the divisor, rows without one are blank."
        )
    if kind == "json":
        found = _INPUT.search(said)
        value = repr(found[1].rstrip('"')) if found else "each value"
        return StudyError(
            f"{file}: the expression under `{stands}` fails: {text} looks into {value}, which is no JSON. Correct it in the "
            "study file. With `TRY(...)` around the whole, such rows are blank, and counted."
        )
    if kind == "type":
        found = _VALUE.search(said)
        value = repr(found[found.lastindex or 0]) if found else "each value"
        return StudyError(
            f"{file}: the expression under `{stands}` fails: {text} cannot be worked out of {value}. Correct it in the "
            "study file. With `TRY_CAST` in place of CAST, or `TRY(...)` around the whole, such rows are blank, and counted."
        )
    return StudyError(
        f"{file}: the expression under `{stands}` fails: {text} becomes larger than a whole number of its type may be. "
        "Correct it in the study file. A number in it may be written as `CAST(... AS DOUBLE)`."
    )
