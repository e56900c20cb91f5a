"""The topics of the statistical suite hold every slow test once, and a run goes on where an earlier one stopped."""

import json
import os
import re
import subprocess
import sys

import pytest
import suites
import yaml

TESTS = """
import os, pytest

@pytest.mark.slow(seeds="1 to 3")
@pytest.mark.parametrize("name", ["a", "b"])
def test_it(name):
    print("seen", name)
    assert name == "a" or os.path.exists("there")

def test_that_is_not_slow():
    assert False
"""


def test_every_slow_test_is_in_one_topic():
    slow = [
        path.stem.removeprefix("test_")
        for path in sorted((suites.ROOT / "tests").glob("test_*.py"))
        if path.name != "test_suites.py"
        and re.search(r"^@pytest\.mark\.slow", path.read_text(encoding="utf-8"), re.M)
    ]
    assert sorted(name for names in suites.TOPICS.values() for name in names) == slow


@pytest.fixture
def passing(tmp_path):
    """A topic of two tests in a folder of its own, of which `b` fails until a file is there."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow: statistical\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "suites.py").write_text((suites.ROOT / "tests" / "suites.py").read_text())
    (tmp_path / "tests" / "test_share.py").write_text(TESTS)
    return tmp_path


def run(folder, *topics, **environment):
    command = [sys.executable, "tests/suites.py", *topics]
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"FRESH": ""} | environment,
        check=False,
        timeout=120,
    )


def kept(folder):
    lines = (folder / "tests" / ".results" / "share.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_second_run_leaves_out_what_has_passed(passing):
    assert run(passing, "share").returncode == 1
    assert [result["outcome"] for result in kept(passing)] == ["passed", "failed"]
    assert kept(passing)[0]["seeds"] == "1 to 3"
    assert "seen a" in kept(passing)[0]["printed"]
    (passing / "there").touch()
    assert run(passing, "share").returncode == 0
    assert [result["test"][-3:] for result in kept(passing)] == ["[a]", "[b]", "[b]"]
    done = run(passing, "share")
    assert done.returncode == 0
    assert "2 tests have passed with this code" in done.stdout
    assert len(kept(passing)) == 3
    assert run(passing, "share", FRESH="1").returncode == 0
    assert len(kept(passing)) == 5


def test_changed_code_is_tested_again(passing):
    (passing / "there").touch()
    run(passing, "share")
    (passing / "requirements.txt").write_text("new\n")
    run(passing, "share")
    assert len(kept(passing)) == 4


def test_a_topic_whose_process_was_ended_has_not_passed(monkeypatch, capsys):
    monkeypatch.setattr(suites.subprocess, "call", lambda command: -9 if command[-1] == "leads" else 0)
    assert suites.main([]) == 1
    assert capsys.readouterr().out == "Topics that did not pass: leads.\n"


def test_an_unknown_topic_is_refused_with_those_there_are(passing):
    done = run(passing, "no-such-topic")
    assert done.returncode == 2
    assert f"no topic 'no-such-topic'; SUITE is one of {', '.join(suites.TOPICS)}." in done.stderr


def workflow(name: str) -> dict:
    return yaml.safe_load((suites.ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8"))


def test_every_topic_runs_at_night():
    assert workflow("nightly")["jobs"]["slow"]["strategy"]["matrix"]["suite"] == list(suites.TOPICS)


def test_workflows_call_targets_that_there_are():
    makefile = (suites.ROOT / "Makefile").read_text(encoding="utf-8")
    jobs = [job for name in ("ci", "nightly", "pages") for job in workflow(name)["jobs"].values()]
    commands = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    called = re.findall(r"^make ([a-z-]+)", "\n".join(commands), re.M)
    assert called == ["lint", "test-slow", "test-faults", "audit", "test-spark", "report"]
    assert all(f"\n{target}:" in makefile for target in called)
