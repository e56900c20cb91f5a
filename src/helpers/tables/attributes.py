"""The columns that a file brings beyond the contract's: kept as they are called, numbers where all their values are."""

import ibis

from helpers.errors import StudyError
from helpers.study.table_columns import Contract
from helpers.tables import values

VALUE = "value of {}"  # the column that holds what the expression of a column gives
RESERVED = ("rule", "rules")  # beside rows that are set aside


def columns(
    file: str, contract: Contract, lines: ibis.Table, origins: dict, given: list[str], written: values.Written
) -> dict:
    """Return the attributes by name; text that is a number throughout becomes one, 007 stays text.

    Raises StudyError for one that differs from a contract's column in capitals only: which is meant is not guessed.
    """
    if not contract.attributes:
        return {}
    names = [column.name for column in contract.columns]
    used = set(origins.values()) | set(names)
    wanted = {column: column for column in given if column not in used}
    own = {name: origin for name, origin in origins.items() if name not in names}
    # What an expression gives stands in a column of its own (Source._computed).
    wanted |= {name: one if one in lines.columns else VALUE.format(name) for name, one in own.items()}
    for name in wanted:
        _refuse_twin(file, name, wanted[name], names, contract.name)
    wanted = {
        name.lstrip("_") or f"column {name}" if name.startswith("_") else name: one
        for name, one in wanted.items()
    }
    texts = [origin for origin in wanted.values() if lines[origin].type().is_string()]
    numeric = _numeric(lines, texts, written)
    return {
        name: values.as_number(lines[origin], **written.numbers)
        if origin in numeric
        else (values.as_text(lines[origin]) if origin in texts else lines[origin])
        for name, origin in wanted.items()
    }


def _refuse_twin(file: str, name: str, origin: str, names: list[str], table: str) -> None:
    twin = next((one for one in (*names, *RESERVED) if one.casefold() == name.casefold()), None)
    if twin is None:
        return
    keep = f"`columns: {{{twin}_in_file: {origin}}}` keeps it as a column of its own"
    meant = (
        f"`columns: {{{twin}: {origin}}}` if it is the {twin} of data/README.md; " if twin in names else ""
    )
    raise StudyError(
        f"{file}: the column {origin!r} is called like {twin}, which the table {table} has itself. Add to the table in the "
        f"study file: {meant}{keep}."
    )


def _numeric(lines: ibis.Table, texts: list[str], written: values.Written) -> set[str]:
    if not texts:
        return set()
    counts = {}
    for place, name in enumerate(texts):
        given = values.as_given(lines[name])
        unread = values.as_number(lines[name], **written.numbers).isnull() | given.re_search(r"^[+-]?0\d")
        counts[f"unread{place}"] = (given.notnull() & unread).sum()
        counts[f"given{place}"] = given.count()
    row = lines.aggregate(**counts).to_pyarrow().to_pylist()[0]
    return {n for i, n in enumerate(texts) if row[f"given{i}"] and not row[f"unread{i}"]}
