"""What a cell hands to its page: figures, tables and messages, as data that can be stored and rendered again.

A record is plain JSON. JupyterLab shows the HTML that stands beside it; `helpers.site` renders pages from the record, so a
changed word, format or drawing needs no kernel.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from typing import Any

from helpers.errors import StudyError
from helpers.inference.intervals import Interval
from helpers.languages import translated
from helpers.messages import ENDS, Message, Value, from_record

EVERYBODY = "all customers"  # names the row of a table that is the total of the others
PIXELS: ContextVar[bool] = ContextVar("pixels", default=False)
MIME = "application/vnd.customer-value+json"


def scrolls() -> str:
    """The attributes of the frame of a figure that may be wider than the screen: it scrolls.

    Browsers let the keyboard in where there is something to scroll (Chromium since version 130); a `tabindex` would stop at
    every one.
    """
    return f'class="figure-drawings" role="region" aria-label="{translated("Figure, scrolls sideways")}"'


def scroll_hint() -> str:
    """On a phone: that a table or figure scrolls, where the keyboard stops to scroll it; elsewhere it is hidden, no stop."""
    return f'<span class="scroll-hint" hidden="" tabindex="0">{translated("Scrolls sideways")}</span>'


@contextmanager
def marks_as_pixels() -> Iterator[None]:
    """Draw the marks of every figure inside the block as pixels: for a page that would be too large."""
    token = PIXELS.set(True)
    try:
        yield
    finally:
        PIXELS.reset(token)


@dataclass(frozen=True)
class Figure:
    """A drawing with its data: the title states the finding, `alt` says what is seen, `caption` how to read it.

    The title is added to the alt text by the page. `draw` is a function of a view, marked by `@drawing`, that makes a
    matplotlib figure from `data` alone (numbers, texts, lists, arrays, tables, dates, intervals).
    """

    draw: Callable[..., Any]
    data: Mapping[str, Any]
    title: Message
    alt: Message
    caption: Message | None = None


@dataclass(frozen=True)
class Column:
    """One column of a table: its heading and what its values are (see helpers.pages.tables.KINDS; empty: by type).

    each: money per member of the row's group, not of the whole group. mean: of an interval its mean is said alone, in the
    digits that the interval justifies, as another column has its ends.
    """

    heading: str
    kind: str = ""
    each: bool = False
    mean: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its caption; `columns` chooses, orders, heads and types the columns of `frame`.

    A row is a group of people where `group_size` names the column that counts them, or several (customers, and buyers among
    them): small groups are named without numbers, and so many others that subtraction does not give them back
    (`helpers.small_groups`). `within` names the column that says whose total a row is a part of, where it is not the
    total of all rows; `total` is the first cell of a row that is such a total; `parts` names columns that count some of a
    group (open tickets), of which small numbers are left out one by one. `missing` says what a gap means; without it a
    gap is an error. `currency` and `minimum` are the study's where they are not given.
    """

    frame: Any
    caption: Message
    columns: Mapping[str, Column | str] | None = None
    group_size: str | Sequence[str] | None = None
    notes: Sequence[Message | None] = field(default_factory=tuple)
    missing: Message | None = None
    currency: str | None = None
    minimum: int | None = None
    within: str | None = None
    total: str = EVERYBODY
    parts: Sequence[str] = ()


@dataclass(frozen=True)
class Card:
    """One thing to do: a sentence, what it adds and how sure that is, and what folds open below.

    facts: pairs of a label and what is said under it. doubts: what could make it wrong. notebook: whose page shows it.
    review: how many checks doubt it, where any does.
    """

    sentence: Message
    adds: Message
    sure: Message
    facts: Sequence[tuple[Message, Message | Value]] = field(default_factory=tuple)
    doubts: Sequence[Message | str] = field(default_factory=tuple)
    notebook: str = ""
    review: Message | None = None


@dataclass(frozen=True)
class Cards:
    """Cards under a heading: proven ones are advice, others tests to run; `none` is said where there is no card."""

    heading: Message
    cards: Sequence[Card]
    proven: bool = True
    none: Message | None = None


def column(heading: str, kind: str = "", *, each: bool = False, mean: bool = False) -> Column:
    """Head a column: "Share of customers", "percent"; each: money per member of a group; mean: see `Column`."""
    return Column(heading, kind, each, mean)


