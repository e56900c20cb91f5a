"""How strong would a cause that nobody saw have to be? The robustness value of an ATT, beside causes that were seen.

An unseen cause that explains a share c_y of what is left of the outcome, and a share c_d of the variation of the weights
(the Riesz representer), moves the ATT by at most S sqrt(c_y c_d / (1 - c_d)), S^2 = mean (Y - g)^2 times mean alpha^2
(Chernozhukov, Cinelli, Newey, Sharma and Syrgkanis 2022, "Long story short"). The robustness value is the c_y = c_d that
suffices to move it by a given distance: with f = distance / S it is (sqrt(f^4 + 4 f^2) - f^2) / 2, the form of Cinelli and
Hazlett (2020, eq. 18).
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from helpers.campaigns import att
from helpers.campaigns.att import Overlap
from helpers.campaigns.no_lots import Comparison
from helpers.campaigns.smooth_columns import Columns
from helpers.checks import Check, check
from helpers.inference import monte_carlo
from helpers.messages import message, percent

MOST = 6  # causes that are left out in turn: those that differ most between the arms
# Traits of past orders that stand in for each other are left out together: else each would seem to matter nothing.
OFTEN, MUCH, WHEN = "how often they had bought", "how much they had spent", "since when and until when"
TOGETHER = {
    "pre_purchase_days": OFTEN,
    "late_purchase_days": OFTEN,
    "all_purchase_days": OFTEN,
    "pre_revenue": MUCH,
    "late_revenue": MUCH,
    "all_revenue": MUCH,
    "offer_share": MUCH,
    "days_since_order": WHEN,
    "days_known": WHEN,
}
WEAK = message(
    "unseen.weak",
    "A cause that nobody saw and that is as strong as {trait} could bring the effect to break-even.",
)
AT_LEAST = message("unseen.at_least", "more than {trait} could move")
MOVES = message("unseen.moves", "{needed} needed")
ALONE = message("unseen.alone", "nothing seen matters")


@dataclass(frozen=True)
class Strength:
    """What it takes to bring an effect to break-even.

    robustness: the robustness value of the effect; of_interval: of the end of its 90 % interval nearest to break-even (0
    where the interval holds it). scale: S. seen: a row per trait (trait, outcome: c_y, chosen: c_d, moves: by how much an
    unseen cause as strong could move the effect), strongest first.
    """

    robustness: float
    of_interval: float
    distance: float
    scale: float
    seen: pd.DataFrame

    @property
    def as_strong_suffices(self) -> bool:
        """Whether an unseen cause as strong as the strongest seen one could do it."""
        return bool(len(self.seen) and self.seen["moves"].iloc[0] >= self.distance)


def strength(found: Comparison, outcome: str, break_even: float = 0.0, seed: int = 1) -> Strength:
    """Measure how strong an unseen cause must be to bring the effect on an outcome to break-even."""
    y = found.outcomes[[outcome]]
    left, weight = _parts(y, found.columns, found.overlap, seed)
    scale, (distance, nearest) = math.sqrt(left * weight), _distances(found, outcome, break_even)
    rows = []
    own = Columns(found.columns.x, np.array([TOGETHER.get(one, one) for one in found.columns.trait], object))
    for name in _furthest(own, found.overlap.treated):
        less = own.without(name)
        again = att.overlap(less, found.overlap.treated, found.cluster, seed)
        other_left, _ = _parts(y, less, found.overlap, seed)
        other_weight = _representer(again, found.overlap.kept)
        outcome_share = max(1 - left / other_left, 0.0) if other_left > 0 else 0.0
        chosen = max(1 - other_weight / weight, 0.0)
        rows.append((name, outcome_share, chosen, bias(scale, outcome_share, chosen)))
    seen = pd.DataFrame(rows, columns=["trait", "outcome", "chosen", "moves"])
    seen = seen.sort_values("moves", ascending=False, kind="stable", ignore_index=True)
    return Strength(robustness(distance, scale), robustness(nearest, scale), distance, scale, seen)


def metrics(
    strong: Strength, found: Comparison, outcome: str, break_even: float, seed: int = 1
) -> dict[str, float]:
    """Return the robustness values under the names of run.json, with the error that dealing the folds leaves in them."""

    @cache
    def others() -> np.ndarray:
        """Both values, (2, dealings)."""
        values = []
        for one in found.dealt():
            left, weight = _parts(one.outcomes[[outcome]], one.columns, one.overlap, seed)
            distances = _distances(one, outcome, break_even)
            values.append([robustness(far, math.sqrt(left * weight)) for far in distances])
        return np.array(values).reshape(-1, 2).T

    return {
        "robustness": monte_carlo.among(strong.robustness, lambda: others()[0]),
        "robustness_of_interval": monte_carlo.among(strong.of_interval, lambda: others()[1]),
    }


def _distances(found: Comparison, outcome: str, break_even: float) -> tuple[float, float]:
    """How far an effect lies from break-even, and the nearest end of its interval (0 where that holds it)."""
    effect, nearest = found.effects[outcome].effect, 0.0
    if (effect.p05 - break_even) * (effect.p95 - break_even) > 0:
        nearest = min(abs(effect.p05 - break_even), abs(effect.p95 - break_even))
    return abs(effect.mean - break_even), nearest


def robustness(distance: float, scale: float) -> float:
    """The share c_y = c_d of an unseen cause that moves an effect by a distance."""
    if distance == 0 or scale == 0:
        return 0.0 if distance == 0 else 1.0
    f = distance / scale
    return 0.5 * (math.sqrt(f**4 + 4 * f**2) - f**2)


def bias(scale: float, outcome: float, chosen: float) -> float:
    """By how much an unseen cause with these shares can move the effect."""
    return scale * math.sqrt(outcome * chosen / (1 - chosen))


def check_strength(found: Strength) -> Check:
    """REVIEW where an unseen cause as strong as the strongest seen one could bring the effect to break-even."""
    trait = str(found.seen["trait"].iloc[0]) if len(found.seen) else ""
    return check(
        "Against a cause nobody saw",
        review=found.as_strong_suffices,
        value=MOVES(needed=percent(found.robustness)),
        threshold=AT_LEAST(trait=trait) if trait else ALONE(),
        advice=WEAK(trait=trait),
    )


def _furthest(own: Columns, treated: np.ndarray) -> list[str]:
    """The causes whose columns differ most between the arms, at most MOST."""
    gaps = pd.Series(np.abs(own.x[treated].mean(axis=0) - own.x[~treated].mean(axis=0)))
    order = gaps.groupby(own.trait).max().sort_values(ascending=False, kind="stable")
    return [str(name) for name in order.index[:MOST]]


def _parts(y: pd.DataFrame, columns: Columns, found: Overlap, seed: int) -> tuple[float, float]:
    """Mean squares of what is left of the outcome, and of the Riesz representer, among those kept."""
    sides = [att.expectations(y, columns, found, treated=side, seed=seed)[:, 0] for side in (False, True)]
    left = y.iloc[:, 0].to_numpy(float) - np.where(found.treated, sides[1], sides[0])
    return float((left[found.kept] ** 2).mean()), _representer(found, found.kept)


def _representer(found: Overlap, kept: np.ndarray) -> float:
    """Mean square of alpha = (D - (1 - D) e / (1 - e)) / P(D = 1)."""
    odds = found.propensity / (1 - np.minimum(found.propensity, att.HIGHEST))
    alpha = np.where(found.treated, 1.0, odds)[kept] / found.treated[kept].mean()
    return float((alpha**2).mean())
