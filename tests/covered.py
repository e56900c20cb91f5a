"""How much of the helpers the fast tests reach: lines and branches, by coverage.py, with goals per package.

    python tests/covered.py [WORD ...]   run the tests whose file's name has one of the words (all), those that are due

Each test file is measured for itself, and measured again only where it or the helpers changed: a run that was interrupted
goes on where it stopped (MINUTES=4 stops it after four). `mutants.py` takes from it which tests reach a line.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import coverage

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "tests" / ".results" / "coverage"
HELPERS = ROOT / "src" / "helpers"
MOST_HELD = (
    95,
    ("contracts", "tables", "runs"),
)  # per cent, and the packages held to it; the ledger is part of tables
REST = 90


def test_files(words: list[str]) -> list[Path]:
    """The test files whose names have one of the words, in the order of the words; all where there is none."""
    there = sorted((ROOT / "tests").glob("test_*.py"))
    return list(dict.fromkeys(path for word in words or [""] for path in there if word in path.stem))


def measure(test: Path) -> int:
    """Run one test file's fast tests under coverage.py; pytest's exit code."""
    KEPT.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "coverage",
        "run",
        f"--data-file={KEPT / test.stem}",
        "-m",
        "pytest",
        "-q",
    ]
    report = f"--junitxml={KEPT / test.stem}.xml"
    return subprocess.call(
        [*command, "-m", "not slow", report, "-p", "no:cacheprovider", str(test)], cwd=ROOT
    )


def is_due(test: Path) -> bool:
    """Whether a test file was not measured since it or the helpers changed."""
    kept = KEPT / f"{test.stem}.xml"
    newest = max(path.stat().st_mtime for path in [test, *HELPERS.rglob("*.py")])
    return not kept.is_file() or kept.stat().st_mtime < newest


def combined() -> coverage.Coverage:
    """What all measured test files reach together."""
    found = coverage.Coverage(data_file=str(KEPT / "all"))
    found.combine([str(path) for path in KEPT.glob("test_*") if not path.suffix], keep=True)
    found.save()
    return found


def shares(found: coverage.Coverage) -> dict[str, list[int]]:
    """Per package: lines reached, lines, branches reached, branches."""
    sums: dict[str, list[int]] = {}
    for path in sorted(HELPERS.rglob("*.py")):
        numbers = found._analyze(str(path)).numbers
        parts = path.relative_to(HELPERS).parts
        one = sums.setdefault(parts[0] if len(parts) > 1 else "(top)", [0, 0, 0, 0])
        add = (numbers.n_executed, numbers.n_statements, numbers.n_executed_branches, numbers.n_branches)
        sums[parts[0] if len(parts) > 1 else "(top)"] = [a + b for a, b in zip(one, add, strict=True)]
    return sums


def percent(numbers: list[int]) -> float:
    """Lines and branches reached, as coverage.py reports them where branches are measured."""
    lines, of_lines, branches, of_branches = numbers
    return 100 * (lines + branches) / max(1, of_lines + of_branches)


def main(words: list[str]) -> int:
    """Measure what is due, print each package with its share; 1 where a goal is missed."""
    began, minutes = time.monotonic(), float(os.environ.get("MINUTES") or "inf")
    failed = []
    for test in filter(is_due, test_files(words)):
        if time.monotonic() - began > 60 * minutes:
            print(f"stopped after {minutes:g} minutes: run it again, and it goes on")
            return 1
        failed += [test.name] if measure(test) not in (0, 5) else []
    sums, missed = shares(combined()), 0
    goal, held = MOST_HELD
    rest = [
        sum(one) for one in zip(*(value for name, value in sums.items() if name not in held), strict=True)
    ]
    for name, numbers, aim in [
        *((name, sums[name], goal) for name in held),
        *((name, numbers, None) for name, numbers in sums.items() if name not in held),
        ("the rest together", rest, REST),
    ]:
        lines, of_lines, branches, of_branches = numbers
        missed += aim is not None and percent(numbers) < aim
        print(
            f"{name:<18} {percent(numbers):5.1f} %   lines {lines:,} of {of_lines:,}, branches {branches:,} of "
            f"{of_branches:,}{f'   goal {aim} %' if aim else ''}"
        )
    if failed:
        print(f"failed: {', '.join(failed)}")
    return int(bool(missed or failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
