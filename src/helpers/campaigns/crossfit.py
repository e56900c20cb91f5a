"""Score every unit by fits that did not see it, and see how scores and what rests on them vary between samples."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from helpers.campaigns import qini, uplift, uplift_fit

# Takes weights of units (0: not seen) and returns what each unit brings net in each arm, (units, arms).
Scorer = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Scores:
    """Out-of-sample net money per unit and arm, (units, arms), their folds; the same of bootstrap samples with weights."""

    fold: np.ndarray
    own: np.ndarray
    weights: list[np.ndarray]
    drawn: list[np.ndarray]

    def gains(self, arm: int) -> tuple[np.ndarray, list[np.ndarray]]:
        """The predicted gain of one arm over control: of the sample, and of each bootstrap sample."""
        return _gain(self.own, arm), [_gain(one, arm) for one in self.drawn]

    def adjusted(self, outcome: np.ndarray, arm: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """Outcomes less what was expected of the unit in the average arm, out of sample.

        Whoever is assigned at random, this takes the same off treated and control: differences keep their meaning
        and lose the noise of units that differ anyway.
        """
        shares = np.bincount(arm) / len(arm)
        return outcome - self.own @ shares, [outcome - one @ shares for one in self.drawn]

    def of_another(self, scorer: Scorer) -> "Scores":
        """Scores by another method on the same folds; bootstrap samples keep them, without fitting it anew."""
        own = crossfit(scorer, self.fold, np.ones(len(self.fold)))
        return replace(self, own=own, drawn=[own] * len(self.drawn))


@threadpool_limits.wrap(1, "blas")  # hundreds of small fits wait for their threads more than they work
def scores(
    scorer: Scorer, arm: np.ndarray, *, folds: int = 5, replicates: int = 100, seed: int = 1
) -> Scores:
    """Cross-fit a scorer, then again on `replicates` bootstrap samples stratified by arm.

    A unit drawn several times stays in one fold, so that no fit is judged on what it has seen.
    """
    fold, rng = qini.folds_of(arm, folds, seed), np.random.default_rng(seed)
    weights = [qini.bootstrap_weights(arm, rng) for _ in range(replicates)]
    own = crossfit(scorer, fold, np.ones(len(arm)))
    return Scores(fold, own, weights, [crossfit(scorer, fold, weight) for weight in weights])


def crossfit(scorer: Scorer, fold: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Score each fold by a fit to the others."""
    outs = [fold == one for one in range(fold.max() + 1)]
    found = [scorer(np.where(out, 0.0, weight)) for out in outs]
    result = np.empty_like(found[0])
    for out, scores in zip(outs, found, strict=True):
        result[out] = scores[out]
    return result


def bayesian(design: uplift.Design, differs: np.ndarray, worth: np.ndarray, cost: np.ndarray) -> Scorer:
    """The Bayesian model as a scorer, at the posterior mode.

    differs: draws of how much effects differ, (draws, parts), held at their geometric mean (a joint mode would not shrink:
    empirical Bayes, Morris 1983). worth: what one unit of revenue leaves, per arm; cost: of contacting a unit, per arm.
    """
    mode = uplift_fit.modes(design, np.exp(np.log(differs).mean(axis=0)))

    def score(weight: np.ndarray) -> np.ndarray:
        parameters = mode(weight)
        return net(uplift.levels(parameters, design.x, design.family, design.constant).revenue, worth, cost)[
            0
        ]

    return score


def net(revenue: np.ndarray, worth: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Net money of each unit in each arm, (draws, units, arms), from revenue; worth, cost: per arm or (draws, arms)."""
    worth, cost = (np.atleast_2d(values)[:, None, :] for values in (worth, cost))
    return revenue * worth - cost


def gains(levels: np.ndarray) -> np.ndarray:
    """Gain of each treated arm over control, (draws, units, treated arms), from what units bring in each arm."""
    return levels[:, :, 1:] - levels[:, :, :1]


def _gain(levels: np.ndarray, arm: int) -> np.ndarray:
    return levels[:, arm] - levels[:, 0]
