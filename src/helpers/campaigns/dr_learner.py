"""A second opinion on who reacts: the DR-learner with gradient-boosted trees, another family from a kept library.

Kennedy 2023 (doubly robust heterogeneous effects): outcome models per arm, then a regression of the doubly robust
pseudo-outcome on the traits. Shares of arms are known by design, so nothing hangs on a model of the assignment.
"""

from collections.abc import Callable

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from helpers.campaigns import qini

SMALLEST_LEAF = 30


def dr_scorer(
    x: np.ndarray, arm: np.ndarray, outcome: np.ndarray, seed: int = 1
) -> Callable[[np.ndarray], np.ndarray]:
    """A scorer for `crossfit.crossfit`: net money per unit and arm, the gain of each treated arm by a DR-learner.

    x: columns (units, columns). outcome: net money of each unit. Outcome models and the gain are fitted on halves
    that take turns, so that no pseudo-outcome rests on the unit's own outcome.
    """
    arms = arm.max() + 1
    half = (
        qini.folds_of(arm, 2, seed) == 0
    )  # of each arm, however those were drawn: lots of this seed may have drawn them

    @threadpool_limits.wrap(1, "openmp")  # trees this small wait for their threads more than they work
    def score(weight: np.ndarray) -> np.ndarray:
        shares = np.array([weight[arm == one].sum() for one in range(arms)]) / weight.sum()
        result = np.zeros((len(arm), arms))
        for side in (half, ~half):
            models = [_fit(x, outcome, weight * side * (arm == one), seed) for one in range(arms)]
            expected = np.column_stack([model.predict(x) for model in models])
            residual = (outcome - expected[np.arange(len(arm)), arm]) / shares[arm]
            result[:, 0] += expected[:, 0] / 2
            for one in range(1, arms):
                pseudo = expected[:, one] - expected[:, 0] + residual * ((arm == one) * 1.0 - (arm == 0))
                pseudo = np.where((arm == one) | (arm == 0), pseudo, expected[:, one] - expected[:, 0])
                result[:, one] += _fit(x, pseudo, weight * ~side, seed).predict(x) / 2
        result[:, 1:] += result[:, :1]
        return result

    return score


def _fit(x: np.ndarray, y: np.ndarray, weight: np.ndarray, seed: int) -> HistGradientBoostingRegressor:
    seen = weight > 0
    leaf = max(2, min(SMALLEST_LEAF, int(seen.sum() // 4)))
    model = HistGradientBoostingRegressor(
        max_iter=40, learning_rate=0.1, max_depth=3, min_samples_leaf=leaf, l2_regularization=1.0,
        early_stopping=False, random_state=seed,
    )  # fmt: skip
    return model.fit(x[seen], y[seen], sample_weight=weight[seen])
