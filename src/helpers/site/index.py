"""The index of a study's run, and the overview of all studies."""

from pathlib import Path

from helpers.files import read_json
from helpers.pages import wording
from helpers.site.shell import fill, said, write

SUMMARY = "51_executive_summary"
KINDS = {"ok": "answered", "reused": "answered", "cannot answer": "unanswered", "failed": "failed"}
UNFINISHED = ("failed", "interrupted")


def render_index(run_dir: Path, run: dict, study, stale: dict | None = None) -> Path:
    """Write run_dir/index.html: the summary's answer, then every question with its answer and its checks.

    `run` is the run's run.json. `stale` = {reason, finished} says that a later run did not finish, and why.
    """
    from helpers.study.catalogue import load_catalogue  # noqa: PLC0415

    run_dir = Path(run_dir)
    entries, cards = load_catalogue(), []
    facts: dict[str, str] = {}
    for name, record in run["notebooks"].items():
        facts |= {name: said(fact) for name, fact in record.get("facts", {}).items()}
        cards.append(_card(name, record, entries.get(name), run_dir))
    summary = next((card for card in cards if card["name"] == SUMMARY and card["kind"] == "answered"), None)
    if stale:
        stale = {"when": wording.moment(stale.get("finished")), "reason": _last_line(stale.get("reason"))}
    text = fill(
        "study.html.j2",
        title=study.title,
        as_of=wording.day(study.as_of),
        stale=stale,
        unfinished=run["status"] in UNFINISHED,
        reason=_last_line(run.get("reason")),
        failed=[card for card in cards if card["kind"] == "failed"],
        answer=summary["sentences"] if summary else [],
        answer_page=summary["href"] if summary else "",
        facts=facts,
        cards=[card for card in cards if card is not summary and card["kind"] != "unanswered"],
        unanswered=[card for card in cards if card["kind"] == "unanswered"],
        stamp=wording.stamp(run),
    )
    return write(text, run_dir / "index.html")


def _card(name: str, record: dict, entry, run_dir: Path) -> dict:
    status = record["status"]
    kind = KINDS.get(status, "open")
    sentences = [said(sentence) for sentence in record.get("answer", [])]
    return {
        "name": name,
        "kind": kind,
        "title": entry.title if entry else name,
        "question": entry.question if entry else "",
        "href": f"{name}.html" if (run_dir / f"{name}.html").is_file() else "",
        "sentences": sentences,
        "answer": sentences[0] if sentences else "",
        "status": wording.notebook_status(kind, status, _last_line(record.get("reason"))),
        "checks": record.get("checks") or [],
    }


def render_overview(build_dir: Path) -> Path:
    """Write build_dir/index.html: every study with its latest report, and what failed since."""
    build_dir = Path(build_dir)
    folders = sorted(folder for folder in build_dir.iterdir() if (folder / "runs").is_dir())
    studies = [_study(folder) for folder in folders]
    for folder in folders:
        write(fill("redirect.html.j2", to="latest/index.html"), folder / "index.html")
    return write(fill("overview.html.j2", studies=studies), build_dir / "index.html")


def _study(folder: Path) -> dict:
    published = _run(folder / "latest" / "run.json")
    attempts = [_run(path) for path in folder.glob("runs/*/run.json")]
    newest = max(attempts, key=lambda run: run.get("started") or "", default={})
    notebooks = published.get("notebooks", {})
    answer = notebooks.get(SUMMARY, {}).get("answer", [])
    failed = newest.get("status") in UNFINISHED
    failed_page = f"{folder.name}/runs/{newest.get('run')}/index.html"
    return {
        "kind": "answered" if published else "failed",
        "title": (published or newest).get("title") or folder.name,
        "href": f"{folder.name}/latest/index.html" if published else "",
        "dates": wording.run_dates(published) if published else "",
        "answer": said(answer[0]) if answer else "",
        "checks": [check for record in notebooks.values() for check in record.get("checks") or []],
        "failure": wording.run_failure(newest, published) if failed else "",
        "reason": _last_line(newest.get("reason")) if failed else "",
        "failed_href": failed_page if failed and (folder.parent / failed_page).is_file() else "",
    }


def _run(path: Path) -> dict:
    return read_json(path) or {}


def _last_line(text: str | None) -> str:
    return (text or "").strip().rpartition("\n")[2]
