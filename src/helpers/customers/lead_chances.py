"""What the hazards say: conversion per stage, the chance of a win by a day, for a new lead and for one on its way."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.fft import irfft, next_fast_len, rfft

from helpers.customers.lead_covariates import Covariates
from helpers.customers.leads import CAUSES, CUTS, Funnel
from helpers.inference import sampler
from helpers.inference.intervals import LOWER, UPPER, Interval, interval
from helpers.study.year import YEAR, YEAR_WINDOW

if TYPE_CHECKING:
    import xarray as xr

STEP = 3.0  # days of the time grid
CELLS = 8  # of a covariate's effect, from the least to the largest, in which leads are averaged


class Hazards:
    """Hazards per day for posterior draws and leads, from a posterior of `leads.fit`.

    `rates(draw)` gives (leads, stages, time bins, causes); `draws` is how many draws were kept.
    """

    def __init__(self, tree: "xr.DataTree", found: Funnel, design: pd.DataFrame, most: int = 200) -> None:
        self.stages, self.bins = len(found.names), len(CUTS)
        self.channel = pd.Index(found.channels).get_indexer(found.leads["channel"])
        self.x = design.to_numpy(dtype=float)
        self.parts = {}
        for cause in CAUSES:
            level, change = (sampler.flat_draws(tree, f"{cause}_{name}") for name in ("level", "change"))
            kept = np.unique(np.linspace(0, len(level) - 1, min(most, len(level))).astype(int))
            change = np.pad(change[kept].reshape(len(kept), self.stages, -1), ((0, 0), (0, 0), (1, 0)))
            effect = sampler.flat_draws(tree, f"{cause}_effect")[kept] if self.x.shape[1] else None
            self.parts[cause] = level[kept].reshape(len(kept), -1, self.stages), change, effect
        self.draws = len(kept)

    def rates(self, draw: int, rows: np.ndarray) -> np.ndarray:
        """Hazards per day of the leads in `rows` in one draw: (leads, stages, bins, causes)."""
        found = []
        for level, change, effect in self.parts.values():
            log = change[draw][None] + level[draw][self.channel[rows]][:, :, None]
            found.append(log if effect is None else log + (self.x[rows] @ effect[draw])[:, None, None])
        return np.exp(np.stack(found, axis=-1))

    def averaged(self, draw: int, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Hazards of cells of alike leads, all leads of `rows` (of one channel) in them, and each cell's share of the leads.

        Leads differ by what their covariates do to each of the two causes: the plane of both is cut into CELLS x CELLS, and
        a cell counts with the mean effect of its leads.
        """
        shifts = np.zeros((len(rows), len(CAUSES)))
        for place, (_, _, effect) in enumerate(self.parts.values()):
            shifts[:, place] = 0.0 if effect is None else self.x[rows] @ effect[draw]
        low, width = shifts.min(axis=0), np.ptp(shifts, axis=0)
        scaled = np.divide(shifts - low, width, out=np.zeros_like(shifts), where=width > 0)
        place = np.minimum((scaled * CELLS).astype(int), CELLS - 1) @ (CELLS, 1)
        _, cell, size = np.unique(place, return_inverse=True, return_counts=True)
        means = np.stack([np.bincount(cell, one) / size for one in shifts.T], axis=-1)
        base = [
            change[draw] + level[draw, self.channel[rows[0]]][:, None]
            for level, change, _ in self.parts.values()
        ]
        rates = np.exp(np.stack(base, axis=-1)[None] + means[:, None, None, :])
        return rates, size / len(rows)


def stage_conversion(rates: np.ndarray, days: float = YEAR_WINDOW) -> np.ndarray:
    """Chance to advance within `days` of entering each stage: (leads, stages)."""
    edges = np.append(CUTS, np.inf)
    width = np.clip(np.minimum(edges[1:], days) - edges[:-1], 0, None)
    total = rates.sum(axis=-1)
    survived = np.exp(-np.cumsum(total * width, axis=-1))
    before = np.concatenate([np.ones_like(survived[..., :1]), survived[..., :-1]], axis=-1)
    return (rates[..., 0] / total * (before - survived)).sum(axis=-1)


