"""A whole study as a person runs it: order lines (Parquet) to eight pages, executive page included; argument: customers."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time

from inputs import AS_OF, WORK, lines

from helpers import paths
from helpers.site.index import render_overview

NAME = "benchmark_of_a_study"
STUDY = """\
title: A simulated shop
as_of: "{as_of}"
holdout: 35 weeks
timezone: Europe/Berlin
currency: EUR
time_unit: week
source: "{folder}"
tables:
  transactions:
    path: {file}
    columns: {{customer_id: customer_id, order_time: order_date, amount: revenue}}
parameters: {{margin: 0.30, annual_discount_rate: 0.10}}
"""


def main() -> None:
    """Print seconds, processor seconds and the largest process's peak memory; nothing that was written stays."""
    file, built = paths.REPORTS / f"{NAME}.yaml", paths.REPORTS / "build" / NAME
    text = STUDY.format(as_of=AS_OF, folder=WORK, file=lines(int(sys.argv[1])).name)
    file.write_text(text, encoding="utf-8")
    shutil.rmtree(WORK / "cache", ignore_errors=True)
    try:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "helpers", "report", NAME],
            env=os.environ | {"XDG_CACHE_HOME": str(WORK / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = process.communicate()[0]
        seconds = time.perf_counter() - begun
        if process.returncode != 0:
            sys.exit(f"The report did not end well:\n{said[-2000:]}")
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            json.dumps(
                {"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "gib": used.ru_maxrss / 2**20}
            )
        )
    finally:
        shutil.rmtree(built, ignore_errors=True)
        shutil.rmtree(WORK / "cache", ignore_errors=True)
        file.unlink(missing_ok=True)
        if built.parent.is_dir():
            render_overview(built.parent)  # the list of studies, without this one


if __name__ == "__main__":
    main()
