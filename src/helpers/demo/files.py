"""Writes the demo company's folder once, whichever process asks first."""

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from helpers.errors import StudyError
from helpers.files import code_sha256, digest, file_sha256
from helpers.languages import ENGLISH
from helpers.paths import DATA

FEWEST = 200
NAMED_IN = (ENGLISH, "vi")


def ensure(customers: int = 8000, seed: int = 1, names: str = ENGLISH, folder: Path | None = None) -> Path:
    """Return the folder of the demo company of this size and seed, simulating it when it is not there yet.

    names: the language of products, places, channels and topics, en or vi.

    It holds `tables/` (what the company exports) and `truth/` (what only the simulator knows), and is made
    anew when the simulator has changed. It is written beside its place and renamed, under a lock, so that two
    processes may ask at once. Raises StudyError for a size below 200 customers, a seed below 0 or names in another
    language.
    """
    if customers < FEWEST or seed < 0:
        raise StudyError(
            f"The demo company cannot have customers={customers} with seed={seed}: "
            f"it needs at least {FEWEST} customers and a seed of 0 or more."
        )
    if names not in NAMED_IN:
        raise StudyError(f"The demo company has no names in {names!r}: names can be {' or '.join(NAMED_IN)}.")
    home = Path(folder or DATA / "demo")
    target = home / f"c{customers}-s{seed}{'' if names == ENGLISH else f'-{names}'}"
    version = _version()
    if _is_current(target, version):
        return target
    home.mkdir(parents=True, exist_ok=True)
    with _lock(home / f".{target.name}.lock"):
        if not _is_current(target, version):
            _write(target, customers, seed, names, version)
    return target


def _write(target: Path, customers: int, seed: int, names: str, version: str) -> None:
    from helpers.demo import export, vietnamese  # noqa: PLC0415 (pandas only when there is something to simulate)

    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        export.write(draft, customers, seed)
        if names == "vi":
            vietnamese.rename(draft / "tables")
        made = {"simulator": version, "files": _hashes(draft)}
        (draft / "version.json").write_text(json.dumps(made) + "\n")
        draft.chmod(0o755)
        if target.exists():
            target.rename(draft / "old")
        draft.rename(target)
        shutil.rmtree(target / "old", ignore_errors=True)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _is_current(target: Path, version: str) -> bool:
    """Whether the folder holds what this simulator wrote there, every table as it was."""
    try:
        made = json.loads((target / "version.json").read_text())
        return made["simulator"] == version and made["files"] == _hashes(target)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(
        path for name in ("tables", "truth") for path in (folder / name).rglob("*") if path.is_file()
    )
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in files}


def _version() -> str:
    """A fingerprint of what the simulator's own code computes."""
    return digest([code_sha256(file) for file in sorted(Path(__file__).parent.glob("*.py"))])[:16]


@contextmanager
def _lock(path: Path):
    """Hold a file lock that ends with the process, also when it is killed."""
    with path.open("a+") as handle:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415

            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)
            yield
            handle.seek(0)
            msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
