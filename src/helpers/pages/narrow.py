"""A figure laid out again for a phone, so that it can be read: panels below each other, names in lines, fewer ticks."""

import math
import warnings
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

from matplotlib.category import StrCategoryLocator
from matplotlib.dates import AutoDateLocator, DateLocator
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from helpers.pages import wording
from helpers.pages.lines import lines

WIDTH = 3.55  # inches: in the 355 pixels of a phone's column its 8-point text is 11 pixels high
NARROWEST_PANEL = 159  # points: 220 of these pixels
PANEL_HEIGHT = 2.7  # inches of a panel that stood beside others
LINE = 0.155  # inches of a line of names
ONE_LINE = 1.7  # lines from one row to the next: a number stands above its mark
LABELS = 30  # signs of a line
SIGN = 4.8  # points of a sign in the name of an axis, about
BELOW = 35  # points below an upright axis: its name stands beside its middle
LINE_END = "line-end"  # the mark of a text that names a line at its end
WIDE_ONLY = "wide-only"  # the mark of a text that has no room on a phone
FEWER = 4  # ticks of a scale in steps of ten
EDGE = 3  # pixels by which a text may stand over the edge


def lay_out(fig: Figure) -> bool:
    """Change a figure's layout for a phone; whether its panels are then wide enough and its texts inside and apart."""
    for text in fig.findobj(Text):
        text.set_visible(text.get_visible() and text.get_gid() != WIDE_ONLY)
    across = {round(ax.get_position().x0, 1) for ax in fig.axes}
    height = fig.get_figheight()
    if len(across) > 1:
        height = _stack(fig)
    fig.set_size_inches(WIDTH, height)
    for ax in fig.axes:
        for text in (ax.title, ax.xaxis.label, ax.yaxis.label):
            text.set_text(_lines(text.get_text(), LABELS))
    _legends(fig.axes)
    upright_names(fig)
    for ax in fig.axes:
        _row_names(ax, 20)
    fits = _settle(fig)
    rooms: list[Callable[[Any], bool]] = [partial(_row_names, signs=signs) for signs in (18, 16, 13, 10)]
    for room in (*rooms[:-1], line_ends_above, rooms[-1]):
        if fits:
            break
        if any([room(ax) for ax in fig.axes]):
            fits = _settle(fig)
    steps = (_column_names, _texts_inside, _texts_beside_names)
    if any([step(ax) for ax in fig.axes for step in steps]):
        fits = _settle(fig)
    return fits and all(_is_readable(ax) for ax in fig.axes)


