"""Why a run or a notebook ended, for readers of a published page: where and how, never a row's value."""

import re

_ERROR = re.compile(r"\b((?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit)\w*)\b\s*[:(].*", re.S)
_ELSEWHERE = (
    r"\1. What it says may hold values of the data; it stands in run.json and in executed/, for the analyst."
)
_VALUES = (
    r"\([^()]*\)",  # examples stand in brackets
    r"'[^'\n]*'|\"[^\"\n]*\"|“[^”\n]*”",
    r"\S+@\S+",
    r"(?<!\bcell )\b(?!\d\d_)\w*\d[\w.,:/-]*\d\w*",  # ids, dates, amounts; not the number of a notebook or cell
)


def for_readers(reason: str | None) -> str:
    """Return the last line of a reason without what errors say and without what looks like a value."""
    last = (reason or "").strip().rpartition("\n")[2]
    said, found = _ERROR.subn(_ELSEWHERE, last)
    if found:
        return said
    for pattern in _VALUES:
        said = re.sub(pattern, "…", said)
    return said
