"""Scores of open leads, judged on what came later: calibrated or not, and how well they rank."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import beta
from sklearn.metrics import roc_auc_score

from helpers.checks import Check, check
from helpers.customers.lead_chances import Hazards, drawn_scores, open_at, won_within
from helpers.customers.leads import Funnel
from helpers.errors import StudyError
from helpers.inference import monte_carlo
from helpers.inference.intervals import LOWER, UPPER, Interval
from helpers.messages import estimate, message, percent

FIRST = 5  # the share of the open leads to call first: one in so many
FAR = 0.005  # beyond either end of a 99 % interval
SAMPLING = "sampling before the hold-out"  # the check of the fit that is judged
ADVICE = message(
    "leads.calibration_advice",
    "Do not take the score as a chance: use it to rank only, and look whether the channels or the way of qualifying have "
    "changed.",
)

SCORED = message("leads.scored", "scored {score}, won {won}")
INSIDE = message("leads.inside", "the score within what was won")
APART = message(
    "leads.apart", "mean distance {error}, {outside} of {groups} groups outside what chance allows"
)
AT_MOST = message("leads.at_most", "at most {most}, none outside")
FIRST_FEWER = message(
    "leads.first_fewer",
    "Of those who are called first fewer are won than their score says: take the order of the list and not its chances, "
    "and look what has changed since before the hold-out.",
)
FIRST_MORE = message(
    "leads.first_more",
    "Of those who are called first more are won than their score says: take the order of the list and not its chances, "
    "and look what has changed since before the hold-out.",
)


@dataclass(frozen=True)
class Judged:
    """How scores agree with what came: `groups` (see `_group`) of equal size, from the lowest score on.

    `score` and `won` are means over all `scorings`; `error` is `calibration_error`, `auc` is `ranking`. `first`: the fifth
    with the highest scores on each day, which sales calls first, as such a group. `errors`: the Monte Carlo errors of
    `numbers` where they are known.
    """

    groups: pd.DataFrame
    first: pd.Series
    scorings: int
    score: float
    won: float
    error: float
    auc: float
    errors: Mapping[str, float] = field(default_factory=dict)

    @property
    def numbers(self) -> dict[str, float]:
        """What the judgement comes to, each with its Monte Carlo error where that is known."""
        first, won = self.first, self.first["won"]
        found = {
            "calibration_error": self.error,
            "furthest_group": float(self.distances.max()),
            "auc": self.auc,
            "called_first": first["score"],
            **won.metrics("called_first_won"),
            "off": max(first["score"] - won.p95, won.p05 - first["score"]),
            "far_off": max(first["score"] - first["highest"], first["lowest"] - first["score"]),
        }
        return {name: monte_carlo.known(one, self.errors.get(name, np.nan)) for name, one in found.items()}

    @property
    def distances(self) -> pd.Series:
        """How far score and share won lie apart in each group, as it is drawn."""
        return (self.groups["score"] - self.groups["won"].map(lambda won: won.mean)).abs()

    @property
    def ranks(self) -> bool:
        """Whether those with the highest scores were won more often than all, beyond the 90 % interval."""
        return bool(self.first["won"].p05 > self.won)

    @property
    def outside(self) -> int:
        """In how many groups the score lies outside the 99 % interval of the share won."""
        score = self.groups["score"]
        return int(((score < self.groups["lowest"]) | (score > self.groups["highest"])).sum())

    @property
    def metrics(self) -> dict[str, float]:
        """The judgement under the names of run.json."""
        told = {f"lead_score.{name}": one for name, one in self.numbers.items() if "off" not in name}
        return told | {"lead_score.judged": self.scorings}


def follow(
    hazards: Hazards, found: Funnel, cut: float, end: float, days: float, every: float = 15.0
) -> tuple[pd.DataFrame, np.ndarray]:
    """Score all leads open at `cut` and every few days after it, and follow each for `days`, up to `end`.

    Columns lead, stage, age, day, score, won; and the scores under each draw, (draws, scorings). StudyError when the days
    ahead do not fit between both.
    """
    if cut + days > end:
        raise StudyError(
            f"win_days is {days:g}, but the hold-out has {end - cut:.0f}: a score cannot be followed. Give fewer, or "
            "a longer holdout in the study file."
        )
    parts, drawn = [], []
    for day in np.arange(cut, end - days + 1e-9, every):
        now = open_at(found, day)
        won = won_within(found, now["lead"], day, days)
        drawn.append(drawn_scores(hazards, now, days))
        parts.append(now.assign(day=day, score=drawn[-1].mean(axis=0), won=won))
    judged = pd.concat(parts, ignore_index=True)
    if judged.empty:
        raise StudyError(
            "No lead was open after the hold-out began: the score cannot be judged. Choose a shorter holdout."
        )
    return judged, np.hstack(drawn)


def judge(followed: pd.DataFrame, smallest: int, drawn: np.ndarray | None = None) -> Judged:
    """Judge what `follow` returned, in fifths, or in halves where a fifth has less than twice `smallest` scorings.

    drawn: the scores under each draw, for the Monte Carlo errors of the judgement; it has none without.
    """
    found = _judged(followed, smallest)
    if drawn is None:
        return found
    again = [_judged(followed.assign(score=score), smallest).numbers for score in monte_carlo.halves(drawn)]
    errors = {
        name: float(monte_carlo.error_by_halves([one[name] for one in again])) for name in found.numbers
    }
    return replace(found, errors=errors)


def _judged(followed: pd.DataFrame, smallest: int) -> Judged:
    score, won = followed["score"].to_numpy(), followed["won"].to_numpy()
    parts = np.array_split(np.argsort(score, kind="stable"), 5 if len(followed) >= 10 * smallest else 2)
    groups = pd.DataFrame([_group(followed.iloc[part]) for part in parts if len(part)])
    best = followed.groupby("day")["score"].rank(pct=True, method="first") > 1 - 1 / FIRST
    first = _group(followed[best])
    means = float(score.mean()), float(won.mean())
    return Judged(groups, first, len(followed), *means, calibration_error(score, won), ranking(followed))


def _group(rows: pd.DataFrame) -> pd.Series:
    """Scorings, leads, mean score, the share won as an interval, and the two ends of its 99 % interval.

    Jeffreys's prior, with as many independent leads as scorings that repeat themselves are worth (Kish): a lead scored again
    tells nothing new.
    """
    times, share = rows["lead"].value_counts(), float(rows["won"].mean())
    worth = times.sum() ** 2 / (times**2).sum()
    ends = beta.ppf([FAR, LOWER, UPPER, 1 - FAR], worth * share + 0.5, worth * (1 - share) + 0.5)
    lowest, low = (float(min(end, share)) for end in ends[:2])
    high, highest = (float(max(end, share)) for end in ends[2:])
    won = Interval(share, low, share, high)
    told = {"size": len(rows), "leads": len(times), "score": float(rows["score"].mean()), "won": won}
    return pd.Series(told | {"lowest": lowest, "highest": highest})


def check_first(judged: Judged, most: float) -> Check:
    """Ask whether those called first are won as often as their score says.

    REVIEW where the score lies outside the interval of the share won, FAIL where it lies outside its 99 % interval by more
    than `most`.
    """
    score, won, numbers = judged.first["score"], judged.first["won"], judged.numbers
    return check(
        "chances of those called first",
        fail=monte_carlo.above(numbers["far_off"], most),
        review=monte_carlo.above(numbers["off"], 0.0),
        value=SCORED(score=percent(score, 0), won=estimate(won, percent, places=0)),
        threshold=INSIDE(),
        advice=FIRST_FEWER() if won.mean < score else FIRST_MORE(),
    )


def check_calibration(judged: Judged, most: float) -> Check:
    """Ask whether the mean distance of score and outcome is at most `most`, and no group lies outside its 99 % interval."""
    return check(
        "calibration of the score",
        review=monte_carlo.above(judged.numbers["calibration_error"], most) or judged.outside > 0,
        value=APART(error=percent(judged.error), outside=str(judged.outside), groups=str(len(judged.groups))),
        threshold=AT_MOST(most=percent(most)),
        advice=ADVICE(),
    )


def calibration_error(score: np.ndarray, won: np.ndarray) -> float:
    """Mean absolute distance between the scores and the calibration curve: the integrated calibration index.

    Austin and Steyerberg (2019), with a logistic curve: log odds of winning = a + b x log odds of the score.
    """
    logit = np.log(score) - np.log1p(-score)
    x = np.column_stack([np.ones_like(logit), logit])
    line = np.array([0.0, 1.0])
    for _ in range(25):  # Newton's steps
        p = expit(x @ line)
        slope = x.T @ (won - p) - 0.01 * (line - [0.0, 1.0])
        curve = (x * (p * (1 - p))[:, None]).T @ x + 0.01 * np.eye(2)
        line = line + np.linalg.solve(curve, slope)
    return float(np.mean(np.abs(expit(x @ line) - score)))


def ranking(judged: pd.DataFrame) -> float:
    """How often a lead that was won scored above one that was not (area under the ROC curve); .5 when all are alike."""
    won = judged["won"].to_numpy(dtype=bool)
    if won.all() or not won.any():
        return 0.5
    return float(roc_auc_score(won, judged["score"]))
