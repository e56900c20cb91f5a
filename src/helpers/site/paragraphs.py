"""A notebook's prose in the language of the page: paragraph by paragraph, each found by its English text."""

import re
from collections.abc import Iterable
from typing import Any

from helpers.languages import PROSE, is_english, translated

_MARK = re.compile(r"[-*] +|\d+\. +|#+ +")  # of an item or a heading, each a paragraph of its own
_AS_IT_STANDS = ("|", "```")  # in tables and code, lines stay lines


def paragraphs(markdown: str) -> list[str]:
    """The pieces of a cell's Markdown that are translated one by one, without the mark of an item or a heading."""
    return [text for _, text in _pieces(markdown) if text]


def in_language(cells: Iterable[dict[str, Any]]) -> None:
    """Say the prose of a notebook's cells in the language of the page; a paragraph without translation stays English."""
    if is_english():
        return
    for cell in cells:
        if cell["cell_type"] == "markdown":
            said = (
                mark + (translated(text, domain=PROSE) if text else "")
                for mark, text in _pieces(cell["source"])
            )
            cell["source"] = "\n".join(said)


def _pieces(markdown: str) -> list[tuple[str, str]]:
    """(mark, paragraph) in their order; a blank line is ("", "")."""
    pieces: list[tuple[str, list[str]]] = []
    for line in markdown.split("\n"):
        mark = _MARK.match(line)
        if mark:
            pieces.append((mark[0], [line[mark.end() :]]))
        elif not line.strip() or not pieces or pieces[-1] == ("", [""]) or pieces[-1][0].startswith("#"):
            pieces.append(("", [line.strip()]))
        else:
            pieces[-1][1].append(line)
    return [(mark, _joined(lines)) for mark, lines in pieces]


def _joined(lines: list[str]) -> str:
    if any(line.startswith(_AS_IT_STANDS) for line in lines):
        return "\n".join(lines)
    return " ".join(line.strip() for line in lines)
