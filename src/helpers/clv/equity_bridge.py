"""How customer equity moved between two dates, and what customers who left used to bring."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from helpers.clv.actual_value import expected_values
from helpers.clv.common_error import CommonError, Stated, stated
from helpers.clv.customer_value import EVERYONE, Terms, predict_value
from helpers.clv.distinct import distinct_rows, row_of
from helpers.clv.purchase_expectations import p_alive
from helpers.clv.purchase_history import customer_summary
from helpers.clv.season_clock import end_of
from helpers.clv.simulate import Posterior
from helpers.clv.spend_index import SpendIndex
from helpers.inference import monte_carlo
from helpers.inference.intervals import Interval, interval
from helpers.study.year import YEAR_WINDOW

if TYPE_CHECKING:
    import xarray as xr

STEPS = {
    "new": "New customers",
    "grown": "Kept, worth more",
    "shrunk": "Kept, worth less",
    "back": "Probably back",
    "gone": "Probably gone before",
    "lapsed": "Probably gone since",
}
DRAWS = 300  # for the intervals of the steps
ACTIVE = 0.5  # below this probability of being active a customer counts as lapsed


@dataclass(frozen=True)
class Walk:
    """How expected equity moved: `start`, and per step (rows in the order of STEPS) its customers and its change.

    active_from: the probability from which on a customer counted as active.
    """

    start: float
    steps: pd.DataFrame
    active_from: float = ACTIVE

    @property
    def end(self) -> float:
        """Expected equity at the later date."""
        return float(self.start + self.steps["change"].sum())

    @property
    def grew(self) -> bool:
        """Whether equity is at least what it was."""
        return self.end >= self.start

    def table(self, earlier: date, in_all: Interval) -> pd.DataFrame:
        """Return the artifact equity_walk: step (a key of STEPS), customers, change, start, earlier (ISO date), in_all_*.

        in_all: the stated interval of the change in all (`Changes.total`).
        """
        known = self.steps.loc[list(STEPS.values()), ["customers", "change"]].reset_index(drop=True)
        stated_on = {"start": self.start, "earlier": earlier.isoformat()} | in_all.columns("in_all_")
        return known.assign(step=list(STEPS), **stated_on)


def step_of(before: pd.DataFrame, now: pd.DataFrame) -> pd.Series:
    """Which step of the walk each customer of `now` is: a key of STEPS.

    before, now: columns mean (expected value) and p_alive by customer_id, at the two dates. Kept: probably active at both;
    lapsed: only before; back: only now; gone: at neither.
    """
    past = before.reindex(now.index)
    step = pd.Series("shrunk", index=now.index).mask(now["mean"] >= past["mean"], "grown")
    was, still = past["p_alive"] >= ACTIVE, now["p_alive"] >= ACTIVE
    step = step.mask(was & ~still, "lapsed").mask(~was & still, "back").mask(~was & ~still, "gone")
    return step.mask(past["mean"].isna(), "new")


def equity_walk(before: pd.DataFrame, now: pd.DataFrame, step: pd.Series) -> Walk:
    """Count per step its customers and how far it moved expected equity; the moves add up to end minus start.

    before, now: as in `step_of`, which gives step. Customers of `before` are all in `now`, which is later. What was earned
    in between has left the value, so kept customers are worth less unless they go on as before.
    """
    change = now["mean"] - before["mean"].reindex(now.index).fillna(0.0)
    table = change.groupby(step).agg(["size", "sum"]).reindex(STEPS, fill_value=0)
    steps = table.set_axis(["customers", "change"], axis=1).rename(index=STEPS).rename_axis("step")
    return Walk(float(before["mean"].sum()), steps)


@dataclass(frozen=True)
class Changes:
    """The interval of every step's change of equity by name, both intervals of the change in all, and the start."""

    steps: dict[str, Interval]
    total: Stated
    start: float

    @property
    def metrics(self) -> dict[str, float]:
        """The start and every step's change under the names of run.json."""
        changes = {f"walk.{key}": self.steps[name].mean for key, name in STEPS.items()}
        return changes | {"walk.start": self.start}


