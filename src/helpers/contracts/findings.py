"""What checking a table found: counts and money per rule and per filter, and the refusal in sentences."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helpers.errors import StudyError
from helpers.messages import Message, Value, clauses, count, message, verbatim

if TYPE_CHECKING:
    import ibis

STOP, REJECT, KEEP = "stop", "reject", "keep"
PASS, REVIEW = "PASS", "REVIEW"  # verdicts of a finding; the third is STOP

BROKEN = message("refusal.broken", "{file}, {column}: {rows} {what} (rule {rule}). First: {first}.")
CORRECT = message(
    "refusal.correct",
    "Correct the export, or add to {table} in the study file: `{reject}` sets these rows aside and counts them.",
)
CORRECT_OR_KEEP = message(
    "refusal.correct_or_keep",
    "Correct the export, or add to {table} in the study file: `{reject}` sets these rows aside and counts them, "
    "`{keep}` uses them as they are.",
)
HISTORIES = message(
    "refusal.histories",
    "If each row is a change of a lead's stage, add to {table}: `row_per: stage`, and map each date by its row "
    "(won_at: CASE WHEN stage = 'Won' THEN changed_at END). Else correct the export.",
)
CHANGES = message(
    "refusal.changes",
    "If each row is a change of a ticket's status, export a row per ticket, with the day on which it was last closed. If "
    "they are copies, add to {table} in the study file: `{reject}` sets these rows aside and counts them.",
)
ALL_ASIDE = message("refusal.all_aside", "To set all of these rows of {table} aside: `{rules}`.")
FOUND = message("refusal.found", "{found} (finding {name})")
SAID = message("finding.said", "{sentence} {advice}")
FOR_INSTANCE = message("finding.for_instance", "{sentence} For instance {examples}.")
FOR_INSTANCE_SO = message("finding.for_instance_so", "{sentence} For instance {examples}. {advice}")
AT_ROW = message("finding.row", "row {row}")
AT_ROW_WITH = message("finding.row_with", "row {row} ({values})")
KEPT = message("finding.kept", "The study keeps it ({rule}).")


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
    told: Message | None
    rows: int
    money: float | None
    first_three: tuple[Message, ...]
    todo: Message | None
    action: str
    set_aside: int = 0
    money_set_aside: float | None = None
    unknown_money: int = 0

    @property
    def sentence(self) -> str:
        """What is wrong, in English; empty where the rule is met."""
        return str(self.told or "")

    @property
    def advice(self) -> str:
        """What to do about it, in English."""
        return str(self.todo or "")

    @property
    def stops(self) -> bool:
        """Whether the run must not go on."""
        return self.rows > 0 and self.action == STOP


@dataclass(frozen=True)
class LeftOut:
    """Rows that are not wrong but not wanted: they do not meet a condition of `where`, or lie after `as_of`.

    `unknown` of them could not be judged because a value the condition needs is missing.
    """

    reason: Value | Message
    rows: int
    money: float | None
    unknown: int = 0


@dataclass(frozen=True)
class Finding:
    """Something about a table that no single row shows: what, how many, examples, and the line to add.

    `verdict` is PASS (counted and said), REVIEW (somebody must look) or stop (the run must not go on). `told` and
    `todo` name no person and may stand on a page; `examples` are full values, for the owner's terminal. A finding that
    the study keeps (`rules: {NAME: keep}`) is said, but neither stops nor asks. `other` is the table it is compared with.
    """

    name: str
    table: str
    verdict: str
    told: Message
    value: Value | Message
    threshold: Value | Message | None = None
    todo: Message | None = None
    examples: tuple[str | Message, ...] = ()
    other: str = ""

    @property
    def sentence(self) -> str:
        """What was found, in English."""
        return str(self.told)

    @property
    def advice(self) -> str:
        """What to do about it, in English; empty where there is nothing to do."""
        return str(self.todo or "")

    @property
    def in_full(self) -> Message:
        """What was found, with its examples, and what to do: for the owner's terminal."""
        examples = [verbatim(one) if isinstance(one, str) else one for one in self.examples]
        if self.todo is None:
            return FOR_INSTANCE(sentence=self.told, examples=examples) if examples else self.told
        if examples:
            return FOR_INSTANCE_SO(sentence=self.told, examples=examples, advice=self.todo)
        return SAID(sentence=self.told, advice=self.todo)

    @property
    def masked(self) -> tuple[str, ...]:
        """The examples as patterns, for pages: 9 for a digit, x for a letter (4.01E+12 is 9.99E+99)."""
        return tuple(_pattern(str(example)) for example in self.examples)

    def kept(self) -> "Finding":
        """The same, as the study keeps it."""
        return replace(self, verdict=PASS, todo=KEPT(rule=keep(self.name)))

    def __str__(self) -> str:
        """The finding in full, in English."""
        return str(self.in_full)


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


class Refused(StudyError):
    """Tables that a study cannot be run on; `told` says why, for a reader of any language."""

    def __init__(self, told: Sequence[Message]) -> None:
        super().__init__("\n".join(map(str, told)))
        self.told = tuple(told)


def refuse(reports: list[TableReport]) -> None:
    """Raise Refused with one message per broken rule that the study does not allow and per finding that stops."""
    told: list[Message] = []
    for report in reports:
        broken = [result for result in report.results if result.stops]
        told += [
            SAID(sentence=one.told, advice=one.todo) if one.todo else one.told for one in broken if one.told
        ]
        told += [
            FOUND(found=one.in_full, name=verbatim(one.name))
            for one in report.findings
            if one.verdict == STOP
        ]
        allowed = [result.rule for result in broken if result.first_three]
        if len(allowed) > 1:
            line = ", ".join(f"{rule}: {REJECT}" for rule in allowed)
            told.append(ALL_ASIDE(table=verbatim(report.table), rules=verbatim(f"rules: {{{line}}}")))
    if told:
        raise Refused(told)


def sentence(
    file: str, column: Message, rule: str, rows: int, what: Message, first_three: tuple[Message, ...]
) -> Message:
    """Return the sentence that names file, column, rule, count and the first three rows."""
    return BROKEN(
        file=verbatim(file),
        column=column,
        rows=count(rows, "row"),
        what=what,
        rule=verbatim(rule),
        first=clauses(first_three),
    )


def way_out(table: str, rule: str, *, keepable: bool) -> Message:
    """Return what to do about a broken rule: correct the export, or allow it by the exact line."""
    given = {"table": verbatim(table), "reject": verbatim(f"rules: {{{rule}: {REJECT}}}")}
    if rule == "duplicate_lead_id":  # set aside, they would leave every lead in its first stage
        return HISTORIES(table=table)
    if rule == "duplicate_ticket_id":  # set aside, they would leave every ticket open
        return CHANGES(**given)
    return CORRECT_OR_KEEP(**given, keep=keep(rule)) if keepable else CORRECT(**given)


def at_row(number: int, values: str = "") -> Message:
    """Name a row of a file, with what stands in it."""
    row = verbatim(str(number))
    return AT_ROW_WITH(row=row, values=verbatim(values)) if values else AT_ROW(row=row)


def keep(rule: str) -> Value:
    """The line of the study file that keeps what a rule or a finding names."""
    return verbatim(f"rules: {{{rule}: {KEEP}}}")
