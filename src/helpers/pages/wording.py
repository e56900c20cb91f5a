"""All wording that pages and notebooks share: numbers, probabilities in words, notes."""

import html
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import partial
from typing import Any

from helpers.inference.intervals import LEVEL, Interval
from helpers.messages import Message, Value

MINUS = "−"
NO_DECIMALS = {"VND", "JPY", "KRW", "IDR", "CLP", "ISK", "UGX", "XAF", "XOF"}
LARGE = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
CENTS_BELOW = 1_000

_LEVEL = f"{100 * LEVEL:g} %"
_TAIL = f"{50 * (1 - LEVEL):g} %"
INTERVAL_NOTE = (
    f"Intervals are {_LEVEL} equal-tailed: given the data and the model, the true value lies inside with a "
    f"probability of {_LEVEL}, below with {_TAIL} and above with {_TAIL}."
)

VERSIONS = ("Python", "PyMC", "ArviZ")  # the ones a page names; run.json has all

# From this probability upwards, these words.
PROBABILITY_WORDS = (
    (0.99, "almost certain"),
    (0.95, "very likely"),
    (0.80, "likely"),
    (0.60, "more likely than not"),
    (0.40, "about as likely as not"),
    (0.20, "less likely than not"),
    (0.05, "unlikely"),
    (0.01, "very unlikely"),
    (0.00, "almost impossible"),
)


_CODE = re.compile(r"`([^`]+)`|\b[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+(?:\.[a-z]{2,7})?\b")
LABELS: ContextVar[Mapping[str, str]] = ContextVar("labels", default={})  # noqa: B039 (never changed in place)


@contextmanager
def labelled(labels: Mapping[str, str]) -> Iterator[None]:
    """Call values of the data by these labels in what is said inside the block."""
    token = LABELS.set(labels)
    try:
        yield
    finally:
        LABELS.reset(token)


def label(value: str) -> str:
    """What pages call a value of the data, or codes within a text; a text without a label stays as it is."""
    labels = LABELS.get()
    if value in labels or "_" not in value:
        return labels.get(value, value)
    return re.sub(r"[^\W_]+(?:_[^\W_]+)+", lambda code: labels.get(code[0], code[0]), value)


def marked(text: str) -> str:
    """Return text as HTML: everything escaped, and `code` between back-ticks as code, as are names of files and columns."""
    return _CODE.sub(lambda found: f"<code>{found[1] or found[0]}</code>", html.escape(text))


def say(what: Any, templates: Mapping[str, str] | None = None) -> str:
    """Turn a message, a value or a list of them into text; a text stays as it is.

    `templates` are those of today by name: a stored message is said in today's words. A name that is no longer there, or
    whose gaps are others now, is said in the words it was stored with.
    """
    if isinstance(what, Message):
        fields = {name: say(value, templates) for name, value in what.fields.items()}
        template = (templates or {}).get(what.name, what.template)
        try:
            return template.format(**fields)
        except KeyError:
            return what.template.format(**fields)
    if isinstance(what, Value):
        return _value(what)
    if isinstance(what, list):
        return listing([say(one, templates) for one in what])
    return label(str(what))


def record(what: Message | Value | str) -> Any:
    """Return a message or a value as JSON with the text it has today, for readers of the file."""
    return what if isinstance(what, str) else what.record() | {"text": say(what)}


def _value(what: Value) -> str:
    options = dict(what.options)
    if what.kind in ("between", "estimate"):
        kind = options.pop("of")
        ends = Interval(**what.value)
        return {"between": between, "estimate": estimate}[what.kind](
            ends, lambda number: _value(Value(kind, number, options))
        )
    with_sign = options.pop("signed", False)
    one = partial(KINDS[what.kind], **options)
    return signed(what.value, one) if with_sign else one(what.value)


def decimals(value: float, places: int) -> str:
    """Say a number with so many decimals: thousands separators, a real minus sign, no "−0.0"."""
    text = f"{abs(_finite(value)):,.{places}f}"
    return f"{MINUS}{text}" if value < 0 and any(digit in text for digit in "123456789") else text


