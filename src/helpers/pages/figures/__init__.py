"""Figures: palette and axes, scales that speak money and dates, marks, and the HTML of a figure."""

from helpers.pages.figures.compared import lift, name_bars, pairs, steps
from helpers.pages.figures.marks import (
    agreement,
    band,
    column_names,
    cut_too_wide,
    dots,
    grid,
    heat,
    label_line_ends,
    legend,
    too_wide,
    write_means,
    zero_line,
)
from helpers.pages.figures.markup import figure_html
from helpers.pages.figures.scales import (
    around_one,
    count_axis,
    date_axis,
    few_ticks,
    money_axis,
    percent_axis,
    points_axis,
    short,
    skewed_axis,
)
from helpers.pages.figures.style import PALETTE, SERIES, axes

__all__ = [
    "PALETTE",
    "SERIES",
    "agreement",
    "around_one",
    "axes",
    "band",
    "column_names",
    "count_axis",
    "cut_too_wide",
    "date_axis",
    "dots",
    "few_ticks",
    "figure_html",
    "grid",
    "heat",
    "label_line_ends",
    "legend",
    "lift",
    "money_axis",
    "name_bars",
    "pairs",
    "percent_axis",
    "points_axis",
    "short",
    "skewed_axis",
    "steps",
    "too_wide",
    "write_means",
    "zero_line",
]
