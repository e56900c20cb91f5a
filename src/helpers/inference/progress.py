"""Say where a long fit is while it runs: under its cell in JupyterLab, and in the terminal of a report.

Nothing rests on it: what is shown is wiped when the step ends, and a run's notebooks keep none of it.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

MIME = "application/vnd.customer-value.progress+json"
PATIENCE = 2.0  # seconds before a step says where it is, and between two times


@contextmanager
def watched() -> Iterator[Callable[[int, int, int], None]]:
    """Yield a function that is told, as often as one likes: draws made, draws in all, divergences."""
    began = said = time.monotonic()
    place = None

    def tell(made: int, total: int, divergences: int) -> None:
        nonlocal said, place
        now = time.monotonic()
        if not made or now - said < PATIENCE or (shell := _shell()) is None:
            return
        said = now
        place = _show(shell, where(made, total, divergences, now - began), place)

    try:
        yield tell
    finally:
        if place is not None:
            _show(_shell(), "", place)


def where(made: int, total: int, divergences: int, seconds: float) -> str:
    """Say in words how far a sample is: `made` draws of `total`, warm-up included, after so many seconds."""
    left = seconds * (total - made) / made
    ends = f"about {left:.0f} s left" if left < 90 else f"about {left / 60:.0f} min left"
    plural = "" if divergences == 1 else "s"
    return f"draw {made:,} of {total:,}, {divergences:,} divergence{plural}, {ends}"


def _shell() -> Any:
    """The shell of this kernel, or None outside of one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell if hasattr(shell, "kernel") else None


def _show(shell: Any, text: str, place: str | None) -> str:
    """Show a text under the cell, in its place where it has one, and return that place."""
    data = {MIME: text, "text/plain": text}
    transient = {"display_id": place or f"progress-{time.monotonic_ns()}"}
    shell.display_pub.publish(data=data, transient=transient, update=place is not None)
    return transient["display_id"]
