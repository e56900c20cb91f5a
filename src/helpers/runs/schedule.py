"""Run or reuse the notebooks of a run, each as soon as those it reads have ended."""

import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from helpers import paths
from helpers.files import digest, private_folder, read_json
from helpers.messages import day, message, verbatim
from helpers.runs import kept, reuse
from helpers.runs.fingerprints import code_cells, file_sha256, key_parts, look_again, source_stamp
from helpers.runs.plan import why_not
from helpers.runs.progress import Progress
from helpers.runs.run import Run, Signals
from helpers.runs.surroundings import environment
from helpers.site.run_record import NotebookResult
from helpers.site.shell import said_again, said_check
from helpers.study.catalogue import notebook_path, read_notebook, upstream_of
from helpers.study.study import parameters_for

if TYPE_CHECKING:
    from helpers.runs.execute import Kernels

WARM_FROM = 3  # notebooks of the project; for fewer the libraries would be loaded in vain
STUDY = message("run.study", "{name}: {title}, as of {as_of}")


def execute_all(run: Run, signals: Signals) -> None:
    """Bring every notebook of the run to its end; a signal ends the kernels and returns at once."""
    waiting = list(run.order)
    kernels: Kernels | None = None
    queue: list[tuple[str, dict]] = []
    running: dict[Future, tuple[str, dict]] = {}
    with (
        Progress(run.order, language=run.record.language) as progress,
        ThreadPoolExecutor(run.options.jobs) as pool,
    ):
        try:
            study = {"name": verbatim(run.study.name), "title": verbatim(run.study.title)}
            progress.say(STUDY(**study, as_of=day(run.study.as_of)))
            while (waiting or queue or running) and not signals.received:
                for notebook in [name for name in waiting if _is_ready(run, name)]:
                    waiting.remove(notebook)
                    if parts := _settle(run, notebook, progress):
                        queue.append((notebook, parts))
                while queue and len(running) < run.options.jobs:
                    kernels = kernels or _kernels(run)
                    notebook, parts = queue.pop(0)
                    running[_start(run, notebook, pool, kernels, progress)] = notebook, parts
                done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in done:
                    _record_executed(run, *running.pop(future), future, progress)
        finally:
            if kernels:
                kernels.stop()
        for future, (notebook, parts) in running.items():
            _record_executed(run, notebook, parts, future, progress)


def _is_ready(run: Run, notebook: str) -> bool:
    upstream = upstream_of(run.catalogue[notebook], run.catalogue)
    return all(name in run.results or name in run.skipped for name in upstream if name in run.order)


def _settle(run: Run, notebook: str, progress: Progress) -> dict | None:
    """Settle a notebook that cannot answer, is reused or is not asked for; else return what its key is made of."""
    entry = run.catalogue[notebook]
    written = {name: keys["artifacts"] for name, keys in run.keys.items()}
    if run.skipped & set(upstream_of(entry, run.catalogue)):
        run.skipped.add(notebook)
        return None
    reason = why_not(entry, run.catalogue, run.inputs, run.results, written, run.parameters(notebook))
    if reason:
        _record(run, notebook, "cannot answer", reason=str(reason))
        run.results[notebook].told = reason.record()
        progress.finish(notebook, "cannot answer", reason)
        return None
    parts, source = _parts(run, notebook)
    entry_kept = reuse.take_over(run.earlier, notebook, digest(parts), source, run.folder, progress.say)
    if entry_kept:
        run.keys[notebook] = entry_kept
        _record(run, notebook, "reused")
        progress.finish(notebook, "reused")
        return None
    if notebook not in run.wanted:
        run.skipped.add(notebook)
        return None
    return parts


def _parts(run: Run, notebook: str) -> tuple[dict, dict]:
    """What a notebook's key is made of, and its source, as they are now."""
    entry = run.catalogue[notebook]
    source = read_notebook(notebook_path(notebook, run.options.notebooks))
    readable = {name: sha for keys in run.keys.values() for name, sha in keys["artifacts"].items()}
    read = {name: readable.get(name) for name in entry.reads + entry.reads_if_there}
    if entry.reads_checks:
        read["checks"] = digest(
            {
                name: [_wordless(check) for check in result.checks]
                for name, result in run.results.items()
                if name < notebook
            }
        )
    parameters = run.parameters(notebook)
    parts = key_parts(entry, source, run.study, parameters=parameters, artifacts=read, inputs=run.inputs)
    return parts, source


