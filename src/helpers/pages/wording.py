"""All wording that pages and notebooks share: numbers, probabilities in words, notes; in the language of the page."""

import html
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import date
from functools import partial
from typing import Any

from helpers import languages
from helpers.inference.intervals import LEVEL, Interval
from helpers.languages import localized
from helpers.messages import TWO_SENTENCES, Message, Template, Value, message
from helpers.pages import digits

MINUS = "−"
NO_DECIMALS = {"VND", "JPY", "KRW", "IDR", "CLP", "ISK", "UGX", "XAF", "XOF"}
AMOUNT = message("wording.amount", "{number} {currency}")
TRILLIONS = message("wording.trillions", "{number} trillion {currency}")
BILLIONS = message("wording.billions", "{number} billion {currency}")
MILLIONS = message("wording.millions", "{number} million {currency}")
LARGE = ((1e12, TRILLIONS), (1e9, BILLIONS), (1e6, MILLIONS))
LARGE_IN = {"th": ((1e12, TRILLIONS), (1e6, MILLIONS))}  # Thai counts money in millions
THOUSANDS = message("wording.thousands", "{number} thousand {currency}")
THOUSAND = 1_000
CENTS_BELOW = 1_000
FINE_POINTS = 1e-4  # a step of a difference of shares from which on a tenth of a point says it
NO_POINT = 0.05  # percentage points: below, a tenth of one is nothing
SCALES = (
    "thousand",
    "million",
    "billion",
    "trillion",
    "triệu",
    "nghìn tỷ",
    "tỷ",
    "ล้าน",
)  # words between a number and its unit

INTERVALS = message(
    "wording.intervals",
    "Intervals are {level} equal-tailed: by the data and the model, the true value lies below with a probability of {tail} "
    "and above with {tail}. Where one is stated as forecasts have erred so far, their misses widen it.",
)
PERCENT = message("wording.percent", "{number} %")
LESS_PERCENT = message("wording.less_percent", "less than {number} %")
MORE_PERCENT = message("wording.more_percent", "more than {number} %")
POINTS = message("wording.points", "{number} percentage points")
BETWEEN = message("wording.between", "between {low} and {high}")
ESTIMATE = message("wording.estimate", "{mean} ({low} to {high})")
LIKELY = message("wording.likely", "{words} ({chance})")
LIST = message("wording.list", "{head} and {last}")
BELOW = message("wording.below", "below {number}")
SMALL_GROUPS = message(
    "wording.small_groups",
    "{groups} are named without numbers, to protect people: those of fewer than {minimum}, and others without which "
    "subtraction would tell these.",
)
SMALL_GROUP = message(
    "wording.small_group",
    "{groups} is named without numbers, to protect people: it has fewer than {minimum}.",
)


# From this probability upwards, these words.
PROBABILITY_WORDS = (
    (0.99, message("wording.almost_certain", "almost certain")),
    (0.95, message("wording.very_likely", "very likely")),
    (0.80, message("wording.likely_so", "likely")),
    (0.60, message("wording.more_likely", "more likely than not")),
    (0.40, message("wording.as_likely", "about as likely as not")),
    (0.20, message("wording.less_likely", "less likely than not")),
    (0.05, message("wording.unlikely", "unlikely")),
    (0.01, message("wording.very_unlikely", "very unlikely")),
    (0.00, message("wording.almost_impossible", "almost impossible")),
)


# The field of a message that begins a sentence of its own.
AFTER_A_STOP = {
    TWO_SENTENCES.name: "second",
    "page.doubt": "advice",
    "page.doubt_found": "advice",
    "actions.open_worth_doubted": "doubts",
}
# Of these the first sentence is said: the rest stands on another page.
DOUBTS = ("page.doubt", "page.doubt_found", "five.advised")
_CODE = re.compile(r"`([^`]+)`|\b(?:[A-Za-z]+/)*[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+(?:\.[a-z]{2,7})?\b")
# An English number in a text.
_NUMERAL = re.compile(r"(?<![\w.,/-])(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)(?![\w.,/-])")
ARMS = {"arm", "control"}  # the fields of messages that name an arm
YES_AND_NO = {"true", "false", "yes", "no", "ja", "nein", "oui", "non", "sí", "si", "có", "không", "ใช่", "ไม่"}
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
    for between, joined in ((", ", ", ".join), (" and ", listing)):  # several of them in one text
        parts = value.split(between)
        if value not in labels and len(parts) > 1 and all(part in labels for part in parts):
            return joined([labels[part] for part in parts])
    if value in labels or "_" not in value:
        return labels.get(value, value)
    return re.sub(r"[^\W_]+(?:_[^\W_]+)+", lambda code: labels.get(code[0], code[0]), value)


