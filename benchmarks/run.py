"""Measure this project side by side with PyMC-Marketing: same data, same draws, same machine, alternating runs.

Run by `make bench`, or `python benchmarks/run.py [CASE ...] [--repeats N]`. The peer gets an environment of its own in
benchmarks/.work, from locked versions, with bytecode compiled as ours is. Every run is a fresh process, so imports and
compilation count for both. Prints a table in Markdown and keeps every run in benchmarks/.work/results.json.
"""

import argparse
import json
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import inputs

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import bootstrap  # noqa: E402

# case: meaning, our script with its arguments, the peer's, what both read
CASES = {
    "bg_nbd": (
        "BG/NBD posterior on CDNOW (2,357 customers), NUTS, 2 x (1,000 + 1,000)",
        ["purchase_ours.py", "bg_nbd", "nuts", "1000"], ["purchase_peer.py", "bg_nbd", "1000"], inputs.cdnow_summary,
    ),
    "bg_nbd_laplace": (
        "the same around the mode (`laplace`), 2 x 1,000",
        ["purchase_ours.py", "bg_nbd", "laplace", "1000"], ["purchase_peer.py", "bg_nbd", "1000"], inputs.cdnow_summary,
    ),
    "pareto_nbd": (
        "Pareto/NBD posterior on CDNOW, NUTS, 2 x (1,000 + 1,000)",
        ["purchase_ours.py", "pareto_nbd", "nuts", "1000"], ["purchase_peer.py", "pareto_nbd", "1000"],
        inputs.cdnow_summary,
    ),
    "value_10000": (
        "10,000 customers: both posteriors (NUTS) and 12-month value, 2,000 draws; ours from order lines, with intervals",
        ["value_ours.py", "10000", "nuts", "2000"], ["value_peer.py", "10000"], lambda: inputs.summary(10_000),
    ),
    "value_10000_laplace": (
        "the same with `laplace`",
        ["value_ours.py", "10000", "laplace", "2000"], ["value_peer.py", "10000"], lambda: inputs.summary(10_000),
    ),
    "value_100000_laplace": (
        "the same for 100,000 customers",
        ["value_ours.py", "100000", "laplace", "2000"], ["value_peer.py", "100000"], lambda: inputs.summary(100_000),
    ),
    "study_10000": (
        "a whole study of 10,000 customers, compiled anew: order lines to eight pages with checks and intervals; the peer's "
        "nearest answer, from the summary on: two posteriors (NUTS) and expected values",
        ["study_ours.py", "10000"], ["value_peer.py", "10000"], lambda: inputs.summary(10_000),
    ),
    "study_200000": (
        "the same for 200,000 customers, 470,000 order lines (the peer does not get that far, see value_100000_laplace)",
        ["study_ours.py", "200000"], None, lambda: inputs.lines(200_000),
    ),
    "summary": (
        "10 million order lines of 4,000,000 customers to the customer summary",
        ["summary_ours.py", "4000000"], ["summary_peer.py", "4000000"], lambda: inputs.lines(4_000_000),
    ),
    "export_new": (
        "a study drafted from 10 million lines of CSV by `new` (the peer has no such step)",
        ["export_ours.py", "new"], None, inputs.export,
    ),
    "export_check": (
        "the same file through `check`, cold: read, converted, judged (the peer has no such step)",
        ["export_ours.py", "check"], None, inputs.export,
    ),
}  # fmt: skip
# The peer is stopped after so many seconds where it takes longer than anyone waits; the ratio is then at most what is shown.
LIMITS = {"pareto_nbd": 300, "value_100000_laplace": 900}


def main() -> None:
    """Run the cases in turn for both sides and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)} (default: all)")
    parser.add_argument("--repeats", type=int, default=3, help="pairs of runs of each case (default: 3)")
    asked = parser.parse_args()
    unknown = sorted(set(asked.cases) - set(CASES))
    if unknown:
        sys.exit(f"There is no case {unknown[0]!r}. Cases: {', '.join(CASES)}.")
    inputs.WORK.mkdir(exist_ok=True)
    asked.cases = asked.cases or list(CASES)
    peer = ""
    if any(CASES[case][2] for case in asked.cases):
        peer = bootstrap.beside(str(inputs.WORK / "pymc-marketing"), ["benchmarks/requirements-peer.txt"])
    kept = inputs.WORK / "results.json"
    results = json.loads(kept.read_text()) if kept.exists() else {}
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {datetime.now():%Y-%m-%d %H:%M}\n"
    )
    print(
        "| case | ours, s (processor s) | PyMC-Marketing, s (processor s) | wall ratio | processor ratio | GiB |"
    )
    print("|---|---|---|---|---|---|")
    for case in asked.cases:
        _, ours, theirs, data = CASES[case]
        data()
        limit = LIMITS.get(case)
        times = 1 if limit else asked.repeats
        runs = [
            (run(sys.executable, ours), run(peer, theirs, limit) if theirs else None) for _ in range(times)
        ]
        results[case] = {"when": f"{datetime.now():%Y-%m-%d %H:%M}", "runs": runs}
        kept.write_text(json.dumps(results, indent=1))
        print(row(case, runs), flush=True)
    print("\n" + "\n".join(f"- {case}: {meaning}" for case, (meaning, *_) in CASES.items()))


def row(case: str, runs: list) -> str:
    """One line of the table: medians, and the ratio of each pair of runs with its smallest and largest value."""
    if runs[0][1] is None:
        seconds, processor = (
            statistics.median(pair[0][what] for pair in runs) for what in ("seconds", "cpu")
        )
        return (
            f"| {case} | {seconds:.1f} ({processor:.1f}) | | | | {max(pair[0]['gib'] for pair in runs):.1f} |"
        )
    times = [
        " ".join(f"{statistics.median(pair[side][what] for pair in runs):.1f}" for what in ("seconds", "cpu"))
        for side in (0, 1)
    ]
    ours, theirs = ("{} ({})".format(*text.split()) for text in times)
    ratios = [sorted(pair[0][what] / pair[1][what] for pair in runs) for what in ("seconds", "cpu")]
    spans = (f" ({r[0]:.2f} to {r[-1]:.2f})" if len(r) > 1 else "" for r in ratios)
    wall, processor = (f"{statistics.median(r):.2g}{span}" for r, span in zip(ratios, spans, strict=True))
    peaks = " / ".join(f"{max(pair[side]['gib'] for pair in runs):.1f}" for side in (0, 1))
    if any("stopped" in theirs for _, theirs in runs):
        theirs, wall, processor = f"stopped after {theirs}", f"below {wall}", f"below {processor}"
    return f"| {case} | {ours} | {theirs} | {wall} | {processor} | {peaks} |"


def run(python: Path | str, command: list[str], limit: float | None = None) -> dict:
    """Start a script of this folder in a fresh process and return what it printed last: seconds, cpu, gib.

    A script that is stopped at the limit, or by the machine because its memory ran out, has "stopped" and what it had used.
    """
    begun = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(
            [python, HERE / command[0], *command[1:]],
            capture_output=True,
            text=True,
            cwd=HERE.parent,
            check=False,
            timeout=limit,
        )
        killed = done.returncode == -signal.SIGKILL
    except subprocess.TimeoutExpired:
        killed = True
    if killed:
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        took = time.perf_counter() - begun
        return {"seconds": took, "cpu": cpu, "gib": after.ru_maxrss / 2**20, "stopped": True}
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
