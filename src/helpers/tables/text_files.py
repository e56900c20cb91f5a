"""Files of text and workbooks: read as the study says, and kept as Parquet for the next time."""

import csv
import hashlib
import os
from pathlib import Path

import duckdb

from helpers.errors import StudyError
from helpers.paths import cache_folder, process_folder
from helpers.study.study import TableSpec
from helpers.tables import contents, headers, json_rows, second_tables, workbooks
from helpers.tables.copies import kept
from helpers.tables.encodings import blocks, codec_of
from helpers.tables.engine import shut_in
from helpers.tables.headers import Header
from helpers.tables.texts import AS_TEXT

TRIES = 3  # times that a file is read where somebody writes to it meanwhile
LAYOUT = "4"  # part of the key: raise it when the conversion changes
_IN_KEY: tuple[str, ...] = (
    "encoding",
    "delimiter",
    "quotes",
    "sheet",
    "header_row",
    "footer_rows",
    "rename_columns",
)
_IN_KEY += ("decimal", "thousands", "date_format")  # how a workbook's numbers and dates stand among its texts
HEAD = 4096  # bytes that show a byte order mark, or zeros
WIDE = 5  # delimiters of a row, from which on free text hardly ever has as many in each line
FEW = 10  # as many odd lines at a file's end may be totals
UNCLOSED = (
    "UNQUOTED VALUE",
    "INVALID STATE",
    "LINE SIZE OVER MAXIMUM",
)  # what a quote that stays open is called
PLAIN = (
    "Where quotes are signs as others in this file (inches, titles), add to the table in the study file: `quotes: none`. "
    "Otherwise export it again with the quotes inside values doubled."
)


def to_parquet(path: Path, spec: TableSpec | None = None) -> Path:
    """Convert a file of text (.csv, .csv.gz, .zip), JSON or a workbook (.xlsx) to Parquet and return its path in the cache.

    Nothing is guessed: the encoding is UTF-8 or what a byte order mark says, the delimiter a comma or what a line
    `sep=;` says, unless stated; every value of a text file stays the text it was, and ="007" is the text 007.
    Raises StudyError for a file that is not what it is stated to be, text that does not decode, a header without
    names or with a name twice, and lines with more or fewer fields than the header.
    """
    spec = spec or TableSpec()
    kind = contents.checked_kind(path)
    if kind == contents.PARQUET:
        return path
    try:
        found = next((copy for _ in range(TRIES) if (copy := _copy(path, kind, spec))), None)
    except OSError as error:
        raise StudyError(
            f"{path.name} cannot be converted in {cache_folder()}: {error.strerror or error}."
        ) from None
    if found is None:
        raise StudyError(
            f"{path.name} was written to while it was read, {TRIES} times: run again when the export has ended."
        )
    return found


def _copy(path: Path, kind: str, spec: TableSpec) -> Path | None:
    """The converted copy of what the file holds; None where it was written to or replaced while it was read."""
    stamp, digest = _stamp(path), _digest(path)
    same = True

    def make(partial: Path) -> None:
        nonlocal same
        _convert(path, kind, spec, partial)
        same = (_stamp(path), _digest(path)) == (stamp, digest)

    settings = f"{LAYOUT} {[getattr(spec, name) for name in _IN_KEY]} "
    found = kept(hashlib.sha256(settings.encode() + digest).hexdigest(), make)
    if not same:
        found.unlink()
    return found if same else None


def joined(file: Path, parts: list[Path], copies: list[Path]) -> Path:
    """Return the Parquet file that holds the rows of several, one after the other; `parts` are the files they come from.

    Columns are joined by name; one that a file lacks is blank in its rows. Raises StudyError where types differ.
    """
    if len(copies) == 1:
        return copies[0]
    con = duckdb.connect()
    con.execute(f"SET temp_directory = '{_sql(process_folder() / 'spill')}'")
    shut_in(con, *{copy.parent for copy in copies}, cache_folder())
    columns = [_types(con, copy) for copy in copies]
    for place, (part, own) in enumerate(zip(parts, columns, strict=True)):
        for earlier in range(place):
            headers.refuse_differing(file, (parts[earlier], columns[earlier]), (part, own))
    listed = ", ".join(f"'{_sql(copy)}'" for copy in copies)
    rows = f"FROM read_parquet([{listed}], union_by_name = true)"
    key = hashlib.sha256(b"joined " + b"".join(map(_digest, copies))).hexdigest()
    target = kept(key, lambda partial: con.execute(f"COPY ({rows}) TO '{_sql(partial)}' (FORMAT parquet)"))
    con.close()
    return target


