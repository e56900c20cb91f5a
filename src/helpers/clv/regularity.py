"""Do customers buy on a rhythm? How many stages a gap between purchases has, by leave-one-out, and what that moves.

A family of regular models (BG/CNBD-k, MBG/CNBD-k) begins at k = 1, the model without rhythm, and takes stages on as long
as one customer's history is foreseen better from those of all others. The gaps are the same whoever drops out when: a
second family takes the number that the first has found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from helpers.clv import purchase_expectations, purchase_models
from helpers.clv.customer_groups import Design
from helpers.clv.distinct import distinct_rows, with_gaps
from helpers.clv.purchase_comparison import Forecast
from helpers.clv.stacking import LeaveOneOut, leave_one_out

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Rhythm:
    """Leave-one-out scores by family and number of stages, and the name of the model with rhythm that scores best.

    scores: {family: {k: sum over customers}}. best: None where one stage scores best, or no family was asked for.
    left_out: the scores of each distinct row, by name of the model, for `stacking.stack`.
    """

    scores: dict[str, dict[int, float]]
    best: str | None
    left_out: dict[str, LeaveOneOut]

    @property
    def without(self) -> str:
        """The name of the model that `best` is with one stage."""
        return purchase_models.REGULAR[str(self.best).rpartition("_")[0]]

    @property
    def metrics(self) -> dict[str, float]:
        """The stages chosen and what they gain over one, by family, under the names that run.json has."""
        found: dict[str, float] = {}
        for family, its in self.scores.items():
            stages = _best_of(its)
            found |= {f"stages.{family}": stages, f"stages_gain.{family}": its[stages] - its[1]}
        return found


def fit_models(
    models: Sequence[str], summary: pd.DataFrame, time_unit: str, *, design: Design, **sampling: Any
) -> "tuple[dict[str, xr.DataTree], Rhythm]":
    """Fit these models to one summary, of a regular family its best number of stages; sampling: as in purchase_models.fit.

    Returns posteriors by name of the model and the `Rhythm`. A family whose best number is one stands as the model without.
    """
    rows = with_gaps(distinct_rows(summary, design.columns), summary)
    trees: dict[str, xr.DataTree] = {}
    scores: dict[str, dict[int, float]] = {}
    left_out: dict[str, LeaveOneOut] = {}

    def fitted(name: str) -> "xr.DataTree":
        if name not in trees:
            trees[name] = purchase_models.fit(name, summary, time_unit, design=design, **sampling)
        return trees[name]

    def scored(name: str) -> float:
        if name not in left_out:
            left_out[name] = leave_one_out(fitted(name), rows)
        return left_out[name].total

    for name in models:
        if name not in purchase_models.REGULAR:
            fitted(name)
            continue
        without = purchase_models.REGULAR[name]
        fitted(without)
        found = _best_of(next(iter(scores.values()), {2: 0.0}))
        if found == 1:
            continue
        its = scores[name] = {1: scored(without)}
        for k in range(2, purchase_models.MOST_STAGES + 1) if len(scores) == 1 else [found]:
            one = f"{name}_{k}"
            its[k] = scored(one)
            trees.pop(one if _best_of(its) != k else f"{name}_{k - 1}", None)
            if _best_of(its) != k:
                break
    return trees, Rhythm(scores, _best(scores), left_out)


def _best_of(scores: dict[int, float]) -> int:
    return max(scores, key=scores.__getitem__)


def _best(scores: dict[str, dict[int, float]]) -> str | None:
    found = [(its[k], f"{family}_{k}") for family, its in scores.items() if (k := _best_of(its)) > 1]
    return max(found)[1] if found else None


@dataclass(frozen=True)
class Moved:
    """What a rhythm moves: the model with it, and forecast and number of active customers without it and with it."""

    title: str
    purchases: tuple[float, float]
    active: tuple[float, float]
    customers: int


def moved(
    rhythm: Rhythm,
    trees: "Mapping[str, xr.DataTree]",
    summary: pd.DataFrame,
    forecasts: Mapping[str, Forecast],
) -> Moved | None:
    """Set the best model with rhythm beside the same without; None where customers have none.

    trees, forecasts: by name of the model, fitted on `summary` and simulated for its customers.
    """
    if rhythm.best is None:
        return None
    both = rhythm.without, rhythm.best
    rows = distinct_rows(summary, purchase_models.parameters(trees[rhythm.best]).design.columns)
    alive = [purchase_expectations.p_alive(trees[name], rows) @ rows["n"].to_numpy() for name in both]
    made = [float(np.sum(forecasts[name].expected)) for name in both]
    title = purchase_models.model_named(rhythm.best).TITLE
    return Moved(title, (made[0], made[1]), (float(alive[0]), float(alive[1])), len(summary))
