"""Tables: a record of typed columns, said by the project's wording, small and accessible on the page."""

import html
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from helpers.inference.intervals import Interval
from helpers.languages import currency_unit, language, translated
from helpers.messages import Message, Value, from_record, message
from helpers.pages import digits, groups, wording
from helpers.pages.records import Column, Table, decode, encode, scroll_hint

ABSENT = "–"
FITS_A_PHONE = 2  # columns
IN_UNITS = message("tables.in_units", "{heading} ({currency})")
IN_MILLIONS = message("tables.in_millions", "{heading} (million\u00a0{currency})")
IN_THOUSANDS = message("tables.in_thousands", "{heading} (thousand\u00a0{currency})")
IN_BILLIONS = message("tables.in_billions", "{heading} (billion\u00a0{currency})")
IN_POINTS = message("tables.in_points", "{heading} (percentage points)")
ABSENT_MEANS = message("tables.absent_means", "– means: {meaning}")
FEW_LEFT_OUT = message(
    "tables.few_left_out",
    "Numbers below {minimum}, and others without which subtraction would tell these, are left out to protect people.",
)
# A unit, from which largest amount it is used, its heading.
SCALES = ((1e9, 1e10, IN_BILLIONS), (1e6, 1e7, IN_MILLIONS), (1e3, 1e6, IN_THOUSANDS))
SCALES_IN = {"th": SCALES[1:]}  # Thai counts money in millions
APART = 300  # times: money of another kind, such as each customer's beside that of all
WHOLE = 1000  # units from which a column needs no decimals
NEAR: dict[str, Callable[..., str]] = {
    "percent": wording.near_percent,
    "percent0": partial(wording.near_percent, places=0),
}  # as ends of intervals
# Kinds whose values are said one by one; money and number look at the whole column first.
SIMPLE: dict[str, Callable[[Any], str]] = {
    "text": lambda value: (
        translated("yes" if value else "no") if isinstance(value, bool) else wording.named(str(value))
    ),
    "said": str,
    "date": wording.day,
    "count": wording.count,
    "each": wording.number,
    "percent": wording.percent,
    "percent0": partial(wording.percent, places=0),
    "chance": wording.chance,
    "points": wording.in_points,
    **{f"decimals{places}": partial(wording.decimals, places=places) for places in range(4)},
}
KINDS = ("money", "number", *SIMPLE)


def record(table: Table, currency: str | None = None, minimum: int = 10) -> dict[str, Any]:
    """Return a table as JSON: headings, kinds and cells, nothing formatted yet.

    A cell may be a text, a number, a date, an interval, or a typed value or message. ValueError, naming the column, where a
    column is unknown, money has no currency, a number is not finite, or a gap has no meaning.
    """
    frame = _framed(table)
    columns = _chosen(table, frame)
    cells = {name: _cells(frame[name], name, table.missing is not None) for name in columns}
    made = [
        {"heading": one.heading, "kind": one.kind or _kind(cells[name]), "cells": encode(cells[name])}
        | ({"mean": True} if one.mean else {})
        for name, one in columns.items()
    ]
    for one in made:
        if one["kind"] not in KINDS:
            raise ValueError(
                f"Kind {one['kind']!r} of column {one['heading']!r} is not one of {', '.join(KINDS)}."
            )
        if one["kind"] == "money" and not (table.currency or currency):
            raise ValueError(f"Column {one['heading']!r} is money: say its `currency`.")
    found = groups.of(table, frame, columns, [one["kind"] for one in made], table.minimum or minimum)
    groups.hide(made, found)
    return {
        "table": made,
        "caption": wording.record(table.caption),
        "notes": [wording.record(note) for note in table.notes if note],
        "missing": wording.record(table.missing) if table.missing else None,
        "currency": table.currency or currency,
        "groups": found,
    }


def table_html(stored: Mapping[str, Any], templates: Mapping[str, str] | None = None) -> str:
    """Return the <figure> element of a table's record."""
    notes = [wording.sentence(from_record(note), templates) for note in stored["notes"]]
    shown = shown_columns(stored)
    units = _units(shown)
    beside = any(
        isinstance(decode(cell), Interval) for one in shown if one["kind"] == "money" for cell in one["cells"]
    )
    columns = [
        _column(one, stored["currency"], unit, beside=beside) for one, unit in zip(shown, units, strict=True)
    ]
    hidden = groups.left_out(stored["groups"])
    if any(hidden):
        notes.append(wording.small_groups(sum(hidden), stored["groups"]["minimum"]))
    elif any(map(any, (stored["groups"] or {"parts": {}})["parts"].values())):
        notes.append(wording.say(FEW_LEFT_OUT(minimum=str(stored["groups"]["minimum"])), templates))
    if stored["missing"] and _has_gap(shown, hidden, (stored["groups"] or {"parts": {}})["parts"]):
        notes.append(wording.say(ABSENT_MEANS(meaning=from_record(stored["missing"])), templates))
    return _figure(columns, wording.sentence(from_record(stored["caption"]), templates), notes)


