"""Files of a report that were edited, cut, swapped or removed: the next report notices each, and its result is right."""

import json
import os
import shutil
from pathlib import Path

import faults
import pytest
import tiny

from helpers.paths import cache_folder
from helpers.runs import runner

pytestmark = pytest.mark.faults
TWO = ("01_first", "12_double")
EXPORTS = """
page = type("P", (), {})()
page.export = lambda name, text: (Path(run_dir) / "exports" / (name + ".csv")).write_text(text)
page.export("people", "customer_id\\na\\n")
value = 2 * read("numbers")
save("doubled", value)
"""
NUMBERS, DOUBLED = "artifacts/01_first/numbers.json", "artifacts/12_double/doubled.json"
PAGE_RECORD, EXECUTED = "artifacts/12_double/page.json", "executed/12_double.ipynb"
PAGE, LIST = "12_double.html", "exports/people.csv"


def whole(root: Path) -> tiny.Project:
    project = tiny.project(root, TWO)
    project.write("12_double", EXPORTS)
    assert project.report() == runner.DONE
    return project


def edit(path: Path, old: str, new: str, *, keep_time: bool = False) -> None:
    before, text = path.stat(), path.read_text()
    assert old in text, (path, old)
    path.write_text(text.replace(old, new))
    if keep_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def say(path: Path, change) -> None:
    """Write a JSON file anew, changed."""
    content = json.loads(path.read_text())
    path.write_text(json.dumps(change(content) or content))


def edit_by_another_name(path: Path, old: str, new: str) -> None:
    other = path.parents[3] / "another name"
    other.unlink(missing_ok=True)
    os.link(path, other)
    edit(other, old, new)


def a_linked_folder(path: Path) -> None:
    elsewhere = path.parents[4] / "elsewhere"
    shutil.rmtree(elsewhere, ignore_errors=True)
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    edit(elsewhere / "numbers.json", "1", "7")


def a_folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_link_instead(path: Path) -> None:
    other = path.with_name("other.txt")
    path.rename(other)
    other.write_text("7")
    path.symlink_to(other)


def with_more_output(notebook: dict) -> None:
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    cell["outputs"].append({"output_type": "stream", "name": "stdout", "text": "poison"})


def with_other_code(notebook: dict) -> None:
    next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")["source"] = "poison = 1"


def with_other_prose(notebook: dict) -> None:
    next(cell for cell in notebook["cells"] if cell["cell_type"] == "markdown")["source"] = "poison"


def a_pipe_instead(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def nested(path: Path) -> None:
    path.write_text("[" * 200_000)


def with_outputs_of_jupyter(notebook: dict) -> None:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "poison"}]
            cell["execution_count"] = 7


def a_run_of_the_future(project: tiny.Project) -> None:
    newer = (project.home / "latest").resolve().with_name("20991231-235959")
    if not newer.exists():
        shutil.copytree(project.home / "latest", newer)
    (newer / NUMBERS).write_text("7")


def two_runs_swapped(project: tiny.Project) -> None:
    first, *_, last = sorted(path for path in (project.home / "runs").glob("2*") if path.name < "2099")
    between = last.with_name("between")
    last.rename(between), first.rename(last), between.rename(first)


def newest_copy() -> Path:
    return max(cache_folder().glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)


def a_real_folder(project: tiny.Project) -> None:
    target = (project.home / "latest").resolve()
    (project.home / "latest").unlink()
    shutil.copytree(target, project.home / "latest")
    edit(project.home / "latest" / NUMBERS, "1", "7")


def at(name: str, change, *arguments, **options):
    """A poison: one file of the published run, changed."""
    return lambda project: change(project.home / "latest" / name, *arguments, **options)


def swap(given: str, taken: str):
    """A poison: one file of the published run written over another."""
    return lambda project: shutil.copy(project.home / "latest" / given, project.home / "latest" / taken)


def cached(name: str, change):
    return lambda project: change(project.options.build / ".cache" / name)


