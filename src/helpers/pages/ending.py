"""What the last cell of a notebook shows in JupyterLab: the answer and the checks, as the page will say them."""

from collections.abc import Sequence
from dataclasses import dataclass

from helpers.checks import VERDICTS, Check
from helpers.messages import Message
from helpers.pages import wording

HEADINGS = ("Verdict", "Check", "Found", "Wanted", "What to do")


@dataclass(frozen=True)
class Ending:
    """What a notebook recorded; a cell that ends with it shows it, and no page does."""

    answer: Sequence[Message | str]
    checks: Sequence[Check]
    metrics: int

    def __repr__(self) -> str:
        found = [f"{check.verdict}: {check.name}" for check in self._sorted() if check.verdict != "PASS"]
        return f"{self.metrics} metrics and {len(self.checks)} checks recorded. " + "; ".join(found)

    def _repr_markdown_(self) -> str:
        said = "\n\n".join(wording.say(sentence) for sentence in self.answer) or "No answer was stated."
        rows = [HEADINGS, tuple(":--" for _ in HEADINGS), *map(_row, self._sorted())]
        table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
        return f"**The answer**\n\n{said}\n\n**Checks**\n\n{table if self.checks else 'None.'}\n"

    def _sorted(self) -> list[Check]:
        return sorted(self.checks, key=lambda check: VERDICTS.index(check.verdict))


def _row(check: Check) -> tuple[str, ...]:
    """The cells of one check; what would end a cell of the table is written so that it does not."""
    advice = check.advice if check.verdict != "PASS" else ""
    cells = (check.verdict, check.name, check.value, check.threshold, advice)
    return tuple(" ".join(_text(cell).split()).replace("|", "\\|") for cell in cells)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return wording.number(cell) if isinstance(cell, int | float) else wording.say(cell)
