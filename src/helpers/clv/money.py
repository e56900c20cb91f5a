"""From revenue to money that stays: the margin and the returns the ledger shows."""

import ibis

from helpers.errors import StudyError


def margin_share(ledger: ibis.Table, otherwise: float) -> tuple[float, str]:
    """Return margin as a share of purchase revenue and where it comes from: the data, or `otherwise`.

    Taken from the lines that state a margin when they hold at least half of the revenue. StudyError when the
    data's own share is not above 0 and at most 1: then a column is not what it says.
    """
    bought = ledger.filter(ledger.kind == "purchase")
    stated = bought.margin.notnull()
    row = bought.agg(
        revenue=bought.revenue.sum(), known=bought.revenue.sum(where=stated), margin=bought.margin.sum(where=stated)
    ).to_pandas().iloc[0].fillna(0.0)  # fmt: skip
    if row["known"] < 0.5 * row["revenue"]:
        return otherwise, "the study's own statement"
    share = float(row["margin"] / row["known"])
    if not 0 < share <= 1:
        raise StudyError(
            f"The margin in the data is {share:.2f} of revenue; it must lie above 0 and not above 1. "
            "Check the columns `margin` (money per line) and `cost`, or leave them out and state `margin`."
        )
    return share, "the margins in the data"


def return_share(ledger: ibis.Table) -> float:
    """Return the share of purchase revenue that came back in returns without a known order.

    Returns with a known order are already taken off it.
    """
    bought = ledger.revenue.sum(where=ledger.kind == "purchase")
    returned = -ledger.revenue.sum(where=ledger.kind == "return")
    row = ledger.agg(bought=bought, returned=returned).to_pandas().iloc[0].fillna(0.0)
    return float(min(max(row["returned"] / row["bought"], 0.0), 0.99))
