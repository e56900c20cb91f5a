"""Checks: a statement about data or a model with its number, its threshold and what to do; made in one way."""

from dataclasses import dataclass
from typing import Any

from helpers.messages import Message, Value, message, plain

AT_LIMIT = message(
    "checks.at_limit",
    "{found}, at the limit: another seed might decide otherwise, so the careful verdict stands",
)
VERDICTS = ("FAIL", "REVIEW", "PASS")  # the worst first
LEAST = message("check.least", "at least {number}")
MOST = message("check.most", "at most {number}")
LISTED = message("check.listed", "{items}")


@dataclass(frozen=True)
class Side:
    """Whether a number counts as beyond its threshold, and whether it lies so near that another seed might put it there.

    `helpers.inference.monte_carlo` makes them, of numbers that rest on draws; near the threshold `holds` is true.
    """

    holds: bool
    at_limit: bool

    def __bool__(self) -> bool:
        return self.holds


@dataclass(frozen=True)
class Check:
    """One check: PASS, REVIEW (read with care) or FAIL (do not use), with what was measured and what is allowed.

    name: in English, by which it is known; title: how pages say a name that is composed.
    """

    name: str
    verdict: str
    value: float | str | Value | Message | None
    threshold: float | str | Value | Message | None
    advice: Message | None
    title: Message | None = None


def check(
    name: str | Message,
    *,
    fail: bool | Side = False,
    review: bool | Side = False,
    value: Any = None,
    threshold: Any = None,
    advice: Message | None = None,
) -> Check:
    """Judge: FAIL where `fail` holds, else REVIEW where `review` holds, else PASS.

    value, threshold: numbers, texts, typed values, messages, or a `listing` of these; where what decides is a `Side` at its
    limit, the value says so. ValueError where a verdict other than PASS comes without `advice`, what the reader should do.
    """
    verdict = "FAIL" if fail else "REVIEW" if review else "PASS"
    if verdict != "PASS" and advice is None:
        raise ValueError(f"Check {name!r} says {verdict}: it needs `advice`, what the reader should do.")
    value, threshold = (LISTED(items=one) if isinstance(one, list) else one for one in (value, threshold))
    decides = fail or review
    if isinstance(decides, Side) and decides.at_limit:
        value = AT_LIMIT(found=value if isinstance(value, Message | Value | str) else plain(value))
    title = name if isinstance(name, Message) else None
    return Check(str(name), verdict, value, threshold, advice, title)
