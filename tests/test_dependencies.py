"""What the project imports is declared, and what it declares is used."""

import ast
import json
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

from helpers import paths

NOT_IMPORTED = {  # declared and used, but by name or as a program
    "jupyterlab": "make lab",
    "ipykernel": "the kernel of every notebook",
    "h5netcdf": "engine='h5netcdf' of xarray",
    "h5py": "h5netcdf writes with it",
    "seaborn": "figures take it up one by one",
    "python-calamine": "DuckDB and pandas read workbooks with it",
}
OPTIONAL = {"pyspark", "py4j"}  # requirements-spark.txt


def sources() -> list[str]:
    """The code of the helpers and of the notebooks' cells."""
    code = [path.read_text(encoding="utf-8") for path in (paths.ROOT / "src").rglob("*.py")]
    for path in paths.NOTEBOOKS.glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code += ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return code


def imported() -> set[str]:
    """Distributions that the code imports from, wherever in a file it does."""
    names = set()
    for node in (node for text in sources() for node in ast.walk(ast.parse(text))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.split(".")[0])
    names -= {*sys.stdlib_module_names, "helpers", *OPTIONAL}
    known = packages_distributions()
    return {plain(known.get(name, [name])[0]) for name in names}


def declared() -> set[str]:
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {plain(re.match(r"[A-Za-z0-9_.-]+", entry)[0]) for entry in project["dependencies"]}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_everything_imported_is_declared():
    assert imported() - declared() == set()


def test_everything_declared_is_used():
    assert declared() - imported() - set(NOT_IMPORTED) == set()
    assert set(NOT_IMPORTED) <= declared()
