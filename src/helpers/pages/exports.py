"""Lists for spreadsheets: text stays text there, whatever it begins with, and numbers stay numbers."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# What a spreadsheet computes: =, +, - or @ at the beginning of a cell, also after what parts cells elsewhere, and after
# quotation marks, which stand around a cell where another mark parts them.
_FORMULA = re.compile(r"(^|[;\t\r\n|])(?=[\s\"\ufeff\u200b\x00-\x1f]*[=+\-@＝＋－＠])|^(?=[\t\r\n])")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)([eE][+-]?\d+)?")


def for_spreadsheets(table: "pd.DataFrame") -> "pd.DataFrame":
    """Return the table with an apostrophe before each text, and each name of a column, that would be a formula."""
    safe = table.map(as_text)
    return safe.rename(columns=as_text)


def as_text(cell: Any) -> Any:
    """A cell as it is, or text that no spreadsheet computes and every file can hold."""
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return cell
    whole = cell.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    whole = whole.replace("\r\n", "\n").replace("\r", "\n")  # a line of the file ends at \r, too
    return _FORMULA.sub(lambda found: f"{found[1] or ''}'", whole)
