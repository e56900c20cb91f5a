"""A large CSV export through one command, as a person types it; argument: new or check, both without a converted copy."""

import json
import os
import shutil
import subprocess
import sys
import time

from inputs import WORK, export

from helpers import paths

NAME = "benchmark_of_an_export"
STUDY, CACHE = paths.REPORTS / f"{NAME}.yaml", WORK / "cache"
COMMANDS = {"new": ["new", NAME, "--from", str(export())], "check": ["check", NAME]}


def measured(name: str) -> dict[str, float]:
    """Run one command; return its seconds, processor seconds and peak memory, or end with what it said."""
    shutil.rmtree(CACHE, ignore_errors=True)
    with (WORK / "said.txt").open("w+", encoding="utf-8") as said:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "helpers", *COMMANDS[name]],
            env=os.environ | {"XDG_CACHE_HOME": str(CACHE)},
            stdout=said,
            stderr=said,
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        said.seek(0)
        if status != 0:
            sys.exit(f"{name} did not end well:\n{said.read()[-2000:]}")
    return {"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "gib": used.ru_maxrss / 2**20}


def main() -> None:
    """Print what the command took; nothing that it wrote stays."""
    STUDY.unlink(missing_ok=True)
    try:
        if sys.argv[1] == "check":
            measured("new")  # check reads the study that it drafts
        print(json.dumps(measured(sys.argv[1])))
    finally:
        shutil.rmtree(CACHE, ignore_errors=True)
        STUDY.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
