"""JupyterLab on the notebooks, with a start page that maps them: what each answers, and how it ended last time."""

import os
import sys
from urllib.parse import quote

from helpers import paths
from helpers.files import private_text
from helpers.pages import wording
from helpers.site.run_record import NotebookResult, RunRecord
from helpers.study.catalogue import Entry, load_catalogue, upstream_of

START = paths.DRAFTS / "start.md"
SETTINGS = (
    paths.SOURCES / "helpers" / "commands" / "jupyter"
)  # Markdown is shown as a reader sees it, and no news are fetched
HOW = """
Each notebook runs alone: `Run > Run All Cells`. By hand it reads what other notebooks left in `reports/drafts/` or in the
latest run, and writes to `reports/drafts/` only. To try one with a study's own data and parameters:

    python -m helpers open 24_customer_value demo

A notebook whose results are missing says which to run before it. `notebooks/template.ipynb` begins a new one.
"""


def lab(arguments: list[str]) -> None:
    """Write the start page and become JupyterLab, opened on it; `arguments` are JupyterLab's own."""
    private_text(START, start_page(_latest_runs()))
    page = quote(str(START.relative_to(paths.ROOT)))
    os.chdir(paths.ROOT)
    settings = os.pathsep.join(filter(None, [str(SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH")]))
    command = [sys.executable, "-m", "jupyterlab", f"--LabApp.default_url=/lab/tree/{page}", *arguments]
    os.execve(sys.executable, command, os.environ | {"JUPYTER_CONFIG_PATH": settings})


def start_page(runs: dict[str, RunRecord]) -> str:
    """Return the map of the notebooks as Markdown, with how each ended in the latest run of each study."""
    catalogue = load_catalogue()
    studies = "".join(f" {name} |" for name in runs)
    lines = ["# Customer Value Notebooks", "", f"| notebook | answers | reads from |{studies}"]
    lines.append("|---|---|---|" + "---|" * len(runs))
    for name, entry in catalogue.items():
        ended = "".join(f" {_ended(run.notebooks.get(name))} |" for run in runs.values())
        lines.append(f"| {_link(name)} | {entry.question} | {_sources(entry, catalogue)} |{ended}")
    lines += ["", *map(_said, runs.values())] if runs else ["", "No study has been run yet: `make report`."]
    return "\n".join([*lines, HOW])


def _latest_runs() -> dict[str, RunRecord]:
    """The published run of each study that has one."""
    files = sorted(paths.BUILD.glob("*/latest/run.json"))
    found = {file.parent.parent.name: RunRecord.read(file) for file in files}
    return {name: run for name, run in found.items() if run is not None}


def _link(notebook: str) -> str:
    return f"[{notebook}](../../notebooks/{notebook}.ipynb)"


def _sources(entry: Entry, catalogue: dict[str, Entry]) -> str:
    """The numbers of the notebooks that one cannot do without, as 01, 21."""
    needed = upstream_of(entry, catalogue, optional=False)
    return ", ".join(name.partition("_")[0] for name in needed) or "the tables"


def _ended(result: NotebookResult | None) -> str:
    """How a notebook ended, and what its checks ask for."""
    if result is None:
        return "not run"
    if result.status not in ("ok", "reused"):
        return result.status
    found = [check["verdict"] for check in result.checks]
    asked = [f"{found.count(verdict)} {verdict}" for verdict in ("FAIL", "REVIEW") if verdict in found]
    return ", ".join(["ok", *asked])


def _said(run: RunRecord) -> str:
    page = f"../build/{run.study}/latest/index.html"
    finished = run.finished or run.started
    return f"- **{run.study}**: {wording.label(run.title)}, as of {run.as_of}, run of {finished[:10]}: [its pages]({page})"
