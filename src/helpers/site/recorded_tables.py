"""The tables that a run's notebooks showed, and which groups none of what is published may give a number of."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from helpers.pages import groups
from helpers.pages.records import MIME


def tables_of(executed: Path) -> Iterator[Mapping[str, Any]]:
    """The records of the tables that an executed notebook showed; none where it is not there."""
    if not executed.is_file():
        return
    for cell in json.loads(executed.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get(MIME, {})
            if "table" in record:
                yield record


def agreement(run_dir: Path, notebooks: Sequence[str]) -> frozenset[groups.Key]:
    """The groups that one of the run's pages hides: all of them do, see `helpers.pages.groups.agreed`."""
    executed = [run_dir / "executed" / f"{name}.ipynb" for name in notebooks]
    found = [record["groups"] for path in executed for record in tables_of(path) if record.get("groups")]
    return groups.agreement(found)
