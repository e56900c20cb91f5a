"""The numbers that a page's figures show, as files beside the page: one CSV per figure, with a link under it."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.files import copy, digest, file_sha256, write_text
from helpers.languages import translated
from helpers.pages.exports import as_text

FOLDER = "data"  # beside the pages of a run
_LINK = re.compile(rf'<p class="figure-data"><a href="({FOLDER}/[^"]+)".*?</p>', re.S)


@dataclass
class DataFiles:
    """Collects the tables of one page's figures on the way; `write` puts them into the run's folder."""

    page: str
    texts: dict[str, str] = field(default_factory=dict)

    def link(self, figure: str, table: Sequence[Sequence[Any]]) -> str:
        """Return a figure's HTML with a link to the file of its numbers; as it is where it lists none."""
        if not table:
            return figure
        name = f"{FOLDER}/{self.page}-{len(self.texts) + 1}.csv"
        self.texts[name] = _csv(table)
        link = f'<p class="figure-data"><a href="{name}" download="">{translated("Numbers of this figure (CSV)")}</a></p>'
        return f"{figure.removesuffix('</figure>')}{link}</figure>"

    def write(self, run_dir: Path) -> None:
        """Write the files; those of an earlier rendering that are no more are removed."""
        for old in run_dir.glob(f"{FOLDER}/{self.page}-*.csv"):
            if f"{FOLDER}/{old.name}" not in self.texts:
                old.unlink()
        for name, text in self.texts.items():
            write_text(run_dir / name, text)


def linked(page: Path) -> list[str]:
    """The files that a page's figures lead to, relative to the page."""
    return _LINK.findall(page.read_text(encoding="utf-8"))


def sha256(page: Path) -> str | None:
    """The hash of a page with the files of its figures; None where one of them is not there."""
    files = [page, *(page.parent / name for name in linked(page))]
    return digest([file_sha256(file) for file in files]) if all(file.is_file() for file in files) else None


def copy_page(source: Path, target: Path) -> None:
    """Copy a page with the files of its figures into another run."""
    copy(source, target)
    for name in linked(source):
        (target.parent / FOLDER).mkdir(exist_ok=True)
        copy(source.parent / name, target.parent / name)


def without_links(text: str) -> str:
    """A page's HTML without the links to files beside it, for a file that is mailed alone."""
    return _LINK.sub("", text)


def _csv(table: Sequence[Sequence[Any]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([as_text(cell) for cell in row] for row in table)
    return buffer.getvalue()
