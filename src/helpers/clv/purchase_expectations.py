"""What a fitted purchase model says of each distinct row of a base: P(alive), expected purchases, density."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from helpers.clv.array_libraries import NUMPY
from helpers.clv.expectations import discounted_expectation
from helpers.clv.purchase_models import gaps_term, parameters
from helpers.clv.purchase_parameters import Parameters, history_of
from helpers.inference import monte_carlo

if TYPE_CHECKING:
    import xarray as xr

TOTALS = 60  # draws behind sums over nodes or over the base
MEANS = 400  # draws behind a mean in closed form: it errs by a twentieth of what the posterior leaves open


def p_alive(tree: "xr.DataTree", rows: pd.DataFrame, end: date | None = None) -> np.ndarray:
    """P(alive) of every row at the end of its window, averaged over the posterior: shape (rows,).

    end: the day on which the windows end, where it is not that of the histories the model was fitted on.
    """
    its = parameters(tree).standing_on(end)
    parts = _in_chunks(lambda part: special.expit(-its.log_odds_dropped(part)), rows)
    return np.concatenate([part.mean(axis=0) for part in parts])


def mean_alive(tree: "xr.DataTree", rows: pd.DataFrame) -> float:
    """P(alive) at the end of the window, averaged over the customers of all rows and over the posterior."""
    its, n = parameters(tree), rows["n"].to_numpy(dtype=float)
    parts = _in_chunks(
        lambda part: special.expit(-its.log_odds_dropped(part)) @ part["n"].to_numpy(float), rows
    )
    return monte_carlo.mean(sum(parts) / n.sum())


def expected_purchases(tree: "xr.DataTree", rows: pd.DataFrame, t: float) -> np.ndarray:
    """Expected purchases of every row in the `t` units after its window, averaged over MEANS draws of the posterior."""
    its = parameters(tree).thinned(MEANS)
    parts = _in_chunks(lambda part: its.expected(part, t), rows)
    return np.concatenate([part.mean(axis=0) for part in parts])


def discounted_expected_purchases(
    its: Parameters, rows: pd.DataFrame, discount: float, horizon: float = np.inf
) -> np.ndarray:
    """Discounted expected residual purchases of every row (DERT), averaged over the posterior: shape (rows,).

    discount: continuous rate per unit; horizon in units, infinite by default (Fader, Hardie and Lee 2005, RFM and CLV).
    """

    def quantity(part: pd.DataFrame) -> np.ndarray:
        return discounted_expectation(lambda t: its.expected(part, t), discount, horizon)

    return np.concatenate([part.mean(axis=0) for part in _in_chunks(quantity, rows)])


def expected_totals(its: Parameters, rows: pd.DataFrame, t: float) -> np.ndarray:
    """Expected purchases of the base in the `t` units after the window, for each draw of the parameters."""
    parts = _in_chunks(lambda part: its.expected(part, t), rows)
    return np.concatenate(list(parts), axis=1) @ rows["n"].to_numpy()


def pointwise_log_likelihood(its: Parameters, rows: pd.DataFrame) -> np.ndarray:
    """Log-likelihood of one customer per draw and row: shape (draws, rows).

    A model of regular buyers needs the rows' `log_gaps`, of which each customer of a row counts the mean. Under a season the
    density is that of the history in operational time (of a gap's length the base's mean): the season is the whole base's.
    """
    module = its.module

    def term(part: pd.DataFrame) -> np.ndarray:
        theta, x = its.at(part), history_of(part)[0]
        return module.log_likelihood_x(theta, x, NUMPY) + its.log_likelihood_row(part)

    longer = 0.0 if its.clock is None else its.clock.log_gap * (module.STAGES - 1) * history_of(rows)[0]
    return np.concatenate(list(_in_chunks(term, rows)), axis=1) + gaps_term(module, rows) + longer


def _in_chunks(
    quantity: Callable[[pd.DataFrame], np.ndarray], rows: pd.DataFrame, chunk: int = 100
) -> Iterator[np.ndarray]:
    """Yield quantity(part) of shape (draws, rows) in chunks of rows, so that memory does not grow with them."""
    for start in range(0, len(rows), chunk):
        yield quantity(rows.iloc[start : start + chunk])
