"""What the page on a quasi-experiment shows and says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import Message, Value, between, count, estimate, message, percent, probability, signed
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.campaigns.headline import Choice
    from helpers.campaigns.interrupted import Past
    from helpers.campaigns.panel import Panel
    from helpers.campaigns.panel_shown import Outcome, Path
    from helpers.campaigns.twins import Gaps, Twin

# ---- the panel
STARTS = message("quasi.starts", "Units by start, {periods} from {first} to {last}")
NEVER = message("quasi.never", "never treated")
TREATED = message("quasi.treated", "{treated} treated, in {starts}; {never} never")
TWO_LINES = message(
    "quasi.two_lines",
    "Two lines of {outcome}: the mean of units treated sooner or later, and of units never treated.",
)
START_LINES = message("quasi.start_lines", "{outcome}. Vertical lines: a start.")
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
    "the interval leaves 0.",
)
NO_ENDS = message("quasi.no_ends", "{change} (no bounds: fewer than ten units)")
DOTS = message("quasi.dots", "A dot with its 90 % interval per design; the one that answers is coloured.")
DOTS_CAPTION = message("quasi.dots_caption", "Change of {outcome}; designs without bounds are not drawn.")
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
PLACEBOS_SAY = message(
    "quasi.placebos_say",
    "By the ratio after to before, the treated rank {rank} of {assignments}: {share}; the smallest that can come out is "
    "{smallest}",
)
PLACEBOS = message("quasi.placebos", "Histogram of placebo effects with a line at the estimated one.")
GREY_PLACEBOS = message(
    "quasi.grey_placebos",
    "Grey: untreated units in the place of treated ones, each divided by how far it was off before and brought to "
    "the treated units' fit. Line: the effect found.",
)
CENTRE = message(
    "quasi.centre",
    "Where nothing was done, the placebos find {centre} on average: so much of the effect may be the method's own.",
)
WAYS = message("quasi.ways", "Synthetic control by levels and by movements, among its placebos")
WAYS_NOTE = message(
    "quasi.ways_note",
    "Ratio: how far the twins are off after the start over before. Its share: of assignments with a ratio as large, that of "
    "the mean: with a mean effect as large. With {donors}, neither can be below the smallest possible.",
)
RANK = message("quasi.rank", "{rank} of {assignments}")
WITHOUT_DONOR = message(
    "quasi.without_donor", "Without any one donor the effect lies between {low} and {high}."
)
NO_TWIN = message(
    "quasi.no_twin",
    "No synthetic control is shown: it needs three periods before the start, and at most a few thousand units times starts.",
)
NO_PAST = message(
    "quasi.no_past", "No interrupted time series is shown: it needs four periods before the start."
)
HEAVY = 12  # donors in the table
# ---- its own past
OWN_PAST = message("quasi.own_past", "Against its own past, {unit} changed by {change}, {interval}")
PAST = message(
    "quasi.past",
    "Two lines for {unit}: what was seen, and trend and season of its past carried on, with a band.",
)
PAST_ALONE = message(
    "quasi.past_alone", "By its own past alone, without the untreated units: {change}, {interval}."
)
CARRIED_ON = message("quasi.carried_on", "Right of the vertical line the past is carried on.")
CARRIED_ON_TWICE = message(
    "quasi.carried_on_twice",
    "Right of the vertical line the past is carried on. Pretending the start {shift} periods earlier gives {change}, "
    "{interval}.",
)
# ---- answers
ANSWER = message(
    "quasi.answer",
    "{outcome}: {change} in treated units by {design}, {interval}; {verdict}.",
)
NO_INTERVAL = message("quasi.no_interval", "without bounds, as fewer than ten units say how far chance goes")
CHANCE = message(
    "quasi.chance",
    "That it rose at all is {chance}, and per unit and period it is {change} ({interval}).",
)
CHANCE_FELL = message(
    "quasi.chance_fell",
    "That it fell at all is {chance}, and per unit and period it is {change} ({interval}).",
)
SMALLEST = message(
    "quasi.smallest",
    "Against units not yet treated, an effect had to be about {smallest} to be told from chance with these units.",
)
NO_LOTS = message("quasi.no_lots", "Nobody drew lots: the last section says what would make this wrong.")

# ---- gaps
ACROSS = 3  # panels beside each other
GAPS = message("quasi.gaps", "After the start {outside} of {units} lie outside of what placebos reach")
GAPS_ALT = message(
    "quasi.gaps_alt",
    "Small panels, one per treated unit: its distance from its synthetic control, and a band of placebos.",
)
GAPS_CAPTION = message(
    "quasi.gaps_caption",
    "Line: the unit less its synthetic control. Band: nine of ten untreated units in its place, at its fit before the start "
    "(vertical line).",
)
GAPS_CAPTION_SOME = message(
    "quasi.gaps_caption_some",
    "Line: the unit less its synthetic control. Band: nine of ten untreated units in its place, at its fit before the start "
    "(vertical line). Not drawn: {left}, of less weight or too short a past.",
)
DRAW_NEXT = message(
    "quasi.draw_next",
    "Before you extend it, start it in further places drawn by lot: the page “Geo test” plans which, and for how long.",
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


def doubles(changes: Sequence[Interval | None], shift: int, outcome: Outcome) -> Table:
    """The effect beside a base of one period, the placebo in time, a trend that goes on, and no broken cells.

    A double that is None was not needed, and is left out.
    """
    names = [THE_EFFECT(), ONE_PERIOD(), PLACEBO(shift=str(shift)), GONE_ON(), WITHOUT_BROKEN()]
    rows = [(name, one) for name, one in zip(names, changes, strict=True) if one is not None]
    columns = {"what": "What", "change": column("Change", _kind(outcome))}
    return Table(pd.DataFrame(rows, columns=["what", "change"]), DOUBLES(), columns)


def leaving_out(extremes: tuple[pd.Series, pd.Series], outcome: Outcome) -> Message:
    """Between what the effect lies when each unit is left out in turn; extremes: the rows of both ends."""
    low, high = extremes
    return LEAVING_OUT(
        low=_change(low["effect"], outcome),
        first=low["unit"],
        high=_change(high["effect"], outcome),
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
    frame = designs.assign(effect=[_estimate(one, outcome) for one in designs["effect"]])
    columns = {
        "design": "Design",
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
    bounded = [math.isfinite(one.p95) for one in designs["effect"]]
    data = {
        "names": list(designs["design"][bounded]),
        "effects": list(designs["effect"][bounded]),
        "unit": outcome.change(0),
    }
    told = {"change": _change(effect, outcome), "interval": _between(effect, outcome)}
    title = BY_DESIGN(design=answering["design"], outcome=outcome.name, **told)
    return Figure(_dots, data, title, DOTS(), DOTS_CAPTION(outcome=outcome.name))


@drawing
def _dots(names, effects: list[Interval], unit: Value):
    fig, ax = figures.axes(height=0.8 + 0.4 * len(names))
    shades = [figures.PALETTE["model"]] + [figures.PALETTE["baseline"]] * (len(names) - 1)
    figures.dots(ax, names, effects, shades)
    figures.zero_line(ax, "x")
    _change_axis(ax.xaxis, unit)
    return fig


def twin(one: Twin | None, outcome: Outcome) -> Figure | Message:
    """One treated unit beside its synthetic control."""
    if one is None:
        return NO_TWIN()
    path, effect = one.path, one.effect
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


def gaps(found: Gaps | None, outcome: Outcome) -> Figure | None:
    """The distance of every treated unit from its synthetic control, with the band of placebos."""
    if found is None:
        return None
    title = GAPS(outside=str(found.outside), units=count(len(found.units), "treated unit"))
    caption = GAPS_CAPTION_SOME(left=count(found.left_out, "unit")) if found.left_out else GAPS_CAPTION()
    data = vars(found) | {"unit": outcome.change(0)}
    return Figure(
        _gaps, {name: data[name] for name in data if name != "left_out"}, title, GAPS_ALT(), caption
    )


@drawing
def _gaps(units, periods, starts, gap, low, high, unit: Value):
    across = min(ACROSS, len(units))
    down = -(-len(units) // across)
    fig, panels = figures.axes(
        height=0.6 + 1.5 * down, nrows=down, ncols=across, sharex=True, sharey=True, squeeze=False
    )
    for ax, name, start, *lines in zip(panels.flat, units, starts, gap, low, high, strict=False):
        middle, bottom, top = lines
        figures.band(ax, periods, bottom, top, figures.PALETTE["baseline"])
        ax.plot(periods, middle, color=figures.PALETTE["model"], linewidth=1.5)
        ax.axvline(periods[start], color=figures.PALETTE["muted"], linewidth=1)
        figures.zero_line(ax)
        ax.set_title(name, loc="left", fontsize=8.5)
        figures.date_axis(ax.xaxis)
    for ax in panels.flat[len(units) :]:
        ax.remove()
    for ax in panels.flat[max(0, len(units) - across) : len(units)]:
        ax.tick_params(labelbottom=True)  # also where no panel stands below
    for row in panels:
        _change_axis(row[0].yaxis, unit)
    return fig


def weights(one: Twin | None) -> Table | None:
    """The heaviest donors of the unit that is drawn."""
    if one is None:
        return None
    frame = one.weights.head(HEAVY).map(lambda weight: percent(weight, 0)).rename_axis("Untreated unit")
    columns = {"Untreated unit": "Untreated unit"} | {name: column(name, "said") for name in frame}
    note = HEAVIEST(shown=len(frame), donors=count(len(one.weights), "untreated unit"))
    return Table(frame, WEIGHTS(), columns, notes=[note])


def placebos(one: Twin | None, outcome: Outcome) -> list:
    """The effect among those of untreated units in its place, and both ways of following."""
    if one is None:
        return []
    judged = one.judged
    title = PLACEBOS_SAY(
        assignments=count(judged.assignments, "assignment"),
        rank=str(judged.rank),
        share=percent(judged.ratio_p),
        smallest=percent(judged.smallest_p),
    )
    data = {"effects": judged.chance, "effect": judged.effect.mean, "logs": outcome.scale == "log"}
    figure = Figure(_histogram, data | {"unit": outcome.change(0)}, title, PLACEBOS(), GREY_PLACEBOS())
    left = one.left_out
    without = [
        WITHOUT_DONOR(low=signed(outcome.change(left.min())), high=signed(outcome.change(left.max())))
        for _ in left[:1]
    ]
    centre = CENTRE(centre=signed(outcome.change(judged.centre)))
    return [figure, centre, _ways(one, outcome), *without]


def _ways(one: Twin, outcome: Outcome) -> Table:
    ranks = [
        RANK(rank=str(rank), assignments=str(of))
        for rank, of in zip(one.ways["rank"], one.ways["of"], strict=True)
    ]
    effects = [_estimate(effect, outcome) for effect in one.ways["effect"]]
    columns = {
        "follows": "Follows",
        "effect": column("Effect", "said"),
        "missed": column("Off before the start", _kind(outcome)),
        "ratio": column("Ratio after to before", "decimals1"),
        "rank": column("Rank of the ratio", "said"),
        "ratio_p": column("Its share", "percent"),
        "p": column("Share of the mean", "percent"),
        "smallest_p": column("Smallest possible", "percent"),
    }
    note = WAYS_NOTE(donors=count(len(one.weights), "untreated unit"))
    return Table(one.ways.assign(rank=ranks, effect=effects), WAYS(), columns, notes=[note])


@drawing
def _histogram(effects, effect: float, logs: bool, unit: Value):
    fig, ax = figures.axes(height=2.4)
    as_shown = np.expm1 if logs else np.asarray
    ax.hist(as_shown(np.asarray(effects)), bins=40, color=figures.PALETTE["baseline"])
    ax.axvline(float(as_shown(effect)), color=figures.PALETTE["bad"], linewidth=2)
    _change_axis(ax.xaxis, unit, "mean effect")
    ax.set(yticks=[], ylabel="placebos")
    return fig


def own_past(past: Past | None, shift: int, outcome: Outcome) -> list:
    """One treated unit beside its own past carried on, and what its past alone would say."""
    if past is None:
        return [NO_PAST()]
    effect, *pretended = past.effects
    unit = past.series.unit
    title = OWN_PAST(unit=unit, change=_change(effect, outcome), interval=_between(effect, outcome))
    caption = CARRIED_ON()
    for double in pretended:
        caption = CARRIED_ON_TWICE(
            shift=str(shift), change=_change(double, outcome), interval=_between(double, outcome)
        )
    data = _lines(past.path) | {"label": "its past, carried on", "height": 3.2}
    alone = PAST_ALONE(change=_change(past.alone, outcome), interval=_between(past.alone, outcome))
    return [Figure(_path, data, title, PAST(unit=unit), caption), alone]


def answers(
    designs: pd.DataFrame, smallest: float | None, verdict: Message, outcome: Outcome
) -> list[Message]:
    """The effect by the design that answers (the first row), how sure it is, and what nobody can know."""
    first = designs.iloc[0]
    effect, per_period = first["effect"], first["per_period"]
    told = math.isfinite(per_period.p95)
    rose = effect.mean > 0
    chance = first["chance_above"] if rose else 1 - first["chance_above"]
    return [
        ANSWER(
            outcome=outcome.title,
            change=_change(effect, outcome),
            design=first["design"],
            interval=_between(effect, outcome),
            verdict=verdict,
        ),
        (CHANCE if rose else CHANCE_FELL)(
            chance=probability(chance),
            change=signed(outcome.amount(per_period.mean)),
            interval=between(per_period, outcome.amount) if told else NO_INTERVAL(),
        ),
        *([SMALLEST(smallest=outcome.change(smallest))] if smallest is not None else []),
        NO_LOTS(),
    ]


def _change(effect: Interval, outcome: Outcome) -> Value:
    return signed(outcome.change(effect.mean))


def _between(effect: Interval, outcome: Outcome) -> Value | Message:
    return between(effect, outcome.change) if math.isfinite(effect.p95) else NO_INTERVAL()


def _estimate(effect: Interval, outcome: Outcome) -> Value | Message:
    if not math.isfinite(effect.p95):
        return NO_ENDS(change=_change(effect, outcome))
    return estimate(effect, outcome.change)


def _title(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


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
    if unit.kind in ("money", "fine_money"):
        figures.money_axis(axis, unit.options["currency"], label)
        return
    axis.set_major_formatter(lambda value, _: wording.say(Value(unit.kind, value, unit.options)))
    axis.set_label_text(label)


def to_do() -> Message:
    """What to do next with a change that was not drawn by lot."""
    return DRAW_NEXT()
