"""What a campaign does to buying, phase by phase: window, recovery, after. One model for all campaigns of a study.

A customer buys at a rate of their own, lambda ~ Gamma(shape, mean by their past), until they leave; a campaign
multiplies rates per phase and shifts who has left. A rate below control's in the recovery is pull-forward; what lasts
after it is gain or harm. Counts per phase are fitted together, because a model that only sees the end of the window
takes purchases that were brought forward for new ones.
"""

from dataclasses import dataclass
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pymc as pm
from pytensor import tensor as pt
from scipy import special

from helpers import fitting
from helpers.errors import StudyError

PHASES = ("window", "recovery", "after")
SEGMENTS = ("window", "recovery", "after 1", "after 2")  # after in two halves, so that leaving can be seen
PHASE_OF = np.array([0, 1, 2, 2])
RECOVERY_WINDOWS = 1.5
GAPS_TO_IDENTIFY = 2.0


@dataclass(frozen=True)
class Design:
    """Distinct rows of (arm, past, days and purchase days per segment) with their counts of customers.

    cells: (campaign, arm) of every arm, control first within a campaign. campaign, control: per cell, the position of
    its campaign and whether it is control. cell, x, days, n, count: per row; days and n are (rows, segments). weight:
    {cell position: rows' shares of the campaign's customers by x}, as (x values, shares), for standardising.
    """

    campaigns: list[str]
    cells: list[tuple[str, str]]
    campaign: np.ndarray
    control: np.ndarray
    cell: np.ndarray
    x: np.ndarray
    days: np.ndarray
    n: np.ndarray
    count: np.ndarray
    pasts: list[tuple[np.ndarray, np.ndarray]]
    mean_days: np.ndarray


def follow(
    units: pd.DataFrame, ledger: ibis.Table, as_of: date, margin_share: float, recovery_days: int = 0
) -> pd.DataFrame:
    """Add to units of one campaign what they bought in each segment since the assignment.

    units: one row per customer (customer_id, assigned_date, window_days, ...), as `outcomes.outcomes` returns.
    recovery_days: days after the window in which purchases brought forward are missing; 0 takes 1.5 windows. Columns
    added: days_k (days of segment k that `as_of` lets us see), n_k (purchase days) and margin_k, k from 0 to 3, where
    margin is `margin_share` of revenue for lines that state none.
    """
    seen = (pd.Timestamp(as_of) - units["assigned_date"]).dt.days + 1
    recovered = units["window_days"] + (
        recovery_days or (RECOVERY_WINDOWS * units["window_days"]).round().astype(int)
    )
    middle = (recovered + seen + 1) // 2
    ends = np.column_stack([units["window_days"], recovered, np.maximum(middle, recovered), seen])
    ends = np.maximum.accumulate(np.minimum(ends, np.maximum(seen, 0).to_numpy()[:, None]), axis=1)
    edges = pd.DataFrame(ends, columns=[f"end_{k}" for k in range(4)], index=units.index)
    assigned = ibis.memtable(
        edges.assign(
            customer_id=units["customer_id"].astype("string"), assigned_date=units["assigned_date"].dt.date
        )
    ).mutate(assigned_date=ibis._.assigned_date.cast("date"))
    lines = ledger.filter((ledger.order_date <= as_of) & (ledger.kind == "purchase"))
    lines = lines.inner_join(assigned, "customer_id")
    day = lines.order_date.delta(lines.assigned_date, unit="day")
    lines = lines.mutate(day=day, money=ibis.coalesce(lines.margin, lines.revenue * margin_share))
    inside = lines.filter((lines.day >= 0) & (lines.day < lines.end_3))
    segment = (
        (inside.day >= inside.end_0).cast("int")
        + (inside.day >= inside.end_1).cast("int")
        + (inside.day >= inside.end_2).cast("int")
    )
    bought = (
        inside.group_by("customer_id", segment=segment)
        .agg(n=inside.order_date.nunique(), margin=inside.money.sum())
        .to_pandas()
        .pivot(index="customer_id", columns="segment", values=["n", "margin"])
    )
    days = np.diff(np.column_stack([np.zeros(len(units)), ends]), axis=1)
    columns = {}
    for k in range(4):
        columns[f"days_{k}"] = days[:, k]
        for name in ("n", "margin"):
            column = bought.get((name, k), pd.Series(dtype=float))
            columns[f"{name}_{k}"] = units["customer_id"].map(column).fillna(0.0).to_numpy(float)
    return units.assign(**columns)


