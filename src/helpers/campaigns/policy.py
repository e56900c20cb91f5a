"""Who should get which arm, what such a rule earns out of sample, and whom the campaign harms."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.campaigns.crossfit import Scores
from helpers.campaigns.qini import centred
from helpers.inference.intervals import Interval

NOBODY = "nobody"
CONTACT, LEAVE, HARM = "contact", "no clear gain", "do not contact"


@dataclass(frozen=True)
class PolicyValue:
    """What rules earn per unit over contacting nobody: `table` (rule, contacted, gain) and the best rule's advantage.

    over_best_simple: the targeted rule less the better of "everyone" (with the best arm) and "nobody".
    """

    table: pd.DataFrame
    targeted: Interval
    over_best_simple: Interval


def best_arm(gains: np.ndarray) -> np.ndarray:
    """The arm with the highest positive gain per unit, 0 (control) where there is none; gains: (units, treated arms)."""
    return np.where(gains.max(axis=1) > 0, gains.argmax(axis=1) + 1, 0)


def policy_value(scores: Scores, outcome: np.ndarray, arm: np.ndarray, arms: list[str]) -> PolicyValue:
    """Value rules out of sample: mean outcome of units whose own arm is the one the rule gives them, over control.

    Inverse-propensity estimate with the realised shares, self-normalised within the arm given, on outcomes adjusted
    for what was expected of each unit. Rules: the best arm for each, every arm for everyone, nobody.
    """
    names = ["the best arm for each", *(f"{name} for everyone" for name in arms[1:])]
    adjusted, drawn_adjusted = scores.adjusted(outcome, arm)
    point, contacted = _values(scores.own, adjusted, np.ones(len(arm)), arm)
    drawn = np.array(
        [_values(*one, arm)[0] for one in zip(scores.drawn, drawn_adjusted, scores.weights, strict=True)]
    )
    table = pd.DataFrame(
        {
            "rule": names,
            "contacted": contacted,
            "gain": [centred(point[i], drawn[:, i]) for i in range(len(names))],
        }
    )
    simple = max(point[1:].max(), 0.0)
    which = point[1:].argmax() + 1 if point[1:].max() > 0 else None
    rival = drawn[:, which] if which else np.zeros(len(drawn))
    return PolicyValue(table, table["gain"].iloc[0], centred(point[0] - simple, drawn[:, 0] - rival))


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


def advise(gain_draws: np.ndarray, certainty: float) -> np.ndarray:
    """Advice per unit from posterior draws of the gain of each arm, (draws, units, treated arms).

    "contact" where some arm gains with probability `certainty` or more; "do not contact" where every arm loses with
    that probability; otherwise "no clear gain".
    """
    chance = (gain_draws > 0).mean(axis=0)
    contact, harm = chance.max(axis=1) >= certainty, chance.max(axis=1) <= 1 - certainty
    return np.where(contact, CONTACT, np.where(harm, HARM, LEAVE))


def profit_curve(q: np.ndarray, units: int) -> np.ndarray:
    """Total profit of contacting the first share of `units`, from Q of net money per unit."""
    return q * units


def profile(units: pd.DataFrame, advice: np.ndarray, traits: list[str]) -> pd.DataFrame:
    """Who is advised what: customers and the mean of each numeric trait, one row per advice that somebody gets."""
    table = units.groupby(advice)[traits].mean()
    table.insert(0, "customers", pd.Series(advice).value_counts())
    order = [name for name in (CONTACT, LEAVE, HARM) if name in table.index]
    return table.loc[order].rename_axis("advice").reset_index()
