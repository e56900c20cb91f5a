"""Currencies as the Unicode CLDR (through Babel) has them: their codes, and how many decimals their amounts have."""

from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_precision

SYMBOLS = {"€": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "¥": "JPY", "₫": "VND", "đ": "VND", "฿": "THB"}
# The smallest banknote, or the smallest coin in use where it is larger, of currencies with small units.
SMALLEST = {
    "VND": 1000,
    "IDR": 500,
    "KRW": 100,
    "LAK": 1000,
    "KHR": 100,
    "MMK": 100,
    "UZS": 500,
    "IRR": 10_000,
}
# Currencies in which an ordinary purchase of a person is well below 1,000.
LARGE_UNIT = ("USD", "EUR", "GBP", "CHF", "AUD", "CAD", "NZD", "SGD", "BND")


@cache
def codes() -> frozenset[str]:
    """The three-letter codes of all currencies that are legal tender somewhere today."""
    territories = get_global("territory_currencies").values()
    return frozenset(
        code for uses in territories for code, _, until, tender in uses if tender and until is None
    )


@cache
def names() -> dict[str, str]:
    """{name in small letters: code} of these currencies in the languages of exports: US dollar, Schweizer Franken, บาท."""
    found: dict[str, str] = {}
    for language in ("en", "de", "fr", "es", "vi", "th"):
        known = Locale.parse(language).currencies
        found |= {known[code].casefold(): code for code in codes() if code in known}
    return found | {
        "us dollars": "USD",
        "dollar": "USD",
        "dollars": "USD",
        "euros": "EUR",
        "việt nam đồng": "VND",
    }


def decimals(currency: str) -> int:
    """How many decimals amounts in a currency have: 0 for VND and JPY, 2 for most, 3 for KWD."""
    return get_currency_precision(currency)
