"""A test of which only counts are known: units and conversions of each arm, and perhaps the sum of money and of its squares.

Such a table says as much as the units themselves of shares, and of a mean by its normal error: it is read as units that have
these counts and sums, and gives the posterior that they give.
"""

import numpy as np
import pandas as pd

from helpers.campaigns.covariate_table import as_numbers
from helpers.contracts.outcome_words import counts_loss, is_loss
from helpers.errors import StudyError

UNITS, CONVERSIONS, SUM, SQUARES = COLUMNS = ("units", "conversions", "sum", "sum_of_squares")
MOST = 20_000_000  # units that are written out, for memory
KEPT = ("arm", "assigned", "stratum", "cluster")  # of a row, taken over by its units


def as_units(table: pd.DataFrame, columns: dict[str, str]) -> tuple[pd.DataFrame, list[str]]:
    """Return units with the counts and sums of a table with a row per arm (or per arm and stratum), and their outcomes.

    columns: the table's column for each of COLUMNS; sum and sum_of_squares come together or not at all. Outcomes bear the
    names of the columns of conversions and of the sum; where all units converted the amount alone is an outcome.
    """
    for key in (UNITS, CONVERSIONS, *([SUM, SQUARES] if {SUM, SQUARES} & set(columns) else [])):
        if key not in columns:
            raise StudyError(
                f"unit_counts does not name the column of {key}: it needs units and conversions, and for money sum and "
                "sum_of_squares as well, without which nothing says how sure its mean is."
            )
    numbers = {key: _numbers(table, name) for key, name in columns.items()}
    units, converted = (numbers[key].astype(int).to_numpy() for key in (UNITS, CONVERSIONS))
    if units.sum() > MOST:
        raise StudyError(f"The test has {units.sum():,} units; up to {MOST:,} are read from counts.")
    if (converted > units).any() or (units < 1).any():
        row = int(np.flatnonzero((converted > units) | (units < 1))[0])
        raise StudyError(
            f"Arm {table['arm'].iloc[row]} has {converted[row]:,} conversions of {units[row]:,} units: conversions lie "
            "between 0 and the units, of which there is at least one."
        )
    flag, amount = columns[CONVERSIONS], columns.get(SUM, "")
    if is_loss(flag) and (converted < units).any():
        raise counts_loss(flag)
    place = np.repeat(np.arange(len(table)), units)
    rank = np.arange(len(place)) - np.repeat(np.cumsum(units) - units, units)
    rows = table[[name for name in KEPT if name in table]].iloc[place].reset_index(drop=True)
    rows.insert(0, "unit_id", np.arange(len(place)).astype(str))
    rows[flag] = (rank < converted[place]).astype(int)
    if not amount:
        return rows, [flag]
    middle, spread = _moments(table, converted, numbers[SUM].to_numpy(), numbers[SQUARES].to_numpy())
    # Buyers in turn above and below their mean, the odd one at it: the sum and the sum of squares are those given.
    n = converted[place]
    side = np.where((rank == n - 1) & (n % 2 == 1), 0.0, np.where(rank % 2, -1.0, 1.0))
    step = spread * np.sqrt(np.where(converted % 2, converted / np.maximum(converted - 1, 1), 1.0))
    rows[amount] = np.where(rank < n, middle[place] + side * step[place], 0.0)
    return rows, [amount] if (converted == units).all() else [flag, amount]


def _moments(
    table: pd.DataFrame, n: np.ndarray, total: np.ndarray, squares: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of those who converted."""
    middle = total / np.maximum(n, 1)
    variance = squares / np.maximum(n, 1) - middle**2
    wrong = (variance < -1e-9 * np.maximum(middle**2, 1e-12)) | ((n == 0) & ((total != 0) | (squares != 0)))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise StudyError(
            f"Arm {table['arm'].iloc[row]} cannot have the sum {total[row]:g} and the sum of squares {squares[row]:g} over "
            f"{n[row]:,} conversions: squares are of each unit's money, not of the sum."
        )
    return middle, np.sqrt(np.maximum(variance, 0.0))


def _numbers(table: pd.DataFrame, name: str) -> pd.Series:
    values = as_numbers(table[name]) if name in table else None
    if values is None or values.isna().any():
        raise StudyError(
            f"unit_counts names the column {name!r}, which is not a number in every row of experiment_units; its columns "
            f"are {', '.join(map(str, table.columns))}."
        )
    return values
