"""One study in other surroundings: jobs at once, threads and processor kernels of BLAS change no verdict and no number."""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from helpers import paths
from helpers.site.changes import NOISE
from helpers.site.run_record import RunRecord

ONLY = ("23_renewal_model", "31_experiment")  # they sample, and neither reads from the other
ONE = {"JOBS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
OTHERS = {
    "two jobs": {"JOBS": "2"},
    "two threads of BLAS": {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"},
    "a processor without AVX": {"OPENBLAS_CORETYPE": "Nehalem"},
}
REPORT = """
import os, sys
from pathlib import Path
from helpers.runs import runner
from helpers.runs.run import Options
study, build, *only = sys.argv[1:]
options = Options(build=Path(build), jobs=int(os.environ["JOBS"]), only=tuple(only))
sys.exit(runner.report([study], options))
"""


def run_in(folder: Path, surroundings: dict[str, str]) -> RunRecord:
    """The run of the sampling notebooks on a company of 600 customers, in a process with these environment variables."""
    content = yaml.safe_load((paths.REPORTS / "demo.yaml").read_text(encoding="utf-8"))
    study = folder / "small.yaml"
    study.write_text(yaml.safe_dump(content | {"source": "demo?customers=600"}), encoding="utf-8")
    command = [sys.executable, "-W", "ignore", "-c", REPORT, str(study), str(folder / "build"), *ONLY]
    ended = subprocess.run(
        command, env=os.environ | ONE | surroundings, text=True, capture_output=True, check=False
    )
    found = [*(folder / "build" / "small" / "runs").glob("*/run.json")]
    assert len(found) == 1, ended.stdout + ended.stderr
    run = RunRecord.read(found[0])
    assert run is not None and run.status == "ok", ended.stdout + ended.stderr
    assert all(run.notebooks[name].status == "ok" for name in ONLY)
    return run


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> RunRecord:
    return run_in(tmp_path_factory.mktemp("plain"), {})


@pytest.mark.slow(seeds="1")
@pytest.mark.parametrize("name", OTHERS)
def test_other_surroundings_give_the_same_verdicts_and_numbers(tmp_path, plain, name):
    other, moved, beyond = run_in(tmp_path, OTHERS[name]), {}, []
    verdicts = [{(notebook, one["name"]): one["verdict"] for notebook, its in run.notebooks.items() for one in its.checks}
                for run in (plain, other)]  # fmt: skip
    for notebook, its in plain.notebooks.items():
        there = other.notebooks[notebook]
        assert its.metrics.keys() == there.metrics.keys()
        for key, value in its.metrics.items():
            apart = abs(value - there.metrics[key])
            if apart == 0:
                continue
            moved[f"{notebook}, {key}"] = apart / max(abs(value), 1e-300)
            error = math.hypot(its.mcse.get(key, 0.0), there.mcse.get(key, 0.0))
            if apart > max(NOISE * error, 1e-6 * abs(value)):
                beyond.append(f"{notebook}, {key}: {value:g}, {there.metrics[key]:g}, error {error:g}")
    most = max(moved.values(), default=0.0)
    print(
        f"{name}: {len(moved)} numbers moved, by at most {most:.2g} of themselves; beyond their error {len(beyond)}"
    )
    assert verdicts[0] == verdicts[1]
    assert not beyond, "\n".join(beyond)
