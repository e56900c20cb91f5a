"""What a file says about itself: the settings of its table, proposed with their evidence; nothing is decided here.

The beginning of a file is looked at, not the whole: what a later line breaks is refused when the file is read.
"""

import codecs
import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from helpers.contracts import date_formats, number_formats
from helpers.contracts.proposals import Proposal
from helpers.errors import StudyError
from helpers.study.study import TableSpec
from helpers.tables import (
    contents,
    encodings,
    headers,
    json_rows,
    second_headers,
    second_tables,
    text_files,
    workbooks,
    zones,
)
from helpers.tables.texts import AS_TEXT, MISSING

SAMPLE = 4 << 20  # bytes of a file of text
ROWS = 20_000  # of a workbook, or of JSON
DISTINCT = 2000  # values of a column that are looked at
FEW_WORDS = 0.02  # of a column's different values that may be words where the others are dates or numbers


@dataclass(frozen=True)
class Settings:
    """Settings of a table in a study file, and for each the evidence; `doubts` are those that nothing decides.

    settings: {key: value}; why: {key: sentence}; doubts: {key: the choices, the likeliest first}.
    """

    settings: dict = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, tuple[dict, ...]] = field(default_factory=dict)

    def __or__(self, other: "Settings") -> "Settings":
        return Settings(self.settings | other.settings, self.why | other.why, self.doubts | other.doubts)


@dataclass(frozen=True)
class Layout:
    """How a file is laid out: the settings that read it, and each column's distinct values in its first rows, as text.

    `typed` are the columns of a workbook or a Parquet file that have a type of their own, so that no setting says how their
    numbers are written. `gaps` are the columns that most of these rows leave blank, `titles` what a second header calls
    them.
    """

    found: Settings
    values: dict[str, list[str]]
    gaps: frozenset[str] = frozenset()
    titles: dict[str, str] = field(default_factory=dict)
    typed: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the file's columns."""
        return tuple(self.values)


def layout(path: Path) -> Layout:
    """Return encoding, delimiter, sheet, header row, footer rows and missing names as the file shows them.

    Raises StudyError for what is no table (see `contents.kind_of`); a Parquet file says all of it itself.
    """
    kind = contents.checked_kind(path)
    if kind == contents.PARQUET:
        return Layout(Settings(), {})
    if kind == contents.WORKBOOK:
        return _workbook(path, path)
    with TemporaryDirectory() as folder:
        inner = workbooks.inside(path, Path(folder)) if kind == contents.ZIP else None
        return _workbook(path, inner) if inner else _text(path, kind)


def formats(
    found: Layout, numbers: Iterable[str], times: dict[str, str], today: date | None = None
) -> Settings:
    """Return how values are written: `numbers` are the file's columns read as numbers, `times` is {contract's: file's}.

    Dates of one way become `date_format`, of several `date_formats`; a zone in a column's name becomes `timezones`.
    """
    untyped = [column for column in numbers if column not in found.typed]
    texts = [text for column in untyped for text in _without_words(found.values.get(column, []))]
    proposal = number_formats.propose(texts) if texts else None
    if proposal and found.found.settings.get("delimiter") == ";":  # since a comma is the decimal sign, mostly
        proposal = replace(
            proposal, choices=tuple(sorted(proposal.choices, key=lambda one: one.get("decimal") != ","))
        )
    written = _settings(proposal, "numbers", texts)
    dates = {name: _without_words(found.values.get(column, [])) for name, column in times.items()}
    ways = {
        name: proposal
        for name, values in dates.items()
        if values and (proposal := date_formats.propose(values, today))
    }
    for one in _ways(ways, dates):
        written |= one
    named = {name: zone for name, column in times.items() if (zone := zones.named_in(column))}
    if named:
        said = ", ".join(repr(times[name]) for name in named)
        written |= Settings({"timezones": named}, {"timezones": f"the name of the column {said} says it"})
    return written


def _without_words(values: list[str]) -> list[str]:
    """The values without those that hold no digit, where they are few: the word beside a total, or for nothing."""
    written = [value for value in values if re.search(r"\d", value)]
    return written if len(values) - len(written) <= max(1, FEW_WORDS * len(values)) else values


