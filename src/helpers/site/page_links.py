"""Where a sentence names another page of the report, its name leads there."""

import html
import re
from collections.abc import Mapping

# What is left as it is: names that lead somewhere already, that open something, or that are drawn.
_LEFT = ("a", "button", "summary", "svg", "style", "title", "h1", "h2", "h3", "h4")
_PIECE = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>|“([^“”<>]+)”")


def linked(text: str, pages: Mapping[str, str]) -> str:
    """Return a page's HTML with a link on each title between quotation marks; pages: file by title, as it is said."""
    files = {html.escape(title): file for title, file in pages.items()}
    depth = 0

    def led(found: re.Match) -> str:
        nonlocal depth
        closing, tag, title = found.groups()
        if tag:
            depth += (-1 if closing else 1) if tag.lower() in _LEFT else 0
            return found[0]
        if depth or title not in files:
            return found[0]
        return f'“<a href="{html.escape(files[title])}">{title}</a>”'

    return _PIECE.sub(led, text)
