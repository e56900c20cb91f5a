"""How figures look: one palette with semantic names, and styled axes."""

from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

from helpers.pages import fonts

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


def axes(width: float = 7.2, height: float = 3.6, **subplots):
    """Return (figure, axes) in the project's style; `subplots` goes to matplotlib (ncols=2, ...).

    The figure is not pyplot's, so Jupyter does not show it by itself under the cell that draws it.
    """
    with mpl.rc_context(STYLE | {"font.family": fonts.families()}):
        fig = Figure(figsize=(width, height), layout="constrained")
        return fig, fig.subplots(**subplots)
