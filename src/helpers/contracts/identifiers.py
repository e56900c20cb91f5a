"""Ids that a spreadsheet has spoilt, and ids that are one customer's but are written in several ways."""

import ibis

from helpers.contracts import joined_ids
from helpers.contracts.checked import Checked, columns_line, one_row, share
from helpers.contracts.findings import PASS, REVIEW, STOP, Finding, keep
from helpers.contracts.normalised import normalised
from helpers.messages import count, message, verbatim
from helpers.study.table_columns import WRITTEN

SPOILT = message(
    "identifiers.spoilt",
    "{rows} hold only {values} of {column} that a spreadsheet has written in place of the ids: many customers or orders "
    "have become one.",
)
EXPORT_AGAIN = message(
    "identifiers.export_again",
    "The ids are lost in this file: export it again without opening it in a spreadsheet, or with {column} as text.",
)
BECAME = message("identifiers.became", "{ids} in {column} became {fewer} by `ids: normalised`.")
MERGED = message("identifiers.merged", "{ids} merged")
WOULD_BE = message(
    "identifiers.would_be",
    "{ids} in {column} are {fewer} when case, blanks, invisible marks, Unicode forms and leading zeros do not count "
    "({share} of the rows).",
)
IF_THE_SAME = message(
    "identifiers.if_the_same",
    "If they are the same, add to the study file: `ids: normalised`. If not, add to the table: `{keep}`.",
)
MORE = message("identifiers.more", "{ids} more")
PHONES = message(
    "identifiers.phones",
    "{ids} in {column} look like phone numbers, and are {fewer} by their last {digits} digits: one number is written in "
    "several ways.",
)
IF_ONE_PHONE = message(
    "identifiers.if_one_phone", "If they are the same, add to {table}: `{line}`. If not: `{keep}`."
)

SCIENTIFIC = r"^[+-]?\d([.,]\d+)?[eE]\+\d+$"
ERROR = r"^#(REF!|NAME\?|VALUE!|NUM!|DIV/0!|#+)$"
ROUNDED = r"^\d{15}0+$"  # a spreadsheet keeps 15 digits
LONG = r"^\d{16,}$"
# 3-12 and MAR5 become dates in a spreadsheet, in the languages of its user.
DATED = (
    r"(?i)^(\d{1,2}[-. ](jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|ene|abr|ago|dic|janv|févr"
    r"|mars|avr|juin|juil|août|sept|déc|thg ?\d{1,2})\.?|(jan|feb|mar|mär|mrz|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec"
    r"|dez)\.?-\d{2}|\d{4}-\d{2}-\d{2} 00:00:00)$"
)
PHONE = r"^[+(]?\d[\d ().-]{6,18}\d$"
SUBSCRIBER = 9  # digits at the end of a phone number that tell subscribers apart, whatever stands before
FEWEST = 5
MOST_IDS = 5_000_000  # more distinct ids than this are not compared: no customer base, but a table of lines


def findings(checked: Checked) -> list[Finding]:
    """Judge every column of the table that names something."""
    found = []
    for column in checked.columns("id"):
        written = WRITTEN.format(column)
        given = checked.lines[written if written in checked.lines.columns else column]
        if column == "order_id":  # the rest is judged by `repeats`
            seen = one_row(checked.lines, spoilt=_is_spoilt(given).any())
            found += _spoilt(checked, column, given) if seen["spoilt"] else []
            continue
        ids = _counted(checked, given)
        seen = one_row(
            ids,
            spoilt=_is_spoilt(ids.id).any(),
            ids=ids.count(),
            rows=ids.rows.sum(),
            phones=ids.id.re_search(PHONE).sum(),
            written=(ids.id.re_search("^([+]|00|0)") | ids.id.re_search("[ ().-]")).sum(),
            **(joined_ids.sums(ids) if column == "customer_id" else {}),
        )
        found += _spoilt(checked, column, given) if seen["spoilt"] else []
        if seen["ids"] and seen["ids"] <= MOST_IDS:
            found += _split(checked, column, ids, seen) or _phones(checked, column, ids, seen)
            found += joined_ids.found(checked, column, ids, seen) if column == "customer_id" else []
    return found


def _is_spoilt(text: ibis.Value) -> ibis.Value:
    """Whether a text may be what a spreadsheet has made of an id."""
    return text.re_search(f"{SCIENTIFIC}|{ERROR}|{LONG}|{DATED}")


