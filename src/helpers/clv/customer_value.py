"""What each existing customer, and the base, is worth over a horizon: a predictive distribution in money.

value = margin x (1 - return share) x discounted spend - cost while alive. The interval is that of the money itself,
purchases, drop-out and spend still open, not of its expectation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from helpers.clv.common_error import CommonError, Stated, stated
from helpers.clv.distinct import check_money, check_summary, distinct_rows, row_of
from helpers.clv.predictive_money import (
    EVERYONE,
    NUMBERS,
    Totals,
    customer_numbers,
    shares_by_draw,
    spend_level,
)
from helpers.clv.simulate import Posterior, chunks, simulate_shared
from helpers.clv.time_units import discount_per_unit, horizon_units
from helpers.errors import StudyError
from helpers.inference import monte_carlo, small_groups
from helpers.inference.intervals import Interval

SKEWED = 20  # times the median: beyond, most customers would lie flat on zero


@dataclass(frozen=True)
class Terms:
    """The money side: horizon in months, yearly discount rate, margin share, cost per month alive, returns, bad debt.

    return_share: of revenue, known without their order. unpaid_share: of revenue that is never paid. groups: terms of the
    summary's groups where they differ (margin, cost and shares; horizon and rate are the base's). Refuses a margin outside
    (0, 1], a negative cost, shares outside [0, 1) and bad debt that eats the margin.
    """

    horizon_months: float
    annual_discount_rate: float
    margin: float
    cost_per_month: float = 0.0
    return_share: float = 0.0
    unpaid_share: float = 0.0
    groups: Mapping[str, "Terms"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse terms that cannot be meant."""
        if not 0 < self.margin <= 1:
            raise StudyError(f"margin is {self.margin}; write 30 % as 0.30. Allowed: above 0, up to 1.")
        if not self.cost_per_month >= 0:
            raise StudyError(f"cost_per_month is {self.cost_per_month}; a cost is 0 or more.")
        if not 0 <= self.return_share < 1:
            raise StudyError(f"return_share is {self.return_share}; allowed: 0 up to, not including, 1.")
        if not 0 <= self.unpaid_share < self.margin:
            raise StudyError(
                f"unpaid_share is {self.unpaid_share}; it must be 0 or more and below the margin, {self.margin:.3f}."
            )

    def kept_of_spend(self, summary: pd.DataFrame, time_unit: str) -> pd.Series:
        """What one unit of spend leaves of each customer of a summary."""
        return pd.Series(self.per_row(summary, time_unit)[0], index=summary.index)

    def per_row(self, rows: pd.DataFrame, time_unit: str) -> tuple[np.ndarray, np.ndarray]:
        """What one unit of spend leaves, and what one `time_unit` alive costs, for each row: shape (rows,)."""
        labels = set(rows["group"].unique()) if "group" in rows else {"(the summary has no column group)"}
        if self.groups and (new := labels - set(self.groups)):
            raise StudyError(
                f"There are no terms for the group {', '.join(map(str, sorted(new)))}; there are for "
                f"{', '.join(self.groups)}."
            )
        own = [self.groups[group] for group in rows["group"]] if self.groups else [self] * len(rows)
        money = np.array([(terms.margin - terms.unpaid_share) * (1 - terms.return_share) for terms in own])
        return money, np.array([terms.cost_per_month for terms in own]) / horizon_units(1, time_unit)


