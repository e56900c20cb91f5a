"""Results of the statistical suite, which live in git: what each slow test said, and what a simulation found with each seed.

results/TOPIC.jsonl (of faults: results/faults/TOPIC.jsonl) has a line per test, its last outcome; results/seeds/TABLE.jsonl
a line per seed and state of the code.
Every line names its commit, and stays quoted with it when the code has moved on. `python tests/kept_results.py` writes the
table of both, results/README.md, and `make test-slow` does so after every topic.
"""

import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import fmean

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "tests" / "results"
DIGITS = 5
HEAD = """# Results of the statistical suite

Written by `python tests/kept_results.py` from the files beside it: do not edit. A figure belongs to its commit (`+`: with
changes that were not committed); `make test-slow SUITE=TOPIC` measures again what the code has changed since. Figures are
given where all seeds are in, of the last state of the code for which they are.

"""
FAULTS_HEAD = """## Faults

What `make test-faults` counted, topic by topic, in the last run of each test.

| topic | passed | counted | commit |
|---|---|---|---|
"""
SEEDS_HEAD = "## Simulations, seed by seed\n\nHow often something held; of numbers the mean, mean size and largest.\n\n"


def read(path: Path) -> list[dict]:
    """The lines of a file of results, none where there is no file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def write(path: Path, lines: list[dict]) -> None:
    """Write a file of results whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def commit() -> str:
    """The commit checked out, `+` where files differ from it, results aside; nothing where there is no git."""
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    # --quiet: the exit code alone says whether something differs
    differs = [*git, "diff", "--quiet", "HEAD", "--", ".", ":!tests/results"]
    changed = subprocess.run(differs, capture_output=True, check=False).returncode
    return head.stdout.strip() + "+" * (changed == 1)


def keep_outcome(path: Path, result: dict) -> None:
    """Keep a test's last result in the place of an earlier one."""
    write(path, [*(one for one in read(path) if one["test"] != result["test"]), result])


def keep_seed(path: Path, line: dict) -> None:
    """Keep what one seed found; once all seeds are in, what other code found with them goes."""
    its = line["seed"], line["code"]
    lines = [*(one for one in read(path) if (one["seed"], one["code"]) != its), line]
    write(path, next(iter(whole(lines).values())) if line["code"] in whole(lines) else lines)


def whole(lines: list[dict]) -> dict[str, list[dict]]:
    """The lines of each state of the code for which all seeds are in, the latest first."""
    found: dict[str, list[dict]] = {}
    for line in reversed(lines):
        found.setdefault(line["code"], []).insert(0, line)
    return {code: its for code, its in found.items() if len(its) >= its[0]["of"]}


def rounded(found: dict) -> dict:
    """Numbers to DIGITS digits, as they are kept."""
    return {
        name: float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
        for name, value in found.items()
    }


def figures(found: list[dict]) -> str:
    """What seeds found, in words: how often what is true or false held, and of numbers mean, mean size and largest size."""
    said = []
    for name in found[0]:
        values = [one[name] for one in found]
        if all(isinstance(value, bool) for value in values):
            said.append(f"{name} {sum(values)} of {len(values)}")
        elif all(isinstance(value, int | float) for value in values):
            sizes = [abs(value) for value in values]
            said.append(f"{name} {fmean(values):.3g} (size {fmean(sizes):.3g}, at most {max(sizes):.3g})")
    return "; ".join(said)


def tallied(properties: Iterable[Sequence]) -> list[str]:
    """What tests counted (faults.py), in words: each line as it is, and of what was tallied the sums."""
    tallies: dict[str, Counter] = {}
    said = []
    for kind, counted in properties:
        if kind == "line":
            said.append(counted)
        elif kind == "tally":
            tallies.setdefault(counted[0], Counter()).update(counted[1])
    for what, numbers in tallies.items():
        sums = ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in numbers.items())
        said.append(f"{what}: {sums}")
    return said


def counts(lines: list[dict]) -> list[str]:
    """What the last results of a topic's tests counted together, in words."""
    return tallied(one for line in lines for one in line.get("counted", []))


def _seed_rows() -> Iterator[str]:
    for path in sorted((RESULTS / "seeds").glob("*.jsonl")):
        lines = read(path)
        complete = next(iter(whole(lines).values()), None)
        if complete:
            said = figures([line["found"] for line in complete])
            yield _row(path.stem, f"{len(complete)} of {complete[0]['of']}", said, complete)
        code = lines[-1]["code"]
        newest = [line for line in lines if line["code"] == code]
        if not complete or code != complete[0]["code"]:
            yield _row(path.stem, f"{len(newest)} of {newest[0]['of']}", "not all in", newest)


def _row(name: str, seeds: str, said: str, lines: list[dict]) -> str:
    commits = ", ".join(dict.fromkeys(line["commit"] for line in lines))
    return f"| {name} | {seeds} | {said} | {commits} |\n"


def _fault_rows() -> Iterator[str]:
    for path in sorted((RESULTS / "faults").glob("*.jsonl")):
        lines = read(path)
        passed = f"{sum(line['outcome'] == 'passed' for line in lines)} of {len(lines)}"
        yield _row(path.stem, passed, "; ".join(counts(lines)), lines)


def _test_rows() -> Iterator[str]:
    for path in sorted(RESULTS.glob("*.jsonl")):
        for one in read(path):
            name = one["test"].rpartition("::")[2]
            yield f"| {path.stem} | {name} | {one['outcome']} | {one['seeds']} | {one['commit']} |\n"


def table() -> str:
    """All kept results as a page of Markdown."""
    tests = "## Tests\n\n| topic | test | outcome | seeds | commit |\n|---|---|---|---|---|\n"
    seeds = SEEDS_HEAD + "| table | seeds in | figures | commit |\n|---|---|---|---|\n"
    faults = FAULTS_HEAD + "".join(_fault_rows())
    return HEAD + seeds + "".join(_seed_rows()) + "\n" + faults + "\n" + tests + "".join(_test_rows())


def write_table() -> None:
    """Write results/README.md."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "README.md").write_text(table(), encoding="utf-8")


if __name__ == "__main__":
    write_table()
