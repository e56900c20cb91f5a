"""The long suites, topic by topic: `make test-slow SUITE=leads`, and of faults `make test-faults SUITE=kill`.

The last result of every test is kept in tests/results/TOPIC.jsonl (faults/TOPIC.jsonl): outcome, seconds, commit, seeds, and
what the test printed and counted (see kept_results.py). A run that was interrupted goes on where it stopped: what has passed
with the same code and data is not run again, unless FRESH=1.
"""

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import kept_results
import pytest
from kept_results import RESULTS, ROOT

# Each topic is to take less than 40 minutes on two cores, but for the seeds, which go on where they stopped.
TOPICS = {
    "gate": ("gate", "cold_and_warm", "surroundings"),
    "seeds": ("seeds",),
    "runs": ("warm",),
    "base": ("deals", "linkage", "loyalty", "needs", "online_retail", "tickets"),
    "share": ("share",),
    "leads": ("leads", "lead_leaks", "without_orders"),
    "calibration": ("calibration",),
    "structures": ("groups", "structure_calibration"),
    "likelihoods": ("by_hand", "compression", "purchase_models"),
    "rhythm": ("rhythm", "rhythm_suite"),
    "drift": ("drift_suite",),
    "renewal": ("contract_calibration", "contract_models", "delayed_entry"),
    "season": ("season", "days", "season_suite", "season_study", "days_suite"),
    "contacts": ("contacts", "contacts_suite"),
    "value": ("equity", "laplace", "portfolio", "spend_index_suite"),
    "experiments": (
        "splits",
        "arms",
        "cut_off",
        "design",
        "experiment",
        "no_lots",
        "unit_outcomes",
        "uplift",
    ),
    "campaigns": ("campaign_value",),
    "shapes": (
        "blank_currency",
        "bookkeeping_exports",
        "constant_money",
        "contracts",
        "damaged_files",
        "drift",
        "export_kinds",
        "export_languages",
        "export_rows",
        "formats",
        "further_shapes",
        "known_exports",
        "layouts",
        "new",
        "orders_repeated",
        "other_scales",
        "own_names",
        "purchase_density",
        "returns_files",
        "shared_numbers",
        "silent_errors",
        "silent_money",
        "silent_rows",
        "silent_shapes",
        "stage_rows",
        "tax_lines",
        "what_counts",
        "wide_sales",
        "zero_rows",
    ),
    "totals": ("advice", "totals"),
    "panels": ("quasi_experiment", "panel_designs", "geo_test"),
}
FAULTS = {
    "kill": ("kill_faults",),
    "poison": ("poison_faults",),
    "disk": ("disk_faults", "worst_day_faults"),
    "concurrency": ("concurrency_faults",),
    "studies": ("hostile_studies", "expressions"),
    "text": ("hostile_text", "names_faults"),
    "fuzz-studies": ("fuzz_studies",),
    "fuzz-tables": ("fuzz_tables", "fuzz_contracts"),
    "fuzz-expressions": ("fuzz_expressions",),
    "mutants": (),  # tests/mutants.py, no tests
}
MOST_PRINTED = 4000  # of what a test said, the end
CODE = ("src/helpers/**/*", "tests/*.py", "data/cdnow/*", "requirements.txt")


@dataclass(frozen=True)
class Suite:
    """A marker, its topics with the names of their test files, where results are kept, and what else they depend on."""

    marker: str
    topics: dict[str, tuple[str, ...]]
    results: Path
    settings: tuple[str, ...] = ()


