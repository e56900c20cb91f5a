"""What the columns look like that a study does not use."""

import re

from helpers.contracts.checked import Checked, one_row

NUMBERS = re.compile(
    r"(^|[^a-z])(row|line|index|idx|no|nr|seq|record|uuid|guid|export|import|batch|file|sync|snapshot|stt|zeile|fila)([^a-z]|$)"
)
CHANGED = re.compile(
    r"updat|modif|chang|version|revis|edit|export|import|sync|extract|load|snapshot|geänder|stand|cập nhật|แก้ไข"
    r"|actualiz|mise à jour"
)
DATE = r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"


def hiding_columns(checked: Checked) -> list[str]:
    """Unused columns that may hide a repeated row: nearly every row differs in them, or they say when it was exported."""
    rows = max(checked.report.rows, 1)
    return [
        name
        for name, count in checked.unused.items()
        if count > 0.8 * rows
        or (count > 1 and CHANGED.search(name.casefold()))
        or (count > 0.3 * rows and NUMBERS.search(name.casefold()))
    ]


def is_time(checked: Checked, name: str) -> bool:
    """Whether an unused column holds dates or times."""
    texts = checked.source.texts(checked.table, [name])
    seen = one_row(texts, filled=texts[name].count(), dates=texts[name].re_search(DATE).sum())
    return bool(seen["filled"]) and (seen["dates"] or 0) > 0.9 * seen["filled"]
