"""What stands beside a drafted test's outcome: the column it is a ratio of, and the same outcome in the time before."""

import re

from helpers.commands.drafting import (
    by_shape,
    yes_or_no,
)

COUNTED = re.compile(r"click|open|conver|order|purchas|sale|revenue", re.IGNORECASE)  # happens on an occasion
OCCASIONS = re.compile(
    r"impress|(page)?_?views?$|visits?$|sessions?$|^n?_?(sent|shown)$|deliver|emails?_sent", re.IGNORECASE
)
_NUMBERED = re.compile(r"(.*?)(\d*)", re.DOTALL)  # a name, and the number behind it
SHORTEST = 4  # letters of a word by which two columns may be of one kind


def occasions(name: str, others: list[str], values: dict[str, list[str]]) -> str:
    """The column of occasions that an outcome counts successes of, as many or more; "" where none seems to be."""
    most = max(_numbers(values.get(name, [])), default=0)
    if not COUNTED.search(name) or OCCASIONS.search(name) or most <= 1:
        return ""
    for other in (one for one in others if one != name and OCCASIONS.search(one)):
        lower = _numbers(values.get(other, []))
        if lower and min(lower) >= 0 and max(lower) >= most:
            return other
    return ""


def before_and_earlier(
    done: list[str], known: list[str], values: dict[str, list[str]], before: re.Pattern, money: re.Pattern
) -> tuple[str, list[str]]:
    """The column that holds an outcome in the time before, and the covariates whose names tell of no time before at all."""
    numbered = _earlier_of(done, known)
    if numbered:
        later = {name for name in known if before.search(name)}
        return numbered[0], [name for name in known if name != numbered[0] and name not in later]
    past = [name for name in known if before.search(name)]
    words = {word for name in done for word in _words(name)}
    counted = [
        name
        for name in past
        if by_shape.is_number(values.get(name, [])) and not yes_or_no.is_flag(values[name])
    ]
    same = [name for name in counted if words & _words(name)] or [
        name for name in counted if money.search(name)
    ]
    return (same[0], [name for name in known if name not in past]) if same else ("", [])


def _earlier_of(done: list[str], known: list[str]) -> list[str]:
    """The covariates with an outcome's name and a lower number (re75 of re78) or none (EMP of EMP2), the last first."""
    found = []
    for name in done:
        stem, number = _NUMBERED.fullmatch(name).groups()  # type: ignore[union-attr]
        parts = [_NUMBERED.fullmatch(one).groups() for one in known] if number else []  # type: ignore[union-attr]
        found += [
            (int(own or 0), one)
            for one, (of_stem, own) in zip(known, parts, strict=bool(number))
            if of_stem == stem and int(own or 0) < int(number)
        ]
    return [one for _, one in sorted(found, reverse=True)]


def _words(name: str) -> set[str]:
    parts = re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower())
    return {
        part
        for part in parts
        if len(part) >= SHORTEST and part not in ("past", "prior", "last", "before", "previous")
    }


def _numbers(texts: list[str]) -> list[float]:
    return [float(text) for text in texts if by_shape.NUMBER.fullmatch(text.strip())]
