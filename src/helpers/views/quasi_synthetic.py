"""What the page on quasi-experiments shows of a unit beside its synthetic twin, its placebos and its own past."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from helpers.messages import Message, Value, count, message, paragraph, percent, signed
from helpers.pages import figures
from helpers.pages.records import Figure, Table, column, drawing
from helpers.views.quasi_words import (
    change_axis,
    change_of,
    estimate_of,
    kind_of,
    over_time,
    path_lines,
    span_of,
)

if TYPE_CHECKING:
    from helpers.campaigns.interrupted import Past
    from helpers.campaigns.panel_shown import Outcome
    from helpers.campaigns.twins import Gaps, Twin

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
MEANS = message("quasi.means", "Each point is the mean of {periods}, and the band the mean of theirs.")
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


def twin(one: Twin | None, outcome: Outcome) -> Figure | Message:
    """One treated unit beside its synthetic control."""
    if one is None:
        return NO_TWIN()
    path, effect = one.path, one.effect
    say = ABOVE if effect.mean > 0 else BELOW
    title = say(unit=path.unit, size=outcome.change(abs(effect.mean)), interval=span_of(effect, outcome))
    caption = TOGETHER_BEFORE(outcome=outcome.title, unit=path.unit)
    data = path_lines(path) | {"label": "synthetic", "height": 3.6}
    return Figure(_path, data, title, TWIN(unit=path.unit), caption)


@drawing
def _path(lines, start, label: str, height: float):
    fig, ax = figures.axes(height=height)
    figures.band(ax, lines.index, lines["low"], lines["high"])
    ax.plot(lines.index, lines["middle"], color=figures.PALETTE["model"], label=label)
    ax.plot(lines.index, lines["seen"], color=figures.PALETTE["actual"], label="seen")
    ax.axvline(start, color=figures.PALETTE["muted"], linewidth=1)
    return over_time(fig, ax)


def gaps(found: Gaps | None, outcome: Outcome) -> Figure | None:
    """The distance of every treated unit from its synthetic control, with the band of placebos."""
    if found is None:
        return None
    title = GAPS(outside=str(found.outside), units=count(len(found.units), "treated unit"))
    caption = GAPS_CAPTION_SOME(left=count(found.left_out, "unit")) if found.left_out else GAPS_CAPTION()
    caption = caption if found.step == 1 else paragraph([caption, MEANS(periods=count(found.step, "period"))])
    data = vars(found.drawn) | {"unit": outcome.change(0)}
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
        change_axis(row[0].yaxis, unit)
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
    effects = [estimate_of(effect, outcome) for effect in one.ways["effect"]]
    columns = {
        "follows": "Follows",
        "effect": column("Effect", "said"),
        "missed": column("Off before the start", kind_of(outcome)),
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
    change_axis(ax.xaxis, unit, "mean effect")
    ax.set(yticks=[], ylabel="placebos")
    return fig


def own_past(past: Past | None, shift: int, outcome: Outcome) -> list:
    """One treated unit beside its own past carried on, and what its past alone would say."""
    if past is None:
        return [NO_PAST()]
    effect, *pretended = past.effects
    unit = past.series.unit
    title = OWN_PAST(unit=unit, change=change_of(effect, outcome), interval=span_of(effect, outcome))
    caption = CARRIED_ON()
    for double in pretended:
        caption = CARRIED_ON_TWICE(
            shift=str(shift), change=change_of(double, outcome), interval=span_of(double, outcome)
        )
    data = path_lines(past.path) | {"label": "its past, carried on", "height": 3.2}
    alone = PAST_ALONE(change=change_of(past.alone, outcome), interval=span_of(past.alone, outcome))
    return [Figure(_path, data, title, PAST(unit=unit), caption), alone]
