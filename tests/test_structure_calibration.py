"""Season, rhythm, drift and delayed entry, drawn from their priors and fitted around the mode, are calibrated (sbc.py)."""

from datetime import date
from functools import cache

import kept_seeds
import numpy as np
import pandas as pd
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
import sbc
import seasonal

from helpers.clv import (
    cohorts,
    customer_groups,
    delayed_entry,
    purchase_forecast,
    purchase_models,
    renewal_counts,
    renewal_models,
    renewal_scores,
    season,
    season_likelihood,
)
from helpers.clv.array_libraries import NUMPY
from helpers.clv.distinct import distinct_rows
from helpers.clv.half_months import half_month
from helpers.inference.sampler import flat_draws

SEEDS = range(sbc.REPLICATIONS)
END, DAYS, YEAR, CUSTOMERS = date(2023, 12, 31), 730, 364, 300
TRIES, MOST_PURCHASES, MOST_OF_A_DAY = (
    60,
    1000,
    25,
)  # two purchases of one day are one: customers who buy less often
QUANTITIES = 6  # of a parameter that differs by cohort or half-month, looked at
AROUND_MODE = {"method": "laplace", "draws": 500, "chains": 2}


# ---- customers
def lives(rng, module, theta: np.ndarray, ends: np.ndarray, leaves: np.ndarray) -> list[np.ndarray]:
    """Times of purchases after the first, up to `ends`, of customers with these parameters (parameters, customers).

    leaves: up to which time an exponential lifetime may have lasted, given its rate: a function of it per customer.
    """
    r, alpha, *rest = theta
    rate = rng.gamma(r, 1 / alpha)
    coin = np.zeros(len(rate)) if module.LIFETIME == "exponential" else rng.beta(*rest)
    found = []
    for own, chance, end, last in zip(rate, coin, ends, leaves, strict=True):
        now, times = 0.0, []
        gone = module.LIFETIME == "coin at once" and rng.random() < chance
        while not gone:
            now += rng.gamma(module.STAGES) / max(own, 1e-12)
            if now > min(end, last) or len(times) > 2 * MOST_PURCHASES:
                break
            times.append(now)
            gone = rng.random() < chance
        found.append(np.array(times))
    return found


@cache
def prior(name: str, kind: str) -> tuple[list[str], list[np.ndarray]]:
    """Draws of a model's parameters, and of its season, from the priors: TRIES for each replication.

    The scale of a season and the step of a drift are integrated out by fits around the mode, and have no draws.
    """
    module, base, calendar = purchase_models.model_named(name), placeholder(kind), None
    design = customer_groups.design_of(base, (), "first_quarter" if kind == "drift" else "")
    if kind == "season":
        orders = pd.DataFrame({"customer_id": 0, "order_date": pd.date_range("2022-01-01", END, freq="9D")})
        calendar = seasonal.calendar_of(orders, END)
    model = purchase_models.build(name, base, "week", design, calendar)
    names = [*module.PARAMETERS, *(["log_season"] if kind == "season" else [])]
    with model:
        return names, pm.draw([model[one] for one in names], TRIES * len(SEEDS), random_seed=1)


def placeholder(kind: str) -> pd.DataFrame:
    """A base of the right shape."""
    days = np.datetime64(END, "D") - np.linspace(DAYS - 1, 20, CUSTOMERS).astype(int)
    base = pd.DataFrame({"customer_id": np.arange(CUSTOMERS), "first_date": days.astype("datetime64[s]")})
    base = base.assign(x=1, t_x=1.0, T=(np.datetime64(END, "D") - days).astype(int) / 7)
    return base.assign(group=cohorts.labels(base["first_date"], "first_quarter")) if kind == "drift" else base