def _ways(ways: dict[str, Proposal], texts: dict[str, list[str]]) -> Iterable[Settings]:
    """The settings of the dates: where columns differ, each column's format by its name."""
    distinct = {repr(proposal.choices): name for name, proposal in ways.items()}
    if len(distinct) <= 1:
        for name in distinct.values():
            yield _settings(ways[name], "dates", texts[name])
        return
    own = {
        name: proposal.choices[0]["date_format"]
        for name, proposal in ways.items()
        if "date_format" in proposal.choices[0]
    }
    doubtful = {name: proposal.choices for name, proposal in ways.items() if not proposal.certain}
    why = "; ".join(f"{name} like {texts[name][0]!r}" for name in own)
    yield Settings(
        {"date_formats": own},
        {"date_formats": why},
        {f"date_formats of {name}": one for name, one in doubtful.items()},
    )
    if all(proposal.choices[0].get("years") for proposal in ways.values()):
        yield Settings({"years": date_formats.BUDDHIST}, {"years": why})


def _settings(proposal: Proposal | None, what: str, texts: list[str]) -> Settings:
    """A proposal's first choice, with two values as evidence; the others as doubts."""
    if proposal is None or not proposal.choices:
        return Settings()
    chosen = proposal.choices[0]
    examples = " and ".join(repr(text) for text in sorted(texts, key=len)[:: max(len(texts) - 1, 1)][:2])
    why = proposal.why or f"{what} like {examples}"
    doubts = {} if proposal.certain else {key: proposal.choices for one in proposal.choices for key in one}
    return Settings(dict(chosen), dict.fromkeys(chosen, why), doubts)


def _text(path: Path, kind: str) -> Layout:
    with contents.unpacked(path, kind) as stream:
        sample = stream.read(SAMPLE)
        whole = not stream.read(1)
    if kind != contents.TEXT:
        contents.refuse_packed_twice(path, sample)
    encoding = encodings.propose(sample)
    found = _settings(encoding, "text", [])
    if contents.is_json(sample):
        return _json(path, kind, found)
    codec = encoding.choices[0].get("encoding") or encodings.marked_as(sample) or "utf-8"
    text = codecs.getincrementaldecoder(codec)("replace").decode(sample, final=whole)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").splitlines(keepends=True)
    lines = lines if whole or len(lines) < 2 else lines[:-1]
    if lines and any(sign < " " and sign not in "\t\n\x1c\x1d\x1e\x1f" for sign in lines[0]):
        raise StudyError(
            f"{path.name} is no text that can be read as a table: export the table as CSV or .xlsx."
        )
    if not lines:
        raise StudyError(f"{path.name} is empty: export it again, with a header and at least one row.")
    said = headers.SEPARATOR_LINE.match(lines[0].strip("\n"))
    delimiter = said[1] if said else headers.find_delimiter(lines) or ","
    if delimiter != "," and not said:
        shown = "tab" if delimiter == "\t" else delimiter
        found |= Settings(
            {"delimiter": shown}, {"delimiter": f"it parts {' '.join(lines[-1].split())[:40]!r}"}
        )
    reader = csv.reader(lines, delimiter=delimiter)
    rows, begins = [], []
    for row in reader:
        begins.append(reader.line_num - sum(value.count("\n") for value in row))
        rows.append(row)
    headers.refuse_quoted_lines(path, lines)
    place = headers.find_row(rows[1 if said else 0 : headers.SAMPLE_ROWS])
    top = (place or 0) + (1 if said else 0)
    if top > (1 if said else 0):
        found |= _header_row(begins[top], rows[top])
    if place := second_tables.place(rows, top):  # which is refused when the file is read
        rows, whole = rows[:place], False
    return _laid_out(path, found, rows[top], _without_footer(rows, top, whole), rows, top)


def _json(path: Path, kind: str, found: Settings) -> Layout:
    with TemporaryDirectory() as folder:
        text = Path(folder) / "rows.json"
        text_files.decoded(path, kind, TableSpec(**found.settings), text)
        rows = json_rows.first(path, text, ROWS)
    return _laid_out(path, found, rows[0], rows[1:], rows, 0)


def _without_footer(rows: list[list[str]], top: int, whole: bool) -> list[list[str]]:
    """The rows below the header, less those at the end of a file that have fewer fields."""
    body = rows[top + 1 :]
    while whole and body and len(body[-1]) < len(rows[top]):
        body.pop()
    return body


