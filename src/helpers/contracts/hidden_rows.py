"""Rows of a workbook that its sheet does not show, because of a filter or by hand, and that are read all the same."""

from helpers.contracts.checked import Checked, one_row, share
from helpers.contracts.findings import REVIEW, Finding, at_row, keep
from helpers.messages import count, message
from helpers.study.table_columns import ROW

READ = message(
    "hidden_rows.read",
    "{hidden} of {all} rows are hidden in the spreadsheet, by a filter or by hand, and are read.",
)
READ_MONEY = message(
    "hidden_rows.read_money",
    "{hidden} of {all} rows are hidden in the spreadsheet, by a filter or by hand, and are read, {money}.",
)
SAVE_SEEN = message(
    "hidden_rows.save_seen",
    "If they are not to count, copy the rows that can be seen into a new workbook, or name them in `where`. If they are: "
    "`{keep}`.",
)


def findings(checked: Checked) -> list[Finding]:
    """Count the hidden rows of a table's workbooks, with their money where the table is one file of orders."""
    hidden = checked.source.hidden_rows(checked.table)
    if not hidden:
        return []
    places = [place for found in hidden.values() for place in found]
    said = {"hidden": count(len(places)), "all": count(checked.report.rows)}
    told = READ(**said)
    lines = checked.report.accepted
    if len(hidden) == 1 and "revenue" in lines.columns:
        told = READ_MONEY(
            **said,
            money=checked.money(
                one_row(lines, money=lines.revenue.sum(where=lines[ROW].isin(places)))["money"]
            ),
        )
    todo, value = SAVE_SEEN(keep=keep("rows_hidden")), share(len(places), checked.report.rows)
    shown = tuple(at_row(place) for place in places[:3])
    return [
        checked.finding("rows_hidden", REVIEW, told, value, threshold=count(0), todo=todo, examples=shown)
    ]
