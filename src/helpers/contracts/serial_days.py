"""Dates that count days since 1904, as spreadsheets of old Macs do, and are read as days since 1900: four years early."""

from datetime import timedelta

from helpers.contracts.checked import Checked, columns_line, one_row
from helpers.contracts.date_formats import EXCEL
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import count, message, verbatim

EARLY = message(
    "serial_days.early",
    "the dates count days from 1900 and end on {last}; counted from 1904, as some spreadsheets do, they end on {moved}.",
)
LATER_BASE = message(
    "serial_days.later_base",
    "If they are counted from 1904, add to transactions: `{line}`. If the dates are right: `{keep}`.",
)
BETWEEN = 1462  # days from the one beginning to the other
RECENT = 400  # days before `as_of` or the day of the check, within which exports end


def findings(checked: Checked) -> list[Finding]:
    """Judge the last day of orders whose dates are numbers."""
    spec = checked.spec
    stated = (spec.date_formats.get("order_time") or spec.date_format) if spec else None
    if checked.table != "transactions" or stated != EXCEL:
        return []
    lines = checked.lines
    last = one_row(lines, last=lines.order_time.cast("date").max())["last"]
    if last is None:
        return []
    moved = last + timedelta(days=BETWEEN)
    if not timedelta(0) <= checked.today - moved <= timedelta(days=RECENT):
        return []
    told = EARLY(last=verbatim(last.isoformat()), moved=verbatim(moved.isoformat()))
    line = columns_line("order_time", f"{checked.sql('order_time')} * 1 + {BETWEEN}")
    todo = LATER_BASE(line=verbatim(line), keep=keep("days_since_1904"))
    return [checked.finding("days_since_1904", REVIEW, told, count(BETWEEN, "day"), todo=todo)]
