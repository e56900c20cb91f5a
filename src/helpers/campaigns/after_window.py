"""What followed an experiment's window: part of its gain may only have been borrowed from the weeks after."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from helpers.campaigns.experiment import plain_difference, plain_interval
from helpers.checks import Check, check
from helpers.inference.intervals import Interval
from helpers.messages import between, mean, message, money, signed
from helpers.study.year import YEAR_WINDOW

BORROWED = message(
    "after_window.borrowed",
    "Part of the gain was borrowed from the weeks after: decide on what is left, not on the window alone.",
)
ALL_BORROWED = message(
    "after_window.all_borrowed",
    "The weeks after the window took back all of the gain, or more: decide on what is left, not on the window alone.",
)
AGAINST = message("after_window.against", "{difference} per customer against control, {interval}")
NOT_LOWER = message("after_window.not_lower", "not clearly less than control")


@dataclass(frozen=True)
class AfterWindow:
    """Margin per assigned customer since the window closed, each arm against control, as plain means.

    differences: as `experiment.plain_difference`, indexed by arm; None where the data tells nothing of that time.
    to_date: the same of all margin since the assignment, less contact and incentive. anything: whether anybody bought
    since. days: since the last assignment, today included. year_over: the day on which all were followed for a year.
    """

    differences: pd.DataFrame | None
    anything: bool
    to_date: pd.DataFrame | None = None
    days: int | None = None
    year_over: date | None = None

    def difference(self, arm: str) -> float | None:
        """The difference of one arm, None where the data does not tell it."""
        return None if self.differences is None else float(self.differences.loc[arm, "difference"])

    def after(self, arm: str) -> Interval | None:
        """What an arm's margin did after the window, None where nobody bought then or nothing is told."""
        return _interval(self.differences, arm) if self.anything else None

    def left(self, arm: str) -> Interval | None:
        """What is left of an arm's gain up to today, after its costs; None where nothing is known after the window."""
        return _interval(self.to_date, arm) if self.anything else None


def after_window(units: pd.DataFrame, control: str, as_of: date) -> AfterWindow:
    """Compare what the arms brought after the window, and in all up to as_of.

    units: one row each, with after_margin (and assigned_date) where that is known.
    """
    if "after_margin" not in units:
        return AfterWindow(None, anything=False)
    differences = plain_difference(units, control, "after_margin").set_index("arm")
    spent = units["contact_cost"] + units["incentive_cost"]
    everything = units.assign(to_date=units["margin"] + units["after_margin"] - spent)
    to_date = plain_difference(everything, control, "to_date").set_index("arm")
    last = units["assigned_date"].max().date()
    since, year = (as_of - last).days + 1, last + timedelta(days=YEAR_WINDOW)
    return AfterWindow(differences, bool(units["after_margin"].any()), to_date, since, year)


def check_pulled_forward(since: AfterWindow, arm: str, currency: str) -> Check | None:
    """Ask whether an arm's margin after the window is clearly below control's; None where the data does not tell."""
    difference = _interval(since.differences, arm)
    if difference is None:
        return None
    left = since.left(arm)
    return check(
        "margin since the window closed",
        review=bool(difference.p95 < 0),
        value=AGAINST(
            difference=signed(mean(difference, money, currency=currency)),
            interval=between(difference, money, currency=currency),
        ),
        threshold=NOT_LOWER(),
        advice=ALL_BORROWED() if left is not None and left.mean <= 0 else BORROWED(),
    )


def _interval(differences: pd.DataFrame | None, arm: str) -> Interval | None:
    return None if differences is None else plain_interval(differences.loc[arm])
