"""The languages of pages: their catalogues (gettext), and how months and currencies are called there (CLDR).

What a page says is English in the code and in records. Inside `speaking("vi")`, `translated` looks the English up in
`locale/vi/`: `messages.po` has sentences (context: the message's name) and the short texts of headings and axes (no
context), `prose.po` the notebooks' paragraphs. What is not there stays English and is counted.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

ENGLISH = "en"
LANGUAGES = (ENGLISH, "vi", "th")
NAMES = {"en": "English", "vi": "Tiếng Việt", "th": "ไทย"}
LOCALE = Path(__file__).parents[1] / "locale"
MESSAGES, PROSE = "messages", "prose"
NOUN = "noun"  # the context of "{n} customer", "{n} customers"
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")  # in short texts, "#" stands for a number
BUDDHIST = 543  # years that Thai pages are ahead
SHORT_NAMES = {("VND", "th"): "ดอง"}  # currencies that people call shorter than CLDR does

LANGUAGE: ContextVar[str] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say what is said inside the block in this language."""
    token = LANGUAGE.set(language)
    try:
        yield
    finally:
        LANGUAGE.reset(token)


def language() -> str:
    """The language of what is said here."""
    return LANGUAGE.get()


def is_english() -> bool:
    """Whether what is said here is English, as the code has it."""
    return LANGUAGE.get() == ENGLISH


@cache
def catalogue(language: str, domain: str = MESSAGES) -> "Catalog":
    """The translations of a language; empty where it has none."""
    from babel.messages.catalog import Catalog  # noqa: PLC0415 (English pages and kernels do without)
    from babel.messages.pofile import read_po  # noqa: PLC0415

    path = LOCALE / language / f"{domain}.po"
    if not path.is_file():
        return Catalog(locale=language)
    with path.open(encoding="utf-8") as file:
        return read_po(file, locale=language)


def translated(text: str, context: str | None = None, domain: str = MESSAGES) -> str:
    """Return a text in the language of the page; the English where there is no translation."""
    return text if is_english() else _found(LANGUAGE.get(), text, context, domain) or text


@cache
def _found(language: str, text: str, context: str | None, domain: str) -> str:
    entry = catalogue(language, domain).get(text, context)
    if entry is not None and not entry.fuzzy and _first(entry.string):
        return _first(entry.string)
    pattern, numbers = NUMBER.sub("#", text), NUMBER.findall(text)
    if context or pattern == text:
        return ""
    entry = catalogue(language, domain).get(pattern)  # "Won in # days"
    said = _first(entry.string) if entry is not None else ""
    return re.sub("#", lambda _: localized(numbers.pop(0)), said) if said.count("#") == len(numbers) else ""


def _first(string: str | Sequence[str] | None) -> str:
    said = string if isinstance(string, str) else string[0] if string else ""
    return said.replace(" ๆ", "\u00a0ๆ")  # the sign of repetition begins no line


def counted(number: str, noun: str, plural: str, *, one: bool) -> str:
    """Say how many of something: "1 customer", "2,357 customers"; neither Vietnamese nor Thai has a plural."""
    if not is_english():
        entry = catalogue(LANGUAGE.get()).get((f"{{n}} {noun}", f"{{n}} {plural}"), NOUN)
        if entry is not None and _first(entry.string):
            return _first(entry.string).format(n=number)
    return f"{number} {translated(noun if one else plural)}"


# ---- how numbers, dates and money look (CLDR)
def localized(number: str) -> str:
    """An English number (1,234.5) with the separators of the language."""
    return number if is_english() else number.translate(_separators(LANGUAGE.get()))


@cache
def _separators(language: str) -> dict[int, str]:
    from babel.numbers import get_decimal_symbol, get_group_symbol  # noqa: PLC0415

    return str.maketrans({",": get_group_symbol(language), ".": get_decimal_symbol(language)})


def currency_unit(currency: str) -> str:
    """What stands beside an amount: the code in English, the sign in Vietnamese (₫), the name in Thai (บาท)."""
    return currency if is_english() else _unit(currency, LANGUAGE.get())


@cache
def _unit(currency: str, language: str) -> str:
    from babel.numbers import get_currency_name, get_currency_symbol  # noqa: PLC0415

    if language == "vi":
        return get_currency_symbol(currency, language)
    return SHORT_NAMES.get((currency, language)) or get_currency_name(currency, locale=language)


def day(when: date) -> str:
    """A date: "30 June 1998", "30 tháng 6 năm 1998", "30 มิถุนายน 2541" (the Buddhist year)."""
    return f"{when.day} {month(when)}"


def month(when: date) -> str:
    """A month of a year: "June 1998"."""
    between = " năm " if LANGUAGE.get() == "vi" else " "
    return f"{_month_name(when, 'MMMM')}{between}{year(when)}"


def short_month(when: date) -> str:
    """A month's name for an axis: "Jun", "thg 6", "มิ.ย."."""
    return _month_name(when, "MMM")


def year(when: date) -> str:
    """The year as it is counted there."""
    return str(when.year + BUDDHIST * (LANGUAGE.get() == "th"))


def _month_name(when: date, width: str) -> str:
    if is_english():
        return f"{when:%B}" if width == "MMMM" else f"{when:%b}"
    from babel.dates import format_date  # noqa: PLC0415

    return format_date(when, width, LANGUAGE.get())
