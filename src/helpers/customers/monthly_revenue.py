"""Revenue by calendar month: the months that are whole, and whether the last one's change is unusual."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.inference.intervals import Interval, interval
from helpers.messages import message, percent

WITHIN = message("monthly.within", "within {share}")
ADVICE = message("monthly.advice", "Look at the season and at the data of that month before you explain it.")


@dataclass(frozen=True)
class LastChange:
    """The last month against one before it: its first day, its revenue, the change as a share, and the usual changes.

    `usual` holds the middle 90 % of all changes over as many months.
    """

    month: date
    revenue: float
    change: float
    usual: Interval

    @property
    def is_fall(self) -> bool:
        """Whether the month brought less than the one before."""
        return self.change < 0

    @property
    def metrics(self) -> dict[str, float]:
        """The last month under the names of run.json."""
        return {"last_month.revenue": self.revenue, "last_month.change": self.change}


def complete(by_month: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the rows (month, its first day; revenue) of calendar months that end on or before `as_of`.

    StudyError where no two months do: a change needs both.
    """
    first = pd.to_datetime(by_month["month"])
    whole = by_month.assign(month=first)[first + pd.offsets.MonthEnd(0) <= pd.Timestamp(as_of)]
    if len(whole) < 2:
        raise StudyError(
            f"{len(whole)} calendar months of the data end on or before {as_of}, and a change needs two: bring a longer "
            "period, or a later as_of in the study file."
        )
    return whole.reset_index(drop=True)


def last_change(months: pd.DataFrame, months_back: int = 1) -> LastChange | None:
    """Compare the last month of `complete` with the one so many months before; None where there is no such month."""
    if len(months) <= months_back:
        return None
    changes = months["revenue"].pct_change(months_back).dropna()
    last = months.iloc[-1]
    return LastChange(
        last["month"].date(), float(last["revenue"]), float(changes.iloc[-1]), interval(changes)
    )


def check_change(found: LastChange, unusual_share: float) -> Check:
    """Ask whether the change of the last month lies within `unusual_share`, up or down."""
    return check(
        "change of the last month",
        review=abs(found.change) > unusual_share,
        value=percent(found.change),
        threshold=WITHIN(share=percent(unusual_share)),
        advice=ADVICE(),
    )
