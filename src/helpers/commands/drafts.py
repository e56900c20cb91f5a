"""Draft copies of notebooks, with a study's parameters, to be opened and edited by hand."""

import json
import re
from functools import partial
from pathlib import Path

from helpers import paths
from helpers.errors import StudyError
from helpers.files import digest, private_text
from helpers.runs.fingerprints import code_cells
from helpers.study import strict_yaml
from helpers.study.catalogue import load_catalogue, notebook_path, parameters_cell, read_notebook
from helpers.study.parameters import notebook_parameters
from helpers.study.study import Study, parameters_for

MARK = "customer_value_draft"  # in the draft's metadata: what its cells were when it was made


def make(notebook: str, study: Study, *, fresh: bool = False) -> int:
    """Write reports/drafts/STUDY/NOTEBOOK.ipynb with the study's parameters, and say how to open it.

    A draft that was edited since it was made is replaced only when `fresh`.
    """
    catalogue = load_catalogue()
    if notebook not in catalogue:
        raise strict_yaml.unknown("notebook", notebook, catalogue, str(paths.CATALOGUE))
    target = paths.DRAFTS / study.name / f"{notebook}.ipynb"
    path = notebook_path(notebook)
    draft = read_notebook(path)
    cell = parameters_cell(draft, path)
    own = {"study": study.name if study.path.parent == paths.REPORTS else str(study.path)}
    cell["source"] = with_values(cell["source"], own | parameters_for(study, notebook), notebook)
    draft["metadata"][MARK] = _content(draft)
    if target.exists() and not fresh and _is_edited(target):
        print(f"{_shown(target)} was edited since it was made, so it is kept; --fresh replaces it.")
    else:
        private_text(target, json.dumps(draft, indent=1, ensure_ascii=False) + "\n")
        print(f"Draft written: {_shown(target)}")
    print(f"Open it with: make lab, or {_shown(paths.ROOT / '.venv/bin/jupyter')} lab {_shown(target)}")
    return 0


def with_values(source: str, values: dict, notebook: str | Path) -> str:
    """The parameters cell's source with other values; types and comments stay."""
    declared = notebook_parameters(notebook)
    for name, value in values.items():
        pattern = rf"^{name}\s*:\s*[^=]+=.*?(?P<comment>\s*(?:#[^\n]*)?)$"
        line = f"{name}: {declared[name].type} = {_literal(value)}"
        source, found = re.subn(pattern, partial(_replaced, line), source, flags=re.M)
        if not found:
            raise StudyError(
                f"{notebook}: parameter {name!r} is not written on one line of its parameters cell."
            )
    return source


def _replaced(line: str, match: re.Match) -> str:
    return line + match["comment"]


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _is_edited(target: Path) -> bool:
    draft = read_notebook(target)
    return draft["metadata"].get(MARK) != _content(draft)


def _content(notebook: dict) -> str:
    prose = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return digest([code_cells(notebook), prose])


def _shown(path: Path) -> str:
    return str(path.relative_to(paths.ROOT))
