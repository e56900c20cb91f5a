"""The next campaign as a test: how likely it is to decide anything, and what a larger control group costs and is worth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.campaigns import design
from helpers.checks import Check, check
from helpers.inference import monte_carlo
from helpers.messages import about, message, money

EVEN = 0.5  # the assurance for which a size is asked
SMALLEST, SIZES, LARGEST = 100, 40, 40  # sizes of a test that are tried; the largest in lists of this size
COSTS_MORE = message(
    "next_test.costs_more",
    "The control group costs more than its answer is expected to be worth: hold back fewer, or none once the effect is "
    "settled.",
)
NOBODY_LISTED = message(
    "next_test.nobody_listed", "Nobody is on the list: no arm is expected to pay for anyone."
)
WORTH_MORE = message("next_test.worth_more", "{net} more than it costs")
AT_LEAST_ZERO = message("next_test.at_least_zero", "no less than it costs")


@dataclass(frozen=True)
class NextTest:
    """How likely a test on the list ends with a verdict to roll out.

    units: customers on the list. assurance: that probability. needed: units for an assurance of 50 %, None where no size
    has it. chance_gain: the probability that the campaign pays; is_sure: it is as high as a verdict needs. curve: assurance
    by units (index).
    """

    units: int
    assurance: float
    needed: int | None
    chance_gain: float
    is_sure: bool
    curve: pd.Series

    @property
    def metrics(self) -> dict[str, float]:
        """Both probabilities under the names of run.json."""
        return {"assurance": self.assurance, "chance_gain": self.chance_gain}


@dataclass(frozen=True)
class ControlGroups:
    """What holding back a share of the list costs and is worth.

    table: share, customers, assurance, cost, worth, net, a row per share that leaves somebody on both sides. share: that of
    the list. perfect: what perfect knowledge would be worth.
    """

    table: pd.DataFrame
    share: float
    perfect: float

    @property
    def best(self) -> pd.Series | None:
        """The control group that is worth most net of its cost; None where there is no choice."""
        return None if self.table.empty else self.table.loc[self.table["net"].idxmax()]

    @property
    def own(self) -> pd.Series | None:
        """The control group of the list; None where it holds nobody, or everybody."""
        rows = self.table[np.isclose(self.table["share"].astype(float), self.share)]
        return None if rows.empty else rows.iloc[0]

    @property
    def metrics(self) -> dict[str, float | None]:
        """What knowing is worth under the names of run.json."""
        best = self.best
        return {
            "value_of_perfect_information": self.perfect,
            "control.net_worth": None if best is None else float(best["net"]),
            "control.best_share": None if best is None else float(best["share"]),
        }


def plan(gain: np.ndarray, spread: float, units: int, *, certainty: float, control_share: float) -> NextTest:
    """Plan a test on so many customers; with nobody on the list it decides nothing.

    gain: draws of the gain per customer contacted. spread: standard deviation of a customer's money.
    """
    options = {"certainty": certainty, "control_share": control_share}
    sizes = np.unique(np.geomspace(SMALLEST, max(LARGEST * units, 1000), SIZES).astype(int))
    curve = [design.assurance(gain, spread, size, **options) if units else 0.0 for size in sizes]
    chance_gain = monte_carlo.mean(gain > 0)
    return NextTest(
        units=units,
        assurance=design.assurance(gain, spread, units, **options) if units else 0.0,
        needed=design.units_for_assurance(gain, spread, EVEN, **options) if units else None,
        chance_gain=chance_gain,
        is_sure=chance_gain >= certainty,
        curve=pd.Series(curve, index=sizes),
    )


def control_groups(
    gain: np.ndarray,
    spread: float,
    units: int,
    shares: list[float],
    *,
    control_share: float,
    certainty: float,
    campaigns: int,
) -> ControlGroups:
    """Weigh control groups of several shares for a list of so many customers.

    gain, spread: as in `plan`. Cost: the expected gain of those not contacted, this once, where it is positive. Worth: what
    the test's result is expected to add to the `campaigns` of this size that follow.
    """
    rows = []
    for share in sorted({*shares, control_share}):
        held = round(share * units)
        if not 0 < held < units:
            continue
        options = {"control_share": share}
        sure = design.assurance(gain, spread, units, certainty=certainty, **options)
        worth = design.value_of_information(gain, campaigns * units, spread=spread, units=units, **options)
        cost = held * max(float(np.mean(gain)), 0.0)
        rows.append((share, held, sure, cost, worth, worth - cost))
    table = pd.DataFrame(rows, columns=["share", "customers", "assurance", "cost", "worth", "net"])
    return ControlGroups(table, control_share, design.value_of_information(gain, campaigns * units))


def check_worth(groups: ControlGroups, units: int, currency: str) -> Check:
    """Ask whether the control group of a list of so many customers is worth what it costs."""
    own = groups.own
    net = 0.0 if own is None else float(own["net"])
    return check(
        "control group worth its cost",
        review=own is None or net < 0,
        value=WORTH_MORE(net=about(money(net, currency))),
        threshold=AT_LEAST_ZERO(),
        advice=COSTS_MORE() if units else NOBODY_LISTED(),
    )
