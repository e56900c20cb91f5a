"""Figures: one palette with semantic names, styled axes, and the HTML of a figure with its SVG."""

import html
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, num2date
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler
from matplotlib.ticker import FuncFormatter, MaxNLocator

from helpers import languages
from helpers.inference.intervals import Interval
from helpers.messages import message
from helpers.pages import fonts, narrow, svg, wording

# Told apart with colour-blindness, and visible on white and on near-black; on a page each becomes a CSS
# variable (svg.VARIABLES), so that the light and the dark scheme can take their best shade.
PALETTE = {
    "ink": "#22272e",
    "muted": "#667080",
    "grid": "#d9dde3",
    "surface": "#ffffff",
    "accent": "#3477c0",
    "actual": "#3b424b",
    "model": "#3477c0",
    "baseline": "#8b929c",
    "good": "#14866d",
    "bad": "#c8551b",
    "neutral": "#8b929c",
    "violet": "#8a63b8",
    "ochre": "#a9780f",
}
SERIES = [PALETTE[name] for name in ("accent", "bad", "good", "violet", "ochre", "neutral")]

STYLE: Any = {
    "font.family": "DejaVu Sans",  # ships with matplotlib, so that layouts are the same everywhere
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 9.5,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "text.color": PALETTE["ink"],
    "axes.labelcolor": PALETTE["muted"],
    "axes.edgecolor": PALETTE["grid"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": PALETTE["grid"],
    "grid.linewidth": 0.8,
    "xtick.color": PALETTE["grid"],
    "ytick.color": PALETTE["grid"],
    "xtick.labelcolor": PALETTE["muted"],
    "ytick.labelcolor": PALETTE["muted"],
    "ytick.major.size": 0,
    "lines.linewidth": 2,
    "axes.prop_cycle": cycler(color=SERIES),
}
DEPTHS = (0.04, 0.6)  # opacity of a field of no share and of all
LABEL_GAP = 12  # points between two labels at line ends
SHORT = (
    (1e12, message("axes.trillions", "{number}T")),
    (1e9, message("axes.billions", "{number}B")),
    (1e6, message("axes.millions", "{number}M")),
    (1e3, message("axes.thousands", "{number}k")),
)
SHORT_IN = {"th": (SHORT[0], SHORT[2])}  # Thai counts in millions
IN_CURRENCY = message("axes.in_currency", "{label} ({currency})")
IN_POINTS = message("axes.in_points", "{label}, percentage points")


def axes(width: float = 7.2, height: float = 3.6, **subplots):
    """Return (figure, axes) in the project's style; `subplots` goes to matplotlib (ncols=2, ...).

    The figure is not pyplot's, so Jupyter does not show it by itself under the cell that draws it.
    """
    with mpl.rc_context(STYLE | {"font.family": fonts.families()}):
        fig = Figure(figsize=(width, height), layout="constrained")
        return fig, fig.subplots(**subplots)


def figure_html(fig: Figure, title: str, alt: str, caption: str | None = None) -> str:
    """Return the <figure> element: inline SVG whose text stays text, with the finding as its title.

    `title` states what is found, `alt` says in a sentence what is seen, `caption` says how to read it.
    ValueError where title or alt is empty.
    """
    for name, text in (("title", title), ("alt", alt)):
        if not (text or "").strip():
            raise ValueError(f"A figure needs `{name}`: " + _WHY[name])
    drawings = svg.drawings(fig, alt)
    note = f'<p class="figure-note">{html.escape(caption)}</p>' if caption else ""
    title = html.escape(wording.unbroken(title))
    return (
        f'<figure class="figure"><figcaption><strong class="figure-title">{title}</strong>{note}'
        f"</figcaption>{drawings}</figure>"
    )


_WHY = {
    "title": "the finding as a claim, such as “Half of the revenue comes from 8 % of the customers”.",
    "alt": "a sentence that says what is seen, for those who cannot see it.",
}


# ---- axes that speak money, counts and shares
def short(value: float) -> str:
    """Return a number for an axis: 1.2M, 350k, 12."""
    for size, words in SHORT_IN.get(languages.language(), SHORT):
        if abs(value) >= size:
            return wording.say(words(number=_three_digits(value / size)))
    return _three_digits(value)


def _three_digits(value: float) -> str:
    if abs(value) >= 1000:  # no power of ten: Thai counts thousands of millions
        return wording.decimals(value, 0)
    return languages.localized(f"{value:.3g}").replace("-", wording.MINUS)


def money_axis(axis, currency: str, label: str = "") -> None:
    """Give an axis (ax.xaxis or ax.yaxis) ticks such as 1.2M and a label with the currency."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    unit = languages.currency_unit(currency)
    named = languages.translated(label)
    axis.set_label_text(wording.say(IN_CURRENCY(label=named, currency=unit)) if label else unit)


def count_axis(axis, label: str = "") -> None:
    """Give an axis whole-number ticks such as 350k."""
    axis.set_major_locator(MaxNLocator(integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axis.set_label_text(label)


def agreement(ax, forecast, came) -> None:
    """Draw what came in groups, with its interval, against its forecast, and the line where both agree."""
    low, high = ([getattr(one, end) for one in came] for end in ("p05", "p95"))
    top = 1.1 * max(*high, *forecast)
    ax.plot([0, top], [0, top], color=PALETTE["muted"], linewidth=1)
    ax.vlines(forecast, low, high, color=PALETTE["model"])
    ax.plot(forecast, [one.mean for one in came], "o", color=PALETTE["model"], markersize=8)


def percent_axis(axis, label: str = "") -> None:
    """Give an axis of shares (0 to 1) ticks such as 25 %."""
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: wording.say(wording.PERCENT(number=_three_digits(100 * value))))
    )
    axis.set_label_text(label)


def points_axis(axis, label: str) -> None:
    """Give an axis of differences of shares (-1 to 1) ticks in percentage points, such as +5."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: wording.signed(100 * value, fmt=short)))
    axis.set_label_text(wording.say(IN_POINTS(label=languages.translated(label))))


def date_axis(axis) -> None:
    """Give an axis of dates few ticks, short enough for a phone."""
    locator = AutoDateLocator(minticks=3, maxticks=7)
    axis.set_major_locator(locator)
    axis.set_major_formatter(_Dates(locator))


class _Dates(ConciseDateFormatter):
    """Short dates in the language of the page, in its years."""

    def format_ticks(self, values):
        """The labels of an axis's dates."""
        texts, days = super().format_ticks(values), [num2date(value) for value in values]
        if days:
            self.offset_string = _in_language(self.offset_string, days[-1])  # type: ignore[assignment]
        return [_in_language(text, when) for text, when in zip(texts, days, strict=True)]


def _in_language(text: str, when) -> str:
    return text.replace(f"{when:%b}", languages.short_month(when)).replace(f"{when:%Y}", languages.year(when))


# ---- marks that several notebooks need
def legend(ax) -> None:
    """Put the legend above the axes at the left, where it covers no mark and is seen first on a phone."""
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)


