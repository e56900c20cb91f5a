"""What the project rests on: `make audit` looks through locks, installed files, licences and known vulnerabilities.

every locked package has hashes            every installed version is the locked one
every installed file is what its package's own list (RECORD) says
every licence is named, and none asks what a MIT-licensed project cannot give
known vulnerabilities, by pip-audit, where uv is there and can ask; otherwise that is said
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.txt", "requirements-spark.txt", "benchmarks/requirements-peer.txt")
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)[^\n]*((?:\n +--hash=sha256:[0-9a-f]{64}[^\n]*)*)", re.M)
STRICT = re.compile(r"(?<!L)\b(A?GPL|GNU (Affero )?General)", re.I)
OURS = "customer-value-notebooks"


def name_of(text: str) -> str:
    """A package's name as indexes write it."""
    return re.sub(r"[-_.]+", "-", text).lower()


def without_hashes(lock: Path) -> list[str]:
    """The packages of a lock that have no hash."""
    return [
        f"{lock.name}: {found[1]}"
        for found in PINNED.finditer(lock.read_text(encoding="utf-8"))
        if not found[3]
    ]


def not_as_locked(lock: Path) -> list[str]:
    """The installed packages whose version is not the locked one."""
    pinned: dict[str, set[str]] = {}
    for found in PINNED.finditer(lock.read_text(encoding="utf-8")):
        pinned.setdefault(name_of(found[1]), set()).add(found[2])
    installed = {name_of(one.name): one.version for one in metadata.distributions()}
    return [
        f"{name}: {version}, locked {', '.join(sorted(pinned[name]))}"
        for name, version in sorted(installed.items())
        if name in pinned and version not in pinned[name]
    ]


def not_as_packed() -> tuple[int, list[str]]:
    """How many installed files were hashed, and those that are not what their package says."""
    count, changed = 0, []
    for package in metadata.distributions():
        for file in package.files or []:
            if file.hash is None or file.hash.mode != "sha256":
                continue
            path, count = Path(str(file.locate())), count + 1
            there = hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b""
            if base64.urlsafe_b64encode(there).rstrip(b"=").decode() != file.hash.value:
                changed.append(f"{package.name}: {file}")
    return count, changed


def licences() -> dict[str, str]:
    """{package: its licence}, from its metadata; empty where it names none."""
    found = {}
    for package in metadata.distributions():
        about = package.metadata
        classified = [
            one.rpartition(" :: ")[2]
            for one in about.get_all("Classifier") or []
            if one.startswith("License ::")
        ]
        files = [
            str(file) for file in package.files or [] if re.search(r"licen[cs]e|copying", file.name, re.I)
        ]
        stated = (
            about.get("License-Expression") or "; ".join(classified) or (about.get("License") or "").strip()
        )
        found[package.name] = stated.splitlines()[0] if stated else f"see {files[0]}" if files else ""
    return found


def vulnerable() -> str:
    """What pip-audit says of the lock; that it could not be asked, where it could not."""
    uv = shutil.which("uv") or next((str(path) for path in ROOT.glob(".tools/**/uv") if path.is_file()), None)
    if uv is None:
        return "not asked: uv is not there"
    command = [uv, "tool", "run", "pip-audit", "--disable-pip", "--require-hashes", "--format", "json", "-r"]
    done = subprocess.run(
        [*command, str(ROOT / LOCKS[0])], capture_output=True, text=True, check=False, timeout=600
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        said = (done.stdout + done.stderr).strip()
        return f"not asked: {said.splitlines()[-1] if said else 'no answer'}"
    return told(packages)


def told(packages: list[dict]) -> str:
    """How many packages were looked up, those that are vulnerable, and those that could not be looked up."""
    skipped = [one for one in packages if one.get("skip_reason")]
    looked_up = len(packages) - len(skipped)
    if not looked_up:
        first = skipped[0]["skip_reason"] if skipped else "no package"
        return f"not asked: none of {len(packages)} packages could be looked up (first: {first})"
    found = [
        f"{one['name']} {one['version']} {hit['id']}" for one in packages for hit in one.get("vulns", [])
    ]
    names = ", ".join(one["name"] for one in skipped)
    said = f"{len(found)} in {looked_up} packages" + (
        f"; not looked up: {len(skipped)} ({names})" if skipped else ""
    )
    return f"Found {said}: {'; '.join(found)}" if found else said


def main() -> int:
    """Print what was found; 1 where something is wrong."""
    wrong = [line for name in LOCKS for line in without_hashes(ROOT / name)]
    print(f"locked packages without a hash: {len(wrong)}")
    versions = not_as_locked(ROOT / LOCKS[0])
    print(f"installed versions other than the locked ones: {len(versions)}")
    count, changed = not_as_packed()
    print(f"installed files hashed: {count:,}, not as packed: {len(changed)}")
    named = {name: licence for name, licence in licences().items() if name_of(name) != OURS}
    unnamed = [f"{name}: no licence named" for name, licence in named.items() if not licence]
    strict = [f"{name}: {licence}" for name, licence in named.items() if STRICT.search(licence)]
    print(f"licences: {len(named)} packages, unnamed {len(unnamed)}, GPL or AGPL {len(strict)}")
    answer = vulnerable()
    print(f"known vulnerabilities: {answer}")
    wrong += versions + changed + unnamed + strict
    print("\n".join(wrong))
    return int(bool(wrong) or answer.startswith("Found"))


if __name__ == "__main__":
    sys.exit(main())
