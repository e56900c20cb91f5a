"""Workbooks (.xlsx): one sheet as Parquet, numbers and dates with their types, and what would be lost in silence refused."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import python_calamine as calamine
from pyarrow import parquet

from helpers.contracts.proposals import line
from helpers.errors import StudyError
from helpers.study.study import TableSpec
from helpers.tables import contents, headers, second_tables

ROWS_AT_ONCE = 50_000
BOOKS = (".xlsx", ".xlsm")
MOST_CELLS, SPARSE = (
    20_000_000,
    100,
)  # of the area from A1 to the last cell; and how many of its places for one that is filled
TYPES = {"number": pa.float64(), "time": pa.timestamp("us"), "flag": pa.bool_(), "text": pa.string()}
_CELL = re.compile(rb"<row\b([^>]*?)/?>|<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.S)
_FILLED = re.compile(rb'<c\b[^>]*\br="([A-Z]{1,4})(\d{1,9})"[^>]*>(?=<[vfi])')
_PLACE = re.compile(rb'\br="([A-Z]*)(\d+)"')
_HIDDEN = re.compile(rb'<row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*\br="(\d+)"[^>]*>\s*<c\b')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def inside(path: Path, folder: Path) -> Path | None:
    """The workbook that a zip archive of one file holds, unpacked into `folder`; None where it holds something else."""
    with zipfile.ZipFile(path) as archive:
        member = contents.only_member(archive, path)
        if not member.filename.lower().endswith((".xlsx", ".xlsm")):
            return None
        target = folder / "inside.xlsx"
        with contents.unpacked(path, contents.ZIP) as stream, target.open("wb") as file:
            while block := stream.read(1 << 20):
                file.write(block)
    contents.checked_kind(target)
    return target


def to_parquet(path: Path, file: Path, spec: TableSpec, target: Path) -> None:
    """Write one sheet of a workbook as Parquet; `path` is what the reader knows it as, `file` where it lies.

    A column of numbers alone is a float64, of dates alone a timestamp; in any other the values are text, numbers and
    dates among them written as the study says. Formulas give their last result. Raises StudyError for a sheet that is
    not there or not stated, merged cells among the rows, and formulas whose results the file does not hold.
    """
    contents.refuse_bomb_in(file)
    book = opened(path, file)
    sheet = sheet_named(path, file, book, sheet_of(path, book, spec.sheet))
    top = spec.header_row - 1
    if not sheet.end or sheet.end[0] < top:
        raise StudyError(
            f"{path.name}, sheet {sheet.name}: there is no row {top + 1}. Correct `header_row` in the study file."
        )
    first = _rows(sheet, 0, top + headers.SAMPLE_ROWS)
    found = headers.find_row([[plain(value) for value in row] for row in first])
    if found is not None and found > top:
        named = [[plain(value) for value in first[place]] for place in (top, found)]
        headers.refuse_row(path, f"row {top + 1}", named[0], f"row {found + 1}", named[1], found + 1)
    names, unnamed = headers.checked(path, [plain(value) for value in first[top]], spec)
    _refuse_merged(path, sheet, top)
    errors = _errors_of(path, file, sheet.name)
    last = _last_row(path, sheet, top, spec.footer_rows, names)
    kinds = _kinds(sheet, top + 1, last, len(names), errors)
    for place in unnamed:
        if kinds[place]:
            held = [plain(row[place]) for row in _rows(sheet, top + 1, last + 1) if row[place] != ""]
            raise StudyError(headers.no_name(path, place, held[:2]))
    kept = [place for place in range(len(names)) if place not in unnamed]
    schema = pa.schema([(names[place], TYPES[_kind(kinds[place])]) for place in kept])
    with parquet.ParquetWriter(target, schema) as writer:
        for batch in _batches(sheet, top + 1, last, errors):
            columns = [_column(batch, place, schema.field(n).type, spec) for n, place in enumerate(kept)]
            writer.write_batch(pa.record_batch(columns, schema=schema))


def hidden_rows(paths: list[Path], spec: TableSpec | None) -> dict[str, list[int]]:
    """Return {file: places of its rows, from 1 below the header, that the sheet does not show}, of workbooks alone."""
    books = {path: _hidden_in(path, spec or TableSpec()) for path in paths if path.suffix.lower() in BOOKS}
    return {path.name: places for path, places in books.items() if places}


def _hidden_in(path: Path, spec: TableSpec) -> list[int]:
    xml = _xml_of(path, sheet_of(path, opened(path, path), spec.sheet)) or b""
    if b"hidden=" not in xml:
        return []
    return [place for found in _HIDDEN.finditer(xml) if (place := int(found[1]) - spec.header_row) > 0]


def unread_sheets(paths: list[Path], spec: TableSpec | None) -> dict[str, int]:
    """Return {name: rows} of the sheets that can be seen, are not read, and have the same columns as the one that is."""
    books = [path for path in paths if path.suffix.lower() in BOOKS]
    return {name: rows for path in books for name, rows in _unread_in(path, spec).items()}


def _unread_in(path: Path, spec: TableSpec | None) -> dict[str, int]:
    book = opened(path, path)
    seen = sheets_of(book)
    if len(seen) < 2:
        return {}
    own = sheet_of(path, book, spec.sheet if spec else None)
    columns = {name: _columns_of(book.get_sheet_by_name(name)) for name in (own, *seen)}
    wanted = columns[own][0]
    return {name: rows for name, (names, rows) in columns.items() if name != own and names == wanted and rows}


def _columns_of(sheet: calamine.CalamineSheet) -> tuple[frozenset[str], int]:
    """The names of a sheet's columns, and the number of rows below them."""
    first = [[plain(value) for value in row] for row in _rows(sheet, 0, headers.SAMPLE_ROWS)]
    top = headers.find_row(first)
    if top is None or not sheet.end:
        return frozenset(), 0
    return frozenset(filter(None, map(headers.cleaned, first[top]))), sheet.end[0] - top


