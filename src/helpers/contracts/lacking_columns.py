"""Columns that are not there, or too many: files of one table that differ, and rows that both of them hold."""

from helpers.contracts.checked import MOST_JUDGED, Checked, share, sql_name
from helpers.contracts.findings import PASS, REVIEW, Finding, keep
from helpers.messages import clauses, count, listing, message, percent, verbatim

LACKS = message("lacking_columns.lacks", "{file} has no {columns}")
DIFFER = message(
    "lacking_columns.differ",
    "its files do not have the same columns, and what one lacks is blank in its rows: {files}.",
)
OVERLAP = message(
    "lacking_columns.overlap",
    "its files do not have the same columns: {files}. {rows} are in a file with them and in one without: the exports "
    "overlap.",
)
IF_REPEATS = message(
    "lacking_columns.if_repeats",
    "If they are repeats, add to {table}: `{line}`. If each is meant: `{keep}`.",
)
NOT_JUDGED = message(
    "lacking_columns.not_judged",
    "the study does not read {columns}, of which the first {judged} were looked at: a status or a refund that stands in "
    "another is not found.",
)
EXPORT_FEWER = message(
    "lacking_columns.export_fewer",
    "Export the columns that say something of an order or a customer alone. If no other does: `{keep}`.",
)

SHOWN = 4


def findings(checked: Checked) -> list[Finding]:
    """Say which file lacks which columns, ask where one repeats rows of another, and where columns are not looked at."""
    return _too_many(checked) + _differing(checked)


def _too_many(checked: Checked) -> list[Finding]:
    unused = len(checked.source.unused(checked.table))
    if unused <= MOST_JUDGED:
        return []
    told = NOT_JUDGED(columns=count(unused, "column"), judged=count(MOST_JUDGED))
    todo = EXPORT_FEWER(keep=keep("columns_not_judged"))
    value = count(unused - MOST_JUDGED, "column")
    return [
        checked.finding("columns_not_judged", REVIEW, told, value, threshold=count(MOST_JUDGED), todo=todo)
    ]


def _in_both(raw, common: list[str], lacked: str) -> int:
    """How many rows are in a file with a column and in one without it."""
    groups = raw.group_by(common).aggregate(_rows=raw.count(), _kinds=raw[lacked].isnull().nunique())
    return groups.filter((groups["_rows"] > 1) & (groups["_kinds"] > 1)).count().execute()


def _differing(checked: Checked) -> list[Finding]:
    lacks = checked.source.lacking(checked.table)
    if not lacks:
        return []
    columns = list(dict.fromkeys(name for names in lacks.values() for name in names))
    raw = checked.source.file_lines(checked.table)
    common = [name for name in checked.source.columns(checked.table) if name not in columns]
    settled = set(columns) <= set(
        checked.setting("ignore") or ()
    )  # then the rule duplicate_line finds the rows
    amount = checked.origin("amount") if checked.has("amount") else ""
    # Returns have amounts of their own:
    returns = amount and not any(name == amount or sql_name(name) in amount for name in common)
    repeated = 0 if settled or returns or not common else _in_both(raw, common, columns[0])
    values = clauses(
        [
            LACKS(file=verbatim(file), columns=listing([verbatim(name) for name in names]))
            for file, names in list(lacks.items())[:SHOWN]
        ]
    )
    if not repeated:
        value = count(len(columns), "column")
        return [checked.finding("columns_lacking", PASS, DIFFER(files=values), value)]
    quoted = ", ".join(f'"{name}"' for name in columns)
    line = verbatim(f"ignore: [{quoted}], rules: {{duplicate_line: reject}}")
    todo = IF_REPEATS(table=verbatim(checked.table), line=line, keep=keep("columns_lacking"))
    value, told = share(repeated, checked.report.rows), OVERLAP(files=values, rows=count(repeated, "row"))
    return [checked.finding("columns_lacking", REVIEW, told, value, threshold=percent(0, 0), todo=todo)]
