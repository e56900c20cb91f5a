"""A machine's first run and its later ones: densities compiled now or read from disk, in whatever order, are the same."""

import os
import shutil
import subprocess
import sys
from itertools import batched
from pathlib import Path

import densities
import nbformat
import pytest
from nbclient import NotebookClient

DIGESTS = Path(densities.__file__)
SMALL = "gamma-gamma"
DRAWS = """
import hashlib
import densities
from helpers.inference import sampler
tree = sampler.fit(densities.DENSITIES["gamma-gamma"](), draws=50, tune=50, max_draws=50)
print(hashlib.sha256(tree["posterior"]["p"].to_numpy().tobytes()).hexdigest())
"""


def surroundings(cache: Path) -> dict[str, str]:
    path = os.pathsep.join([str(DIGESTS.parent), os.environ.get("PYTHONPATH", "")])
    flags = {"PYTENSOR_FLAGS": f"base_compiledir={cache}", "NUMBA_CACHE_DIR": str(cache / "loops")}
    return os.environ | flags | {"PYTHONPATH": path}


def digests(cache: Path, *names: str) -> dict[str, str]:
    """What a process with this cache finds, by density."""
    command = [sys.executable, "-W", "ignore", str(DIGESTS), *names]
    said = subprocess.run(command, env=surroundings(cache), text=True, capture_output=True, check=True).stdout
    return {name: digest for digest, _, name in (line.partition(" ") for line in said.splitlines())}


def in_kernel(cache: Path) -> str:
    """The draws of a fit in a notebook's kernel, as a number."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(DRAWS)])
    NotebookClient(book, timeout=300).execute(env=surroundings(cache))
    return book.cells[0].outputs[-1]["text"].strip()


@pytest.mark.slow(seeds="1")
@pytest.mark.parametrize("names", [*batched(densities.DENSITIES, 3)], ids=", ".join)
def test_every_density_is_the_same_compiled_and_read_back(tmp_path, names):
    cold, warm = digests(tmp_path, *names), digests(tmp_path, *names)
    assert list(cold) == list(names) and warm == cold
    for kept in ("numba", "loops"):
        shutil.rmtree(tmp_path / kept, ignore_errors=True)  # another machine's first run, in another order
    assert digests(tmp_path, *reversed(names)) == cold


@pytest.mark.slow(seeds="1")
def test_a_notebooks_kernel_draws_the_same_the_first_time_and_later(tmp_path):
    first, later = (in_kernel(tmp_path) for _ in range(2))
    assert first == later and len(first) == 64


@pytest.mark.slow(seeds="1")
def test_two_at_once_and_a_damaged_cache_change_no_digit(tmp_path):
    command = [sys.executable, "-W", "ignore", str(DIGESTS), SMALL]
    both = [
        subprocess.Popen(command, env=surroundings(tmp_path), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = {process.communicate(timeout=300)[0] for process in both}
    assert len(said) == 1
    (digest,) = digests(tmp_path, SMALL).values()
    assert said == {f"{digest} {SMALL}\n"}
    for file in sorted((tmp_path / "numba").iterdir())[::2]:
        file.write_bytes(file.read_bytes()[:-50])
    assert digests(tmp_path, SMALL) == {SMALL: digest}
