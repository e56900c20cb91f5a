"""Actual value: what a customer is worth given their own rates and state, per draw, business as usual.

AV = E[net present value | latent purchase rate, drop-out, spend level, alive or not]. Given these, purchases come at rate
lambda while alive, and alive ends at rate d: lambda pi under a coin after each purchase, mu under Pareto/NBD, 0 without
drop-out. So AV = (money x mean spend x lambda - cost) x A with A = (1 - exp(-(d + discount) H)) / (d + discount), and 0
for who has left. Where gaps have stages, `gap_stages.discounted_given` stands for lambda x A and A. Under a season it is the
sum over runs of equal pace. It is less open than the money itself and more open than its expectation.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import special

from helpers.clv.customer_value import Terms
from helpers.clv.distinct import check_money, check_summary, distinct_rows, row_of
from helpers.clv.gap_stages import discounted_given, draw_stages
from helpers.clv.season_clock import Runs
from helpers.clv.simulate import LIFETIMES, Posterior
from helpers.clv.time_units import DAYS_PER, discount_per_unit, horizon_units
from helpers.study.year import YEAR

CHUNK = 500  # customers at a time


def actual_values(
    posterior: Posterior,
    summary: pd.DataFrame,
    terms: Terms,
    time_unit: str,
    *,
    drop_out_factor: np.ndarray | None = None,
    apart: bool = False,
    seed: int = 1,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (positions in the summary, AV of shape (customers, draws)) in chunks, so that memory stays fixed.

    summary: columns x, t_x, T, monetary_value and those of the model's design. drop_out_factor: shape (draws,), what the
    drop-out rates of the future are multiplied by, with the same random numbers. apart: customers with equal columns draw
    their own rates and state each, as sums over customers need; otherwise they have equal draws, whatever their ids and
    order.
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
    for start in range(0, len(distinct), CHUNK):
        part = distinct.iloc[start : start + CHUNK]
        money, cost = (one[:, None] for one in terms.per_row(part, time_unit))
        slower = 1.0 if drop_out_factor is None else drop_out_factor
        values = _of(
            posterior, part, horizon, discount, money, cost, slower, np.random.default_rng([seed, start])
        )
        first, last = np.searchsorted(number[order], [start, start + len(part)])
        members = order[first:last]
        yield members, values[number[members] - start]


def _of(
    posterior: Posterior,
    part: pd.DataFrame,
    horizon: float,
    discount: float,
    money: np.ndarray,
    cost: np.ndarray,
    slower: float | np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    size = (len(part), posterior.draws)
    p, q, v = (value.T for value in posterior.spending.at(part))
    x, own = (part[name].to_numpy(dtype=float)[:, None] for name in ("x", "monetary_value"))
    alive = rng.random(size) < _p_alive(posterior, part)
    bought, time = _given_rates(posterior, part, horizon, discount, slower, rng)
    spend = p * (v + x * own) / rng.gamma(np.broadcast_to(p * x + q, size))
    return np.where(alive, money * spend * bought - cost * time, 0.0)


def _given_rates(
    posterior: Posterior,
    part: pd.DataFrame,
    horizon: float,
    discount: float,
    slower: float | np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Discounted purchases and time alive up to the horizon of customers alive, given rates drawn for each draw."""
    size, module = (len(part), posterior.draws), posterior.purchase.module
    runs = _runs(posterior, horizon)
    shape, rate, c, d = (value.T for value in posterior.purchase.latent(part))
    if module.STAGES > 1:
        passed = draw_stages(rng, shape, posterior.purchase.silent(part).T, module.STAGES, size)
        buying = rng.gamma(np.broadcast_to(shape + passed, size)) / rate
        coin = rng.beta(np.broadcast_to(c, size), np.broadcast_to(d, size))
        if runs is not None:
            return _of_runs(runs, buying, coin, passed, module.STAGES, discount)
        return discounted_given(buying, coin, passed, module.STAGES, discount, horizon)
    buying = rng.gamma(np.broadcast_to(shape, size)) / rate
    lifetime, leaving = LIFETIMES[module.LIFETIME], np.zeros(size)
    if lifetime == LIFETIMES["coin"]:
        leaving = buying * rng.beta(np.broadcast_to(c, size), np.broadcast_to(d, size))
    elif lifetime == LIFETIMES["exponential"]:
        leaving = rng.gamma(np.broadcast_to(c, size)) / d
    if runs is not None:
        coin = lifetime == LIFETIMES["coin"]
        in_pace, in_days = runs.time_alive(slower * leaving, coin=coin, discount=discount)
        return buying * in_pace, in_days
    ends = slower * leaving + discount
    time = np.where(ends * horizon > 1e-9, -np.expm1(-ends * horizon) / np.maximum(ends, 1e-300), horizon)
    return buying * time, time


def _runs(posterior: Posterior, horizon: float) -> Runs | None:
    """The runs that the future goes by, quarters where there is no season; None where pace and worth never change."""
    clock, index = posterior.purchase.clock, posterior.index
    if clock is None and index is None:
        return None
    if clock is not None:
        ends, pace = clock.runs_ahead(horizon)
    else:
        quarter = YEAR / 4 / DAYS_PER[posterior.purchase.time_unit]
        ends = np.minimum(np.arange(1, max(np.ceil(horizon / quarter - 0.01), 1) + 1) * quarter, horizon)
        ends[-1] = horizon
        pace = np.ones((posterior.draws, len(ends)))
    if index is None:
        return Runs(ends, pace, np.ones_like(pace))
    by_day, unit_days = posterior.worth(horizon)
    last = np.ceil(ends * unit_days - 1e-6).astype(np.int64)
    sums = by_day.cumsum(axis=1)[:, last - 1]
    return Runs(ends, pace, np.diff(sums, axis=1, prepend=0.0) / np.diff(last, prepend=0))


def _of_runs(
    runs: Runs,
    buying: np.ndarray,
    coin: np.ndarray,
    passed: np.ndarray,
    stages: int,
    discount: float,
) -> tuple[np.ndarray, np.ndarray]:
    """`gap_stages.discounted_given` under a season: undiscounted by run of equal pace, each discounted at its middle."""
    purchases, time, operational, begin = np.zeros_like(buying), np.zeros_like(buying), 0.0, 0.0
    before = purchases, time
    for end, pace, price in zip(runs.ends, runs.pace.T, runs.worth.T, strict=True):
        operational = operational + pace * (end - begin)
        upto = discounted_given(buying, coin, passed, stages, 0.0, operational)
        worth = np.exp(-discount * (begin + end) / 2)
        purchases = purchases + price * worth * (upto[0] - before[0])
        time = time + worth * (upto[1] - before[1]) / pace
        before, begin = upto, end
    return purchases, time


def _p_alive(posterior: Posterior, part: pd.DataFrame) -> np.ndarray:
    """P(alive) per customer and draw, worked out once for all customers of a distinct row."""
    rows = distinct_rows(part, posterior.purchase.design.columns)
    odds = posterior.purchase.log_odds_dropped(rows)
    return special.expit(-odds).T[row_of(part, rows)]


def expected_values(
    posterior: Posterior, summary: pd.DataFrame, terms: Terms, time_unit: str, *, seed: int = 1
) -> pd.Series:
    """Mean of AV over the draws for every customer, indexed like the summary."""
    mean = np.empty(len(summary))
    for members, values in actual_values(posterior, summary, terms, time_unit, seed=seed):
        mean[members] = values.mean(axis=1)
    return pd.Series(mean, index=summary.index)
