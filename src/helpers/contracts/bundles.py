"""Bundles whose own line and whose parts both have a price: the parts are counted twice."""

import re

from helpers.contracts import status_words
from helpers.contracts.checked import Checked, one_row, share, sql_name, sql_text, where_line
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import count, message, verbatim
from helpers.study.table_columns import ROW

TWICE = message(
    "bundles.twice",
    "the column {column} says of {rows} that they are parts of a bundle, and in {orders} their amounts add up to "
    "another line: {money} that the bundles hold already.",
)
LEAVE_OUT = message(
    "bundles.leave_out",
    "To leave the parts out, add to transactions: `{line}`. If they are sold besides: `{keep}`.",
)

PARENT = re.compile(
    r"\b(parent|bundle|kit|combo|set)\b.*(id|sku|line|item|no|ref|product|code)?$|^(part|component) of|oberartikel"
    r"|stückliste"
)
CHILD = re.compile(
    r"^((bundle|kit|set|combo|package)[ _-]?(item|component|child|part|line)s?|component|child( item| line)?"
    r"|included item|part of (a )?(bundle|set|kit)"
    r"|setbestandteil|komponente|composant|componente|thành phần|ส่วนประกอบ)$"
)
FEWEST, NEARLY_ALL, CENT, HARM = 10, 0.8, 0.021, 0.02


def findings(checked: Checked) -> list[Finding]:
    """Judge the unused columns of transactions that say which lines are parts of a bundle."""
    if checked.table != "transactions" or not checked.has("order_id"):
        return []
    found = []
    own = checked.file_column("category")
    kinds = {own: 2} if own else {}
    for name, different in (checked.unused | kinds).items():
        values = checked.values(name) if 1 < different <= 60 else []
        parts = [value for value in values if CHILD.search(status_words.composed(value).strip())]
        if parts:
            found += _of(checked, name, parts)
        elif different and PARENT.search(status_words.composed(name).strip()):
            found += _of(checked, name, [])
    return found[:1]


def _of(checked: Checked, name: str, parts: list[str]) -> list[Finding]:
    texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
    lines = checked.report.accepted
    lines = lines.filter((lines.revenue > 0) & lines.order_id.notnull()).select(ROW, "order_id", "revenue")
    both = lines.left_join(texts, lines[ROW] == texts["_at"])
    inside = both[name].isin(parts) if parts else both[name].fill_null("") != ""
    both = both.mutate(_inside=inside.fill_null(False))
    sums = both.group_by("order_id").aggregate(
        of_parts=both.revenue.sum(where=both["_inside"]),
        rows=both["_inside"].sum(),
        others=(~both["_inside"]).sum(),
    )
    sums = sums.filter((sums.rows > 0) & (sums.others > 0))
    whole = both.filter(~both["_inside"]).inner_join(sums, "order_id")
    fits = whole.filter((whole.revenue - whole.of_parts).abs() < CENT).select("order_id").distinct()
    seen = one_row(sums, orders=sums.count())
    hit = sums.semi_join(fits, "order_id")
    hits = one_row(hit, orders=hit.count(), rows=hit.rows.sum(), money=hit.of_parts.sum())
    if hits["orders"] < max(FEWEST, NEARLY_ALL * seen["orders"]):
        return []
    column = sql_name(name)
    condition = f"coalesce({column}, '') = ''"
    if parts:
        condition = f"coalesce({column}, '') NOT IN ({', '.join(map(sql_text, parts))})"
    told = TWICE(
        column=verbatim(name),
        rows=count(hits["rows"], "row"),
        orders=count(hits["orders"], "order"),
        money=checked.money(hits["money"]),
    )
    total = checked.report.money_used or 0.0
    verdict = STOP if hits["money"] > HARM * total else REVIEW
    todo, value = (
        LEAVE_OUT(line=verbatim(where_line(condition)), keep=keep("bundles_twice")),
        share(hits["money"], total),
    )
    return [checked.finding("bundles_twice", verdict, told, value, threshold=share(HARM, 1), todo=todo)]
