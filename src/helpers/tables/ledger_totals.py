"""What the ledger adds up to, held against the rows it was made from."""

from dataclasses import dataclass

import ibis
import pandas as pd

from helpers.checks import Check, check
from helpers.contracts.accounts import MoneyInAndOut
from helpers.messages import message, percent
from helpers.tables.ledger import RETURN

OFF = 0.001  # of turnover: more than this is no exchange rate's doing
BELOW = message("ledger.below", "below {share}")
RATES = message(
    "ledger.rates",
    "A return undoes its purchase at that day's exchange rate; a larger difference than that is an error.",
)


@dataclass(frozen=True)
class Totals:
    """Lines and money of the ledger: `kinds` (kind, lines, revenue, returned), and how many customers it has."""

    kinds: pd.DataFrame
    customers: int

    @property
    def revenue(self) -> float:
        """Revenue net of all returns."""
        return float(self.kinds["revenue"].sum())

    @property
    def returns_share(self) -> float:
        """The share of what was bought that came back."""
        purchases = self.kinds.loc[self.kinds["kind"] != RETURN, "revenue"].sum()
        bought = float(self.kinds["returned"].sum() + purchases)
        return 1 - self.revenue / bought if bought else 0.0


def totals(ledger: ibis.Table | None) -> Totals | None:
    """Add up the ledger by kind of line; None where there is none."""
    if ledger is None:
        return None
    kinds = ledger.group_by("kind").aggregate(
        lines=ledger.count(), revenue=ledger.revenue.sum(), returned=ledger.returned.sum()
    )
    return Totals(kinds.order_by("kind").to_pandas(), int(ledger.customer_id.nunique().to_pandas()))


def check_totals(totals: Totals | None, money: MoneyInAndOut | None) -> Check | None:
    """Ask whether the ledger holds the money of the rows used."""
    if totals is None or money is None:
        return None
    off = abs(totals.revenue - money.used) / money.turnover if money.turnover else 0.0
    return check(
        "ledger agrees with the rows used",
        fail=off >= OFF,
        value=percent(off),
        threshold=BELOW(share=percent(OFF)),
        advice=RATES(),
    )


def metrics(totals: Totals | None) -> dict[str, float]:
    """The totals under the names that run.json uses; none where there is no ledger."""
    if totals is None:
        return {}
    return {
        "ledger.revenue": totals.revenue,
        "ledger.lines": totals.kinds["lines"].sum(),
        "returns.share": totals.returns_share,
        "customers": totals.customers,
    }
