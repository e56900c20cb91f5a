"""What a campaign does to buying, phase by phase: window, recovery, after. One model for all campaigns of a study.

A customer buys at a rate of their own, lambda ~ Gamma(shape, mean by their past), until they leave; a campaign
multiplies rates per phase and shifts who has left. A rate below control's in the recovery is pull-forward; what lasts
after it is gain or harm. Counts per phase are fitted together, because a model that only sees the end of the window
takes purchases that were brought forward for new ones.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pymc as pm
from pytensor.tensor.variable import TensorVariable

from helpers.errors import StudyError
from helpers.study.year import MONTH

PHASES = ("window", "recovery", "after")
SEGMENTS = ("window", "recovery", "after 1", "after 2")  # after in two halves, so that leaving can be seen
PHASE_OF = np.array([0, 1, 2, 2])
PAST_LEVELS = 4
# Mean and standard deviation a priori, on unconstrained scales; the rate's mean is added to the observed one.
RATE, SLOPE, SHAPE, LEVEL = (0.7, 1.0), (0.0, 0.7), (0.0, 0.7), (0.0, 0.4)
HAZARD, LEFT = (float(np.log(0.02 / MONTH)), 1.0), (-1.0, 1.5)
MULTIPLIER, HAZARD_MULTIPLIER, LEFT_SHIFT = (0.0, 0.7), (0.0, 0.5), (0.0, 1.5)
OPEN = 3  # segments: whoever bought in the last one has not left


@dataclass(frozen=True)
class Design:
    """What the likelihood needs: customers who are alike in it are one row with a count.

    cells: (campaign, arm) of every arm, control first within a campaign; campaign and control: per cell, the position
    of its campaign and whether it is control. Groups are the distinct (cell, past, days per segment): group_cell,
    group_x, group_days (groups, segments). Rows are the distinct (group, last segment with a purchase or -1, purchase
    days in all): row_group, last, total, count. bought: purchase days (cells, segments); customers: per cell. pasts:
    per cell, the levels of the past in its campaign and their shares. mean_days: (cells, segments).
    """

    campaigns: list[str]
    cells: list[tuple[str, str]]
    campaign: np.ndarray
    control: np.ndarray
    group_cell: np.ndarray
    group_x: np.ndarray
    group_days: np.ndarray
    row_group: np.ndarray
    last: np.ndarray
    total: np.ndarray
    count: np.ndarray
    bought: np.ndarray
    customers: np.ndarray
    pasts: list[tuple[np.ndarray, np.ndarray]]
    mean_days: np.ndarray

    def arms(self, campaign: str) -> list[str]:
        """The arms of one campaign, control first."""
        return [arm for name, arm in self.cells if name == campaign]


def prepare(followed: dict[str, pd.DataFrame], controls: dict[str, str]) -> Design:
    """Arrange the units of all campaigns for the model.

    followed: {campaign: units with the columns of `follow_up.follow` and pre_purchase_days}. controls: {campaign:
    control arm}. The past enters as log(1 + purchase days before) in at most five levels, standardised within the campaign.
    StudyError where nobody of a campaign bought anything since its assignment.
    """
    cells: list[tuple] = []
    parts, pasts, mean_days, bought = [], [], [], []
    for name, units in followed.items():
        n = units[[f"n_{k}" for k in range(4)]].to_numpy(float)
        days = units[[f"days_{k}" for k in range(4)]].to_numpy(float)
        if not n.sum():
            raise StudyError(
                f"Nobody of campaign {name} has bought since the assignment: nothing to estimate."
            )
        x = _levels(units["pre_purchase_days"].to_numpy(float))
        values, sizes = np.unique(x, return_counts=True)
        last = np.where((n > 0).any(axis=1), 3 - (n[:, ::-1] > 0).argmax(axis=1), -1)
        for arm in [controls[name], *sorted(set(units["arm"]) - {controls[name]})]:
            here = (units["arm"] == arm).to_numpy()
            part = pd.DataFrame(days[here]).assign(x=x[here], last=last[here], total=n[here].sum(axis=1))
            parts.append(part.assign(cell=len(cells)))
            cells.append((name, arm))
            pasts.append((values, sizes / len(units)))
            mean_days.append(days.mean(axis=0))
            bought.append(n[here].sum(axis=0))
    rows = pd.concat(parts, ignore_index=True)
    keys = ["cell", "x", 0, 1, 2, 3]
    rows = rows.groupby([*keys, "last", "total"], as_index=False).size()
    group = rows.groupby(keys).ngroup().to_numpy()
    groups = rows.groupby(keys)["size"].sum().reset_index()
    names = list(followed)
    return Design(
        campaigns=names,
        cells=cells,
        campaign=np.array([names.index(name) for name, _ in cells]),
        control=np.array([arm == controls[name] for name, arm in cells]),
        group_cell=groups["cell"].to_numpy(int),
        group_x=groups["x"].to_numpy(float),
        group_days=groups[[0, 1, 2, 3]].to_numpy(float),
        row_group=group,
        last=rows["last"].to_numpy(int),
        total=rows["total"].to_numpy(int),
        count=rows["size"].to_numpy(float),
        bought=np.array(bought),
        customers=np.bincount(rows["cell"], rows["size"]),
        pasts=pasts,
        mean_days=np.array(mean_days),
    )


def build(design: Design) -> pm.Model:
    """Define the model: purchase days per segment, gamma-Poisson while active, zero after leaving.

    Per campaign: mean rate (its observed one times exp(Normal(0, 1))), slope on the past Normal(0, 0.7), shape
    LogNormal(0, 0.7), levels of the later segments exp(Normal(0, 0.4)) for season and growth, common to its arms;
    hazard of leaving LogNormal(log 0.02 a month, 1); odds of having left already exp(Normal(-1, 1.5)). Per treated
    arm: rate multiplier of each phase exp(Normal(0, 0.7)), hazard multiplier exp(Normal(0, 0.5)), shift of the log
    odds of having left Normal(0, 1.5), negative where those who had left come back.
    """
    c, treated = design.campaign, np.flatnonzero(~design.control)
    place = np.full(len(c), len(treated))
    place[treated] = np.arange(len(treated))
    coords = {
        "campaign": design.campaigns,
        "arm": [f"{name}: {arm}" for name, arm in (design.cells[i] for i in treated)],
        "later": SEGMENTS[1:],
        "phase": PHASES,
    }
    with pm.Model(coords=coords) as model:
        rate = pm.Normal("log_rate", log_observed_rate(design) + RATE[0], RATE[1], dims="campaign")
        slope = pm.Normal("slope", *SLOPE, dims="campaign")
        shape = pm.LogNormal("shape", *SHAPE, dims="campaign")
        season = pm.Normal("log_level", *LEVEL, dims=("campaign", "later"))
        hazard = pm.LogNormal("hazard", *HAZARD, dims="campaign")
        left = pm.Normal("left", *LEFT, dims="campaign")
        multiplier = pm.Normal("log_multiplier", *MULTIPLIER, dims=("arm", "phase"))
        more_leave = pm.Normal("log_hazard_multiplier", *HAZARD_MULTIPLIER, dims="arm")
        come_back = pm.Normal("left_shift", *LEFT_SHIFT, dims="arm")

        # Sums over zeros and ones, where indices and products of matrices would take numba a minute to compile.
        own = (np.arange(len(treated)) == place[:, None]).astype(float)  # (cells, arms); a control has none
        spread = (np.arange(3)[:, None] == PHASE_OF).astype(float)  # (phases, segments)
        later = (np.arange(3)[:, None] + 1 == np.arange(4)).astype(float)  # (later segments, segments)
        changes = (own[:, :, None, None] * multiplier[None, :, :, None] * spread).sum(axis=(1, 2))
        log_factor = changes + (season[c][:, :, None] * later).sum(axis=1)
        log_odds = left[c] + (own * come_back).sum(axis=1)
        leaving = hazard[c] * pm.math.exp((own * more_leave).sum(axis=1))
        pm.Potential("when", (design.bought * log_factor).sum())
        pm.Potential("how_many", _log_likelihood(design, rate, slope, shape, log_factor, log_odds, leaving))
    return model


def log_observed_rate(design: Design) -> np.ndarray:
    """The logarithm of the purchase days per customer and day of each campaign."""
    c, customers = design.campaign, np.bincount(design.row_group, design.count)
    exposed = np.bincount(c[design.group_cell], customers * design.group_days.sum(axis=1))
    return np.log(np.bincount(c, design.bought.sum(axis=1)) / exposed)


def by_group(design: Design) -> tuple[np.ndarray, ...]:
    """Customers of each group, those of them who bought in the last segment, and the purchase days of these."""
    stayed, size = design.last == OPEN, len(design.group_x)
    parts = (1.0, stayed, stayed * design.total)
    return tuple(np.bincount(design.row_group, design.count * part, size) for part in parts)


def further(design: Design) -> np.ndarray:
    """How many customers of a campaign bought on more than s days, (campaigns, s): log Gamma as a sum of logarithms."""
    steps = np.arange(max(int(design.total.max()), 1))
    more = (design.total[:, None] > steps) * design.count[:, None]
    campaign = design.campaign[design.group_cell][design.row_group]
    return np.array([more[campaign == k].sum(axis=0) for k in range(len(design.campaigns))])


def _log_likelihood(
    design: Design,
    rate: TensorVariable,
    slope: TensorVariable,
    shape: TensorVariable,
    log_factor: TensorVariable,
    log_odds: TensorVariable,
    leaving: TensorVariable,
) -> TensorVariable:
    """The log-probability of the rows without the factors of single purchases, which `when` holds.

    A customer left before the first segment, after the k-th, or not yet. Given the last active segment k, purchases up
    to k are gamma-Poisson with exposure C_k = sum of days x factors up to k, and later ones must be zero: so only the
    number of purchases and the last segment with one matter, and the terms are computed per group.
    """
    days, cell = design.group_days, design.group_cell
    c = design.campaign[cell]
    inverse = pm.math.log(shape[c]) - rate[c] - slope[c] * design.group_x
    # Five columns: left before the first segment, after the first, second, third, not yet.
    so_far = (np.arange(4)[:, None] < np.arange(5)).astype(float)
    reached = (days[:, :, None] * pm.math.exp(log_factor[cell])[:, :, None] * so_far).sum(axis=1)
    log = pm.math.log(pm.math.exp(inverse)[:, None] + reached)
    between = np.column_stack(
        [np.ones(len(days)), (days[:, :3] + days[:, 1:]) / 2 + 1e-6, np.ones(len(days))]
    )
    stayed_for = np.column_stack([np.zeros((len(days), 2)), np.cumsum(between[:, 1:4], axis=1)])
    ends, before = np.array([0.0, 1, 1, 1, 0]), np.array([1.0, 0, 0, 0, 0])
    odds, leave = log_odds[cell][:, None], leaving[cell][:, None]
    weight = (
        odds * before - pm.math.log1pexp(odds) - leave * stayed_for
        + ends * pm.math.log(-pm.math.expm1(-leave * between))
    )  # fmt: skip
    # Whoever bought in the last segment has not left: their terms add up per group.
    customers, stayed, bought = by_group(design)
    whole = (
        customers * shape[c] * inverse + stayed * weight[:, 4] - (stayed * shape[c] + bought) * log[:, 4]
    ).sum()
    # log Gamma(shape + total) - log Gamma(shape) as a sum of logs: cheaper than the function and its derivative.
    more = further(design)
    whole = whole + (more * pm.math.log(shape[:, None] + np.arange(more.shape[1]))).sum()
    open_ = np.flatnonzero(design.last < OPEN)
    g, total, last = design.row_group[open_], design.total[open_], design.last[open_]
    terms = (
        weight[g] - (shape[c[g]] + total)[:, None] * log[g] + np.where(np.arange(5) > last[:, None], 0, -1e6)
    )
    top = pm.math.max(terms, axis=1, keepdims=True)
    mixed = pm.math.log(pm.math.exp(terms - top).sum(axis=1)) + top[:, 0]
    return whole + (design.count[open_] * mixed).sum()


def _levels(past: np.ndarray) -> np.ndarray:
    """log(1 + past) in at most five groups of about equal size, zero apart, standardised; the groups' means."""
    logs = np.log1p(past)
    group = np.zeros(len(past), dtype=int)
    positive = past > 0
    values, place = np.unique(logs[positive], return_inverse=True)
    if len(values) <= PAST_LEVELS:
        group[positive] = 1 + place
    else:
        group[positive] = 1 + pd.qcut(logs[positive], PAST_LEVELS, labels=False, duplicates="drop")
    means = (np.bincount(group, logs) / np.maximum(np.bincount(group), 1))[group]
    spread = means.std()
    return np.round((means - means.mean()) / spread, 9) if spread > 0 else np.zeros(len(past))
