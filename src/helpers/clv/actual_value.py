"""Actual value: what a customer is worth given their own rates and state, per draw, business as usual.

AV = E[net present value | latent purchase rate, drop-out, spend level, alive or not]. Given these, purchases come at rate
lambda while alive, and alive ends at rate d: lambda pi under a coin after each purchase, mu under Pareto/NBD, 0 without
drop-out. So AV = (money x mean spend x lambda - cost) x A with A = (1 - exp(-(d + discount) H)) / (d + discount), and 0
for who has left. Where gaps have stages, the renewal sums of `gap_stages` stand for lambda x A and A. It is less open than
the money itself and more open than its expectation.

Under a season A is the sum over runs of equal pace. In a draw it depends on one number, the rate of leaving: it is worked
out on a grid of that number once per draw, and read between its places for every customer (cubic, to 1e-7 of its value).
"""

from collections.abc import Iterator

import numba
import numpy as np
import pandas as pd
from scipy import special

from helpers.clv import gap_stages, simulate
from helpers.clv.customer_value import Terms
from helpers.clv.distinct import check_money, check_summary, distinct_rows, row_of
from helpers.clv.season_clock import Runs
from helpers.clv.simulate import LIFETIMES, Posterior
from helpers.clv.time_units import DAYS_PER, discount_per_unit, horizon_units
from helpers.inference import rng
from helpers.inference.machine_code import given
from helpers.study.year import YEAR

CHUNK = 500  # customers at a time
# The grid of leaving rates, in logarithms per horizon: below it nobody leaves in time, above it everybody does at once.
LOWEST, HIGHEST, PLACES = -14.0, 14.0, 561
STEP = (PLACES - 1) / (HIGHEST - LOWEST)  # places per unit of the logarithm


