"""The segment of which most is lost, and what may be told of customers who are in two groups."""

from dataclasses import dataclass

import pandas as pd

from helpers.clv.customer_value import EVERYONE
from helpers.customers.rfm import QUIET
from helpers.inference import small_groups
from helpers.inference.intervals import Interval


def on_both(one: set, other: set, minimum: int) -> int | None:
    """How many are on both; None where these, or the rest of either, are few."""
    both = len(one & other)
    parts = [both, len(one) - both, len(other) - both]
    return both if both and not any(0 < part < minimum for part in parts) else None


@dataclass(frozen=True)
class AtStake:
    """A segment that bought well and has gone quiet: its margin of the last year, and its value ahead over `months`.

    on_list: how many of its customers the list of proven repeats names; None for too few.
    """

    segment: str
    customers: int
    past: float
    ahead: Interval
    months: float
    on_list: int | None = None


def at_stake(
    worth: pd.DataFrame,
    minimum: int,
    repeats: pd.DataFrame | None = None,
    rfm: pd.DataFrame | None = None,
) -> AtStake | None:
    """Of the segments that have gone quiet, the one that brought most margin in the last year (artifact segment_value)."""
    parts = worth[worth["segment"] != EVERYONE]
    parts = parts[~small_groups.hidden(parts["customers"], parts[["current", "mean"]], minimum=minimum)]
    parts = parts[parts["segment"].isin(QUIET) & (parts["current"] > 0)]
    if parts.empty:
        return None
    row = parts.nlargest(1, "current").iloc[0]
    on_list = None
    if repeats is not None and rfm is not None:
        own = rfm.loc[rfm["segment"] == row["segment"], "customer_id"]
        on_list = on_both(set(own), set(repeats["customer_id"]), minimum)
    worth_of = (float(row["current"]), Interval.of(row), float(row["horizon_months"]))
    return AtStake(str(row["segment"]), int(row["customers"]), *worth_of, on_list)
