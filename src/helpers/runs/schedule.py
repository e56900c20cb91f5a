"""Run or reuse the notebooks of a run, each as soon as those it reads have ended."""

import shutil
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from helpers import paths
from helpers.files import digest, read_json
from helpers.runs import reuse
from helpers.runs.fingerprints import file_sha256, notebook_key
from helpers.runs.plan import why_not
from helpers.runs.progress import Progress
from helpers.runs.run import Run, Signals
from helpers.site.run_record import NotebookResult
from helpers.site.shell import said_again, said_check
from helpers.study.catalogue import notebook_path, read_notebook, upstream_of
from helpers.study.study import parameters_for

if TYPE_CHECKING:
    from helpers.runs.execute import Kernels


def execute_all(run: Run, signals: Signals) -> None:
    """Bring every notebook of the run to its end; a signal ends the kernels and returns at once."""
    waiting = list(run.order)
    kernels: Kernels | None = None
    queue: list[tuple[str, str]] = []
    running: dict[Future, tuple[str, str]] = {}
    with Progress(run.order) as progress, ThreadPoolExecutor(run.options.jobs) as pool:
        progress.say(f"{run.study.name}: {run.study.title}, as of {run.study.as_of}")
        while (waiting or queue or running) and not signals.received:
            for notebook in [name for name in waiting if _is_ready(run, name)]:
                waiting.remove(notebook)
                if key := _settle(run, notebook, progress):
                    queue.append((notebook, key))
            while queue and len(running) < run.options.jobs:
                kernels = kernels or _kernels()
                notebook, key = queue.pop(0)
                running[_start(run, notebook, pool, kernels, progress)] = notebook, key
            done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                _record_executed(run, *running.pop(future), future, progress)
        if running and kernels:
            kernels.stop()
            for future, (notebook, key) in running.items():
                _record_executed(run, notebook, key, future, progress)


def _is_ready(run: Run, notebook: str) -> bool:
    upstream = upstream_of(run.catalogue[notebook], run.catalogue)
    return all(name in run.results or name in run.skipped for name in upstream if name in run.order)


def _settle(run: Run, notebook: str, progress: Progress) -> str:
    """Settle a notebook that cannot answer, is reused or is not asked for; else return its key."""
    entry = run.catalogue[notebook]
    written = {name: keys["artifacts"] for name, keys in run.keys.items()}
    if run.skipped & set(upstream_of(entry, run.catalogue)):
        run.skipped.add(notebook)
        return ""
    reason = why_not(entry, run.catalogue, run.inputs, run.results, written)
    if reason:
        _record(run, notebook, "cannot answer", reason=reason)
        progress.finish(notebook, "cannot answer", reason)
        return ""
    source = read_notebook(notebook_path(notebook, run.options.notebooks))
    readable = {name: sha for artifacts in written.values() for name, sha in artifacts.items()}
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
    key = notebook_key(entry, source, run.study, parameters=parameters, artifacts=read, inputs=run.inputs)
    kept = reuse.take_over(run.earlier, notebook, key, source, run.folder)
    if kept:
        run.keys[notebook] = kept
        _record(run, notebook, "reused")
        progress.finish(notebook, "reused")
        return ""
    if notebook not in run.wanted:
        run.skipped.add(notebook)
        return ""
    return key


def _wordless(record: Any) -> Any:
    """A record of run.json without the texts that are said again when a page is rendered."""
    if isinstance(record, list):
        return [_wordless(one) for one in record]
    if not isinstance(record, dict):
        return record
    words = {"template", "text", "advice", *record.get("said", {})}
    return {name: _wordless(value) for name, value in record.items() if name not in words}


def _kernels() -> "Kernels":
    from helpers.runs.execute import Kernels  # noqa: PLC0415 (papermill takes a second to load)

    return Kernels()


def _start(
    run: Run, notebook: str, pool: ThreadPoolExecutor, kernels: "Kernels", progress: Progress
) -> Future:
    from helpers.runs.execute import execute  # noqa: PLC0415

    own = {
        "study": run.study.name if run.study.path.parent == paths.REPORTS else str(run.study.path),
        "run_dir": str(run.folder),
    }
    folder = run.folder / "artifacts" / notebook
    folder.mkdir(mode=0o700)
    progress.start(notebook)
    return pool.submit(
        execute,
        notebook_path(notebook, run.options.notebooks),
        run.folder / "executed" / f"{notebook}.ipynb",
        folder / "page.json",
        own | parameters_for(run.study, notebook, run.options.notebooks),
        kernels=kernels,
        jobs=run.options.jobs,
        on_cell=lambda cell, cells: progress.cell(notebook, cell, cells),
    )


def _record_executed(run: Run, notebook: str, key: str, future: Future, progress: Progress) -> None:
    outcome = future.result()
    executed = run.folder / "executed" / f"{notebook}.ipynb"
    if executed.exists():
        executed.chmod(0o600)
    folder = run.folder / "artifacts" / notebook
    if outcome.reason:
        shutil.rmtree(folder)
        _record(run, notebook, "failed", seconds=outcome.seconds, reason=outcome.reason)
        progress.finish(notebook, "failed", outcome.reason, outcome.seconds)
        return
    files = {
        path.stem: path for path in sorted(folder.iterdir()) if path.stem in run.catalogue[notebook].writes
    }
    run.keys[notebook] = {"key": key, "artifacts": {name: file_sha256(path) for name, path in files.items()}}
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
        checks=[said_check(check) for check in page.get("checks", [])],
        answer=[said_again(sentence) for sentence in page.get("answer", [])],
        facts={name: said_again(fact) for name, fact in page.get("facts", {}).items()},
    )
    run.save()
