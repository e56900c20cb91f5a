"""Whether a column holds the periods of a panel, and the expressions that make days of them."""

import re

from helpers.commands.drafting import shape_words, words
from helpers.contracts import date_formats
from helpers.contracts.checked import sql_name

YEAR_OR_DAY = re.compile(r"(?:19|20)\d\d(?:$|[-/.])|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)?\d\d")
FRACTION = re.compile(r"(?:19|20)\d\d(?:\.0|\.25|\.5|\.50|\.75)?")
QUARTER = re.compile(r"(?:19|20)\d\d[- ]?Q[1-4]", re.IGNORECASE)
QUARTER_FIRST = re.compile(r"Q[1-4][- /]?(?:19|20)\d\d", re.IGNORECASE)
ISO_WEEK = re.compile(r"(?:19|20)\d\d-?W\d\d")
WEEK_OF_YEAR = re.compile(r"(?:19|20)\d\d[-/ ]?(?:[0-4]\d|5[0-3])")  # where the column's name says week
_BY_WEEK = re.compile(r"\b(week|weeks|woche|kw|kalenderwoche|semaine|semana|tuan)\b|สัปดาห์")
_YEARS = "year*|iso year*|isoyear*|calendar year*|fiscal year*|yr*|jahr*|annee*|ano*|nam*|ปี*"
_WITHIN = {  # what stands beside a year: names of the column, and the values of its first and last
    "month": ("month*|mon*|month of year|monat*|mois*|mes*|thang*|เดือน*|moy*", range(1, 13)),
    "quarter": ("quarter*|qtr*|quartal*|trimestre*|quy*|ไตรมาส*", range(1, 5)),
    "week": (
        "week*|wk*|week of year|iso week|isoweek*|calendar week*|week no|week number|woche*|kw*|kalenderwoche*|semaine*"
        "|semana*|tuan*",
        range(54),
    ),
}
_DAYS = ("day*|tag*|jour*|dia*|ngay*|day of month|dom*", range(1, 32))
_NUMBERED = {  # names of a column that numbers the periods, and the days of one; a year, where no name says it
    "day": ("day*|days*|day no|day number|tag*|ngay*", 1),
    "week": ("week*|weeks*|week no|week number|wk*|woche*|tuan*", 7),
    "period": (
        "time*|t*|period*|periods*|time period|month*|months*|month no|quarter*|round*|wave*|periode*",
        0,
    ),
}
_LAST_YEAR, _FIRST_DAY = 2000, "2001-01-01"  # a Monday
NUMBERED = "numbers of periods, told as {told}; if you know their days, state them"
FEWEST_NUMBERS = 5


def of(values: dict[str, list[str]]) -> tuple[str, str, str, tuple[str, ...]]:
    """A panel's column of periods ("" for none), what makes its days, what is doubtful, and all columns it is made of."""
    plain = {words.plain(column): column for column in reversed(values)}
    named = [plain[one] for one in shape_words.NAMES["period"] if one in plain]
    named += [own for one, own in plain.items() if shape_words.BEGINS_OR_ENDS.fullmatch(one)]
    period = next((own for own in named if are_periods(values[own]) or are_weeks(own, values[own])), "")
    text, parts = of_parts(values)
    if parts and period in ("", parts[0]):
        return parts[0], text, "", parts
    if period:
        return period, period, "", (period,)
    period, text, said = numbered(values)
    return period, text, said, (period,)


def are_periods(texts: list[str], least: int = 2) -> bool:
    """Whether a column's values are years, quarters, months or days."""
    if len(texts) < least:
        return False
    ways = (YEAR_OR_DAY.match, QUARTER.fullmatch, QUARTER_FIRST.fullmatch, ISO_WEEK.fullmatch)
    if any(all(way(text) for text in texts) for way in ways):
        return True
    found = date_formats.propose(texts)
    return found is not None and all("%" in one.get("date_format", "") for one in found.choices)


def are_weeks(column: str, texts: list[str]) -> bool:
    """Whether a column that is called a week holds a year and the number of its week, such as 2024-07 or 202407."""
    named = bool(_BY_WEEK.search(words.plain(column)))
    return named and bool(texts) and all(WEEK_OF_YEAR.fullmatch(text) for text in texts)


def are_years(texts: list[str]) -> bool:
    """Whether a column holds years of a first treatment, and perhaps 0 or nothing for never."""
    return bool(texts) and all(re.fullmatch(r"(?:(?:19|20)\d\d|0)(?:\.0)?", text) for text in texts)


def first_of_year(column: str) -> str:
    """The expression that makes the first day of a column of years."""
    return f"left(\"{column}\", 4) || '-01-01'"


