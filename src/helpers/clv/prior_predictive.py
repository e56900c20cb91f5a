"""What a purchase model believes before it has seen data, and how much of its answer is that belief."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd
import pymc as pm

from helpers.checks import Check, check
from helpers.clv import purchase_expectations, purchase_models
from helpers.clv.distinct import distinct_rows
from helpers.clv.purchase_history import purchase_days
from helpers.clv.simulated_histories import simulate_histories
from helpers.clv.time_units import DAYS_PER
from helpers.inference.compiled import IN_NUMPY
from helpers.inference.intervals import LOWER, UPPER
from helpers.inference.sampler import check_sampling
from helpers.messages import decimals, message, plain
from helpers.study.year import YEAR_WINDOW

if TYPE_CHECKING:
    import xarray as xr

CLASSES = {
    "0": (0, 0),
    "1": (1, 1),
    "2-3": (2, 3),
    "4-9": (4, 9),
    "10-29": (10, 29),
    "30 or more": (30, np.inf),
}
CUSTOMERS, DRAWS = 500, 300
YEAR = timedelta(days=YEAR_WINDOW)
WIDER = 2.0
MOST_MOVED = 0.5
MOVED = message("prior.moved", "expected purchases move by {deviations} posterior standard deviations")
WITHIN = message("prior.within", "within {deviations}")
PRIORS_ANSWER = message(
    "prior.priors_answer",
    "The data says little here: part of the answer is the prior's. Take a longer period.",
)


def prior_draws(name: str, time_unit: str, draws: int, seed: int = 1) -> tuple[np.ndarray, ...]:
    """Draw the model's parameters from its priors: arrays of shape (draws,), in the order of module.PARAMETERS.

    A family of regular models draws those of its model without rhythm.
    """
    module = purchase_models.model_named(purchase_models.REGULAR.get(name, name))
    with pm.Model():
        theta = module.priors(DAYS_PER[time_unit])
    return tuple(pm.draw(list(theta), draws=draws, random_seed=seed, mode=IN_NUMPY))


def prior_purchases(name: str, time_unit: str, seed: int = 1) -> pd.DataFrame:
    """Shares of customers by repeat purchases in their first year under the priors.

    A row per class of counts; p05, p50, p95 over draws from the priors.
    """
    year = np.full((DRAWS, CUSTOMERS), YEAR.days / DAYS_PER[time_unit])
    theta = [value[:, None] for value in prior_draws(name, time_unit, DRAWS, seed)]
    module = purchase_models.model_named(purchase_models.REGULAR.get(name, name))
    x, _ = simulate_histories(module, theta, year, seed=seed)
    low, mid, high = np.quantile([_shares(row) for row in x], [LOWER, 0.5, UPPER], axis=0)
    return pd.DataFrame({"p05": low, "p50": mid, "p95": high}, index=list(CLASSES))


def first_year_purchases(ledger: ibis.Table, as_of: date) -> pd.Series:
    """Shares of customers by repeat purchase days in their first year, of those whose first year is over."""
    days = purchase_days(ledger)
    age = days.order_date.delta(days.first_date, unit="day")
    customers = days.filter(days.first_date <= as_of - YEAR).group_by("customer_id")
    counts = customers.agg(repeats=((age > 0) & (age <= YEAR.days)).sum()).to_pandas()["repeats"]
    return pd.Series(_shares(counts.to_numpy()) if len(counts) else np.nan, index=list(CLASSES))


def inside(believed: pd.DataFrame, seen: pd.Series) -> int | None:
    """In how many classes what was seen lies within the beliefs; None where no first year is over yet."""
    return int(seen.between(believed["p05"], believed["p95"]).sum()) if seen.notna().any() else None


@dataclass(frozen=True)
class Sensitivity:
    """How far parameters and expected purchases move when a model is fitted again with priors twice as wide.

    moves: a row per parameter and group ("" where there are none) and, with neither, the purchases of the base as the
    last: mean, wider (the mean under the wider priors), moved (in posterior standard deviations).
    """

    moves: pd.DataFrame
    refit: "xr.DataTree"

    @property
    def checks(self) -> list[Check]:
        """Ask whether the refit passed its gate, and whether the base's purchases move by no more than MOST_MOVED."""
        move = float(self.moves["moved"].iloc[-1])
        moved = check(
            "prior sensitivity",
            review=abs(move) > MOST_MOVED,
            value=MOVED(deviations=decimals(move, 2)),
            threshold=WITHIN(deviations=plain(MOST_MOVED)),
            advice=PRIORS_ANSWER(),
        )
        return [check_sampling(self.refit, "sampling with wider priors"), moved]


def sensitivity(tree: "xr.DataTree", summary: pd.DataFrame, horizon: float, **sampling: Any) -> Sensitivity:
    """Fit a purchase model again with priors twice as wide; sampling: draws, tune, chains, seed of the refit."""
    name, unit = tree.attrs["purchase_model"], tree.attrs["time_unit"]
    design = purchase_models.parameters(tree).design
    wider = purchase_models.fit(name, summary, unit, design=design, prior_width=WIDER, **sampling)
    rows = distinct_rows(summary, design.columns)
    found = []
    ours, theirs = (_quantities(fitted, rows, horizon) for fitted in (tree, wider))
    for quantity, draws in ours.items():
        other = theirs[quantity].mean()
        found.append([*quantity, draws.mean(), other, (other - draws.mean()) / draws.std()])
    return Sensitivity(pd.DataFrame(found, columns=["parameter", "group", "mean", "wider", "moved"]), wider)


def _quantities(tree: "xr.DataTree", rows: pd.DataFrame, horizon: float) -> dict[tuple[str, str], np.ndarray]:
    its = purchase_models.parameters(tree)
    labels = its.design.groups or ("",)
    found = {
        (parameter, label): draws[:, place]
        for parameter, draws in zip(its.module.PARAMETERS, its.theta, strict=True)
        for place, label in enumerate(labels)
    }
    totals = purchase_expectations.expected_totals(its.thinned(purchase_expectations.TOTALS), rows, horizon)
    return found | {("", ""): totals}


def _shares(x: np.ndarray) -> list[float]:
    return [float(((x >= low) & (x <= high)).mean()) for low, high in CLASSES.values()]
