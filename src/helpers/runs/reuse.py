"""Take results over from earlier runs when nothing they depend on has changed."""

import json
import os
import shutil
from pathlib import Path

from helpers.files import read_json, write_json
from helpers.study.catalogue import page_calls

LOOK_BACK = 50  # runs


def link(source: Path, target: Path) -> None:
    """Make `target` the same file as `source` (or a copy where the disk cannot link), or a folder of such files."""
    if source.is_dir():
        shutil.copytree(source, target, copy_function=lambda one, other: link(Path(one), Path(other)))
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def earlier_runs(home: Path) -> list[tuple[Path, dict]]:
    """The study's earlier runs, newest first, with the hashes of what their results depended on."""
    folders = sorted((path for path in (home / "runs").glob("*") if path.is_dir()), reverse=True)
    return [(folder, keys) for folder in folders[:LOOK_BACK] if (keys := read_json(folder / "keys.json"))]


def adopt_abandoned(home: Path) -> None:
    """Give a run whose process was killed its place among the runs, as interrupted.

    To be called with the study's lock held, when no run of the study is going on.
    """
    for folder in sorted((home / ".work").glob("*")):
        record = read_json(folder / "run.json")
        target = home / "runs" / folder.name
        if record is None or target.exists():
            shutil.rmtree(folder)
            continue
        record |= {"status": "interrupted", "reason": "The run was killed before it ended."}
        write_json(folder / "run.json", record)
        target.parent.mkdir(exist_ok=True)
        os.rename(folder, target)


def take_over(earlier: list, notebook: str, key: str, source: dict, folder: Path) -> dict | None:
    """Link a notebook's results from the newest earlier run with this key into `folder`; else return None.

    Returns the notebook's entry for this run's keys.json. Prose that changed since replaces the old.
    """
    for before, keys in earlier:
        known = keys.get(notebook)
        if not known or known["key"] != key:
            continue
        artifacts = before / "artifacts" / notebook
        exports = [
            before / "exports" / f"{name}.csv" for name in sorted(page_calls(source).get("export", ()))
        ]
        executed = before / "executed" / f"{notebook}.ipynb"
        needed = [executed, artifacts / "page.json", *exports]
        written = list(artifacts.glob("*"))
        if not all(path.is_file() for path in needed) or {p.stem for p in written} < set(known["artifacts"]):
            continue
        (folder / "artifacts" / notebook).mkdir(mode=0o700)
        for path in [*written, *exports]:
            link(path, folder / path.relative_to(before))
        _with_prose(executed, source, folder / "executed" / executed.name)
        return {"key": key, "artifacts": known["artifacts"]}
    return None


def _with_prose(executed: Path, source: dict, target: Path) -> None:
    """Link the executed notebook, or write it anew with the source's prose around the same executed cells."""
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
        link(executed, target)
        return
    target.write_text(json.dumps(before | {"cells": cells}, indent=1, ensure_ascii=False), encoding="utf-8")
    target.chmod(0o600)


def _prose(cell: dict) -> tuple[str, str]:
    text = "" if cell["cell_type"] == "code" else "".join(cell["source"])
    return cell["cell_type"], text
