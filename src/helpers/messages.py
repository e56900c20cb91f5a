"""Sentences as named English templates with typed fields: what is said, apart from how a number, a date or a language looks.

    BEST = message("rfm.best", "The segment {segment} brought {share} of the money.")
    BEST(segment="Champions", share=percent(0.41))

A message is data. `helpers.pages.wording.say` turns it into text, and what a page stores is its name and its fields, so that
a changed word or format needs no new run. A field is a `Value` (a number or a date with what it is), a text, a whole
number (a count), a date, another message, or a list of these.
"""

import math
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, reduce
from typing import Any

ENDS = ("mean", "p05", "p50", "p95")
EXACT_BELOW = 1_000  # amounts of money are said in full


@dataclass(frozen=True)
class Value:
    """A number, date or interval in a sentence, with its kind (money, percent ...) and options such as the currency."""

    kind: str
    value: Any
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The value in English with plain digits, as logs and errors say it; pages use `helpers.pages.wording`."""
        told = PLAINLY.get(self.kind)
        return told(self.value, **self.options) if told else str(self.value)

    def record(self) -> dict[str, Any]:
        """The value as JSON knows it."""
        return {"kind": self.kind, "value": self.value, "options": dict(self.options)}


@dataclass(frozen=True)
class Message:
    """A template's name with the values of this occasion."""

    name: str
    template: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """The message in English with plain digits, as logs and errors say it; pages use `helpers.pages.wording`."""
        return self.template.format(**{name: _plainly(value) for name, value in self.fields.items()})

    def record(self) -> dict[str, Any]:
        """The message as JSON knows it: name, the template as it was, and the fields."""
        fields = {name: _record(value) for name, value in self.fields.items()}
        return {"message": self.name, "template": self.template, "fields": fields}


@dataclass(frozen=True)
class Template:
    """A sentence with gaps; calling it with a value for every gap gives a Message."""

    name: str
    text: str

    def __call__(self, **fields: Any) -> Message:
        """Return the message with these fields; TypeError where a gap stays open or a field has none."""
        gaps = _gaps(self.text)
        if gaps != fields.keys():
            wrong = sorted(gaps ^ fields.keys())
            raise TypeError(
                f"Message {self.name!r} has the fields {', '.join(sorted(gaps)) or 'none'}: see {', '.join(wrong)}."
            )
        return Message(
            self.name, self.text, {name: _checked(self.name, name, value) for name, value in fields.items()}
        )


def message(name: str, template: str) -> Template:
    """Define a sentence: `name` is unique in the project (AREA.WHAT), `template` is English with gaps like {share}."""
    return Template(name, template)


def from_record(record: Any) -> Any:
    """Return what `record` was made from: a Message, a Value, a list, or the text itself."""
    if isinstance(record, list):
        return [from_record(one) for one in record]
    if not isinstance(record, dict):
        return record
    if "message" in record:
        return Message(
            record["message"], record["template"], {k: from_record(v) for k, v in record["fields"].items()}
        )
    return Value(record["kind"], record["value"], record["options"])


TWO_SENTENCES = message("text.two_sentences", "{first} {second}")
FEWER_THAN = message("text.fewer_than", "fewer than {number}")
TWO_CLAUSES = message("text.two_clauses", "{first}; {second}")


def paragraph(sentences: Sequence[Message]) -> Message:
    """Say sentences one after the other, as one message."""
    return reduce(lambda before, one: TWO_SENTENCES(first=before, second=one), sentences)


def clauses(parts: Sequence[Message]) -> Message:
    """Say parts of a sentence one after the other, with semicolons between them."""
    return reduce(lambda before, one: TWO_CLAUSES(first=before, second=one), parts)


# ---- in English, without a page
def _plainly(value: Any) -> str:
    if not isinstance(value, list):
        return str(value)
    *head, last = map(_plainly, value)
    return f"{', '.join(head)} and {last}" if head else last


def _counted(n: float, noun: str = "", plural: str = "") -> str:
    return f"{n:,.0f} {noun if n == 1 else plural or noun + 's'}" if noun else f"{n:,.0f}"


def _in_percent(share: float, places: int = 1) -> str:
    least = 10.0**-places
    return f"less than {least:g} %" if 0 < 100 * share < least / 2 else f"{100 * share:.{places}f} %"


def _amount(value: float, currency: str) -> str:
    return f"{value:,.2f} {currency}"


PLAINLY: dict[str, Callable[..., str]] = {
    "count": _counted,
    "percent": _in_percent,
    "money": _amount,
    "decimals": lambda value, places: f"{value:,.{places}f}",
}


# ---- what a field can be
def money(value: float, currency: str) -> Value:
    """An amount of money."""
    return Value("money", float(value), {"currency": currency})


