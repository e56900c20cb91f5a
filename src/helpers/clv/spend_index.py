"""What moves the spend per order of all customers alike: a season of spend, and the growth of prices.

The logarithm of what customer i spends on a repeat order day in month t is a_i + s(month of the year) + g(t) + noise: a
customer's own level, a circular random walk over the twelve months (marginal standard deviation HalfNormal(.15)), and an
index that is 0 on the last day and grows by r_k in the k-th year before it, a random walk over the years with r_0 ~
Normal(0, .1) and steps Normal(0, .02). Only customers with several order days tell: the index rests on their own changes,
so that who comes and goes does not move it. Given the season's scale all is Gaussian; the scale lies on a grid, weighed by
evidence. Counts and sums by customer and month suffice; they are sparse.

Amounts divided by the index are in the money of the last day, with the season taken out. An order on a coming day is worth
exp(s + g t) of that: g is the growth of the last year and one more step of the walk, or a stated one.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd
from scipy import linalg, sparse

from helpers.errors import StudyError
from helpers.inference.intervals import Interval, interval
from helpers.study.year import YEAR

if TYPE_CHECKING:
    import xarray as xr

SEASON_SCALE = 0.15
GROWTH_SCALE = 0.10  # of the yearly growth of log prices
STEP_SCALE = 0.02  # of its change from year to year
SCALES = np.concatenate([[1e-3], np.geomspace(0.01, 0.6, 8)])
DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
FEWEST = 100  # order days beyond a customer's first, below which nothing is estimated
LARGEST_GROWTH = 5.0
APART = 1.05  # a factor beyond which a month is called high or, at its inverse, low
GROUP = "spend_index"
REACH = 40  # years before and after the end for which days are looked up


def _basis() -> np.ndarray:
    """Square root of the covariance of a circular random walk over the months, marginal variance 1: (12, 11)."""
    step = np.eye(12) - np.roll(np.eye(12), 1, axis=1)
    values, vectors = np.linalg.eigh(step.T @ step)
    root = vectors[:, 1:] / np.sqrt(values[1:])
    return root / np.sqrt((root**2).sum(axis=1).mean())


BASIS = _basis()


@dataclass(frozen=True)
class SpendIndex:
    """Draws of the index of a base whose data ends on `end`.

    season: log factor of each month, (draws, 12), the mean factor over a year being 1. past: growth of log prices in each
    year before the end, the last first, (draws, years). ahead: growth a year of what is to come, (draws,). order_days: how
    many it rests on.
    """

    end: date
    season: np.ndarray
    past: np.ndarray
    ahead: np.ndarray
    order_days: int

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.ahead)

    @property
    def profile(self) -> pd.DataFrame:
        """What an order brings in each month, 1 on average: a row per month, 0 to 11, with the columns of an interval."""
        return pd.DataFrame([interval(own).columns() for own in np.exp(self.season).T])

    @property
    def moves(self) -> bool:
        """Whether there is anything to say: it is 1 on every day where too few orders tell, or where amounts never vary."""
        return bool(self.season.any() or self.past.any() or self.ahead.any())

    @property
    def clear(self) -> bool:
        """Whether some month is apart from the average beyond doubt."""
        return bool((self.profile["p05"] > APART).any() or (self.profile["p95"] < 1 / APART).any())

    @property
    def ends(self) -> tuple[tuple[int, Interval], tuple[int, Interval]]:
        """The month with the highest factor, 0 to 11, and that with the lowest, each with its factor."""
        table = self.profile
        high, low = int(table["mean"].to_numpy().argmax()), int(table["mean"].to_numpy().argmin())
        return (high, Interval.of(table.iloc[high])), (low, Interval.of(table.iloc[low]))

    @property
    def growth(self) -> tuple[Interval, Interval]:
        """Growth of what an order brings in the last year, and the yearly growth of what is to come: .03 is 3 %."""
        return interval(np.expm1(self.past[:, 0])), interval(np.expm1(self.ahead))

    @property
    def metrics(self) -> dict[str, Any]:
        """The index under the names of run.json."""
        (_, high), (_, low) = self.ends
        last, ahead = self.growth
        found: dict[str, Any] = {"spend_season.highest": high.mean, "spend_season.lowest": low.mean}
        return found | {"price_growth.last_year": last, "price_growth.ahead": ahead}

    def thinned(self, draws: int) -> "SpendIndex":
        """`draws` evenly spaced draws, repeated where there are fewer."""
        some = np.linspace(0, self.draws - 1, draws).astype(int)
        return replace(self, season=self.season[some], past=self.past[some], ahead=self.ahead[some])

    def grown(self, price_growth: str) -> "SpendIndex":
        """With a stated yearly growth of prices to come ("0.03": 3 %) in place of the estimated one; "": as estimated."""
        if not price_growth:
            return self
        try:
            stated = float(price_growth)
        except ValueError:
            stated = np.nan
        if not -1 < stated <= LARGEST_GROWTH:
            raise StudyError(
                f"price_growth is {price_growth!r}; write 3 % a year as 0.03. Allowed: above -1, up to "
                f"{LARGEST_GROWTH:g}; leave it out to let prices go on as they grew in the last year."
            )
        return replace(self, ahead=np.full(self.draws, np.log1p(stated)))

    def worth(self, first: date, days: int) -> np.ndarray:
        """What an order is worth on `first` and the days after it, in money of `end` without season: (draws, days)."""
        when = np.datetime64(first, "D") + np.arange(days)
        return np.exp(self.season[:, _month(when)] + self._grown(when))

    def of_days(self, days: np.ndarray) -> np.ndarray:
        """The mean of the index on past days, datetime64[D]: what amounts are divided by."""
        return np.exp(self.season.mean(axis=0)[_month(days)] + self._grown(days).mean(axis=0))

    def _grown(self, days: np.ndarray) -> np.ndarray:
        """Log prices against those of the end: (draws, days)."""
        years = (days - np.datetime64(self.end, "D")).astype(np.int64) / YEAR
        return self.ahead[:, None] * np.maximum(years, 0) - self.past @ _overlap(-years, self.past.shape[1])

    def dataset(self) -> "xr.Dataset":
        """As it is kept beside a posterior."""
        import xarray as xr  # noqa: PLC0415

        columns = {"season": ("draw", "month"), "past": ("draw", "year"), "ahead": ("draw",)}
        found = xr.Dataset({name: (dims, getattr(self, name)) for name, dims in columns.items()})
        return found.assign_attrs(end=self.end.isoformat(), order_days=self.order_days)


def of_tree(tree: "xr.DataTree") -> SpendIndex | None:
    """The index kept beside a spend model's posterior, None where there is none."""
    if GROUP not in tree.children:
        return None
    found = tree[GROUP].to_dataset()
    season, past, ahead = (found[name].to_numpy() for name in ("season", "past", "ahead"))
    return SpendIndex(
        date.fromisoformat(found.attrs["end"]), season, past, ahead, int(found.attrs["order_days"])
    )


