"""Feasts that move or fall between half-months, from the library `holidays`, by country; Black Friday by its own rule."""

from dataclasses import dataclass
from datetime import date

import numpy as np

RUN_UP = 21  # days before a feast on which customers buy for it
# What the library calls days of a feast in English, and the days from such a day to the feast.
FEASTS: dict[str, dict[str, int]] = {
    "Easter": {"Easter Sunday": 0, "Easter Monday": -1, "Good Friday": 2},
    "Lunar New Year": {
        "Lunar New Year": 0,
        "Chinese New Year": 0,
        "Spring Festival": 0,
        "Korean New Year": 0,
    },
    "Songkran": {"Songkran": 0},
    "Eid al-Fitr": {"Eid al-Fitr": 0},
    "Eid al-Adha": {"Eid al-Adha": 0},
    "Mid-Autumn": {"Mid-Autumn": 0, "Chuseok": 0},
    "Diwali": {"Diwali": 0, "Deepavali": 0},
    "Passover": {"Passover": 0, "Pesach": 0},
    "Rosh Hashanah": {"Rosh Hashanah": 0},
}
BESIDES = ("Eve", "preceding", "Second", "Third", "Fourth", "off", "observed", "substitut")
APART = 60  # days between two of a feast: nearer ones are days of the same
BLACK_FRIDAY = "Black Friday"
CATEGORIES = ("public", "unofficial")
FIRST_YEAR, LAST_YEAR = 1950, 2099


@dataclass(frozen=True)
class Feast:
    """A feast on the days `on`, datetime64[D] in order; customers buy for it from `before` days earlier to `after` later."""

    name: str
    on: np.ndarray
    before: int = RUN_UP
    after: int = 0

    def values(self, days: np.ndarray) -> np.ndarray:
        """1.0 on days that belong to the feast, else 0.0."""
        place = np.searchsorted(self.on, days - np.timedelta64(self.after, "D"))
        until = (self.on[np.minimum(place, len(self.on) - 1)] - days).astype(np.int64)
        return ((until >= -self.after) & (until <= self.before)).astype(float)


def of_country(country: str, first: date, last: date) -> tuple[Feast, ...]:
    """The feasts of a country, a code of two letters, from a year before `first` to the year of `last`; none without one."""
    if not country:
        return ()
    years = range(max(first.year - 1, FIRST_YEAR), min(last.year, LAST_YEAR) + 1)
    listed = _listed(country, years)
    found = []
    for name, words in FEASTS.items():
        days = _days(listed, words)
        if len(days):
            found.append(Feast(name, days))
    return (*found, Feast(BLACK_FRIDAY, _black_fridays(years), before=4, after=3))


def _listed(country: str, years: range) -> list[tuple[date, str]]:
    """Days and names of holidays, in English where the library translates the country's."""
    from holidays import country_holidays  # noqa: PLC0415 (a second, and for studies with a country alone)

    kind = country_holidays(country)
    categories = tuple(one for one in CATEGORIES if one in kind.supported_categories)
    language = "en_US" if "en_US" in kind.supported_languages else None
    own = country_holidays(country, years=years, observed=False, categories=categories, language=language)
    return sorted((day, name) for day, names in own.items() for name in names.split("; "))


def _days(listed: list[tuple[date, str]], words: dict[str, int]) -> np.ndarray:
    """The days of a feast, from the days whose name has one of its words; not eves, nor days off instead."""
    named = [(day, name) for day, name in listed if not any(part in name for part in BESIDES)]
    days = {
        np.datetime64(day, "D") + np.timedelta64(shift, "D")
        for day, name in named
        for word, shift in words.items()
        if word in name
    }
    every = np.array(sorted(days), dtype="datetime64[D]")
    apart = np.timedelta64(APART, "D")
    return every[np.diff(every, prepend=every[:1] - 2 * apart) > apart]


def _black_fridays(years: range) -> np.ndarray:
    """The day after the fourth Thursday of November of each year."""
    first = np.array([f"{year}-11-01" for year in years], dtype="datetime64[D]")
    return np.busday_offset(first, 3, roll="forward", weekmask="Thu") + np.timedelta64(1, "D")