def zero_line(ax, axis: str = "y") -> None:
    """Draw the line of no effect: at y = 0, or with axis="x" at x = 0."""
    draw = ax.axhline if axis == "y" else ax.axvline
    draw(0, color=PALETTE["muted"], linewidth=1, zorder=1.5)


def band(ax, x, low, high, color: str = PALETTE["model"]) -> None:
    """Draw an interval along x as a pale band."""
    ax.fill_between(x, low, high, color=color, alpha=0.18, linewidth=0)


def dots(ax, labels: list[str], intervals: list[Interval], color: str | list[str] = PALETTE["model"]) -> None:
    """Draw one row per label: a dot at the mean, a line over the 90 % interval; the first label on top."""
    rows = np.arange(len(labels))[::-1]
    colors = [color] * len(labels) if isinstance(color, str) else color
    for row, one, shade in zip(rows, intervals, colors, strict=True):
        ax.plot(
            [one.p05, one.p95], [row, row], color=shade, linewidth=2.5, alpha=0.55, solid_capstyle="round"
        )
        ax.plot([one.mean], [row], "o", color=shade, markersize=7)
    ax.set_yticks(rows, labels, color=PALETTE["ink"])
    ax.set_ylim(-0.6, len(labels) - 0.4)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def heat(ax, shares) -> None:
    """Draw a table of shares (0 to 1; gaps stay blank) as a grid: rows from the top, the deeper the larger, per cent in it.

    The fields are the accent, more or less transparent, so that page and text show through in both colour schemes; never so
    deep that the number in them is hard to read.
    """
    import seaborn as sns  # noqa: PLC0415 (half a second that only some figures need)

    pale, deep = (to_rgba(PALETTE["accent"], depth) for depth in DEPTHS)
    sns.heatmap(
        shares.astype(float),
        ax=ax,
        cmap=LinearSegmentedColormap.from_list("depth", [pale, deep]),
        vmin=0,
        vmax=1,
        cbar=False,
        annot=100 * shares.astype(float),
        fmt=".0f",
        annot_kws={"fontsize": 8, "color": PALETTE["ink"]},
        linewidths=1,
        linecolor=PALETTE["surface"],
    )
    ax.set(xlabel=None, ylabel=None)
    ax.grid(visible=False)
    ax.set_xticks(np.arange(shares.shape[1]) + 0.5, _named(shares.columns), rotation=30, ha="right")
    ax.set_yticks(np.arange(shares.shape[0]) + 0.5, _named(shares.index), rotation=0)


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
