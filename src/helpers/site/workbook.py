"""A workbook with the tables of all pages of a run: a sheet per page, numbers as numbers, and never a formula."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from helpers.files import read_json, replace
from helpers.inference.intervals import Interval
from helpers.languages import translated
from helpers.messages import Message, Value, listing, message, verbatim
from helpers.pages import wording
from helpers.pages.groups import agreed, left_out
from helpers.pages.records import decode
from helpers.pages.tables import ABSENT, shown_columns
from helpers.site.recorded_tables import agreement, tables_of
from helpers.site.shell import said
from helpers.study.catalogue import Entry

NAME = "tables.xlsx"
LONGEST_SHEET_NAME = 31  # signs, by the format
FORMATS = {"percent": "0.0%", "percent0": "0%", "count": "#,##0", "money": "#,##0.##", "points": "0.0%"}
WIDEST = 44  # signs of a column
LONGEST_CELL = 32_767  # signs, by the format; what is longer would be left out
NOT_TO_BE_USED = message("workbook.not_to_be_used", "Not to be used, because of {checks}")
MEAN = message("workbook.mean", "{heading}")
LOW = message("workbook.low", "{heading}, low")
HIGH = message("workbook.high", "{heading}, high")


def write(run_dir: Path, pages: Sequence[Entry]) -> Path | None:
    """Write run_dir/tables.xlsx and return it; None where no page has a table.

    pages: the catalogue entries of the run's pages in their order.
    """
    import xlsxwriter  # type: ignore[import-untyped]  # noqa: PLC0415 (not needed to render a page)

    found = {entry: [*tables_of(run_dir / "executed" / f"{entry.notebook}.ipynb")] for entry in pages}
    if not any(found.values()):
        return None

    def fill(partial: Path) -> None:
        # Texts of the data stay texts: nothing that begins with "=" is a formula, no address becomes a link.
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        names = [entry.notebook for entry in pages]
        with xlsxwriter.Workbook(partial, options) as book, agreed(agreement(run_dir, names)):
            for entry, tables in found.items():
                if tables:
                    _sheet(book, entry, tables, _withheld(run_dir, entry.notebook))

    return replace(run_dir / NAME, fill, private=False)


def _withheld(run_dir: Path, notebook: str) -> str:
    """Why a page's tables are not to be used; empty where it answers."""
    page = read_json(run_dir / "artifacts" / notebook / "page.json") or {}
    return wording.say(NOT_TO_BE_USED(checks=listing(page["withheld"]))) if page.get("withheld") else ""


def _sheet(book: Any, entry: Entry, tables: list[Mapping[str, Any]], withheld: str) -> None:
    sheet = book.add_worksheet(entry.notebook[:LONGEST_SHEET_NAME])
    bold, head = (
        book.add_format({"bold": True}),
        book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
    )
    kinds = {kind: book.add_format({"num_format": shown}) for kind, shown in FORMATS.items()}
    sheet.write_string(0, 0, _text(translated(entry.title)), bold)
    sheet.write_string(1, 0, _text(withheld))
    widths: dict[int, int] = {}
    row = 3
    for record in tables:
        sheet.write_string(row, 0, _text(said(record["caption"])), bold)
        columns = [one for column in _columns(record) for one in column]
        for place, (heading, kind, cells) in enumerate(columns):
            sheet.write_string(row + 1, place, _text(heading), head)
            for down, cell in enumerate(cells, start=row + 2):
                if isinstance(cell, int | float) and not isinstance(cell, bool):
                    sheet.write_number(down, place, cell, kinds.get(kind))
                elif cell is not None:
                    sheet.write_string(down, place, _text(str(cell)))
            longest = max((len(str(cell)) for cell in cells if isinstance(cell, str)), default=10)
            widths[place] = min(WIDEST, max(widths.get(place, 12), longest))
        row += 2 + max((len(cells) for _, _, cells in columns), default=0)
        for note in record["notes"]:
            sheet.write_string(row, 0, _text(said(note)))
            row += 1
        row += 1
    for place, width in widths.items():
        sheet.set_column(place, place, width)


def _text(text: str) -> str:
    """A text as a cell can hold it: cut where it is too long, a question mark for half a character."""
    return text.encode("utf-8", "replace").decode("utf-8")[:LONGEST_CELL]


def _columns(record: Mapping[str, Any]) -> Iterator[list[tuple[str, str, list[Any]]]]:
    """Each column as one, or as three where it holds intervals; groups too small to be shown without numbers."""
    few = left_out(record["groups"])
    for column in shown_columns(record):
        cells = [decode(cell) for cell in column["cells"]]
        heading, kind = wording.named(column["heading"]), column["kind"]
        if kind == "money":
            heading = f"{heading} ({record['currency']})"
        if few:
            cells = [ABSENT if out and cell is None else cell for out, cell in zip(few, cells, strict=True)]
        if not any(isinstance(cell, Interval) for cell in cells):
            yield [(heading, kind, [_plain(cell) for cell in cells])]
            continue
        parts = ((MEAN, "mean"), (LOW, "p05"), (HIGH, "p95"))
        yield [
            (
                wording.say(name(heading=verbatim(heading))),
                kind,
                [_plain(getattr(cell, end, cell)) for cell in cells],
            )
            for name, end in parts
        ]


def _plain(cell: Any) -> Any:
    """A number as it is, a missing one as None, anything else as the page says it."""
    if cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)):
        return cell
    if isinstance(cell, Message | Value | list):
        return said(_record(cell))
    return wording.day(cell) if hasattr(cell, "year") else wording.named(str(cell))


def _record(cell: Any) -> Any:
    return cell.record() if isinstance(cell, Message | Value) else wording.say(cell)
