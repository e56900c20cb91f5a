"""Cohorts of first purchase: labels, where they stand in time, and how a forecast did for early and late customers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.checks import Check, check
from helpers.clv.holdout_scores import missed
from helpers.inference.laplace import Held
from helpers.messages import Message, message, percent

KINDS = {"first_year": "Y", "first_quarter": "Q"}  # values of group_by, and the periods they stand for
STEP = 0.2  # of the prior of the walk's step: the standard deviation of a parameter's drift over a year
MOST_OFF = 0.15  # share by which the forecast for a third of the first dates may be off
PARTS = ("earliest", "middle", "latest")
THIRDS = message(
    "cohorts.thirds", "{early} for the third who came first, {middle} for the next, {late} for the last"
)
EACH_WITHIN = message("cohorts.each_within", "each within {share}")
DRIFTS = message(
    "cohorts.drifts",
    "Newer customers are not like older ones, or the times changed, which the data cannot tell apart: read totals with "
    "care. `group_by: first_year` or `first_quarter` of 21 lets customers differ by when they first bought, as if the times "
    "had not changed.",
)
STILL_DRIFTS = message(
    "cohorts.still_drifts",
    "Customers who came at different times are forecast as different, and still not right: perhaps the times changed, and "
    "not the customers. Read totals with care.",
)


def labels(first: pd.Series, kind: str) -> pd.Series:
    """The cohort of each day of first purchase: "2025", or "2025 Q3"."""
    when = pd.to_datetime(first).dt
    year = when.year.astype("str")
    return year if kind == "first_year" else year + " Q" + when.quarter.astype("str")


def year_of(label: str) -> float | None:
    """Where a cohort stands in time, in years; None for a group that is none."""
    year, _, quarter = label.partition(" Q")
    if not year.isdigit() or (quarter and quarter not in "1234"):
        return None
    return int(year) + (int(quarter) - 1) / 4 if quarter else float(year)


def step_values() -> Held:
    """Values of the walk's step for fits around the mode: a joint mode with the step would be a ridge towards 0."""
    values = np.geomspace(0.02, 0.6, 5)
    return Held("walk_step", values, -0.5 * (values / STEP) ** 2 + np.log(values))


@dataclass(frozen=True)
class Thirds:
    """Forecast against actual purchases by thirds of the customers' first dates, the earliest first.

    table: columns part, first (the first day of each), customers, expected, made, bias.
    """

    table: pd.DataFrame

    @property
    def worst(self) -> float:
        """The largest share by which the forecast of a third is off."""
        return float(self.table["bias"].abs().max())

    @property
    def missed(self) -> list[Message]:
        """By how much the forecast of each third was too high or too low, in words."""
        return [missed(bias) for bias in self.table["bias"]]

    @property
    def even(self) -> bool:
        """Whether early and late customers are forecast equally well."""
        return self.worst <= MOST_OFF


def by_thirds(first: pd.Series, expected: np.ndarray, made: np.ndarray) -> Thirds | None:
    """Sum forecast and actual over thirds of the customers by their day of first purchase; None where a third made nothing.

    first, expected, made: one value per customer. Customers of one day stay together.
    """
    day = pd.to_datetime(first).to_numpy()
    edges = np.quantile(day.astype("datetime64[D]").astype(np.int64), [1 / 3, 2 / 3])
    part = np.searchsorted(edges, day.astype("datetime64[D]").astype(np.int64), side="left")
    its = pd.DataFrame({"first": day, "expected": expected, "made": made})
    table = its.groupby(part).agg(
        first=("first", "min"), customers=("made", "size"), expected=("expected", "sum"), made=("made", "sum")
    )
    if len(table) < len(PARTS) or (table["made"] == 0).any():
        return None
    return Thirds(table.assign(part=PARTS, bias=table["expected"] / table["made"] - 1))


def judged(found: Thirds | None, *, drift: bool) -> list[Check]:
    """Ask whether early and late customers are forecast equally well; drift: whether the model lets them differ."""
    if found is None:
        return []
    early, middle, late = found.missed
    asked = check(
        "forecast by first purchase",
        review=not found.even,
        value=THIRDS(early=early, middle=middle, late=late),
        threshold=EACH_WITHIN(share=percent(MOST_OFF)),
        advice=STILL_DRIFTS() if drift else DRIFTS(),
    )
    return [asked]
