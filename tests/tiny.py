"""A project of four tiny notebooks in a folder of its own, for tests of the runner."""

import json
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat

from helpers.runs import runner
from helpers.runs.run import Options

CATALOGUE = """
01_first: {title: First, question: What is there, tables: [transactions], writes: [numbers]}
12_double: {title: Double, question: What is twice that, reads: [numbers], writes: [doubled]}
21_other: {title: Other, question: What else, reads: [numbers], writes: [others]}
31_leads: {title: Leads, question: Who comes next, tables: [leads], reads: [numbers], writes: [prospects]}
41_after: {title: After, question: And then, reads: [prospects]}
51_sum: {title: Sum, question: What is the sum, reads: [doubled], reads_if_there: [others, prospects]}
"""
STUDY = """
title: A tiny study
as_of: "2024-12-31"
timezone: UTC
currency: EUR
source: {source}
"""
LINES = "customer_id,order_time,amount\na,2024-01-05,10.5\nb,2024-02-05,4\na,2024-03-05,7\n"

PARAMETERS = """
study: str = "demo"  # the study file
run_dir: str = ""  # folder of the run
number: int = 1  # a number
"""
OPEN = """
import json
from pathlib import Path
own = Path(run_dir) / "artifacts" / "{name}"
read = lambda name: json.loads(next(Path(run_dir).glob("artifacts/*/" + name + ".json")).read_text())
save = lambda name, value: (own / (name + ".json")).write_text(json.dumps(value))
"""
FINISH = """
page = {{"notebook": "{name}", "finished": True, "answer": ["It is " + str(value) + "."], "facts": {{}},
        "metrics": {{"value": value}}, "checks": {checks}}}
save("page", page)
"""
WORK = {
    "01_first": 'value = number\nsave("numbers", value)',
    "12_double": 'value = 2 * read("numbers")\nsave("doubled", value)',
    "21_other": 'value = read("numbers") + 100\nsave("others", value)',
    "31_leads": 'value = 0\nsave("prospects", value)',
    "41_after": "value = 0",
    "51_sum": 'value = read("doubled") + read("others")',
}


@dataclass(frozen=True)
class Project:
    """The folders of a tiny project, and how to change and run it."""

    root: Path
    options: Options
    study: Path

    @property
    def home(self) -> Path:
        return self.options.build / self.study.stem

    def write(
        self, name: str, work: str | None = None, prose: str = "Some prose.", checks: str = "[]"
    ) -> None:
        """Write notebook `name`, whose middle cell is `work`."""
        cells = [
            nbformat.v4.new_markdown_cell(f"# {name}\n\n{prose}"),
            nbformat.v4.new_code_cell(PARAMETERS.strip(), metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell(OPEN.format(name=name).strip()),
            nbformat.v4.new_markdown_cell(prose),
            nbformat.v4.new_code_cell(textwrap.dedent(work or WORK[name]).strip()),
            nbformat.v4.new_code_cell(FINISH.format(name=name, checks=checks).strip()),
        ]
        path = self.options.notebooks / f"{name}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)

    def say(self, *lines: str) -> None:
        """Write the study file with more lines."""
        self.study.write_text(
            STUDY.format(source=json.dumps(str(self.root / "data"), ensure_ascii=False))
            + "\n".join(lines)
            + "\n"
        )

    def report(self, **changes) -> int:
        """Run the study, and return the exit code."""
        return runner.report([str(self.study)], replace(self.options, **changes))

    def run(self, folder: str = "latest") -> dict:
        """What run.json of a run says."""
        return json.loads((self.home / folder / "run.json").read_text())

    def statuses(self, folder: str = "latest") -> dict[str, str]:
        return {name[:2]: result["status"] for name, result in self.run(folder)["notebooks"].items()}

    def newest(self) -> str:
        return f"runs/{max(path.name for path in (self.home / 'runs').iterdir())}"


def project(root: Path, names: tuple[str, ...] = tuple(WORK)) -> Project:
    """Make a project of these notebooks."""
    notebooks, data = root / "notebooks", root / "data"
    notebooks.mkdir(parents=True)
    data.mkdir()
    entries = [line for line in CATALOGUE.splitlines() if line.partition(":")[0] in names]
    (notebooks / "catalogue.yaml").write_text("\n".join(entries) + "\n")
    (data / "transactions.csv").write_text(LINES)
    made = Project(root, Options(notebooks=notebooks, build=root / "build"), root / "tiny.yaml")
    for name in names:
        made.write(name)
    made.say()
    return made
