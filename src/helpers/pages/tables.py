"""Tables: a record of typed columns, said by the project's wording, small and accessible on the page."""

import html
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from helpers.inference.intervals import Interval
from helpers.languages import currency_unit, language, translated
from helpers.messages import Message, Value, from_record, message
from helpers.pages import digits, groups, wording
from helpers.pages.records import Column, Table, decode, encode

ABSENT = "–"
FITS_A_PHONE = 2  # columns
IN_UNITS = message("tables.in_units", "{heading} ({currency})")
IN_MILLIONS = message("tables.in_millions", "{heading} (million\u00a0{currency})")
IN_BILLIONS = message("tables.in_billions", "{heading} (billion\u00a0{currency})")
IN_POINTS = message("tables.in_points", "{heading} (percentage points)")
ABSENT_MEANS = message("tables.absent_means", "– means: {meaning}")
FEW_LEFT_OUT = message(
    "tables.few_left_out",
    "Numbers below {minimum}, and others without which subtraction would tell these, are left out to protect people.",
)
SCALES = ((1e9, IN_BILLIONS), (1e6, IN_MILLIONS))
SCALES_IN = {"th": SCALES[1:]}  # Thai counts money in millions
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
    notes = [wording.say(from_record(note), templates) for note in stored["notes"]]
    shown = shown_columns(stored)
    columns = [_column(one, stored["currency"]) for one in shown]
    hidden = groups.left_out(stored["groups"])
    if any(hidden):
        notes.append(wording.small_groups(sum(hidden), stored["groups"]["minimum"]))
    elif any(map(any, (stored["groups"] or {"parts": {}})["parts"].values())):
        notes.append(wording.say(FEW_LEFT_OUT(minimum=str(stored["groups"]["minimum"])), templates))
    if stored["missing"] and _has_gap(shown, hidden):
        notes.append(wording.say(ABSENT_MEANS(meaning=from_record(stored["missing"])), templates))
    return _figure(columns, wording.say(from_record(stored["caption"]), templates), notes)


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


def _has_gap(columns: list[dict[str, Any]], hidden: list[bool]) -> bool:
    """Whether a cell is missing that is not one of a hidden group."""
    few = hidden or [False] * max((len(one["cells"]) for one in columns), default=0)
    return any(
        cell is None and not out for one in columns for cell, out in zip(one["cells"], few, strict=True)
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


def _column(stored: Mapping[str, Any], currency: str | None) -> _Column:
    cells = [decode(cell) for cell in stored["cells"]]
    numbers = [part for cell in cells for part in _parts(cell) if isinstance(part, int | float)]
    sizes = [abs(float(part)) for part in numbers if part]
    say, label = _format(stored["kind"], sizes, stored["heading"], currency)
    whole = stored["kind"] in ("money", "count")
    cells = [digits.in_steps(cell) if whole and isinstance(cell, Interval) else cell for cell in cells]
    return _Column(label, stored["kind"], [_text(cell, say) for cell in cells])


def _text(cell: Any, say: Callable[[Any], str]) -> str:
    if cell is None:
        return ABSENT
    if isinstance(cell, Message | Value | list):
        return wording.say(cell)
    return wording.estimate(cell, say) if isinstance(cell, Interval) else say(cell)


def _format(
    kind: str, sizes: list[float], heading: str, currency: str | None
) -> tuple[Callable[[Any], str], str]:
    """How a column's values are said, and its heading with the unit."""
    heading = wording.named(heading)
    if kind == "money":
        return _money(sizes or [0], heading, currency or "")
    if kind == "number":
        return _number(sizes), heading
    return SIMPLE[kind], wording.say(IN_POINTS(heading=heading)) if kind == "points" else heading


def _money(sizes: list[float], heading: str, currency: str) -> tuple[Callable[[Any], str], str]:
    low, high = min(sizes), max(sizes)
    scales = SCALES_IN.get(language(), SCALES)
    fits = (scale for scale in scales if high >= 10 * scale[0] and low >= scale[0] / 10)
    size, words = next(fits, (1, IN_UNITS))
    places = 1 if size > 1 else wording.money_decimals(high, currency)
    told = wording.say(words(heading=heading, currency=currency_unit(currency)))
    return lambda value: wording.decimals(value / size, places), told


def _number(sizes: list[float]) -> Callable[[Any], str]:
    """Three digits of the smallest value for the whole column; of each value where they lie far apart."""
    if sizes and max(sizes) < 1000 * min(sizes):
        places = min(6, max(0, 2 - math.floor(math.log10(min(sizes)))))
        return lambda value: wording.decimals(value, places)
    return wording.number


def _hint(columns: list[_Column]) -> str:
    """On a phone: that a table scrolls, where the keyboard stops to scroll it; elsewhere it is hidden and no stop."""
    if len(columns) <= FITS_A_PHONE:
        return ""
    return f'<span class="scroll-hint" hidden="" tabindex="0">{translated("Scrolls sideways")}</span>'


def _figure(columns: list[_Column], caption: str, notes: list[str]) -> str:
    said = [(column, ' class="num"' if column.kind not in ("text", "date") else "") for column in columns]
    head = "".join(f'<th{side} scope="col">{html.escape(column.label)}</th>' for column, side in said)
    cells = [[f"<td{side}>{wording.marked(text)}</td>" for text in column.texts] for column, side in said]
    first, side = said[0]  # heads the rows
    cells[0] = [f'<th{side} scope="row">{wording.marked(text)}</th>' for text in first.texts]
    rows = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*cells, strict=True))
    title = html.escape(caption)  # an attribute, too
    foot = "".join(f"<p>{wording.marked(note)}</p>" for note in notes)
    return (
        f'<figure class="table"><div class="table-scroll" role="region" aria-label="{title}">'
        f"{_hint(columns)}<table><caption><span>{wording.marked(caption)}</span></caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        + (f'<div class="table-notes">{foot}</div>' if foot else "")
        + "</figure>"
    )
