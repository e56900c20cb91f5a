"""The tables that a run's notebooks showed, and which groups none of what is published may give a number of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from helpers.files import read_json
from helpers.pages import groups
from helpers.pages.records import MIME
from helpers.site.run_record import RunRecord


def tables_of(executed: Path) -> Iterator[Mapping[str, Any]]:
    """The records of the tables that an executed notebook showed; none where it is not there, or not whole."""
    return (record for record in records_of(executed) if "table" in record)


def records_of(executed: Path) -> Iterator[Mapping[str, Any]]:
    """The records of all that an executed notebook showed; none where it is not there, or not whole."""
    notebook = read_json(executed)
    for cell in notebook.get("cells", []) if isinstance(notebook, dict) else []:
        for output in cell.get("outputs", []):
            if record := output.get("data", {}).get(MIME):
                yield record


def agreement(run_dir: Path, notebooks: Sequence[str]) -> frozenset[groups.Key]:
    """The groups that one of the run's pages hides: all of them do, see `helpers.pages.groups.agreed`.

    So does a group of the same name and size that the whole run before it hid, whatever its day: both reports may be read,
    and a group that has not changed in between tells what was hidden beside it.
    """
    before = run_before(run_dir)
    hidden = before.hidden if before else []
    if before and hidden is None:  # of a version that did not note it
        own = sorted((run_dir.parents[1] / "runs" / before.run / "executed").glob("*.ipynb"))
        hidden = sorted(groups.agreement(_groups_of(own)))
    found = _groups_of(run_dir / "executed" / f"{name}.ipynb" for name in notebooks)
    return groups.agreement(found, frozenset((str(name), float(size)) for name, size in hidden or []))


def _groups_of(executed: Iterable[Path]) -> list[Mapping[str, Any]]:
    return [record["groups"] for path in executed for record in tables_of(path) if record.get("groups")]


def run_before(run_dir: Path) -> RunRecord | None:
    """The last whole run before this one; None where there is none."""
    own = RunRecord.read(run_dir / "run.json")
    found = [RunRecord.read(path) for path in run_dir.parents[1].glob("runs/*/run.json")]
    whole = [
        one for one in found if own and one and one.status == "ok" and one.whole and one.place < own.place
    ]
    return max(whole, key=lambda one: one.place, default=None)