def sheets_of(book: calamine.CalamineWorkbook) -> list[str]:
    """The names of the sheets that can be seen."""
    kinds = (calamine.SheetVisibleEnum.Visible, calamine.SheetTypeEnum.WorkSheet)
    return [one.name for one in book.sheets_metadata if (one.visible, one.typ) == kinds]


def sheet_of(path: Path, book: calamine.CalamineWorkbook, stated: str | None) -> str:
    """The name of the sheet to read: the stated one, or the only one that can be seen."""
    sheets = [one.name for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]
    seen = sheets_of(book)
    if stated in sheets:
        return stated
    if stated is None and len(seen) == 1:
        return seen[0]
    shown = ", ".join(name if name in seen else f"{name} (hidden)" for name in sheets) or "no sheet"
    if stated is None and seen:
        lines = " or ".join(line({"sheet": name}) for name in seen[:5])
        raise StudyError(f"{path.name} has the sheets {shown}. Say which one is the table: {lines}.")
    raise StudyError(
        f"{path.name} has no sheet {stated or 'that can be seen'}; it has {shown}. Correct `sheet` in the study file."
    )


def sheet_named(path: Path, file: Path, book: calamine.CalamineWorkbook, name: str) -> calamine.CalamineSheet:
    """Open a sheet; StudyError where a stray cell far out makes its area larger than the memory holds."""
    count, last, far, rows, columns = 0, 0, (0, 0), 0, 0
    for found in _FILLED.finditer(_xml_of(file, name) or b""):
        row, column = int(found[2]), _number(found[1]) + 1
        count, rows, columns = count + 1, max(rows, row), max(columns, column)
        if row * column > last:
            last, far = row * column, (row - 1, column - 1)
    if rows * columns > max(MOST_CELLS, SPARSE * count):
        raise StudyError(
            f"{path.name}, sheet {name}: {count:,} filled cells lie in {rows:,} rows and {columns:,} columns, the "
            f"last at {_cell(*far)}: delete what stands far away from the table in the spreadsheet, and save it again."
        )
    return book.get_sheet_by_name(name)


def opened(path: Path, file: Path) -> calamine.CalamineWorkbook:
    """Open a workbook; StudyError where it is locked or damaged. `path` is what the reader knows it as."""
    try:
        return calamine.CalamineWorkbook.from_path(str(file))
    except calamine.PasswordError:
        raise StudyError(f"{path.name} is locked with a password: save it without one.") from None
    except calamine.CalamineError as error:
        raise StudyError(
            f"{path.name} is a damaged workbook ({error}): open it in the spreadsheet and save it again."
        ) from None


def _rows(sheet: calamine.CalamineSheet, begin: int, end: int | None = None) -> list[list]:
    """Rows of a sheet as lists, by their places from 0 at its top."""
    return list(_each(sheet, begin, end))


def _each(sheet: calamine.CalamineSheet, begin: int, end: int | None = None) -> Iterator[list]:
    for place, row in enumerate(sheet.iter_rows()):
        if end is not None and place >= end:
            return
        if place >= begin:
            yield row


def _last_row(path: Path, sheet: calamine.CalamineSheet, top: int, footer_rows: int, names: list[str]) -> int:
    """The place of the last row that holds anything and is no footer; StudyError where another table stands above it."""
    filled = [
        place
        for place, row in enumerate(_each(sheet, top + 1), start=top + 1)
        if any(value != "" for value in row)
    ]
    kept = filled[: len(filled) - footer_rows]
    gaps = [number for number, (before, after) in enumerate(pairwise([top, *kept])) if after > before + 1]
    for number in gaps[: second_tables.TITLES]:
        begin = kept[number]
        rows = [
            [plain(value) for value in row] for row in _rows(sheet, begin, begin + second_tables.TITLES + 2)
        ]
        if found := second_tables.names(rows, names):
            raise second_tables.refused(path, begin, rows, found, len(filled) - number)
    return kept[-1] if kept else top


