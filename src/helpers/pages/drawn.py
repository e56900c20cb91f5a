"""What a figure shows, read back from its marks: the texts to hover over, and the table that a page hands out."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.dates import DateLocator, num2date
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, ScalarFormatter

from helpers.languages import translated
from helpers.messages import Value, message
from helpers.pages import narrow, wording

MOST_HOVERED = 200  # marks of a figure
MOST_ROWS = 2000  # of its table; a cloud of more points is a picture only
REACH = 5  # points around the middle of a small mark in which its text is shown
REFERENCE = {"#667080", "#d9dde3"}  # the palette's muted and grid: lines to compare with, no data
NEAR = 1e-9
HOVERED = message("drawn.hovered", "{label}: {value}")
WITH_ENDS = message("drawn.with_ends", "{value} ({low} to {high})")
INTERVALS = "intervals"  # the mark of an artist that spans the intervals of a series
SERIES, PANEL, LOW, HIGH = "Series", "Panel", "low", "high"


@dataclass(frozen=True)
class Mark:
    """One mark with its values on both axes; `ends` is its interval on the axis `along` ("x" or "y").

    box: left, bottom, right and top in the axes' own pixels, where the mark is seen.
    """

    ax: Any
    series: str
    x: Any
    y: Any
    box: tuple[float, float, float, float]
    ends: tuple[float, float] | None = None
    along: str = "y"
    colour: str = ""


@dataclass(frozen=True)
class Span:
    """An interval that was drawn beside its mark: from low to high along an axis, at a place on the other."""

    along: str
    at: float
    low: float
    high: float
    colour: str


@dataclass
class _Panel:
    """The marks of one panel, and the intervals that belong to some of them."""

    ax: Any
    marks: list[Mark] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    def with_intervals(self) -> Iterator[Mark]:
        """Each mark with the interval of its colour that spans it, or else with one that is of no mark's colour."""
        spanned = [[span for span in self.spans if _spans(span, mark)] for mark in self.marks]
        own = [
            [span for span in found if span.colour == mark.colour]
            for mark, found in zip(self.marks, spanned, strict=True)
        ]
        owned = {id(span) for found in own for span in found}
        for mark, of_colour, found in zip(self.marks, own, spanned, strict=True):
            span = next(iter(of_colour or [one for one in found if id(one) not in owned]), None)
            yield replace(mark, ends=(span.low, span.high), along=span.along) if span else mark


@dataclass(frozen=True)
class Told:
    """What a drawing says itself of a panel: a row of cells for each box (left, bottom, right, top in data)."""

    heading: Sequence[str]
    rows: Sequence[Sequence[str | Value]]
    boxes: Sequence[tuple[float, float, float, float]]


_TOLD: WeakKeyDictionary[Any, Told] = WeakKeyDictionary()


def tell(
    ax: Any, heading: Sequence[str], rows: Sequence[Sequence[str | Value]], boxes: Sequence[Any]
) -> None:
    """Say what a panel shows that no axis tells, such as the fields of a grid or bands between groups."""
    _TOLD[ax] = Told(heading, rows, boxes)


def marks(fig: Figure) -> list[Mark]:
    """Return what is drawn in a figure that was laid out: bars, dots and the points of lines."""
    found: list[Mark] = []
    for ax in fig.axes:
        if ax in _TOLD:
            continue
        panel = _Panel(ax)
        for read in (_bars, _lines, _collections):
            read(panel)
        found += panel.with_intervals()
    return found


def table(fig: Figure) -> list[list[Any]]:
    """Return the marks as rows below a row of headings; empty where nothing is drawn that can be listed."""
    if told := [_TOLD[ax] for ax in fig.axes if ax in _TOLD]:
        heading = [translated(head) for head in told[0].heading]
        return [heading, *([_cell(cell) for cell in row] for one in told for row in one.rows)]
    found = marks(fig)
    if not 0 < len(found) <= MOST_ROWS:
        return []
    several = len({id(mark.ax) for mark in found}) > 1
    named = any(mark.series for mark in found)
    ends = any(mark.ends for mark in found)
    heads = [_common(mark.ax.xaxis.label.get_text() for mark in found) or "x"]
    heads += [_common(mark.ax.yaxis.label.get_text() for mark in found) or "y"]
    heading = [translated(PANEL)] * several + [translated(SERIES)] * named + heads
    heading += [translated(LOW), translated(HIGH)] * ends
    panels = {id(ax): _title(ax) or str(place) for place, ax in enumerate(fig.axes, start=1)}
    rows: list[list[Any]] = [
        [panels[id(mark.ax)]] * several
        + [mark.series] * named
        + [_plain(mark.ax.xaxis, mark.x), _plain(mark.ax.yaxis, mark.y)]
        + ([_number(end) for end in mark.ends] if mark.ends else ["", ""]) * ends
        for mark in found
    ]
    return [heading, *rows]


