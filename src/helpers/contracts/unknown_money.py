"""Rows whose money nobody knows: set aside because their amount cannot be read."""

from typing import TYPE_CHECKING

from helpers import checks
from helpers.contracts.checked import Checked, one_row, share
from helpers.contracts.findings import PASS, REVIEW, Finding, keep
from helpers.messages import count, message

if TYPE_CHECKING:
    import ibis

NO_AMOUNT = message(
    "unknown_money.no_amount",
    "{unknown} of {rows} are set aside without a readable amount: their money is unknown, and in no sum of what is left "
    "out. Were they like the others, it would be {money}.",
)
MEND_AMOUNTS = message(
    "unknown_money.mend",
    "Mend the amounts, or state how they are written (`decimal`, `thousands`). To leave it: `{keep}`.",
)
OF_THE_ROWS = message("unknown_money.of_the_rows", "{share} of the rows")

MOST_OF = 0.9  # of such rows: orders that the study leaves out have further lines, too
MOST = 0.01  # rows whose money is unknown above this share ask for a review


def findings(checked: Checked) -> list[Finding]:
    """Count the rows of transactions that are set aside without an amount in the study's currency."""
    if checked.table != "transactions":
        return []
    aside, used = checked.report.rejected, checked.report.accepted
    lacking = aside.filter(aside.revenue.isnull())
    rows = one_row(lacking, rows=lacking.count())["rows"] or 0
    if rows and checked.has("order_id") and _are_further_lines(checked, lacking, rows):
        return []
    if not rows:
        return []
    mean = one_row(used, mean=used.revenue.mean())["mean"] or 0.0
    all_rows = checked.report.rows
    told = NO_AMOUNT(unknown=count(rows), rows=count(all_rows, "row"), money=checked.money(rows * mean))
    value = OF_THE_ROWS(share=share(rows, all_rows))
    verdict = REVIEW if rows > MOST * all_rows else PASS
    todo = MEND_AMOUNTS(keep=keep("money_unknown"))
    return [
        checked.finding(
            "money_unknown", verdict, told, value, threshold=checks.MOST(number=share(MOST, 1)), todo=todo
        )
    ]


def _are_further_lines(checked: Checked, lacking: "ibis.Table", rows: int) -> bool:
    """Whether these rows are further lines of orders that have one row with their amount, as many shops export them."""
    orders = checked.orders
    each = lacking.group_by("order_id").aggregate(blank=lacking.count())
    both = each.inner_join(orders.select("order_id", "lines"), "order_id")
    seen = one_row(both, rows=both.blank.sum(where=both.lines == 1))
    return (seen["rows"] or 0) >= MOST_OF * rows
