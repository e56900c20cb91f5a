"""How the page on quasi-experiments says and draws a change: shared by its sections."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import Message, Value, between, estimate, message, signed
from helpers.pages import figures, wording

if TYPE_CHECKING:
    from helpers.campaigns.panel_shown import Outcome, Path

NO_INTERVAL = message("quasi.no_interval", "without bounds, as fewer than ten units say how far chance goes")
NO_ENDS = message("quasi.no_ends", "{change} (no bounds: fewer than ten units)")


def change_of(effect: Interval, outcome: Outcome) -> Value:
    """The mean of an effect as a change, with its sign."""
    return signed(outcome.change(effect.mean))


def span_of(effect: Interval, outcome: Outcome) -> Value | Message:
    """The interval of an effect, or that it has none."""
    return between(effect, outcome.change) if math.isfinite(effect.p95) else NO_INTERVAL()


def estimate_of(effect: Interval, outcome: Outcome) -> Value | Message:
    """An effect with its interval, or that this has no ends."""
    if not math.isfinite(effect.p95):
        return NO_ENDS(change=change_of(effect, outcome))
    return estimate(effect, outcome.change)


def kind_of(outcome: Outcome) -> str:
    """What changes of the outcome are: the kind of a column."""
    return outcome.change(0).kind


def path_lines(path: Path) -> dict:
    """What is drawn of a path: the data of `_path`."""
    lines = {name: getattr(path, name) for name in ("seen", "low", "middle", "high")}
    return {"lines": pd.DataFrame(lines, index=path.periods), "start": path.periods[path.start]}


def over_time(fig, ax):
    """Give an axis its dates, and lines their names at their ends."""
    figures.date_axis(ax.xaxis)
    ax.yaxis.set_major_formatter(lambda value, _: figures.short(value))
    figures.label_line_ends(ax)
    return fig


def change_axis(axis, unit: Value, label: str = "") -> None:
    """Ticks of changes: shares in per cent, others as the unit is said."""
    if unit.kind == "percent":
        figures.percent_axis(axis, label)
        return
    if unit.kind in ("money", "fine_money"):
        figures.money_axis(axis, unit.options["currency"], label)
        return
    axis.set_major_formatter(lambda value, _: wording.say(Value(unit.kind, value, unit.options)))
    axis.set_label_text(label)
