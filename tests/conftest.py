"""Data that several tests share."""

import fcntl
import gc
import os
import re
from datetime import date
from pathlib import Path

import faults
import ibis
import kept_results
import pandas as pd
import pytest
import yaml

from helpers import paths
from helpers.clv.purchase_history import customer_summary
from helpers.runs import runner
from helpers.runs.run import Options
from helpers.study.catalogue import load_catalogue
from helpers.study.parameters import notebook_parameters

LONGEST = (
    "test_notebooks",
    "test_constant_money",
    "test_runner",
    "test_silent_errors",
    "test_new",
    "test_without_orders",
    "test_formats",
    "test_bookkeeping_exports",
    "test_drift",
    "test_known_exports",
    "test_contracts",
    "test_hostile_text",
    "test_laplace",
    "test_season",
    "test_export_kinds",
    "test_experiment",
)


def pytest_configure(config):
    config.addinivalue_line("markers", "faults: what goes wrong around a report, run by `make test-faults`")


def pytest_collection_modifyitems(items):
    """Of a grid only the last is fast; the files that take longest come first, so that no worker is left with one."""
    grids = {}
    for item in items:
        if item.get_closest_marker("grid"):
            grids.setdefault(item.nodeid.split("[")[0], []).append(item)
    for cells in grids.values():
        for cell in cells[:-1]:
            cell.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


def pytest_collection_finish():
    """What was imported and collected stays: a look through it at every turn of the collector frees nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_unconfigure():
    """At the end all of it goes, so that no library reports it as leaked."""
    gc.unfreeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Hand what a test counted to the process that prints it."""
    report = yield
    if call.when == "call":
        report.user_properties += faults.COUNTED
        faults.COUNTED.clear()
    return report


def pytest_terminal_summary(terminalreporter):
    """Print what the tests of faults counted."""
    reports = [one for reports in terminalreporter.stats.values() for one in reports]
    called = [report for report in reports if getattr(report, "when", "") == "call"]
    for line in kept_results.tallied(one for report in called for one in report.user_properties):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def cdnow_ledger() -> pd.DataFrame:
    """CDNOW's lines with the ledger's column names."""
    lines = pd.read_csv(paths.DATA / "cdnow" / "cdnow.csv", dtype={"masterid": "str"}, parse_dates=["date"])
    return pd.DataFrame(
        {
            "customer_id": lines["masterid"],
            "order_date": lines["date"].dt.date,
            "kind": "purchase",
            "revenue": lines["sales"],
        }
    )


@pytest.fixture(scope="session")
def cdnow_calibration(cdnow_ledger) -> pd.DataFrame:
    """CDNOW summarised at 1997-09-30 in weeks, the published calibration sample."""
    return customer_summary(ibis.memtable(cdnow_ledger), date(1997, 9, 30), "week").to_pandas()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public data that is not part of the project; tests that need it skip without it."""
    folder = os.environ.get("CRM_REAL_DATA")
    if not folder:
        pytest.skip("CRM_REAL_DATA is not set: the folder with the public data sets used only for checks")
    return Path(folder)


@pytest.fixture(scope="session")
def small_report(tmp_path_factory, worker_id) -> Path:
    """The published run of every notebook on a demo company of 600 customers with few draws; made once for all workers."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "small"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        latest = folder / "build" / "small" / "latest"
        return latest.resolve() if latest.exists() else run_small(folder)


def run_small(folder: Path, engine: str = "") -> Path:
    """Run every notebook on the demo company of 600 customers; engine: `pyspark://` for Spark. The run's folder."""
    demo = (paths.REPORTS / "demo.yaml").read_text(encoding="utf-8")
    text, found = re.subn(r"(?m)^source: demo$", f"source: {engine}demo?customers=600", demo)
    assert found == 1
    content = yaml.safe_load(text)
    declared = {name for notebook in load_catalogue() for name in notebook_parameters(notebook)}
    few = {"draws": 200, "bootstrap_draws": 200, "prediction_draws": 200, "tune": 300, "chains": 2}
    few |= {"resamples": 4, "replicates": 20, "models": ["bg_nbd", "mbg_cnbd", "pareto_nbd"]}
    content["parameters"] = content.get("parameters", {}) | {k: v for k, v in few.items() if k in declared}
    study = folder / "small.yaml"
    study.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    code = runner.report([str(study)], Options(build=folder / "build"))
    assert code == runner.DONE, (folder / "build" / "small").as_posix()
    return (folder / "build" / "small" / "latest").resolve()
