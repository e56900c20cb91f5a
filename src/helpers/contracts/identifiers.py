"""Ids that a spreadsheet has spoilt, and ids that are one customer's but are written in several ways."""

from helpers.contracts.checked import Checked, one_row, share
from helpers.contracts.columns import WRITTEN
from helpers.contracts.findings import PASS, REVIEW, STOP, Finding
from helpers.contracts.normalised import normalised

SCIENTIFIC = r"^[+-]?\d([.,]\d+)?[eE]\+\d+$"
ERROR = r"^#(REF!|NAME\?|VALUE!|NUM!|DIV/0!|#+)$"
ROUNDED = r"^\d{15}0+$"  # a spreadsheet keeps 15 digits
LONG = r"^\d{16,}$"
FEWEST = 5
MOST_IDS = 5_000_000  # more distinct ids than this are not compared: no customer base, but a table of lines


def findings(checked: Checked) -> list[Finding]:
    """Judge every column of the table that names something."""
    found = []
    for column in checked.columns("id"):
        written = WRITTEN.format(column)
        given = written if written in checked.lines.columns else column
        ids = checked.lines.group_by(id=checked.lines[given]).aggregate(rows=lambda t: t.count())
        ids = ids.filter(ids.id.notnull()).cache()
        found += [*_spoilt(checked, column, ids), *_split(checked, column, ids)]
    return found


def _spoilt(checked: Checked, column: str, ids) -> list[Finding]:
    bad = ids.id.re_search(SCIENTIFIC) | ids.id.re_search(ERROR)
    rounded, long = ids.id.re_search(ROUNDED), ids.id.re_search(LONG)
    seen = one_row(
        ids,
        bad=bad.sum(),
        rows=ids.rows.sum(where=bad),
        long=long.sum(),
        rounded=rounded.sum(),
        rounded_rows=ids.rows.sum(where=rounded),
    )
    if (seen["long"] or 0) >= FEWEST and seen["long"] == seen["rounded"]:
        bad, seen = rounded, seen | {"bad": seen["rounded"], "rows": seen["rounded_rows"]}
    if not seen["bad"]:
        return []
    shown = ids.filter(bad).order_by(ids.rows.desc()).limit(3).to_pyarrow().to_pylist()
    text = (
        f"{seen['rows']:,} rows hold only {seen['bad']:,} different values of {column} that a spreadsheet has written in "
        "place of the ids: many customers or orders have become one."
    )
    todo = f"The ids are lost in this file: export it again without opening it in a spreadsheet, or with {column} as text."
    examples = tuple(f"{one['id']} ({one['rows']:,} rows)" for one in shown)
    value = f"{seen['bad']:,} values"
    return [checked.finding("ids_spoilt", STOP, text, value, threshold="0", advice=todo, examples=examples)]


def _split(checked: Checked, column: str, ids) -> list[Finding]:
    """How many ids become equal when they are normalised; order ids are judged by `repeats`."""
    if column == "order_id" or ids.count().execute() > MOST_IDS:
        return []
    forms = (
        ids.mutate(form=normalised(ids.id))
        .group_by("form")
        .aggregate(
            ways=lambda t: t.count(),
            rows=lambda t: t.rows.sum(),
            first=lambda t: t.id.min(),
            last=lambda t: t.id.max(),
        )
    )
    several = forms.filter(forms.ways > 1).cache()
    seen = one_row(several, forms=several.count(), ways=several.ways.sum(), rows=several.rows.sum())
    if not seen["forms"]:
        return []
    total = ids.count().execute()
    fewer = seen["ways"] - seen["forms"]
    shown = several.order_by(several.rows.desc()).limit(3).to_pyarrow().to_pylist()
    examples = tuple(f"{one['first']!r} and {one['last']!r}" for one in shown)
    if checked.study.ids == "normalised":
        text = f"{total:,} ids in {column} became {total - fewer:,} by `ids: normalised`."
        return [checked.finding("ids_split", PASS, text, f"{fewer:,} merged", examples=examples)]
    text = (
        f"{total:,} ids in {column} are {total - fewer:,} when case, blanks, invisible marks, Unicode forms and leading "
        f"zeros do not count ({share(seen['rows'], one_row(ids, rows=ids.rows.sum())['rows'])} of the rows)."
    )
    todo = (
        "If they are the same, add to the study file: `ids: normalised`. If not, add to the table: "
        "`rules: {ids_split: keep}`."
    )
    value = f"{fewer:,} ids more"
    return [checked.finding("ids_split", REVIEW, text, value, threshold="0", advice=todo, examples=examples)]
