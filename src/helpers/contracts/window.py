"""What a study needs from its transactions: rows to use, an `as_of` and a hold-out inside them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from helpers.contracts.findings import STOP, RuleResult, TableReport
from helpers.messages import Message, Value, clauses, count, message, verbatim
from helpers.study.table_columns import TABLES

if TYPE_CHECKING:
    import ibis

    from helpers.study.study import Study

NO_ROWS = message("window.no_rows", "{file} holds no rows, only column names (rule empty_table).")
EXPORT_AGAIN = message("window.export_again", "Export it again.")
NOT_MET = message("window.not_met", "{rows} do not meet `{condition}`")
BREAK = message("window.break", "{rows} break {rule}")
NONE_USABLE = message(
    "window.none_usable", "{file}: none of its {rows} can be used: {why} (rule no_usable_rows)."
)
CORRECT = message("window.correct", "Correct the table's `where`, `rules` or the export.")
SPAN = message("window.span", "{file}, column {column}: the usable rows run from {first} to {last}")
BEFORE_DATA = message(
    "window.before_data",
    "{span}, but as_of is {as_of}, before the first order (rule as_of_before_data).",
)
SET_EARLIER = message("window.set_earlier", "Set `as_of` to {last} or earlier.")
NOTHING_TO_FIT = message(
    "window.nothing_to_fit",
    "{span}, {days} before as_of; a hold-out of {holdout} before {as_of} leaves nothing to fit (rule "
    "holdout_longer_than_data).",
)
NO_ORDER = message(
    "window.no_order",
    "{span}, but the hold-out begins on {begins} and holds no order (rule holdout_without_data).",
)
EARLIER_OR_LONGER = message(
    "window.earlier_or_longer", "Set `as_of` to {last} or earlier, or make `holdout` longer."
)
COMPARE_BEFORE = message(
    "window.compare_before",
    "{span}, but compare_to is {compare_to}, before them (rule compare_to_before_data).",
)
COMPARE_LATER = message("window.compare_later", "Set `compare_to` later than {first}, or leave it out.")
A_THIRD = message("window.a_third", "Set `holdout` to at most a third of the data: `{line}`.")
LEAVE_OUT = message("window.leave_out", "Leave `holdout` out.")


def judged(study: "Study", report: TableReport, flagged: "ibis.Table") -> TableReport:
    """Return the report with what stops the study: an empty table, no usable row, dates outside the data."""
    found = _empty(report) or (_dates(study, report, flagged) if report.table == "transactions" else [])
    return replace(report, results=(*report.results, *found))


def _empty(report: TableReport) -> list[RuleResult]:
    if report.rows == 0:
        told = NO_ROWS(file=verbatim(report.file))
        return [_result("empty_table", "", told, EXPORT_AGAIN(), 0)]
    return []


def _dates(study: "Study", report: TableReport, flagged: "ibis.Table") -> list[RuleResult]:
    """The checks against the days of all rows that break no rule, those after `as_of` included."""
    sound = flagged.filter(flagged["_rule"].isnull())
    row = (
        sound.aggregate(first=sound.order_date.min(), last=sound.order_date.max()).to_pyarrow().to_pylist()[0]
    )
    first, last = row["first"], row["last"]
    if first is None:
        why = [NOT_MET(rows=count(left.rows), condition=left.reason) for left in report.left_out if left.rows]
        why += [
            BREAK(rows=count(one.set_aside), rule=verbatim(one.rule))
            for one in report.results
            if one.set_aside
        ]
        rows = count(report.rows, "row")
        told = NONE_USABLE(file=verbatim(report.file), rows=rows, why=clauses(why))
        return [_result("no_usable_rows", "", told, CORRECT(), report.rows)]
    column = str(TABLES["transactions"].happens_at)
    span_of = SPAN(file=verbatim(report.file), column=verbatim(column), first=_iso(first), last=_iso(last))
    if study.as_of < first:
        told = BEFORE_DATA(span=span_of, as_of=_iso(study.as_of))
        return [_result("as_of_before_data", column, told, SET_EARLIER(last=_iso(last)), report.rows)]
    found = []
    if study.holdout_days is not None:
        begins = study.as_of - timedelta(days=study.holdout_days)
        span = (min(last, study.as_of) - first).days
        if begins <= first:
            told = NOTHING_TO_FIT(
                span=span_of,
                days=count(span, "day"),
                holdout=count(study.holdout_days, "day"),
                as_of=_iso(study.as_of),
            )
            found.append(_result("holdout_longer_than_data", column, told, _shorter(span), report.rows))
        elif begins >= last:
            told = NO_ORDER(span=span_of, begins=_iso(begins))
            todo = EARLIER_OR_LONGER(last=_iso(last))
            found.append(_result("holdout_without_data", column, told, todo, report.rows))
    if study.compare_to and study.compare_to < first:
        told = COMPARE_BEFORE(span=span_of, compare_to=_iso(study.compare_to))
        todo = COMPARE_LATER(first=_iso(first))
        found.append(_result("compare_to_before_data", column, told, todo, report.rows))
    return found


def _iso(when: date) -> Value:
    """A day as study files write it."""
    return verbatim(when.isoformat())


def _shorter(span: int) -> Message:
    days = span // 3
    return A_THIRD(line=verbatim(f"holdout: {days} days")) if days else LEAVE_OUT()


def _result(rule: str, column: str, told: Message, todo: Message, rows: int) -> RuleResult:
    return RuleResult(rule, column, told, max(rows, 1), None, (), todo, STOP)
