"""Who should get which arm, what such a rule earns out of sample, and whom the campaign harms."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import itemgetter

import numpy as np
import pandas as pd
from scipy import stats

from helpers.campaigns.crossfit import Scores
from helpers.campaigns.posterior_gains import Gains
from helpers.campaigns.qini import GRID, Curve, centred
from helpers.inference import monte_carlo
from helpers.inference.intervals import LOWER, UPPER, Interval

CONTACT, LEAVE, HARM = ADVICE = ("contact", "no clear gain", "do not contact")
FOR_EACH = ""  # instead of an arm: the best one for each


@dataclass(frozen=True)
class PolicyValue:
    """What rules earn per unit over contacting nobody: `table` (arm, contacted, gain) and the best rule's advantage.

    arm: who is given what, FOR_EACH or one arm for everyone. over_best_simple: the targeted rule less the better of
    "everyone" (with the best arm) and "nobody". contacted: the share whom the targeted rule contacts.
    """

    table: pd.DataFrame
    targeted: Interval
    over_best_simple: Interval
    contacted: float

    @property
    def is_better(self) -> bool:
        """Whether targeting earned more than the best simple rule."""
        return self.over_best_simple.mean > 0

    @property
    def metrics(self) -> dict[str, Interval | float]:
        """What targeting earns under the names of run.json."""
        return {
            "policy.gain": self.targeted,
            "policy.over_best_simple": self.over_best_simple,
            "policy.contacted": self.contacted,
        }


@dataclass(frozen=True)
class Peak:
    """The reach at which profit is highest: the arm, the share reached, and the total profit."""

    arm: str
    share: float
    profit: float

    @property
    def pays(self) -> bool:
        """Whether any reach pays for its cost."""
        return self.profit > 0


def best_arm(gains: np.ndarray) -> np.ndarray:
    """The arm with the highest positive gain per unit, 0 (control) where there is none; gains: (units, treated arms)."""
    return np.where(gains.max(axis=1) > 0, gains.argmax(axis=1) + 1, 0)


def policy_value(scores: Scores, outcome: np.ndarray, arm: np.ndarray, arms: list[str]) -> PolicyValue:
    """Value rules out of sample: mean outcome of units whose own arm is the one the rule gives them, over control.

    Inverse-propensity estimate with the realised shares, self-normalised within the arm given, on outcomes adjusted
    for what was expected of each unit. Rules: the best arm for each, every arm for everyone, nobody.
    """
    names = [FOR_EACH, *arms[1:]]
    adjusted, drawn_adjusted = scores.adjusted(outcome, arm)
    point, contacted = _values(scores.own, adjusted, np.ones(len(arm)), arm)
    drawn = np.array(
        [_values(*one, arm)[0] for one in zip(scores.drawn, drawn_adjusted, scores.weights, strict=True)]
    )

    @cache
    def dealt() -> list[tuple[np.ndarray, list[float]]]:
        found = [(one.own, one.adjusted(outcome, arm)[0]) for one in scores.dealt()]
        return [_values(*one, np.ones(len(arm)), arm) for one in found]

    def ends(of: Callable[[np.ndarray], float]) -> Interval:
        own = monte_carlo.among(of(point), lambda: [of(one) for one, _ in dealt()])
        return centred(own, np.array([of(one) for one in drawn]))

    gain = [ends(itemgetter(i)) for i in range(len(names))]
    table = pd.DataFrame({"arm": names, "contacted": contacted, "gain": gain})
    which = point[1:].argmax() + 1 if point[1:].max() > 0 else None
    over = ends(lambda one: one[0] - (one[which] if which else 0.0))
    share = monte_carlo.among(contacted[0], lambda: [one[0] for _, one in dealt()])
    return PolicyValue(table, gain[0], over, share)


def _values(
    levels: np.ndarray, outcome: np.ndarray, weight: np.ndarray, arm: np.ndarray
) -> tuple[np.ndarray, list[float]]:
    """Gain per unit over control, and share contacted, of each rule."""
    given = best_arm(levels[:, 1:] - levels[:, :1])
    rules = [given, *(np.full(len(arm), one) for one in range(1, levels.shape[1]))]
    gains, contacted = [], []
    for rule in rules:
        gain = 0.0
        for one in range(1, levels.shape[1]):
            here = rule == one
            treated, control = (weight * (here & (arm == side)) for side in (one, 0))
            if treated.sum() and control.sum():
                share = (weight * here).sum() / weight.sum()
                gain += share * (treated @ outcome / treated.sum() - control @ outcome / control.sum())
        gains.append(gain)
        contacted.append(float((weight * (rule > 0)).sum() / weight.sum()))
    return np.array(gains), contacted


def advise(chance: np.ndarray, certainty: float, *, trusted: bool) -> np.ndarray:
    """Advice per unit from the posterior probability that each arm gains, (units, treated arms).

    "contact" where some arm gains with probability `certainty` or more; "do not contact" where every arm loses with
    that probability; otherwise "no clear gain". trusted: whether arms were drawn by lot and no check failed; without,
    nobody is advised anything.
    """
    if not trusted:
        return np.full(len(chance), LEAVE)
    contact, harm = chance.max(axis=1) >= certainty, chance.max(axis=1) <= 1 - certainty
    return np.where(contact, CONTACT, np.where(harm, HARM, LEAVE))


def advice_sizes(advice: np.ndarray) -> pd.Series:
    """How many are given each advice, all three of them."""
    return pd.Series(advice).value_counts().reindex(list(ADVICE), fill_value=0)


def advice_metrics(sizes: pd.Series) -> dict[str, int]:
    """The sizes under the names of run.json."""
    return {f"advice.{name.replace(' ', '_')}": int(size) for name, size in sizes.items()}


def profits(curves: dict[str, Curve], units: int) -> pd.DataFrame:
    """Total profit of contacting the first share (index) of `units` with each arm (columns), from Q of net money."""
    return pd.DataFrame({name: one.q * units for name, one in curves.items()}, index=pd.Index(GRID))


def peak(profit: pd.DataFrame) -> Peak:
    """The highest point of `profits`; noise makes it look higher than it is."""
    arm = profit.max().idxmax()
    return Peak(str(arm), float(profit[arm].idxmax()), float(profit[arm].max()))


def best_share(found: Peak, curves: dict[str, Curve]) -> float:
    """The share of the peak, with the error among those that other dealings of the folds find."""

    def again() -> list[float]:
        each = zip(*(one.dealt() for one in curves.values()), strict=True)
        return [
            peak(pd.DataFrame(dict(zip(curves, q, strict=True)), index=pd.Index(GRID))).share for q in each
        ]

    return monte_carlo.among(found.share, again)


def profile(units: pd.DataFrame, advice: np.ndarray, traits: list[str]) -> pd.DataFrame:
    """Who is advised what: customers, their share, the mean of each numeric trait; one row per advice somebody gets."""
    table = units.groupby(advice)[traits].mean()
    table.insert(0, "customers", pd.Series(advice).value_counts())
    table.insert(1, "share", table["customers"] / len(units))
    order = [name for name in (CONTACT, LEAVE, HARM) if name in table.index]
    return table.loc[order].rename_axis("advice").reset_index()


def observed_harm(scores: Scores, outcome: np.ndarray, arm: np.ndarray, arms: list[str]) -> pd.DataFrame:
    """Per arm: units predicted out of sample to lose, their mean predicted gain, and the observed one (Interval).

    Columns: arm, units, predicted, observed. Arms where fewer than two such units were treated, or left alone, are left out.
    """
    rows = []
    for place, name in enumerate(arms[1:], 1):
        gain = scores.gains(place)[0]
        here = (gain < 0) & ((arm == 0) | (arm == place))
        sides = outcome[here & (arm == place)], outcome[here & (arm == 0)]
        if min(map(len, sides)) < 2:
            continue
        gap = sides[0].mean() - sides[1].mean()
        error = np.sqrt(sum(side.var(ddof=1) / len(side) for side in sides))
        ends = (gap + stats.norm.ppf(level) * error for level in (LOWER, 0.5, UPPER))
        rows.append((name, int(here.sum()), float(gain[here].mean()), Interval(gap, *map(float, ends))))
    return pd.DataFrame(rows, columns=["arm", "units", "predicted", "observed"])


def uplift_table(
    unit_id: pd.Series, gains: Gains, arms: list[str], scores: Scores, advice: np.ndarray
) -> pd.DataFrame:
    """The artifact `uplift`: per unit and treated arm the posterior of its gain, its out-of-sample gain and the advice."""
    parts = [
        pd.DataFrame(
            {
                "unit_id": unit_id.to_numpy(),
                "arm": name,
                "gain_mean": gains.mean[:, place],
                "gain_p05": gains.low[:, place],
                "gain_p50": gains.middle[:, place],
                "gain_p95": gains.high[:, place],
                "chance_positive": gains.chance[:, place],
                "out_of_sample_gain": scores.gains(place + 1)[0],
                "advice": advice,
            }
        )
        for place, name in enumerate(arms[1:])
    ]
    return pd.concat(parts, ignore_index=True)
