"""Columns of text, as a terminal shows them."""

import unicodedata
from collections.abc import Sequence


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Return rows below each other, each column as wide as its widest text; marks above and below a letter take no room."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(_filled, row, widths)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _filled(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    return sum(unicodedata.category(letter) not in ("Mn", "Me") for letter in text)
