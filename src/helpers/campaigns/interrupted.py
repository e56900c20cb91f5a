"""Interrupted time series: one unit's own past, its trend and its season carried on past the start.

y_t = level + trend t + season(t) + e_t with e_t = rho e_(t-1) + noise (segmented regression with autocorrelated
errors; Wagner et al. 2002). Nothing but the past says what would have happened, so whatever else began with the
treatment is counted as its effect.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pymc as pm

from helpers.campaigns.panel import Panel
from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.inference import sampler
from helpers.messages import decimals, message
from helpers.study.year import YEAR

if TYPE_CHECKING:
    import xarray as xr

FEWEST_BEFORE = 4
HARMONICS = 2
FEWEST_YEARS = 1.9  # two years, but for the length of months

TWO_YEARS = message("interrupted.two_years", "2 years")
SHORT_PAST = message(
    "interrupted.short_past",
    "{unit} has {years} years before its start: season and trend cannot be told apart. Do not decide on this design.",
)


@dataclass(frozen=True)
class Series:
    """One unit's path, standardised on its past, with the starts to be looked at: the real one and earlier ones.

    y: (periods,). time: years since the first period. waves: (periods, 2 * harmonics). centre, spread: to undo the
    standardising. starts: positions; the first is the real one.
    """

    unit: str
    y: np.ndarray
    time: np.ndarray
    waves: np.ndarray
    centre: float
    spread: float
    starts: list[int]

    @property
    def years_before(self) -> float:
        """Years from the first period to the last one before the start."""
        return float(self.time[self.starts[0] - 1])


def pick_unit(panel: Panel, unit: str = "") -> int:
    """Return the row of the unit to follow: by name, or the treated one with the longest past."""
    treated = list(panel.treated)
    names = [panel.units[row] for row in treated]
    if unit and unit not in names:
        raise StudyError(f"focus_unit is {unit!r}; treated units are {', '.join(names)}.")
    return treated[names.index(unit)] if unit else max(treated, key=lambda row: panel.start[row])


def prepare(panel: Panel, row: int, placebo_shift: int) -> Series:
    """Arrange one unit's path; a pretended start `placebo_shift` periods earlier is looked at beside the real one.

    Seasons need at least two periods a year; without them the series has none. StudyError with fewer than four
    periods before the start.
    """
    start = int(panel.start[row])
    if start < FEWEST_BEFORE:
        raise StudyError(
            f"{panel.units[row]} has {start} periods before its treatment; an interrupted time series needs "
            f"{FEWEST_BEFORE}. Choose another focus_unit, or leave this design out."
        )
    days = np.asarray((panel.periods - panel.periods[0]) / np.timedelta64(1, "D"), dtype=float)
    in_year = panel.periods.day_of_year.to_numpy() / YEAR
    harmonics = min(HARMONICS, int(YEAR / np.median(np.diff(days)) // 2))
    turns = [turn(2 * np.pi * k * in_year) for k in range(1, harmonics + 1) for turn in (np.sin, np.cos)]
    y = panel.outcome[row]
    centre, spread = y[:start].mean(), max(y[:start].std(), 1e-12)
    starts = [start] + ([start - placebo_shift] if start - placebo_shift >= FEWEST_BEFORE else [])
    waves = np.column_stack(turns) if turns else np.zeros((len(y), 0))
    return Series(panel.units[row], (y - centre) / spread, days / YEAR, waves, centre, spread, starts)


def build(series: Series) -> pm.Model:
    """Define the model, once per start, on the periods before it only.

    On the standardised scale: level ~ Normal(0, 2), trend per year ~ Normal(0, 2), each wave ~ Normal(0, 0.7),
    rho ~ Beta(2, 2) stretched over (-1, 1), noise ~ HalfNormal(1). The first period has the stationary spread.
    """
    row = np.concatenate([np.full(start, i) for i, start in enumerate(series.starts)])
    period = np.concatenate([np.arange(start) for start in series.starts])
    first, later = np.flatnonzero(period == 0), np.flatnonzero(period > 0)
    y = series.y[period]
    with pm.Model(coords={"cut": series.starts, "turn": range(series.waves.shape[1])}) as model:
        level = pm.Normal("level", 0, 2, dims="cut")
        trend = pm.Normal("trend", 0, 2, dims="cut")
        half = pm.Beta("half", 2, 2, dims="cut")
        rho = pm.Deterministic("rho", 2 * half - 1, dims="cut")
        noise = pm.HalfNormal("noise", 1, dims="cut")
        mean = level[row] + trend[row] * series.time[period]
        if series.waves.size:
            wave = pm.Normal("wave", 0, 0.7, dims=("turn", "cut"))
            for k in range(series.waves.shape[1]):
                mean = mean + wave[k][row] * series.waves[period, k]
        error = y - mean
        pm.Potential(
            "first", pm.logp(pm.Normal.dist(0, noise / pm.math.sqrt(1 - rho**2)), error[first]).sum()
        )
        step = error[later] - rho[row[later]] * error[later - 1]
        pm.Potential("steps", pm.logp(pm.Normal.dist(0, noise[row[later]]), step).sum())
    return model


def check_sampling(tree: "xr.DataTree") -> Check:
    """Ask whether the posterior passed its gate."""
    return sampler.check_sampling(tree, "sampling of the interrupted time series")


def check_past(series: Series) -> Check:
    """Ask whether the past is long enough to tell season from trend."""
    years = series.years_before
    return check(
        "Past for a season",
        review=years < FEWEST_YEARS,
        value=round(years, 1),
        threshold=TWO_YEARS(),
        advice=SHORT_PAST(unit=series.unit, years=decimals(years, 1)),
    )


def counterfactual(tree: "xr.DataTree", series: Series, cut: int = 0, seed: int = 1) -> np.ndarray:
    """Draw the path without treatment on the panel's scale, shape (draws, periods).

    Before the start: the mean the model fits. From it on: trend and season carried on, with errors that go on from
    the last one seen.
    """
    part = {name: sampler.flat_draws(tree, name)[..., cut] for name in ("level", "trend", "rho", "noise")}
    mean = part["level"][:, None] + part["trend"][:, None] * series.time
    if series.waves.size:
        mean = mean + sampler.flat_draws(tree, "wave")[..., cut] @ series.waves.T
    rng, start = np.random.default_rng(seed), series.starts[cut]
    error, drawn = series.y[start - 1] - mean[:, start - 1], mean.copy()
    for period in range(start, len(series.y)):
        error = part["rho"] * error + part["noise"] * rng.standard_normal(len(error))
        drawn[:, period] += error
    return series.centre + series.spread * drawn


def effect(drawn: np.ndarray, series: Series, cut: int = 0) -> np.ndarray:
    """Average outcome less counterfactual over the periods from a start on: draws on the panel's scale.

    For the pretended start only the periods before the real one count.
    """
    last = len(series.y) if cut == 0 else series.starts[0]
    seen = series.centre + series.spread * series.y
    return (seen - drawn)[:, series.starts[cut] : last].mean(axis=1)


def effects(tree: "xr.DataTree", series: Series, seed: int = 1) -> list[np.ndarray]:
    """Draw the effect of the real start, then, where the past is long enough, of the pretended one."""
    return [effect(counterfactual(tree, series, cut, seed), series, cut) for cut in range(len(series.starts))]
