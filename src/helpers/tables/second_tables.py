"""Another table below the first, in one file or sheet: told by the names of its columns, and refused."""

import csv
import mmap
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from helpers.contracts.money_words import RETURNS
from helpers.errors import StudyError
from helpers.tables.headers import Header

AHEAD = 64 << 10  # bytes that hold a title, the names of the columns and a row
TITLES = 3  # lines of one value above the names
MOST = 100  # blank lines below which is looked
_NUMBER = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")


def names(rows: Sequence[Sequence[str]], header: Sequence[str]) -> list[str]:
    """Return the names of the columns of a table that begins with these rows; none where they begin none.

    rows: what stands below a blank row, titles of one value first; header: the names of the table above.
    """
    filled = [[value.strip() for value in row if value.strip()] for row in rows]
    filled = [row for row in filled if row]
    while filled and len(filled[0]) == 1 and len(filled) > 2:
        filled.pop(0)
    if len(filled) < 2 or len(filled[0]) < 2:
        return []
    found, below = filled[0], filled[1]
    known = {name.casefold() for name in header}
    is_header = all(_LETTER.search(name) for name in found) and not any(map(_NUMBER.search, found))
    has_values = len(below) > 1 and any(map(_NUMBER.search, below))
    same = {name.casefold() for name in found} == known  # the same table goes on
    return found if is_header and has_values and len(set(found)) == len(found) and not same else []


def place(rows: Sequence[Sequence[str]], top: int) -> int | None:
    """The place of the blank row below which another table begins; top: that of the row that names the columns."""
    filled = [number for number, row in enumerate(rows) if number >= top and any(map(str.strip, row))]
    below = [before + 1 for before, after in pairwise(filled) if after > before + 1]
    return next((one for one in below[:MOST] if names(rows[one : one + TITLES + 3], rows[top])), None)


def refuse_below(path: Path, text: Path, header: Header, *, quotes: bool) -> None:
    """StudyError where a decoded file of text holds a blank line, within no value in quotes, with another table below it."""
    with text.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
        begin = _beginning(held, header.skipped)
        empty = header.delimiter.encode() * (len(header.names) - 1)
        for at in sorted({*_after(held, b"\n\n", begin), *_after(held, b"\n" + empty + b"\n", begin)}):
            lines = held[at : at + AHEAD].decode(errors="ignore").split("\n")
            rows = list(csv.reader(lines[: 2 * TITLES + 3], delimiter=header.delimiter))
            if (found := names(rows, header.names)) and not (quotes and held[:at].count(b'"') % 2):
                rest = held[at:].split(b"\n")
                above = held[:at].count(b"\n")
                raise refused(path, above, rows, found, sum(map(bool, rest)))


def refused(
    path: Path, above: int, rows: Sequence[Sequence[str]], found: list[str], count: int
) -> StudyError:
    """The sentence on another table below the line `above`, and what to do; count: the rows from there on."""
    named = ", ".join(found)[:80]
    called = " ".join(value for row in rows[: TITLES + 1] for value in row).casefold()
    if RETURNS.search(called):
        return StudyError(
            f"{path.name}: below line {above} stands another table ({named}). It is called as returns are, which would "
            "still count as sales: save it as a file of its own, returns.csv, and draft the study from both files. With "
            f"`footer_rows` of {count} it is left out."
        )
    return StudyError(
        f"{path.name}: below line {above} stands another table ({named}). To leave it out, add to the table in the study "
        f"file: `footer_rows: {count}`. If you need it, save it as a file of its own."
    )


def _beginning(held: mmap.mmap, skipped: int) -> int:
    at = 0
    for _ in range(skipped + 1):
        at = held.find(b"\n", at) + 1
    return max(at - 1, 0)


def _after(held: mmap.mmap, blank: bytes, begin: int) -> Iterator[int]:
    """Where blank lines begin, in the order of the file."""
    at = begin
    for _ in range(MOST):
        at = held.find(blank, at)
        if at < 0:
            return
        at += 1
        yield at
