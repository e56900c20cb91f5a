"""What a study needs from its transactions: rows to use, an `as_of` and a hold-out inside them."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from helpers.contracts.findings import STOP, RuleResult, TableReport
from helpers.study.table_columns import TABLES

if TYPE_CHECKING:
    import ibis

    from helpers.study.study import Study


def judged(study: "Study", report: TableReport, flagged: "ibis.Table") -> TableReport:
    """Return the report with what stops the study: an empty table, no usable row, dates outside the data."""
    found = _empty(report) or (_dates(study, report, flagged) if report.table == "transactions" else [])
    return replace(report, results=(*report.results, *found))


def _empty(report: TableReport) -> list[RuleResult]:
    if report.rows == 0:
        text = f"{report.file} holds no rows, only column names (rule empty_table)."
        return [_result("empty_table", "", text, "Export it again.", 0)]
    return []


def _dates(study: "Study", report: TableReport, flagged: "ibis.Table") -> list[RuleResult]:
    """The checks against the days of all rows that break no rule, those after `as_of` included."""
    sound = flagged.filter(flagged["_rule"].isnull())
    row = (
        sound.aggregate(first=sound.order_date.min(), last=sound.order_date.max()).to_pyarrow().to_pylist()[0]
    )
    first, last = row["first"], row["last"]
    if first is None:
        why = [f"{left.rows:,} do not meet `{left.reason}`" for left in report.left_out if left.rows]
        why += [f"{r.set_aside:,} break {r.rule}" for r in report.results if r.set_aside]
        out = ", ".join(why)
        text = f"{report.file}: none of its {report.rows:,} rows can be used: {out} (rule no_usable_rows)."
        return [
            _result(
                "no_usable_rows", "", text, "Correct the table's `where`, `rules` or the export.", report.rows
            )
        ]
    column = str(TABLES["transactions"].happens_at)
    spans = f"{report.file}, column {column}: the usable rows run from {first} to {last}"
    if study.as_of < first:
        text = f"{spans}, but as_of is {study.as_of}, before the first order (rule as_of_before_data)."
        return [_result("as_of_before_data", column, text, f"Set `as_of` to {last} or earlier.", report.rows)]
    found = []
    if study.holdout_days is not None:
        begins = study.as_of - timedelta(days=study.holdout_days)
        span = (min(last, study.as_of) - first).days
        if begins <= first:
            text = (
                f"{spans}, {span} days before as_of; a hold-out of {study.holdout_days} days before "
                f"{study.as_of} leaves nothing to fit (rule holdout_longer_than_data)."
            )
            found.append(_result("holdout_longer_than_data", column, text, _shorter(span), report.rows))
        elif begins >= last:
            rule = "holdout_without_data"
            text = f"{spans}, but the hold-out begins on {begins} and holds no order (rule {rule})."
            todo = f"Set `as_of` to {last} or earlier, or make `holdout` longer."
            found.append(_result(rule, column, text, todo, report.rows))
    if study.compare_to and study.compare_to < first:
        text = f"{spans}, but compare_to is {study.compare_to}, before them (rule compare_to_before_data)."
        todo = f"Set `compare_to` later than {first}, or leave it out."
        found.append(_result("compare_to_before_data", column, text, todo, report.rows))
    return found


def _shorter(span: int) -> str:
    days = span // 3
    return (
        f"Set `holdout` to at most a third of the data: `holdout: {days} days`."
        if days
        else "Leave `holdout` out."
    )


def _result(rule: str, column: str, text: str, todo: str, rows: int) -> RuleResult:
    return RuleResult(rule, column, text, max(rows, 1), None, (), todo, STOP)