def upright_names(fig: Figure) -> None:
    """Break the names of upright axes that are longer than these are high."""
    signs = max(LABELS // 3, int((fig.get_figheight() * 72 - BELOW) / SIGN))
    for ax in fig.axes:
        ax.yaxis.label.set_text(_lines(ax.yaxis.label.get_text(), signs))


def narrowest_panel(fig: Figure) -> float:
    """The width of the narrowest panel in points, as the figure was last drawn."""
    return min((ax.get_window_extent().width * 72 / fig.dpi for ax in fig.axes), default=math.inf)


def _settle(fig: Figure, times: int = 2) -> bool:
    """Lay out until it holds (the first time, names do not stand where they will); whether panels are wide enough.

    Nothing is drawn for it: the layout alone moves panels and texts, at half the price; times: that it may take at most.
    """
    engine: Any = fig.get_layout_engine()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(times):
            before = [ax.get_position().bounds for ax in fig.axes]
            engine.execute(fig)
            if before == [ax.get_position().bounds for ax in fig.axes]:
                break
    laid_out = not any(
        "constrained_layout not applied" in str(one.message) for one in told
    )  # else as it was before
    return laid_out and narrowest_panel(fig) >= NARROWEST_PANEL


def _stack(fig: Figure) -> float:
    """Put panels that stand side by side below each other; the figure's new height."""
    rows = GridSpec(len(fig.axes), 1, figure=fig)
    for row, ax in enumerate(fig.axes):
        ax.set_subplotspec(rows[row])
        ax.tick_params(labelleft=True, labelbottom=True)
    return PANEL_HEIGHT * len(fig.axes)


def _lines(text: str, signs: int) -> str:
    return "\n".join("\n".join(lines(line, signs, cut=signs <= 10)) for line in text.split("\n"))


def are_names(axis) -> bool:
    """Whether an axis has a name at each of its places, not numbers along a scale."""
    return isinstance(axis.get_major_locator(), FixedLocator | StrCategoryLocator)


class _InLines(FuncFormatter):
    """Names of rows in lines of so many signs; `named` says them as they were before any was broken."""

    def __init__(self, named: Any, signs: int) -> None:
        super().__init__(lambda at, place: _lines(named(at, place), signs))
        self.named = named


def _row_names(ax, signs: int) -> bool:
    """Break the names of rows into lines, and make room for these; whether there are any."""
    if not are_names(ax.yaxis):
        return False
    before = [label.get_text() for label in tick_labels(ax.yaxis)]
    formatter = ax.yaxis.get_major_formatter()
    ax.yaxis.set_major_formatter(_InLines(getattr(formatter, "named", formatter), signs))
    tall = [_lines(name, signs).count("\n") + 1 for name in before]
    of_neighbours = [sum(two) / 2 for two in pairwise(tall)]  # half of each lies between them
    most = max(of_neighbours or tall, default=1)
    fig = ax.get_figure()
    fig.set_figheight(max(fig.get_figheight(), 0.9 + LINE * max(ONE_LINE, most + 0.2) * len(before)))
    return True


def line_ends_above(ax) -> bool:
    """Name lines in a legend above instead of at their ends, where that leaves too little for them; whether any were."""
    if ends := [text for text in ax.texts if text.get_gid() == LINE_END]:
        for text in ends:
            text.remove()
        handles, labels = ax.get_legend_handles_labels()
        ax.legend(handles, [wording.named(label) for label in labels])
        _legends([ax])
    return bool(ends)


def _legends(axes) -> None:
    """Give legends as many columns as fit into the figure, their labels in lines where one alone does not."""
    found = [(ax, legend) for ax in axes if (legend := ax.get_legend())]
    if not found:
        return
    for _, legend in found:
        legend.set_in_layout(False)  # else the panel gives way instead
    _settle(axes[0].get_figure(), times=1)  # legends need about the place of the panels
    for ax, legend in found:
        _in_columns(ax, legend)


def _in_columns(ax, legend) -> None:
    texts = [text.get_text() for text in legend.get_texts()]
    for columns, signs in ((3, LABELS), (2, LABELS), (1, LABELS), (1, 24)):
        legend = ax.legend(
            handles=legend.legend_handles, labels=[_lines(text, signs) for text in texts], ncols=columns,
            loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, handlelength=1.4, columnspacing=1.2, frameon=False,
            fontsize=8.5,
        )  # fmt: skip
        if legend.get_window_extent().x1 <= ax.get_figure().bbox.x1:
            break


def _column_names(ax) -> bool:
    """Where tick labels run into each other: fewer of a scale's; names upright. Whether they did."""
    if not _collide(ax):
        return False
    if are_names(ax.xaxis):
        named = ax.xaxis.get_major_formatter()
        ax.xaxis.set_major_formatter(FuncFormatter(lambda at, place: " ".join(named(at, place).split())))
        for label in ax.get_xticklabels():
            label.set(rotation=90, ha="center", va="top")
        ax.tick_params(axis="x", rotation=90)
    elif isinstance(ax.xaxis.get_major_locator(), DateLocator):
        locator = AutoDateLocator(minticks=2, maxticks=4)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(type(ax.xaxis.get_major_formatter())(locator))
    elif ax.get_xscale() == "linear":
        ax.xaxis.set_major_locator(MaxNLocator(4))
    elif ax.get_xscale() == "symlog":
        ax.xaxis.get_major_locator().set_params(numticks=FEWER)
    return True


def _texts_inside(ax) -> bool:
    """Break a text that stands over the edge before its last word; whether there was one."""
    beyond = _beyond(ax, ax.texts)
    for text in beyond:
        first, _, last = text.get_text().rpartition(" ")
        text.set_text(f"{first}\n{last}" if first else last)
    return bool(beyond)


def _texts_beside_names(ax) -> bool:
    """Make room on the left where a number beside a mark stands over the names of the rows; whether one did."""
    if not are_names(ax.yaxis) or ax.get_xscale() != "linear":
        return False
    panel, (low, high) = ax.get_window_extent(), ax.get_xlim()
    before = low
    for text in ax.texts:
        if not isinstance(text, Annotation) or text.get_window_extent().x0 >= panel.x0:
            continue
        at = text.xy[0]  # the mark's place should be so far from the left edge as its number is wide
        wide = ax.transData.transform((at, 0))[0] - text.get_window_extent().x0 + EDGE
        share = min(0.5, wide / panel.width)
        low = min(low, (at - share * high) / (1 - share))
    ax.set_xlim(low, high)
    return low < before


def _beyond(ax, texts) -> list[Text]:
    box = ax.get_figure().bbox
    shown = [text for text in texts if text.get_visible() and text.get_text()]
    spans = [(text, text.get_window_extent()) for text in shown]
    return [text for text, span in spans if span.x0 < box.x0 - EDGE or span.x1 > box.x1 + EDGE]


def _collide(ax) -> bool:
    spans = sorted((box.x0, box.x1) for box in (label.get_window_extent() for label in tick_labels(ax.xaxis)))
    return any(one[1] > following[0] for one, following in pairwise(spans))


def _is_readable(ax) -> bool:
    texts = [*tick_labels(ax.xaxis), *tick_labels(ax.yaxis), *ax.texts, ax.title]
    return not _collide(ax) and not _beyond(ax, [*texts, ax.xaxis.label, ax.yaxis.label])


def tick_labels(axis) -> list[Text]:
    """The tick labels that are drawn: those within the axis's view."""
    low, high = sorted(axis.get_view_interval())
    labels = [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [label for label in labels if label.get_text() and label.get_visible()]
