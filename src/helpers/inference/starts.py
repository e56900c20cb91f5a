"""Where chains start: far from each other, and in different modes where searches from many places end in several.

Chains that all begin in one mode agree with each other and know nothing of the second. So the mode is searched for from
the prior's middle and from draws of the prior; chains start where searches ended if the density dips between, and
otherwise around the prior's middle.
"""

from collections.abc import Callable
from threading import Lock

import numpy as np
import pymc as pm
from pymc.initial_point import make_initial_point_fn
from scipy import optimize

from helpers.inference.compiled import Density, joined

SEARCHES = 16  # two modes of equal pull: all end in one of them with a chance of 2^-15
DIP = 3.0  # nats: a density that falls by more between two places has a mode at each
LIKELY = 10.0  # nats below the best mode: one further down has no weight
NEAR = 1.0  # nats from a mode known: a search that has come so far has arrived
STEPS = 200
BETWEEN = np.linspace(0, 1, 11)[1:-1, None]

Start = Callable[[int], np.ndarray]


def around(density: Density, initvals: dict | None = None) -> Start:
    """Function from a seed to a starting vector: the prior's middle or `initvals`, by variable, each jittered by up to 1."""
    model = density.model
    return _drawn(density, overrides=initvals, jitter_rvs=set(model.free_RVs))


def dispersed(
    density: Density, middle: Start, chains: int, seed: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A starting vector per chain, and the modes found, best first.

    The starts are the modes, where there are several; else `middle` of other seeds.
    """
    seeds = [int(value) for value in np.random.SeedSequence(seed).generate_state(SEARCHES + chains)]
    found = modes(density, _places(density, middle, seeds[:SEARCHES]))
    if len(found) > 1:
        return [found[chain % len(found)] for chain in range(chains)], found
    return [middle(value) for value in seeds[SEARCHES:]], found


def missed(density: Density, found: list[np.ndarray], vectors: np.ndarray) -> int:
    """How many of the modes found, of those within 10 nats of the best, no chain came to; vectors: (draws, parameters)."""
    if len(found) < 2:
        return 0
    function, size = density.function(), np.maximum(vectors.std(axis=0), 1e-300)
    values = [function(mode)[0] for mode in found]
    count = 0
    for value, mode in zip(values, found, strict=True):
        nearest = vectors[(((vectors - mode) / size) ** 2).sum(axis=1).argmin()]
        place = (function(nearest)[0], nearest)
        count += value > max(values) - LIKELY and _dips(function, place, (value, mode))
    return count


def modes(density: Density, places: list[np.ndarray]) -> list[np.ndarray]:
    """The modes that searches from `places` end in, those between which the density dips, best first."""
    function = density.function()
    known: list[tuple[float, np.ndarray]] = []
    for place in places:
        ended = _search(function, place, known)
        if ended is not None and all(_dips(function, ended, mode) for mode in known):
            known.append(ended)
    return [vector for _, vector in sorted(known, key=lambda mode: -mode[0])]


def _search(
    function: Callable, place: np.ndarray, known: list[tuple[float, np.ndarray]]
) -> tuple[float, np.ndarray] | None:
    """Where a climb from a place ends, (log density, vector); None where it has no end or comes to a mode known."""
    arrived = False

    def negative(vector: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = function(vector)
        if not np.isfinite(value) or not np.isfinite(slope).all():
            return 1e100, np.zeros_like(vector)
        return -value, -slope

    def look(intermediate_result: optimize.OptimizeResult) -> None:
        nonlocal arrived
        here = (-intermediate_result.fun, intermediate_result.x)
        near = [mode for mode in known if here[0] > mode[0] - NEAR]
        if any(not _dips(function, here, mode, BETWEEN[4:5]) for mode in near):
            arrived = True
            raise StopIteration

    if not np.isfinite(function(place)[0]):
        return None
    ended = optimize.minimize(
        negative, place, jac=True, method="L-BFGS-B", callback=look, options={"maxiter": STEPS, "ftol": 1e-8}
    )
    # What a further step would gain: large where the density grows without end, as in a funnel.
    gain = float(ended.jac @ ended.hess_inv.matvec(ended.jac))
    if arrived or not np.isfinite(ended.fun) or ended.fun >= 1e100 or not gain < NEAR:
        return None
    return -float(ended.fun), ended.x


def _dips(function: Callable, one: tuple, other: tuple, shares: np.ndarray = BETWEEN) -> bool:
    """Whether the log density falls, on the line between two places, by more than DIP below the lower of them."""
    line = one[1] + shares * (other[1] - one[1])
    lowest = min(one[0], other[0]) - DIP
    return any(not function(vector)[0] >= lowest for vector in line)


def _places(density: Density, middle: Start, seeds: list[int]) -> list[np.ndarray]:
    """Where searches begin: half around the middle, half drawn from the prior, where the prior can be drawn from."""
    half = len(seeds) // 2
    near = [middle(seed) for seed in seeds[:half]]
    try:
        prior = _drawn(density, overrides=dict.fromkeys(density.model.free_RVs, "prior"))
        return near + [prior(seed) for seed in seeds[half:]]
    except NotImplementedError:  # a flat prior
        return near + [middle(seed) for seed in seeds[half:]]


def _drawn(density: Density, **how: object) -> Start:
    model: pm.Model = density.model
    drawn = make_initial_point_fn(model=model, return_transformed=True, **how)
    one_at_a_time = Lock()  # PyTensor's functions do not expect to be asked by several threads

    def start(seed: int) -> np.ndarray:
        with one_at_a_time:
            return joined(drawn(seed), model.value_vars)

    return start
