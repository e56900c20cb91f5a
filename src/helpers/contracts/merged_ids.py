"""Customers that were merged: a column says which other id a customer, or an order's customer, has now."""

import re

from helpers.contracts import status_words
from helpers.contracts.checked import Checked, columns_line, one_row, share, sql_name
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.messages import count, message, verbatim
from helpers.study.table_columns import ROW

MERGED = message(
    "merged_ids.merged",
    "the study does not read the column {column}, which gives {rows} another customer id: {ids} are counted where {fewer} "
    "are left.",
)
READ_NEW = message(
    "merged_ids.read_new",
    "To count who was merged once, add to transactions: `{line}`. If they are different customers: `{keep}`.",
)
IN_CUSTOMERS = message(
    "merged_ids.in_customers",
    "the column {column} says of {ids} that they were merged into another: their orders stand under the old id.",
)
WRITE_NEW = message(
    "merged_ids.write_new",
    "Bring the column into the file of orders and read the new id there. If they are different customers, add to "
    "customers: `{keep}`.",
)

INTO = re.compile(
    r"\bmerged?\b|merge.?(into|target|to)\b|\bmaster.?(customer|client|account|contact|record|id)\b|surviv(ing|or)|\bgolden\b"
    r"|duplicate.?of|canonical|dedup|\bnow.?(id|customer)\b|zusammengeführt|dublette.?von|hauptkunde|fusionn|doublon.?de"
    r"|fusionad|duplicad[oa].?de|gộp|trùng với|รวมกับ|ซ้ำกับ"
)
NO_ID = re.compile(r"date|\bat\b|\bon\b|by$|reason|status|flag|datum|grund|ngày|วันที่|fecha")
FEWEST, HARM = 3, 0.02


def findings(checked: Checked) -> list[Finding]:
    """Judge the unused columns of transactions, and the attributes of customers, that are called so and hold ids."""
    if checked.table not in ("transactions", "customers"):
        return []
    names = [name for name, different in checked.unused.items() if different and _is_called(name)]
    of = _in_orders if checked.table == "transactions" else _in_customers
    return [found for name in names for found in of(checked, name)][:1]


def _is_called(name: str) -> bool:
    title = status_words.composed(name)
    return INTO.search(title) is not None and NO_ID.search(title) is None


def _in_orders(checked: Checked, name: str) -> list[Finding]:
    texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
    lines = checked.report.accepted.select(ROW, "customer_id", "revenue")
    both = lines.left_join(texts, lines[ROW] == texts["_at"])
    into = both[name].strip().nullif("")
    both = both.mutate(_into=into, _now=into.fill_null(both.customer_id))
    other = both["_into"].notnull() & (both["_into"] != both.customer_id)
    seen = one_row(
        both, rows=other.sum(), ids=both.customer_id.nunique(), now=both["_now"].nunique(),
        money=both.revenue.abs().sum(where=other), all=both.revenue.abs().sum(),
    )  # fmt: skip
    fewer = seen["ids"] - seen["now"]
    if (seen["rows"] or 0) < FEWEST or not 0 < fewer < seen["ids"] / 2:
        return []
    told = MERGED(
        column=verbatim(name),
        rows=count(seen["rows"], "row"),
        ids=count(seen["ids"], "customer"),
        fewer=count(seen["now"]),
    )
    column = sql_name(name)
    line = columns_line("customer_id", f"coalesce(nullif({column}, ''), {checked.sql('customer_id')})")
    value, todo = share(fewer, seen["ids"]), READ_NEW(line=verbatim(line), keep=keep("ids_merged"))
    verdict = STOP if (seen["money"] or 0) > HARM * (seen["all"] or 0) else REVIEW
    return [checked.finding("ids_merged", verdict, told, value, threshold=share(0, 1), todo=todo)]


def _in_customers(checked: Checked, name: str) -> list[Finding]:
    texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
    ids = checked.report.accepted.select(ROW, "customer_id")
    both = ids.inner_join(texts, ids[ROW] == texts["_at"])
    both = both.mutate(_into=both[name].strip().nullif("")).filter(lambda t: t["_into"] != t.customer_id)
    both = both.semi_join(ids.select(_into=ids.customer_id), "_into")
    rows = one_row(both, rows=both.count())["rows"] or 0
    if rows < FEWEST:
        return []
    told = IN_CUSTOMERS(column=verbatim(name), ids=count(rows, "customer"))
    value, todo = share(rows, checked.report.used), WRITE_NEW(keep=keep("ids_merged"))
    return [checked.finding("ids_merged", REVIEW, told, value, threshold=share(0, 1), todo=todo)]