def drawing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a module-level function that draws a figure from plain data: it can be drawn again from a page's record."""

    @wraps(function)
    def draw(**data: Any) -> Any:
        return function(**data)

    draw.address = f"{function.__module__}:{function.__qualname__}"  # type: ignore[attr-defined]
    return draw


def drawing_at(address: str) -> Callable[..., Any]:
    """Return the drawing that a record names; StudyError where this version has none of that name."""
    module, _, name = address.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (AttributeError, ModuleNotFoundError) as error:
        raise StudyError(
            f"This run was made by another version of the project, and its drawing {address} is no longer there: run the "
            "report again."
        ) from error


# ---- plain data as JSON and back
def encode(value: Any) -> Any:
    """Return numbers, texts, dates, intervals, messages, arrays and tables as JSON knows them."""
    if isinstance(value, Message | Value):
        return {"said": value.record()}
    if isinstance(value, Interval):
        return {"interval": [encode(getattr(value, end)) for end in ENDS]}
    if isinstance(value, Mapping):
        return {"map": [[encode(key), encode(one)] for key, one in value.items()]}
    if isinstance(value, list | tuple):
        return [encode(one) for one in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if hasattr(value, "columns") and hasattr(value, "to_dict"):
        # A list, not a dictionary: Jupyter sorts the keys of what it stores.
        columns = [encode(value[name].to_numpy()) for name in value.columns]
        index = {"index": encode(value.index.to_numpy()), "name": value.index.name}
        return {"frame": columns, "names": encode(list(value.columns)), **index}
    if hasattr(value, "to_numpy") and hasattr(value, "index"):
        return {
            "series": encode(value.to_numpy()),
            "index": encode(value.index.to_numpy()),
            "name": value.name,
        }
    if hasattr(value, "to_numpy"):
        return encode(value.to_numpy())
    if hasattr(value, "dtype") and getattr(value, "ndim", False):
        return _encode_array(value)
    return _encode_scalar(value)


def decode(value: Any) -> Any:
    """Return what `encode` was given; sequences come back as lists or arrays."""
    if isinstance(value, list):
        return [decode(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "said" in value:
        return from_record(value["said"])
    if "interval" in value:
        return Interval(*(decode(one) for one in value["interval"]))
    if "map" in value:
        return {decode(key): decode(one) for key, one in value["map"]}
    if "float" in value:
        return float(value["float"])
    if "date" in value:
        return date.fromisoformat(value["date"])
    return _decode_array(value)


def _encode_scalar(value: Any) -> Any:
    if isinstance(value, date) and not hasattr(value, "hour"):
        return {"date": value.isoformat()}
    kind = getattr(getattr(value, "dtype", None), "kind", "M" if hasattr(value, "hour") else "f")
    if kind == "b":
        return bool(value)
    if kind in "iu":
        return int(value)
    if kind == "M":
        return {"time": str(value)}
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{type(value).__name__} cannot be stored for a page: give numbers, texts, dates or tables."
        ) from error
    return number if abs(number) < float("inf") else {"float": str(number)}


def _encode_array(values: Any) -> Any:
    kind = values.dtype.kind
    if kind == "M":
        return {"times": values.astype("datetime64[us]").astype(str).tolist()}
    if kind in "OUST":
        return {"objects": [encode(one) for one in values.tolist()]}
    flat = [one if kind in "biu" or one - one == 0 else str(one) for one in values.ravel().tolist()]
    return {"array": flat, "shape": list(values.shape), "dtype": values.dtype.str}


def _decode_array(value: dict[str, Any]) -> Any:
    import numpy as np  # noqa: PLC0415 (only where something is drawn)
    import pandas as pd  # noqa: PLC0415

    if "time" in value:
        return pd.Timestamp(value["time"])
    if "times" in value:
        return pd.DatetimeIndex(value["times"]).as_unit(
            "us"
        )  # a bar's width beside NumPy's times would be microseconds
    if "objects" in value:
        objects = np.empty(len(value["objects"]), dtype=object)
        objects[:] = [decode(one) for one in value["objects"]]
        return objects
    if "array" in value:
        return np.array(
            [float(one) if isinstance(one, str) else one for one in value["array"]], value["dtype"]
        ).reshape(value["shape"])
    index = pd.Index(decode(value["index"]), name=value["name"] if "frame" in value else None)
    if "series" in value:
        return pd.Series(decode(value["series"]), index=index, name=value["name"])
    frame = pd.DataFrame(dict(enumerate(map(decode, value["frame"]))), index=index)
    return frame.set_axis(decode(value["names"]), axis=1)
