"""What a file is by its first bytes, and its bytes unpacked: plain, gzip, or a zip archive of one file."""

import gzip
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from helpers.errors import StudyError

TEXT, JSON, WORKBOOK, PARQUET, GZIP, ZIP = "text", "json", "workbook", "parquet", "gzip", "zip"
# Beyond this size, what unpacks to this many times its packed size is no table: CSV packs to a tenth, seldom a fiftieth.
LARGE, RATIO = 256 << 20, 200
_CALLED = {
    TEXT: ("a text file", ".csv"),
    JSON: ("JSON", ".json"),
    WORKBOOK: ("a workbook", ".xlsx"),
    PARQUET: ("a Parquet file", ".parquet"),
    GZIP: ("a gzip file", ".csv.gz"),
    ZIP: ("a zip archive", ".zip"),
}
_ENDINGS = {".parquet": PARQUET, ".gz": GZIP, ".zip": ZIP, ".xlsx": WORKBOOK, ".xlsm": WORKBOOK}
_ENDINGS |= dict.fromkeys((".json", ".jsonl", ".ndjson"), JSON)
TO_CSV = "open it in that program and export the table as CSV"
_NO_TABLE = {  # first bytes: what it is, the way out
    b"\xd0\xcf\x11\xe0": (
        "an old or a locked workbook",
        "open it in the spreadsheet and save it as .xlsx without a password",
    ),
    b"%PDF": ("a PDF", "export the table as CSV or .xlsx"),
    b"BZh": ("packed with bzip2", "unpack it, or pack it with gzip"),
    b"\xfd7zXZ": ("packed with xz", "unpack it, or pack it with gzip"),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", "unpack it, or pack it with gzip"),
    b"7z\xbc\xaf": ("a 7z archive", "unpack it, or pack it as .zip"),
    b"Rar!": ("a rar archive", "unpack it, or pack it as .zip"),
    b"$FL2": ("an SPSS file", TO_CSV),
    b"$FL3": ("an SPSS file", TO_CSV),
    b"<stata_dta>": ("a Stata file", TO_CSV),
    b"RDX": ("an R file", TO_CSV),
    b"ARROW1": ("an Arrow file", "export the table as CSV or Parquet"),
    b"SQLite format": ("an SQLite database", "write `source: sqlite:///PATH` in the study file"),
}


def kind_of(path: Path) -> str:
    """Return TEXT, JSON, WORKBOOK, PARQUET, GZIP or ZIP by what the file holds, whatever its name says.

    Raises StudyError for what is no table: empty files, PDF, web pages, old workbooks, other archives.
    """
    with path.open("rb") as file:
        head = file.read(512)
    if not head:
        raise StudyError(f"{path.name} is empty: export it again, with a header and at least one row.")
    for start, (what, way_out) in _NO_TABLE.items():
        if head.startswith(start):
            raise StudyError(f"{path.name} is {what}, which is not read as a table: {way_out}.")
    if head.startswith(b"PAR1"):
        return PARQUET
    if head.startswith(b"\x1f\x8b"):
        return GZIP
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(path)
    beginning = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<head", b"<meta")):
        raise StudyError(
            f"{path.name} holds a web page (its first characters are {beginning[:15].decode('ascii', 'replace')!r}), as "
            "some systems write where they promise a workbook: open it in the spreadsheet and save it as .xlsx or CSV."
        )
    return JSON if is_json(head) else TEXT