def typical_gap(units: pd.DataFrame, ledger: ibis.Table) -> float:
    """Return the typical days between two purchase days of these customers: the median of their own means.

    From their purchases before the assignment; where fewer than ten have two of these, from all their purchases.
    NaN when that is not enough either.
    """
    assigned = ibis.memtable(
        pd.DataFrame(
            {
                "customer_id": units["customer_id"].astype("string"),
                "assigned_date": units["assigned_date"].dt.date,
            }
        )
    ).mutate(assigned_date=ibis._.assigned_date.cast("date"))
    lines = ledger.filter(ledger.kind == "purchase").inner_join(assigned, "customer_id")
    for part in (lines.filter(lines.order_date < lines.assigned_date), lines):
        spans = (
            part.group_by("customer_id")
            .agg(days=part.order_date.nunique(), first=part.order_date.min(), last=part.order_date.max())
            .to_pandas()
        )
        spans = spans[spans["days"] > 1]
        if len(spans) >= 10:
            length = (pd.to_datetime(spans["last"]) - pd.to_datetime(spans["first"])).dt.days
            return float((length / (spans["days"] - 1)).median())
    return float("nan")


def is_identified(units: pd.DataFrame, gap: float) -> bool:
    """Say whether what lasts can be told: the after-phase of most customers holds two typical purchase gaps."""
    after = (units["days_2"] + units["days_3"]).median()
    return bool(np.isfinite(gap) and after >= GAPS_TO_IDENTIFY * gap)


def prepare(followed: dict[str, pd.DataFrame], controls: dict[str, str]) -> Design:
    """Arrange the units of all campaigns for the model; equal customers become one row with a count.

    followed: {campaign: units with the columns of `follow` and pre_purchase_days}. controls: {campaign: control arm}.
    The past enters as log(1 + purchase days before), standardised within the campaign. StudyError where nobody of a
    campaign bought anything since its assignment.
    """
    names, cells, parts, pasts, mean_days = list(followed), [], [], [], []
    for name in names:
        units = followed[name]
        if not units[[f"n_{k}" for k in range(4)]].to_numpy().sum():
            raise StudyError(
                f"Nobody of campaign {name} has bought since the assignment: nothing to estimate."
            )
        logs = np.log1p(units["pre_purchase_days"].to_numpy(float))
        spread = logs.std()
        x = np.round((logs - logs.mean()) / spread, 9) if spread > 0 else np.zeros(len(logs))
        values, sizes = np.unique(x, return_counts=True)
        arms = [controls[name], *sorted(set(units["arm"]) - {controls[name]})]
        for arm in arms:
            here = (units["arm"] == arm).to_numpy()
            part = units.loc[here, [f"{what}_{k}" for what in ("days", "n") for k in range(4)]]
            parts.append(part.assign(cell=len(cells), x=x[here]))
            cells.append((name, arm))
            pasts.append((values, sizes / len(units)))
            mean_days.append(units[[f"days_{k}" for k in range(4)]].mean().to_numpy())
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.groupby(list(rows.columns), as_index=False, sort=True).size()
    columns = {what: rows[[f"{what}_{k}" for k in range(4)]].to_numpy(float) for what in ("days", "n")}
    return Design(
        campaigns=names,
        cells=cells,
        campaign=np.array([names.index(name) for name, _ in cells]),
        control=np.array([arm == controls[name] for name, arm in cells]),
        cell=rows["cell"].to_numpy(int),
        x=rows["x"].to_numpy(float),
        days=columns["days"],
        n=columns["n"],
        count=rows["size"].to_numpy(float),
        pasts=pasts,
        mean_days=np.array(mean_days),
    )


def build(design: Design) -> pm.Model:
    """Define the model: purchase days per segment, gamma-Poisson while active, zero after leaving.

    Per campaign: mean rate (its observed one times exp(Normal(0, 1))), slope on the past Normal(0, 0.7), shape
    LogNormal(0, 0.7), levels of the later segments exp(Normal(0, 0.4)) for season and growth, common to its arms;
    hazard of leaving LogNormal(log 0.02 a month, 1); odds of having left already exp(Normal(-1, 1.5)). Per treated
    arm: rate multiplier of each phase exp(Normal(0, 0.7)), hazard multiplier exp(Normal(0, 0.5)), shift of the odds
    of having left Normal(0, 1.5), negative where those who had left come back.
    """
    c, treated = design.campaign, np.flatnonzero(~design.control)
    bought, exposed = (
        np.bincount(c[design.cell], design.count * values.sum(axis=1)) for values in (design.n, design.days)
    )
    coords = {
        "campaign": design.campaigns,
        "arm": [f"{name}: {arm}" for name, arm in (design.cells[i] for i in treated)],
        "later": SEGMENTS[1:],
        "phase": PHASES,
    }
    place = np.full(len(c), len(treated))
    place[treated] = np.arange(len(treated))
    with pm.Model(coords=coords) as model:
        rate = pm.Normal("log_rate", np.log((bought + 0.5) / exposed) + 0.7, 1, dims="campaign")
        slope = pm.Normal("slope", 0, 0.7, dims="campaign")
        shape = pm.LogNormal("shape", 0, 0.7, dims="campaign")
        season = pm.Normal("log_level", 0, 0.4, dims=("campaign", "later"))
        hazard = pm.LogNormal("hazard", np.log(0.02 / 30.44), 1, dims="campaign")
        left = pm.Normal("left", -1, 1.5, dims="campaign")
        multiplier = pm.Normal("log_multiplier", 0, 0.7, dims=("arm", "phase"))
        more_leave = pm.Normal("log_hazard_multiplier", 0, 0.5, dims="arm")
        come_back = pm.Normal("left_shift", 0, 1.5, dims="arm")

        def with_control(values):
            """Arms' values with a row of zeros behind them, which control cells point at."""
            return pt.concatenate([values, pt.zeros_like(values[:1])], axis=0)[place]

        levels = pt.concatenate([pt.zeros_like(season[:, :1]), season], axis=1)[c]
        log_factor = levels + with_control(multiplier)[:, PHASE_OF]
        gone = pm.math.invlogit(left[c] + with_control(come_back))
        leaving = hazard[c] * pm.math.exp(with_control(more_leave))
        mean = rate[c[design.cell]] + slope[c[design.cell]] * design.x
        rows = _log_likelihood(
            design,
            mean,
            shape[c[design.cell]],
            log_factor[design.cell],
            gone[design.cell],
            leaving[design.cell],
        )
        pm.Potential("purchases", (design.count * rows).sum())
    return model


