"""Compiled functions on disk that are not whole are made anew, and a fit ends when its time is over."""

import hashlib
import signal
import subprocess
import sys

import numba
import numpy as np
import pymc as pm
import pytest
from llvmlite.binding import Linkage

from helpers import paths
from helpers.errors import StudyError
from helpers.inference import linker, sampler
from helpers.inference.machine_code import GRAPH, _WithChecksums
from helpers.inference.time_limit import VARIABLE

OF_GONE = b"cno_such_module\nmade\n."  # a pickle of what no module defines any more
DAMAGES = {
    "half": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "one byte": lambda content: content[:20] + bytes([content[20] ^ 1]) + content[21:],
    "longer": lambda content: content + b"more",
    "without checksum": lambda content: content[:-32],
    "of a module that is gone": lambda content: OF_GONE + hashlib.sha256(OF_GONE).digest(),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_damaged_file_counts_as_absent_and_is_written_anew(tmp_path, damage, ending):
    kept = _WithChecksums(str(tmp_path), "function", 0)
    kept.save("signature", ("machine code", 1.5))
    assert kept.load("signature") == ("machine code", 1.5)
    (file,) = tmp_path.glob(f"*.{ending}")
    file.write_bytes(damage(file.read_bytes()))
    assert kept.load("signature") is None
    kept.save("signature", ("machine code", 2.5))
    assert kept.load("signature") == ("machine code", 2.5)


def test_another_version_of_numba_or_source_is_absent(tmp_path):
    _WithChecksums(str(tmp_path), "function", 0).save("signature", "code")
    assert _WithChecksums(str(tmp_path), "function", 1).load("signature") is None


def test_a_folder_that_cannot_be_written_keeps_nothing_and_stops_nothing(tmp_path):
    kept = _WithChecksums(str(tmp_path / "not there"), "function", 0)
    kept.save("signature", "code")
    assert kept.load("signature") is None


def test_a_graphs_function_calls_copies_of_its_own():
    @numba.njit
    def part(n):
        return n if n < 2 else part(n - 1) + part(n - 2)

    def whole(n):
        return part(n)

    for name, own in ((f"a_{GRAPH}", True), ("another", False)):
        whole.__name__ = whole.__qualname__ = name
        compiled = numba.njit(whole)
        assert compiled(10) == 55
        (overload,) = compiled.overloads.values()
        linked = {function.linkage for function in overload.library.get_defined_functions()}
        assert (Linkage.linkonce_odr not in linked) == own


COMPILED_AND_KILLED = """
import os, signal
import pymc as pm
from helpers.inference.compiled import density_of
with pm.Model() as model:
    pm.Normal("a")
density_of(model).function()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_compiled_is_swept_by_the_next(tmp_path, monkeypatch):
    places = {"TMPDIR": tmp_path / "temporary", "XDG_CACHE_HOME": tmp_path / "cache"}
    for name, place in places.items():
        place.mkdir()
        monkeypatch.setenv(name, str(place))
    ended = subprocess.run([sys.executable, "-W", "ignore", "-c", COMPILED_AND_KILLED], check=False)
    assert ended.returncode == -signal.SIGKILL
    temporary, cache = (list(place.rglob("*")) for place in places.values())
    assert not temporary
    assert any(file.suffix == ".py" for file in cache)
    paths.sweep()
    assert list((tmp_path / "cache").rglob("*")) == [paths.cache_folder()]


@pytest.mark.parametrize(
    ("content", "stays"), [("", True), ("_version = 0.32\n", True), ("_version", False), ("_vers\0", False)]
)
def test_the_linkers_first_file_is_removed_where_it_is_not_whole(tmp_path, monkeypatch, content, stays):
    file = tmp_path / "compiledir_here" / "lazylinker_ext" / "__init__.py"
    file.parent.mkdir(parents=True)
    file.write_text(content)
    monkeypatch.setenv("PYTENSOR_FLAGS", f"cxx=,base_compiledir={tmp_path}")
    linker.mend()
    assert file.exists() == stays


def test_a_fit_ends_with_a_sentence_when_its_time_is_over(monkeypatch):
    with pm.Model() as model:
        mean = pm.Normal("mean", shape=20)
        pm.Normal("y", mean, 1, observed=np.zeros((20_000, 20)))
    monkeypatch.setenv(VARIABLE, "0.02")
    with pytest.raises(StudyError, match=r"longer than 0\.02 minutes.*fit_minutes"):
        sampler.fit(model, draws=100_000, tune=1_000)
