"""Several customers in one cell, such as `C7; C12`: each combination counts as a customer of its own."""

import re

import ibis

from helpers.contracts.checked import Checked, columns_line, one_row, share, sql_text
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import count, message, verbatim

JOINED = message(
    "joined_ids.joined",
    "{ids} in {column}, on {rows}, name several customers in one cell, parted by {sign}: each combination counts as one "
    "more customer.",
)
FIRST_ONE = message(
    "joined_ids.first_one",
    "To count for the first of them, add to {table}: `{line}`; else export one customer a row. If each is one customer: "
    "`{keep}`.",
)

SIGNS = (";", "|", ",", "\n", " & ", " / ", "/", " + ", " and ", " und ", " et ", " y ", " và ")
SURE = (";", "|", "\n")
FEWEST, MOSTLY, HARM = 3, 0.5, 0.02


def sums(ids: ibis.Table) -> dict[str, ibis.Value]:
    """How many ids hold each of the signs that may part several: to be asked along with other questions."""
    return {f"sign{place}": ids.id.contains(sign).sum() for place, sign in enumerate(SIGNS)}


def found(checked: Checked, column: str, ids: ibis.Table, seen: dict) -> list[Finding]:
    """Ids whose parts stand alone in other rows, or are e-mail addresses; seen: what `sums` counted, and all rows."""
    with_sign = {sign: seen[f"sign{place}"] or 0 for place, sign in enumerate(SIGNS)}
    likely = [sign for sign, number in with_sign.items() if number >= FEWEST]
    return [one for sign in likely if (one := _parted(checked, column, ids, sign, seen["rows"]))][:1]


def _parted(checked: Checked, column: str, ids: ibis.Table, sign: str, all_rows: int) -> Finding | None:
    joined = ids.filter(ids.id.contains(sign)).view()
    parts = joined.mutate(_all=joined.id.split(sign))
    parts = parts.select("id", "rows", first=parts["_all"][0].strip(), last=parts["_all"][-1].strip())
    alone = ids.select(_alone=ids.id.strip()).distinct()
    both = parts.left_join(alone, parts["first"] == alone["_alone"])
    both = both.select("id", "rows", "first", "last", a=both["_alone"].notnull())
    again = alone.view()
    both = both.left_join(again, both["last"] == again["_alone"])
    mails = both["first"].contains("@") & both["last"].contains("@")
    several = (both["first"] != "") & (both["last"] != "") & (both["first"] != both["last"])
    first, last = both.a, both["_alone"].notnull()
    # 12/3 may be a part of customer 12: only a sign that parts nothing else needs one of the two to be known.
    known = several & (mails | (first | last if sign in SURE else first & last))
    numbers = one_row(both, ids=both.count(), known=known.sum(), rows=both["rows"].sum())
    if (numbers["known"] or 0) < max(FEWEST, MOSTLY * numbers["ids"]):
        return None
    shown = joined.order_by(joined["rows"].desc(), "id").limit(3).to_pyarrow()["id"].to_pylist()
    told = JOINED(
        ids=count(numbers["ids"], "id"),
        column=verbatim(column),
        rows=count(numbers["rows"], "row"),
        sign=verbatim(repr(sign.strip() or sign)),
    )
    line = columns_line(
        column, f"trim(split_part(CAST({checked.sql(column)} AS VARCHAR), {_sql_sign(sign)}, 1))"
    )
    todo = FIRST_ONE(table=verbatim(checked.table), line=verbatim(line), keep=keep("ids_in_one_cell"))
    verdict = STOP if numbers["rows"] > HARM * all_rows else REVIEW
    value = share(numbers["rows"], all_rows)
    return checked.finding(
        "ids_in_one_cell",
        verdict,
        told,
        value,
        threshold=share(0, 1),
        todo=todo,
        examples=tuple(map(repr, shown)),
    )


def _sql_sign(sign: str) -> str:
    return "chr(10)" if sign == "\n" else sql_text(sign if re.search(r"\w", sign) else sign.strip())
