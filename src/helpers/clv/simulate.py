"""Predictive paths of existing customers: one future per posterior draw, purchase by purchase.

Per draw: alive ~ Bernoulli(P(alive)); given alive, the customer's own rate and drop-out from their distribution
given the history; purchases at exponential gaps until drop-out or horizon; each discounted at its own date. A
purchase's spend is (v + x m) G_j / G' with G_j ~ Gamma(p, 1) and G' ~ Gamma(p x + q, 1): what depends on the triple
alone is U, the discounted sum of G_j / G', so paths are simulated per distinct triple and scaled per customer.
"""

from dataclasses import dataclass

import numba
import numpy as np
import pandas as pd
from scipy import special

from helpers.clv import purchase, spend
from helpers.clv.families import NUMPY

REPLICATES = 8  # independent futures of one triple; more customers than that share them, corrected for
ROWS_PER_CHUNK = 250
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
    """Draws of a purchase model and, where value is asked for, of a spend model: as many of both, paired by index."""

    purchase: purchase.Parameters
    spend: spend.Parameters | None

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self.purchase.draws


def posterior_of(purchase_tree, spend_tree=None, draws: int = 1000) -> Posterior:
    """Take `draws` evenly spaced draws from the posteriors (all, when a posterior has fewer)."""
    buying = purchase.parameters(purchase_tree)
    spending = None if spend_tree is None else spend.parameters(spend_tree)
    count = min([draws, *(its.draws for its in (buying, spending) if its is not None)])
    return Posterior(buying.thinned(count), None if spending is None else spending.thinned(count))


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
    x, t_x, T = (rows[name].to_numpy(dtype=float) for name in ("x", "t_x", "T"))
    module = posterior.purchase.module
    theta = tuple(value.T for value in posterior.purchase.at(rows))
    columns = x[:, None], t_x[:, None], T[:, None]
    p_alive = special.expit(-module.log_odds_dropped(theta, *columns, NUMPY))
    size = (len(rows), posterior.draws)
    latent = [np.broadcast_to(v, size) for v in module.latent(theta, columns[0], columns[2])]
    with_spend = posterior.spend is not None
    p, q, _ = (v.T for v in posterior.spend.at(rows)) if with_spend else (np.zeros((1, posterior.draws)),) * 3
    out = np.zeros(size, np.int32), np.zeros(size, np.float32), np.zeros(size, np.float32)
    _walk(
        LIFETIMES[module.LIFETIME], _seeds(rows, seed, replicate), x, np.broadcast_to(p_alive, size), *latent,
        np.broadcast_to(p, size), np.broadcast_to(q, size), with_spend, float(horizon), float(discount), *out,
    )  # fmt: skip
    return Paths(*out)


def simulate_shared(
    posterior: Posterior, rows: pd.DataFrame, horizon: float, discount: float = 0.0, *, seed: int = 1
) -> Paths:
    """Simulate up to REPLICATES independent futures of every row, as many as it has customers (column n).

    Customers who share a triple share prospects, not fate: a sum over them needs a path for each. Arrays of shape
    (REPLICATES, rows, draws) hold the mean of a row's first k + 1 paths at position k.
    """
    n = rows["n"].to_numpy()
    size = (REPLICATES, len(rows), posterior.draws)
    sums = Paths(*(np.zeros(size, np.float32) for _ in range(3)))
    for k in range(REPLICATES):
        some = n > k
        if some.any():
            paths = simulate(posterior, rows[some], horizon, discount, seed=seed, replicate=k)
            for name, values in vars(paths).items():
                getattr(sums, name)[k, some] = values
    counts = np.arange(1, REPLICATES + 1, dtype=np.float32)[:, None, None]
    return Paths(*(np.cumsum(values, axis=0) / counts for values in vars(sums).values()))


def two_paths(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first two paths behind the running means of `simulate_shared`: arrays of shape (rows, draws)."""
    return means[0], 2 * means[1] - means[0]


def total_purchases(posterior: Posterior, rows: pd.DataFrame, horizon: float, *, seed: int = 1) -> np.ndarray:
    """Draws of the base's total purchases up to the horizon: shape (draws,), in fixed memory.

    rows has columns x, t_x, T and n, the customers of each triple, who all have their own futures.
    """
    total, excess, within = np.zeros(posterior.draws), 0.0, 0.0
    for start in range(0, len(rows), ROWS_PER_CHUNK):
        part = rows.iloc[start : start + ROWS_PER_CHUNK]
        means = simulate_shared(posterior, part, horizon, seed=seed).purchases
        n = part["n"].to_numpy()
        r = np.minimum(n, REPLICATES)
        total += (n[:, None] * means[r - 1, np.arange(len(n))]).sum(axis=0, dtype=float)
        spread = np.subtract(*two_paths(means.astype(float))) ** 2 / 2
        spread, n, r = spread[n > 1], n[n > 1][:, None], r[n > 1][:, None]
        within += (n * spread).sum(axis=0).mean()
        excess += ((n**2 / r - n) * spread).sum(axis=0).mean()
    return drawn_in(total, excess, within)


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


@numba.njit(parallel=True, cache=True)
def _walk(
    lifetime,
    seeds,
    x,
    p_alive,
    shape,
    rate,
    c,
    d,
    p,
    q,
    with_spend,
    horizon,
    discount,
    purchases,
    units,
    alive_time,
):
    for i in numba.prange(len(x)):
        np.random.seed(seeds[i])
        for s in range(p.shape[1]):
            if np.random.random() >= p_alive[i, s]:
                continue
            gap = rate[i, s] / np.random.standard_gamma(shape[i, s])
            end, coin = horizon, 0.0
            if lifetime == 1:
                coin = np.random.beta(c[i, s], d[i, s])
            elif lifetime == 2:
                end = min(
                    horizon, np.random.standard_exponential() * d[i, s] / np.random.standard_gamma(c[i, s])
                )
            level = 1.0 / np.random.standard_gamma(p[i, s] * x[i] + q[i, s]) if with_spend else 0.0
            now, count, total = np.random.standard_exponential() * gap, 0, 0.0
            while now < end:
                count += 1
                if with_spend:
                    total += np.exp(-discount * now) * np.random.standard_gamma(p[i, s])
                if coin > 0.0 and np.random.random() < coin:
                    end = now
                now += np.random.standard_exponential() * gap
            purchases[i, s] = count
            units[i, s] = total * level
            alive_time[i, s] = end if discount == 0.0 else (1.0 - np.exp(-discount * end)) / discount


def _seeds(rows: pd.DataFrame, seed: int, replicate: int) -> np.ndarray:
    """A 32-bit seed per row from the content of its key (splitmix64 over the bits)."""
    state = np.full(len(rows), np.uint64(seed) * np.uint64(2) + np.uint64(replicate), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for name in rows.columns.drop("n", errors="ignore"):
            column = rows[name]
            if pd.api.types.is_numeric_dtype(column):
                bits = np.ascontiguousarray(np.round(column.to_numpy(dtype=float), 6) + 0.0).view(np.uint64)
            else:
                bits = pd.util.hash_array(column.astype("str").to_numpy(dtype=object))
            state = (state ^ bits) + np.uint64(0x9E3779B97F4A7C15)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state ^= state >> np.uint64(31)
    return (state & np.uint64(0xFFFFFFFF)).astype(np.int64)
