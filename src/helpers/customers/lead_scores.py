"""Scores of open leads, judged on what came later: calibrated or not, and how well they rank."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from helpers.checks import Check, check
from helpers.customers.lead_chances import Hazards, mean_scores, open_at, won_within
from helpers.customers.leads import Funnel
from helpers.errors import StudyError
from helpers.messages import message

SAMPLING = "sampling before the hold-out"  # the check of the fit that is judged
ADVICE = message(
    "leads.calibration_advice",
    "Do not take the score as a chance: use it to rank only, and look whether the channels or the way of qualifying have "
    "changed.",
)


@dataclass(frozen=True)
class Judged:
    """How scores agree with what came: `groups` (size, score, won) of equal size from the lowest to the highest score.

    `score` and `won` are means over all `scorings`; `error` is `calibration_error`, `auc` is `ranking`.
    """

    groups: pd.DataFrame
    scorings: int
    score: float
    won: float
    error: float
    auc: float

    @property
    def metrics(self) -> dict[str, float]:
        """The judgement under the names of run.json."""
        return {
            "lead_score.calibration_error": self.error,
            "lead_score.auc": self.auc,
            "lead_score.judged": self.scorings,
        }


def follow(
    hazards: Hazards, found: Funnel, cut: float, end: float, days: float, every: float = 15.0
) -> pd.DataFrame:
    """Score all leads open at `cut` and every few days after it, and follow each for `days`, up to `end`.

    Columns lead, stage, age, score, won. StudyError when the days ahead do not fit between both.
    """
    if cut + days > end:
        raise StudyError(
            f"win_days is {days:g}, but the hold-out has {end - cut:.0f}: a score cannot be followed. Give fewer, or "
            "a longer holdout in the study file."
        )
    parts = []
    for day in np.arange(cut, end - days + 1e-9, every):
        now = open_at(found, day)
        parts.append(
            now.assign(score=mean_scores(hazards, now, days), won=won_within(found, now["lead"], day, days))
        )
    judged = pd.concat(parts, ignore_index=True)
    if judged.empty:
        raise StudyError(
            "No lead was open after the hold-out began: the score cannot be judged. Choose a shorter holdout."
        )
    return judged


def judge(followed: pd.DataFrame, smallest: int) -> Judged:
    """Judge what `follow` returned, in fifths, or in halves where a fifth has less than twice `smallest` scorings."""
    score, won = followed["score"].to_numpy(), followed["won"].to_numpy()
    groups = calibration(score, won, groups=5 if len(followed) >= 10 * smallest else 2)
    means = float(score.mean()), float(won.mean())
    return Judged(groups, len(followed), *means, calibration_error(score, won), ranking(followed))


def check_calibration(judged: Judged, most: float) -> Check:
    """Ask whether the mean distance of score and outcome is at most `most`."""
    return check(
        "calibration of the score",
        review=judged.error > most,
        value=judged.error,
        threshold=most,
        advice=ADVICE(),
    )


def calibration(score: np.ndarray, won: np.ndarray, groups: int = 5) -> pd.DataFrame:
    """Compare score and outcome in `groups` groups of equal size by score: columns size, score, won."""
    parts = [part for part in np.array_split(np.argsort(score, kind="stable"), groups) if len(part)]
    return pd.DataFrame(
        {
            "size": [len(part) for part in parts],
            "score": [float(np.mean(score[part])) for part in parts],
            "won": [float(np.mean(won[part])) for part in parts],
        }
    )


def calibration_error(score: np.ndarray, won: np.ndarray) -> float:
    """Mean absolute distance between the scores and the calibration curve: the integrated calibration index.

    Austin and Steyerberg (2019), with a logistic curve: log odds of winning = a + b x log odds of the score.
    """
    logit = np.log(score) - np.log1p(-score)
    x = np.column_stack([np.ones_like(logit), logit])
    beta = np.array([0.0, 1.0])
    for _ in range(25):  # Newton's steps
        p = expit(x @ beta)
        slope = x.T @ (won - p) - 0.01 * (beta - [0.0, 1.0])
        curve = (x * (p * (1 - p))[:, None]).T @ x + 0.01 * np.eye(2)
        beta = beta + np.linalg.solve(curve, slope)
    return float(np.mean(np.abs(expit(x @ beta) - score)))


def ranking(judged: pd.DataFrame) -> float:
    """How often a lead that was won scored above one that was not (area under the ROC curve); .5 when all are alike."""
    won = judged["won"].to_numpy(dtype=bool)
    if won.all() or not won.any():
        return 0.5
    return float(roc_auc_score(won, judged["score"]))
