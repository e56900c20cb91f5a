"""Compare two runs of a study: what changed its status, its verdict or its number."""

from collections.abc import Iterator
from pathlib import Path

from helpers import paths
from helpers.errors import StudyError
from helpers.site import changes
from helpers.site.run_record import NotebookResult, RunRecord

ABSENT = NotebookResult("not in the run")
MOVED = 0.01  # a number that moved by less than this share of itself stays unsaid


def compare(before: str, now: str) -> int:
    """Print what differs between two runs, each STUDY (its latest run), STUDY/ID, or a run's folder."""
    one, other = run_of(before), run_of(now)
    if one.study != other.study:
        raise StudyError(
            f"{before} is of the study {one.study}, {now} of {other.study}: runs of one study compare."
        )
    for label, run in (("before", one), ("now", other)):
        print(f"{label + ':':<8}{run.study} as of {run.as_of}, finished {run.finished}")
    found = differences(one.notebooks, other.notebooks)
    for title, rows in found.items():
        print(f"\n{title}: {len(rows)}" if rows else f"\n{title}: none")
        for row in rows:
            print("  " + row)
    return 0


def differences(before: dict[str, NotebookResult], now: dict[str, NotebookResult]) -> dict[str, list[str]]:
    """What differs, by kind: status of notebooks, verdicts of checks, numbers that moved by more than one per cent.

    Those that moved within their Monte Carlo error, which another seed may do as well, are a kind of their own.
    """
    status, verdicts = [], []
    numbers: list[tuple[float, str]] = []
    chance: list[tuple[float, str]] = []
    for notebook in sorted(before.keys() | now.keys()):
        one, other = before.get(notebook, ABSENT), now.get(notebook, ABSENT)
        was, is_now = (_ended(result) for result in (one, other))
        if was != is_now:
            status.append(f"{notebook}: {was} -> {is_now}")
        checks = [{check["name"]: check["verdict"] for check in result.checks} for result in (one, other)]
        verdicts += [
            f"{notebook}, {name}: {checks[0].get(name, 'not there')} -> {checks[1].get(name, 'not there')}"
            for name in sorted(checks[0].keys() | checks[1].keys())
            if checks[0].get(name) != checks[1].get(name)
        ]
        numbers += _gone_or_new(notebook, one, other)
        for is_noise, row in _moved(notebook, one, other):
            (chance if is_noise else numbers).append(row)
    return {
        "Notebooks": status,
        "Checks": verdicts,
        "Numbers": [text for _, text in sorted(numbers, reverse=True)],
        "Numbers that moved within the chance of the simulation": [
            text for _, text in sorted(chance, reverse=True)
        ],
    }


def run_of(name: str) -> RunRecord:
    """The run.json of a run given as STUDY, STUDY/ID or a folder."""
    study, _, number = name.partition("/")
    places = [
        Path(name),
        paths.BUILD / study / ("runs/" + number if number not in ("", "latest") else "latest"),
    ]
    for place in places:
        run = RunRecord.read(place / "run.json")
        if run:
            return run
    raise StudyError(
        f"There is no run {name!r}: give a study (its latest run), STUDY/ID with an ID of {paths.BUILD}/STUDY/runs, "
        "or a run's folder."
    )


def _ended(result: NotebookResult) -> str:
    """Whether a notebook answered: that an answer was reused is no difference."""
    return "ok" if result.status == "reused" else result.status


def _gone_or_new(notebook: str, before: NotebookResult, now: NotebookResult) -> list[tuple[float, str]]:
    return [
        (2.0, f"{notebook}, {name}: {'gone' if name in before.metrics else 'new'}")
        for name in sorted(before.metrics.keys() ^ now.metrics.keys())
    ]


def _moved(
    notebook: str, before: NotebookResult, now: NotebookResult
) -> Iterator[tuple[bool, tuple[float, str]]]:
    """Each number that moved: whether it may be chance, how much it moved, and its line."""
    for name in sorted(before.metrics.keys() & now.metrics.keys()):
        (one, _), (other, error) = pair = [changes.with_error(result, name) for result in (before, now)]
        size = max(abs(one), abs(other))
        if size and abs(other - one) > MOVED * size:
            share = f" ({(other - one) / abs(one):+.0%})" if one else ""
            told = f", Monte Carlo error {error:,.2g}" if error else ""
            row = f"{notebook}, {name}: {one:,.5g} -> {other:,.5g}{share}{told}"
            yield changes.is_noise(*pair), (abs(other - one) / size, row)
