"""How unevenly money is spread over customers: the share of the best ones, with its uncertainty."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from helpers.errors import StudyError
from helpers.inference import small_groups
from helpers.inference.intervals import Interval, interval

ALL = "all customers"


def top_share(values: ArrayLike, share: float = 0.2, draws: int = 1000, seed: int = 1) -> np.ndarray:
    """Draw the part of all money that the best `share` of customers brings, shape (draws,).

    The Bayesian bootstrap (Rubin 1981): every draw weighs the customers by Dirichlet(1, ..., 1), ranks them
    by value and takes the best until their weights reach `share`; the last one counts in part. Negative
    values (more returned than bought) stay in, so a draw can pass 1.
    """
    values = _descending(values)
    if not 0 < share < 1:
        raise StudyError(f"The share of customers is {share}: give a number between 0 and 1, such as 0.2.")
    rng = np.random.default_rng(seed)
    shares = np.empty(draws)
    for i in range(draws):
        weights = rng.standard_exponential(values.size)
        cumulative = np.cumsum(np.insert(weights, 0, 0.0))
        money = np.cumsum(np.insert(weights * values, 0, 0.0))
        shares[i] = np.interp(share * cumulative[-1], cumulative, money) / money[-1]
    return shares


def lorenz(values: ArrayLike, points: int = 101, smallest: int = 1) -> pd.DataFrame:
    """Trace the Lorenz curve from the best customer down: columns customers and money, both from 0 to 1.

    Without the points at either end that would tell the money of fewer than `smallest` customers.
    """
    values = _descending(values)
    customers = np.linspace(0, 1, points)
    told = np.minimum(customers, 1 - customers) * values.size
    customers = customers[(told >= smallest) | np.isin(customers, (0, 1))]
    held = np.cumsum(np.insert(values, 0, 0.0)) / values.sum()
    money = np.interp(customers, np.linspace(0, 1, values.size + 1), held)
    return pd.DataFrame({"customers": customers, "money": money})


def customers_holding(values: ArrayLike, money: float = 0.8, smallest: int = 1) -> float:
    """Return the smallest share of customers, the best first and at least `smallest`, who bring the share `money`."""
    values = _descending(values)
    held = np.cumsum(values) / values.sum()
    return float(min(max(int(np.argmax(held >= money)) + 1, smallest), values.size) / values.size)


def by_kind(
    money: pd.DataFrame, kind: pd.Series, smallest: int, share: float = 0.2, draws: int = 1000, seed: int = 1
) -> pd.DataFrame:
    """Draw `top_share` for all customers and for each kind: a row each, all first, then the largest revenue first.

    money: revenue and margin per customer (margin missing where it is not known); kind: a name per customer, same index.
    Columns: kind, customers, revenue and margin (90 % intervals; None where a margin is missing or the sum is not above
    0), holding_80 (`customers_holding` of revenue). Kinds of few customers are left out (`small_groups.hidden`).
    """
    kinds = list(money.groupby(kind.reindex(money.index)))
    few = small_groups.hidden(np.array([len(part) for _, part in kinds]), minimum=smallest)
    parts = [one for one, out in zip(kinds, few, strict=True) if not out]
    parts = sorted(
        (one for one in parts if one[1]["revenue"].sum() > 0), key=lambda one: -one[1]["revenue"].sum()
    )
    rows = []
    for name, part in [(ALL, money), *(parts if len(parts) > 1 else [])]:
        found = {what: _interval(part[what], share, draws, seed) for what in ("revenue", "margin")}
        rows.append(
            {
                "kind": name,
                "customers": len(part),
                **found,
                "holding_80": customers_holding(part["revenue"], smallest=smallest),
            }
        )
    return pd.DataFrame(rows)


def curves(money: pd.Series, kind: pd.Series, kinds: list[str], smallest: int) -> dict[str, pd.DataFrame]:
    """Return the Lorenz curve (see `lorenz`) of each of these kinds, ALL among them."""
    of = kind.reindex(money.index)
    return {name: lorenz(money if name == ALL else money[of == name], smallest=smallest) for name in kinds}


def metrics(shares: pd.DataFrame) -> dict[str, Interval | None]:
    """Return what `by_kind` found under the names of run.json."""
    named = {"top20_share" + ("" if row.kind == ALL else f".{row.kind}"): row for row in shares.itertuples()}
    revenue = {name: row.revenue for name, row in named.items()}
    return revenue | {f"{name}.margin": row.margin for name, row in named.items()}


def _interval(values: pd.Series, share: float, draws: int, seed: int) -> Interval | None:
    known = values.notna().all() and values.sum() > 0
    return interval(top_share(values, share, draws, seed)) if known else None


def _descending(values: ArrayLike) -> np.ndarray:
    values = np.sort(np.asarray(values, dtype=float))[::-1]
    if values.size == 0 or values.sum() <= 0:
        raise StudyError(
            f"{values.size} customers with {values.sum():.2f} of money in all: shares of it have no meaning. "
            "Look at a longer window, or at where the returns come from."
        )
    return values


def by_tenth(values: pd.Series, smallest: int, parts: int = 10) -> pd.DataFrame:
    """Money per head in equal parts from the highest to the lowest value: columns part (from 1), mean, lift.

    Fewer parts where they would hold less than `smallest`. lift: the part's mean over the mean of all, NaN where that is not
    above zero.
    """
    ranked = values.sort_values(ascending=False).reset_index(drop=True)
    parts = int(np.clip(len(ranked) // max(smallest, 1), 1, parts))
    mean = ranked.groupby(ranked.index * parts // len(ranked)).mean()
    overall = float(ranked.mean())
    return pd.DataFrame(
        {
            "part": mean.index + 1,
            "mean": mean.to_numpy(),
            "lift": mean.to_numpy() / overall if overall > 0 else np.nan,
        }
    )
