"""What the columns look like that a study does not use."""

import re

import ibis

from helpers.contracts.checked import Checked, one_row
from helpers.contracts.unit_prices import PRICE
from helpers.study.parts import parts_of
from helpers.study.table_columns import ROW

NUMBERS = re.compile(
    r"(^|[^a-z])(row|line|index|idx|no|nr|seq|record|uuid|guid|export|import|batch|file|sync|snapshot|stt|zeile|fila)([^a-z]|$)"
)
CHANGED = re.compile(
    r"updat|modif|chang|version|revis|edit|export|import|sync|extract|load|snapshot|geänder|stand|cập nhật|แก้ไข"
    r"|actualiz|mise à jour"
)
DATE = r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"

SEVERAL = 2  # files: in one file a number of its rows is different in each
FIRST_ROWS = 10_000  # in which a column is looked at for whether it numbers the rows
FEWEST_NUMBERS = 30  # different ones: the lines of an order are numbered too
RUNNING = 0.95  # of these rows must have the number of the row above and one more


def hiding_columns(checked: Checked) -> list[str]:
    """Unused columns that may hide a repeated row: they number rows, differ in nearly all, or say when it was exported."""
    rows = max(checked.report.rows, 1)
    hiding = [
        name
        for name, count in checked.unused.items()
        if (count > 0.8 * rows and not PRICE.search(name.casefold().replace("_", " ")))
        or (count > 1 and CHANGED.search(name.casefold()))
        or (count > 0.3 * rows and NUMBERS.search(name.casefold()))
    ]
    rest = {name: count for name, count in checked.unused.items() if name not in hiding}
    return hiding + _running_numbers(
        checked, [name for name, count in rest.items() if count >= FEWEST_NUMBERS]
    )


def _running_numbers(checked: Checked, names: list[str]) -> list[str]:
    """The columns that number the rows of each file, whatever they are called; in several files they begin again."""
    if not names or len(parts_of(checked.source.files[checked.table])) < SEVERAL:
        return []
    numbers = checked.source.numbers(checked.table, names)
    numbers = numbers.filter(numbers[ROW] <= FIRST_ROWS)
    rows = ibis.window(order_by=numbers[ROW])
    steps = numbers.mutate(**{name: numbers[name] - numbers[name].lag().over(rows) for name in names})
    up = {f"u{place}": (steps[name] == 1).sum() for place, name in enumerate(names)}
    down = {f"d{place}": (steps[name] == -1).sum() for place, name in enumerate(names)}
    seen = one_row(steps, rows=steps.count(), **up, **down)
    least = RUNNING * max(seen["rows"] - 1, 1)
    return [
        name
        for place, name in enumerate(names)
        if max(seen[f"u{place}"] or 0, seen[f"d{place}"] or 0) >= least
    ]


def is_time(checked: Checked, name: str) -> bool:
    """Whether an unused column holds dates or times."""
    texts = checked.source.texts(checked.table, [name])
    seen = one_row(texts, filled=texts[name].count(), dates=texts[name].re_search(DATE).sum())
    return bool(seen["filled"]) and (seen["dates"] or 0) > 0.9 * seen["filled"]
