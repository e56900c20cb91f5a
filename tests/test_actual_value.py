"""Actual value: what is read from the grid of leaving rates, and what is drawn where nobody leaves."""

import numpy as np
import pytest

from helpers.clv import actual_value
from helpers.clv.season_clock import Runs


@pytest.mark.parametrize("coin", [True, False])
@pytest.mark.parametrize("discount", [0.0, 0.002])
def test_the_grid_gives_the_time_alive_at_every_rate_of_leaving(coin, discount):
    rng, draws = np.random.default_rng(4), 5
    ends = np.sort(rng.uniform(0, 104, 48))
    runs = Runs(ends, np.exp(rng.normal(0, 0.7, (draws, 48))), np.exp(rng.normal(0, 0.2, (draws, 48))))
    times, lowest = actual_value.log_times(runs, coin=coin, discount=discount)
    leaving = np.exp(rng.uniform(-16, 9, (300, draws)))  # beyond both ends of the grid for who hardly leaves
    exact = np.stack(runs.time_alive(leaving, coin=coin, discount=discount))
    read = np.array(
        [
            [
                [actual_value.between(times[k, s], leaving[i, s], lowest) for s in range(draws)]
                for i in range(300)
            ]
            for k in (0, 1)
        ]
    )
    assert read == pytest.approx(exact, rel=2e-6)
    assert np.median(np.abs(read / exact - 1)) < 1e-7
    nobody = np.stack(runs.time_alive(np.zeros((1, draws)), coin=coin, discount=discount))[:, 0]
    assert [
        [actual_value.between(times[k, s], 0.0, lowest) for s in range(draws)] for k in (0, 1)
    ] == pytest.approx(nobody, rel=1e-5)
