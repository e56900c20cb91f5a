"""Does a prediction of who gains rank units better than chance? Judged out of sample, beside a method of another kind."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from helpers.campaigns import qini
from helpers.campaigns.crossfit import Scores
from helpers.campaigns.qini import Curve
from helpers.checks import Check, check
from helpers.errors import CannotAnswer
from helpers.inference import monte_carlo
from helpers.inference.intervals import Interval
from helpers.messages import between, estimate, fine_money, message

if TYPE_CHECKING:
    from helpers.campaigns.trial import Trial

MODEL, TREES = "model", "trees"
ABOVE_ZERO = message("ranking.above_zero", "lower end above 0")
UNEVEN = 0.001  # p value below which arms have other shares in each stratum
OVERLAP = message("ranking.overlap", "intervals overlap")
TREAT_ALIKE = message(
    "ranking.treat_alike",
    "Do not target by this ranking: treat everyone alike, or test on more units.",
)
TRUST_NEITHER = message(
    "ranking.trust_neither",
    "Two methods disagree on how much the ranking brings: trust neither until more units are tested.",
)


def refuse(test: "Trial") -> None:
    """CannotAnswer where units cannot be told apart, or were not drawn one by one: then nobody can be ranked honestly."""
    units = test.units
    if test.is_ratio:
        raise CannotAnswer(
            f"{test.outcome} is a ratio of sums, which no single unit has, so units cannot be ranked by it. 31 reads it; "
            "for a ranking name its upper column alone (unit_outcomes), without unit_outcome_kinds."
        )
    traits = [name for name in (*test.numeric, *test.named) if units[name].nunique(dropna=False) > 1]
    if not traits:
        raise CannotAnswer(
            "Nothing is known of the units before the assignment that differs between them, so nobody can be told from "
            "anybody else. Name what was known then (unit_covariates)."
        )
    if "cluster" in units and units["cluster"].nunique() < len(units):
        raise CannotAnswer(
            f"The {len(units):,} units belong to {units['cluster'].nunique():,} clusters: to rank units would count each as "
            "drawn on its own, and be surer than it is. 31 reads this test by its clusters."
        )
    if "stratum" in units:
        tried = pd.crosstab(units["stratum"], units["arm"])
        if stats.chi2_contingency(tried).pvalue < UNEVEN:
            raise CannotAnswer(
                "The arms have other shares in each stratum, so a ranking would take the strata for effects. 31 compares "
                "the arms within strata. For a ranking, read one stratum at a time (`where`)."
            )


@dataclass(frozen=True)
class Ranking:
    """How well predicted gains rank units, per treated arm: by the model, by a second method, and how alike the two are.

    agreement: rank correlation of the two predicted gains.
    """

    curves: dict[str, Curve]
    others: dict[str, Curve]
    agreement: dict[str, float]

    @property
    def best(self) -> str:
        """The arm whose ranking has the highest Qini coefficient."""
        return max(self.curves, key=lambda arm: self.curves[arm].qini.mean)

    @property
    def curve(self) -> Curve:
        """The curve of the best arm."""
        return self.curves[self.best]

    @property
    def is_above_zero(self) -> bool:
        """Whether the best arm's Qini coefficient is above zero, with so many arms to choose from."""
        return qini.is_above_zero(self.curve, len(self.curves))

    @property
    def table(self) -> pd.DataFrame:
        """One row per arm and method: arm, method, qini, auuc, effect (on all), agreement."""
        rows = [
            (arm, method, one.qini, one.auuc, one.effect, self.agreement[arm])
            for arm in self.curves
            for method, one in ((MODEL, self.curves[arm]), (TREES, self.others[arm]))
        ]
        return pd.DataFrame(rows, columns=["arm", "method", "qini", "auuc", "effect", "agreement"])

    @property
    def metrics(self) -> dict[str, Interval]:
        """Coefficients and areas under the names of run.json."""
        found: dict[str, Interval] = {}
        for arm, one in self.curves.items():
            found |= {f"{arm}.qini": one.qini, f"{arm}.auuc": one.auuc}
            found |= {f"{arm}.second_opinion.qini": self.others[arm].qini}
        return found


def judge(
    scores: Scores,
    second: Scores,
    adjusted: tuple[np.ndarray, list[np.ndarray]],
    arm: np.ndarray,
    arms: list[str],
) -> Ranking:
    """Judge the predicted gains of two methods by the same outcomes.

    scores, second: out of sample, by the model and by the second method. adjusted: outcomes of `Scores.adjusted`. arm:
    each unit's arm as a place in `arms`, control first.
    """
    places, shares = dict(enumerate(arms[1:], 1)), np.bincount(arm) / len(arm)

    def dealt(method: Scores, place: int) -> list[tuple]:
        pairs = zip(scores.dealt(), method.dealt(), strict=True)
        return [
            (its.gains(place)[0], adjusted[0] + (scores.own - own.own) @ shares, own.fold)
            for own, its in pairs
        ]

    curves, others = (
        {
            name: qini.curve(
                method.gains(place),
                adjusted,
                scores.weights,
                arm,
                place,
                scores.fold,
                partial(dealt, method, place),
            )
            for place, name in places.items()
        }
        for method in (scores, second)
    )
    agreement = {
        name: _alike(scores.gains(place)[0], second.gains(place)[0]) for place, name in places.items()
    }
    return Ranking(curves, others, agreement)


def share_inside(
    groups: pd.DataFrame, scores: Scores, adjusted: np.ndarray, arm: np.ndarray, place: int
) -> float:
    """The share of groups (`qini.by_group`) that hold their prediction, its error among other dealings of the folds.

    adjusted: outcomes of `Scores.adjusted`, of the sample itself. place: the arm of the groups.
    """
    shares = np.bincount(arm) / len(arm)

    def again() -> list[float]:
        made = [
            qini.by_group(
                own.gains(place)[0], arm, place, adjusted + (scores.own - own.own) @ shares, own.fold
            )
            for own in scores.dealt()
        ]
        return [float(one["inside"].mean()) for one in made]

    return monte_carlo.among(float(groups["inside"].mean()), again)


def check_ranking(judged: Ranking, currency: str, *, proven: bool) -> Check:
    """Ask whether the ranking is proven: the Qini coefficient above zero, and nothing failed on which it rests."""
    return check(
        "ranking better than chance",
        review=not proven,
        value=between(judged.curve.qini, fine_money, currency=currency),
        threshold=ABOVE_ZERO(),
        advice=TREAT_ALIKE(),
    )


def check_second_opinion(judged: Ranking, currency: str) -> Check:
    """Ask whether the second method finds as much in the best arm's ranking as the model."""
    own, other = judged.curve.qini, judged.others[judged.best].qini
    agrees = other.p95 >= own.p05 and other.p05 <= own.p95
    return check(
        "second opinion",
        review=not agrees,
        value=estimate(other, fine_money, currency=currency),
        threshold=OVERLAP(),
        advice=TRUST_NEITHER(),
    )


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    """Rank correlation, 0 where one of the two does not rank at all."""
    return float(stats.spearmanr(one, other).statistic) if min(np.ptp(one), np.ptp(other)) > 0 else 0.0