def _log_likelihood(design: Design, log_mean, shape, log_factor, gone, leaving):
    """The log-probability of every row: over the segment after which the customer left, -1 (before) to the last.

    Given that the last active segment is k, counts up to k are gamma-Poisson with C_k = sum of days x factors, and
    later ones must be zero.
    """
    days, n = design.days, design.n
    exposure = days * pm.math.exp(log_factor)
    last = np.where((n > 0).any(axis=1), 3 - (n[:, ::-1] > 0).argmax(axis=1), -1)
    total = n.sum(axis=1)
    # log of the days where they count: an empty segment has no purchases and no say.
    counted = (n * (np.log(np.maximum(days, 1e-300)) + log_factor) - special.gammaln(n + 1)).sum(axis=1)
    rate = pm.math.log(shape) - log_mean
    common = counted + pt.gammaln(shape + total) - pt.gammaln(shape) + shape * rate
    between = np.column_stack([(days[:, k] + days[:, k + 1]) / 2 for k in range(3)])
    terms = [pm.math.switch(last < 0, pm.math.log(gone), -np.inf)]
    alive, reached = pm.math.log1p(-gone), pt.zeros_like(log_mean)
    for k in range(4):
        reached = reached + exposure[:, k]
        fits = common - (shape + total) * pm.math.log(pm.math.exp(rate) + reached)
        if k < 3:
            stays = -leaving * between[:, k]
            ends = pm.math.log(-pm.math.expm1(pm.math.minimum(stays, -1e-12)))
            terms.append(pm.math.switch(last <= k, alive + ends + fits, -np.inf))
            alive = alive + stays
        else:
            terms.append(alive + fits)
    return pm.math.logsumexp(pt.stack(terms, axis=1), axis=1)


@dataclass(frozen=True)
class Course:
    """Posterior draws per cell: purchases (draws, cells, segments) per assigned customer, active at the end of what
    was seen (draws, cells), leaving per day (draws, cells), and the daily rate of those active after it (draws, cells)."""

    purchases: np.ndarray
    active: np.ndarray
    leaving: np.ndarray
    rate_after: np.ndarray


def course(tree, design: Design) -> Course:
    """Expected purchase days of every arm, as if all customers of its campaign had been in it."""
    draw = {name: fitting.flat_draws(tree, name) for name in tree["posterior"].data_vars}
    size = len(draw["left"])
    purchases, active = np.empty((size, len(design.cells), 4)), np.empty((size, len(design.cells)))
    leaving, rate_after = np.empty_like(active), np.empty_like(active)
    arm = -1
    for i, c in enumerate(design.campaign):
        arm += not design.control[i]
        treated = not design.control[i]
        x, share = design.pasts[i]
        mean = np.exp(draw["log_rate"][:, c, None] + draw["slope"][:, c, None] * x) @ share
        shift = draw["left_shift"][:, arm] if treated else 0.0
        alive = special.expit(-(draw["left"][:, c] + shift))
        leaving[:, i] = draw["hazard"][:, c] * np.exp(
            draw["log_hazard_multiplier"][:, arm] if treated else 0.0
        )
        days = design.mean_days[i]
        for k in range(4):
            level = draw["log_level"][:, c, k - 1] if k else 0.0
            change = draw["log_multiplier"][:, arm, PHASE_OF[k]] if treated else 0.0
            purchases[:, i, k] = mean * alive * days[k] * np.exp(level + change)
            alive = alive * np.exp(-leaving[:, i] * (days[k] + (days[k + 1] if k < 3 else 0)) / 2)
        usual = np.exp(draw["log_level"][:, c, 1:]).mean(axis=1)
        lasting = np.exp(draw["log_multiplier"][:, arm, 2]) if treated else 1.0
        active[:, i], rate_after[:, i] = alive, mean * usual * lasting
    return Course(purchases, active, leaving, rate_after)