def begun(text: str) -> str:
    """The text with a large first letter; a file, a column or a name like "iPhone" stays as it is."""
    first = text.partition(" ")[0].rstrip(":,;")
    as_written = not first[:1].islower() or first[1:] != first[1:].lower() or re.search(r"[_.`]", first)
    return text if as_written else text[:1].upper() + text[1:]


def first_sentence(text: str) -> str:
    """The text up to its first full stop."""
    found = re.match(r".+?[.!?](?=\s+(?:[^\W\d_]|[`“\"]))", text, re.DOTALL)
    return found[0] if found and not text[found.end() :].lstrip()[:1].islower() else text


def sentence(what: Any, templates: Mapping[str, str] | None = None) -> str:
    """Say something that stands by itself: what begins with a value of the data begins with a large letter, too."""
    begins_with_value = isinstance(what, Message) and what.template.startswith("{")
    return begun(say(what, templates)) if begins_with_value else say(what, templates)


def named(value: str) -> str:
    """What pages call a value, or a word of the project's own, in the language of the page."""
    told = label(value)
    if languages.is_english():
        return told
    if told == value and value[:1].isupper() and value.lower() in LABELS.get():  # a sentence begins with it
        told = label(value.lower())
        told = told[:1].upper() + told[1:]
    if value in LABELS.get() or (said := languages.translated(value)) != value:
        return told if told != value else said
    trait, colon, kind = value.partition(": ")  # "channel: search", a trait and its value
    return f"{named(trait)}: {named(kind)}" if colon else told


def marked(text: str) -> str:
    """Return text as HTML: everything escaped, and `code` between back-ticks as code, as are names of files and columns."""
    return _CODE.sub(lambda found: f"<code>{found[1] or found[0]}</code>", html.escape(unbroken(text)))


def say(what: Any, templates: Mapping[str, str] | None = None) -> str:
    """Turn a message, a value or a list of them into text; a text stays as it is.

    `templates` are those of today by name: a stored message is said in today's words. A name that is no longer there, or
    whose gaps are others now, is said in the words it was stored with.
    """
    if isinstance(what, Message):
        fields = {name: say(one, templates) for name, one in digits.in_fields(what.fields, what).items()}
        fields |= {name: f"“{fields[name]}”" for name in ARMS & set(fields) if _is_bare(fields[name])}
        if after := AFTER_A_STOP.get(what.name):
            fields[after] = begun(fields[after])
        if what.name in DOUBTS:
            fields["advice"] = first_sentence(fields["advice"])
        template = (templates or {}).get(what.name, what.template)
        for words in (languages.translated(template, what.name), template):
            with suppress(KeyError):
                return words.format(**fields)
        return what.template.format(**fields)
    if isinstance(what, Value):
        return _value(what)
    if isinstance(what, list):
        return listing([say(one, templates) for one in what])
    return named(str(what))


def _is_bare(name: str) -> bool:
    """Whether an arm's name is no word that a sentence can be about: a number, yes or no."""
    return name.casefold() in YES_AND_NO or (bool(name) and not any(map(str.isalpha, name)))


def filled(template: Template, **fields: str) -> str:
    """Say a template with texts in its gaps, as they are."""
    return languages.translated(template.text, template.name).format(**fields)


def record(what: Message | Value | str) -> Any:
    """Return a message or a value as JSON with the text it has today, for readers of the file."""
    return what if isinstance(what, str) else what.record() | {"text": say(what)}


def _value(what: Value) -> str:
    options = dict(what.options)
    if what.kind in ("between", "estimate", "mean"):
        kind = options.pop("of")
        ends = Interval(**what.value)
        if kind in digits.KINDS and (step := digits.step_of(ends.p05, ends.p95)):
            options["step"] = step
        kind = "near_percent" if kind == "percent" else kind
        ways: dict[str, Callable[..., str]] = {"between": between, "estimate": estimate, "mean": _mean}
        return ways[what.kind](ends, lambda number: _value(Value(kind, number, options)))
    with_sign = options.pop("signed", False)
    one = _in_steps(what.kind, options)
    return signed(what.value, one) if with_sign else one(what.value)


def _in_steps(kind: str, options: dict[str, Any]) -> Callable[[float], str]:
    """How a kind of number is said, to the step that its interval justifies where one is told."""
    step = options.pop("step", 0.0)
    if not step:
        return partial(KINDS[kind], **options)
    if kind in ("percent", "near_percent"):
        return partial(KINDS[kind], places=digits.places(100 * step, options.get("places", 1)))
    if kind == "points":
        coarse = step >= FINE_POINTS
        return lambda value: points(
            value, digits.places((100 if coarse else 1000) * step, 1 if coarse else 3)
        )
    if kind == "decimals":
        options["places"] = digits.places(step, options["places"])
    if kind == "money":
        return lambda value: money(value, options["currency"], step)
    if kind == "fine_money":
        return lambda value: fine_money(value, options["currency"], step)
    return lambda value: KINDS[kind](digits.rounded(value, step), **options)


