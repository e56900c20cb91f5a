"""The topics of the statistical suite hold every slow test once, and a run goes on where an earlier one stopped."""

import os
import re
import subprocess
import sys

import kept_results
import kept_seeds
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
        and re.search(
            r"^@pytest\.mark\.(slow|grid)|marks=pytest\.mark\.slow", path.read_text(encoding="utf-8"), re.M
        )
    ]
    assert sorted(name for names in suites.TOPICS.values() for name in names) == slow


def test_every_test_of_faults_is_in_one_topic():
    marked = [
        path.stem.removeprefix("test_")
        for path in sorted((suites.ROOT / "tests").glob("test_*.py"))
        if re.search(r"^pytestmark = pytest\.mark\.faults$", path.read_text(encoding="utf-8"), re.M)
    ]
    assert sorted(name for names in suites.FAULTS.values() for name in names) == marked
    assert [topic for topic, names in suites.FAULTS.items() if not names] == ["mutants"]


@pytest.fixture
def passing(tmp_path):
    """A topic of two tests in a folder of its own, of which `b` fails until a file is there."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow: statistical\n")
    (tmp_path / "tests").mkdir()
    for name in ("suites.py", "kept_results.py"):
        (tmp_path / "tests" / name).write_text((suites.ROOT / "tests" / name).read_text())
    (tmp_path / "tests" / "test_share.py").write_text(TESTS)
    return tmp_path


def run(folder, *topics, **environment):
    command = [sys.executable, "tests/suites.py", *topics]
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"FRESH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | environment,
        check=False,
        timeout=120,
    )


def kept(folder):
    return kept_results.read(folder / "tests" / "results" / "share.jsonl")


def test_a_second_run_leaves_out_what_has_passed(passing):
    assert run(passing, "share").returncode == 1
    assert [result["outcome"] for result in kept(passing)] == ["passed", "failed"]
    assert kept(passing)[0]["seeds"] == "1 to 3"
    assert "seen a" in kept(passing)[0]["printed"]
    (passing / "there").touch()
    assert run(passing, "share").returncode == 0
    assert [(one["test"][-3:], one["outcome"]) for one in kept(passing)] == [
        ("[a]", "passed"),
        ("[b]", "passed"),
    ]
    done = run(passing, "share")
    assert done.returncode == 0
    assert "2 tests have passed with this code" in done.stdout
    assert "2 tests have passed" not in run(passing, "share", FRESH="1").stdout
    assert len(kept(passing)) == 2
    assert (
        "| share | test_it[b] | passed | 1 to 3 |"
        in (passing / "tests" / "results" / "README.md").read_text()
    )


def test_faults_are_kept_apart_and_their_counts_added_over_runs(passing):
    (passing / "pytest.ini").write_text("[pytest]\nmarkers = faults: faults\n")
    text = TESTS.replace('slow(seeds="1 to 3")', "faults").replace("(name):", "(name, record_property):")
    counted = 'record_property("tally", ["kill points", {"killed": 2, "lost": 0}])'
    (passing / "tests" / "test_kill_faults.py").write_text(text.replace('print("seen", name)', counted))
    assert run(passing, "--faults", "kill").returncode == 1
    (passing / "there").touch()
    done = run(passing, "--faults", "kill")
    assert done.returncode == 0 and "1 tests have passed" in done.stdout
    assert "kill: kill points: killed 4, lost 0" in done.stdout
    assert len(kept_results.read(passing / "tests" / "results" / "faults" / "kill.jsonl")) == 2
    row = "| kill | 2 of 2 | kill points: killed 4, lost 0 |"
    assert row in (passing / "tests" / "results" / "README.md").read_text()
    assert "0 tests have passed" in run(passing, "--faults", "kill", HELPERS_FUZZ="7").stdout


def test_changed_code_is_tested_again(passing):
    (passing / "there").touch()
    run(passing, "share")
    before = kept(passing)
    (passing / "requirements.txt").write_text("new\n")
    run(passing, "share")
    assert [one["code"] == two["code"] for one, two in zip(before, kept(passing), strict=True)] == [False] * 2


def test_a_part_of_the_seeds_is_no_result(passing):
    (passing / "there").touch()
    assert run(passing, "share", SEEDS="2").returncode == 0
    assert kept(passing) == []


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Run a table of five seeds in a folder of its own under a state of the code; seeds above `upto` are interrupted."""
    monkeypatch.setattr(kept_results, "RESULTS", tmp_path)
    simulated = []

    def run_table(code: str, upto: int = 4):
        def one(seed):
            if seed > upto:
                raise KeyboardInterrupt
            simulated.append(seed)
            return {"off": seed / 3, "inside": seed != 1}

        monkeypatch.setattr(kept_seeds, "state_of_code", lambda test: code)
        try:
            return kept_seeds.table("some", range(5), one), simulated
        except KeyboardInterrupt:
            return None, simulated

    return run_table


