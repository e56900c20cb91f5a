"""The tables that a run's notebooks showed, and which groups none of what is published may give a number of."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from helpers.files import read_json
from helpers.pages import groups
from helpers.pages.records import MIME
from helpers.site.run_record import RunRecord


def tables_of(executed: Path) -> Iterator[Mapping[str, Any]]:
    """The records of the tables that an executed notebook showed; none where it is not there, or not whole."""
    notebook = read_json(executed)
    for cell in notebook.get("cells", []) if isinstance(notebook, dict) else []:
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get(MIME, {})
            if "table" in record:
                yield record


def agreement(run_dir: Path, notebooks: Sequence[str]) -> frozenset[groups.Key]:
    """The groups that one of the run's pages hides: all of them do, see `helpers.pages.groups.agreed`.

    So does a group of the same name and size that the whole run before it hid, of the same day: both reports may be read.
    """
    folders = [run_dir, *_of_the_same_day(run_dir)]
    executed = [folder / "executed" / f"{name}.ipynb" for folder in folders for name in notebooks]
    found = [record["groups"] for path in executed for record in tables_of(path) if record.get("groups")]
    return groups.agreement(found)


def _of_the_same_day(run_dir: Path) -> list[Path]:
    """The last whole run before this one that stands on the same day; none where there is none."""
    own = RunRecord.read(run_dir / "run.json")
    found = {path.parent: RunRecord.read(path) for path in run_dir.parents[1].glob("runs/*/run.json")}
    before = [
        (one.place, folder)
        for folder, one in found.items()
        if own
        and one
        and one.status == "ok"
        and one.whole
        and one.as_of == own.as_of
        and one.place < own.place
    ]
    return [max(before)[1]] if before else []
