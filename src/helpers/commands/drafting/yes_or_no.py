"""Columns that say yes or no, in the words of twenty languages: which value is which."""

import unicodedata

from helpers.contracts import not_said
from helpers.contracts.status_words import FALSE, TRUE

YES, NO = (*TRUE, "1.0"), (*FALSE, "0.0")


def is_flag(texts: list[str]) -> bool:
    """Whether a column says yes or no, in one of the usual ways."""
    found = {_as_flag(text) for text in texts if text and not not_said.is_silent(text)}
    return len(found) == 2 and len(found & set(YES)) == len(found & set(NO)) == 1


def yes(texts: list[str]) -> str:
    """The value of a flag that says yes."""
    return next(text for text in texts if _as_flag(text) in YES)


def no(texts: list[str]) -> str:
    """The value of a flag that says no."""
    return next(text for text in texts if _as_flag(text) in NO)


def _as_flag(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()
