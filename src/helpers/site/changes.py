"""What changed since the run before: the main numbers, the checks, and their course over the kept runs."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from helpers.messages import Message, Value, count, message, money, percent, signed
from helpers.pages import run_wording
from helpers.site.run_record import NotebookResult, RunRecord
from helpers.site.shell import said
from helpers.study.catalogue import load_catalogue

NOISE = 5  # Monte Carlo errors of the difference: what is within them may be chance of the simulation
MOST_RUNS = 12  # in the course of a number
EQUITY = message("changes.equity", "Value of the customer base")
ACTIVE = message("changes.active", "Customers expected to be active")
REVENUE = message("changes.revenue", "Revenue of the last 12 months")
OPEN = message("changes.open", "Checks that did not pass")
SAME = message("changes.same", "no change")
NOISE_ONLY = message("changes.noise_only", "within the chance of the simulation")
MOVED = message("changes.moved", "{difference} ({share})")
IN_PAGE = message("changes.in_page", "{check} ({page})")
MOVED_FROM_NONE = message("changes.moved_from_none", "{difference}")


@dataclass(frozen=True)
class Number:
    """A main number now and in the run before, its difference in words, and its course over the kept runs, oldest first."""

    name: Message
    before: Value
    now: Value
    difference: Message
    course: tuple[float, ...]


@dataclass(frozen=True)
class Changes:
    """What changed since the run before: numbers, and the checks (page, name) that opened or were settled."""

    before: RunRecord
    numbers: list[Number]
    opened: list[tuple[str, str]]
    settled: list[tuple[str, str]]


def changes(now: RunRecord, kept: Sequence[RunRecord]) -> Changes | None:
    """Compare a run with the last whole one before it; kept: the study's whole runs, oldest first. None for a first run."""
    earlier = _each_once([*(run for run in kept if run.place < now.place), now])[:-1]
    if not earlier:
        return None
    before, course = earlier[-1], [*earlier, now][-MOST_RUNS:]
    as_money = partial(money, currency=now.currency)
    kinds = (
        (EQUITY, _equity, as_money),
        (ACTIVE, _active, _whole),
        (REVENUE, _revenue, as_money),
        (OPEN, _open, _whole),
    )
    numbers = []
    for name, read, say in kinds:
        one, other = read(before), read(now)
        if one is None or other is None:
            continue
        values = tuple(value[0] for run in course if (value := read(run)) is not None)
        numbers.append(Number(name(), say(one[0]), say(other[0]), _difference(one, other, say), values))
    was, are = _open_checks(before), _open_checks(now)
    return Changes(before, numbers, sorted(are - was), sorted(was - are))


def _each_once(runs: Sequence[RunRecord]) -> list[RunRecord]:
    """The runs without those that the next one only says in another language: what was computed is the same run."""
    after = [*runs[1:], None]
    return [
        run for run, later in zip(runs, after, strict=True) if later is None or not _says_again(run, later)
    ]


def _says_again(run: RunRecord, later: RunRecord) -> bool:
    same_tables = (run.as_of, run.inputs) == (later.as_of, later.inputs)
    return run.language != later.language and same_tables and _computed(run) == _computed(later)


def _computed(run: RunRecord) -> dict[str, Any]:
    """What a run computed, whatever the language of its pages."""
    return {
        name: (result.metrics, [(check["name"], check["verdict"]) for check in result.checks])
        for name, result in run.notebooks.items()
    }


def is_noise(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two numbers, each with its Monte Carlo error (0: none known), differ by no more than chance may."""
    return one != other and abs(other[0] - one[0]) <= NOISE * math.hypot(one[1], other[1])


def _difference(
    one: tuple[float, float], other: tuple[float, float], say: Callable[[float], Value]
) -> Message:
    change = other[0] - one[0]
    if change == 0:
        return SAME()
    if is_noise(one, other):
        return NOISE_ONLY()
    difference = signed(say(change))
    return (
        MOVED(difference=difference, share=signed(percent(change / abs(one[0]))))
        if one[0]
        else MOVED_FROM_NONE(difference=difference)
    )


def _whole(value: float) -> Value:
    return count(round(value))


def _metric(run: RunRecord, notebook: str, name: str) -> tuple[float, float] | None:
    """A metric with its Monte Carlo error (0 where it has none)."""
    result = run.notebooks.get(notebook)
    if result is None or name not in result.metrics:
        return None
    return with_error(result, name)


def with_error(result: NotebookResult, name: str) -> tuple[float, float]:
    """A metric of a notebook with its Monte Carlo error (0 where it has none)."""
    return result.metrics[name], result.mcse.get(name, 0.0)


def _equity(run: RunRecord) -> tuple[float, float] | None:
    return _metric(run, "24_customer_value", "customer_equity.mean")


def _revenue(run: RunRecord) -> tuple[float, float] | None:
    return _metric(run, "51_executive_summary", "revenue.last_12_months")


def _active(run: RunRecord) -> tuple[float, float] | None:
    share, customers = (_metric(run, "21_purchase_model", name) for name in ("p_alive.mean", "customers"))
    return None if share is None or customers is None else (share[0] * customers[0], share[1] * customers[0])


def _open(run: RunRecord) -> tuple[float, float]:
    return float(len(_open_checks(run))), 0.0


def _open_checks(run: RunRecord) -> set[tuple[str, str]]:
    return {
        (name, check["name"])
        for name, result in run.notebooks.items()
        for check in result.checks
        if check["verdict"] != "PASS"
    }


def sparkline(course: Sequence[float]) -> str:
    """The points of a small line in a box of 100 by 24, for a polyline; empty for fewer than two values."""
    if len(course) < 2:
        return ""
    low, high = min(course), max(course)
    spread = (high - low) or 1.0
    step = 100 / (len(course) - 1)
    return " ".join(
        f"{place * step:.1f},{22 - 20 * (value - low) / spread:.1f}" for place, value in enumerate(course)
    )


def shown(now: RunRecord, kept: Sequence[RunRecord]) -> dict[str, Any] | None:
    """What a page says of the changes, in words; None for a first run."""
    found = changes(now, kept)
    if found is None:
        return None
    titles = {name: entry.title for name, entry in load_catalogue().items()}
    told = {
        name: said([IN_PAGE(check=check, page=titles.get(page, page)).record() for page, check in rows])
        if rows
        else ""
        for name, rows in (("opened", found.opened), ("settled", found.settled))
    }
    rows = [
        {
            "name": said(one.name.record()),
            "then": said(one.before.record()),
            "now": said(one.now.record()),
            "difference": said(one.difference.record()),
            "points": sparkline(one.course),
        }
        for one in found.numbers
    ]
    return {
        "before": run_wording.run_dates(found.before.as_of, found.before.finished),
        "numbers": rows,
        **told,
    }
