"""What the command line tells about notebooks and tables."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from helpers import paths
from helpers.errors import StudyError
from helpers.pages import wording
from helpers.runs.plan import select, what_it_needs, without_stand_ins
from helpers.site.catalogue import templates
from helpers.study import strict_yaml
from helpers.study.catalogue import Entry, load_catalogue
from helpers.study.parameters import RESERVED, notebook_parameters
from helpers.study.study import Study, parameters_for

if TYPE_CHECKING:
    from helpers.contracts.findings import TableReport
    from helpers.tables.source import Source

WIDEST = 30  # letters of a value that are shown


def show(notebook: str | None = None) -> int:
    """Print the notebooks with their questions, or one notebook's parameters, tables and artifacts."""
    catalogue = load_catalogue()
    if notebook is None:
        width = max(len(name) for name in catalogue)
        for name, entry in catalogue.items():
            print(f"{name:<{width}}  {entry.question}")
        print("\n`python -m helpers list NOTEBOOK` shows what one reads and writes, and its parameters.")
        return 0
    if notebook not in catalogue:
        raise strict_yaml.unknown("notebook", notebook, catalogue, str(paths.CATALOGUE))
    _show_one(catalogue[notebook])
    return 0


def _show_one(entry: Entry) -> None:
    print(f"{entry.title}: {entry.question}\n")
    for label, names in (
        ("tables needed", (*entry.tables, *entry.columns)),
        ("asks for", entry.asks),
        ("reads", entry.reads),
        ("reads if there", entry.reads_if_there),
        ("writes", entry.writes),
    ):
        print(f"{label + ':':<16}{', '.join(names) or 'none'}")
    parameters = [p for p in notebook_parameters(entry.notebook).values() if p.name not in RESERVED]
    rows = [("parameter", "type", "default", "meaning")]
    rows += [(p.name, p.type, repr(p.default), p.help) for p in parameters]
    print("\n" + _columns(rows))
    print("\nSet them in a study file under `parameters`, or for this notebook alone under `overrides`.")


def check(study: Study) -> int:
    """Print what checking a study's tables finds: rows, what each rule and filter takes out, with its money.

    Raises StudyError where a rule is broken that the study does not allow, after the table is printed.
    """
    from helpers import contracts, tables  # noqa: PLC0415 (the engine takes a second to load)
    from helpers.contracts.named import refuse_unknown  # noqa: PLC0415

    source = tables.open_source(study)
    reports = contracts.check(study, source)
    for report in reports:
        print(f"{report.table} ({report.file}): {report.rows:,} rows, {report.used:,} used")
        rows = [("rows", "money", "what", "then")]
        rows += [(f"{r.rows:,}", _money_of(r, study), r.rule, r.action) for r in report.results if r.rows]
        rows += [
            (f"{one.rows:,}", _money(one.money, study), one.reason, "left out")
            for one in report.left_out
            if one.rows
        ]
        print(_columns(rows) + "\n" if len(rows) > 1 else "")
        print(_values(source, report) + "\n")
        for found in report.findings:
            if found.verdict != contracts.STOP:  # what stops the run is said at the end
                print(f"{found.verdict:<6}  {found.name}: {found}")
        print()
    try:
        contracts.refuse(reports)
        refuse_unknown(study, reports)
    except StudyError as error:
        raise StudyError(f"{study.path.name} cannot be run:\n{error}") from error
    asked = sum(found.verdict == contracts.REVIEW for report in reports for found in report.findings)
    print("Every rule is met, or the study says what to do with the rows that break it.")
    _say_who_cannot_answer(study, {report.table: {"columns": report.given} for report in reports})
    if asked:
        print(f"{asked} findings above say REVIEW: look at each before you rest on the report.")
    return 0


def _say_who_cannot_answer(study: Study, tables: dict[str, dict]) -> None:
    """Print each notebook of the study that a run would leave out, and what it needs."""
    catalogue = load_catalogue()
    for notebook in without_stand_ins(select(study, catalogue), catalogue, tables):
        defaults = {name: one.default for name, one in notebook_parameters(notebook).items()}
        if reason := what_it_needs(catalogue[notebook], tables, defaults | parameters_for(study, notebook)):
            print(f"{notebook} cannot answer: {reason}.")


def _values(source: "Source", report: "TableReport") -> str:
    """What stands in each column of a table's file, in full: this is the owner's terminal."""
    from helpers.contracts import column_profiles  # noqa: PLC0415

    frame = column_profiles.values(source, report)
    shown = frame[column_profiles.VALUES].astype("string").fillna("")
    rows = [("column", "read as", "filled", "distinct", "smallest", "largest", "most frequent")]
    for one, values in zip(frame.itertuples(), shown.itertuples(index=False), strict=True):
        counts = (wording.percent(one.filled), wording.count(one.distinct))
        rows.append((one.column, one.read_as, *counts, *(value[:WIDEST] for value in values)))
    return _columns(rows)


def _money_of(result, study: Study) -> str:
    """The money of the rows that break a rule, unknown where no amount can be read."""
    unknown = result.unknown_money and result.unknown_money == result.rows
    return "unknown" if unknown else _money(result.money, study)


def _money(value: float | None, study: Study) -> str:
    return "" if value is None else f"{value:,.2f} {study.currency}"


def _columns(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = ("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def messages() -> int:
    """Print the catalogue of messages: a line each, the name, a tab, and the English template."""
    for name, template in templates().items():
        print(f"{name}\t{template}")
    return 0