def test_a_table_goes_on_where_it_stopped_and_is_quoted_when_whole(table):
    assert table("first", upto=2)[1] == [0, 1, 2]
    assert "| some | 3 of 5 | not all in |" in kept_results.table()
    found, simulated = table("first")
    assert simulated == [0, 1, 2, 3, 4] and found["off"].tolist() == [0, 0.33333, 0.66667, 1, 1.3333]
    assert "| some | 5 of 5 | off 0.667 (size 0.667, at most 1.33); inside 4 of 5 |" in kept_results.table()


def test_a_whole_table_stays_quoted_until_new_code_has_one(table):
    table("first")
    table("second", upto=1)
    assert (
        "| some | 5 of 5 | off" in kept_results.table()
        and "| some | 2 of 5 | not all in |" in kept_results.table()
    )
    table("second")
    kept = kept_results.read(kept_results.RESULTS / "seeds" / "some.jsonl")
    assert {line["code"] for line in kept} == {"second"} and len(kept) == 5


def test_a_table_that_is_run_again_keeps_each_seed_once(table, monkeypatch):
    table("first")
    monkeypatch.setenv("FRESH", "1")
    assert table("first")[1] == [0, 1, 2, 3, 4] * 2
    assert len(kept_results.read(kept_results.RESULTS / "seeds" / "some.jsonl")) == 5


def test_the_digest_of_a_table_is_of_what_it_computes_with(tmp_path):
    for name, text in {
        "test_it": '"""A text."""\nimport beside\nfrom helpers.clv import bg_nbd\n',
        "beside": "SIZE = 1\n",
        "other": "SIZE = 2\n",
    }.items():
        (tmp_path / f"{name}.py").write_text(text)

    def digest():
        kept_seeds.state_of_code.cache_clear()
        return kept_seeds.state_of_code(tmp_path / "test_it.py")

    first = digest()
    (tmp_path / "other.py").write_text("SIZE = 3\n")
    (tmp_path / "beside.py").write_text("SIZE = 1  # words\n")
    assert digest() == first
    (tmp_path / "beside.py").write_text("SIZE = 3\n")
    assert digest() != first


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


def test_every_topic_of_faults_runs_at_night():
    assert workflow("nightly")["jobs"]["faults"]["strategy"]["matrix"]["suite"] == list(suites.FAULTS)


def test_workflows_call_targets_that_there_are():
    makefile = (suites.ROOT / "Makefile").read_text(encoding="utf-8")
    jobs = [job for name in ("ci", "nightly", "pages") for job in workflow(name)["jobs"].values()]
    commands = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    called = re.findall(r"^make ([a-z-]+)", "\n".join(commands), re.M)
    assert called == ["lint", "test-slow", "test-faults", "coverage", "audit", "test-spark", "report"]
    assert all(f"\n{target}:" in makefile for target in called)
