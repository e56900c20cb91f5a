"""The effect on those who were treated (ATT) where nobody drew lots: cross-fitted AIPW.

What must hold: everything that drove both the choice of whom to treat and what customers did is among the covariates, and
everybody treated had a chance not to be. Units whose propensity e(X) is above .95 are left out (Crump et al. 2009), so the
effect is that of the treated who are kept. With m(X), what an untreated unit brings, and r = Y - m(X):

    ATT = mean of r over the treated - mean of r over the untreated, weighted by e(X) / (1 - e(X))

It is right if either e or m is (Robins, Rotnitzky and Zhao 1994; the ATT of Hahn 1998). Both are told by folds that they
were not fitted to (Chernozhukov et al. 2018), so the standard error is that of the influence function, by cluster where
there are.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.campaigns.smooth_columns import Columns
from helpers.errors import CannotAnswer
from helpers.inference.intervals import UPPER, Interval

HIGHEST = 0.95  # propensity above which nobody comparable was left alone
FOLDS, FEWEST = 5, 30  # units on either side below which nothing is fitted
MOST_FITTED = 50_000  # units that a model is learnt from, at most: more do not make it better
PENALTIES = np.logspace(-1, 4, 6)


@dataclass(frozen=True)
class Overlap:
    """Who could have been treated or not: per unit treated, propensity, fold; kept where the propensity is not too high."""

    treated: np.ndarray
    propensity: np.ndarray
    fold: np.ndarray

    @property
    def kept(self) -> np.ndarray:
        """The units that are compared."""
        return self.propensity <= HIGHEST

    @property
    def highest(self) -> float:
        """The propensity above which nobody is compared."""
        return HIGHEST

    @property
    def share_kept(self) -> float:
        """The share of the treated whose effect is told."""
        return float(self.kept[self.treated].mean())

    @property
    def weight(self) -> np.ndarray:
        """How much each unit counts: 1 if treated, the odds of being treated if not, scaled to add up to the treated."""
        odds = np.where(self.treated, 0.0, self.propensity / (1 - np.minimum(self.propensity, HIGHEST)))
        odds = np.where(self.kept, odds, 0.0)
        number = (self.treated & self.kept).sum()
        return np.where(self.treated & self.kept, 1.0, odds * number / odds.sum())

    @property
    def spread(self) -> pd.DataFrame:
        """Shares of the treated and of the others by propensity, in steps of 5 %: columns propensity, treated, others."""
        edges = np.linspace(0, 1, 21)
        sides = {"treated": self.treated, "others": ~self.treated}
        shares = {
            name: np.histogram(self.propensity[side], edges)[0] / side.sum() for name, side in sides.items()
        }
        return pd.DataFrame({"propensity": (edges[1:] + edges[:-1]) / 2, **shares})

    @property
    def effective(self) -> float:
        """How many untreated units with equal weights tell as much: (sum w)^2 / sum w^2."""
        weight = self.weight[~self.treated]
        return float(weight.sum() ** 2 / (weight**2).sum())


@dataclass(frozen=True)
class Effect:
    """An effect with its standard error, and what the treated would have brought without: the weighted comparison.

    influence: of each unit on the effect. residual: outcome less what its side brings with these covariates.
    """

    effect: Interval
    error: float
    comparison: float
    influence: np.ndarray

    def ends(self, level: float) -> tuple[float, float]:
        """The two ends of the interval of another level."""
        half = float(stats.norm.ppf((1 + level) / 2)) * self.error
        return self.effect.mean - half, self.effect.mean + half


def overlap(
    columns: Columns, treated: np.ndarray, cluster: pd.Series | None = None, seed: int | list[int] = 1
) -> Overlap:
    """Estimate each unit's propensity by a logistic regression on its columns, out of fold."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 (slow to import)

    few = min(treated.sum(), (~treated).sum())
    if few < FEWEST:
        raise CannotAnswer(
            f"{treated.sum():,} treated and {(~treated).sum():,} untreated units; at least {FEWEST} of "
            f"either are needed to tell who was chosen."
        )
    rng = np.random.default_rng(seed)
    fold = _folds(treated, cluster, rng)
    propensity = np.full(len(treated), treated.mean())
    if columns.x.shape[1]:
        for one in range(FOLDS):
            rows, out = _some(np.flatnonzero(fold != one), rng), fold == one
            fitted = LogisticRegression(C=1.0, max_iter=500).fit(columns.x[rows], treated[rows])
            propensity[out] = fitted.predict_proba(columns.x[out])[:, 1]
    found = Overlap(treated, propensity, fold)
    if min((treated & found.kept).sum(), (~treated & found.kept).sum()) < FEWEST:
        raise CannotAnswer(
            f"All but {(treated & found.kept).sum():,} of {treated.sum():,} treated units were chosen "
            f"almost surely "
            f"(propensity above {HIGHEST}): nobody like them was left alone. Next time leave some of them alone by lot."
        )
    return found


