"""How a page says what an outcome measures: money in its currency, shares in points, anything else as a plain number."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from helpers.inference.intervals import Interval
from helpers.messages import Value, about, between, mean, money, number, points, signed, size_in_points
from helpers.pages import figures

COLUMNS = {"money": "money", "points": "points", "number": "each"}


def amount(value: float, measure: str, currency: str) -> Value:
    """An amount of this measure: money, a size in points, or a number."""
    if measure == "money":
        return about(money(value, currency))
    return size_in_points(value) if measure == "points" else number(value)


def change(value: float, measure: str, currency: str) -> Value:
    """The same as a change, with its sign; points bear it in any case."""
    return points(value) if measure == "points" else signed(amount(value, measure, currency))


def mean_change(interval, measure: str, currency: str) -> Value:
    """The mean of an interval as a change, for where the interval is not said."""
    if measure == "money":
        return signed(mean(interval, money, currency=currency))
    return change(interval.mean, measure, currency)


def span(interval, measure: str, currency: str) -> Value:
    """An interval of such amounts."""
    if measure == "money":
        return between(interval, money, currency=currency)
    return between(interval, points if measure == "points" else number)


def over_horizon(worth: Interval, row: Mapping[str, Any]) -> Interval:
    """What a campaign's arm brings over the horizon; where it is too early to say what lasts, the range around that to date.

    worth: its `incremental_clv`. row: a row of the artifact campaign_value, or of what it is made of.
    """
    return worth if row["identified"] else replace(worth, p05=row["reach_low"], p95=row["reach_high"])


def axis(of, measure: str, currency: str, label: str) -> None:
    """Give an axis (ax.xaxis or ax.yaxis) the ticks and the label of the measure."""
    ways = {
        "money": partial(figures.money_axis, of, currency, label),
        "points": partial(figures.points_axis, of, label),
        "number": partial(of.set_label_text, label),
    }
    ways[measure]()
