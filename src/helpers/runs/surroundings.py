"""The environment variables of a run's kernels: the same numbers whoever starts it, with how many jobs at once."""

import os
from pathlib import Path

from helpers import paths
from helpers.files import private_folder
from helpers.paths import process_folder

# Environment variables, named here so that no engine is loaded for them: inference.time_limit and tables.database read them.
FIT_MINUTES, SNAPSHOT = "HELPERS_FIT_MINUTES", "HELPERS_SNAPSHOT"

# The C library of Linux gives the memory of each large array back, and has it cleared anew for the next one:
# up to these bytes a kernel keeps what it had.
KEEPS_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(64 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}


def environment(jobs: int, fit_minutes: float | None = None, snapshot: Path | None = None) -> dict[str, str]:
    """The kernels' environment: threads and memory divided by the jobs, imports from this project.

    Linear algebra has one thread: its matrices are small, and its sums the same whatever the number of jobs.
    What users set for themselves, in files of IPython, Matplotlib, ArviZ and PyTensor, is left out: it would change numbers.
    fit_minutes: what one fit may take; snapshot: where the tables of a database were copied for this run.
    """
    stated = {FIT_MINUTES: fit_minutes and str(fit_minutes), SNAPSHOT: snapshot and str(snapshot)}
    empty = private_folder(process_folder() / "settings")
    private_folder(empty / "ipython" / "profile_default")
    threads = str(max(1, (os.cpu_count() or 1) // jobs))
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    sources = os.pathsep.join(filter(None, [str(paths.ROOT / "src"), os.environ.get("PYTHONPATH")]))
    return os.environ | {
        **dict.fromkeys(names, "1"),
        "NUMBA_NUM_THREADS": threads,
        **KEEPS_MEMORY,
        "HELPERS_MEMORY_LIMIT": os.environ.get("HELPERS_MEMORY_LIMIT") or f"{max(1, 50 // jobs)}%",
        "PYTHONPATH": sources,
        "PYTHONHASHSEED": "0",
        **dict.fromkeys(
            ("PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONOPTIMIZE", "PYTHONDEVMODE", "PYTHONINSPECT"), ""
        ),
        "IPYTHONDIR": str(empty / "ipython"),
        "XDG_CONFIG_HOME": str(empty),
        "MATPLOTLIBRC": os.devnull,
        **_of_pytensor(),
        **{name: value for name, value in stated.items() if value},
    }


def _of_pytensor() -> dict[str, str]:
    """Numbers of full precision, and another folder for what is compiled where a home is missing or cannot be written."""
    flags = [os.environ.get("PYTENSOR_FLAGS"), "floatX=float64"]
    found = {}
    try:
        home = Path.home() / ".pytensor"
        home.mkdir(exist_ok=True)
        has_home = os.access(home, os.W_OK)
    except RuntimeError:  # a user whom the machine does not know
        has_home, found = False, {"HOME": str(paths.compiled_folder())}
    except OSError:
        has_home = False
    if not has_home and "base_compiledir=" not in (flags[0] or ""):
        flags.append(f"base_compiledir={paths.compiled_folder()}")
    return found | {"PYTENSOR_FLAGS": ",".join(filter(None, flags))}
