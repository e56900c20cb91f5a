"""What an earlier command could not finish: runs whose process was killed, and reports that are not marked as stale."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from helpers import paths
from helpers.messages import Template, message, verbatim
from helpers.paths import sweep
from helpers.runs import publish, reuse
from helpers.runs.run import is_running, new_record, only_run_of
from helpers.site.run_record import FAILED, RunRecord

STUDY_WRONG = message(
    "run.study_wrong",
    "The study file is wrong, so nothing was run: `python -m helpers check {study}` says what, and where.",
)
TABLES_WRONG = message(
    "run.tables_wrong",
    "The study or its tables did not pass the check, so nothing was run: `python -m helpers check {study}` says what, and "
    "where.",
)


def settle_all(build: Path) -> None:
    """Bring every study's pages in line with its newest run, where a process was killed before it could."""
    sweep()
    for home in sorted(path for path in build.glob("*") if (path / ".lock").is_file()):
        if publish.is_settled(home) or is_running(home):
            continue
        with only_run_of(home.name, build):
            reuse.adopt_abandoned(home)
            publish.settle(home)


def refuse_file(build: Path, name: str) -> None:
    """Mark the published report of a study file that cannot be read any more; name: as in `load_study`."""
    path = Path(name) if Path(name).suffix in (".yaml", ".yml") else paths.REPORTS / f"{name}.yaml"
    home = build / path.stem
    published = RunRecord.read(home / "latest" / "run.json")
    if published and path.is_file() and Path(published.study_file) == path.resolve() and not is_running(home):
        with suppress(OSError), only_run_of(path.stem, build):
            refuse(home, path.stem, STUDY_WRONG)


def refuse(home: Path, study: str, what: Template) -> None:
    """Mark a study's published report, if there is one, as stale: a later command found the study or its tables wrong.

    The sentence names no value of the tables: pages are read by others. To be called with the study's lock held.
    """
    published = RunRecord.read(home / "latest" / "run.json")
    if published is None:
        return
    record = new_record(
        home, study=study, study_file=published.study_file, title=published.title, as_of=published.as_of
    )
    record.language, record.finished = published.language, datetime.now(UTC).isoformat(timespec="seconds")
    record.ended(FAILED, what(study=verbatim(study)))
    folder = home / "runs" / record.run
    folder.mkdir(parents=True)
    record.write(folder / "run.json")
    publish.render_index(folder, record)
    publish.settle(home)
