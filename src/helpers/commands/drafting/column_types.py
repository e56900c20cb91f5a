"""Whether a column's values are of a type of the contract: dates, numbers, flags, ids."""

import re

from helpers.contracts import amount_words, date_formats, number_formats

_SIDE = re.compile(r"(?<=\d) ?[cd]r\.?$", re.IGNORECASE)  # of an account: the check says how to read it
TRIED = 200  # values of a column that are tried as dates or numbers
FITTING, DATED = 0.9, 0.5  # shares of them that must be; dates are written in more ways


def is_a(kind: str, name: str, texts: list[str]) -> bool:
    """Whether nearly all of a column's values are of the contract's type; a column without texts may be anything."""
    some = texts[:: max(1, len(texts) // TRIED)][:TRIED]
    if not some:
        return True
    if kind in ("time", "date"):
        return is_time(some)
    if name == "amount" and amount_words.parts(some):
        return True
    if kind == "number":
        return _share([number_formats.propose([_SIDE.sub("", text)]) is not None for text in some], FITTING)
    if kind == "flag":
        return not is_time(some)
    if name == "currency":
        return all(len(text) == 3 and text.isalpha() for text in some)
    if kind == "id":
        return not (is_time(some) and not all(text.replace(".", "").isdigit() for text in some))
    return True


def is_time(texts: list[str]) -> bool:
    """Whether a column holds dates: all in one way, or half of them in any."""
    whole = date_formats.propose(texts)
    return bool(whole and whole.choices) or _share(
        [date_formats.propose([text]) is not None for text in texts], DATED
    )


def _share(fits: list[bool], least: float) -> bool:
    return sum(fits) >= least * len(fits)
