"""The keys of a table in a study file that say how its file is laid out and how its values are written."""

import re

from helpers.errors import StudyError
from helpers.study import strict_yaml
from helpers.study.table_columns import Contract

CHOICES = {
    "negative": ("parentheses", "trailing"),
    "grouping": ("indian",),
    "years": ("buddhist",),
    "quotes": ("none",),
}
BETWEEN = {"header_row": (1, 100_000), "footer_rows": (0, 100_000)}
SIGNS = ("decimal", "thousands", "delimiter")
TABS = ("tab", "\\t")  # how a delimiter may be written that cannot be seen
COUNTED_DATES = ("excel", "unix", "unix_ms", "week", "quarter")
_CODES = re.compile(r"%(-?[dmyHIMSj]|[abcfghnpuwxzABGTUVWXYZ%])")  # what engines read dates by
MOST_COLUMNS = 16_384  # of a spreadsheet


def layout(fields: dict, where: str) -> dict:
    """Take `header_row`, `footer_rows` and `rename_columns` out of a table's keys, and return them with their types."""
    taken = {}
    for key, (least, most) in BETWEEN.items():
        if key in fields:
            taken[key] = strict_yaml.convert(fields.pop(key), "int", f"{where}.{key}")
            if not least <= taken[key] <= most:
                raise StudyError(
                    f"{where}.{key} is {taken[key]}; it must be {least} or more, and at most {most:,}."
                )
    if "rename_columns" in fields:
        names = strict_yaml.convert(fields.pop("rename_columns"), "dict[str, str]", f"{where}.rename_columns")
        wrong = next((place for place in names if not _is_column(place)), None)
        if wrong is not None:
            raise StudyError(
                f"{where}.rename_columns names {wrong!r}; write the number of a column, from 1 on, and its name: "
                "`rename_columns: {5: channel_of_order}`."
            )
        taken["rename_columns"] = {int(place): name for place, name in names.items()}
    return taken


def _is_column(text: str) -> bool:
    return text.isdecimal() and len(text) <= len(str(MOST_COLUMNS)) and 1 <= int(text) <= MOST_COLUMNS


def formats(fields: dict, where: str, contract: Contract) -> dict:
    """Take `date_formats` and `timezones` out of a table's keys, and refuse values that numbers or dates cannot have."""
    for key, allowed in CHOICES.items():
        if key in fields and fields[key] not in allowed:
            raise StudyError(f"{where}.{key} is {fields[key]!r}; it can be {' or '.join(allowed)}.")
    for key in SIGNS:
        _refuse_sign(key, fields.get(key), where)
    moments = [column.name for column in contract.columns if column.type in ("time", "date")]
    taken = {}
    for key in ("date_formats", "timezones"):
        if key in fields:
            taken[key] = strict_yaml.convert(fields.pop(key), "dict[str, str]", f"{where}.{key}")
            for column in taken[key]:
                if key == "date_formats":
                    _refuse_date_format(taken[key][column], f"{where}.{key}.{column}")
                if column not in moments:
                    raise strict_yaml.unknown("date or time", column, moments, f"{where}.{key}")
    _refuse_date_format(fields.get("date_format"), f"{where}.date_format")
    decimal, thousands = fields.get("decimal"), fields.get("thousands")
    if decimal and decimal == thousands:
        raise StudyError(
            f"{where}: decimal and thousands are both {decimal!r}; one sign cannot be both. For 1.234,50 write "
            '`decimal: ",", thousands: "."`.'
        )
    if fields.get("grouping") and not thousands:
        raise StudyError(f'{where}: grouping needs the sign that parts the groups: add `thousands: ","`.')
    return taken


def _refuse_sign(key: str, sign: object, where: str) -> None:
    """Refuse what is no one sign, or one that numbers and names are made of."""
    if not isinstance(sign, str) or (key == "delimiter" and sign in TABS):
        return
    if len(sign) != 1 or sign.isalnum() or sign in '"\n\r' or (key != "delimiter" and sign in "+-"):
        raise StudyError(
            f'{where}.{key} is {sign!r}; write the one sign that the file has there, like `{key}: ","`: no letter, digit or '
            "or quote, and for numbers no + or -."
        )


def _refuse_date_format(stated: object, where: str) -> None:
    """Refuse a format with codes that are none, or without any."""
    if not isinstance(stated, str) or stated in COUNTED_DATES:
        return
    if "%" in _CODES.sub("", stated) or not _CODES.search(stated):
        raise StudyError(
            f"{where} is {stated!r}; write codes of strftime, like `%d/%m/%Y %H:%M`, or one of {', '.join(COUNTED_DATES)}."
        )
