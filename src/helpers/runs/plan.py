"""Which notebooks a run needs, in which order, and which questions it cannot answer."""

from collections.abc import Iterable
from functools import reduce

from helpers.messages import Message, Value, listing, message, verbatim
from helpers.site.run_record import FAILED, NotebookResult
from helpers.study import strict_yaml
from helpers.study.catalogue import Entry, alternatives, needed, upstream_of, writers_of
from helpers.study.study import Study

GOOD = ("ok", "reused")
NEEDS = message("plan.needs", "needs {parts}")
NEEDS_PARAMETER = message(
    "plan.needs_parameter", "needs {parts} (`python -m helpers list {notebook}` explains them)"
)
EITHER = message("plan.either", "{one} or {other}")
COLUMN = message("plan.column", "the column {column} of {table}")
PARAMETER = message("plan.parameter", "the parameter {names}")
WAITS = message("plan.waits", "waits for {notebooks}, which failed")
FROM = message("plan.from", "{artifact} from {notebook}")


def select(study: Study, catalogue: dict[str, Entry]) -> list[str]:
    """The study's notebooks and those whose artifacts they cannot do without, in order."""
    return needed(study.notebooks or catalogue, catalogue)


def without_stand_ins(order: list[str], catalogue: dict[str, Entry], tables: dict) -> list[str]:
    """The notebooks of `order`; one that stands in for another is left out unless it can answer and the other cannot."""

    def is_needed(name: str) -> bool:
        other = catalogue[name].instead_of
        if other not in order:
            return True
        return bool(what_it_needs(catalogue[other], tables, {})) and not what_it_needs(
            catalogue[name], tables, {}
        )

    return [name for name in order if is_needed(name)]


def closure(names: tuple[str, ...], catalogue: dict[str, Entry], order: list[str], where: str) -> list[str]:
    """These notebooks of `order` and all in it that they read from, also what they could do without.

    So a notebook that runs alone reads what it reads in a whole run, and its result is the same.
    """
    found: set[str] = set()
    waiting = set(names)
    for name in names:
        if name not in order:
            raise strict_yaml.unknown("notebook", name, order, where)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= (set(upstream_of(catalogue[name], catalogue)) & set(order)) - found
    return [name for name in order if name in found]


def chains(order: list[str], catalogue: dict[str, Entry]) -> dict[str, int]:
    """How many notebooks the longest chain has that begins with each one and goes on with one that reads it."""
    found = dict.fromkeys(order, 1)
    for name in reversed(order):
        for earlier in upstream_of(catalogue[name], catalogue):
            if earlier in found:
                found[earlier] = max(found[earlier], found[name] + 1)
    return found


def what_it_needs(entry: Entry, tables: dict, parameters: dict) -> Message | None:
    """Which tables, columns and parameters a notebook needs and the study lacks, in a few words; None where none.

    parameters: the values it would run with.
    """
    absent: list[tuple[str, ...]] = []
    for those in map(alternatives, entry.tables):
        if not set(those) & {*tables, *(one for other in absent for one in other)}:  # a way out is said once
            absent.append(those)
    missing = [_either(map(verbatim, those)) for those in absent]
    for column in entry.columns:
        ways = [way.partition(".")[::2] for way in alternatives(column)]
        there = [(table, name) for table, name in ways if table in tables]
        if there and not any(name in tables[table]["columns"] for table, name in there):
            missing.append(
                _either(COLUMN(column=verbatim(name), table=verbatim(table)) for table, name in ways)
            )
    if missing:
        return NEEDS(parts=listing(missing))
    lacking = [
        PARAMETER(names=_either(map(verbatim, alternatives(names))))
        for asked in entry.asks
        if _is_asked(asked, entry, tables, parameters)
        for _, names in [_split(asked)]
    ]
    return NEEDS_PARAMETER(parts=listing(lacking), notebook=verbatim(entry.notebook)) if lacking else None


def _either(ways: Iterable[Message | Value]) -> Message | Value:
    return reduce(lambda one, other: EITHER(one=one, other=other), ways)


def _split(asked: str) -> tuple[str, str]:
    table, _, names = asked.partition(".")
    return table, names


def _is_asked(asked: str, entry: Entry, tables: dict, parameters: dict) -> bool:
    """Whether a notebook reads the table of `asked`, having no others of the same use, and the study says none of these."""
    table, names = _split(asked)
    uses = [set(alternatives(ways)) - {table} for ways in entry.tables if table in alternatives(ways)]
    has_others = bool(uses) and all(others & set(tables) for others in uses)
    if table not in tables or has_others:
        return False
    columns = tables[table].get("columns", ())  # a column of that name says it as well
    return not any(parameters.get(name) or name in columns for name in alternatives(names))


def why_not(
    entry: Entry, catalogue: dict[str, Entry], tables: dict, results: dict[str, NotebookResult], written: dict,
    parameters: dict | None = None,
) -> Message | None:  # fmt: skip
    """Why a notebook cannot answer in this run, in a few words; None when it can.

    `results` are those of the notebooks that ended, `written` {notebook: {artifact: ...}}; parameters: as it would run with.
    """
    if needs := what_it_needs(entry, tables, parameters or {}):
        return needs
    failed = [
        name for name in upstream_of(entry, catalogue) if name in results and results[name].status == FAILED
    ]
    if failed:
        return WAITS(notebooks=listing([verbatim(name) for name in failed]))
    writers = writers_of(catalogue)
    absent = [name for name in entry.reads if name not in written.get(writers[name], {})]
    made = [FROM(artifact=verbatim(name), notebook=verbatim(writers[name])) for name in absent]
    return NEEDS(parts=listing(made)) if made else None
