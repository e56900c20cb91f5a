"""Turn executed notebooks into pages, and a run that is whole into the published one."""

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

from helpers import paths
from helpers.files import PARTIAL, digest, read_json, replace, sweep_partials
from helpers.pages import groups
from helpers.runs.fingerprints import file_sha256
from helpers.runs.plan import GOOD
from helpers.runs.run import Run, runs_of
from helpers.site import data_files, figure_groups, pdf
from helpers.site.catalogue import templates
from helpers.site.recorded_tables import agreement
from helpers.site.run_record import SUMMARY, RunRecord
from helpers.study import labels

PAGES_EACH = 4  # that a process renders at least, or it does not pay to start it
SETTLED = ".settled"  # in a study's folder: the runs whose ends were brought to what is published


def render_pages(run: Run) -> None:
    """Render a page per notebook that ended well; one whose content and looks are unchanged is copied."""
    done = [name for name, result in run.results.items() if result.status in GOOD]
    records = {name: read_json(run.folder / "artifacts" / name / "page.json") for name in done}
    facts = {key: value for record in records.values() for key, value in record.get("facts", {}).items()}
    coded = (value for record in records.values() for value in record.get("names", []))
    run.record.labels = labels.names(run.study.labels, coded, run.record.language)
    kept = whole_runs(run.home)
    pages = [run.catalogue[name] for name in done]
    stated = [run.study.title, run.study.as_of, run.study.currency, run.study.timezone]
    agreed = agreement(run.folder, done)
    run.record.hidden = sorted(agreed)
    said = [facts, run.record.labels, run.record.language, [repr(entry) for entry in pages], stated]
    common = digest([*said, _looks(), sorted(agreed)])
    silent = figure_groups.telling({name: run.folder / "executed" / f"{name}.ipynb" for name in done}, agreed)
    drawn: list[tuple[Path, dict, Path]] = []
    for name in done:
        executed, target = run.folder / "executed" / f"{name}.ipynb", run.folder / f"{name}.html"
        history = [one.run for one in kept] if name == SUMMARY else []
        key = run.keys[name]["page"] = digest(
            [common, history, file_sha256(executed), records[name], silent[name]]
        )
        same = next(
            (one for folder, keys in run.earlier if (one := _same(folder, target.name, keys.get(name), key))),
            None,
        )
        if same:
            data_files.copy_page(same, target)
        else:
            drawn.append((executed, records[name], target))
    stated_to_all = {"facts": facts, "study": run.study, "pages": pages, "run": run.record, "kept": kept}
    stated_to_all |= {"agreed": agreed, "silent": [key for keys in silent.values() for key in keys]}
    _draw(drawn, stated_to_all)
    for name in done:
        run.keys[name]["page_sha256"] = data_files.sha256(run.folder / f"{name}.html")
    pdf.write(run.folder)


def _draw(pages: list[tuple[Path, dict, Path]], stated: dict[str, Any]) -> None:
    """Render pages (the executed notebook, its page.json, where to), several at once where there are many.

    Each process renders whole pages, which depend on nothing that another one renders.
    """
    at_once = min(os.cpu_count() or 1, len(pages) // PAGES_EACH)
    if at_once < 2:
        for page in pages:
            _draw_one(page, stated)
        return
    starts_anew = get_context("spawn")  # engines may have left threads here, which a fork would not have
    with ProcessPoolExecutor(at_once, starts_anew, initializer=_leave_to_runner) as pool:
        # The largest first, so that none is begun when all others have ended.
        largest_first = sorted(pages, key=lambda page: -page[0].stat().st_size)
        for ended in [pool.submit(_draw_one, page, stated) for page in largest_first]:
            ended.result()


def _draw_one(page: tuple[Path, dict, Path], stated: dict[str, Any]) -> None:
    from helpers.site import render  # noqa: PLC0415 (templates take a second to load)

    executed, record, target = page
    facts, study, pages = (stated[name] for name in ("facts", "study", "pages"))
    with groups.agreed(stated["agreed"]), figure_groups.left_out(stated["silent"]):
        render.render_page(
            executed, record, facts, study, pages, target, run=stated["run"], kept=stated["kept"]
        )


def _leave_to_runner() -> None:
    """A process that renders leaves Ctrl-C to the runner, which notes it and ends when pages are whole; it ends with it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    Thread(target=_end_with_runner, daemon=True).start()


def _end_with_runner() -> None:
    if runner := parent_process():
        runner.join()
    os._exit(1)


def _same(folder: Path, page: str, entry: dict | None, key: str) -> Path | None:
    """An earlier run's page of this key that is what the run left."""
    if not entry or entry.get("page") != key or not (folder / page).is_file():
        return None
    return folder / page if data_files.sha256(folder / page) == entry.get("page_sha256") else None


def whole_runs(home: Path) -> list[RunRecord]:
    """The study's runs that ended well with all it asks for, oldest first: what a page compares with."""
    return [run for run in runs_of(home) if run.status == "ok" and run.whole]


def render_index(run_dir: Path, run: RunRecord, stale: RunRecord | None = None) -> None:
    """Render the index of a run, with what made it stale."""
    from helpers.site import render  # noqa: PLC0415

    render.render_index(run_dir, run, stale, whole_runs(run_dir.parents[1]))


def settle(home: Path) -> None:
    """Bring what a study has published in line with its newest run: `latest`, the notice of staleness, the overview.

    To be called with the study's lock held; doing it again changes nothing. A process that is killed in between leaves it
    to the next command.
    """
    from helpers.site import render  # noqa: PLC0415

    newest = next(reversed(runs_of(home)), None)
    if newest is None:
        return
    if newest.status == "ok" and newest.whole:
        _make_latest(home, newest.run)
    elif newest.is_unfinished:
        published = RunRecord.read(home / "latest" / "run.json")
        if published and published.run != newest.run:
            render_index((home / "latest").resolve(), published, newest)
    sweep_partials(home.parent)
    render.render_overview(home.parent)
    names = "\n".join(_names(home))  # the folder itself stays as it is: its pages are read by others
    replace(home / SETTLED, lambda partial: partial.write_text(names, encoding="utf-8"))


def is_settled(home: Path) -> bool:
    """Whether nothing was left half-done when the study's newest run ended."""
    return not any((home / ".work").glob("*")) and _names(home) == _settled(home)


def _names(home: Path) -> list[str]:
    return sorted(path.name for path in home.glob("runs/*"))


def _settled(home: Path) -> list[str]:
    known = home / SETTLED
    return known.read_text(encoding="utf-8", errors="replace").splitlines() if known.is_file() else []


def _make_latest(home: Path, run: str) -> None:
    """Move the study's `latest` to this run in one step; a real folder of that name is kept under another."""
    latest = home / "latest"
    if latest.is_dir() and not latest.is_symlink():
        kept = next(place for n in count(1) if not (place := home / f"latest-{n}").exists())
        os.rename(latest, kept)
        print(
            f"{latest} was a folder and no link to a run, as some copying programs make it; it is kept as {kept.name}."
        )
    partial = latest.with_name(PARTIAL.format(name="latest", pid=os.getpid()))
    partial.unlink(missing_ok=True)
    partial.symlink_to(Path("runs") / run)
    os.replace(partial, latest)


def _looks() -> str:
    """The hash of what decides how a page looks and what it says: words, figures, templates and style."""
    folders = [paths.SOURCES / "helpers" / name for name in ("pages", "site", "views", "locale")]
    files = sorted(
        path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"
    )
    looks = {str(path.relative_to(paths.SOURCES)): file_sha256(path) for path in files}
    return digest([templates(), looks])
