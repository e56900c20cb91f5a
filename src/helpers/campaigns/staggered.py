"""Difference-in-differences with staggered starts: group-time effects against not-yet-treated units.

Callaway and Sant'Anna (2021): the effect on the units that start at g, in period t, is their change since before g
less the change of the units not treated by t. Everything here (a group-time effect, an average of them, a trend before
the start, a placebo) is a weighted sum of outcomes, so all of it shares one way to an interval. With few treated units:
the same weights laid over the units that are never treated, where the truth is nothing, show how far chance alone carries
them (Conley and Taber 2011). With many: how far the units of one start scatter among themselves, the influence function.
Both hold whatever the correlation over time. The two-way fixed-effects coefficient, which compares late starters with
early ones that are already treated, is not used.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from helpers.campaigns.panel import Panel
from helpers.campaigns.panel_shown import listed, shown
from helpers.errors import StudyError
from helpers.inference import monte_carlo
from helpers.inference.intervals import LOWER, UPPER, Interval

MANY, MANY_OF_A_START = (
    20,
    5,
)  # treated and untreated units, and units of one start, for an error of their own
LONG = 120  # periods; above, effects of days are told by weeks
MOST_LEFT_OUT = 60  # units that are left out in turn: those that move the effect most


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error and degrees of freedom (t distribution).

    What follows from a standard error that rests on draws has its Monte Carlo error.
    """

    value: float
    standard_error: float
    df: int

    @property
    def interval(self) -> Interval:
        """The 90 % interval."""
        return Interval(self.value, self._end(LOWER), self.value, self._end(UPPER))

    @property
    def chance_above(self) -> float:
        """The probability of a true value above zero (flat prior)."""
        return self._through(lambda error: stats.t.cdf(self.value / error, self.df))

    @property
    def p_value(self) -> float:
        """How often chance alone gives a value as large (two-sided)."""
        return self._through(lambda error: 2 * stats.t.sf(abs(self.value) / error, self.df))

    def _end(self, share: float) -> float:
        away = float(stats.t.ppf(share, self.df))
        return self._through(lambda error: self.value + error * away)

    def _through(self, change: Callable[[float], float]) -> float:
        return monte_carlo.through(self.standard_error, change)


def estimate(panel: Panel, weights: np.ndarray) -> Estimate:
    """Sum outcomes with weights (units, periods), and say how far chance may have moved the sum.

    Units are taken as independent. Where `many` are treated, the variance is that of the influence function: units of one
    start have the same weights, and scatter around their mean. Else units are taken as varying alike: the variance of a
    unit's share is that of its weights laid over the never-treated units, with one degree of freedom less than those.
    Weights of each unit must add up to zero, so that its level does not matter.
    """
    value = float((weights * panel.outcome).sum())
    if many(panel):
        starts, place = np.unique(panel.start, return_inverse=True)
        share = (weights * panel.outcome).sum(axis=1)
        of_start = np.bincount(place, share) / np.bincount(place, panel.weight)
        units = np.bincount(place)[place]
        off = (share - panel.weight * of_start[place]) ** 2 * units / (units - 1)
        return Estimate(value, max(float(np.sqrt(off.sum())), 1e-12), len(panel.units) - len(starts))
    paths = panel.outcome[panel.never]
    shares = (paths @ weights.T).var(axis=0, ddof=1)
    return Estimate(value, max(float(np.sqrt(shares.sum())), 1e-12), len(paths) - 1)


def many(panel: Panel) -> bool:
    """Whether enough units are treated, and not, to see how far each kind scatters: 20 of both, 5 of every start."""
    _, units = np.unique(panel.start, return_counts=True)
    never = int(panel.never.sum())
    return min(never, len(panel.units) - never) >= MANY and int(units.min()) >= MANY_OF_A_START


def base_of(panel: Panel, begins: int, base_periods: int = 0) -> tuple[int, int]:
    """Return the base of a start (its position) as positions from, to: `base_periods`, or all there are before it (0).

    A base is a number of whole weeks where a period is a day and a week is there. StudyError without a period before.
    """
    length = min(begins, base_periods or begins)
    if length < 1:
        raise StudyError(f"There is no period before {panel.periods[max(begins, 0)].date()} to compare with.")
    return begins - max(length - length % panel.whole, min(length, panel.whole)), begins


def weights(panel: Panel, start: int, period: int, base_periods: int = 0, shift: int = 0) -> np.ndarray:
    """Return the weights (units, periods) of one group-time effect.

    start: the group, by the position of its first treated period. The base is that of `base_of` (Callaway and
    Sant'Anna's own choice is 1 period). shift: pretend that treatment began so many periods earlier.
    """
    return _weights_of(panel, start, [period], base_periods, shift)