def as_day(column: str, texts: list[str]) -> str:
    """The column, or the expression that makes the first day of its quarters (2024Q3, or 2024.5) or weeks (2024-W05)."""
    name = f'"{column}"'
    if are_weeks(column, texts):
        text = f"left({name}, 4) || '-W' || right({name}, 2) || '-1'"
        return f"strftime(strptime({text}, '%G-W%V-%u'), '%Y-%m-%d')"
    if all(QUARTER.fullmatch(text) for text in texts):
        year, month = f"left({name}, 4)", f"3 * CAST(right({name}, 1) AS INTEGER) - 2"
    elif all(QUARTER_FIRST.fullmatch(text) for text in texts):
        year, month = f"right({name}, 4)", f"3 * CAST(substr({name}, 2, 1) AS INTEGER) - 2"
    elif all(ISO_WEEK.fullmatch(text) for text in texts):
        return f"strftime(strptime({name} || '-1', '%G{'-' * ('-' in texts[0])}W%V-%u'), '%Y-%m-%d')"
    elif any(text.endswith((".25", ".75")) for text in texts) and all(
        FRACTION.fullmatch(text) for text in texts
    ):
        year = f"left({name}, 4)"
        month = f"12 * (CAST({name} AS DOUBLE) - CAST({year} AS INTEGER)) + 1"
    elif all(text.endswith(".0") for text in texts):
        return first_of_year(column)
    else:
        return column
    return f"{year} || '-' || lpad(CAST(CAST({month} AS INTEGER) AS VARCHAR), 2, '0') || '-01'"


def of_parts(values: dict[str, list[str]]) -> tuple[str, tuple[str, ...]]:
    """The day that a year and a month, quarter or week in columns of their own make, as an expression, and the columns.

    "" where they are not there, or a day stands beside them.
    """
    year = _named(values, _YEARS, range(1900, 2700))
    for unit, (names, numbers) in _WITHIN.items():
        own = _named(values, names, numbers)
        if not year or not own or own == year or _named(values, *_DAYS):
            continue
        one, other = sql_name(own), sql_name(year)
        if unit == "month":
            return f'"{own}" || \' \' || "{year}"', (year, own)
        if unit == "week":
            text = f"CAST({other} AS VARCHAR) || '-W' || lpad(CAST({one} AS VARCHAR), 2, '0') || '-1'"
            return f"strftime(strptime({text}, '%G-W%V-%u'), '%Y-%m-%d')", (year, own)
        month = f"3 * CAST(right(CAST({one} AS VARCHAR), 1) AS INTEGER) - 2"
        return f"CAST({other} AS VARCHAR) || '-' || lpad(CAST({month} AS VARCHAR), 2, '0') || '-01'", (
            year,
            own,
        )
    return "", ()


def _named(values: dict[str, list[str]], names: str, numbers: range) -> str:
    """The first column of these names all of whose values are such numbers, quarters, or names of months; "" for none."""
    plain = {words.plain(column): column for column in reversed(values)}
    found = words.finds(tuple(names.split("|")), plain)
    return next(
        (one for one in found if values[one] and all(_is_in(text, numbers) for text in values[one])), ""
    )


def _is_in(text: str, numbers: range) -> bool:
    text = text.strip()
    if text.lower() in date_formats.MONTHS:
        return numbers == _WITHIN["month"][1]
    digits = text[1:] if numbers == _WITHIN["quarter"][1] and text[:1] in "Qq" else text
    return digits.isdigit() and int(digits) in numbers


def numbered(values: dict[str, list[str]]) -> tuple[str, str, str]:
    """A column that numbers the periods from 0 or 1 on: the column, the expression of its days, and what is said of it."""
    plain = {words.plain(column): column for column in reversed(values)}
    for unit, (names, days) in _NUMBERED.items():
        for own in words.finds(tuple(names.split("|")), plain):
            found = sorted(int(text) for text in set(values[own]) if text.strip().lstrip("-").isdigit())
            whole = len(found) == len(set(values[own])) >= FEWEST_NUMBERS
            if not whole or found[-1] - found[0] >= 2 * len(found) or not -400 < found[0] <= 1:
                continue
            number = f"CAST({sql_name(own)} AS INTEGER)"
            if days:
                text = f"strftime(DATE '{_FIRST_DAY}' + {days} * ({number} - {found[0]}), '%Y-%m-%d')"
                return own, text, NUMBERED.format(told=f"{unit}s from {_FIRST_DAY} on")
            text = f"CAST({_LAST_YEAR - found[-1]} + {number} AS VARCHAR) || '-01-01'"
            return (
                own,
                text,
                NUMBERED.format(told=f"years up to {_LAST_YEAR}, so that no season is seen in them"),
            )
    return "", "", ""
