"""One id that stands for many people, or for the shop itself."""

import re

from helpers.contracts import own_names, people_words
from helpers.contracts.checked import Checked, one_row, share, sql_text, where_line
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import Template, count, message

GUESTS = message(
    "one_customer.guests",
    "one of {ids} customer ids looks like a name for guests or for nobody: {rows} ({share}), {bought} bought, {back} "
    "negative.",
)
MANY_ROWS = message(
    "one_customer.many_rows",
    "one of {ids} customer ids has many times the rows of any other: {rows} ({share}), {bought} bought, {back} negative.",
)
MOST_BACK = message(
    "one_customer.most_back",
    "one of {ids} customer ids has most of the negative amounts: withdrawals, or the shop itself: {rows} ({share}), "
    "{bought} bought, {back} negative.",
)
LEAVE_IT_OUT = message(
    "one_customer.leave_it_out",
    "To leave it out, add to transactions a `where` on the id (`check` writes it out). If it is one customer: `{keep}`.",
)

FEW = message(
    "one_customer.few", "customer_id has {ids} different values in {rows}: the column may name no customer."
)
MAP_ANOTHER = message(
    "one_customer.map_another",
    "Map the column that names the customer as customer_id. If these are all: `{keep}`.",
)

FEWEST = 20  # customers
MOST_FEW, MANY = 10, 50  # customers of whom each has many rows
LARGE = 0.05
OFTEN = 4  # times the orders of the 2nd most frequent customer
# Codes that tills and shops fill in for nobody: C0000, K99999, 0123456789, 1000000.
CODE = re.compile(r"^[a-z]{1,8}[-_ ]?(0{3,}|9{4,})$|^0?1234567(8|89|890)?$|^[a-z]{0,3}10{5,}$")
OFTEN_CODE, LARGE_CODE = 2, 0.01


def findings(checked: Checked) -> list[Finding]:
    """Judge the customers of transactions by how many rows, purchases and returns they have."""
    if checked.table != "transactions":
        return []
    each = checked.customers
    total = one_row(
        each, n=each.count(), rows=each.rows.sum(), bought=each.bought.sum(), back=each.back.sum()
    )
    if (total["n"] or 0) < FEWEST:
        return _few(checked, total)
    top = each.order_by(each.rows.desc(), "customer_id").limit(20).to_pyarrow().to_pylist()
    most_back = each.order_by(each.back.desc(), "customer_id").limit(1).to_pyarrow().to_pylist()[0]
    found = [_one(checked, one, total, GUESTS) for one in top if _guest(one, total)]
    crowd, times = top[0], top[0]["rows"] / top[1]["rows"]
    if found:
        pass
    elif CODE.search(_text(crowd)) and crowd["rows"] > LARGE_CODE * total["rows"] and times > OFTEN_CODE:
        found.append(_one(checked, crowd, total, GUESTS))
    elif crowd["rows"] > LARGE * total["rows"] and times > OFTEN and not _own(checked, crowd):
        found.append(_one(checked, crowd, total, MANY_ROWS))
    money = total["bought"] or 0.0
    if (
        most_back["back"] > 0.02 * money
        and most_back["back"] > 0.5 * total["back"]
        and most_back["back"] > 2 * most_back["bought"]
    ):
        found.append(_one(checked, most_back, total, MOST_BACK))
    return found


def _few(checked: Checked, total: dict) -> list[Finding]:
    """Customers of whom there are very few for so many rows: the column may be an account, a till or a store."""
    if not total["n"] or total["n"] > MOST_FEW or total["rows"] < MANY * total["n"]:
        return []
    told = FEW(ids=count(total["n"]), rows=count(total["rows"], "row"))
    todo = MAP_ANOTHER(keep=keep("one_customer"))
    return [
        checked.finding("one_customer", REVIEW, told, count(total["n"]), threshold=count(MOST_FEW), todo=todo)
    ]


def _guest(one: dict, total: dict) -> bool:
    return people_words.GUEST.search(_text(one)) is not None and one["rows"] > 0.001 * total["rows"]


def _own(checked: Checked, one: dict) -> bool:
    """Whether this is the company itself, which `own_names` says."""
    return re.search(people_words.OWN, _text(one)) is not None or _text(one) in own_names.shop(checked)


def _text(one: dict) -> str:
    return one["customer_id"].casefold().strip()


def _one(checked: Checked, one: dict, total: dict, what: Template) -> Finding:
    of_rows = share(one["rows"], total["rows"])
    told = what(
        ids=count(total["n"]),
        rows=count(one["rows"], "row"),
        share=of_rows,
        bought=checked.money(one["bought"]),
        back=checked.money(one["back"]),
    )
    condition = f"{checked.sql('customer_id')} <> {sql_text(one['customer_id'])}"
    return checked.finding(
        "one_customer", REVIEW, told, of_rows, threshold=share(LARGE, 1),
        todo=LEAVE_IT_OUT(keep=keep("one_customer")), examples=(f"`{where_line(condition)}`",),
    )  # fmt: skip
