"""The runner on tiny notebooks with real kernels: what is published, what is reused, what failures leave."""

import ast
import json
import os
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny

from helpers import cli
from helpers.errors import StudyError
from helpers.runs import fingerprints, runner
from helpers.study.catalogue import read_notebook

TWO = ("01_first", "12_double")
REPORT = """
import sys
sys.path.insert(0, {tests!r})
from dataclasses import replace
from pathlib import Path
from helpers.runs import runner
from helpers.runs.run import Options
sys.exit(runner.report([{study!r}], Options(notebooks=Path({notebooks!r}), build=Path({build!r}))))
"""


def in_a_process(project) -> subprocess.Popen:
    code = REPORT.format(
        tests=str(Path(__file__).parent),
        study=str(project.study),
        notebooks=str(project.options.notebooks),
        build=str(project.options.build),
    )
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def wait_for(path: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.05)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def kernels_of(project) -> list[str]:
    """The processes that still run a notebook of this project."""
    found = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in found.splitlines() if str(project.root) in line and "ps -eo" not in line]


# ---- a run that is whole, and what the next one executes
@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A published report of the tiny project; a test that changes something runs it again first."""
    project = tiny.project(tmp_path_factory.mktemp("whole"))
    assert project.report() == runner.DONE
    return project


def test_a_whole_run_says_everything_in_run_json(whole):
    run = whole.run()
    assert (run["study"], run["as_of"], run["status"]) == ("tiny", "2024-12-31", "ok")
    assert run["inputs"]["transactions"]["rows"] == 3
    assert run["inputs"]["transactions"]["sha256"] == fingerprints.file_sha256(
        whole.root / "data/transactions.csv"
    )
    assert run["started"] <= run["finished"]
    assert {"python", "pymc", "duckdb"} <= set(run["versions"])
    first = run["notebooks"]["01_first"]
    assert first["metrics"] == {"value": 1}
    assert first["parameters"] == {"number": 1}
    assert first["seconds"] > 0


def test_questions_without_tables_are_listed_with_what_they_need(whole):
    notebooks = whole.run()["notebooks"]
    assert notebooks["31_leads"]["status"] == "cannot answer"
    assert notebooks["31_leads"]["reason"] == "needs leads"
    assert notebooks["41_after"]["reason"] == "needs prospects from 31_leads"


def test_latest_is_a_relative_link_to_the_run(whole):
    assert not Path(os.readlink(whole.home / "latest")).is_absolute()
    pages = {path.name for path in (whole.home / "latest").glob("*.html")}
    assert pages == {
        "index.html",
        "checks.html",
        "report.html",
        "01_first.html",
        "12_double.html",
        "21_other.html",
        "51_sum.html",
    }
    assert not list((whole.home / ".work").iterdir())


def test_what_may_hold_customers_is_for_the_owner_only(whole):
    latest = (whole.home / "latest").resolve()
    assert {mode(latest / name) for name in ("executed", "artifacts", "exports")} == {0o700}
    assert {mode(path) for path in (latest / "executed").iterdir()} == {0o600}


def test_nothing_changed_executes_nothing_and_is_quick(whole):
    before = (whole.home / "latest").resolve()
    began = time.monotonic()
    assert whole.report() == runner.DONE
    assert time.monotonic() - began < 3
    assert set(whole.statuses().values()) == {"reused", "cannot answer"}
    now = (whole.home / "latest").resolve()
    assert now != before
    for name in ("51_sum.html", "executed/51_sum.ipynb", "artifacts/51_sum/page.json"):
        assert (now / name).read_bytes() == (before / name).read_bytes()
        assert not (now / name).samefile(before / name)  # an edit of one would be an edit of both


def test_prose_alone_is_swapped_in_without_executing(whole):
    whole.write("12_double", prose="Another story.")
    assert whole.report() == runner.DONE
    assert set(whole.statuses().values()) == {"reused", "cannot answer"}
    assert "Another story." in (whole.home / "latest/12_double.html").read_text()
    cells = read_notebook(whole.home / "latest/executed/12_double.ipynb")["cells"]
    assert [cell["cell_type"] for cell in cells] == [
        "markdown",
        "code",
        "code",
        "code",
        "markdown",
        "code",
        "code",
    ]
    assert mode(whole.home / "latest/executed/12_double.ipynb") == 0o600


def test_a_parameter_reruns_its_notebook_and_what_reads_it(whole):
    whole.write("12_double", "value = 2 * number\nsave('doubled', value)")
    whole.say("overrides: {12_double: {number: 5}}")
    assert whole.report() == runner.DONE
    assert whole.statuses() == {
        "01": "reused", "12": "ok", "21": "reused", "31": "cannot answer", "41": "cannot answer", "51": "ok",
    }  # fmt: skip
    assert whole.run()["notebooks"]["51_sum"]["metrics"] == {"value": 111}
    whole.write("12_double")
    whole.say()
    assert whole.report() == runner.DONE
    assert set(whole.statuses().values()) == {"reused", "cannot answer"}  # an older run had just these


def test_data_that_changed_is_read_again_and_equal_artifacts_stop_there(whole):
    with (whole.root / "data/transactions.csv").open("a") as file:
        file.write("c,2024-04-05,3\n")
    assert whole.report() == runner.DONE
    assert whole.statuses()["01"] == "ok"
    assert whole.statuses()["12"] == "reused"
    assert whole.run()["inputs"]["transactions"]["rows"] == 4


def test_a_notebook_that_reads_checks_runs_again_when_one_changes(tmp_path):
    project = tiny.project(tmp_path, ("01_first", "12_double"))
    entries = project.options.notebooks / "catalogue.yaml"
    entries.write_text(entries.read_text() + "22_all: {title: All, question: All well, reads_checks: true}\n")
    project.write("22_all", "value = 0")
    assert project.report() == runner.DONE
    check = {"name": "fit", "verdict": "REVIEW", "value": 1.0, "threshold": 2.0, "advice": "Look."}
    project.write("12_double", checks=f"[{check}]")
    assert project.report(jobs=3) == runner.DONE
    assert project.statuses() == {"01": "reused", "12": "ok", "22": "ok"}


def test_a_notebook_alone_is_published_only_when_the_rest_is_up_to_date(whole):
    whole.report()
    published = (whole.home / "latest").resolve()
    whole.say("overrides: {21_other: {number: 7}}")
    assert whole.report(only=("12_double",)) == runner.DONE
    assert whole.statuses(whole.newest()) == {
        "01": "reused",
        "12": "reused",
        "31": "cannot answer",
        "41": "cannot answer",
    }
    assert (whole.home / "latest").resolve() == published
    whole.say()
    assert whole.report(only=("12_double",)) == runner.DONE
    assert (whole.home / "latest").resolve() != published


def test_two_files_of_one_name_do_not_publish_over_each_other(whole):
    other = whole.root / "elsewhere" / "tiny.yaml"
    other.parent.mkdir()
    other.write_text(whole.study.read_text())
    assert runner.report([str(other)], whole.options) == runner.STUDY_WRONG


def test_a_page_that_cannot_be_rendered_leaves_the_published_run(whole, monkeypatch):
    whole.report()
    published = (whole.home / "latest").resolve()
    whole.write("51_sum", prose="New prose.")
    monkeypatch.setattr("helpers.site.render.render_page", lambda *a, **k: 1 / 0)
    assert whole.report() == runner.NOTEBOOK_FAILED
    assert (whole.home / "latest").resolve() == published
    assert "could not be rendered" in whole.run(whole.newest())["reason"]
    monkeypatch.undo()
    assert whole.report() == runner.DONE


# ---- a notebook that does not end well
@pytest.mark.parametrize(
    ("work", "said"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("import sys; sys.exit(0)", "SystemExit"),
    ],
    ids=["raises", "is killed", "exits"],
)
def test_a_failure_leaves_the_published_run_marked_stale_and_the_next_run_resumes(tmp_path, work, said):
    project = tiny.project(tmp_path, TWO)
    assert project.report() == runner.DONE
    published = (project.home / "latest").resolve()
    project.write("01_first", 'value = 3\nsave("numbers", value)')
    project.write("12_double", work)
    assert project.report() == runner.NOTEBOOK_FAILED
    assert (project.home / "latest").resolve() == published
    assert project.run()["notebooks"]["12_double"]["metrics"] == {"value": 2}
    assert said in (published / "index.html").read_text()
    failed = project.run(project.newest())
    assert failed["status"] == "failed"
    assert failed["notebooks"]["12_double"]["status"] == "failed"
    assert said in failed["notebooks"]["12_double"]["reason"]
    assert said in (project.options.build / "index.html").read_text()
    assert (project.home / project.newest() / "index.html").is_file()
    assert not (project.home / project.newest() / "12_double.html").exists()
    project.write("12_double")
    assert project.report() == runner.DONE
    assert project.statuses() == {"01": "reused", "12": "ok"}
    assert said not in (project.home / "latest/index.html").read_text()
    assert said not in (project.options.build / "index.html").read_text()


def test_a_notebook_that_forgets_to_finish_does_not_count(tmp_path):
    project = tiny.project(tmp_path, ("01_first",))
    project.write("01_first", "value = 1\nsave = lambda name, value: None")
    assert project.report() == runner.NOTEBOOK_FAILED
    assert "page.finish()" in project.run(project.newest())["reason"]
    assert not (project.home / "latest").exists()


SLEEP = "import time\n(Path(run_dir).parents[2] / 'asleep').touch()\ntime.sleep(600)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_stops_its_kernels_and_resumes(tmp_path, number):
    project = tiny.project(tmp_path, TWO)
    project.write("12_double", SLEEP)
    process = in_a_process(project)
    wait_for(project.options.build / "asleep")
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == runner.NOTEBOOK_FAILED, output
    run = project.run(project.newest())
    assert run["status"] == "interrupted"
    assert run["notebooks"]["01_first"]["status"] == "ok"
    assert not (project.home / "latest").exists()
    assert not kernels_of(project)
    project.write("12_double")
    assert project.report() == runner.DONE
    assert project.statuses() == {"01": "reused", "12": "ok"}


def test_a_run_that_was_killed_is_kept_as_interrupted_and_resumed(tmp_path):
    project = tiny.project(tmp_path, TWO)
    project.write("12_double", SLEEP)
    process = in_a_process(project)
    wait_for(project.options.build / "asleep")
    process.kill()
    process.communicate(timeout=30)
    assert not (project.home / "runs").exists()
    project.write("12_double")
    assert project.report() == runner.DONE
    assert project.statuses() == {"01": "reused", "12": "ok"}
    runs = sorted(path.name for path in (project.home / "runs").iterdir())
    assert project.run(f"runs/{runs[0]}")["status"] == "interrupted"
    assert not list((project.home / ".work").iterdir())


def test_two_runs_at_once_do_not_mix(tmp_path):
    project = tiny.project(tmp_path, TWO)
    project.write("01_first", "import time\ntime.sleep(2)\nvalue = 1\nsave('numbers', value)")
    processes = [in_a_process(project) for _ in range(2)]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert sum("another run is going on" in output for output in outputs) == 1
    runs = sorted(path.name for path in (project.home / "runs").iterdir())
    assert [sorted(set(project.statuses(f"runs/{name}").values())) for name in runs] == [["ok"], ["reused"]]


def test_independent_notebooks_run_side_by_side(tmp_path):
    project = tiny.project(tmp_path, ("01_first", "12_double", "21_other"))
    meet = """
        import time
        here, there = Path(run_dir) / "{mine}", Path(run_dir) / "{other}"
        here.touch()
        deadline = time.time() + 60
        while not there.exists():
            assert time.time() < deadline
            time.sleep(0.05)
        value = 0
        save("{artifact}", value)
    """
    project.write("12_double", meet.format(mine="a", other="b", artifact="doubled"))
    project.write("21_other", meet.format(mine="b", other="a", artifact="others"))
    assert project.report(jobs=2) == runner.DONE


def test_studies_run_at_once_and_one_that_is_wrong_does_not_stop_the_other(tmp_path, capsys):
    project = tiny.project(tmp_path, TWO)
    meet = """
        import time
        (Path(run_dir).parents[2] / Path(study).stem).touch()
        deadline = time.time() + 60
        while not all((Path(run_dir).parents[2] / one).exists() for one in ("tiny", "small")):
            assert time.time() < deadline
            time.sleep(0.05)
        value = number
        save("numbers", value)
    """
    project.write("01_first", meet)
    small, wrong = tmp_path / "small.yaml", tmp_path / "wrong.yaml"
    small.write_text(project.study.read_text() + "parameters: {number: 3}\n")
    wrong.write_text(project.study.read_text().replace(str(tmp_path / "data"), str(tmp_path / "other")))
    (tmp_path / "other").mkdir()
    (tmp_path / "other/transactions.csv").write_text("customer_id,order_time,amount\n,2024-01-05,1\n")
    options = replace(project.options, jobs=2)
    assert runner.report([str(one) for one in (wrong, project.study, small)], options) == runner.STUDY_WRONG
    numbers = {
        name: json.loads((project.options.build / name / "latest/run.json").read_text())["notebooks"]
        for name in ("tiny", "small")
    }
    values = {name: [one["metrics"]["value"] for one in found.values()] for name, found in numbers.items()}
    assert values == {"tiny": [1, 2], "small": [3, 6]}
    said = capsys.readouterr()
    assert "wrong: " in said.err and "small  01_first   started" in said.out


@pytest.mark.parametrize(("jobs", "rounds"), [(2, [["a", "b"], ["a"]]), (1, [["b"], ["a"], ["a"]])])
def test_two_of_one_name_do_not_wait_for_each_other_for_ever(jobs, rounds):
    studies = [SimpleNamespace(name=name) for name in ("b", "a", "a")]
    assert [[study.name for study in one] for one in runner._rounds(studies, jobs)] == rounds


def test_of_those_that_could_start_the_longest_chain_comes_first(tmp_path, capsys):
    project = tiny.project(tmp_path, ("01_first", "12_double", "21_other", "31_leads", "51_sum"))
    (tmp_path / "notebooks/catalogue.yaml").write_text(
        "01_first: {title: First, question: Q, tables: [transactions], writes: [numbers]}\n"
        "12_double: {title: Double, question: Q, reads: [numbers], writes: [doubled]}\n"
        "21_other: {title: Other, question: Q, reads: [numbers], writes: [others]}\n"
        "31_leads: {title: Leads, question: Q, reads: [others], writes: [prospects]}\n"
        "51_sum: {title: Sum, question: Q, reads: [doubled, others, prospects]}\n"
    )
    assert project.report() == runner.DONE
    order = [line[:2] for line in capsys.readouterr().out.splitlines() if line.endswith("started")]
    assert order == ["01", "21", "12", "31", "51"]


# ---- exit codes, and what is refused before anything runs
def test_strict_exits_with_3_when_a_check_fails(tmp_path):
    project = tiny.project(tmp_path, ("01_first",))
    check = {"name": "fit", "verdict": "FAIL", "value": 1.0, "threshold": 2.0, "advice": "Look again."}
    project.write("01_first", checks=f"[{check}]")
    assert project.report() == runner.DONE
    assert project.report(strict=True) == runner.CHECK_FAILED
    assert project.run()["notebooks"]["01_first"]["checks"] == [check]


def test_broken_data_is_refused_and_leaves_nothing(tmp_path, capsys):
    project = tiny.project(tmp_path, TWO)
    (tmp_path / "data/transactions.csv").write_text("customer_id,order_time,amount\n,2024-01-05,1\n")
    assert project.report() == runner.STUDY_WRONG
    assert "customer_id" in capsys.readouterr().err
    assert not project.options.build.exists()


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("parameters: {numbr: 3}", "number"),
        ("overrides: {12_double: {nothing: 1}}", "nothing"),
        ("overrides: {13_double: {number: 1}}", "12_double"),
        ("parameters: {study: other}", "study"),
        ("notebooks: [12_dubble]", "12_double"),
    ],
)
def test_unknown_names_are_refused_before_anything_runs(tmp_path, line, named):
    project = tiny.project(tmp_path, TWO)
    project.say(line)
    with pytest.raises(StudyError, match=named):
        project.report()
    assert not project.options.build.exists()


def test_only_refuses_a_notebook_that_does_not_exist(tmp_path):
    project = tiny.project(tmp_path, TWO)
    assert project.report(only=("12_dobule",)) == runner.STUDY_WRONG
    assert not project.options.build.exists()


def test_the_command_line_says_2_for_an_unknown_study(capsys):
    assert cli.main(["report", "no_such_study"]) == runner.STUDY_WRONG
    assert "demo" in capsys.readouterr().err


# ---- fingerprints
def test_modules_are_found_wherever_they_are_imported():
    tree = ast.parse(
        "from helpers.study import catalogue\nimport numpy\ndef f():\n    from helpers.clv import purchase_history"
    )
    assert fingerprints.imported_modules(tree) == {
        "helpers",
        "helpers.study",
        "helpers.study.catalogue",
        "helpers.clv",
        "helpers.clv.purchase_history",
    }


def test_relative_imports_are_of_the_package():
    tree = ast.parse("from . import purchase_history\nfrom .bg_nbd import x\nfrom ..study.study import Study")
    found = fingerprints.imported_modules(tree, "helpers.clv")
    assert {"helpers.clv.purchase_history", "helpers.clv.bg_nbd", "helpers.study.study"} <= found


def test_a_hash_is_remembered_until_the_file_changes(tmp_path):
    file = tmp_path / "file"
    file.write_text("one")
    os.utime(file, (1, 1))
    cache = fingerprints.HashCache(tmp_path / "hashes.json")
    first = cache.sha256(file)
    file.write_text("two")
    os.utime(file, (1, 1))  # same size, same time of change: the inode's own time tells
    assert cache.sha256(file) != first
