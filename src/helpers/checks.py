"""Checks: a statement about data or a model with its number, its threshold and what to do; made in one way."""

from dataclasses import dataclass
from typing import Any

from helpers.messages import Message, Value, message

VERDICTS = ("FAIL", "REVIEW", "PASS")  # the worst first
LISTED = message("check.listed", "{items}")


@dataclass(frozen=True)
class Check:
    """One check: PASS, REVIEW (read with care) or FAIL (do not use), with what was measured and what is allowed."""

    name: str
    verdict: str
    value: float | str | Value | Message | None
    threshold: float | str | Value | Message | None
    advice: Message | None


def check(
    name: str,
    *,
    fail: bool = False,
    review: bool = False,
    value: Any = None,
    threshold: Any = None,
    advice: Message | None = None,
) -> Check:
    """Judge: FAIL where `fail` holds, else REVIEW where `review` holds, else PASS.

    value, threshold: numbers, texts, typed values, messages, or a `listing` of these. ValueError where a verdict other
    than PASS comes without `advice`, what the reader should do.
    """
    verdict = "FAIL" if fail else "REVIEW" if review else "PASS"
    if verdict != "PASS" and advice is None:
        raise ValueError(f"Check {name!r} says {verdict}: it needs `advice`, what the reader should do.")
    value, threshold = (LISTED(items=one) if isinstance(one, list) else one for one in (value, threshold))
    return Check(name, verdict, value, threshold, advice)