def hovers(fig: Figure) -> str:
    """Return SVG that shows each mark's values where a mouse stands on it, for at most MOST_HOVERED marks."""
    found = [(mark.box, _said(mark)) for mark in marks(fig)]
    for ax in (ax for ax in fig.axes if ax in _TOLD):
        found += _said_there(ax, _TOLD[ax])
    step = -(-len(found) // MOST_HOVERED) or 1
    scale, height = 72 / fig.dpi, fig.get_figheight() * 72
    shown = []
    for box, lines in found[::step]:
        left, low, right, top = (scale * edge for edge in box)
        if np.isfinite([left, low, right, top]).all():
            shown.append(
                f'<rect x="{left:.1f}" y="{height - top:.1f}" width="{max(right - left, 1):.1f}" '
                f'height="{max(top - low, 1):.1f}"><title>{html.escape(chr(10).join(lines))}</title></rect>'
            )
    return f'<g fill="none" pointer-events="all">{"".join(shown)}</g>' if shown else ""


def _said_there(ax: Any, told: Told) -> Iterator[tuple[tuple[float, float, float, float], list[str]]]:
    heads = [translated(head) for head in told.heading]
    for row, (left, low, right, top) in zip(told.rows, told.boxes, strict=True):
        (x0, y0), (x1, y1) = ax.transData.transform([(left, low), (right, top)])
        lines = [wording.say(HOVERED(label=head, value=cell)) for head, cell in zip(heads, row, strict=True)]
        yield (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), lines


# ---- reading marks
def _bars(panel: _Panel) -> None:
    for bars in panel.ax.containers:
        sideways = getattr(bars, "orientation", "vertical") == "horizontal"
        for patch in bars.patches:
            box = patch.get_window_extent()
            if sideways:
                x, y = patch.get_width(), patch.get_y() + patch.get_height() / 2
            else:
                x, y = patch.get_x() + patch.get_width() / 2, patch.get_height()
            shape = (box.x0, box.y0 - 2, box.x1, box.y1 + 2)
            panel.marks.append(
                Mark(panel.ax, _series(bars), x, y, shape, colour=_colour(patch.get_facecolor()))
            )


def _lines(panel: _Panel) -> None:
    for line in panel.ax.get_lines():
        if line.get_transform() != panel.ax.transData:  # a line across the whole panel, such as zero
            continue
        x, y = (np.asarray(values, dtype=float) for values in line.get_data(orig=False))
        colour, plain = _colour(line.get_color()), line.get_marker() in ("None", None, "", " ")
        known = np.isfinite(x) & np.isfinite(y)
        if plain and not _series(line) and colour in REFERENCE:
            continue
        if plain and not _series(line) and len(x) == 2 and (x[0] == x[1] or y[0] == y[1]):
            along, at = ("y", x[0]) if x[0] == x[1] else ("x", y[0])
            low, high = sorted(y if along == "y" else x)
            panel.spans.append(Span(along, at, low, high, colour))
            continue
        _points(panel, _series(line), x[known], y[known], colour)


def _points(panel: _Panel, series: str, x: Any, y: Any, colour: str) -> None:
    reach = REACH * panel.ax.figure.dpi / 72
    for one, other, (across, up) in zip(
        x, y, panel.ax.transData.transform(np.column_stack([x, y])), strict=True
    ):
        box = (across - reach, up - reach, across + reach, up + reach)
        panel.marks.append(Mark(panel.ax, series, one, other, box, colour=colour))


def _collections(panel: _Panel) -> None:
    for drawn in panel.ax.collections:
        if isinstance(drawn, LineCollection):
            colours = [_colour(one) for one in drawn.get_colors()] or [""]
            if set(colours) <= REFERENCE:
                continue
            for place, ((x0, y0), (x1, y1)) in enumerate(
                part for part in drawn.get_segments() if len(part) == 2
            ):
                along, at, ends = ("y", x0, (y0, y1)) if x0 == x1 else ("x", y0, (x0, x1))
                panel.spans.append(Span(along, at, min(ends), max(ends), colours[place % len(colours)]))
        elif isinstance(drawn, PathCollection):
            x, y = np.ma.filled(drawn.get_offsets(), np.nan).T
            _points(panel, _series(drawn), x, y, _colour(drawn.get_facecolor()[0]))
        elif drawn.get_gid() == INTERVALS and drawn.get_paths():
            panel.spans += _band(drawn)


def _band(drawn: Any) -> Iterator[Span]:
    """The intervals of a band along x, from the outline that was filled."""
    colour = _colour(drawn.get_facecolor()[0])
    for path in drawn.get_paths():
        edges: dict[float, list[float]] = {}
        for x, y in path.vertices:
            edges.setdefault(float(x), []).append(float(y))
        for x, heights in edges.items():
            yield Span("y", x, min(heights), max(heights), colour)


def _spans(span: Span, mark: Mark) -> bool:
    try:
        place, value = (mark.x, mark.y) if span.along == "y" else (mark.y, mark.x)
        near = NEAR * max(1.0, abs(float(span.at)))
        return abs(place - span.at) <= near and span.low - near <= value <= span.high + near
    except TypeError:
        return False


def _series(artist: Any) -> str:
    label = str(artist.get_label() or "")
    return "" if label.startswith("_") else wording.named(_one_line(label))


def _colour(given: Any) -> str:
    return to_hex(given) if given is not None else ""


# ---- saying them
def _said(mark: Mark) -> list[str]:
    """The lines of a mark's text: its series, its name or place, and its value with its interval."""
    lines = [mark.series] if mark.series else []
    for side, axis, value in (("x", mark.ax.xaxis, mark.x), ("y", mark.ax.yaxis, mark.y)):
        text, label = _shown(axis, value), _one_line(axis.label.get_text())
        if mark.ends and mark.along == side:
            low, high = (_shown(axis, end) for end in mark.ends)
            text = wording.say(WITH_ENDS(value=text, low=low, high=high))
        lines.append(wording.say(HOVERED(label=label, value=text)) if label else text)
    return lines


def _name(axis: Any, value: float) -> str:
    """The name of the place on an axis with names, where a mark stands at one or beside it."""
    if not narrow.are_names(axis) or isinstance(axis.get_major_formatter(), ScalarFormatter):
        return ""
    places = np.asarray(axis.get_majorticklocs(), dtype=float)
    labels = [_one_line(label.get_text()) for label in axis.get_majorticklabels()]
    if not len(places) or len(labels) != len(places):
        return ""
    nearest = int(np.abs(places - value).argmin())
    return labels[nearest] if abs(places[nearest] - value) <= 0.5 else ""


def _day(axis: Any, value: float) -> date | None:
    return num2date(value).date() if isinstance(axis.get_major_locator(), DateLocator) else None


def _shown(axis: Any, value: float) -> str:
    """A value as its axis says it."""
    if name := _name(axis, value):
        return name
    if when := _day(axis, value):
        return wording.day(when)
    formatter = axis.get_major_formatter()
    if isinstance(formatter, FuncFormatter) and not isinstance(formatter, NullFormatter):
        return _one_line(formatter.format_data(value))
    return wording.count(value) if value == round(value) else wording.number(value)


def _plain(axis: Any, value: float) -> str | float:
    """A value as a cell of a table: a name, a date, or the number itself."""
    if name := _name(axis, value):
        return name
    when = _day(axis, value)
    return when.isoformat() if when else _number(value)


def _cell(cell: str | Value) -> str:
    """A told cell: the number itself, or a text as pages name it."""
    if isinstance(cell, Value):
        return _number(cell.value) if isinstance(cell.value, int | float) else wording.say(cell)
    return wording.named(cell)


def _number(value: float) -> str:
    return f"{float(value):.10g}" if np.isfinite(value) else ""


def _common(labels: Iterator[str] | Sequence[str]) -> str:
    """The label that all panels share."""
    found = {_one_line(label) for label in labels}
    return found.pop() if len(found) == 1 else ""


def _title(ax: Any) -> str:
    """A panel's title, wherever it stands above it."""
    return next(
        (_one_line(text) for side in ("center", "left", "right") if (text := ax.get_title(loc=side))), ""
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