def is_json(head: bytes) -> bool:
    """Whether a text begins as JSON does that may hold rows."""
    return (
        re.match(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*(\[\s*)?\{\s*[\"}]", head.replace(b"\0", b""))
        is not None
    )


def no_rows(path: Path) -> str:
    """The sentence that refuses a file that is to hold JSON."""
    return f'{path.name} holds no JSON with rows of named values, such as {{"order": 17, "total": 9.5}}: export it as CSV.'


def checked_kind(path: Path) -> str:
    """`kind_of`, refused where the file's ending says something else."""
    kind, ending = kind_of(path), path.suffix.lower()
    if kind == _ENDINGS.get(ending, TEXT):
        return kind
    if (kind, _ENDINGS.get(ending)) == (TEXT, JSON):
        raise StudyError(no_rows(path))
    base = (
        path.name[: len(path.name) - len(ending)]
        if ending in {*_ENDINGS, ".csv", ".txt", ".tsv", ".xls"}
        else path.name
    )
    name = base.removesuffix(".csv") + _CALLED[kind][1]
    raise StudyError(
        f"{path.name} is {_CALLED[kind][0]}, not what its ending says: rename it to {name}, and write in the study file "
        f'`path: "{name}"`.'
    )


def refuse_packed_twice(path: Path, head: bytes) -> None:
    """Refuse what unpacks to another archive, or to what is no table, by its first bytes."""
    inside = next((what for start, (what, _) in _NO_TABLE.items() if head.startswith(start)), None)
    if head.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        inside = "another archive"
    if inside:
        raise StudyError(
            f"{path.name} holds a file that is {inside}, not text: unpack it, and name the table's own file under `path`."
        )


@contextmanager
def unpacked(path: Path, kind: str) -> Iterator["Guarded"]:
    """Open the bytes of a text, gzip or zip file, unpacked in a stream; StudyError where they are damaged or never end."""
    try:
        if kind == ZIP:
            with zipfile.ZipFile(path) as archive, archive.open(only_member(archive, path)) as stream:
                yield Guarded(stream, path)
        else:
            opened = gzip.open if kind == GZIP else open
            with cast(IO[bytes], opened(path, "rb")) as stream:
                yield Guarded(stream, path)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise StudyError(f"{path.name} is damaged or not whole ({error}): copy or export it again.") from None


def only_member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    """The one file of an archive; StudyError for none, several, or one with a password."""
    files = [one for one in archive.infolist() if not one.is_dir() and not _is_hidden(one.filename)]
    if len(files) != 1:
        names = ", ".join(one.filename for one in files[:10]) or "no file"
        raise StudyError(
            f"{path.name} holds {names}: an archive of exactly one file is read. Unpack it, and name the file under `path`."
        )
    if files[0].flag_bits & 1:
        raise StudyError(f"{path.name} is locked with a password: unpack it, and name the file under `path`.")
    _refuse_bomb(path, files[0].file_size, files[0].compress_size)
    return files[0]


def _is_hidden(name: str) -> bool:
    """Whether a member is what a Mac or a folder view puts beside the file: __MACOSX/, .DS_Store."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith(".")


def refuse_bomb_in(path: Path) -> None:
    """Refuse a workbook (a zip archive) whose parts unpack to more than a workbook can hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise StudyError(f"{path.name} is damaged or not whole ({error}): copy or export it again.") from None
    _refuse_bomb(path, sum(one.file_size for one in parts), path.stat().st_size)


def _refuse_bomb(path: Path, size: int, packed: int) -> None:
    if size > LARGE and size > RATIO * packed:
        raise StudyError(
            f"{path.name} would unpack to {size / 1e9:,.1f} GB from {packed / 1e6:,.1f} MB, which no table does: if it is "
            "meant, unpack it yourself and name the file under `path`."
        )


def _kind_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile as error:
        raise StudyError(f"{path.name} is damaged or not whole ({error}): copy or export it again.") from None
    if "xl/workbook.xml" in names:
        return WORKBOOK
    is_numbers = (
        any(name.startswith("Index/") and name.endswith(".iwa") for name in names) or "Index.zip" in names
    )
    if "xl/workbook.bin" in names or "content.xml" in names or is_numbers:
        raise StudyError(
            f"{path.name} is a workbook of another kind: open it in the spreadsheet and save it as .xlsx."
        )
    return ZIP


class Guarded:
    """A stream that refuses to go on where it unpacks to far more than the file holds."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self.stream, self.path = stream, path
        self.size, self.packed = 0, path.stat().st_size

    def read(self, size: int) -> bytes:
        block = self.stream.read(size)
        self.size += len(block)
        _refuse_bomb(self.path, self.size, self.packed)
        return block
