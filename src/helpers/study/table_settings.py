"""Settings that one table alone has: which state of an order counts, what an amount is of, which contracts go on."""

import re

from helpers.errors import StudyError
from helpers.study import strict_yaml

_OWNERS = {
    "keep_latest": "transactions",
    "amount_per": "transactions",
    "joined_within": "subscriptions",
    "row_per": "leads",
}
_VALUES = {"amount_per": "order", "row_per": "stage"}


def of_one_table(fields: dict, where: str, table: str) -> dict:
    """Take these settings out of a table's fields and return them, checked; `where` says where they stand.

    Raises StudyError for one of another table, an `amount_per` that is not `order`, a `row_per` that is not `stage`, a
    `joined_within` that is no days.
    """
    found = {
        key: strict_yaml.convert(fields.pop(key), "str", f"{where}.{key}") for key in _OWNERS if key in fields
    }
    for key, value in found.items():
        if table != _OWNERS[key]:
            raise StudyError(
                f"{where}.{key} is a setting of the table {_OWNERS[key]}; take it out of {table}."
            )
        if value != _VALUES.get(key, value):
            raise StudyError(f"{where}.{key} is {value!r}; it can be `{_VALUES[key]}`, or be left out.")
    if "joined_within" in found:
        found["joined_within"] = _days(found["joined_within"], f"{where}.joined_within")
    return found


def _days(text: str, where: str) -> int:
    match = re.fullmatch(r"([1-9]\d{0,4}) *days?", text.strip())
    if not match:
        raise StudyError(
            f"{where} is {text!r}; write a number of days, like `15 days`, of at most five digits."
        )
    return int(match[1])


def known_values(fields: dict, where: str) -> dict[str, tuple[str, ...]]:
    """Take `known_values` out of a table's fields: for columns of the file, the values that are known there.

    Raises StudyError where a column has no list.
    """
    given = strict_yaml.convert(
        fields.pop("known_values", {}), "dict[str, list[str]]", f"{where}.known_values"
    )
    return {column: tuple(values) for column, values in given.items()}
