"""What the project imports is declared, and what it declares is used."""

import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import house_source
import pytest

from helpers import paths

NOT_IMPORTED = {  # declared and used, but by name or as a program
    "jupyterlab": "make lab",
    "ipykernel": "the kernel of every notebook",
    "h5netcdf": "engine='h5netcdf' of xarray",
    "h5py": "h5netcdf writes with it",
    "hatchling": "builds the project",
    "editables": "hatchling installs the project for editing with it",
    "pytest-xdist": "pytest -n 2",
    "ruff": "make lint",
    "mypy": "make lint",
    "nbstripout": "strips outputs before a commit",
    "pre-commit": "checks before a commit",
}
OTHER_ENVIRONMENTS = {
    "pyspark": "requirements-spark.txt",
    "py4j": "requirements-spark.txt",
    "pymc-marketing": "benchmarks/requirements-peer.txt",
}
RUN = (paths.ROOT / "src", paths.NOTEBOOKS)  # needed to run a study; tests and benchmarks are for development


@cache
def imported() -> dict[str, set[Path]]:
    """The distributions that the project's files import from, wherever in a file, each with these files."""
    files = house_source.own_imports()
    own = {
        "helpers",
        "bootstrap",
        *(path.stem for path in files if path.parent.name in ("tests", "benchmarks")),
    }
    brought, found = packages_distributions(), {}
    for path, taken in files.items():
        for module in {name.split(".")[0] for name, _, _ in taken} - own - sys.stdlib_module_names:
            found.setdefault(plain(brought.get(module, [module])[0]), set()).add(path)
    return found


@cache
def declared(group: str = "") -> set[str]:
    """The dependencies of the project, or those of a group."""
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    entries = project["dependency-groups"][group] if group else project["project"]["dependencies"]
    return {plain(re.match(r"[A-Za-z0-9_.-]+", entry)[0]) for entry in entries}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_everything_imported_is_declared():
    assert set(imported()) - declared() - declared("dev") - set(OTHER_ENVIRONMENTS) == set()


def test_what_a_study_imports_needs_no_development_tools():
    needed = {
        name for name, files in imported().items() if any(set(RUN) & set(path.parents) for path in files)
    }
    assert needed - declared() - set(OTHER_ENVIRONMENTS) == set()


def test_everything_declared_is_used():
    unused = (declared() | declared("dev")) - set(imported()) - set(NOT_IMPORTED)
    assert unused == set()
    assert set(NOT_IMPORTED) <= declared() | declared("dev")
    assert not set(NOT_IMPORTED) & set(imported())


@pytest.mark.parametrize("name", sorted(OTHER_ENVIRONMENTS))
def test_other_environments_name_what_is_imported_there(name):
    assert re.search(rf"(?m)^{name}==", (paths.ROOT / OTHER_ENVIRONMENTS[name]).read_text(encoding="utf-8"))
