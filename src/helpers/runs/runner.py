"""Run studies and publish their reports: only what changed, out of sight until whole, stoppable."""

import os
import sys
import traceback
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

from helpers import paths
from helpers.errors import StudyError
from helpers.files import explained
from helpers.languages import speaking, translated
from helpers.messages import Value, message, verbatim
from helpers.pages.wording import named, say
from helpers.paths import sweep
from helpers.runs import kept, publish, recover
from helpers.runs.inputs import check_inputs
from helpers.runs.plan import closure, select, without_stand_ins
from helpers.runs.run import Options, Run, Signals, begin, leave_nothing, only_run_of
from helpers.runs.schedule import execute_all
from helpers.site.failures import in_language
from helpers.site.run_record import FAILED, INTERRUPTED, NotebookResult, RunRecord
from helpers.site.shell import said, said_check
from helpers.study.catalogue import load_catalogue
from helpers.study.parameters import RESERVED, notebook_parameters
from helpers.study.study import Study, load_study

DONE, NOTEBOOK_FAILED, STUDY_WRONG, CHECK_FAILED = 0, 1, 2, 3
STOPPED = message("run.stopped", "The run was interrupted ({signal}).")
WHAT_RAN = message("run.what_ran", "What ran:  {file}")
PUBLISHED = message("run.published", "Published: {file} (the run before, marked as not up to date)")
NOT_PUBLISHED = message("run.not_published", "Not published, because {notebooks} would have to run as well.")
READ = message("run.read", "Read: {file}")
WORST_FIRST = (STUDY_WRONG, NOTEBOOK_FAILED, CHECK_FAILED, DONE)


def report(names: list[str], options: Options) -> int:
    """Run each study (all in reports/ when none is named) and return the worst exit code.

    Every study file is checked before the first notebook of any runs: StudyError when one is wrong. A study
    whose data are wrong is said on stderr, and the others run. What is published of either is marked as stale.
    """
    recover.settle_all(options.build)
    names = names or sorted(str(path) for path in paths.REPORTS.glob("*.yaml"))
    if not names:
        raise StudyError(
            f"There is no study in {paths.REPORTS}: write one, NAME.yaml (README, Bring your own data), or draft it "
            "from your files with `python -m helpers new NAME --from FILE`."
        )
    studies = [_loaded(name, options) for name in names]
    codes, signals = [], Signals()
    for together in _rounds(studies, options.jobs):
        codes += _run_together(together, options, signals)
        if signals.received:
            break
    return next(code for code in WORST_FIRST if code in codes)


def _rounds(studies: list[Study], jobs: int) -> list[list[Study]]:
    """The studies that run at once: one after the other with one job, and where two have one name; else all.

    Each of them holds its study's lock, so that they come in one order whoever runs them.
    """
    rounds: list[list[Study]] = []
    for study in studies:
        free = [one for one in rounds if jobs > 1 and study.name not in [other.name for other in one]]
        if free:
            free[0].append(study)
        else:
            rounds.append([study])
    return [sorted(one, key=lambda study: study.name) for one in rounds]


def _run_together(studies: list[Study], options: Options, signals: Signals) -> list[int]:
    """Run studies at once, each published as soon as it ends, and return their exit codes."""
    codes, ready, locks = [], [], {}
    with ExitStack() as all_locks:
        for study in studies:
            lock = all_locks.enter_context(ExitStack())
            try:
                ready.append(_ready(study, options, lock))
                locks[study.name] = lock
            except StudyError as error:
                lock.close()
                with speaking(options.language or study.language):
                    print(f"{study.name}: {in_language(error)}", file=sys.stderr)
                codes.append(STUDY_WRONG)
        if not ready:
            return codes

        def finish(run: Run) -> None:
            _finish(run, signals)
            locks[run.study.name].close()

        with signals:
            runs = [begin(study, options, **given) for study, given in ready]
            execute_all(runs, signals, finish)
        sweep()
        return codes + [_conclude(run) for run in runs]


def _loaded(name: str, options: Options) -> Study:
    try:
        return load_study(name, options.notebooks)
    except StudyError:
        recover.refuse_file(options.build, name)
        raise


def _ready(study: Study, options: Options, lock: ExitStack) -> tuple[Study, dict]:
    """A study whose lock is held and whose tables are checked, and what `begin` needs; StudyError where they are wrong."""
    catalogue = load_catalogue(options.notebooks / "catalogue.yaml")
    order = select(study, catalogue)
    wanted = set(closure(options.only, catalogue, order, "--only") if options.only else order)
    _check_notebooks(order, options)
    _refuse_namesake(study, options.build)
    home = options.build / study.name
    waited = lock.enter_context(only_run_of(study.name, options.build))
    try:
        if waited:
            study = load_study(study.path, options.notebooks)
        inputs = check_inputs(study, options.build, fresh=options.fresh)
    except Exception:
        with suppress(OSError):
            recover.refuse(home, study.name, recover.TABLES_WRONG)
            leave_nothing(home)
        raise
    order = without_stand_ins(order, catalogue, inputs.tables)
    return study, {"catalogue": catalogue, "order": order, "wanted": wanted & set(order), "inputs": inputs}


