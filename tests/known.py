"""Models whose parameters are known exactly, for tests of what follows from them."""

import numpy as np

from helpers.clv import purchase, spend
from helpers.clv.cells import Design


def buying(module, theta, draws: int = 1, design: Design | None = None) -> purchase.Parameters:
    """A purchase model at these parameters: numbers, or one value per group."""
    columns = tuple(np.tile(np.atleast_1d(np.asarray(one, dtype=float)), (draws, 1)) for one in theta)
    none = np.zeros((draws, 0))
    return purchase.Parameters(module, design or Design(), columns, none, none)


def spending(theta, draws: int = 1, design: Design | None = None) -> spend.Parameters:
    """Gamma-Gamma at these parameters: numbers, or one value per group."""
    columns = tuple(np.tile(np.atleast_1d(np.asarray(one, dtype=float)), (draws, 1)) for one in theta)
    return spend.Parameters(design or Design(), columns)
