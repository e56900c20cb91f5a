"""Which renewal model is used: the models and a naive forecast side by side on renewals they have not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.checks import Check
from helpers.clv import renewal_models
from helpers.clv.holdout_scores import MEANINGS, Judgement, compare_crps
from helpers.clv.renewal_counts import lost_among
from helpers.clv.renewal_scores import Forecast, Scores, contract_crps, contract_log_score, judge, score
from helpers.inference import sampler
from helpers.inference.intervals import Interval, interval
from helpers.messages import message

if TYPE_CHECKING:
    import xarray as xr

NAIVE = "naive"
NOT_SAMPLED = message(
    "renewal.not_sampled",
    "A posterior behind this verdict could not be drawn: raise `tune` and `draws`, or set `fit` to laplace, before the "
    "forecasts are used.",
)
NOT_USED = message(
    "renewal.not_used",
    "{other}, a model that was tried and is not used, could not be drawn well: how it compares is less sure. The forecasts "
    "come from {used} and do not change.",
)
# What is said of today's contracts rests on; the verdict fails with the chosen model's earlier posterior.
RESTS_ON = "verdict", "sampling"
TITLES = {name: module.TITLE for name, module in renewal_models.MODELS.items()} | {
    NAIVE: "naive: one rate for all"
}


@dataclass(frozen=True)
class Contest:
    """The forecasts of N contracts, `lost` of which were lost, with their scores; gain: BdW's log score minus sBG's.

    renewed: renewals made, shape (N,). better: sbg unless bdw has the clearly higher log score.
    """

    forecasts: Mapping[str, Forecast]
    scores: Mapping[str, Scores]
    renewed: np.ndarray
    lost: int
    gain: Interval

    @property
    def better(self) -> str:
        """The simpler model unless the other is clearly better."""
        return "bdw" if self.gain.p05 > 0 else "sbg"

    def chosen(self, asked: str) -> str:
        """The model that a study asks for by name, or the better one where it asks for the best."""
        return self.better if asked == "best" else asked

    @property
    def table(self) -> pd.DataFrame:
        """A row per forecast with the columns of `Scores`."""
        return pd.DataFrame([asdict(one) for one in self.scores.values()])

    @property
    def metrics(self) -> dict[str, float]:
        """The scores under the names of run.json."""
        crps = {f"holdout.crps.{name}": one.crps for name, one in self.scores.items()}
        log_scores = {f"holdout.log_score.{name}": one.log_score for name, one in self.scores.items()}
        return crps | log_scores | {"holdout.log_score_gain_bdw": self.gain.mean}


@dataclass(frozen=True)
class Judged:
    """How a model did on the hold-out: its losses as forecast, those that came, its scores, and what follows."""

    losses: Interval
    lost: int
    scores: Scores
    judgement: Judgement

    @property
    def metrics(self) -> dict[str, float | Interval]:
        """The numbers of the verdict under the names of run.json."""
        return {
            "holdout.lost_forecast": self.losses,
            "holdout.loss_bias": self.scores.bias,
            "holdout.coverage90": self.scores.coverage90,
        }


def check_fits(trees: Mapping[str, "xr.DataTree"], chosen: str) -> list[Check]:
    """Ask of each model by name whether its posterior before the hold-out passed its gate.

    That of a model which is not used asks for a review where it did not: no number of the page is drawn from it.
    """
    found = []
    for name, tree in trees.items():
        one = sampler.check_sampling(tree, f"sampling of {TITLES[name]} before the hold-out")
        if one.verdict == "FAIL" and name != chosen:
            one = replace(one, verdict="REVIEW", advice=NOT_USED(other=TITLES[name], used=TITLES[chosen]))
        found.append(one)
    return found


def compare(forecasts: Mapping[str, Forecast], contracts: pd.DataFrame) -> Contest:
    """Score forecasts by name (sbg, bdw, naive) against the renewals made (`renewals_after`)."""
    renewed = contracts["renewed"].to_numpy()
    bdw, sbg = (contract_log_score(forecasts[name], renewed) for name in ("bdw", "sbg"))
    scores = {name: score(TITLES[name], made, contracts) for name, made in forecasts.items()}
    gain = compare_crps(bdw, sbg, scores["bdw"].log_score, scores["sbg"].log_score)
    return Contest(forecasts, scores, renewed, lost_among(contracts), gain)


def judge_model(contest: Contest, name: str, max_loss_bias: float, fits: Sequence[Check] = ()) -> Judged:
    """Judge one model of a contest against the naive forecast; see `renewal_scores.judge`.

    fits: the checks of the posteriors of all models; where its own failed, the model is not to be used whatever its scores.
    """
    ours, naive = (contract_crps(contest.forecasts[one], contest.renewed) for one in (name, NAIVE))
    losses, scores = interval(contest.forecasts[name].lost), contest.scores[name]
    gain = compare_crps(ours, naive, scores.crps, contest.scores[NAIVE].crps)
    found = judge(scores, gain, losses, contest.lost, max_loss_bias)
    if any(fit.verdict == "FAIL" and TITLES[name] in fit.name for fit in fits):
        found = replace(found, verdict="FAIL", meaning=MEANINGS["FAIL"], advice=NOT_SAMPLED(), at_limit=False)
    return Judged(losses, contest.lost, scores, found)
