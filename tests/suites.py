"""The statistical suite, topic by topic: `make test-slow`, or `make test-slow SUITE=leads` for one topic.

The last result of every test is kept in tests/results/TOPIC.jsonl: outcome, seconds, commit, seeds and what the test
printed (see kept_results.py). A run that was interrupted goes on where it stopped: what has passed with the same code and
data is not run again, unless FRESH=1.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import kept_results
import pytest
from kept_results import RESULTS, ROOT

# Each topic is to take less than 40 minutes on two cores, but for the seeds, which go on where they stopped.
TOPICS = {
    "gate": ("gate", "cold_and_warm"),
    "seeds": ("seeds",),
    "base": ("deals", "linkage", "loyalty", "needs", "online_retail", "tickets"),
    "share": ("share",),
    "leads": ("leads", "lead_leaks", "without_orders"),
    "calibration": ("calibration",),
    "structures": ("structure_calibration",),
    "rhythm": ("rhythm_suite",),
    "drift": ("drift_suite",),
    "renewal": ("contract_calibration", "contract_models", "delayed_entry"),
    "season": ("season_suite", "season_study", "days_suite"),
    "value": ("equity", "laplace", "portfolio", "spend_index_suite"),
    "experiments": ("arms", "cut_off", "design", "experiment", "no_lots", "unit_outcomes", "uplift"),
    "campaigns": ("campaign_value",),
    "totals": ("totals",),
    "panels": ("quasi_experiment", "panel_designs", "geo_test"),
}
MOST_PRINTED = 4000  # of what a test said, the end
CODE = ("src/helpers/**/*", "tests/*.py", "data/cdnow/*", "requirements.txt")


class Kept:
    """A pytest plugin that leaves out the tests that have passed with this code, and keeps the result of each other one."""

    def __init__(self, path: Path, code: str, fresh: bool):
        self.path, self.code, self.commit, self.seeds = path, code, kept_results.commit(), {}
        self.passed = set() if fresh else passed_before(path, code)

    @pytest.hookimpl(trylast=True)  # after those that are not slow have been left out
    def pytest_collection_modifyitems(self, config, items):
        before = [item for item in items if item.nodeid in self.passed]
        items[:] = [item for item in items if item.nodeid not in self.passed]
        config.hook.pytest_deselected(items=before)
        self.seeds = {item.nodeid: item.get_closest_marker("slow").kwargs.get("seeds") for item in items}

    def pytest_runtest_logreport(self, report):
        if first_seeds() is None and (report.when == "call" or report.outcome != "passed"):
            result = {"test": report.nodeid, "outcome": report.outcome, "seconds": round(report.duration, 1)}
            made = {"commit": self.commit, "code": self.code, "seeds": self.seeds[report.nodeid]}
            printed = report.capstdout[-MOST_PRINTED:]
            kept_results.keep_outcome(self.path, result | made | {"printed": printed})


def passed_before(path: Path, code: str) -> set[str]:
    """The ids of the tests whose last result with this code is a pass."""
    last = {result["test"]: result["outcome"] for result in kept_results.read(path) if result["code"] == code}
    return {test for test, outcome in last.items() if outcome == "passed"}


def first_seeds() -> int | None:
    """SEEDS=10: only the first ten seeds of every table are taken, and no outcome is kept; None takes all."""
    return int(os.environ.get("SEEDS", "0")) or None


def state_of_code() -> str:
    """A digest of all that a result depends on."""
    digest = hashlib.sha256()
    files = {path for pattern in CODE for path in ROOT.glob(pattern) if path.is_file()}
    for path in sorted(path for path in files if path.suffix != ".pyc"):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def run_topic(topic: str) -> int:
    """Run what is left of one topic; pytest's exit code, 0 where nothing is left."""
    files = [str(ROOT / "tests" / f"test_{name}.py") for name in TOPICS[topic]]
    kept = Kept(RESULTS / f"{topic}.jsonl", state_of_code(), bool(os.environ.get("FRESH")))
    print(f"== {topic}: {len(kept.passed)} tests have passed with this code and are left out", flush=True)
    code = pytest.main([*files, "-m", "slow", "--capture=tee-sys", "--rootdir", str(ROOT)], plugins=[kept])
    return 0 if code == pytest.ExitCode.NO_TESTS_COLLECTED and kept.passed else int(code)


def main(topics: list[str]) -> int:
    if unknown := [topic for topic in topics if topic not in TOPICS]:
        print(f"There is no topic {unknown[0]!r}; SUITE is one of {', '.join(TOPICS)}.", file=sys.stderr)
        return 2
    if len(topics) == 1:
        code = run_topic(topics[0])
        kept_results.write_table()
        return code
    # A process each, so that one topic's memory is given back before the next.
    ended = {topic: subprocess.call([sys.executable, __file__, topic]) for topic in topics or TOPICS}
    failed = [topic for topic, code in ended.items() if code != 0]  # below 0: ended from outside
    print(f"Topics that did not pass: {', '.join(failed) or 'none'}.")
    return int(bool(failed))


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