def win_curve(rates: np.ndarray, days: float, stage: ArrayLike = 0, age: ArrayLike = 0.0) -> np.ndarray:
    """Chance to be won within each step of `STEP` days from now, (leads, steps), for leads in `stage` for `age` days.

    stage and age are numbers, or one per lead. What follows the present stage are the convolutions of the stages.
    """
    leads, stages = rates.shape[:2]
    stage, age = np.broadcast_to(stage, leads), np.broadcast_to(np.asarray(age, float), leads)
    steps = int(np.ceil(days / STEP))
    length = next_fast_len(2 * steps)
    curve = np.zeros((leads, steps))
    for first in range(stages):
        rows = np.flatnonzero(stage == first)
        if not len(rows):
            continue
        mass = _advance(rates[rows, first], age[rows], steps)
        for later in range(first + 1, stages):
            more = _advance(rates[rows, later], np.zeros(len(rows)), steps)
            both = irfft(rfft(mass, length) * rfft(more, length), length)[:, :steps]
            mass = 0.5 * (
                both + np.pad(both, ((0, 0), (1, 0)))[:, :steps]
            )  # two middles of steps make one edge
        curve[rows] = mass
    return curve


def _advance(rates: np.ndarray, age: np.ndarray, steps: int) -> np.ndarray:
    """Chance to advance within each step from `age` on, given that the lead is still there: (leads, steps)."""
    edges = age[:, None] + np.arange(steps + 1) * STEP
    total = rates.sum(axis=-1)
    cumulative = np.zeros_like(edges)
    for number, since in enumerate(CUTS):
        until = CUTS[number + 1] if number + 1 < len(CUTS) else np.inf
        cumulative += total[:, number, None] * (np.clip(edges, since, until) - since)
    survived = np.exp(-(cumulative - cumulative[:, :1]))
    middle = (edges[:, :-1] + edges[:, 1:]) / 2
    at = np.searchsorted(CUTS, middle, side="right") - 1
    share = np.take_along_axis(rates[..., 0] / total, at, axis=1)
    return share * (survived[:, :-1] - survived[:, 1:])


def open_at(found: Funnel, day: float) -> pd.DataFrame:
    """The leads open at a day: lead (row), stage (number) and age in that stage, in days."""
    reached = np.where(found.reached <= day, found.reached, np.nan)
    stage = (~np.isnan(reached)).sum(axis=1) - 1
    still = (stage >= 0) & (stage < len(found.stages) - 1) & ~(found.lost <= day)
    rows = np.flatnonzero(still)
    return pd.DataFrame({"lead": rows, "stage": stage[rows], "age": day - reached[rows, stage[rows]]})


def won_within(found: Funnel, rows: np.ndarray, day: float, days: float) -> np.ndarray:
    """Whether each lead was won in the `days` after a day."""
    won = found.reached[rows, -1]
    return (won > day) & (won <= day + days)


def discounted(curve: np.ndarray, annual_discount_rate: float) -> np.ndarray:
    """Discounted chance of a win: each step counts less, the later it lies: (leads,)."""
    middle = (np.arange(curve.shape[1]) + 0.5) * STEP
    return curve @ (1 + annual_discount_rate) ** (-middle / YEAR)


def drawn_scores(hazards: Hazards, open_leads: pd.DataFrame, days: float) -> np.ndarray:
    """The chance of a win within `days` of each open lead under each draw: (draws, leads)."""
    rows, stage, age = (open_leads[name].to_numpy() for name in ("lead", "stage", "age"))
    curves = (win_curve(hazards.rates(draw, rows), days, stage, age) for draw in range(hazards.draws))
    return np.array([curve.sum(axis=1) for curve in curves])