SLOW = Suite("slow", TOPICS, RESULTS)
OF_FAULTS = Suite("faults", FAULTS, RESULTS / "faults", ("HELPERS_FUZZ", "HELPERS_SEED"))


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
        slow = {item.nodeid: item.get_closest_marker("slow") for item in items}
        self.seeds = {test: mark.kwargs.get("seeds") if mark else None for test, mark in slow.items()}

    def pytest_runtest_logreport(self, report):
        if first_seeds() is None and (report.when == "call" or report.outcome != "passed"):
            result = {"test": report.nodeid, "outcome": report.outcome, "seconds": round(report.duration, 1)}
            made = {"commit": self.commit, "code": self.code, "seeds": self.seeds[report.nodeid]}
            is_telling = made["seeds"] or report.outcome != "passed"  # a fault that was withstood is counted
            said = {"printed": report.capstdout[-MOST_PRINTED:] if is_telling else ""}
            said |= {"counted": list(report.user_properties)}
            kept_results.keep_outcome(
                self.path, result | made | {key: one for key, one in said.items() if one}
            )


def passed_before(path: Path, code: str) -> set[str]:
    """The ids of the tests whose last result with this code is a pass."""
    last = {result["test"]: result["outcome"] for result in kept_results.read(path) if result["code"] == code}
    return {test for test, outcome in last.items() if outcome == "passed"}


def first_seeds() -> int | None:
    """SEEDS=10: only the first ten seeds of every table are taken, and no outcome is kept; None takes all."""
    return int(os.environ.get("SEEDS", "0")) or None


def state_of_code(settings: tuple[str, ...] = ()) -> str:
    """A digest of all that a result depends on; settings: environment variables that are a part of it."""
    digest = hashlib.sha256()
    files = {path for pattern in CODE for path in ROOT.glob(pattern) if path.is_file()}
    for path in sorted(path for path in files if path.suffix != ".pyc"):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    for name in settings:
        digest.update(f"{name}={os.environ.get(name, '')}".encode())
    return digest.hexdigest()[:16]


def run_topic(suite: Suite, topic: str) -> int:
    """Run what is left of one topic; pytest's exit code, 0 where nothing is left."""
    if not suite.topics[topic]:
        return subprocess.call([sys.executable, str(ROOT / "tests" / f"{topic}.py")])
    files = [str(ROOT / "tests" / f"test_{name}.py") for name in suite.topics[topic]]
    path, state = suite.results / f"{topic}.jsonl", state_of_code(suite.settings)
    kept = Kept(path, state, bool(os.environ.get("FRESH")))
    print(f"== {topic}: {len(kept.passed)} tests have passed with this code and are left out", flush=True)
    command = [*files, "-m", suite.marker, "--capture=tee-sys", "--rootdir", str(ROOT)]
    # A table takes longer than a test may, and the dump that says where it stands ends it where compiled code runs.
    command += ["-o", "faulthandler_timeout=0"]
    code = pytest.main(command, plugins=[kept])
    for line in kept_results.counts([one for one in kept_results.read(path) if one["code"] == state]):
        print(f"{topic}: {line}")
    return 0 if code == pytest.ExitCode.NO_TESTS_COLLECTED and kept.passed else int(code)


def main(arguments: list[str]) -> int:
    """Run topics; arguments: `--faults` for the suite of faults, and the names of topics, all where there are none."""
    suite = OF_FAULTS if "--faults" in arguments else SLOW
    topics = [one for one in arguments if one != "--faults"]
    if unknown := [topic for topic in topics if topic not in suite.topics]:
        print(
            f"There is no topic {unknown[0]!r}; SUITE is one of {', '.join(suite.topics)}.", file=sys.stderr
        )
        return 2
    if len(topics) == 1:
        code = run_topic(suite, topics[0])
        kept_results.write_table()
        return code
    # A process each, so that one topic's memory is given back before the next.
    which = ["--faults"] * (suite is OF_FAULTS)
    every = topics or suite.topics
    ended = {topic: subprocess.call([sys.executable, __file__, *which, topic]) for topic in every}
    failed = [topic for topic, code in ended.items() if code != 0]  # below 0: ended from outside
    print(f"Topics that did not pass: {', '.join(failed) or 'none'}.")
    return int(bool(failed))


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