def kept(tree: "xr.DataTree", index: SpendIndex) -> "xr.DataTree":
    """A spend model's posterior with the index beside it."""
    tree[GROUP] = type(tree)(index.dataset())
    return tree


def estimate(ledger: ibis.Table, end: date, *, draws: int = 1000, seed: int = 1) -> SpendIndex:
    """Estimate the index from the repeat order days up to `end`; with too few, or amounts that do not vary, it is 1."""
    n, y, squares = _sums(ledger, end)
    of_customer = np.asarray(n.sum(axis=1)).ravel()
    share = sparse.diags(1 / np.maximum(of_customer, 1))
    cross = np.diag(np.asarray(n.sum(axis=0)).ravel()) - (n.T @ share @ n).toarray()
    mean = np.asarray(y.sum(axis=1)).ravel() / np.maximum(of_customer, 1)
    right = np.asarray(y.sum(axis=0)).ravel() - n.T @ mean
    within = float(squares.sum() - (of_customer * mean**2).sum())
    free = int(of_customer.sum() - (of_customer > 0).sum())
    years = max(int(np.ceil(n.shape[1] / 12)), 1)
    if free < FEWEST or within < 1e-6 * free:
        flat = np.zeros((draws, 12)), np.zeros((draws, years)), np.zeros(draws)
        return SpendIndex(end, *flat, int(of_customer.sum()))
    middle = _middle(end, n.shape[1])
    root = _walk(years)
    design = np.hstack([BASIS[_month(middle)], -_overlap(_years_before(middle, end), years).T @ root])
    theta, season = _drawn(design, cross, right, within, free, draws, seed)
    past = theta[:, 11:] @ root.T
    step = np.random.default_rng([seed, 1]).normal(0, STEP_SCALE, draws)
    return SpendIndex(end, season, past, past[:, 0] + step, int(of_customer.sum()))


def in_money_of_the_end(days: ibis.Table, index: SpendIndex | None) -> ibis.Table:
    """Rows with order_date and revenue, the revenue divided by the index of its day; without an index as they are."""
    if index is None:
        return days
    end = np.datetime64(index.end, "D")
    when = np.arange(end - round(REACH * YEAR), end + round(REACH * YEAR))
    factors = pd.DataFrame({"day": when.astype("datetime64[s]"), "index_of_day": index.of_days(when)})
    table = ibis.memtable(factors)
    table = table.select(day=table.day.cast("date"), index_of_day=table.index_of_day)
    joined = days.left_join(table, days.order_date == table.day)
    joined = joined.mutate(revenue=joined.revenue / joined.index_of_day.fill_null(1.0))
    return joined.select(*days.columns)