def effects(
    outcomes: pd.DataFrame,
    columns: Columns,
    found: Overlap,
    cluster: pd.Series | None = None,
    seed: int | list[int] = 1,
) -> dict[str, Effect]:
    """Return the ATT of each outcome (columns of a table, a row per unit) for the units that `found` keeps."""
    expected = expectations(outcomes, columns, found, treated=False, seed=seed)
    return {
        name: _effect(outcomes[name].to_numpy(float), expected[:, place], found, cluster)
        for place, name in enumerate(outcomes)
    }


def expectations(
    outcomes: pd.DataFrame, columns: Columns, found: Overlap, *, treated: bool, seed: int | list[int] = 1
) -> np.ndarray:
    """What units with these columns bring on one side (treated or not), out of fold, shape (units, outcomes).

    Ridge regression with its penalty chosen by leave-one-out, fitted to the units of that side that are kept.
    """
    from sklearn.linear_model import RidgeCV  # noqa: PLC0415 (slow to import)

    y, rng = outcomes.to_numpy(float), np.random.default_rng(seed)
    side = (found.treated == treated) & found.kept
    result = np.empty(y.shape)
    for one in range(FOLDS):
        rows, out = _some(np.flatnonzero(side & (found.fold != one)), rng), found.fold == one
        if not columns.x.shape[1]:
            result[out] = y[rows].mean(axis=0)
            continue
        fitted = RidgeCV(PENALTIES, alpha_per_target=True).fit(columns.x[rows], y[rows])
        result[out] = fitted.predict(columns.x[out]).reshape(-1, y.shape[1])
    return result


def _effect(y: np.ndarray, expected: np.ndarray, found: Overlap, cluster: pd.Series | None) -> Effect:
    weight, treated = found.weight, found.treated
    number, left = (treated & found.kept).sum(), y - expected
    own = left[treated] @ weight[treated] / number
    other = left[~treated] @ weight[~treated] / number
    influence = weight * np.where(treated, left - own, other - left) / number
    parts = (
        influence if cluster is None else pd.Series(influence).groupby(cluster.to_numpy()).sum().to_numpy()
    )
    effect, error = float(own - other), float(np.sqrt((parts**2).sum()))
    half = float(stats.norm.ppf(UPPER)) * error
    mean = float(y[treated] @ weight[treated] / number)
    return Effect(Interval(effect, effect - half, effect, effect + half), error, mean - effect, influence)


def _folds(treated: np.ndarray, cluster: pd.Series | None, rng: np.random.Generator) -> np.ndarray:
    """A fold per unit, as many treated in each; clusters stay together."""
    if cluster is not None:
        codes, names = pd.factorize(cluster)
        return rng.permutation(np.arange(len(names)) % FOLDS)[codes]
    fold = np.empty(len(treated), dtype=int)
    for side in (treated, ~treated):
        fold[side] = rng.permutation(np.arange(side.sum()) % FOLDS)
    return fold


def _some(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.choice(rows, MOST_FITTED, replace=False) if len(rows) > MOST_FITTED else rows
