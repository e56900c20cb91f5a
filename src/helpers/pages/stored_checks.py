"""Checks as page.json and run.json hold them: text and numbers, and under `said` the messages that pages say again."""

import math
from collections.abc import Mapping
from typing import Any

from helpers.checks import Check
from helpers.messages import Message, Value, from_record, message
from helpers.pages import wording

SHORT = 40  # characters of what was found that are said beside a quoted number; the page itself has all
QUOTED = message("page.quoted", "“{name}”")
QUOTED_FOUND = message("page.quoted_found", "“{name}” ({found})")
DOUBT = message("page.doubt", "{check}. {advice}")
DOUBT_FOUND = message("page.doubt_found", "{check}, {found}. {advice}")
DOUBTED = message("page.doubted", "The page “{title}” asks for a review: {advice}")


def stored(check: Check) -> dict[str, Any]:
    """Return a check as JSON."""
    parts = {"value": check.value, "threshold": check.threshold, "advice": check.advice}
    told = {"name": check.title, **parts}
    said = {name: part.record() for name, part in told.items() if isinstance(part, Message | Value)}
    plain = {name: _plain(part) for name, part in parts.items()} | {"advice": wording.say(check.advice or "")}
    return {"name": check.name, "verdict": check.verdict, **plain, "said": said}


def part(check: Mapping[str, Any], name: str) -> Any:
    """Return the value, threshold or advice of a stored check as it was given: a message where it was one."""
    return from_record(check.get("said", {}).get(name, check.get(name)))


def quoted(check: Mapping[str, Any]) -> Message:
    """Name a stored check in a sentence, with what was found where that is short."""
    found = part(check, "value")
    if _is_short(found):
        return QUOTED_FOUND(name=part(check, "name"), found=found)
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
