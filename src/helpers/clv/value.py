"""What each existing customer, and the base, is worth over a horizon: a predictive distribution in money.

value = margin x (1 - return share) x discounted spend - cost while alive. The interval is that of the money itself,
purchases, drop-out and spend still open, not of its expectation.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.clv.simulate import (
    REPLICATES,
    ROWS_PER_CHUNK,
    Paths,
    Posterior,
    drawn_in,
    simulate_shared,
    two_paths,
)
from helpers.clv.summary import check_summary, discount_per_unit, distinct_rows, horizon_units, row_of
from helpers.errors import StudyError
from helpers.intervals import LOWER, UPPER

EVERYONE = "all customers"


@dataclass(frozen=True)
class Terms:
    """The money side: horizon in months, yearly discount rate, margin share, cost per month alive, return share.

    Refuses a margin outside (0, 1], a negative cost and a return share outside [0, 1).
    """

    horizon_months: float
    annual_discount_rate: float
    margin: float
    cost_per_month: float = 0.0
    return_share: float = 0.0

    def __post_init__(self):
        """Refuse terms that cannot be meant."""
        if not 0 < self.margin <= 1:
            raise StudyError(f"margin is {self.margin}; write 30 % as 0.30. Allowed: above 0, up to 1.")
        if self.cost_per_month < 0:
            raise StudyError(f"cost_per_month is {self.cost_per_month}; a cost is 0 or more.")
        if not 0 <= self.return_share < 1:
            raise StudyError(f"return_share is {self.return_share}; allowed: 0 up to, not including, 1.")


@dataclass(frozen=True)
class Value:
    """Predictive value: `customers`, a row per customer, and `totals`, draws of each segment's sum.

    customers: mean, p05, p50, p95 of value, expected_purchases, p_no_purchase, p_negative (that the realised
    money of the horizon is below zero), indexed like the summary. totals: {segment: array of shape (draws,)}.
    """

    customers: pd.DataFrame
    totals: dict[str, np.ndarray]


def predict_value(
    posterior: Posterior,
    summary: pd.DataFrame,
    terms: Terms,
    time_unit: str,
    *,
    segments: pd.Series | None = None,
    seed: int = 1,
) -> Value:
    """Predict the value of every customer in a summary (columns x, t_x, T, monetary_value), in fixed memory.

    segments: optional label per customer (same index); totals then also hold each label. Customers who share a
    triple do not share a path: totals count the spread of independent paths (see `_Totals`).
    """
    check_summary(summary)
    horizon = horizon_units(terms.horizon_months, time_unit)
    discount = discount_per_unit(terms.annual_discount_rate, time_unit)
    money = terms.margin * (1 - terms.return_share)
    cost = terms.cost_per_month / horizon_units(1, time_unit)
    rows = distinct_rows(summary, posterior.purchase.design.columns)
    position = row_of(summary, rows)
    spend = summary["monetary_value"].to_numpy(dtype=float)
    labels = pd.Series(EVERYONE, index=summary.index) if segments is None else segments.reindex(summary.index)
    totals = _Totals(labels.astype("str").to_numpy(), posterior.draws)
    order = np.argsort(position, kind="stable")
    bounds = np.searchsorted(position[order], np.arange(0, len(rows) + ROWS_PER_CHUNK, ROWS_PER_CHUNK))
    out = np.empty((len(summary), 7))
    for chunk, start in enumerate(range(0, len(rows), ROWS_PER_CHUNK)):
        part = rows.iloc[start : start + ROWS_PER_CHUNK]
        members = order[bounds[chunk] : bounds[chunk + 1]]
        paths = simulate_shared(posterior, part, horizon, discount, seed=seed)
        v = np.broadcast_to(posterior.spend.at(part)[2].T, (len(part), posterior.draws))
        chunk_of = position[members] - start, part["x"].to_numpy(), spend[members], v
        out[members] = _per_customer(paths, *chunk_of, money, cost)
        totals.add(members, paths, *chunk_of, money, cost)
    names = ["mean", "p05", "p50", "p95", "expected_purchases", "p_no_purchase", "p_negative"]
    return Value(pd.DataFrame(out, columns=names, index=summary.index), totals.result())


def _per_customer(paths: Paths, local, x, spend, v, money: float, cost: float) -> np.ndarray:
    """The seven numbers of every customer, from the first path of the triple: they depend on the own history alone."""
    v = v.astype(np.float32)
    purchases, units, alive_time = (values[0] for values in vars(paths).values())
    out = np.empty((len(local), 7))
    # One-time buyers of a row have no mean spend of their own: computed once, then copied.
    codes, unique = pd.factorize(pd.MultiIndex.from_arrays([local, np.where(x[local] > 0, spend, 0.0)]))
    for begin in range(0, len(unique), 500):
        batch = unique[begin : begin + 500]
        row, mean_spend = batch.get_level_values(0).to_numpy(), batch.get_level_values(1).to_numpy(np.float32)
        scale = v[row] + (x[row] * mean_spend).astype(np.float32)[:, None]
        value = money * scale * units[row] - cost * alive_time[row]
        stats = np.column_stack(
            [
                value.mean(axis=1, dtype=float),
                np.quantile(value, [LOWER, 0.5, UPPER], axis=1).T,
                purchases[row].mean(axis=1),
                (purchases[row] == 0).mean(axis=1),
                (value < 0).mean(axis=1),
            ]
        )
        chosen = (codes >= begin) & (codes < begin + 500)
        out[chosen] = stats[codes[chosen] - begin]
    return out


class _Totals:
    """Draws of segment totals when customers who share a triple have independent paths.

    A segment's members of a row use as many paths as they are, up to REPLICATES, in equal parts. The variance within
    a draw of their sum is then (sum of d)^2 / 2r where sum of d^2 / 2 is right, d the difference of a customer's
    value between two paths and r the paths in use; the draws are scaled around their mean by the difference, so that
    Var(total) = Var_s(sum E_s) + E_s(sum Var_s).
    """

    def __init__(self, labels: np.ndarray, draws: int):
        self.codes, self.names = pd.factorize(labels, sort=True)
        self.total = np.zeros((len(self.names), draws))
        self.excess, self.within = np.zeros(len(self.names)), np.zeros(len(self.names))

    def add(self, members, paths: Paths, local, x, spend, v, money: float, cost: float) -> None:
        """Add a chunk's customers: `members` positions in the summary, `local` their rows in the chunk."""
        for code in np.unique(self.codes[members]):
            mine = self.codes[members] == code
            own = (x[local[mine]] * spend[mine]).astype(float)
            weights = (np.ones(len(own)), own, own**2)
            n, m1, m2 = (np.bincount(local[mine], weights=w, minlength=len(x)) for w in weights)
            used = np.flatnonzero(n)
            r = np.minimum(n[used], REPLICATES).astype(int)
            n, m1, m2 = (w[used][:, None] for w in (n, m1, m2))
            level = v[used]
            scale = n * level + m1
            units, alive = (values[r - 1, used].astype(float) for values in (paths.units, paths.alive_time))
            self.total[code] += (money * scale * units - cost * n * alive).sum(axis=0)
            du, dt = (
                factor * np.subtract(*two_paths(values[:, used].astype(float)))
                for factor, values in ((money, paths.units), (cost, paths.alive_time))
            )
            right = ((n * level**2 + 2 * level * m1 + m2) * du**2 - 2 * scale * du * dt + n * dt**2) / 2
            in_use = (scale * du - n * dt) ** 2 / (2 * r[:, None])
            several = r > 1  # a row of one has one path, and nothing to correct
            self.within[code] += right[several].sum(axis=0).mean()
            self.excess[code] += (in_use - right)[several].sum(axis=0).mean()

    def result(self) -> dict[str, np.ndarray]:
        """{segment: draws}, with everyone's total over all segments under EVERYONE."""
        names = [str(name) for name in self.names]
        totals = {
            name: drawn_in(*parts)
            for name, *parts in zip(names, self.total, self.excess, self.within, strict=True)
        }
        return totals | {EVERYONE: drawn_in(self.total.sum(axis=0), self.excess.sum(), self.within.sum())}