def _counted(checked: Checked, given: ibis.Value) -> ibis.Table:
    """One row per id, with the number of its rows."""
    ids = checked.lines.group_by(id=given).aggregate(rows=lambda t: t.count())
    return ids.filter(ids.id.notnull()).cache()


def _spoilt(checked: Checked, column: str, given: ibis.Value) -> list[Finding]:
    """What a spreadsheet has made of ids."""
    spoilt = f"{SCIENTIFIC}|{ERROR}"
    dated = one_row(checked.lines, n=given.re_search(DATED).sum(), all=given.count())
    if FEWEST <= (dated["n"] or 0) < 0.9 * dated["all"]:
        spoilt = f"{spoilt}|{DATED}"
    replaced, long = given.re_search(spoilt), given.re_search(LONG)
    seen = one_row(
        checked.lines, replaced=replaced.sum(), long=long.sum(), rounded=given.re_search(ROUNDED).sum()
    )
    cut = (seen["long"] or 0) >= FEWEST and seen["long"] == seen["rounded"]
    if not seen["replaced"] and not cut:
        return []
    ids = _counted(checked, given)
    bad = ids.id.re_search(spoilt if seen["replaced"] else ROUNDED)
    few = ids.filter(bad)
    seen = one_row(few, ids=few.count(), rows=few.rows.sum())
    shown = few.order_by(few.rows.desc(), "id").limit(3).to_pyarrow().to_pylist()
    values = count(seen["ids"], "different value")
    told = SPOILT(rows=count(seen["rows"], "row"), values=values, column=verbatim(column))
    todo = EXPORT_AGAIN(column=verbatim(column))
    examples = tuple(f"{one['id']} (× {one['rows']:,})" for one in shown)
    value = count(seen["ids"], "value")
    return [
        checked.finding("ids_spoilt", STOP, told, value, threshold=count(0), todo=todo, examples=examples)
    ]


def _split(checked: Checked, column: str, ids: ibis.Table, of_all: dict) -> list[Finding]:
    """How many ids become equal when they are normalised; of_all: the number of ids, and of their rows."""
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
    several = forms.filter(forms.ways > 1)
    seen = one_row(several, forms=several.count(), ways=several.ways.sum(), rows=several.rows.sum())
    if not seen["forms"]:
        return []
    total = of_all["ids"]
    fewer = seen["ways"] - seen["forms"]
    shown = several.order_by(several.rows.desc(), "form").limit(3).to_pyarrow().to_pylist()
    examples = tuple(f"{one['first']!r} = {one['last']!r}" for one in shown)
    said = {"ids": count(total, "id"), "column": verbatim(column), "fewer": count(total - fewer)}
    if checked.study.ids == "normalised":
        merged = MERGED(ids=count(fewer, "id"))
        return [checked.finding("ids_split", PASS, BECAME(**said), merged, examples=examples)]
    told = WOULD_BE(**said, share=share(seen["rows"], of_all["rows"]))
    todo = IF_THE_SAME(keep=keep("ids_split"))
    more = MORE(ids=count(fewer, "id"))
    return [
        checked.finding("ids_split", REVIEW, told, more, threshold=count(0), todo=todo, examples=examples)
    ]


def _phones(checked: Checked, column: str, ids: ibis.Table, seen: dict) -> list[Finding]:
    """Phone numbers as ids, of which one subscriber has several: 0901 234 567 and +84901234567."""
    if seen["phones"] < 0.9 * seen["ids"] or seen["written"] < 0.2 * seen["ids"]:
        return []
    forms = one_row(ids, n=ids.id.re_replace("[^0-9]", "").right(SUBSCRIBER).nunique())["n"]
    fewer = seen["ids"] - forms
    if fewer < max(1, 0.01 * seen["ids"]):
        return []
    name = checked.sql(column)
    expression = f"right(regexp_replace({name}, '[^0-9]', '', 'g'), {SUBSCRIBER})"
    told = PHONES(
        ids=count(seen["ids"], "id"), column=verbatim(column), fewer=count(forms), digits=SUBSCRIBER
    )
    line = columns_line(column, expression)
    todo = IF_ONE_PHONE(table=verbatim(checked.table), line=verbatim(line), keep=keep("ids_split"))
    more = MORE(ids=count(fewer, "id"))
    return [checked.finding("ids_split", REVIEW, told, more, threshold=count(0), todo=todo)]
