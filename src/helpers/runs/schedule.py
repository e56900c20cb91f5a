"""Run or reuse the notebooks of one or several runs, each as soon as those it reads have ended.

Of those that could start, the one with the longest chain of others behind it comes first: on it rests when the run ends.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helpers import paths
from helpers.files import digest, private_folder, read_json
from helpers.messages import day, message, verbatim
from helpers.runs import kept, reuse
from helpers.runs.fingerprints import code_cells, file_sha256, key_parts, look_again, source_stamp
from helpers.runs.plan import chains, why_not
from helpers.runs.progress import Progress, live_lines
from helpers.runs.run import Run, Signals
from helpers.runs.surroundings import environment
from helpers.site.run_record import NotebookResult
from helpers.site.shell import said_again, said_check
from helpers.study.catalogue import notebook_path, read_notebook, upstream_of
from helpers.study.study import parameters_for

if TYPE_CHECKING:
    from helpers.runs.execute import Kernels
    from helpers.runs.warm import Warm

WARM_FROM = 3  # notebooks of the project; for fewer the libraries would be loaded in vain
STUDY = message("run.study", "{name}: {title}, as of {as_of}")


@dataclass
class _Going:
    """A run that goes on: the notebooks that have not been looked at yet, and the lengths of `plan.chains`."""

    run: Run
    progress: Progress
    waiting: list[str]
    chains: dict[str, int]
    kernels: "Kernels | None" = None


def execute_all(runs: list[Run], signals: Signals, finish: Callable[[Run], None]) -> None:
    """Bring every notebook of the runs to its end, `jobs` at once, and `finish` each run as soon as its last one ended.

    A signal ends the kernels at once, and then the runs.
    """
    jobs = runs[0].options.jobs
    warm: list[Warm] = []
    queue: list[tuple[_Going, str, dict]] = []
    running: dict[Future, tuple[_Going, str, dict]] = {}
    with live_lines() as lines, ThreadPoolExecutor(jobs) as pool:
        going = [_begun(run, lines, several=len(runs) > 1) for run in runs]
        left = list(going)
        try:
            while left and not signals.received:
                for one in left:
                    for notebook in [name for name in one.waiting if _is_ready(one.run, name)]:
                        one.waiting.remove(notebook)
                        if parts := _settle(one.run, notebook, one.progress):
                            queue.append((one, notebook, parts))
                queue.sort(key=lambda item: -item[0].chains[item[1]])
                while queue and len(running) < jobs:
                    one, notebook, parts = queue.pop(0)
                    kernels = one.kernels = one.kernels or _kernels(one.run, runs, warm)
                    running[_start(one, notebook, pool, kernels)] = one, notebook, parts
                for one in _ended(left, queue, running):
                    left.remove(one)
                    finish(one.run)
                done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in done:
                    _record_executed(*running.pop(future), future)
        finally:
            for one in going:
                if one.kernels:
                    one.kernels.stop()
        for future, item in running.items():
            _record_executed(*item, future)
        for one in left:
            finish(one.run)


def _begun(run: Run, lines: Any, *, several: bool) -> _Going:
    progress = Progress(
        run.order, live=lines, language=run.record.language, study=run.study.name if several else ""
    )
    study = {"name": verbatim(run.study.name), "title": verbatim(run.study.title)}
    progress.say(STUDY(**study, as_of=day(run.study.as_of)))
    return _Going(run, progress, list(run.order), chains(run.order, run.catalogue))


def _ended(left: list[_Going], queue: list, running: dict) -> list[_Going]:
    """The runs of which nothing waits, is queued or runs."""
    busy = {id(item[0]) for item in (*queue, *running.values())}
    return [one for one in left if not one.waiting and id(one) not in busy]


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
                name: [_wordless(result.checks), _wordless(result.answer)]
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


def _kernels(run: Run, runs: list[Run], warm: "list[Warm]") -> "Kernels":
    """The kernels of a run; warm: the interpreter that those of all runs are forked from, where it has been started."""
    from helpers.runs.execute import Kernels  # noqa: PLC0415 (papermill takes a second to load)
    from helpers.runs.warm import Warm  # noqa: PLC0415

    is_worth = (
        sys.platform == "linux"
        and run.options.notebooks == paths.NOTEBOOKS
        and sum(len(one.wanted) for one in runs) >= WARM_FROM
    )
    if is_worth and not warm:
        warm.append(Warm(environment(run.options.jobs), paths.ROOT))
    return Kernels(run.study.notebook_minutes, warm[0] if warm else None)


def _start(one: _Going, notebook: str, pool: ThreadPoolExecutor, kernels: "Kernels") -> Future:
    from helpers.runs.execute import execute  # noqa: PLC0415

    run, progress = one.run, one.progress
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


def _record_executed(one: _Going, notebook: str, parts: dict, future: Future) -> None:
    run, progress, outcome = one.run, one.progress, future.result()
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
