"""What an engine says of an expression that fails, in words that name what to change."""

import re

from helpers.errors import StudyError

_ZERO = re.compile(r"divi(sion|de) by zero", re.I)
_TOO_LARGE = re.compile(r"overflow|out of range error|ARITHMETIC_OVERFLOW", re.I)
_OTHER_TYPE = re.compile(r"^conversion error|could not (?:convert|parse)|CAST_INVALID_INPUT", re.I)
_VALUE = re.compile(
    r"""string ['"]([^'"]*)|alue ['"]?([^\s'"]+)['"]? (?:can't|to )|(?:range|format): "?([^\s"]+)"""
)


def refusal(file: str, stands: str, error: Exception, text: str) -> StudyError:
    """The sentence on an expression of the study file that fails; stands: the key it stands under."""
    said = str(error).splitlines()[0]
    if _ZERO.search(said):
        return StudyError(
            f"{file}: the expression under `{stands}` fails: {text} divides by zero. Correct it in the study file. With "
            "`nullif(DIVISOR, 0)` as the divisor, rows without one are blank."
        )
    if _OTHER_TYPE.search(said):
        found = _VALUE.search(said)
        value = repr(found[found.lastindex or 0]) if found else "each value"
        return StudyError(
            f"{file}: the expression under `{stands}` fails: {text} cannot be worked out of {value}. Correct it in the "
            "study file. With `TRY_CAST` in place of CAST, or `TRY(...)` around the whole, such rows are blank, and counted."
        )
    if _TOO_LARGE.search(said):
        return StudyError(
            f"{file}: the expression under `{stands}` fails: {text} becomes larger than a whole number of its type may be. "
            "Correct it in the study file. A number in it may be written as `CAST(... AS DOUBLE)`."
        )
    return StudyError(
        f"{file}: the expression under `{stands}` fails: {said} ({text}). Correct it in the study file."
    )
