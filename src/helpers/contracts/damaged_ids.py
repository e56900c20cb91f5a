"""Names as ids of which some were decoded wrongly (JÃ¼rgen) or hold marks of web pages (M&uuml;ller)."""

import html
import re

from helpers.contracts.checked import Checked, columns_line, share, sql_text
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import count, message, verbatim

DAMAGED = message(
    "damaged_ids.damaged",
    "{damaged} in {column} hold letters that were decoded wrongly, and are {met} others once they are mended: one customer "
    "counts as two.",
)
MEND = message(
    "damaged_ids.mend",
    "To mend them, add to {table}: `{line}`. If they are different customers: `{keep}`.",
)

WRONG = (
    "[\u00c2-\u00f4]"
    "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{1,3}"
)
MARK = "&(#[0-9]{1,6}|#x[0-9a-fA-F]{1,5}|[a-zA-Z]{2,8});"
MOST, MOST_PARTS, FEWEST = 5000, 30, 3


def findings(checked: Checked) -> list[Finding]:
    """Judge the customer ids of a table."""
    if not checked.has("customer_id"):
        return []
    ids = checked.lines.select("customer_id").distinct()
    bad = ids.filter(ids.customer_id.re_search(f"{WRONG}|{MARK}")).limit(MOST)
    damaged = bad.to_pyarrow()["customer_id"].to_pylist()
    if len(damaged) < FEWEST:
        return []
    parts = {part: whole for text in damaged for part, whole in _parts(text).items()}
    mended = {text: _mended(text, parts) for text in damaged}
    known = ids.filter(ids.customer_id.isin(list({*mended.values()} - {*mended}))).to_pyarrow()
    met = len(known)
    if met < FEWEST or len(parts) > MOST_PARTS:
        return []
    said = checked.sql("customer_id")
    for part, whole in sorted(parts.items(), key=lambda one: (one[1] == "&", one[0])):
        said = f"replace({said}, {sql_text(part)}, {sql_text(whole)})"
    told = DAMAGED(
        damaged=count(len(damaged), "id"), column=verbatim(checked.origin("customer_id")), met=count(met)
    )
    line = columns_line("customer_id", said)
    todo = MEND(table=verbatim(checked.table), line=verbatim(line), keep=keep("ids_split"))
    value = share(met, len(damaged))
    return [checked.finding("ids_split", REVIEW, told, value, threshold=share(0, 1), todo=todo)]


def _parts(text: str) -> dict[str, str]:
    """What stands wrong in a text, and what it was."""
    found = {}
    for match in re.finditer(f"{WRONG}|{MARK}", text):
        part = match[0]
        whole = html.unescape(part) if part.startswith("&") else _decoded(part)
        if whole and whole != part:
            found[part] = whole
    return found


def _decoded(part: str) -> str:
    for encoding in ("cp1252", "latin-1"):
        try:
            return part.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return ""


def _mended(text: str, parts: dict[str, str]) -> str:
    for part, whole in sorted(parts.items(), key=lambda one: (one[1] == "&", one[0])):
        text = text.replace(part, whole)
    return text