def _weights_of(
    panel: Panel, start: int, periods: list[int], base_periods: int, shift: int = 0
) -> np.ndarray:
    """The sum of the weights of one start's effects in several periods."""
    begins = start - shift
    first, last = base_of(panel, begins, base_periods)
    base = np.zeros(len(panel.periods))
    base[first:last] = 1 / (last - first)
    at = np.asarray(periods)
    group = (panel.start == start) * panel.weight
    other = (panel.start[:, None] > np.maximum(at, begins - 1)) & (panel.start != start)[:, None]
    other = other * panel.weight[:, None]
    share = (group / group.sum())[:, None] - other / other.sum(axis=0)
    total = -share.sum(axis=1)[:, None] * base
    for place, period in enumerate(at):
        total[:, period] += share[:, place]
    return total


def group_times(panel: Panel, base_periods: int = 0) -> pd.DataFrame:
    """Return every group-time effect: start, period, units, compared_with, since (periods), estimate.

    start and period are positions; `estimate` holds an Estimate, on the panel's scale.
    """
    rows = []
    for start in panel.starts:
        for period in range(start, len(panel.periods)):
            one = estimate(panel, weights(panel, start, period, base_periods))
            others = int(((panel.start > period) & (panel.start != start)).sum())
            rows.append((start, period, int((panel.start == start).sum()), others, period - start, one))
    return pd.DataFrame(rows, columns=["start", "period", "units", "compared_with", "since", "estimate"])


def estimated(panel: Panel, estimate: Estimate | None) -> Interval | None:
    """An estimate as `shown` says it; None where there is none."""
    return shown(panel, estimate.interval) if estimate is not None else None


def as_shown(panel: Panel, table: pd.DataFrame) -> pd.DataFrame:
    """Add to a table of estimates the column `effect`: each one's interval on the scale that is shown."""
    return table.assign(effect=[shown(panel, one.interval) for one in table["estimate"]])


def group_time_effects(panel: Panel, base_periods: int = 0) -> pd.DataFrame:
    """Return the artifact `group_time_effects`: every one with its dates and its interval on the scale that is shown."""
    table = as_shown(panel, group_times(panel, base_periods))
    return pd.DataFrame(
        {
            "treated_from": panel.periods[table["start"]],
            "period": panel.periods[table["period"]],
            "units": table["units"],
            "compared_with": table["compared_with"],
            "effect": [one.mean for one in table["effect"]],
            "p05": [one.p05 for one in table["effect"]],
            "p95": [one.p95 for one in table["effect"]],
        }
    )


def by_start(panel: Panel, base_periods: int = 0) -> pd.DataFrame:
    """Return the mean effect of every group that started together: start (day), units (names), after (periods), estimate."""
    rows = []
    for start in panel.starts:
        names = [name for name, own in zip(panel.units, panel.start, strict=True) if own == start]
        effect = overall(panel, base_periods, [start])
        rows.append((panel.periods[start], listed(names), len(panel.periods) - int(start), effect))
    return pd.DataFrame(rows, columns=["start", "units", "after", "estimate"])


def overall_weights(panel: Panel, base_periods: int = 0, starts: list[int] | None = None) -> np.ndarray:
    """Return the weights of the mean effect over all treated units and periods (of these starts only)."""
    chosen = [int(g) for g in panel.starts if starts is None or g in starts]
    return _mean_weights(panel, {g: range(g, len(panel.periods)) for g in chosen}, base_periods)


def overall(panel: Panel, base_periods: int = 0, starts: list[int] | None = None) -> Estimate:
    """Estimate the mean effect over all treated units and their treated periods (of these starts only)."""
    return estimate(panel, overall_weights(panel, base_periods, starts))


def event_study(panel: Panel, base_periods: int, before: int) -> pd.DataFrame:
    """Return the mean effect by periods since the start: since (from -before), units, estimate.

    Below zero nothing was done yet: what is seen there is chance, or groups that were drifting apart. Of a long panel
    of days each estimate is the mean of a week from there on.
    """
    rows, last = [], len(panel.periods)
    step = panel.whole if last > LONG else 1
    for since in range(-(before - before % step), last, step):
        chosen = {int(g): range(g + since, g + since + step) for g in panel.starts}
        chosen = {g: own for g, own in chosen.items() if own[0] >= 0 and own[-1] < last}
        if chosen:
            units = sum(int((panel.start == g).sum()) for g in chosen)
            rows.append((since, units, estimate(panel, _mean_weights(panel, chosen, base_periods))))
    return pd.DataFrame(rows, columns=["since", "units", "estimate"])


