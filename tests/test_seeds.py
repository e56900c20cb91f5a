"""One small company under twenty seeds of the sampler: no sample fails, verdicts agree, numbers move as far as they say."""

import itertools
import math
import re
import shutil
from functools import partial
from pathlib import Path

import kept_seeds
import numpy as np
import pandas as pd
import pytest
import yaml

from helpers import paths
from helpers.runs import runner
from helpers.runs.run import Options
from helpers.site.changes import NOISE
from helpers.site.run_record import RunRecord
from helpers.study.catalogue import load_catalogue
from helpers.study.parameters import notebook_parameters

SEEDS = range(1, 21)
WORK = (
    Path(__file__).parent / ".results" / "seeds"
)  # kept, so that a seed that was interrupted goes on by notebook
MOST_VALUES = 5  # of a number that is listed with their shares
SAMPLING = "tune"  # a parameter of every notebook that samples
BEST = "PASS"


def study(folder: Path, seed: int) -> Path:
    """The demo study on a company of 600 customers with this seed in every notebook that has one, those that sample only."""
    text = (paths.REPORTS / "demo.yaml").read_text(encoding="utf-8")
    text, found = re.subn(r"(?m)^source: demo$", "source: demo?customers=600", text)
    assert found == 1
    content = yaml.safe_load(text)
    content["parameters"] = content.get("parameters", {}) | {"seed": seed}
    path = folder / "seeds.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def one_run(folder: Path, seed: int) -> dict:
    """Metrics, their Monte Carlo errors, verdicts and what checks found of a run, by notebook and name."""
    only = tuple(name for name in load_catalogue() if SAMPLING in notebook_parameters(name))
    code = runner.report([str(study(folder, seed))], Options(build=folder / "build", only=only))
    *before, newest = sorted((folder / "build" / "seeds" / "runs").iterdir(), key=_number)
    assert code == runner.DONE, newest
    run = RunRecord.read(newest / "run.json")
    assert run is not None
    for old in before:
        shutil.rmtree(old)
    found: dict[str, dict] = {"metrics": {}, "mcse": {}, "verdicts": {}, "values": {}}
    for notebook, result in run.notebooks.items():
        found["metrics"] |= {f"{notebook}, {name}": value for name, value in result.metrics.items()}
        found["mcse"] |= {f"{notebook}, {name}": value for name, value in result.mcse.items()}
        found["verdicts"] |= {f"{notebook}, {one['name']}": one["verdict"] for one in result.checks}
        found["values"] |= {f"{notebook}, {one['name']}": str(one["value"]) for one in result.checks}
    return found


def _number(folder: Path) -> int:
    run = RunRecord.read(folder / "run.json")
    return run.number if run else 0


@pytest.fixture(scope="module")
def runs() -> dict[int, dict]:
    WORK.mkdir(parents=True, exist_ok=True)
    return kept_seeds.rows("sampler", SEEDS, partial(one_run, WORK))


@pytest.mark.slow(seeds="1 to 20")
def test_no_sample_fails(runs):
    failed = [
        f"seed {seed}: {name}, {found['values'][name]}"
        for seed, found in runs.items()
        for name, verdict in found["verdicts"].items()
        if "sampling" in name and verdict == "FAIL"
    ]
    print(f"sampling FAIL in {len(runs)} seeds: {len(failed)}", *failed, sep="\n  ")
    assert not failed


@pytest.mark.slow(seeds="1 to 20")
def test_verdicts_differ_only_at_their_limit(runs):
    verdicts = pd.DataFrame({seed: found["verdicts"] for seed, found in runs.items()})
    different = verdicts[verdicts.nunique(axis=1) > 1]
    print(f"checks: {len(verdicts)}, with other verdicts under other seeds: {len(different)}")
    unsaid = []
    for name, row in different.iterrows():
        print(f"  {name}: {row.value_counts().to_dict()}")
        worse = [seed for seed, verdict in row.items() if verdict != BEST]
        if not all("at the limit" in runs[seed]["values"].get(name, "") for seed in worse):
            unsaid.append(name)
    assert not unsaid


def _list_others(values: pd.DataFrame) -> None:
    """Print the numbers without an error that move: those of few values with their shares, others with their range."""
    for name, row in values[values.nunique(axis=1) > 1].iterrows():
        counted = row.value_counts(normalize=True)
        few = {f"{value:g}": f"{share:.0%}" for value, share in counted.items()}
        said = few if len(few) <= MOST_VALUES else f"{row.min():g} to {row.max():g}"
        print(f"  without an error: {name}: {said}")


@pytest.mark.slow(seeds="1 to 20")
def test_numbers_move_as_far_as_they_say(runs):
    """No pair of seeds is further apart than five errors of the difference, and the median ratio is that of one."""
    values, errors = (
        pd.DataFrame({seed: found[kind] for seed, found in runs.items()}) for kind in ("metrics", "mcse")
    )
    known = errors.index[errors.notna().all(axis=1) & (errors > 0).all(axis=1)]
    ratio = values.loc[known].std(axis=1) / np.sqrt((errors.loc[known] ** 2).mean(axis=1))
    far = [
        name
        for name in known
        for one, other in itertools.combinations(runs, 2)
        if abs(values.at[name, one] - values.at[name, other])
        > NOISE * math.hypot(errors.at[name, one], errors.at[name, other])
    ]
    apart = pd.Series(far, dtype=object).value_counts()
    print(
        f"numbers: {len(values)}, with an error: {len(known)}, pairs further apart than {NOISE} errors: {len(far)}"
    )
    print(apart.to_string())
    _list_others(values.drop(index=known))
    print(f"standard deviation over seeds / stated error, median: {ratio.median():.2f}")
    print(ratio.sort_values().to_string(float_format="{:.2f}".format))
    assert not far
    assert len(runs) < len(SEEDS) or 0.8 <= ratio.median() <= 1.25