def actual_values(
    posterior: Posterior,
    summary: pd.DataFrame,
    terms: Terms,
    time_unit: str,
    *,
    slower: np.ndarray | None = None,
    apart: bool = False,
    seed: int = 1,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (positions in the summary, AV of shape (customers, draws)) in chunks, so that memory stays fixed.

    summary: columns x, t_x, T, monetary_value and those of the model's design. slower: shape (draws,), what the drop-out
    rates of the future are multiplied by: yields what that adds to AV, instead of AV. apart: customers with equal columns
    draw their own rates and state each, as sums over customers need; otherwise they have equal draws, whatever their ids
    and order.
    """
    check_summary(summary)
    check_money(summary, posterior.purchase.design.columns)
    posterior.purchase.check_unit(time_unit)
    posterior = posterior.standing_at(summary)
    horizon = horizon_units(terms.horizon_months, time_unit)
    discount = discount_per_unit(terms.annual_discount_rate, time_unit)
    columns = [name for name in ("x", "t_x", "T", "monetary_value", "group") if name in summary]
    columns += list(posterior.purchase.design.columns)
    if apart:
        summary = summary.assign(copy=summary.groupby(columns).cumcount())
        columns.append("copy")
    alike = summary.groupby(columns, sort=True)
    number, distinct = alike.ngroup().to_numpy(), alike.size().index.to_frame(index=False)
    order = np.argsort(number, kind="stable")
    future = _Future(posterior, horizon, discount, np.zeros(0) if slower is None else slower)
    seeds = simulate.seeds_of(distinct, seed)
    for start in range(0, len(distinct), CHUNK):
        part = distinct.iloc[start : start + CHUNK]
        values = future.values(part, seeds[start : start + CHUNK], *terms.per_row(part, time_unit))
        first, last = np.searchsorted(number[order], [start, start + len(part)])
        members = order[first:last]
        yield members, values[number[members] - start]


class _Future:
    """What the future of a posterior holds for everyone: its runs, and the discounted time alive by rate of leaving."""

    def __init__(self, posterior: Posterior, horizon: float, discount: float, slower: np.ndarray) -> None:
        self.posterior, self.slower, self.discount = posterior, given(slower), discount
        self.runs = _runs(posterior, horizon)
        self.lifetime, self.stages = (
            LIFETIMES[posterior.purchase.module.LIFETIME],
            posterior.purchase.module.STAGES,
        )
        self.runs_given = tuple(map(given, (self.runs.ends, self.runs.pace, self.runs.worth)))
        self.times, self.lowest = given(np.zeros((2, posterior.draws, 0))), 0.0
        if self.stages == 1 and posterior.purchase.clock is not None:
            coin = self.lifetime == LIFETIMES["coin"]
            self.times, self.lowest = log_times(self.runs, coin=coin, discount=discount)

    def values(
        self, part: pd.DataFrame, seeds: np.ndarray, money: np.ndarray, cost: np.ndarray
    ) -> np.ndarray:
        """AV of a chunk of distinct customers: shape (customers, draws)."""
        its = self.posterior.purchase
        x, own = (given(part[name]) for name in ("x", "monetary_value"))
        p_alive, seeds = given(_p_alive(self.posterior, part)), seeds.copy()
        out = np.zeros((len(part), its.draws))

        def block(some: slice) -> None:
            rows, shape = part.iloc[some], (its.draws, len(x[some]))
            latent = its.silent(rows), *its.latent(rows), *self.posterior.spending.at(rows)
            arguments: list = [
                self.lifetime, self.stages, seeds[some], x[some], own[some], p_alive[some],
                *(given(np.broadcast_to(value, shape)) for value in latent),
                *self.runs_given, float(self.discount), self.slower,
                self.times, self.lowest, given(money[some]), given(cost[some]), out[some],
            ]  # fmt: skip
            _values(*arguments)

        simulate.in_blocks(block, len(part), its.draws)
        return out


def log_times(runs: Runs, *, coin: bool, discount: float) -> tuple[np.ndarray, float]:
    """Logarithms of both of `time_alive` on the grid, (2, draws, PLACES), and that of its lowest rate of leaving."""
    leaving = np.exp(np.linspace(LOWEST, HIGHEST, PLACES)) / runs.ends[-1]
    found = np.empty((2, len(runs.pace), PLACES))
    its = map(given, (runs.ends, runs.pace, runs.worth))
    arguments: list = [given(leaving), coin, float(discount), *its, found]
    _on_grid(*arguments)
    return given(np.log(found)), float(np.log(leaving[0]))


def _runs(posterior: Posterior, horizon: float) -> Runs:
    """The runs that the future goes by: quarters where there is no season, one where an order's worth never changes too."""
    clock, index = posterior.purchase.clock, posterior.index
    if clock is not None:
        ends, pace = clock.runs_ahead(horizon)
    else:
        quarter = YEAR / 4 / DAYS_PER[posterior.purchase.time_unit] if index is not None else horizon
        ends = np.minimum(np.arange(1, max(np.ceil(horizon / quarter - 0.01), 1) + 1) * quarter, horizon)
        ends[-1] = horizon
        pace = np.ones((posterior.draws, len(ends)))
    if index is None:
        return Runs(ends, pace, np.ones_like(pace))
    by_day, unit_days = posterior.worth(horizon)
    last = np.ceil(ends * unit_days - 1e-6).astype(np.int64)
    sums = by_day.cumsum(axis=1)[:, last - 1]
    return Runs(ends, pace, np.diff(sums, axis=1, prepend=0.0) / np.diff(last, prepend=0))


def _p_alive(posterior: Posterior, part: pd.DataFrame) -> np.ndarray:
    """P(alive) per customer and draw, worked out once for all customers of a distinct row."""
    rows = distinct_rows(part, posterior.purchase.design.columns)
    odds = posterior.purchase.log_odds_dropped(rows)
    return special.expit(-odds).T[row_of(part, rows)]


@numba.njit(nogil=True, cache=True)
def _values(
    lifetime, stages, seeds, x, own, p_alive, silent, shape, rate, c, d, p, q, v,
    ends, pace, worth, discount, slower, times, lowest, money, cost, out,
):  # fmt: skip
    for i in range(len(x)):
        stream = seeds[i : i + 1].copy()
        for s in range(out.shape[1]):
            if rng.uniform(stream) >= p_alive[i, s]:
                continue
            passed = gap_stages.stages_passed(stream, shape[s, i], silent[s, i], stages) if stages > 1 else 0
            buying = rng.gamma(stream, shape[s, i] + passed) / rate[s, i]
            leaving = 0.0
            if lifetime == 1:
                leaves = rng.gamma(stream, c[s, i])
                leaving = leaves / (leaves + rng.gamma(stream, d[s, i]))
            elif lifetime == 2:
                leaving = rng.gamma(stream, c[s, i]) / d[s, i]
            spend = p[s, i] * (v[s, i] + x[i] * own[i]) / rng.gamma(stream, p[s, i] * x[i] + q[s, i])
            for again in range(2 if len(slower) else 1):  # then what slower drop-out adds
                bought, time = _given(
                    leaving * (slower[s] if again else 1.0), lifetime, stages, passed, buying,
                    ends, pace[s], worth[s], discount, times[:, s], lowest,
                )  # fmt: skip
                out[i, s] = money[i] * spend * bought - cost[i] * time - out[i, s]


@numba.njit(nogil=True)
def _given(leaving, lifetime, stages, passed, buying, ends, pace, worth, discount, times, lowest):
    """Discounted purchases and time alive up to the horizon, given the rates; leaving: of a coin, or per unit of time."""
    if stages > 1:
        return gap_stages.discounted_over_runs(buying, leaving, passed, stages, discount, ends, pace, worth)
    if lifetime == 1:
        leaving *= buying
    if times.shape[1]:
        return buying * between(times[0], leaving, lowest), between(times[1], leaving, lowest)
    bought, time = time_alive(leaving, lifetime == 1, discount, ends, pace, worth)
    return buying * bought, time


@numba.njit(nogil=True)
def time_alive(
    leaving: float, coin: bool, discount: float, ends: np.ndarray, pace: np.ndarray, worth: np.ndarray
) -> tuple[float, float]:
    """Expected discounted time alive: in operational units, times an order's worth, and in calendar units.

    leaving: the rate at which being alive ends, per operational unit for a coin after each purchase, else per calendar unit.
    ends, pace, worth: of the runs of one draw, shape (runs,).
    """
    operational, calendar, still, begin = 0.0, 0.0, 1.0, 0.0
    for run in range(len(ends)):
        rate = leaving * (pace[run] if coin else 1.0) + discount
        length = ends[run] - begin
        time = -np.expm1(-rate * length) / rate if rate * length > 1e-9 else length
        operational += worth[run] * pace[run] * still * time
        calendar += still * time
        still *= np.exp(-rate * length)
        begin = ends[run]
    return operational, calendar


@numba.njit(nogil=True, cache=True)
def _on_grid(leaving, coin, discount, ends, pace, worth, out):
    for s in range(len(pace)):
        for j in range(len(leaving)):
            out[0, s, j], out[1, s, j] = time_alive(leaving[j], coin, discount, ends, pace[s], worth[s])


@numba.njit(nogil=True, inline="always")
def between(log_times: np.ndarray, leaving: float, lowest: float) -> float:
    """Time alive at a rate of leaving, from its logarithms on the grid: cubic (Catmull and Rom); 1 / rate beyond it."""
    last = len(log_times) - 1
    place = (np.log(leaving) - lowest) * STEP if leaving > 0.0 else 0.0
    if place <= 0.0:
        return np.exp(log_times[0])
    if place >= last:
        return np.exp(log_times[last] - (place - last) / STEP)
    j = min(int(place), last - 1)
    f = place - j
    a, b, e, g = log_times[max(j - 1, 0)], log_times[j], log_times[j + 1], log_times[min(j + 2, last)]
    return np.exp(b + 0.5 * f * (e - a + f * (2.0 * a - 5.0 * b + 4.0 * e - g + f * (3.0 * (b - e) + g - a))))


def expected_values(
    posterior: Posterior, summary: pd.DataFrame, terms: Terms, time_unit: str, *, seed: int = 1
) -> pd.Series:
    """Mean of AV over the draws for every customer, indexed like the summary."""
    mean = np.empty(len(summary))
    for members, values in actual_values(posterior, summary, terms, time_unit, seed=seed):
        mean[members] = values.mean(axis=1)
    return pd.Series(mean, index=summary.index)
