"""Dates of which none lies after the 12th of a month: day and month may be exchanged, and nothing in them says so."""

import re

from helpers.contracts.checked import Checked
from helpers.contracts.findings import KEEP, REVIEW, Finding, keep
from helpers.messages import Message, count, message, verbatim

UP_TO_TWELVE = message(
    "exchanged_days.up_to_twelve",
    "{rows} on {days} from {first} to {last}, and none after the 12th of a month: day and month may be exchanged.",
)
OTHER_WAY = message(
    "exchanged_days.other_way",
    "If they are, add to transactions: `{line}`. If the dates are right: `{keep}`.",
)
EXPORT_TEXT = message(
    "exchanged_days.export_text",
    "If they are, a spreadsheet has read the month as the day: export again without opening it there. If the dates are "
    "right: `{keep}`.",
)

LAST = 12  # the last day of a month that may be a month itself
FEWEST = 6  # different days, of which chance puts all up to it in 1 of 250 files
_OTHER = {"%d": "%m", "%m": "%d"}


def findings(checked: Checked, seen: dict) -> list[Finding]:
    """Judge the days of orders; seen: their number (days), rows, first, last, and the latest day of a month (late)."""
    if seen["late"] > LAST or seen["days"] < FEWEST:
        return []
    told = UP_TO_TWELVE(
        rows=count(seen["rows"], "row"),
        days=count(seen["days"], "day"),
        first=verbatim(seen["first"].isoformat()),
        last=verbatim(seen["last"].isoformat()),
    )
    return [
        checked.finding(
            "days_up_to_twelve", REVIEW, told, count(seen["late"]), threshold=count(LAST), todo=_todo(checked)
        )
    ]


def _todo(checked: Checked) -> Message:
    kept, exchanged = keep("days_up_to_twelve"), _exchanged(checked)
    if exchanged is None:
        return EXPORT_TEXT(keep=kept)
    # Read the other way, no date lies after the 12th either: that is settled by the same line.
    line = f'date_format: "{exchanged}", rules: {{days_up_to_twelve: {KEEP}}}'
    return OTHER_WAY(line=verbatim(line), keep=kept)


def _exchanged(checked: Checked) -> str | None:
    """The format that reads day and month the other way, None where the file holds dates and no text."""
    origin = checked.origin("order_time")
    spec = checked.spec
    stated = (spec.date_formats.get("order_time") or spec.date_format) if spec else None
    if stated:
        return re.sub("%[dm]", lambda code: _OTHER[code[0]], stated) if "%d" in stated else None
    if origin not in checked.source.columns(checked.table):
        return None
    column = checked.source.file_lines(checked.table)[origin]
    if not column.type().is_string():
        return None
    texts = checked.source.texts(checked.table, [origin])
    example = texts.filter(texts[origin].notnull()).limit(1).to_pyarrow()[origin].to_pylist()[0]
    clock = "".join(sign for sign, there in zip(("%H", ":%M", ":%S"), _clock(example), strict=True) if there)
    return f"%Y-%d-%m{example[10:11]}{clock}"


def _clock(text: str) -> tuple[bool, bool, bool]:
    """Whether an ISO time says hours, minutes, seconds."""
    return len(text) > 11, len(text) > 14, len(text) > 17
