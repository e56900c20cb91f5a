"""What a drafted study leaves to its reader: lines that say CHECK, and values outside a list of known ones."""

from helpers.contracts.checked import Checked
from helpers.contracts.findings import REVIEW, STOP, Finding
from helpers.errors import StudyError

SHOWN = 8  # lines, or values, that a sentence names


def findings(checked: Checked) -> list[Finding]:
    """Judge the columns that have a list of known values."""
    known = checked.setting("known_values") or {}
    return [one for column in known for one in _unknown(checked, column, known[column])]


def open_lines(checked: Checked) -> list[Finding]:
    """Judge the lines of the study file that say CHECK; asked of one of its tables."""
    lines = checked.study.left_to_check
    if not lines:
        return []
    shown = ", ".join(lines[:SHOWN]) + (", and others" if len(lines) > SHOWN else "")
    text = f"{checked.study.path.name} was drafted, and {len(lines):,} of its lines still say CHECK: {shown}."
    todo = "Read each, mend what is wrong, and take the word CHECK away."
    return [Finding("left_to_check", checked.table, REVIEW, text, f"{len(lines):,} lines", "0", todo)]


def _unknown(checked: Checked, column: str, known: tuple[str, ...]) -> list[Finding]:
    columns = checked.source.columns(checked.table)
    if column not in columns:
        raise StudyError(
            f"{checked.report.file}: `known_values` names the column {column!r}, but the file has {', '.join(columns)}."
        )
    texts = checked.source.texts(checked.table, [column])
    lowered = texts[column].strip().lower()
    rows = texts.filter(texts[column].notnull() & ~lowered.isin([value.casefold() for value in known]))
    counts = rows.group_by(value=rows[column]).aggregate(rows=rows.count()).to_pyarrow().to_pylist()
    if not counts:
        return []
    counts = sorted(counts, key=lambda one: -one["rows"])
    total = sum(one["rows"] for one in counts)
    listed = ", ".join(f"{one['value']!r} ({one['rows']:,} rows)" for one in counts[:SHOWN])
    text = f"the column {column} has values that nobody has decided on: {len(counts):,} in {total:,} rows."
    todo = (
        f"Add each to the list of {column} under `known_values`, and, where such rows count, to the condition on {column} "
        "under `where`."
    )
    return [
        checked.finding(
            "unknown_values", STOP, text, f"{total:,} rows", threshold="0", advice=todo, examples=(listed,)
        )
    ]
