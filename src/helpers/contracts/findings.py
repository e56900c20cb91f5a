"""What checking a table found: counts and money per rule and per filter, and the refusal in sentences."""

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpers.errors import StudyError

if TYPE_CHECKING:
    import ibis

STOP, REJECT, KEEP = "stop", "reject", "keep"
PASS, REVIEW = "PASS", "REVIEW"  # verdicts of a finding; the third is STOP


@dataclass(frozen=True)
class RuleResult:
    """One rule on one table.

    `rows` and `money` are of all rows that break the rule; `set_aside` and `money_set_aside` of those set
    aside for it first, so that they add up over the rules. `action` is what the study says about the rule:
    stop (by default), reject or keep. `money` is in the study's currency, None where rows have no money; the money of
    `unknown_money` rows cannot be read and is not in it.
    """

    rule: str
    column: str
    sentence: str
    rows: int
    money: float | None
    first_three: tuple[str, ...]
    advice: str
    action: str
    set_aside: int = 0
    money_set_aside: float | None = None
    unknown_money: int = 0

    @property
    def stops(self) -> bool:
        """Whether the run must not go on."""
        return self.rows > 0 and self.action == STOP


@dataclass(frozen=True)
class LeftOut:
    """Rows that are not wrong but not wanted: they do not meet a condition of `where`, or lie after `as_of`.

    `unknown` of them could not be judged because a value the condition needs is missing.
    """

    reason: str
    rows: int
    money: float | None
    unknown: int = 0


@dataclass(frozen=True)
class Finding:
    """Something about a table that no single row shows: what, how many, examples, and the line to add.

    `verdict` is PASS (counted and said), REVIEW (somebody must look) or stop (the run must not go on). `sentence` and
    `advice` name no person and may stand on a page; `examples` are full values, for the owner's terminal. A finding that
    the study keeps (`rules: {NAME: keep}`) is said, but neither stops nor asks.
    """

    name: str
    table: str
    verdict: str
    sentence: str
    value: str
    threshold: str = ""
    advice: str = ""
    examples: tuple[str, ...] = ()

    @property
    def masked(self) -> tuple[str, ...]:
        """The examples as patterns, for pages: 9 for a digit, x for a letter (4.01E+12 is 9.99E+99)."""
        return tuple(_pattern(example) for example in self.examples)

    def kept(self) -> "Finding":
        """The same, as the study keeps it."""
        return replace(self, verdict=PASS, advice=f"The study keeps it (rules: {{{self.name}: {KEEP}}}).")

    def __str__(self) -> str:
        """The finding in full, as the terminal shows it."""
        shown = f" For instance {', '.join(self.examples)}." if self.examples else ""
        return f"{self.sentence}{shown} {self.advice}".strip()


def _pattern(text: str) -> str:
    digits = re.sub(r"\d", "9", text)
    return re.sub(r"(?<!9)[^\W\d_]|[^\W\d_](?![+-]9)", "x", digits)


@dataclass(frozen=True)
class TableReport:
    """One table, checked: rows = used + left out + set aside, and so is the money.

    `accepted` (typed contract columns, attributes and `_row`; transactions also `order_date`, `revenue` and
    `rate`) and `rejected` (the same and `rule`, `rules`) are Ibis tables. `turnover` is the sum of absolute
    money of all rows, `turnover_out` of those neither used nor after `as_of`.
    """

    table: str
    file: str
    given: tuple[str, ...]
    rows: int
    used: int
    set_aside: int
    left_out: tuple[LeftOut, ...]
    results: tuple[RuleResult, ...]
    accepted: "ibis.Table"
    rejected: "ibis.Table"
    money: float | None = None
    money_used: float | None = None
    money_set_aside: float | None = None
    turnover: float | None = None
    turnover_out: float | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def plain(self) -> "ibis.Table":
        """The accepted rows in the order of the file, without the columns that only checking needs."""
        extra = [name for name in self.accepted.columns if name.startswith("_") or name.endswith("__given")]
        return self.accepted.order_by("_row").drop(*extra)


def refuse(reports: list[TableReport]) -> None:
    """Raise StudyError with one sentence per broken rule that the study does not allow and per finding that stops."""
    sentences = []
    for report in reports:
        broken = [result for result in report.results if result.stops]
        sentences += [f"{result.sentence} {result.advice}".strip() for result in broken]
        sentences += [f"{found} (finding {found.name})" for found in report.findings if found.verdict == STOP]
        allowed = [result.rule for result in broken if result.first_three]
        if len(allowed) > 1:
            line = ", ".join(f"{rule}: {REJECT}" for rule in allowed)
            sentences.append(f"To set all of these rows of {report.table} aside: `rules: {{{line}}}`.")
    if sentences:
        raise StudyError("\n".join(sentences))


def sentence(file: str, column: str, rule: str, count: int, rows: str, first_three: tuple[str, ...]) -> str:
    """Return the sentence that names file, column, rule, count and the first three rows."""
    number = f"{count:,} row{'s' if count != 1 else ''}"
    return f"{file}, {column}: {number} {rows} (rule {rule}). First: {'; '.join(first_three)}."


def way_out(table: str, rule: str, *, keepable: bool) -> str:
    """Return what to do about a broken rule: correct the export, or allow it by the exact line."""
    keep = f", `rules: {{{rule}: keep}}` uses them as they are" if keepable else ""
    return (
        f"Correct the export, or add to {table} in the study file: `rules: {{{rule}: reject}}` sets these "
        f"rows aside and counts them{keep}."
    )
