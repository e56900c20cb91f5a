"""The index of a study's run, and the overview of all studies."""

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

from helpers.checks import VERDICTS
from helpers.languages import ENGLISH, speaking, translated
from helpers.pages import run_wording, stored_checks, wording
from helpers.site import changes, legend, pdf, whole, workbook
from helpers.site.failures import for_readers, refused
from helpers.site.run_record import SUMMARY, NotebookResult, RunRecord
from helpers.site.shell import fill, said, said_check, spoken, write
from helpers.study.catalogue import Entry, load_catalogue

CHECKS = "checks.html"
KINDS = {"ok": "answered", "reused": "answered", "cannot answer": "unanswered", "failed": "failed"}


def render_index(
    run_dir: Path, run: RunRecord, stale: RunRecord | None = None, kept: Sequence[RunRecord] = ()
) -> Path:
    """Write run_dir/index.html: the summary's answer, then every question with its answer and its checks.

    `stale` is a later run that did not finish, `kept` the study's whole runs, oldest first.
    """
    with spoken(run):
        return _render_index(Path(run_dir), run, stale, kept)


def _render_index(run_dir: Path, run: RunRecord, stale: RunRecord | None, kept: Sequence[RunRecord]) -> Path:
    entries, cards = load_catalogue(), []
    facts: dict[str, str] = {}
    for name, result in run.notebooks.items():
        facts |= {what: said(fact) for what, fact in result.facts.items()}
        cards.append(_card(name, result, entries.get(name), run_dir))
    summary = next((card for card in cards if card["name"] == SUMMARY and card["kind"] == "answered"), None)
    _render_checks(run_dir, run, entries)
    later = (
        {"when": run_wording.moment(stale.finished), "reason": for_readers(stale.reason, stale.told)}
        if stale
        else None
    )
    text = fill(
        "study.html.j2",
        title=run.title,
        stood=run_wording.run_dates(run.as_of, run.finished),
        old=run_wording.old(run.as_of, run.finished),
        stale=later,
        unfinished=run.is_unfinished,
        reason=for_readers(run.reason, run.told),
        failed=[card for card in cards if card["kind"] == "failed"],
        answer=summary["sentences"] if summary else [],
        answer_page=summary["href"] if summary else "",
        facts=run_wording.with_age(facts, run.as_of, run.finished),
        checks=run.checks,
        changed=changes.shown(run, kept),
        cards=[card for card in cards if card is not summary and card["kind"] != "unanswered"],
        unanswered=[card for card in cards if card["kind"] == "unanswered"],
        taken_along=_take_along(run_dir, run, entries),
        stamp=run_wording.stamp(run.run, run.finished, run.versions),
    )
    return write(text, run_dir / "index.html")


def _take_along(run_dir: Path, run: RunRecord, entries: dict[str, Entry]) -> dict[str, str]:
    """Write the report in one file and the workbook of its tables; their names, "" where there is none."""
    as_of = wording.day(date.fromisoformat(run.as_of))
    stamp = run_wording.stamp(run.run, run.finished, run.versions)
    names = [SUMMARY, *(name for name in run.notebooks if name != SUMMARY), Path(CHECKS).stem]
    legend.write(run_dir)
    made = {
        "whole": whole.write(run_dir, names, title=run.title, as_of=as_of, stamp=stamp),
        "workbook": workbook.write(run_dir, [entries[name] for name in run.notebooks if name in entries]),
    }
    made["pdf"] = run_dir / pdf.NAME if (run_dir / pdf.NAME).is_file() else None
    return {what: path.name if path else "" for what, path in made.items()}


