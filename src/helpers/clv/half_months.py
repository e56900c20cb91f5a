"""The 24 half-months of a year: the first 15 days of a month, and the rest."""

import numpy as np

HALF_MONTHS = 24
MONTH_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
LENGTHS = np.column_stack([np.full(12, 15.0), MONTH_DAYS - 15]).ravel()  # mean days of each half-month


def half_month(days: np.ndarray) -> np.ndarray:
    """The half-month of each day, 0 to 23; the second begins on the 16th. days: datetime64[D], any shape."""
    months = days.astype("datetime64[M]")
    return 2 * (months.astype(np.int64) % 12) + ((days - months).astype(np.int64) >= 15)
