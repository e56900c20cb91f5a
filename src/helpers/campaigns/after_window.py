"""What followed an experiment's window: part of its gain may only have been borrowed from the weeks after."""

from dataclasses import dataclass

import pandas as pd

from helpers.campaigns.experiment import plain_difference
from helpers.checks import Check, check
from helpers.inference.intervals import Interval
from helpers.messages import mean, message, money, signed

BORROWED = message(
    "after_window.borrowed",
    "Part of the gain was borrowed from the weeks after: decide on the effect over a year, not on the window.",
)
NOT_BELOW = message("after_window.not_below", "not clearly below 0")


@dataclass(frozen=True)
class AfterWindow:
    """Margin per assigned customer since the window closed, each arm against control, as plain means.

    differences: as `experiment.plain_difference`, indexed by arm; None where the data tells nothing of that time.
    anything: whether anybody bought since.
    """

    differences: pd.DataFrame | None
    anything: bool

    def difference(self, arm: str) -> float | None:
        """The difference of one arm, None where the data does not tell it."""
        return None if self.differences is None else float(self.differences.loc[arm, "difference"])


def after_window(units: pd.DataFrame, control: str) -> AfterWindow:
    """Compare what the arms brought after the window; units: one row each, with after_margin where that is known."""
    if "after_margin" not in units:
        return AfterWindow(None, anything=False)
    differences = plain_difference(units, control, "after_margin").set_index("arm")
    return AfterWindow(differences, anything=bool(units["after_margin"].any()))


def check_pulled_forward(since: AfterWindow, arm: str, currency: str) -> Check | None:
    """Ask whether an arm's margin after the window is clearly below control's; None where the data does not tell."""
    if since.differences is None:
        return None
    row = since.differences.loc[arm]
    difference = Interval(row["difference"], row["p05"], row["difference"], row["p95"])
    return check(
        "purchases pulled forward",
        review=bool(difference.p95 < 0),
        value=signed(mean(difference, money, currency=currency)),
        threshold=NOT_BELOW(),
        advice=BORROWED(),
    )
