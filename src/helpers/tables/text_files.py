"""CSV files: decoded as the study says, split into text columns, and kept as Parquet for the next time."""

import codecs
import csv
import gzip
import hashlib
import os
import tempfile
from pathlib import Path
from typing import IO, cast

import duckdb

from helpers.errors import StudyError
from helpers.tables.engine import cache_folder, forget_unused

BLOCK = 1 << 20
LAYOUT = "1"  # part of the key: raise it when the conversion changes


def to_parquet(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Path:
    """Convert a CSV file (or .csv.gz) to a Parquet file of text columns and return its path in the cache.

    Nothing is guessed: the encoding is UTF-8 and the delimiter a comma unless stated, every value stays the
    text it was. Raises StudyError for an empty file, text that does not decode, a header without names or
    with a name twice, and lines with more or fewer fields than the header.
    """
    delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter) if delimiter is not None else ","
    codec = _codec(path, encoding)
    key = hashlib.sha256(f"{LAYOUT} {codec} {delimiter} ".encode() + _digest(path)).hexdigest()
    target = cache_folder() / f"{key[:40]}.parquet"
    if target.exists():
        target.touch()
        return target
    forget_unused(target.parent)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        text, partial = Path(folder) / "lines.csv", Path(folder) / "lines.parquet"
        _decode(path, text, codec, stated=encoding)
        _convert(path, text, partial, _header(path, text, delimiter), delimiter)
        partial.chmod(0o600)
        os.replace(partial, target)
    return target


def _codec(path: Path, encoding: str | None) -> str:
    try:
        name = codecs.lookup(encoding or "utf-8").name
    except LookupError:
        raise StudyError(
            f"{path.name}: the encoding {encoding!r} is not known; usual ones are utf-8, cp1252 (Windows, "
            "western Europe), cp1258 (Vietnamese), iso8859-15, utf-16. Correct `encoding` in the study file."
        ) from None
    return "utf-8-sig" if name == "utf-8" else name


def _open(path: Path) -> IO[bytes]:
    opened = gzip.open if path.suffix == ".gz" else open
    return cast(IO[bytes], opened(path, "rb"))


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _decode(path: Path, target: Path, codec: str, stated: str | None) -> None:
    """Write the file as UTF-8 with \\n at the ends of lines, in blocks."""
    line = 1
    with _open(path) as source, target.open("w", encoding="utf-8", newline="") as text:
        reader = codecs.getincrementaldecoder(codec)("strict")
        pending = ""
        while True:
            block = source.read(BLOCK)
            try:
                decoded = pending + reader.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise _undecodable(
                    path, line + error.object[: error.start].count(b"\n"), error, stated
                ) from None
            pending = "\r" if block and decoded.endswith("\r") else ""
            decoded = decoded.removesuffix("\r") if pending else decoded
            decoded = decoded.replace("\r\n", "\n").replace("\r", "\n")
            line += decoded.count("\n")
            text.write(decoded)
            if not block:
                break
    if not target.stat().st_size:
        raise StudyError(f"{path.name} is empty: export it again, with a header and at least one row.")


def _undecodable(path: Path, line: int, error: UnicodeDecodeError, stated: str | None) -> StudyError:
    value = error.object[error.start : error.start + 1].hex()
    if stated:
        return StudyError(
            f"{path.name}, line {line}: byte 0x{value} does not exist in the stated encoding {stated!r}. "
            "Correct `encoding` in the study file, for instance `encoding: utf-8`."
        )
    wide = error.object[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return StudyError(
        f"{path.name}, line {line}: byte 0x{value} is not UTF-8, and the study states no encoding. "
        f"Add to the table in the study file: `encoding: {'utf-16' if wide else 'cp1252'}`"
        + ("." if wide else " (Windows, western Europe), or the encoding the export was made with.")
    )


def _header(path: Path, text: Path, delimiter: str) -> list[str]:
    """The names in the first line."""
    with text.open(encoding="utf-8", newline="") as file:
        names = [name.strip() for name in next(csv.reader(file, delimiter=delimiter), [])]
    if len(names) <= 1:
        line = names[0] if names else ""
        better = next((mark for mark in (";", "\t", "|", ",") if mark != delimiter and mark in line), None)
        if better:
            shown = "tab" if better == "\t" else better
            raise StudyError(
                f"{path.name}: the first line holds no {delimiter!r} between its columns, but {shown!r}. "
                f'Add to the table in the study file: `delimiter: "{shown}"`.'
            )
    if "" in names:
        raise StudyError(
            f"{path.name}: column {names.index('') + 1} has no name in the first line; give it one."
        )
    seen = {name.casefold() for name in names}
    if len(seen) < len(names):
        twice = next(name for place, name in enumerate(names) if name.casefold() in _lower(names[:place]))
        raise StudyError(
            f"{path.name}: the column name {twice!r} stands twice in the first line; rename one."
        )
    return names


def _lower(names: list[str]) -> set[str]:
    return {name.casefold() for name in names}


def _convert(path: Path, text: Path, target: Path, names: list[str], delimiter: str) -> None:
    con = duckdb.connect()
    con.execute(f"SET temp_directory = '{_sql(text.parent / 'spill')}'")
    columns = ", ".join(f"'{_sql(name)}': 'VARCHAR'" for name in names)
    try:
        con.execute(
            f"COPY (SELECT * FROM read_csv('{_sql(text)}', auto_detect = false, header = true, "
            f"delim = '{_sql(delimiter)}', quote = '\"', escape = '\"', columns = {{{columns}}}, "
            f"max_line_size = 10000000, store_rejects = true, rejects_limit = 0)) "
            f"TO '{_sql(target)}' (FORMAT parquet)"
        )
        ((bad,),) = con.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchall()
        first = con.execute(
            "SELECT DISTINCT line, csv_line FROM reject_errors ORDER BY line LIMIT 3"
        ).fetchall()
    except duckdb.Error as error:
        raise StudyError(
            f"{path.name} is not a CSV file that can be split into rows ({str(error).splitlines()[0]}). "
            'Check its quotes: a value with a delimiter, quote or line break stands in double quotes ("...").'
        ) from None
    finally:
        con.close()
    if bad:
        shown = "; ".join(f"line {line}: {content.strip()[:60]}" for line, content in first)
        raise StudyError(
            f"{path.name}: {bad:,} lines do not have the {len(names)} fields of the first line ({shown}). "
            "Export again with values in double quotes, or state the `delimiter` that the file uses."
        )


def _sql(value: object) -> str:
    return str(value).replace("'", "''")
