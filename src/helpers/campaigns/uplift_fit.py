"""Fit the model of `uplift`: the posterior around its modes, or by NUTS where the gate refuses that; and mode after mode."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from helpers.campaigns import uplift, uplift_modes
from helpers.campaigns.uplift import Design
from helpers.inference import psis, sampler
from helpers.inference.laplace import Gate

if TYPE_CHECKING:
    import xarray as xr

POINTS = 2 * uplift.KEPT  # drawn, of which as many as are kept are resampled by their weights
TARGET_ACCEPT = 0.9  # of NUTS
DIMS = {
    "level": ("part", "arm"), "slope": ("part", "column"), "shared": ("part", "column"),
    "own": ("part", "treated", "column"), "differs": ("part",), "spend_spread": ("arm",),
}  # fmt: skip


def fit(
    design: Design, *, draws: int, tune: int, chains: int, seed: int, weight: np.ndarray | None = None
) -> "xr.DataTree":
    """Draw from the model's posterior under weights of units; draws, tune and chains are those of NUTS.

    The tree says by its attributes which it was, and `sampler.check_sampling` says it on the page.
    """
    found, gate = _around_modes(design, weight, np.random.default_rng(seed))
    if gate.passed:
        tree = _tree(design, found)
        tree.attrs.update(laplace=gate.summary, laplace_threshold=gate.threshold)
        return tree
    ready = sampler.exchange(sampler.compiled(uplift.build(design)), uplift.counts(design, weight))
    tree = sampler.sample(
        ready, draws=draws, tune=tune, chains=chains, seed=seed, target_accept=TARGET_ACCEPT
    )
    tree.attrs["laplace_refused"] = gate.summary
    return tree


def modes(design: Design, differs: np.ndarray) -> Callable[[np.ndarray | None], dict[str, np.ndarray]]:
    """Return what finds the mode under weights of units, as parameters with one draw; differs: (parts,), held."""
    found = uplift_modes.parts_of(design)
    whole = uplift_modes.seen(design, found)
    held = list(zip(found, differs, strict=True))
    begin = [uplift_modes.find_mode(part, own, one)[0] for (part, one), own in zip(held, whole, strict=True)]

    def at(weight: np.ndarray | None) -> dict[str, np.ndarray]:
        own = uplift_modes.seen(design, found, weight)
        theta = [
            uplift_modes.find_mode(part, rows, one, start)[0][None]
            for (part, one), rows, start in zip(held, own, begin, strict=True)
        ]
        return uplift_modes.parameters(found, [np.array([one]) for one in differs], theta)

    return at


def _around_modes(
    design: Design, weight: np.ndarray | None, rng: np.random.Generator
) -> tuple[dict[str, np.ndarray], Gate]:
    """Draws of all parts, resampled by their weights, and the gate of the part that passes it worst."""
    found = uplift_modes.parts_of(design)
    gates, differs, theta = [], [], []
    for part, own in zip(found, uplift_modes.seen(design, found, weight), strict=True):
        drawn = uplift_modes.draw(part, own, POINTS, rng)
        smoothed, k = psis.smooth(drawn.log_weight)
        weights = np.exp(smoothed)
        k_max = min(0.7, 1 - 1 / np.log10(POINTS))
        gates.append(Gate(float(k), k_max, POINTS, float(1 / (weights**2).sum())))
        chosen = rng.permutation(_systematic(weights, uplift.KEPT, rng))
        differs.append(drawn.differs[chosen])
        theta.append(drawn.theta[chosen])
    worst = min(gates, key=lambda gate: (gate.passed, gate.ess))
    return uplift_modes.parameters(found, differs, theta), worst


def _systematic(weights: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Systematic resampling: each position as often as its weight says, give or take one."""
    places = (np.arange(size) + rng.random()) / size
    return np.minimum(np.searchsorted(np.cumsum(weights), places), len(weights) - 1)


def _tree(design: Design, found: dict[str, np.ndarray]) -> "xr.DataTree":
    """The draws as the DataTree that a sample of `uplift.build` is."""
    import xarray as xr  # noqa: PLC0415 (of the pages that fit, not of those that read)

    values = {name: (("chain", "draw", *DIMS[name]), one[None]) for name, one in found.items()}
    coords = {
        "chain": [0],
        "draw": np.arange(uplift.KEPT),
        "part": uplift.parts(design),
        "arm": design.arms,
        "treated": design.arms[1:],
        "column": design.columns,
    }
    used = {dim for dims, _ in values.values() for dim in dims}
    coords = {name: one for name, one in coords.items() if name in used}
    return xr.DataTree.from_dict({"posterior": xr.Dataset(values, coords)})
