"""Interrupted time series: one unit's own past, its trend and its season carried on past the start.

y_t = level + trend t + season(t) + slope control_t + e_t with e_t = rho e_(t-1) + noise (segmented regression with
autocorrelated errors; Wagner et al. 2002). Season: an effect of every month from three years on, as no two waves make a
December; before, two waves, and nothing below one year; with an effect of every day of the week where a period is a day.
The control is the mean of the units never treated. Without it nothing but the past says what would have happened, so
whatever else began with the treatment is counted as its effect.

The posterior is exact: given rho and noise all effects are normal, and those two stand on a grid.
"""

from dataclasses import dataclass, replace

import numpy as np

from helpers.campaigns.panel import Panel
from helpers.campaigns.panel_shown import Path, path, shown
from helpers.checks import Check, check
from helpers.errors import StudyError
from helpers.inference.intervals import Interval, interval
from helpers.messages import decimals, message
from helpers.study.year import YEAR

FEWEST_BEFORE = 4
HARMONICS = 2
FEWEST_YEARS = 1.9  # two years, but for the length of months
YEARS_FOR_MONTHS = 2.9  # three years, but for the length of months
LEVEL_SD, TREND_SD, WAVE_SD, SLOPE_SD = 2.0, 2.0, 0.7, 1.0  # of the standardised outcome
SEASON_SD = 0.5  # of a month or a day: in logs, or as a share of the mean
CORRELATIONS, NOISES = np.linspace(-0.95, 0.95, 39), np.geomspace(0.01, 3.0, 60)
DRAWS = 4000

YEARS = message("interrupted.years", "{years} years")
TWO_YEARS = message("interrupted.two_years", "2 years")
SHORT_PAST = message(
    "interrupted.short_past",
    "{unit} has {years} years before its start: season and trend cannot be told apart. Decide nothing by the comparison "
    "with its own past.",
)


@dataclass(frozen=True)
class Series:
    """One unit's path, standardised on its past, with the starts to be looked at: the real one and earlier ones.

    y: (periods,). columns: (periods, effects), what the outcome is explained by, with the prior standard deviation of each
    effect. time: years since the first period. centre, spread: to undo the standardising. starts: positions; the first is
    the real one. season: "months", "waves" or "none".
    """

    unit: str
    y: np.ndarray
    time: np.ndarray
    columns: np.ndarray
    prior: np.ndarray
    centre: float
    spread: float
    starts: list[int]
    season: str
    controlled: bool

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


def prepare(panel: Panel, row: int, placebo_shift: int, control: bool = True) -> Series:
    """Arrange one unit's path; a pretended start `placebo_shift` periods earlier is looked at beside the real one.

    control: the mean of the units never treated is an explanation, too. StudyError with fewer than four periods before
    the start.
    """
    start = int(panel.start[row])
    if start < FEWEST_BEFORE:
        raise StudyError(
            f"{panel.units[row]} has {start} periods before its treatment; an interrupted time series needs "
            f"{FEWEST_BEFORE}. Choose another focus_unit, or leave this design out."
        )
    days = np.asarray((panel.periods - panel.periods[0]) / np.timedelta64(1, "D"), dtype=float)
    y = panel.outcome[row]
    centre, spread = y[:start].mean(), max(y[:start].std(), 1e-12)
    starts = [start] + ([start - placebo_shift] if start - placebo_shift >= FEWEST_BEFORE else [])
    size = 1.0 if panel.scale == "log" else max(abs(centre), spread)
    season, turns = _season(panel, days / YEAR, starts[-1])
    parts = [(np.ones((len(y), 1)), LEVEL_SD), (days[:, None] / YEAR, TREND_SD)]
    parts.append((turns, WAVE_SD if season == "waves" else SEASON_SD * size / spread))
    if panel.whole > 1 and starts[-1] >= 2 * panel.whole:
        parts.append((_each(panel.periods.day_of_week.to_numpy()), SEASON_SD * size / spread))
    if control and panel.never.any():
        parts.append((_control(panel, start), SLOPE_SD))
    columns = np.column_stack([part for part, _ in parts])
    prior = np.concatenate([np.full(part.shape[1], sd) for part, sd in parts])
    controlled = control and bool(panel.never.any())
    return Series(
        panel.units[row],
        (y - centre) / spread,
        days / YEAR,
        columns,
        prior,
        centre,
        spread,
        starts,
        season,
        controlled,
    )


