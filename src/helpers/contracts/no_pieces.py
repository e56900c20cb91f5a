"""Lines of no pieces that have an amount: what was ordered and not delivered, or sent back."""

from helpers.contracts.checked import Checked, one_row, share, where_line
from helpers.contracts.findings import REVIEW, Finding, keep
from helpers.messages import count, message, verbatim

COUNTED = message(
    "no_pieces.counted",
    "{rows} have a quantity of 0 and an amount, {money}: goods that were ordered and not delivered look so, and count.",
)
LEAVE_OUT = message(
    "no_pieces.leave_out", "If they are no sales, add to transactions: `{line}`. If they are: `{keep}`."
)
FEWEST, LARGE = 5, 0.005


def findings(checked: Checked) -> list[Finding]:
    """Judge the lines of transactions by their pieces, where most lines have some."""
    if checked.table != "transactions" or not checked.has("quantity", "amount"):
        return []
    lines = checked.report.accepted
    without = (lines.quantity == 0) & (lines.revenue > 0)
    money = lines.revenue.sum(where=without)
    seen = one_row(
        lines, rows=without.sum(), money=money, some=(lines.quantity > 0).sum(), all=lines.revenue.sum()
    )
    rows = seen["rows"] or 0
    if rows < FEWEST or rows > (seen["some"] or 0) or seen["money"] < LARGE * (seen["all"] or 0):
        return []
    told = COUNTED(rows=count(rows, "row"), money=checked.money(seen["money"]))
    line = where_line(f"coalesce({checked.sql('quantity')} * 1, 1) <> 0")
    todo, value = LEAVE_OUT(line=verbatim(line), keep=keep("no_pieces")), share(seen["money"], seen["all"])
    return [checked.finding("no_pieces", REVIEW, told, value, threshold=share(LARGE, 1), todo=todo)]
