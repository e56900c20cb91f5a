"""Rows whose money nobody knows: set aside because their amount cannot be read."""

from helpers.contracts.checked import Checked, one_row, share
from helpers.contracts.findings import PASS, REVIEW, Finding

MOST = 0.01  # rows whose money is unknown above this share ask for a review


def findings(checked: Checked) -> list[Finding]:
    """Count the rows of transactions that are set aside without an amount in the study's currency."""
    if checked.table != "transactions":
        return []
    aside, used = checked.report.rejected, checked.report.accepted
    rows = one_row(aside, rows=aside.revenue.isnull().sum())["rows"] or 0
    if not rows:
        return []
    mean = one_row(used, mean=used.revenue.mean())["mean"] or 0.0
    text = (
        f"{rows:,} of {checked.report.rows:,} rows are set aside without a readable amount: their money is unknown, and "
        f"in no sum of what is left out. Were they like the others, it would be {checked.money(rows * mean)}."
    )
    todo = (
        "Mend the amounts, or state how they are written (`decimal`, `thousands`). To leave it: "
        "`rules: {money_unknown: keep}`."
    )
    value = f"{share(rows, checked.report.rows)} of the rows"
    verdict = REVIEW if rows > MOST * checked.report.rows else PASS
    return [checked.finding("money_unknown", verdict, text, value, threshold=share(MOST, 1), advice=todo)]
