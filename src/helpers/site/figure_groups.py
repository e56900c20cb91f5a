"""Figures that would tell the number of a group that the tables of the report hide: such a figure is left out.

A view leaves small groups out of its figure by itself. What it cannot know is which groups another page hides, or which one
the report before hid, so that subtraction does not give a small one back.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from helpers.files import digest
from helpers.pages import groups
from helpers.site.recorded_tables import records_of

EXACT = 1e-8  # relative: how near a listed number is to the true one
Rows = Sequence[Sequence[Any]]
LEFT_OUT: ContextVar[frozenset[str]] = ContextVar("left_out", default=frozenset())


def told(rows: Rows, table: Mapping[str, Any], out: Sequence[bool]) -> Iterator[tuple[str, float]]:
    """Yield the hidden groups of a table with what the rows of a figure's numbers tell of them: a measure, or its share.

    table: a record's groups; out: which of them are hidden. A column of numbers tells where it has the true number, or its
    share of a total, of every group of the table that the rows name: a place on an axis that happens to be as large as one
    hidden number tells nothing.
    """
    labels, within = table["labels"], table["within"] or [""] * len(out)
    hidden = {label for label, left in zip(labels, out, strict=True) if left}
    if not hidden:
        return
    listed = [one for one in _columns(rows, labels) if any(name in hidden for name, _ in one)]
    each = (one + more for one, more in zip(table["sizes"], table["sums"], strict=True))
    for measure in zip(*each, strict=True):
        truth = dict(zip(labels, measure, strict=True))
        parts = {part: sum(v for v, of in zip(measure, within, strict=True) if of == part) for part in within}
        for column in listed:
            for total in (1.0, *(one for one in parts.values() if one)):
                if all(math.isclose(truth[name] / total, number, rel_tol=EXACT) for name, number in column):
                    yield from ((name, number) for name, number in column if name in hidden)


def telling(executed: Mapping[str, Any], agreed: frozenset[groups.Key]) -> dict[str, list[str]]:
    """The figures of each notebook, by `key`, that tell a number of what the tables of all hide; executed: paths by name."""
    records = {name: list(records_of(path)) for name, path in executed.items()}
    tables = [one["groups"] for found in records.values() for one in found if one.get("groups")]
    with groups.agreed(agreed):
        hiding = [(table, out) for table in tables if any(out := groups.left_out(table))]
    return {
        name: [
            key(one)
            for one in found
            if any(_tells(unlabelled(one.get("drawn", []), one.get("labels", {})), hiding))
        ]
        for name, found in records.items()
    }


def unlabelled(rows: Rows, labels: Mapping[str, str]) -> list[list[Any]]:
    """Rows in the data's own words, as tables' groups have them; labels: what pages call them."""
    given = {label: text for text, label in labels.items()}
    return [[given.get(cell, cell) if isinstance(cell, str) else cell for cell in row] for row in rows]


def key(record: Mapping[str, Any]) -> str:
    """What tells a figure from others: a digest of its numbers."""
    return digest(record["drawn"])


@contextmanager
def left_out(keys: Iterable[str]) -> Iterator[None]:
    """Leave these figures out of every page that is rendered inside the block."""
    token = LEFT_OUT.set(frozenset(keys))
    try:
        yield
    finally:
        LEFT_OUT.reset(token)


def is_left_out(record: Mapping[str, Any]) -> bool:
    """Whether a figure's record is one of those that are left out."""
    keys = LEFT_OUT.get()
    return bool(keys) and bool(record.get("drawn")) and key(record) in keys


def _tells(rows: Rows, hiding: Iterable[tuple[Mapping[str, Any], list[bool]]]) -> Iterator[bool]:
    for table, out in hiding:
        yield from (number != 0 for _, number in told(rows, table, out))


def _columns(rows: Rows, labels: Sequence[str]) -> Iterator[list[tuple[str, float]]]:
    """Columns of numbers as (group, number), of rows whose other texts (panel, series) are the same."""
    there = {_plain(cell) for row in rows for cell in row if isinstance(cell, str)}
    parts_of = {label: frozenset(_plain(part) for part in label.split(" / ")) for label in labels}
    wanted = {label: parts for label, parts in parts_of.items() if parts <= there}
    if not wanted:
        return
    found: dict[tuple, list[tuple[str, float]]] = {}
    for row in rows:
        numbers = {place: float(cell) for place, cell in enumerate(row) if _is_number(cell)}
        texts = frozenset(_plain(str(cell)) for place, cell in enumerate(row) if place not in numbers)
        for label, parts in wanted.items():
            if parts <= texts:
                for place, number in numbers.items():
                    found.setdefault((texts - parts, place), []).append((label, number))
    yield from found.values()


def _is_number(cell: Any) -> bool:
    try:
        return math.isfinite(float(cell))
    except (TypeError, ValueError):
        return False


def _plain(text: str) -> str:
    return text.replace("_", " ").strip().casefold()
