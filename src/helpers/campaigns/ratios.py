"""Ratios of sums, such as clicks per impressions, where units are drawn by lot and not what they are divided by.

An arm's ratio r is the sum of y over the sum of x. To first order it moves with its units as the mean of
r + (y - r x) / (mean of x): with these values in place of outcomes, means are the ratios themselves, and their errors, by
units or by clusters, are those of the delta method (Deng, Knoblich and Lu 2018). A mean of each unit's own ratio would
count a unit with one impression as much as one with a thousand.
"""

import pandas as pd
from scipy import stats

from helpers.campaigns import within_strata
from helpers.campaigns.assignment import P_VALUE, SMALLEST
from helpers.campaigns.experiment import plain_difference
from helpers.checks import Check, check
from helpers.errors import CannotAnswer
from helpers.messages import message, plain

UNLIKE = 0.01  # p value below which arms differ in what the outcome is divided by
OTHER_OCCASIONS = message(
    "ratios.other_occasions",
    "The arms differ in what {outcome} divides by, so the ratio compares other occasions. Read the sums per unit as well: "
    "name the column itself in unit_outcomes.",
)


def linearised(units: pd.DataFrame, amount: pd.Series, per: pd.Series) -> pd.Series:
    """Return each unit's part in its arm's ratio: the mean over an arm is the ratio of its sums.

    units: arm, and stratum where arms were drawn within strata. CannotAnswer where an arm has nothing to divide by.
    """
    weight, arm = within_strata.weights(units), units["arm"]
    sums = pd.DataFrame({"amount": amount * weight, "per": per * weight, "n": weight}).groupby(arm).sum()
    if (sums["per"] <= 0).any():
        raise CannotAnswer(
            f"Arm {sums.index[sums['per'] <= 0][0]} has nothing to divide by: its ratio does not exist. Leave the arm out "
            "(`where`), or name another outcome."
        )
    ratio, mean = arm.map(sums["amount"] / sums["per"]), arm.map(sums["per"] / sums["n"])
    return ratio + (amount - ratio * per) / mean


def checks(units: pd.DataFrame, control: str, outcome: str) -> list[Check]:
    """Ask of a ratio (column `per`) whether the arms are alike in what is divided by; nothing of other outcomes."""
    if "per" not in units:
        return []
    found = plain_difference(units, control, "per").set_index("arm").drop(control)
    z = (found["difference"] / found["standard_error"].clip(lower=1e-12)).abs()
    smallest = min(1.0, float(2 * stats.norm.sf(z.max())) * len(found))
    return [
        check(
            "Arms alike in what is divided by",
            review=smallest < UNLIKE,
            value=P_VALUE(p=plain(max(smallest, SMALLEST))),
            threshold=f"p >= {UNLIKE}",
            advice=OTHER_OCCASIONS(outcome=outcome),
        )
    ]