def purchases(kind: str, name: str, seed: int):
    """A truth and a base that can be fitted: (truth, summary, purchases of the next 52 weeks, calendar).

    The base is refused by the data alone, so that the posterior given one that is taken is the same.
    """
    rng, module, shape = (
        np.random.default_rng([5, seed]),
        purchase_models.model_named(name),
        placeholder(kind),
    )
    names, draws = prior(name, kind)
    for place in range(seed * TRIES, (seed + 1) * TRIES):
        truth = dict(zip(names, (values[place] for values in draws), strict=True))
        member = np.zeros(CUSTOMERS, int)
        if kind == "drift":
            member = np.unique(shape["group"], return_inverse=True)[1]
        theta = np.array([np.atleast_1d(truth[one])[member] for one in module.PARAMETERS])
        of = on_days if kind == "season" else at_times
        summary, ahead, calendar = of(rng, module, theta, shape, truth)
        most = MOST_OF_A_DAY if kind == "season" else MOST_PURCHASES
        if (summary["x"] > 0).sum() >= purchase_models.MIN_REPEAT_BUYERS and summary["x"].max() <= most:
            return truth, summary, ahead, calendar
    raise AssertionError(f"{name}: none of {TRIES} draws from the priors gives a base that can be fitted")


def at_times(rng, module, theta, shape, truth) -> tuple[pd.DataFrame, int, None]:
    """Purchases at any time: x, t_x and T in weeks, and how many are made in the next 52."""
    T = shape["T"].to_numpy()
    times = lives(rng, module, theta, T + YEAR / 7, np.full(CUSTOMERS, np.inf))
    past = [own[own <= end] for own, end in zip(times, T, strict=True)]
    summary = shape.assign(x=[len(own) for own in past], t_x=[own.max(initial=0.0) for own in past])
    return summary, sum(map(len, times)) - int(summary["x"].sum()), None


def on_days(rng, module, theta, shape, truth) -> tuple[pd.DataFrame, int, season.Calendar]:
    """Purchases under a season, each on the day in which its moment lies."""
    days = np.datetime64(END, "D") + np.arange(1 - DAYS, YEAR + 1)
    pace = np.exp(truth["log_season"])[half_month(days)] / 7
    passed = np.append(0.0, pace[1:].cumsum())  # at the end of each day, since the end of the first
    start = DAYS - 1 - np.rint(shape["T"].to_numpy() * 7).astype(int)
    leaves = np.full(CUSTOMERS, np.inf)
    if module.LIFETIME == "exponential":
        alive = rng.exponential(1 / np.maximum(rng.gamma(theta[2], 1 / theta[3]), 1e-300)) * 7
        leaves = np.interp(start + alive, np.arange(len(days)), passed) - passed[start]
    times = lives(rng, module, theta, passed[-1] - passed[start], leaves)
    when = [
        np.append(first, np.searchsorted(passed, passed[first] + own))
        for first, own in zip(start, times, strict=True)
    ]
    who = np.repeat(np.arange(CUSTOMERS), [len(own) for own in when])
    orders = pd.DataFrame({"customer_id": who, "order_date": days[np.concatenate(when)]}).drop_duplicates()
    past = orders["order_date"] <= np.datetime64(END)
    summary, calendar = seasonal.summary_of(orders, END), seasonal.calendar_of(orders[past], END)
    return summary, int((~past).sum()), calendar


@cache
def likelihood(name: str, kind: str, types: tuple[tuple, ...], cells: int):
    """A compiled function of parameters (each (cells,), or a number), log s under a season, and data of these types."""
    module = purchase_models.model_named(name)
    theta = tuple(pt.dvector(one) if cells else pt.dscalar(one) for one in module.PARAMETERS)
    data = {one: pt.tensor(one, dtype=of, shape=(None,) * ndim) for one, of, ndim in types}
    log_season = pt.dvector("log_season") if kind == "season" else None
    value = purchase_models.log_likelihood(module, theta, data, log_season)
    inputs = [*theta, *([] if log_season is None else [log_season]), *data.values()]
    return pytensor.function(inputs, value, mode="FAST_COMPILE", on_unused_input="ignore")


