"""What a drafted study leaves to its reader: lines that say CHECK, and values outside a list of known ones."""

from helpers.contracts.checked import Checked
from helpers.contracts.findings import REVIEW, STOP, Finding
from helpers.errors import StudyError
from helpers.messages import count, listing, message, verbatim

STILL_CHECK = message(
    "drafted.still_check", "{file} was drafted, and {lines} of its lines still say CHECK: {shown}."
)
STILL_CHECK_MORE = message(
    "drafted.still_check_more",
    "{file} was drafted, and {lines} of its lines still say CHECK: {shown}, and others.",
)
READ_EACH = message("drafted.read_each", "Read each, mend what is wrong, and take the word CHECK away.")
UNDECIDED = message(
    "drafted.undecided", "the column {column} has values that nobody has decided on: {values} in {rows}."
)
DECIDE = message(
    "drafted.decide",
    "Add each to the list of {column} under `known_values`, and, where such rows count, to the condition on {column} under "
    "`where`.",
)

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
    words = STILL_CHECK_MORE if len(lines) > SHOWN else STILL_CHECK
    told = words(
        file=verbatim(checked.study.path.name),
        lines=count(len(lines)),
        shown=listing([verbatim(line) for line in lines[:SHOWN]]),
    )
    value = count(len(lines), "line")
    return [Finding("left_to_check", checked.table, REVIEW, told, value, count(0), READ_EACH())]


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
    listed = ", ".join(f"{one['value']!r} (× {one['rows']:,})" for one in counts[:SHOWN])
    told = UNDECIDED(column=verbatim(column), values=count(len(counts)), rows=count(total, "row"))
    todo = DECIDE(column=verbatim(column))
    return [
        checked.finding(
            "unknown_values",
            STOP,
            told,
            count(total, "row"),
            threshold=count(0),
            todo=todo,
            examples=(listed,),
        )
    ]
