"""Checks: a statement about data or a model with its number, its threshold and what to do; made in one way."""

from dataclasses import dataclass
from typing import Any

from helpers.messages import Message, Value

VERDICTS = ("FAIL", "REVIEW", "PASS")  # the worst first


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

    value, threshold: numbers, texts, or typed values and messages. ValueError where a verdict other than PASS comes
    without `advice`, what the reader should do.
    """
    verdict = "FAIL" if fail else "REVIEW" if review else "PASS"
    if verdict != "PASS" and advice is None:
        raise ValueError(f"Check {name!r} says {verdict}: it needs `advice`, what the reader should do.")
    return Check(name, verdict, value, threshold, advice)
