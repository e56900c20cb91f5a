"""What the page on a quasi-experiment shows and says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import Message, Value, count, message, paragraph
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing
from helpers.views.quasi_words import change_axis, change_of, estimate_of, kind_of, over_time, span_of

if TYPE_CHECKING:
    from helpers.campaigns.headline import Choice
    from helpers.campaigns.panel import Panel
    from helpers.campaigns.panel_shown import Outcome

# ---- the panel
STARTS = message("quasi.starts", "Units by start, {periods} from {first} to {last}")
NEVER = message("quasi.never", "never treated")
TREATED = message("quasi.treated", "{treated} treated, in {starts}; {never} never")
TWO_LINES = message(
    "quasi.two_lines",
    "Two lines of {outcome}: the mean of units treated sooner or later, and of units never treated.",
)
START_LINES = message(
    "quasi.start_lines",
    "{outcome}. Vertical lines: a start. What both lines do alike, such as a fall, is no effect: their distance counts.",
)
# ---- which design answers
RULE = message("quasi.rule", "What each design finds at pretended starts, where nothing was done")
RULE_NOTE = message(
    "quasi.rule_note",
    "Root mean square over {starts}, each {ahead} ahead, the last one on {last}; per unit and period.",
)
SCALE_WHY = message("quasi.scale_why", "Compared in {scale}: {why}.")
LOGS, LEVELS = message("quasi.logs", "logs (per cent)"), message("quasi.levels", "levels")
DESIGN_CHOSEN = message(
    "quasi.design_chosen", "{design} answers: it erred least where nothing was done ({error})."
)
DESIGN_DEFAULT = message(
    "quasi.design_default",
    "{design} answers by default: the past has no three pretended starts to choose by.",
)
EVERY = message("quasi.every", "The same effect by every design")
BY_DESIGN = message("quasi.by_design", "By {design}, {outcome} changed by {change}, {interval}")
EVERY_NOTE = message(
    "quasi.every_note",
    "The first line answers. Error: at pretended starts, per unit and period. Where chance goes as far in less than 10 %, "
    "the interval leaves 0. What strayed before the start, by more than its interval, contradicts no other design.",
)
FOLLOWS = message("quasi.follows", "followed")
STRAYS = message("quasi.strays", "strayed")
DOTS = message("quasi.dots", "A dot with its 90 % interval per design; the one that answers is coloured.")
DOTS_CAPTION = message("quasi.dots_caption", "Change of {outcome}; designs without bounds are not drawn.")
DOTTED = message(
    "quasi.dotted",
    "Dotted: strayed before the start already, by more than its interval, so that it contradicts no other.",
)
NOT_TRIED = message("quasi.not_tried", "not tried, or the design has none")
# ---- against units not yet treated
BY_START = message("quasi.by_start", "Mean effect by start, with 90 % intervals")
ALL_ONCE = message(
    "quasi.all_once", "The mean over all counts every treated period of every treated unit once."
)
CHANGED = message("quasi.changed", "Against units not yet treated, {outcome} changed by {change}, {interval}")
EVENTS = message(
    "quasi.events",
    "Effect by periods since the start, with intervals; grey before the start, blue after.",
)
GREY_BEFORE = message(
    "quasi.grey_before", "Grey: before the start, where nothing was done. Lines: 90 % intervals."
)
MEAN_OF = message("quasi.mean_of", "Each point is the mean of {periods}.")
DOUBLES = message("quasi.doubles", "The effect and its doubles, with 90 % intervals")
THE_EFFECT = message("quasi.the_effect", "The effect")
ONE_PERIOD = message("quasi.one_period", "Base of one period only")
WITHOUT_BROKEN = message("quasi.without_broken", "Without the periods of broken cells")
PLACEBO = message("quasi.placebo", "Placebo: {shift} periods earlier")
GONE_ON = message("quasi.gone_on", "The effect, had the trend before gone on")
LEAVING_OUT = message(
    "quasi.leaving_out",
    "Leaving out one unit at a time, the effect lies between {low} (without {first}) and {high} (without {second}).",
)


def starts(described: pd.DataFrame, panel: Panel) -> Table:
    """Which units start when, and how many periods lie before and after."""
    caption = STARTS(
        periods=count(len(panel.periods), "period"), first=panel.periods[0], last=panel.periods[-1]
    )
    columns = {"start": "Start", "units": "Units", "before": "Periods before", "after": "Periods after"}
    return Table(described, caption, columns, missing=NEVER())


def course(means: pd.DataFrame, panel: Panel, outcome: Outcome) -> Figure:
    """The mean of the units ever treated and of those never treated, over time."""
    title = TREATED(
        treated=count(len(panel.treated), "unit"),
        starts=count(len(panel.starts), "start"),
        never=count(panel.never.sum(), "unit"),
    )
    data = {"means": means, "starts": panel.periods[panel.starts]}
    alt, caption = TWO_LINES(outcome=outcome.name), START_LINES(outcome=outcome.title)
    return Figure(_two_lines, data, title, alt, caption)


@drawing
def _two_lines(means, starts):
    fig, ax = figures.axes()
    looks = {
        "ever_treated": ("model", "treated sooner or later"),
        "never_treated": ("baseline", "never treated"),
    }
    for name, (color, label) in looks.items():
        ax.plot(means.index, means[name], color=figures.PALETTE[color], label=label)
    for begins in starts:
        ax.axvline(begins, color=figures.PALETTE["grid"], linewidth=1, zorder=0.5)
    return over_time(fig, ax)


def by_start(groups: pd.DataFrame, outcome: Outcome) -> Table:
    """The mean effect of every group of units that started together."""
    columns = {
        "start": "Start",
        "units": "Units",
        "after": "Periods after",
        "effect": column("Effect", kind_of(outcome)),
    }
    return Table(groups, BY_START(), columns, notes=[ALL_ONCE()])


def event_study(events: pd.DataFrame, effect: Interval, outcome: Outcome) -> Figure:
    """The effect by periods since the start, the time before it included."""
    title = CHANGED(
        outcome=outcome.name, change=change_of(effect, outcome), interval=span_of(effect, outcome)
    )
    data = {"since": events["since"], "effects": list(events["effect"]), "unit": outcome.change(0)}
    each, caption = int(events["since"].diff().min()) if len(events) > 1 else 1, GREY_BEFORE()
    caption = caption if each == 1 else paragraph([caption, MEAN_OF(periods=count(each, "period"))])
    return Figure(_since_start, data, title, EVENTS(), caption)


@drawing
def _since_start(since, effects: list[Interval], unit: Value):
    fig, ax = figures.axes(height=3.2)
    shade = np.where(since < 0, figures.PALETTE["baseline"], figures.PALETTE["model"])
    low, high = ([getattr(one, end) for one in effects] for end in ("p05", "p95"))
    ax.vlines(since, low, high, color=shade, linewidth=2.5, alpha=0.5)
    ax.scatter(since, [one.mean for one in effects], color=shade, s=28, zorder=3)
    figures.zero_line(ax)
    change_axis(ax.yaxis, unit)
    ax.set(xlabel="periods since the start")
    return fig


def doubles(changes: Sequence[Interval | None], shift: int, outcome: Outcome) -> Table:
    """The effect beside a base of one period, the placebo in time, a trend that goes on, and no broken cells.

    A double that is None was not needed, and is left out.
    """
    names = [THE_EFFECT(), ONE_PERIOD(), PLACEBO(shift=str(shift)), GONE_ON(), WITHOUT_BROKEN()]
    rows = [(name, one) for name, one in zip(names, changes, strict=True) if one is not None]
    columns = {"what": "What", "change": column("Change", kind_of(outcome))}
    return Table(pd.DataFrame(rows, columns=["what", "change"]), DOUBLES(), columns)


def leaving_out(extremes: tuple[pd.Series, pd.Series], outcome: Outcome) -> Message:
    """Between what the effect lies when each unit is left out in turn; extremes: the rows of both ends."""
    low, high = extremes
    return LEAVING_OUT(
        low=change_of(low["effect"], outcome),
        first=low["unit"],
        high=change_of(high["effect"], outcome),
        second=high["unit"],
    )


def rule(choice: Choice, outcome: Outcome) -> list:
    """What every design and scale finds at pretended starts, and which answers."""
    scale = LOGS() if choice.scale == "log" else LEVELS()
    why = SCALE_WHY(scale=scale, why=choice.why_scale)
    if not choice.by_rule:
        return [DESIGN_DEFAULT(design=_title(choice.design)), why]
    best = choice.errors[choice.errors["chosen"]].iloc[0]
    names = {"log": LOGS(), "level": LEVELS()}
    frame = choice.errors.assign(scale=choice.errors["scale"].map(names))
    columns = {
        "design": "Design",
        "scale": "Compared in",
        "error": column("Found where nothing was done", "money" if outcome.is_money else "number"),
    }
    note = RULE_NOTE(
        starts=count(len(choice.starts), "pretended start"),
        ahead=count(choice.horizon, "period"),
        last=choice.starts[0],
    )
    said = DESIGN_CHOSEN(design=_title(choice.design), error=outcome.amount(best["error"]))
    return [Table(frame, RULE(), columns, notes=[note]), said, why]


def every_design(designs: pd.DataFrame, outcome: Outcome) -> Table:
    """The effect by every design."""
    before = [STRAYS() if one else FOLLOWS() for one in designs["strays"]]
    frame = designs.assign(effect=[estimate_of(one, outcome) for one in designs["effect"]], before=before)
    columns = {
        "design": "Design",
        "before": column("Before the start", "said"),
        "effect": column("Effect", "said"),
        "p": column("Chance goes as far in", "percent"),
        "error": column("Error", "money" if outcome.is_money else "number"),
    }
    return Table(frame, EVERY(), columns, notes=[EVERY_NOTE()], missing=NOT_TRIED())


def by_design(designs: pd.DataFrame, outcome: Outcome) -> Figure | None:
    """The effect by every design with an interval, the one that answers first; None where that one has no interval."""
    answering = designs.iloc[0]
    effect = answering["effect"]
    if not math.isfinite(effect.p95):
        return None
    drawn = designs[[math.isfinite(one.p95) for one in designs["effect"]]]
    data = {
        "names": list(drawn["design"]),
        "effects": list(drawn["effect"]),
        "strays": list(drawn["strays"]),
        "unit": outcome.change(0),
    }
    told = {"change": change_of(effect, outcome), "interval": span_of(effect, outcome)}
    title = BY_DESIGN(design=answering["design"], outcome=outcome.name, **told)
    caption = DOTS_CAPTION(outcome=outcome.name)
    caption = paragraph([caption, DOTTED()]) if any(data["strays"]) else caption
    return Figure(_dots, data, title, DOTS(), caption)


@drawing
def _dots(names, effects: list[Interval], unit: Value, strays: Sequence[bool] = ()):
    fig, ax = figures.axes(height=0.8 + 0.4 * len(names))
    shades = [figures.PALETTE["model"]] + [figures.PALETTE["baseline"]] * (len(names) - 1)
    figures.dots(ax, names, effects, shades, ranges=[place for place, one in enumerate(strays) if one])
    figures.zero_line(ax, "x")
    change_axis(ax.xaxis, unit)
    return fig


def _title(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
