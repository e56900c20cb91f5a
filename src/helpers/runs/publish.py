"""Turn executed notebooks into pages, and a run that is whole into the published one."""

import os
from pathlib import Path

from helpers import paths
from helpers.files import digest, read_json
from helpers.runs.fingerprints import file_sha256
from helpers.runs.plan import GOOD
from helpers.runs.reuse import link
from helpers.runs.run import Run
from helpers.site.catalogue import templates
from helpers.site.run_record import RunRecord
from helpers.study.study import Study


def render_pages(run: Run) -> None:
    """Render a page per notebook that ended well; one whose content and looks are unchanged is linked."""
    done = [name for name, result in run.results.items() if result.status in GOOD]
    records = {name: read_json(run.folder / "artifacts" / name / "page.json") for name in done}
    facts = {key: value for record in records.values() for key, value in record.get("facts", {}).items()}
    pages = [run.catalogue[name] for name in done]
    stated = [run.study.title, run.study.as_of, run.study.currency, run.study.timezone]
    common = digest([facts, [repr(entry) for entry in pages], stated, _looks()])
    for name in done:
        executed, target = run.folder / "executed" / f"{name}.ipynb", run.folder / f"{name}.html"
        key = run.keys[name]["page"] = digest([common, file_sha256(executed), records[name]])
        before = (folder for folder, keys in run.earlier if keys.get(name, {}).get("page") == key)
        same = next((folder / target.name for folder in before if (folder / target.name).is_file()), None)
        if same:
            link(same, target)
            continue
        from helpers.site import render  # noqa: PLC0415 (nbconvert takes seconds to load)

        render.render_page(executed, records[name], facts, run.study, pages, target, run=run.record)


def render_index(run_dir: Path, run: RunRecord, study: Study, stale: RunRecord | None = None) -> None:
    """Render the index of a run, with what made it stale."""
    from helpers.site import render  # noqa: PLC0415

    render.render_index(run_dir, run, study, stale)


def render_overview(build: Path) -> None:
    """Render the index over all studies."""
    from helpers.site import render  # noqa: PLC0415

    render.render_overview(build)


def make_latest(run_dir: Path) -> None:
    """Move the study's `latest` to this run in one step."""
    latest = run_dir.parents[1] / "latest"
    partial = latest.with_name(f".latest.{os.getpid()}")
    partial.unlink(missing_ok=True)
    partial.symlink_to(Path(run_dir.parent.name) / run_dir.name)
    os.replace(partial, latest)


def mark_stale(home: Path, study: Study, run: RunRecord) -> None:
    """Say on the published index, if there is one, that a later run did not finish, and why."""
    latest = home / "latest"
    published = RunRecord.read(latest / "run.json")
    if published:
        render_index(latest.resolve(), published, study, run)


def _looks() -> str:
    """The hash of what decides how a page looks and what it says: words, figures, templates and style."""
    folders = [paths.SOURCES / "helpers" / name for name in ("pages", "site", "views")]
    files = sorted(
        path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"
    )
    looks = {str(path.relative_to(paths.SOURCES)): file_sha256(path) for path in files}
    return digest([templates(), looks])
