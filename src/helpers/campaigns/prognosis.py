"""What everything known before says of a unit: its chance to buy, and its spend. Two numbers that stand for all covariates.

Fitted to all arms together and scored out of fold, so that a model of the effect takes off as much noise as the covariates
explain, whether there are two or two hundred (prognostic scores, Hansen 2008), from cells of equal scores: never many rows.
"""

import numpy as np
import pandas as pd

from helpers.campaigns.encoding import make_encoder

BUYING, SPEND = "expected to buy", "expected spend"
FOLDS, MOST_FITTED = 5, 50_000  # units that a score is learnt from, at most: more do not make it better
FEWEST = 40  # buyers (or those who do not buy) from whom a score can be learnt


def scores(units: pd.DataFrame, numeric: list[str], named: list[str], seed: int = 1) -> pd.DataFrame:
    """Return the scores of all units (BUYING, SPEND), as far as there is something to learn them from.

    units: converted (or buys), revenue and the covariates, one row each.
    """
    from sklearn.linear_model import LogisticRegression, Ridge  # noqa: PLC0415 (slow to import)

    encoder = make_encoder(units, numeric, named)
    x, found = encoder.encode(units), pd.DataFrame(index=units.index)
    buys = (units["buys"] if "buys" in units else units["converted"]).to_numpy(bool)
    if not x.shape[1]:
        return found
    rng = np.random.default_rng(seed)
    fold = rng.permutation(np.arange(len(units)) % FOLDS)
    if min(buys.sum(), (~buys).sum()) >= FEWEST:
        found[BUYING] = _out_of_fold(
            lambda rows: LogisticRegression(C=1.0, max_iter=200).fit(x[rows], buys[rows]),
            lambda fitted, rows: fitted.predict_proba(x[rows])[:, 1],
            fold, np.ones(len(units), dtype=bool), rng,
        )  # fmt: skip
    money = units["revenue"].to_numpy(float)
    if buys.sum() >= FEWEST and (money[buys] > 0).all() and np.ptp(money[buys]) > 0:
        logs = np.log(np.where(buys, money, 1.0))
        found[SPEND] = np.exp(
            _out_of_fold(
                lambda rows: Ridge(alpha=10.0).fit(x[rows], logs[rows]),
                lambda fitted, rows: fitted.predict(x[rows]),
                fold, buys, rng,
            )
        )  # fmt: skip
    return found


def _out_of_fold(fit, predict, fold, usable, rng) -> np.ndarray:
    """Predict each fold by a fit to usable units of the others."""
    result = np.empty(len(fold))
    for one in range(FOLDS):
        rows = np.flatnonzero(usable & (fold != one))
        if len(rows) > MOST_FITTED:
            rows = rng.choice(rows, MOST_FITTED, replace=False)
        out = np.flatnonzero(fold == one)
        result[out] = predict(fit(rows), out)
    return result
