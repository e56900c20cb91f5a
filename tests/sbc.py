"""Simulation-based calibration, quantity by quantity: where each truth falls among its posterior draws, and is that uniform?

Talts, Betancourt, Simpson, Vehtari and Gelman 2018; the band of an ECDF is that of Säilynoja, Bürkner and Vehtari 2022, with
Bonferroni's correction over the quantities. The log-likelihood of the data and a total of the future are quantities, too:
they see errors that no single parameter shows (Modrák and others 2023).
"""

from functools import cache

import numpy as np
import pandas as pd
from scipy import stats

REPLICATIONS, RANKS, LEVEL, SIMULATED = 120, 99, 0.01, 20_000


def evenly(draws: np.ndarray) -> np.ndarray:
    """RANKS evenly spaced draws, along the first axis."""
    return draws[np.linspace(0, len(draws) - 1, RANKS).astype(int)]


def position(truth: float, draws: np.ndarray, seed: int) -> float:
    """Where a truth falls among RANKS draws, between 0 and 1: uniform where they are exchangeable; ties in random order."""
    u, v = np.random.default_rng([99, seed]).random(2)
    below, equal = (draws < truth).sum(), (draws == truth).sum()
    return float((below + np.floor(v * (equal + 1)) + u) / (len(draws) + 1))


def _depth(positions: np.ndarray) -> np.ndarray:
    """How deep the ECDF of each row lies inside its pointwise bands: the smallest two-sided probability over its points."""
    place = np.arange(1, positions.shape[1] + 1)
    at = stats.beta.cdf(np.sort(positions, axis=1), place, place[::-1])
    return 2 * np.minimum(at, 1 - at).min(axis=1)


@cache
def of_chance(size: int) -> np.ndarray:
    """The depths of SIMULATED samples of this size that are uniform."""
    return _depth(np.random.default_rng(1).random((SIMULATED, size)))


def judged(name: str, positions: pd.DataFrame) -> bool:
    """Print the table of a model's quantities; whether all lie inside simultaneous bands of LEVEL."""
    own = _depth(positions.to_numpy().T)
    p = [(1 + (of_chance(len(positions)) <= one).sum()) / (1 + SIMULATED) for one in own]
    tenths = [" ".join(map(str, np.histogram(values, 10, (0, 1))[0])) for values in positions.to_numpy().T]
    table = pd.DataFrame({"p": p, "tenths": tenths}, index=positions.columns)
    least = LEVEL / len(p)
    print(f"\n{name}, {len(positions)} replications, rejected below {least:.1e}\n{table.to_string()}")
    return len(positions) < REPLICATIONS or bool(min(p) >= least)
