"""Draft a study from exported files: python -m helpers new NAME --from FILE [FILE ...]."""

import re
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from helpers import paths
from helpers.commands.drafting import (
    checks,
    experiments,
    files,
    home_country,
    looked_up,
    mappings,
    returns,
    words,
    written,
)
from helpers.commands.drafting.draft import CHECK, Draft, TableDraft, table_of
from helpers.errors import StudyError
from helpers.study.study import load_study
from helpers.study.table_columns import TABLES
from helpers.tables.folder import open_source

ROUNDS = 4  # what a check proposes may bring another finding to light


def new_study(name: str, given: Sequence[str]) -> int:
    """Write reports/NAME.yaml for exported files, with tables, columns and settings recognised, and say what to check.

    Each file is one table, files of equal columns one together. StudyError where the name is taken or no file name, or
    a file cannot be read.
    """
    target = paths.REPORTS / f"{name}.yaml"
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise StudyError(f"A study cannot be called {name!r}: use small letters, digits, - and _.")
    if target.exists():
        raise StudyError(f"{_shown(target)} exists: choose another name, or edit it.")
    folder, found = files.exports(given)
    today = date.today()
    drafted = [table_of(export, today) for export in found]
    drafted += _beside(folder, drafted, today)
    tables, unused = _one_each(drafted, folder, today)
    if not any(table.table == "transactions" for table in tables):
        tables = [experiments.of_sends(table) for table in tables]
    if len(tables) == 1:
        tables = [experiments.of_customers(table) for table in tables]
    draft = _draft(name, folder, tables)
    stopped = _looked_at(draft, folder)
    target.write_text(written.text_of(draft), encoding="utf-8")
    target.chmod(0o600)  # its comments show values of the data
    _say(draft, target, unused, stopped)
    return 0


def _beside(folder: Path, drafted: list[TableDraft], today: date) -> list[TableDraft]:
    """The tables that a study of this folder reads by the names of their files, though nobody gave them."""
    names = set(TABLES) - {table.table for table in drafted}
    given = {part for table in drafted for part in table.export.parts}  # of orders, though called tickets.csv
    lying = files.named_as(folder, names, given)
    more = [table_of(export, today) for export in files.exports(lying)[1]] if lying else []
    for table in more:
        if table.table != table.export.stem or not table.is_complete:
            raise StudyError(
                f"{table.export.path} lies in the same folder: by its name a study reads it as {table.export.stem}, and its "
                "columns are others. Move it to another folder, or give it another name."
            )
        table.notes.append("not given, but read: it lies beside and bears the table's name")
    return more


def _one_each(
    tables: list[TableDraft], folder: Path, today: date
) -> tuple[list[TableDraft], list[TableDraft]]:
    """One draft per table of the contract: the one whose columns fit best, then the largest; the others are not used."""
    best: dict[str, TableDraft] = {}
    unused, drafts = [], [*tables]
    for table in sorted(tables, key=_fits):
        other, both = best.get(table.table), None
        if other and (
            both := returns.together(table, other, folder) or _together(table, other, folder, today)
        ):
            drafts.append(both)
        elif other:
            unused.append(other)
        best[table.table] = both if other and both else table
    for table in unused:
        best[table.table].notes.append(f"{CHECK}{_not_used(table, best[table.table])}")
    return [table for table in drafts if best[table.table] is table], unused


def _together(table: TableDraft, other: TableDraft, folder: Path, today: date) -> TableDraft | None:
    """Both as one table where they are read alike, and differ in columns that need not be there; else nothing."""
    export = files.joined(table.export, other.export, folder)
    both = table_of(export, today) if export else None
    if both is None or (both.table, both.mapping) != (table.table, table.mapping):
        return None
    names = set(table.export.layout.columns) ^ set(other.export.layout.columns)
    read = [both.settings["columns"].get(name, "") for name in TABLES[both.table].required]
    if any(mappings.names_one_of(text, names) for text in (*read, *both.settings.get("where", ()))):
        return None
    both.notes.append(
        f"files with and without {', '.join(sorted(names))}: blank where a file does not have it"
    )
    return both


def _fits(table: TableDraft) -> tuple:
    """How well a file serves as its table: what is found in it, then how large it is."""
    size = sum(part.stat().st_size for part in table.export.parts)
    return table.is_complete, table.mapping is not None, len(table.settings["columns"]), size


def _not_used(table: TableDraft, used: TableDraft) -> str:
    """The sentence on a file whose table another file is already, with the columns in which they differ."""
    if said := _other_ids(table, used):
        return said
    names = [one.export.layout.columns for one in (table, used)]
    alone = [sorted(set(one) - set(other)) for one, other in (names, names[::-1])]
    paths_ = (table.export.path, used.export.path)
    differ = [f"{path} alone has {', '.join(only)}" for path, only in zip(paths_, alone, strict=True) if only]
    return (
        f"{table.export.path} seems to be {table.table} too and is not read "
        f"({'; '.join(differ) or 'another kind of file'}): "
        "to have both, export them with the same columns"
    )


