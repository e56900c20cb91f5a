"""Ids that are whole records, as interfaces of programs write them: {"id": 107, "email": "a@example.com"}."""

import json

from helpers.contracts.checked import Checked, columns_line, one_row, share, sql_text
from helpers.contracts.findings import STOP, Finding, keep
from helpers.messages import count, message, verbatim

RECORDS = message(
    "structured_ids.records",
    "{rows} of {all} hold a whole record in {column}: one customer becomes several where anything in it changes.",
)
READ_KEY = message(
    "structured_ids.read_key",
    "To read what names them, add to {table}: `{line}`. If the whole text is the name: `{keep}`.",
)
EXPORT_NAME = message(
    "structured_ids.export_name",
    "Export a column that holds the name or number alone. If the whole text is the name: `{keep}`.",
)

RECORD = r"^\s*[\[{].*[\]}]\s*$"
LEAST = 0.5  # of the rows that name somebody
NAMES = (
    "id",
    "customer_id",
    "user_id",
    "uid",
    "uuid",
    "number",
    "code",
    "email",
    "phone",
)  # the surest first


def findings(checked: Checked) -> list[Finding]:
    """Judge the ids of a table by whether each is a record."""
    ids = {column: checked.lines[column] for column in checked.columns("id")}
    if not ids:
        return []
    # As nearly always there is none: one look is enough.
    begins = {column: (text.startswith("{") | text.startswith("[")).any() for column, text in ids.items()}
    seen = one_row(checked.lines, **begins)
    return [found for column in ids if seen[column] and (found := _judged(checked, column))]


def _judged(checked: Checked, column: str) -> Finding | None:
    ids = checked.lines[column]
    records = ids.re_search(RECORD)
    seen = one_row(checked.lines, all=ids.count(), records=records.sum(), one=ids.min(where=records))
    if not seen["records"] or seen["records"] < LEAST * seen["all"]:
        return None
    told = RECORDS(rows=count(seen["records"]), all=count(seen["all"], "row"), column=verbatim(column))
    key, kept = _key(seen["one"]), keep("ids_structured")
    todo = EXPORT_NAME(keep=kept)
    if key and checked.file_column(column):
        read = f"json_extract_string({checked.sql(column)}, {sql_text(f'$.{key}')})"
        line = verbatim(columns_line(column, read))
        todo = READ_KEY(table=verbatim(checked.table), line=line, keep=kept)
    value = share(seen["records"], seen["all"])
    return checked.finding("ids_structured", STOP, told, value, todo=todo, examples=(seen["one"][:60],))


def _key(text: str) -> str:
    """What names somebody in a record, "" where nothing does, or it is not JSON."""
    try:
        record = json.loads(text)
    except ValueError:
        return ""
    return next((name for name in NAMES if isinstance(record, dict) and name in record), "")
