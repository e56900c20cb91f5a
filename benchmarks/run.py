"""Measure this project side by side with PyMC-Marketing: same data, same draws, same machine, alternating runs.

Run by `make bench`. The peer gets an environment of its own in benchmarks/.work, with bytecode compiled as ours is.
Every case is a script that prints its seconds and is started anew each time, so imports count for both sides.
"""

import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import inputs

HERE = Path(__file__).resolve().parent
WORK = HERE / ".work"
PEER = "pymc-marketing==1.3.*"
REPEATS = 3
CASES = {
    "bg_nbd": "BG/NBD posterior on CDNOW (2,357 customers), 2 chains of 1,000 + 1,000, import to posterior",
    "summary": "2 million order lines to the customer summary",
}


def main() -> None:
    """Run every case in turn for both sides and print the table."""
    inputs.write(WORK)
    peer = peer_python()
    print(f"{'case':<10}{'ours, s':>16}{'PyMC-Marketing, s':>22}{'ours / peer':>22}")
    for case, meaning in CASES.items():
        runs = [(seconds(sys.executable, case, "ours"), seconds(peer, case, "peer")) for _ in range(REPEATS)]
        ours, theirs = zip(*runs, strict=True)
        ratios = sorted(one / other for one, other in runs)
        spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(f"{case:<10}{statistics.median(ours):>16.1f}{statistics.median(theirs):>22.1f}{spread:>22}")
        print(f"          {meaning}")


def peer_python() -> Path:
    """The peer's interpreter; its environment is made on first use."""
    folder = WORK / "pymc-marketing"
    python = folder / "bin" / "python"
    if not python.exists():
        uv = shutil.which("uv") or str(HERE.parent / ".tools" / "bin" / "uv")
        if not Path(uv).exists():
            sys.exit(f"uv is needed for {PEER} and is neither on the PATH nor in .tools: install uv first.")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, PEER, "nutpie"]
        subprocess.run(install, check=True)
    return python


def seconds(python: Path | str, case: str, side: str) -> float:
    """Start a case's script and return the seconds it reports."""
    script = HERE / f"{case}_{side}.py"
    done = subprocess.run([python, script], capture_output=True, text=True, cwd=HERE.parent, check=False)
    if done.returncode != 0:
        sys.exit(f"{script.name} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])["seconds"]


if __name__ == "__main__":
    main()
