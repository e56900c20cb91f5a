"""Score every unit by fits that did not see it, and see how scores and what rests on them vary between samples."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial

import numpy as np
from threadpoolctl import threadpool_limits

from helpers.campaigns import qini, uplift, uplift_fit
from helpers.campaigns.uplift_near import FEWEST_BUYERS, Refits
from helpers.inference import monte_carlo

# Takes weights of units (0: not seen) and returns what each unit brings net in each arm, (units, arms).
Scorer = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Scores:
    """Out-of-sample net money per unit and arm, (units, arms), their folds; the same of bootstrap samples with weights.

    dealt: makes the same for other dealings of the folds, without bootstrap samples.
    """

    fold: np.ndarray
    own: np.ndarray
    weights: list[np.ndarray]
    drawn: list[np.ndarray]
    dealt: Callable[[], list["Scores"]] = list

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
        again = cache(lambda: [one.of_another(scorer) for one in self.dealt()])
        return replace(self, own=own, drawn=[own] * len(self.drawn), dealt=again)


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
    again = (
        scorer.near(fold)
        if isinstance(scorer, Bayesian) and scorer.is_large
        else partial(crossfit, scorer, fold)
    )
    dealt = cache(
        lambda: [_dealt(scorer, arm, folds, [seed, one]) for one in range(1, 1 + monte_carlo.DEALINGS)]
    )
    return Scores(fold, own, weights, [again(weight) for weight in weights], dealt)


@threadpool_limits.wrap(1, "blas")
def _dealt(scorer: Scorer, arm: np.ndarray, folds: int, seed: list[int]) -> Scores:
    """The scores of another dealing of the folds."""
    fold = qini.folds_of(arm, folds, seed)
    return Scores(fold, crossfit(scorer, fold, np.ones(len(arm))), [], [])


def crossfit(scorer: Scorer, fold: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Score each fold by a fit to the others."""
    outs = [fold == one for one in range(fold.max() + 1)]
    found = [scorer(np.where(out, 0.0, weight)) for out in outs]
    result = np.empty_like(found[0])
    for out, scores in zip(outs, found, strict=True):
        result[out] = scores[out]
    return result


@dataclass(frozen=True)
class Bayesian:
    """The Bayesian model as a scorer, at the posterior mode; of large campaigns' bootstrap samples a step from it.

    differs: how much effects differ, (parts,). worth: what one unit of revenue leaves, per arm; cost: of contacting a
    unit, per arm.
    """

    design: uplift.Design
    differs: np.ndarray
    worth: np.ndarray
    cost: np.ndarray

    @cached_property
    def _mode(self) -> Callable[[np.ndarray | None], dict[str, np.ndarray]]:
        return uplift_fit.modes(self.design, self.differs)

    @property
    def is_large(self) -> bool:
        """Whether enough units buy for a step from the mode to be near enough."""
        return bool(self.design.converted.sum() >= FEWEST_BUYERS)

    def __call__(self, weight: np.ndarray) -> np.ndarray:
        """Score every unit by the fit under these weights."""
        return self._scores(self._mode(weight), self.design.x)

    def near(self, fold: np.ndarray) -> Scorer:
        """Return what scores each fold, under weights, by a refit to the others near the mode of all."""
        refits, outs = Refits(self.design, self.differs, fold), [fold == one for one in range(fold.max() + 1)]

        def score(weight: np.ndarray) -> np.ndarray:
            result = np.empty((len(fold), len(self.cost)))
            for out, parameters in zip(outs, refits.without_each(weight), strict=True):
                result[out] = self._scores(parameters, self.design.x[out])
            return result

        return score

    def _scores(self, parameters: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        levels = uplift.levels(parameters, x, self.design.family, self.design.constant)
        return net(levels.revenue, self.worth, self.cost)[0]


def bayesian(design: uplift.Design, differs: np.ndarray, worth: np.ndarray, cost: np.ndarray) -> Bayesian:
    """The Bayesian model as a scorer, at the posterior mode; worth, cost: as in `Bayesian`.

    differs: draws of how much effects differ, (draws, parts), held at their geometric mean (a joint mode would not shrink:
    empirical Bayes, Morris 1983).
    """
    return Bayesian(design, np.exp(np.log(differs).mean(axis=0)), worth, cost)


def net(revenue: np.ndarray, worth: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Net money of each unit in each arm, (draws, units, arms), from revenue; worth, cost: per arm or (draws, arms)."""
    worth, cost = (np.atleast_2d(values)[:, None, :] for values in (worth, cost))
    return revenue * worth - cost


def gains(levels: np.ndarray) -> np.ndarray:
    """Gain of each treated arm over control, (draws, units, treated arms), from what units bring in each arm."""
    return levels[:, :, 1:] - levels[:, :, :1]


def _gain(levels: np.ndarray, arm: int) -> np.ndarray:
    return levels[:, arm] - levels[:, 0]
