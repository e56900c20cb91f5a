"""A flow picture: groups at an earlier date on the left, at a later one on the right, bands for who went where."""

import numpy as np
import pandas as pd

from helpers.messages import count
from helpers.pages import drawn, figures, wording

COLORS = {
    "prospect": "neutral",
    "first-time": "ochre",
    "repeat": "accent",
    "frequent": "accent",
    "loyal": "good",
    "won back": "violet",
    "lapsed": "bad",
}
GAP, EDGE, STEPS = 0.02, 0.03, 30  # between groups, of a group's bar; points along a band
LABEL_ROOM = 0.055  # of the picture's height, at least, between two labels


def draw(ax, bands: pd.DataFrame, before: pd.Series, after: pd.Series, whole: float) -> None:
    """Draw counts of people by group at two dates (rows earlier, columns later), in the order of the table.

    What is missing is not shown: a band of few people is not drawn, and what no band takes of a group stands below its
    bands; a group of few, of those in `before` and `after`, has no number and as much room as the others of its side
    without one. whole: all people.
    """
    left, right = _places(_heights(before, whole)), _places(_heights(after, whole))
    start, end = (
        {name: top for name, (top, _) in left.items()},
        {name: top for name, (top, _) in right.items()},
    )
    x = np.linspace(EDGE, 1 - EDGE, STEPS)
    bend = (1 - np.cos(np.pi * np.linspace(0, 1, STEPS))) / 2
    rows, boxes = [], []
    for source in bands.index:
        for target in bands.columns:
            people = bands.loc[source, target]
            if not people > 0:
                continue
            size = people / whole
            top = start[source] + (end[target] - start[source]) * bend
            ax.fill_between(x, top, top - size, color=_color(source), alpha=0.35, linewidth=0)
            rows.append((wording.named(source), wording.named(target), count(people)))
            boxes.append((0.3, top[STEPS // 3] - size, 0.7, top[STEPS // 3]))
            start[source] -= size
            end[target] -= size
    for places, counts, edge, align in ((left, before, 0.0, "right"), (right, after, 1.0, "left")):
        _stack(ax, places, counts, edge, align)
    ax.set(xlim=(-0.42, 1.42), ylim=(min(low for _, low in [*left.values(), *right.values()]) - 0.02, 1.02))
    ax.set_axis_off()
    drawn.tell(ax, ("Before", "Now", "Customers"), rows, boxes)


def _heights(counts: pd.Series, whole: float) -> pd.Series:
    """The share of each group; those without a number share what the others leave."""
    left = (whole - counts.sum()) / max(1, counts.isna().sum())
    return counts.fillna(left) / whole


def _places(shares: pd.Series) -> dict[str, tuple[float, float]]:
    """Top and bottom of every group, stacked from 1 downwards."""
    tops = 1 - np.insert(np.cumsum(shares.to_numpy() + GAP), 0, 0.0)[:-1]
    return {name: (top, top - share) for name, top, share in zip(shares.index, tops, shares, strict=True)}


def _stack(ax, places, counts, edge, align):
    inner = EDGE if edge == 0.0 else -EDGE
    text_at, outside = np.inf, -0.02 if edge == 0.0 else 0.02
    for name, (top, low) in places.items():
        ax.fill_between([edge, edge + inner], [top, top], [low, low], color=_color(name), linewidth=0)
        people = counts[name]
        told = wording.named(name)
        label = told if np.isnan(people) else f"{told} {wording.count(people)}"
        text_at = min((top + low) / 2, text_at - LABEL_ROOM)
        ax.text(edge + outside, text_at, label, ha=align, va="center", fontsize=8.5)


def _color(name: str) -> str:
    return figures.PALETTE[COLORS.get(name, "neutral")]
