"""Tables: formatted by the project's wording, small and accessible on the page."""

import html
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from numbers import Number

import numpy as np
import pandas as pd

from helpers.inference.intervals import Interval
from helpers.pages import wording

ABSENT = "–"
SCALES = ((1e9, "billion"), (1e6, "million"))


def show(
    df: pd.DataFrame,
    caption: str,
    *,
    formats: dict[str, str | Callable] | None = None,
    currency: str | None = None,
    group_size: str | None = None,
    minimum: int = 10,
    notes: str | list[str] | None = None,
    missing: str | None = None,
) -> None:
    """Put a table on the page.

    `formats` says per column: money, count, percent, points (a difference of shares), number, date, text, or a
    function value -> text; a column that is not named is formatted by its type. A cell may be an `Interval`: mean (p05 to
    p95). Money needs `currency`, and its column has one unit: "Revenue (million VND)". A named index or a first
    column of text heads the rows. `group_size` names the column that counts the people of each row: where
    it is below `minimum`, the row's other numbers are withheld and a note says so. A gap (NaN, None) or
    infinity is a ValueError that names the column, unless `missing` says what a gap means.
    """
    from IPython.display import HTML, display  # noqa: PLC0415 (not needed to build a page)

    options = {"formats": formats, "currency": currency, "group_size": group_size, "minimum": minimum}
    display(HTML(table_html(df, caption, notes=notes, missing=missing, **options)))


def table_html(
    df, caption, *, formats=None, currency=None, group_size=None, minimum=10, notes=None, missing=None
) -> str:
    """Return the <figure> element that `show` displays; parameters and errors as there."""
    if not (caption or "").strip():
        raise ValueError("A table needs a `caption` that says what it shows, with its units.")
    df = (df if isinstance(df.index, pd.RangeIndex) else df.reset_index()).rename(columns=str)
    if not df.columns.is_unique:
        raise ValueError(f"Columns of table {caption!r} share a name: {', '.join(df.columns)}.")
    formats = formats or {}
    if unknown := [
        name for name in [*formats, *([group_size] if group_size else [])] if name not in df.columns
    ]:
        raise ValueError(f"Column {unknown[0]!r} is not in the table; it has {', '.join(df.columns)}.")
    notes = [notes] if isinstance(notes, str) else list(notes or [])
    small = _small_rows(df, group_size, minimum)
    columns = {name: _column(df[name], name, formats.get(name), currency, missing) for name in df.columns}
    for name, column in columns.items():
        if any(small) and column.kind != "text":
            withheld = f"< {minimum}" if name == group_size else ABSENT
            column.texts[:] = [
                withheld if few else text for few, text in zip(small, column.texts, strict=True)
            ]
    if any(small):
        notes.append(wording.small_groups(sum(small), minimum))
    if missing and df.isna().any(axis=None):
        notes.append(f"{ABSENT} means: {missing}")
    return _figure(columns, caption, notes)


@dataclass(frozen=True)
class _Column:
    label: str
    kind: str
    texts: list[str]


def _column(
    values: pd.Series, name: str, kind: str | Callable | None, currency: str | None, missing: str | None
):
    gaps = values.isna().tolist()
    if any(gaps) and not missing:
        raise ValueError(
            f"Column {name!r} has {sum(gaps)} gaps (NaN, None): fill them or say in `missing` what they mean."
        )
    known = [value for value, gap in zip(values, gaps, strict=True) if not gap]
    kind = kind or _kind(values, known)
    parts = [part for value in known for part in _parts(value)]
    if any(isinstance(part, float) and not math.isfinite(part) for part in parts):
        raise ValueError(f"Column {name!r} holds a number that is not finite: mend what computes it.")
    say, label = _format(kind, parts, name, currency)
    texts = [ABSENT if gap else _cell(value, say) for value, gap in zip(values, gaps, strict=True)]
    return _Column(label, "number" if callable(kind) else kind, texts)


def _parts(value) -> list:
    """The numbers of a cell: an interval has three."""
    return [value.mean, value.p05, value.p95] if isinstance(value, Interval) else [value]


def _cell(value, say: Callable) -> str:
    return wording.estimate(value, say) if isinstance(value, Interval) else say(value)


def _kind(values: pd.Series, known: list) -> str:
    if pd.api.types.is_datetime64_any_dtype(values) or all(isinstance(value, date) for value in known):
        return "date"
    if pd.api.types.is_bool_dtype(values) or not all(isinstance(value, Number | Interval) for value in known):
        return "text"
    whole = all(float(value).is_integer() for value in known if isinstance(value, Number))
    return "count" if whole and not any(isinstance(value, Interval) for value in known) else "number"


def _format(kind: str | Callable, parts: list, name: str, currency: str | None) -> tuple[Callable, str]:
    """How a column's values are said, and its heading."""
    if callable(kind):
        return kind, name
    if kind == "money":
        return _money(parts, name, currency)
    if kind == "points":
        return wording.in_points, f"{name} (percentage points)"
    if kind == "number":
        return _number([abs(part) for part in parts if part]), name
    simple = {"count": wording.count, "percent": wording.percent, "date": wording.day, "text": _text}
    if kind not in simple:
        raise ValueError(
            f"Format {kind!r} of column {name!r} is not one of money, number, points, {', '.join(simple)}."
        )
    return simple[kind], name


def _money(parts: list, name: str, currency: str | None) -> tuple[Callable, str]:
    if not currency:
        raise ValueError(f"Column {name!r} is money: say its `currency`.")
    sizes = [abs(part) for part in parts if part] or [0]
    low, high = min(sizes), max(sizes)
    size, word = next((scale for scale in SCALES if high >= 10 * scale[0] and low >= scale[0] / 10), (1, ""))
    places = 1 if word else wording.money_decimals(high, currency)
    return lambda value: wording.decimals(
        value / size, places
    ), f"{name} ({f'{word}\u00a0{currency}'.strip()})"


def _number(sizes: list) -> Callable:
    """Three digits of the smallest value for the whole column; of each value where they lie far apart."""
    if sizes and max(sizes) < 1000 * min(sizes):
        places = min(6, max(0, 2 - math.floor(math.log10(min(sizes)))))
        return lambda value: wording.decimals(value, places)
    return wording.number


def _text(value) -> str:
    return {True: "yes", False: "no"}[bool(value)] if isinstance(value, bool | np.bool_) else str(value)


def _small_rows(df: pd.DataFrame, group_size: str | None, minimum: int) -> list[bool]:
    return [bool(0 < size < minimum) for size in df[group_size]] if group_size else [False] * len(df)


def _figure(columns: dict[str, _Column], caption: str, notes: list[str]) -> str:
    said = [
        (column, ' class="num"' if column.kind not in ("text", "date") else "") for column in columns.values()
    ]
    head = "".join(f'<th{side} scope="col">{html.escape(column.label)}</th>' for column, side in said)
    cells = [[f"<td{side}>{html.escape(text)}</td>" for text in column.texts] for column, side in said]
    if said[0][0].kind == "text":  # the first column heads the rows
        cells[0] = [f'<th scope="row">{html.escape(text)}</th>' for text in said[0][0].texts]
    rows = "".join(f"<tr>{''.join(row)}</tr>" for row in zip(*cells, strict=True))
    title = html.escape(caption)
    foot = "".join(f"<p>{html.escape(note)}</p>" for note in notes)
    return (
        f'<figure class="table"><div class="table-scroll" role="region" aria-label="{title}" tabindex="0">'
        f"<table><caption><span>{title}</span></caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        + (f'<div class="table-notes">{foot}</div>' if foot else "")
        + "</figure>"
    )
