"""Marks that several figures need: intervals, bands, grids of shares, names at the ends of lines."""

from collections.abc import Callable, Container, Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgba

from helpers.inference.intervals import Interval
from helpers.messages import Value, percent
from helpers.pages import digits, drawn, narrow, wording
from helpers.pages.figures.style import PALETTE
from helpers.pages.lines import lines

DEPTHS = (0.04, 0.6)  # opacity of a field of no share and of all
FOR_A_NUMBER = 0.3  # of the width of an axis, beside an interval
MUCH_FARTHER = 4  # times the reach of the middle interval
ACROSS = 0.8  # of a figure's width, about, is its panel's
MOST_LINES = 2  # of a name under a column
LABEL_GAP = 12  # points between two labels at line ends


def agreement(ax, forecast, came) -> None:
    """Draw what came in groups, with its interval, against its forecast, and the line where both agree."""
    low, high = ([getattr(one, end) for one in came] for end in ("p05", "p95"))
    top = 1.1 * max(*high, *forecast)
    ax.plot([0, top], [0, top], color=PALETTE["muted"], linewidth=1)
    ax.vlines(forecast, low, high, color=PALETTE["model"])
    ax.plot(forecast, [one.mean for one in came], "o", color=PALETTE["model"], markersize=8)


def legend(ax) -> None:
    """Put the legend above the axes at the left, where it covers no mark and is seen first on a phone."""
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)


def zero_line(ax, axis: str = "y") -> None:
    """Draw the line of no effect: at y = 0, or with axis="x" at x = 0."""
    draw = ax.axhline if axis == "y" else ax.axvline
    draw(0, color=PALETTE["muted"], linewidth=1, zorder=1.5)


def band(ax, x, low, high, color: str = PALETTE["model"]) -> None:
    """Draw an interval along x as a pale band."""
    ax.fill_between(x, low, high, color=color, alpha=0.18, linewidth=0, gid=drawn.INTERVALS)


def dots(
    ax,
    labels: list[str],
    intervals: list[Interval],
    color: str | list[str] = PALETTE["model"],
    ranges: Container[int] = (),
) -> None:
    """Draw one row per label: a dot at the mean, a line over the 90 % interval; the first label on top.

    ranges: places of those that are a range of what cannot be told yet: a dotted line without a dot.
    """
    rows = np.arange(len(labels))[::-1]
    colors = [color] * len(labels) if isinstance(color, str) else color
    for place, (row, one, shade) in enumerate(zip(rows, intervals, colors, strict=True)):
        if place in ranges:
            ax.plot([one.p05, one.p95], [row, row], color=shade, linewidth=1.5, linestyle=":")
            continue
        ax.plot(
            [one.p05, one.p95], [row, row], color=shade, linewidth=2.5, alpha=0.55, solid_capstyle="round"
        )
        ax.plot([one.mean], [row], "o", color=shade, markersize=7)
    ax.set_yticks(rows, labels, color=PALETTE["ink"])
    ax.set_ylim(-0.6, len(labels) - 0.4)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def write_means(ax, intervals: list[Interval], say: Callable[[float], str]) -> None:
    """Write each mean of `dots` beside its interval, on the side with more room, in the digits that this justifies."""
    low, high = ax.get_xlim()
    room = (high - low) * FOR_A_NUMBER
    high = max([high, *(one.p95 + room for one in intervals if one.p05 - low < room)])
    ax.set_xlim(low, high)
    for row, one in zip(np.arange(len(intervals))[::-1], intervals, strict=True):
        right = high - one.p95 >= one.p05 - low
        end, away, side = (one.p95, 7, "left") if right else (one.p05, -7, "right")
        ax.annotate(
            say(digits.in_steps(one).mean), (end, row), xytext=(away, 0), textcoords="offset points",
            ha=side, va="center", fontsize=8, color=PALETTE["ink"], annotation_clip=False,
        )  # fmt: skip


def too_wide(intervals: Sequence[Interval]) -> list[int]:
    """The places of the intervals that reach so far that the others would be dots without a length."""
    reach = np.array([max(abs(one.p05), abs(one.p95)) for one in intervals])
    usual = np.median(reach) if len(reach) > 2 else 0.0
    return list(np.flatnonzero(reach > MUCH_FARTHER * usual)) if usual > 0 else []


