"""The line to add to the study file when a file's numbers, dates or text are written another way."""

import re

_NUMBER = r"[+-]?\d"
_DATE = re.compile(r"^(\d{1,4})([./ -])(\d{1,2})\2(\d{1,4})(?:[ T](\d{1,2}:\d{2}(:\d{2})?))?$")


def for_values(kind: str, examples: list[str], stated: dict[str, str | None]) -> str:
    """Return the sentence with the exact line for values of a type that could not be read.

    `examples` are distinct unreadable values (the more, the surer), `stated` the formats the study states
    already. What the values cannot decide (01/02/2010) is asked, not guessed.
    """
    if kind == "number":
        return _number(examples, stated)
    if kind in ("time", "date"):
        return _date(examples, stated)
    return ""


def _number(examples: list[str], stated: dict) -> str:
    if stated.get("decimal") or stated.get("thousands"):
        signs = ", ".join(f"{key}: {stated[key]!r}" for key in ("decimal", "thousands") if stated.get(key))
        return f"The study file says {signs}: correct it, or the values."
    both = [value for value in examples if re.search(r"\d\.\d{3}.*,\d+$", value)]
    if both:
        return 'If the comma is the decimal sign, add to the table: `decimal: ",", thousands: "."`.'
    if any(re.search(r"\d,\d{3}(,\d{3})*\.\d*$|\d,\d{3},\d{3}", value) for value in examples):
        return 'If the comma parts thousands, add to the table: `thousands: ","`.'
    commas = [value for value in examples if re.fullmatch(rf"{_NUMBER}*,\d+", value)]
    if commas and all(re.fullmatch(rf"{_NUMBER}{{1,3}},\d{{3}}", value) for value in commas):
        return 'Say which the comma is: `decimal: ","` or `thousands: ","`.'
    if commas:
        return 'If the comma is the decimal sign, add to the table: `decimal: ","`.'
    if any(re.search(r"\d\.\d{3}\.\d{3}", value) for value in examples):
        return 'If the point parts thousands, add to the table: `decimal: ",", thousands: "."`.'
    return "A number is written like 1234.5, without a currency sign."


def _date(examples: list[str], stated: dict) -> str:
    if stated.get("date_format"):
        return f"The study file says date_format: {stated['date_format']!r}: correct it, or the values."
    if all(re.fullmatch(r"(19|20)\d{6}", value) for value in examples):
        return 'If they mean year, month, day, add to the table: `date_format: "%Y%m%d"`.'
    found = [match for value in examples if (match := _DATE.match(value))]
    if not found:
        return (
            "A date is written like 2010-12-31, a time 2010-12-31 14:05; or state the table's `date_format`."
        )
    mark, clock = found[0][2], {None: "", 5: " %H:%M", 4: " %H:%M", 8: " %H:%M:%S", 7: " %H:%M:%S"}
    tail = clock[len(found[0][5]) if found[0][5] else None]
    if all(len(match[1]) == 4 for match in found):
        return f'If they mean year, month, day, add to the table: `date_format: "%Y{mark}%m{mark}%d{tail}"`.'
    year = "%Y" if all(len(match[4]) == 4 for match in found) else "%y"
    day_first = f'`date_format: "%d{mark}%m{mark}{year}{tail}"`'
    month_first = f'`date_format: "%m{mark}%d{mark}{year}{tail}"`'
    first, second = (max(int(match[group]) for match in found) for group in (1, 3))
    if first > 12 >= second:
        return f"The day comes first: add to the table {day_first}."
    if second > 12 >= first:
        return f"The month comes first: add to the table {month_first}."
    if first > 12:
        return "Some have the day first and some the month: export the dates as 2010-12-31."
    return (
        f"These dates are ambiguous: add to the table {day_first} if the day comes first, {month_first} if "
        "the month does."
    )
