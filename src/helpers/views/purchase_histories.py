"""What the page on future purchases shows of P(alive) after every history, and of typical customers over time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from helpers.messages import Value, count, decimals, message, percent, plain
from helpers.pages import figures, wording
from helpers.pages.records import Figure, Table, column, drawing

if TYPE_CHECKING:
    from helpers.clv.alive_course import Courses, Grids

ALIVE = message(
    "purchase.alive",
    "Mean probability of being active, by days since the last purchase and by number of repeat purchases",
)
FEWER = message("purchase.fewer", "fewer than {smallest} customers")
REPEATS = {"0": "no repeat", "1-2": "1-2 repeats", "3-5": "3-5 repeats", "6 or more": "6 or more"}
HISTORIES = message(
    "purchase_model.histories",
    "After {most} repeat purchases a customer who bought up to the end is active with {late}, "
    "one who stopped early with {early}",
)
HISTORIES_ALT = message(
    "purchase_model.histories_alt",
    "Two grids of repeat purchases by days from the first to the last purchase: P(alive), and expected purchases.",
)
HISTORIES_NOTE = message(
    "purchase_model.histories_note",
    "Customers known for {days}. Left: P(alive) in per cent; right: expected purchases in the next {months} months.",
)
OF_LARGEST = message("purchase_model.of_largest", "{said} The largest group: {group}.")
COURSES = message(
    "purchase_model.courses",
    "Typical customers are still active with {chance} after {often} repeat purchases and with {other} after {seldom}, each "
    "as long silent as usual for their kind",
)
COURSES_ALT = message(
    "purchase_model.courses_alt",
    "Saw-tooth lines of P(alive) over time: up at each purchase, falling in between.",
)
COURSES_NOTE = message(
    "purchase_model.courses_note",
    "Customers of typical frequency who buy at equal pauses, as recently as the middle one of their kind; then silence "
    "to the end of the data.",
)


def alive(grid: pd.DataFrame, smallest: int) -> Table:
    """How probably customers are active, by silence and by frequency."""
    columns = {"silence": "Days of silence"} | {name: column(REPEATS[name], "percent") for name in grid}
    return Table(grid, ALIVE(), columns, missing=FEWER(smallest=smallest))


def histories(found: Grids | None, months: float) -> Figure | None:
    """P(alive) and expected purchases over frequency and recency; None where nobody bought again."""
    if found is None:
        return None
    late, early = found.late_and_early
    title = HISTORIES(most=str(found.alive.index[0]), late=percent(late, 0), early=percent(early, 0))
    said = HISTORIES_NOTE(days=count(found.known_days, "day"), months=plain(months))
    caption = OF_LARGEST(said=said, group=found.group) if found.group else said
    data = {"alive": found.alive, "expected": found.expected}
    return Figure(_histories, data, title, HISTORIES_ALT(), caption)


@drawing
def _histories(alive, expected):
    fig, panels = figures.axes(height=0.9 + 0.3 * len(alive), ncols=2, sharey=True)
    heading = ("Repeat purchases", "Days from first to last purchase")
    in_whole = partial(percent, places=0)
    for ax, table, name, of in (
        (panels[0], alive, "P(alive)", in_whole),
        (panels[1], expected, "Expected purchases", partial(decimals, places=1)),
    ):
        texts = [[_short(of(one)) for one in row] for row in table.to_numpy()]
        figures.grid(ax, table, texts, (*heading, name), partial(_field, table, of))
        ax.set_title(name, loc="left")
        ax.set(xlabel="days from first to last purchase")
    panels[0].set(ylabel="repeat purchases")
    return fig


def _short(value: Value) -> str:
    """What stands in a field: a whole per cent without its sign, or a number."""
    return figures.short(100 * round(value.value, 2)) if value.kind == "percent" else wording.say(value)


def _field(table, of, row: int, place: int):
    return str(table.index[row]), str(table.columns[place]), of(table.iat[row, place])


def courses(found: Courses | None) -> Figure | None:
    """How P(alive) of typical customers rose and fell; None where there are none."""
    if found is None:
        return None
    ends = {x: column.dropna().iloc[-1] for x, column in found.alive.items()}
    title = COURSES(
        often=str(max(ends)),
        chance=percent(ends[max(ends)], 0),
        seldom=str(min(ends)),
        other=percent(ends[min(ends)], 0),
    )
    return Figure(_courses, {"alive": found.alive}, title, COURSES_ALT(), COURSES_NOTE())


@drawing
def _courses(alive):
    fig, ax = figures.axes(height=3.2)
    for x, color in zip(alive, figures.SERIES, strict=False):
        line = alive[x].dropna()
        ax.plot(line.index, line, color=color, label=wording.count(x, "repeat purchase"))
    ax.set_ylim(0, 1.02)
    figures.date_axis(ax.xaxis)
    figures.percent_axis(ax.yaxis, "P(alive)")
    figures.legend(ax)
    return fig