def _other_ids(table: TableDraft, used: TableDraft) -> str:
    """The sentence on a file that gives several of the customer's ids, such as cards, to one customer; "" for any other."""
    own, values = used.settings["columns"].get("customer_id"), table.export.layout.values
    if own not in values:
        return ""
    others = words.finds(
        words.names("transactions")["customer_id"], {words.plain(one): one for one in values}
    )
    other = next((one for one in others if one != own and 0 < len(values[one]) < len(values[own])), "")
    return other and (
        f"{table.export.path} gives several {own} to one {other}, and the study counts each {own} as a customer: bring "
        f"{other} into {used.export.path}, and name it under columns as customer_id"
    )


def _draft(name: str, folder: Path, tables: list[TableDraft]) -> Draft:
    inside = all(one.is_relative_to(paths.ROOT) for one in (folder, paths.REPORTS))
    source = folder.relative_to(paths.ROOT) if inside else folder
    code, currency_why = looked_up.currency(tables)
    zone, why = looked_up.timezone(tables, code)
    buys = any(table.table == "transactions" for table in tables)
    land, land_why = home_country.country(code, zone, looked_up.language(tables)) if buys else ("", "")
    settings = {
        "title": name.replace("_", " ").replace("-", " ").capitalize(),
        "as_of": _today_in(zone),
        "holdout": "",
        "timezone": zone,
        "currency": code,
        **({"country": land} if land else {}),
        "time_unit": "week",
        "source": str(source),
    }
    ids = next((table.mapping.ids for table in tables if table.mapping and table.mapping.ids), None)
    settings |= {"ids": ids} if ids else {}
    settings["notebooks"] = "all"
    said = {
        "timezone": why,
        "currency": currency_why,
        "country": land_why,
        "ids": "the export writes one customer in several ways",
    }
    draft = Draft(name, str(source), tables, settings, said)
    _ask_for_parameters(draft)
    return draft


def _ask_for_parameters(draft: Draft) -> None:
    """Write the parameters that the tables, as drafted so far, need."""
    needed, because = experiments.parameters(draft.tables)
    draft.settings |= {"parameters": needed} if needed else {}
    draft.why["parameters"] = because


def _today_in(zone: str) -> date:
    """The date that a shop's clocks show now: near midnight it is not that of the machine."""
    return datetime.now(ZoneInfo(zone)).date()


def _looked_at(draft: Draft, folder: Path) -> str:
    """Read the files, or parts of large ones, as the draft says, and take up what is found; return what stops it."""
    if not all(table.is_complete for table in draft.tables):
        draft.settings.pop("holdout")
        draft.why["as_of"] = f"{CHECK}value is stated at the end of this day"
        return ""
    stopped = ""
    with TemporaryDirectory() as place:
        copies = Path(place) / "files"
        files.sample([table.export for table in draft.tables], folder, copies)
        for _ in range(ROUNDS):
            path = Path(place) / f"{draft.name}.yaml"
            settings = {key: value for key, value in draft.settings.items() if key != "holdout"}
            settings["as_of"] = today = _today_in(settings["timezone"])
            path.write_text(
                written.text_of(Draft(draft.name, "", draft.tables, settings), str(copies)), encoding="utf-8"
            )
            source = open_source(study := load_study(path))
            changed, stopped = checks.propose(draft, study, source)
            if not changed:
                break
            _ask_for_parameters(draft)
        if not stopped:
            looked_up.days(draft, source, today)
    if not draft.settings["holdout"]:
        draft.settings.pop("holdout")
        draft.why.setdefault("as_of", f"{CHECK}value is stated at the end of this day")
    return stopped


def _say(draft: Draft, target: Path, unused: list[TableDraft], stopped: str) -> None:
    for table in draft.tables:
        known = f", known as {table.mapping.title}" if table.mapping else ""
        print(f"{table.export.path}: {table.table}{known}")
        for note in () if table.is_complete else table.notes:
            print(f"{table.export.path}: {note.removeprefix(CHECK)}")
    for table in unused:
        used = next(one for one in draft.tables if one.table == table.table)
        print(
            f"{table.export.path}: not used, since another file is {table.table} already: {_not_used(table, used)}"
        )
    open_lines = target.read_text(encoding="utf-8").count(f"# {CHECK}")
    print(f"Study written: {_shown(target)}. Read its {open_lines} lines that say CHECK, then:")
    print(f"{_shown(Path(sys.executable))} -m helpers check {draft.name}")
    if stopped:
        print(f"As it stands it is refused: {stopped}")


def _shown(path: Path) -> str:
    return str(path.relative_to(paths.ROOT)) if path.is_relative_to(paths.ROOT) else str(path)
