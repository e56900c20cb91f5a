"""What new customers are expected to buy, week after week, from the day of their first purchase.

A model's expectation is a smooth curve of the time that a customer has lived through. Where it is a hypergeometric function
it is worked out at NODES times for each draw and cell, and read off a cubic spline through these: within 1e-7 of itself,
1e-4 where gaps have stages.
"""

import numpy as np
import pandas as pd
from scipy.interpolate import CubicSpline

from helpers.clv.customer_groups import cells_of
from helpers.clv.purchase_parameters import EXPONENTIAL, Parameters

NODES = 128  # denser at the beginning


def expected_totals(its: Parameters, rows: pd.DataFrame, first: np.ndarray, ages: np.ndarray) -> np.ndarray:
    """Expected repeat purchases of the customers of all rows (column n) by each of their ages: shape (draws, times).

    first: the day of each row's first purchase, datetime64; ages: shape (times, rows), in the model's unit.
    """
    n, cells = rows["n"].to_numpy(dtype=float), cells_of(rows, its.design)
    if its.module.LIFETIME == EXPONENTIAL or NODES * len(cells.group) >= ages.size:
        return np.column_stack([its.expected_new(rows, first, age) @ n for age in ages])
    lived = [np.broadcast_to(its.lived_since(first, age), (its.draws, len(rows))) for age in ages]
    nodes = max(float(np.max(lived)), 1e-9) * np.linspace(0, 1, NODES) ** 2
    members = [np.flatnonzero(cells.of == cell) for cell in range(len(cells.group))]
    theta = its.at(rows.iloc[[some[0] for some in members]])
    at_nodes = its.module.expected_purchases_new([value[:, :, None] for value in theta], nodes)
    totals = np.zeros((its.draws, len(ages)))
    for d, of_cells in enumerate(np.broadcast_to(at_nodes, (its.draws, len(members), NODES))):
        for some, values in zip(members, of_cells, strict=True):
            curve = CubicSpline(nodes, values)
            totals[d] += [curve(own[d, some]) @ n[some] for own in lived]
    return totals
