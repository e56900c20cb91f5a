"""Rows that repeat the column names, as where exports were put one after the other."""

from functools import reduce
from operator import and_

import ibis

from helpers.contracts.checked import Checked, one_row, sql_name, sql_text, where_line
from helpers.contracts.findings import STOP, Finding, at_row, keep
from helpers.messages import count, message, verbatim
from helpers.study.table_columns import ROW

AGAIN = message(
    "repeated_header.again",
    "{rows} hold the names of the columns again: files were put one after the other.",
)
LEAVE_OUT = message(
    "repeated_header.leave_out",
    "Add to {table}: `{line}`, and look whether the files overlap. If such a row is meant: `{keep}`.",
)

SOME = 20  # columns that tell a row of names


def findings(checked: Checked) -> list[Finding]:
    """Stop where rows that meet `where` hold the names of the columns."""
    raw = checked.source.file_lines(checked.table)
    names = [name for name in checked.source.columns(checked.table) if raw[name].type().is_string()][:SOME]
    if len(names) < 2:
        return []
    heads = raw.filter(reduce(and_, [_seen(raw[name]) == name for name in names])).select(at=raw[ROW])
    heads = heads.semi_join(checked.lines, heads["at"] == checked.lines[ROW])
    rows = one_row(heads, rows=heads.count())["rows"]
    if not rows:
        return []
    first = heads.order_by("at").limit(3).to_pyarrow()["at"].to_pylist()
    condition = f"coalesce({sql_name(names[1])}, '') <> {sql_text(names[1])}"  # before the first a file's mark may stand
    todo = LEAVE_OUT(
        table=verbatim(checked.table), line=verbatim(where_line(condition)), keep=keep("header_repeated")
    )
    told, value = AGAIN(rows=count(rows, "row")), count(rows, "row")
    examples = tuple(map(at_row, first))
    return [
        checked.finding(
            "header_repeated", STOP, told, value, threshold=count(0), todo=todo, examples=examples
        )
    ]


def _seen(text: ibis.Value) -> ibis.Value:
    """A text without blanks around it and without the byte order mark of the file that it began."""
    return text.replace("\ufeff", "").strip()