def cut_too_wide(ax, intervals: Sequence[Interval], rows: Sequence[float] | None = None) -> None:
    """End the x axis where the others end, with arrows at the ends of what goes on; before `write_means`.

    rows: where on the y axis each interval lies; by default as `dots` draws them.
    """
    wide = too_wide(intervals)
    if not wide:
        return
    others = [one for place, one in enumerate(intervals) if place not in wide]
    low, high = min(0, *(one.p05 for one in others)), max(0, *(one.p95 for one in others))
    margin = 0.25 * (high - low)
    ends = low - margin, high + margin
    ax.set_xlim(*ends)
    at_edge = ax.get_yaxis_transform()  # no data: nothing is told of it on hover
    arrow = {"color": PALETTE["model"], "markersize": 7, "clip_on": False, "transform": at_edge}
    for place in wide:
        one, row = intervals[place], len(intervals) - 1 - place if rows is None else rows[place]
        if one.p05 < ends[0]:
            ax.plot([0], [row], "<", **arrow)
        if one.p95 > ends[1]:
            ax.plot([1], [row], ">", **arrow)


def heat(ax, shares) -> None:
    """Draw a table of shares (0 to 1; gaps stay blank) as a grid, per cent in each field, the deeper the larger."""
    values = shares.astype(float)
    texts = [["" if np.isnan(one) else f"{100 * one:.0f}" for one in row] for row in values.to_numpy()]
    rows, columns = _named(values.index), _named(values.columns)
    grid(
        ax,
        values,
        texts,
        ("Row", "Column", "Share"),
        lambda row, place: (rows[row], columns[place], percent(values.iat[row, place])),
        most=1,
    )
    column_names(ax, ax.get_xticks(), columns)


def column_names(ax, places: Sequence[float], names: Sequence[str]) -> None:
    """Write a name under each place of the lower axis, in two lines at most; slanted where there is no room for that."""
    room = max(1, int(ACROSS * ax.get_figure().get_figwidth() * 72 / narrow.SIGN / max(len(names), 1)))
    broken = [lines(name, room, cut=False) for name in names]
    if all(len(one) <= MOST_LINES and max(map(len, one), default=0) <= room for one in broken):
        ax.set_xticks(places, ["\n".join(one) for one in broken], rotation=0)
    else:
        ax.set_xticks(places, names, rotation=30, ha="right")


def grid(
    ax,
    values,
    texts: Sequence[Sequence[str]],
    heading: Sequence[str],
    say: Callable[[int, int], Sequence[str | Value]],
    most: float | None = None,
) -> None:
    """Draw a table of numbers (gaps stay blank) as a grid: rows from the top, the deeper the larger, a text in each field.

    heading, say: what is told of a field (row, column) on hover and in the figure's table. most: the value of the deepest
    field, by default the largest. The fields are the accent, more or less transparent, so that page and text show through in
    both colour schemes; never so deep that the text in them is hard to read.
    """
    import seaborn as sns  # noqa: PLC0415 (half a second that only some figures need)

    pale, deep = (to_rgba(PALETTE["accent"], depth) for depth in DEPTHS)
    shown = values.astype(float)
    sns.heatmap(
        shown,
        ax=ax,
        cmap=LinearSegmentedColormap.from_list("depth", [pale, deep]),
        vmin=0,
        vmax=most,
        cbar=False,
        linewidths=1,
        linecolor=PALETTE["surface"],
    )
    for row, line in enumerate(texts):
        for place, text in enumerate(line):
            ax.text(place + 0.5, row + 0.5, text, ha="center", va="center", fontsize=8, color=PALETTE["ink"])
    ax.set(xlabel=None, ylabel=None)
    ax.grid(visible=False)
    ax.set_xticks(np.arange(shown.shape[1]) + 0.5, _named(shown.columns), rotation=0)
    ax.set_yticks(np.arange(shown.shape[0]) + 0.5, _named(shown.index), rotation=0)
    known = np.argwhere(np.isfinite(shown.to_numpy()))
    boxes = [(place, row, place + 1, row + 1) for row, place in known]
    drawn.tell(ax, heading, [say(row, place) for row, place in known], boxes)


def _named(values) -> list[str]:
    """What pages call values of the data that head a table's columns or rows."""
    return [wording.named(str(value)) for value in values]


def label_line_ends(ax) -> None:
    """Write each labelled line's name at its right end, in its colour, instead of a legend; call it last."""
    ends = []
    for line in ax.get_lines():
        x, y = (np.asarray(values, dtype=float) for values in line.get_data(orig=False))
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        if known.size and not line.get_label().startswith("_"):
            ends.append((y[known[-1]], x[known[-1]], line))
    ax.figure.draw_without_rendering()  # settles scales and layout, on which places depend
    lowest = -np.inf
    for y, x, line in sorted(ends, key=lambda end: end[0]):
        height = ax.transData.transform((x, y))[1] * 72 / ax.figure.dpi
        place = max(height, lowest + LABEL_GAP)
        lowest = place
        ax.annotate(
            line.get_label(), (x, y), xytext=(6, place - height), textcoords="offset points",
            color=line.get_color(), va="center", fontsize=9, annotation_clip=False, gid=narrow.LINE_END,
        )  # fmt: skip
