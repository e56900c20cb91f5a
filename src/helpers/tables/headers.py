"""The names of a table's columns: which line holds them, what is mended in them, and what is refused."""

import csv
import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from helpers.contracts.proposals import line
from helpers.errors import StudyError
from helpers.study.study import TableSpec

SEPARATOR_LINE = re.compile(
    r'^"?sep=(.)"?$', re.I
)  # what spreadsheets write above a CSV file to say its delimiter
DELIMITERS = (";", "\t", "|", ",", "^")
SAMPLE_ROWS = 50
ALIKE = 0.5  # share of the lines that a delimiter parts alike; titles and totals are others
WIDE = 4  # a header of so many names may lack one, or say one twice
MOST_COLUMNS = 5_000  # periods of a wide panel: days of thirteen years
TAIL = 1 << 20  # bytes at the end that hold the footer
UNNAMED = "column {}"
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")


@dataclass(frozen=True)
class Header:
    """The columns' names, the places (from 0) of those without one, the delimiter, and the lines above the names."""

    names: list[str]
    unnamed: list[int]
    delimiter: str
    skipped: int


def read(path: Path, text: Path, spec: TableSpec) -> Header:
    """Return the header of a decoded file of text; StudyError with the line to add where it is not as stated."""
    with text.open(encoding="utf-8", newline="") as file:
        lines = list(islice(file, spec.header_row + 5 * SAMPLE_ROWS))
    said = SEPARATOR_LINE.match(lines[0].strip("\n"))
    delimiter = _delimiter(path, spec, said[1] if said else None)
    skipped = max(spec.header_row - 1, 1 if said else 0)
    if spec.quotes:
        reader = csv.reader(lines[skipped:], delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(lines[skipped:], delimiter=delimiter)
    rows = list(islice(reader, SAMPLE_ROWS))
    if not rows:
        raise StudyError(f"{path.name} has no line {skipped + 1}: correct `header_row` in the study file.")
    if len(rows[0]) <= 1:
        refuse_quoted_lines(path, lines[skipped:])
        _refuse_other_delimiter(path, lines[skipped:], delimiter)
    _refuse_title(path, lines, skipped, delimiter)
    if not any(name.strip() for name in rows[0]):
        raise StudyError(
            f"{path.name}: line {skipped + 1}, which is to name the columns, is blank, and no line below it does: export it "
            "again, or state `header_row`, the number of the line that names them."
        )
    names = list(rows[0])
    widths = {len(row) for row in rows[1:] if any(value.strip() for value in row)}
    if (
        widths
        and min(widths) > len(names)
        and not any("".join(row[len(names) :]).strip() for row in rows[1:])
    ):
        names += [""] * (min(widths) - len(names))  # every row ends with delimiters that the header lacks
    names, unnamed = checked(path, names, spec)
    return Header(names, unnamed, delimiter, skipped)


def refuse_too_wide(path: Path, columns: int) -> None:
    """Refuse a table of so many columns that reading it would not end."""
    if columns > MOST_COLUMNS:
        raise StudyError(
            f"{path.name} has {columns:,} columns, and {MOST_COLUMNS:,} are read: export those that the study names, or a "
            "row for each unit and period."
        )


def cleaned(name: str) -> str:
    """A column's name in composed form, without line breaks, outer blanks and marks that cannot be seen."""
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", name)).split())


def checked(path: Path, names: list[str], spec: TableSpec) -> tuple[list[str], list[int]]:
    """The names, cleaned and renamed as the study says, and the places of those without one; none may stand twice."""
    names = [cleaned(name) for name in names]
    refuse_too_wide(path, sum(map(bool, names)))
    for place, name in spec.rename_columns.items():
        if place > len(names):
            raise StudyError(f"{path.name} has {len(names)} columns; `rename_columns` names column {place}.")
        names[place - 1] = cleaned(name)
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        first = seen.setdefault(name.casefold(), place)
        if name and first != place:
            same = (
                f"{name!r} stands twice"
                if names[first] == name
                else f"{names[first]!r} and {name!r} differ in capitals only"
            )
            raise StudyError(
                f"{path.name}: the column name {same} in the header (columns {first + 1} and {place + 1}). Add to the table "
                f"in the study file: {line({'rename_columns': {place + 1: f'{name} 2'}})}, or another name."
            )
    unnamed = [place for place, name in enumerate(names) if not name]
    for place in unnamed:
        names[place] = next(
            new
            for mark in ("", "_", "__")
            if (new := UNNAMED.format(place + 1) + mark).casefold() not in seen
        )
    return names, unnamed


def refuse_differing(file: Path, first: tuple[Path, dict], other: tuple[Path, dict]) -> None:
    """Refuse files of one table with a column of two types; each is its path and {column: type}."""
    (_, columns), (_, others) = first, other
    changed = next((name for name in columns if columns[name] != others.get(name, columns[name])), None)
    if changed:
        kinds = {"DOUBLE": "numbers", "VARCHAR": "text", "BOOLEAN": "true and false", "TIMESTAMP": "dates"}
        said = [
            f"{kinds.get(types[changed], types[changed])} in {path.name}" for path, types in (first, other)
        ]
        raise StudyError(
            f"{file.name}: column {changed} holds {' and '.join(said)}. Give its cells one format in the spreadsheet, or "
            "export as CSV."
        )


def no_name(path: Path, place: int, held: list[str]) -> str:
    """The sentence that refuses a column without a name that holds values."""
    shown = ", ".join(repr(value[:30]) for value in held)
    return (
        f"{path.name}: column {place + 1} has no name in the header, and holds values such as {shown}. Add to the table in "
        f"the study file: `rename_columns: {{{place + 1}: A_NAME}}`, with a name of your choice."
    )


def find_row(rows: list[list[str]]) -> int | None:
    """The place (from 0) of the row that names the columns: the first as wide as the data, of texts without digits alone.

    None where no row is.
    """
    filled = [sum(1 for value in row if value.strip()) for row in rows]
    wide = [count for count in filled if count > 1]
    if not wide:
        return None
    usual = max(set(wide), key=lambda count: (wide.count(count), count))
    for place, row in enumerate(rows[:-1]):
        values = [value.strip() for value in row if value.strip()]
        is_text = not any(re.fullmatch(r"[\d.,:/ +-]+", value) for value in values)
        is_wide = filled[place] >= (usual if usual < WIDE else usual - 1)
        if is_wide and is_text and len(set(values)) >= 0.75 * len(values):
            return place
    return None


def cut_footer(text: Path, rows: int) -> int:
    """Take the last `rows` lines that are not blank off a file of text; return how many lines went in all."""
    with text.open("rb+") as file:
        end, size = file.seek(0, 2), TAIL
        while True:
            start = max(0, end - size)
            file.seek(start)
            tail = file.read()
            kept = tail.rstrip(b"\n")
            for _ in range(rows):
                kept = kept.rpartition(b"\n")[0].rstrip(b"\n")
            if kept or not start:
                break
            size *= 8  # the footer is longer
        file.truncate(start + len(kept) + 1)
    return tail[len(kept) + 1 :].count(b"\n")


def _delimiter(path: Path, spec: TableSpec, said: str | None) -> str:
    stated = {"tab": "\t", "\\t": "\t"}.get(spec.delimiter or "", spec.delimiter)
    if said and stated and said != stated:
        raise StudyError(
            f"{path.name} says sep={said} in its first line, and the study file {line({'delimiter': spec.delimiter})}: "
            f"remove the latter, or write {line({'delimiter': said})}."
        )
    return stated or said or ","


def find_delimiter(lines: list[str]) -> str | None:
    """The sign that stands as often in nearly every line, outside quotes; the most frequent one, None where none does."""
    best, most = None, 0.0
    for mark in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines[:SAMPLE_ROWS], delimiter=mark) if row]
        usual = max(set(widths), key=widths.count) if widths else 1
        share = widths.count(usual) / max(len(widths), 1)
        if usual > 1 and share >= ALIKE and usual * share > most:
            best, most = mark, usual * share
    return best