def number(value: float, digits: int = 3) -> str:
    """Say a plain number: thousands separators, about `digits` significant digits, a real minus sign."""
    value = _finite(value)
    before_point = math.floor(math.log10(abs(value))) + 1 if value else 1
    return decimals(value, min(6, max(0, digits - before_point)))


def count(n: float, noun: str = "", plural: str = "") -> str:
    """Say a count with thousands separators: 2,357; with a noun: "1 customer", "2,357 customers"."""
    text = decimals(_finite(n), 0)
    if not noun:
        return text
    return f"{text} {noun if text == '1' else plural or noun + 's'}"


def money(value: float, currency: str) -> str:
    """Say an amount: "1.23 billion VND", "35.17 USD", "45,230 USD"; cents only below 1,000, none for VND."""
    value = _finite(value)
    size, word = next(((size, word) for size, word in LARGE if abs(value) >= 0.9995 * size), (1, ""))
    if round(abs(value)) < LARGE[-1][0]:
        return f"{decimals(value, money_decimals(value, currency))} {currency}"
    scaled = value / size
    return f"{decimals(scaled, (abs(scaled) < 99.95) + (abs(scaled) < 9.995))} {word} {currency}"


def fine_money(value: float, currency: str) -> str:
    """Say an amount as `money` does, but with three digits where it is below one: "0.0123 USD"."""
    return f"{number(value)} {currency}" if 0 < abs(value) < 1 else money(value, currency)


def money_decimals(largest: float, currency: str) -> int:
    """Return the decimals of an amount: two below 1,000 in currencies that have cents, else none."""
    return 0 if currency in NO_DECIMALS or round(abs(largest), 2) >= CENTS_BELOW else 2


def percent(share: float, places: int = 1) -> str:
    """Say a share (0.123) as "12.3 %"; never as 0 or 100 % what is not: "less than 0.1 %"."""
    value, step = 100 * _finite(share), 10.0**-places
    if value in (0, 100):
        return f"{value:.0f} %"
    if 0 < value < step:
        return f"less than {step:.{places}f} %"
    if 100 - step < value < 100:
        return f"more than {100 - step:.{places}f} %"
    if -step < value < 0:
        return f"between {MINUS}{step:.{places}f} and 0 %"
    return f"{decimals(value, places)} %"


def points(difference: float) -> str:
    """Say a difference of two shares (0.012) in percentage points: "+1.2 percentage points"."""
    return f"{in_points(difference)} percentage points"


def in_points(difference: float) -> str:
    """Say a difference of two shares (0.012) where the unit stands in a heading: "+1.2"."""
    return signed(100 * difference, lambda value: decimals(value, 1))


def signed(value: float, fmt: Callable[[float], str] = number) -> str:
    """Say a change with its sign: "+1.2 million VND", "−35 USD"."""
    text = fmt(value)
    return f"+{text}" if value > 0 and text[0].isdigit() else text


def between(interval: Interval, fmt: Callable[[float], str] = number) -> str:
    """Say an interval: "between 1.20 and 1.45 million VND"; a unit that both ends share is said once."""
    return "between " + _pair(interval, fmt, "and")


def estimate(interval: Interval, fmt: Callable[[float], str] = number) -> str:
    """Say a mean and its interval: "35.17 USD (33.10 to 37.25 USD)"."""
    return f"{fmt(interval.mean)} ({_pair(interval, fmt, 'to')})"


def probability(p: float) -> str:
    """Say a probability in words and as a number: "very likely (96 %)"."""
    p = _finite(p)
    if not 0 <= p <= 1:
        raise ValueError(f"{p} is not a probability: it must lie between 0 and 1.")
    words = next(word for start, word in PROBABILITY_WORDS if p >= start)
    if p < 0.01 or p > 0.99:
        return f"{words} ({'less than 1 %' if p < 0.01 else 'more than 99 %'})"
    return f"{words} ({100 * p:.0f} %)"