def _render_checks(run_dir: Path, run: RunRecord, entries: dict[str, Entry]) -> Path:
    """Write run_dir/checks.html: every check of the run, those that failed first, with links to their pages."""
    rows = [
        said_check(check)
        | {
            "page": entries[name].title if name in entries else name,
            "href": f"{name}.html" if (run_dir / f"{name}.html").is_file() else "",
        }
        for name, result in run.notebooks.items()
        for check in result.checks
    ]
    verdicts = Counter(row["verdict"] for row in rows)
    text = fill(
        "checks.html.j2",
        title=run.title,
        as_of=wording.day(date.fromisoformat(run.as_of)),
        checks=sorted(rows, key=lambda row: VERDICTS.index(row["verdict"])),
        counts=", ".join(f"{verdicts[one]} {translated(one)}" for one in VERDICTS if verdicts[one]),
        stamp=run_wording.stamp(run.run, run.finished, run.versions),
    )
    return write(text, run_dir / CHECKS)


def _card(name: str, result: NotebookResult, entry: Entry | None, run_dir: Path) -> dict[str, Any]:
    kind = KINDS.get(result.status, "open")
    sentences = [said(sentence) for sentence in result.answer]
    return {
        "name": name,
        "kind": kind,
        "title": entry.title if entry else name,
        "question": entry.question if entry else "",
        "href": f"{name}.html" if (run_dir / f"{name}.html").is_file() else "",
        "sentences": sentences,
        "answer": sentences[0] if sentences else "",
        "status": run_wording.notebook_status(kind, result.status, _why(kind, result)),
        "checks": result.checks,
        "doubts": sum(map(stored_checks.is_doubt, result.answer)),  # of other pages, which count them
    }


def render_overview(build_dir: Path) -> Path:
    """Write build_dir/index.html: every study with its latest report, and what failed since."""
    build_dir = Path(build_dir)
    folders = sorted(folder for folder in build_dir.iterdir() if (folder / "runs").is_dir())
    studies = sorted(map(_study, folders), key=lambda study: study["as_of"], reverse=True)
    for folder in folders:
        write(fill("redirect.html.j2", to="latest/index.html"), folder / "index.html")
    spoken_in = {study["language"] for study in studies}
    with speaking(spoken_in.pop() if len(spoken_in) == 1 else ENGLISH):
        return write(fill("overview.html.j2", studies=studies), build_dir / "index.html")


def _study(folder: Path) -> dict[str, Any]:
    """A study's card, in the language of its report."""
    published = RunRecord.read(folder / "latest" / "run.json")
    attempts = [run for path in folder.glob("runs/*/run.json") if (run := RunRecord.read(path))]
    newest = max(attempts, key=lambda run: run.place, default=published)
    named = published or newest
    with spoken(named) if named else nullcontext():
        return _study_card(folder, published, newest)


def _study_card(folder: Path, published: RunRecord | None, newest: RunRecord | None) -> dict[str, Any]:
    named = published or newest
    answer = published.notebooks[SUMMARY].answer if published and SUMMARY in published.notebooks else []
    failed = newest if newest and newest.is_unfinished else None
    failed_page = f"{folder.name}/runs/{failed.run}/index.html" if failed else ""
    when = (failed.finished or failed.started) if failed else ""
    return {
        "kind": "answered" if published else "failed",
        "language": named.language if named else ENGLISH,
        "title": named.title if named else folder.name,
        "href": f"{folder.name}/latest/index.html" if published else "",
        "dates": run_wording.run_dates(published.as_of, published.finished) if published else "",
        "as_of": named.as_of if named else "",
        "answer": said(answer[0]) if published and answer else "",
        "doubts": [said(one) for one in answer[1:] if stored_checks.is_doubt(one)],
        "checks": published.checks if published else [],
        "failure": run_wording.run_failure(when, published=published is not None) if failed else "",
        "reason": for_readers(failed.reason, failed.told) if failed else "",
        "failed_href": failed_page if failed and (folder.parent / failed_page).is_file() else "",
    }


def _why(kind: str, result: NotebookResult) -> str:
    """What stands on a card: why a notebook cannot answer is the project's own words, an error's words are not."""
    if kind == "unanswered" and not result.told:
        return refused(result.reason)
    return for_readers(result.reason, result.told)
