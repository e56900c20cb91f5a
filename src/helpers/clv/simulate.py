"""Predictive paths of existing customers: one future per posterior draw, purchase by purchase.

Under a season purchases run in operational time and everything else, discounting too, on calendar dates; with an index of
spend (`spend_index`) an order is worth what it is on its day.

Per draw: alive ~ Bernoulli(P(alive)); given alive, the customer's own rate and drop-out from their distribution
given the history; purchases at exponential (or Erlang) gaps until drop-out or horizon; each discounted at its own date. A
purchase's spend is (v + x m) G_j / G' with G_j ~ Gamma(p, 1) and G' ~ Gamma(p x + q, 1): what depends on the triple
alone is U, the discounted sum of G_j / G', so paths are simulated per distinct triple and scaled per customer.
How a path is drawn without drawing what it does not need: `future`.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numba
import numpy as np
import pandas as pd
from scipy import special

from helpers.clv import future, gamma_gamma, purchase_models, spend_index
from helpers.clv.season_clock import end_of
from helpers.clv.spend_index import SpendIndex
from helpers.clv.time_units import DAYS_PER
from helpers.inference import rng
from helpers.inference.machine_code import given

if TYPE_CHECKING:
    import xarray as xr

REPLICATES = 8  # independent futures of one triple; more customers than that share them, corrected for
PATHS_PER_CHUNK = 500_000  # futures held at once: fewer rows per chunk when there are more draws
PATHS_PER_BLOCK = 40_000  # what one thread works on, small enough for its cache
LIFETIMES = {"endless": 0, "coin": 1, "exponential": 2, "coin at once": 1}


@dataclass(frozen=True)
class Paths:
    """Futures of rows: arrays of shape (rows, draws).

    purchases: number up to the horizon. units: U, discounted spend per unit of (v + x m), 0 without a spend model.
    alive_time: discounted time alive up to the horizon, in the model's unit.
    """

    purchases: np.ndarray
    units: np.ndarray
    alive_time: np.ndarray


@dataclass(frozen=True)
class Posterior:
    """Draws of a purchase model and, where value is asked for, of a spend model: as many of both, paired by index.

    index: draws of the season of spend and the growth of prices, kept beside the spend model.
    """

    purchase: purchase_models.Parameters
    spend: gamma_gamma.Parameters | None
    index: SpendIndex | None = None

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.purchase.draws

    @property
    def spending(self) -> gamma_gamma.Parameters:
        """The draws of the spend model; ValueError where there is none, as money needs one."""
        if self.spend is None:
            raise ValueError("A value needs a spend model, and this posterior has none.")
        return self.spend

    def standing_at(self, summary: pd.DataFrame) -> "Posterior":
        """For the histories of a summary, which may end on another day than those the model was fitted on."""
        return replace(self, purchase=self.purchase.standing_on(end_of(summary, self.purchase.clock)))

    def thinned(self, draws: int) -> "Posterior":
        """`draws` evenly spaced draws of both, all when there are fewer."""
        few = min(draws, self.draws)
        index = self.index and self.index.thinned(few)
        return Posterior(self.purchase.thinned(draws), self.spend and self.spend.thinned(draws), index)

    def worth(self, horizon: float) -> tuple[np.ndarray, float]:
        """What an order is worth on each day after the end, (draws, days), and days per unit; (1, 1) without an index."""
        if self.index is None:
            return given(np.ones((1, 1))), 1.0
        unit_days = DAYS_PER[self.purchase.time_unit]
        if horizon not in self._worth:
            self._worth.clear()
            end = self.index.end if self.purchase.clock is None else self.purchase.clock.end
            days = int(np.ceil(horizon * unit_days)) + 1
            self._worth[horizon] = given(self.index.worth(end + timedelta(days=1), days))
        return self._worth[horizon], unit_days

    @cached_property
    def _worth(self) -> dict[float, np.ndarray]:
        """What `worth` worked out last: every chunk of customers asks for the same."""
        return {}


def posterior_of(
    purchase_tree: "xr.DataTree", spend_tree: "xr.DataTree | None" = None, draws: int = 1000
) -> Posterior:
    """Take `draws` evenly spaced draws from the posteriors (all, when a posterior has fewer)."""
    buying = purchase_models.parameters(purchase_tree)
    spending = None if spend_tree is None else gamma_gamma.parameters(spend_tree)
    count = min([draws, *(its.draws for its in (buying, spending) if its is not None)])
    index = None if spend_tree is None else spend_index.of_tree(spend_tree)
    index = index and index.thinned(count)
    return Posterior(buying.thinned(count), None if spending is None else spending.thinned(count), index)


def simulate(
    posterior: Posterior,
    rows: pd.DataFrame,
    horizon: float,
    discount: float = 0.0,
    *,
    seed: int = 1,
    replicate: int = 0,
) -> Paths:
    """Simulate one future per row and draw; rows has columns x, t_x, T; horizon and discount are per model unit.

    The random numbers of a row depend on its key, `seed` and `replicate` only: not on the order of the rows
    nor on which other rows there are.
    """
    x, its, seeds = rows["x"].to_numpy(dtype=float), posterior.purchase, seeds_of(rows, seed, replicate)
    size = (len(rows), posterior.draws)
    out = np.zeros(size, np.int32), np.zeros(size, np.float32), np.zeros(size, np.float32)

    (ahead, unit_days), (worth, worth_days) = its.ahead(horizon), posterior.worth(horizon)
    ahead = given(ahead)

    def block(some: slice) -> None:
        part, shape = rows.iloc[some], (posterior.draws, len(x[some]))
        p_alive = special.expit(-its.log_odds_dropped(part))
        spending = np.zeros((2, 1, 1)) if posterior.spend is None else posterior.spend.at(part)[:2]
        own = p_alive, its.silent(part), *its.latent(part), *spending
        arguments: list = [
            LIFETIMES[its.module.LIFETIME], its.module.STAGES, seeds[some], x[some],
            *(given(np.broadcast_to(value, shape)) for value in own), posterior.spend is not None,
            float(horizon), float(discount), ahead, unit_days, worth, worth_days, *(values[some] for values in out),
        ]  # fmt: skip
        future.walk(*arguments)

    in_blocks(block, len(rows), posterior.draws)
    return Paths(*out)


def in_blocks(work: Callable[[slice], None], rows: int, draws: int) -> None:
    """Call work(slice) on blocks of `rows`, each small enough for a core's cache, on all of Numba's threads.

    NUMBA_NUM_THREADS limits them. `work` must release the interpreter's lock, as NumPy and `nogil` functions do.
    """
    step = max(1, PATHS_PER_BLOCK // draws)
    blocks = [slice(start, min(start + step, rows)) for start in range(0, rows, step)]
    if len(blocks) < 2:
        for some in blocks:
            work(some)
        return
    with ThreadPoolExecutor(numba.get_num_threads()) as pool:
        list(pool.map(work, blocks))


def chunks(rows: pd.DataFrame, draws: int) -> list[np.ndarray]:
    """Split distinct rows (column n) into chunks of positions, each of at most PATHS_PER_CHUNK futures where it can.

    Rows that need equally many futures, min(n, REPLICATES), come together, so that memory is not kept for futures
    that are not simulated. Memory does not grow with the rows nor with the draws.
    """
    need = np.minimum(rows["n"].to_numpy(), REPLICATES)
    parts = []
    for futures in np.unique(need):
        places = np.flatnonzero(need == futures)
        step = max(1, PATHS_PER_CHUNK // (draws * futures))
        parts += [places[start : start + step] for start in range(0, len(places), step)]
    return parts


def simulate_shared(
    posterior: Posterior, rows: pd.DataFrame, horizon: float, discount: float = 0.0, *, seed: int = 1
) -> Paths:
    """Simulate up to REPLICATES independent futures of every row, as many as it has customers (column n).

    Customers who share a triple share prospects, not fate: a sum over them needs a path for each. Arrays of shape
    (futures, rows, draws) hold the mean of a row's first k + 1 paths at position k; futures is the largest that any
    of the rows needs.
    """
    n = rows["n"].to_numpy()
    futures = int(min(n.max(), REPLICATES))
    first = simulate(posterior, rows, horizon, discount, seed=seed)
    means = {name: np.zeros((futures, *values.shape), np.float32) for name, values in vars(first).items()}
    for name, values in vars(first).items():
        means[name][0] = values
    for k in range(1, futures):
        some = n > k
        paths = simulate(posterior, rows[some], horizon, discount, seed=seed, replicate=k)
        for name, values in vars(paths).items():
            before = means[name][k - 1, some]
            means[name][k, some] = before + (values - before) / np.float32(k + 1)
    return Paths(**means)


def two_paths(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first two paths behind the running means of `simulate_shared`: arrays of shape (rows, draws)."""
    return means[0], 2 * means[1] - means[0]


