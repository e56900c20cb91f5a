"""Show how a run gets on: a live line per notebook on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, TextIO

from helpers.languages import ENGLISH, speaking
from helpers.messages import Message, Value, count, decimals, message, verbatim
from helpers.pages.wording import say
from helpers.site.failures import refused

MARKS = {
    "ok": message("progress.done", "done"),
    "reused": message("progress.unchanged", "unchanged"),
    "failed": message("progress.failed", "FAILED"),
    "cannot answer": message("progress.cannot_answer", "cannot answer"),
}
SECONDS = message("progress.seconds", "{how} in {seconds} s")
REASON = message("progress.reason", "{how}: {reason}")
STARTING = message("progress.starting", "starting")
STARTED = message("progress.started", "started")
CELL = message("progress.cell", "cell {number} of {cells}")


@contextmanager
def live_lines(stream: TextIO | None = None) -> Iterator[Any]:
    """Live lines on a terminal, for the progress of one or several runs; None elsewhere."""
    stream = stream or sys.stdout
    with _live(stream) if stream.isatty() else nullcontext() as lines:
        yield lines


class Progress:
    """What each notebook of a run is doing now; live: from `live_lines`; study: said before each, where several run."""

    def __init__(
        self,
        notebooks: list[str],
        stream: TextIO | None = None,
        language: str = ENGLISH,
        *,
        live: Any = None,
        study: str = "",
    ) -> None:
        self.language = language
        self.stream = stream or sys.stdout
        self.width = max((len(name) for name in notebooks), default=0)
        self._study = f"{study}  " if study else ""
        self._lines: dict[str, int] = {}
        self._cells: dict[str, str] = {}
        self._live = live

    def start(self, notebook: str) -> None:
        """A notebook's kernel is being started."""
        if self._live:
            at = self._in_language(STARTING())
            self._lines[notebook] = self._live.add_task(self._named(notebook), total=None, at=at)
        else:
            self._print(f"{self._named(notebook)}  {self._in_language(STARTED())}")

    def cell(self, notebook: str, number: int, cells: int) -> None:
        """Cell `number` of `cells` starts."""
        if self._live:
            self._cells[notebook] = self._in_language(CELL(number=count(number), cells=count(cells)))
            at = self._cells[notebook]
            self._live.update(self._lines[notebook], completed=number - 1, total=cells, at=at)

    def at(self, notebook: str, text: str) -> None:
        """A fit says where it is; an empty text: it has ended."""
        if self._live:
            at = ", ".join(filter(None, [self._cells.get(notebook, ""), text]))
            self._live.update(self._lines[notebook], at=at)

    def finish(self, notebook: str, status: str, reason: Message | str = "", seconds: float = 0.0) -> None:
        """A notebook has ended, or was not run."""
        if self._live and notebook in self._lines:
            self._live.remove_task(self._lines.pop(notebook))
        how = MARKS[status]()
        how = SECONDS(how=how, seconds=decimals(seconds, 1)) if seconds else how
        if reason:
            how = REASON(how=how, reason=reason if isinstance(reason, Message) else self._refused(reason))
        self._print(f"{self._named(notebook)}  {self._in_language(how)}")

    def say(self, text: Message | str) -> None:
        """Show one line above the live ones."""
        self._print(text if isinstance(text, str) else self._in_language(text))

    def _named(self, notebook: str) -> str:
        return f"{self._study}{notebook:<{self.width}}"

    def _refused(self, reason: str) -> Value:
        with speaking(self.language):
            return verbatim(refused(reason))

    def _in_language(self, text: Message) -> str:
        with speaking(self.language):  # each time: a kernel's thread calls, too
            return say(text)

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
