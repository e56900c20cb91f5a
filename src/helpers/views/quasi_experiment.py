"""What the page on a quasi-experiment shows and says."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.campaigns.interrupted import Series
from helpers.campaigns.panel import Outcome, Panel, Path
from helpers.checks import Check
from helpers.inference.intervals import Interval
from helpers.messages import Message, Value, between, count, message, percent, probability, signed
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing

# ---- the panel
STARTS = message("quasi.starts", "Units by start, {periods} from {first} to {last}")
NEVER = message("quasi.never", "never treated")
TREATED = message("quasi.treated", "{treated} treated, in {starts}; {never} never")
TWO_LINES = message(
    "quasi.two_lines",
    "Two lines of {outcome}: the mean of units treated sooner or later, and of units never treated.",
)
START_LINES = message("quasi.start_lines", "{outcome}. Vertical lines: a start.")
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
DOUBLES = message("quasi.doubles", "The effect and its doubles, with 90 % intervals")
THE_EFFECT = message("quasi.the_effect", "The effect")
ONE_PERIOD = message("quasi.one_period", "Base of one period only")
PLACEBO = message("quasi.placebo", "Placebo: {shift} periods earlier")
GONE_ON = message("quasi.gone_on", "The effect, had the trend before gone on")
LEAVING_OUT = message(
    "quasi.leaving_out",
    "Leaving out one unit at a time, the effect lies between {low} (without {first}) and {high} (without {second}).",
)
# ---- synthetic control
ABOVE = message("quasi.above", "{unit} lay {size} above its synthetic twin after the start, {interval}")
BELOW = message("quasi.below", "{unit} lay {size} below its synthetic twin after the start, {interval}")
TWIN = message(
    "quasi.twin",
    "Two lines for {unit}: what was seen, and the synthetic control with its band; a vertical line at the start.",
)
TOGETHER_BEFORE = message(
    "quasi.together_before",
    "{outcome} in {unit}. Before the vertical line the two should lie together.",
)
WEIGHTS = message("quasi.weights", "Mean weight of untreated units in each synthetic control")
HEAVIEST = message("quasi.heaviest", "The heaviest {shown} of {donors}.")
AS_FAR = message(
    "quasi.as_far",
    "Placebos are as far from nothing as the effect in {share} of draws; without any one donor it lies between {low} and "
    "{high}",
)
PLACEBOS = message("quasi.placebos", "Histogram of placebo effects with a line at the estimated one.")
GREY_PLACEBOS = message(
    "quasi.grey_placebos",
    "Grey: untreated units in the place of treated ones. Line: the effect found.",
)
WAYS = message("quasi.ways", "Synthetic control by levels and by movements")
WAY_USED = message(
    "quasi.way_used",
    "This page answers with {used} (parameter demean). Best weights, without their uncertainty; with {donors}, what chance "
    "does is itself known roughly.",
)
# ---- its own past
OWN_PAST = message("quasi.own_past", "Against its own past, {unit} changed by {change}, {interval}")
PAST = message(
    "quasi.past",
    "Two lines for {unit}: what was seen, and trend and season of its past carried on, with a band.",
)
CARRIED_ON = message("quasi.carried_on", "Right of the vertical line the past is carried on.")
CARRIED_ON_TWICE = message(
    "quasi.carried_on_twice",
    "Right of the vertical line the past is carried on. Pretending the start {shift} periods earlier gives {change}, "
    "{interval}.",
)
# ---- the three together
AGREES = message(
    "quasi.agrees", "The synthetic control agrees with the comparison with units not yet treated"
)
OUTSIDE = message(
    "quasi.outside", "The synthetic control lies outside the comparison with units not yet treated"
)
THREE_DOTS = message("quasi.three_dots", "Three dots with 90 % intervals, one per design.")
THIRD_ALONE = message("quasi.third_alone", "Change of {outcome}; the third is for {unit} alone.")
# ---- answers
ANSWER = message(
    "quasi.answer",
    "{outcome}: {change} in treated units against those not yet treated, {interval}; {verdict}.",
)
CHANCE = message(
    "quasi.chance",
    "That it rose at all is {chance}, and per unit and period it is {change} ({interval}). An effect had to be about "
    "{smallest} to be told from chance with these units.",
)
NO_LOTS = message("quasi.no_lots", "Nobody drew lots: the last section says what would make this wrong.")


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
    return _over_time(fig, ax)


def by_start(groups: pd.DataFrame, outcome: Outcome) -> Table:
    """The mean effect of every group of units that started together."""
    columns = {
        "start": "Start",
        "units": "Units",
        "after": "Periods after",
        "effect": column("Effect", _kind(outcome)),
    }
    return Table(groups, BY_START(), columns, notes=[ALL_ONCE()])


def event_study(events: pd.DataFrame, effect: Interval, outcome: Outcome) -> Figure:
    """The effect by periods since the start, the time before it included."""
    title = CHANGED(outcome=outcome.name, change=_change(effect, outcome), interval=_between(effect, outcome))
    data = {"since": events["since"], "effects": list(events["effect"]), "unit": outcome.change(0)}
    return Figure(_since_start, data, title, EVENTS(), GREY_BEFORE())


@drawing
def _since_start(since, effects: list[Interval], unit: Value):
    fig, ax = figures.axes(height=3.2)
    shade = np.where(since < 0, figures.PALETTE["baseline"], figures.PALETTE["model"])
    low, high = ([getattr(one, end) for one in effects] for end in ("p05", "p95"))
    ax.vlines(since, low, high, color=shade, linewidth=2.5, alpha=0.5)
    ax.scatter(since, [one.mean for one in effects], color=shade, s=28, zorder=3)
    figures.zero_line(ax)
    _change_axis(ax.yaxis, unit)
    ax.set(xlabel="periods since the start")
    return fig


def doubles(changes: Sequence[Interval], shift: int, outcome: Outcome) -> Table:
    """The effect beside a base of one period, the placebo in time, and what a trend that goes on would leave."""
    names = [THE_EFFECT(), ONE_PERIOD(), PLACEBO(shift=str(shift)), GONE_ON()]
    columns = {"what": "What", "change": column("Change", _kind(outcome))}
    return Table(pd.DataFrame({"what": names, "change": changes}), DOUBLES(), columns)


def leaving_out(extremes: tuple[pd.Series, pd.Series], outcome: Outcome) -> Message:
    """Between what the effect lies when each unit is left out in turn; extremes: the rows of both ends."""
    low, high = extremes
    return LEAVING_OUT(
        low=_change(low["effect"], outcome),
        first=low["unit"],
        high=_change(high["effect"], outcome),
        second=high["unit"],
    )


def twin(path: Path, effect: Interval, outcome: Outcome) -> Figure:
    """One treated unit beside its synthetic control."""
    say = ABOVE if effect.mean > 0 else BELOW
    title = say(unit=path.unit, size=outcome.change(abs(effect.mean)), interval=_between(effect, outcome))
    caption = TOGETHER_BEFORE(outcome=outcome.title, unit=path.unit)
    data = _lines(path) | {"label": "synthetic", "height": 3.6}
    return Figure(_path, data, title, TWIN(unit=path.unit), caption)


@drawing
def _path(lines, start, label: str, height: float):
    fig, ax = figures.axes(height=height)
    figures.band(ax, lines.index, lines["low"], lines["high"])
    ax.plot(lines.index, lines["middle"], color=figures.PALETTE["model"], label=label)
    ax.plot(lines.index, lines["seen"], color=figures.PALETTE["actual"], label="seen")
    ax.axvline(start, color=figures.PALETTE["muted"], linewidth=1)
    return _over_time(fig, ax)


def weights(heaviest: pd.DataFrame, donors: int) -> Table:
    """The heaviest of all donors, with their weight in each synthetic control."""
    columns = {"Untreated unit": "Untreated unit"} | {name: column(name, "said") for name in heaviest}
    frame = heaviest.map(lambda weight: percent(weight, 0)).rename_axis("Untreated unit")
    note = HEAVIEST(shown=len(heaviest), donors=count(donors, "untreated unit"))
    return Table(frame, WEIGHTS(), columns, notes=[note])


def placebos(
    histogram: tuple[np.ndarray, np.ndarray],
    effect: float,
    p_value: float,
    left_out: pd.Series,
    outcome: Outcome,
) -> Figure:
    """The effect among those of untreated units in its place; histogram: counts and edges, as shown."""
    title = AS_FAR(
        share=percent(p_value),
        low=signed(outcome.change(left_out.min())),
        high=signed(outcome.change(left_out.max())),
    )
    counts, edges = histogram
    data = {"counts": counts, "edges": edges, "effect": effect, "unit": outcome.change(0)}
    return Figure(_histogram, data, title, PLACEBOS(), GREY_PLACEBOS())


@drawing
def _histogram(counts, edges, effect: float, unit: Value):
    fig, ax = figures.axes(height=2.4)
    ax.stairs(counts, edges, fill=True, color=figures.PALETTE["baseline"])
    ax.axvline(effect, color=figures.PALETTE["bad"], linewidth=2)
    _change_axis(ax.xaxis, unit, "mean effect")
    ax.set(yticks=[], ylabel="placebos")
    return fig


def ways(table: pd.DataFrame, used: str, donors: int, outcome: Outcome) -> Table:
    """The synthetic control by levels and by movements."""
    columns = {
        "follows": "Follows",
        "effect": column("Effect", _kind(outcome)),
        "missed": column("Off before the start", _kind(outcome)),
        "placebo_p": column("As far by chance", "percent"),
    }
    note = WAY_USED(used=used, donors=count(donors, "untreated unit"))
    return Table(table, WAYS(), columns, notes=[note])


def own_past(path: Path, effects: list[Interval], series: Series, shift: int, outcome: Outcome) -> Figure:
    """One treated unit beside its own past carried on; effects: of its start, and of a pretended one if there is one."""
    effect, *pretended = effects
    title = OWN_PAST(unit=path.unit, change=_change(effect, outcome), interval=_between(effect, outcome))
    caption = CARRIED_ON()
    for double in pretended:
        caption = CARRIED_ON_TWICE(
            shift=str(shift), change=_change(double, outcome), interval=_between(double, outcome)
        )
    data = _lines(path) | {"label": "its past, carried on", "height": 3.2}
    return Figure(_path, data, title, PAST(unit=path.unit), caption)


def together(designs: pd.DataFrame, agreement: Check, unit: str, outcome: Outcome) -> Figure:
    """The effects by the three designs."""
    title = AGREES() if agreement.verdict == "PASS" else OUTSIDE()
    data = {
        "names": list(designs["design"]),
        "effects": list(designs["effect"]),
        "unit": outcome.change(0),
    }
    return Figure(_three_dots, data, title, THREE_DOTS(), THIRD_ALONE(outcome=outcome.name, unit=unit))


@drawing
def _three_dots(names, effects: list[Interval], unit: Value):
    fig, ax = figures.axes(height=2.3)
    figures.dots(ax, names, effects, [figures.PALETTE[name] for name in ("model", "violet", "baseline")])
    figures.zero_line(ax, "x")
    _change_axis(ax.xaxis, unit)
    return fig


def answers(
    effect: Interval,
    per_period: Interval,
    chance: float,
    smallest: float,
    verdict: Message,
    outcome: Outcome,
) -> list[Message]:
    """The effect by the design to decide on, how sure it is, and what nobody can know."""
    return [
        ANSWER(
            outcome=outcome.title,
            change=_change(effect, outcome),
            interval=_between(effect, outcome),
            verdict=verdict,
        ),
        CHANCE(
            chance=probability(chance),
            change=signed(outcome.amount(per_period.mean)),
            interval=between(per_period, outcome.amount),
            smallest=outcome.change(smallest),
        ),
        NO_LOTS(),
    ]


def _change(effect: Interval, outcome: Outcome) -> Value:
    return signed(outcome.change(effect.mean))


def _between(effect: Interval, outcome: Outcome) -> Value:
    return between(effect, outcome.change)


def _kind(outcome: Outcome) -> str:
    return outcome.change(0).kind


def _lines(path: Path) -> dict:
    lines = {name: getattr(path, name) for name in ("seen", "low", "middle", "high")}
    return {"lines": pd.DataFrame(lines, index=path.periods), "start": path.periods[path.start]}


def _over_time(fig, ax):
    figures.date_axis(ax.xaxis)
    ax.yaxis.set_major_formatter(lambda value, _: figures.short(value))
    figures.label_line_ends(ax)
    return fig


def _change_axis(axis, unit: Value, label: str = "") -> None:
    """Ticks of changes: shares in per cent, others as the unit is said."""
    if unit.kind == "percent":
        figures.percent_axis(axis, label)
        return
    axis.set_major_formatter(lambda value, _: wording.say(Value(unit.kind, value, unit.options)))
    axis.set_label_text(label)