@dataclass(frozen=True)
class Total:
    """Draws of the purchases of some rows, shape (draws,), with the variances that `drawn_in` reads; sums add up."""

    drawn: np.ndarray
    excess: float = 0.0
    within: float = 0.0

    def __add__(self, other: "Total") -> "Total":
        return Total(self.drawn + other.drawn, self.excess + other.excess, self.within + other.within)

    @property
    def draws(self) -> np.ndarray:
        """The draws as spread as a path for each customer would make them."""
        return drawn_in(self.drawn, self.excess, self.within)


def total_purchases(posterior: Posterior, rows: pd.DataFrame, horizon: float, *, seed: int = 1) -> np.ndarray:
    """Draws of the base's total purchases up to the horizon: shape (draws,), in fixed memory.

    rows has columns x, t_x, T and n, the customers of each triple, who all have their own futures.
    """
    return total_of(posterior, rows, horizon, seed=seed).draws


def total_of(posterior: Posterior, rows: pd.DataFrame, horizon: float, *, seed: int = 1) -> Total:
    """The same as a sum that can be added to those of other rows."""
    return forecast(posterior, rows, horizon, seed=seed)[2]


def forecast(
    posterior: Posterior, rows: pd.DataFrame, horizon: float, *, seed: int = 1
) -> tuple[np.ndarray, np.ndarray, Total]:
    """Expected purchases of each row up to the horizon and P(none), both (rows,), and those of all, in fixed memory."""
    expected, none = np.empty(len(rows)), np.empty(len(rows))
    total, excess, within = np.zeros(posterior.draws), 0.0, 0.0
    for places in chunks(rows, posterior.draws):
        part = rows.iloc[places]
        means = simulate_shared(posterior, part, horizon, seed=seed).purchases
        expected[places], none[places] = means[0].mean(axis=1, dtype=float), (means[0] == 0).mean(axis=1)
        n = part["n"].to_numpy()
        r = np.minimum(n, REPLICATES)
        total += (n[:, None] * means[r - 1, np.arange(len(n))]).sum(axis=0, dtype=float)
        if len(means) > 1:  # rows of one customer have one path, and nothing to correct
            spread = np.subtract(*two_paths(means.astype(float))) ** 2 / 2
            n, r = n[:, None], r[:, None]
            within += (n * spread).sum(axis=0).mean()
            excess += ((n**2 / r - n) * spread).sum(axis=0).mean()
    return expected, none, Total(total, excess, within)


def drawn_in(total: np.ndarray, excess: float, within: float) -> np.ndarray:
    """Scale draws of a total around their mean so that an `excess` variance goes, at most down to `within`.

    The excess comes from letting the paths of a row stand for more customers than there are paths.
    """
    variance = total.var()
    if variance == 0 or excess == 0:
        return total
    return total.mean() + (total - total.mean()) * np.sqrt(
        max(variance - excess, min(within, variance)) / variance
    )


def seeds_of(rows: pd.DataFrame, seed: int, replicate: int = 0) -> np.ndarray:
    """The start of every row's random numbers, from the content of its key: shape (rows,), uint64."""
    state = np.full(len(rows), np.uint64(seed) * np.uint64(2) + np.uint64(replicate), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for name in rows.columns.drop("n", errors="ignore"):
            column = rows[name]
            if pd.api.types.is_numeric_dtype(column):
                bits = np.ascontiguousarray(np.round(column.to_numpy(dtype=float), 6) + 0.0).view(np.uint64)
            else:
                bits = pd.util.hash_array(column.astype("str").to_numpy(dtype=object))
            state = rng.mix((state ^ bits) + np.uint64(0x9E3779B97F4A7C15))
    return state
