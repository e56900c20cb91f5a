"""Run the tests that need Spark in an environment of their own (.spark-venv): `make test-spark`. Needs Java 17."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".spark-venv"
LOCKS = ("requirements.txt", "requirements-spark.txt")
# One small Spark in this process: no web page, no progress bars, one part per shuffle.
CONFIGURATION = (
    "spark.master local[2]\nspark.ui.enabled false\nspark.ui.showConsoleProgress false\n"
    "spark.sql.shuffle.partitions 2\nspark.driver.memory 1g\nspark.driver.bindAddress 127.0.0.1\n"
)


def main() -> int:
    """Make the environment on first use or when a lock has changed, then run tests/test_spark.py in it."""
    if not shutil.which("java"):
        sys.exit("Spark needs Java 17 or later, and there is no `java` on the PATH: install it first.")
    python, stamp = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "installed.txt"
    wanted = "".join((ROOT / name).read_text(encoding="utf-8") for name in LOCKS)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
        subprocess.run(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, ENVIRONMENT], check=True
        )
        locked = [part for name in LOCKS for part in ("-r", str(ROOT / name))]
        install = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--compile-bytecode",
            "--require-hashes",
            "--python",
            python,
        ]
        subprocess.run([*install, *locked], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    settings = ENVIRONMENT / "conf"
    settings.mkdir(exist_ok=True)
    (settings / "spark-defaults.conf").write_text(CONFIGURATION, encoding="utf-8")
    surroundings = os.environ | {
        "SPARK_CONF_DIR": str(settings), "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONPATH": str(ROOT / "src"),
        "PYSPARK_PYTHON": str(python),
    }  # fmt: skip
    return subprocess.call(
        [python, "-m", "pytest", "tests/test_spark.py", *sys.argv[1:]], env=surroundings, cwd=ROOT
    )


if __name__ == "__main__":
    sys.exit(main())
