"""Sample a PyMC model and say whether the sample can be trusted (helpers.inference.gate)."""

from collections.abc import Callable, Hashable
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pymc as pm

from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.inference import laplace
from helpers.inference.chains import draw_until
from helpers.inference.compiled import ByHand, Density, density_of
from helpers.inference.gate import FOUND_BY_GATE, MISSED_MODES, Gate, diagnose, judged, share_drawn
from helpers.inference.mode_search import NoModeError, Prepared, prepared
from helpers.inference.starts import Start, around, dispersed, missed
from helpers.inference.time_limit import time_limit
from helpers.messages import message

if TYPE_CHECKING:
    import xarray as xr

METHODS = ("nuts", "laplace")
MAX_DRAWS = 8000  # of one chain
ANEW_SEED = 1_000_003  # added to the seed of a sample drawn anew


@dataclass(frozen=True)
class Compiled:
    """A model that is ready to be sampled: its density, a start as a function of a seed, and whether it was given."""

    density: Density
    start: Start
    is_given: bool


INSTEAD = message("sampler.instead", "{found}. Sampled with NUTS, because laplace did not pass: {refused}")
ANEW = message("sampler.anew", "{found}. Drawn anew after {first}")
ADVICE = message(
    "sampler.advice",
    "Do not use these numbers. Raise `draws` and `tune`; if that does not help, the model does not fit this data.",
)


@time_limit()
def fit(
    model: pm.Model,
    *,
    method: str = "nuts",
    initvals: dict | None = None,
    by_hand: ByHand | None = None,
    **sampling: Any,
) -> "xr.DataTree":
    """Draw from a model's posterior and return an ArviZ DataTree; sampling: as in `sample`.

    initvals: where NUTS starts, by variable, for posteriors with several equal modes. by_hand: see `Density`.
    method: "nuts", or "laplace" around the mode (helpers.inference.laplace), which falls back to NUTS where its gate does
    not pass; the tree's attributes say which it was, and `check_sampling` says it on the page.
    """

    def nuts() -> "xr.DataTree":
        return sample(compiled(model, initvals, by_hand), **sampling)

    return _by(method, lambda: prepared(model, by_hand), nuts, sampling)


@time_limit()
def fit_shared(
    ready: dict,
    key: Hashable,
    build: Callable[..., pm.Model],
    data: dict,
    *,
    method: str = "nuts",
    grid: "laplace.Grid | None" = None,
    held: "laplace.Held | None" = None,
    **sampling: Any,
) -> "xr.DataTree":
    """Fit a model that is compiled once and kept in `ready` under `key`; arguments and result as in `fit`.

    build() defines the model, and build(around_mode=True) that for a fit around the mode, where a grid or a parameter may be
    held, see `laplace.fit`; data: the values of its pm.Data. What fits around the mode need is kept there, too. sampling: as
    in `sample`, and `by_hand`, or `around_by_hand` for what is written for the model around the mode alone.
    """
    by_hand = sampling.pop("by_hand", None)
    around_by_hand = sampling.pop("around_by_hand", None) or by_hand

    def nuts() -> "xr.DataTree":
        if key not in ready:
            ready[key] = compiled(build(), by_hand=by_hand)
        return sample(exchange(ready[key], data), **sampling)

    def around() -> Prepared:
        own = key, "around the mode"
        if own not in ready:
            ready[own] = prepared(build(around_mode=True), around_by_hand)
        ready[own].density.exchange(data)
        return ready[own]

    return _by(method, around, nuts, sampling | {"grid": grid, "held": held})


def compiled(model: pm.Model, initvals: dict | None = None, by_hand: ByHand | None = None) -> Compiled:
    """Compile a model once for many fits: `exchange` gives it other data; initvals: where chains start, by variable."""
    density = density_of(model, by_hand)
    density.function()  # compiles now
    return Compiled(density, around(density, initvals), initvals is not None)


def exchange(ready: Compiled, data: dict) -> Compiled:
    """Give a compiled model other values for what it holds as pm.Data; what its formula does not use is passed over."""
    ready.density.exchange(data)
    return ready


