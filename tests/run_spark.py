"""Run the tests that need Spark in an environment of their own (.spark-venv): `make test-spark`. Needs Java 17."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import bootstrap  # noqa: E402

ENVIRONMENT = ROOT / ".spark-venv"
# One small Spark in this process: no web page, no progress bars, one part per shuffle.
CONFIGURATION = (
    "spark.master local[2]\nspark.ui.enabled false\nspark.ui.showConsoleProgress false\n"
    "spark.sql.shuffle.partitions 2\nspark.driver.memory 1g\nspark.driver.bindAddress 127.0.0.1\n"
)


def main() -> int:
    """Make the environment on first use or when a lock has changed, then run tests/test_spark.py in it."""
    if not shutil.which("java"):
        sys.exit("Spark needs Java 17 or later, and there is no `java` on the PATH: install it first.")
    python = bootstrap.beside(str(ENVIRONMENT), ["requirements.txt", "requirements-spark.txt"])
    settings = ENVIRONMENT / "conf"
    settings.mkdir(exist_ok=True)
    (settings / "spark-defaults.conf").write_text(CONFIGURATION, encoding="utf-8")
    surroundings = os.environ | {
        "SPARK_CONF_DIR": str(settings), "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONPATH": str(ROOT / "src"),
        "PYSPARK_PYTHON": python,
    }  # fmt: skip
    return subprocess.call(
        [python, "-m", "pytest", "tests/test_spark.py", *sys.argv[1:]], env=surroundings, cwd=ROOT
    )


if __name__ == "__main__":
    sys.exit(main())
