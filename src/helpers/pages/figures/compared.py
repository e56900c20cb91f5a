"""Two values of each row side by side, and the walk from one sum to another, with their numbers in print."""

from collections.abc import Callable, Sequence

import numpy as np

from helpers.inference.intervals import Interval
from helpers.pages import digits, narrow, wording
from helpers.pages.figures.style import PALETTE
from helpers.pages.lines import lines

AWAY = 7  # points between a mark and its number
ABOVE = 5  # the same, where a number stands above or below its mark
ROOM = (0.09, 0.15)  # of an axis's length on its left and right, for the numbers beside the outermost marks
APART = 6  # bars whose texts have room beside each other on a phone
WRAPPED = 11  # characters of a line under a bar
BAR_NAME = 15  # the same, where bars are few
BEFORE_A_LINE = {"boxstyle": "square,pad=0.1", "facecolor": PALETTE["surface"], "edgecolor": "none"}


def pairs(
    ax, names: Sequence[str], first, second: Sequence[Interval], labels: tuple[str, str], say: Callable
) -> None:
    """Draw a row per name, the first on top: a dot for each of two values (the second with its interval), joined.

    Each value is said by `say` at its dot: the first below it, the second, along which its interval runs, above.
    """
    rows = np.arange(len(names))[::-1]
    means = np.array([one.mean for one in second])
    ax.hlines(rows, first, means, color=PALETTE["grid"], linewidth=3, zorder=1)
    ax.hlines(
        rows, [one.p05 for one in second], [one.p95 for one in second], color=PALETTE["model"], alpha=0.5
    )
    for values, label, shade in zip((first, means), labels, ("actual", "model"), strict=True):
        ax.plot(values, rows, "o", color=PALETTE[shade], markersize=7, label=label)
    said = [digits.in_steps(one).mean for one in second]
    for row, one, other, told in zip(rows, first, means, said, strict=True):
        for value, text, color, up in ((one, say(one), "actual", -1), (other, say(told), "model", 1)):
            ax.annotate(
                text, (value, row), xytext=(0, up * ABOVE), textcoords="offset points", ha="center",
                va="bottom" if up > 0 else "top", fontsize=8, color=PALETTE[color],
            )  # fmt: skip
    ax.set_yticks(rows, names, color=PALETTE["ink"])
    ax.set_ylim(-0.6, len(names) - 0.4)
    _with_room(ax)
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def _with_room(ax) -> None:
    """Widen an axis on both sides, so that numbers beside the outermost marks stay inside."""
    low, high = ax.get_xlim()
    left, right = (share * (high - low) for share in ROOM)
    ax.set_xlim(low - left, high + right)


def lift(ax, groups, said: Sequence[str]) -> None:
    """Draw a bar per group and the mean of all groups as a line; groups: part, mean.

    said: the text above each bar; of many bars a phone shows every second one, so that they stand apart.
    """
    ax.bar(groups["part"], groups["mean"], color=PALETTE["model"], width=0.8)
    ax.axhline(float(np.mean(groups["mean"])), color=PALETTE["bad"], linewidth=1.2, linestyle="--")
    for number, (place, height, text) in enumerate(zip(groups["part"], groups["mean"], said, strict=True)):
        ax.annotate(
            text, (place, max(height, 0)), xytext=(0, 3), textcoords="offset points",
            ha="center", va="bottom", fontsize=8, bbox=BEFORE_A_LINE,
            gid=narrow.WIDE_ONLY if number % 2 and len(groups) > APART else None,
        )  # fmt: skip
    ax.set_xticks(groups["part"])
    ax.margins(y=0.12)


def steps(ax, names: Sequence[str], start: float, changes: Sequence[float], say: Callable) -> None:
    """Draw a bridge of bars: from `start` over the changes to the end, each with its number above it.

    names: of the start, of each change and of the end. say: says a level; changes have their sign before it, and what takes
    away has its number below, of two in a row the first, so that neighbours stand apart on a phone.
    """
    levels = [start, *(start + np.cumsum(changes))]
    ax.bar(0, start, color=PALETTE["model"])
    for place, (level, change) in enumerate(zip(levels, changes, strict=False), start=1):
        ax.bar(place, change, bottom=level, color=PALETTE["good" if change >= 0 else "bad"])
    ax.bar(len(names) - 1, levels[-1], color=PALETTE["model"])
    ends = [max(start, 0), *levels[1:], max(levels[-1], 0)]
    signs = ["", *("+" if change > 0 else "" for change in changes), ""]
    below = False
    for place, (end, sign, value) in enumerate(zip(ends, signs, [start, *changes, levels[-1]], strict=True)):
        falls = 0 < place < len(names) - 1 and value < 0
        below = falls and not below  # of two falls, one has its number below, the next above
        at = levels[place - 1] if falls and not below else end
        ax.annotate(
            f"{sign}{say(value)}", (place, at), xytext=(0, -3 if below else 3), textcoords="offset points",
            ha="center", va="top" if below else "bottom", fontsize=8,
        )  # fmt: skip
    ax.set_ylim(1.05 * min(0, *levels), 1.1 * max(0, *levels))
    ax.set_xticks(range(len(names)), [_lines(name) for name in names])


def name_bars(ax, places: Sequence[float], names: Sequence[str]) -> None:
    """Write what pages call each bar below it, in lines short enough for names to stand beside each other."""
    ax.set_xticks(places, ["\n".join(lines(wording.named(name), BAR_NAME)) for name in names])


def _lines(name: str) -> str:
    """A step's name in short lines, a new one after each comma."""
    return ",\n".join("\n".join(lines(part, WRAPPED)) for part in name.split(", "))