def day(when: date) -> str:
    """Say a date so that nobody can misread it: "30 June 1998"."""
    return f"{when.day} {when:%B %Y}"


def listing(items: list[str]) -> str:
    """Say a list: "a", "a and b", "a, b and c"."""
    *head, last = items
    return f"{', '.join(head)} and {last}" if head else last


def small_groups(groups: int, minimum: int) -> str:
    """Say that groups are too small to be shown."""
    verb = "is" if groups == 1 else "are"
    return (
        f"{count(groups, 'group')} of fewer than {minimum} {verb} named without numbers, to protect people."
    )


def plain(value: float | str | None) -> str:
    """Say the value or the threshold of a check: a text as it is, a number with up to four digits."""
    if value is None or isinstance(value, str):
        return value or ""
    if abs(value) >= 1000:
        return decimals(value, 0)
    if 0 < value < 1e-4:
        return "below 0.0001"
    return f"{0 if -1e-4 < value < 0 else value:.4g}".replace("-", MINUS)


def moment(iso: str | None) -> str:
    """Say a time stamp (ISO) as "22 November 2026, 14:05"; a text that is none stays as it is."""
    try:
        when = datetime.fromisoformat(iso or "")
    except ValueError:
        return str(iso or "")
    return f"{day(when)}, {when:%H:%M %Z}".rstrip()


def stamp(run: str, finished: str | None = None, versions: Mapping[str, str] | None = None) -> str:
    """Say what made a page: run, time, versions, as far as they are known."""
    versions = versions or {}
    known = [f"{name} {versions[name.lower()]}" for name in VERSIONS if name.lower() in versions]
    made = f", made {moment(finished)}" if finished else ""
    return f"Run {run}{made}{', with ' + listing(known) if known else ''}."


def notebook_status(kind: str, status: str, reason: str) -> str:
    """Say on an index why a notebook has no answer."""
    if kind == "answered":
        return ""
    if kind == "unanswered":
        return f"Cannot be answered yet: {reason or 'a table is missing'}."
    return reason or status.capitalize()


def run_dates(as_of: str, finished: str | None) -> str:
    """Say what a published run stands on and when it was made."""
    made = f", made {moment(finished)}" if finished else ""
    return f"As of {day(date.fromisoformat(as_of))}{made}"


def run_failure(when: str, *, published: bool) -> str:
    """Say that a study's newest run did not finish."""
    rest = " The report before it is shown." if published else " There is no report yet."
    return f"The run of {moment(when)} did not finish." + rest


def unbroken(text: str) -> str:
    """Keep a number and its unit on one line."""
    text = re.sub(r"(?<=\d) (?=%|million|billion|trillion|[A-Z]{3}\b)", "\u00a0", text)
    return re.sub(r"(?<=illion) (?=[A-Z]{3}\b)", "\u00a0", text)


def month(iso: str) -> str:
    """Say a month of a year (ISO date): "June 1998"."""
    return f"{date.fromisoformat(iso):%B %Y}"


# How a Value of each kind is said.
KINDS: dict[str, Callable[..., str]] = {
    "money": money,
    "fine_money": fine_money,
    "percent": percent,
    "points": points,
    "count": count,
    "number": number,
    "decimals": decimals,
    "plain": plain,
    "verbatim": str,
    "probability": probability,
    "day": lambda iso: day(date.fromisoformat(iso)),
    "month": month,
}


def _pair(interval: Interval, fmt: Callable[[float], str], joint: str) -> str:
    low, high = fmt(interval.p05), fmt(interval.p95)
    numeral = rf"[+{MINUS}]?[\d.,]+"
    first, second = (re.fullmatch(rf"({numeral})( .+)?", text) for text in (low, high))
    if first and second and first[2] == second[2]:
        low = first[1]
    return f"{low} {joint} {high}"


def _finite(value: float) -> float:
    value = float(value)
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be said in a sentence: mend what computes it.")
    return value
