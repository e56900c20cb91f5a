"""`check`: what checking a study's tables finds, in the study's language, on the owner's terminal."""

from typing import TYPE_CHECKING, Any

from helpers.commands.columns import columns
from helpers.errors import StudyError
from helpers.languages import speaking, translated
from helpers.messages import Message, Value, count, decimals, message, percent, verbatim
from helpers.pages.wording import say
from helpers.runs.plan import select, what_it_needs, without_stand_ins
from helpers.site.failures import in_language
from helpers.study.catalogue import load_catalogue
from helpers.study.parameters import notebook_parameters
from helpers.study.study import Study, parameters_for

if TYPE_CHECKING:
    from helpers.contracts.findings import RuleResult, TableReport
    from helpers.tables.source import Source

WIDEST = 30  # letters of a value that are shown
TABLE = message("check.table", "{table} ({file}): {rows}, {used} used")
MONEY = message("check.money", "{number} {currency}")
UNKNOWN = message("check.unknown", "unknown")
LEFT_OUT = message("check.left_out", "left out")
FINDING = message("check.finding", "{name}: {finding}")
CANNOT_RUN = message("check.cannot_run", "{file} cannot be run:")
ALL_MET = message(
    "check.all_met", "Every rule is met, or the study says what to do with the rows that break it."
)
CANNOT_ANSWER = message("check.cannot_answer", "{notebook} cannot answer: {reason}.")
LOOK = message("check.look", "{findings} above say REVIEW: look at each before you rest on the report.")
ROW_COLUMNS = {"rows": "rows", "money": "money", "what": "what", "then": "then"}
VALUE_COLUMNS = {
    "column": "column",
    "read_as": "read as",
    "filled": "filled",
    "distinct": "distinct",
    "smallest": "smallest",
    "largest": "largest",
    "frequent": "most frequent",
}


def check(study: Study) -> int:
    """Print what checking a study's tables finds: rows, what each rule and filter takes out, with its money.

    Raises StudyError where a rule is broken that the study does not allow, after the table is printed.
    """
    from helpers import contracts, tables  # noqa: PLC0415 (the engine takes a second to load)
    from helpers.contracts.named import refuse_unknown  # noqa: PLC0415

    with speaking(study.language):
        source = tables.open_source(study)
        reports = contracts.check(study, source)
        for report in reports:
            _show_table(study, source, report)
        try:
            contracts.refuse(reports)
            refuse_unknown(study, reports)
        except StudyError as error:
            cannot = say(CANNOT_RUN(file=verbatim(study.path.name)))
            raise StudyError(f"{cannot}\n{in_language(error)}") from error
        asked = sum(found.verdict == contracts.REVIEW for report in reports for found in report.findings)
        print(say(ALL_MET()))
        _say_who_cannot_answer(study, {report.table: {"columns": report.given} for report in reports})
        if asked:
            print(say(LOOK(findings=count(asked, "finding"))))
    return 0


def _show_table(study: Study, source: "Source", report: "TableReport") -> None:
    from helpers.contracts import STOP  # noqa: PLC0415

    table, file = verbatim(report.table), verbatim(report.file)
    rows_of = count(report.rows, "row")
    print(say(TABLE(table=table, file=file, rows=rows_of, used=count(report.used))))
    rows: list[tuple[Any, ...]] = [
        (count(one.rows), _money_of(one, study), verbatim(one.rule), verbatim(one.action))
        for one in report.results
        if one.rows
    ]
    rows += [
        (count(one.rows), _money(one.money, study), one.reason, LEFT_OUT())
        for one in report.left_out
        if one.rows
    ]
    heads = tuple(map(translated, ROW_COLUMNS.values()))
    print(columns([heads, *(tuple(map(say, row)) for row in rows)]) + "\n" if rows else "")
    print(_values(source, report) + "\n")
    for found in report.findings:
        if found.verdict != STOP:  # what stops the run is said at the end
            said = say(FINDING(name=verbatim(found.name), finding=found.in_full))
            print(f"{translated(found.verdict):<6}  {said}")
    print()


def _say_who_cannot_answer(study: Study, tables: dict[str, dict]) -> None:
    """Print each notebook of the study that a run would leave out, and what it needs."""
    catalogue = load_catalogue()
    for notebook in without_stand_ins(select(study, catalogue), catalogue, tables):
        defaults = {name: one.default for name, one in notebook_parameters(notebook).items()}
        if reason := what_it_needs(catalogue[notebook], tables, defaults | parameters_for(study, notebook)):
            print(say(CANNOT_ANSWER(notebook=verbatim(notebook), reason=reason)))


def _values(source: "Source", report: "TableReport") -> str:
    """What stands in each column of a table's file, in full: this is the owner's terminal."""
    from helpers.contracts import column_profiles  # noqa: PLC0415

    frame = column_profiles.values(source, report)
    shown = frame[column_profiles.VALUES].astype("string").fillna("")
    rows = [tuple(map(translated, VALUE_COLUMNS.values()))]
    for one, values in zip(frame.itertuples(), shown.itertuples(index=False), strict=True):
        counts = (say(percent(one.filled)), ("~" if one.about else "") + say(count(one.distinct)))
        rows.append((one.column, one.read_as, *counts, *(value[:WIDEST] for value in values)))
    return columns(rows)


def _money_of(result: "RuleResult", study: Study) -> Message | Value:
    """The money of the rows that break a rule, unknown where no amount can be read."""
    unknown = result.unknown_money and result.unknown_money == result.rows
    return UNKNOWN() if unknown else _money(result.money, study)


def _money(value: float | None, study: Study) -> Message | Value:
    if value is None:
        return verbatim("")
    return MONEY(number=decimals(value, 2), currency=verbatim(study.currency))