def _is_cut(last: list[str], above: list[str]) -> bool:
    """Whether a last line looks like the row above as far as it goes: the file was cut off there, and has no footer."""
    shapes = [[re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", value)) for value in row] for row in (last, above)]
    return len(last) > 1 and all(last[:-1]) and shapes[0][:-1] == shapes[1][: len(last) - 1]


def _header_row(number: int, row: list[str]) -> Settings:
    names = ", ".join(value for value in row if value)[:60]
    return Settings({"header_row": number}, {"header_row": f"line {number} names the columns: {names}"})


def _laid_out(
    path: Path, found: Settings, header: list[str], body: list[list[str]], rows: list[list[str]], top: int
) -> Layout:
    """The layout with the columns' values, from the header and the rows below it."""
    footer = len([row for row in rows[top + 1 + len(body) :] if any(row)])
    if footer and not (body and _is_cut(rows[-1], body[-1])):
        found |= Settings(
            {"footer_rows": footer}, {"footer_rows": f"the last line is {' '.join(rows[-1])[:40]!r}"}
        )
    names = [headers.cleaned(name) for name in header]
    again, teller = second_headers.rows_and_column(body, len(names))
    titles, body = body[:again], body[again:]
    filled = [
        {re.sub(AS_TEXT, r"\1", value.strip()) for row in body if place < len(row) and (value := row[place])}
        for place in range(len(names))
    ]
    renamed = _renamed(names, filled)
    if renamed:
        found |= Settings(
            {"rename_columns": renamed}, {"rename_columns": "no name, or one that stands twice"}
        )
    names, unnamed = headers.checked(path, names, TableSpec(rename_columns=renamed))
    if again:
        said = f"the {'row' if again == 1 else f'{again} rows'} below the header: names of the columns again"
        found |= Settings({"where": [second_headers.condition(names[teller])]}, {"where": said})
    values = {
        name: [value for value in _spread(sorted(filled[place])) if not re.search(MISSING, value)]
        for place, name in enumerate(names)
        if place not in unnamed
    }
    gaps = {
        name
        for place, name in enumerate(names)
        if sum(place < len(row) and bool(row[place].strip()) for row in body) < 0.5 * len(body)
    }
    said_again = {
        name: title
        for place, name in enumerate(names)
        if (title := second_headers.title(titles, place)) and name in values
    }
    return Layout(found, values, frozenset(gaps), said_again)


def _spread(values: list[str]) -> list[str]:
    """At most DISTINCT of the values in their order, from the first to the last."""
    return values[:: -(-len(values) // DISTINCT)] if values else values


def _renamed(names: list[str], filled: list[set[str]]) -> dict[int, str]:
    """Names for the columns that have values and no name, or a name that stands before."""
    renamed: dict[int, str] = {}
    seen: set[str] = set()
    for place, name in enumerate(names):
        if (not name and filled[place]) or (name and name.casefold() in seen):
            renamed[place + 1] = f"{name or 'column'} {place + 1}"
        seen.add(name.casefold())
    return renamed


def _workbook(path: Path, file: Path) -> Layout:
    contents.refuse_bomb_in(file)
    book = workbooks.opened(path, file)
    sheets = workbooks.sheets_of(book)
    found, name = Settings(), sheets[0] if sheets else workbooks.sheet_of(path, book, None)
    if len(sheets) > 1:
        found = Settings(
            {"sheet": name},
            {"sheet": f"the first of {', '.join(sheets)}"},
            {"sheet": tuple({"sheet": one} for one in sheets)},
        )
    cells = list(islice(workbooks.sheet_named(path, file, book, name).iter_rows(), ROWS))
    rows = [[workbooks.plain(value) for value in row] for row in cells]
    top = headers.find_row(rows[: headers.SAMPLE_ROWS]) or 0
    if top:
        found |= _header_row(top + 1, rows[top])
    if place := second_tables.place(rows, top):
        rows, cells = rows[:place], cells[:place]
    made = _laid_out(path, found, rows[top] if rows else [], rows[top + 1 :], rows, top)
    kinds = [
        {workbooks.kind_of(value) for value in column if value != ""}
        for column in zip(*cells[top + 1 :], strict=True)
    ]
    header = rows[top] if rows else []
    named = [place for place, name in enumerate(header) if headers.cleaned(name) or (kinds and kinds[place])]
    typed = {
        column
        for column, place in zip(made.columns, named, strict=True)
        if kinds and not kinds[place] - {"number", "time", "flag"}
    }
    return replace(made, typed=frozenset(typed))
