"""Sheets of a workbook that look like the one that is read, and are not."""

from helpers.contracts.checked import Checked
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import clauses, count, message, verbatim

A_SHEET = message("unread_sheets.a_sheet", "{sheet} ({rows})")
ALIKE = message(
    "unread_sheets.alike",
    "beside the sheet that is read the workbook has {sheets} with the same columns: {listed}.",
)
SAVE_EACH = message(
    "unread_sheets.save_each",
    "If they belong to the table, save each as a file of its own in one folder, and state the folder as `path`. If they are "
    "copies or another table: `{keep}`.",
)

SHOWN = 6


def findings(checked: Checked) -> list[Finding]:
    """Name the sheets that have the columns of the one that is read."""
    alike = checked.source.unread_sheets(checked.table)
    if not alike:
        return []
    listed = [
        A_SHEET(sheet=verbatim(name), rows=count(rows, "row")) for name, rows in list(alike.items())[:SHOWN]
    ]
    sheets = count(len(alike), "sheet")
    told = ALIKE(sheets=sheets, listed=clauses(listed))
    todo = SAVE_EACH(keep=keep("sheets_unread"))
    return [checked.finding("sheets_unread", REVIEW, told, sheets, threshold=count(0), todo=todo)]
