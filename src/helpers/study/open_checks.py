"""What a draft left open: the lines of a study file that still say CHECK."""

import re
from pathlib import Path

_CHECK = re.compile(r"#.*\bCHECK:")
_KEY = re.compile(r"^[\s#-]*[{\"']?([A-Za-z_][\w ]*)[\"']?:")


def left_in(path: Path) -> tuple[str, ...]:
    """Return, for each line with a comment that says `CHECK:`, its number and key, such as `line 4 (timezone)`."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if _CHECK.search(line):
            key = _KEY.match(line)
            found.append(f"line {number}" + (f" ({key[1]})" if key and key[1] != "CHECK" else ""))
    return tuple(found)
