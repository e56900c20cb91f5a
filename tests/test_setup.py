"""The set-up files agree with each other and name no download address."""

import re
import subprocess
import sys
import tomllib

import yaml

from helpers import paths

PINNED = re.compile(r"^([A-Za-z0-9_.-]+==[^ ;\\]+)( ; [^\\]+?)? *\\?$", re.M)


def locked() -> set[str]:
    text = (paths.ROOT / "requirements.txt").read_text()
    return {f"{name}{marker.rstrip()}" for name, marker in PINNED.findall(text)}


def test_conda_users_get_the_locked_versions_and_an_importable_package():
    environment = yaml.safe_load((paths.ROOT / "environment.yml").read_text())
    pip = next(part for part in environment["dependencies"] if isinstance(part, dict))["pip"]
    assert "-e ." in pip
    assert set(pip) - {"-e ."} == locked()


def test_every_direct_dependency_is_locked_with_hashes_and_without_addresses():
    text = (paths.ROOT / "requirements.txt").read_text()
    assert "http" not in re.sub(r"httpcore|httpx|aiohttp\w*", "", text)
    names = {entry.split("==")[0].lower() for entry in locked()}
    project = (paths.ROOT / "pyproject.toml").read_text()
    direct = re.findall(r'^    "([A-Za-z0-9-]+)', project[: project.index("[dependency-groups]")], re.M)
    assert len(direct) > 15
    assert {name.lower() for name in direct} <= names
    assert text.count("--hash=sha256:") >= len(names)


def test_bootstrap_runs_on_old_pythons():
    """No syntax newer than Python 3.6: this file is the first thing that runs on a fresh machine."""
    source = (paths.ROOT / "bootstrap.py").read_text()
    compile(source, "bootstrap.py", "exec")
    for newer in (":=", "match ", "print(f'{x=}'", "from __future__ import annotations", 'f"', "f'"):
        assert newer not in source


def test_bootstrap_skips_what_is_installed_and_hands_on_its_arguments():
    command = [sys.executable, str(paths.ROOT / "bootstrap.py"), "-c", "import helpers; print('ready')"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "ready"


def test_make_alone_prints_the_targets():
    done = subprocess.run(["make", "-C", str(paths.ROOT)], capture_output=True, text=True, check=True)
    for target in ("report", "test", "test-slow", "lint", "lab", "picture", "bench", "clean", "STUDY="):
        assert target in done.stdout


def test_the_citation_names_the_version_that_is_built():
    citation = yaml.safe_load((paths.ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["project"]
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
