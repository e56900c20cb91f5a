"""Whether a column holds the periods of a panel, and the expressions that make days of them."""

import re

from helpers.contracts import date_formats

YEAR_OR_DAY = re.compile(r"(?:19|20)\d\d(?:$|[-/.])|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)?\d\d")
FRACTION = re.compile(r"(?:19|20)\d\d(?:\.0|\.25|\.5|\.50|\.75)?")
QUARTER = re.compile(r"(?:19|20)\d\d[- ]?Q[1-4]", re.IGNORECASE)
QUARTER_FIRST = re.compile(r"Q[1-4][- /]?(?:19|20)\d\d", re.IGNORECASE)
ISO_WEEK = re.compile(r"(?:19|20)\d\d-?W\d\d")


def are_periods(texts: list[str], least: int = 2) -> bool:
    """Whether a column's values are years, quarters, months or days."""
    if len(texts) < least:
        return False
    ways = (YEAR_OR_DAY.match, QUARTER.fullmatch, QUARTER_FIRST.fullmatch, ISO_WEEK.fullmatch)
    if any(all(way(text) for text in texts) for way in ways):
        return True
    found = date_formats.propose(texts)
    return found is not None and all("%" in one.get("date_format", "") for one in found.choices)


def are_years(texts: list[str]) -> bool:
    """Whether a column holds years of a first treatment, and perhaps 0 or nothing for never."""
    return bool(texts) and all(re.fullmatch(r"(?:(?:19|20)\d\d|0)(?:\.0)?", text) for text in texts)


def first_of_year(column: str) -> str:
    """The expression that makes the first day of a column of years."""
    return f"left(\"{column}\", 4) || '-01-01'"


def as_day(column: str, texts: list[str]) -> str:
    """The column, or the expression that makes the first day of its quarters (2024Q3, or 2024.5) or weeks (2024-W05)."""
    name = f'"{column}"'
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