def _check_notebooks(order: list[str], options: Options) -> None:
    for notebook in order:
        declared = notebook_parameters(notebook, options.notebooks)
        absent = [name for name in RESERVED if name not in declared]
        if absent:
            raise StudyError(f"{notebook}: its parameters cell does not declare {' and '.join(absent)}.")


def _refuse_namesake(study: Study, build: Path) -> None:
    """Two files of one name would publish over each other."""
    published = RunRecord.read(build / study.name / "latest" / "run.json")
    if published and published.study_file != str(study.path) and Path(published.study_file).exists():
        raise StudyError(
            f"{build / study.name} holds the report of {published.study_file}, not of {study.path}: "
            "give one of the two files another name."
        )


def _finish(run: Run, signals: Signals) -> None:
    """Render, give the run its place, publish it when it is whole, or say why the published one is stale."""
    record = run.record
    _give_up_altered(run)
    record.notebooks = {name: run.results[name] for name in run.order if name in run.results}
    failed = {name: result.reason for name, result in run.results.items() if result.status == FAILED}
    record.status = INTERRUPTED if signals.received else FAILED if failed else "ok"
    record.reason = " ".join(f"{name} failed: {reason}." for name, reason in failed.items())
    if signals.received:
        record.ended(INTERRUPTED, STOPPED(signal=verbatim(signals.received)))
    record.finished = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        publish.render_pages(run)
        publish.render_index(run.folder, record)
    except Exception as error:  # the run's results are kept, and the published report stays
        record.status = FAILED
        record.reason = _why_not_rendered(error)
    record.whole = record.status == "ok" and not run.skipped
    run.save()
    target = run.home / "runs" / run.folder.name
    target.parent.mkdir(exist_ok=True)
    os.rename(run.folder, target)
    run.folder = target
    publish.settle(run.home)


def _why_not_rendered(error: Exception) -> str:
    if isinstance(error, StudyError):
        return str(error)
    if isinstance(error, OSError):
        return explained(error)
    traceback.print_exc()  # a fault of the project's own
    return f"A page could not be rendered ({type(error).__name__}: {error})."


def _give_up_altered(run: Run) -> None:
    """Call a notebook failed where a file of it was edited since it ended."""
    for notebook, entry in list(run.keys.items()):
        if found := kept.altered(run.folder, notebook, entry, set(), run.hashes):
            del run.keys[notebook]
            why = f"{found} while the run went on, so its result is not kept: run again"
            run.results[notebook] = NotebookResult(FAILED, why, parameters=run.parameters(notebook))


def _conclude(run: Run) -> int:
    """Say how the run ended and where its pages are; return the exit code."""
    with speaking(run.record.language):
        return _told(run)


def _told(run: Run) -> int:
    record, counts = run.record, Counter(result.status for result in run.results.values())
    ended = ", ".join(f"{n} {translated(status)}" for status, n in counts.items())
    print(f"{run.study.name}: {translated(record.status)}, {ended}")
    if record.reason:
        print(said(record.told) if record.told else record.reason, file=sys.stderr)
    for notebook, result in run.results.items():
        for check in map(said_check, result.checks):
            if check["verdict"] != "PASS":
                verdict = f"{translated(check['verdict']):<6}"
                print(f"  {verdict}  {notebook}: {named(check['name'])}. {check['advice']}")
    published = run.home / "latest" / "index.html"
    if record.status != "ok":
        print(say(WHAT_RAN(file=_shown(run.folder / "index.html"))))
        if published.exists():
            print(say(PUBLISHED(file=_shown(published))))
        return NOTEBOOK_FAILED
    if run.skipped:
        print(say(NOT_PUBLISHED(notebooks=verbatim(", ".join(sorted(run.skipped))))))
        print(say(READ(file=_shown(run.folder / "index.html"))))
    else:
        print(say(READ(file=_shown(published))))
    failed_check = any(check["verdict"] == "FAIL" for check in record.checks)
    return CHECK_FAILED if run.options.strict and failed_check else DONE


def _shown(path: Path) -> Value:
    return verbatim(str(path.relative_to(paths.ROOT) if path.is_relative_to(paths.ROOT) else path))