def _changed_meanwhile(run: Run, notebook: str, parts: dict) -> str:
    """What a notebook read that was not the same before and after it ran, in a sentence; empty where all was."""
    if (stamp := source_stamp()) != run.stamp:
        run.stamp = stamp
        look_again()
    now, source = _parts(run, notebook)
    if now != parts:
        what = {
            "code": "its cells",
            "modules": "helpers that it imports",
            "artifacts": "results that it reads",
        }
        return f"{next(what.get(name, name) for name in parts if now[name] != parts[name])} were edited"
    executed = read_notebook(run.folder / "executed" / f"{notebook}.ipynb")
    if code_cells(source) != list(_own_cells(executed)):
        return "its cells were edited"
    if found := run.read.changed(list(parts["inputs"]), run.hashes):
        return found
    upstream = [name for name in upstream_of(run.catalogue[notebook], run.catalogue) if name in run.keys]
    edits = (kept.altered(run.folder, name, run.keys[name], set(), run.hashes) for name in upstream)
    return next((one for one in edits if one), "")


def _own_cells(executed: dict) -> Iterator[list]:
    """The code of an executed notebook without the cell that papermill put in."""
    for source, tags in code_cells(executed):
        if "injected-parameters" not in tags:
            yield [source, tags]


def _wordless(record: Any) -> Any:
    """A record of run.json without the texts that are said again when a page is rendered."""
    if isinstance(record, list):
        return [_wordless(one) for one in record]
    if not isinstance(record, dict):
        return record
    words = {"template", "text", "advice", *record.get("said", {})}
    return {name: _wordless(value) for name, value in record.items() if name not in words}


def _kernels(run: Run) -> "Kernels":
    from helpers.runs.execute import Kernels  # noqa: PLC0415 (papermill takes a second to load)
    from helpers.runs.warm import Warm  # noqa: PLC0415

    is_worth = (
        sys.platform == "linux" and run.options.notebooks == paths.NOTEBOOKS and len(run.wanted) >= WARM_FROM
    )
    warm = Warm(environment(run.options.jobs), paths.ROOT) if is_worth else None
    return Kernels(run.study.notebook_minutes, warm)


def _start(
    run: Run, notebook: str, pool: ThreadPoolExecutor, kernels: "Kernels", progress: Progress
) -> Future:
    from helpers.runs.execute import execute  # noqa: PLC0415

    own = {
        "study": run.study.name if run.study.path.parent == paths.REPORTS else str(run.study.path),
        "run_dir": str(run.folder),
    }
    folder = private_folder(run.folder / "artifacts" / notebook)
    progress.start(notebook)
    return pool.submit(
        execute,
        notebook_path(notebook, run.options.notebooks),
        run.folder / "executed" / f"{notebook}.ipynb",
        folder / "page.json",
        own | parameters_for(run.study, notebook, run.options.notebooks),
        kernels=kernels,
        environment=environment(run.options.jobs, run.study.fit_minutes, run.read.snapshot),
        on_cell=lambda cell, cells: progress.cell(notebook, cell, cells),
        on_progress=lambda text: progress.at(notebook, text),
    )


def _record_executed(run: Run, notebook: str, parts: dict, future: Future, progress: Progress) -> None:
    outcome = future.result()
    reason = outcome.reason
    if not reason and (changed := _changed_meanwhile(run, notebook, parts)):
        reason = f"{changed} while it ran, so its result is not kept: run again"
    folder = run.folder / "artifacts" / notebook
    if reason:
        shutil.rmtree(folder)
        status = "cannot answer" if outcome.cannot_answer else "failed"
        if outcome.cannot_answer:
            (run.folder / "executed" / f"{notebook}.ipynb").unlink(missing_ok=True)
        _record(run, notebook, status, seconds=outcome.seconds, reason=reason)
        progress.finish(notebook, status, reason, outcome.seconds)
        return
    files = {
        path.stem: path for path in sorted(folder.iterdir()) if path.stem in run.catalogue[notebook].writes
    }
    source = read_notebook(notebook_path(notebook, run.options.notebooks))
    run.keys[notebook] = {
        "key": digest(parts),
        "artifacts": {name: file_sha256(path) for name, path in files.items()},
        "files": kept.hashes_of(run.folder, notebook, reuse.exports_of(source)),
    }
    _record(run, notebook, "ok", seconds=outcome.seconds)
    progress.finish(notebook, "ok", seconds=outcome.seconds)


def _record(run: Run, notebook: str, status: str, *, seconds: float = 0.0, reason: str = "") -> None:
    page = read_json(run.folder / "artifacts" / notebook / "page.json") or {}
    run.results[notebook] = NotebookResult(
        status=status,
        reason=reason,
        seconds=round(seconds, 1),
        parameters=run.parameters(notebook),
        metrics=page.get("metrics", {}),
        mcse=page.get("mcse", {}),
        checks=[said_check(check) for check in page.get("checks", [])],
        answer=[said_again(sentence) for sentence in page.get("answer", [])],
        facts={name: said_again(fact) for name, fact in page.get("facts", {}).items()},
        exports=page.get("exports", []),
    )
    if status != "reused":  # of an earlier run, which still has it
        run.save()