def decimals(value: float, places: int) -> str:
    """Say a number with so many decimals: thousands separators, a real minus sign, no "−0.0"."""
    text = localized(f"{abs(_finite(value)):,.{places}f}")
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
    return languages.counted(text, noun, plural or noun + "s", one=text == "1")


def money(value: float, currency: str, step: float = 0.0) -> str:
    """Say an amount: "1.23 billion VND", "35.17 USD", "45,230 USD"; cents only below 1,000, none for VND.

    step: that an interval justifies, see `digits`; in whole thousands it is said as such: "833 thousand VND".
    """
    step = step if step >= 1 else 0.0  # cents are two digits, or none
    value, unit = digits.rounded(_finite(value), step), languages.currency_unit(currency)
    large = LARGE_IN.get(languages.language(), LARGE)
    size, words = next(((size, words) for size, words in large if abs(value) >= 0.9995 * size), (1, AMOUNT))
    if round(abs(value)) < LARGE[-1][0]:
        if step >= THOUSAND <= abs(value) and languages.is_english():
            return filled(THOUSANDS, number=decimals(value / THOUSAND, 0), currency=unit)
        places = 0 if step else money_decimals(value, currency)
        return filled(AMOUNT, number=decimals(value, places), currency=unit)
    scaled = value / size
    if (
        not step and abs(scaled) >= THOUSAND
    ):  # thousands of millions, as Thai counts them: three digits as elsewhere
        scaled = round(scaled, 2 - math.floor(math.log10(abs(scaled))))
    number = decimals(scaled, digits.places(step / size, (abs(scaled) < 99.95) + (abs(scaled) < 9.995)))
    return filled(words, number=number, currency=unit)


def fine_money(value: float, currency: str, step: float = 0.0) -> str:
    """Say an amount as `money` does, but with three digits where it is below one: "0.0123 USD"."""
    if 0 < abs(value) < 1:
        return filled(AMOUNT, number=number(value), currency=languages.currency_unit(currency))
    return money(value, currency, step)


def money_decimals(largest: float, currency: str) -> int:
    """Return the decimals of an amount: two below 1,000 in currencies that have cents, else none."""
    return 0 if currency in NO_DECIMALS or round(abs(largest), 2) >= CENTS_BELOW else 2


def percent(share: float, places: int = 1) -> str:
    """Say a share (0.123) as "12.3 %"; never as 0 or 100 % what is not: "less than 0.1 %"."""
    value, step = (
        round(100 * _finite(share), 9),
        10.0**-places,
    )  # .001 of a share is a step, whatever its last bit
    if value in (0, 100):
        return filled(PERCENT, number=f"{abs(value):.0f}")
    if 0 < value < step:
        return filled(LESS_PERCENT, number=decimals(step, places))
    if 100 - step < value < 100:
        return filled(MORE_PERCENT, number=decimals(100 - step, places))
    if -step < value < 0:
        return filled(PERCENT, number=number(value, 1))
    return filled(PERCENT, number=decimals(value, places))


def near_percent(share: float, places: int = 1) -> str:
    """Say a share of an interval: as `percent`, but next to 0 with the decimals it takes: "−0.04 %" and not in words."""
    size = abs(round(100 * _finite(share), 9))
    if 0 < size < 10.0**-places:
        fine = places if round(size, places) else min(6, -math.floor(math.log10(size)))
        return filled(PERCENT, number=decimals(100 * share, fine))
    return percent(share, places)


def points(difference: float, places: int | None = None) -> str:
    """Say a difference of two shares (0.012) in percentage points: "+1.2 percentage points"."""
    return filled(POINTS, number=in_points(difference, places))


def in_points(difference: float, places: int | None = None) -> str:
    """Say a difference of two shares (0.012) where the unit stands in a heading: "+1.2"; next to 0 "+0.04"."""
    if places is None:
        places = 2 if NO_POINT / 10 <= abs(_finite(100 * difference)) < NO_POINT else 1
    return signed(100 * difference, lambda value: decimals(value, places))


def signed(value: float, fmt: Callable[[float], str] = number) -> str:
    """Say a change with its sign: "+1.2 million VND", "−35 USD"."""
    text = fmt(value)
    return f"+{text}" if value > 0 and text[0].isdigit() else text


def between(interval: Interval, fmt: Callable[[float], str] = number) -> str:
    """Say an interval: "between 1.20 and 1.45 million VND"; a unit that both ends share is said once."""
    low, high = _pair(interval, fmt)
    return filled(BETWEEN, low=low, high=high)