@dataclass(frozen=True)
class Value:
    """Predictive value: `customers`, a row per customer, and `totals`, draws of each segment's sum (costs: taken off it).

    customers: mean, p05, p50, p95 of value, expected_purchases, p_no_purchase, p_negative (that the realised
    money of the horizon is below zero), indexed like the summary. totals: {segment: array of shape (draws,)}.
    by_draw: how many customers buy nothing, and have a value below zero, in each draw, (2, draws); None where not counted.
    """

    customers: pd.DataFrame
    totals: dict[str, np.ndarray]
    costs: dict[str, np.ndarray] = field(default_factory=dict)
    wide: dict[str, np.ndarray] = field(default_factory=dict)
    by_draw: np.ndarray | None = None

    def with_common(self, error: CommonError, horizon_months: float, seed: int = 1) -> "Value":
        """The same with draws of totals that hold the error past forecasts had in common (`wide`)."""
        return replace(self, wide=error.widen_all(self.totals, self.costs, horizon_months / 12, seed))

    @property
    def stated(self) -> Stated:
        """Customer equity, the value of everyone, with both intervals."""
        return stated(self.totals[EVERYONE], self.wide.get(EVERYONE, self.totals[EVERYONE]))

    @property
    def equity(self) -> Interval:
        """Customer equity with the interval that is stated."""
        return self.stated.interval

    @property
    def metrics(self) -> dict[str, float | Interval]:
        """Equity and what is typical of a customer, under the names of run.json."""
        chances = {name: float(self.customers[name].mean()) for name in ("p_no_purchase", "p_negative")}
        if self.by_draw is not None:
            parts = zip(chances, self.by_draw / len(self.customers), strict=True)
            chances = {name: monte_carlo.by_draw(chances[name], own) for name, own in parts}
        return {
            **self.stated.metrics("customer_equity"),
            "value.median_customer": self.customers["mean"].median(),
            **{f"value.{name}": one for name, one in chances.items()},
        }

    def plausibility(self, bins: int = 40) -> tuple[np.ndarray, np.ndarray]:
        """How many draws of equity lie in each bin of equal width, and the bins' edges (one more)."""
        return np.histogram(self.totals[EVERYONE], bins)

    def ranked(self, parts: int = 50, smallest: int = 1) -> pd.DataFrame:
        """Means of mean, p05 and p95 over equal parts of the customers, from the lowest to the highest expected value.

        Fewer parts where they would hold less than `smallest` customers. Column customers: the share of customers up to the
        middle of the part.
        """
        parts = int(np.clip(len(self.customers) // max(smallest, 1), 1, parts))
        ranked = self._in_order()
        part = np.floor(parts * ranked.index) / parts + 0.5 / parts
        return ranked.groupby(part)[["mean", "p05", "p95"]].mean().reset_index(names="customers")

    @property
    def even_up_to(self) -> float:
        """From which amount on a picture of customers' values needs steps of ten: a power of ten near the median.

        0 where values are alike enough to be seen side by side.
        """
        values = self.customers["mean"]
        middle, largest = float(values.abs().median()), float(self.customers["p95"].max())
        return 10.0 ** np.floor(np.log10(middle)) if 0 < SKEWED * middle < largest else 0.0

    def best(self, share: float) -> pd.Series:
        """Medians of p05, mean and p95 among the best `share` of the customers."""
        return self._in_order().loc[1 - share :, ["p05", "mean", "p95"]].median()

    def _in_order(self) -> pd.DataFrame:
        """Customers by expected value, indexed by the share of customers up to the middle of each one."""
        ranked = self.customers.sort_values("mean", ignore_index=True)
        return ranked.set_axis((ranked.index + 0.5) / len(ranked))


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
    triple do not share a path: totals count the spread of independent paths (see `predictive_money.Totals`).
    """
    check_summary(summary)
    check_money(summary, posterior.purchase.design.columns)
    posterior.purchase.check_unit(time_unit)
    horizon = horizon_units(terms.horizon_months, time_unit)
    discount = discount_per_unit(terms.annual_discount_rate, time_unit)
    posterior = posterior.standing_at(summary)
    rows = distinct_rows(summary, posterior.purchase.design.columns)
    labels = pd.Series(EVERYONE, index=summary.index) if segments is None else segments.reindex(summary.index)
    codes, names = pd.factorize(labels.astype("str").to_numpy(), sort=True)
    own = summary["x"].to_numpy() * summary["monetary_value"].to_numpy(dtype=float)
    members = pd.DataFrame({"row": row_of(summary, rows), "own": own, "segment": codes, "squared": own**2})
    alike = members.groupby(["row", "own"])
    pairs = alike.size().index.to_frame()
    pair_row, pair_own = pairs["row"].to_numpy(), pairs["own"].to_numpy()
    groups = members.groupby(["row", "segment"], as_index=False).agg(
        n=("own", "size"), m1=("own", "sum"), m2=("squared", "sum")
    )
    group_row = groups["row"].to_numpy()
    numbers, alike_each = np.empty((len(pairs), len(NUMBERS))), alike.size().to_numpy()
    totals = Totals([str(name) for name in names], posterior.draws)
    by_draw = np.zeros((2, posterior.draws))
    for chosen in chunks(rows, posterior.draws):
        part = rows.iloc[chosen]
        money, cost = terms.per_row(part, time_unit)
        paths, v = (
            simulate_shared(posterior, part, horizon, discount, seed=seed),
            spend_level(posterior, part),
        )
        some, local = in_chunk(pair_row, chosen)
        numbers[some] = customer_numbers(paths, v, local, pair_own[some], money, cost)
        by_draw += shares_by_draw(paths, v, local, pair_own[some], alike_each[some], money, cost)
        some, local = in_chunk(group_row, chosen)
        totals.add(paths, v, groups.iloc[some].assign(local=local), money, cost)
    customers = pd.DataFrame(numbers[alike.ngroup()], columns=list(NUMBERS), index=summary.index)
    return Value(customers, totals.result(EVERYONE), totals.costs(EVERYONE), by_draw=by_draw)


def in_chunk(row: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of a sorted array of rows that fall among the sorted `chosen` ones, and which of them each is."""
    starts, ends = np.searchsorted(row, chosen, "left"), np.searchsorted(row, chosen, "right")
    sizes = ends - starts
    local = np.repeat(np.arange(len(chosen)), sizes)
    offsets = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.repeat(starts, sizes) + offsets, local


# ---- by segment
def per_segment(
    totals: Mapping[str, np.ndarray],
    sizes: Mapping[str, int],
    horizon_months: float,
    wide: Mapping[str, np.ndarray] | None = None,
) -> pd.DataFrame:
    """Summarise draws per segment: segment, customers, mean, p05, p50, p95, horizon_months; the largest first.

    wide: draws with the common error, see `common_error.Stated`; right_p05 and right_p95 are the ends without it.
    """
    rows = [
        {"segment": name, "customers": size, **stated(totals[name], (wide or totals)[name]).columns()}
        for name, size in sizes.items()
    ]
    table = pd.DataFrame(rows).sort_values("mean", ascending=False, ignore_index=True)
    return table.assign(horizon_months=horizon_months)


def total_of(table: pd.DataFrame) -> Stated:
    """Both intervals of everyone's value in a table of `per_segment`."""
    return Stated.of(table.set_index("segment").loc[EVERYONE])


def sizes(segments: pd.Series) -> dict[str, int]:
    """Return the number of customers per segment, with everyone under EVERYONE; segments: label per customer."""
    return segments.value_counts().to_dict() | {EVERYONE: len(segments)}


def sums(money: pd.Series | None, segments: pd.Series, names: Iterable[str]) -> np.ndarray:
    """Sum money (by customer_id) per segment in the order of `names`; EVERYONE is the sum of all segments.

    segments: label by customer_id. A segment without money has 0; missing where `money` is None, as nothing is known of it.
    """
    if money is None:
        return np.full(len(list(names)), np.nan)
    found = money.groupby(segments.reindex(money.index).to_numpy()).sum()
    return np.array([found.sum() if name == EVERYONE else found.get(name, 0.0) for name in names])


def per_year(table: pd.DataFrame) -> pd.DataFrame:
    """`per_head` with the column a_year, the value ahead (an Interval) per year of the horizon."""
    years = table["horizon_months"] / 12
    pairs = zip(table["value"], years, strict=True)
    return table.assign(
        a_year=[
            Interval(*(getattr(one, end) / n for end in ("mean", "p05", "p50", "p95"))) for one, n in pairs
        ]
    )


def worth_showing(table: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """The segments of `per_head` that may be shown one by one (`small_groups.hidden`), without everyone."""
    parts = table[table["segment"] != EVERYONE]
    money = np.column_stack([parts["current"], [one.mean for one in parts["value"]]])
    return parts[~small_groups.hidden(parts["customers"], money, minimum=smallest)]


def per_head(table: pd.DataFrame) -> pd.DataFrame:
    """`per_segment` with the columns value (an Interval), share (of everyone's mean) and per_customer (an Interval)."""
    total = table.set_index("segment").loc[EVERYONE, "mean"]
    value = [Interval.of(row) for _, row in table.iterrows()]
    each = [one.times(1 / customers) for one, customers in zip(value, table["customers"], strict=True)]
    return table.assign(value=value, share=table["mean"] / total, per_customer=each)
