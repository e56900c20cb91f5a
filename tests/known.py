"""Models whose parameters are known exactly, and random ledgers, for several tests."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from helpers.clv import gamma_gamma, purchase_models
from helpers.clv.customer_groups import Design

# Lines of a random ledger: customer, days ago, revenue, kind.
LINES = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),
        st.integers(0, 800),
        st.floats(0, 1e6, allow_subnormal=False),
        st.sampled_from(["purchase", "purchase", "purchase", "returned", "return"]),
    ),
    min_size=1,
    max_size=40,
)


def buying(module, theta, draws: int = 1, design: Design | None = None) -> purchase_models.Parameters:
    """A purchase model at these parameters: numbers, or one value per group."""
    columns = tuple(np.tile(np.atleast_1d(np.asarray(one, dtype=float)), (draws, 1)) for one in theta)
    none = np.zeros((draws, 0))
    return purchase_models.Parameters(module, design or Design(), columns, none, none)


def spending(theta, draws: int = 1, design: Design | None = None) -> gamma_gamma.Parameters:
    """Gamma-Gamma at these parameters: numbers, or one value per group."""
    columns = tuple(np.tile(np.atleast_1d(np.asarray(one, dtype=float)), (draws, 1)) for one in theta)
    return gamma_gamma.Parameters(design or Design(), columns)


# The artifact segment_value, small.
WORTH = pd.DataFrame(
    {
        "segment": ["all customers", "Lost", "Champions", "New"],
        "customers": [100, 63, 25, 12],
        "mean": [1000.0, 200.0, 750.0, 50.0],
        "p05": [900.0, 150.0, 650.0, 10.0],
        "p50": [1000.0, 200.0, 750.0, 50.0],
        "p95": [1100.0, 250.0, 850.0, 90.0],
        "horizon_months": 24.0,
    }
)