def one_base(kind: str, name: str, seed: int) -> dict:
    """Where the truth of one replication falls among the draws of its posterior, by quantity."""
    truth, summary, ahead, calendar = purchases(kind, name, seed)
    module = purchase_models.model_named(name)
    design = customer_groups.design_of(summary, (), "first_quarter" if kind == "drift" else "")
    tree = purchase_models.fit(
        name, summary, "week", design=design, calendar=calendar, seed=seed, **AROUND_MODE
    )
    names, _ = prior(name, kind)
    draws = {one: sbc.evenly(flat_draws(tree, one)) for one in names}
    rows = distinct_rows(summary, design.columns)
    cells = customer_groups.cells_of(rows, design) if design.groups else None
    data = purchase_models.likelihood_data(rows, cells)
    of_cell = data.pop("group_of_cell") if cells else None
    if calendar is not None:
        data |= season_likelihood.data_of(module, rows, calendar, 7.0)
    types = tuple((one, str(np.asarray(values).dtype), np.ndim(values)) for one, values in data.items())
    function = likelihood(name, kind, types, 0 if cells is None else len(of_cell))

    def log_likelihood(at) -> float:
        theta = [at[one] if of_cell is None else at[one][of_cell] for one in module.PARAMETERS]
        own = [at["log_season"]] if kind == "season" else []
        return float(function(*theta, *own, *data.values()))

    found = {}
    for one, values in draws.items():
        flat, its = values.reshape(sbc.RANKS, -1), np.atleast_1d(truth[one])
        for place in np.unique(np.linspace(0, len(its) - 1, QUANTITIES).astype(int)):
            label = one if len(its) == 1 else f"{one}.{place}"
            found[label] = sbc.position(its[place], flat[:, place], seed)
    each = np.array(
        [log_likelihood({one: values[k] for one, values in draws.items()}) for k in range(sbc.RANKS)]
    )
    total = sbc.evenly(purchase_forecast.of_base(tree, summary, YEAR / 7, seed=seed))
    found["log_likelihood"] = sbc.position(log_likelihood(truth), each, seed)
    found["total_12_months"] = sbc.position(ahead, np.rint(total), seed)
    return found | {"around_mode": "laplace" in tree.attrs}


@pytest.mark.slow(seeds="0 to 119")
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("drift", "bg_nbd"),
        ("rhythm", "mbg_cnbd_3"),
        ("rhythm", "bg_cnbd_2"),
        ("season", "bg_nbd"),
        ("season", "mbg_cnbd_3"),
        ("season", "pareto_nbd"),
    ],
)
def test_purchase_structures_are_calibrated(kind, name):
    found = kept_seeds.table(f"sbc_{kind}_{name}", SEEDS, lambda seed: one_base(kind, name, seed))
    assert sbc.judged(f"{kind} of {name}", found.drop(columns="around_mode"))


# ---- contracts
AS_OF, SINCE, CONTRACTS, MONTHS, FEWEST_LOST = date(2024, 12, 31), "2024-01-01", 1500, 12, 20


def contracts(rng, alpha: float, beta: float, c: float) -> tuple[pd.DataFrame, np.ndarray]:
    """Monthly contracts begun on first days of months from 2021 on, and how often each is renewed in all."""
    begun = rng.integers(0, 47, CONTRACTS)
    loss = np.clip(rng.beta(alpha, beta, CONTRACTS), 1e-300, 1 - 1e-16)
    log_life = np.log(np.log(rng.random(CONTRACTS)) / np.log1p(-loss)) / c
    renewals = np.maximum(np.ceil(np.exp(np.minimum(log_life, 6))), 1).astype(int) - 1
    month = lambda n: (np.datetime64("2021-01") + n).astype("datetime64[D]")  # noqa: E731
    ended = month(begun + renewals + 1) - 1
    table = pd.DataFrame({"customer_id": np.arange(CONTRACTS), "started_at": month(begun), "ended_at": ended})
    table = table.astype({"started_at": "datetime64[s]", "ended_at": "datetime64[s]"})
    return table.assign(ended_at=table["ended_at"].where(ended < np.datetime64(AS_OF))), renewals


