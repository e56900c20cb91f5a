"""The keys of a table in a study file that say how its file is laid out and how its values are written."""

from helpers.errors import StudyError
from helpers.study import strict_yaml
from helpers.study.table_columns import Contract

CHOICES = {"negative": ("parentheses", "trailing"), "grouping": ("indian",), "years": ("buddhist",)}
BETWEEN = {"header_row": (1, 100_000), "footer_rows": (0, 100_000)}
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
    moments = [column.name for column in contract.columns if column.type in ("time", "date")]
    taken = {}
    for key in ("date_formats", "timezones"):
        if key in fields:
            taken[key] = strict_yaml.convert(fields.pop(key), "dict[str, str]", f"{where}.{key}")
            for column in taken[key]:
                if column not in moments:
                    raise strict_yaml.unknown("date or time", column, moments, f"{where}.{key}")
    decimal, thousands = fields.get("decimal"), fields.get("thousands")
    if decimal and decimal == thousands:
        raise StudyError(
            f"{where}: decimal and thousands are both {decimal!r}; one sign cannot be both. For 1.234,50 write "
            '`decimal: ",", thousands: "."`.'
        )
    if fields.get("grouping") and not thousands:
        raise StudyError(f'{where}: grouping needs the sign that parts the groups: add `thousands: ","`.')
    return taken