def in_money_before(
    customers: pd.DataFrame, ledger: ibis.Table, start: date, end: date, index: SpendIndex
) -> pd.DataFrame:
    """Customers with holdout_revenue, what they brought after `start` up to `end`, in the money of the index's end."""
    bought = ledger.filter(
        (ledger.kind == "purchase") & (ledger.order_date > start) & (ledger.order_date <= end)
    )
    days = bought.group_by(["customer_id", "order_date"]).agg(revenue=bought.revenue.sum())
    own = in_money_of_the_end(days, index).group_by("customer_id").agg(revenue=ibis._.revenue.sum().round(6))
    found = own.to_pandas().set_index("customer_id")["revenue"]
    return customers.assign(holdout_revenue=customers["customer_id"].map(found).fillna(0.0))


def _sums(ledger: ibis.Table, end: date) -> tuple[sparse.csr_matrix, sparse.csr_matrix, np.ndarray]:
    """Repeat order days and sums of their log revenue by customer and month (the oldest first), and sums of squares."""
    bought = ledger.filter((ledger.kind == "purchase") & (ledger.order_date <= end))
    days = bought.group_by(["customer_id", "order_date"]).agg(revenue=bought.revenue.sum())
    days = days.mutate(first_date=days.order_date.min().over(ibis.window(group_by=days.customer_id)))
    days = days.filter((days.order_date > days.first_date) & (days.revenue > 0))
    days = days.mutate(log=days.revenue.ln(), month=days.order_date.year() * 12 + days.order_date.month() - 1)
    pairs = days.group_by(["customer_id", "month"]).agg(
        n=days.count(), total=days.log.sum().round(9), squares=(days.log * days.log).sum().round(9)
    )
    found = pairs.order_by(
        "customer_id", "month"
    ).to_pyarrow()  # in an order of its own: the same sums on every run
    month, n, total, squares = (found[name].to_numpy() for name in ("month", "n", "total", "squares"))
    customer = found["customer_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    last, oldest = end.year * 12 + end.month - 1, int(month.min(initial=end.year * 12 + end.month - 1))
    shape = int(customer.max(initial=0)) + 1, last - oldest + 1
    place = customer, month - oldest
    counts, sums = (sparse.coo_matrix((own.astype(float), place), shape=shape).tocsr() for own in (n, total))
    return counts, sums, squares


def _drawn(
    design: np.ndarray, cross: np.ndarray, right: np.ndarray, within: float, free: int, draws: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draws of the coordinates, (draws, 11 + years), and of the season, (draws, 12), over the scales of the season."""
    inner, outer = design.T @ cross @ design, design.T @ right
    rest = design.shape[1] - 11
    means, roots, evidence = [], [], []
    spread = within / free
    for scale in SCALES[::-1]:
        prior = np.concatenate([np.full(11, scale**-2), np.ones(rest)])
        if scale == SCALES[-1]:  # the spread of noise, where the season is held back least
            first = linalg.solve(inner / spread + np.diag(prior), outer / spread, assume_a="pos")
            spread = max(within - 2 * first @ outer + first @ inner @ first, 1e-6 * within) / free
        lower = linalg.cholesky(inner / spread + np.diag(prior), lower=True)
        mean = linalg.cho_solve((lower, True), outer / spread)
        means.append(mean)
        roots.append(linalg.solve_triangular(lower, np.eye(len(mean)), lower=True).T)
        weight = np.log(max(scale, 5e-3)) - 0.5 * (scale / SEASON_SCALE) ** 2
        evidence.append(
            0.5 * mean @ outer / spread - np.log(np.diag(lower)).sum() - 11 * np.log(scale) + weight
        )
    share = np.exp(np.array(evidence) - max(evidence))
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(share), draws, p=share / share.sum())
    z = rng.standard_normal((draws, design.shape[1]))
    theta = np.array([means[k] + roots[k] @ own for k, own in zip(chosen, z, strict=True)])
    season = theta[:, :11] @ BASIS.T
    return theta, season - np.log(np.exp(season) @ DAYS / YEAR)[:, None]


def _walk(years: int) -> np.ndarray:
    """Growth in the years before the end, the last first, from independent normal coordinates: (years, years)."""
    root = STEP_SCALE * np.tri(years)
    root[:, 0] = GROWTH_SCALE
    return root


def _overlap(years: np.ndarray, many: int) -> np.ndarray:
    """How much of each of the `many` years before the end lies between the end and `years` before it: (many, n)."""
    return np.clip(years[None, :] - np.arange(many)[:, None], 0.0, 1.0)


def _middle(end: date, months: int) -> np.ndarray:
    """The middle of each month up to that of the end, the oldest first."""
    last = np.datetime64(end, "M") - np.arange(months - 1, -1, -1)
    return np.minimum(last.astype("datetime64[D]") + np.timedelta64(14, "D"), np.datetime64(end, "D"))


def _years_before(days: np.ndarray, end: date) -> np.ndarray:
    return (np.datetime64(end, "D") - days).astype(np.int64) / YEAR


def _month(days: np.ndarray) -> np.ndarray:
    return days.astype("datetime64[M]").astype(np.int64) % 12
