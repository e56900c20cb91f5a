"""Actual value: the time alive at a rate of leaving, worked out over runs and read from a grid."""

import numpy as np
import pytest

from helpers.clv import actual_value
from helpers.clv.season_clock import Runs

HORIZON, DRAWS = 104.0, 5


def runs(rng) -> Runs:
    ends = np.append(np.sort(rng.uniform(0, HORIZON, 47)), HORIZON)
    pace, worth = (np.exp(rng.normal(0, spread, (DRAWS, 48))) for spread in (0.7, 0.2))
    return Runs(ends, pace, worth)


@pytest.mark.parametrize("coin", [True, False])
@pytest.mark.parametrize("leaving", [0.0, 0.003, 0.4])
def test_time_alive_is_the_integral_day_by_day(coin, leaving):
    some, discount, steps = runs(np.random.default_rng(3)), 0.002, 400_000
    middle = (np.arange(steps) + 0.5) * HORIZON / steps
    run = np.searchsorted(some.ends, middle)
    pace, worth = some.pace[0, run], some.worth[0, run]
    passed = np.cumsum(pace if coin else np.ones(steps)) * HORIZON / steps
    still = np.exp(-leaving * passed - discount * middle) * HORIZON / steps
    found = actual_value.time_alive(leaving, coin, discount, some.ends, some.pace[0], some.worth[0])
    assert found == pytest.approx(((worth * pace * still).sum(), still.sum()), rel=2e-4)


@pytest.mark.parametrize("coin", [True, False])
@pytest.mark.parametrize("discount", [0.0, 0.002])
def test_the_grid_gives_the_time_alive_at_every_rate_of_leaving(coin, discount):
    rng = np.random.default_rng(4)
    some = runs(rng)
    times, lowest = actual_value.log_times(some, coin=coin, discount=discount)
    leaving = np.exp(rng.uniform(-22, 9, (300, DRAWS)))  # beyond the grid's lower end for who hardly leaves
    leaving[0] = 0.0
    read, exact = np.empty((2, *leaving.shape)), np.empty((2, *leaving.shape))
    for i, s in np.ndindex(leaving.shape):
        read[:, i, s] = [actual_value.between(times[k, s], leaving[i, s], lowest) for k in (0, 1)]
        exact[:, i, s] = actual_value.time_alive(
            leaving[i, s], coin, discount, some.ends, some.pace[s], some.worth[s]
        )
    assert read == pytest.approx(exact, rel=2e-6)
    assert np.median(np.abs(read / exact - 1)) < 1e-7