def refuse_quoted_lines(path: Path, lines: list[str]) -> None:
    """Refuse a file whose lines each stand in double quotes as a whole, so that they are one column."""
    seen = [line.strip() for line in lines[:SAMPLE_ROWS] if line.strip()]
    whole = len(seen) > 1 and all(re.fullmatch('"[^"]+"', line) for line in seen)
    lines = [line[1:-1] + "\n" for line in seen]
    found = find_delimiter(lines) if whole else None
    if found:
        raise StudyError(
            f'{path.name}: each line stands in double quotes as a whole, such as "{" ".join(lines[1].split())[:60]}", and '
            "is one value. Remove the quotes at the beginning and end of each line in a text editor, or export it again."
        )


def _refuse_other_delimiter(path: Path, lines: list[str], delimiter: str) -> None:
    """Refuse a header of one name where another sign parts the columns."""
    found = find_delimiter(lines) or next((mark for mark in DELIMITERS if mark in lines[0]), None)
    if found and found != delimiter:
        shown = "tab" if found == "\t" else found
        raise StudyError(
            f"{path.name}: the header holds no {delimiter!r} between its columns, but {shown!r} stands there. "
            f'Add to the table in the study file: `delimiter: "{shown}"`.'
        )


def _refuse_title(path: Path, lines: list[str], skipped: int, delimiter: str) -> None:
    """Refuse a header line that is a title or note where a later line names the columns."""
    reader = csv.reader(lines, delimiter=delimiter)
    records, begins = [], []
    for row in reader:
        begins.append(reader.line_num - sum(value.count("\n") for value in row))
        records.append(row)
    place = next((place for place, begin in enumerate(begins) if begin == skipped + 1), None)
    found = find_row(records)
    if place is None or found is None or found <= place:
        return
    refuse_row(
        path, f"line {skipped + 1}", records[place], f"line {begins[found]}", records[found], begins[found]
    )


def refuse_row(path: Path, here: str, row: list[str], there: str, better: list[str], header_row: int) -> None:
    """Refuse a row as the header where it names fewer columns than a later one, which `find_row` found."""
    said, names = ([value.strip() for value in one if value.strip()] for one in (row, better))
    if len(said) < len(names):
        raise StudyError(
            f"{path.name}: {here} ({', '.join(said)[:60] or 'blank'}) does not name the columns; {there} does "
            f"({', '.join(names)[:120]}). Add to the table in the study file: `header_row: {header_row}`."
        )
