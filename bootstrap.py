"""Set up the project on a fresh machine with any Python 3, then run: `python3 bootstrap.py -m helpers report demo`.

Standard library only, and written for old Pythons, because it runs before anything is installed. Without
arguments it only sets up. What follows is given to the project's own interpreter in .venv.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
TOOLS = os.path.join(ROOT, ".tools")
OLDEST = (3, 12)
BIN = "Scripts" if os.name == "nt" else "bin"
EXE = ".exe" if os.name == "nt" else ""
PYTHON = os.path.join(VENV, BIN, "python" + EXE)


def main(arguments):
    if not is_installed():
        install()
    if not arguments:
        return 0
    os.chdir(ROOT)
    if os.name == "nt":
        return subprocess.call([PYTHON] + arguments)
    os.execv(PYTHON, [PYTHON] + arguments)  # so that Ctrl-C and signals reach the program itself


def is_installed():
    return _stamp(VENV) == wanted()


def wanted():
    """What the environment is made from, as one line."""
    return _digest(["requirements.txt", "pyproject.toml"]) + " " + ROOT


def install():
    uv = locked_environment(VENV, find_python() or "3.12", ["requirements.txt"])
    its = ["--quiet", "--python", PYTHON]
    run([uv, "pip", "install", "--no-deps", "--no-build-isolation", "-e", ROOT] + its)
    # Where Python is told to write no bytecode, every notebook would compile the helpers again.
    run([PYTHON, "-m", "compileall", "-q", os.path.join(ROOT, "src")])
    _write_stamp(VENV, wanted())


def beside(folder, locks):
    """The interpreter of an environment beside the project's own, made from locks on first use or when they change.

    For measuring and for Spark (benchmarks/run.py, tests/run_spark.py).
    """
    if _stamp(folder) != _digest(locks):
        locked_environment(folder, sys.executable, locks)
        _write_stamp(folder, _digest(locks))
    return os.path.join(folder, BIN, "python" + EXE)


def locked_environment(folder, python, locks):
    """Make a virtual environment from the project's lock files and return uv."""
    uv = find_uv()
    say("Setting up " + os.path.relpath(folder, ROOT) + " (about a minute, once).")
    run([uv, "venv", "--quiet", "--clear", "--python", python, folder])
    # Bytecode is compiled now: importing PyMC without it costs seconds at every start of a notebook.
    locked = [part for name in locks for part in ("-r", os.path.join(ROOT, name))]
    its = ["--quiet", "--python", os.path.join(folder, BIN, "python" + EXE)]
    run([uv, "pip", "install", "--compile-bytecode", "--require-hashes"] + locked + its)
    return uv


def _digest(names):
    digest = hashlib.sha256()
    for name in names:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def _stamp(folder):
    """What the environment was made from, or nothing where there is none that runs."""
    try:
        with open(os.path.join(folder, "installed.txt")) as stamp:
            return stamp.read() if os.path.exists(os.path.join(folder, BIN, "python" + EXE)) else None
    except OSError:
        return None


def _write_stamp(folder, text):
    with open(os.path.join(folder, "installed.txt"), "w") as stamp:
        stamp.write(text)


def find_python():
    """The first interpreter that runs and is new enough; found by running it, since a shim may be there and fail."""
    names = ["python3.12", "python3.13", "python3.14", "python3", "python"]
    pyenv = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    candidates = [sys.executable] + [shutil.which(name) for name in names]
    candidates += sorted(glob.glob(os.path.join(pyenv, "versions", "3.1[2-9]*", "bin", "python")))
    candidates += sorted(
        glob.glob("/usr/local/bin/python3.1[2-9]") + glob.glob("/opt/homebrew/bin/python3.1[2-9]")
    )
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    for candidate in candidates:
        if not candidate:
            continue
        try:
            answer = subprocess.check_output([candidate, "-c", question], stderr=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError):
            continue
        version = tuple(int(part) for part in answer.decode().strip().split("."))
        if version >= OLDEST:
            return candidate
    say("No Python >= 3.12 here: uv fetches one.")
    return None


def find_uv():
    """uv from the PATH, or from a folder of the project's own, installed there where it is missing."""
    own = os.path.join(TOOLS, BIN, "uv" + EXE)
    for candidate in (shutil.which("uv"), own):
        if candidate and works([candidate, "--version"]):
            return candidate
    say("Fetching uv into .tools.")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--target",
        TOOLS,
        "uv",
    ]
    if not works(pip) and not install_uv_in_venv():
        sys.exit(
            "uv could not be installed with " + sys.executable + ". Install uv (or Debian's python3-venv), "
            "see that it is on the PATH, and run this again."
        )
    return own


def install_uv_in_venv():
    """The way for Pythons without pip: a virtual environment brings its own."""
    python = os.path.join(TOOLS, BIN, "python" + EXE)
    return works([sys.executable, "-m", "venv", TOOLS]) and works(
        [python, "-m", "pip", "install", "--quiet", "uv"]
    )


def works(command):
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def run(command):
    if subprocess.call(command) != 0:
        sys.exit(
            "Set-up failed at: "
            + " ".join(command)
            + "\nMend what it says above and run the same command again."
        )


def say(text):
    print(text, file=sys.stderr)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