KINDS = {
    "artifact edited": at(NUMBERS, edit, "1", "7"),
    "artifact edited, its time set back": at(NUMBERS, edit, "1", "7", keep_time=True),
    "artifact cut": at(NUMBERS, cut),
    "artifact empty": at(NUMBERS, Path.write_text, ""),
    "artifact longer": at(NUMBERS, Path.write_text, "11"),
    "artifact gone": at(NUMBERS, Path.unlink),
    "artifact a folder": at(NUMBERS, a_folder_instead),
    "artifact a link": at(NUMBERS, a_link_instead),
    "artifact of another notebook": swap(DOUBLED, NUMBERS),
    "last artifact edited": at(DOUBLED, edit, "2", "9"),
    "last artifact gone": at(DOUBLED, Path.unlink),
    "artifact nobody wrote": at("artifacts/01_first/others.json", Path.write_text, "7"),
    "all artifacts gone": at("artifacts", shutil.rmtree),
    "record's metric edited": at(PAGE_RECORD, edit, '"value": 2', '"value": 9'),
    "record's answer edited": at(PAGE_RECORD, edit, "It is 2", "It is 9"),
    "record's checks edited": at(PAGE_RECORD, say, lambda r: r | {"checks": [{"verdict": "PASS"}]}),
    "record cut": at(PAGE_RECORD, cut),
    "record gone": at(PAGE_RECORD, Path.unlink),
    "record a list": at(PAGE_RECORD, Path.write_text, "[]"),
    "executed notebook with more output": at(EXECUTED, say, with_more_output),
    "executed notebook with other code": at(EXECUTED, say, with_other_code),
    "executed notebook with other prose": at(EXECUTED, say, with_other_prose),
    "executed notebook written anew, the same": at(EXECUTED, say, lambda n: n | {"nbformat_minor": 4}),
    "executed notebook cut": at(EXECUTED, cut),
    "executed notebook gone": at(EXECUTED, Path.unlink),
    "executed notebook of another": swap("executed/01_first.ipynb", EXECUTED),
    "page edited": at(PAGE, edit, "It is 2", "It is 9"),
    "page cut": at(PAGE, cut),
    "page gone": at(PAGE, Path.unlink),
    "page of another notebook": swap("01_first.html", PAGE),
    "index edited": at("index.html", edit, "A tiny study", "A poison study"),
    "index gone": at("index.html", Path.unlink),
    "artifact edited under another name of it (a hard link)": at(NUMBERS, edit_by_another_name, "1", "7"),
    "run's folder a link, edited": at("artifacts/01_first", a_linked_folder),
    "whole report edited": at("report.html", edit, "It is 2", "It is 9"),
    "whole report gone": at("report.html", Path.unlink),
    "list of checks edited": at("checks.html", Path.write_text, "poison"),
    "list edited": at(LIST, edit, "a", "b"),
    "list gone": at(LIST, Path.unlink),
    "keys: another hash": at("keys.json", say, lambda k: k["12_double"]["files"].update({DOUBLED: "0" * 64})),
    "keys: another key": at("keys.json", say, lambda k: k["12_double"].update(key="0" * 64)),
    "keys: a notebook gone": at("keys.json", say, lambda k: k.pop("12_double") and None),
    "keys cut": at("keys.json", cut),
    "keys gone": at("keys.json", Path.unlink),
    "keys a list": at("keys.json", Path.write_text, "[1, 2]"),
    "keys: an entry a number": at("keys.json", say, lambda k: k | {"12_double": 3}),
    "run.json edited": at("run.json", edit, '"value": 2', '"value": 9'),
    "run.json cut": at("run.json", cut),
    "run.json gone": at("run.json", Path.unlink),
    "run.json a list": at("run.json", Path.write_text, "[]"),
    "run.json: notebooks a list": at("run.json", Path.write_text, '{"notebooks": []}'),
    "hashes of inputs edited": cached("hashes.json", lambda p: say(p, lambda h: h["files"].update(x=[1]))),
    "hashes of inputs cut": cached("hashes.json", cut),
    "hashes of inputs a list": cached("hashes.json", lambda p: p.write_text("[1]")),
    "what was checked edited": cached("inputs-tiny.json", lambda p: edit(p, '"rows": 3', '"rows": 9')),
    "what was checked cut": cached("inputs-tiny.json", cut),
    "latest another run": lambda p: (p.home / "latest").unlink() or (p.home / "latest").symlink_to("runs/none"),
    "latest a real folder, edited": a_real_folder,
    "latest a file": lambda p: (p.home / "latest").unlink() or (p.home / "latest").write_text("x"),
    "artifact a pipe": at(NUMBERS, a_pipe_instead),
    "artifact a link to a device": at(NUMBERS, lambda p: p.unlink() or p.symlink_to("/dev/zero")),
    "executed notebook a pipe": at(EXECUTED, a_pipe_instead),
    "page edited, its time set back": at(PAGE, edit, "It is 2", "It is 9", keep_time=True),
    "record of another notebook": swap("artifacts/01_first/page.json", PAGE_RECORD),
    "list a link": at(LIST, lambda p: p.unlink() or p.symlink_to("/etc/hostname")),
    "keys a pipe": at("keys.json", a_pipe_instead),
    "keys nested without end": at("keys.json", nested),
    "keys: a path outside": at("keys.json", say, lambda k: k["12_double"]["files"].update({"../../../x": "0"})),
    "run.json a pipe": at("run.json", a_pipe_instead),
    "run.json nested without end": at("run.json", nested),
    "run.json: a number without end": at("run.json", say, lambda r: r | {"number": 10**400}),
    "hashes of inputs a pipe": cached("hashes.json", a_pipe_instead),
    "what was checked a pipe": cached("inputs-tiny.json", a_pipe_instead),
    "notebook saved by Jupyter with outputs": lambda p: say(
        p.options.notebooks / "12_double.ipynb", with_outputs_of_jupyter
    ),
    "the study's index a pipe": lambda p: a_pipe_instead(p.home / "index.html"),
    "latest a loop": lambda p: (p.home / "latest").unlink() or (p.home / "latest").symlink_to("latest"),
    "a run of the future, edited": a_run_of_the_future,
    "two runs swapped": two_runs_swapped,
    "files of customers open to everybody": at("artifacts", lambda p: [one.chmod(0o777) for one in p.rglob("*")]),
    "the artifact of every run edited": lambda p: [
        file.write_text("7") for file in p.home.glob("runs/*/*/*/numbers.json") if file.is_file()
    ],
}  # fmt: skip
MEANWHILE = {
    "table replaced": (
        "new = table.with_name('new')\nnew.write_text(table.read_text() + 'c,2024-03-06,3\\n')\nnew.replace(table)"
    ),
    "table longer": "table.open('a').write('c,2024-03-06,3\\n')",
    "table replaced, of the same size and time": (
        "import os, shutil\nold = table.stat()\nnew = table.with_name('new')\n"
        "new.write_text(table.read_text().replace('10.5', '99.5'))\n"
        "os.utime(new, ns=(old.st_atime_ns, old.st_mtime_ns))\nnew.replace(table)"
    ),
    "table there and back": (
        "text = table.read_text()\ntable.write_text(text + 'c,2024-03-06,3\\n')\nopen(table).read()\ntable.write_text(text)"
    ),
    "another table": "table.with_name('customers.csv').write_text('customer_id\\na\\n')",
    "table gone": "table.unlink()",
    "its own notebook": "own_notebook.write_text(own_notebook.read_text().replace('value = number', 'value = 7'))",
}  # what the first notebook does while it runs
UPSTREAM = {
    "artifact it reads edited": "(Path(run_dir) / 'artifacts/01_first/numbers.json').write_text('7')",
    "record of another page edited": "(Path(run_dir) / 'artifacts/01_first/page.json').write_text('{}')",
    "executed notebook of another edited": "(Path(run_dir) / 'executed/01_first.ipynb').write_text('{}')",
}