def estimate(interval: Interval, fmt: Callable[[float], str] = number) -> str:
    """Say a mean and its interval: "35.17 USD (33.10 to 37.25 USD)"."""
    low, high = _pair(interval, fmt)
    return filled(ESTIMATE, mean=fmt(interval.mean), low=low, high=high)


def _mean(interval: Interval, fmt: Callable[[float], str]) -> str:
    return fmt(interval.mean)


def probability(p: float) -> str:
    """Say a probability in words and as a number: "very likely (96 %)"."""
    said = chance(p)
    words = next(word for start, word in PROBABILITY_WORDS if p >= start)
    return filled(LIKELY, words=filled(words), chance=said)


def chance(p: float) -> str:
    """Say a probability as a number that is never 0 or 100: "96 %", "more than 99 %"."""
    p = _finite(p)
    if not 0 <= p <= 1:
        raise ValueError(f"{p} is not a probability: it must lie between 0 and 1.")
    if p < 0.01 or p > 0.99:
        return filled(LESS_PERCENT, number="1") if p < 0.01 else filled(MORE_PERCENT, number="99")
    return filled(PERCENT, number=f"{100 * p:.0f}")


def day(when: date) -> str:
    """Say a date so that nobody can misread it: "30 June 1998"."""
    return languages.day(when)


def listing(items: list[str]) -> str:
    """Say a list: "a", "a and b", "a, b and c"."""
    *head, last = items
    return filled(LIST, head=", ".join(head), last=last) if head else last


def small_groups(groups: int, minimum: int) -> str:
    """Say that groups are too small to be shown."""
    words = SMALL_GROUP if groups == 1 else SMALL_GROUPS
    return filled(words, groups=count(groups, "group"), minimum=str(minimum))


def plain(value: float | str | None) -> str:
    """Say the value or the threshold of a check: a text as it is, a number with up to four digits."""
    if value is None or isinstance(value, str):
        told = named(value or "")
        return _NUMERAL.sub(lambda found: localized(found[0]), told) if told == value else told
    if abs(value) >= 1000:
        return decimals(value, 0)
    if 0 < value < 1e-4:
        return filled(BELOW, number=localized("0.0001"))
    return localized(f"{0 if -1e-4 < value < 0 else value:.4g}").replace("-", MINUS)


def interval_note() -> str:
    """Say what an interval is, with its level."""
    level, tail = (filled(PERCENT, number=f"{share:g}") for share in (100 * LEVEL, 50 * (1 - LEVEL)))
    return unbroken(filled(INTERVALS, level=level, tail=tail))


def unbroken(text: str) -> str:
    """Keep a number and its unit on one line."""
    if languages.language() == "th":  # a number and the word that counts it
        text = re.sub(r"(?<=\d) (?=[ก-ฮเ-ไ])", "\u00a0", text)
        text = re.sub(r"(?<=\d\u00a0ล้าน)(?=[ก-ฮเ-ไ])", "\u2060", text)
    text = re.sub(rf"(?<=\d) (?=%|{'|'.join(SCALES)}|[₫฿€£¥]|[A-Z]{{3}}\b|[A-Z]{{2}}\$)", "\u00a0", text)
    return re.sub(
        rf"(?<=\u00a0)({'|'.join(SCALES)}) (?=[A-Z]{{3}}\b|[₫฿€£¥]|[A-Z]{{2}}\$)", "\\1\u00a0", text
    )


def month(iso: str) -> str:
    """Say a month of a year (ISO date): "June 1998"."""
    return languages.month(date.fromisoformat(iso))


# How a Value of each kind is said.
KINDS: dict[str, Callable[..., str]] = {
    "money": money,
    "fine_money": fine_money,
    "percent": percent,
    "near_percent": near_percent,
    "points": points,
    "size_in_points": lambda difference: points(difference).lstrip("+"),
    "count": count,
    "number": number,
    "decimals": decimals,
    "plain": plain,
    "verbatim": str,
    "probability": probability,
    "day": lambda iso: day(date.fromisoformat(iso)),
    "month": month,
}


def _pair(interval: Interval, fmt: Callable[[float], str]) -> tuple[str, str]:
    """Both ends; a unit that they share stands at the second."""
    low, high = fmt(interval.p05), fmt(interval.p95)
    numeral = rf"[+{MINUS}]?[\d.,]+"
    first, second = (re.fullmatch(rf"({numeral})(\D.*)?", text) for text in (low, high))
    if first and second and first[2] == second[2]:
        low = first[1]
    return low, high


def _finite(value: float) -> float:
    value = float(value)
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be said in a sentence: mend what computes it.")
    return value
