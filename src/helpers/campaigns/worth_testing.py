"""What a comparison without lots may say at most: that a test is worth it, and of how many per arm."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.campaigns.design import sample_size_mean
from helpers.campaigns.no_lots import CONVERSION, MARGIN, REVENUE, Comparison, headline
from helpers.campaigns.trial import Trial
from helpers.campaigns.unit_outcomes import MONEY
from helpers.inference.intervals import Interval

TEST, NO_TEST, NO_VERDICT = "worth a test", "not worth a test", "no verdict"


@dataclass(frozen=True)
class Worth:
    """The verdict with what it rests on, per unit contacted.

    gain: the effect that decides, after costs where outcomes are money. cost: of a unit contacted. chance_above: that the
    gain is above break-even, if nothing unseen chose. per_arm: units in each arm of a test by lot that finds `difference`
    with 80 %, None where none can; at_break_even: whether that is the rise that just pays (else half of what was seen, as
    nothing is to be paid).
    """

    verdict: str
    gain: Interval
    cost: float
    chance_above: float
    difference: float
    at_break_even: bool
    per_arm: int | None
    units: int

    @property
    def too_large(self) -> bool:
        """Whether both arms together would take more units than were compared here."""
        return self.per_arm is not None and 2 * self.per_arm > self.units


def decide(found: Comparison, test: Trial, break_even: float = 0.0, *, blocked: bool = False) -> Worth:
    """Say whether a test is worth it: where the gain's 90 % interval reaches above break-even. `blocked`: a check failed.

    The size is for two arms, two-sided at 5 %, with 80 % power where the truth is at break-even: the rise of the margin
    (or of the amount) that just pays for the contact; its spread is that of comparable units that were left alone.
    """
    gain = found.effects[headline(test)]
    cost = 0.0
    if test.measure == MONEY:
        cost = found.effects[MARGIN].effect.mean - gain.effect.mean
    pays = cost + break_even
    at_break_even = pays > 0
    difference = pays if at_break_even else abs(found.effects[_planned(test)].effect.mean) / 2
    spread = _spread(found, _planned(test))
    per_arm = sample_size_mean(spread, difference) // 2 if spread > 0 and difference > 0 else None
    chance = (
        float(stats.norm.sf(break_even, gain.effect.mean, gain.error))
        if gain.error > 0
        else float(gain.effect.mean > break_even)
    )
    verdict = NO_VERDICT if blocked else TEST if gain.effect.p95 > break_even and per_arm else NO_TEST
    units = int(found.overlap.kept.sum())
    return Worth(verdict, gain.effect, cost, chance, difference, at_break_even, per_arm, units)


def _planned(test: Trial) -> str:
    return MARGIN if test.measure == MONEY else REVENUE


def _spread(found: Comparison, outcome: str) -> float:
    """The weighted standard deviation of an outcome among the units left alone."""
    other = ~found.overlap.treated
    weight, y = found.overlap.weight[other], found.outcomes[outcome].to_numpy(float)[other]
    mean = np.average(y, weights=weight)
    return float(np.sqrt(np.average((y - mean) ** 2, weights=weight)))


def artifact(
    worth: Worth, found: Comparison, test: Trial, robustness: float, *, withheld: bool
) -> pd.DataFrame:
    """Return the artifact `observed_effect`, one row."""
    kept = int((found.overlap.treated & found.overlap.kept).sum())
    row = {
        "campaign_id": test.name,
        "arm": test.arms[1],
        "assigned": test.drawn,
        "measure": test.measure,
        "customers": int(found.overlap.treated.sum()),
        "compared": kept,
        **worth.gain.columns("gain_"),
        "conversion": found.effects[CONVERSION].effect.mean,
        "cost": worth.cost,
        "chance_above": worth.chance_above,
        "robustness": robustness,
        "verdict": worth.verdict,
        "per_arm": worth.per_arm or 0,
        "difference": worth.difference,
        "days": test.days or 0,
        "withheld": withheld,
    }
    return pd.DataFrame([row])