def sample(
    ready: Compiled,
    *,
    draws: int = 1000,
    tune: int = 500,
    chains: int = 2,
    seed: int = 1,
    target_accept: float = 0.8,
    adaptation: str = "low_rank",
    max_draws: int = MAX_DRAWS,
) -> "xr.DataTree":
    """Draw from a compiled model's posterior with NUTS (nutpie) until its gate can judge it; return an ArviZ DataTree.

    draws: the least that a chain makes after `tune` steps; as many more, up to eight times and `max_draws`, as it takes to
    have enough effective draws. target_accept: nearer to 1 means smaller steps, for posteriors with narrow corners.
    adaptation: nutpie's mass matrix, "low_rank" or "diag". Where the gate is not passed, all chains are drawn anew,
    once, with twice the warm-up, smaller steps and the other mass matrix; the tree's attributes say so.
    """

    def attempt(seed: int, **settings: Any) -> "tuple[xr.DataTree, Gate]":
        own = [int(value) for value in np.random.SeedSequence(seed).generate_state(chains)]
        density, start = ready.density, ready.start
        given = [start(one) for one in own]
        places, modes = (given, []) if ready.is_given else dispersed(density, start, chains, seed)
        sizes = {"draws": draws, "max_draws": max_draws}
        tree, vectors = draw_until(share_drawn, density, places, seed=seed, **sizes, **settings)
        tree.attrs[MISSED_MODES] = missed(density, modes, vectors.reshape(-1, vectors.shape[-1]))
        found = diagnose(tree)
        tree.attrs[FOUND_BY_GATE] = [float(value) for value in astuple(found)]
        return tree, found

    first, gate = attempt(seed, tune=tune, target_accept=target_accept, adaptation=adaptation)
    if gate.passed:
        return first
    other = {"low_rank": "diag", "diag": "low_rank"}[adaptation]
    smaller = 1 - (1 - target_accept) / 3
    tree, _ = attempt(seed + ANEW_SEED, tune=2 * tune, target_accept=smaller, adaptation=other)
    tree.attrs["first_gate"] = list(astuple(gate))
    return tree


def check_sampling(tree: "xr.DataTree", name: str = "sampling") -> Check:
    """Ask whether a posterior passed its gate, and say when NUTS stood in for `laplace`."""
    if "laplace" in tree.attrs:
        return check(name, value=tree.attrs["laplace"], threshold=tree.attrs["laplace_threshold"])
    gate, refused, first = judged(tree), tree.attrs.get("laplace_refused"), tree.attrs.get("first_gate")
    value = ANEW(found=gate.summary, first=Gate.read(first).summary) if first is not None else gate.summary
    value = INSTEAD(found=value, refused=str(refused)) if refused else value
    return check(name, fail=not gate.passed, value=value, threshold=gate.threshold, advice=ADVICE())


def flat_draws(tree: "xr.DataTree", name: str) -> np.ndarray:
    """Return a parameter's draws with chains joined: shape (draws, ...)."""
    values = tree["posterior"][name].to_numpy()
    return values.reshape(-1, *values.shape[2:])


def all_draws(tree: "xr.DataTree") -> dict[str, np.ndarray]:
    """Return the draws of every parameter with chains joined: {name: (draws, ...)}."""
    return {str(name): flat_draws(tree, str(name)) for name in tree["posterior"].data_vars}


def _by(
    method: str,
    around: Callable[[], Prepared],
    nuts: "Callable[[], xr.DataTree]",
    sampling: dict,
) -> "xr.DataTree":
    if method not in METHODS:
        raise StudyError(f"The fit {method!r} is not known; it can be {' or '.join(METHODS)}.")
    if method == "nuts":
        return nuts()
    try:
        wanted = ("draws", "chains", "seed", "grid", "held")
        tree, gate = laplace.fit(around(), **{key: sampling[key] for key in wanted if key in sampling})
        if gate.passed:
            tree.attrs.update(laplace=gate.summary, laplace_threshold=gate.threshold)
            return tree
        refused = gate.summary
    except NoModeError as error:
        refused = str(error)
    tree = nuts()
    tree.attrs["laplace_refused"] = refused
    return tree
