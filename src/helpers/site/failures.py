"""Why a run or a notebook ended, for readers of a published page: where and how, never a row's value."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from helpers.messages import Message, message, verbatim
from helpers.pages.wording import say
from helpers.site import error_texts
from helpers.site.shell import said

IN_CELL = message("failure.in_cell", "cell {cell}: {error}")
ELSEWHERE = message(
    "failure.elsewhere",
    "{error}. What it says may hold values of the data; it stands in run.json and in executed/, for the analyst.",
)
_ERROR = re.compile(
    r"^(?:cell (\d+): )?(.*?)\b((?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit)\w*)\b\s*[:(].*", re.S
)
_VALUES = (
    r"\([^()]*\)",  # examples stand in brackets
    r"'[^'\n]*'|\"[^\"\n]*\"|“[^”\n]*”",
    r"\S+@\S+",
    r"(?<!\bcell )\b(?!\d\d_)\w*\d[\w.,:/-]*\d\w*",  # ids, dates, amounts; not the number of a notebook or cell
)


def for_readers(reason: str | None, told: Mapping[str, Any] | None = None) -> str:
    """Return a reason without what errors say and without what looks like a value.

    told: the reason as a stored message, where it is the project's own words: it is said in the language of the page.
    """
    if told:
        return said(told)
    last = (reason or "").strip().rpartition("\n")[2]
    if found := _ERROR.fullmatch(last):
        cell, error = found[1], verbatim(f"{found[2]}{found[3]}")
        return say(ELSEWHERE(error=IN_CELL(cell=verbatim(cell), error=error) if cell else error))
    for pattern in _VALUES:
        last = re.sub(pattern, "…", last)
    return last


def in_language(error: Exception) -> str:
    """What an error says, in the language that is spoken here."""
    told: Sequence[Message] = getattr(error, "told", ())
    return "\n".join(map(say, told)) or error_texts.in_language(str(error))


def refused(reason: str) -> str:
    """Why a notebook cannot answer, which is stored without its full stop, in the language that is spoken here."""
    return error_texts.in_language(f"{reason}.").removesuffix(".")