def _season(panel: Panel, years: np.ndarray, start: int) -> tuple[str, np.ndarray]:
    """The season that the past before `start` allows: effects of months, waves, or nothing, as columns."""
    step = panel.days
    past = years[start - 1]
    if step < YEAR / 2 and past >= YEARS_FOR_MONTHS - step / YEAR:
        return "months", _each(panel.periods.month.to_numpy())
    harmonics = min(HARMONICS, int(YEAR / step // 2)) if past >= 1 - 2 * step / YEAR else 0
    angle = 2 * np.pi * panel.periods.day_of_year.to_numpy() / YEAR
    turns = [turn(k * angle) for k in range(1, harmonics + 1) for turn in (np.sin, np.cos)]
    return ("waves", np.column_stack(turns)) if turns else ("none", np.zeros((len(years), 0)))


def _each(label: np.ndarray) -> np.ndarray:
    """A column for every label: 1 where it holds."""
    return (label[:, None] == np.unique(label)).astype(float)


def _control(panel: Panel, start: int) -> np.ndarray:
    """The mean of the units never treated, standardised on the past."""
    mean = np.average(panel.outcome[panel.never], axis=0, weights=panel.weight[panel.never])
    return ((mean - mean[:start].mean()) / max(mean[:start].std(), 1e-12))[:, None]


def without_control(series: Series) -> Series:
    """The same series explained by its own past alone."""
    if not series.controlled:
        return series
    return replace(series, columns=series.columns[:, :-1], prior=series.prior[:-1], controlled=False)


def check_past(series: Series) -> Check:
    """Ask whether the past is long enough to tell season from trend."""
    years = series.years_before
    return check(
        "Past for a season",
        review=years < FEWEST_YEARS,
        value=YEARS(years=decimals(years, 1)),
        threshold=TWO_YEARS(),
        advice=SHORT_PAST(unit=series.unit, years=decimals(years, 1)),
    )


def counterfactual(series: Series, cut: int = 0, seed: int = 1, draws: int = DRAWS) -> np.ndarray:
    """Draw the path without treatment on the panel's scale, shape (draws, periods), from the periods before a start alone.

    Before the start: the mean the model fits. From it on: trend, season and control carried on, with errors that go on
    from the last one seen. Priors: level, trend a year ~ Normal(0, 2), a wave ~ Normal(0, .7), control ~ Normal(0, 1), all
    on the standardised outcome; a month, a day of the week ~ Normal(0, .5) in logs, or of the mean; rho ~ Beta(2, 2)
    stretched over (-1, 1), noise ~ HalfNormal(1). The first period has the stationary spread.
    """
    rng, start = np.random.default_rng(seed), series.starts[cut]
    effect, rho, noise = _posterior(series, start, rng, draws)
    mean = effect @ series.columns.T
    error, drawn = series.y[start - 1] - mean[:, start - 1], mean.copy()
    for period in range(start, len(series.y)):
        error = rho * error + noise * rng.standard_normal(draws)
        drawn[:, period] += error
    return series.centre + series.spread * drawn


def effect(drawn: np.ndarray, series: Series, cut: int = 0) -> np.ndarray:
    """Average outcome less counterfactual over the periods from a start on: draws on the panel's scale.

    For the pretended start only the periods before the real one count.
    """
    last = len(series.y) if cut == 0 else series.starts[0]
    seen = series.centre + series.spread * series.y
    return (seen - drawn)[:, series.starts[cut] : last].mean(axis=1)


@dataclass(frozen=True)
class Past:
    """One unit against its own past: its series, its path, and effects as shown (real start, then the pretended one).

    effect, draws: of the real start, on the panel's scale. alone: without the control, as shown.
    """

    series: Series
    path: Path
    effects: list[Interval]
    draws: np.ndarray
    effect: Interval
    alone: Interval


def look(panel: Panel, row: int, placebo_shift: int, seed: int = 1) -> Past | None:
    """Look at a unit (its row) against its own past; None with fewer than four periods before its start."""
    if panel.start[row] < FEWEST_BEFORE:
        return None
    series = prepare(panel, row, placebo_shift)
    drawn = counterfactual(series, 0, seed)
    found = effects(series, seed)
    alone = interval(effects(without_control(series), seed)[0])
    each = [shown(panel, interval(one)) for one in found]
    return Past(series, path(panel, row, drawn), each, found[0], interval(found[0]), shown(panel, alone))


def checks(past: Past | None) -> list[Check]:
    """The checks of an interrupted time series; none where there is none."""
    return [check_past(past.series)] if past is not None else []


def metrics(past: Past | None) -> dict[str, Interval]:
    """The effect against the own past with and without the untreated units, as shown."""
    return {"own_past_effect": past.effects[0], "own_past_alone": past.alone} if past is not None else {}


def effects(series: Series, seed: int = 1) -> list[np.ndarray]:
    """Draw the effect of the real start, then, where the past is long enough, of the pretended one."""
    return [effect(counterfactual(series, cut, seed), series, cut) for cut in range(len(series.starts))]


def _posterior(series: Series, start: int, rng: np.random.Generator, draws: int) -> tuple:
    """Draw (effects, rho, noise) given the periods before `start`."""
    y, x = (
        series.y[:start],
        series.columns[:start] * series.prior,
    )  # effects then have a standard deviation of one
    solved = [_for_correlation(y, x, rho) for rho in CORRELATIONS]
    weight = np.array([fit for fit, *_ in solved])
    weight = np.exp(weight - weight.max())
    effects, rhos, noises = [], [], []
    for place, picked in enumerate(
        rng.multinomial(draws, (weight / weight.sum()).ravel()).reshape(weight.shape)
    ):
        _, turn, size, along = solved[place]
        noise = np.repeat(NOISES, picked)[:, None]
        precision = size / noise**2 + 1
        normal = rng.standard_normal((len(noise), len(size)))
        effects.append((along / noise**2 / precision + normal / np.sqrt(precision)) @ turn.T * series.prior)
        rhos.append(np.full(len(noise), CORRELATIONS[place]))
        noises.append(noise[:, 0])
    return np.vstack(effects), np.concatenate(rhos), np.concatenate(noises)


def _for_correlation(y: np.ndarray, x: np.ndarray, rho: float) -> tuple:
    """For one rho: the log posterior of every noise, and the effects' posterior turned so that they are independent."""
    first = np.sqrt(1 - rho**2)
    white_y = np.append(first * y[0], y[1:] - rho * y[:-1])
    white_x = np.vstack([first * x[:1], x[1:] - rho * x[:-1]])
    size, turn = np.linalg.eigh(white_x.T @ white_x)
    size, along = np.maximum(size, 0), turn.T @ (white_x.T @ white_y)
    variance = NOISES[:, None] ** 2
    precision = size / variance + 1
    fit = (along**2 / variance**2 / precision - np.log(precision)).sum(axis=1)
    fit += np.log(1 - rho**2) - white_y @ white_y / NOISES**2 - 2 * len(y) * np.log(NOISES)
    prior = np.log(1 - rho**2) - NOISES**2 / 2 + np.log(NOISES)  # the last as the grid is even in logs
    return fit / 2 + prior, turn, size, along