def _kinds(sheet: calamine.CalamineSheet, begin: int, last: int, width: int, errors: dict) -> list[set[str]]:
    kinds: list[set[str]] = [set() for _ in range(width)]
    for number, row in enumerate(_each(sheet, begin, last + 1), start=begin):
        for place, value in enumerate(row):
            if value != "":
                kinds[place].add(kind_of(value))
            elif (number, place) in errors:
                kinds[place].add("text")
    return kinds


def kind_of(value: object) -> str:
    """What a cell holds: flag, number, time or text."""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    return "time" if isinstance(value, date) else "text"


def _kind(kinds: set[str]) -> str:
    return next(iter(kinds)) if len(kinds) == 1 else "text"


def _batches(sheet: calamine.CalamineSheet, begin: int, last: int, errors: dict) -> Iterator[list[list]]:
    """The rows, with the errors that stand in cells as text."""
    batch = []
    for number, row in enumerate(_each(sheet, begin, last + 1), start=begin):
        shown = [errors.get((number, place), value) for place, value in enumerate(row)] if errors else row
        batch.append(shown)
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _column(batch: list[list], place: int, kind: pa.DataType, spec: TableSpec) -> pa.Array:
    values = [None if row[place] == "" else row[place] for row in batch]
    if kind == pa.string():
        values = [value if value is None else _written(value, spec) for value in values]
    elif kind == pa.timestamp("us"):
        values = [datetime.combine(value, time()) if type(value) is date else value for value in values]
    return pa.array(values, kind)


def plain(value: object) -> str:
    """A cell as text: numbers with a point, dates in ISO."""
    return _written(value, TableSpec())


def _written(value: object, spec: TableSpec) -> str:
    """A cell of a column of several kinds as the study says that text in it is written."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        text = str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(value)
        return text.replace(".", spec.decimal or ("," if spec.thousands == "." else "."))
    if isinstance(value, date) and spec.date_format and "%" in spec.date_format:
        return value.strftime(spec.date_format)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return str(value)


# ---- what the reader of workbooks leaves out without a word
def _refuse_merged(path: Path, sheet: calamine.CalamineSheet, top: int) -> None:
    among = [span for span in sheet.merged_cell_ranges or [] if span[1][0] >= top]
    if among:
        shown = ", ".join(f"{_cell(*start)}:{_cell(*end)}" for start, end in among[:3])
        raise StudyError(
            f"{path.name}, sheet {sheet.name}: {len(among):,} merged cells lie in the table ({shown}); only the first "
            "cell of each holds its value. Unmerge them in the spreadsheet, fill their values down, and save again."
        )


def _cell(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _errors_of(path: Path, file: Path, sheet: str) -> dict[tuple[int, int], str]:
    """The errors that stand in cells (#DIV/0!) by their places; StudyError for formulas without their results."""
    xml = _xml_of(file, sheet)
    if xml is None or (b"<f" not in xml and b't="e"' not in xml):
        return {}
    errors, empty = {}, []
    row, column = -1, -1
    for match in _CELL.finditer(xml):
        place = _PLACE.search(match[1] if match[1] is not None else match[2])
        if match[1] is not None:
            row, column = int(place[2]) - 1 if place else row + 1, -1
            continue
        column = _number(place[1]) if place else column + 1
        held = match[3] or b""
        value = re.search(rb"<v[^>]*>(.*?)</v>", held, re.S)
        if b"<f" in held and not (value and value[1]) and b"<is>" not in held and b't="str"' not in match[2]:
            empty.append(_cell(row, column))
        elif b't="e"' in match[2] and value:
            errors[row, column] = value[1].decode()
    if empty:
        raise StudyError(
            f"{path.name}, sheet {sheet}: {len(empty):,} formulas have no result in the file (first {empty[0]}), as "
            "programs write that do not calculate: open it in the spreadsheet and save it again."
        )
    return errors


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _xml_of(file: Path, sheet: str) -> bytes | None:
    """The XML of a sheet, by its name; None where the workbook's parts do not say."""
    with zipfile.ZipFile(file) as archive:
        try:
            book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
            relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
            ids = [
                one.get(_RELATION)
                for one in book.iter()
                if one.tag.endswith("}sheet") and one.get("name") == sheet
            ]
            target = next(one.get("Target", "") for one in relations if one.get("Id") == ids[0])
            return archive.read(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
        except (KeyError, IndexError, StopIteration, ElementTree.ParseError):
            return None