def well_supported(events: pd.DataFrame) -> pd.DataFrame:
    """Leave out of an event study the times that fewer than two units, or a third of the most, reach; two units stay."""
    most = events["units"].max()
    return events[events["units"] >= max(2, most / 3)] if most > 2 else events


def placebo_in_time(panel: Panel, base_periods: int, shift: int) -> Estimate | None:
    """Estimate the effect of a treatment that never was: starts moved `shift` periods back, real ones left out.

    Units without a period before the pretended start do not take part. A sound comparison finds nothing. None where
    shift is 0: every treated unit has a single period before its start.
    """
    if not shift:
        return None
    starts = [int(g) for g in panel.starts if g - shift >= 1]
    if not starts:
        raise StudyError(
            f"No treated unit has more than {shift} periods before its start: set placebo_periods lower."
        )
    return estimate(
        panel, _mean_weights(panel, {g: range(g - shift, g) for g in starts}, base_periods, shift)
    )


def placebo_shift(panel: Panel, wanted: int = 0) -> int:
    """How many periods earlier a pretended start lies: `wanted`, or (0) a third of the longest past; in whole weeks of days.

    Never more than the longest past allows; 0 where that is a single period.
    """
    longest = int(panel.start[~panel.never].max())
    if longest < 2:
        return 0
    shift = min(wanted or max(longest // 3, 1), longest - 1)
    return max(shift - shift % panel.whole, min(shift, panel.whole))


def trend_weights(panel: Panel, base_periods: int = 0) -> np.ndarray | None:
    """Return the weights of the difference in trend per period before the start, treated less comparison.

    A straight line through the base periods of each treated unit's group, against the units not yet treated then;
    groups count by their units. Groups with fewer than three base periods are left out; None where all are.
    """
    total, units = np.zeros(panel.outcome.shape), 0
    for start in panel.starts:
        first, _ = base_of(panel, int(start), base_periods)
        if start - first < 3:
            continue
        time = np.zeros(len(panel.periods))
        centred = np.arange(start - first) - (start - first - 1) / 2
        time[first:start] = centred / (centred**2).sum()
        group = (panel.start == start) * panel.weight
        other = (panel.start > start) * panel.weight
        n = group.sum()
        total += n * (group / n - other / other.sum())[:, None] * time
        units += n
    return total / units if units else None


def trend_before(panel: Panel, base_periods: int = 0) -> Estimate | None:
    """Estimate how much faster per period the treated grew than the others before their start; None: no trend to see."""
    weights = trend_weights(panel, base_periods)
    return estimate(panel, weights) if weights is not None else None


def trend_reach(panel: Panel, base_periods: int = 0) -> float:
    """How many periods, on average, treated periods lie behind the middle of their base.

    A difference in trend of d per period that simply went on would look like an effect of d times this.
    """
    gaps, counts = [], []
    for start in panel.starts:
        middle = (base_of(panel, int(start), base_periods)[0] + start - 1) / 2
        after = np.arange(start, len(panel.periods)) - middle
        gaps += list(after)
        counts += [panel.weight[panel.start == start].sum()] * len(after)
    return float(np.average(gaps, weights=counts))


def trend_adjusted(panel: Panel, base_periods: int = 0) -> Estimate | None:
    """Estimate the mean effect if the difference in trend before the start had simply gone on; None: no trend to see."""
    weights = trend_weights(panel, base_periods)
    if weights is None:
        return None
    reach = trend_reach(panel, base_periods)
    return estimate(panel, overall_weights(panel, base_periods) - reach * weights)


def leave_one_out(panel: Panel, base_periods: int = 0) -> pd.DataFrame:
    """Estimate the overall effect without each unit in turn: unit, role, estimate; what cannot be left out is not.

    Of a large panel, the units whose own paths move the effect most.
    """
    own = np.abs((overall_weights(panel, base_periods) * panel.outcome).sum(axis=1))
    rows = []
    for row in sorted(np.argsort(-own, kind="stable")[:MOST_LEFT_OUT]):
        rest = panel.without(int(row))
        if rest.never.all() or rest.never.sum() < 2:
            continue
        role = "compared with" if panel.never[row] else "treated"
        rows.append((panel.units[row], role, overall(rest, base_periods)))
    return pd.DataFrame(rows, columns=["unit", "role", "estimate"])


def _mean_weights(
    panel: Panel, chosen: Mapping[int, Sequence[int]], base_periods: int, shift: int = 0
) -> np.ndarray:
    """The mean of group-time weights over each start's periods, groups counting by the weights of their units."""
    total, counted = np.zeros(panel.outcome.shape), 0.0
    for start, periods in chosen.items():
        n = panel.weight[panel.start == start].sum()
        total += n * _weights_of(panel, start, list(periods), base_periods, shift)
        counted += n * len(periods)
    return total / counted
