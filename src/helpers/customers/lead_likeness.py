"""A score for leads without dates: how often leads like this one are won, judged on leads it has not seen.

Logistic regression on the attributes that may predict (`lead_covariates`) and the channel, with a Normal prior on every
effect, which is ridge regression. Scores are cross-fitted: each lead is scored by a fit to the others.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from helpers.checks import Check, check
from helpers.contracts.not_said import said
from helpers.customers.lead_covariates import Covariates
from helpers.customers.lead_scores import Judged, judge
from helpers.customers.leads import FEWEST_WON, NO_CHANNEL
from helpers.errors import CannotAnswer
from helpers.inference.intervals import LOWER, UPPER, Interval, interval
from helpers.messages import message, percent

PRIOR = 0.5  # standard deviation of an effect on the log odds, per standard deviation of a number or between two values
FOLDS = 5
TELLING, MOST = (
    0.7,
    0.6,
)  # of pairs that one column orders rightly; its share of what the whole score is above chance
CARRIES = message(
    "lead_likeness.carries",
    "{column} alone tells won leads from the others nearly as well as all columns together. Is it known before a "
    "lead is called? The length of a call is not, nor what is asked of those who are about to buy. If not, name it in "
    "after_outcome: the score is worth less than it looks.",
)
ORDERED = message("lead_likeness.ordered", "{column}: above in {alone} of pairs, all columns in {all}")
NOT_ALONE = message("lead_likeness.not_alone", "no column that says most of it")


@dataclass(frozen=True)
class Known:
    """Leads of which only the end is known: `leads` (channel filled), `won` by row."""

    leads: pd.DataFrame
    won: np.ndarray

    @property
    def metrics(self) -> dict[str, float]:
        """The counts under the names of run.json."""
        return {"leads": len(self.leads), "won": int(self.won.sum())}


def known(leads: pd.DataFrame) -> Known:
    """Read who was won, by the column won, or by won_at where there is none.

    CannotAnswer with fewer than 10 leads that were won, or that were not.
    """
    flag = leads["won"] if "won" in leads and leads["won"].notna().any() else leads["won_at"].notna()
    won = flag.astype("boolean").fillna(False).to_numpy(dtype=bool)
    if min(won.sum(), (~won).sum()) < FEWEST_WON:
        raise CannotAnswer(
            f"{won.sum()} of {len(won)} leads were won: a score needs at least {FEWEST_WON} that were and as many that were "
            "not. Bring more leads, won and not won."
        )
    channel = leads["channel"] if "channel" in leads else pd.Series(pd.NA, leads.index, dtype="string")
    filled = said(channel).fillna(NO_CHANNEL).astype(str)
    return Known(leads.assign(channel=filled).reset_index(drop=True), won)


def design(found: Known, chosen: Covariates) -> pd.DataFrame:
    """The columns of the score: the attributes that may predict, and the channels against the largest."""
    channels = found.leads["channel"].value_counts().index[1:]
    flags = {f"channel {one}": (found.leads["channel"] == one).astype(float) for one in channels}
    return pd.concat([chosen.design, pd.DataFrame(flags, index=found.leads.index)], axis=1)


def scores(x: pd.DataFrame, won: np.ndarray, folds: int = FOLDS, seed: int = 1) -> np.ndarray:
    """The chance of a win of each lead, by fits that did not see it; everybody's share where nothing predicts."""
    if x.shape[1] == 0:
        return np.full(len(won), float(won.mean()))
    found, values = np.empty(len(won)), x.to_numpy(dtype=float)
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for others, own in parts.split(values, won):
        found[own] = _fitted(values[others], won[others]).predict_proba(values[own])[:, 1]
    return found


def judged(score: np.ndarray, won: np.ndarray, smallest: int) -> Judged:
    """Judge cross-fitted scores as those of open leads are (`lead_scores.judge`), each lead once."""
    rows = pd.DataFrame({"lead": np.arange(len(won)), "day": 0.0, "score": score, "won": won})
    return judge(rows, smallest)


def check_carried(x: pd.DataFrame, won: np.ndarray, auc: float) -> Check:
    """Ask whether one column carries the score, as what is known only afterwards does; auc: of the whole score."""
    alone = {name: roc_auc_score(won, values) for name, values in x.items() if values.nunique() > 1}
    alone = {name: max(one, 1 - one) for name, one in alone.items()}
    name = max(alone, key=lambda one: alone[one], default="")
    own = alone.get(name, 0.5)
    return check(
        "columns that carry the score",
        review=own >= TELLING and own - 0.5 >= MOST * (auc - 0.5),
        value=ORDERED(column=name, alone=percent(own), all=percent(auc)),
        threshold=NOT_ALONE(),
        advice=CARRIES(column=name),
    )


def effects(x: pd.DataFrame, won: np.ndarray, draws: int = 1000, seed: int = 1) -> pd.DataFrame:
    """What goes along with a win: column and odds ratio (Interval, around the mode), the strongest first."""
    values = x.to_numpy(dtype=float)
    if values.shape[1] == 0:
        return pd.DataFrame(columns=["column", "ratio"])
    model = _fitted(values, won)
    chance = model.predict_proba(values)[:, 1]
    full = np.column_stack([np.ones(len(values)), values])
    curvature = (full * (chance * (1 - chance))[:, None]).T @ full
    curvature += np.diag([1e-9, *np.full(values.shape[1], PRIOR**-2)])
    mode = np.append(model.intercept_, model.coef_[0])
    drawn = np.random.default_rng(seed).multivariate_normal(mode, np.linalg.inv(curvature), draws)
    rows = [(name, interval(np.exp(drawn[:, place + 1]))) for place, name in enumerate(x.columns)]
    order = np.argsort(-np.abs(mode[1:]), kind="stable")
    return pd.DataFrame([rows[place] for place in order], columns=["column", "ratio"])


def by_channel(found: Known) -> pd.DataFrame:
    """Channel, leads, and the share won as an Interval (Jeffreys's prior), the largest channel first."""
    rows = []
    for name, size in found.leads["channel"].value_counts().items():
        hits = float(found.won[(found.leads["channel"] == name).to_numpy()].sum())
        low, middle, high = beta.ppf([LOWER, 0.5, UPPER], hits + 0.5, size - hits + 0.5)
        rows.append((name, size, Interval((hits + 0.5) / (size + 1), float(low), float(middle), float(high))))
    return pd.DataFrame(rows, columns=["channel", "leads", "won"])


def not_won(found: Known, score: np.ndarray) -> pd.DataFrame:
    """The leads that are not won, the highest score first: lead_id, channel, score."""
    table = found.leads[["lead_id", "channel"]].assign(score=score)[~found.won]
    return table.sort_values("score", ascending=False, kind="stable", ignore_index=True)


def _fitted(values: np.ndarray, won: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=PRIOR**2, max_iter=1000).fit(values, won)
