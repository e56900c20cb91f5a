"""What existing subscribers are worth: a predictive distribution per contract, totals, and one point of retention.

value = (fee x margin - cost of a period) of every future renewal within the horizon, each discounted at its own date.
A contract that runs is active: nothing is inferred about today. What is open is how often it will be renewed.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from helpers.clv import renewal_models
from helpers.clv.customer_value import EVERYONE, Terms, Value
from helpers.clv.model_interfaces import RenewalModel
from helpers.clv.renewal_counts import DAY, MONTHS_PER, add_periods
from helpers.clv.time_units import discount_per_unit, horizon_units
from helpers.errors import StudyError
from helpers.inference.intervals import LOWER, UPPER, Interval, interval
from helpers.messages import ENDS, points
from helpers.study.year import YEAR_WINDOW

if TYPE_CHECKING:
    import xarray as xr

CHUNK = 500  # contracts simulated at a time
NODES = 40  # own loss probabilities that stand for a group's
ROUNDING = 1e-12


@dataclass(frozen=True)
class Book:
    """The active contracts as a forecast needs them, N contracts with up to J renewal dates in the horizon.

    money: what each renewal brings, shape (N, J), discounted; 0 beyond the horizon. keys: one row per distinct
    (group, renewals, announced), with `contracts`; key: each contract's row in it.
    """

    contracts: pd.DataFrame
    money: np.ndarray
    due: np.ndarray
    keys: pd.DataFrame
    key: np.ndarray


@dataclass(frozen=True)
class Point:
    """One point of retention: draws of its worth in money, the mean next renewal before it, its size, and for how many."""

    worth: np.ndarray
    renewal_now: np.ndarray
    step: float
    contracts: int

    @property
    def value(self) -> Interval:
        """What the point is worth."""
        return interval(self.worth)

    @property
    def percentage_points(self) -> float:
        """Its size, to two digits."""
        return float(f"{100 * self.step:.2g}")


def predict_subscribers(
    tree: "xr.DataTree",
    contracts: pd.DataFrame,
    terms: Terms,
    as_of: date,
    period: str,
    *,
    segments: pd.Series | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> Value:
    """Predict the value of every active contract (table of `contracts_at`, with fee); others are not in the result.

    customers: p_active (1), p_renews_next, expected_renewals, mean, p05, p50, p95 of value, p_no_renewal (none in the
    horizon), indexed as the contracts. These are exact: the mixture over the posterior draws. totals: simulated,
    per draw, contract by contract. segments: optional label per contract.
    """
    book = book_of(tree, contracts, terms, as_of, period)
    periods = book.money.shape[1]
    kept = [_survival(tree, key, periods, draws) for key in book.keys.itertuples()]
    following = [_survival(tree, key, 1, draws)[:, 0].mean() for key in book.keys.itertuples()]
    out = np.empty((len(book.contracts), 8))
    for place, survival in enumerate(kept):
        mine = np.flatnonzero(book.key == place)
        out[mine] = _per_contract(survival.mean(axis=0), book.money[mine], book.due[mine], following[place])
    names = ["p_active", "p_renews_next", "expected_renewals", *ENDS, "p_no_renewal"]
    labels = pd.Series(EVERYONE, index=book.contracts.index) if segments is None else segments
    totals = _totals(book, kept, labels.reindex(book.contracts.index).astype(str).to_numpy(), seed)
    return Value(pd.DataFrame(out, columns=names, index=book.contracts.index), totals)


def one_point(
    tree: "xr.DataTree",
    contracts: pd.DataFrame,
    terms: Terms,
    as_of: date,
    period: str,
    *,
    step: float = 0.01,
    draws: int = 200,
) -> Point:
    """What one more point of retention is worth: every contract's own renewal probability raised on the logit.

    The shift is the same for all contracts and dates, and such that the mean probability of the next renewal rises by
    `step` (by half of the way to 1 where that is less). Contracts whose end is announced stay as they are. It is the
    worth of the point, not of whatever brings it.
    """
    book = book_of(tree, contracts.loc[~contracts["announced"].astype(bool)], terms, as_of, period)
    module = renewal_models.model_named(tree.attrs["renewal_model"])
    paths = [_own_logits(module, tree, key, book.money.shape[1], draws) for key in book.keys.itertuples()]
    weights = book.keys["contracts"].to_numpy(dtype=float) / book.keys["contracts"].sum()
    first = np.stack([logits[..., 0] for logits in paths])  # (keys, draws, nodes)
    now = np.tensordot(weights, special.expit(first).mean(axis=2), axes=1)
    step = min(step, float(1 - now.mean()) / 2)
    shift = _shift_to(first, weights, np.minimum(now + step, (1 + now) / 2))
    worth = np.zeros(len(now))
    for place, logits in enumerate(paths):
        money = book.money[book.key == place].sum(axis=0)
        better = np.cumprod(special.expit(logits + shift[:, None, None]), axis=2).mean(axis=1)
        usual = np.cumprod(special.expit(logits), axis=2).mean(axis=1)
        worth += (better - usual) @ money
    return Point(worth, now, step, len(book.contracts))


def points_by_cohort(
    tree: "xr.DataTree", contracts: pd.DataFrame, cohorts: pd.Series, terms: Terms, as_of: date, period: str
) -> dict[str, Point]:
    """What one more point is worth among all active contracts (EVERYONE) and, where there are several, in each cohort.

    cohorts: a name per contract. Contracts whose end is announced are left out.
    """
    running = contracts[contracts["active"] & ~contracts["announced"]]
    several = cohorts.nunique() > 1
    parts = {EVERYONE: running} | (dict(list(running.groupby(cohorts))) if several else {})
    return {name: one_point(tree, part, terms, as_of, period) for name, part in parts.items()}


def point_table(found: dict[str, Point], contracts: pd.DataFrame, cohorts: pd.Series) -> pd.DataFrame:
    """One row per group of contracts: group, contracts, next_renewal (interval), worth (interval).

    contracts: all active ones of a group, as the number without those whose end is announced would tell how few these are.
    Where not every group can be raised by as much, raised_by says how much.
    """
    active = cohorts[contracts["active"]].value_counts()
    sizes = {
        name: len(contracts[contracts["active"]]) if name == EVERYONE else int(active[name]) for name in found
    }
    rows = [(name, sizes[name], interval(one.renewal_now), one.value) for name, one in found.items()]
    table = pd.DataFrame(rows, columns=["group", "contracts", "next_renewal", "worth"])
    steps = [one.step for one in found.values()]
    if len(set(steps)) > 1:
        table.insert(3, "raised_by", [points(step) for step in steps])
    return table


def per_subscriber(contracts: pd.DataFrame, value: Value, cohorts: pd.Series) -> pd.DataFrame:
    """Return the artifact `subscriber_value`: every active contract's state, value and cohort."""
    columns = ["customer_id", "started", "renewals", "next_renewal", "announced", "fee"]
    return contracts.loc[contracts["active"], columns].join(value.customers).assign(cohort=cohorts)


