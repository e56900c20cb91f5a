"""Check a study's tables before a run, and remember the result while nothing it rests on changes."""

from pathlib import Path

from helpers import paths
from helpers.files import digest, read_json, write_json
from helpers.runs.fingerprints import HashCache, modules_hash
from helpers.study.source_address import DATABASE, DEMO
from helpers.study.study import Study


def check_inputs(study: Study, build: Path, *, fresh: bool = False) -> dict[str, dict]:
    """Check the contracts and return {table: {"file", "sha256", "rows", "columns"}} of the tables that are there.

    Raises StudyError where the tables break a rule that the study does not allow. A second call with nothing
    changed opens no table: it compares file sizes, times and hashes.
    """
    hashes = HashCache(build / ".cache" / "hashes.json")
    memory = build / ".cache" / f"inputs-{study.name}.json"
    key = digest(["columns", study, modules_hash(_checkers(study))])
    known = read_json(memory)
    # A database does not say when it changes.
    is_database = study.source.kind == DATABASE
    if not fresh and not is_database and known and known["key"] == key and _unchanged(known, hashes):
        return known["inputs"]
    from helpers import contracts, tables  # noqa: PLC0415 (the engine takes a second to load)

    source = tables.open_source(study)
    try:
        reports = contracts.check(study, source)
        contracts.refuse(reports)
    finally:
        source.close()
    known = {report.table: {"rows": report.rows, "columns": list(report.given)} for report in reports}
    inputs = {
        table: {"file": _shown(file), "sha256": hashes.sha256(file)} | known[table]
        for table, file in source.files.items()
    }
    hashes.save()
    names = _listing(source.folder)
    write_json(memory, {"key": key, "folder": str(source.folder), "names": names, "inputs": inputs})
    return inputs


def _checkers(study: Study) -> frozenset[str]:
    modules = {"helpers.contracts", "helpers.contracts.checking", "helpers.tables"}
    return frozenset(modules | ({"helpers.demo"} if study.source.kind == DEMO else set()))


def _unchanged(known: dict, hashes: HashCache) -> bool:
    try:
        if _listing(Path(known["folder"])) != known["names"]:
            return False
        return all(
            hashes.sha256(paths.ROOT / table["file"]) == table["sha256"] for table in known["inputs"].values()
        )
    except OSError:
        return False


def _listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _shown(file: Path) -> str:
    """The file from the project's root where it lies inside: run.json reads the same on every machine."""
    file = file.absolute()
    return str(file.relative_to(paths.ROOT) if file.is_relative_to(paths.ROOT) else file)
