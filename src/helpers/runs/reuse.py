"""Take results over from earlier runs when nothing they depend on has changed, and they are what the run left."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from helpers.files import OWNER_ONLY, copy, private_folder, private_text, sweep_partials
from helpers.messages import message
from helpers.runs.fingerprints import file_sha256
from helpers.runs.kept import altered, read_keys
from helpers.site.run_record import INTERRUPTED, RunRecord
from helpers.study.catalogue import page_calls

LOOK_BACK = 50  # runs
RUN = re.compile(r"\d{8}-\d{6}(-\d+)?")  # the name of a run's folder
KILLED = message("run.killed", "The run was killed before it ended.")


def earlier_runs(home: Path) -> list[tuple[Path, dict]]:
    """The study's earlier runs, newest first, with the hashes of what their results depended on and are."""
    folders = sorted((path for path in (home / "runs").glob("*") if path.is_dir()), reverse=True)
    return [(folder, keys) for folder in folders[:LOOK_BACK] if (keys := read_keys(folder))]


def adopt_abandoned(home: Path) -> None:
    """Give a run whose process was killed its place among the runs, as interrupted.

    To be called with the study's lock held, when no run of the study is going on. What is no run stays: it may be a link.
    """
    for folder in sorted(path for path in (home / ".work").glob("*") if RUN.fullmatch(path.name)):
        record = RunRecord.read(folder / "run.json")
        target = home / "runs" / folder.name
        if record is None or target.exists():
            shutil.rmtree(folder)
            continue
        sweep_partials(folder)
        record.ended(INTERRUPTED, KILLED())
        record.write(folder / "run.json")
        target.parent.mkdir(exist_ok=True)
        os.rename(folder, target)


def exports_of(source: dict) -> set[str]:
    """The names under which a notebook writes lists with customer ids."""
    return set(page_calls(source).get("export", ()))


def take_over(
    earlier: list, notebook: str, key: str, source: dict, folder: Path, say: Callable[[str], None]
) -> dict | None:
    """Copy a notebook's results from the newest earlier run with this key into `folder`; else return None.

    A run whose files are not what it left is passed over, and `say` is told. Returns the notebook's entry for this run's
    keys.json. Prose that changed since replaces the old.
    """
    exports = exports_of(source)
    for before, keys in earlier:
        known = keys.get(notebook)
        executed = f"executed/{notebook}.ipynb"
        if not known or known["key"] != key or executed not in known["files"]:
            continue
        if found := altered(before, notebook, known, exports):
            say(f"{notebook}: {found} since the run {before.name}, so that is not used.")
            continue
        private_folder(folder / "artifacts" / notebook)
        files = dict(known["files"])
        for name in files:
            private_folder((folder / name).parent)
            if name != executed:
                copy(before / name, folder / name)
                (folder / name).chmod(OWNER_ONLY)  # whoever opened the earlier run's
        _with_prose(before / executed, source, folder / executed)
        files[executed] = file_sha256(folder / executed)
        return {"key": key, "artifacts": known["artifacts"], "files": files}
    return None


def _with_prose(executed: Path, source: dict, target: Path) -> None:
    """Copy the executed notebook, or write it anew with the source's prose around the same executed cells."""
    before = json.loads(executed.read_text(encoding="utf-8"))
    code = iter([cell for cell in before["cells"] if cell["cell_type"] == "code"])
    cells = []
    for cell in source["cells"]:
        if cell["cell_type"] != "code":
            cells.append(cell)
            continue
        cells.append(next(code))
        if "parameters" in cell["metadata"].get("tags", []):
            cells.append(next(code))  # papermill's, with the values of the run
    if [_prose(cell) for cell in cells] == [_prose(cell) for cell in before["cells"]]:
        copy(executed, target)
        target.chmod(OWNER_ONLY)
        return
    private_text(target, json.dumps(before | {"cells": cells}, indent=1, ensure_ascii=False))


def _prose(cell: dict) -> tuple[str, str]:
    text = "" if cell["cell_type"] == "code" else "".join(cell["source"])
    return cell["cell_type"], text
