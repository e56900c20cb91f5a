"""Customers and sellers whose names say that a row is no sale: the company itself, its staff, samples, tests."""

import ibis

from helpers.contracts import people_words, status_words
from helpers.contracts.checked import Checked, share, sql_name, sql_text, where_line
from helpers.contracts.findings import REVIEW, STOP, Finding, keep
from helpers.contracts.normalised import nfc_normalize
from helpers.messages import Template, count, message, verbatim
from helpers.study.table_columns import ROW

CUSTOMERS = message(
    "own_names.customers",
    "{names} in the column {column} are called as the company itself, its staff, samples or tests are: {rows} ({share} of "
    "the money), {money}.",
)
SELLERS = message(
    "own_names.sellers",
    "{names} in the column {column}, which says who sold, are called as tests or the company itself are: {rows} ({share} of "
    "the money), {money}. They may be people of that name.",
)
LEAVE_THEM_OUT = message(
    "own_names.leave_them_out",
    "If they are no sales, leave them out by a `where` on the column (`check` writes it out). If they are: `{keep}`.",
)
HARM = 0.02  # money of customers that are called nothing else, above which the run stops
MOST = 20  # names in the line


def findings(checked: Checked) -> list[Finding]:
    """Judge the customers of transactions by their ids and names, and those who sold by theirs."""
    if checked.table != "transactions":
        return []
    titles = {name: status_words.composed(name).strip() for name in checked.unused}
    named = {
        name: CUSTOMERS
        for name, title in titles.items()
        if checked.unused[name] > 1
        and people_words.NAMED.search(title)  # one value in all rows tells nobody apart
    }
    named |= {
        name: SELLERS for name, title in titles.items() if checked.unused[name] and status_words.sells(title)
    }
    own = shop(checked)
    found = []
    if checked.has("customer_id"):
        each = checked.customers.filter(checked.customers.sales > 0)
        ids = each.select(name="customer_id", rows="sales", money="bought")
        found += _of(
            checked, ids, (checked.origin("customer_id"), checked.sql("customer_id")), CUSTOMERS, own
        )
    for name, what in named.items():
        texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
        lines = checked.report.accepted.select(ROW, "revenue")
        both = lines.filter(lines.revenue > 0).inner_join(texts, lines[ROW] == texts["_at"])
        each = both.group_by(name=both[name]).aggregate(rows=both.count(), money=both.revenue.sum())
        found += _of(checked, each, (name, sql_name(name)), what, own)
    return found


def shop(checked: Checked) -> tuple[str, ...]:
    """Return the shop's own names: the study's title, and what an unused column says in every row (Vendor, Store)."""
    alone = [name for name, different in checked.unused.items() if different == 1][:20]
    said = [value for name in alone for value in checked.values(name) if not value.replace(".", "").isdigit()]
    return tuple(
        status_words.composed(text).strip() for text in (checked.study.title, *said) if len(text) > 3
    )


def _of(
    checked: Checked, seen: ibis.Table, column: tuple[str, str], what: Template, own: tuple[str, ...]
) -> list[Finding]:
    """The finding on the names (with `rows` and `money` of their sales) in a column (its name, its SQL)."""
    text = nfc_normalize(seen.name.lower()).strip()
    called = text.re_search(people_words.OWN) & ~text.re_search(people_words.GUEST.pattern)
    if what is CUSTOMERS and own:
        called = called | text.isin(own)
    alone = text.re_search(people_words.ALL_OWN) | text.isin(own)
    hit = seen.filter(seen.name.notnull() & called).mutate(alone=alone)
    few = hit.order_by(hit.money.desc(), "name").limit(MOST).to_pyarrow().to_pylist()
    total = checked.report.money_used or 0.0
    if not few:
        return []
    money = sum(one["money"] for one in few)
    sure = sum(one["money"] for one in few if one["alone"])
    told = what(
        names=count(len(few), "name"),
        column=verbatim(column[0]),
        rows=count(sum(one["rows"] for one in few), "row"),
        share=share(money, total),
        money=checked.money(money),
    )
    listed = ", ".join(sql_text(one["name"]) for one in few)
    condition = f"coalesce({column[1]}, '') NOT IN ({listed})"
    verdict = STOP if what is CUSTOMERS and sure > HARM * total else REVIEW
    return [
        checked.finding(
            "own_names", verdict, told, share(money, total), threshold=share(HARM, 1),
            todo=LEAVE_THEM_OUT(keep=keep("own_names")), examples=(f"`{where_line(condition)}`",),
        )
    ]  # fmt: skip
