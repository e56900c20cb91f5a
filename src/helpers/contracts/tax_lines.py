"""Lines that state an order's tax, or its amount net and gross, as books export them: told by what they add up to."""

import re

import ibis

from helpers.contracts import status_words
from helpers.contracts.checked import Checked, one_row, share, sql_name, sql_text, where_line
from helpers.contracts.findings import STOP, Finding, keep
from helpers.messages import count, message, percent, verbatim
from helpers.study.table_columns import ROW

NET_AND_GROSS = message(
    "tax_lines.net_and_gross",
    "the column {column} tells rows with and without tax apart, and {orders} have both: {money} that count twice.",
)
LEAVE_OUT = message(
    "tax_lines.leave_out",
    "To count those with tax alone, add to transactions: `{line}`. If all count: `{keep}`.",
)

TAX = re.compile(
    r"(?<![^\W\d_])(tax(es)?|vat|gst|hst|pst|mwst|ust|mehrwertsteuer|umsatzsteuer|steuer|tva|iva|btw|moms|kdv|ндс|ppn"
    r"|thuế|gtgt|消費税|税金?|부가세)(?![^\W\d_])|ภาษี"
)
NET = re.compile(
    r"(?<![^\W\d_])(net(to|t)?|without tax|(tax|vat) excl\w*|excl\w* (tax|vat)|ht|sans taxe|sin iva|chưa thuế)(?![^\W\d_])"
)
GROSS = re.compile(
    r"(?<![^\W\d_])(gross|brutto?|with tax|(tax|vat) incl\w*|incl\w* (tax|vat)|ttc|con iva|có thuế)(?![^\W\d_])"
)
MOST = 60  # values of a column that tells kinds of rows
FEWEST, NEARLY_ALL = 20, 0.9  # orders with both; of these
LEAST_RATE, HIGHEST_RATE = 0.01, 0.35


def taxes(checked: Checked) -> tuple[str, list[str]] | None:
    """The column whose values name rows that are a tax of their order's other rows, and these values; None without one."""
    for name in _columns(checked):
        said = [value for value in checked.values(name) if TAX.search(status_words.composed(value))]
        ways = [said, *([value] for value in said)] if 1 < len(said) <= 6 else [said]
        for values in ways if len(said) < len(checked.values(name)) or len(said) > 1 else []:
            orders = _orders(checked, name, values, None) if values else None
            if orders and orders["alike"] >= NEARLY_ALL * orders["both"]:
                return name, values
    return None


def findings(checked: Checked) -> list[Finding]:
    """Judge transactions whose rows state an order net and once more gross."""
    for name in _columns(checked) if checked.table == "transactions" else ():
        texts = {value: status_words.composed(value) for value in checked.values(name)}
        gross = [value for value, text in texts.items() if GROSS.search(text) and not NET.search(text)]
        net = [value for value, text in texts.items() if NET.search(text) and not GROSS.search(text)]
        orders = _orders(checked, name, gross, net) if gross and net else None
        if not orders or orders["alike"] < NEARLY_ALL * orders["both"]:
            continue
        out = [*net, *(value for value, text in texts.items() if TAX.search(text) and value not in gross)]
        listed = ", ".join(map(sql_text, dict.fromkeys(out)))
        line = where_line(f"coalesce({sql_name(name)}, '') NOT IN ({listed})")
        told = NET_AND_GROSS(
            column=verbatim(name), orders=count(orders["both"], "order"), money=checked.money(orders["money"])
        )
        todo = LEAVE_OUT(line=verbatim(line), keep=keep("total_rows"))
        value = share(orders["money"], checked.report.money_used or 0.0)
        return [checked.finding("total_rows", STOP, told, value, threshold=percent(0, 0), todo=todo)]
    return []


def _columns(checked: Checked) -> list[str]:
    own = [one for column in ("category", "channel") if (one := checked.file_column(column))]
    return [*own, *(name for name, different in checked.unused.items() if 1 < different <= MOST)]


def _orders(checked: Checked, name: str, values: list[str], others: list[str] | None) -> dict | None:
    """How many orders have rows of these values and of the others (None: of any other), and in how many the sums are alike.

    Alike: the first are a tax of the others; or, where others are named, the others with a tax. money: of the others.
    """
    texts = checked.source.texts(checked.table, [name]).rename(_at=ROW)
    lines = checked.report.accepted
    both = lines.left_join(texts, lines[ROW] == texts["_at"])
    text = both[name].fill_null("")
    first = text.isin(values)
    second = ~first if others is None else text.isin(others)
    key = (
        {"order": both.order_id}
        if checked.has("order_id")
        else {"of": both.customer_id, "on": both.order_date}
    )
    sums = both.group_by(**key).aggregate(
        first=both.revenue.sum(where=first), second=both.revenue.sum(where=second)
    )
    sums = sums.filter(sums["first"].notnull() & (sums["second"].abs() > 0))
    rate = sums["first"] / sums["second"] - (0 if others is None else 1)
    least = LEAST_RATE if others is None else 0
    seen = one_row(
        sums,
        both=sums.count(),
        alike=rate.between(least, HIGHEST_RATE).sum(),
        money=ibis.coalesce(sums["second"].sum(), 0.0),
    )
    return seen if (seen["both"] or 0) >= FEWEST else None
