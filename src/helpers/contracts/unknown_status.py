"""Values of a status that are known neither as a sale nor as none: codes, and words of other programs."""

import re

from helpers.contracts import status_words
from helpers.contracts.checked import Checked, share, sql_name, sql_text, where_line
from helpers.contracts.evidence import DATE
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import clauses, count, message, percent, verbatim
from helpers.study.table_columns import ROW

UNKNOWN = message(
    "unknown_status.unknown",
    "the column {column} has values that are known neither as a sale nor as none, and their rows count: {values}.",
)
A_VALUE = message("unknown_status.a_value", "{value} {rows}, {money}")
LEAVE_OUT = message(
    "unknown_status.leave_out",
    "If one is no sale, add to transactions a condition such as `{line}`. If all are sales: `{keep}`.",
)

MOST = 40  # a column with more different values is no status


def findings(checked: Checked) -> list[Finding]:
    """Judge the columns of transactions that say what became of a row, unused or in `where` alone."""
    if checked.table != "transactions":
        return []
    listed = checked.setting("known_values") or {}
    names = [name for name, count in checked.unused.items() if 1 < count <= MOST]
    names += [name for name in checked.filtered if name not in listed]
    return [found for name in names for found in _of_column(checked, name)]


def _of_column(checked: Checked, name: str) -> list[Finding]:
    title = name.casefold().replace("_", " ").strip()
    side = status_words.SIDE.search(title) is not None
    state = status_words.STATE.search(title) is not None and not status_words.NO_STATE.search(title)
    kind = status_words.KIND.search(title) is not None
    if not (side or state or kind):
        return []
    values = checked.values(name)
    if not 1 < len(values) <= MOST:
        return []
    known = {value: _is_known(value, name) for value in values}
    if kind and not state and not any(map(_is_document, values)):
        return []
    asked = [value for value in values if not known[value] and not _named(checked, value)]
    if side and any(group_is_read(checked, value, name) for value in values):
        return []
    return _found(checked, name, asked, total=len(values)) if asked else []


def group_is_read(checked: Checked, value: str, name: str) -> bool:
    """Whether the study's amount or conditions tell the rows of a value apart."""
    return _named(checked, value) or name in checked.origin("amount")


def _is_known(value: str, name: str) -> bool:
    text = status_words.composed(value).strip().removeprefix("wc-")
    return (
        status_words.group_of(value, name) is not None
        or any(
            words.search(text)
            for words in (status_words.GOOD, status_words.INVOICE, status_words.BESIDE, status_words.SALE)
        )
        or (text in (*status_words.TRUE, *status_words.FALSE) and not re.fullmatch("[0-9a-z]", text))
        or re.match(DATE, value) is not None
    )


def _is_document(value: str) -> bool:
    text = value.casefold().replace("_", " ").strip()
    return (
        status_words.INVOICE.search(text) is not None
        or status_words.SALE.search(text) is not None
        or status_words.group_of(value, "type") == status_words.BACK
    )


def _named(checked: Checked, value: str) -> bool:
    """Whether a condition of the study names the value, or one with other letters."""
    conditions = " ".join(checked.setting("where") or ()).casefold()
    return sql_text(value).casefold() in conditions


def _found(checked: Checked, name: str, asked: list[str], total: int) -> list[Finding]:
    texts = checked.source.texts(checked.table, [name])
    rows = texts.filter(texts[name].isin(asked)).select(_at=ROW, _value=texts[name])
    lines = checked.report.accepted
    hit = lines.inner_join(rows, lines[ROW] == rows["_at"])
    groups = hit.group_by(value=hit["_value"]).aggregate(rows=hit.count(), money=hit.revenue.sum())
    seen = sorted(groups.to_pyarrow().to_pylist(), key=lambda one: (-one["rows"], one["value"]))
    if not seen:
        return []
    values = [
        A_VALUE(
            value=verbatim(repr(one["value"])),
            rows=count(one["rows"], "row"),
            money=checked.money(one["money"]),
        )
        for one in seen[:8]
    ]
    told = UNKNOWN(column=verbatim(name), values=clauses(values))
    condition = f"coalesce({sql_name(name)}, '') NOT IN ({sql_text(seen[-1]['value'])})"
    todo = LEAVE_OUT(line=verbatim(where_line(condition)), keep=keep("unknown_status"))
    money = sum(one["money"] or 0 for one in seen)
    value = share(money, checked.report.money_used or 0.0)
    return [checked.finding("unknown_status", REVIEW, told, value, threshold=percent(0, 0), todo=todo)]