def total(active: int, equity: Interval, horizon_months: float) -> pd.DataFrame:
    """Return the artifact `subscriber_total`: one row, all active contracts with the interval of their worth."""
    return pd.DataFrame([{"active": active, **equity.kept(), "horizon_months": horizon_months}])


def retention_cost(activities: pd.DataFrame | None, contracts: pd.DataFrame, as_of: date) -> float | None:
    """Cost of retention activities in the year up to `as_of` for customers with an active contract; None if not known."""
    if activities is None:
        return None
    when = pd.to_datetime(activities["at"])
    last_year = (when > pd.Timestamp(as_of - timedelta(days=YEAR_WINDOW))) & (
        when < pd.Timestamp(as_of) + pd.Timedelta(days=1)
    )
    theirs = (
        activities["customer_id"]
        .astype(str)
        .isin(contracts.loc[contracts["active"], "customer_id"].astype(str))
    )
    return float(activities.loc[last_year & theirs & (activities["kind"] == "retention"), "cost"].sum())


def book_of(tree: "xr.DataTree", contracts: pd.DataFrame, terms: Terms, as_of: date, period: str) -> Book:
    """Prepare the active contracts: dates and money of the renewals within the horizon, and their distinct states."""
    renewal_models.check_period(tree, period)
    active = contracts.loc[contracts["active"].astype(bool)]
    fee = (
        pd.to_numeric(active["fee"]).to_numpy(dtype=float) if "fee" in active.columns else np.array([np.nan])
    )
    if active.empty:
        raise StudyError(f"No contract is active on {as_of}: there is nobody to value.")
    if bad := int((~np.isfinite(fee) | (fee < 0)).sum()):
        raise StudyError(
            f"{bad:,} of {len(active):,} active contracts have no fee, or one below 0; the value of a contract is its "
            "fee. Fill the column `fee` of the subscriptions, or leave these contracts out with `where`."
        )
    months = MONTHS_PER[period]
    daily = discount_per_unit(terms.annual_discount_rate, "day")
    ahead = np.arange(1, int(np.ceil(terms.horizon_months / months)) + 2)
    started = active["started"].to_numpy().astype("M8[D]")
    dates = add_periods(started[:, None], active["renewals"].to_numpy()[:, None] + ahead, period)
    days, last = (dates - np.datetime64(as_of, "D")) // DAY, _last_day(as_of, terms.horizon_months)
    ended = pd.to_datetime(active["ended_at"]).to_numpy().astype("M8[D]")[:, None]
    due = (dates <= last) & (np.isnat(ended) | (dates <= ended))
    net = fee * (terms.margin - terms.unpaid_share) * (1 - terms.return_share) - terms.cost_per_month * months
    state = pd.DataFrame(
        {
            "group": renewal_models.group_of(tree, active),
            "renewals": active["renewals"].to_numpy(),
            "announced": active["announced"].to_numpy(dtype=bool),
        }
    )
    keys = state.groupby(list(state.columns)).size().rename("contracts").reset_index()
    key = pd.MultiIndex.from_frame(keys[list(state.columns)]).get_indexer(pd.MultiIndex.from_frame(state))
    return Book(active, net[:, None] * np.exp(-daily * days) * due, due, keys, key)