def is_right(project: tiny.Project) -> bool:
    """Whether what is published is what the notebooks say."""
    latest = project.home / "latest"
    run, values = project.run(), [json.loads((latest / name).read_text()) for name in (NUMBERS, DOUBLED)]
    metrics = [run["notebooks"][name]["metrics"]["value"] for name in TWO]
    text = "".join(
        (latest / name).read_text()
        for name in ("index.html", "report.html", "checks.html", PAGE, EXECUTED, LIST)
    )
    return (
        latest.is_symlink()
        and values == [1, 2]
        and metrics == [1, 2]
        and "It is 2" in (latest / PAGE).read_text()
        and "poison" not in text
        and "It is 9" not in text
        and (latest / LIST).read_text() == "customer_id\na\n"
        and run["inputs"]["transactions"]["rows"] == len(tiny.LINES.splitlines()) - 1
        and not (latest / "artifacts/01_first/others.json").exists()
        and not any(
            (latest / name).stat().st_mode & 0o077 for name in (NUMBERS, DOUBLED, PAGE_RECORD, EXECUTED, LIST)
        )
    )


def test_what_was_edited_between_two_reports_is_noticed(tmp_path):
    project, unnoticed = whole(tmp_path), []
    for kind, poison in KINDS.items():
        assert is_right(project), kind
        poison(project)
        if project.report() != runner.DONE or not is_right(project):
            unnoticed.append(kind)
    faults.tallied("poisoned or replaced files", kinds=len(KINDS), unnoticed=len(unnoticed))
    assert not unnoticed


def test_what_is_edited_while_a_report_runs_is_noticed(tmp_path):
    unnoticed = []
    for place, (kind, poison) in enumerate([*MEANWHILE.items(), *UPSTREAM.items()]):
        root = tmp_path / str(place)
        root.mkdir()
        project = tiny.project(root, TWO)
        name, work = (
            ("12_double", tiny.WORK["12_double"]) if kind in UPSTREAM else ("01_first", tiny.WORK["01_first"])
        )
        here = f"table = Path({str(root / 'data/transactions.csv')!r})\n"
        here += f"own_notebook = Path({str(root / 'notebooks/01_first.ipynb')!r})\n"
        project.write(name, f"{work}\n{here}{poison}")
        if project.report() != runner.NOTEBOOK_FAILED or (project.home / "latest").exists():
            unnoticed.append(kind)
            continue
        reason = project.run(project.newest())["reason"]
        if "ran, so its result is not kept" not in reason and "while the run went on" not in reason:
            unnoticed.append(f"{kind}: {reason}")
    kinds = len(MEANWHILE) + len(UPSTREAM)
    faults.tallied("poisoned or replaced files", kinds=kinds, unnoticed=len(unnoticed))
    assert not unnoticed


@pytest.mark.parametrize(
    "poison", [cut, Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x")]
)
def test_a_converted_copy_that_is_not_whole_is_made_anew(tmp_path, monkeypatch, poison):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    project = whole(tmp_path)
    before = newest_copy().read_bytes()
    poison(newest_copy())
    assert project.report(fresh=True) == runner.DONE
    assert newest_copy().read_bytes() == before
    assert is_right(project)