def _types(con: duckdb.DuckDBPyConnection, copy: Path) -> dict[str, str]:
    rows = con.execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM '{_sql(copy)}')").fetchall()
    return dict(rows)


def _convert(path: Path, kind: str, spec: TableSpec, target: Path) -> None:
    if kind == contents.WORKBOOK:
        workbooks.to_parquet(path, path, spec, target)
        return
    if kind == contents.ZIP and (inner := workbooks.inside(path, target.parent)):
        workbooks.to_parquet(path, inner, spec, target)
        return
    if spec.sheet:
        raise StudyError(f"{path.name} is text and has no sheets: remove `sheet` from the study file.")
    text = target.with_name("lines.csv")
    lines, has_formulas = decoded(path, kind, spec, text)
    if json_rows.are_in(text):
        json_rows.to_parquet(path, text, spec, target)
        return
    header = headers.read(path, text, spec)
    if spec.footer_rows:
        lines -= headers.cut_footer(text, spec.footer_rows)
    second_tables.refuse_below(path, text, header, quotes=not spec.quotes)
    values = f"regexp_replace(COLUMNS(*), '{AS_TEXT}', '\\1', 's')" if has_formulas else "*"
    _split(path, text, target, header, lines, values, spec.quotes)


def _stamp(path: Path) -> tuple[int, ...]:
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def decoded(path: Path, kind: str, spec: TableSpec, target: Path) -> tuple[int, bool]:
    """Write the file as UTF-8 with \\n at the ends of lines, in blocks; return how many, and whether ="a" may be there."""
    lines, has_formulas = 0, False
    with contents.unpacked(path, kind) as stream, target.open("w", encoding="utf-8", newline="") as text:
        with contents.unpacked(path, kind) as beginning:
            head = beginning.read(HEAD)
        if kind != contents.TEXT:
            contents.refuse_packed_twice(path, head)
        for block in blocks(stream, path, codec_of(path, head, spec.encoding), spec.encoding):
            text.write(block)
            lines += block.count("\n")
            has_formulas = has_formulas or '="' in block
    if not target.stat().st_size:
        raise StudyError(f"{path.name} is empty: export it again, with a header and at least one row.")
    return lines, has_formulas


def _split(
    path: Path, text: Path, target: Path, header: Header, lines: int, values: str, quotes: str | None
) -> None:
    """Write the rows as Parquet; columns without a name that hold nothing are left out."""
    con = duckdb.connect()
    con.execute(f"SET temp_directory = '{_sql(text.parent / 'spill')}'")
    shut_in(con, text.parent)
    columns = ", ".join(f"'{_sql(name)}': 'VARCHAR'" for name in header.names)
    quote = "" if quotes else '"'
    rows = (
        f"SELECT {values} FROM read_csv('{_sql(text)}', auto_detect = false, header = true, skip = {header.skipped}, "
        f"delim = '{_sql(header.delimiter)}', quote = '{quote}', escape = '{quote}', columns = {{{columns}}}, "
        f"max_line_size = 10000000, store_rejects = true, rejects_limit = 0)"
    )
    try:
        con.execute(f"COPY ({rows}) TO '{_sql(target)}' (FORMAT parquet)")
        bad = con.execute(
            "SELECT line, any_value(csv_line), any_value(error_type)::VARCHAR FROM reject_errors GROUP BY line ORDER BY line"
        ).fetchall()
        if not bad:
            _refuse_swallowed(con, path, target, header, lines)
            _drop_unnamed(con, path, target, header)
    except (duckdb.IOException, duckdb.OutOfMemoryException):  # the disk, and not the file
        raise
    except duckdb.Error as error:
        raise StudyError(
            f"{path.name} is not a CSV file that can be split into rows ({str(error).splitlines()[0]}). "
            'Check its quotes: a value with a delimiter, quote or line break stands in double quotes ("...").'
        ) from None
    finally:
        con.close()
    if bad:
        begun = list(csv.reader([text or "" for _, text, _ in bad[:4]], delimiter=header.delimiter))
        if found := second_tables.names(begun, header.names):
            above, rest = bad[0][0] - 1, lines - bad[0][0] + 1
            raise second_tables.refused(path, above, begun, found, rest)
        raise StudyError(_bad_lines(path, header, bad, lines))


