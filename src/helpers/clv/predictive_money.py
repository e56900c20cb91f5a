"""From the simulated futures of distinct rows to money: the numbers of every customer, and totals of segments.

A customer enters through the row (x, t_x, T) they share with others and through own = x m, the spend of their repeat
purchases: the value of a future is margin x (v + own) x U - cost x time alive. Customers with equal row and own have the
same numbers; a segment's customers of one row enter its total through n, the sum of own and the sum of own squared.
"""

from typing import TYPE_CHECKING

import numba
import numpy as np
from numpy.typing import ArrayLike

from helpers.clv.simulate import REPLICATES, Paths, Posterior, drawn_in, in_blocks
from helpers.inference.intervals import LOWER, UPPER
from helpers.inference.machine_code import given
from helpers.messages import ENDS

if TYPE_CHECKING:
    import pandas as pd

EVERYONE = "all customers"
NUMBERS = (*ENDS, "expected_purchases", "p_no_purchase", "p_negative")


def customer_numbers(
    paths: Paths, v: np.ndarray, local: ArrayLike, own: ArrayLike, money: np.ndarray, cost: np.ndarray
) -> np.ndarray:
    """The predictive NUMBERS of customers, from the first path of their row: shape (customers, 7).

    paths: from `simulate_shared`; v: of every row and draw, see `spend_level`; local: each customer's row in them; own:
    x times mean spend; money, cost: what a unit of spend leaves and a unit of time alive costs, per row. The numbers depend
    on a customer's own history alone.
    """
    purchases, units, alive_time = (values[0] for values in vars(paths).values())
    local, own = np.asarray(local, dtype=np.int64), np.asarray(own, dtype=float)
    out = np.empty((len(local), len(NUMBERS)))
    orders = np.column_stack([purchases.mean(axis=1, dtype=float), (purchases == 0).mean(axis=1)])
    out[:, 4:6] = orders[local]

    def block(some: slice) -> None:
        _money(local[some], own[some], v, units, alive_time, money, cost, LOWER, UPPER, out[some])

    in_blocks(block, len(local), v.shape[1])
    return out


def shares_by_draw(
    paths: Paths,
    v: np.ndarray,
    local: ArrayLike,
    own: ArrayLike,
    customers: ArrayLike,
    money: np.ndarray,
    cost: np.ndarray,
) -> np.ndarray:
    """How many customers buy nothing, and whose money is below zero, in each draw: shape (2, draws).

    Arguments as in `customer_numbers`; customers: how many have each row's numbers.
    """
    purchases, units, alive_time = (values[0] for values in vars(paths).values())
    local, weight = np.asarray(local, dtype=np.int64), np.asarray(customers, dtype=float)
    none = np.bincount(local, weight, minlength=len(purchases)) @ (purchases == 0)
    negative = np.zeros(v.shape[1])
    _negative(local, np.asarray(own, dtype=float), weight, v, units, alive_time, money, cost, negative)
    return np.stack([none, negative])


def spend_level(posterior: Posterior, rows: "pd.DataFrame") -> np.ndarray:
    """The parameter v of the spend model for every row and draw: shape (rows, draws)."""
    return given(np.broadcast_to(posterior.spending.at(rows)[2].T, (len(rows), posterior.draws)))


