"""Weigh purchase models by how well each foresees a customer it has not seen: stacking of leave-one-out scores.

Yao, Vehtari, Simpson and Gelman 2018. The score is the log predictive density of one customer's history given all
others, by Pareto-smoothed importance sampling (PSIS) from the fit before the hold-out; the hold-out stays untouched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import logsumexp

from helpers.checks import Check, check
from helpers.clv import purchase_expectations, purchase_models
from helpers.clv.distinct import LOG_GAPS, distinct_rows, row_of, with_gaps
from helpers.inference import monte_carlo, psis
from helpers.messages import decimals, message

if TYPE_CHECKING:
    import xarray as xr

DRAWS = 500
SAME = 1e-9  # log densities nearer to one another than this carry no information
TRUSTED = min(
    0.7, 1 - 1 / np.log10(DRAWS)
)  # Pareto k-hat up to which DRAWS draws suffice (Vehtari et al. 2024)


WORST_K = message("stacking.worst_k", "Pareto k-hat at most {k}")
HEAVY = message("stacking.heavy", "Some customers weigh too much: do not rely on the mixture's weights.")


@dataclass(frozen=True)
class LeaveOneOut:
    """Log score of each distinct row when one of its customers is left out, and the worst Pareto k-hat.

    elpd: shape (rows,). total: summed over customers, each row counts n times. again: what elpd is of each
    of the `monte_carlo.halves` of the draws, shape (halves, rows), to first order.
    """

    elpd: np.ndarray
    total: float
    worst_k: float
    again: np.ndarray


def leave_one_out(tree: "xr.DataTree", rows: pd.DataFrame) -> LeaveOneOut:
    """Score a fitted purchase model on the customers it was fitted on, each left out in turn; rows: x, t_x, T, n."""
    log_density = purchase_expectations.pointwise_log_likelihood(
        purchase_models.parameters(tree).thinned(DRAWS), rows
    ).T
    elpd, worst_k = log_density.mean(axis=1), 0.0
    parts = np.zeros(log_density.shape, dtype=np.float32)
    varies = (
        np.ptp(log_density, axis=1) > SAME
    )  # a customer of today (T = 0) has a density of 1 whatever the parameters
    if varies.any():
        log_weights, k = psis.smooth(-log_density[varies])
        elpd[varies] = logsumexp(log_weights + log_density[varies], axis=1)
        parts[varies] = 1 - log_weights.shape[1] * np.exp(log_weights)  # the influence of each draw
        worst_k = float(np.nanmax(k))
    again = elpd + np.array(list(monte_carlo.halves(parts.T)), dtype=np.float32)
    return LeaveOneOut(elpd, float(rows["n"].to_numpy() @ elpd), worst_k, again)


@dataclass(frozen=True)
class Stack:
    """Models' weights in their mixture and the leave-one-out scores behind them, by name of the model."""

    weights: dict[str, float]
    scores: dict[str, LeaveOneOut]

    @property
    def metrics(self) -> dict[str, float]:
        """The weights under the names that run.json has."""
        return {f"stacking.{name}": weight for name, weight in self.weights.items()}


def stack(
    trees: dict[str, "xr.DataTree"], summary: pd.DataFrame, known: Mapping[str, LeaveOneOut] | None = None
) -> Stack:
    """Weigh models fitted on the same customer summary; known: scores of some of them, worked out before (`Rhythm`)."""
    design = purchase_models.parameters(next(iter(trees.values()))).design
    rows = with_gaps(distinct_rows(summary, design.columns), summary)
    known = known or {}
    scores = {name: known.get(name) or leave_one_out(tree, rows) for name, tree in trees.items()}
    of, own, n = _histories(scores, rows, summary)
    elpd, *again = (
        np.array(one)[:, of] + own
        for one in zip(*([score.elpd, *score.again] for score in scores.values()), strict=True)
    )
    weights = stacking_weights(elpd, n)
    errors = monte_carlo.error_by_halves([stacking_weights(one, n, weights) for one in again])
    found = (monte_carlo.known(*one) for one in zip(weights.tolist(), errors.tolist(), strict=True))
    return Stack(dict(zip(trees, found, strict=True)), scores)


def _histories(
    scores: dict[str, LeaveOneOut], rows: pd.DataFrame, summary: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The row of each history, what it adds to the row's log scores (models, histories), and its number of customers.

    Under a model with rhythm customers of one row have different densities: histories are told apart by their gaps.
    """
    n = rows["n"].to_numpy()
    stages = np.array([purchase_models.model_named(name).STAGES for name in scores])
    if (stages == 1).all():
        return np.arange(len(rows)), np.zeros((len(stages), 1)), n
    alike = summary.groupby([row_of(summary, rows), LOG_GAPS])
    counted = alike.size() if "n" not in summary else alike["n"].sum()
    of, gaps = (counted.index.get_level_values(level).to_numpy() for level in (0, 1))
    own = gaps - (rows[LOG_GAPS].to_numpy() / n)[of]
    return of, (stages - 1)[:, None] * own, counted.to_numpy()


def stacking_weights(elpd: np.ndarray, n: np.ndarray, near: np.ndarray | None = None) -> np.ndarray:
    """Weights that maximise the mixture's log score: sum over rows of n log(sum over models of w exp(elpd)).

    elpd: shape (models, rows); n: customers of each row; near: weights to begin at, all the same where there are none. The
    problem is concave.
    """
    models, share = len(elpd), n / n.sum()
    if models == 1:
        return np.ones(1)
    density = np.exp(elpd - elpd.max(axis=0))

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        mixed = weights @ density
        return -float(share @ np.log(mixed)), -(density @ (share / mixed))

    begin = np.full(models, 1 / models) if near is None else 0.9 * near + 0.1 / models
    found = minimize(
        loss, begin, jac=True, method="SLSQP", bounds=[(1e-12, 1.0)] * models, options={"ftol": 1e-12},
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
    )  # fmt: skip
    weights = np.clip(found.x, 0.0, None)
    return weights / weights.sum()


def mixture(forecasts: list[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Draws of the weighted mixture: from each forecast (rows, draws) its share of evenly spaced draws."""
    draws = forecasts[0].shape[1]
    bounds = np.round(np.concatenate([[0], np.cumsum(weights)]) * draws).astype(int)
    counts = np.diff(bounds)
    parts = [f[:, np.linspace(0, draws - 1, k).astype(int)] for f, k in zip(forecasts, counts, strict=True)]
    return np.concatenate(parts, axis=1)


def check_leave_one_out(scores: dict[str, LeaveOneOut]) -> Check:
    """Ask whether the leave-one-out scores behind the weights can be trusted."""
    worst = max(score.worst_k for score in scores.values())
    return check(
        "leave-one-out scores",
        review=worst > TRUSTED,
        value=WORST_K(k=decimals(worst, 2)),
        threshold=f"<= {TRUSTED:.2f}",
        advice=HEAVY(),
    )
