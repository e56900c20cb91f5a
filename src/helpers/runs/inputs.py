"""Check a study's tables before a run, and remember the result while nothing it rests on changes."""

import json
from dataclasses import dataclass
from pathlib import Path

from helpers import paths
from helpers.errors import StudyError
from helpers.files import digest, private_text, read_json, sealed, unsealed
from helpers.runs.fingerprints import HashCache, modules_hash, stamps_of
from helpers.study.source_address import DATABASE, DEMO
from helpers.study.study import Study

TRIES = 3  # times that tables are read where somebody writes to them meanwhile


@dataclass(frozen=True)
class Inputs:
    """The tables a run reads: {table: {"file", "sha256", "rows", "columns"}}, where they lie, and how they were found.

    snapshot: the folder to which a database was copied for this run, None for any other source.
    """

    tables: dict[str, dict]
    files: dict[str, Path]
    folder: Path
    names: list[str]
    stamps: dict[str, list]
    snapshot: Path | None = None

    def changed(self, tables: list[str], hashes: HashCache) -> str:
        """Which of these tables is not what was checked any more, in a few words; empty where all are."""
        try:
            if _listing(self.folder) != self.names:
                return f"the files in {self.folder} are others now"
            for table in tables:
                file = self.files[table]
                if (
                    stamps_of(file) != self.stamps[table]
                    or hashes.sha256(file) != self.tables[table]["sha256"]
                ):
                    return f"{file.name} was written to"
        except OSError as error:
            return f"{error.filename} cannot be read any more"
        return ""


def check_inputs(study: Study, build: Path, *, fresh: bool = False) -> Inputs:
    """Check the contracts and return the tables that are there.

    Raises StudyError where the tables break a rule that the study does not allow, or are written to all the while. A
    second call with nothing changed opens no table: it compares file sizes, times and hashes. A database is copied anew
    by every call, because it does not say when it changes.
    """
    hashes = HashCache(build / ".cache" / "hashes.json")
    memory = build / ".cache" / f"inputs-{study.name}.json"
    key = digest(["columns", study, modules_hash(_checkers(study))])
    known = unsealed(read_json(memory))
    if not fresh and study.source.kind != DATABASE and known and known.get("key") == key:
        found = _remembered(known, hashes)
        if found:
            return found
    found = next((one for _ in range(TRIES) if (one := _read(study, hashes))), None)
    if found is None:
        raise StudyError(
            f"The tables of {study.source} were written to while they were read, {TRIES} times: run again when the export "
            "has ended, or let it write elsewhere and move the files into place."
        )
    if found.snapshot is None:
        hashes.save()
        stated = {"key": key, "folder": str(found.folder), "names": found.names, "inputs": found.tables}
        private_text(memory, json.dumps(sealed(stated)))
    return found


def _read(study: Study, hashes: HashCache) -> Inputs | None:
    """Hash, check and hash again; None where a table is not the same before and after."""
    from helpers import contracts, tables  # noqa: PLC0415 (the engine takes a second to load)
    from helpers.contracts.named import refuse_unknown  # noqa: PLC0415

    source = tables.open_source(study)
    names = _listing(source.folder)
    stamps = {table: stamps_of(file) for table, file in source.files.items()}
    before = {table: hashes.sha256(file) for table, file in source.files.items()}
    try:
        reports = contracts.check(study, source)
        contracts.refuse(reports)
        refuse_unknown(study, reports)
    finally:
        source.close()
    is_database = study.source.kind == DATABASE
    stated = {report.table: {"rows": report.rows, "columns": list(report.given)} for report in reports}
    shown = {
        table: study.source.shown if is_database else _shown(file) for table, file in source.files.items()
    }
    found = {table: {"file": shown[table], "sha256": before[table]} | stated[table] for table in source.files}
    snapshot = source.folder if is_database else None
    read = Inputs(found, dict(source.files), source.folder, names, stamps, snapshot)
    return None if read.changed(list(found), hashes) else read


def _remembered(known: dict, hashes: HashCache) -> Inputs | None:
    """What was checked before, where it is still the same."""
    tables = known["inputs"]
    files = {table: paths.ROOT / one["file"] for table, one in tables.items()}
    try:
        stamps = {table: stamps_of(file) for table, file in files.items()}
    except OSError:
        return None
    found = Inputs(tables, files, Path(known["folder"]), known["names"], stamps)
    return None if found.changed(list(tables), hashes) else found


def _checkers(study: Study) -> frozenset[str]:
    modules = {"helpers.contracts", "helpers.contracts.checking", "helpers.contracts.named", "helpers.tables"}
    return frozenset(modules | ({"helpers.demo"} if study.source.kind == DEMO else set()))


def _listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def _shown(file: Path) -> str:
    """The file from the project's root where it lies inside: run.json reads the same on every machine."""
    file = file.absolute()
    return str(file.relative_to(paths.ROOT) if file.is_relative_to(paths.ROOT) else file)
