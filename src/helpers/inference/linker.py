"""PyTensor's own linker, compiled once per machine: its first file half-written would fail every import of PyTensor."""

import os
import re
from contextlib import suppress
from pathlib import Path


def mend() -> None:
    """Remove that file where it is not whole; PyTensor then makes it anew."""
    stated = re.search(r"base_compiledir=([^,]+)", os.environ.get("PYTENSOR_FLAGS", ""))
    with suppress(OSError, UnicodeDecodeError, RuntimeError):  # the last: a user without a home
        base = Path(stated[1] if stated else "~/.pytensor").expanduser()
        for file in base.glob("compiledir*/lazylinker_ext/__init__.py"):
            if not re.fullmatch(r"(_version = \d+\.\d+\n)?", file.read_text(encoding="utf-8")):
                file.unlink()