def step_changes(
    posterior: Posterior,
    ends: tuple[pd.DataFrame, pd.DataFrame],
    step: pd.Series,
    walk: Walk,
    terms: Terms,
    time_unit: str,
    error: CommonError,
    seed: int = 1,
) -> Changes:
    """How sure the steps are: both dates under the same draws of the models, with a common error of its own at each.

    ends: the customer summaries at the two dates, by customer_id; step: from `step_of`; walk: from `equity_walk`,
    whose changes (of all draws) are the means; the ends of intervals come from fewer draws, and so do the means' errors, as
    much smaller as all draws are more.
    """
    few = posterior.thinned(DRAWS)
    values = [
        predict_value(few, one, terms, time_unit, segments=step.reindex(one.index).map(STEPS), seed=seed)
        for one in ends
    ]
    before, now = (one.totals for one in values)
    found = {name: interval(now.get(name, 0.0) - before.get(name, np.zeros(1))) for name in STEPS.values()}

    def of_all(value: float, mean: float) -> float:
        error = monte_carlo.error_of(mean)
        return monte_carlo.known(
            value, np.nan if error is None else error * (few.draws / posterior.draws) ** 0.5
        )

    steps = {
        name: replace(one, mean=of_all(float(walk.steps.loc[name, "change"]), one.mean))
        for name, one in found.items()
    }
    wide = [
        one.with_common(error, terms.horizon_months, seed + date).wide[EVERYONE]
        for date, one in enumerate(values)
    ]
    total, moved = stated(now[EVERYONE] - before[EVERYONE], wide[1] - wide[0]), walk.end - walk.start
    both = Stated(*(replace(one, mean=moved) for one in (total.interval, total.if_right)))
    return Changes(steps, both, of_all(walk.start, monte_carlo.mean(before[EVERYONE])))


def lapsed_revenue(ledger: ibis.Table, summary: pd.DataFrame, alive: pd.Series) -> tuple[int, float]:
    """Return how many customers are probably gone, and their revenue in the year up to their own last purchase.

    summary: last_date by customer_id; alive: P(alive) by customer_id.
    """
    gone = summary.loc[alive.reindex(summary.index) < ACTIVE, "last_date"]
    if gone.empty:
        return 0, 0.0
    ends = pd.DataFrame(
        {
            "customer_id": gone.index.to_numpy(),
            "since": pd.to_datetime(gone.to_numpy()) - timedelta(days=YEAR_WINDOW),
        }
    )
    ends["since"] = ends["since"].dt.date
    lines = ledger.inner_join(ibis.memtable(ends), "customer_id")
    lost = lines.filter((lines.kind == "purchase") & (lines.order_date > lines.since.cast("date")))
    return len(gone), float(lost.revenue.sum().fill_null(0.0).to_pandas())


def revenue_of_year(ledger: ibis.Table, as_of: date) -> float:
    """Revenue of purchases in the year up to `as_of`."""
    year = ledger.filter(
        (ledger.kind == "purchase") & (ledger.order_date > as_of - timedelta(days=YEAR_WINDOW))
    )
    return float(year.revenue.sum().fill_null(0.0).to_pandas())


def summary_at(
    ledger: ibis.Table, today: pd.DataFrame, when: date, time_unit: str, index: SpendIndex | None = None
) -> pd.DataFrame:
    """The summary at an earlier date, by customer_id, with the groups and covariates of today's summary.

    index: of today, so that both dates are valued in today's money.
    """
    then = customer_summary(ledger, when, time_unit, index).to_pandas().set_index("customer_id").sort_index()
    return then.join(today[[name for name in today if name not in then]])


def standing(
    tree: "xr.DataTree", posterior: Posterior, summary: pd.DataFrame, terms: Terms, seed: int = 1
) -> pd.DataFrame:
    """Expected value (mean) and P(alive) of every customer of a summary, as the steps of the walk need them."""
    unit = tree.attrs["time_unit"]
    rows = distinct_rows(summary, posterior.purchase.design.columns)
    alive = p_alive(tree, rows, end_of(summary, posterior.purchase.clock))[row_of(summary, rows)]
    mean = expected_values(posterior, summary, terms, unit, seed=seed)
    return pd.DataFrame({"mean": mean, "p_alive": alive}, index=summary.index)
