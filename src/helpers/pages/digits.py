"""How many digits a number deserves: those that its interval justifies, for the interval and wherever its mean is said.

Numbers are rounded to a step (1, 10, 100 ... or .1, .01 ...) of which the interval spans 20 to 200: 832,869 between 815,320
and 852,110 is 833,000 between 815,000 and 852,000.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from helpers.inference.intervals import Interval
from helpers.messages import Message, Value

ENDS = ("low", "high")  # fields that say an interval
FEWEST_STEPS = 20  # that an interval spans
KINDS = ("money", "fine_money", "count", "number", "decimals", "percent", "points")  # that are said in steps
Steps = Mapping[tuple[str, float], float]


def step_of(low: float, high: float) -> float:
    """The step in which a number is said whose interval has these ends; 0 where they say nothing about it."""
    width = high - low
    return 10.0 ** math.floor(math.log10(width / FEWEST_STEPS)) if 0 < width < math.inf else 0.0


def rounded(value: float, step: float) -> float:
    """The value to the nearest step; as it is for a step of 0."""
    return round(value / step) * step if step else value


def in_steps(one: Interval) -> Interval:
    """The interval with all its numbers in the step that its ends justify."""
    step = step_of(one.p05, one.p95)
    return Interval(*(rounded(value, step) for value in (one.mean, one.p05, one.p50, one.p95)))


def places(step: float, most: int) -> int:
    """How many decimals a number in this step needs, at most so many."""
    return min(most, max(0, -math.floor(math.log10(step) + 1e-9))) if step else most


def steps_in(said: Any) -> dict[tuple[str, float], float]:
    """The step of every mean whose interval stands among the fields of a message, by (kind, size of the mean)."""
    found: dict[tuple[str, float], float] = {}
    for value in _values(said):
        if value.kind in ("between", "estimate") and value.options.get("of") in KINDS:
            step = step_of(value.value["p05"], value.value["p95"])
            found[value.options["of"], abs(value.value["mean"])] = step
    return found


def in_fields(fields: Mapping[str, Any], said: Any) -> dict[str, Any]:
    """The fields of a message with each mean, and a `low` beside a `high`, told the step in which to be said."""
    steps, ends = steps_in(said), 0.0
    low, high = fields.get("low"), fields.get("high")
    if isinstance(low, Value) and isinstance(high, Value) and low.kind == high.kind and low.kind in KINDS:
        ends = step_of(low.value, high.value)
    return {name: _with_step(one, steps, ends if name in ENDS else 0.0) for name, one in fields.items()}


def _with_step(value: Any, steps: Steps, step: float) -> Any:
    """The value, told to be said in its step, where it is a mean whose interval is known, or an end."""
    if not isinstance(value, Value) or value.kind not in KINDS:
        return value
    step = step or steps.get((value.kind, abs(value.value)), 0.0)
    return Value(value.kind, value.value, {**value.options, "step": step}) if step else value


def _values(said: Any) -> Iterable[Value]:
    if isinstance(said, Value):
        yield said
    elif isinstance(said, Message):
        for one in said.fields.values():
            yield from _values(one)
    elif isinstance(said, list):
        for one in said:
            yield from _values(one)
