"""Show how a run gets on: a live line per notebook on a terminal, plain lines elsewhere."""

import sys
import time
from contextlib import suppress
from typing import Any, Self, TextIO

MARKS = {"ok": "done", "reused": "unchanged", "failed": "FAILED", "cannot answer": "cannot answer"}


class Progress:
    """What each notebook is doing now; `with Progress(notebooks) as progress: ...`."""

    def __init__(self, notebooks: list[str], stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.width = max((len(name) for name in notebooks), default=0)
        self._began: dict[str, float] = {}
        self._lines: dict[str, int] = {}
        self._cells: dict[str, str] = {}
        self._live = _live(self.stream) if self.stream.isatty() else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live:
            self._live.stop()

    def start(self, notebook: str) -> None:
        """A notebook's kernel is being started."""
        self._began[notebook] = time.monotonic()
        if self._live:
            name = f"{notebook:<{self.width}}"
            self._lines[notebook] = self._live.add_task(name, total=None, at="starting")
        else:
            self._print(f"{notebook:<{self.width}}  started")

    def cell(self, notebook: str, number: int, cells: int) -> None:
        """Cell `number` of `cells` starts."""
        if self._live:
            self._cells[notebook] = f"cell {number} of {cells}"
            at = self._cells[notebook]
            self._live.update(self._lines[notebook], completed=number - 1, total=cells, at=at)

    def at(self, notebook: str, text: str) -> None:
        """A fit says where it is; an empty text: it has ended."""
        if self._live:
            at = ", ".join(filter(None, [self._cells.get(notebook, ""), text]))
            self._live.update(self._lines[notebook], at=at)

    def finish(self, notebook: str, status: str, reason: str = "", seconds: float = 0.0) -> None:
        """A notebook has ended, or was not run."""
        if self._live and notebook in self._lines:
            self._live.remove_task(self._lines.pop(notebook))
        after = f" in {seconds:.1f} s" if seconds else ""
        self._print(f"{notebook:<{self.width}}  {MARKS[status]}{after}" + (f": {reason}" if reason else ""))

    def say(self, text: str) -> None:
        """Show one line above the live ones."""
        self._print(text)

    def _print(self, text: str) -> None:
        if self._live:
            self._live.console.print(text, markup=False, highlight=False)
        else:
            with suppress(BrokenPipeError):  # nobody reads any more; the run goes on
                print(text, file=self.stream, flush=True)


def _live(stream: TextIO) -> Any:
    from rich import console, progress  # noqa: PLC0415 (a run that is not watched does not need it)

    return progress.Progress(
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}"),
        progress.BarColumn(bar_width=24),
        progress.TextColumn("{task.fields[at]}"),
        progress.TimeElapsedColumn(),
        console=console.Console(file=stream),
    )
