"""Which rows of a table are groups too small to be shown, alone and as the other tables of the run have it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from helpers.inference import small_groups
from helpers.inference.intervals import Interval
from helpers.pages.records import Column, Table

LABELS = (
    "text",
    "said",
    "date",
)  # kinds of the columns that name a row, before the first one of another kind
Key = tuple[str, float]
AGREED: ContextVar[frozenset[Key]] = ContextVar("agreed", default=frozenset())  # of the run: name and size


def of(
    table: Table, frame: Any, columns: Mapping[str, Column], kinds: Sequence[str], minimum: int
) -> dict[str, Any] | None:
    """Return what a table's record says of its groups, and which of them are hidden; None where rows are no groups.

    ValueError, naming the column, where one that counts or parts the rows is unknown.
    """
    if table.group_size is None:
        return None
    counts = [table.group_size] if isinstance(table.group_size, str) else list(table.group_size)
    for name in (*counts, *table.parts, *([table.within] if table.within else [])):
        if name not in frame.columns:
            raise ValueError(f"Column {name!r} is not in the table; it has {', '.join(frame.columns)}.")
    sizes = [[float(size) for size in row] for row in zip(*(frame[name] for name in counts), strict=True)]
    money = [
        [_number(cell) * (row[0] if one.each else 1) for cell, row in zip(frame[name], sizes, strict=True)]
        for (name, one), kind in zip(columns.items(), kinds, strict=True)
        if kind == "money"
    ]
    naming = list(columns)[: _names([{"kind": kind} for kind in kinds])] or [next(iter(columns))]
    labels = [" / ".join(map(str, row)) for row in zip(*(frame[name] for name in naming), strict=True)]
    groups = {
        "labels": labels,
        "sizes": sizes,
        "sums": [list(row) for row in zip(*money, strict=True)] or [[] for _ in sizes],
        "within": [str(cell) for cell in frame[table.within]] if table.within else None,
        "total": [str(cell) == table.total for cell in frame[naming[0]]],
    }
    hidden = small(groups, minimum)
    parts = {name: small_groups.hidden(frame[name], minimum=minimum).tolist() for name in table.parts}
    at = {name: str(place) for place, name in enumerate(columns)}  # JSON knows no other keys
    found = {at[name]: few for name, few in parts.items()}
    return groups | {"minimum": minimum, "hidden": hidden, "parts": found}


def small(groups: Mapping[str, Any], minimum: int) -> list[bool]:
    """Which rows of a record's groups stay without numbers in their own table."""
    return small_groups.hidden(**_measures(groups), minimum=minimum).tolist() if groups["sizes"] else []


def hide(columns: Sequence[Mapping[str, Any]], groups: Mapping[str, Any] | None) -> None:
    """Take the numbers of hidden groups out of a record's columns (kind, cells)."""
    if groups is None:
        return
    for place, column in enumerate(columns):
        parts = groups["parts"].get(str(place), [False] * len(column["cells"]))
        names = place < _names(columns)
        column["cells"][:] = [
            None if part or (few and not names) else cell
            for few, part, cell in zip(left_out(groups), parts, column["cells"], strict=True)
        ]


def left_out(groups: Mapping[str, Any] | None) -> list[bool]:
    """Whether each row is hidden, in its own table or in another one of the run that shows the same group."""
    if groups is None:
        return []
    agreed = AGREED.get()
    return [few or key in agreed for few, key in zip(groups["hidden"], _keys(groups), strict=True)]


def agreement(found: Sequence[Mapping[str, Any]], before: frozenset[Key] = frozenset()) -> frozenset[Key]:
    """Return the groups (name, size) that one of these tables hides, until what all hide together is safe in each.

    before: those that an earlier report hid, which stay hidden; in a table that has one of them unchanged, the others stay
    hidden by their names, too, since both reports' sums would tell what they were.
    """
    agreed, names = set(before), {name for name, _ in before}
    for keys in map(_keys, found):
        if not before.isdisjoint(keys):
            agreed |= {key for key in keys if key[0] in names}
    while True:
        known = len(agreed)
        for groups in found:
            keys = _keys(groups)
            also = [key in agreed for key in keys]
            if any(groups["hidden"]) or any(also):
                few = small_groups.hidden(**_measures(groups), minimum=groups["minimum"], also=also)
                agreed |= {key for key, out in zip(keys, few, strict=True) if out}
        if len(agreed) == known:
            return frozenset(agreed)


@contextmanager
def agreed(keys: frozenset[Key]) -> Iterator[None]:
    """Hide these groups in every table that is rendered inside the block."""
    token = AGREED.set(keys)
    try:
        yield
    finally:
        AGREED.reset(token)


def _measures(groups: Mapping[str, Any]) -> dict[str, Any]:
    return {name: groups[name] for name in ("sizes", "sums", "within", "total")}


def _keys(groups: Mapping[str, Any]) -> list[Key]:
    return [(label, size[0]) for label, size in zip(groups["labels"], groups["sizes"], strict=True)]


def _names(columns: Sequence[Mapping[str, Any]]) -> int:
    """How many columns, from the left, only name the rows."""
    return next((place for place, one in enumerate(columns) if one["kind"] not in LABELS), len(columns))


def _number(cell: Any) -> float:
    value = cell.mean if isinstance(cell, Interval) else cell
    return 0.0 if value is None or math.isnan(value) else float(value)