def _last_day(as_of: date, months: float) -> np.datetime64:
    """The last day of the horizon: whole months as the calendar counts them, as renewals are; parts of one in days."""
    days = horizon_units(months, "day")  # refuses what is no horizon
    today = np.datetime64(as_of, "D")
    if not float(months).is_integer():
        return today + int(days) * DAY
    return add_periods(np.array([today]), np.array([int(months)]), "month")[0]


def _survival(tree: "xr.DataTree", key: Any, periods: int, draws: int) -> np.ndarray:
    """Probability of at least 1, 2, ... more renewals per draw; an announced end leaves nothing open."""
    module = renewal_models.model_named(tree.attrs["renewal_model"])
    theta = renewal_models.parameter_draws(tree, key.group, draws)
    if key.announced:
        return np.ones((len(theta[0]), periods))
    return renewal_models.future_survival(module, theta, key.renewals, periods)


def _per_contract(at_least: np.ndarray, money: np.ndarray, due: np.ndarray, following: float) -> np.ndarray:
    """The eight numbers of every contract of a state; at_least: P(at least j renewals), shape (periods,)."""
    value = np.column_stack([np.zeros(len(money)), money.cumsum(axis=1)])  # after 0, 1, 2, ... renewals
    up_to = np.append(1 - at_least, 1.0)  # P(at most j renewals)
    rises = money.sum(axis=1) >= 0
    out = [np.ones(len(money)), np.full(len(money), following), due @ at_least, money @ at_least]
    for level in (LOWER, 0.5, UPPER):
        low, high = (np.searchsorted(up_to, share - ROUNDING) for share in (level, 1 - level))
        out.append(np.where(rises, value[:, low], value[:, high]))
    none = np.where(due[:, 0], up_to[0], 1.0)
    return np.column_stack([*out, none])


def _totals(book: Book, kept: list[np.ndarray], labels: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Draws of each label's sum: one simulated future per contract and draw, independent given the parameters."""
    rng = np.random.default_rng(seed)
    codes, names = pd.factorize(labels, sort=True)
    totals = np.zeros((len(names), len(kept[0])))
    for place, survival in enumerate(kept):
        members = np.flatnonzero(book.key == place)
        for start in range(0, len(members), CHUNK):
            mine = members[start : start + CHUNK]
            luck = rng.random((len(mine), len(survival)))
            value = np.zeros_like(luck)
            for j in range(survival.shape[1]):
                value += book.money[mine, j][:, None] * (luck < survival[:, j])
            np.add.at(totals, codes[mine], value)
    return dict(zip(map(str, names), totals, strict=True)) | {EVERYONE: totals.sum(axis=0)}


def _own_logits(module: RenewalModel, tree: "xr.DataTree", key: Any, periods: int, draws: int) -> np.ndarray:
    """Logit of a contract's own renewal probability at its next dates: shape (draws, nodes, periods).

    The nodes are evenly spaced quantiles of the loss probability among contracts with this many renewals.
    """
    theta = renewal_models.parameter_draws(tree, key.group, draws)
    a, b = (np.asarray(value)[:, None] for value in module.latent(theta, np.array(float(key.renewals))))
    loss = special.betaincinv(a, b, (np.arange(NODES) + 0.5) / NODES)
    columns = tuple(value[:, None, None] for value in theta)
    ages = key.renewals + np.arange(1.0, periods + 1)
    log_renewal = module.pace(columns, ages) * np.log1p(-np.clip(loss, ROUNDING, 1 - ROUNDING))[..., None]
    log_renewal = np.minimum(log_renewal, -ROUNDING)
    return log_renewal - np.log(-np.expm1(log_renewal))


def _shift_to(logits: np.ndarray, weights: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The shift per draw that brings the weighted mean probability to `target`, by bisection."""
    low, high = np.zeros(len(target)), np.full(len(target), 20.0)
    for _ in range(45):
        middle = (low + high) / 2
        reached = np.tensordot(weights, special.expit(logits + middle[:, None]).mean(axis=2), axes=1)
        low, high = np.where(reached < target, middle, low), np.where(reached < target, high, middle)
    return (low + high) / 2
