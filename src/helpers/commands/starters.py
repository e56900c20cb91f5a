"""What one starts from: a study drafted from an export, a notebook from the template."""

import gzip
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from helpers import paths
from helpers.contracts.columns import TABLES
from helpers.errors import StudyError
from helpers.study.catalogue import load_catalogue
from helpers.study.study import TableSpec

if TYPE_CHECKING:
    import ibis

# How exports call the columns of an order line, beside the contract's own names.
CALLED = {
    "customer_id": (
        "customer",
        "client",
        "client_id",
        "user_id",
        "member_id",
        "account",
        "buyer",
        "masterid",
    ),
    "order_time": ("date", "order_date", "invoice_date", "purchase_date", "created_at", "timestamp", "time"),
    "amount": ("revenue", "sales", "total", "line_total", "value", "spend", "net_amount"),
    "order_id": ("order", "invoice", "invoice_no", "receipt", "basket_id", "transaction_id"),
    "quantity": ("qty", "units", "pieces"),
    "category": ("product_group", "department", "product"),
    "channel": ("store", "source"),
}
DELIMITERS = (",", ";", "\t", "|")
STUDY = """\
# Drafted from {file}. Lines that say CHECK were guessed: mend them, then `python -m helpers check {name}`.
title: {title}
as_of: "{as_of}"          # CHECK: value is stated at the end of this day{as_of_from}
timezone: UTC                # CHECK: where the business lives, such as Europe/Berlin
currency: EUR                # CHECK: of amounts without one of their own
time_unit: week
source: {folder}
tables:
  {table}:
    path: {file}{delimiter}{columns}
notebooks: all
parameters: {{margin: 0.30}}   # CHECK: margin as a share of revenue, used where the data brings none
"""


def new_study(name: str, file: str) -> int:
    """Write reports/NAME.yaml for one exported file (CSV or Parquet), with its columns guessed, and say what to check.

    The file is taken for the table whose name it bears, else for transactions. StudyError where the name is taken or no
    file name, or the file cannot be read.
    """
    path, target = Path(file).expanduser().resolve(), paths.REPORTS / f"{name}.yaml"
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise StudyError(f"A study cannot be called {name!r}: use small letters, digits, - and _.")
    if target.exists():
        raise StudyError(f"{_shown(target)} exists: choose another name, or edit it.")
    if not path.is_file():
        raise StudyError(f"There is no file {path}.")
    table = path.name.split(".")[0] if path.name.split(".")[0] in TABLES else "transactions"
    delimiter = _delimiter(path)
    lines = _lines(path, delimiter)
    columns = [column for column in lines.columns if not column.startswith("_")]
    found = guess(table, columns)
    contract = TABLES[table]
    stated = [f"      {column}: {_quoted(own)}   # CHECK" for column, own in found.items() if own != column]
    missing = [column for column in contract.required if column not in found]
    stated += [f"      {column}: WHICH_COLUMN   # CHECK: one of {', '.join(columns)}" for column in missing]
    last = _last_day(lines, found.get(contract.happens_at or ""))
    folder = path.parent.relative_to(paths.ROOT) if path.is_relative_to(paths.ROOT) else path.parent
    text = STUDY.format(
        name=name,
        title=name.replace("_", " ").replace("-", " ").capitalize(),
        file=path.name,
        folder=_quoted(str(folder)),
        table=table,
        as_of=last or date.today(),
        as_of_from=", the last in the file" if last else "",
        delimiter=f'\n    delimiter: "{delimiter}"' if delimiter not in (None, ",") else "",
        columns="\n    columns:\n" + "\n".join(stated) if stated else "",
    )
    target.write_text(text, encoding="utf-8")
    print(
        f"Study written: {_shown(target)}. Read its lines that say CHECK, then: python -m helpers check {name}"
    )
    return 0


def add_notebook(name: str) -> int:
    """Write notebooks/NAME.ipynb from the template, and its catalogue entry; StudyError for a name that will not do."""
    catalogue = load_catalogue()
    if not re.fullmatch(r"\d\d_[a-z0-9]+(_[a-z0-9]+)*", name):
        raise StudyError(
            f"A notebook cannot be called {name!r}: two digits, which say when it runs, and small words, "
            "such as 26_my_question."
        )
    if name[:2] <= "01":
        raise StudyError(
            f"{name} would run before the ledger is written by 01_data_quality: choose a number from 02 on."
        )
    taken = [one for one in catalogue if one[:2] == name[:2] or one[3:] == name[3:]]
    if taken:
        raise StudyError(f"{taken[0]} has that number or topic: choose another than {name}.")
    template = (paths.NOTEBOOKS / "template.ipynb").read_text(encoding="utf-8")
    target = paths.NOTEBOOKS / f"{name}.ipynb"
    target.write_text(template.replace('start(\\"template\\"', f'start(\\"{name}\\"'), encoding="utf-8")
    title = name[3:].replace("_", " ").capitalize()
    entry = f"\n{name}:\n  title: {title}\n  question: What does it answer?\n  tables: [transactions]\n  reads: [ledger]\n"
    with paths.CATALOGUE.open("a", encoding="utf-8") as file:
        file.write(entry)
    print(
        f"Notebook written: {_shown(target)}, with an entry in {_shown(paths.CATALOGUE)}: say there what it answers,"
    )
    print("what it needs, reads and writes, and put its line into the table of notebooks/README.md.")
    return 0


def guess(table: str, columns: list[str]) -> dict[str, str]:
    """For each contract column that a file seems to bring: the file's own. A column serves once; no guess is far."""
    plain = {re.sub(r"[^a-z0-9]", "", column.casefold()): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for column in TABLES[table].columns:
        names = (column.name, *CALLED.get(column.name, ()))
        own = next((plain[key] for name in names if (key := name.replace("_", "")) in plain), None)
        if own and own not in found.values():
            found[column.name] = own
    return found


def _delimiter(path: Path) -> str | None:
    """What separates the columns of a CSV file: the sign that its first line holds most often."""
    if path.suffix == ".parquet":
        return None
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as file:
        first = file.readline().decode("utf-8", errors="replace")
    return max(DELIMITERS, key=first.count)


def _lines(path: Path, delimiter: str | None) -> "ibis.Table":
    from helpers.tables.engine import connect  # noqa: PLC0415 (the engine takes a second to load)
    from helpers.tables.text_files import to_parquet  # noqa: PLC0415

    file = path if path.suffix == ".parquet" else to_parquet(path, TableSpec(delimiter=delimiter))
    return connect().read_parquet(str(file))


def _last_day(lines: "ibis.Table", column: str | None) -> date | None:
    from helpers.tables import values  # noqa: PLC0415

    if column is None:
        return None
    return values.as_time(lines[column], "UTC").date().max().to_pyarrow().as_py()


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[\w./ ~-]*\w", text) and not text[0].isdigit() else f"'{text}'"


def _shown(path: Path) -> str:
    return str(path.relative_to(paths.ROOT)) if path.is_relative_to(paths.ROOT) else str(path)
