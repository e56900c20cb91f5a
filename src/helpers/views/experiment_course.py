"""What the page on the experiment shows and says of the time after the window, and of revenue week by week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from helpers.inference.intervals import Interval
from helpers.messages import Message, about, between, count, message, money, signed
from helpers.pages import figures
from helpers.pages.records import Figure, drawing
from helpers.views.experiment import colours

if TYPE_CHECKING:
    from helpers.campaigns.after_window import AfterWindow
    from helpers.campaigns.trial import Trial

NOT_TOLD = message(
    "experiment.not_told", "The table says nothing of what followed, so pull-forward cannot be seen"
)
NOTHING_SINCE = message(
    "experiment.nothing_since",
    "Nothing was bought since the window closed: pull-forward cannot be seen yet",
)
SINCE = message(
    "experiment.since",
    "Since the window closed, {arm} has brought {difference} of margin per customer, compared with control, "
    "{interval}",
)
BROUGHT = message(
    "experiment.brought",
    "After {weeks}, {arm} has brought {own} of revenue per {unit}, control {base}",
)
COURSE = message(
    "experiment.course",
    "Cumulative revenue per assigned customer by week for each arm; a vertical line marks the end of the window.",
)
WINDOW_END = message(
    "experiment.window_end", "Vertical line: end of the window. Plain means, without intervals."
)
MIN_WEEKS = 3  # of a course: two points are no line
AHEAD = message(
    "experiment.ahead", "{arm}: after {weeks} {difference} of revenue per {unit} against control, {interval}"
)
AHEAD_ALT = message(
    "experiment.ahead_alt",
    "Per arm a line of the difference from control since the assignment, with a band around it.",
)
AHEAD_NOTE = message(
    "experiment.ahead_note",
    "Plain difference of revenue so far, before margin and costs, with its 90 % interval. Vertical line: the end of the "
    "window. A line that falls back after it has only moved purchases.",
)


def followed(since: AfterWindow, arm: str, currency: str) -> Message:
    """Say what an arm's margin did after the window, compared with control."""
    after = since.after(arm)
    if after is None:
        return NOT_TOLD() if since.differences is None else NOTHING_SINCE()
    interval = between(after, money, currency=currency)
    return SINCE(arm=arm, difference=signed(money(after.mean, currency)), interval=interval)


def course(course: pd.DataFrame | None, best: str, test: Trial, currency: str) -> Figure | None:
    """Revenue week by week since the assignment; None where it is not known. best: the arm the title speaks of."""
    if course is None:
        return None
    last = course.iloc[-1]
    title = BROUGHT(
        weeks=count(course.index[-1], "week"),
        arm=best,
        own=about(money(last[best], currency)),
        unit=test.unit,
        base=about(money(last[test.control], currency)),
    )
    data = {"course": course[test.arms], "window_weeks": test.days / 7, "currency": currency}
    return Figure(_course, data, title, COURSE(), WINDOW_END())


@drawing
def _course(course, window_weeks, currency):
    fig, ax = figures.axes()
    control, *treated = course
    for arm, color in {control: figures.PALETTE["baseline"], **colours(treated)}.items():
        ax.plot(course.index, course[arm], color=color, label=arm)
    ax.axvline(window_weeks, color=figures.PALETTE["muted"], linewidth=1)
    figures.money_axis(ax.yaxis, currency, "revenue so far per customer")
    figures.count_axis(ax.xaxis, "weeks since the assignment")
    figures.label_line_ends(ax)
    return fig


def ahead(arms: dict[str, pd.DataFrame] | None, best: str, test: Trial, currency: str) -> Figure | None:
    """How far each arm lies ahead of control, week by week; best: the arm the title speaks of."""
    if arms is None or len(arms[best]) < MIN_WEEKS:
        return None
    last = arms[best].iloc[-1]
    ends = Interval(last["difference"], last["low"], last["difference"], last["high"])
    title = AHEAD(
        arm=best,
        weeks=count(arms[best].index[-1], "week"),
        difference=signed(money(last["difference"], currency)),
        unit=test.unit,
        interval=between(ends, money, currency=currency),
    )
    data = {"arms": arms, "window_weeks": test.days / 7, "currency": currency}
    return Figure(_ahead, data, title, AHEAD_ALT(), AHEAD_NOTE())


@drawing
def _ahead(arms, window_weeks, currency):
    fig, panels = figures.axes(ncols=len(arms), sharey=True, squeeze=False)
    by_arm = colours(list(arms))
    for ax, (arm, rows) in zip(panels[0], arms.items(), strict=True):
        figures.band(ax, rows.index, rows["low"], rows["high"], by_arm[arm])
        ax.plot(rows.index, rows["difference"], color=by_arm[arm])
        ax.axvline(window_weeks, color=figures.PALETTE["muted"], linewidth=1)
        figures.zero_line(ax)
        ax.set_title(arm, loc="left")
        ax.set(xlabel="weeks since the assignment")
    figures.money_axis(panels[0][0].yaxis, currency, "revenue ahead of control")
    return fig
