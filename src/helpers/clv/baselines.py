"""Naive forecasts of purchase counts: what a model has to beat to earn its place."""

import numpy as np
import pandas as pd

SILENCE_PARTS, VALUE_PARTS = 3, 3
FREQUENCIES = [-1, 0, 1, 3, np.inf]  # repeat purchases: none, 1, 2-3, 4 or more
TITLES = {
    "zero": "naive: nobody buys again",
    "past_rate": "naive: past rate goes on",
    "rfm_cell": "naive: mean of the RFM cell",
    "last_year": "naive: as in the same months a year ago",
}


def zero_forecast(rows: pd.DataFrame, draws: int) -> np.ndarray:
    """Forecast no purchase for anybody: shape (rows, draws)."""
    return np.zeros((len(rows), draws), dtype=np.int32)


def last_rate_forecast(rows: pd.DataFrame, horizon: float, draws: int, seed: int = 1) -> np.ndarray:
    """Forecast that everyone goes on at the rate of their past (purchases per unit), Poisson around it.

    A customer without a repeat purchase has rate 0 and is forecast 0. Shape (rows, draws).
    """
    rate = rows["x"].to_numpy(dtype=float) / np.maximum(rows["T"].to_numpy(dtype=float), 1e-9)
    return np.random.default_rng(seed).poisson(rate[:, None] * horizon, size=(len(rows), draws))


def last_year_forecast(
    rows: pd.DataFrame, purchases: float, expected: float, horizon: float, draws: int, seed: int = 1
) -> np.ndarray:
    """Forecast the rate of everyone's past, times what the base made of it in the same months a year ago.

    purchases: made in these months; expected: what those known before them would have made at their rate up to then.
    Poisson around it; shape (rows, draws).
    """
    rate = rows["x"].to_numpy(dtype=float) / np.maximum(rows["T"].to_numpy(dtype=float), 1e-9)
    mean = rate[:, None] * horizon * purchases / max(expected, 1e-9)
    return np.random.default_rng(seed).poisson(mean, size=(len(rows), draws))


def rfm_cells(summary: pd.DataFrame) -> np.ndarray:
    """The cell of every customer: third by silence, class of frequency, third by mean purchase; shape (customers,).

    Thirds are of this summary's own customers, so that cells of two dates compare. Columns x, t_x, T,
    monetary_value, first_value.
    """
    silence = (summary["T"] - summary["t_x"]).rank(method="average", pct=True)
    mean = (summary["x"] * summary["monetary_value"] + summary["first_value"]) / (summary["x"] + 1)
    third = [
        np.ceil(part * n).astype(int).to_numpy() - 1
        for part, n in ((silence, SILENCE_PARTS), (mean.rank(method="average", pct=True), VALUE_PARTS))
    ]
    frequency = np.digitize(summary["x"], FREQUENCIES[1:-1], right=True)
    return (frequency * SILENCE_PARTS + third[0]) * VALUE_PARTS + third[1]


def rfm_cell_forecast(
    earlier: pd.DataFrame, bought: np.ndarray, now: pd.DataFrame, ratio: float, draws: int, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Forecast what customers of the same RFM cell did in an earlier period; returns (forecasts, cell of each row).

    earlier: the summary at the earlier period's start, bought: purchases of these customers in it; now: the summary to
    forecast from; ratio: the forecast period over the earlier one. A draw is the count of a random customer of the
    cell, times the ratio, Poisson around it where the periods differ: its mean is the cell's mean. A cell without
    earlier customers takes all of them. Shapes (cells, draws) and (customers of now,).
    """
    rng = np.random.default_rng(seed)
    then, today = rfm_cells(earlier), rfm_cells(now)
    forecasts = []
    for cell in range(today.max() + 1):
        counts = bought[then == cell] if (then == cell).any() else bought
        drawn = rng.choice(np.sort(counts), draws)  # an engine gives customers in any order
        forecasts.append(drawn if ratio == 1 else rng.poisson(drawn * ratio))
    return np.array(forecasts), today