def shown_columns(stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the columns (heading, kind, cells) of a record as a reader may see them: groups hidden in the run left out.

    For whatever is written beside a page from a table's record: a workbook, a CSV file.
    """
    columns = [{**one, "cells": list(one["cells"])} for one in stored["table"]]
    groups.hide(columns, stored["groups"])
    return columns


@dataclass(frozen=True)
class _Column:
    label: str
    kind: str
    texts: list[str]


def _has_gap(columns: list[dict[str, Any]], hidden: list[bool], parts: Mapping[str, Sequence[bool]]) -> bool:
    """Whether a cell is missing that is not hidden, in a group or as one of a column's small `parts`, by its place."""
    none = [False] * max((len(one["cells"]) for one in columns), default=0)
    return any(
        cell is None and not out and not few
        for place, one in enumerate(columns)
        for cell, out, few in zip(one["cells"], hidden or none, parts.get(str(place), none), strict=True)
    )


def _framed(table: Table) -> Any:
    import pandas as pd  # noqa: PLC0415 (pages are rendered without it)

    frame = table.frame
    if isinstance(frame, pd.Series):
        frame = frame.to_frame()
    return (frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index()).rename(columns=str)


def _chosen(table: Table, frame: Any) -> dict[str, Column]:
    if not wording.say(table.caption).strip():
        raise ValueError("A table needs a `caption` that says what it shows, with its units.")
    if not frame.columns.is_unique:
        raise ValueError(
            f"Columns of table {wording.say(table.caption)!r} share a name: {', '.join(frame.columns)}."
        )
    chosen = {
        str(name): one for name, one in (table.columns or {name: name for name in frame.columns}).items()
    }
    if unknown := [name for name in chosen if name not in frame.columns]:
        raise ValueError(f"Column {unknown[0]!r} is not in the table; it has {', '.join(frame.columns)}.")
    return {name: Column(one) if isinstance(one, str) else one for name, one in chosen.items()}


def _cells(values: Any, name: str, gaps_allowed: bool) -> list[Any]:
    gaps = values.isna().tolist()
    if any(gaps) and not gaps_allowed:
        raise ValueError(
            f"Column {name!r} has {sum(gaps)} gaps (NaN, None): fill them or say in `missing` what they mean."
        )
    cells = [None if gap else _plain(value) for value, gap in zip(values.tolist(), gaps, strict=True)]
    numbers = [part for cell in cells for part in _parts(cell)]
    if any(isinstance(part, float) and not math.isfinite(part) for part in numbers):
        raise ValueError(f"Column {name!r} holds a number that is not finite: mend what computes it.")
    return cells


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date()
    return value.item() if hasattr(value, "item") and not hasattr(value, "index") else value


def _parts(value: Any) -> list[Any]:
    """The numbers of a cell: an interval has three."""
    return [value.mean, value.p05, value.p95] if isinstance(value, Interval) else [value]


def _kind(cells: list[Any]) -> str:
    known = [cell for cell in cells if cell is not None]
    if known and all(isinstance(cell, date) for cell in known):
        return "date"
    if any(isinstance(cell, bool) or not isinstance(cell, int | float | Interval) for cell in known):
        return "text"
    whole = all(float(cell).is_integer() for cell in known if isinstance(cell, int | float))
    return "count" if whole and not any(isinstance(cell, Interval) for cell in known) else "number"


def _column(stored: Mapping[str, Any], currency: str | None, unit: float, *, beside: bool) -> _Column:
    """beside: whether money with intervals stands in the table, too: other money there is said as in sentences."""
    cells = [decode(cell) for cell in stored["cells"]]
    say, label = _format(stored["kind"], _sizes(cells), stored["heading"], currency, unit, beside=beside)
    if stored.get("mean"):
        return _Column(label, stored["kind"], [_mean(cell, say) for cell in cells])
    return _Column(label, stored["kind"], [_text(cell, stored["kind"], say) for cell in cells])


def _sizes(cells: list[Any]) -> list[float]:
    """How large the numbers of a column are, without those that are zero."""
    numbers = [part for cell in cells for part in _parts(cell) if isinstance(part, int | float)]
    return [abs(float(part)) for part in numbers if part]


def _mean(cell: Interval | None, say: Callable[..., str]) -> str:
    """The mean of an interval of money or numbers alone, in the step that its ends justify."""
    if cell is None:
        return ABSENT
    return say(digits.in_steps(cell).mean, step=digits.step_of(cell.p05, cell.p95))


def _text(cell: Any, kind: str, say: Callable[..., str]) -> str:
    """A cell's text; an interval has the digits that its width justifies."""
    if cell is None:
        return ABSENT
    if isinstance(cell, Message | Value | list):
        return wording.say(cell)
    if not isinstance(cell, Interval):
        return say(cell)
    step = digits.step_of(cell.p05, cell.p95)
    if kind in NEAR:
        return wording.estimate(
            cell, partial(NEAR[kind], places=digits.places(100 * step, int(kind == "percent")))
        )
    if kind in ("money", "number"):
        return wording.estimate(digits.in_steps(cell), partial(say, step=step))
    return wording.estimate(digits.in_steps(cell) if kind == "count" else cell, say)


def _format(
    kind: str, sizes: list[float], heading: str, currency: str | None, unit: float, *, beside: bool
) -> tuple[Callable[..., str], str]:
    """How a column's values are said, and its heading with the unit."""
    heading = wording.named(heading)
    if kind == "money":
        return _money(max(sizes, default=0), heading, currency or "", unit, beside=beside)
    if kind == "number":
        return _number(sizes), heading
    return SIMPLE[kind], wording.say(IN_POINTS(heading=heading)) if kind == "points" else heading


def _units(columns: list[dict[str, Any]]) -> list[float]:
    """The unit of each column: columns of money of one kind share the largest in which the smallest still has a digit."""
    sizes = [_sizes(list(map(decode, one["cells"]))) if one["kind"] == "money" else [] for one in columns]
    units, largest = [1.0] * len(columns), 0.0
    alike: list[int] = []
    for place in sorted(range(len(columns)), key=lambda place: -max(sizes[place], default=0)):
        if alike and max(sizes[place], default=largest) * APART <= largest:
            alike = []
        largest = largest if alike else max(sizes[place], default=0)
        alike.append(place)
        together = _unit([sizes[one] for one in alike if sizes[one]])
        for one in alike:
            units[one] = together
    return units


def _unit(columns: list[list[float]]) -> float:
    """The unit of columns of one kind: the largest of each has a digit before the point, the smallest of all one after."""
    low, high = min(map(min, columns), default=0), max(map(max, columns), default=0)
    least_column = min(map(max, columns), default=0)
    scales = SCALES_IN.get(language(), SCALES)
    fits = (unit for unit, least, _ in scales if high >= least and low >= unit / 10 and least_column >= unit)
    return next(fits, 1)


def _money(
    high: float, heading: str, currency: str, unit: float, *, beside: bool
) -> tuple[Callable[..., str], str]:
    words = next((words for size, _, words in SCALES if size == unit), IN_UNITS)
    finest = 1 if unit > 1 else wording.money_decimals(high, currency)
    most = finest if unit == 1 or high < WHOLE * unit else 0
    told = wording.say(words(heading=heading, currency=currency_unit(currency)))

    def say(value: float, step: float = 0.0) -> str:
        scaled = value / unit
        if beside and not step and unit > 1 and abs(scaled) >= WHOLE:
            scaled = digits.rounded(scaled, 10.0 ** (math.floor(math.log10(abs(scaled))) - 2))
        return wording.decimals(scaled, digits.places(step / unit, finest) if step else most)

    return say, told


def _number(sizes: list[float]) -> Callable[..., str]:
    """Three digits of the smallest value for the whole column; of each value where they lie far apart."""
    most = None
    if sizes and max(sizes) < 1000 * min(sizes):
        most = min(6, max(0, 2 - math.floor(math.log10(min(sizes)))))

    def say(value: float, step: float = 0.0) -> str:
        if step:
            return wording.decimals(value, digits.places(step, 6))
        return wording.number(value) if most is None else wording.decimals(value, most)

    return say


def _figure(columns: list[_Column], caption: str, notes: list[str]) -> str:
    said = [(column, ' class="num"' if column.kind not in ("text", "date") else "") for column in columns]
    head = "".join(f'<th{side} scope="col">{html.escape(column.label)}</th>' for column, side in said)
    cells = [[f"<td{side}>{wording.marked(text)}</td>" for text in column.texts] for column, side in said]
    first, side = said[0]  # heads the rows
    cells[0] = [f'<th{side} scope="row">{wording.marked(text)}</th>' for text in first.texts]
    rows = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*cells, strict=True))
    title = html.escape(caption)  # an attribute, too
    foot = "".join(f"<p>{wording.marked(note)}</p>" for note in notes)
    hint = scroll_hint() if len(columns) > FITS_A_PHONE else ""
    return (
        f'<figure class="table"><div class="table-scroll" role="region" aria-label="{title}">'
        f"{hint}<table><caption><span>{wording.marked(caption)}</span></caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        + (f'<div class="table-notes">{foot}</div>' if foot else "")
        + "</figure>"
    )