def about(amount: Value) -> Value:
    """The amount in three digits: for an estimate that has no interval beside it; nothing at all is no cents either."""
    size = abs(amount.value)
    step = 10.0 ** (math.floor(math.log10(size)) - 2) if size >= EXACT_BELOW else float(size == 0)
    return Value(amount.kind, amount.value, {**amount.options, "step": step}) if step else amount


def fine_money(value: float, currency: str) -> Value:
    """An amount of money that may be small: with three digits where it is below one."""
    return Value("fine_money", float(value), {"currency": currency})


def percent(share: float, places: int = 1) -> Value:
    """A share (0 to 1), said in per cent with so many decimals."""
    return Value("percent", float(share), {"places": places})


def set_percent(share: float) -> Value:
    """A share that somebody chose, in per cent: with a decimal only where it has one ("10 %", "2.5 %")."""
    return percent(share, 0 if math.isclose(100 * share, round(100 * share)) else 1)


def points(difference: float) -> Value:
    """A difference of two shares (0.012), said in percentage points."""
    return Value("points", float(difference))


def size_in_points(difference: float) -> Value:
    """The size of a difference of two shares (0.012), said in percentage points without a sign."""
    return Value("size_in_points", abs(float(difference)))


def count(n: float, noun: str = "", plural: str = "") -> Value:
    """A whole number of things; with a noun: "1 customer", "2,357 customers"."""
    return Value("count", float(n), {"noun": noun, "plural": plural})


def people(n: float, smallest: int, noun: str = "", plural: str = "") -> Value | Message:
    """A count of people, or that they are fewer than `smallest` where they are: nobody is told apart by a sentence."""
    return FEWER_THAN(number=count(smallest, noun, plural)) if 0 < n < smallest else count(n, noun, plural)


def number(value: float, digits: int = 3) -> Value:
    """A plain number with about so many significant digits."""
    return Value("number", float(value), {"digits": digits})


def decimals(value: float, places: int) -> Value:
    """A plain number with exactly so many decimals."""
    return Value("decimals", float(value), {"places": places})


def plain(value: float) -> Value:
    """A number as checks say it: up to four digits, "below 0.0001"."""
    return Value("plain", float(value))


def probability(p: float) -> Value:
    """A probability, said in words and as a number."""
    return Value("probability", float(p))


def verbatim(text: str) -> Value:
    """A text that is to be typed as it stands, such as a line of a study: no label takes the place of a word in it."""
    return Value("verbatim", text)


def day(when: date) -> Value:
    """A date."""
    return Value("day", date(when.year, when.month, when.day).isoformat())


def month(when: date) -> Value:
    """A month of a year."""
    return Value("month", date(when.year, when.month, 1).isoformat())


def signed(value: Value) -> Value:
    """The same value as a change, with its sign."""
    return Value(value.kind, value.value, {**value.options, "signed": True})


def between(interval: Any, of: Callable[..., Value] = number, **options: Any) -> Value:
    """An interval (mean, p05, p50, p95) of values that `of` makes: "between 1.20 and 1.45 million VND"."""
    return _ends("between", interval, of, options)


def estimate(interval: Any, of: Callable[..., Value] = number, **options: Any) -> Value:
    """A mean with its interval: "35.17 USD (33.10 to 37.25 USD)"."""
    return _ends("estimate", interval, of, options)


def mean(interval: Any, of: Callable[..., Value] = number, **options: Any) -> Value:
    """The mean of an interval that is not said with it, in the digits that the interval justifies."""
    return _ends("mean", interval, of, options)


def listing(items: Sequence[Any]) -> list[Any]:
    """Several fields said as a list: "a, b and c"."""
    return [_checked("listing", str(place), one) for place, one in enumerate(items)]


def _ends(kind: str, interval: Any, of: Callable[..., Value], options: Mapping[str, Any]) -> Value:
    like = of(interval.mean, **options)
    values = {end: float(getattr(interval, end)) for end in ENDS}
    return Value(kind, values, {"of": like.kind, **like.options})


def _checked(message: str, name: str, value: Any) -> Any:
    if isinstance(value, Message | Value | str):
        return value
    if isinstance(value, list | tuple):
        return [_checked(message, name, one) for one in value]
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int) or (hasattr(value, "dtype") and value.dtype.kind in "iu"):
        return count(value)
    raise TypeError(
        f"Field {name!r} of message {message!r} is {value!r}: say what it is, for instance money({value!r}, currency), "
        "percent(...), number(...) or a text."
    )


def _record(value: Any) -> Any:
    if isinstance(value, list):
        return [_record(one) for one in value]
    return value if isinstance(value, str) else value.record()


@cache
def _gaps(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
