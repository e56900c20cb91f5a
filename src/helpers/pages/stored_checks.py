"""Checks as page.json and run.json hold them: text and numbers, and under `said` the messages that pages say again."""

import math
from collections.abc import Mapping
from typing import Any

from helpers.checks import Check
from helpers.messages import Message, Value, from_record, listing, message
from helpers.pages import wording

SHORT = 40  # characters of what was found that are said beside a quoted number; the page itself has all
QUOTED = message("page.quoted", "“{name}”")
QUOTED_FOUND = message("page.quoted_found", "“{name}” ({found})")
QUOTED_RANGE = message("page.quoted_range", "“{name}”: {found}")  # brackets stand in what was found
DOUBT = message("page.doubt", "{check}. {advice}")
DOUBT_FOUND = message("page.doubt_found", "{check}, {found}. {advice}")
DOUBTED = message("page.doubted", "The page “{title}” asks for a review: {advice}")
WITHHELD = message(
    "page.withheld",
    "No answer: {failed} failed, and what rests on it is not to be used. The checks say what to do.",
)
WITHHELD_MANY = message(
    "page.withheld_many",
    "No answer: {failed} failed, and what rests on them is not to be used. The checks say what to do.",
)
THE_CHECK = message("page.the_check", "the check “{name}”")
THE_CHECKS = message("page.the_checks", "the checks {names}")
ELSEWHERE = message("page.elsewhere", "{checks} of the page “{title}”")


def stored(check: Check, about: str = "") -> dict[str, Any]:
    """Return a check as JSON; about: the campaign or outcome that its page is about."""
    parts = {"value": check.value, "threshold": check.threshold, "advice": check.advice}
    told = {"name": check.title, **parts}
    said = {name: part.record() for name, part in told.items() if isinstance(part, Message | Value)}
    plain = {name: _plain(part) for name, part in parts.items()} | {"advice": wording.say(check.advice or "")}
    of = {"about": about} if about else {}
    return {"name": check.name, "verdict": check.verdict, **plain, "said": said, **of}


def part(check: Mapping[str, Any], name: str) -> Any:
    """Return the value, threshold or advice of a stored check as it was given: a message where it was one."""
    return from_record(check.get("said", {}).get(name, check.get(name)))


def quoted(check: Mapping[str, Any]) -> Message:
    """Name a stored check in a sentence, with what was found where that is short."""
    found = part(check, "value")
    if _is_short(found):
        words = QUOTED_RANGE if "(" in wording.say(found) else QUOTED_FOUND
        return words(name=part(check, "name"), found=found)
    return QUOTED(name=part(check, "name"))


def _is_short(found: Any) -> bool:
    return isinstance(found, Message | Value | str) and 0 < len(wording.say(found)) <= SHORT


def doubt(check: Mapping[str, Any]) -> Message:
    """Say what a stored check asks to be reviewed: its name, what was found (short, with its unit), and its advice."""
    found, advice = part(check, "value"), part(check, "advice")
    if _is_short(found):
        return DOUBT_FOUND(check=part(check, "name"), found=found, advice=advice)
    return DOUBT(check=part(check, "name"), advice=advice)


def is_doubt(sentence: Any) -> bool:
    """Whether a stored sentence of an answer says what another page asks to be reviewed."""
    return isinstance(sentence, dict) and sentence.get("message") == DOUBTED.name


def _plain(value: Any) -> float | str | None:
    """A number or a text as JSON knows it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Message | Value):
        return wording.say(value)
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"A check's value is {number}; only finite numbers reach a page.")
    return number


def no_answer(failed: list[str], elsewhere: dict[str, list[str]]) -> Message:
    """Say why an answer is withheld: checks of this page that failed, and those of other pages by their title."""
    reasons = [_the_checks(failed)] if failed else []
    reasons += [ELSEWHERE(checks=_the_checks(names), title=title) for title, names in elsewhere.items()]
    one = len(failed) + sum(map(len, elsewhere.values())) == 1
    return (WITHHELD if one else WITHHELD_MANY)(failed=listing(reasons))


def _the_checks(names: list[str]) -> Message:
    if len(names) == 1:
        return THE_CHECK(name=names[0])
    return THE_CHECKS(names=listing([QUOTED(name=name) for name in names]))
