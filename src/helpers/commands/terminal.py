"""What commands print: a name or a value of the data is text on a terminal, too, and moves no cursor there."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO

# Control characters but for the tab and the line's end, and those that turn the direction of what follows.
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class _Plain:
    """A stream whose text is written with such characters spelt out, as Python spells them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text, spelt out."""
        self._stream.write(_ACTING.sub(lambda found: repr(found[0])[1:-1], text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's."""
        return getattr(self._stream, name)


@contextmanager
def plain() -> Iterator[None]:
    """Have all that is printed meanwhile, answers and errors, written so."""
    with redirect_stdout(_Plain(sys.stdout)), redirect_stderr(_Plain(sys.stderr)):
        yield
