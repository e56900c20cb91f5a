"""How many needs groups: held-out log score first, then whether the same groups come back from resampled customers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from helpers.checks import LEAST, Check, check
from helpers.customers.needs import Counts, Mixture, log_likelihood, memberships, most_likely
from helpers.errors import StudyError
from helpers.inference import monte_carlo
from helpers.messages import decimals, message

STABLE = 0.8  # adjusted Rand index, below which groups do not come back
BORDERS_MOVE = message(
    "needs.borders_move",
    "The borders between groups move with the customers drawn: use the groups for messages, not for decisions on "
    "single customers.",
)


@dataclass(frozen=True)
class Choice:
    """The number of groups and why: `scores` per number tried, `by_score`, `groups`, their `stability` and `mode`.

    scores has the columns groups, score (mean held-out log score per customer), behind (how far below the best) and
    error (the standard error of that distance). stability is {groups: mean adjusted Rand index}.
    """

    scores: pd.DataFrame
    by_score: int
    groups: int
    stability: dict[int, float]
    mode: Mixture

    @property
    def table(self) -> pd.DataFrame:
        """The scores, with a column `chosen` that names the number kept."""
        kept = self.scores["groups"].eq(self.groups)
        return self.scores.assign(chosen=kept.map({True: "chosen", False: ""}))

    @property
    def metrics(self) -> dict[str, float]:
        """The numbers under the names of run.json."""
        return {
            "needs.groups": self.groups,
            "needs.groups_by_score": self.by_score,
            "needs.stability": self.stability[self.groups],
        }


def check_stability(choice: Choice, least: float) -> Check:
    """Ask whether the groups come back when customers are drawn anew."""
    stability, name = choice.stability[choice.groups], "groups come back from resampled customers"
    return check(
        name,
        review=stability < least,
        value=decimals(stability, 2),
        threshold=LEAST(number=decimals(least, 2)),
        advice=BORDERS_MOVE(),
    )


def choose(counts: Counts, max_groups: int = 8, resamples: int = 10, seed: int = 1) -> Choice:
    """Choose the smallest number of groups whose held-out score is within one standard error of the best.

    Each half of the customers is scored by groups found in the other half. Then groups found in `resamples` bootstrap
    samples must put the customers together as the groups of all customers do: with a mean adjusted Rand index below
    .8, one group less is tried.
    """
    if max_groups < 1:
        raise StudyError(f"max_groups is {max_groups}; give 1 or more.")
    by_customer = _held_out(counts, max_groups, seed)
    total = by_customer.mean(axis=1)
    gap = by_customer[total.argmax()] - by_customer
    error = gap.std(axis=1) / np.sqrt(by_customer.shape[1])
    scores = pd.DataFrame(
        {"groups": np.arange(1, len(total) + 1), "score": total, "behind": gap.mean(axis=1), "error": error}
    )
    by_score = int(scores.loc[scores["behind"] <= scores["error"], "groups"].min())
    stability: dict[int, float] = {}
    for groups in range(by_score, 0, -1):
        mode = most_likely(counts, counts.weights(), groups, seed)
        stability[groups] = _stability(counts, mode, resamples, seed)
        if stability[groups] >= STABLE:
            break
    return Choice(scores, by_score, groups, stability, mode)


def _held_out(counts: Counts, max_groups: int, seed: int) -> np.ndarray:
    """Held-out log score of every customer (column) by number of groups (row); ends when two more do not help."""
    rng = np.random.default_rng(seed)
    half = rng.permutation(len(counts.table)) % 2 == 0
    scores = []
    for groups in range(1, max_groups + 1):
        own = np.empty(len(half))
        for fold in (half, ~half):
            found = most_likely(counts, counts.weights(~fold), groups, seed)
            own[fold] = log_likelihood(found, counts)[counts.row_of[fold]]
        scores.append(own)
        if groups > 2 and max(one.mean() for one in scores[-2:]) <= max(one.mean() for one in scores[:-2]):
            break
    return np.array(scores)


def _stability(counts: Counts, mode: Mixture, resamples: int, seed: int) -> float:
    """Mean adjusted Rand index between everyone's groups and those found in bootstrap samples of the customers."""
    if len(mode.share) == 1:
        return 1.0
    rng, n = np.random.default_rng([seed, 7]), len(counts.table)
    label = memberships(mode, counts)[counts.row_of].argmax(axis=1)
    agreement = []
    for resample in range(resamples):
        times = np.bincount(rng.integers(n, size=n), minlength=n)
        again = most_likely(counts, counts.weights(times), len(mode.share), seed + resample)
        agreement.append(adjusted_rand_score(label, memberships(again, counts)[counts.row_of].argmax(axis=1)))
    return monte_carlo.mean(agreement)