@cache
def prior_of_contracts(name: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """Draws of alpha, beta and what else a renewal model has, from the priors: TRIES for each replication."""
    model = renewal_models.build(name, pd.DataFrame({"age": [1, 2], "renewed": [60, 60], "lost": [9, 9]}))
    with model:
        return pm.draw(
            [model[one] for one in renewal_models.model_named(name).PARAMETERS], TRIES * 120, random_seed=1
        )


def export(name: str, seed: int):
    """A truth and an export of the contracts known from SINCE on: (truth, their state, cells, renewals of all contracts)."""
    rng, module = np.random.default_rng([6, seed]), renewal_models.model_named(name)
    draws = [np.ravel(values) for values in prior_of_contracts(name)]
    for place in range(seed * TRIES, (seed + 1) * TRIES):
        truth = dict(zip(module.PARAMETERS, (float(values[place]) for values in draws), strict=True))
        whole, renewals = contracts(rng, truth["alpha"], truth["beta"], truth.get("c", 1.0))
        known = delayed_entry.with_entry(whole[~(whole["ended_at"] < pd.Timestamp(SINCE))], SINCE)
        state = renewal_counts.contracts_at(known, AS_OF, "month")
        cells = renewal_counts.renewal_cells(state)
        if cells["lost"].sum() >= FEWEST_LOST and cells["renewed"].sum() >= renewal_models.MIN_RENEWALS:
            return truth, state, cells, renewals
    raise AssertionError(f"{name}: none of {TRIES} draws from the priors gives contracts that can be fitted")


def one_export(name: str, seed: int) -> dict:
    """The same for contracts of which only those are known that ran on SINCE, or began later."""
    truth, state, cells, renewals = export(name, seed)
    module = renewal_models.model_named(name)
    tree = renewal_models.fit(name, cells, "month", seed=seed, **AROUND_MODE)
    theta = [sbc.evenly(values) for values in renewal_models.parameter_draws(tree)]
    own = [np.array([truth[one]]) for one in module.PARAMETERS]
    found = {
        one: sbc.position(truth[one], values, seed)
        for one, values in zip(module.PARAMETERS, theta, strict=True)
    }
    age, renewed, lost = (cells[column].to_numpy(dtype=float) for column in renewal_models.COUNTS)

    def log_likelihood(at) -> np.ndarray:
        each = [value[:, None] for value in at]
        kept = renewed * module.log_renewal(each, age, NUMPY) + lost * module.log_loss(each, age, NUMPY)
        return kept.sum(axis=1)

    found["log_likelihood"] = sbc.position(log_likelihood(own)[0], log_likelihood(theta), seed)
    at_12 = [renewal_models.survival(module, at, [MONTHS])[:, 0] for at in (own, theta)]
    found["survival_12"] = sbc.position(at_12[0][0], at_12[1], seed)
    running = state[state["active"]]
    made = renewal_scores.forecast(tree, running.assign(due=MONTHS), seed=seed)
    ends = (renewals[running["customer_id"]] < running["renewals"] + MONTHS).sum()
    found["lost_12_months"] = sbc.position(int(ends), sbc.evenly(made.lost), seed)
    return found | {"around_mode": "laplace" in tree.attrs}


@pytest.mark.slow(seeds="0 to 119")
@pytest.mark.parametrize("name", ["sbg", "bdw"])
def test_delayed_entry_is_calibrated(name):
    found = kept_seeds.table(f"sbc_entry_{name}", SEEDS, lambda seed: one_export(name, seed))
    assert sbc.judged(f"delayed entry of {name}", found.drop(columns="around_mode"))


# ---- the measure itself
@pytest.mark.parametrize(
    ("of", "fine"), [(lambda u: u, True), (lambda u: 0.12 + 0.76 * u, False), (np.sqrt, False)]
)
def test_ranks_that_are_not_uniform_are_refused(of, fine):
    u = np.random.default_rng(1).random((sbc.REPLICATIONS, 12))
    u[:, 5] = of(u[:, 5])
    assert sbc.judged("uniform but for one", pd.DataFrame(u).add_prefix("q")) is fine