def _refuse_swallowed(
    con: duckdb.DuckDBPyConnection, path: Path, target: Path, header: Header, lines: int
) -> None:
    """StudyError where a value between two stray quotes holds whole lines of the file: their rows would be lost.

    Its first line has as many delimiters as the rest of a row, its last one as many as the beginning of one.
    """
    (count,) = con.execute(f"SELECT count(*) FROM '{_sql(target)}'").fetchone() or (0,)
    last = len(header.names) - 1
    if count >= lines - header.skipped - 1 or last < 2:
        return
    mark, found = _sql(header.delimiter), []
    for place, name in enumerate(header.names):
        pieces = f"string_split({_name(name)}, chr(10))"
        marks = (
            f"list_transform({pieces}, lambda piece: length(piece) - length(replace(piece, '{mark}', '')))"
        )
        found += con.execute(
            f"SELECT {_name(name)}, len(marks) - 1 FROM (SELECT {_name(name)}, {marks} AS marks FROM '{_sql(target)}' "
            f"WHERE contains({_name(name)}, chr(10))) WHERE len(marks) > 1 AND "
            f"((marks[1] = {last - place} AND marks[-1] = {place}) OR "
            f"({last} >= {WIDE} AND list_sum(marks) >= {last} * (len(marks) - 1)))"
        ).fetchall()
    if found:
        taken, first = sum(lines_in for _, lines_in in found), " ".join(found[0][0].split())[:60]
        raise StudyError(
            f"{path.name}: between two double quotes stand lines that begin as rows, {taken:,} in all ({first!r}): they "
            f"would be part of one value, and lost. {PLAIN}"
        )


def _drop_unnamed(con: duckdb.DuckDBPyConnection, path: Path, target: Path, header: Header) -> None:
    """Leave out the columns without a name, which trailing delimiters make; StudyError where one holds values."""
    for place in header.unnamed:
        name = header.names[place]
        held = con.execute(
            f"SELECT DISTINCT trim({_name(name)}) AS held FROM '{_sql(target)}' WHERE trim({_name(name)}) <> '' LIMIT 2"
        ).fetchall()
        if held:
            raise StudyError(headers.no_name(path, place, [one for (one,) in held]))
    if header.unnamed:
        dropped = ", ".join(_name(header.names[place]) for place in header.unnamed)
        rest = target.with_name("named.parquet")
        con.execute(
            f"COPY (SELECT * EXCLUDE ({dropped}) FROM '{_sql(target)}') TO '{_sql(rest)}' (FORMAT parquet)"
        )
        os.replace(rest, target)


def _bad_lines(path: Path, header: Header, bad: list[tuple], lines: int) -> str:
    width = len(header.names) - len(header.unnamed)
    shown = "; ".join(
        f"line {line}: {' '.join((text or '').split())[:60]}".strip(": ") for line, text, _ in bad[:3]
    )
    count = f"{len(bad):,} line{'s do' if len(bad) != 1 else ' does'} not have the {width} fields of the header ({shown})."
    opened = next((line for line, _, kind in bad if kind in UNCLOSED), None)
    after = lines - bad[0][0] + 1
    if len(bad) <= FEW and after <= (len(bad) + 1 if opened is None else 1):
        return (
            f"{path.name}: {count} They are the last ones: if they are totals or notes, add to the table in the study file: "
            f"`footer_rows: {max(after, len(bad))}`. If the file was cut off there, export it again."
        )
    if opened is not None:
        return f"{path.name}: {count} A double quote in line {opened} opens a value that does not end as one. {PLAIN}"
    return f"{path.name}: {count} Export again with values in double quotes, or state the `delimiter` that the file uses."


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sql(value: object) -> str:
    return str(value).replace("'", "''")