class Totals:
    """Draws of segment totals when customers who share a triple have independent paths.

    A segment's members of a row use as many paths as they are, up to REPLICATES, in equal parts. The variance within
    a draw of their sum is then (sum of d)^2 / 2r where sum of d^2 / 2 is right, d the difference of a customer's
    value between two paths and r the paths in use; the draws are scaled around their mean by the difference, so that
    Var(total) = Var_s(sum E_s) + E_s(sum Var_s).
    """

    def __init__(self, names: list[str], draws: int) -> None:
        self.names = names
        self.total, self.cost = np.zeros((len(names), draws)), np.zeros((len(names), draws))
        self.excess, self.within = np.zeros(len(names)), np.zeros(len(names))

    def add(
        self, paths: Paths, v: np.ndarray, groups: "pd.DataFrame", money: np.ndarray, cost: np.ndarray
    ) -> None:
        """Add a chunk: groups has a row per distinct row and segment: local, segment (a position in names), n, m1, m2.

        n: the segment's customers of the row; m1, m2: the sums of their own and of own squared.
        """
        columns = [np.asarray(groups[name], dtype=np.int64) for name in ("local", "segment", "n")]
        columns += [np.asarray(groups[name], dtype=float) for name in ("m1", "m2")]
        arguments: list = [
            *columns, v, paths.units, paths.alive_time, money, cost, REPLICATES,
            self.total, self.cost, self.within, self.excess,
        ]  # fmt: skip
        _add(*arguments)

    def result(self, everyone: str) -> dict[str, np.ndarray]:
        """{segment: draws}, with the total over all segments under the name `everyone`."""
        parts = zip(self.names, self.total, self.excess, self.within, strict=True)
        totals = {name: drawn_in(total, excess, within) for name, total, excess, within in parts}
        return totals | {everyone: drawn_in(self.total.sum(axis=0), self.excess.sum(), self.within.sum())}

    def costs(self, everyone: str) -> dict[str, np.ndarray]:
        """{segment: draws} of what serving its customers costs, which `result` has taken off."""
        return dict(zip(self.names, self.cost, strict=True)) | {everyone: self.cost.sum(axis=0)}


@numba.njit(nogil=True, cache=True)
def _money(local, own, v, units, alive_time, money, cost, lower, upper, out):
    draws = v.shape[1]
    moved = np.empty(draws)  # the values that are not zero: most paths have no purchase
    for i in range(len(local)):
        total, negative, count = 0.0, 0, 0
        margin, upkeep = money[local[i]], cost[local[i]]
        for s in range(draws):
            value = margin * (v[local[i], s] + own[i]) * units[local[i], s] - upkeep * alive_time[local[i], s]
            total += value
            if value < 0:
                negative += 1
            if value != 0:
                moved[count] = value
                count += 1
        moved[:count].sort()
        zeros = draws - count
        out[i, 0] = total / draws
        for k, level in enumerate((lower, 0.5, upper)):
            place = level * (draws - 1)
            below = int(place)
            ends = np.zeros(2)
            for side in range(2):
                j = min(below + side, draws - 1)
                if j < negative:
                    ends[side] = moved[j]
                elif j >= negative + zeros:
                    ends[side] = moved[j - zeros]
            out[i, 1 + k] = ends[0] + (place - below) * (ends[1] - ends[0])
        out[i, 6] = negative / draws


@numba.njit(nogil=True, cache=True)
def _negative(local, own, weight, v, units, alive_time, money, cost, total):
    for i in range(len(local)):
        row = local[i]
        for s in range(v.shape[1]):
            if money[row] * (v[row, s] + own[i]) * units[row, s] - cost[row] * alive_time[row, s] < 0:
                total[s] += weight[i]


@numba.njit(nogil=True, cache=True)
def _add(local, segment, n, m1, m2, v, units, alive, money, cost, replicates, total, costs, within, excess):
    draws = v.shape[1]
    for g in range(len(local)):
        i, code, r = local[g], segment[g], min(n[g], replicates)
        right, in_use = 0.0, 0.0
        margin, upkeep = money[i], cost[i]
        for s in range(draws):
            scale = n[g] * v[i, s] + m1[g]
            served = upkeep * n[g] * alive[r - 1, i, s]
            total[code, s] += margin * scale * units[r - 1, i, s] - served
            costs[code, s] += served
            if (
                r > 1
            ):  # a row of one has one path, and nothing to correct; two paths are in the first two means
                du = 2.0 * margin * (units[0, i, s] - units[1, i, s])
                dt = 2.0 * upkeep * (alive[0, i, s] - alive[1, i, s])
                square = n[g] * v[i, s] ** 2 + 2 * v[i, s] * m1[g] + m2[g]
                right += (square * du**2 - 2 * scale * du * dt + n[g] * dt**2) / 2
                in_use += (scale * du - n[g] * dt) ** 2 / (2 * r)
        within[code] += right / draws
        excess[code] += (in_use - right) / draws
