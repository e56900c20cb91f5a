"""Pareto-smoothed importance weights: ArviZ's numbers, and weights that have no tail."""

import arviz  # noqa: F401 (gives arrays their `azstats`)
import numpy as np
import pytest
import xarray as xr

from helpers.inference import psis


# Where a fifth of the draws or 3 sqrt(draws) is whole: else ArviZ rounds the tail's length down, and the paper up.
@pytest.mark.parametrize("draws", [100, 400, 2500])
@pytest.mark.parametrize("spread", [0.01, 0.5, 2.0, 6.0])
def test_weights_are_arviz_s(draws, spread):
    log_weights = spread * np.random.default_rng(1).standard_t(5, (20, draws))
    theirs, k = xr.DataArray(-log_weights, dims=["row", "sample"]).azstats.psislw(dim="sample")
    smoothed, ours = psis.smooth(log_weights)
    assert smoothed == pytest.approx(theirs.to_numpy(), abs=1e-9)
    assert ours == pytest.approx(k.to_numpy(), abs=1e-9)


def test_equal_weights_stay_equal():
    smoothed, k = psis.smooth(np.full(200, -3.0))
    assert smoothed == pytest.approx(np.log(1 / 200))
    assert k == -np.inf


def test_weights_of_zero_stay_zero():
    log_weights = np.random.default_rng(1).normal(size=1000)
    log_weights[:600] = -np.inf
    smoothed, k = psis.smooth(log_weights)
    assert np.exp(smoothed[:600]).sum() == 0
    assert np.exp(smoothed).sum() == pytest.approx(1)
    assert np.isfinite(k)