def scores_and_sums(
    hazards: Hazards,
    open_leads: pd.DataFrame,
    days: float,
    annual_discount_rate: float = 0.0,
    worth: np.ndarray | float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Each open lead's mean chance of a win within `days` (leads,), discounted when asked; what all bring by draw (draws,).

    worth: of a win each; a number, (leads,), or (draws, leads).
    """
    rows, stage, age = (open_leads[name].to_numpy() for name in ("lead", "stage", "age"))
    total, sums = np.zeros(len(rows)), np.zeros(hazards.draws)
    each = np.broadcast_to(worth, (hazards.draws, len(rows)))
    for draw in range(hazards.draws):
        own = discounted(win_curve(hazards.rates(draw, rows), days, stage, age), annual_discount_rate)
        total += own
        sums[draw] = (own * each[draw]).sum()
    return total / hazards.draws, sums


def conversion_by_channel(hazards: Hazards, found: Funnel) -> dict[tuple[str, str], np.ndarray]:
    """Draws of the conversion of each stage, among the channel's leads that came to it: {(channel, stage): (draws,)}.

    Empty where there is one stage only: its conversion is the chance of a win, which the curves tell.
    """
    if len(found.names) == 1:
        return {}
    came = ~np.isnan(found.reached[:, :-1])
    rates: dict[tuple[str, str], np.ndarray] = {}
    for channel in found.channels:
        rows = np.flatnonzero((found.leads["channel"] == channel).to_numpy())
        each = np.array(
            [
                _mean_of(stage_conversion(hazards.rates(draw, rows)), came[rows])
                for draw in range(hazards.draws)
            ]
        )
        rates |= {(channel, stage): each[:, number] for number, stage in enumerate(found.names)}
    return rates


def curves_by_channel(
    hazards: Hazards, found: Funnel, days: float, only: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Draws of the chance that a new lead is won by each step of `STEP` days, per channel: {channel: (draws, steps)}.

    Averaged over all leads of the channel; `only` (leads,) says which may stand for it.
    """
    allowed = np.ones(len(found.leads), bool) if only is None else only
    curves = {}
    for channel in found.channels:
        rows = np.flatnonzero((found.leads["channel"] == channel).to_numpy() & allowed)
        each = []
        for draw in range(hazards.draws):
            rates, shares = hazards.averaged(draw, rows)
            each.append(shares @ win_curve(rates, days))
        curves[channel] = np.cumsum(each, axis=1)
    return curves


def wins(curves: dict[str, np.ndarray], found: Funnel, soon: float) -> pd.DataFrame:
    """Channel, leads, the chance of a win within `soon` days and within all days of the curves, median days to a win.

    The chances (soon, late) and the days (median_days) are intervals; the median is that of those won within the curves.
    """
    rows = [
        (
            name,
            size,
            interval(curve[:, int(soon / STEP) - 1]),
            interval(curve[:, -1]),
            interval(median_days(curve)),
        )
        for name, size, curve in ((name, found.sizes[name], curves[name]) for name in found.channels)
    ]
    return pd.DataFrame(rows, columns=["channel", "leads", "soon", "late", "median_days"])


def win_metrics(table: pd.DataFrame, horizon: int) -> dict[str, Interval]:
    """The chances of `wins` under the names of run.json."""
    soon = {f"won.{row.channel}": row.soon for row in table.itertuples()}
    return soon | {f"won_within_{horizon}_days.{row.channel}": row.late for row in table.itertuples()}


def best_and_worst(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The rows of `wins` of the channels with the highest and the lowest chance of a win in the end."""
    late = table["late"].map(lambda one: one.mean)
    return table.loc[late.idxmax()], table.loc[late.idxmin()]


def bands(curves: dict[str, np.ndarray], channels: list[str]) -> dict[str, pd.DataFrame]:
    """Mean and 90 % interval of the curves of these channels: {channel: days, mean, low, high}."""
    found = {}
    for name in channels:
        low, high = np.quantile(curves[name], [LOWER, UPPER], axis=0)
        days = (np.arange(curves[name].shape[1]) + 1) * STEP
        found[name] = pd.DataFrame(
            {"days": days, "mean": curves[name].mean(axis=0), "low": low, "high": high}
        )
    return found


def median_days(curve: np.ndarray) -> np.ndarray:
    """Days by which half of those won within the curve's days are won, per draw."""
    return (np.argmax(curve >= 0.5 * curve[:, -1:], axis=1) + 1) * STEP


@dataclass(frozen=True)
class Halving:
    """The ratio of the hazard to advance when a covariate is halved, and the chance that it is above 1."""

    ratio: Interval
    chance: float


def halving(tree: "xr.DataTree", chosen: Covariates, column: str) -> Halving | None:
    """Return what goes along with half of `column`; None where it is no covariate that was taken as its logarithm."""
    if column not in chosen.log_spread:
        return None
    effect = sampler.flat_draws(tree, f"{CAUSES[0]}_effect")[:, list(chosen.design.columns).index(column)]
    ratio = np.exp(-effect * np.log(2) / chosen.log_spread[column])
    return Halving(interval(ratio), float(np.mean(ratio > 1)))


def _mean_of(values: np.ndarray, came: np.ndarray) -> np.ndarray:
    """The mean of each stage over the leads that came to it (over all, where none did)."""
    weights = np.where(came.any(axis=0), came, True)
    return (values * weights).sum(axis=0) / weights.sum(axis=0)
