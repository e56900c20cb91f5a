"""The country a shop's customers live in, by whose feasts they buy: a proposal from currency, time zone and language."""

from datetime import date

from babel.core import get_global

from helpers.commands.drafting import further_words
from helpers.commands.drafting.draft import CHECK

NOT_SAID = "", ""
_OF_LANGUAGE = {"vi": "VN", "th": "TH", "de": "DE", "fr": "FR", "es": "ES"}
_OF_LANGUAGE |= {spoken: place[2] for spoken, place in further_words.PLACES.items()}
SPENT_ABROAD = "USD"  # prices in dollars say little of where customers live


def country(currency: str, timezone: str, spoken: str | None) -> tuple[str, str]:
    """Return a country's code of two letters and why, ("", "") where the data do not tell: then no feasts are counted.

    currency, timezone: as drafted; spoken: the language of the columns' names, None for English. A currency's code begins
    with that of its country (ISO 4217). The euro is that of the time zone, or of the language; dollars say a country only
    where the time zone says it too.
    """
    having = _having(currency)
    if currency[:2] in having and currency != SPENT_ABROAD:
        return currency[:2], f"{CHECK}the country that has {currency}, by whose feasts customers buy"
    zone = get_global("zone_territories").get(timezone, "")
    if zone in having and (currency != SPENT_ABROAD or zone == currency[:2]):
        return (
            zone,
            f"{CHECK}the country that has {currency} and the time of {timezone}, by whose feasts customers buy",
        )
    own = _OF_LANGUAGE.get(spoken or "", "")
    if own in having:
        why = f"{CHECK}a country that has {currency} and the language of the columns, by whose feasts customers buy"
        return own, why
    return NOT_SAID


def _having(currency: str) -> list[str]:
    """The countries with known feasts where a currency is legal tender today, dependencies left out."""
    from holidays import list_supported_countries  # noqa: PLC0415 (a second)

    known, today = list_supported_countries(), date.today()
    return [
        land
        for land, spent in get_global("territory_currencies").items()
        if land in known
        and any(
            code == currency and tender and (end is None or date(*end) >= today)
            for code, _, end, tender in spent
        )
    ]
