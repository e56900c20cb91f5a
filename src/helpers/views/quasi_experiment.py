"""A quasi-experiment's tables and checks for the page: what each design found, and whether it may be believed."""

import numpy as np
import pandas as pd
from scipy import stats

from helpers.campaigns import staggered
from helpers.campaigns.panel import Panel, per_period, shown
from helpers.campaigns.staggered import Estimate
from helpers.checks import Check
from helpers.inference.intervals import Interval

POWER = 0.80
DESIGNS = ("difference-in-differences", "synthetic control", "interrupted time series")


def by_start(panel: Panel, base_periods: int) -> pd.DataFrame:
    """Return the mean effect of every group of units that started together, on the scale that is shown."""
    rows = []
    for start in np.unique(panel.start[~panel.never]):
        names = [name for name, own in zip(panel.units, panel.start, strict=True) if own == start]
        effect = shown(panel, staggered.overall(panel, base_periods, [start]).interval)
        rows.append((panel.periods[start], ", ".join(names), len(panel.periods) - int(start), effect))
    return pd.DataFrame(rows, columns=["Start", "Units", "Periods after", "Effect"])


def group_time_table(panel: Panel, base_periods: int) -> pd.DataFrame:
    """Return every group-time effect with its interval, on the scale that is shown, as an artifact."""
    table = staggered.group_times(panel, base_periods)
    made = [shown(panel, one.interval) for one in table["estimate"]]
    return pd.DataFrame(
        {
            "treated_from": panel.periods[table["start"]],
            "period": panel.periods[table["period"]],
            "units": table["units"],
            "compared_with": table["compared_with"],
            "effect": [one.mean for one in made],
            "p05": [one.p05 for one in made],
            "p95": [one.p95 for one in made],
        }
    )


def smallest_seen(effect: Estimate) -> float:
    """Say which true effect would be told from nothing (90 % interval) four times in five, on the panel's scale."""
    return float((stats.t.ppf(0.95, effect.df) + stats.t.ppf(POWER, effect.df)) * effect.standard_error)


def check_before(placebo: Estimate, trend: Estimate, reach: float) -> list[Check]:
    """Ask whether the treated were already moving apart from the others before anything was done."""
    advice = "An effect is found where nothing was done: the groups were drifting apart. Do not act on the effect below."
    first = Check(
        "Placebo in time",
        "PASS" if placebo.interval.p05 <= 0 <= placebo.interval.p95 else "REVIEW",
        round(placebo.value, 4),
        "interval holds 0",
        "",
    )
    apart = trend.interval
    second = Check(
        "Trend before the start",
        "PASS" if apart.p05 <= 0 <= apart.p95 else "REVIEW",
        round(trend.value * reach, 4),
        "interval holds 0",
        "",
    )
    return [
        first if first.verdict == "PASS" else _advised(first, advice),
        second
        if second.verdict == "PASS"
        else _advised(second, "The trends differed before: read the effect with the trend carried on."),
    ]


def check_leaving_out(effect: Estimate, without: pd.DataFrame) -> Check:
    """Ask whether one unit alone carries the effect: its sign, or a change of more than one standard error."""
    change = without["estimate"].map(lambda one: abs(one.value - effect.value))
    worst = without.loc[change.idxmax()]
    flips = any(np.sign(one.value) != np.sign(effect.value) for one in without["estimate"])
    fine = change.max() <= effect.standard_error and not flips
    advice = f"Without {worst['unit']} the effect is another one: find out what happened there before acting on it."
    return Check(
        "Leaving one unit out",
        "PASS" if fine else "REVIEW",
        round(float(change.max() / effect.standard_error), 2),
        "at most 1 standard error, same sign",
        "" if fine else advice,
    )


def ways_shown(panel: Panel, ways: pd.DataFrame) -> pd.DataFrame:
    """Return the synthetic control by levels and by movements for the page; ways: `synthetic.ways`."""
    return pd.DataFrame(
        {
            "Follows": ways.index,
            "Effect": shown(panel, ways["effect"].to_numpy()),
            "Off before the start": shown(panel, ways["missed"].to_numpy()),
            "As far by chance": ways["placebo_p"].to_numpy(),
        }
    )


def check_ways(effect: Interval, ways: pd.DataFrame, used: str) -> Check:
    """Ask whether levels and movements, of which one is `used` for the effect, tell the same story."""
    [other] = ways.index.drop(used)
    value = float(ways.loc[other, "effect"])
    same = effect.p05 <= value <= effect.p95
    advice = f"Followed by {other}, the effect is another one: say which twins are the right ones before using either."
    return Check(
        "Levels and movements agree",
        "PASS" if same else "REVIEW",
        round(value, 4),
        f"inside the interval by {used}",
        "" if same else advice,
    )


def verdict(effect: Estimate, doubts: int) -> str:
    """Say what the comparison shows: a rise, a fall, or nothing that chance could not do; doubts are failed checks."""
    one = effect.interval
    if one.p05 <= 0 <= one.p95:
        return "not shown: chance could do as much"
    word = "a rise" if one.mean > 0 else "a fall"
    return f"{word}, with reservations" if doubts else word


def quasi_effect(
    panel: Panel, found: dict[str, Interval], chances: dict[str, float], said: str
) -> pd.DataFrame:
    """Return the artifact `quasi_effect`: a row per design with its effect as shown, and in the outcome's unit."""
    rows = []
    for design, effect in found.items():
        relative, absolute = shown(panel, effect), per_period(panel, effect)
        rows.append(
            {
                "design": design,
                "scale": "share" if panel.scale == "log" else "level",
                **{f"effect_{part}": getattr(relative, part) for part in ("mean", "p05", "p50", "p95")},
                **{f"per_period_{part}": getattr(absolute, part) for part in ("mean", "p05", "p50", "p95")},
                "chance_above": chances[design],
                "verdict": said,
            }
        )
    return pd.DataFrame(rows)


def _advised(finding: Check, advice: str) -> Check:
    return Check(finding.name, finding.verdict, finding.value, finding.threshold, advice)
