"""What customers will buy: each customer's forecast, and the draws of what the base does in all."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.clv import purchase_expectations, purchase_models, simulate
from helpers.clv.distinct import distinct_rows, row_of

if TYPE_CHECKING:
    import xarray as xr


def of_customers(
    tree: "xr.DataTree", summary: pd.DataFrame, horizon: float, *, seed: int = 1
) -> tuple[pd.DataFrame, np.ndarray]:
    """Forecast every customer of the summary: P(alive) today, expected purchases up to the horizon and P(none).

    horizon: in the unit of the summary. Columns: customer_id, p_alive, expected_purchases, p_no_purchase. Returned with the
    draws of `of_base`, from the same futures.
    """
    rows, place = _distinct(tree, summary)
    alive = purchase_expectations.p_alive(tree, rows)[place]
    expected, none, total = simulate.forecast(simulate.posterior_of(tree), rows, horizon, seed=seed)
    found = summary[["customer_id"]].assign(p_alive=alive, expected_purchases=expected[place])
    return found.assign(p_no_purchase=none[place]), total.draws


def mean_alive(tree: "xr.DataTree", summary: pd.DataFrame) -> float:
    """The share of the base that is expected to be active today, with its Monte Carlo error."""
    return purchase_expectations.mean_alive(tree, _distinct(tree, summary)[0])


def of_base(tree: "xr.DataTree", summary: pd.DataFrame, horizon: float, *, seed: int = 1) -> np.ndarray:
    """Draw the purchases of all customers together up to the horizon: shape (draws,)."""
    rows, _ = _distinct(tree, summary)
    return simulate.total_purchases(simulate.posterior_of(tree), rows, horizon, seed=seed)


def expected(tree: "xr.DataTree", summary: pd.DataFrame, horizon: float) -> np.ndarray:
    """Expected purchases of every customer up to the horizon in closed form: shape (customers,)."""
    rows, place = _distinct(tree, summary)
    return purchase_expectations.expected_purchases(tree, rows, horizon)[place]


def _distinct(tree: "xr.DataTree", summary: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    rows = distinct_rows(summary, purchase_models.parameters(tree).design.columns)
    return rows, row_of(summary, rows)
